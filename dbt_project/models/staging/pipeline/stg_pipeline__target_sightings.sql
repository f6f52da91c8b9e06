with source as (

    select * from {{ source('pipeline', 'target_sightings') }}

),

final as (

    select
        target_id,
        {{ to_bigint('target_version') }} as target_version,
        first_seen_at,
        last_unseen_at,
        first_period_start
    from source

)

select * from final
