with source as (

    select * from {{ source('pipeline', 'target_sightings') }}

),

final as (

    select
        target_id,
        {{ to_bigint('target_version') }} as target_version,
        agreed_metric_id,
        agreed_segment_type,
        agreed_segment_value,
        agreed_direction,
        agreed_target_value,
        agreed_baseline_value,
        first_period_start,
        agreed_period_start,
        agreed_period_end,
        first_seen_at,
        last_unseen_at,
        agreed_approved_at,
        agreed_seen_at,
        agreed_unseen_at
    from source

)

select * from final
