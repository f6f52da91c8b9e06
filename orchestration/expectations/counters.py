"""What must be true of counters as loaded."""

from __future__ import annotations

from typing import Any

from orchestration.expectations.bands import GUARD_DAYS, HISTORY_DAYS, WITHIN_BAND, banded
from orchestration.expectations.model import (
    AS_OF,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    between,
    no_rows,
)
from orchestration.expectations.tables import enabled, hours_apart, source_checks

COUNTERS_AGREE = "metrica_ga4_ratio_usual"
EXPORT_COMPLETE = "metrica_export_complete"
BOUNCE_SETTING_UNCHANGED = "metrica_bounce_setting_unchanged"
COUNTER_SETTINGS_UNCHANGED = "metrica_counter_settings_unchanged"
GOALS_UNCHANGED = "metrica_goals_unchanged"
COUNTER_DAYS = "metrica_days_of_the_company"


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("web_analytics"),
        counters_agree(),
        export_complete(),
        bounce_setting_unchanged(),
        counter_settings_unchanged(),
        goals_unchanged(),
        days_of_the_company(),
    )


def _on_counter(name: str, table: str, **more: Any) -> Check:
    """A warning about a raw table of a counter; it applies where the table has rows."""
    source = "ga4" if name == COUNTERS_AGREE else "yandex_metrica"
    return Check(
        name=name,
        subject="web_analytics",
        asset=(source, table),
        stage="raw",
        severity="warning",
        **{"applies": enabled(source, table), **more},
    )


def counters_agree() -> Check:
    return _on_counter(
        COUNTERS_AGREE,
        "sessions",
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
        expectations=WITHIN_BAND,
        title_en="Visits of Metrica per session of GA4 stay within their usual band.",
        title_ru="Отношение визитов Метрики к сеансам GA4 в обычных пределах.",
        message_en="Metrica and GA4 no longer tell the same story on {failed:n} {failed:day|days}",
        message_ru="Метрика и GA4 расходятся не как обычно {failed:n} {failed:день|дня|дней}",
        item_en="{day:d}: {value:r} visits per session, usually {usual:r}",
        item_ru="{day:d}: визитов на сеанс {value:r}, обычно {usual:r}",
        remedy_en="look which of the two counters changed: a tag that vanished from pages, a "
        "consent banner, or bots that send hits to one of them only",
        remedy_ru="найти, какой из счётчиков изменился: код пропал со страниц, появился баннер "
        "согласия или роботы шлют данные только в один из них",
    )


def export_complete() -> Check:
    """Visits of the Logs API against Metrica's own daily totals, outside the days that settle."""
    return _on_counter(
        EXPORT_COMPLETE,
        "daily_report",
        # where nothing but the report is loaded, nothing stands against it
        applies=f"{enabled('yandex_metrica', 'daily_report')} "
        f"and {enabled('yandex_metrica', 'visits')}",
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
        message_en="Loaded visits and Metrica's report differ on {failed:n} {failed:day|days}",
        message_ru="Загруженные визиты расходятся с отчётом Метрики {failed:n} "
        "{failed:день|дня|дней}",
        item_en="{day:d}: {loaded_visits:n} loaded, {reported_visits:n} in the report",
        item_ru="{day:d}: загружено {loaded_visits:n}, в отчёте {reported_visits:n}",
        remedy_en="load these days again; if the difference stays, compare the counter's filters",
        remedy_ru="загрузить эти дни снова; если разница останется, сверить фильтры счётчика",
    )


