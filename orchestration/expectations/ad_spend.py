"""What must be true of advertising figures, as loaded and as published."""

from __future__ import annotations

from typing import Any

from orchestration.expectations.model import (
    AS_OF,
    SHOWN_DAYS,
    Check,
    at_most,
    between,
    no_rows,
)
from orchestration.expectations.names import SOURCES
from orchestration.expectations.tables import enabled, hours_apart, source_checks
from orchestration.sources.contracts import TableContract, contract_of
from orchestration.sources.extraction import API_FILE

ROWS_UNIQUE = "rows_unique"
SPEND_NOT_NEGATIVE = "spend_not_negative"
CLICKS_WITHIN_IMPRESSIONS = "clicks_within_impressions"
SPEND_RESTATED = "spend_not_restated"
DAYS_OF_THE_COMPANY = "days_of_the_company"
RATE_FOR_EVERY_DAY = "rate_for_every_day_with_money"
SPEND_AGREES_WITH_INVOICES = "spend_agrees_with_invoices"

PLATFORMS: tuple[tuple[str, str], ...] = (
    ("yandex_direct", "ad_stats"),
    ("google_ads", "campaign_stats"),
    ("vk_ads", "campaign_stats"),
    ("plain", "ad_spend"),
)
RESTATED_LIMIT = 0.05


def checks() -> tuple[Check, ...]:
    result = list(source_checks("ad_spend"))
    for source, table in PLATFORMS:
        contract = contract_of(source, table)
        result += [rows_unique(contract), clicks_within_impressions(contract), restated(contract)]
        # Home-made tables book bonuses and refunds as negative rows of their own, and have the
        # company's days.
        if source != "plain":
            result += [spend_not_negative(contract), days_of_the_company(contract)]
    return (*result, rate_for_every_day_with_money(), spend_agrees_with_invoices())


def _on_platform(contract: TableContract, rule: str, **more: Any) -> Check:
    """A check of a platform's raw table; it applies where the table has rows, unless told else."""
    prefix = "plain_ad_spend" if contract.source == "plain" else contract.source
    return Check(
        name=f"{prefix}_{rule}",
        subject="ad_spend",
        asset=(contract.source, contract.table),
        stage="raw",
        **{"applies": enabled(contract.source, contract.table), **more},
    )


def _versions(contract: TableContract) -> str:
    """CTEs on what a later export file replaces of an earlier one, as the staging models do.

    `raw_rows`: all rows, with `owner`, the day and what else of it is replaced together;
    `restated`: owner, earlier_file, later_file; `newest`: rows that no later file replaces. Two
    files of an ad system without a campaign in common are of two accounts.
    """
    owner, is_same_account = "date", ""
    if contract.source == "plain":
        owner = "concat_ws('|', date, coalesce(channel, ''), coalesce(source, ''))"
    else:
        is_same_account = """
    where (earlier._file, later._file) in (
        select (one._file, other._file)
        from (select distinct _file, campaign_id from raw_rows) as one
        inner join (select distinct _file, campaign_id from raw_rows) as other
            on one.campaign_id = other.campaign_id and one._file < other._file
    )"""
    return f"""
with raw_rows as (
    select *, {owner} as owner
    from raw.{contract.name}
), owner_files as (
    select distinct owner, _file from raw_rows
), restated as (
    select earlier.owner, earlier._file as earlier_file, later._file as later_file
    from owner_files as earlier
    inner join owner_files as later
        on earlier.owner = later.owner and earlier._file < later._file{is_same_account}
), newest as (
    select raw_rows.*
    from raw_rows
    anti join restated
        on raw_rows.owner = restated.owner and raw_rows._file = restated.earlier_file
)"""


