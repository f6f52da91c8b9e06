"""What must be true of counters, as loaded, and of the traffic figures made from them."""

from __future__ import annotations

from orchestration.expectations.model import (
    AS_OF,
    CURRENCY,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    at_most,
    between,
    filled,
    no_rows,
    one_of,
)
from orchestration.expectations.tables import enabled, source_checks

COUNTERS_AGREE = "metrica_ga4_ratio_usual"
EXPORT_COMPLETE = "metrica_export_complete"
BOUNCE_SETTING_UNCHANGED = "metrica_bounce_setting_unchanged"
COUNTER_SETTINGS_UNCHANGED = "metrica_counter_settings_unchanged"
GOALS_UNCHANGED = "metrica_goals_unchanged"
SPIKE_VERDICT_KNOWN = "spike_verdict_known"
NO_RECENT_BOT_SPIKE = "no_recent_bot_spike"
OLD_BOT_SPIKES_CONFIRMED = "old_bot_spikes_confirmed"
TRAFFIC_VOLUME_USUAL = "traffic_volume_usual"
CLICKS_ARRIVE_AS_VISITS = "clicks_arrive_as_visits"
PAID_VISITS_TAGGED = "paid_visits_tagged"
CHANNEL_KNOWN = "channel_known"
CONVERSIONS_STILL_RECORDED = "conversions_still_recorded"
ATTACKS_CONFIRMED_BY_ANOTHER = "attacks_confirmed_by_another"
GOALS_FROM_PEOPLE = "goals_from_people"

SPIKE_VERDICTS = ("ok", "fail", "warn", "explained", "insufficient_history")
_BOT_REASONS = "('bot_spike', 'bot_spike_on_holiday', 'suspicious_share')"
UNTAGGED_LIMIT = 0.05
UNKNOWN_CHANNEL_LIMIT = 0.05
MINIMUM_GOALS = 10
# Channels of the default rules that mean "no rule knew this traffic".
UNKNOWN_CHANNELS = ("other", "other_paid")

# Own history: 56 days that end 3 days before the tested day, as in the detector of visits.
_HISTORY_DAYS, _GUARD_DAYS, _MINIMUM_DAYS = 56, 3, 28


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("web_analytics"),
        counters_agree(),
        export_complete(),
        bounce_setting_unchanged(),
        counter_settings_unchanged(),
        goals_unchanged(),
        spike_verdict_known(),
        no_recent_bot_spike(),
        old_bot_spikes_confirmed(),
        traffic_volume_usual(),
        clicks_arrive_as_visits(),
        paid_visits_tagged(),
        channel_known(),
        conversions_still_recorded(),
        attacks_confirmed_by_another(),
        goals_from_people(),
    )


def banded(series: str, *, minimum_width: float, relative: bool, tested_days: int) -> str:
    """SQL: each of the last days of a series beside the band its own past teaches.

    `series`: query of `name`, `day`, `value`. The band is the median of the history plus and minus
    four robust deviations, but never narrower than `minimum_width` (a share of the median if
    `relative`). Days with a short history are left out: there is nothing to compare with.
    """
    floor = f"{minimum_width} * median_value" if relative else f"{minimum_width}"
    return f"""
with series as (
    {series}
), history as (
    select tested.name, tested.day, tested.value, past.value as past_value
    from series as tested
    inner join series as past
        on tested.name = past.name
        and past.day > tested.day - {_HISTORY_DAYS + _GUARD_DAYS}
        and past.day <= tested.day - {_GUARD_DAYS}
    where tested.day > ({LAST_COMPLETE}) - {tested_days} and tested.day <= {LAST_COMPLETE}
), medians as (
    select
        *,
        median(past_value) over (partition by name, day) as median_value,
        count(*) over (partition by name, day) as past_days
    from history
), bands as (
    select
        name,
        day,
        value,
        median_value,
        greatest({floor}, 4 * 1.4826 * median(abs(past_value - median_value))) as width
    from medians
    where past_days >= {_MINIMUM_DAYS}
    group by name, day, value, median_value
)
select
    name,
    day,
    value,
    median_value as usual,
    median_value - width as low,
    median_value + width as high
from bands
order by day desc, name
"""


