-- What the metrics that set money against money are made of, day by day. An order stands on the day of its
-- lead: that is the day the money was spent for it.
with leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

orders_of_cohorts as (

    select * from {{ ref('int_cohort_orders') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

monthly_costs as (

    select * from {{ ref('int_metric_costs_monthly') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

days as (

    select * from {{ ref('dim_date') }}
    where {{ is_complete_day('date_day') }}

),

channel_visits as (

    select
        date_day,
        segment_value as channel,
        numerator as valid_visits
    from {{ ref('int_traffic_metrics_daily') }}
    where metric_id = 'visits_valid' and segment_type = 'channel'

),

lead_days as (

    select
        lead_date as date_day,
        channel,
        count(*) as leads,
        {{ count_where('is_qualified') }} as qualified_leads
    from leads
    group by lead_date, channel

),

spend_days as (

    select
        spend_date as date_day,
        channel,
        sum(coalesce(spend_amount, 0)) as spend_amount,
        sum(case when is_provisional then coalesce(spend_amount, 0) else 0 end)
            as provisional_spend_amount,
        {{ count_where('spend_amount is null') }} as rates_missing
    from ad_spend
    group by spend_date, channel

),

-- a monthly cost accrues day by day
other_cost_days as (

    select
        days.date_day,
        monthly_costs.channel,
        {{ safe_divide(
            'sum(monthly_costs.full_cost_amount - monthly_costs.spend_amount)',
            dbt.datediff('days.month', add_months('days.month', 1), 'day')
        ) }} as other_cost_amount,
        max(case when monthly_costs.is_rate_missing then 1 else 0 end) as rates_missing
    from monthly_costs
    inner join days on monthly_costs.cost_month = days.month
    where
        monthly_costs.full_cost_amount <> monthly_costs.spend_amount
        or monthly_costs.is_rate_missing
    group by days.date_day, days.month, monthly_costs.channel

),

cohort_orders as (

    select
        cohort_date as date_day,
        channel,
        sum(orders) as orders,
        sum(new_customers) as new_customers,
        sum(revenue_amount) as revenue_amount,
        {{ exact_sum('power(' ~ to_double('revenue_amount') ~ ', 2)') }} as revenue_squares,
        sum(coalesce(contribution_amount, 0)) as contribution_amount,
        {{ exact_sum(
            'power(' ~ to_double('coalesce(contribution_amount, 0)') ~ ', 2)'
        ) }} as contribution_squares,
        {{ count_where('revenue_amount is null') }} as rates_missing,
        {{ count_where('contribution_amount is null') }} as margins_missing
    from orders_of_cohorts
    group by cohort_date, channel

),

{# decimals up to the last sum, so that the order of adding cannot show; of six places, which every engine
   keeps when it adds them #}
{% set measures = [
    'leads', 'qualified_leads', 'spend_amount', 'other_cost_amount', 'orders', 'new_customers',
    'revenue_amount', 'revenue_squares', 'contribution_amount', 'contribution_squares',
    'provisional_spend_amount', 'valid_visits', 'rates_missing', 'margins_missing',
] %}
money_rows as (

    {% for relation, present in [
        ('lead_days', ['leads', 'qualified_leads']),
        ('spend_days', ['spend_amount', 'provisional_spend_amount', 'rates_missing']),
        ('other_cost_days', ['other_cost_amount', 'rates_missing']),
        ('channel_visits', ['valid_visits']),
        (
            'cohort_orders',
            [
                'orders', 'new_customers', 'revenue_amount', 'revenue_squares', 'contribution_amount',
                'contribution_squares', 'rates_missing', 'margins_missing',
            ],
        )
    ] %}
        select
            date_day,
            channel,
        {% for measure in measures -%}
            {{ to_exact(measure if measure in present else '0', 6) }}
                as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
        from {{ relation }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

money_days as (

    select
        money_rows.date_day,
        money_rows.channel,
        coalesce(channels.is_paid, false) as is_paid,
        {{ is_marketing_work('money_rows.channel') }} as is_marketing,
    {% for measure in measures -%}
        sum(money_rows.{{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from money_rows
    left join channels on money_rows.channel = channels.channel
    group by money_rows.date_day, money_rows.channel, coalesce(channels.is_paid, false)

),

-- media is answered for by paid channels; the whole cost by every channel that marketing works on
money as (

    select
        date_day,
        'all' as segment_type,
        'all' as segment_value,
        {% for measure in measures -%}
            sum(case when is_paid then {{ measure }} else 0 end) as paid_{{ measure }},
            sum(case when is_marketing then {{ measure }} else 0 end) as marketing_{{ measure }},
        {% endfor -%}
        sum(spend_amount + other_cost_amount) as full_cost_amount
    from money_days
    group by date_day

    union all

    select
        date_day,
        'channel' as segment_type,
        channel as segment_value,
        {% for measure in measures -%}
            {{ measure }} as paid_{{ measure }},
            {{ measure }} as marketing_{{ measure }},
        {% endfor -%}
        spend_amount + other_cost_amount as full_cost_amount
    from money_days

),

known_sources as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('product_line', "coalesce(product_line, '(none)')"),
    ] %}
        select
            cohort_date as date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(case when channel <> 'unattributed' then revenue_amount else 0 end) as known_amount,
            sum(revenue_amount) as revenue_amount,
        {{ exact_sum(
            "case when channel <> 'unattributed' then power("
            ~ to_double('revenue_amount') ~ ', 2) else 0 end'
        ) }} as known_squares,
            {{ exact_sum('power(' ~ to_double('revenue_amount') ~ ', 2)') }} as revenue_squares,
            {{ count_where('revenue_amount is null') }} as rates_missing,
            count(*) as orders
        from orders_of_cohorts
        group by cohort_date{{ ', ' ~ segment_value if segment_type != 'all' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- customers by the day of their first order, with all that they brought since
customer_values as (

    select
        customer_id,
        min(case when is_first_order then order_date end) as first_order_date,
        case
            when count(*) = count(contribution_amount) then sum(contribution_amount)
        end as contribution_amount
    from orders
    where customer_id is not null
    group by customer_id

),

acquired_days as (

    select
        first_order_date,
        sum(coalesce(contribution_amount, 0)) as contribution_amount,
        {{ exact_sum('power(' ~ to_double('contribution_amount') ~ ', 2)') }}
            as contribution_squares,
        {{ count_where('contribution_amount is null') }} as margins_missing,
        count(*) as customers
    from customer_values
    where first_order_date is not null
    group by first_order_date

),

-- whoever first bought on a day without spend, leads or visits was won by the money of other days
dates_of_value as (

    select date_day
    from money
    where segment_type = 'all'
    union distinct
    select first_order_date as date_day
    from acquired_days

),

value_days as (

    select
        dates_of_value.date_day,
        'all' as segment_type,
        'all' as segment_value,
        coalesce(money.full_cost_amount, 0) as full_cost_amount,
        coalesce(money.marketing_rates_missing, 0) as rates_missing,
        coalesce(acquired_days.contribution_amount, 0) as contribution_amount,
        coalesce(acquired_days.contribution_squares, 0) as contribution_squares,
        coalesce(acquired_days.margins_missing, 0) as margins_missing,
        coalesce(acquired_days.customers, 0) as customers
    from dates_of_value
    left join money
        on dates_of_value.date_day = money.date_day and money.segment_type = 'all'
    left join acquired_days on dates_of_value.date_day = acquired_days.first_order_date

),

{# of a company without a single known sale nobody knows what came back #}
{% set has_sales = "(select " ~ count_where("order_kind = 'sale'") ~ " from orders) > 0" %}
{% set paid_provisional = safe_divide('paid_provisional_spend_amount', 'paid_spend_amount') %}
{% set full_provisional = safe_divide('marketing_provisional_spend_amount', 'full_cost_amount') %}
{% set metrics = [
    {
        'id': "'cpl'", 'from': 'money', 'numerator': 'paid_spend_amount', 'denominator': 'paid_leads',
        'squares': ['0', 'paid_leads', '0'], 'events': 'paid_leads', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'cpql'", 'from': 'money', 'numerator': 'paid_spend_amount',
        'denominator': 'paid_qualified_leads', 'squares': ['0', 'paid_qualified_leads', '0'],
        'events': 'paid_qualified_leads', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'roas'", 'where': has_sales, 'from': 'money', 'numerator': 'paid_revenue_amount',
        'denominator': 'paid_spend_amount', 'squares': ['paid_revenue_squares', '0', '0'],
        'events': 'paid_orders', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'drr'", 'from': 'money', 'numerator': 'paid_spend_amount',
        'denominator': 'paid_revenue_amount', 'squares': ['0', 'paid_revenue_squares', '0'],
        'events': 'paid_orders', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'romi'", 'where': has_sales, 'from': 'money', 'numerator': 'paid_contribution_amount - paid_spend_amount',
        'denominator': 'paid_spend_amount', 'squares': ['paid_contribution_squares', '0', '0'],
        'events': 'paid_orders', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing', 'margins_missing': 'paid_margins_missing',
    },
    {
        'id': "'romi_full'", 'where': has_sales, 'from': 'money',
        'numerator': 'marketing_contribution_amount - full_cost_amount',
        'denominator': 'full_cost_amount', 'squares': ['marketing_contribution_squares', '0', '0'],
        'events': 'marketing_orders', 'provisional': full_provisional,
        'rates_missing': 'marketing_rates_missing', 'margins_missing': 'marketing_margins_missing',
    },
    {
        'id': "'cac_full'", 'from': 'money', 'numerator': 'full_cost_amount',
        'denominator': 'marketing_new_customers', 'squares': ['0', 'marketing_new_customers', '0'],
        'events': 'marketing_new_customers', 'provisional': full_provisional,
        'rates_missing': 'marketing_rates_missing',
    },
    {
        'id': "'cost_per_valid_visit'", 'from': 'money', 'numerator': 'paid_spend_amount',
        'denominator': 'paid_valid_visits', 'squares': ['0', 'paid_valid_visits', '0'],
        'events': 'paid_valid_visits', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'attributed_share'", 'from': 'known_sources', 'numerator': 'known_amount',
        'denominator': 'revenue_amount',
        'squares': ['known_squares', 'revenue_squares', 'known_squares'], 'events': 'orders',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'ltv_cac'", 'where': has_sales, 'from': 'value_days', 'numerator': 'contribution_amount',
        'denominator': 'full_cost_amount', 'squares': ['contribution_squares', '0', '0'],
        'events': 'customers',
        'rates_missing': 'rates_missing', 'margins_missing': 'margins_missing',
    },
] %}
final as (

    {{ metric_rows(metrics) | indent(4) }}

)

select * from final
