with source as (

    select * from {{ source('pipeline', 'sources') }}

),

final as (

    select
        source as source_system,
        table_name,
        subject,
        door,
        upper(currency) as currency,
        {{ to_bigint('coalesce(lookback_days, 0)') }} as lookback_days,
        {{ to_bigint('freshness_hours') }} as freshness_hours,
        is_enabled,
        coalesce(includes_vat, false) as includes_vat,
        coalesce(expects_every_day, false) as expects_every_day,
        first_date
    from source

)

select * from final