# --- counters as loaded --------------------------------------------------------------------------


def counters_agree() -> Check:
    return Check(
        name=COUNTERS_AGREE,
        subject="web_analytics",
        asset=("ga4", "sessions"),
        stage="raw",
        severity="warning",
        applies=f"{enabled('yandex_metrica', 'visits')} and {enabled('ga4', 'sessions')}",
        may_be_empty=True,
        sql=banded(
            """
    select 'visits' as name, metrica.day, metrica.visits / ga4.sessions as value
    from (
        select date as day, count(distinct (counter_id, visit_id)) as visits
        from raw.yandex_metrica__visits group by date
    ) as metrica
    inner join (
        select date as day, sum(sessions) as sessions from raw.ga4__sessions group by date
    ) as ga4 on metrica.day = ga4.day
    where ga4.sessions >= 20
""",
            minimum_width=0.15,
            relative=True,
            tested_days=RECENT_DAYS,
        ),
        expectations=(at_most("value", "high"), at_most("low", "value")),
        title_en="Visits of Metrica per session of GA4 stay within their usual band.",
        title_ru="Отношение визитов Метрики к сеансам GA4 в обычных пределах.",
        message_en="Metrica and GA4 no longer tell the same story on {failed:n} day(s)",
        message_ru="Метрика и GA4 расходятся не как обычно, дней — {failed:n}",
        item_en="{day:d}: {value:r} visits per session, usually {usual:r}",
        item_ru="{day:d}: визитов на сеанс {value:r}, обычно {usual:r}",
        remedy_en="look which of the two counters changed: a tag that vanished from pages, a "
        "consent banner, or bots that send hits to one of them only",
        remedy_ru="найти, какой из счётчиков изменился: код пропал со страниц, появился баннер "
        "согласия или роботы шлют данные только в один из них",
    )


def export_complete() -> Check:
    """Visits of the Logs API against Metrica's own daily totals, outside the days that settle."""
    return Check(
        name=EXPORT_COMPLETE,
        subject="web_analytics",
        asset=("yandex_metrica", "daily_report"),
        stage="raw",
        severity="warning",
        applies=enabled("yandex_metrica", "daily_report"),
        may_be_empty=True,
        sql=f"""
with loaded as (
    select date, counter_id, count(distinct visit_id) as visits
    from raw.yandex_metrica__visits
    group by date, counter_id
)
select
    report.date as day,
    report.counter_id,
    report.visits as reported_visits,
    coalesce(loaded.visits, 0) as loaded_visits,
    coalesce(loaded.visits, 0) / report.visits as ratio
from raw.yandex_metrica__daily_report as report
left join loaded on report.date = loaded.date and report.counter_id = loaded.counter_id
where report.visits >= 20
    and report.date >= ({AS_OF}) - {SHOWN_DAYS}
    and report.date < ({AS_OF}) - 4
    and not coalesce(report.is_sampled, false)
order by day desc
""",
        # Metrica's report may hide rows of few people and drops robots, so equality is too strict.
        expectations=(between("ratio", minimum=0.95, maximum=1.05),),
        title_en="Loaded visits agree with Metrica's own daily totals within 5%.",
        title_ru="Загруженные визиты сходятся с отчётом Метрики в пределах 5%.",
        message_en="Loaded visits and Metrica's report differ on {failed:n} day(s)",
        message_ru="Загруженные визиты расходятся с отчётом Метрики, дней — {failed:n}",
        item_en="{day:d}: {loaded_visits:n} loaded, {reported_visits:n} in the report",
        item_ru="{day:d}: загружено {loaded_visits:n}, в отчёте {reported_visits:n}",
        remedy_en="load these days again; if the difference stays, compare the counter's filters",
        remedy_ru="загрузить эти дни снова; если разница останется, сверить фильтры счётчика",
    )


