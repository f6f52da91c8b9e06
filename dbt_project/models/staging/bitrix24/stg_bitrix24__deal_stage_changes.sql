with source as (

    select * from {{ source('bitrix24', 'stage_history') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by history_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'bitrix24:'", "history_id"]) }} as stage_change_id,
        {{ dbt.concat(["'bitrix24:'", "deal_id"]) }} as deal_id,
        stage_id,
        upper(stage_semantic) as stage_semantic,
        {{ to_date('changed_at') }} as changed_date,
        {{ to_utc('changed_at', company('timezone')) }} as changed_at
    from newest

)

select * from final
