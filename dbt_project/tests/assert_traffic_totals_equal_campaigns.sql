-- A channel's row is the sum of its campaigns, the total is the sum of the channels, and the visits of
-- the mart are those of fct_visits. A returned row names the level and day that differ.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_traffic_quality_daily'}}}) }}

{% set sums = [
    'visits', 'new_visits', 'empty_visits', 'suspicious_visits', 'off_audience_visits', 'valid_visits',
] %}

with quality as (

    select * from {{ ref('kpi_traffic_quality_daily') }}

),

campaigns as (

    select
        date_day,
        channel,
    {% for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
    from quality
    where campaign_id <> '(all)'
    group by date_day, channel

),

channels as (

    select * from quality
    where campaign_id = '(all)' and channel <> '(all)'

),

totals as (

    select * from quality
    where channel = '(all)'

),

channel_sums as (

    select
        date_day,
    {% for column in sums %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
    from channels
    group by date_day

),

fact_days as (

    select
        visit_date,
        count(*) as visits
    from {{ ref('fct_visits') }}
    group by visit_date

)

select
    'channel' as level,
    channels.date_day,
    channels.channel
from channels
left join campaigns
    on channels.date_day = campaigns.date_day and channels.channel = campaigns.channel
where
{% for column in sums -%}
        channels.{{ column }} <> coalesce(campaigns.{{ column }}, 0){{ ' or ' if not loop.last }}
{% endfor %}
union all
select
    'total' as level,
    totals.date_day,
    totals.channel
from totals
left join channel_sums on totals.date_day = channel_sums.date_day
left join fact_days on totals.date_day = fact_days.visit_date
where
    coalesce(fact_days.visits, 0) <> totals.visits
    {% for column in sums -%}
        or totals.{{ column }} <> coalesce(channel_sums.{{ column }}, 0)
    {% endfor %}
