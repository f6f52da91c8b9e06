-- Joined with dim_campaign, returns lose no money. A returned row is a channel and campaign of
-- kpi_roi_monthly that dim_campaign does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'dim_campaign'}}}) }}

with returns as (

    select * from {{ ref('kpi_roi_monthly') }}

),

campaigns as (

    select * from {{ ref('dim_campaign') }}

)

select
    returns.channel,
    returns.campaign_id,
    sum(returns.full_cost_amount) as full_cost_amount,
    sum(returns.revenue_amount) as revenue_amount
from returns
left join campaigns
    on
        returns.channel = campaigns.channel
        and returns.campaign_id = campaigns.campaign_id
where campaigns.campaign_id is null
group by returns.channel, returns.campaign_id
