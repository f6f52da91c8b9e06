-- An ad cannot be clicked more often than it was shown. A returned row is a campaign's day with more
-- clicks than impressions. A warning: it is the ad system's own count.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'fct_ad_spend_daily'}}}) }}

select
    source_system,
    campaign_id,
    spend_date,
    impressions,
    clicks
from {{ ref('fct_ad_spend_daily') }}
where clicks > impressions
