"""Checks that every source has: on time, without holes, with few refused rows.

One check per source and subject, so that the list stays readable; the rows of its frame name the
tables. What a table holds, and how often, is read from its contract.
"""

from __future__ import annotations

from orchestration.expectations.model import (
    AS_OF,
    LAST_COMPLETE,
    SHOWN_DAYS,
    Check,
    Subject,
    at_most,
    between,
    filled,
    no_rows,
)
from orchestration.expectations.names import SOURCES
from orchestration.sources.contracts import CONTRACTS, REGISTERS, TableContract

FRESH = "fresh"
EVERY_DAY = "every_day"
GIVEN_WHOLE = "given_whole"
REFUSED_ROWS = "no_refused_rows"
QUARANTINE_SHARE = "quarantine_share"

# Above this share of refused rows a table is no longer "the data with a few slips".
QUARANTINE_LIMIT = 0.01
QUARANTINE_TOLERATED_ROWS = 10

# Sources whose APIs may give a part of a day, or none of an old one; see `sources.gaps`.
_MAY_GIVE_PARTS = frozenset(
    {
        *("yandex_metrica", "ga4", "yandex_direct", "google_ads", "vk_ads"),
        *("calltouch", "vk", "instagram"),
    }
)
# Kind of a gap -> what it means, in English and Russian.
_GAP_KINDS = {
    "sampled": ("estimated from a sample", "оценены по выборке"),
    "thresholded": ("without rows of too few visitors", "без строк с малым числом посетителей"),
    "rolled_up": ("with rows joined into (other)", "часть строк свёрнута в (other)"),
    "hidden": ("a part is not shown to this access", "часть скрыта от этого доступа"),
    "withdrawn": ("a column is no longer given", "один из столбцов больше не отдаётся"),
    "unfinished": (
        "they were not over where the source is",
        "в часовом поясе источника не кончились",
    ),
    "too_early": (
        "joins, leaves and reach were asked for before the day was over",
        "подписки, отписки и охват запрошены раньше, чем день кончился",
    ),
    "not_kept": ("the source no longer keeps them", "источник их больше не хранит"),
}

# A series of five clicks a day is empty once in half a year by chance, one of ten never.
SURE_VOLUME = 10

# Columns that part a table into series with days of their own: a second counter that falls silent
# is not covered up by the first.
_SERIES_COLUMNS = ("counter_id", "property_id", "network", "account")


def source_checks(subject: Subject) -> tuple[Check, ...]:
    """The common checks of every source that feeds a subject."""
    sources: dict[str, list[TableContract]] = {}
    for contract in CONTRACTS.values():
        if contract.subject == subject:
            sources.setdefault(contract.source, []).append(contract)
    checks: list[Check] = []
    for source, tables in sources.items():
        name = f"{source}_{subject}" if _feeds_many_subjects(source) else source
        checks += fresh(name, source, subject, tables)
        checks += every_day(name, source, subject, tables)
        checks += given_whole(name, source, subject, tables)
        checks += refused_rows(name, source, subject, tables)
    return tuple(checks)


def hours_apart(zone: str, other: str) -> str:
    """SQL: by how many hours the days of two zones, given as SQL texts, begin apart, at most."""
    apart = ", ".join(
        f"abs(date_diff('minute', timezone({zone}, timestamp '{noon}'), "
        f"timezone({other}, timestamp '{noon}')))"
        for noon in ("2026-01-15 12:00:00", "2026-07-15 12:00:00")
    )
    return f"greatest({apart}) / 60.0"


def enabled(source: str, *tables: str) -> str:
    """SQL: the company uses the source and, where tables are named, one of them has rows.

    The home-made tables are a kit: a company fills those it needs, so an empty one is no fault.
    """
    condition = f"exists (select 1 from raw.sources where source = '{source}' and is_enabled)"
    if tables:
        names = ", ".join(f"'{table}'" for table in tables)
        # The log instead of the table: it spares opening one file for each day.
        condition += (
            f" and exists (select 1 from raw.load_log where source = '{source}' "
            f"and table_name in ({names}) and rows_total > 0)"
        )
    return condition


def _feeds_many_subjects(source: str) -> bool:
    return len({item.subject for item in CONTRACTS.values() if item.source == source}) > 1


def _applies(source: str, tables: list[TableContract]) -> str:
    return enabled(source, *(item.table for item in tables if source == "plain"))


def _day(contract: TableContract) -> str:
    return f'cast("{contract.day_column}" as date)'


# --- freshness -----------------------------------------------------------------------------------


