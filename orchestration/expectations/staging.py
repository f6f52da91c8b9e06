"""What must be true of staging tables: values are those of last time, in the same units.

dbt's tests of staging hold its keys. Here stand the faults that keep every key and type: a column
that an export no longer fills, money in another unit, another account under the same name.
"""

from __future__ import annotations

import math
from typing import Any

from orchestration.expectations.bands import GUARD_DAYS, HISTORY_DAYS, banded
from orchestration.expectations.model import (
    AS_OF,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    Subject,
    at_most,
    between,
    no_rows,
)
from orchestration.expectations.tables import enabled

VISIT_ATTRIBUTES_USUAL = "visit_attributes_usual"
CLICK_PRICE_USUAL = "click_price_usual"
DEAL_AMOUNTS_USUAL = "deal_amounts_usual"
FOLLOWERS_STEADY = "followers_steady"
SURVEY_SCORES_VARY = "survey_scores_vary"
MARGINS_STEADY = "margins_steady"

_VISITS = (("yandex_metrica", "visits"), ("plain", "visits"))
_SPEND = (
    ("yandex_direct", "ad_stats"),
    ("google_ads", "campaign_stats"),
    ("vk_ads", "campaign_stats"),
    ("plain", "ad_spend"),
)
_DEALS = (("bitrix24", "deals"), ("amocrm", "deals"), ("hubspot", "deals"))
_ORDERS = (("plain", "orders"),)
_FOLLOWERS = tuple((source, "followers") for source in ("telegram", "vk", "instagram", "plain"))
_ANSWERS = (("surveys", "responses"), ("plain", "survey_responses"))

_ATTRIBUTES = ("client_id", "referrer_host", "utm_source", "country", "device", "operating_system")
_ENOUGH_VISITS = 100
_ENOUGH_CLICKS = 20
_ENOUGH_DEALS = 10
_ENOUGH_ANSWERS = 50
# Prices of a click differ by half from day to day, units by a hundred or a million.
_PRICE_FACTOR = 2.5
_AMOUNT_FACTOR = 10
_SAME_SCORE_LIMIT = 0.8
_MARGIN_STEP = 0.2
_FOLLOWER_STEP, _MINIMUM_FOLLOWER_STEP = 0.3, 200


def checks() -> tuple[Check, ...]:
    return (
        visit_attributes_usual(),
        click_price_usual(),
        deal_amounts_usual(),
        followers_steady(),
        survey_scores_vary(),
        margins_steady(),
    )


def _each(tables: tuple[tuple[str, str], ...], columns: str, where: str = "true") -> str:
    """SQL: rows of the staging tables one below the other, with their `source_system`."""
    return "\n    union all\n    ".join(
        f"select '{source}' as source_system, {columns} from staging.stg_{source}__{table} "
        f"where {where}"
        for source, table in tables
    )


def _on_staging(
    name: str, subject: Subject, tables: tuple[tuple[str, str], ...], **more: Any
) -> Check:
    """A warning about staging tables of one kind; it applies where one of them has rows."""
    source, table = tables[0]
    return Check(
        name=name,
        subject=subject,
        asset=("staging", f"stg_{source}__{table}"),
        stage="staging",
        severity="warning",
        applies=" or ".join(f"({enabled(*item)})" for item in tables),
        may_be_empty=True,
        **more,
    )


def visit_attributes_usual() -> Check:
    """Share of visits with each attribute, last week against the eight weeks before."""
    shares = ", ".join(
        f"count(*) filter (coalesce({name}, '') <> '') / count(*) as {name}" for name in _ATTRIBUTES
    )
    columns = f"visit_date, {', '.join(_ATTRIBUTES)}"
    visits = _each(_VISITS, columns, f"visit_date > ({LAST_COMPLETE}) - 63")
    return _on_staging(
        VISIT_ATTRIBUTES_USUAL,
        "web_analytics",
        _VISITS,
        title_en="Visits carry the attributes that they carried before.",
        title_ru="У визитов заполнены те же поля, что и раньше.",
        message_en="{failed:n} {failed:column|columns} of visits came almost empty last week",
        message_ru="За неделю почти пусты {failed:n} {failed:поле|поля|полей} визитов",
        item_en="{source_system:source}, {attribute:attribute}: in {value:p} of the visits from "
        "{day:d}, usually {usual:p}",
        item_ru="{source_system:source}, {attribute:attribute}: у {value:p} визитов с {day:d}, "
        "обычно {usual:p}",
        remedy_en="look whether the export or the counter lost the column; without it visits "
        "lose their channel or their signs of bots",
        remedy_ru="проверить, не пропал ли столбец в выгрузке или в счётчике; без него визиты "
        "теряют канал или признаки роботов",
        sql=f"""
with visits as (
    {visits}
), periods as (
    select
        source_system,
        visit_date > ({LAST_COMPLETE}) - 7 as is_recent,
        count(*) as visits,
        {shares}
    from visits
    where visit_date <= {LAST_COMPLETE}
    group by all
    having count(*) >= {_ENOUGH_VISITS}
), shares as (
    unpivot periods on {", ".join(_ATTRIBUTES)} into name attribute value share
)
select
    source_system,
    attribute,
    ({LAST_COMPLETE}) - 6 as day,
    max(share) filter (is_recent) as value,
    max(share) filter (not is_recent) as usual,
    0.25 * max(share) filter (not is_recent) as low
from shares
group by source_system, attribute
having max(share) filter (not is_recent) >= 0.05 and bool_or(is_recent)
order by source_system, attribute
""",
        expectations=(at_most("low", "value"),),
    )


