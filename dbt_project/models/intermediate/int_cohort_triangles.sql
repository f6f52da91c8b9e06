-- Cumulative orders and revenue of lead cohorts by age, for product lines with a long sales cycle.
-- Finished ages only: a month that is still running is no age yet.
with orders as (

    select * from {{ ref('fct_orders') }}
    -- an order that no lead preceded has no lag and would draw the curve too early; nor has one from before
    -- the month of its lead, which was entered late
    where lead_id is not null and order_month >= lead_month

),

leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

long_lines as (

    select * from {{ ref('int_product_lines') }}
    where sales_cycle = 'long'

),

known_months as (

    select
        coalesce(product_line, '(none)') as product_line,
        lead_month
    from leads
    union all
    select
        cohort_product_line as product_line,
        lead_month
    from orders

),

first_months as (

    select
        long_lines.product_line,
        min(known_months.lead_month) as first_month
    from long_lines
    inner join known_months on long_lines.product_line = known_months.product_line
    group by long_lines.product_line

),

sale_span as (

    {{ record_span('sale') | indent(4) }}

),

-- after the end of an export no cohort grew any older
last_days as (

    select
        case
            when known_until < {{ company('last_complete_date') }} then known_until
            else {{ company('last_complete_date') }}
        end as last_day
    from sale_span

),

running_month as (

    select {{ month_of(add_days('last_day', 1)) }} as month
    from last_days

),

steps as (

    {{ numbers(3) }}

),

cohorts as (

    select
        first_months.product_line,
        {{ add_months('first_months.first_month', 'steps.number') }} as cohort_month
    from first_months
    cross join running_month
    inner join steps
        on steps.number < {{ dbt.datediff(
            'first_months.first_month', 'running_month.month', 'month'
        ) }}

),

cells as (

    select
        cohorts.product_line,
        cohorts.cohort_month,
        {{ to_bigint('steps.number') }} as age_months,
        {{ add_months('cohorts.cohort_month', 'steps.number') }} as order_month
    from cohorts
    cross join running_month
    inner join steps
        on steps.number < {{ dbt.datediff('cohorts.cohort_month', 'running_month.month', 'month') }}

),

increments as (

    select
        cohort_product_line as product_line,
        lead_month,
        order_month,
        sum(case when order_kind = 'sale' then 1 else 0 end) as orders,
        sum(net_amount) as revenue_amount
    from orders
    group by cohort_product_line, lead_month, order_month

),

cumulative as (

    select
        cells.product_line,
        cells.cohort_month,
        cells.age_months,
        sum(coalesce(increments.orders, 0)) over to_age as orders,
        sum(coalesce(increments.revenue_amount, 0)) over to_age as revenue_amount
    from cells
    left join increments
        on
            cells.product_line = increments.product_line
            and cells.cohort_month = increments.lead_month
            and cells.order_month = increments.order_month
    window to_age as (
        partition by cells.product_line, cells.cohort_month order by cells.age_months
        rows between unbounded preceding and current row
    )

),

final as (

    select
        product_line,
        'orders' as basis,
        age_months,
        {{ to_double('orders') }} as cumulative_value,
        cohort_month
    from cumulative

    union all

    select
        product_line,
        'revenue' as basis,
        age_months,
        {{ to_double('revenue_amount') }} as cumulative_value,
        cohort_month
    from cumulative

)

select * from final
