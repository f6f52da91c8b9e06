-- Points of suspicion per visit (specification 6.2). Two points from two signals, or one signal of
-- three points, make a visit suspicious; visits that converted are not exempt.
{% set same_second_visits = 5 %}
{% set daily_visits_of_browser = 20 %}
{% set burst_factor = 10 %}
{% set burst_visits = 10 %}
{% set history_days = 56 %}
{% set minimum_history_days = 28 %}
{% set guard_days = 2 %}

with visits as (

    select * from {{ ref('int_visits_unioned') }}

),

signals as (

    select * from {{ ref('suspicion_signals') }}

),

spam_referrers as (

    select * from {{ ref('spam_referrers') }}

),

audience as (

    select * from {{ ref('stg_registers__audience') }}

),

points as (

    select
        {% for signal in ['S1', 'S3', 'S5', 'S6', 'S7', 'S8'] %}
            max(case when signal_id = '{{ signal }}' then points end)
                as {{ signal | lower }}_points,
        {% endfor %}
        max(rule_version) as suspicion_version
    from signals

),

referrer_hosts as (

    select distinct referrer_host
    from visits
    where referrer_host <> ''

),

spam_hosts as (

    select distinct referrer_hosts.referrer_host
    from referrer_hosts
    inner join spam_referrers
        on
            referrer_hosts.referrer_host = spam_referrers.referrer_host
            or referrer_hosts.referrer_host
            like {{ dbt.concat(["'%.'", 'spam_referrers.referrer_host']) }}

),

-- S8: share of one combination of screen, system and browser on a day against its own past
fingerprinted as (

    select
        visit_id,
        visit_date,
        {{ dbt.concat([
            'source_system', "'|'", "coalesce(screen, '')", "'|'",
            "coalesce(operating_system, '')", "'|'", "coalesce(browser, '')",
        ]) }} as fingerprint
    from visits

),

fingerprint_days as (

    select
        fingerprint,
        visit_date,
        count(*) as visits
    from fingerprinted
    group by fingerprint, visit_date

),

days as (

    select
        visit_date,
        count(*) as visits
    from visits
    group by visit_date

),

busy_fingerprint_days as (

    select
        fingerprint_days.fingerprint,
        fingerprint_days.visit_date,
        {{ safe_divide('fingerprint_days.visits', 'days.visits') }} as day_share
    from fingerprint_days
    inner join days on fingerprint_days.visit_date = days.visit_date
    where fingerprint_days.visits >= {{ burst_visits }}

),

past_of_days as (

    select
        tested.visit_date,
        count(*) as past_days,
        sum(past.visits) as past_visits
    from days as tested
    inner join days as past
        on
            past.visit_date >= {{ add_days('tested.visit_date', -(history_days + guard_days)) }}
            and past.visit_date < {{ add_days('tested.visit_date', -guard_days) }}
    group by tested.visit_date

),

past_of_fingerprints as (

    select
        tested.fingerprint,
        tested.visit_date,
        sum(past.visits) as past_visits
    from busy_fingerprint_days as tested
    inner join fingerprint_days as past
        on
            tested.fingerprint = past.fingerprint
            and past.visit_date >= {{ add_days('tested.visit_date', -(history_days + guard_days)) }}
            and past.visit_date < {{ add_days('tested.visit_date', -guard_days) }}
    group by tested.fingerprint, tested.visit_date

),

burst_days as (

    select
        tested.fingerprint,
        tested.visit_date
    from busy_fingerprint_days as tested
    inner join past_of_days on tested.visit_date = past_of_days.visit_date
    left join past_of_fingerprints
        on
            tested.fingerprint = past_of_fingerprints.fingerprint
            and tested.visit_date = past_of_fingerprints.visit_date
    where
        past_of_days.past_days >= {{ minimum_history_days }}
        and tested.day_share > {{ burst_factor }} * coalesce(
            {{ safe_divide('past_of_fingerprints.past_visits', 'past_of_days.past_visits') }}, 0
        )

),

-- an attribute with at least one wanted value is a closed list; without one it only names the unwanted
audience_attributes as (

    select
        attribute,
        max(case when is_target then 1 else 0 end) as has_targets
    from audience
    group by attribute

),

audience_rules as (

    select
    {% for attribute in ['country', 'city', 'device'] %}
            max(case when attribute = '{{ attribute }}' then 1 else 0 end)
                as {{ attribute }}_is_judged,
            max(case when attribute = '{{ attribute }}' then has_targets else 0 end)
                as {{ attribute }}_has_targets{{ ',' if not loop.last }}
    {% endfor %}
    from audience_attributes

),

