"""Last gate: what must hold between marts before readers see them.

Keys, relations and arithmetic inside one model are dbt's; here stand totals across layers and
statements about time.
"""

from __future__ import annotations

from orchestration.expectations.model import (
    AS_OF,
    CURRENCY,
    SHOWN_DAYS,
    Check,
    between,
    no_rows,
)

ATTRIBUTION_EQUALS_ORDERS = "attribution_equals_orders"
FUNNEL_NARROWS = "funnel_narrows"
TARGETS_ON_SCORECARD = "targets_on_scorecard"
FIGURES_NOT_RESTATED = "published_figures_not_restated"

ATTRIBUTION_MODELS = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "time_decay",
)


def checks() -> tuple[Check, ...]:
    return (
        attribution_equals_orders(),
        funnel_narrows(),
        targets_on_scorecard(),
        figures_not_restated(),
    )


def attribution_equals_orders() -> Check:
    models = ", ".join(f"('{model}')" for model in ATTRIBUTION_MODELS)
    return Check(
        name=ATTRIBUTION_EQUALS_ORDERS,
        subject="marts",
        asset=("marts", "kpi_roi_monthly"),
        stage="marts",
        severity="blocking",
        applies="exists (select 1 from marts.fct_orders)",
        sql=f"""
with models (attribution_model) as (
    values {models}
), credits as (
    select
        order_id,
        attribution_model,
        sum(revenue_amount) as revenue_amount,
        sum(contribution_amount) as contribution_amount,
        sum(order_credit) as order_credit
    from intermediate.int_order_credits
    group by order_id, attribution_model
)
select
    models.attribution_model,
    min(orders.order_date) filter (
        orders.net_amount is distinct from credits.revenue_amount
    ) as day,
    count(*) filter (
        orders.net_amount is distinct from credits.revenue_amount
        or orders.contribution_amount is distinct from credits.contribution_amount
        or abs(coalesce(credits.order_credit, 0) - 1) > 1e-6
    ) as failed_rows,
    coalesce(sum(orders.net_amount), 0) as orders_amount,
    coalesce(sum(credits.revenue_amount), 0) as credited_amount,
    coalesce(sum(credits.revenue_amount), 0) - coalesce(sum(orders.net_amount), 0) as gap_amount,
    {CURRENCY} as currency
from models
cross join marts.fct_orders as orders
left join credits
    on orders.order_id = credits.order_id
    and models.attribution_model = credits.attribution_model
group by models.attribution_model
order by models.attribution_model
""",
        expectations=(
            between("failed_rows", minimum=0, maximum=0),
            between("gap_amount", minimum=0, maximum=0),
        ),
        title_en="Under every attribution model the channels add up to the orders, to the kopeck.",
        title_ru="В каждой модели атрибуции сумма по каналам равна заказам до копейки.",
        message_en="Channels do not add up to the orders",
        message_ru="Сумма по каналам не равна заказам",
        item_en="{attribution_model:attribution_model}: {failed_rows:n} "
        "{failed_rows:order|orders}, credited {credited_amount:r} "
        "against {orders_amount:r} {currency}, first on {day:d}",
        item_ru="{attribution_model:attribution_model}: {failed_rows:n} "
        "{failed_rows:заказ|заказа|заказов}, распределено {credited_amount:r} "
        "против {orders_amount:r} {currency}, первый {day:d}",
        remedy_en="this is a fault of the attribution models, not of the data: report it; nothing "
        "is published until it is mended",
        remedy_ru="это ошибка моделей атрибуции, а не данных: сообщить о ней; до исправления "
        "ничего не публикуется",
    )


