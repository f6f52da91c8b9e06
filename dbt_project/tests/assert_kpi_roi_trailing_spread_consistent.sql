-- Proves that the spread encloses the headline and that "robust" means one sign under all models. A returned
-- row breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_roi_trailing'}}}) }}

select
    channel,
    attribution_model,
    spread_verdict,
    romi_min,
    romi_mature,
    romi_max
from {{ ref('kpi_roi_trailing') }}
where
    romi_min > romi_max
    or (
        attribution_model = 'last_non_direct'
        and (romi_mature < romi_min or romi_mature > romi_max)
    )
    or (spread_verdict = 'robust_positive' and romi_min <= 0)
    or (spread_verdict = 'robust_negative' and romi_max >= 0)
    or (spread_verdict = 'depends_on_model' and (romi_min > 0 or romi_max < 0))
