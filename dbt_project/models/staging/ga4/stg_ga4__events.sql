-- the newest file that holds an event tells its state
with newest as (

    {{ newest_events(
        source('ga4', 'events'), 'event_date', ['user_pseudo_id', 'ga_session_id', 'occurred_at', 'event_name']
    ) }}

),

final as (

    select
        {{ null_if_blank('user_pseudo_id') }} as user_pseudo_id,
        {{ null_if_blank('ga_session_id') }} as ga_session_id,
        lower(event_name) as event_name,
        page_location,
        page_referrer,
        {{ clean_tag('source') }} as utm_source,
        {{ clean_tag('medium') }} as utm_medium,
        coalesce({{ clean_tag('campaign_id') }}, {{ clean_tag('campaign') }}) as utm_campaign,
        {{ clean_tag('content') }} as utm_content,
        {{ clean_tag('term') }} as utm_term,
        {{ null_if_blank('gclid') }} as gclid,
        case lower(device_category)
            when 'mobile' then 'phone'
            when 'smart tv' then 'tv'
            else lower(device_category)
        end as device,
        {{ null_if_blank('operating_system') }} as operating_system,
        {{ null_if_blank('browser') }} as browser,
        {{ null_if_blank('country') }} as country,
        {{ null_if_blank('city') }} as city,
        stream_id,
        {{ null_if_blank('transaction_id') }} as transaction_id,
        {{ to_bigint('ga_session_number') }} as ga_session_number,
        {{ to_bigint('engagement_time_msec') }} as engagement_time_msec,
        coalesce(session_engaged, '') = '1' as is_engaged,
        {{ to_date('occurred_at') }} as event_date,
        {{ to_utc('occurred_at', company('timezone')) }} as occurred_at
    from newest

)

select * from final
