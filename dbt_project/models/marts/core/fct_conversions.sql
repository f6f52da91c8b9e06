with rules as (

    select * from {{ ref('int_conversion_rules') }}

),

visits as (

    select * from {{ ref('fct_visits') }}

),

visit_events as (

    select * from {{ ref('int_visit_conversions') }}

),

leads as (

    select * from {{ ref('fct_leads') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

plain_conversions as (

    select * from {{ ref('stg_plain__conversions') }}

),

-- the rest happens in the CRM, the shop or a file; a rule's value, if any, names a product line
record_events as (

    select
        rules.conversion_id,
        rules.conversion_version,
        leads.lead_id as event_key,
        leads.client_id,
        leads.lead_id,
        {{ null_string() }} as order_id,
        leads.channel,
        leads.campaign_id,
        leads.lead_date as conversion_date,
        leads.created_at as converted_at
    from leads
    inner join rules
        on
            rules.rule_type = 'lead'
            and leads.lead_date >= rules.valid_from
            and leads.lead_date < rules.valid_before
            and rules.rule_element in ('', coalesce(leads.product_line, ''))
    where leads.lead_status = 'valid'

    union all

    select
        rules.conversion_id,
        rules.conversion_version,
        orders.order_id as event_key,
        orders.client_id,
        orders.lead_id,
        orders.order_id,
        'unattributed' as channel,
        '(none)' as campaign_id,
        orders.order_date as conversion_date,
        orders.ordered_at as converted_at
    from orders
    inner join rules
        on
            rules.rule_type = 'order'
            and orders.order_date >= rules.valid_from
            and orders.order_date < rules.valid_before
            and rules.rule_element in ('', coalesce(orders.product_line, ''))
    where orders.order_kind = 'sale'

    union all

    select
        rules.conversion_id,
        rules.conversion_version,
        {{ surrogate_key([
            'plain_conversions.event_id', 'plain_conversions.client_id',
            'plain_conversions.converted_at', 'plain_conversions.occurrence_number',
        ]) }} as event_key,
        plain_conversions.client_id,
        {{ null_string() }} as lead_id,
        {{ null_string() }} as order_id,
        'unattributed' as channel,
        '(none)' as campaign_id,
        plain_conversions.conversion_date,
        plain_conversions.converted_at
    from plain_conversions
    inner join rules
        on
            rules.rule_type = 'plain'
            and plain_conversions.conversion_date >= rules.valid_from
            and plain_conversions.conversion_date < rules.valid_before
            and plain_conversions.conversion_id
            = coalesce(nullif(rules.rule_element, ''), rules.conversion_id)
    where
        {{ is_complete_day('plain_conversions.conversion_date') }}
        -- a file that names one event twice means one event
        and (plain_conversions.event_id is null or plain_conversions.occurrence_number = 1)

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
            and record_events.converted_at >= visits.started_at
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
