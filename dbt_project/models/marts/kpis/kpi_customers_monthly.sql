{% set windows = [30, 90, 180, 365] %}

with orders as (

    select * from {{ ref('fct_orders') }}

),

activity as (

    select
        *,
        {{ is_complete_month('month') }} as is_complete,
        lag({{ nullable('customers_end') }}) over (order by month) as customers_start
    from {{ ref('int_customer_activity') }}

),

-- customers of these months brought money that nobody can convert
cohorts_without_rate as (

    select distinct first_orders.order_month as month
    from orders
    inner join orders as first_orders
        on orders.customer_id = first_orders.customer_id and first_orders.order_number = 1
    where orders.net_amount is null

),

customer_months as (

    select * from {{ ref('int_customer_months') }}

),

repeat_windows as (

    select * from {{ ref('int_customer_repeat_windows') }}

),

cohort_ages as (

    select * from {{ ref('int_cohort_retention') }}

),

order_span as (

    {{ record_span('order') | indent(4) }}

),

recorded_costs as (

    select
        costs.*,
        {{ is_known_month('costs.cost_month', 'order_span') }} as is_recorded
    from {{ ref('int_metric_costs_monthly') }} as costs
    cross join order_span

),

costs as (

    select
        cost_month,
        is_recorded,
        {{ count_where('is_rate_missing') }} > 0 as is_cost_without_rate,
        -- a part of the cost would make customers look cheap, and a part of the customers dear
        case
            when is_recorded and {{ count_where('is_rate_missing') }} = 0 then sum(spend_amount)
        end as spend_amount,
        case
            when is_recorded and {{ count_where('is_rate_missing') }} = 0 then sum(full_cost_amount)
        end as full_cost_amount
    from recorded_costs
    group by cost_month, is_recorded

),

order_months as (

    select
        order_month as month,
        {{ count_where("order_kind <> 'return'") }} as orders,
        {{ count_where("order_kind = 'sale' and net_amount > 0") }} as orders_net_positive,
        {{ count_where('net_amount is null') }} as orders_without_rate,
        sum(net_amount) as revenue_amount,
        -- one unknown margin makes the sum unknown
        case
            when count(*) = count(contribution_amount) then sum(contribution_amount)
        end as month_contribution_amount,
        sum(case when order_kind <> 'return' then gross_amount - discount_amount else 0 end)
            as billed_amount
    from orders
    group by order_month

),

buyers as (

    select
        activity_month as month,
        count(*) as buyers,
        sum(orders) as orders_of_buyers
    from customer_months
    where orders > 0
    group by activity_month

),

-- the month in which a customer bought for the second time, whatever the gap
second_orders as (

    select
        order_month as month,
        {{ count_where('order_number = 2') }} as became_repeat_customers
    from orders
    where order_kind = 'sale' and customer_id is not null
    group by order_month

),

watched as (

    select
        {{ month_of('observed_date') }} as month,
    {% for days in windows -%}
        {{ count_where('window_days = ' ~ days) }} as observed_{{ days }},
        {{ count_where('window_days = ' ~ days ~ ' and has_repeated') }}
            as repeated_{{ days }}{{ ',' if not loop.last }}
    {% endfor %}
    from repeat_windows
    group by {{ month_of('observed_date') }}

),

-- customers won in the month, with all that they brought since
acquired as (

    select
        cohort_ages.cohort_month,
        cohort_ages.age_months,
        cohort_ages.cohort_size,
        costs.full_cost_amount,
        case
            when
                max(case when cohort_ages.contribution_amount is null then 1 else 0 end) over to_age
                = 0
                then sum(cohort_ages.contribution_amount) over to_age
        end as contribution_to_age
    from cohort_ages
    left join costs on cohort_ages.cohort_month = costs.cost_month
    window to_age as (
        partition by cohort_ages.cohort_month order by cohort_ages.age_months
        rows between unbounded preceding and current row
    )

),

lifetime_values as (

    select
        cohort_month,
        min(full_cost_amount) as full_cost_amount,
        max(cohort_size) as cohort_size,
        case when count(*) = count(contribution_to_age) then max(case
            when age_months = months_observed then contribution_to_age
        end) end as contribution_amount,
        -- paid back is what stays so: a refund may take the money away again
        min(case
            when
                full_cost_amount > 0
                and contribution_to_age >= full_cost_amount
                and age_months > coalesce(last_unpaid_age, -1)
                then age_months
        end) as payback_months
    from (
        select
            *,
            max(age_months) over (partition by cohort_month) as months_observed,
            max(case when contribution_to_age < full_cost_amount then age_months end)
                over (partition by cohort_month) as last_unpaid_age
        from acquired
    ) as acquired_to_date
    group by cohort_month

),

