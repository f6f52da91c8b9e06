-- One known series per verdict: 69 days of about 100 visits of which 5 are suspicious, then the tested day.
-- A returned row is a case with another verdict or reason than it should have.
{% set cases = [
    {'name': 'usual_day', 'visits': 104, 'suspicious': 6, 'verdict': 'ok', 'reason': none},
    {'name': 'bots', 'visits': 160, 'suspicious': 60, 'verdict': 'fail', 'reason': 'bot_spike'},
    {'name': 'bots_on_holiday', 'visits': 160, 'suspicious': 60, 'is_holiday': true, 'verdict': 'warn', 'reason': 'bot_spike_on_holiday'},
    {'name': 'share_alone', 'visits': 100, 'suspicious': 24, 'verdict': 'warn', 'reason': 'suspicious_share'},
    {'name': 'sale', 'visits': 250, 'suspicious': 12, 'is_planned': true, 'verdict': 'explained', 'reason': 'planned_event'},
    {'name': 'budget_doubled', 'visits': 250, 'suspicious': 12, 'spend': 2000, 'verdict': 'explained', 'reason': 'more_spend'},
    {'name': 'first_advertising', 'visits': 250, 'suspicious': 12, 'usual_spend': 0, 'spend': 500, 'verdict': 'explained', 'reason': 'more_spend'},
    {'name': 'unexplained_without_advertising', 'visits': 250, 'suspicious': 12, 'usual_spend': 0, 'spend': 0, 'verdict': 'warn', 'reason': 'volume'},
    {'name': 'unexplained', 'visits': 250, 'suspicious': 12, 'verdict': 'warn', 'reason': 'volume'},
    {'name': 'planned_bots', 'visits': 250, 'suspicious': 100, 'is_planned': true, 'verdict': 'fail', 'reason': 'bot_spike'},
    {'name': 'budget_cut', 'visits': 30, 'suspicious': 1, 'spend': 100, 'verdict': 'explained', 'reason': 'less_spend'},
    {'name': 'rate_missing', 'visits': 30, 'suspicious': 1, 'spend': 'null', 'verdict': 'warn', 'reason': 'outage'},
    {'name': 'rate_missing_on_a_busy_day', 'visits': 250, 'suspicious': 12, 'spend': 'null', 'verdict': 'warn', 'reason': 'volume'},
    {'name': 'budget_cut_on_a_silent_site', 'visits': 0, 'suspicious': 0, 'spend': 0, 'is_silent': true, 'verdict': 'warn', 'reason': 'outage'},
    {'name': 'holiday_like_a_sunday', 'days': 66, 'visits': 22, 'suspicious': 1, 'sunday_visits': 20, 'is_holiday': true, 'verdict': 'ok', 'reason': none},
    {'name': 'holiday_like_a_weekday', 'days': 66, 'visits': 104, 'suspicious': 6, 'sunday_visits': 20, 'is_holiday': true, 'verdict': 'ok', 'reason': none},
    {'name': 'counter_broken_on_holiday', 'days': 66, 'visits': 0, 'suspicious': 0, 'sunday_visits': 50, 'is_holiday': true, 'verdict': 'warn', 'reason': 'outage'},
    {'name': 'weekday_like_a_sunday', 'days': 66, 'visits': 22, 'suspicious': 1, 'sunday_visits': 20, 'verdict': 'warn', 'reason': 'outage'},
    {'name': 'counter_broken', 'visits': 30, 'suspicious': 1, 'verdict': 'warn', 'reason': 'outage'},
    {'name': 'young_series', 'days': 20, 'visits': 900, 'suspicious': 800, 'verdict': 'insufficient_history', 'reason': 'insufficient_history'},
    {'name': 'slow_leak', 'visits': 100, 'suspicious': 12, 'last_days_suspicious': 12, 'verdict': 'warn', 'reason': 'slow_leak'},
] %}
{% set first_day = "cast('2026-01-05' as date)" %}

{{ config(tags=['logic']) }}

with numbers as (

    {{ numbers(2) | indent(4) }}

),

cases as (

    {% for case in cases %}
        select
            '{{ case.name }}' as channel,
            {{ case.get('days', 69) }} as tested_day,
            {{ case.visits }} as tested_visits,
            {{ case.suspicious }} as tested_suspicious_visits,
            {{ case.get('last_days_suspicious', 0) }} as last_days_suspicious_visits,
            {{ case.get('sunday_visits', 100) }} as sunday_visits,
            {{ case.get('usual_spend', 1000) }} as usual_spend,
            {{ case.get('spend', 1000) }} as tested_spend,
            {{ 'true' if case.get('is_holiday') else 'false' }} as is_tested_holiday,
            {{ 'true' if case.get('is_silent') else 'false' }} as is_tested_silent,
            {{ 'true' if case.get('is_planned') else 'false' }} as is_tested_planned
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

known_series as (

    select
        cases.channel,
        {{ to_bigint('case
            when numbers.number = cases.tested_day then cases.tested_visits
            -- the first day is a Monday
            when numbers.number % 7 = 6 then cases.sunday_visits - 2 + numbers.number * 3 % 5
            else 98 + numbers.number * 3 % 5
        end') }} as visits,
        {{ to_bigint('case
            when numbers.number = cases.tested_day then cases.tested_suspicious_visits
            when cases.last_days_suspicious_visits > 0 and numbers.number > cases.tested_day - 8
                then cases.last_days_suspicious_visits
            else 4 + numbers.number % 3
        end') }} as suspicious_visits,
        {{ to_double('case
            when numbers.number = cases.tested_day then cases.tested_spend
            else cases.usual_spend
        end') }} as spend_amount,
        numbers.number = cases.tested_day and cases.is_tested_holiday as is_holiday,
        false as is_confirmed_attack,
        numbers.number = cases.tested_day and cases.is_tested_planned as is_planned,
        numbers.number = cases.tested_day and cases.is_tested_silent as is_silent,
        false as may_stop,
        {{ add_days(first_day, to_bigint('numbers.number')) }} as date_day
    from cases
    inner join numbers on cases.tested_day >= numbers.number

),

detected as (

    {{ detect_spikes('known_series') }}

),

expectations as (

    {% for case in cases %}
        select
            '{{ case.name }}' as channel,
            '{{ case.verdict }}' as spike_verdict,
            '{{ case.reason or '' }}' as spike_reason,
            {{ add_days(first_day, case.get('days', 69)) }} as date_day
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    expectations.channel,
    expectations.spike_verdict as expected_verdict,
    detected.spike_verdict,
    detected.spike_reason,
    detected.expected_visits,
    detected.expected_low,
    detected.expected_high,
    detected.share_limit
from expectations
left join detected
    on expectations.channel = detected.channel and expectations.date_day = detected.date_day
where
    detected.channel is null
    or detected.spike_verdict <> expectations.spike_verdict
    or coalesce(detected.spike_reason, '') <> expectations.spike_reason