def bounce_setting_unchanged() -> Check:
    """The 15 seconds and `notBounce` live in page code. What code does to very short one-page
    visits shows whether it was changed, without access to the pages."""
    return Check(
        name=BOUNCE_SETTING_UNCHANGED,
        subject="web_analytics",
        asset=("yandex_metrica", "visits"),
        stage="raw",
        severity="warning",
        applies=enabled("yandex_metrica", "visits"),
        may_be_empty=True,
        sql=banded(
            f"""
    select counter_id as name, date as day, avg(bounce) as value
    from raw.yandex_metrica__visits
    where page_views <= 1 and visit_duration < 15
        and date > ({LAST_COMPLETE}) - {_HISTORY_DAYS + _GUARD_DAYS + RECENT_DAYS}
    group by counter_id, date
    having count(*) >= 20
""",
            minimum_width=0.1,
            relative=False,
            tested_days=RECENT_DAYS,
        ),
        expectations=(at_most("value", "high"), at_most("low", "value")),
        title_en="The counter calls the same short visits bounces as before.",
        title_ru="Счётчик считает отказами такие же короткие визиты, как раньше.",
        message_en="Share of bounces among one-page visits under 15 seconds changed on {failed:n} "
        "day(s): the page code may bend the bounce rate",
        message_ru="Изменилась доля отказов среди визитов в одну страницу короче 15 секунд, дней "
        "— {failed:n}: код на сайте может менять показатель отказов",
        item_en="counter {name}, {day:d}: {value:p}, usually {usual:p}",
        item_ru="счётчик {name}, {day:d}: {value:p}, обычно {usual:p}",
        remedy_en="ask who edited the counter code (accurateTrackBounce, notBounce). The report's "
        "own share of empty visits does not depend on it",
        remedy_ru="узнать, кто менял код счётчика (accurateTrackBounce, notBounce). Доля пустых "
        "визитов в отчёте от него не зависит",
    )


def counter_settings_unchanged() -> Check:
    return Check(
        name=COUNTER_SETTINGS_UNCHANGED,
        subject="web_analytics",
        asset=("yandex_metrica", "counter_settings"),
        stage="raw",
        severity="warning",
        applies="(select count(distinct recorded_on) "
        "from raw.yandex_metrica__counter_settings) > 1",
        sql=f"""
with settings as (
    unpivot (
        select
            counter_id,
            recorded_on,
            cast(status as varchar) as status,
            cast(code_status as varchar) as code_status,
            cast(robot_filter as varchar) as robot_filter,
            cast(time_zone as varchar) as time_zone,
            cast(visit_timeout_seconds as varchar) as visit_timeout_seconds,
            cast(has_auto_goals as varchar) as has_auto_goals
        from raw.yandex_metrica__counter_settings
        qualify _file = max(_file) over (partition by counter_id, recorded_on)
    ) on status, code_status, robot_filter, time_zone, visit_timeout_seconds, has_auto_goals
    into name setting value state
), ordered as (
    select
        *,
        lag(state) over (
            partition by counter_id, setting order by recorded_on
        ) as state_before
    from settings
)
select counter_id, recorded_on as day, setting, state_before, state
from ordered
where state <> state_before and recorded_on >= ({AS_OF}) - {RECENT_DAYS}
order by day
""",
        expectations=(no_rows(),),
        title_en="Settings of the counter are the same as on the day before.",
        title_ru="Настройки счётчика не менялись.",
        message_en="Settings of the counter changed, {failed:n} in the last 30 days",
        message_ru="Менялись настройки счётчика, за 30 дней — {failed:n}",
        item_en="counter {counter_id}, {day:d}: {setting} was {state_before}, is {state}",
        item_ru="счётчик {counter_id}, {day:d}: {setting} было {state_before}, стало {state}",
        remedy_en="ask who changed it and why; a robot filter or a time zone moves every figure of "
        "the site from that day on",
        remedy_ru="узнать, кто и зачем изменил; фильтр роботов или часовой пояс сдвигает все "
        "цифры сайта с этого дня",
    )


