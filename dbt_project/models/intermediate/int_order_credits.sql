-- Every order's money shared between channels, model by model. Kopecks are split by largest remainder,
-- so the parts of an order add up to it exactly.
with orders as (

    select * from {{ ref('fct_orders') }}

),

credits as (

    select * from {{ ref('int_journey_credits') }}
    where {{ in_touched_journeys() }}

),

order_journeys as (

    select
        order_id,
        {{ journey_of_order() | indent(8) }} as journey_id,
        net_amount,
        contribution_amount
    from orders

),

shared as (

    select
        order_journeys.order_id,
        order_journeys.journey_id,
        credits.attribution_model,
        credits.channel,
        credits.campaign_id,
        credits.weight_units,
        credits.total_units,
        credits.credit as order_credit,
        order_journeys.net_amount,
        order_journeys.contribution_amount
    from order_journeys
    inner join credits on order_journeys.journey_id = credits.journey_id

),

final as (

    {{ split_by_largest_remainder(
        'shared',
        ['order_id', 'attribution_model'],
        ['journey_id', 'order_credit'],
        [
            {'name': 'revenue_amount', 'amount': 'net_amount', 'places': 2},
            {'name': 'contribution_amount', 'amount': 'contribution_amount', 'places': 2},
        ],
    ) | indent(4) }}

)

select * from final
