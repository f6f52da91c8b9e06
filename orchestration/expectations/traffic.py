"""What must be true of visits, campaigns and conversions as published."""

from __future__ import annotations

from typing import Any

from orchestration.expectations.bands import GUARD_DAYS, HISTORY_DAYS, WITHIN_BAND, banded
from orchestration.expectations.model import (
    AS_OF,
    LAST_COMPLETE,
    RECENT_DAYS,
    Check,
    at_most,
    between,
)

CLICKS_ARRIVE_AS_VISITS = "clicks_arrive_as_visits"
PAID_VISITS_TAGGED = "paid_visits_tagged"
CHANNEL_KNOWN = "channel_known"
CONVERSIONS_STILL_RECORDED = "conversions_still_recorded"

UNTAGGED_LIMIT = 0.05
UNKNOWN_CHANNEL_LIMIT = 0.05
# Channels of the default rules that mean "no rule knew this traffic".
UNKNOWN_CHANNELS = ("other", "other_paid")


def checks() -> tuple[Check, ...]:
    return (
        clicks_arrive_as_visits(),
        paid_visits_tagged(),
        channel_known(),
        conversions_still_recorded(),
    )


def _on_mart(name: str, mart: str, **more: Any) -> Check:
    """A warning about a mart of traffic."""
    return Check(
        name=name,
        subject="web_analytics",
        asset=("marts", mart),
        stage="marts",
        severity="warning",
        **more,
    )


def clicks_arrive_as_visits() -> Check:
    return _on_mart(
        CLICKS_ARRIVE_AS_VISITS,
        "kpi_reconciliation_daily",
        applies="exists (select 1 from marts.kpi_reconciliation_daily "
        "where pair_kind = 'ad_clicks_visits' and right_value is not null)",
        may_be_empty=True,
        sql=banded(
            f"""
    select split_part(pair, ':', 2) as name, date_day as day, right_value / left_value as value
    from marts.kpi_reconciliation_daily
    where pair_kind = 'ad_clicks_visits' and left_value >= 20 and right_value is not null
        and date_day > ({LAST_COMPLETE}) - {HISTORY_DAYS + GUARD_DAYS + RECENT_DAYS}
""",
            minimum_width=0.25,
            relative=True,
            tested_days=RECENT_DAYS,
        ),
        expectations=WITHIN_BAND,
        title_en="Visits per ad click stay within each channel's usual band.",
        title_ru="Число визитов на рекламный клик в обычных для канала пределах.",
        message_en="Ad clicks and visits no longer match on {failed:n} {failed:day|days} of "
        "channels",
        message_ru="Рекламные клики и визиты расходятся не как обычно: {failed:n} "
        "{failed:день|дня|дней} по каналам",
        item_en="{day:d} {name:channel}: {value:r} visits a click, usually {usual:r}",
        item_ru="{day:d} {name:channel}: визитов на клик {value:r}, обычно {usual:r}",
        remedy_en="fewer visits: open an ad and see whether the page loads and the counter fires; "
        "more visits: the campaign's tag is used elsewhere too",
        remedy_ru="визитов меньше: открыть объявление и проверить страницу и счётчик; больше: "
        "метка кампании стоит где-то ещё",
    )


def paid_visits_tagged() -> Check:
    return _on_mart(
        PAID_VISITS_TAGGED,
        "fct_visits",
        applies=f"exists (select 1 from marts.fct_visits where traffic_source = 'ad' "
        f"and visit_date >= ({AS_OF}) - {RECENT_DAYS})",
        sql=f"""
select
    source_system,
    count(*) as visits,
    count(*) filter (campaign_id in ('(none)', '(not set)')) as untagged_visits,
    count(*) filter (campaign_id in ('(none)', '(not set)')) / count(*) as untagged_share,
    arg_max(channel, visit_date) filter (campaign_id in ('(none)', '(not set)')) as channel
from marts.fct_visits
where traffic_source = 'ad' and visit_date >= ({AS_OF}) - {RECENT_DAYS}
group by source_system
""",
        expectations=(between("untagged_share", minimum=0, maximum=UNTAGGED_LIMIT),),
        title_en="At most 5% of the paid visits of the last 30 days lack a campaign.",
        title_ru="Без кампании не больше 5% платных визитов за 30 дней.",
        message_en="Paid visits without a campaign tag cannot be set against their spend",
        message_ru="Платные визиты без метки кампании нельзя сопоставить с расходом",
        item_en="{source_system:source}: {untagged_visits:n} of {visits:n} ({untagged_share:p}), "
        "among "
        "them in {channel:channel}",
        item_ru="{source_system:source}: {untagged_visits:n} из {visits:n} ({untagged_share:p}), "
        "в том "
        "числе «{channel:channel}»",
        remedy_en="add utm_campaign with the campaign's number to the ads' links",
        remedy_ru="добавить в ссылки объявлений utm_campaign с номером кампании",
    )


