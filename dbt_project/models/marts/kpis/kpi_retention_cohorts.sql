with cohort_ages as (

    select * from {{ ref('int_cohort_retention') }}

),

final as (

    select
        -- a month that is still running would show a low number that only looks like a loss
        case
            when not is_complete then 'incomplete_period'
            when revenue_amount is null then 'missing_rate'
        end as reason_code,
        age_months,
        cohort_size,
        active_customers,
        retained_customers,
        returned_customers,
        orders,
        revenue_amount,
        case
            when is_complete then {{ safe_divide('active_customers', 'cohort_size') }}
        end as classic_retention_rate,
        case
            when is_complete then {{ safe_divide('retained_customers', 'cohort_size') }}
        end as rolling_retention_rate,
        case
            when is_complete then {{ safe_divide('returned_customers', 'cohort_size') }}
        end as returned_rate,
        is_complete,
        cohort_month
    from cohort_ages

)

select * from final
