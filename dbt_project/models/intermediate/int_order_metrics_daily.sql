-- What the metrics of orders and customers are made of, by the day of the order.
with orders as (

    select * from {{ ref('fct_orders') }}

),

order_credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

repeat_windows as (

    select * from {{ ref('int_customer_repeat_windows') }}
    where window_days = 90

),

customer_activity as (

    select * from {{ ref('int_customer_activity') }}

),

order_rows as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('product_line', "coalesce(product_line, '(none)')"),
    ] %}
        select
            order_date as date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            net_amount as revenue_amount,
            contribution_amount,
            order_kind = 'sale' and net_amount > 0 as is_counted
        from orders
        union all
    {% endfor %}
    select
        orders.order_date as date_day,
        'channel' as segment_type,
        order_credits.channel as segment_value,
        order_credits.revenue_amount,
        order_credits.contribution_amount,
        orders.order_kind = 'sale' and orders.net_amount > 0 as is_counted
    from orders
    inner join order_credits on orders.order_id = order_credits.order_id

),

order_days as (

    select
        date_day,
        segment_type,
        segment_value,
        sum(revenue_amount) as revenue_amount,
        {{ exact_sum('power(' ~ to_double('revenue_amount') ~ ', 2)') }} as revenue_squares,
        sum(case when is_counted then revenue_amount else 0 end) as counted_amount,
        -- orders of unknown margin add nothing; the margin's coverage is graded beside the figure
        sum(contribution_amount) as contribution_amount,
        {{ exact_sum('power(' ~ to_double('contribution_amount') ~ ', 2)') }}
            as contribution_squares,
        {{ count_where('revenue_amount is null') }} as rates_missing,
        {{ count_where('is_counted') }} as counted_orders,
        {{ count_where('is_counted and contribution_amount is not null') }} as orders_with_margin
    from order_rows
    group by date_day, segment_type, segment_value

),

repeat_days as (

    select
        observed_date as date_day,
        'all' as segment_type,
        'all' as segment_value,
        {{ count_where('has_repeated') }} as repeated,
        count(*) as observed
    from repeat_windows
    group by observed_date

),

retention_months as (

    select
        {{ add_days(add_months('month', 1), -1) }} as date_day,
        'all' as segment_type,
        'all' as segment_value,
        customers_end - arrived_customers_end as kept,
        lag({{ nullable('customers_end') }}) over (order by month) as customers_start,
        is_lapse_possible
    from customer_activity

),

{% set metrics = [
    {
        'id': "'revenue'", 'from': 'order_days', 'numerator': 'revenue_amount',
        'squares': ['revenue_squares'], 'events': 'counted_orders',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'contribution'", 'from': 'order_days', 'where': 'contribution_amount is not null',
        'numerator': 'contribution_amount', 'squares': ['contribution_squares'],
        'events': 'orders_with_margin',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'aov_net'", 'from': 'order_days', 'where': "segment_type in ('all', 'product_line')",
        'numerator': 'revenue_amount', 'denominator': 'counted_orders',
        'squares': ['revenue_squares', 'counted_orders', 'counted_amount'],
        'events': 'counted_orders',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'repeat_purchase_rate_90d'", 'from': 'repeat_days', 'numerator': 'repeated',
        'denominator': 'observed', 'events': 'observed',
    },
    {
        'id': "'customer_retention'", 'from': 'retention_months',
        'where': 'customers_start is not null and is_lapse_possible', 'numerator': 'kept',
        'denominator': 'customers_start', 'events': 'customers_start',
    },
] %}
final as (

    {{ metric_rows(metrics) | indent(4) }}

)

select * from final
