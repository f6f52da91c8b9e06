with orders as (

    select * from {{ ref('fct_orders') }}

),

first_orders as (

    select * from orders
    where is_first_order

),

totals as (

    select
        customer_id,
        {{ count_where("order_kind = 'sale'") }} as orders,
        -- a part of the money is none
        case when count(*) = count(net_amount) then sum(net_amount) end as net_amount
    from orders
    where customer_id is not null
    group by customer_id

),

final as (

    select
        totals.customer_id,
        first_orders.order_id as first_order_id,
        totals.orders,
        cast(totals.net_amount as {{ type_money() }}) as net_amount,
        first_orders.order_date as first_order_date,
        first_orders.order_month as first_order_month
    from totals
    -- a customer with nothing but a return has no first order
    left join first_orders on totals.customer_id = first_orders.customer_id

)

select * from final
