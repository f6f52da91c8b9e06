-- Orders under the headline model, which gives an order to one channel whole, on the day of their lead.
with leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

final as (

    select
        orders.order_id,
        orders.lead_id,
        orders.product_line,
        order_credits.channel,
        orders.order_kind,
        case when orders.order_kind = 'sale' then order_credits.order_credit else 0 end as orders,
        case when orders.is_first_order then order_credits.order_credit else 0 end as new_customers,
        order_credits.revenue_amount,
        order_credits.contribution_amount,
        orders.order_date,
        coalesce(leads.lead_date, orders.order_date) as cohort_date
    from orders
    inner join order_credits on orders.order_id = order_credits.order_id
    left join leads on orders.lead_id = leads.lead_id

)

select * from final
