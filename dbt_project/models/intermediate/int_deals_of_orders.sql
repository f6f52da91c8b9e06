-- Deals that the shop's file of orders names, in any of an order's rows.
with deals as (

    select * from {{ ref('int_deals_unioned') }}

),

-- a return has a row of its own, and an order may be exported again: all of them name the same deal
orders as (

    select distinct
        order_id,
        deal_id as deal_name
    from {{ ref('stg_plain__orders') }}
    where deal_id is not null

),

-- a shop's file names a deal with its system in front or by its bare number
deal_names as (

    select
        deal_id,
        deal_id as deal_name
    from deals
    union all
    select
        deal_id,
        replace(deal_id, {{ dbt.concat(['source_system', "':'"]) }}, '') as deal_name
    from deals
    where deal_id <> replace(deal_id, {{ dbt.concat(['source_system', "':'"]) }}, '')

),

named as (

    select
        orders.order_id,
        deal_names.deal_id
    from orders
    inner join deal_names on orders.deal_name = deal_names.deal_name
    -- a number that two CRMs gave to deals of theirs names neither
    qualify
        count(*) over (partition by orders.order_id, orders.deal_name) = 1
        or orders.deal_name = deal_names.deal_id

),

final as (

    select distinct
        named.order_id,
        deals.deal_id,
        deals.customer_id,
        deals.client_id,
        deals.ga_client_id,
        deals.yclid,
        deals.gclid,
        deals.lead_id,
        deals.utm_source,
        deals.utm_medium,
        deals.utm_campaign
    from named
    inner join deals on named.deal_id = deals.deal_id

)

select * from final
