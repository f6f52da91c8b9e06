with source as (

    select * from {{ source('yandex_metrica', 'counter_settings') }}

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
        {{ null_if_blank('counter_name') }} as counter_name,
        {{ null_if_blank('site') }} as site,
        status,
        code_status,
        {{ null_if_blank('time_zone') }} as time_zone,
        robot_filter,
        {{ to_bigint('time_zone_offset_minutes') }} as time_zone_offset_minutes,
        {{ to_bigint('visit_timeout_seconds') }} as visit_timeout_seconds,
        has_auto_goals,
        recorded_on as recorded_date
    from newest

)

select * from final
