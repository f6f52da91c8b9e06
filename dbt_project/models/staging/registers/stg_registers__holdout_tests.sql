with source as (

    select * from {{ source('registers', 'holdout_tests') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by test_id
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        test_id,
        lower(trim(channel)) as channel,
        lower(method) as method,
        analyst,
        incremental_revenue as incremental_revenue_amount,
        incremental_revenue_low,
        incremental_revenue_high,
        spend as spend_amount,
        start_date,
        end_date
    from newest

)

select * from final
