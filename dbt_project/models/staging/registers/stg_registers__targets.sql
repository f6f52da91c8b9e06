with source as (

    select * from {{ source('registers', 'targets') }}

),

-- every version is kept; a repeated record of one version corrects it
newest as (

    select *
    from source
    qualify row_number() over (
        partition by target_id, version
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        target_id,
        metric_id,
        coalesce({{ null_if_blank('segment_type') }}, 'all') as segment_type,
        coalesce({{ null_if_blank('segment_value') }}, 'all') as segment_value,
        goal_id,
        unit,
        lower(direction) as direction,
        milestones,
        proposer,
        approver,
        {{ to_bigint('version') }} as target_version,
        target_value,
        baseline_value,
        period_start,
        period_end,
        approved_at,
        recorded_at
    from newest

)

select * from final
