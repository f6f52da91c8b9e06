-- What each customer did in each month, counted from the month of the first purchase.
with orders as (

    select * from {{ ref('fct_orders') }}
    where customer_id is not null

),

first_purchases as (

    select
        customer_id,
        {{ month_of('min(order_date)') }} as cohort_month
    from orders
    where order_kind = 'sale'
    group by customer_id

),

customer_months as (

    select
        orders.customer_id,
        {{ count_where("orders.order_kind = 'sale'") }} as orders,
        -- a part of the money is none
        case when count(*) = count(orders.net_amount) then sum(orders.net_amount) end
            as revenue_amount,
        -- one unknown margin makes the sum unknown: never read a missing cost as no cost
        case
            when count(*) = count(orders.contribution_amount) then sum(orders.contribution_amount)
        end
            as contribution_amount,
        first_purchases.cohort_month,
        orders.order_month as activity_month
    from orders
    inner join first_purchases on orders.customer_id = first_purchases.customer_id
    -- a return of something bought before the data begins belongs to no cohort
    where orders.order_month >= first_purchases.cohort_month
    group by orders.customer_id, first_purchases.cohort_month, orders.order_month

),

final as (

    select
        customer_id,
        {{ to_bigint(dbt.datediff('cohort_month', 'activity_month', 'month')) }} as age_months,
        orders,
        revenue_amount,
        contribution_amount,
        cohort_month,
        activity_month
    from customer_months

)

select * from final
