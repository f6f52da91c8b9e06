with source as (

    select * from {{ source('yandex_metrica', 'daily_report') }}

),

-- a later export file replaces whole days of an earlier one
newest as (

    select *
    from source
    qualify _file = max(_file) over (partition by counter_id, date)

),

final as (

    select
        counter_id,
        {{ to_bigint('visits') }} as visits,
        {{ to_bigint('users') }} as users,
        {{ to_bigint('page_views') }} as page_views,
        {{ to_bigint('robot_visits') }} as robot_visits,
        {{ to_double('bounce_percent') }} / 100 as bounce_rate,
        {{ to_double('coalesce(sample_share, 1)') }} as sample_share,
        coalesce(is_sampled, false) as is_sampled,
        date as report_date
    from newest

)

select * from final
