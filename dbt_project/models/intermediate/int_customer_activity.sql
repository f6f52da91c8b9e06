-- How many customers were active at each month end. A customer is active for `active_customer_days`
-- days from each purchase on. Each purchase covers the days up to the next one, so the covers of one
-- customer do not overlap and can be added: plus one where a cover begins, minus one where it ends.
{% set active_days = company('active_customer_days') %}

with orders as (

    select * from {{ ref('fct_orders') }}
    where customer_id is not null and order_kind = 'sale'

),

purchase_days as (

    select distinct
        customer_id,
        order_date
    from orders

),

neighbours as (

    select
        customer_id,
        order_date,
        lag({{ nullable('order_date') }}) over (partition by customer_id order by order_date)
            as previous_date,
        lead({{ nullable('order_date') }}) over (partition by customer_id order by order_date)
            as next_date,
        {{ add_days('order_date', active_days) }} as first_inactive_date
    from purchase_days

),

covers as (

    select
        customer_id,
        first_inactive_date,
        {{ month_of('order_date') }} as start_month,
        previous_date is null as is_first_purchase,
        -- away at the last month end, back in this month, and not for the first time
        previous_date is not null
        and {{ add_days('previous_date', active_days) }} < {{ month_of('order_date') }}
            as is_comeback,
        case
            when next_date < first_inactive_date then next_date
            else first_inactive_date
        end as end_date
    from neighbours

),

-- new or back in the month; who stays active for less than a month may be gone again before its end
arrivals as (

    select
        customer_id,
        start_month,
        max(first_inactive_date) as first_inactive_date
    from covers
    group by customer_id, start_month
    having max(case when is_first_purchase or is_comeback then 1 else 0 end) = 1

),

changes as (

    select
        start_month as month,
        count(*) as covers_begun,
        0 as covers_ended,
        {{ count_where('is_first_purchase') }} as new_customers,
        {{ count_where('is_comeback') }} as comeback_customers,
        0 as arrived_customers_end
    from covers
    group by start_month

    union all

    select
        start_month as month,
        0 as covers_begun,
        0 as covers_ended,
        0 as new_customers,
        0 as comeback_customers,
        count(*) as arrived_customers_end
    from arrivals
    where
        first_inactive_date >= {{ add_months('start_month', 1) }}
        or not {{ is_complete_day('first_inactive_date') }}
    group by start_month

    union all

    select
        {{ month_of('end_date') }} as month,
        0 as covers_begun,
        count(*) as covers_ended,
        0 as new_customers,
        0 as comeback_customers,
        0 as arrived_customers_end
    from covers
    where {{ is_complete_day('end_date') }}
    group by {{ month_of('end_date') }}

),

months as (

    select
        month,
        {{ to_bigint('sum(covers_begun) - sum(covers_ended)') }} as net_change,
        {{ to_bigint('sum(new_customers)') }} as new_customers,
        {{ to_bigint('sum(comeback_customers)') }} as comeback_customers,
        {{ to_bigint('sum(arrived_customers_end)') }} as arrived_customers_end
    from changes
    group by month

),

first_month as (

    select min(month) as month
    from months

),

-- before that day the data are shorter than a customer stays active: of those who may lapse in a month the
-- earliest were never seen
first_lapse as (

    select {{ add_days('min(order_date)', active_days) }} as date_day
    from purchase_days

),

ages as (

    {{ numbers(3) }}

),

spine as (

    select {{ add_months('first_month.month', 'ages.number') }} as month
    from first_month
    inner join ages
        on ages.number <= {{ dbt.datediff(
            'first_month.month', company('last_complete_date'), 'month'
        ) }}

),

final as (

    select
        {{ to_bigint("""sum(coalesce(months.net_change, 0)) over (
            order by spine.month rows between unbounded preceding and current row
        )""") }} as customers_end,
        coalesce(months.new_customers, 0) as new_customers,
        coalesce(months.comeback_customers, 0) as comeback_customers,
        coalesce(months.arrived_customers_end, 0) as arrived_customers_end,
        spine.month >= first_lapse.date_day as is_lapse_possible,
        spine.month
    from spine
    cross join first_lapse
    left join months on spine.month = months.month

)

select * from final
