with source as (

    select * from {{ source('hubspot', 'stages') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by pipeline_id, stage_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'hubspot:'", "pipeline_id"]) }} as pipeline_id,
        stage_id,
        pipeline_name,
        stage_name,
        upper(stage_semantic) as stage_semantic,
        {{ to_bigint('sort_order') }} as sort_order
    from newest

)

select * from final
