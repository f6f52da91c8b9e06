-- For which channels does the return depend on the attribution model? Lead months old enough to judge.
with channels as (
    select distinct channel
    from marts.kpi_roi_trailing
    where spread_verdict = 'depends_on_model'
)

select
    roi.channel,
    roi.attribution_model,
    roi.spend_amount_mature,
    roi.revenue_amount_mature,
    roi.romi_mature
from marts.kpi_roi_trailing as roi
inner join channels on roi.channel = channels.channel
order by roi.channel asc, roi.romi_mature desc;
