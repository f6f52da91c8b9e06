-- How does each conversion develop by month, as a ratio of sums over valid visits?
select
    date_trunc('month', date_day) as month,
    conversion_id,
    sum(visits_converted) as visits_converted,
    sum(visits_valid) as visits_valid,
    sum(visits_converted) / nullif(sum(visits_valid), 0) as conversion_rate
from marts.kpi_conversion_daily
where channel <> '(all)' and campaign_id <> '(all)'
group by all
order by conversion_id, month;
