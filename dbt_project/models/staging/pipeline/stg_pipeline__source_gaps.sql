with source as (

    select * from {{ source('pipeline', 'source_gaps') }}

),

final as (

    select
        source as source_system,
        table_name,
        kind as gap_kind,
        detail,
        {{ to_double('share') }} as data_share,
        first_day,
        last_day
    from source

)

select * from final
