-- Proves that under every attribution model the channels, `direct` and `unattributed` add up to the orders
-- to the kopeck, and to whole orders. A returned row is a model with a difference.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_roi_monthly'}}}) }}

with roi as (

    select
        attribution_model,
        sum(revenue_amount) as revenue_amount,
        sum(orders) as orders
    from {{ ref('kpi_roi_monthly') }}
    group by attribution_model

),

orders as (

    select
        coalesce(sum(net_amount), 0) as revenue_amount,
        {{ count_where("order_kind = 'sale'") }} as orders
    from {{ ref('fct_orders') }}

)

select
    roi.attribution_model,
    roi.revenue_amount - orders.revenue_amount as revenue_difference,
    roi.orders - orders.orders as order_difference
from roi
cross join orders
where roi.revenue_amount <> orders.revenue_amount or abs(roi.orders - orders.orders) > 0.000001
