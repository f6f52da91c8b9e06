with record_events as (

    select * from {{ ref('int_record_conversions') }}
    where {{ in_touched_days('conversion_date', 'conversions') }}

),

visits as (

    select * from {{ ref('fct_visits') }}
    where {{ in_touched_days('visit_date', 'conversions') }}

),

visit_events as (

    select * from {{ ref('int_visit_conversions') }}
    where {{ in_touched_days('visit_date', 'conversions') }}

),

-- the visit in which it happened: the browser's last one before it on the same day
matched_visits as (

    select
        record_events.conversion_id,
        record_events.event_key,
        visits.visit_id,
        visits.channel,
        visits.campaign_id,
        visits.is_suspicious
    from record_events
    inner join visits
        on
            record_events.client_id = visits.client_id
            and record_events.conversion_date = visits.visit_date
            and {{ last_moment('record_events.converted_at', 'record_events.conversion_date') }}
            >= visits.started_at
    qualify row_number() over (
        partition by record_events.conversion_id, record_events.event_key
        order by visits.started_at desc, length(visits.visit_id) desc, visits.visit_id desc
    ) = 1

),

unioned as (

    select
        conversion_event_id,
        conversion_id,
        visit_id,
        client_id,
        {{ null_string() }} as lead_id,
        {{ null_string() }} as order_id,
        channel,
        campaign_id,
        conversion_version,
        reach_count,
        is_suspicious,
        visit_date as conversion_date,
        started_at as converted_at
    from visit_events

    union all

    select
        {{ surrogate_key(['record_events.conversion_id', 'record_events.event_key']) }}
            as conversion_event_id,
        record_events.conversion_id,
        matched_visits.visit_id,
        record_events.client_id,
        record_events.lead_id,
        record_events.order_id,
        coalesce(matched_visits.channel, record_events.channel) as channel,
        coalesce(matched_visits.campaign_id, record_events.campaign_id) as campaign_id,
        record_events.conversion_version,
        1 as reach_count,
        coalesce(matched_visits.is_suspicious, false) as is_suspicious,
        record_events.conversion_date,
        record_events.converted_at
    from record_events
    left join matched_visits
        on
            record_events.conversion_id = matched_visits.conversion_id
            and record_events.event_key = matched_visits.event_key

),

final as (

    select
        conversion_event_id,
        conversion_id,
        visit_id,
        client_id,
        lead_id,
        order_id,
        channel,
        campaign_id,
        conversion_version,
        {{ to_bigint('reach_count') }} as reach_count,
        is_suspicious,
        conversion_date,
        converted_at
    from unioned

)

select * from final