def goals_unchanged() -> Check:
    return Check(
        name=GOALS_UNCHANGED,
        subject="web_analytics",
        asset=("yandex_metrica", "goals"),
        stage="raw",
        severity="warning",
        applies="(select count(distinct recorded_on) from raw.yandex_metrica__goals) > 1",
        sql=f"""
with goals as (
    select
        counter_id,
        goal_id,
        recorded_on,
        concat_ws(' ', goal_type, conditions) as state
    from raw.yandex_metrica__goals
    qualify _file = max(_file) over (partition by counter_id, recorded_on)
), days as (
    select
        counter_id,
        recorded_on,
        lead(recorded_on) over (partition by counter_id order by recorded_on) as next_recorded_on
    from (select distinct counter_id, recorded_on from goals) as recorded
), changes as (
    select
        days.counter_id,
        days.next_recorded_on as day,
        before.goal_id,
        case when now.goal_id is null then 'deleted' else 'changed' end as change
    from days
    inner join goals as before
        on days.counter_id = before.counter_id and days.recorded_on = before.recorded_on
    left join goals as now
        on before.counter_id = now.counter_id
        and before.goal_id = now.goal_id
        and days.next_recorded_on = now.recorded_on
    where days.next_recorded_on is not null and before.state is distinct from now.state
)
select counter_id, goal_id, day, change
from changes
where day >= ({AS_OF}) - {RECENT_DAYS}
order by day, goal_id
""",
        expectations=(no_rows(),),
        title_en="Goals of the counter have the conditions they had before.",
        title_ru="Условия целей счётчика не менялись.",
        message_en="Goals of the counter were changed or deleted, {failed:n} in the last 30 days",
        message_ru="Цели счётчика изменены или удалены, за 30 дней — {failed:n}",
        item_en="goal {goal_id}, {day:d}: {change}",
        item_ru="цель {goal_id}, {day:d}: {change}",
        remedy_en="ask who changed the goal, and write a new version of the conversion into "
        "registers/conversions.csv, so that the break is visible in the report",
        remedy_ru="узнать, кто изменил цель, и добавить новую версию конверсии в "
        "registers/conversions.csv, чтобы разрыв был виден в отчёте",
    )


# --- traffic as published ------------------------------------------------------------------------

_TRAFFIC = "exists (select 1 from marts.fct_visits)"


def spike_verdict_known() -> Check:
    """A detector that says nothing looks like a detector that found nothing."""
    return Check(
        name=SPIKE_VERDICT_KNOWN,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="blocking",
        applies=_TRAFFIC,
        sql="""
select channel, spike_verdict, min(date_day) as day, count(*) as failed_rows
from marts.kpi_traffic_quality_daily
where campaign_id = '(all)'
group by channel, spike_verdict
order by channel, spike_verdict
""",
        expectations=(filled("spike_verdict"), one_of("spike_verdict", *SPIKE_VERDICTS)),
        title_en="The detector of fake traffic gave a verdict for every day and channel.",
        title_ru="Детектор накрутки вынес решение по каждому дню и каналу.",
        message_en="The detector gave no valid verdict on {failed_rows:n} day(s) of channels",
        message_ru="Детектор не вынес решения, дней по каналам — {failed_rows:n}",
        item_en="{channel}: '{spike_verdict}' on {failed_rows:n} day(s) from {day:d}",
        item_ru="{channel}: «{spike_verdict}», дней {failed_rows:n}, с {day:d}",
        remedy_en="this is a fault of the models (int_traffic_spikes_detected), not of the data: "
        "report it; nothing is published until it is mended",
        remedy_ru="это ошибка моделей (int_traffic_spikes_detected), а не данных: сообщить о ней; "
        "до исправления ничего не публикуется",
    )


