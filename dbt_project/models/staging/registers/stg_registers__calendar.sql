with source as (

    select * from {{ source('registers', 'calendar') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by date
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        lower(day_type) as day_type,
        name,
        date as date_day
    from newest

)

select * from final