totals as (

    select
        {{ all_columns('activity', ['month']) }},
        coalesce(buyers.buyers, 0) as buyers,
        coalesce(buyers.orders_of_buyers, 0) as orders_of_buyers,
        coalesce(order_months.orders, 0) as orders,
        coalesce(order_months.orders_net_positive, 0) as orders_net_positive,
        coalesce(order_months.orders_without_rate, 0) as orders_without_rate,
        cohorts_without_rate.month is not null as is_cohort_without_rate,
        coalesce(order_months.revenue_amount, 0) as revenue_amount,
        coalesce(order_months.billed_amount, 0) as billed_amount,
        case
            when order_months.month is null then 0 else order_months.month_contribution_amount
        end as month_contribution_amount,
        costs.spend_amount as month_spend_amount,
        costs.full_cost_amount as month_full_cost_amount,
        coalesce(costs.is_cost_without_rate, false) as is_cost_without_rate,
        coalesce(costs.is_recorded, true) as is_recorded,
        sum(activity.new_customers) over to_month as customers_total,
        sum(coalesce(buyers.orders_of_buyers, 0)) over to_month as orders_of_customers_total,
        sum(coalesce(second_orders.became_repeat_customers, 0)) over to_month
            as repeat_customers_total,
        {% for days in windows -%}
            sum(coalesce(watched.observed_{{ days }}, 0)) over to_month as observed_{{ days }},
            sum(coalesce(watched.repeated_{{ days }}, 0)) over to_month as repeated_{{ days }},
        {% endfor %}
        lifetime_values.full_cost_amount,
        lifetime_values.cohort_size,
        lifetime_values.contribution_amount,
        lifetime_values.payback_months
    from activity
    left join cohorts_without_rate on activity.month = cohorts_without_rate.month
    left join buyers on activity.month = buyers.month
    left join order_months on activity.month = order_months.month
    left join second_orders on activity.month = second_orders.month
    left join watched on activity.month = watched.month
    left join lifetime_values on activity.month = lifetime_values.cohort_month
    left join costs on activity.month = costs.cost_month
    window to_month as (order by activity.month rows between unbounded preceding and current row)

),

rated as (

    select
        *,
        case
            when is_complete and is_lapse_possible
                then {{ retention_rate(
                    'customers_start', 'customers_end', 'arrived_customers_end'
                ) }}
        end as customer_retention_rate
    from totals

),

-- monthly rates multiply: a year is the product of its twelve months
yearly as (

    select
        *,
        count(customer_retention_rate) over last_year as rated_months,
        min(customer_retention_rate) over last_year as lowest_rate,
        exp({{ exact_sum(
            'case when customer_retention_rate > 0 then ln(customer_retention_rate) end',
            'last_year', 15
        ) }}) as product_of_rates
    from rated
    window last_year as (order by month rows between 11 preceding and current row)

),

final as (

    select
        case
            when not is_complete then 'incomplete_period'
            when orders_without_rate > 0 or is_cohort_without_rate or is_cost_without_rate
                then 'missing_rate'
            when coalesce(customers_start, 0) = 0 then 'no_customers'
            when contribution_amount is null and cohort_size > 0 then 'no_margin'
            when not is_recorded then 'no_records'
            when coalesce(month_full_cost_amount, 0) <= 0 then 'no_spend'
            when new_customers = 0 then 'no_new_customers'
            when not is_lapse_possible then 'insufficient_history'
            when payback_months is null then 'not_paid_back'
        end as reason_code,
        coalesce(customers_start, 0) as customers_start,
        customers_end,
        new_customers,
        comeback_customers,
        {{ to_bigint('buyers') }} as buyers,
        {{ to_bigint('orders') }} as orders,
        {{ to_bigint('orders_net_positive') }} as orders_net_positive,
        {{ to_bigint('customers_total') }} as customers_total,
        {{ to_bigint('orders_of_customers_total') }} as orders_of_customers_total,
        {{ to_money('revenue_amount') }} as revenue_amount,
        -- a part of the money over all orders, or over a part of them, is no average
        case
            when orders_without_rate = 0
                then {{ to_money(safe_divide('revenue_amount', 'orders_net_positive')) }}
        end as net_aov_amount,
        case
            when orders_without_rate = 0
                then {{ to_money(safe_divide('billed_amount', 'orders')) }}
        end as gross_aov_amount,
        {{ safe_divide('orders_of_buyers', 'buyers') }} as purchase_frequency,
        {{ safe_divide(
            'orders_of_customers_total', 'customers_total'
        ) }} as lifetime_purchase_frequency,
        customer_retention_rate,
        1 - customer_retention_rate as churn_rate,
        case
            when rated_months = 12 and lowest_rate > 0 then product_of_rates
            when rated_months = 12 then 0.0
        end as retention_rate_12m,
        case
            when rated_months = 12 and lowest_rate > 0 then 1 - product_of_rates
            when rated_months = 12 then 1.0
        end as churn_rate_12m,
        {% for days in windows -%}
            {{ safe_divide('repeated_' ~ days, 'observed_' ~ days) }}
                as repeat_purchase_rate_{{ days }}d,
            {{ to_bigint('observed_' ~ days) }} as observed_customers_{{ days }}d,
        {% endfor -%}
        {{ safe_divide('repeat_customers_total', 'customers_total') }} as repeat_customer_share,
        {{ to_money(safe_divide('contribution_amount', 'cohort_size')) }} as ltv_amount,
        {{ to_money(cost_per('full_cost_amount', 'new_customers')) }} as cac_full_amount,
        -- a cost that won nobody has brought nothing: of all months the worst must not be the one without a figure
        {{ safe_divide(
            'case when new_customers = 0 then 0 else contribution_amount end',
            positive('month_full_cost_amount')
        ) }} as ltv_cac,
        payback_months,
        {{ romi('month_contribution_amount', 'month_spend_amount') }} as cash_view_romi,
        {{ romi('month_contribution_amount', 'month_full_cost_amount') }} as cash_view_romi_full,
        is_complete,
        month
    from yearly

)

select * from final
