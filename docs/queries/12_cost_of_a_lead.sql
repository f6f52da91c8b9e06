-- What does a valid lead cost, by month and paid channel?
select
    roi.lead_month,
    roi.channel,
    sum(roi.spend_amount) as spend_amount,
    sum(roi.leads) as leads,
    sum(roi.spend_amount) / nullif(sum(roi.leads), 0) as cpl_amount,
    sum(roi.spend_amount) / nullif(sum(roi.qualified_leads), 0) as cpql_amount
from marts.kpi_roi_monthly as roi
inner join marts.dim_channel as channels on roi.channel = channels.channel
where roi.attribution_model = 'last_non_direct' and channels.is_paid
group by roi.lead_month, roi.channel
order by roi.lead_month, roi.channel;