def funnel_narrows() -> Check:
    return Check(
        name=FUNNEL_NARROWS,
        subject="marts",
        asset=("marts", "kpi_funnel_monthly"),
        stage="marts",
        severity="blocking",
        applies="exists (select 1 from marts.kpi_funnel_monthly)",
        sql="""
select
    lead_month as day,
    channel,
    leads_raw,
    leads_valid,
    leads_qualified,
    leads_ordered,
    orders,
    new_customers
from marts.kpi_funnel_monthly
where leads_valid + leads_invalid + leads_duplicate <> leads_raw
    or leads_qualified > leads_valid
    or leads_ordered > leads_valid
    or new_customers > orders
order by day, channel
""",
        expectations=(no_rows(),),
        title_en="No step of the funnel is wider than the step before it.",
        title_ru="Ни один шаг воронки не шире предыдущего.",
        message_en="The funnel widens in {failed:n} {failed:month|months} of channels",
        message_ru="Воронка расширяется: {failed:n} {failed:месяц|месяца|месяцев} по каналам",
        item_en="{channel:channel}, month of {day:d}: raw {leads_raw:n}, valid {leads_valid:n}, "
        "qualified "
        "{leads_qualified:n}, with an order {leads_ordered:n}; orders {orders:n}, new customers "
        "{new_customers:n}",
        item_ru="{channel:channel}, месяц с {day:d}: всего {leads_raw:n}, годных {leads_valid:n}, "
        "целевых "
        "{leads_qualified:n}, с заказом {leads_ordered:n}; заказов {orders:n}, новых клиентов "
        "{new_customers:n}",
        remedy_en="this is a fault of the models, not of the data: report it; nothing is published "
        "until it is mended",
        remedy_ru="это ошибка моделей, а не данных: сообщить о ней; до исправления ничего не "
        "публикуется",
    )


def targets_on_scorecard() -> Check:
    """A mistyped metric or segment would make a target vanish without a word."""
    return Check(
        name=TARGETS_ON_SCORECARD,
        subject="marts",
        asset=("marts", "kpi_scorecard"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from raw.registers__targets)",
        sql="""
select
    targets.target_id,
    any_value(targets.metric_id) as metric_id,
    concat_ws(' ', any_value(targets.segment_type), any_value(targets.segment_value)) as segment,
    min(targets.period_start) as day
from raw.registers__targets as targets
left join marts.kpi_scorecard as scorecard on targets.target_id = scorecard.target_id
where scorecard.target_id is null or scorecard.verdict is null
group by targets.target_id
order by targets.target_id
""",
        expectations=(no_rows(),),
        title_en="Every target of the register has a verdict on the scorecard.",
        title_ru="У каждой цели из реестра есть вердикт в отчёте.",
        message_en="{failed:n} {failed:target is|targets are} missing on the scorecard",
        message_ru="В отчёте нет {failed:n} {failed:цели|целей|целей} из реестра",
        item_en="{target_id}: {metric_id:metric}, {segment:segment}",
        item_ru="{target_id}: {metric_id:metric}, {segment:segment}",
        remedy_en="compare metric_id and segment in registers/targets.csv with the list of KPIs",
        remedy_ru="сверить metric_id и segment в registers/targets.csv со списком показателей",
    )


def figures_not_restated() -> Check:
    return Check(
        name=FIGURES_NOT_RESTATED,
        subject="marts",
        asset=("marts", "kpi_restatements"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.kpi_restatements)",
        sql=f"""
select
    metric_id,
    segment,
    period,
    first_as_of_date as day,
    first_value,
    current_value,
    delta_share,
    cause
from marts.kpi_restatements
where is_notice
    and cause <> 'cohort_ripened' -- a cohort that grows older is meant to change
    and first_as_of_date >= ({AS_OF}) - {SHOWN_DAYS}
order by abs(delta_share) desc, metric_id, segment, period
""",
        expectations=(no_rows(),),
        title_en="No figure that readers were shown has changed by more than 5% since.",
        title_ru="Показанные ранее цифры не изменились больше чем на 5%.",
        message_en="{failed:n} {failed:figure|figures} that readers saw {failed:has|have} changed "
        "since",
        message_ru="После показа {failed:изменилась|изменились|изменилось} {failed:n} "
        "{failed:цифра|цифры|цифр}",
        item_en="{metric_id:metric}, {segment:segment}, {period}: {first_value:r} became "
        "{current_value:r} ({delta_share:p}, {cause:cause})",
        item_ru="{metric_id:metric}, {segment:segment}, {period}: было {first_value:r}, стало "
        "{current_value:r} ({delta_share:p}, {cause:cause})",
        remedy_en="tell whoever decided by the old figure; the cause stands beside it",
        remedy_ru="сообщить тем, кто решал по прежней цифре; причина указана рядом",
    )
