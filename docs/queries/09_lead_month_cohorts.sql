-- What did the money of each lead month bring so far, and what is it heading for?
select
    lead_month,
    channel,
    sum(spend_amount) as spend_amount,
    sum(contribution_amount) as contribution_amount,
    sum(contribution_amount) / nullif(sum(spend_amount), 0) - 1 as romi_to_date,
    min(maturity) as maturity
from marts.kpi_roi_monthly
where attribution_model = 'last_non_direct'
group by lead_month, channel
having sum(spend_amount) > 0
order by lead_month, channel;
