-- Does the revenue over channels equal the orders, under every attribution model?
with credited as (
    select
        attribution_model,
        sum(revenue_amount) as revenue_amount
    from marts.kpi_roi_monthly
    group by attribution_model
),

orders as (
    select sum(net_amount) as net_amount
    from marts.fct_orders
)

select
    credited.attribution_model,
    credited.revenue_amount,
    orders.net_amount,
    credited.revenue_amount - orders.net_amount as difference
from credited
cross join orders
order by credited.attribution_model;
