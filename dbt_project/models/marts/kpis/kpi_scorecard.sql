with plans as (

    select * from {{ ref('int_metric_plans') }}

),

actuals as (

    select * from {{ ref('int_metric_actuals') }}

),

histories as (

    select * from {{ ref('int_target_histories') }}

),

goals as (

    select * from {{ ref('stg_registers__goals') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

measured as (

    select
        {{ all_columns('plans', [
            'target_id', 'metric_id', 'goal_id', 'unit', 'direction', 'interval_method',
            'coverage_parts', 'minimum_n', 'is_cohort_metric',
        ]) }},
        histories.baseline_measured,
        histories.baseline_low,
        histories.baseline_high,
        histories.detectable_change,
        histories.best_past_change,
        goals.goal_id as known_goal_id,
        definitions.unit as metric_unit,
        definitions.direction as metric_direction,
        definitions.least_value,
        case trim(plans.unit)
            when '$' then 'USD'
            when '€' then 'EUR'
            when '₽' then 'RUB'
            else upper(trim(plans.unit))
        end as unit_code,
        actuals.numerator,
        actuals.denominator,
        actuals.numerator_variance,
        actuals.denominator_variance,
        actuals.covariance,
        actuals.events,
        actuals.rates_missing,
        actuals.margins_missing,
        actuals.event_size,
        actuals.coverage_share,
        actuals.blocking_share,
        actuals.provisional_share,
        actuals.maturity,
        actuals.is_other_mode,
        coalesce(plans.baseline_value, actuals.starting_value) as known_baseline_value,
        -- a level moves along a straight line, to the day it was read on
        case
            when plans.metric_kind = 'stock'
                then {{ safe_divide(
                    '(' ~ to_double(days_between('plans.period_start', 'actuals.actual_date')) ~ ' + 1)',
                    'plans.period_days'
                ) }}
            when plans.metric_kind = 'flow' then plans.expected_share
        end as elapsed_share,
        case
            when plans.elapsed_days = 0 then null
            -- money against a part of money is no ratio: whoever leaves a rate out would move it
            when
                actuals.rates_missing > 0 and plans.interval_method not in ('poisson', 'skellam')
                then null
            -- of an order without a margin nobody knows what it brought
            when actuals.margins_missing > 0 then null
            -- more was given back than spent: a return on that would have the wrong sign
            when actuals.denominator < 0 then null
            when {{ is_refunded_cost('plans.metric_id', 'actuals.numerator') }} then null
            when plans.interval_method in ('poisson', 'skellam')
                -- a flow without a row is a true zero once the metric has a history
                then case
                    when plans.metric_kind = 'flow' and actuals.has_history
                        then coalesce(actuals.numerator, 0)
                    else actuals.numerator
                end
            else {{ safe_divide('actuals.numerator', 'actuals.denominator') }}
        end as actual_value
    from plans
    inner join actuals on plans.target_id = actuals.target_id
    left join histories on plans.target_id = histories.target_id
    left join goals on plans.goal_id = goals.goal_id
    left join definitions on plans.metric_id = definitions.metric_id

),

expected as (

    select
        *,
        case metric_kind
            when 'flow' then target_value * elapsed_share
            when 'stock'
                then known_baseline_value + (target_value - known_baseline_value) * elapsed_share
        end as expected_to_date,
        {{ ratio_variance(
            'numerator', 'denominator', 'numerator_variance', 'denominator_variance', 'covariance'
        ) }} as variance_of_ratio,
        {{ metric_effective_trials() | indent(8) }} as effective_trials
    from measured

),

weighed as (

    select
        *,
        {{ safe_divide('numerator', 'denominator') }} * effective_trials as effective_successes
    from expected

),

ranged as (

    select
        *,
        -- money comes in orders and people in waves: `event_size` is what counts as one event, and the
        -- tail is Poisson in events (exact for steady counts); rounded towards "it was chance"
        ceil(actual_value / event_size - 0.000000001) as events_seen_at_most,
        floor(actual_value / event_size + 0.000000001) as events_seen_at_least,
        expected_to_date / event_size as events_expected,
        -- what the days that are there should hold
        expected_to_date * coalesce(blocking_share, 1) as expected_of_known,
        case
            when interval_method = 'poisson'
                then event_size * {{ poisson_low('actual_value / event_size') }}
            when interval_method in ('wilson', 'survey_share')
                then {{ wilson_low('effective_successes', 'effective_trials') }}
            -- answers that are all alike show no spread: a range cannot be told from them
            when interval_method = 'survey_score' and variance_of_ratio < 0.000000001 then null
            -- without a single event there is no luck to measure, and a range of no width would be a promise
            when interval_method = 'ratio' and events = 0 then null
            when interval_method in ('ratio', 'survey_score')
                then actual_value - {{ z_95() }} * sqrt(variance_of_ratio)
            -- a cost per something is positive and skewed: the range is symmetric in its logarithm
            when interval_method = 'log_ratio' and actual_value > 0
                then actual_value * exp(-{{ z_95() }} * sqrt(variance_of_ratio) / actual_value)
            when interval_method = 'skellam'
                then actual_value - {{ z_95() }} * sqrt(numerator_variance)
        end as actual_low,
        case
            when interval_method = 'poisson'
                then event_size * {{ poisson_high('actual_value / event_size') }}
            when interval_method in ('wilson', 'survey_share')
                then {{ wilson_high('effective_successes', 'effective_trials') }}
            when interval_method = 'survey_score' and variance_of_ratio < 0.000000001 then null
            when interval_method = 'survey_score'
                then {{ smaller_of(
                    'actual_value + ' ~ z_95() ~ ' * sqrt(variance_of_ratio)', '100.0'
                ) }}
            when interval_method = 'ratio' and events = 0 then null
            when interval_method = 'ratio'
                then actual_value + {{ z_95() }} * sqrt(variance_of_ratio)
            when interval_method = 'log_ratio' and actual_value > 0
                then actual_value * exp({{ z_95() }} * sqrt(variance_of_ratio) / actual_value)
            when interval_method = 'skellam'
                then actual_value + {{ z_95() }} * sqrt(numerator_variance)
        end as actual_high
    from weighed

),

-- nobody loses more than all of the spend, or sees fewer than no followers
bounded as (

    select
        *,
        case
            when least_value is null or actual_low is null then actual_low
            else {{ larger_of('actual_low', smaller_of('actual_value', 'least_value')) }}
        end as bounded_low
    from ranged

),

tailed as (

    select
        *,
        case
            when metric_kind = 'flow' and direction = 'up'
                then {{ poisson_lower_tail('events_seen_at_most', 'events_expected') }}
            when metric_kind = 'flow'
                then {{ poisson_upper_tail('events_seen_at_least', 'events_expected') }}
        end as tail_probability,
        case
            when metric_kind = 'flow' and direction = 'up' and blocking_share < 1
                then {{ poisson_lower_tail(
                    'events_seen_at_most', 'expected_of_known / event_size'
                ) }}
        end as tail_of_known,
        -- 'down' is 'up' in a mirror: the same rules on negated values
        case when direction = 'down' then -1 else 1 end as sign,
        -- equal to the last digit that a product of a quotient keeps
        case when direction = 'down' then -1 else 1 end * (actual_value - expected_to_date)
        >= -0.000000001 * abs(expected_to_date) as is_on_pace,
        case when direction = 'down' then -actual_high else bounded_low end as worse_end,
        case when direction = 'down' then -bounded_low else actual_high end as better_end,
        -- where the better end will be once the leads have brought the rest: sales grow, their cost stays
        case
            when not is_cohort_metric or direction <> metric_direction then null
            when direction = 'down' then -bounded_low * maturity
            else least_value + {{ safe_divide('(actual_high - least_value)', 'maturity') }}
        end as ripened_better_end
    from bounded

),

-- is the target specific, measurable, achievable, relevant and dated (specification 8.1)
checked as (

    select
        *,
        {{ dbt.concat([
            "case when metric_kind is null then '|unknown_metric' else '' end",
            "case when metric_unit <> unit and not (metric_unit = 'money' and unit_code = "
            ~ company('currency') ~ ") then '|other_unit' else '' end",
            "case when metric_direction <> direction then '|other_direction' else '' end",
            "case when goal_id is null then '|no_goal' when known_goal_id is null"
            ~ " then '|unknown_goal' else '' end",
            "case when proposer is null then '|no_proposer' else '' end",
            "case when approver is null then '|no_approver' when approver = proposer"
            ~ " then '|approved_by_proposer' else '' end",
            "case when is_approved_before_start then '' when is_entered_after_start"
            ~ " then '|entered_late' else '|approved_late' end",
            "case when period_end is null or period_end < period_start"
            ~ " then '|no_period' else '' end",
            "case when milestones is null then '|no_milestones' else '' end",
            "case when baseline_measured is null and known_baseline_value is null"
            ~ " then '|no_baseline' else '' end",
        ]) }} as gap_list,
        sign * (target_value - coalesce(baseline_value, baseline_measured)) as needed_change
    from tailed

),

judged as (

    select
        *,
        case
            when needed_change is null then 'no_baseline'
            when needed_change <= 0 then 'already_there'
            -- smaller than what two such periods can show: kept or missed, nobody will know
            when needed_change < detectable_change then 'not_detectable'
            when needed_change > 2 * best_past_change then 'beyond_twice_best'
            when best_past_change is null then 'no_history'
            else 'plausible'
        end as achievability,
        -- days that the source may still change count half: nearly all of them will stand; a survey
        -- rests on no daily part
        {{ smaller_of(
            'coalesce(coverage_share, 1.0)', '1 - provisional_share / 2'
        ) }} as grade_share,
        case
            when metric_kind is null then 'unknown_metric'
            when period_end is null or period_end < period_start then 'no_period'
            -- three letters of money are a currency; nobody has said at what rate
            when
                metric_unit = 'money'
                and length(unit_code) = 3
                and unit_code between 'AAA' and 'ZZZ'
                and unit_code <> {{ company('currency') }}
                then 'other_currency'
            -- 5 for 5%: a part of the whole is never more
            when
                interval_method in ('wilson', 'survey_share')
                and (target_value > 1 or target_value < 0)
                then 'impossible_target'
            when elapsed_days = 0 then 'not_started'
            when rates_missing > 0 then 'missing_rate'
            when margins_missing > 0 then 'no_margin'
            when denominator < 0 then 'no_range'
            when {{ is_refunded_cost('metric_id', 'numerator') }} then 'no_range'
            when actual_value is null then 'no_data'
            when blocking_share < 0.70 then 'low_coverage'
            -- the same people answer a phone and a web form differently
            when is_other_mode then 'not_comparable'
            when is_cohort_metric and (maturity is null or maturity < 0.80) then 'not_mature'
            when
                interval_method in ('survey_share', 'survey_score')
                and events < minimum_n - 0.000000001
                then 'not_enough_data'
            -- rounded towards enough: a product of a quotient may lack its last digit
            when interval_method = 'wilson' and effective_trials < minimum_n - 0.000000001
                then 'not_enough_data'
            -- ten of what is hoped for; of what is feared, none at all is an answer too
            when
                interval_method = 'wilson'
                and direction = 'up'
                and effective_successes < 10 - 0.000000001
                then 'not_enough_data'
            when interval_method in ('ratio', 'log_ratio') and events < minimum_n
                then 'not_enough_data'
            -- then one order is more than 30% of the sum, and the others say nothing of such orders
            when
                interval_method = 'log_ratio'
                and (
                    numerator_variance > 0.3 * power(numerator, 2)
                    or denominator_variance > 0.3 * power(denominator, 2)
                )
                then 'one_order'
            when metric_kind <> 'ratio' and expected_to_date is null then 'no_baseline'
            -- a counter that was off sees nobody: what looks like a shortfall may be the days it lacks,
            -- and what looks like a limit kept may have been broken on them
            when
                metric_kind = 'flow'
                and (
                    (not is_on_pace and tail_probability < 0.05 and tail_of_known >= 0.05)
                    or (
                        direction = 'down'
                        and is_on_pace
                        and blocking_share < 1
                        and actual_value > expected_of_known
                    )
                )
                then 'missing_days'
            -- a cost of nothing has no range: nothing was spent
            when interval_method <> 'poisson' and worse_end is null then 'no_range'
            -- behind as long as a part of the sales is to come, and perhaps no longer with it
            when
                better_end < sign * target_value
                and ripened_better_end >= sign * target_value
                then 'not_mature'
            when
                (
                    metric_kind = 'ratio'
                    and worse_end <= sign * target_value
                    and better_end >= sign * target_value
                )
                or (
                    interval_method in ('survey_share', 'survey_score')
                    and worse_end <= sign * expected_to_date
                    and better_end >= sign * expected_to_date
                )
                then 'within_noise'
        end as reason_code
    from checked

),

final as (

    select
        target_id,
        metric_id,
        segment_type,
        segment_value,
        goal_id,
        unit,
        direction,
        metric_kind,
        case
            when reason_code is not null then 'cannot_tell'
            -- a ratio has no pace: its range lies on one side of the target or it does not
            when metric_kind = 'ratio' and worse_end > sign * target_value
                then case when elapsed_days >= period_days then 'reached' else 'ahead' end
            when metric_kind = 'ratio' then 'behind'
            when
                interval_method in ('survey_share', 'survey_score')
                and worse_end > sign * target_value
                then 'reached'
            when
                interval_method in ('survey_share', 'survey_score')
                and worse_end > sign * expected_to_date
                then 'ahead'
            when interval_method in ('survey_share', 'survey_score') then 'behind'
            -- a sum that should stay small is not safe before its period is over
            when
                sign * actual_value >= sign * target_value
                and (direction = 'up' or metric_kind = 'stock' or elapsed_days >= period_days)
                then 'reached'
            when is_on_pace then 'ahead'
            when metric_kind = 'flow' and tail_probability >= 0.05 then 'behind_within_noise'
            when metric_kind = 'stock' and better_end >= sign * expected_to_date
                then 'behind_within_noise'
            else 'behind'
        end as verdict,
        reason_code,
        case
            when actual_value is null then 'D'
            when grade_share >= 0.95 then 'A'
            when grade_share >= 0.85 then 'B'
            when grade_share >= 0.70 then 'C'
            else 'D'
        end as coverage_grade,
        achievability,
        -- the list is built with a leading bar
        nullif(substr(gap_list, 2), '') as smart_gaps,
        milestones,
        proposer,
        approver,
        target_version,
        target_value,
        coalesce(known_baseline_value, baseline_measured) as baseline_value,
        baseline_low,
        baseline_high,
        needed_change,
        detectable_change,
        best_past_change,
        actual_value,
        bounded_low as actual_low,
        actual_high,
        expected_to_date,
        tail_probability,
        case
            when metric_kind = 'flow' then {{ safe_divide('actual_value', 'expected_to_date') }}
            when metric_kind = 'stock' then {{ safe_divide(
                '(actual_value - known_baseline_value)', '(expected_to_date - known_baseline_value)'
            ) }}
        end as pace,
        case
            when metric_kind = 'flow' then {{ safe_divide('actual_value', 'elapsed_share') }}
            when interval_method = 'skellam'
                then known_baseline_value + {{ safe_divide(
                    '(actual_value - known_baseline_value)', 'elapsed_share'
                ) }}
            -- two survey waves are no trend to draw on
            else actual_value
        end as forecast_value,
        case
            when metric_kind = 'flow' and direction = 'up' and actual_value < target_value
                then {{ safe_divide(
                    '(target_value - actual_value)', '(period_days - elapsed_days)'
                ) }}
        end as required_per_day,
        -- a change smaller than what the period can show cannot be proven either way
        case
            when interval_method = 'wilson'
                then {{ sample_size_two_shares('baseline_value', 'target_value') }}
        end as trials_needed,
        later_target_value,
        coverage_share,
        provisional_share,
        maturity,
        {{ to_bigint('elapsed_days') }} as elapsed_days,
        {{ to_bigint('period_days') }} as period_days,
        -- milestones are wished for, the rest is needed
        gap_list in ('', '|no_milestones') as is_smart,
        is_target_changed_after_start,
        is_approved_before_start,
        is_entered_after_start,
        period_start,
        period_end,
        approved_at,
        first_seen_at
    from judged

)

select * from final
