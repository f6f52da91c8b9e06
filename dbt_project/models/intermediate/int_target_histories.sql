-- What a target asks for against what was before: the metric in the period of the same length just before
-- the start, how far it then moved from period to period, and the smallest change that two such periods
-- could prove. For the check of "achievable".
{% set periods = 6 %}
{# two-sided 5%, power 80% #}
{% set z_detectable = 2.801585 %}

with plans as (

    select * from {{ ref('int_metric_plans') }}
    -- young lead months would make the past look worse than it is
    where metric_kind is not null and not is_cohort_metric

),

components as (

    select * from {{ ref('int_metric_components_daily') }}

),

first_days as (

    select
        metric_id,
        segment_type,
        segment_value,
        min(date_day) as first_day
    from components
    group by metric_id, segment_type, segment_value

),

past_days as (

    select
        plans.target_id,
        floor(
            ({{ to_double(days_between('components.date_day', 'plans.period_start')) }} - 1)
            / plans.period_days
        ) as periods_before,
        components.numerator,
        components.denominator,
        components.numerator_variance,
        components.denominator_variance,
        components.covariance,
        components.rates_missing,
        components.margins_missing,
        components.survey_mode,
        components.date_day
    from plans
    inner join components
        on
            plans.metric_id = components.metric_id
            and plans.segment_type = components.segment_type
            and plans.segment_value = components.segment_value
            and plans.period_start > components.date_day
    where
        {{ to_double(days_between('components.date_day', 'plans.period_start')) }}
        <= {{ periods }} * plans.period_days

),

latest_days as (

    select *
    from past_days
    qualify row_number() over (
        partition by target_id, periods_before
        order by date_day desc
    ) = 1

),

period_sums as (

    select
        target_id,
        periods_before,
        {% for part in [
            'numerator', 'denominator', 'numerator_variance', 'denominator_variance', 'covariance',
        ] -%}
            {{ exact_sum(part) }} as {{ part }},
        {% endfor -%}
        sum(rates_missing) > 0 or sum(margins_missing) > 0 as is_partial
    from past_days
    group by target_id, periods_before

),

-- a level is its last reading, and moves by its joins and leaves
levels as (

    select
        plans.target_id,
        plans.metric_id,
        plans.metric_kind,
        plans.interval_method,
        plans.direction,
        period_sums.periods_before,
        period_sums.is_partial,
        latest_days.survey_mode,
        case
            when plans.metric_kind = 'stock' then latest_days.numerator
            else period_sums.numerator
        end as numerator,
        case
            when plans.metric_kind = 'stock' then latest_days.denominator
            else period_sums.denominator
        end as denominator,
        case
            when plans.metric_kind = 'stock' and latest_days.denominator is not null
                then latest_days.numerator_variance
            else period_sums.numerator_variance
        end as numerator_variance,
        case
            when plans.metric_kind = 'stock' then latest_days.denominator_variance
            else period_sums.denominator_variance
        end as denominator_variance,
        case
            when plans.metric_kind = 'stock' then latest_days.covariance
            else period_sums.covariance
        end as covariance
    from period_sums
    inner join plans on period_sums.target_id = plans.target_id
    inner join latest_days
        on
            period_sums.target_id = latest_days.target_id
            and period_sums.periods_before = latest_days.periods_before
    inner join first_days
        on
            plans.metric_id = first_days.metric_id
            and plans.segment_type = first_days.segment_type
            and plans.segment_value = first_days.segment_value
    -- whole periods only; of a level one reading is enough
    where
        plans.metric_kind = 'stock'
        or {{ to_double(days_between('first_days.first_day', 'plans.period_start')) }}
        >= (period_sums.periods_before + 1) * plans.period_days

),

weighed as (

    select
        *,
        -- a part of the money is no baseline, and a return on money that came back has the wrong sign
        case
            when metric_kind <> 'stock' and is_partial then null
            when denominator < 0 then null
            when {{ is_refunded_cost('metric_id', 'numerator') }} then null
            else numerator
        end as known_numerator,
        {{ metric_effective_trials() | indent(8) }} as effective_trials
    from levels

),

valued as (

    select
        target_id,
        interval_method,
        direction,
        periods_before,
        survey_mode,
        effective_trials,
        {{ safe_divide('known_numerator', 'denominator') }} * effective_trials
            as effective_successes,
        case
            when denominator is null then known_numerator
            else {{ safe_divide('known_numerator', 'denominator') }}
        end as metric_value,
        case
            when interval_method in ('poisson', 'skellam') then numerator_variance
            when interval_method in ('wilson', 'survey_share')
                then
                    {{ safe_divide('known_numerator', 'denominator') }}
                    * (1 - {{ safe_divide('known_numerator', 'denominator') }}) / effective_trials
            else {{ ratio_variance(
                'known_numerator', 'denominator', 'numerator_variance', 'denominator_variance',
                'covariance'
            ) }}
        end as value_variance
    from weighed

),

changes as (

    select
        *,
        -- waves of a survey compare within one mode only
        case when direction = 'down' then -1 else 1 end * (
            metric_value - lag({{ nullable('metric_value') }}) over (
                partition by target_id, survey_mode order by periods_before desc
            )
        ) as improvement
    from valued

),

best_changes as (

    select
        target_id,
        max(improvement) as best_past_change
    from changes
    group by target_id

),

final as (

    select
        changes.target_id,
        changes.metric_value as baseline_measured,
        case
            when changes.interval_method in ('wilson', 'survey_share')
                then {{ wilson_low('changes.effective_successes', 'changes.effective_trials') }}
            when changes.interval_method = 'poisson'
                then {{ larger_of(
                    'changes.metric_value - ' ~ z_95() ~ ' * sqrt(changes.value_variance)', '0'
                ) }}
            else changes.metric_value - {{ z_95() }} * sqrt(changes.value_variance)
        end as baseline_low,
        case
            when changes.interval_method in ('wilson', 'survey_share')
                then {{ wilson_high('changes.effective_successes', 'changes.effective_trials') }}
            else changes.metric_value + {{ z_95() }} * sqrt(changes.value_variance)
        end as baseline_high,
        {{ z_detectable }} * sqrt(2 * changes.value_variance) as detectable_change,
        best_changes.best_past_change
    from changes
    inner join best_changes on changes.target_id = best_changes.target_id
    where changes.periods_before = 0

)

select * from final
