-- Gross = suspicious + valid; converted visits and browsers are among the valid ones; a rate lies inside
-- its interval. A returned row is a day, campaign and conversion that breaks one of these.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_conversion_daily'}}}) }}

select *
from {{ ref('kpi_conversion_daily') }}
where
    visits_gross <> visits_suspicious + visits_valid
    or visits_converted > visits_valid
    or users_converted > users
    or users > visits_valid
    or reaches < visits_converted
    or visit_conversion_rate < visit_conversion_low
    or visit_conversion_rate > visit_conversion_high
    or (visits_valid = 0) <> (visit_conversion_rate is null)
