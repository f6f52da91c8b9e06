-- Proves that the feed of the scorecard and the marts tell one story: leads, revenue and valid visits of a month
-- are the same figures. A returned row is a month in which they differ.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_metrics_monthly'}}}) }}

with figures as (

    select
        metric_id,
        month,
        metric_value
    from {{ ref('kpi_metrics_monthly') }}
    where segment_type = 'all'

),

funnel as (

    select
        lead_month as month,
        sum(visits_valid) as visits_valid,
        sum(leads_valid) as leads_valid
    from {{ ref('kpi_funnel_monthly') }}
    group by lead_month

),

customers as (

    select
        month,
        revenue_amount
    from {{ ref('kpi_customers_monthly') }}

)

select
    figures.metric_id,
    figures.month,
    figures.metric_value
from figures
left join funnel on figures.month = funnel.month
left join customers on figures.month = customers.month
where
    (figures.metric_id = 'visits_valid' and figures.metric_value <> funnel.visits_valid)
    or (figures.metric_id = 'leads_valid' and figures.metric_value <> funnel.leads_valid)
    or (
        figures.metric_id = 'revenue' and customers.month is not null
        and abs(figures.metric_value - customers.revenue_amount) > 0.005
    )
