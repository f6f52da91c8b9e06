-- Golden examples robust_weekday_qp_threshold and robust_weekday_qp_not_masked: 56 days of history, the
-- tested day is the Wednesday after the two guard days. A returned row is a figure that differs from the
-- worked example by more than 0.001, or an alarm that is wrong.
{% set past_visits = [
    100, 104, 98, 101, 95, 70, 64, 103, 99, 102, 97, 96, 72, 66, 98, 101, 103, 104, 93, 68, 65,
    101, 105, 97, 99, 97, 71, 63, 99, 100, 104, 102, 94, 69, 67, 104, 98, 100, 103, 95, 73, 64,
    97, 102, 99, 98, 96, 70, 66, 102, 103, 101, 100, 92, 70, 65, 100, 100,
] %}
{% set attacked = {37: 1000, 44: 900} %}
{% set first_day = "cast('2026-01-05' as date)" %}
{% set cases = [
    ('alarm_at_150', 150, false), ('no_alarm_at_140', 140, false), ('not_masked', 150, true),
] %}

{{ config(tags=['logic']) }}

with golden_history as (

    {% for visits in past_visits %}
        select
            {{ loop.index0 }} as day_number,
            {{ visits }} as visits
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

cases as (

    {% for name, tested_visits, has_past_attacks in cases %}
        select
            '{{ name }}' as channel,
            {{ tested_visits }} as tested_visits,
            {{ 'true' if has_past_attacks else 'false' }} as has_past_attacks
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

golden_series as (

    select
        cases.channel,
        case
            {% for day_number, visits in attacked.items() -%}
                when
                    cases.has_past_attacks and golden_history.day_number = {{ day_number }}
                    then {{ visits }}
            {% endfor -%}
            else golden_history.visits
        end as visits,
        golden_history.day_number
    from cases
    cross join golden_history
    union all
    select
        channel,
        tested_visits as visits,
        {{ past_visits | length }} as day_number
    from cases

),

golden_days as (

    select
        channel,
        {{ to_bigint('visits') }} as visits,
        {{ to_bigint(0) }} as suspicious_visits,
        {{ to_double(0) }} as spend_amount,
        false as is_holiday,
        false as is_confirmed_attack,
        false as is_planned,
        false as is_silent,
        false as may_stop,
        {{ add_days(first_day, to_bigint('day_number')) }} as date_day
    from golden_series

),

detected as (

    {{ detect_spikes('golden_days') }}

),

expectations as (

    select
        'alarm_at_150' as channel,
        100.5 as expected_visits,
        148.5672 as expected_high,
        true as is_alarm
    union all
    select
        'no_alarm_at_140' as channel,
        100.5 as expected_visits,
        148.5672 as expected_high,
        false as is_alarm
    union all
    select
        'not_masked' as channel,
        102.5 as expected_visits,
        151.0129 as expected_high,
        false as is_alarm

)

select
    expectations.channel,
    detected.expected_visits,
    detected.expected_high,
    detected.dispersion,
    detected.predictive_variance,
    detected.is_volume_alarm,
    detected.spike_verdict
from expectations
left join detected
    on
        expectations.channel = detected.channel
        and detected.date_day = {{ add_days(first_day, past_visits | length) }}
where
    detected.channel is null
    or abs(detected.expected_visits - expectations.expected_visits) > 0.001
    or abs(detected.expected_high - expectations.expected_high) > 0.001
    or abs(detected.dispersion - 1) > 0.001
    or (
        expectations.channel <> 'not_masked'
        and abs(detected.predictive_variance - 125.8712) > 0.001
    )
    or detected.is_volume_alarm <> expectations.is_alarm
    or detected.spike_verdict <> case when expectations.is_alarm then 'warn' else 'ok' end
