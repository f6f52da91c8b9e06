"""What must be true of the owner's and finance's own tables."""

from __future__ import annotations

from typing import Any

from orchestration.expectations.model import (
    AS_OF,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    no_rows,
)
from orchestration.expectations.tables import source_checks
from orchestration.lake.register_ledger import CHAIN_SQL, SETTINGS

TARGETS_APPROVED_IN_TIME = "targets_approved_in_time"
TARGETS_APPROVED_BY_ANOTHER = "targets_approved_by_another"
CONVERSION_RULES_UNCHANGED = "conversion_rules_unchanged"
RATES_PLAUSIBLE = "fx_rates_plausible"
MONTH_COSTS_RECORDED = "month_costs_recorded"
RECORDS_KEPT = "register_records_kept"
RECORDS_IN_TIME = "register_records_in_time"
SETTINGS_KEPT = "settings_unchanged"
LEDGER_UNBROKEN = "register_ledger_unbroken"
FILES_READ = "every_file_is_read"
NAMES_KNOWN = "names_of_registers_known"
DATES_PLAUSIBLE = "register_dates_plausible"

# Books of a month are closed by about the tenth of the next one.
_CLOSING_DAY = 10
# A change that was meant is news for a quarter, not a fault for a year; a company that is being set
# up changes every day. Settings are watched since all registers are: what stood there then was not
# added on that day.
_IS_NEWS = f"""seen_at >= (
        select min(seen_at) from raw.register_ledger where register = '{SETTINGS}'
    ) + interval 14 day
    and seen_at >= ({AS_OF}) - 90"""
_CHECKED_COSTS = "('agency', 'salaries', 'tools', 'media', 'production')"


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("registers"),
        targets_approved_in_time(),
        targets_approved_by_another(),
        conversion_rules_unchanged(),
        rates_plausible(),
        dates_plausible(),
        month_costs_recorded(),
        records_kept(),
        records_in_time(),
        settings_kept(),
        ledger_unbroken(),
        files_read(),
        names_known(),
    )


# What a register may name, and where the figures know it from. A channel is known by the map, by
# what came from it or by an ad system: a row of money alone makes any word a channel.
_KNOWN_NAMES = """
    select 'channel' as thing, lower(trim(channel)) as name from raw.registers__channels
    union
    select 'channel', channel from marts.kpi_traffic_quality_daily
    where visits > 0 and channel <> '(all)'
    union
    select 'channel', channel from marts.kpi_funnel_monthly where leads_raw > 0 or orders > 0
    union
    select 'channel', channel from marts.fct_ad_spend_daily
    where source_system not in ('plain', 'registers')
    union
    select 'channel', unnest(['direct', 'internal', 'other', 'unattributed'])
    union
    select 'product_line', product_line from marts.dim_product_line
    union
    select 'network', network from marts.kpi_audience_daily
    union
    select 'mode', mode from marts.kpi_brand_awareness
    union
    select 'metric_id', metric_id from marts.kpi_definitions
    union
    select 'goal_id', goal_id from raw.registers__goals
    union
    select 'segment_type', unnest(['all', 'channel', 'product_line', 'network', 'mode'])
"""


def _on_register(name: str, table: str, *, applies: str | None = None, **more: Any) -> Check:
    """A warning about what a register holds; it applies where `table` has rows."""
    return Check(
        name=name,
        subject="registers",
        asset=("registers", table),
        stage="raw",
        severity="warning",
        applies=applies or f"exists (select 1 from raw.registers__{table})",
        expectations=(no_rows(),),
        **more,
    )


# A repeated record of one version corrects it.
_TARGETS = """
    select *
    from raw.registers__targets
    qualify row_number() over (
        partition by target_id, version order by recorded_at desc, _file desc
    ) = 1
"""


def _local_day(moment: str) -> str:
    """Day of the company of a time in UTC."""
    zone = "(select timezone from raw.company)"
    return f"cast(timezone({zone}, timezone('UTC', {moment})) as date)"