def click_price_usual() -> Check:
    """Logarithms, since a wrong unit multiplies."""
    prices = _each(
        _SPEND,
        "currency, spend_date as day, sum(clicks) as clicks, sum(cost_amount) as cost",
        f"spend_date > ({LAST_COMPLETE}) - {HISTORY_DAYS + GUARD_DAYS + RECENT_DAYS} "
        "group by currency, spend_date",
    )
    logarithms = banded(
        f"""
    select concat_ws(' ', source_system, currency) as name, day, ln(cost / clicks) as value
    from ({prices}) as prices
    where clicks >= {_ENOUGH_CLICKS} and cost > 0
""",
        minimum_width=math.log(_PRICE_FACTOR),
        relative=False,
        tested_days=RECENT_DAYS,
    )
    return _on_staging(
        CLICK_PRICE_USUAL,
        "ad_spend",
        _SPEND,
        title_en="A click costs about what it cost before.",
        title_ru="Клик стоит примерно столько же, сколько раньше.",
        message_en="The price of a click jumped on {failed:n} {failed:day|days}",
        message_ru="Цена клика резко изменилась: {failed:n} {failed:день|дня|дней}",
        item_en="{day:d} {source_system:source}: {price:r} {currency}, usually {usual_price:r}",
        item_ru="{day:d} {source_system:source}: {price:r} {currency}, обычно {usual_price:r}",
        remedy_en="look whether money comes in another unit or with VAT; if the bids were "
        "changed, no action is needed",
        remedy_ru="проверить единицы денег и НДС в отчёте; если менялись ставки, делать ничего "
        "не нужно",
        sql=f"""
select
    day,
    split_part(name, ' ', 1) as source_system,
    split_part(name, ' ', 2) as currency,
    exp(value) as price,
    exp(usual) as usual_price,
    exp(low) as low_price,
    exp(high) as high_price
from ({logarithms}) as logarithms
""",
        expectations=(at_most("price", "high_price"), at_most("low_price", "price")),
    )


def deal_amounts_usual() -> Check:
    """Of deals, and of orders of a shop or an accounting program, which no CRM may know."""
    deals = _each(
        _DEALS, "product_line, created_date, amount", f"created_date > ({LAST_COMPLETE}) - 210"
    )
    orders = _each(
        _ORDERS,
        "product_line, order_date as created_date, gross_amount as amount",
        f"order_date > ({LAST_COMPLETE}) - 210",
    )
    return _on_staging(
        DEAL_AMOUNTS_USUAL,
        "crm",
        (*_DEALS, *_ORDERS),
        title_en="The usual amount of a deal or an order has the size it had before.",
        title_ru="Обычная сумма сделки или заказа того же порядка, что и раньше.",
        message_en="Amounts of deals or orders changed by more than ten times, which looks like "
        "another unit",
        message_ru="Суммы сделок или заказов изменились больше чем в десять раз: похоже на другие "
        "единицы",
        item_en="{source_system:source}, {product_line:product_line}: {amount:r} in 30 days, "
        "{usual_amount:r} before",
        item_ru="{source_system:source}, {product_line:product_line}: {amount:r} за 30 дней, "
        "раньше {usual_amount:r}",
        remedy_en="look whether the CRM or the shop exports kopecks, thousands or another currency "
        "now",
        remedy_ru="проверить, не выгружает ли CRM или магазин копейки, тысячи или другую валюту",
        sql=f"""
with deals as (
    {deals}
    union all
    {orders}
), medians as (
    select
        source_system,
        coalesce(product_line, '(none)') as product_line,
        median(amount) filter (created_date > ({LAST_COMPLETE}) - {RECENT_DAYS}) as amount,
        median(amount) filter (created_date <= ({LAST_COMPLETE}) - {RECENT_DAYS}) as usual_amount,
        least(
            count(*) filter (created_date > ({LAST_COMPLETE}) - {RECENT_DAYS}),
            count(*) filter (created_date <= ({LAST_COMPLETE}) - {RECENT_DAYS})
        ) as deals
    from deals
    where amount > 0
    group by source_system, coalesce(product_line, '(none)')
)
select
    source_system,
    product_line,
    ({LAST_COMPLETE}) - {RECENT_DAYS - 1} as day,
    amount,
    usual_amount,
    amount / usual_amount as ratio
from medians
where deals >= {_ENOUGH_DEALS}
order by source_system, product_line
""",
        expectations=(between("ratio", minimum=1 / _AMOUNT_FACTOR, maximum=_AMOUNT_FACTOR),),
    )


