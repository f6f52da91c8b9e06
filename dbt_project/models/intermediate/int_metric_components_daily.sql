-- The one feed of plan, scorecard and published figures: for each metric, segment and day the sums a
-- ratio or a flow is made of, and how much they vary by chance.
--   numerator, denominator   flows have no denominator; a stock's numerator is its level that day
--   numerator_variance ...   sums of squares (and products) of independent events, so that the variance
--                            of any period is the sum over its days
--   rates_missing            amounts left out for lack of an exchange rate
--   events                   independent events behind the row; a verdict asks for enough of them
with visits as (

    select * from {{ ref('fct_visits') }}

),

conversions as (

    select * from {{ ref('kpi_conversion_daily') }}

),

conversion_registry as (

    select * from {{ ref('stg_registers__conversions') }}

),

leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

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

repeat_windows as (

    select * from {{ ref('int_customer_repeat_windows') }}
    where window_days = 90

),

audience as (

    select * from {{ ref('kpi_audience_daily') }}

),

pipeline as (

    select * from {{ ref('int_pipeline') }}

),

customer_activity as (

    select * from {{ ref('int_customer_activity') }}

),

campaigns as (

    select * from {{ ref('dim_campaign') }}

),

trials as (

    select
        client_id,
        min(conversion_date) as trial_date
    from {{ ref('fct_conversions') }}
    where conversion_id = 'trial' and client_id is not null and not is_suspicious
    group by client_id

),

survey_waves as (

    select * from {{ ref('int_survey_waves') }}
    where segment = 'all'

),

-- ---- traffic -----------------------------------------------------------------------------------

-- visits of one browser come together: the browser, not the visit, is the independent event
browser_days as (

    select
        visit_date as date_day,
        channel,
        client_id,
        {{ count_where('not is_suspicious') }} as valid_visits,
        {{ count_where('is_suspicious') }} as suspicious_visits,
        count(*) as visits,
        {{ count_where('is_provisional') }} as provisional_visits
    from visits
    group by visit_date, channel, client_id

),