def rows_unique(contract: TableContract) -> Check:
    """Spend is summed, so a repeated line of an export counts its money twice.

    Direct shows no ads of campaigns made by its wizard: their rows in an API report, which is
    grouped by ads, may look alike and repeat nothing.
    """
    label_en, label_ru = SOURCES[contract.source]
    has_hidden_ads = any(column.name == "ad_id" for column in contract.columns)
    alike = f" and not (_file = '{API_FILE}' and ad_id is null)" if has_hidden_ads else ""
    # A table kept by hand may tell campaigns by their names alone, as the marts then do.
    campaign = "coalesce(nullif(campaign_id, ''), campaign_name)"
    key = ", ".join(
        campaign if name == "campaign_id" else f'"{name}"' for name in contract.natural_key
    )
    return _on_platform(
        contract,
        ROWS_UNIQUE,
        severity="blocking",
        sql=f"""{_versions(contract)}, repeated as (
    select date, _file as file, count(*) - 1 as extra_rows,
        sum(cost) - max(cost) as extra_amount
    from newest
    -- a bonus or refund may stand beside the spend it belongs to
    where cost >= 0{alike}
    group by {key}, _file
    having count(*) > 1
)
select date as day, file, sum(extra_rows) as failed_rows, sum(extra_amount) as extra_amount
from repeated
group by date, file
order by day
""",
        expectations=(no_rows(),),
        title_en=f"{label_en}: each campaign has one row a day.",
        title_ru=f"{label_ru}: у кампании одна строка в день.",
        message_en=f"{label_en}: {{failed_rows:n}} repeated {{failed_rows:row|rows}}, "
        "{sum_extra_amount:m} of spend would be counted twice",
        message_ru=f"{label_ru}: {{failed_rows:n}} {{failed_rows:повторная строка|повторные "
        f"строки|повторных строк}}"
        ", расход {sum_extra_amount:m} был бы учтён дважды",
        item_en="{day:d} {file}: {failed_rows:n} {failed_rows:row|rows}, {extra_amount:m}",
        item_ru="{day:d} {file}: {failed_rows:n} {failed_rows:строка|строки|строк}, "
        "{extra_amount:m}",
        remedy_en="export the days again with one row per day and campaign (no further breakdown)",
        remedy_ru="выгрузить эти дни заново, одна строка на день и кампанию (без других срезов)",
    )


def spend_not_negative(contract: TableContract) -> Check:
    label_en, label_ru = SOURCES[contract.source]
    return _on_platform(
        contract,
        SPEND_NOT_NEGATIVE,
        severity="blocking",
        sql=f"""
select date as day, _file as file, count(*) as failed_rows, sum(cost) as amount
from raw.{contract.name}
where cost < 0
group by date, _file
order by day
""",
        expectations=(no_rows(),),
        title_en=f"{label_en}: no spend is negative.",
        title_ru=f"{label_ru}: нет отрицательных расходов.",
        message_en=f"{label_en}: negative spend of {{sum_amount:m}} in {{failed_rows:n}} "
        "{failed_rows:row|rows}",
        message_ru=f"{label_ru}: отрицательный расход {{sum_amount:m}} в {{failed_rows:n}} "
        "{failed_rows:строке|строках|строках}",
        item_en="{day:d} {file}: {amount:m}",
        item_ru="{day:d} {file}: {amount:m}",
        remedy_en="export these days again; bonuses and refunds belong into a table of their own "
        "(exports/plain/ad_spend)",
        remedy_ru="выгрузить эти дни заново; бонусы и возвраты вносятся отдельной таблицей "
        "(exports/plain/ad_spend)",
    )


def clicks_within_impressions(contract: TableContract) -> Check:
    """By day: a single campaign may well get a click on yesterday's impression."""
    label_en, label_ru = SOURCES[contract.source]
    return _on_platform(
        contract,
        CLICKS_WITHIN_IMPRESSIONS,
        severity="blocking",
        applies=f"{enabled(contract.source)} and exists (select 1 from raw.{contract.name} "
        "where impressions is not null and clicks is not null)",
        sql=f"""{_versions(contract)}
select date as day, sum(impressions) as impressions, sum(clicks) as clicks
from newest
where impressions is not null and clicks is not null
group by date
order by day
""",
        expectations=(at_most("clicks", "impressions"),),
        title_en=f"{label_en}: no day has more clicks than impressions.",
        title_ru=f"{label_ru}: кликов за день не больше, чем показов.",
        message_en=f"{label_en}: more clicks than impressions on {{failed:n}} {{failed:day|days}}",
        message_ru=f"{label_ru}: {{failed:n}} {{failed:день|дня|дней}} с числом кликов больше "
        f"числа показов",
        item_en="{day:d}: {clicks:n} clicks, {impressions:n} impressions",
        item_ru="{day:d}: {clicks:n} {clicks:клик|клика|кликов}, {impressions:n} "
        "{impressions:показ|показа|показов}",
        remedy_en="look whether the two columns are swapped in the export or in company.toml "
        "([sources] columns), then load the days again",
        remedy_ru="проверить, не перепутаны ли два столбца в выгрузке или в company.toml "
        "(раздел columns источника), и загрузить дни снова",
    )


