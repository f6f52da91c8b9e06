-- Points of suspicion per visit (specification 6.2). Two points from two signals, or one signal of
-- three points, make a visit suspicious; visits that converted are not exempt. A signal that the visit's
-- source cannot tell is NULL, which is not "no".
{% set same_second_visits = 5 %}
{% set daily_visits_of_browser = 20 %}
{% set burst_factor = 10 %}
{% set burst_visits = 10 %}
{% set history_days = fingerprint_history_days() | int %}
{% set minimum_history_days = 28 %}
{% set guard_days = fingerprint_guard_days() | int %}
{% set longest_days = days_of_longest_visit() %}
{# a visit and the request that began it may lie in neighbouring slots #}
{% set slot_minutes = 10 %}
{# a log without any request for so long was not written, or is not all here #}
{% set silent_slots = 18 %}
{# borders and wrongly set clocks: an hour either way contradicts nothing #}
{% set clock_tolerance_minutes = 60 %}
{% set signal_ids = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11'] %}
{% set audience_classes = 'country_class, city_class, language_class, device_class' %}
{% set attributes = ['country', 'city', 'language', 'device'] %}
{# NULL where the source tells none of the three #}
{% set fingerprint -%}
    case
        when screen is not null or operating_system is not null or browser is not null
            then {{ dbt.concat([
                'source_system', "'|'", "coalesce(screen, '')", "'|'",
                "coalesce(operating_system, '')", "'|'", "coalesce(browser, '')",
            ]) }}
    end
{%- endset %}

with visits as (

    select * from {{ ref('int_visits_unioned') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

-- the visits judged now, and those of the days that they are judged by
past_visits as (

    select
        source_system,
        screen,
        operating_system,
        browser,
        visit_date
    from {{ ref('int_visits_unioned') }}
    where {{ around_touched_days('visit_date', history_days + guard_days, 'rescored', 0) }}

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

bot_agents as (

    select * from {{ ref('bot_agents') }}

),

cloud_networks as (

    select * from {{ ref('cloud_networks') }}

),

own_hosting_networks as (

    select * from {{ ref('stg_registers__hosting_networks') }}

),

country_time_zones as (

    select * from {{ ref('country_time_zones') }}

),

hits as (

    select * from {{ ref('stg_yandex_metrica__hits') }}
    where {{ around_touched_days('hit_date', 1, 'rescored', longest_days) }}

),

ga4_events as (

    select * from {{ ref('stg_ga4__events') }}
    where {{ around_touched_days('event_date', 1, 'rescored', longest_days) }}

),

server_requests as (

    select * from {{ ref('stg_plain__server_requests') }}
    where {{ around_touched_days('request_date', 1, 'rescored', 1) }}

),

points as (

    select
        {% for signal in signal_ids %}
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

-- S2: robots that say so
seen_agents as (

    select distinct user_agent from visits
    where user_agent is not null
    union distinct
    select distinct user_agent from server_requests
    where user_agent is not null

),

robot_agents as (

    select distinct seen_agents.user_agent
    from seen_agents
    inner join bot_agents
        on
            {{ dbt.position('bot_agents.agent_text', 'seen_agents.user_agent') }} = 1
            or (
                not bot_agents.is_prefix
                and {{ dbt.position('bot_agents.agent_text', 'seen_agents.user_agent') }} > 1
            )

),

-- S4: few networks against few ranges
seen_networks as (

    select distinct
        ip_network,
        {{ ip_number('ip_network') }} as network_number
    from visits
    where ip_network is not null

),

-- the public lists of large clouds, and what the company knows besides
hosting_networks as (

    select
        first_number,
        last_number
    from cloud_networks
    union all
    select
        first_number,
        last_number
    from own_hosting_networks

),

hosted_networks as (

    select
        seen_networks.ip_network,
        max(case when hosting_networks.first_number is not null then 1 else 0 end) as is_hosting
    from seen_networks
    left join hosting_networks
        on
            seen_networks.network_number >= hosting_networks.first_number
            and seen_networks.network_number <= hosting_networks.last_number
    where seen_networks.network_number is not null
    group by seen_networks.ip_network

),

-- S9: what a visit did besides opening pages; a visit without any hit was not watched
interactions as (

    select
        visit_id,
        max(case when is_page_view or is_not_bounce_call then 0 else 1 end) as has_interaction
    from hits
    where visit_id is not null
    group by visit_id
    union all
    select
        {{ dbt.concat(["'ga4:'", 'user_pseudo_id', "'-'", 'ga_session_id']) }} as visit_id,
        max(case
            when event_name in (
                'page_view', 'session_start', 'first_visit', 'user_engagement'
            ) then 0
            else 1
        end) as has_interaction
    from ga4_events
    where user_pseudo_id is not null and ga_session_id is not null
    group by user_pseudo_id, ga_session_id

),

-- S11: pages the server delivered, in slots of time. A request proves visits of its own slot and of the
-- two beside it.
requests as (

    select distinct
        page_path,
        coalesce(ip_network, '') as ip_network,
        coalesce(user_agent, '') as user_agent,
        request_date,
        {{ time_slot('requested_at', slot_minutes) }} as slot
    from server_requests

),

logged_days as (

    select
        request_date,
        max(case when ip_network <> '' then 1 else 0 end) as has_networks
    from requests
    group by request_date

),

numbers as (

    {{ numbers(2) | indent(4) }}

),

log_slots as (

    select
        slot,
        lag({{ nullable('slot') }}) over (order by slot) as slot_before,
        lead({{ nullable('slot') }}) over (order by slot) as slot_after
    from (select distinct slot from requests) as requested_slots

),

-- a log is begun anew at any hour and breaks off at any hour: what it lacks is proof between its requests
-- only
written_slots as (

    select log_slots.slot + numbers.number as slot
    from log_slots
    inner join numbers on numbers.number < log_slots.slot_after - log_slots.slot
    where
        log_slots.slot_after - log_slots.slot <= {{ silent_slots }}
        and (numbers.number > 0 or log_slots.slot - log_slots.slot_before <= {{ silent_slots }})

),

request_slots as (

    {% for shift in [-1, 0, 1] %}
        select
            requests.page_path,
            requests.ip_network,
            requests.slot + ({{ shift }}) as slot,
            robot_agents.user_agent is not null as is_robot
        from requests
        left join robot_agents on requests.user_agent = robot_agents.user_agent
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

page_slots as (

    select
        page_path,
        slot
    from request_slots
    group by page_path, slot

),

network_slots as (

    select
        page_path,
        ip_network,
        slot,
        -- a slot shared by a person and a robot says nothing about either
        min(case when is_robot then 1 else 0 end) as is_robot
    from request_slots
    where ip_network <> ''
    group by page_path, ip_network, slot

),

-- a source without a single referrer did not export them, and one whose every visit begins with a whole
-- minute does not tell seconds; by day, since days are judged apart
sources as (

    select
        source_system,
        visit_date,
        max(case when coalesce(referrer_host, '') <> '' then 1 else 0 end) as has_referrers,
        max(case when started_at <> {{ dbt.date_trunc('minute', 'started_at') }} then 1 else 0 end)
            as has_seconds
    from visits
    group by source_system, visit_date

),

-- S8: share of one combination of screen, system and browser on a day against its own past
fingerprint_days as (

    select
        {{ fingerprint }} as fingerprint,
        visit_date,
        count(*) as visits
    from past_visits
    group by {{ fingerprint }}, visit_date

),

days as (

    select
        visit_date,
        count(*) as visits
    from past_visits
    group by visit_date

),

busy_fingerprint_days as (

    select
        fingerprint_days.fingerprint,
        fingerprint_days.visit_date,
        {{ safe_divide('fingerprint_days.visits', 'days.visits') }} as day_share
    from fingerprint_days
    inner join days on fingerprint_days.visit_date = days.visit_date
    where fingerprint_days.visits >= {{ burst_visits }} and fingerprint_days.fingerprint is not null

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
    {% for attribute in attributes %}
            -- a company without the register has no rows here, and judges nobody
            coalesce(max(case when attribute = '{{ attribute }}' then 1 else 0 end), 0)
                as {{ attribute }}_is_judged,
            coalesce(max(case when attribute = '{{ attribute }}' then has_targets else 0 end), 0)
                as {{ attribute }}_has_targets{{ ',' if not loop.last }}
    {% endfor %}
    from audience_attributes

),

-- S6, S7: what many visits have in common; the few such groups are found first
same_seconds as (

    select
        visit_date,
        started_at,
        coalesce(landing_path, '') as landing_path,
        coalesce(device, '') as device
    from visits
    group by visit_date, started_at, coalesce(landing_path, ''), coalesce(device, '')
    having count(*) >= {{ same_second_visits }}

),

busy_browsers as (

    select
        coalesce(client_id, '') as client_id,
        visit_date
    from visits
    group by coalesce(client_id, ''), visit_date
    having
        count(*) >= {{ daily_visits_of_browser }}
        and {{ count_where('has_goal') }} = 0

),

placed as (

    select
        {{ all_columns('visits', []) }},
        {{ fingerprint }} as fingerprint,
        {{ time_slot('visits.started_at', slot_minutes) }} as slot,
        {% for attribute in attributes %}
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
        audience_rules.country_is_judged,
        audience_rules.city_is_judged
    from visits
    cross join audience_rules
    {% for attribute in attributes %}
        left join audience as {{ attribute }}_rules
            on
                {{ attribute }}_rules.attribute = '{{ attribute }}'
                and lower(visits.{{ attribute }}) = {{ attribute }}_rules.attribute_value
    {% endfor %}

),

signalled as (

    select
        placed.visit_id,
        placed.source_system,
        placed.visit_date,
        case
            when 'off' in ({{ audience_classes }}) then 'off'
            when 'unknown' in ({{ audience_classes }}) then 'unknown'
            else 'target'
        end as audience_class,
        case
            when placed.page_views <= 1 and placed.duration_seconds <= 1 and not placed.has_goal
                then points.s1_points
            when placed.has_goal or placed.page_views > 1 or placed.duration_seconds > 1 then 0
        end as s1_points,
        case
            when robot_agents.user_agent is not null or network_slots.is_robot = 1
                then points.s2_points
            when placed.user_agent is not null or network_slots.is_robot = 0 then 0
        end as s2_points,
        case
            when spam_hosts.referrer_host is not null then points.s3_points
            when sources.has_referrers = 1 then 0
        end as s3_points,
        case
            when hosted_networks.is_hosting = 1 then points.s4_points
            when hosted_networks.is_hosting = 0 then 0
        end as s4_points,
        case
            when placed.country_is_judged = 0 and placed.city_is_judged = 0 then null
            when not placed.is_new_visitor or placed.traffic_source <> 'direct' then 0
            when placed.country_class = 'off' or placed.city_class = 'off'
                then case when placed.is_new_visitor then points.s5_points end
            when placed.country_class <> 'unknown' and placed.city_class <> 'unknown' then 0
        end as s5_points,
        case
            when sources.has_seconds = 0 then null
            when same_seconds.started_at is not null then points.s6_points
            else 0
        end as s6_points,
        case
            when busy_browsers.visit_date is not null then points.s7_points
            else 0
        end as s7_points,
        case
            when burst_days.fingerprint is not null then points.s8_points
            when
                placed.fingerprint is not null
                and past_of_days.past_days >= {{ minimum_history_days }}
                then 0
        end as s8_points,
        -- nobody scrolls within a second: S1 has said that already
        case
            when interactions.has_interaction is null and placed.has_interaction is null then null
            when
                interactions.has_interaction = 1
                or placed.has_interaction
                or placed.has_goal
                or (placed.page_views <= 1 and placed.duration_seconds <= 1)
                then 0
            when placed.page_views > 1 or placed.duration_seconds > 1 then points.s9_points
        end as s9_points,
        case
            when
                placed.client_time_zone_minutes
                between country_time_zones.offset_from - {{ clock_tolerance_minutes }}
                and country_time_zones.offset_to + {{ clock_tolerance_minutes }}
                then 0
            when
                placed.client_time_zone_minutes is not null
                and country_time_zones.country is not null
                then points.s10_points
        end as s10_points,
        case
            when logged_days.request_date is null or placed.landing_path is null then null
            when network_slots.page_path is not null then 0
            when
                page_slots.page_path is not null
                and (logged_days.has_networks = 0 or placed.ip_network is null)
                then 0
            when written_slots.slot is not null then points.s11_points
        end as s11_points,
        points.suspicion_version
    from placed
    cross join points
    inner join sources
        on
            placed.source_system = sources.source_system
            and placed.visit_date = sources.visit_date
    left join spam_hosts on placed.referrer_host = spam_hosts.referrer_host
    left join robot_agents on placed.user_agent = robot_agents.user_agent
    left join hosted_networks on placed.ip_network = hosted_networks.ip_network
    left join interactions on placed.visit_id = interactions.visit_id
    left join country_time_zones on lower(placed.country) = country_time_zones.country
    left join logged_days on placed.visit_date = logged_days.request_date
    left join written_slots on placed.slot = written_slots.slot
    left join page_slots
        on placed.landing_path = page_slots.page_path and placed.slot = page_slots.slot
    left join network_slots
        on
            placed.landing_path = network_slots.page_path
            and placed.ip_network = network_slots.ip_network
            and placed.slot = network_slots.slot
    left join same_seconds
        on
            placed.visit_date = same_seconds.visit_date
            and placed.started_at = same_seconds.started_at
            and coalesce(placed.landing_path, '') = same_seconds.landing_path
            and coalesce(placed.device, '') = same_seconds.device
    left join busy_browsers
        on
            coalesce(placed.client_id, '') = busy_browsers.client_id
            and placed.visit_date = busy_browsers.visit_date
    left join past_of_days on placed.visit_date = past_of_days.visit_date
    left join burst_days
        on
            placed.fingerprint = burst_days.fingerprint
            and placed.visit_date = burst_days.visit_date

),

summed as (

    select
        *,
        {% for signal in signal_ids -%}
            coalesce({{ signal | lower }}_points, 0){{ ' + ' if not loop.last }}
        {% endfor %} as suspicion_points,
        {% for signal in signal_ids -%}
            case when {{ signal | lower }}_points > 0 then 1 else 0 end{{ ' + ' if not loop.last }}
        {% endfor %} as signal_count,
        {% for signal in signal_ids -%}
            case when {{ signal | lower }}_points >= 3 then 1 else 0 end{{ ' + ' if not loop.last }}
        {% endfor %} as decisive_signal_count,
        {% set named_signals = [] %}
        {% for signal in signal_ids -%}
            {% do named_signals.append(
                "case when " ~ signal | lower ~ "_points > 0 then '," ~ signal ~ "' else '' end"
            ) %}
        {%- endfor %}
        {{ dbt.concat(named_signals) }} as signal_list
    from signalled

),

final as (

    select
        visit_id,
        source_system,
        audience_class,
        -- the list is built with a leading comma
        substr(signal_list, 2) as suspicion_signals,
        {% for signal in signal_ids -%}
            {{ to_bigint(signal | lower ~ '_points') }} as {{ signal | lower }}_points,
        {% endfor -%}
        {{ to_bigint('suspicion_points') }} as suspicion_points,
        {{ to_bigint('suspicion_version') }} as suspicion_version,
        -- one light signal alone never condemns: a one-page, zero-second visit is common
        -- among people
        (suspicion_points >= 2 and signal_count >= 2) or decisive_signal_count >= 1
            as is_suspicious,
        visit_date
    from summed

)

select * from final
