-- Which campaigns of the last 90 days brought machines, and what did those visits cost?
select
    quality.channel,
    quality.campaign_id,
    sum(quality.visits) as visits,
    sum(quality.suspicious_visits) as suspicious_visits,
    sum(quality.suspicious_visits) / sum(quality.visits) as suspicious_share,
    sum(quality.wasted_spend_amount) as wasted_spend_amount
from marts.kpi_traffic_quality_daily as quality
where
    quality.campaign_id <> '(all)'
    and quality.date_day > (select max(visit_date) - 90 from marts.fct_visits)
group by quality.channel, quality.campaign_id
having sum(quality.visits) >= 100
order by suspicious_share desc
limit 20;