def restated(contract: TableContract) -> Check:
    """A later export that changes the spend of days that readers already saw."""
    label_en, label_ru = SOURCES[contract.source]
    return _on_platform(
        contract,
        SPEND_RESTATED,
        severity="warning",
        sql=f"""{_versions(contract)}, files as (
    select owner, date as day, _file as file, sum(cost) as cost
    from raw_rows
    where date >= ({AS_OF}) - {SHOWN_DAYS}
    group by all
), versions as (
    select files.*, before.cost as cost_before
    from files
    anti join restated on files.owner = restated.owner and files.file = restated.earlier_file
    inner join (
        select owner, later_file, max(earlier_file) as earlier_file
        from restated
        group by all
    ) as last_restated
        on files.owner = last_restated.owner and files.file = last_restated.later_file
    inner join files as before
        on last_restated.owner = before.owner and last_restated.earlier_file = before.file
)
select
    file,
    min(day) as day,
    max(day) as until_day,
    count(*) as failed_rows,
    sum(cost_before) as amount_before,
    sum(cost) as amount_now,
    sum(cost - cost_before) as change_amount
from versions
where abs(cost - cost_before) > {RESTATED_LIMIT} * abs(cost_before)
group by file
order by day
""",
        expectations=(no_rows(),),
        title_en=f"{label_en}: no later export changed a day's spend by more than "
        f"{RESTATED_LIMIT:.0%}.",
        title_ru=f"{label_ru}: повторные выгрузки не меняли расход дня больше чем на "
        f"{RESTATED_LIMIT:.0%}.",
        message_en=f"{label_en}: spend of {{failed_rows:n}} {{failed_rows:day|days}} was "
        f"restated, change in all "
        "{sum_change_amount:m}",
        message_ru=f"{label_ru}: задним числом изменён расход за {{failed_rows:n}} "
        "{failed_rows:день|дня|дней}, всего на "
        "{sum_change_amount:m}",
        item_en="{day:d} to {until_day:d}: {amount_before:m} became {amount_now:m} ({file})",
        item_ru="с {day:d} по {until_day:d}: было {amount_before:m}, стало {amount_now:m} ({file})",
        remedy_en="ask whoever runs the account for the reason (refund, correction, a changed "
        "report); the newer file counts, and past ROMI has moved with it",
        remedy_ru="узнать причину у того, кто ведёт кабинет (возврат, исправление, другой отчёт); "
        "учитывается более поздний файл, и ROMI прошлых месяцев изменился вместе с ним",
    )


def days_of_the_company(contract: TableContract) -> Check:
    """Spend by days cannot be cut anew: where its days begin at another hour than those of visits
    and orders, ratios of a day are wrong at its edges."""
    label_en, label_ru = SOURCES[contract.source]
    return _on_platform(
        contract,
        DAYS_OF_THE_COMPANY,
        severity="warning",
        sql=f"""
select
    sources.timezone as zone,
    company.timezone as company_zone,
    {hours_apart("sources.timezone", "company.timezone")} as hours
from raw.sources as sources
cross join raw.company as company
where sources.source = '{contract.source}'
    and sources.table_name = '{contract.table}'
    and hours > 0
""",
        expectations=(no_rows(),),
        title_en=f"{label_en}: its days are those of the company.",
        title_ru=f"{label_ru}: дни те же, что у компании.",
        message_en=f"{label_en}: its days begin {{sum_hours:n}} h apart from the company's",
        message_ru=f"{label_ru}: дни начинаются с разницей {{sum_hours:n}} ч с днями компании",
        item_en="spend is by days of {zone}, all else by days of {company_zone}",
        item_ru="расход — по дням {zone}, всё остальное — по дням {company_zone}",
        remedy_en="compare spend with visits and orders by weeks and months, not by days; if the "
        "zone is told wrongly, set timezone in the settings of the source",
        remedy_ru="сравнивать расход с визитами и заказами по неделям и месяцам, а не по дням; "
        "если зона указана неверно, задать timezone в настройках источника",
    )


