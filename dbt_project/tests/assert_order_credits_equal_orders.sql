-- Sum over channels, `direct` and `unattributed` included, equals the order to the kopeck, for every
-- model. A returned row is an order whose parts do not add up, or that a model lost.
{{ config(meta={'dagster': {'ref': {'name': 'int_order_credits'}}}) }}

with models as (

    select distinct attribution_model
    from {{ ref('int_journey_credits') }}

),

expected as (

    select
        orders.order_id,
        models.attribution_model,
        orders.net_amount,
        orders.contribution_amount
    from {{ ref('fct_orders') }} as orders
    cross join models

),

credited as (

    select
        order_id,
        attribution_model,
        sum(revenue_amount) as revenue_amount,
        sum(contribution_amount) as contribution_amount,
        sum(order_credit) as order_credit
    from {{ ref('int_order_credits') }}
    group by order_id, attribution_model

)

select
    expected.*,
    credited.revenue_amount,
    credited.contribution_amount as credited_contribution_amount,
    credited.order_credit
from expected
left join credited
    on
        expected.order_id = credited.order_id
        and expected.attribution_model = credited.attribution_model
where
    credited.order_id is null
    or coalesce(credited.revenue_amount, 0) <> coalesce(expected.net_amount, 0)
    or coalesce(credited.contribution_amount, 0) <> coalesce(expected.contribution_amount, 0)
    or credited.order_credit <> 1