def targets_approved_in_time() -> Check:
    return _on_register(
        TARGETS_APPROVED_IN_TIME,
        "targets",
        sql=f"""
with targets as (
    {_TARGETS}
), sightings as (
    select
        target_id,
        target_version as version,
        {_local_day("first_seen_at")} as first_seen_on,
        {_local_day("last_unseen_at")} as last_unseen_on,
        agreed_target_value,
        -- a period that was moved on after it had begun
        min(first_period_start) over (partition by target_id) as first_period_start
    from raw.target_sightings
), dated as (
    select *, least(period_start, first_period_start) as began_on
    from targets
    left join sightings using (target_id, version)
), versions as (
    select
        *,
        -- who approves in June and writes it down in July has shown nobody a target in June; a date
        -- is typed, what a reading of the register lacked is not
        greatest(
            cast(greatest(approved_at, coalesce(recorded_at, approved_at)) as date),
            case
                when last_unseen_on >= began_on then first_seen_on
                else cast(approved_at as date)
            end
        ) as known_on,
        coalesce(
            agreed_target_value,
            lag(target_value) over (partition by target_id order by version)
        ) as value_before
    from dated
)
select
    target_id,
    version,
    metric_id,
    known_on as day,
    period_start,
    known_on - began_on as days_late,
    value_before,
    target_value
from versions
where known_on >= began_on and period_end >= ({AS_OF}) - {SHOWN_DAYS}
order by day, target_id
""",
        title_en="Every target was approved and recorded before its period began.",
        title_ru="Каждая цель утверждена и записана до начала периода.",
        message_en="{failed:n} {failed:target was|targets were} set or changed after the period "
        "had begun",
        message_ru="После начала периода {failed:поставлена или изменена|поставлены или изменены|"
        "поставлено или изменено} {failed:n} {failed:цель|цели|целей}",
        item_en="{target_id} version {version:n} ({metric_id:metric}): {day:d}, {days_late:n} "
        "{days_late:day|days} into the period; before {value_before:r}, now {target_value:r}",
        item_ru="{target_id}, версия {version:n} ({metric_id:metric}): {day:d}, на {days_late:n} "
        "{days_late:день|дня|дней} позже начала периода; было {value_before:r}, стало "
        "{target_value:r}",
        remedy_en="nothing to mend: the report judges by the version in force at the start and "
        "shows the later one beside it. Agree on targets before the period",
        remedy_ru="исправлять нечего: отчёт судит по версии, действовавшей в начале, и показывает "
        "позднюю рядом. Договариваться о целях до начала периода",
    )


def targets_approved_by_another() -> Check:
    return _on_register(
        TARGETS_APPROVED_BY_ANOTHER,
        "targets",
        sql=f"""
with targets as (
    {_TARGETS}
)
select target_id, version, metric_id, cast(approved_at as date) as day
from targets
where lower(trim(proposer)) = lower(trim(approver)) and period_end >= ({AS_OF}) - {SHOWN_DAYS}
order by target_id, version
""",
        title_en="Nobody approved a target of their own.",
        title_ru="Никто не утверждал цель самому себе.",
        message_en="{failed:n} {failed:target was|targets were} proposed and approved by the same "
        "person",
        message_ru="{failed:n} {failed:цель предложил и утвердил|цели предложил и утвердил|"
        "целей предложил и утвердил} один и тот же человек",
        item_en="{target_id} version {version:n} ({metric_id:metric}), approved {day:d}",
        item_ru="{target_id}, версия {version:n} ({metric_id:metric}), утверждена {day:d}",
        remedy_en="let somebody else, best the owner, approve it as a new version",
        remedy_ru="попросить утвердить другого человека, лучше собственника, новой версией",
    )


def conversion_rules_unchanged() -> Check:
    return _on_register(
        CONVERSION_RULES_UNCHANGED,
        "conversions",
        sql=f"""
with versions as (
    select
        conversion_id,
        version,
        rule_type,
        coalesce(rule_value, '') as rule_value,
        valid_from,
        lag(coalesce(rule_value, '')) over (
            partition by conversion_id order by version
        ) as value_before
    from raw.registers__conversions
)
select conversion_id, version, valid_from as day, value_before, rule_value
from versions
where version > 1 and valid_from >= ({AS_OF}) - {SHOWN_DAYS} and valid_from < {AS_OF}
order by day, conversion_id
""",
        title_en="No conversion changed its rule within the last year.",
        title_ru="За год правила конверсий не менялись.",
        message_en="{failed:n} conversion {failed:rule|rules} changed within the year that is "
        "shown, so rates "
        "before and after are not the same thing",
        message_ru="За год {failed:изменено|изменены|изменено} {failed:n} "
        "{failed:правило|правила|правил} "
        "конверсий, доли до и после — разные величины",
        item_en="{conversion_id:conversion} from {day:d}: '{value_before}' became '{rule_value}'",
        item_ru="{conversion_id:conversion} с {day:d}: было «{value_before}», стало «{rule_value}»",
        remedy_en="compare only days after the change with each other; a target set before it "
        "should be agreed anew",
        remedy_ru="сравнивать между собой только дни после изменения; цель, поставленную раньше, "
        "согласовать заново",
    )


