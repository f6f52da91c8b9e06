-- Every cohort of customers at every age that has begun, empty ages included.
with customer_months as (

    select * from {{ ref('int_customer_months') }}

),

ages as (

    {{ numbers(3) }}

),

cohorts as (

    select
        cohort_month,
        count(distinct customer_id) as cohort_size
    from customer_months
    group by cohort_month

),

grid as (

    select
        cohorts.cohort_month,
        cohorts.cohort_size,
        {{ to_bigint('ages.number') }} as age_months,
        {{ add_months('cohorts.cohort_month', 'ages.number') }} as activity_month
    from cohorts
    inner join ages
        on ages.number <= {{ dbt.datediff(
            'cohorts.cohort_month', company('last_complete_date'), 'month'
        ) }}

),

activity as (

    select
        cohort_month,
        age_months,
        {{ count_where('orders > 0') }} as active_customers,
        sum(orders) as orders,
        sum(revenue_amount) as revenue_amount,
        {{ count_where('revenue_amount is null') }} as customers_without_rate,
        case when count(*) = count(contribution_amount) then sum(contribution_amount) end
            as contribution_amount,
        {{ count_where('contribution_amount is null') }} as customers_without_margin
    from customer_months
    group by cohort_month, age_months

),

customer_spans as (

    select
        customer_id,
        cohort_month,
        max(case when orders > 0 then age_months end) as last_age,
        min(case when orders > 0 and age_months > 0 then age_months end) as first_return_age
    from customer_months
    group by customer_id, cohort_month

),

last_ages as (

    select
        cohort_month,
        last_age as age_months,
        count(*) as customers
    from customer_spans
    group by cohort_month, last_age

),

return_ages as (

    select
        cohort_month,
        first_return_age as age_months,
        count(*) as customers
    from customer_spans
    where first_return_age is not null
    group by cohort_month, first_return_age

),

final as (

    select
        grid.age_months,
        {{ to_bigint('grid.cohort_size') }} as cohort_size,
        coalesce(activity.active_customers, 0) as active_customers,
        {{ to_bigint("""coalesce(sum(last_ages.customers) over (
            partition by grid.cohort_month order by grid.age_months desc
            rows between unbounded preceding and current row
        ), 0)""") }} as retained_customers,
        {{ to_bigint("""coalesce(sum(return_ages.customers) over (
            partition by grid.cohort_month order by grid.age_months
            rows between unbounded preceding and current row
        ), 0)""") }} as returned_customers,
        {{ to_bigint('coalesce(activity.orders, 0)') }} as orders,
        case
            when activity.customers_without_rate > 0 then null
            else {{ to_money('coalesce(activity.revenue_amount, 0)') }}
        end as revenue_amount,
        case
            when activity.customers_without_margin > 0 then null
            else coalesce(activity.contribution_amount, 0)
        end as contribution_amount,
        {{ is_complete_month('grid.activity_month') }} as is_complete,
        grid.cohort_month,
        grid.activity_month
    from grid
    left join activity
        on
            grid.cohort_month = activity.cohort_month
            and grid.age_months = activity.age_months
    left join last_ages
        on
            grid.cohort_month = last_ages.cohort_month
            and grid.age_months = last_ages.age_months
    left join return_ages
        on
            grid.cohort_month = return_ages.cohort_month
            and grid.age_months = return_ages.age_months

)

select * from final