def fresh(
    name: str, source: str, subject: Subject, tables: list[TableContract]
) -> tuple[Check, ...]:
    """Age of the newest row against the contract's hours.

    Events such as deals are rare: for a table without a row every day the limit is at least the
    longest pause of its own last half year. A table that never had a row is not used by the
    company, unless no table of the source had one.
    """
    timed = [item for item in tables if item.freshness_hours and item.day_column]
    if not timed:
        return ()
    label_en, label_ru = SOURCES[source]
    days = "\n    union all\n    ".join(
        f"select '{item.table}' as table_name, {item.freshness_hours} as hours, "
        f"{str(item.expects_every_day).lower()} as is_daily, {column} as day "
        f"from raw.{item.name}"
        for item in timed
        for column in _activity_days(item)
    )
    return (
        Check(
            name=f"{name}_{FRESH}",
            subject=subject,
            asset=(source, timed[0].table),
            stage="raw",
            severity="warning",
            applies=_applies(source, timed),
            sql=f"""
with days as (
    select distinct table_name, hours, is_daily, day from (
    {days}
    ) as activity
    where day <= {LAST_COMPLETE}
), pauses as (
    select *, day - lag(day) over (partition by table_name order by day) as pause
    from days
), tables as (
    select
        table_name,
        max(day) as day,
        (({LAST_COMPLETE}) - max(day)) * 24 as age_hours,
        case
            when bool_or(is_daily) then max(hours)
            else greatest(max(hours), 24 * coalesce(
                max(pause) filter (day > ({LAST_COMPLETE}) - 180), 0
            ))
        end as allowed_hours
    from pauses
    group by table_name
)
select *, '' as never_en, '' as never_ru from tables
union all
select
    '{timed[0].table}', null, null, {timed[0].freshness_hours},
    ' (no row was ever loaded)', ' (не загружено ни одной строки)'
where not exists (select 1 from tables)
""",
            expectations=(filled("day"), at_most("age_hours", "allowed_hours")),
            title_en=f"{label_en}: the newest rows are not older than they should be.",
            title_ru=f"{label_ru}: свежие данные загружены вовремя.",
            message_en=f"{label_en}: data is late",
            message_ru=f"{label_ru}: данные запаздывают",
            item_en="{table_name:table}{never_en}: last day {day:d}, {age_hours:n} "
            "{age_hours:hour|hours} "
            "behind, "
            "allowed {allowed_hours:n}",
            item_ru="{table_name:table}{never_ru}: последний день {day:d}, отставание "
            "{age_hours:n} ч при допустимых {allowed_hours:n} ч",
            remedy_en=f"put a newer export into exports/{source}/ and run again; if the source is "
            "read by API, see the log of its last load (an expired token is the usual cause)",
            remedy_ru=f"положить свежую выгрузку в exports/{source}/ и запустить снова; если "
            "источник читается по API, посмотреть журнал последней загрузки (чаще всего истёк "
            "токен)",
        ),
    )


def _activity_days(contract: TableContract) -> list[str]:
    """Day of creation, and of the last change where the table knows it: both prove life."""
    days = [_day(contract)]
    if any(column.name == "updated_at" for column in contract.columns):
        days.append("cast(updated_at as date)")
    return days


# --- holes ---------------------------------------------------------------------------------------


def every_day(
    name: str, source: str, subject: Subject, tables: list[TableContract]
) -> tuple[Check, ...]:
    """Days without a row between the first and the last day of a series."""
    daily = [item for item in tables if item.expects_every_day]
    if not daily:
        return ()
    label_en, label_ru = SOURCES[source]
    days = "\n    union all\n    ".join(
        f"select '{item.table}' as table_name, {_series(item)} as series, {_day(item)} as day, "
        f"{_volume(item)} as volume from raw.{item.name} group by all"
        for item in daily
    )
    return (
        Check(
            name=f"{name}_{EVERY_DAY}",
            subject=subject,
            asset=(source, daily[0].table),
            stage="raw",
            severity="warning",
            applies=enabled(source, *(item.table for item in daily)),
            sql=f"""
with days as (
    {days}
), ordered as (
    select
        *,
        lead(day) over (partition by table_name, series order by day) as next_day,
        median(volume) over (partition by table_name, series) as usual_volume
    from days
    where day >= ({AS_OF}) - {SHOWN_DAYS}
), empty_days as (
    -- an API was asked for these days and said that they hold nothing: no hole
    select table_name, day from raw.loaded_days where source = '{source}' and is_empty
), holes as (
    select
        ordered.table_name,
        ordered.series,
        ordered.day,
        ordered.next_day,
        ordered.next_day - ordered.day - 1 - count(empty_days.day) as failed_rows
    from ordered
    left join empty_days
        on
            ordered.table_name = empty_days.table_name
            and empty_days.day > ordered.day
            and empty_days.day < ordered.next_day
    where
        ordered.next_day > ordered.day + 1
        and coalesce(ordered.usual_volume, {SURE_VOLUME}) >= {SURE_VOLUME}
    group by ordered.table_name, ordered.series, ordered.day, ordered.next_day
)
select table_name, series, day + 1 as day, next_day - 1 as until_day, failed_rows
from holes
where failed_rows > 0
order by day desc
""",
            expectations=(no_rows(),),
            title_en=f"{label_en}: every day between the first and the last one has rows.",
            title_ru=f"{label_ru}: нет пропущенных дней.",
            message_en=f"{label_en}: no rows on {{failed_rows:n}} {{failed_rows:day|days}} of "
            "the last year",
            message_ru=f"{label_ru}: {{failed_rows:n}} {{failed_rows:день|дня|дней}} без данных "
            f"за год",
            item_en="{table_name:table}{series}: {failed_rows:n} {failed_rows:day|days} from "
            "{day:d}",
            item_ru="{table_name:table}{series}: {failed_rows:n} {failed_rows:день|дня|дней} с "
            "{day:d}",
            remedy_en="export these days again; totals of their weeks and months are too low until "
            "then. If nothing ran on these days, no action is needed",
            remedy_ru="выгрузить эти дни заново: до этого итоги их недель и месяцев занижены. Если "
            "в эти дни ничего не работало, делать ничего не нужно",
        ),
    )


