with source as (

    select * from {{ source('pipeline', 'quarantine') }}

),

final as (

    select
        source as source_system,
        table_name,
        file as file_name,
        column_name,
        reason,
        remedy,
        rejected_value,
        {{ to_bigint('line') }} as line_number
    from source

)

select * from final