def channel_known() -> Check:
    unknown = ", ".join(f"'{name}'" for name in UNKNOWN_CHANNELS)
    return _on_mart(
        CHANNEL_KNOWN,
        "fct_visits",
        applies=f"exists (select 1 from marts.fct_visits where visit_date >= ({AS_OF}) - "
        f"{RECENT_DAYS})",
        sql=f"""
select
    source_system,
    count(*) as visits,
    count(*) filter (channel in ({unknown})) as unknown_visits,
    count(*) filter (channel in ({unknown})) / count(*) as unknown_share
from marts.fct_visits
where visit_date >= ({AS_OF}) - {RECENT_DAYS}
group by source_system
""",
        expectations=(between("unknown_share", minimum=0, maximum=UNKNOWN_CHANNEL_LIMIT),),
        title_en="At most 5% of the visits of the last 30 days are of no known channel.",
        title_ru="Без известного канала не больше 5% визитов за 30 дней.",
        message_en="Too many visits belong to no known channel",
        message_ru="Слишком много визитов вне известных каналов",
        item_en="{source_system:source}: {unknown_visits:n} of {visits:n} ({unknown_share:p})",
        item_ru="{source_system:source}: {unknown_visits:n} из {visits:n} ({unknown_share:p})",
        remedy_en="add rules for their tags to registers/channels.csv",
        remedy_ru="добавить правила для их меток в registers/channels.csv",
    )


def conversions_still_recorded() -> Check:
    """A goal that breaks on the site looks like bad marketing. Weeks against weeks: the weekday
    pattern then cancels out."""
    return _on_mart(
        CONVERSIONS_STILL_RECORDED,
        "kpi_conversion_daily",
        applies="exists (select 1 from marts.kpi_conversion_daily)",
        may_be_empty=True,
        sql=f"""
with versions as (
    -- a changed rule starts a new history
    select conversion_id, max(conversion_version) as conversion_version
    from marts.kpi_conversion_daily
    group by conversion_id
), weeks as (
    select
        conversion_id,
        (({LAST_COMPLETE}) - date_day) // 7 as weeks_ago,
        sum(reaches) as reaches
    from marts.kpi_conversion_daily
    inner join versions using (conversion_id, conversion_version)
    where date_day <= {LAST_COMPLETE} and date_day > ({LAST_COMPLETE}) - 63
    group by all
), usual as (
    select
        conversion_id,
        median(reaches) as usual_reaches,
        0.4 * median(reaches) as low_reaches
    from weeks
    where weeks_ago > 0
    group by conversion_id
    having count(*) >= 6
)
select
    usual.conversion_id,
    ({LAST_COMPLETE}) - 6 as day,
    coalesce(weeks.reaches, 0) as reaches,
    usual.usual_reaches,
    usual.low_reaches
from usual
left join weeks on usual.conversion_id = weeks.conversion_id and weeks.weeks_ago = 0
where
    usual.usual_reaches >= 20
    and usual.conversion_id not in (
        select conversion_id from marts.dim_conversion where end_date < {LAST_COMPLETE}
    )
order by usual.conversion_id
""",
        expectations=(at_most("low_reaches", "reaches"),),
        title_en="Every conversion was recorded last week about as often as before.",
        title_ru="Каждая конверсия за неделю записана примерно столько же раз, сколько обычно.",
        message_en="A conversion is hardly recorded any more",
        message_ru="Конверсия почти перестала записываться",
        item_en="{conversion_id:conversion}: {reaches:n} in the week from {day:d}, usually "
        "{usual_reaches:n}",
        item_ru="{conversion_id:conversion}: {reaches:n} за неделю с {day:d}, обычно "
        "{usual_reaches:n}",
        remedy_en="try the form or button yourself and look whether the goal arrives in the "
        "counter, before you judge the marketing",
        remedy_ru="проверить форму или кнопку самому и убедиться, что цель приходит в счётчик, "
        "прежде чем судить о маркетинге",
    )
