with source as (

    select * from {{ source('pipeline', 'vat_rates') }}

),

final as (

    select
        vat_rate,
        valid_from,
        valid_to
    from source

)

select * from final
