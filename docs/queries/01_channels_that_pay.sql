-- Which channels pay, and does the answer survive another attribution model?
select
    channel,
    spend_amount,
    revenue_amount,
    roas,
    romi_min,
    romi_max,
    spread_verdict
from marts.kpi_roi_trailing
where attribution_model = 'last_non_direct'
order by spend_amount desc nulls last;