def rates_plausible() -> Check:
    return _on_register(
        RATES_PLAUSIBLE,
        "fx_rates",
        sql="""
with rates as (
    select
        rate_date as day,
        currency,
        rate / coalesce(nullif(nominal, 0), 1) as unit_rate
    from raw.registers__fx_rates
), bank as (
    -- the bank quotes roubles, so of another currency of the company it says nothing here
    select currency, rate_date as day, rate / coalesce(nullif(nominal, 0), 1) as bank_rate
    from raw.central_bank__fx_rates
    where (select currency from raw.company) = 'RUB'
    qualify row_number() over (partition by currency, rate_date order by _file desc) = 1
), neighbours as (
    select
        rates.*,
        -- a nominal that is forgotten in all rows agrees with itself
        coalesce(bank.bank_rate, median(unit_rate) over (
            partition by rates.currency order by rates.day
            rows between 7 preceding and 7 following
        )) as usual_rate
    from rates
    asof left join bank on rates.currency = bank.currency and rates.day >= bank.day
)
select day, currency, unit_rate, usual_rate
from neighbours
where unit_rate > 1.25 * usual_rate or unit_rate < 0.8 * usual_rate
order by day
""",
        title_en="No exchange rate is far from the rates around it.",
        title_ru="Курсы валют не выбиваются из соседних дней.",
        message_en="{failed:n} exchange {failed:rate looks|rates look} mistyped",
        message_ru="На опечатку {failed:похож|похожи|похожи} {failed:n} "
        "{failed:курс|курса|курсов} валют",
        item_en="{day:d} {currency}: {unit_rate:r}, around it {usual_rate:r}",
        item_ru="{day:d} {currency}: {unit_rate:r}, рядом {usual_rate:r}",
        remedy_en="compare with the official rate and correct registers/fx_rates.csv (rate and "
        "nominal)",
        remedy_ru="сверить с официальным курсом и исправить rate и nominal в "
        "registers/fx_rates.csv",
    )


def dates_plausible() -> Check:
    """A slip of the year is a valid date, and takes a cost or a rate out of every figure."""
    return _on_register(
        DATES_PLAUSIBLE,
        "costs",
        applies="true",
        sql=f"""
with limits as (
    select
        {AS_OF} as today,
        cast(date_trunc('month', (select first_date from raw.company)) as date) as first_month
), dates as (
    -- a plan of costs is a year long, and what was paid before the data begin stands by its month
    select _file, cost_id as record, cost_month as day,
        cost_month > today + 366 or cost_month < first_month - 366 as is_odd
    from raw.registers__costs, limits
    union all
    select _file, currency, rate_date, rate_date > today + 31 from raw.registers__fx_rates, limits
    union all
    select _file, name, date, date > today + 2 * 366 from raw.registers__calendar, limits
    union all
    select _file, product_line, valid_from, valid_from > today + 366
    from raw.registers__margins, limits
    union all
    select _file, conversion_id, valid_from, valid_from > today + 366
    from raw.registers__conversions, limits
    union all
    -- an attack that was confirmed is over; what lasts half a year is no attack and no event, and
    -- its days teach the detector nothing
    select _file, channel, end_date, end_date > today or end_date > start_date + 184
    from raw.registers__confirmed_attacks, limits
    union all
    select _file, name, end_date, end_date > today + 2 * 366 or end_date > start_date + 184
    from raw.registers__planned_events, limits
    union all
    select _file, test_id, end_date, end_date > today + 366
    from raw.registers__holdout_tests, limits
    union all
    select _file, target_id, period_end,
        period_end > today + 10 * 366 or period_end > period_start + 5 * 366
    from raw.registers__targets, limits
)
select _file as file, coalesce(record, '') as record, day
from dates
where is_odd
order by file, day, record
""",
        title_en="No register has a day that lies too far away to be meant.",
        title_ru="В реестрах нет дат, слишком далёких, чтобы быть верными.",
        message_en="{failed:n} {failed:record|records} of registers {failed:has|have} a day so far "
        "away that it looks mistyped, and {failed:does|do} not act where it should",
        message_ru="В реестрах {failed:n} {failed:запись|записи|записей} с датой, похожей на "
        "опечатку: она слишком далеко, и запись действует не там, где нужно",
        item_en="{file}, {record}: {day:d}",
        item_ru="{file}, {record}: {day:d}",
        remedy_en="correct the year, month or day in the line",
        remedy_ru="исправить в строке год, месяц или день",
    )


