"""What must be true of the owner's and finance's own tables."""

from __future__ import annotations

from orchestration.expectations.model import AS_OF, LAST_COMPLETE, SHOWN_DAYS, Check, no_rows
from orchestration.expectations.tables import source_checks

TARGETS_APPROVED_IN_TIME = "targets_approved_in_time"
TARGETS_APPROVED_BY_ANOTHER = "targets_approved_by_another"
CONVERSION_RULES_UNCHANGED = "conversion_rules_unchanged"
RATES_PLAUSIBLE = "fx_rates_plausible"
MONTH_COSTS_RECORDED = "month_costs_recorded"

# Books of a month are closed by about the tenth of the next one.
_CLOSING_DAY = 10
_CHECKED_COSTS = "('agency', 'salaries', 'tools', 'media', 'production')"


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("registers"),
        targets_approved_in_time(),
        targets_approved_by_another(),
        conversion_rules_unchanged(),
        rates_plausible(),
        month_costs_recorded(),
    )


# A repeated record of one version corrects it.
_TARGETS = """
    select *
    from raw.registers__targets
    qualify row_number() over (
        partition by target_id, version order by recorded_at desc, _file desc
    ) = 1
"""


def targets_approved_in_time() -> Check:
    return Check(
        name=TARGETS_APPROVED_IN_TIME,
        subject="registers",
        asset=("registers", "targets"),
        stage="raw",
        severity="warning",
        applies="exists (select 1 from raw.registers__targets)",
        sql=f"""
with targets as (
    {_TARGETS}
), versions as (
    select
        *,
        -- who approves in June and writes it down in July has shown nobody a target in June
        cast(greatest(approved_at, coalesce(recorded_at, approved_at)) as date) as known_on,
        lag(target_value) over (partition by target_id order by version) as value_before
    from targets
)
select
    target_id,
    version,
    metric_id,
    known_on as day,
    period_start,
    known_on - period_start as days_late,
    value_before,
    target_value
from versions
where known_on >= period_start and period_end >= ({AS_OF}) - {SHOWN_DAYS}
order by day, target_id
""",
        expectations=(no_rows(),),
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
    return Check(
        name=TARGETS_APPROVED_BY_ANOTHER,
        subject="registers",
        asset=("registers", "targets"),
        stage="raw",
        severity="warning",
        applies="exists (select 1 from raw.registers__targets)",
        sql=f"""
with targets as (
    {_TARGETS}
)
select target_id, version, metric_id, cast(approved_at as date) as day
from targets
where lower(trim(proposer)) = lower(trim(approver)) and period_end >= ({AS_OF}) - {SHOWN_DAYS}
order by target_id, version
""",
        expectations=(no_rows(),),
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
    return Check(
        name=CONVERSION_RULES_UNCHANGED,
        subject="registers",
        asset=("registers", "conversions"),
        stage="raw",
        severity="warning",
        applies="exists (select 1 from raw.registers__conversions)",
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
        expectations=(no_rows(),),
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
    return Check(
        name=RATES_PLAUSIBLE,
        subject="registers",
        asset=("registers", "fx_rates"),
        stage="raw",
        severity="warning",
        applies="exists (select 1 from raw.registers__fx_rates)",
        sql="""
with rates as (
    select
        rate_date as day,
        currency,
        rate / coalesce(nullif(nominal, 0), 1) as unit_rate
    from raw.registers__fx_rates
), neighbours as (
    select
        *,
        median(unit_rate) over (
            partition by currency order by day rows between 7 preceding and 7 following
        ) as usual_rate
    from rates
)
select day, currency, unit_rate, usual_rate
from neighbours
where unit_rate > 1.25 * usual_rate or unit_rate < 0.8 * usual_rate
order by day
""",
        expectations=(no_rows(),),
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


def month_costs_recorded() -> Check:
    """Full ROMI of a month without its salaries looks splendid."""
    return Check(
        name=MONTH_COSTS_RECORDED,
        subject="registers",
        asset=("registers", "costs"),
        stage="raw",
        severity="warning",
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
        expectations=(no_rows(),),
        title_en="Costs that came every month are recorded for the last month too.",
        title_ru="Ежемесячные затраты внесены и за прошлый месяц.",
        message_en="Costs of the last month are missing, so full ROMI looks too good",
        message_ru="Не внесены затраты прошлого месяца, поэтому полный ROMI завышен",
        item_en="{cost_type:cost_type} for the month of {day:d}, usually {usual_amount:m}",
        item_ru="{cost_type:cost_type} за месяц с {day:d}, обычно {usual_amount:m}",
        remedy_en="add the rows to registers/costs.csv",
        remedy_ru="добавить строки в registers/costs.csv",
    )
