-- Proves that customers move by whole people: kept customers are neither more than were there nor fewer than
-- none, new customers of all months are all customers, and a longer window never has a lower count of repeat
-- customers. A returned row breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_customers_monthly'}}}) }}

with months as (

    select
        *,
        sum(new_customers) over (order by month rows between unbounded preceding and current row)
            as new_so_far
    from {{ ref('kpi_customers_monthly') }}

)

select month
from months
where
    customers_end < 0
    or new_so_far <> customers_total
    or customer_retention_rate < 0
    or customer_retention_rate > 1
    or orders_net_positive > orders
    or buyers > orders
    or observed_customers_365d > observed_customers_30d
    or repeat_customer_share > 1