_CONFIRMED = """
    exists (
        select 1
        from raw.registers__confirmed_attacks as attacks
        where traffic.date_day between attacks.start_date and attacks.end_date
            and (traffic.channel = attacks.channel or traffic.channel = '(all)')
    )"""


def _bot_days(condition: str, days: str) -> str:
    """Days of bot alarms with the campaign that brought most; the total only where no channel
    alarms on its own, a campaign only where its channel does not."""
    return f"""
with alarms as (
    select *
    from marts.kpi_traffic_quality_daily as traffic
    where {condition}
        and {days}
        and not {_CONFIRMED}
    -- the widest series tells it: a campaign speaks only where its channel is quiet
    qualify campaign_id = '(all)' or count(*) filter (campaign_id = '(all)') over (
        partition by channel, date_day
    ) = 0
), campaigns as (
    select
        channel,
        date_day,
        arg_max(campaign_id, suspicious_visits) as campaign_id
    from marts.kpi_traffic_quality_daily
    where campaign_id <> '(all)'
    group by channel, date_day
)
select
    alarms.date_day as day,
    alarms.channel,
    case
        when alarms.campaign_id <> '(all)' then alarms.campaign_id
        else coalesce(campaigns.campaign_id, '(none)')
    end as campaign_id,
    alarms.spike_verdict,
    alarms.spike_reason,
    alarms.visits,
    alarms.suspicious_visits,
    alarms.expected_low,
    alarms.expected_high,
    alarms.wasted_spend_amount as wasted_amount,
    {CURRENCY} as currency
from alarms
left join campaigns
    on alarms.channel = campaigns.channel and alarms.date_day = campaigns.date_day
where alarms.channel <> '(all)' or alarms.date_day not in (
    select date_day from alarms where channel <> '(all)'
)
order by day desc, alarms.channel
"""


_BOT_ITEM_EN = (
    "{day:d} {channel}, campaign {campaign_id}: {suspicious_visits:n} of {visits:n} visits look "
    "like bots, expected {expected_low:n} to {expected_high:n} visits; about {wasted_amount:m} "
    "{currency} of spend"
)
_BOT_ITEM_RU = (
    "{day:d} {channel}, кампания {campaign_id}: похожи на роботов {suspicious_visits:n} из "
    "{visits:n} визитов, ожидалось от {expected_low:n} до {expected_high:n}; на них ушло около "
    "{wasted_amount:m} {currency}"
)


def no_recent_bot_spike() -> Check:
    return Check(
        name=NO_RECENT_BOT_SPIKE,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="warning",
        applies=_TRAFFIC,
        sql=_bot_days(
            f"(spike_verdict = 'fail' or spike_reason in {_BOT_REASONS})",
            f"date_day >= ({AS_OF}) - {RECENT_DAYS}",
        ),
        incident_columns=("channel",),
        expectations=(no_rows(),),
        title_en="No wave of fake traffic in the last 30 days.",
        title_ru="За последние 30 дней волн накрученного трафика нет.",
        message_en="Fake traffic on {failed:n} day(s) of the last 30, about {sum_wasted_amount:m} "
        "{currency} of spend went to it",
        message_ru="Накрученный трафик за последние 30 дней, дней — {failed:n}, на него ушло около "
        "{sum_wasted_amount:m} {currency}",
        item_en=_BOT_ITEM_EN,
        item_ru=_BOT_ITEM_RU,
        remedy_en="show it to whoever runs the campaign, claim the clicks back from the ad system, "
        "and let the owner confirm it in registers/confirmed_attacks.csv",
        remedy_ru="показать тому, кто ведёт кампанию, запросить у рекламной системы возврат за эти "
        "клики и подтвердить атаку в registers/confirmed_attacks.csv (решает собственник)",
    )