-- a browser counts once a month, on the day of its first valid visit; so days of a month add up
visitor_days as (

    {% for segment_type, segment_value in [('all', "'all'"), ('channel', 'channel')] %}
    select
        first_day as date_day,
        '{{ segment_type }}' as segment_type,
        segment_value,
        count(*) as visitors
    from (
        select
            client_id,
            {{ segment_value }} as segment_value,
            min(date_day) as first_day
        from browser_days
        where valid_visits > 0
        group by client_id, {{ month_of('date_day') }}{{ ', channel' if segment_type == 'channel' }}
    ) as first_visits
    group by first_day, segment_value
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- people who look for the company by name
brand_days as (

    select
        visits.visit_date as date_day,
        'all' as segment_type,
        'all' as segment_value,
        count(*) as visits
    from visits
    left join channels on visits.channel = channels.channel
    left join campaigns
        on visits.channel = campaigns.channel and visits.campaign_id = campaigns.campaign_id
    where
        not visits.is_suspicious
        and (
            channels.channel_group = 'brand_search'
            or lower(campaigns.campaign_name) like '%brand%'
            or lower(campaigns.campaign_name) like '%бренд%'
        )
    group by visits.visit_date

),

trial_days as (

    select
        trials.trial_date as date_day,
        'all' as segment_type,
        'all' as segment_value,
        count(distinct trials.client_id) as trials,
        count(distinct orders.client_id) as paid
    from trials
    left join orders
        on
            trials.client_id = orders.client_id
            and trials.trial_date <= orders.order_date
            and orders.order_kind = 'sale'
    group by trials.trial_date

),

traffic as (

    {% for segment_type, segment_value in [('all', "'all'"), ('channel', 'channel')] %}
    select
        date_day,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        sum(valid_visits) as valid_visits,
        sum(suspicious_visits) as suspicious_visits,
        sum(visits) as visits,
        sum(valid_visits * valid_visits) as valid_squares,
        {{ safe_divide('sum(provisional_visits)', 'sum(visits)') }} as provisional_share
    from browser_days
    group by date_day{{ ', channel' if segment_type == 'channel' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- the register decides which conversion is the purchase and which the lead: by that id, or else the
-- main one with that kind of rule
conversion_roles as (

    {% for role, rule_type in [('purchase', 'order'), ('lead', 'lead')] %}
    (
        select
            conversion_id,
            '{{ role }}_conversion' as metric_id
        from conversion_registry
        where conversion_id = '{{ role }}' or rule_type = '{{ rule_type }}'
        qualify row_number() over (
            order by case when conversion_id = '{{ role }}' then 0 else 1 end,
                case when is_primary then 0 else 1 end, conversion_id, conversion_version desc
        ) = 1
    )
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

conversion_days as (

    select
        conversion_roles.metric_id,
        conversions.date_day,
        conversions.channel,
        conversions.visits_valid,
        conversions.visits_converted,
        case
            when conversions.is_provisional then conversions.visits_valid
            else 0
        end as provisional_visits
    from conversions
    inner join conversion_roles on conversions.conversion_id = conversion_roles.conversion_id
    where conversions.channel <> '(all)' and conversions.campaign_id <> '(all)'

),

conversion_segments as (

    {% for segment_type, segment_value in [('all', "'all'"), ('channel', 'channel')] %}
    select
        metric_id,
        date_day,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        sum(visits_converted) as visits_converted,
        sum(visits_valid) as visits_valid,
        {{ safe_divide('sum(provisional_visits)', 'sum(visits_valid)') }} as provisional_share
    from conversion_days
    group by metric_id, date_day{{ ', channel' if segment_type == 'channel' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- ---- leads, spend, cohort money ----------------------------------------------------------------

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
    {{ 'union all' if not loop.last }}
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
    {{ 'union all' if not loop.last }}
    {% endfor %}

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

-- an order stands on the day of its lead: that is the day the money was spent for it
lead_dates as (

    select
        lead_id,
        lead_date
    from leads

),

cohort_orders as (

    select
        coalesce(lead_dates.lead_date, orders.order_date) as date_day,
        order_credits.channel,
        sum(case when orders.order_kind = 'sale' then order_credits.order_credit else 0 end)
            as orders,
        sum(case when orders.is_first_order then order_credits.order_credit else 0 end)
            as new_customers,
        sum(order_credits.revenue_amount) as revenue_amount,
        {{ exact_sum('power(' ~ to_double('order_credits.revenue_amount') ~ ', 2)') }}
            as revenue_squares,
        sum(coalesce(order_credits.contribution_amount, 0)) as contribution_amount,
        {{ exact_sum(
            'power(' ~ to_double('coalesce(order_credits.contribution_amount, 0)') ~ ', 2)'
        ) }} as contribution_squares,
        {{ count_where('order_credits.revenue_amount is null') }} as rates_missing
    from orders
    inner join order_credits on orders.order_id = order_credits.order_id
    left join lead_dates on orders.lead_id = lead_dates.lead_id
    group by coalesce(lead_dates.lead_date, orders.order_date), order_credits.channel

),

{# decimals up to the last sum, so that the order of adding cannot show #}
{% set measures = [
    'leads', 'qualified_leads', 'spend_amount', 'other_cost_amount', 'orders', 'new_customers',
    'revenue_amount', 'revenue_squares', 'contribution_amount', 'contribution_squares',
    'provisional_spend_amount', 'valid_visits', 'rates_missing',
] %}
money_rows as (

    {% for relation, present in [
        ('lead_days', ['leads', 'qualified_leads']),
        ('spend_days', ['spend_amount', 'provisional_spend_amount', 'rates_missing']),
        ('other_cost_days', ['other_cost_amount', 'rates_missing']),
        ('browser_days', ['valid_visits']),
        (
            'cohort_orders',
            [
                'orders', 'new_customers', 'revenue_amount', 'revenue_squares', 'contribution_amount',
                'contribution_squares', 'rates_missing',
            ],
        )
    ] %}
    select
        date_day,
        channel,
        {% for measure in measures -%}
        {{ to_exact(measure if measure in present else '0') }} as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

money_days as (

    select
        money_rows.date_day,
        money_rows.channel,
        coalesce(channels.is_paid, false) as is_paid,
        -- nobody's work: typed addresses, own links, orders nothing is known of
        money_rows.channel not in ('direct', 'internal', 'unattributed') as is_marketing,
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
        ('all', "'all'"), ('product_line', "coalesce(orders.product_line, '(none)')"),
    ] %}
    select
        coalesce(lead_dates.lead_date, orders.order_date) as date_day,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        sum(case
            when order_credits.channel <> 'unattributed' then order_credits.revenue_amount else 0
        end) as known_amount,
        sum(order_credits.revenue_amount) as revenue_amount,
        {{ exact_sum(
            "case when order_credits.channel <> 'unattributed' then power("
            ~ to_double('order_credits.revenue_amount') ~ ', 2) else 0 end'
        ) }} as known_squares,
        {{ exact_sum('power(' ~ to_double('order_credits.revenue_amount') ~ ', 2)') }}
            as revenue_squares,
        {{ count_where('order_credits.revenue_amount is null') }} as rates_missing,
        count(*) as orders
    from orders
    inner join order_credits on orders.order_id = order_credits.order_id
    left join lead_dates on orders.lead_id = lead_dates.lead_id
    group by
        coalesce(lead_dates.lead_date, orders.order_date)
        {{- ', ' ~ segment_value if segment_type != 'all' }}
    {{ 'union all' if not loop.last }}
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
        case
            when count(*) = count(contribution_amount) then sum(contribution_amount)
        end as contribution_amount,
        {{ exact_sum('power(' ~ to_double('contribution_amount') ~ ', 2)') }}
            as contribution_squares,
        count(*) as customers
    from customer_values
    where first_order_date is not null
    group by first_order_date

),

value_days as (

    select
        money.date_day,
        money.segment_type,
        money.segment_value,
        money.full_cost_amount,
        money.marketing_rates_missing as rates_missing,
        case
            when acquired_days.first_order_date is null then 0 else acquired_days.contribution_amount
        end as contribution_amount,
        coalesce(acquired_days.contribution_squares, 0) as contribution_squares,
        coalesce(acquired_days.customers, 0) as customers
    from money
    left join acquired_days on money.date_day = acquired_days.first_order_date
    where money.segment_type = 'all'

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
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

retention_months as (

    select
        {{ add_days(add_months('month', 1), -1) }} as date_day,
        'all' as segment_type,
        'all' as segment_value,
        customers_end - new_customers - comeback_customers as kept,
        lag({{ nullable('customers_end') }}) over (order by month) as customers_start,
        is_lapse_possible
    from customer_activity

),

-- ---- orders by the day of the order ------------------------------------------------------------

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

-- ---- audience ----------------------------------------------------------------------------------

account_starts as (

    select
        network,
        account,
        min(date_day) as first_day
    from audience
    where followers is not null
    group by network, account

),

-- a sum over accounts is known only when every account that exists by then was read
audience_days as (

    {% for segment_type, segment_value in [('all', "'all'"), ('network', 'audience.network')] %}
    select
        audience.date_day,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        sum(audience.followers) as followers,
        count(audience.followers) as accounts_read,
        sum(coalesce(audience.joined + audience.left_count, abs(audience.net_growth), 0)) as moves,
        case when count(audience.joined) = count(*) then sum(audience.joined) end as joined,
        case when count(audience.left_count) = count(*) then sum(audience.left_count) end
            as left_count,
        case when count(audience.reach) = count(*) then sum(audience.reach) end as reach
    from audience
    where audience.followers is not null
    group by audience.date_day{{ ', audience.network' if segment_type == 'network' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

audience_expected as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('network', 'account_starts.network'),
    ] %}
    select
        days.date_day,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        count(*) as accounts_expected
    from days
    inner join account_starts on days.date_day >= account_starts.first_day
    group by days.date_day{{ ', account_starts.network' if segment_type == 'network' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

audience_known as (

    select audience_days.*
    from audience_days
    inner join audience_expected
        on
            audience_days.date_day = audience_expected.date_day
            and audience_days.segment_type = audience_expected.segment_type
            and audience_days.segment_value = audience_expected.segment_value
    where audience_days.accounts_read = audience_expected.accounts_expected

),

-- a channel with the name of a network is what was paid for its followers
join_costs as (

    select
        audience_known.date_day,
        audience_known.segment_type,
        audience_known.segment_value,
        audience_known.joined,
        sum(spend_days.spend_amount) as spend_amount,
        sum(spend_days.rates_missing) as rates_missing
    from audience_known
    inner join (select distinct network from audience) as networks
        on audience_known.segment_value in (networks.network, 'all')
    inner join spend_days
        on
            networks.network = spend_days.channel
            and audience_known.date_day = spend_days.date_day
    where audience_known.joined is not null
    group by
        audience_known.date_day,
        audience_known.segment_type,
        audience_known.segment_value,
        audience_known.joined

),

-- ---- surveys -----------------------------------------------------------------------------------

-- a wave may be asked in several modes: the largest sample speaks for it
awareness_waves as (

    select
        *,
        fieldwork_end as date_day,
        'all' as segment_type,
        'all' as segment_value
    from survey_waves
    where respondents > 0
    qualify row_number() over (partition by wave order by respondents desc, mode) = 1

),

loyalty_waves as (

    select
        *,
        {{ nps('promoter_share', 'detractor_share') }} as nps,
        fieldwork_end as date_day,
        'all' as segment_type,
        'all' as segment_value
    from survey_waves
    where nps_respondents > 0
    qualify row_number() over (partition by wave order by nps_respondents desc, mode) = 1

),

-- ---- everything in one shape -------------------------------------------------------------------

{# What each metric is made of. `squares` is [numerator_variance, denominator_variance, covariance];
   what a metric leaves out is NULL (no denominator, no spread of its own) or 0 (nothing provisional).
   Reach: posts of one day are read by the same people, so the day is the independent event. NPS is in
   points: an answer scores +100, 0 or -100. #}
{% set paid_provisional = safe_divide('paid_provisional_spend_amount', 'paid_spend_amount') %}
{% set full_provisional = safe_divide('marketing_provisional_spend_amount', 'full_cost_amount') %}
{% set metrics = [
    {
        'id': "'visits_valid'", 'from': 'traffic', 'numerator': 'valid_visits',
        'squares': ['valid_squares'], 'events': 'valid_visits', 'provisional': 'provisional_share',
    },
    {
        'id': "'suspicious_share'", 'from': 'traffic', 'numerator': 'suspicious_visits',
        'denominator': 'visits', 'events': 'visits', 'provisional': 'provisional_share',
    },
    {
        'id': 'metric_id', 'from': 'conversion_segments', 'numerator': 'visits_converted',
        'denominator': 'visits_valid', 'events': 'visits_valid', 'provisional': 'provisional_share',
    },
    {
        'id': "'leads_valid'", 'from': 'lead_segments', 'numerator': 'leads', 'squares': ['leads'],
        'events': 'leads',
    },
    {
        'id': "'leads_qualified'", 'from': 'lead_segments', 'numerator': 'qualified_leads',
        'squares': ['qualified_leads'], 'events': 'qualified_leads',
    },
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
        'id': "'roas'", 'from': 'money', 'numerator': 'paid_revenue_amount',
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
        'id': "'romi'", 'from': 'money', 'numerator': 'paid_contribution_amount - paid_spend_amount',
        'denominator': 'paid_spend_amount', 'squares': ['paid_contribution_squares', '0', '0'],
        'events': 'paid_orders', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'romi_full'", 'from': 'money',
        'numerator': 'marketing_contribution_amount - full_cost_amount',
        'denominator': 'full_cost_amount', 'squares': ['marketing_contribution_squares', '0', '0'],
        'events': 'marketing_orders', 'provisional': full_provisional,
        'rates_missing': 'marketing_rates_missing',
    },
    {
        'id': "'cac_full'", 'from': 'money', 'numerator': 'full_cost_amount',
        'denominator': 'marketing_new_customers', 'squares': ['0', 'marketing_new_customers', '0'],
        'events': 'marketing_new_customers', 'provisional': full_provisional,
        'rates_missing': 'marketing_rates_missing',
    },
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
        'id': "'followers'", 'from': 'audience_known', 'numerator': 'followers', 'squares': ['moves'],
        'events': 'followers',
    },
    {
        'id': "'reach_rate'", 'from': 'audience_known', 'where': 'reach is not null',
        'numerator': 'reach', 'denominator': 'followers',
        'squares': [
            'power(' ~ to_double('reach') ~ ', 2)', 'power(' ~ to_double('followers') ~ ', 2)',
            to_double('reach') ~ ' * ' ~ to_double('followers'),
        ],
        'events': '1',
    },
    {
        'id': "'qualified_rate'", 'from': 'lead_segments', 'numerator': 'qualified_leads',
        'denominator': 'leads', 'events': 'leads',
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
    {
        'id': "'attributed_share'", 'from': 'known_sources', 'numerator': 'known_amount',
        'denominator': 'revenue_amount',
        'squares': ['known_squares', 'revenue_squares', 'known_squares'], 'events': 'orders',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'cost_per_valid_visit'", 'from': 'money', 'numerator': 'paid_spend_amount',
        'denominator': 'paid_valid_visits', 'squares': ['0', 'paid_valid_visits', '0'],
        'events': 'paid_valid_visits', 'provisional': paid_provisional,
        'rates_missing': 'paid_rates_missing',
    },
    {
        'id': "'visitors_valid'", 'from': 'visitor_days', 'numerator': 'visitors',
        'squares': ['visitors'], 'events': 'visitors',
    },
    {
        'id': "'brand_search_visits'", 'from': 'brand_days', 'numerator': 'visits',
        'squares': ['visits'], 'events': 'visits',
    },
    {
        'id': "'follower_joins'", 'from': 'audience_known', 'where': 'joined is not null',
        'numerator': 'joined', 'squares': ['joined'], 'events': 'joined',
    },
    {
        'id': "'follower_churn'", 'from': 'audience_known', 'where': 'left_count is not null',
        'numerator': 'left_count', 'denominator': 'followers + left_count - coalesce(joined, 0)',
        'events': 'followers',
    },
    {
        'id': "'cost_per_join'", 'from': 'join_costs', 'numerator': 'spend_amount',
        'denominator': 'joined', 'squares': ['0', 'joined', '0'], 'events': 'joined',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'customer_retention'", 'from': 'retention_months',
        'where': 'customers_start is not null and is_lapse_possible', 'numerator': 'kept',
        'denominator': 'customers_start', 'events': 'customers_start',
    },
    {
        'id': "'trial_to_paid'", 'from': 'trial_days', 'numerator': 'paid', 'denominator': 'trials',
        'events': 'trials',
    },
    {
        'id': "'ltv_cac'", 'from': 'value_days', 'numerator': 'contribution_amount',
        'denominator': 'full_cost_amount', 'squares': ['contribution_squares', '0', '0'],
        'events': 'customers',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'unaided_awareness'", 'from': 'awareness_waves',
        'numerator': 'unaided_rate * effective_respondents', 'denominator': 'effective_respondents',
        'events': 'respondents',
    },
    {
        'id': "'aided_awareness'", 'from': 'awareness_waves',
        'numerator': 'aided_rate * effective_respondents', 'denominator': 'effective_respondents',
        'events': 'respondents',
    },
    {
        'id': "'nps'", 'from': 'loyalty_waves', 'numerator': 'nps * nps_effective_respondents',
        'denominator': 'nps_effective_respondents',
        'squares': [
            '10000 * (promoter_share + detractor_share) * nps_effective_respondents',
            'nps_effective_respondents', 'nps * nps_effective_respondents',
        ],
        'events': 'nps_respondents',
    },
] %}
unioned as (

    {% for metric in metrics %}
    {% set squares = metric.squares | default([]) %}
    select
        {{ metric.id }} as metric_id,
        segment_type,
        segment_value,
        {{ to_double(metric.numerator) }} as numerator,
        {{ to_double(metric.denominator | default('null')) }} as denominator,
        {{ to_double(squares[0] | default('null')) }} as numerator_variance,
        {{ to_double(squares[1] | default('null')) }} as denominator_variance,
        {{ to_double(squares[2] | default('null')) }} as covariance,
        {{ to_double(metric.events) }} as events,
        {{ to_bigint(metric.rates_missing | default('0')) }} as rates_missing,
        {{ to_double(metric.provisional | default('0')) }} as provisional_share,
        date_day
    from {{ metric.from }}
    {% if metric.where %}where {{ metric.where }}{% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        metric_id,
        segment_type,
        segment_value,
        numerator,
        denominator,
        numerator_variance,
        denominator_variance,
        covariance,
        events,
        rates_missing,
        -- share of the day's figure that its source may still restate
        coalesce(provisional_share, 0) as provisional_share,
        date_day
    from unioned
    where {{ is_complete_day('date_day') }}

)

select * from final
