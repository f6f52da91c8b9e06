-- On which days did followers come in numbers that look bought?
select
    network,
    account,
    date_day,
    joined,
    net_growth,
    reach_rate,
    joins_verdict
from marts.kpi_audience_daily
where joins_verdict = 'bought_suspected'
order by date_day;
