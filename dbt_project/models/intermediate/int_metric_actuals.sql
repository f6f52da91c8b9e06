-- What became of each target so far: sums of its days gone by, completeness, ripeness.
with plans as (

    select * from {{ ref('int_metric_plans') }}

),

components as (

    select * from {{ ref('int_metric_components_daily') }}

),

coverage as (

    select * from {{ ref('int_metric_coverage_daily') }}

),

maturity as (

    select * from {{ ref('int_metric_maturity_monthly') }}

),

plan_days as (

    select
        plans.target_id,
        plans.metric_kind,
        plans.period_start,
        plans.elapsed_end,
        {{ all_columns('components', ['metric_id', 'segment_type', 'segment_value']) }},
        components.date_day >= plans.period_start as is_in_period
    from plans
    inner join components
        on
            plans.metric_id = components.metric_id
            and plans.segment_type = components.segment_type
            and plans.segment_value = components.segment_value
            and components.date_day <= plans.elapsed_end
            -- a year before the start: the spread of single events, and the level a stock began with
            and components.date_day >= {{ add_days('plans.period_start', -364) }}

),

sums as (

    select
        target_id,
        {{ exact_sum('case when is_in_period then numerator else 0 end') }} as numerator,
        {% for part in [
            'denominator', 'numerator_variance', 'denominator_variance', 'covariance',
        ] -%}
            {{ exact_sum('case when is_in_period then ' ~ part ~ ' end') }} as {{ part }},
        {% endfor -%}
        {{ exact_sum('case when is_in_period then events else 0 end') }} as events,
        sum(case when is_in_period then rates_missing else 0 end) as rates_missing,
        sum(case when is_in_period then margins_missing else 0 end) as margins_missing,
        {{ count_where('is_in_period') }} as days_in_period,
        {%- set size -%}
            case when is_in_period then abs(coalesce(denominator, numerator)) else 0 end
        {%- endset %}
        {{ safe_divide(
            exact_sum('provisional_share * (' ~ size ~ ')'), exact_sum(size)
        ) }} as provisional_share,
        -- size of one independent event: 1 for a count, about a mean order for money
        {{ safe_divide(exact_sum('numerator_variance'), exact_sum('numerator')) }} as event_size
    from plan_days
    group by target_id

),

-- how much whole weeks differ from the week before, in the year before the start: people come in waves
-- that single events do not show. Successive differences leave slow growth out.
weeks as (

    {{ numbers(2) }}

),

week_sums as (

    select
        plans.target_id,
        weeks.number as week,
        coalesce({{ exact_sum('plan_days.numerator') }}, 0) as numerator
    from plans
    inner join weeks on plans.history_weeks > weeks.number
    left join plan_days
        on
            plans.target_id = plan_days.target_id
            and {{ days_between('plan_days.date_day', 'plans.period_start') }} > 7 * weeks.number
            and {{ days_between(
                'plan_days.date_day', 'plans.period_start'
            ) }} <= 7 * weeks.number + 7
    where plans.metric_kind = 'flow'
    group by plans.target_id, weeks.number

),

week_steps as (

    select
        target_id,
        numerator,
        numerator - lag({{ nullable('numerator') }}) over (partition by target_id order by week)
            as step
    from week_sums

),

week_noise as (

    select
        target_id,
        {{ safe_divide(exact_avg('step * step') ~ ' / 2', exact_avg('numerator')) }} as event_size
    from week_steps
    group by target_id
    -- from fewer weeks the noise itself would be a guess
    having count(step) >= 8

),

starting as (

    select *
    from plan_days
    where not is_in_period
    qualify row_number() over (partition by target_id order by date_day desc) = 1

),

-- the way in which a survey was taken when the period began: by phone or on the web the same people answer
-- differently, so that only waves of one mode tell progress
starting_modes as (

    select
        target_id,
        survey_mode as starting_mode
    from plan_days
    where survey_mode is not null
    qualify row_number() over (
        partition by target_id
        order by
            case when is_in_period then 1 else 0 end,
            {{ days_between('period_start', 'date_day') }}
            * case when is_in_period then 1 else -1 end
    ) = 1

),

latest as (

    select
        {{ all_columns('plan_days', ['target_id']) }},
        coalesce(plan_days.survey_mode <> starting_modes.starting_mode, false) as is_other_mode
    from plan_days
    left join starting_modes on plan_days.target_id = starting_modes.target_id
    where plan_days.is_in_period
    qualify row_number() over (
        partition by plan_days.target_id
        order by
            case when plan_days.survey_mode = starting_modes.starting_mode then 0 else 1 end,
            plan_days.date_day desc
    ) = 1

),