def rate_for_every_day_with_money() -> Check:
    return Check(
        name=RATE_FOR_EVERY_DAY,
        subject="ad_spend",
        asset=("marts", "fct_ad_spend_daily"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_ad_spend_daily) "
        "or exists (select 1 from marts.fct_orders) or exists (select 1 from marts.fct_costs)",
        sql="""
select
    spend_date as day,
    'spend' as kind,
    source_system,
    currency,
    count(*) as failed_rows,
    sum(spend_original_amount) as amount
from marts.fct_ad_spend_daily
where reason_code = 'missing_rate'
group by spend_date, source_system, currency
union all
select orders.order_date, 'orders', orders.source_system, told.currency, count(*),
    sum(told.gross_amount)
from marts.fct_orders as orders
inner join intermediate.int_orders_unioned as told using (order_id)
where orders.reason_code = 'missing_rate'
group by orders.order_date, orders.source_system, told.currency
union all
select costs.cost_month, 'costs', costs.cost_type, told.currency, count(*), sum(told.amount)
from marts.fct_costs as costs
inner join staging.stg_registers__costs as told using (cost_id)
where costs.reason_code = 'missing_rate'
group by costs.cost_month, costs.cost_type, told.currency
order by day, kind, source_system
""",
        expectations=(no_rows(),),
        title_en="Every day with money in a foreign currency has an exchange rate.",
        title_ru="На каждый день с деньгами в валюте есть курс.",
        message_en="No exchange rate for {failed_rows:n} {failed_rows:row|rows} on {failed:n} "
        "{failed:day|days}; money of these days, and ROMI of their months, is shown as unknown",
        message_ru="Нет курса валюты для {failed_rows:n} {failed_rows:строки|строк|строк} за "
        "{failed:n} "
        "{failed:день|дня|дней}; деньги этих дней и ROMI этих месяцев показаны как неизвестные",
        item_en="{day:d}: {amount:m} {currency} ({kind:money}, {source_system:source})",
        item_ru="{day:d}: {amount:m} {currency} ({kind:money}, {source_system:source})",
        remedy_en="add the rate of the day to registers/fx_rates.csv and run again",
        remedy_ru="добавить курс этого дня в registers/fx_rates.csv и запустить снова",
    )


def spend_agrees_with_invoices() -> Check:
    return Check(
        name=SPEND_AGREES_WITH_INVOICES,
        subject="ad_spend",
        asset=("marts", "kpi_reconciliation_daily"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.kpi_reconciliation_daily "
        f"where pair_kind = 'invoice_spend' and date_day >= ({AS_OF}) - {SHOWN_DAYS})",
        sql=f"""
select
    split_part(pair, ':', 2) as channel,
    date_day as day,
    left_value as invoiced_amount,
    right_value as loaded_amount,
    left_value - right_value as gap_amount,
    right_value / nullif(left_value, 0) as ratio
from marts.kpi_reconciliation_daily
where pair_kind = 'invoice_spend' and left_value > 0
    and date_day >= ({AS_OF}) - {SHOWN_DAYS}
order by day
""",
        expectations=(between("ratio", minimum=0.95, maximum=1.05),),
        title_en="Spend of each month agrees with the bill of the ad system within 5%.",
        title_ru="Расход месяца сходится со счётом рекламной системы в пределах 5%.",
        message_en="Bills and loaded spend differ by more than 5% in {failed:n} "
        "{failed:month|months}, by "
        "{sum_gap_amount:m} in all",
        message_ru="Счета и загруженный расход расходятся больше чем на 5% за {failed:n} "
        "{failed:месяц|месяца|месяцев}, всего на {sum_gap_amount:m}",
        item_en="{channel:channel}, month to {day:d}: billed {invoiced_amount:m}, loaded "
        "{loaded_amount:m}",
        item_ru="{channel:channel}, месяц по {day:d}: по счёту {invoiced_amount:m}, загружено "
        "{loaded_amount:m}",
        remedy_en="compare the bill with the account's own report: a campaign outside the export, "
        "a fee, or VAT counted otherwise; then mend the export or registers/costs.csv",
        remedy_ru="сверить счёт с отчётом кабинета: кампания вне выгрузки, комиссия или иной учёт "
        "НДС; затем исправить выгрузку или registers/costs.csv",
    )
