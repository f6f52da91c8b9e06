-- net = gross - discount - refund, and a return bills nothing. A returned row is an order that breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

select *
from {{ ref('fct_orders') }}
where
    net_amount <> gross_amount - discount_amount - refund_amount
    or gross_amount < 0
    or refund_amount < 0
    or (order_kind = 'return' and gross_amount <> 0)
    or (gross_amount is null and reason_code is null)
    or (contribution_amount is null and reason_code is null)
