{% set is_refunded = is_refunded_cost('ripened.metric_id', 'ripened.numerator') %}
with components as (

    select * from {{ ref('int_metric_components_daily') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

coverage as (

    select * from {{ ref('int_metric_coverage_daily') }}

),

maturity as (

    select * from {{ ref('int_metric_maturity_monthly') }}

),

dated as (

    select
        components.*,
        definitions.kind,
        definitions.is_cohort_metric,
        {{ month_of('components.date_day') }} as month,
        row_number() over (
            partition by
                components.metric_id,
                components.segment_type,
                components.segment_value,
                {{ month_of('components.date_day') }}
            order by components.date_day desc
        ) as from_latest
    from components
    inner join definitions on components.metric_id = definitions.metric_id

),

sums as (

    select
        metric_id,
        segment_type,
        segment_value,
        month,
        is_cohort_metric,
        -- a level is the month's last reading, everything else the sum over its days
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then numerator end") }}
            as numerator,
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then denominator end") }}
            as denominator,
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then events end") }} as events,
        sum(rates_missing) as rates_missing,
        sum(margins_missing) as margins_missing,
        max(provisional_share) > 0 as is_provisional,
        max(case when from_latest = 1 then survey_mode end) as survey_mode,
        min(kind) as kind
    from dated
    where {{ is_complete_month('month') }}
    group by metric_id, segment_type, segment_value, month, is_cohort_metric

),

matched as (

    select
        sums.*,
        maturity.matured_leads,
        maturity.leads,
        maturity.matured_revenue,
        maturity.expected_revenue,
        maturity.is_unknown,
        maturity.is_lead_maturity_unknown
    from sums
    left join maturity
        on
            sums.segment_type = maturity.segment_type
            and sums.segment_value = maturity.segment_value
            and sums.month = maturity.lead_month

),

ripened as (

    select
        *,
        case
            when not is_cohort_metric then null
            when {{ is_metric_maturity_unknown('metric_id') }} then 'insufficient_history'
            when {{ metric_maturity('metric_id') }} < 0.25 then 'not_mature'
        end as ripeness_reason
    from matched

),

part_months as (

    select
        part,
        is_blocking,
        {{ month_of('date_day') }} as month,
        {{ safe_divide(exact_sum('present'), exact_sum('expected')) }} as share
    from coverage
    group by part, is_blocking, {{ month_of('date_day') }}

),

covered as (

    select
        definitions.metric_id,
        part_months.month,
        min(part_months.share) as coverage_share,
        min(case when part_months.is_blocking then part_months.share end) as blocking_share,
        min(case when part_months.part = 'sales_days' then part_months.share end) as sales_share
    from part_months
    inner join definitions
        on {{ is_part_of('part_months.part', 'definitions.coverage_parts') }}
    group by definitions.metric_id, part_months.month

),

-- days of the month on which a source that the metric needs is silent
silent_days as (

    select
        definitions.metric_id,
        {{ month_of('coverage.date_day') }} as month,
        count(distinct coverage.date_day) as missing_days
    from coverage
    inner join definitions on {{ is_part_of('coverage.part', 'definitions.coverage_parts') }}
    where coverage.part like '%days' and coverage.present < coverage.expected
    group by definitions.metric_id, {{ month_of('coverage.date_day') }}

),

final as (

    select
        ripened.metric_id,
        ripened.segment_type,
        ripened.segment_value,
        ripened.kind as metric_kind,
        ripened.survey_mode,
        -- a flow without the amounts of unknown rate is a part of the truth, a ratio of it is none
        case
            when ripened.rates_missing > 0 then 'missing_rate'
            when ripened.denominator <= 0 then 'no_denominator'
            when {{ is_refunded }} then 'no_spend'
            when ripened.margins_missing > 0 then 'no_margin'
            when ripened.ripeness_reason is not null then ripened.ripeness_reason
            when covered.blocking_share < 0.7 then 'low_coverage'
        end as reason_code,
        case
            when ripened.denominator is null then ripened.numerator
            when
                -- spend of a month of which no record tells is no loss
                coalesce(covered.sales_share, 1) > 0
                and ripened.rates_missing = 0
                and ripened.margins_missing = 0
                and ripened.ripeness_reason is null
                and not {{ is_refunded }}
                then {{ safe_divide('ripened.numerator', positive('ripened.denominator')) }}
        end as metric_value,
        ripened.numerator,
        ripened.denominator,
        ripened.events,
        covered.coverage_share,
        {{ to_bigint('coalesce(silent_days.missing_days, 0)') }}
        -- the company's first month may begin in its midst
        + case
            when ripened.month = {{ month_of(company('first_date')) }}
                then {{ to_bigint(days_between('ripened.month', company('first_date'))) }}
            else 0
        end as missing_days,
        ripened.is_cohort_metric,
        ripened.is_provisional,
        ripened.month
    from ripened
    left join covered
        on ripened.metric_id = covered.metric_id and ripened.month = covered.month
    left join silent_days
        on ripened.metric_id = silent_days.metric_id and ripened.month = silent_days.month

)

select * from final
