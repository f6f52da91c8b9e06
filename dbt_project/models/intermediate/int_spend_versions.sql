-- Days that the ad system reported more than once: the total it gave first and the total it gives now.
with versions as (

    select * from {{ ref('stg_yandex_direct__ad_stat_versions') }}

),

totals as (

    select
        spend_date,
        file_name,
        sum(cost_amount) as cost_amount,
        row_number() over (partition by spend_date order by file_name) as from_first,
        row_number() over (partition by spend_date order by file_name desc) as from_last
    from versions
    where {{ is_complete_day('spend_date') }}
    group by spend_date, file_name

),

final as (

    select
        'yandex_direct' as source_system,
        max(case when from_first = 1 then file_name end) as first_file_name,
        max(case when from_last = 1 then file_name end) as last_file_name,
        count(*) as versions,
        max(case when from_first = 1 then cost_amount end) as first_cost_amount,
        max(case when from_last = 1 then cost_amount end) as last_cost_amount,
        spend_date
    from totals
    group by spend_date
    having count(*) > 1

)

select * from final
