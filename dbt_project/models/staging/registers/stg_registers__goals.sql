with source as (

    select * from {{ source('registers', 'goals') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by goal_id
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        goal_id,
        name,
        objective,
        owner,
        due_date,
        recorded_at
    from newest

)

select * from final
