-- Proves the same of single lead months. A returned row breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_attribution_spread'}}}) }}

select
    lead_month,
    channel,
    verdict,
    romi_min,
    romi_headline,
    romi_max
from {{ ref('kpi_attribution_spread') }}
where
    romi_headline < romi_min
    or romi_headline > romi_max
    or (verdict = 'robust_positive' and romi_min <= 0)
    or (verdict = 'robust_negative' and romi_max >= 0)
