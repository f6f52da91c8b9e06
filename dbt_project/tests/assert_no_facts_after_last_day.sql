-- Today is never shown. A returned row is a fact dated after the last complete day.
{{ config(meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

{% set facts = [
    ('fct_visits', 'visit_date'), ('fct_conversions', 'conversion_date'), ('fct_leads', 'lead_date'),
    ('fct_orders', 'order_date'), ('fct_ad_spend_daily', 'spend_date'), ('fct_costs', 'cost_month'),
    ('kpi_audience_daily', 'date_day'),
] %}
{% for fact, day_column in facts %}
    select
        '{{ fact }}' as fact,
        {{ day_column }},
        count(*) as row_count
    from {{ ref(fact) }}
    where not {{ is_complete_day(day_column) }}
    group by {{ day_column }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
