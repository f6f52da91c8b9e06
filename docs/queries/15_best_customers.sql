-- Who are the ten customers that brought the most, and through which channel did they come?
with totals as (
    select
        customer_id,
        count(*) as orders,
        sum(net_amount) as net_amount,
        min(order_date) as first_order_date
    from marts.fct_orders
    where customer_id is not null and order_kind = 'sale'
    group by customer_id
),

first_touches as (
    select
        orders.customer_id,
        arg_max(touches.channel, touches.touched_at) as channel
    from marts.fct_orders as orders
    inner join marts.fct_touchpoints as touches
        on
            touches.journey_id
            = coalesce('lead:' || orders.lead_id, 'order:' || orders.order_id)
    where orders.is_first_order
    group by orders.customer_id
)

select
    totals.*,
    coalesce(first_touches.channel, 'unattributed') as channel_of_first_order
from totals
left join first_touches on totals.customer_id = first_touches.customer_id
order by totals.net_amount desc
limit 10;
