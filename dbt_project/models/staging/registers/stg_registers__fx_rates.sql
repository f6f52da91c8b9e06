with source as (

    select * from {{ source('registers', 'fx_rates') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by rate_date, currency
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        upper(currency) as currency,
        -- central banks quote some currencies per 10 or 100 units
        {{ to_double('rate') }} / {{ to_double('coalesce(nullif(nominal, 0), 1)') }} as fx_rate,
        rate_date
    from newest

)

select * from final
