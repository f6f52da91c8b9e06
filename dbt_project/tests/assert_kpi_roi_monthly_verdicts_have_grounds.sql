-- Proves that no return is judged on thin ground: a verdict asks for coverage, ripeness, a margin, rates and ten
-- sales, and agrees with its own range. A returned row is a verdict without them.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_roi_monthly'}}}) }}

select
    lead_month,
    channel,
    campaign_id,
    attribution_model,
    verdict
from {{ ref('kpi_roi_monthly') }}
where
    verdict in ('pays', 'does_not_pay')
    and (
        coalesce(coverage_share, 0) < 0.70
        or coalesce(maturity, 0) < 0.25
        or orders < 10
        or contribution_amount is null
        or reason_code in ('missing_rate', 'no_margin', 'incomplete_period')
        or (verdict = 'pays' and coalesce(projected_romi_low, projected_romi, -1) <= 0)
        or (
            verdict = 'does_not_pay'
            and coalesce(projected_romi_high, projected_romi, 1) >= 0
        )
    )