def bounce_setting_unchanged() -> Check:
    """The 15 seconds and `notBounce` live in page code. What code does to very short one-page
    visits shows whether it was changed, without access to the pages."""
    return _on_counter(
        BOUNCE_SETTING_UNCHANGED,
        "visits",
        may_be_empty=True,
        sql=banded(
            f"""
    select counter_id as name, date as day, avg(bounce) as value
    from raw.yandex_metrica__visits
    where page_views <= 1 and visit_duration < 15
        and date > ({LAST_COMPLETE}) - {HISTORY_DAYS + GUARD_DAYS + RECENT_DAYS}
    group by counter_id, date
    having count(*) >= 20
""",
            minimum_width=0.1,
            relative=False,
            tested_days=RECENT_DAYS,
        ),
        expectations=WITHIN_BAND,
        title_en="The counter calls the same short visits bounces as before.",
        title_ru="Счётчик считает отказами такие же короткие визиты, как раньше.",
        message_en="Share of bounces among one-page visits under 15 seconds changed on {failed:n} "
        "{failed:day|days}: the page code may bend the bounce rate",
        message_ru="Изменилась доля отказов среди визитов в одну страницу короче 15 секунд "
        "({failed:n} {failed:день|дня|дней}): код на сайте может менять показатель отказов",
        item_en="counter {name}, {day:d}: {value:p}, usually {usual:p}",
        item_ru="счётчик {name}, {day:d}: {value:p}, обычно {usual:p}",
        remedy_en="ask who edited the counter code (accurateTrackBounce, notBounce). The report's "
        "own share of empty visits does not depend on it",
        remedy_ru="узнать, кто менял код счётчика (accurateTrackBounce, notBounce). Доля пустых "
        "визитов в отчёте от него не зависит",
    )


def counter_settings_unchanged() -> Check:
    return _on_counter(
        COUNTER_SETTINGS_UNCHANGED,
        "counter_settings",
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
        message_en="Settings of the counter changed {failed:n} {failed:time|times} in the last 30 "
        "days",
        message_ru="За 30 дней настройки счётчика менялись {failed:n} {failed:раз|раза|раз}",
        item_en="counter {counter_id}, {day:d}: {setting:setting} was {state_before}, is {state}",
        item_ru="счётчик {counter_id}, {day:d}: {setting:setting} — было {state_before}, стало "
        "{state}",
        remedy_en="ask who changed it and why; a robot filter or a time zone moves every figure of "
        "the site from that day on",
        remedy_ru="узнать, кто и зачем изменил; фильтр роботов или часовой пояс сдвигает все "
        "цифры сайта с этого дня",
    )


def goals_unchanged() -> Check:
    return _on_counter(
        GOALS_UNCHANGED,
        "goals",
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
        message_en="{failed:n} {failed:goal|goals} of the counter changed or deleted in the last "
        "30 days",
        message_ru="За 30 дней {failed:изменена или удалена|изменены или удалены|изменено или "
        "удалено} "
        "{failed:n} {failed:цель|цели|целей} счётчика",
        item_en="goal {goal_id}, {day:d}: {change:change}",
        item_ru="цель {goal_id}, {day:d}: {change:change}",
        remedy_en="ask who changed the goal, and write a new version of the conversion into "
        "registers/conversions.csv, so that the break is visible in the report",
        remedy_ru="узнать, кто изменил цель, и добавить новую версию конверсии в "
        "registers/conversions.csv, чтобы разрыв был виден в отчёте",
    )


def days_of_the_company() -> Check:
    return _on_counter(
        COUNTER_DAYS,
        "counter_settings",
        applies="exists (select 1 from raw.yandex_metrica__counter_settings)",
        sql=f"""
with newest as (
    select counter_id, time_zone
    from raw.yandex_metrica__counter_settings
    qualify row_number() over (partition by counter_id order by recorded_on desc, _file desc) = 1
)
select newest.counter_id, newest.time_zone as zone, company.timezone as company_zone
from newest
cross join raw.company as company
where {hours_apart("newest.time_zone", "company.timezone")} > 0
order by newest.counter_id
""",
        expectations=(no_rows(),),
        title_en="The counter's days are those of the company.",
        title_ru="Дни счётчика те же, что у компании.",
        message_en="{failed:n} {failed:counter|counters} of Metrica begin the day at another hour "
        "than the company",
        message_ru="{failed:n} {failed:счётчик Метрики начинает|счётчика Метрики начинают|"
        "счётчиков Метрики начинают} день в другой час, чем компания",
        item_en="counter {counter_id}: days of {zone}, the company's are of {company_zone}",
        item_ru="счётчик {counter_id}: дни {zone}, у компании — {company_zone}",
        remedy_en="set the company's time zone in the settings of the counter; if that is not "
        "wanted, set timezone in the settings of the source, so that times at least are right",
        remedy_ru="указать в настройках счётчика часовой пояс компании; если так нельзя — задать "
        "timezone в настройках источника, чтобы верным было хотя бы время",
    )
