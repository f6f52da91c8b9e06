-- Did the customer buy again, on a later day, within W days of the first purchase; and when had he
-- been watched for W days. One row per customer and window.
with orders as (

    select * from {{ ref('fct_orders') }}
    where customer_id is not null and order_kind = 'sale'

),

first_days as (

    select
        customer_id,
        min(order_date) as first_order_date
    from orders
    group by customer_id

),

second_days as (

    select
        orders.customer_id,
        min(orders.order_date) as second_order_date
    from orders
    inner join first_days
        on
            orders.customer_id = first_days.customer_id
            and orders.order_date > first_days.first_order_date
    group by orders.customer_id

),

windows as (

    {% for days in [30, 90, 180, 365] -%}
        select {{ days }} as window_days{% if not loop.last %}
            union all {% endif %}
    {%- endfor %}

),

final as (

    select
        first_days.customer_id,
        {{ to_bigint('windows.window_days') }} as window_days,
        coalesce(
            {{ dbt.datediff(
                'first_days.first_order_date', 'second_days.second_order_date', 'day'
            ) }} <= windows.window_days,
            false
        ) as has_repeated,
        first_days.first_order_date,
        {{ add_days('first_days.first_order_date', 'windows.window_days') }} as observed_date
    from first_days
    cross join windows
    left join second_days on first_days.customer_id = second_days.customer_id
    -- not watched for the whole window yet: neither a repeat customer nor a lost one
    where {{ is_complete_day(add_days('first_days.first_order_date', 'windows.window_days')) }}

)

select * from final
