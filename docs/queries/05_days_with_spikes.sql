-- On which days was the traffic of a channel out of its usual pattern, and why?
select
    date_day,
    channel,
    visits,
    round(expected_visits) as expected_visits,
    suspicious_share,
    spike_verdict
from marts.kpi_traffic_quality_daily
where
    campaign_id = '(all)'
    and channel <> '(all)'
    and spike_verdict not in ('ok', 'insufficient_history')
order by date_day desc
limit 50;
