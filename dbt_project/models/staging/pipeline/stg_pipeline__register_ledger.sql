with source as (

    select * from {{ source('pipeline', 'register_ledger') }}

),

final as (

    select
        entry,
        register as register_name,
        record_key,
        change,
        -- of a margin the key is: product line, first day, time of the record
        case when register = 'margins' then {{ dbt.split_part('record_key', "', '", 2) }} end
            as valid_from,
        seen_at
    from source

)

select * from final
