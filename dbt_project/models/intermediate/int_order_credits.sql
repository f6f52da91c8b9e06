-- Every order's money shared between channels, model by model. Kopecks are split by largest remainder,
-- so the parts of an order add up to it exactly.
with orders as (

    select * from {{ ref('fct_orders') }}

),

weights as (

    select * from {{ ref('int_attribution_weights') }}

),

journey_shares as (

    select
        journey_id,
        attribution_model,
        channel,
        campaign_id,
        sum(weight) as order_credit
    from weights
    group by journey_id, attribution_model, channel, campaign_id

),

order_journeys as (

    select
        order_id,
        case
            when lead_id is not null then {{ dbt.concat(["'lead:'", 'lead_id']) }}
            else {{ dbt.concat(["'order:'", 'order_id']) }}
        end as journey_id,
        net_amount,
        contribution_amount
    from orders

),

shared as (

    select
        order_journeys.order_id,
        order_journeys.journey_id,
        journey_shares.attribution_model,
        journey_shares.channel,
        journey_shares.campaign_id,
        journey_shares.order_credit,
        order_journeys.net_amount,
        order_journeys.contribution_amount
    from order_journeys
    inner join journey_shares on order_journeys.journey_id = journey_shares.journey_id

),

split_revenue as (

    {{ split_kopecks('shared', 'net_amount', 'order_credit') }}

),

split_contribution as (

    {{ split_kopecks('shared', 'contribution_amount', 'order_credit') }}

),

final as (

    select
        shared.order_id,
        shared.journey_id,
        shared.attribution_model,
        shared.channel,
        shared.campaign_id,
        shared.order_credit,
        split_revenue.part_amount as revenue_amount,
        split_contribution.part_amount as contribution_amount
    from shared
    inner join split_revenue
        on
            shared.order_id = split_revenue.order_id
            and shared.attribution_model = split_revenue.attribution_model
            and shared.channel = split_revenue.channel
            and shared.campaign_id = split_revenue.campaign_id
    inner join split_contribution
        on
            shared.order_id = split_contribution.order_id
            and shared.attribution_model = split_contribution.attribution_model
            and shared.channel = split_contribution.channel
            and shared.campaign_id = split_contribution.campaign_id

)

select * from final
