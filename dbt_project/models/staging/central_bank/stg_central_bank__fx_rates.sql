with source as (

    select * from {{ source('central_bank', 'fx_rates') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by rate_date, currency
        order by _file desc
    ) = 1

),

final as (

    select
        upper(currency) as currency,
        -- the bank quotes some currencies per 10 or 100 units
        {{ to_double('rate') }} / {{ to_double('nominal') }} as fx_rate,
        rate_date,
        coalesce(published_date, rate_date) as published_date
    from newest

)

select * from final
