with source as (

    select * from {{ source('pipeline', 'load_log') }}

),

final as (

    select
        source as source_system,
        table_name,
        door,
        {{ null_if_blank('note') }} as note,
        {{ to_bigint('file_count') }} as file_count,
        {{ to_bigint('rows_loaded') }} as rows_loaded,
        {{ to_bigint('rows_total') }} as rows_total,
        {{ to_bigint('rows_quarantined') }} as rows_quarantined,
        {{ to_bigint('coalesce(rows_deleted, 0)') }} as rows_deleted,
        {{ to_bigint('coalesce(days_asked, 0)') }} as days_asked,
        {{ to_bigint('coalesce(days_empty, 0)') }} as days_empty,
        {{ to_bigint('coalesce(days_incomplete, 0)') }} as days_incomplete,
        first_day,
        last_day,
        window_start,
        window_end,
        loaded_at
    from source

)

select * from final
