-- For which channels does the return depend on the attribution model?
with channels as (
    select distinct channel
    from marts.kpi_roi_trailing
    where spread_verdict = 'depends_on_model'
)

select
    roi.channel,
    roi.attribution_model,
    roi.spend_amount,
    roi.revenue_amount,
    roi.romi
from marts.kpi_roi_trailing as roi
inner join channels on roi.channel = channels.channel
order by roi.channel asc, roi.romi desc;
