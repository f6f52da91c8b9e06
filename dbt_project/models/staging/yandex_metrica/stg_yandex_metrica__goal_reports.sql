with source as (

    select * from {{ source('yandex_metrica', 'goal_report') }}

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
        goal_id,
        {{ to_bigint('reaches') }} as reaches,
        {{ to_bigint('converted_visits') }} as converted_visits,
        {{ to_double('coalesce(sample_share, 1)') }} as sample_share,
        coalesce(is_sampled, false) as is_sampled,
        date as report_date
    from newest

)

select * from final