def month_costs_recorded() -> Check:
    """Full ROMI of a month without its salaries looks splendid."""
    return _on_register(
        MONTH_COSTS_RECORDED,
        "costs",
        applies=f"exists (select 1 from raw.registers__costs) and day({AS_OF}) > {_CLOSING_DAY}",
        sql=f"""
with last_month as (
    select cast(
        case
            when last_day({LAST_COMPLETE}) = {LAST_COMPLETE}
                then date_trunc('month', {LAST_COMPLETE})
            else date_trunc('month', {LAST_COMPLETE}) - interval 1 month
        end as date
    ) as month
), costs as (
    select cost_type, cost_month, sum(amount) as amount
    from raw.registers__costs
    where cost_type in {_CHECKED_COSTS}
    group by cost_type, cost_month
), usual as (
    select cost_type, count(*) as months, avg(amount) as usual_amount
    from costs, last_month
    where cost_month >= last_month.month - interval 3 months and cost_month < last_month.month
    group by cost_type
)
select usual.cost_type, last_month.month as day, usual.usual_amount
from usual
cross join last_month
left join costs on usual.cost_type = costs.cost_type and last_month.month = costs.cost_month
where usual.months = 3 and costs.cost_type is null
order by usual.cost_type
""",
        title_en="Costs that came every month are recorded for the last month too.",
        title_ru="Ежемесячные затраты внесены и за прошлый месяц.",
        message_en="Costs of the last month are missing, so full ROMI looks too good",
        message_ru="Не внесены затраты прошлого месяца, поэтому полный ROMI завышен",
        item_en="{cost_type:cost_type} for the month of {day:d}, usually {usual_amount:m}",
        item_ru="{cost_type:cost_type} за месяц с {day:d}, обычно {usual_amount:m}",
        remedy_en="add the rows to registers/costs.csv",
        remedy_ru="добавить строки в registers/costs.csv",
    )


def _told_change(before: str, after: str, *left_out: str) -> str:
    """What differs between two records of the ledger: `name: before → after`, joined."""
    names = ", ".join(f"'{name}'" for name in left_out)
    is_shown = f"and name not in ({names})" if left_out else ""
    return f"""array_to_string(
            list_transform(
                list_filter(
                    list_sort(list_distinct(json_keys({before}) || json_keys({after}))),
                    lambda name: {before} ->> name is distinct from {after} ->> name {is_shown}
                ),
                lambda name: name || ': ' || coalesce({before} ->> name, '—') || ' → '
                || coalesce({after} ->> name, '—')
            ),
            '; '
        )"""


def records_kept() -> Check:
    return _on_register(
        RECORDS_KEPT,
        "targets",
        applies="exists (select 1 from raw.register_ledger)",
        sql=f"""
with entries as (
    select
        *,
        lag(seen_at) over (partition by register, record_key order by entry) as seen_before_at
    from raw.register_ledger
    where register <> '{SETTINGS}'
), edits as (
    select
        entry,
        register,
        record_key,
        change,
        cast(seen_at as date) as day,
        cast(record_before as json) as before,
        coalesce(cast(record as json), cast('{{}}' as json)) as after
    from entries
    -- a slip of the pen that is mended on the same day hides nothing
    where
        change in ('changed', 'removed')
        and seen_at >= seen_before_at + interval 1 day
        and seen_at >= ({AS_OF}) - {SHOWN_DAYS}
)
select
    register,
    record_key,
    day,
    case
        when change = 'removed' then '→ —'
        else {_told_change("before", "after")}
    end as what
from edits
order by entry
""",
        title_en="Registers were added to, not edited a day after they were read.",
        title_ru="Реестры дописывали, а не правили через день и позже.",
        message_en="{failed:n} {failed:record|records} of registers that may only be added to "
        "{failed:was|were} edited or taken away after {failed:it|they} had been read",
        message_ru="В реестрах, которые можно только дополнять, {failed:исправлена или удалена|"
        "исправлены или удалены|исправлено или удалено} {failed:n} {failed:запись|записи|записей}",
        item_en="registers/{register}.csv, {record_key}: {what}, noticed {day:d}",
        item_ru="registers/{register}.csv, {record_key}: {what}, замечено {day:d}",
        remedy_en="ask who changed it and why; put the line back as it was and add a new one with "
        "the new value, its author and reason",
        remedy_ru="узнать, кто и зачем это сделал; вернуть строку, как была, и дописать новую с "
        "новым значением, автором и причиной",
    )


