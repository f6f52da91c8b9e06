{# Verdict on every point of series of visits (specification 6.4 to 6.6): a robust seasonal quasi-Poisson
   band for the volume, Laney's p-prime with medians for the suspicious share, an exponentially weighted
   mean for slow leaks. Only medians are taken of the past, so two attacks in it hardly move the band.

   `series`: a relation with one row per `keys` and `date_day` (and `hour_of_day` when `by_hour`), without
   gaps, and the columns `visits`, `suspicious_visits`, `spend_amount` (0 when none, NULL when unknown), `is_holiday`,
   `is_confirmed_attack`, `is_silent` (nothing was counted anywhere), `is_planned`, `may_stop` (a campaign ends some day: its fall is an outage only
   while money goes on being spent on it).
   `keys`: columns that name a series.
   `by_hour`: the season is the hour of the day as well as the weekday, and the windows are shorter,
       since a week already holds 168 points.
   `first_day`: SQL of the first day to judge. A day depends on the 86 days before it and on nothing
       else, so judging new days alone gives the rows of a full run. #}
{% macro detect_spikes(series, keys=['channel'], by_hour=false, first_day=none) -%}
    {%- set history_days = 28 if by_hour else 56 -%}
    {%- set level_days = 7 if by_hour else 28 -%}
    {%- set minimum_days = 7 if by_hour else 28 -%}
    {%- set minimum_level_days = 1 if by_hour else 7 -%}
    {%- set is_unjudged = 'base_days < ' ~ minimum_days ~ ' or coalesce(level_days, 0) < ' ~ minimum_level_days -%}
    {%- set guard_days = 1 if by_hour else 2 -%}
    {%- set leak_days = 28 -%}
    {#- a weekday is known from four of its kind; a day has 24 hours to be tested, so the limit is wider -#}
    {%- set weekday_minimum_days = 28 -%}
    {%- set z_long = 5.0 if by_hour else 4.0 -%}
    {%- set z_short = 5.0 -%}
    {%- set share_z = 5.0 if by_hour else 3.5 -%}
    {%- set pi = '3.141592653589793' -%}
    {%- set mad_to_sigma = '1.4826' -%}
    {#- Spark would keep six places of a quotient of decimals -#}
    {%- set two_thirds = '(' ~ marketing_kpi.to_double('2') ~ ' / 3)' -%}
    {%- set leak_variance = '(' ~ marketing_kpi.to_double('0.2') ~ ' / 1.8)' -%}
    {%- set key_list = keys | join(', ') -%}
    {%- set slots = ['hour_of_day'] if by_hour else [] -%}
    {%- set day_keys = keys + ['tested_day'] -%}
    {%- set day_key_list = day_keys | join(', ') -%}
    {#- seven medians are fitted, so n - 7 degrees of freedom remain; of seven points
        nothing is known about their spread. By hour there are 24 n points. -#}
    {%- set freedom = '1' if by_hour else 'base_days / nullif(base_days - 7, 0)' -%}
    with {% call marketing_kpi.computed_once('series') %}
        select
            *,
            {{ marketing_kpi.iso_weekday('date_day') }} as weekday,
            sum(visits) over (
                partition by {{ (keys + slots) | join(', ') }}
                order by date_day
                rows between 3 preceding and current row
            ) as visits_of_four_days
        from {{ series }}
    {% endcall %},

    tested_days as (

        select distinct
            {{ key_list }},
            date_day
        from series
        {% if first_day is not none -%}
        where date_day >= {{ marketing_kpi.add_days(first_day, -(leak_days - 1)) }}
        {%- endif %}

    ),

    -- the guard band keeps the first days of an attack out of the baseline of the next ones
    {% call marketing_kpi.computed_once('history') %}
        select
            {% for key in keys -%}
            tested.{{ key }},
            {% endfor -%}
            tested.date_day as tested_day,
            past.date_day as past_day,
            past.weekday,
            {% for slot in slots -%}
            past.{{ slot }},
            {% endfor -%}
            past.visits,
            past.suspicious_visits,
            past.spend_amount,
            not past.is_confirmed_attack and not past.is_silent and not past.is_holiday as is_base,
            past.date_day >= {{ marketing_kpi.add_days('tested.date_day', -(level_days + guard_days)) }} as is_recent
        from tested_days as tested
        inner join series as past
            on
                {{ marketing_kpi.same_keys('tested', 'past', keys) }}
                and past.date_day >= {{ marketing_kpi.add_days('tested.date_day', -(history_days + guard_days)) }}
                and past.date_day < {{ marketing_kpi.add_days('tested.date_day', -guard_days) }}
    {% endcall %},

    history_sizes as (

        select
            {{ day_key_list }},
            {% if by_hour -%}
            count(distinct past_day) as history_days,
            count(distinct case when is_base then past_day end) as base_days,
            count(distinct case when is_base and is_recent then past_day end) as level_days,
            {% else -%}
            count(*) as history_days,
            {{ marketing_kpi.count_where('is_base') }} as base_days,
            {{ marketing_kpi.count_where('is_base and is_recent') }} as level_days,
            {% endif -%}
            sum(case when is_base and is_recent then visits end) as level_visits,
            {{ marketing_kpi.median('case when is_base and is_recent then spend_amount end') }} as usual_spend_amount
        from history
        group by {{ day_key_list }}

    ),

    {% if by_hour -%}
    hour_medians as (

        select
            {{ day_key_list }},
            hour_of_day,
            {{ marketing_kpi.median('visits') }} as hour_median
        from history
        where is_base
        group by {{ day_key_list }}, hour_of_day

    ),

    hour_factors as (

        select
            {{ day_key_list }},
            hour_of_day,
            {{ marketing_kpi.safe_divide(
                'hour_median', marketing_kpi.exact_avg('hour_median', '(partition by ' ~ day_key_list ~ ')')
            ) }}
                as hour_factor
        from hour_medians

    ),

    base as (

        select
            history.*,
            hour_factors.hour_factor,
            {{ marketing_kpi.safe_divide('history.visits', 'hour_factors.hour_factor') }} as deseasoned_visits
        from history
        inner join hour_factors
            on
                {{ marketing_kpi.same_keys('history', 'hour_factors', day_keys) }}
                and history.hour_of_day = hour_factors.hour_of_day
        where history.is_base

    ),
    {%- else -%}
    base as (

        select
            *,
            visits as deseasoned_visits
        from history
        where is_base

    ),
    {%- endif %}

    -- a weekday that was empty more often than not is not yet closed: a campaign may have been paused
    weekday_medians as (

        select
            {{ day_key_list }},
            weekday,
            case
                when {{ marketing_kpi.median('deseasoned_visits') }} > 0
                    then {{ marketing_kpi.median('deseasoned_visits') }}
                else {{ marketing_kpi.exact_avg('deseasoned_visits') }}
            end as weekday_median
        from base
        group by {{ day_key_list }}, weekday

    ),

    weekday_factors as (

        select
            {% for key in day_keys -%}
            weekday_medians.{{ key }},
            {% endfor -%}
            weekday_medians.weekday,
            case
                when history_sizes.base_days >= {{ weekday_minimum_days }}
                    then {{ marketing_kpi.safe_divide(
                        'weekday_medians.weekday_median',
                        marketing_kpi.exact_avg(
                            'weekday_medians.weekday_median',
                            '(partition by weekday_medians.' ~ (day_keys | join(', weekday_medians.')) ~ ')'
                        )
                    ) }}
                else 1.0
            end as weekday_factor
        from weekday_medians
        inner join history_sizes
            on {{ marketing_kpi.same_keys('weekday_medians', 'history_sizes', day_keys) }}

    ),

    {% call marketing_kpi.computed_once('seasoned') %}
        select
            base.*,
            {{ 'base.hour_factor * ' if by_hour }}weekday_factors.weekday_factor as season_factor
        from base
        inner join weekday_factors
            on
                {{ marketing_kpi.same_keys('base', 'weekday_factors', day_keys) }}
                and base.weekday = weekday_factors.weekday
    {% endcall %},

    levels as (

        select
            {{ day_key_list }},
            {{ marketing_kpi.median('visits / season_factor') }} as visit_level
        from seasoned
        where is_recent and season_factor > 0
        group by {{ day_key_list }}

    ),

    fitted as (

        select
            {% for key in day_keys -%}
            seasoned.{{ key }},
            {% endfor -%}
            seasoned.past_day,
            seasoned.visits,
            case
                when levels.visit_level * seasoned.season_factor > 0.5
                    then levels.visit_level * seasoned.season_factor
                else 0.5
            end as fitted_visits
        from seasoned
        inner join levels
            on {{ marketing_kpi.same_keys('seasoned', 'levels', day_keys) }}

    ),

    residual_medians as (

        select
            {{ day_key_list }},
            {{ marketing_kpi.median('abs(visits - fitted_visits) / sqrt(fitted_visits)') }} as median_residual
        from fitted
        group by {{ day_key_list }}

    ),

    -- A series whose ordinary days have long tails gets a limit of its own: what one day in ten of its
    -- past reached is no news. A few attacks in the past leave this untouched.
    past_extremes as (

        select
            {{ day_key_list }},
            past_day,
            max(power(visits / fitted_visits, {{ two_thirds }}) * sqrt(fitted_visits) - sqrt(fitted_visits)) as day_high,
            max(sqrt(fitted_visits) - power(visits / fitted_visits, {{ two_thirds }}) * sqrt(fitted_visits)) as day_low
        from fitted
        group by {{ day_key_list }}, past_day

    ),

    own_tails as (

        select
            {{ day_key_list }},
            1.5 * {{ marketing_kpi.percentile('day_high', 0.9) }} as tail_high,
            1.5 * {{ marketing_kpi.percentile('day_low', 0.9) }} as tail_low
        from past_extremes
        group by {{ day_key_list }}

    ),

    share_levels as (

        select
            {{ day_key_list }},
            {{ marketing_kpi.median(marketing_kpi.safe_divide('suspicious_visits', 'visits')) }} as median_share
        from history
        where is_base and is_recent and visits > 0
        group by {{ day_key_list }}

    ),

    -- half a visit in the whole window stands in for a share of zero, whose spread would be zero too
    floored_shares as (

        select
            {% for key in day_keys -%}
            share_levels.{{ key }},
            {% endfor -%}
            {{ marketing_kpi.larger_of(
                'share_levels.median_share', marketing_kpi.safe_divide('0.5', 'history_sizes.level_visits')
            ) }} as expected_share
        from share_levels
        inner join history_sizes
            on {{ marketing_kpi.same_keys('share_levels', 'history_sizes', day_keys) }}

    ),

    share_residuals as (

        select
            {% for key in day_keys -%}
            history.{{ key }},
            {% endfor -%}
            {{ marketing_kpi.median(
                'abs(' ~ marketing_kpi.safe_divide('history.suspicious_visits', 'history.visits')
                ~ ' - floored_shares.expected_share) / sqrt('
                ~ 'floored_shares.expected_share * (1 - floored_shares.expected_share) / history.visits)'
            ) }} as median_residual
        from history
        inner join floored_shares
            on {{ marketing_kpi.same_keys('history', 'floored_shares', day_keys) }}
        where
            history.is_base
            and history.is_recent
            and history.visits > 0
            and floored_shares.expected_share < 1
        group by {{ 'history.' ~ (day_keys | join(', history.')) }}

    ),

    joined as (

        select
            {% for column in keys + ['date_day'] + slots -%}
            series.{{ column }},
            {% endfor -%}
            series.visits,
            series.suspicious_visits,
            series.spend_amount,
            series.visits_of_four_days,
            series.is_holiday,
            series.is_confirmed_attack,
            series.is_silent,
            series.is_planned,
            series.may_stop,
            coalesce(history_sizes.history_days, 0) as history_days,
            coalesce(history_sizes.base_days, 0) as base_days,
            history_sizes.level_days,
            history_sizes.usual_spend_amount,
            case
                when history_sizes.history_days >= {{ history_days }} then {{ z_long }} else {{ z_short }}
            end as z,
            own_tails.tail_high,
            own_tails.tail_low,
            levels.visit_level,
            -- a holiday may be as busy as its weekday or a Sunday, and as quiet as either
            {% for name, compared in [('season_factor', '>'), ('quiet_season_factor', '<')] -%}
            {{ 'hours.hour_factor * ' if by_hour }}case
                when series.is_holiday and sundays.weekday_factor {{ compared }} weekdays.weekday_factor
                    then sundays.weekday_factor
                else weekdays.weekday_factor
            end as {{ name }},
            {% endfor -%}
            residual_medians.median_residual,
            floored_shares.expected_share,
            share_residuals.median_residual as median_share_residual
        from series
        inner join tested_days
            on
                {{ marketing_kpi.same_keys('series', 'tested_days', keys + ['date_day']) }}
        {% for relation in [
            'history_sizes', 'levels', 'residual_medians', 'own_tails', 'floored_shares', 'share_residuals',
        ] -%}
        left join {{ relation }}
            on
                {{ marketing_kpi.same_keys('series', relation, keys) }}
                and series.date_day = {{ relation }}.tested_day
        {% endfor -%}
        {% if by_hour -%}
        left join hour_factors as hours
            on
                {{ marketing_kpi.same_keys('series', 'hours', keys + slots) }}
                and series.date_day = hours.tested_day
        {% endif -%}
        left join weekday_factors as weekdays
            on
                {{ marketing_kpi.same_keys('series', 'weekdays', keys + ['weekday']) }}
                and series.date_day = weekdays.tested_day
        left join weekday_factors as sundays
            on
                {{ marketing_kpi.same_keys('series', 'sundays', keys) }}
                and series.date_day = sundays.tested_day
                and sundays.weekday = 7

    ),

    expected as (

        select
            *,
            {% for name, factor in [
                ('expected_visits', 'season_factor'), ('quiet_expected_visits', 'quiet_season_factor'),
            ] -%}
            case
                when {{ is_unjudged }} then null
                when visit_level * {{ factor }} > 0.5 then visit_level * {{ factor }}
                else 0.5
            end as {{ name }},
            {% endfor -%}
            case
                when
                    power({{ mad_to_sigma }} * median_residual, 2) * {{ freedom }} > 1
                    then power({{ mad_to_sigma }} * median_residual, 2) * {{ freedom }}
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
            {% for name, expected in [
                ('predictive_variance', 'expected_visits'),
                ('quiet_predictive_variance', 'quiet_expected_visits'),
            ] -%}
            dispersion * {{ expected }} * (
                1 + ({{ pi }} / 2) * (
                    {{ marketing_kpi.safe_divide('1', 'level_days') }} + {{ marketing_kpi.safe_divide('7', 'base_days') }}
                )
            ) as {{ name }},
            {% endfor -%}
            case
                when tail_high / sqrt(dispersion) > z then tail_high / sqrt(dispersion) else z
            end as z_high,
            case
                when tail_low / sqrt(dispersion) > z then tail_low / sqrt(dispersion) else z
            end as z_low,
            {{ marketing_kpi.safe_divide('suspicious_visits', 'visits') }} as suspicious_share,
            sqrt(expected_share * (1 - expected_share) / nullif(visits, 0)) * share_dispersion
                as share_deviation
        from expected

    ),

    banded as (

        select
            *,
            expected_visits * power(
                1 + {{ two_thirds }} * z_high * sqrt(predictive_variance) / expected_visits, 1.5
            ) as expected_high,
            case
                when {{ two_thirds }} * z_low * sqrt(quiet_predictive_variance) < quiet_expected_visits
                    then quiet_expected_visits * power(
                        1 - {{ two_thirds }} * z_low * sqrt(quiet_predictive_variance)
                        / quiet_expected_visits,
                        1.5
                    )
                when quiet_expected_visits is not null then 0.0
            end as expected_low,
            expected_share + {{ share_z }} * share_deviation as share_limit,
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
            coalesce(
                visits < expected_low
                and quiet_expected_visits - visits >= 10
                and (
                    not may_stop
                    or (usual_spend_amount > 0 and coalesce(spend_amount >= 0.5 * usual_spend_amount, true))
                ),
                false
            ) as is_outage,
            coalesce(suspicious_share > share_limit and suspicious_excess >= 10, false) as is_share_alarm,
            coalesce(
                suspicious_excess >= 20 and suspicious_excess >= 0.1 * expected_visits, false
            ) as is_large_excess,
            -- the first advertising, and that which comes back, is more than none
            coalesce(spend_amount > 0 and spend_amount > 1.5 * usual_spend_amount, false)
                as is_more_spend,
            -- less money brings fewer visits, and not none at all to a whole site
            coalesce(spend_amount < 0.5 * usual_spend_amount and not is_silent, false) as is_less_spend,
            -- a leak is a small, steady excess: days of an alarm of their own are left out, the rest is capped
            case
                when is_confirmed_attack or share_deviation = 0 or share_deviation is null then 0.0
                when suspicious_share > share_limit and suspicious_excess >= 10 then 0.0
                when (suspicious_share - expected_share) / share_deviation > 3 then 3.0
                else (suspicious_share - expected_share) / share_deviation
            end as share_residual
        from banded

    ),

    {% if by_hour -%}
    judged as (

        select
            *,
            -- leaks are looked for by day
            false as is_slow_leak,
            is_share_alarm and (is_volume_alarm or is_large_excess) as is_bot_spike
        from alarmed

    ),
    {%- else -%}
    -- slow leak: exponentially weighted mean of the share's residuals, lambda 0.2, limit 3.5 deviations
    leaks as (

        select
            {% for key in keys + ['date_day'] -%}
            tested.{{ key }},
            {% endfor -%}
            {{ marketing_kpi.exact_sum(
                '0.2 * power(0.8, ' ~ marketing_kpi.days_between('past.date_day', 'tested.date_day')
                ~ ') * past.share_residual'
            ) }} as weighted_residual,
            {{ marketing_kpi.exact_sum('past.suspicious_excess') }} as period_excess
        from alarmed as tested
        inner join alarmed as past
            on
                {{ marketing_kpi.same_keys('tested', 'past', keys) }}
                and past.date_day <= tested.date_day
                and past.date_day > {{ marketing_kpi.add_days('tested.date_day', -leak_days) }}
                and past.base_days >= {{ minimum_days }}
        group by {{ 'tested.' ~ ((keys + ['date_day']) | join(', tested.')) }}

    ),

    judged as (

        select
            alarmed.*,
            coalesce(
                leaks.weighted_residual > 3.5 * sqrt{{ leak_variance }} and leaks.period_excess >= 20, false
            ) as is_slow_leak,
            alarmed.is_share_alarm and (alarmed.is_volume_alarm or alarmed.is_large_excess) as is_bot_spike
        from alarmed
        left join leaks
            on {{ marketing_kpi.same_keys('alarmed', 'leaks', keys + ['date_day']) }}

    ),
    {%- endif %}

    final as (

        select
            {{ key_list }},
            case
                when {{ is_unjudged }} then 'insufficient_history'
                when is_bot_spike and not is_holiday then 'fail'
                when is_bot_spike or is_share_alarm then 'warn'
                -- more visits of the usual quality, and a reason for them
                when is_volume_alarm and (is_planned or is_more_spend) then 'explained'
                when is_outage and is_less_spend then 'explained'
                when is_volume_alarm or is_outage or is_slow_leak then 'warn'
                else 'ok'
            end as spike_verdict,
            case
                when {{ is_unjudged }} then 'insufficient_history'
                when is_bot_spike and is_holiday then 'bot_spike_on_holiday'
                when is_bot_spike then 'bot_spike'
                when is_share_alarm then 'suspicious_share'
                when is_volume_alarm and is_planned then 'planned_event'
                when is_volume_alarm and is_more_spend then 'more_spend'
                when is_volume_alarm then 'volume'
                when is_outage and is_less_spend then 'less_spend'
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
            is_silent,
            is_planned,
            is_holiday,
            may_stop,
            spend_amount,
            {% for slot in slots -%}
            {{ slot }},
            {% endfor -%}
            date_day
        from judged
        {% if first_day is not none -%}
        where date_day >= {{ first_day }}
        {%- endif %}

    )

    select * from final
{%- endmacro %}

{# First day of a series of days whose inputs are not those it was judged by in the last build; none to
   judge all days, a day that never comes when nothing changed. #}
{% macro first_changed_day(series, keys) %}
    {% if not marketing_kpi.replaces_days() %}{% do return(none) %}{% endif %}
    {% set inputs = [
        'visits', 'suspicious_visits', 'is_holiday', 'is_confirmed_attack', 'is_silent', 'is_planned',
        'may_stop',
    ] %}
    {% set differences = [] %}
    {% for column in inputs %}
        {% do differences.append('series.' ~ column ~ ' <> judged.' ~ column) %}
    {% endfor %}
    {# spend may be unknown on either side #}
    {% do differences.append('coalesce(series.spend_amount, -1) <> coalesce(judged.spend_amount, -1)') %}
    {% set found = run_query(
        'select min(coalesce(series.date_day, judged.date_day)) from ' ~ series ~ ' as series'
        ~ ' full outer join ' ~ this ~ ' as judged on '
        ~ marketing_kpi.same_keys('series', 'judged', keys + ['date_day'])
        ~ ' where series.date_day is null or judged.date_day is null or ' ~ (differences | join(' or '))
    ) %}
    {% do return("cast('" ~ (found.columns[0].values()[0] or '9999-12-31') ~ "' as date)") %}
{% endmacro %}

{# Rows of the days that the model judged again take the place of all earlier ones from the first on. #}
{% macro get_incremental_replace_since_sql(arguments) %}
    {% set meta = config.get('meta') %}
    {% set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) %}
    delete from {{ arguments['target_relation'] }}
    where date_day >= {{ marketing_kpi.first_changed_day(ref(meta['series']), meta['keys']) }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}
