"""What the detector of fake traffic found, and whether people looked at it."""

from __future__ import annotations

from typing import Any

from orchestration.expectations.model import (
    AS_OF,
    CURRENCY,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    at_most,
    filled,
    no_rows,
    one_of,
)

SPIKE_VERDICT_KNOWN = "spike_verdict_known"
NO_RECENT_BOT_SPIKE = "no_recent_bot_spike"
OLD_BOT_SPIKES_CONFIRMED = "old_bot_spikes_confirmed"
TRAFFIC_VOLUME_USUAL = "traffic_volume_usual"
ATTACKS_CONFIRMED_BY_ANOTHER = "attacks_confirmed_by_another"
GOALS_FROM_PEOPLE = "goals_from_people"

SPIKE_VERDICTS = ("ok", "fail", "warn", "explained", "insufficient_history")
_BOT_REASONS = "('bot_spike', 'bot_spike_on_holiday', 'suspicious_share')"
MINIMUM_GOALS = 10


def checks() -> tuple[Check, ...]:
    return (
        spike_verdict_known(),
        no_recent_bot_spike(),
        old_bot_spikes_confirmed(),
        traffic_volume_usual(),
        attacks_confirmed_by_another(),
        goals_from_people(),
    )


def _on_traffic_quality(name: str, **more: Any) -> Check:
    """A check of the detector's mart: a warning, where the company has visits, unless told else."""
    return Check(
        name=name,
        subject="web_analytics",
        asset=("marts", "kpi_traffic_quality_daily"),
        stage="marts",
        **{
            "severity": "warning",
            "applies": "exists (select 1 from marts.fct_visits)",
            "expectations": (no_rows(),),
            **more,
        },
    )


# Whoever runs the channel cannot vouch for it; `int_traffic_series_daily` has the same rule.
_BY_WHOEVER_RUNS_IT = """lower(trim(coalesce(attacks.confirmed_by, '')))
    in ('', 'marketer', 'in_house', lower(trim(coalesce(channels.contractor, ''))))"""