placed as (

    select
        visits.*,
        {% for attribute in ['country', 'city', 'device'] %}
            case
                when audience_rules.{{ attribute }}_is_judged = 0 then 'target'
                when visits.{{ attribute }} is null then 'unknown'
                when {{ attribute }}_rules.is_target then 'target'
                when
                    {{ attribute }}_rules.is_target is null
                    and audience_rules.{{ attribute }}_has_targets = 0
                    then 'target'
                else 'off'
            end as {{ attribute }}_class,
        {% endfor %}
        count(*) over (
            partition by visits.started_at, visits.landing_path, visits.device
        ) as same_second_visits,
        count(*) over (partition by visits.client_id, visits.visit_date) as browser_day_visits,
        sum(case when visits.has_goal then 1 else 0 end) over (
            partition by visits.client_id, visits.visit_date
        ) as browser_day_goals
    from visits
    cross join audience_rules
    {% for attribute in ['country', 'city', 'device'] %}
        left join audience as {{ attribute }}_rules
            on
                {{ attribute }}_rules.attribute = '{{ attribute }}'
                and lower(visits.{{ attribute }}) = {{ attribute }}_rules.attribute_value
    {% endfor %}

),

signalled as (

    select
        placed.*,
        case
            when 'off' in (placed.country_class, placed.city_class, placed.device_class) then 'off'
            when 'unknown' in (placed.country_class, placed.city_class, placed.device_class)
                then 'unknown'
            else 'target'
        end as audience_class,
        case
            when placed.page_views <= 1 and placed.duration_seconds <= 1 and not placed.has_goal
                then points.s1_points
            else 0
        end as s1_points,
        case when spam_hosts.referrer_host is not null then points.s3_points else 0 end
            as s3_points,
        case
            when
                placed.is_new_visitor
                and placed.traffic_source = 'direct'
                and (placed.country_class = 'off' or placed.city_class = 'off')
                then points.s5_points
            else 0
        end as s5_points,
        case
            when placed.same_second_visits >= {{ same_second_visits }} then points.s6_points
            else 0
        end as s6_points,
        case
            when
                placed.browser_day_visits >= {{ daily_visits_of_browser }}
                and placed.browser_day_goals = 0
                then points.s7_points
            else 0
        end as s7_points,
        case when burst_days.fingerprint is not null then points.s8_points else 0 end as s8_points,
        points.suspicion_version
    from placed
    cross join points
    left join spam_hosts on placed.referrer_host = spam_hosts.referrer_host
    left join fingerprinted on placed.visit_id = fingerprinted.visit_id
    left join burst_days
        on
            fingerprinted.fingerprint = burst_days.fingerprint
            and fingerprinted.visit_date = burst_days.visit_date

),

{% set signal_ids = ['S1', 'S3', 'S5', 'S6', 'S7', 'S8'] %}
summed as (

    select
        *,
        {% for signal in signal_ids -%}
            {{ signal | lower }}_points{{ ' + ' if not loop.last }}
        {% endfor %} as suspicion_points,
        {% for signal in signal_ids -%}
            case when {{ signal | lower }}_points > 0 then 1 else 0 end{{ ' + ' if not loop.last }}
        {% endfor %} as signal_count,
        {% for signal in signal_ids -%}
            case when {{ signal | lower }}_points >= 3 then 1 else 0 end{{ ' + ' if not loop.last }}
        {% endfor %} as decisive_signal_count,
        {{ dbt.concat([
            "case when s1_points > 0 then ',S1' else '' end",
            "case when s3_points > 0 then ',S3' else '' end",
            "case when s5_points > 0 then ',S5' else '' end",
            "case when s6_points > 0 then ',S6' else '' end",
            "case when s7_points > 0 then ',S7' else '' end",
            "case when s8_points > 0 then ',S8' else '' end",
        ]) }} as signal_list
    from signalled

),

final as (

    select
        visit_id,
        audience_class,
        -- the list is built with a leading comma
        substr(signal_list, 2) as suspicion_signals,
        {{ to_bigint('suspicion_points') }} as suspicion_points,
        {{ to_bigint('suspicion_version') }} as suspicion_version,
        -- one light signal alone never condemns: a one-page, zero-second visit is common among people
        (suspicion_points >= 2 and signal_count >= 2) or decisive_signal_count >= 1 as is_suspicious
    from summed

)

select * from final
