-- Which channels pay, and does the answer survive another attribution model?
-- Only lead months old enough to judge.
select
    channel,
    spend_amount_mature,
    revenue_amount_mature,
    roas_mature,
    romi_mature,
    romi_min,
    romi_max,
    verdict,
    spread_verdict
from marts.kpi_roi_trailing
where attribution_model = 'last_non_direct'
order by spend_amount_mature desc nulls last;