parts as (

    select
        plans.target_id,
        coverage.part,
        coverage.is_blocking,
        {{ safe_divide(exact_sum('coverage.present'), exact_sum('coverage.expected')) }} as share
    from plans
    inner join coverage
        on
            plans.period_start <= coverage.date_day
            and plans.elapsed_end >= coverage.date_day
            and {{ is_part_of('coverage.part', 'plans.coverage_parts') }}
    group by plans.target_id, coverage.part, coverage.is_blocking

),

worst_parts as (

    select
        target_id,
        min(share) as coverage_share,
        min(case when is_blocking then share end) as blocking_share
    from parts
    group by target_id

),

-- a level is read on a day, everything else is a sum over days: those that were never loaded are missing
loaded as (

    select
        target_id,
        case
            when metric_kind = 'stock' or loaded_share = 1 then null
            else loaded_share
        end as loaded_share
    from plans

),

ripeness_sums as (

    select
        plans.target_id,
        plans.metric_id,
        {% for amount in ['matured_leads', 'leads', 'matured_revenue', 'expected_revenue'] -%}
            {{ exact_sum('maturity.' ~ amount) }} as {{ amount }},
        {% endfor -%}
        {{ count_where('maturity.is_unknown') }} > 0 as is_unknown,
        {{ count_where('maturity.is_lead_maturity_unknown') }} > 0 as is_lead_maturity_unknown
    from plans
    inner join maturity
        on
            maturity.lead_month >= {{ month_of('plans.period_start') }}
            and plans.elapsed_end >= maturity.lead_month
            and plans.segment_type = maturity.segment_type
            and plans.segment_value = maturity.segment_value
    where plans.is_cohort_metric
    group by plans.target_id, plans.metric_id

),

ripeness as (

    select
        target_id,
        case
            when not {{ is_metric_maturity_unknown('metric_id') }}
                then {{ metric_maturity('metric_id') }}
        end as maturity
    from ripeness_sums

),

final as (

    select
        plans.target_id,
        case
            when plans.metric_kind = 'stock' then latest.numerator
            else sums.numerator
        end as numerator,
        case
            when plans.metric_kind = 'stock' then latest.denominator
            else sums.denominator
        end as denominator,
        -- a survey's spread is that of its last wave, a level's that of its moves since the start
        case
            when plans.metric_kind = 'stock' and latest.denominator is not null
                then latest.numerator_variance
            else sums.numerator_variance
        end as numerator_variance,
        case
            when plans.metric_kind = 'stock' then latest.denominator_variance
            else sums.denominator_variance
        end as denominator_variance,
        case
            when plans.metric_kind = 'stock' then latest.covariance
            else sums.covariance
        end as covariance,
        case when plans.metric_kind = 'stock' then latest.events else sums.events end as events,
        coalesce(sums.days_in_period, 0) as days_in_period,
        coalesce(sums.rates_missing, 0) as rates_missing,
        coalesce(sums.margins_missing, 0) as margins_missing,
        {{ larger_of(
            'case when sums.event_size > 0 then sums.event_size else 1.0 end',
            'coalesce(week_noise.event_size, 0.0)'
        ) }} as event_size,
        case
            when plans.metric_kind <> 'stock' then null
            when starting.denominator is null then starting.numerator
            else {{ safe_divide('starting.numerator', 'starting.denominator') }}
        end as starting_value,
        coalesce(sums.provisional_share, 0) as provisional_share,
        case
            when loaded.loaded_share is null then worst_parts.coverage_share
            else coalesce(worst_parts.coverage_share, 1) * loaded.loaded_share
        end as coverage_share,
        case
            when loaded.loaded_share is null then worst_parts.blocking_share
            else coalesce(worst_parts.blocking_share, 1) * loaded.loaded_share
        end as blocking_share,
        ripeness.maturity,
        sums.target_id is not null as has_history,
        coalesce(latest.is_other_mode, false) as is_other_mode,
        latest.date_day as actual_date
    from plans
    left join sums on plans.target_id = sums.target_id
    left join week_noise on plans.target_id = week_noise.target_id
    left join latest on plans.target_id = latest.target_id
    left join starting on plans.target_id = starting.target_id
    left join worst_parts on plans.target_id = worst_parts.target_id
    left join loaded on plans.target_id = loaded.target_id
    left join ripeness on plans.target_id = ripeness.target_id

)

select * from final
