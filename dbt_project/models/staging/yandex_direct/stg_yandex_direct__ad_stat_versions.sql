-- Every exported version of every day, where `stg_yandex_direct__ad_stats` keeps the newest only.
with source as (

    select * from {{ source('yandex_direct', 'ad_stats') }}

),

final as (

    select
        _file as file_name,
        campaign_id,
        cost as cost_amount,
        date as spend_date
    from source

)

select * from final
