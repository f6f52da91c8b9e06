-- Was the rule of a conversion changed, and what did its rate do around that day?
with versions as (
    select
        conversion_id,
        conversion_version,
        min(date_day) as first_day,
        sum(visits_converted) / nullif(sum(visits_valid), 0) as conversion_rate
    from marts.kpi_conversion_daily
    where channel <> '(all)' and campaign_id <> '(all)'
    group by conversion_id, conversion_version
)

select
    *,
    conversion_rate / lag(conversion_rate) over (
        partition by conversion_id
        order by conversion_version
    ) as times_the_version_before
from versions
order by conversion_id, conversion_version;