_CONFIRMED = f"""
    exists (
        select 1
        from raw.registers__confirmed_attacks as attacks
        left join marts.dim_channel as channels
            on lower(trim(attacks.channel)) = channels.channel
        where traffic.date_day between attacks.start_date and attacks.end_date
            and (traffic.channel = lower(trim(attacks.channel)) or traffic.channel = '(all)')
            and not {_BY_WHOEVER_RUNS_IT}
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
    "{day:d} {channel:channel}, campaign {campaign_id:campaign}: {suspicious_visits:n} of "
    "{visits:n} visits look "
    "like bots, expected {expected_low:n} to {expected_high:n} visits; about {wasted_amount:m} "
    "{currency} of spend"
)
_BOT_ITEM_RU = (
    "{day:d} {channel:channel}, кампания {campaign_id:campaign}: похожи на роботов "
    "{suspicious_visits:n} из "
    "{visits:n} визитов, ожидалось от {expected_low:n} до {expected_high:n}; на них ушло около "
    "{wasted_amount:m} {currency}"
)


def spike_verdict_known() -> Check:
    """A detector that says nothing looks like a detector that found nothing."""
    return _on_traffic_quality(
        SPIKE_VERDICT_KNOWN,
        severity="blocking",
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
        message_en="The detector gave no valid verdict on {failed_rows:n} {failed_rows:day|days} "
        "of channels",
        message_ru="Детектор не вынес решения за {failed_rows:n} {failed_rows:день|дня|дней} по "
        "каналам",
        item_en="{channel:channel}: '{spike_verdict}' on {failed_rows:n} {failed_rows:day|days} "
        "from "
        "{day:d}",
        item_ru="{channel:channel}: «{spike_verdict}», {failed_rows:n} "
        "{failed_rows:день|дня|дней} с "
        "{day:d}",
        remedy_en="this is a fault of the models (int_traffic_spikes_detected), not of the data: "
        "report it; nothing is published until it is mended",
        remedy_ru="это ошибка моделей (int_traffic_spikes_detected), а не данных: сообщить о ней; "
        "до исправления ничего не публикуется",
    )


def no_recent_bot_spike() -> Check:
    return _on_traffic_quality(
        NO_RECENT_BOT_SPIKE,
        sql=_bot_days(
            f"(spike_verdict = 'fail' or spike_reason in {_BOT_REASONS})",
            f"date_day >= ({AS_OF}) - {RECENT_DAYS}",
        ),
        incident_columns=("channel",),
        title_en="No wave of fake traffic in the last 30 days.",
        title_ru="За последние 30 дней волн накрученного трафика нет.",
        message_en="Fake traffic on {failed:n} {failed:day|days} of the last 30, about "
        "{sum_wasted_amount:m} "
        "{currency} of spend went to it",
        message_ru="Накрученный трафик в {failed:n} {failed:день|дня|дней} из последних 30, на "
        "него ушло около "
        "{sum_wasted_amount:m} {currency}",
        item_en=_BOT_ITEM_EN,
        item_ru=_BOT_ITEM_RU,
        remedy_en="show it to whoever runs the campaign, claim the clicks back from the ad system, "
        "and let the owner confirm it in registers/confirmed_attacks.csv",
        remedy_ru="показать тому, кто ведёт кампанию, запросить у рекламной системы возврат за эти "
        "клики и подтвердить атаку в registers/confirmed_attacks.csv (решает собственник)",
    )


def old_bot_spikes_confirmed() -> Check:
    return _on_traffic_quality(
        OLD_BOT_SPIKES_CONFIRMED,
        sql=_bot_days(
            "spike_verdict = 'fail'",
            f"date_day < ({AS_OF}) - {RECENT_DAYS} and date_day >= ({AS_OF}) - {SHOWN_DAYS}",
        ),
        title_en="Every bot spike older than 30 days was confirmed by somebody.",
        title_ru="Каждая волна роботов старше 30 дней кем-то подтверждена.",
        message_en="Nobody looked at {failed:n} {failed:day|days} with a bot spike; about "
        "{sum_wasted_amount:m} {currency} of spend went there",
        message_ru="Никто не разобрал {failed:n} {failed:день|дня|дней} с волной роботов; на них "
        "ушло "
        "около {sum_wasted_amount:m} {currency}",
        item_en=_BOT_ITEM_EN,
        item_ru=_BOT_ITEM_RU,
        remedy_en="the owner, not the channel's manager, writes the days into "
        "registers/confirmed_attacks.csv; until then they teach the detector",
        remedy_ru="собственник, а не ответственный за канал, вносит эти дни в "
        "registers/confirmed_attacks.csv; до этого детектор учится и на них",
    )


def traffic_volume_usual() -> Check:
    return _on_traffic_quality(
        TRAFFIC_VOLUME_USUAL,
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
        title_en="Visits of the last 30 days stay within what the channel's past lets expect.",
        title_ru="Визиты последних 30 дней в пределах ожидаемого по истории канала.",
        message_en="Unusual traffic without a known reason on {failed:n} {failed:day|days} of "
        "channels",
        message_ru="Необычный трафик без известной причины: {failed:n} {failed:день|дня|дней} по "
        "каналам",
        item_en="{day:d} {channel:channel}: {visits:n} visits, expected {expected_low:n} to "
        "{expected_high:n} ({spike_reason:spike_reason})",
        item_ru="{day:d} {channel:channel}: {visits:n} {visits:визит|визита|визитов}, ожидалось от "
        "{expected_low:n} до {expected_high:n} ({spike_reason:spike_reason})",
        remedy_en="fewer visits: look whether the counter was on the pages; more: if it was "
        "planned, "
        "write it into registers/planned_events.csv",
        remedy_ru="визитов меньше: проверить, стоял ли счётчик на страницах; больше: если это "
        "акция, "
        "внести её в registers/planned_events.csv",
    )


def attacks_confirmed_by_another() -> Check:
    """An attack that whoever runs the channel confirmed clears nothing: the next one could hide
    behind it."""
    return _on_traffic_quality(
        ATTACKS_CONFIRMED_BY_ANOTHER,
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
    and {_BY_WHOEVER_RUNS_IT}
order by day, channel
""",
        title_en="Every attack was confirmed by somebody who does not run the channel.",
        title_ru="Каждую атаку подтвердил тот, кто не ведёт канал.",
        message_en="{failed:n} {failed:attack was|attacks were} confirmed by whoever runs the "
        "channel, "
        "which does not count",
        message_ru="{failed:n} {failed:атаку подтвердил|атаки подтвердил|атак подтвердил} тот, "
        "кто ведёт канал; "
        "это не считается",
        item_en="{channel:channel}, {day:d} to {until_day:d}, confirmed by '{confirmed_by}'",
        item_ru="{channel:channel}, с {day:d} по {until_day:d}, подтвердил «{confirmed_by}»",
        remedy_en="let the owner or finance look at these days and confirm them in "
        "registers/confirmed_attacks.csv",
        remedy_ru="попросить собственника или финансы разобрать эти дни и подтвердить их в "
        "registers/confirmed_attacks.csv",
    )


def goals_from_people() -> Check:
    """Goals of visits that look like machines, in 30 days against the half year before: bots that
    fill in forms are paid for per lead."""
    return _on_traffic_quality(
        GOALS_FROM_PEOPLE,
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
        item_en="{channel:channel}: {suspicious_goals:n} of {goals:n} goals "
        "({suspicious_share:p}) in 30 "
        "days",
        item_ru="{channel:channel}: {suspicious_goals:n} из {goals:n} целей "
        "({suspicious_share:p}) за 30 "
        "дней",
        remedy_en="call some of these leads back before anybody is paid for them; protect the form",
        remedy_ru="перезвонить по части этих заявок, прежде чем платить за них; защитить форму",
    )
