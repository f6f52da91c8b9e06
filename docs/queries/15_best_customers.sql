-- Who are the ten customers that brought the most, and through which channel did they come?
-- Returns are taken off; the channel is the last one before the first order that is not direct.
with totals as (
    select
        customer_id,
        orders,
        net_amount,
        first_order_date
    from marts.dim_customer
    where orders > 0
),

last_touches as (
    select
        orders.customer_id,
        arg_max(touches.channel, touches.touch_number) as last_channel,
        arg_max(touches.channel, touches.touch_number)
        filter (where touches.channel not in ('direct', 'internal')) as last_other_channel
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
    coalesce(
        last_touches.last_other_channel, last_touches.last_channel, 'unattributed'
    ) as channel_of_first_order
from totals
left join last_touches on totals.customer_id = last_touches.customer_id
order by totals.net_amount desc nulls last
limit 10;
