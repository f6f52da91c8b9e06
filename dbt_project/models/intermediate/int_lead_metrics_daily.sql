-- What the metrics of leads and open deals are made of, day by day.
with leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

pipeline as (

    select * from {{ ref('int_pipeline') }}

),

first_sales as (

    select
        lead_id,
        min(order_date) as order_date
    from orders
    where lead_id is not null and order_kind = 'sale'
    group by lead_id

),

lead_rows as (

    select
        leads.lead_date,
        leads.channel,
        coalesce(leads.product_line, '(none)') as product_line,
        leads.is_qualified,
        first_sales.order_date,
        {{ days_between('leads.lead_date', 'first_sales.order_date') }} as days_to_order
    from leads
    left join first_sales on leads.lead_id = first_sales.lead_id

),

lead_days as (

    select
        lead_date as date_day,
        channel,
        product_line,
        count(*) as leads,
        {{ count_where('is_qualified') }} as qualified_leads,
        count(order_date) as ordered_leads
    from lead_rows
    group by lead_date, channel, product_line

),

lag_days as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('channel', 'channel'), ('product_line', 'product_line'),
    ] %}
        select
            order_date as date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(days_to_order) as days,
            sum(days_to_order * days_to_order) as squared_days,
            count(*) as orders
        from lead_rows
        where days_to_order >= 0
        group by order_date{{ ', ' ~ segment_type if segment_type != 'all' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

lead_segments as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('channel', 'channel'), ('product_line', 'product_line'),
    ] %}
        select
            date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(leads) as leads,
            sum(qualified_leads) as qualified_leads,
            sum(ordered_leads) as ordered_leads
        from lead_days
        group by date_day{{ ', ' ~ segment_type if segment_type != 'all' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

pipeline_days as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('channel', 'channel'), ('product_line', 'product_line'),
    ] %}
        select
            {{ company('last_complete_date') }} as date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(expected_amount) as expected_amount,
            -- deals of one stage share their win rate, so their errors add up in step
            sum(expected_high_amount - expected_low_amount) as range_amount,
            count(*) as deals
        from pipeline
        where expected_amount is not null
        {{ 'group by ' ~ segment_type if segment_type != 'all' else 'having count(*) > 0' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

{# where nothing but calls is known there is nobody who could have accepted one -#}
{% set is_acceptance_known = "(select " ~ count_where(is_accepting_system()) ~ " from leads) > 0" %}
{% set metrics = [
    {
        'id': "'leads_valid'", 'from': 'lead_segments', 'numerator': 'leads', 'squares': ['leads'],
        'events': 'leads',
    },
    {
        'id': "'leads_qualified'", 'from': 'lead_segments', 'numerator': 'qualified_leads',
        'squares': ['qualified_leads'], 'events': 'qualified_leads', 'where': is_acceptance_known,
    },
    {
        'id': "'qualified_rate'", 'from': 'lead_segments', 'numerator': 'qualified_leads',
        'denominator': 'leads', 'events': 'leads', 'where': is_acceptance_known,
    },
    {
        'id': "'lead_to_order'", 'from': 'lead_segments', 'numerator': 'ordered_leads',
        'denominator': 'leads', 'events': 'leads',
    },
    {
        'id': "'lead_to_order_days'", 'from': 'lag_days', 'numerator': 'days',
        'denominator': 'orders', 'squares': ['squared_days', 'orders', 'days'], 'events': 'orders',
    },
    {
        'id': "'pipeline_expected'", 'from': 'pipeline_days', 'numerator': 'expected_amount',
        'squares': ['power(' ~ to_double('range_amount') ~ ' / (2 * ' ~ z_95() ~ '), 2)'],
        'events': 'deals',
    },
] %}
final as (

    {{ metric_rows(metrics) | indent(4) }}

)

select * from final
