-- Sessions made from the events of GA4's BigQuery export, shaped as visits. A session is one browser
-- with one session number; events without consent carry neither and make no visit.
{% set standing_key_events = [
    'purchase', 'generate_lead', 'sign_up', 'qualify_lead', 'close_convert_lead',
] %}
{% set engaged_milliseconds = 10000 %}

with events as (

    select * from {{ ref('stg_ga4__events') }}
    where user_pseudo_id is not null and ga_session_id is not null

),

rules as (

    select * from {{ ref('int_conversion_rules') }}

),

-- the export does not say which events are key events: those of the register are, and the standing ones
key_events as (

    select lower(rule_element) as event_name
    from rules
    where rule_type = 'ga4_event' and rule_element <> ''
    {% for name in standing_key_events %}
        union distinct
        select '{{ name }}' as event_name
    {% endfor %}

),

tagged as (

    select
        events.*,
        events.utm_source is not null or events.gclid is not null as has_tags,
        events.event_name in ('page_view', 'screen_view') as is_page_view,
        key_events.event_name is not null as is_key_event
    from events
    left join key_events on events.event_name = key_events.event_name

),

-- what a session is labelled with is the first thing that came with a label
labels as (

    select *
    from tagged
    qualify row_number() over (
        partition by user_pseudo_id, ga_session_id
        order by case when has_tags then 0 else 1 end, occurred_at, event_name
    ) = 1

),

landings as (

    select *
    from tagged
    qualify row_number() over (
        partition by user_pseudo_id, ga_session_id
        order by
            case when page_location is null then 1 else 0 end, occurred_at,
            case when is_page_view then 0 else 1 end, event_name
    ) = 1

),

sums as (

    select
        user_pseudo_id,
        ga_session_id,
        {{ count_where('is_page_view') }} as page_views,
        {{ count_where('is_key_event') }} as key_events,
        {{ dbt.listagg(
            "case when is_key_event then event_name end", "',,'", "order by occurred_at"
        ) }} as key_event_names,
        {{ dbt.listagg(
            "case when event_name = 'purchase' then transaction_id end", "',,'",
            "order by occurred_at"
        ) }} as transaction_ids,
        sum(coalesce(engagement_time_msec, 0)) as engagement_milliseconds,
        max(case when is_engaged then 1 else 0 end) as is_engaged,
        max(case when event_name = 'first_visit' or ga_session_number = 1 then 1 else 0 end)
            as is_new_visitor,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(event_date) as visit_date
    from tagged
    group by user_pseudo_id, ga_session_id

),

joined as (

    select
        {{ all_columns('sums', ['user_pseudo_id', 'ga_session_id', 'is_engaged']) }},
        landings.page_location as landing_url,
        landings.stream_id,
        landings.device,
        landings.operating_system,
        landings.browser,
        landings.country,
        landings.city,
        {{ url_host('landings.page_referrer') }} as referrer_host,
        {{ url_host('landings.page_location') }} as own_host,
        coalesce(labels.gclid, {{ url_parameter('landings.page_location', 'gclid') }}) as gclid,
        {{ url_parameter('landings.page_location', 'yclid') }} as yclid,
        labels.utm_source as given_source,
        labels.utm_medium as given_medium,
        labels.utm_campaign,
        labels.utm_content,
        labels.utm_term
    from sums
    inner join labels
        on
            sums.user_pseudo_id = labels.user_pseudo_id
            and sums.ga_session_id = labels.ga_session_id
    inner join landings
        on
            sums.user_pseudo_id = landings.user_pseudo_id
            and sums.ga_session_id = landings.ga_session_id

),

-- a click id is a paid click, also where the labels got lost
labelled as (

    select
        *,
        coalesce(
            case when given_source not in ('(direct)', 'direct') then given_source end,
            case when gclid is not null then 'google' when yclid is not null then 'yandex' end
        ) as utm_source,
        coalesce(
            given_medium,
            case when gclid is not null or yclid is not null then 'cpc' end
        ) as utm_medium
    from joined

),

final as (

    select
        {{ dbt.concat(["'ga4:'", 'user_pseudo_id', "'-'", 'ga_session_id']) }} as visit_id,
        stream_id as counter_id,
        user_pseudo_id as client_id,
        coalesce(
            {{ traffic_source_of_tags('utm_source', 'utm_medium') }},
            case
                when coalesce(referrer_host, '') in ('', coalesce(own_host, '')) then 'direct'
                else 'referral'
            end
        ) as traffic_source,
        {{ null_string() }} as ad_engine,
        {{ null_string() }} as social_network,
        {{ null_string() }} as messenger,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        {{ null_string() }} as direct_campaign_id,
        landing_url,
        {{ url_path('landing_url') }} as landing_path,
        referrer_host,
        yclid,
        gclid,
        case
            when key_events > 0 then {{ dbt.concat(["','", 'key_event_names', "','"]) }}
            else ''
        end as goal_list,
        case
            when coalesce(transaction_ids, '') <> ''
                then {{ dbt.concat(["','", 'transaction_ids', "','"]) }}
            else ''
        end as purchase_list,
        device,
        operating_system,
        browser,
        {{ null_string() }} as screen,
        country,
        city,
        {{ null_string() }} as language,
        {{ null_string() }} as user_agent,
        {{ null_string() }} as ip_network,
        {{ null_bigint() }} as client_time_zone_minutes,
        page_views,
        {{ to_bigint(dbt.datediff('started_at', 'ended_at', 'second')) }} as duration_seconds,
        is_new_visitor = 1 as is_new_visitor,
        -- GA4's own rule: engaged is 10 seconds in the foreground, a key event or two pages
        is_engaged = 0
        and page_views < 2
        and key_events = 0
        and engagement_milliseconds < {{ engaged_milliseconds }} as is_bounce,
        visit_date,
        started_at
    from labelled

)

select * from final
