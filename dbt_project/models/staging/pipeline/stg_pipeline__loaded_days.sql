with source as (

    select * from {{ source('pipeline', 'loaded_days') }}

),

final as (

    select
        source as source_system,
        table_name,
        coalesce(state, '') as day_state,
        coalesce(is_empty, false) as is_empty,
        day as date_day
    from source

)

select * from final
