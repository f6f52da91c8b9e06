-- Conversions that happen in the CRM, the shop or a file; a rule's value, if any, names a product line.
with rules as (

    select * from {{ ref('int_conversion_rules') }}

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

final as (

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

)

select * from final
