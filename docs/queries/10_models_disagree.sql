-- For which channels does the return depend on the attribution model?
select
    channel,
    attribution_model,
    spend_amount,
    revenue_amount,
    romi
from marts.kpi_roi_trailing
where channel in (
    select channel
    from marts.kpi_roi_trailing
    where spread_verdict = 'depends_on_model'
)
order by channel, romi desc;
