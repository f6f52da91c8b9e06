-- Browsers that come back. A browser is no customer: one person has several, and a cleared browser is new.
with browser_months as (

    select * from {{ ref('int_browser_months') }}

),

cohort_activity as (

    select
        cohort_month,
        month as activity_month,
        count(*) as browsers_active
    from browser_months
    group by cohort_month, month

),

sizes as (

    select
        cohort_month,
        browsers_active as browsers
    from cohort_activity
    where cohort_month = activity_month

),

ages as (

    {{ numbers(3) | indent(4) }}

),

grid as (

    select
        sizes.cohort_month,
        sizes.browsers,
        {{ to_bigint('ages.number') }} as age_months,
        {{ add_months('sizes.cohort_month', 'ages.number') }} as activity_month
    from sizes
    inner join ages
        on ages.number <= {{ dbt.datediff(
            'sizes.cohort_month', company('last_complete_date'), 'month'
        ) }}

),

final as (

    select
        case
            when not {{ is_complete_month('grid.activity_month') }} then 'incomplete_period'
        end as reason_code,
        grid.age_months,
        {{ to_bigint('grid.browsers') }} as browsers,
        {{ to_bigint('coalesce(cohort_activity.browsers_active, 0)') }} as browsers_active,
        case
            when {{ is_complete_month('grid.activity_month') }}
                then {{ safe_divide(
                    'coalesce(cohort_activity.browsers_active, 0)', 'grid.browsers'
                ) }}
        end as browser_return_rate,
        {{ is_complete_month('grid.activity_month') }} as is_complete,
        grid.cohort_month
    from grid
    left join cohort_activity
        on
            grid.cohort_month = cohort_activity.cohort_month
            and grid.activity_month = cohort_activity.activity_month

)

select * from final