def records_in_time() -> Check:
    """To correct a record by a later one is the right way, and moves figures that were shown. So
    does what is added for days gone by; a rule of channels or of the audience holds for all."""
    return _on_register(
        RECORDS_IN_TIME,
        "targets",
        applies="exists (select 1 from raw.register_ledger)",
        sql=f"""
with records as (
    select
        entry,
        register,
        seen_at,
        change,
        cast(coalesce(record, '{{}}') as json) as record,
        -- of one thing the newest record counts
        regexp_replace(record_key, ', [^,]*$', '') as thing
    from raw.register_ledger
    -- what is said of them is held against the targets themselves, and a goal moves no figure
    where register not in ('{SETTINGS}', 'targets', 'goals')
), known as (
    select
        *,
        lag(record) over (partition by register, thing order by entry) as record_before
    from records
), dated as (
    select
        *,
        cast(seen_at as date) as day,
        case register
            when 'margins' then try_cast(record ->> 'valid_from' as date)
            when 'conversions' then try_cast(record ->> 'valid_from' as date)
            when 'planned_events' then try_cast(record ->> 'start_date' as date)
            when 'calendar' then try_cast(record ->> 'date' as date)
            -- books of a month are closed in the next one, a rate is entered within days
            when 'costs' then last_day(try_cast(record ->> 'cost_month' as date)) + 31
            when 'fx_rates' then try_cast(record ->> 'rate_date' as date) + 14
            when 'confirmed_attacks' then cast(seen_at as date)
            when 'holdout_tests' then cast(seen_at as date)
            else date '1970-01-01'
        end as holds_from
    from known
)
select
    register,
    thing,
    day,
    coalesce(record ->> 'recorded_by', '—') as author,
    coalesce(try_cast(record ->> 'recorded_at' as timestamp)::date, day) as dated_day,
    {
            _told_change(
                "coalesce(record_before, cast('{}' as json))",
                "record",
                "recorded_at",
                "recorded_by",
                "reason",
                "name_en",
                "name_ru",
            )
        } as what
from dated
where change = 'added'
    and {_IS_NEWS}
    and (record_before is not null or holds_from < day)
order by day desc, entry
""",
        title_en="For a quarter nobody added to a register what changes days gone by.",
        title_ru="За квартал в реестры не дописывали того, что меняет прошедшие дни.",
        message_en="{failed:n} {failed:record was|records were} added to registers that "
        "{failed:changes|change} what days gone by show",
        message_ru="В реестры {failed:дописана|дописаны|дописано} {failed:n} "
        "{failed:запись, которая меняет|записи, которые меняют|записей, которые меняют} показатели "
        "прошедших дней",
        item_en="registers/{register}.csv, {thing}: {what} ({author}, dated {dated_day:d}, first "
        "read {day:d})",
        item_ru="registers/{register}.csv, {thing}: {what} ({author}, датирована {dated_day:d}, "
        "впервые прочитана {day:d})",
        remedy_en="ask whoever is named for the reason; if it is right, nothing is to be done: "
        "figures of earlier days are counted by it as well",
        remedy_ru="спросить о причине того, кто указан; если всё верно, делать ничего не нужно: "
        "прошлые показатели тоже посчитаны по ней",
    )