def _series(contract: TableContract) -> str:
    names = [column.name for column in contract.columns if column.name in _SERIES_COLUMNS]
    return f"concat(' ', concat_ws(' ', {', '.join(names)}))" if names else "''"


def _volume(contract: TableContract) -> str:
    """What a day consists of, where it may honestly be nothing; NULL for daily snapshots."""
    if any(column.name == "clicks" for column in contract.columns):
        return "sum(clicks)"
    return "count(*)" if contract.table == "visits" else "cast(null as bigint)"


# --- parts of days -------------------------------------------------------------------------------


def given_whole(
    name: str, source: str, subject: Subject, tables: list[TableContract]
) -> tuple[Check, ...]:
    """Days that an API gave in part, or no longer gives: their sums are too low, and money that is
    missing makes every return too good."""
    if source not in _MAY_GIVE_PARTS:
        return ()
    label_en, label_ru = SOURCES[source]
    names = ", ".join(f"'{item.table}'" for item in tables)
    effect_en, effect_ru = "sums of these days are too low", "суммы за эти дни занижены"
    if subject == "ad_spend":
        effect_en = "spend is too low, and the return of those months too high"
        effect_ru = "расход занижен, а окупаемость этих месяцев завышена"

    def words(place: int) -> str:
        cases = " ".join(f"when '{kind}' then '{text[place]}'" for kind, text in _GAP_KINDS.items())
        return f"case kind {cases} end"

    return (
        Check(
            name=f"{name}_{GIVEN_WHOLE}",
            subject=subject,
            asset=(source, tables[0].table),
            stage="raw",
            severity="warning",
            applies=_applies(source, tables),
            sql=f"""
with days as (
    -- two accounts may lack the same day
    select distinct
        table_name,
        kind,
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
    from raw.source_gaps
    where source = '{source}' and table_name in ({names})
)
select
    table_name,
    {words(0)} as kind_en,
    {words(1)} as kind_ru,
    min(day) as day,
    max(day) as until_day,
    count(*) as failed_rows
from days
-- days that are no longer kept are old ones
where kind = 'not_kept' or day >= ({AS_OF}) - {SHOWN_DAYS}
group by table_name, kind
order by table_name, kind
""",
            expectations=(no_rows(),),
            title_en=f"{label_en}: its API gave every day whole.",
            title_ru=f"{label_ru}: API отдал все дни полностью.",
            message_en=f"{label_en} gave {{failed_rows:n}} {{failed_rows:day|days}} in part or not "
            "at all",
            message_ru=f"{label_ru}: {{failed_rows:n}} {{failed_rows:день получен|дня получены|"
            "дней получено} не полностью или не получено совсем",
            item_en="{table_name:table}, {failed_rows:n} {failed_rows:day|days} from {day:d} to "
            "{until_day:d}: {kind_en}",
            item_ru="{table_name:table}, {failed_rows:n} {failed_rows:день|дня|дней} с {day:d} по "
            "{until_day:d}: {kind_ru}",
            remedy_en="the log of the load says what is missing and why. Days that are not over "
            "are brought anew; a later daily run ([schedule] time) brings them whole. What was "
            "asked for too early comes with a run between midnight and noon. Bring days "
            f"that are no longer kept as files into exports/{source}/, or, if nothing ran then, "
            f"set first_date in the settings of the source; until then {effect_en}",
            remedy_ru="журнал загрузки говорит, чего не хватает и почему. Дни, которые ещё не "
            "кончились, загрузятся заново; более поздний запуск ([schedule] time) загрузит их "
            "целиком. Запрошенное раньше, чем день кончился, приносит запуск между полуночью и "
            "полуднем. Дни, которые источник больше не хранит, положить файлами в "
            f"exports/{source}/, а если тогда ничего не работало, задать first_date в настройках "
            f"источника; до этого {effect_ru}",
        ),
    )