def old_bot_spikes_confirmed() -> Check:
    return Check(
        name=OLD_BOT_SPIKES_CONFIRMED,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="warning",
        applies=_TRAFFIC,
        sql=_bot_days(
            "spike_verdict = 'fail'",
            f"date_day < ({AS_OF}) - {RECENT_DAYS} and date_day >= ({AS_OF}) - {SHOWN_DAYS}",
        ),
        expectations=(no_rows(),),
        title_en="Every bot spike older than 30 days was confirmed by somebody.",
        title_ru="Каждая волна роботов старше 30 дней кем-то подтверждена.",
        message_en="{failed:n} day(s) with a bot spike were never looked at; about "
        "{sum_wasted_amount:m} {currency} of spend went to them",
        message_ru="Дней с волной роботов, которые никто не разобрал, — {failed:n}; на них ушло "
        "около {sum_wasted_amount:m} {currency}",
        item_en=_BOT_ITEM_EN,
        item_ru=_BOT_ITEM_RU,
        remedy_en="the owner, not the channel's manager, writes the days into "
        "registers/confirmed_attacks.csv; until then they teach the detector",
        remedy_ru="собственник, а не ответственный за канал, вносит эти дни в "
        "registers/confirmed_attacks.csv; до этого детектор учится и на них",
    )


def traffic_volume_usual() -> Check:
    return Check(
        name=TRAFFIC_VOLUME_USUAL,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="warning",
        applies=_TRAFFIC,
        sql=f"""
select
    date_day as day,
    channel,
    spike_reason,
    visits,
    expected_visits,
    expected_low,
    expected_high
from marts.kpi_traffic_quality_daily
where campaign_id = '(all)'
    and spike_verdict = 'warn'
    and spike_reason not in {_BOT_REASONS}
    and date_day >= ({AS_OF}) - {RECENT_DAYS}
order by day desc, channel
""",
        incident_columns=("channel", "spike_reason"),
        expectations=(no_rows(),),
        title_en="Visits of the last 30 days stay within what the channel's past lets expect.",
        title_ru="Визиты последних 30 дней в пределах ожидаемого по истории канала.",
        message_en="Unusual traffic without a known reason on {failed:n} day(s) of channels",
        message_ru="Необычный трафик без известной причины, дней по каналам — {failed:n}",
        item_en="{day:d} {channel}: {visits:n} visits, expected {expected_low:n} to "
        "{expected_high:n} ({spike_reason})",
        item_ru="{day:d} {channel}: визитов {visits:n}, ожидалось от {expected_low:n} до "
        "{expected_high:n} ({spike_reason})",
        remedy_en="outage: look whether the counter was on the pages; volume: if it was planned, "
        "write it into registers/planned_events.csv",
        remedy_ru="outage: проверить, стоял ли счётчик на страницах; volume: если это акция, "
        "внести её в registers/planned_events.csv",
    )


