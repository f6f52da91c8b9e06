{# Verdict on every day of daily series of visits (specification 6.4 to 6.6): a robust weekday
   quasi-Poisson band for the volume, Laney's p-prime with medians for the suspicious share. Only medians
   are taken of the past, so two attacks in it hardly move the band.

   `series`: a relation with one row per `channel` and `date_day`, without gaps, and the columns `visits`,
   `suspicious_visits`, `spend_amount` (0 when none), `is_holiday`, `is_confirmed_attack`, `is_planned`. #}
{% macro detect_spikes(series) -%}
    {%- set history_days = 56 -%}
    {%- set level_days = 28 -%}
    {%- set minimum_days = 28 -%}
    {%- set guard_days = 2 -%}
    {%- set pi = '3.141592653589793' -%}
    {%- set mad_to_sigma = '1.4826' -%}
    with series as (

        select
            *,
            {{ marketing_kpi.iso_weekday('date_day') }} as weekday,
            sum(visits) over (
                partition by channel
                order by date_day
                rows between 3 preceding and current row
            ) as visits_of_four_days
        from {{ series }}

    ),

    -- the guard band keeps the first days of an attack out of the baseline of the next ones
    history as (

        select
            tested.channel,
            tested.date_day as tested_day,
            past.weekday,
            past.visits,
            past.suspicious_visits,
            past.spend_amount,
            not past.is_confirmed_attack and not past.is_holiday as is_base,
            past.date_day >= {{ marketing_kpi.add_days('tested.date_day', -(level_days + guard_days)) }} as is_recent
        from series as tested
        inner join series as past
            on
                tested.channel = past.channel
                and past.date_day >= {{ marketing_kpi.add_days('tested.date_day', -(history_days + guard_days)) }}
                and past.date_day < {{ marketing_kpi.add_days('tested.date_day', -guard_days) }}

    ),

    history_sizes as (

        select
            channel,
            tested_day,
            count(*) as history_days,
            {{ marketing_kpi.count_where('is_base') }} as base_days,
            {{ marketing_kpi.count_where('is_base and is_recent') }} as level_days,
            sum(case when is_base and is_recent then visits end) as level_visits,
            {{ marketing_kpi.median('case when is_base and is_recent then spend_amount end') }} as usual_spend_amount
        from history
        group by channel, tested_day

    ),

    weekday_medians as (

        select
            channel,
            tested_day,
            weekday,
            {{ marketing_kpi.median('visits') }} as weekday_median
        from history
        where is_base
        group by channel, tested_day, weekday

    ),

    weekday_factors as (

        select
            channel,
            tested_day,
            weekday,
            {{ marketing_kpi.safe_divide('weekday_median', 'avg(weekday_median) over (partition by channel, tested_day)') }}
                as weekday_factor
        from weekday_medians

    ),

    levels as (

        select
            history.channel,
            history.tested_day,
            {{ marketing_kpi.median('history.visits / weekday_factors.weekday_factor') }} as visit_level
        from history
        inner join weekday_factors
            on
                history.channel = weekday_factors.channel
                and history.tested_day = weekday_factors.tested_day
                and history.weekday = weekday_factors.weekday
        where history.is_base and history.is_recent and weekday_factors.weekday_factor > 0
        group by history.channel, history.tested_day

    ),

    fitted as (

        select
            history.channel,
            history.tested_day,
            history.visits,
            case
                when levels.visit_level * weekday_factors.weekday_factor > 0.5
                    then levels.visit_level * weekday_factors.weekday_factor
                else 0.5
            end as fitted_visits
        from history
        inner join weekday_factors
            on
                history.channel = weekday_factors.channel
                and history.tested_day = weekday_factors.tested_day
                and history.weekday = weekday_factors.weekday
        inner join levels
            on history.channel = levels.channel and history.tested_day = levels.tested_day
        where history.is_base

    ),

    residual_medians as (

        select
            channel,
            tested_day,
            {{ marketing_kpi.median('abs(visits - fitted_visits) / sqrt(fitted_visits)') }} as median_residual
        from fitted
        group by channel, tested_day

    ),

    share_levels as (

        select
            channel,
            tested_day,
            {{ marketing_kpi.median(marketing_kpi.safe_divide('suspicious_visits', 'visits')) }} as median_share
        from history
        where is_base and is_recent and visits > 0
        group by channel, tested_day

    ),

    -- half a visit in the whole window stands in for a share of zero, whose spread would be zero too
    floored_shares as (

        select
            share_levels.channel,
            share_levels.tested_day,
            {{ marketing_kpi.larger_of(
                'share_levels.median_share', marketing_kpi.safe_divide('0.5', 'history_sizes.level_visits')
            ) }} as expected_share
        from share_levels
        inner join history_sizes
            on
                share_levels.channel = history_sizes.channel
                and share_levels.tested_day = history_sizes.tested_day

    ),

    share_residuals as (

        select
            history.channel,
            history.tested_day,
            {{ marketing_kpi.median(
                'abs(' ~ marketing_kpi.safe_divide('history.suspicious_visits', 'history.visits')
                ~ ' - floored_shares.expected_share) / sqrt('
                ~ 'floored_shares.expected_share * (1 - floored_shares.expected_share) / history.visits)'
            ) }} as median_residual
        from history
        inner join floored_shares
            on
                history.channel = floored_shares.channel
                and history.tested_day = floored_shares.tested_day
        where
            history.is_base
            and history.is_recent
            and history.visits > 0
            and floored_shares.expected_share < 1
        group by history.channel, history.tested_day

    ),

    joined as (

        select
            series.channel,
            series.date_day,
            series.visits,
            series.suspicious_visits,
            series.spend_amount,
            series.visits_of_four_days,
            series.is_holiday,
            series.is_confirmed_attack,
            series.is_planned,
            coalesce(history_sizes.history_days, 0) as history_days,
            coalesce(history_sizes.base_days, 0) as base_days,
            history_sizes.level_days,
            history_sizes.usual_spend_amount,
            case when history_sizes.history_days >= {{ history_days }} then 4.0 else 5.0 end as z,
            levels.visit_level,
            -- a holiday resembles its weekday or a Sunday, whichever is busier
            case
                when series.is_holiday and sundays.weekday_factor > weekdays.weekday_factor
                    then sundays.weekday_factor
                else weekdays.weekday_factor
            end as weekday_factor,
            residual_medians.median_residual,
            floored_shares.expected_share,
            share_residuals.median_residual as median_share_residual
        from series
        left join history_sizes
            on series.channel = history_sizes.channel and series.date_day = history_sizes.tested_day
        left join levels
            on series.channel = levels.channel and series.date_day = levels.tested_day
        left join weekday_factors as weekdays
            on
                series.channel = weekdays.channel
                and series.date_day = weekdays.tested_day
                and series.weekday = weekdays.weekday
        left join weekday_factors as sundays
            on
                series.channel = sundays.channel
                and series.date_day = sundays.tested_day
                and sundays.weekday = 7
        left join residual_medians
            on series.channel = residual_medians.channel and series.date_day = residual_medians.tested_day
        left join floored_shares
            on series.channel = floored_shares.channel and series.date_day = floored_shares.tested_day
        left join share_residuals
            on series.channel = share_residuals.channel and series.date_day = share_residuals.tested_day

    ),

    expected as (

        select
            *,
            case
                when base_days < {{ minimum_days }} then null
                when visit_level * weekday_factor > 0.5 then visit_level * weekday_factor
                else 0.5
            end as expected_visits,
            -- seven medians are fitted, so n - 7 degrees of freedom remain
            case
                when
                    power({{ mad_to_sigma }} * median_residual, 2) * base_days / (base_days - 7) > 1
                    then power({{ mad_to_sigma }} * median_residual, 2) * base_days / (base_days - 7)
                else 1.0
            end as dispersion,
            case
                when {{ mad_to_sigma }} * median_share_residual > 1
                    then {{ mad_to_sigma }} * median_share_residual
                else 1.0
            end as share_dispersion
        from joined

    ),

    varied as (

        select
            *,
            dispersion * expected_visits * (
                1 + ({{ pi }} / 2) * (
                    {{ marketing_kpi.safe_divide('1', 'level_days') }} + {{ marketing_kpi.safe_divide('7', 'base_days') }}
                )
            ) as predictive_variance,
            {{ marketing_kpi.safe_divide('suspicious_visits', 'visits') }} as suspicious_share,
            sqrt(expected_share * (1 - expected_share) / nullif(visits, 0)) * share_dispersion
                as share_deviation
        from expected

    ),

    banded as (

        select
            *,
            expected_visits * power(
                1 + (2.0 / 3) * z * sqrt(predictive_variance) / expected_visits, 1.5
            ) as expected_high,
            case
                when (2.0 / 3) * z * sqrt(predictive_variance) < expected_visits
                    then expected_visits * power(
                        1 - (2.0 / 3) * z * sqrt(predictive_variance) / expected_visits, 1.5
                    )
                when expected_visits is not null then 0.0
            end as expected_low,
            expected_share + 3.5 * share_deviation as share_limit,
            suspicious_visits - expected_share * visits as suspicious_excess
        from varied

    ),

    alarmed as (

        select
            *,
            coalesce(
                visits > expected_high
                and visits - expected_visits >= 10
                and visits_of_four_days >= 5,
                false
            ) as is_volume_alarm,
            coalesce(visits < expected_low and expected_visits - visits >= 10, false) as is_outage,
            coalesce(suspicious_share > share_limit and suspicious_excess >= 10, false) as is_share_alarm,
            coalesce(
                suspicious_excess >= 20 and suspicious_excess >= 0.1 * expected_visits, false
            ) as is_large_excess,
            coalesce(spend_amount > 1.5 * usual_spend_amount and usual_spend_amount > 0, false)
                as is_more_spend,
            -- a leak is a small, steady excess: days of an alarm of their own are left out, the rest is capped
            case
                when is_confirmed_attack or share_deviation = 0 or share_deviation is null then 0.0
                when suspicious_share > share_limit and suspicious_excess >= 10 then 0.0
                when (suspicious_share - expected_share) / share_deviation > 3 then 3.0
                else (suspicious_share - expected_share) / share_deviation
            end as share_residual
        from banded

    ),

    -- slow leak: exponentially weighted mean of the share's residuals, lambda 0.2, limit 3.5 deviations
    leaks as (

        select
            tested.channel,
            tested.date_day,
            sum(
                0.2 * power(0.8, {{ marketing_kpi.days_between('past.date_day', 'tested.date_day') }}) * past.share_residual
            ) as weighted_residual,
            sum(past.suspicious_excess) as period_excess
        from alarmed as tested
        inner join alarmed as past
            on
                tested.channel = past.channel
                and past.date_day <= tested.date_day
                and past.date_day > {{ marketing_kpi.add_days('tested.date_day', -28) }}
                and past.base_days >= {{ minimum_days }}
        group by tested.channel, tested.date_day

    ),

    judged as (

        select
            alarmed.*,
            coalesce(
                leaks.weighted_residual > 3.5 * sqrt(0.2 / 1.8) and leaks.period_excess >= 20, false
            ) as is_slow_leak,
            alarmed.is_share_alarm and (alarmed.is_volume_alarm or alarmed.is_large_excess) as is_bot_spike
        from alarmed
        left join leaks
            on alarmed.channel = leaks.channel and alarmed.date_day = leaks.date_day

    ),

    final as (

        select
            channel,
            case
                when base_days < {{ minimum_days }} then 'insufficient_history'
                when is_bot_spike and not is_holiday then 'fail'
                when is_bot_spike or is_share_alarm then 'warn'
                -- more visits of the usual quality, and a reason for them
                when is_volume_alarm and (is_planned or is_more_spend) then 'explained'
                when is_volume_alarm or is_outage or is_slow_leak then 'warn'
                else 'ok'
            end as spike_verdict,
            case
                when base_days < {{ minimum_days }} then 'insufficient_history'
                when is_bot_spike and is_holiday then 'bot_spike_on_holiday'
                when is_bot_spike then 'bot_spike'
                when is_share_alarm then 'suspicious_share'
                when is_volume_alarm and is_planned then 'planned_event'
                when is_volume_alarm and is_more_spend then 'more_spend'
                when is_volume_alarm then 'volume'
                when is_outage then 'outage'
                when is_slow_leak then 'slow_leak'
            end as spike_reason,
            visits,
            suspicious_visits,
            {{ marketing_kpi.to_bigint('history_days') }} as history_days,
            {{ marketing_kpi.to_bigint('base_days') }} as base_days,
            expected_visits,
            expected_low,
            expected_high,
            dispersion,
            predictive_variance,
            suspicious_share,
            expected_share,
            share_limit,
            suspicious_excess,
            is_volume_alarm,
            is_share_alarm,
            is_outage,
            is_slow_leak,
            is_confirmed_attack,
            is_planned,
            date_day
        from judged

    )

    select * from final
{%- endmacro %}