def settings_kept() -> Check:
    return _on_register(
        SETTINGS_KEPT,
        "targets",
        applies=f"exists (select 1 from raw.register_ledger where register = '{SETTINGS}')",
        sql=f"""
select
    record_key as setting,
    cast(seen_at as date) as day,
    coalesce(cast(record_before as json) ->> 'value', '—') as value_before,
    coalesce(cast(record as json) ->> 'value', '—') as value_now
from raw.register_ledger
where register = '{SETTINGS}' and {_IS_NEWS}
order by day desc, entry
""",
        title_en="For a quarter nobody changed a setting that figures depend on.",
        title_ru="За квартал не меняли настроек, от которых зависят показатели.",
        message_en="{failed:n} {failed:setting|settings} of company.toml that figures depend on "
        "{failed:was|were} changed",
        message_ru="В company.toml {failed:изменена|изменены|изменено} {failed:n} "
        "{failed:настройка|настройки|настроек}, от которых зависят показатели",
        item_en="{setting}: {value_before} → {value_now}, noticed {day:d}",
        item_ru="{setting}: {value_before} → {value_now}, замечено {day:d}",
        remedy_en="ask who changed it and why; if it is right, nothing is to be done: figures of "
        "earlier days are counted by the new setting as well",
        remedy_ru="узнать, кто и зачем её изменил; если всё верно, делать ничего не нужно: прошлые "
        "показатели тоже посчитаны по новой настройке",
    )


def ledger_unbroken() -> Check:
    return _on_register(
        LEDGER_UNBROKEN,
        "targets",
        applies="exists (select 1 from raw.register_ledger)",
        sql=f"""
with chained as (
    select
        entry,
        register,
        cast(seen_at as date) as day,
        chain_hash,
        row_number() over (order by entry) as place,
        {CHAIN_SQL} as expected_hash
    from raw.register_ledger
)
select entry, register, day
from chained
where chain_hash <> expected_hash or entry <> place
order by entry
""",
        title_en="Nobody edited the ledger of changes of the registers.",
        title_ru="Журнал изменений реестров никто не правил.",
        message_en="{failed:n} {failed:entry|entries} of the ledger of registers "
        "{failed:does|do} not follow from the one before: the ledger itself was edited",
        message_ru="{failed:n} {failed:запись|записи|записей} журнала реестров не "
        "{failed:следует|следуют|следует} из предыдущей: правили сам журнал",
        item_en="entry {entry:n} ({register}), {day:d}",
        item_ru="запись {entry:n} ({register}), {day:d}",
        remedy_en="put history/register_ledger.parquet of the output folder back from a backup, "
        "and ask who can write there",
        remedy_ru="вернуть history/register_ledger.parquet папки результатов из резервной копии и "
        "узнать, кто может туда писать",
    )


def files_read() -> Check:
    """Of exports too: what nobody reads is of no subject."""
    return _on_register(
        FILES_READ,
        "targets",
        applies="true",
        sql="select source, reason, remedy from raw.unread_files order by reason",
        title_en="Every file in exports/ and registers/ is read.",
        title_ru="Все файлы из exports/ и registers/ читаются.",
        message_en="{failed:n} {failed:file or folder of the company is|files or folders of the "
        "company are} not read, and what {failed:it holds|they hold} is in no figure",
        message_ru="{failed:Не читается|Не читаются|Не читается} {failed:n} {failed:файл или папка|"
        "файла или папки|файлов или папок} компании, их данных нет ни в одной цифре",
        item_en="{reason:say} ({remedy:do})",
        item_ru="{reason:say} ({remedy:do})",
        remedy_en="do with each what the brackets say, or take it out of the folder",
        remedy_ru="сделать с каждым, что сказано в скобках, или убрать его из папки",
    )


