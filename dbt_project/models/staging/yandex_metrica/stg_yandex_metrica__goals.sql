with source as (

    select * from {{ source('yandex_metrica', 'goals') }}

),

-- a later export file replaces the whole state of a day
newest as (

    select *
    from source
    qualify _file = max(_file) over (partition by counter_id, recorded_on)

),

final as (

    select
        counter_id,
        goal_id,
        {{ null_if_blank('goal_name') }} as goal_name,
        lower(goal_type) as goal_type,
        lower(goal_source) as goal_source,
        conditions,
        recorded_on as recorded_date
    from newest

)

select * from final