def followers_steady() -> Check:
    """Nobody loses or wins a third of the followers overnight; another account does."""
    return _on_staging(
        FOLLOWERS_STEADY,
        "social",
        _FOLLOWERS,
        title_en="No account won or lost a third of its followers from one count to the next.",
        title_ru="Ни один аккаунт не прибавил и не потерял треть подписчиков между замерами.",
        message_en="The number of followers jumped {failed:n} {failed:time|times}",
        message_ru="Число подписчиков скачком изменилось {failed:n} {failed:раз|раза|раз}",
        item_en="{network:source} {account}, {day:d}: {before:n} became {followers:n}",
        item_ru="{network:source} {account}, {day:d}: было {before:n}, стало {followers:n}",
        remedy_en="look whether the export is of another account",
        remedy_ru="проверить, не другой ли аккаунт в выгрузке",
        sql=f"""
with counts as (
    {_each(_FOLLOWERS, "network, account, snapshot_date, followers", "followers is not null")}
), ordered as (
    select
        *,
        lag(followers) over (
            partition by network, account order by snapshot_date
        ) as before
    from counts
)
select network, account, snapshot_date as day, before, followers
from ordered
where snapshot_date >= ({AS_OF}) - {SHOWN_DAYS}
    and abs(followers - before) > greatest({_FOLLOWER_STEP} * before, {_MINIMUM_FOLLOWER_STEP})
order by day desc, network
""",
        expectations=(no_rows(),),
    )


def survey_scores_vary() -> Check:
    """People differ; a form filled in by one hand does not."""
    return _on_staging(
        SURVEY_SCORES_VARY,
        "surveys",
        _ANSWERS,
        title_en="In no survey wave do nearly all answers give the same score.",
        title_ru="Ни в одной волне опроса почти все ответы не дают одну и ту же оценку.",
        message_en="Nearly all answers of a wave give the same score, so they may be made up",
        message_ru="Почти все ответы волны дают одну оценку: они могут быть вписаны",
        item_en="wave {wave}: {share:p} of {answers:n} answers give {score:n}",
        item_ru="волна {wave}: {share:p} из {answers:n} {answers:ответа|ответов|ответов} — "
        "оценка {score:n}",
        remedy_en="ask the vendor for the recordings of some interviews, or look whether the "
        "column holds the score",
        remedy_ru="запросить у исполнителя записи части интервью или проверить, та ли колонка "
        "взята за оценку",
        sql=f"""
with scores as (
    {_each(_ANSWERS, "wave, recommendation, answered_date", "recommendation is not null")}
), counted as (
    select wave, recommendation as score, count(*) as same, min(answered_date) as day
    from scores
    group by wave, recommendation
)
select
    wave,
    min(day) as day,
    sum(same) as answers,
    arg_max(score, same) as score,
    max(same) / sum(same) as share
from counted
group by wave
having sum(same) >= {_ENOUGH_ANSWERS}
order by wave
""",
        expectations=(between("share", minimum=0, maximum=_SAME_SCORE_LIMIT),),
    )


def margins_steady() -> Check:
    """Every ROMI moves with its margin, so a step of it is worth a question."""
    return _on_staging(
        MARGINS_STEADY,
        "registers",
        (("registers", "margins"),),
        title_en="No margin changed by more than 20 points from one version to the next.",
        title_ru="Ни одна маржа не изменилась больше чем на 20 пунктов между версиями.",
        message_en="{failed:n} {failed:margin|margins} changed by more than 20 points",
        message_ru="{failed:n} {failed:маржа изменилась|маржи изменились|маржей изменилось} "
        "больше чем на 20 пунктов",
        item_en="{product_line:product_line} from {day:d}: {before:p} became {margin:p}",
        item_ru="{product_line:product_line} с {day:d}: было {before:p}, стало {margin:p}",
        remedy_en="let finance confirm it: every ROMI of the line moves with it",
        remedy_ru="попросить финансы подтвердить: с маржой меняется весь ROMI направления",
        sql=f"""
with versions as (
    select
        product_line,
        valid_from as day,
        margin_rate as margin,
        lag(margin_rate) over (partition by product_line order by valid_from) as before
    from staging.stg_registers__margins
)
select product_line, day, before, margin
from versions
where day >= ({AS_OF}) - {SHOWN_DAYS} and abs(margin - before) > {_MARGIN_STEP}
order by day, product_line
""",
        expectations=(no_rows(),),
    )