def names_known() -> Check:
    """A misspelt name takes a cost from its channel, or leaves a target without a figure.

    A channel that has nothing but costs may be one that nobody clicks, such as the radio: of money
    an unknown word is told only where it looks like a known one. What names days of a channel, or
    asks for its figure, does nothing under an unknown name.
    """
    return Check(
        name=NAMES_KNOWN,
        subject="registers",
        asset=("marts", "dim_channel"),
        stage="marts",
        severity="warning",
        sql=f"""
with known as (
    {_KNOWN_NAMES}
), newest_costs as (
    select * from raw.registers__costs
    qualify row_number() over (partition by cost_id order by recorded_at desc, _file desc) = 1
), newest_tests as (
    select * from raw.registers__holdout_tests
    qualify row_number() over (partition by test_id order by recorded_at desc, _file desc) = 1
), newest_targets as (
    select * from raw.registers__targets
    qualify row_number() over (
        partition by target_id order by version desc, recorded_at desc, _file desc
    ) = 1
), targets as (
    select * from newest_targets where period_end >= ({AS_OF}) - {RECENT_DAYS}
), marked_days as (
    select _file, channel, start_date, end_date from raw.registers__confirmed_attacks
    union all
    select _file, channel, start_date, end_date from raw.registers__planned_events
), named as (
    select _file, cost_id as record, 'channel' as thing, channel as name, cost_month as day,
        true as may_be_new
    from newest_costs
    union all
    select _file, min(cast(date as varchar)), 'channel', channel, max(cast(date as date)), true
    from raw.plain__ad_spend group by _file, channel
    union all
    -- a line beside it with the right name mends it
    select _file, cast(start_date as varchar), 'channel', channel, end_date, end_date >= ({AS_OF})
    from marked_days
    where not exists (
        select 1 from marked_days as others
        inner join known on known.thing = 'channel' and known.name = lower(trim(others.channel))
        where others._file = marked_days._file and others.start_date = marked_days.start_date
            and others.end_date = marked_days.end_date
    )
    union all
    select _file, test_id, 'channel', channel, end_date, false from newest_tests
    union all
    select _file, target_id, 'metric_id', metric_id, period_end, false from targets
    union all
    select _file, target_id, 'goal_id', goal_id, period_end, false from targets
    union all
    select _file, target_id, 'segment_type', coalesce(segment_type, 'all'), period_end, false
    from targets
    union all
    select _file, target_id, segment_type, segment_value, period_end, period_start >= ({AS_OF})
    from targets
    where segment_type in ('channel', 'product_line', 'network', 'mode')
), spending as (
    select distinct channel from marts.fct_ad_spend_daily
), unknown as (
    select
        named.*,
        lower(trim(named.name)) as word,
        spending.channel is not null as has_spend
    from named
    left join known on named.thing = known.thing
        -- a target is held against the very word
        and known.name = case
            when named.thing = 'channel' and _file not like '%targets%'
                then lower(trim(named.name))
            else named.name
        end
    left join spending on named.thing = 'channel'
        and spending.channel = lower(trim(named.name))
    where known.name is null and trim(named.name) <> ''
        and named.day >= ({AS_OF}) - {SHOWN_DAYS}
), likened as (
    select
        unknown.*,
        known.name as meant,
        row_number() over (
            partition by unknown._file, unknown.record, unknown.thing, unknown.name
            order by damerau_levenshtein(unknown.word, lower(known.name)), known.name
        ) as place
    from unknown
    left join known on unknown.thing = known.thing and (
        regexp_replace(unknown.word, '[^\\pL\\pN]', '', 'g')
        = regexp_replace(lower(known.name), '[^\\pL\\pN]', '', 'g')
        or damerau_levenshtein(unknown.word, lower(known.name))
        <= case when length(unknown.word) >= 8 then 2 when length(unknown.word) >= 4 then 1
        else 0 end
    )
), told as (
    select _file, thing, name, meant, min(record) as record, count(*) as failed_rows
    from likened
    where place = 1 and (meant is not null or not (may_be_new or has_spend))
    group by _file, thing, name, meant
)
select _file as file, record, thing, name, coalesce(meant, '?') as meant, failed_rows
from told
order by file, record, thing
""",
        expectations=(no_rows(),),
        title_en="Every channel, KPI, goal and line that a register names is known.",
        title_ru="Каналы, KPI, цели и направления, названные в реестрах, известны.",
        message_en="{failed:n} {failed:name|names} in registers or tables of spend "
        "{failed:means|mean} nothing that the data know, so a cost is not in the return of "
        "its channel, or a line does nothing",
        message_ru="{failed:n} {failed:название|названия|названий} в реестрах или таблицах "
        "расходов данным {failed:неизвестно|неизвестны|неизвестны}: затраты не попали в "
        "окупаемость своего канала, либо строка ничего не делает",
        item_en="{file}, {record}: {thing:thing} '{name}', known: {meant}",
        item_ru="{file}, {record}: {thing:thing} «{name}», известно: {meant}",
        remedy_en="correct the name, or, where it is right, give the channel a line in "
        "registers/channels.csv, the KPI, goal or line its own; costs and targets are corrected by "
        "a newer record",
        remedy_ru="исправить название, а если оно верное, добавить канал строкой в "
        "registers/channels.csv (цель — в goals.csv, направление — в margins.csv); затраты и цели "
        "исправляют новой записью",
    )
