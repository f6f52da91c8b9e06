with source as (

    select * from {{ source('plain', 'conversions') }}

),

final as (

    select
        conversion_id,
        {{ null_if_blank('event_id') }} as event_id,
        {{ null_if_blank('client_id') }} as client_id,
        value as value_amount,
        -- a file without event ids may hold equal rows: the occurrence number keeps them apart
        row_number() over (
            partition by conversion_id, event_id, client_id, converted_at
            order by _file desc
        ) as occurrence_number,
        {{ to_date('converted_at') }} as conversion_date,
        {{ to_utc('converted_at', company('timezone')) }} as converted_at
    from source

)

select * from final