# --- refused rows --------------------------------------------------------------------------------


def refused_rows(
    name: str, source: str, subject: Subject, tables: list[TableContract]
) -> tuple[Check, ...]:
    """Rows that could not be read. Any of them is worth a word, many of them stop the run.

    A refused register line stops nothing: what it was to say is then missing, and the checks of
    rates, margins and targets say so.
    """
    label_en, label_ru = SOURCES[source]
    names = ", ".join(f"'{item.table}'" for item in tables)
    folder = "registers" if source == REGISTERS else f"exports/{source}"
    remedy_en = (
        f"mend these lines in {folder}/ and run again; the quarantine lists each line with its "
        "reason"
    )
    remedy_ru = (
        f"исправить эти строки в {folder}/ и запустить снова; в карантине указаны строка и причина"
    )
    listed = Check(
        name=f"{name}_{REFUSED_ROWS}",
        subject=subject,
        asset=(source, tables[0].table),
        stage="raw",
        severity="warning",
        applies=_applies(source, tables),
        sql=f"""
select
    table_name,
    coalesce(file, 'api') as file,
    column_name,
    coalesce(', ' || nullif(column_name, ''), '') as in_column,
    reason,
    min(line) as line,
    count(*) as failed_rows
from raw.quarantine
where source = '{source}' and table_name in ({names})
group by table_name, file, column_name, reason
order by failed_rows desc, file, line
""",
        expectations=(no_rows(),),
        title_en=f"{label_en}: every row could be read.",
        title_ru=f"{label_ru}: все строки прочитаны.",
        message_en=f"{label_en}: {{failed_rows:n}} {{failed_rows:row|rows}} could not be read and "
        "{failed_rows:is|are} left out",
        message_ru=f"{label_ru}: {{failed_rows:не прочитана и не учтена|не прочитаны и не учтены|"
        "не прочитано и не учтено} {failed_rows:n} {failed_rows:строка|строки|строк}",
        item_en="{file}, from line {line:n}{in_column}: {reason:why} ({failed_rows:n})",
        item_ru="{file}, со строки {line:n}{in_column}: {reason:why} ({failed_rows:n})",
        remedy_en=remedy_en,
        remedy_ru=remedy_ru,
    )
    if source == REGISTERS:
        return (listed,)
    share = Check(
        name=f"{name}_{QUARANTINE_SHARE}",
        subject=subject,
        asset=(source, tables[0].table),
        stage="raw",
        severity="blocking",
        applies=_applies(source, tables),
        sql=f"""
with refused as (
    select table_name, count(*) as failed_rows
    from raw.quarantine
    where source = '{source}'
    group by table_name
)
select
    load_log.table_name,
    coalesce(refused.failed_rows, 0) as failed_rows,
    load_log.rows_total as accepted_rows,
    coalesce(
        refused.failed_rows / nullif(refused.failed_rows + load_log.rows_total, 0), 0
    ) as refused_share,
    case
        when refused.failed_rows > {QUARANTINE_TOLERATED_ROWS} then {QUARANTINE_LIMIT}
        else 1
    end as allowed_share
from raw.load_log as load_log
left join refused on load_log.table_name = refused.table_name
where load_log.source = '{source}' and load_log.table_name in ({names})
""",
        expectations=(
            between("refused_share", minimum=0, maximum=1),
            at_most("refused_share", "allowed_share"),
        ),
        title_en=f"{label_en}: no more than {QUARANTINE_LIMIT:.0%} of the rows of a table were "
        "refused.",
        title_ru=f"{label_ru}: отклонено не больше {QUARANTINE_LIMIT:.0%} строк таблицы.",
        message_en=f"{label_en}: too many rows could not be read",
        message_ru=f"{label_ru}: слишком много непрочитанных строк",
        item_en="{table_name:table}: {failed_rows:n} refused, {accepted_rows:n} accepted "
        "({refused_share:p})",
        item_ru="{table_name:table}: отклонено {failed_rows:n}, принято {accepted_rows:n} "
        "({refused_share:p})",
        remedy_en=remedy_en,
        remedy_ru=remedy_ru,
    )
    return (listed, share)