def clicks_arrive_as_visits() -> Check:
    return Check(
        name=CLICKS_ARRIVE_AS_VISITS,
        subject="web_analytics",
        asset=("marts", "kpi_reconciliation_daily"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.kpi_reconciliation_daily "
        "where pair_kind = 'ad_clicks_visits')",
        may_be_empty=True,
        sql=banded(
            f"""
    select split_part(pair, ':', 2) as name, date_day as day, right_value / left_value as value
    from marts.kpi_reconciliation_daily
    where pair_kind = 'ad_clicks_visits' and left_value >= 20
        and date_day > ({LAST_COMPLETE}) - {_HISTORY_DAYS + _GUARD_DAYS + RECENT_DAYS}
""",
            minimum_width=0.25,
            relative=True,
            tested_days=RECENT_DAYS,
        ),
        expectations=(at_most("value", "high"), at_most("low", "value")),
        title_en="Visits per ad click stay within each channel's usual band.",
        title_ru="Число визитов на рекламный клик в обычных для канала пределах.",
        message_en="Ad clicks and visits no longer match on {failed:n} day(s) of channels",
        message_ru="Рекламные клики и визиты расходятся не как обычно, дней по каналам — "
        "{failed:n}",
        item_en="{day:d} {name}: {value:r} visits a click, usually {usual:r}",
        item_ru="{day:d} {name}: визитов на клик {value:r}, обычно {usual:r}",
        remedy_en="fewer visits: open an ad and see whether the page loads and the counter fires; "
        "more visits: the campaign's tag is used elsewhere too",
        remedy_ru="визитов меньше: открыть объявление и проверить страницу и счётчик; больше: "
        "метка кампании стоит где-то ещё",
    )


def paid_visits_tagged() -> Check:
    return Check(
        name=PAID_VISITS_TAGGED,
        subject="web_analytics",
        asset=("marts", "fct_visits"),
        stage="marts",
        severity="warning",
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
        item_en="{source_system}: {untagged_visits:n} of {visits:n} ({untagged_share:p}), among "
        "them in {channel}",
        item_ru="{source_system}: {untagged_visits:n} из {visits:n} ({untagged_share:p}), в том "
        "числе в {channel}",
        remedy_en="add utm_campaign with the campaign's number to the ads' links",
        remedy_ru="добавить в ссылки объявлений utm_campaign с номером кампании",
    )


def channel_known() -> Check:
    unknown = ", ".join(f"'{name}'" for name in UNKNOWN_CHANNELS)
    return Check(
        name=CHANNEL_KNOWN,
        subject="web_analytics",
        asset=("marts", "fct_visits"),
        stage="marts",
        severity="warning",
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
        item_en="{source_system}: {unknown_visits:n} of {visits:n} ({unknown_share:p})",
        item_ru="{source_system}: {unknown_visits:n} из {visits:n} ({unknown_share:p})",
        remedy_en="add rules for their tags to registers/channels.csv",
        remedy_ru="добавить правила для их меток в registers/channels.csv",
    )


def conversions_still_recorded() -> Check:
    """A goal that breaks on the site looks like bad marketing. Weeks against weeks: the weekday
    pattern then cancels out."""
    return Check(
        name=CONVERSIONS_STILL_RECORDED,
        subject="web_analytics",
        asset=("marts", "kpi_conversion_daily"),
        stage="marts",
        severity="warning",
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
where usual.usual_reaches >= 20
order by usual.conversion_id
""",
        expectations=(at_most("low_reaches", "reaches"),),
        title_en="Every conversion was recorded last week about as often as before.",
        title_ru="Каждая конверсия за неделю записана примерно столько же раз, сколько обычно.",
        message_en="A conversion is hardly recorded any more",
        message_ru="Конверсия почти перестала записываться",
        item_en="{conversion_id}: {reaches:n} in the week from {day:d}, usually {usual_reaches:n}",
        item_ru="{conversion_id}: {reaches:n} за неделю с {day:d}, обычно {usual_reaches:n}",
        remedy_en="try the form or button yourself and look whether the goal arrives in the "
        "counter, before you judge the marketing",
        remedy_ru="проверить форму или кнопку самому и убедиться, что цель приходит в счётчик, "
        "прежде чем судить о маркетинге",
    )


def attacks_confirmed_by_another() -> Check:
    """An attack that whoever runs the channel confirmed clears nothing: the next one could hide
    behind it. The model `int_traffic_series_daily` has the same rule."""
    return Check(
        name=ATTACKS_CONFIRMED_BY_ANOTHER,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from raw.registers__confirmed_attacks)",
        sql=f"""
select
    attacks.channel,
    attacks.start_date as day,
    attacks.end_date as until_day,
    coalesce(attacks.confirmed_by, '') as confirmed_by
from raw.registers__confirmed_attacks as attacks
left join marts.dim_channel as channels on lower(trim(attacks.channel)) = channels.channel
where attacks.end_date >= ({AS_OF}) - {SHOWN_DAYS}
    and lower(trim(coalesce(attacks.confirmed_by, '')))
    in ('', 'marketer', 'in_house', lower(trim(coalesce(channels.contractor, ''))))
order by day, channel
""",
        expectations=(no_rows(),),
        title_en="Every attack was confirmed by somebody who does not run the channel.",
        title_ru="Каждую атаку подтвердил тот, кто не ведёт канал.",
        message_en="{failed:n} attack(s) were confirmed by whoever runs the channel, so they "
        "do not count",
        message_ru="Атак, подтверждённых тем, кто ведёт канал, — {failed:n}; они не учитываются",
        item_en="{channel}, {day:d} to {until_day:d}, confirmed by '{confirmed_by}'",
        item_ru="{channel}, с {day:d} по {until_day:d}, подтвердил «{confirmed_by}»",
        remedy_en="let the owner or finance look at these days and confirm them in "
        "registers/confirmed_attacks.csv",
        remedy_ru="попросить собственника или финансы разобрать эти дни и подтвердить их в "
        "registers/confirmed_attacks.csv",
    )


def goals_from_people() -> Check:
    """Goals of visits that look like machines, in 30 days against the half year before: bots that
    fill in forms are paid for per lead."""
    return Check(
        name=GOALS_FROM_PEOPLE,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        severity="warning",
        applies=_TRAFFIC,
        may_be_empty=True,
        sql=f"""
with days as (
    select
        channel,
        goal_visits,
        suspicious_goal_visits,
        date_day > ({LAST_COMPLETE}) - {RECENT_DAYS} as is_recent
    from marts.kpi_traffic_quality_daily
    where campaign_id = '(all)' and channel <> '(all)'
        and date_day > ({LAST_COMPLETE}) - 210 and date_day <= {LAST_COMPLETE}
), sums as (
    select
        channel,
        sum(goal_visits) filter (is_recent) as goals,
        sum(suspicious_goal_visits) filter (is_recent) as suspicious_goals,
        -- one more than seen: a channel without any has a limit as well
        (coalesce(sum(suspicious_goal_visits) filter (not is_recent), 0) + 1)
        / (coalesce(sum(goal_visits) filter (not is_recent), 0) + 2) as usual_share
    from days
    group by channel
)
select
    channel,
    ({LAST_COMPLETE}) - {RECENT_DAYS - 1} as day,
    goals,
    suspicious_goals,
    suspicious_goals / goals as suspicious_share,
    least(usual_share, 0.5) + greatest(
        0.05, 3.5 * sqrt(least(usual_share, 0.5) * (1 - least(usual_share, 0.5)) / goals)
    ) as allowed_share
from sums
where goals >= {MINIMUM_GOALS}
order by channel
""",
        expectations=(at_most("suspicious_share", "allowed_share"),),
        title_en="Hardly any goal was reached by visits that look like machines.",
        title_ru="Почти нет целей, достигнутых визитами, похожими на роботов.",
        message_en="Leads or purchases may be faked: goals were reached by visits that look like "
        "machines",
        message_ru="Заявки или покупки могут быть поддельными: цели достигнуты визитами, похожими "
        "на роботов",
        item_en="{channel}: {suspicious_goals:n} of {goals:n} goals ({suspicious_share:p}) in 30 "
        "days",
        item_ru="{channel}: {suspicious_goals:n} из {goals:n} целей ({suspicious_share:p}) за 30 "
        "дней",
        remedy_en="call some of these leads back before anybody is paid for them; protect the form",
        remedy_ru="перезвонить по части этих заявок, прежде чем платить за них; защитить форму",
    )
