with source as (

    select * from {{ source('registers', 'confirmed_attacks') }}

),

final as (

    select
        lower(trim(channel)) as channel,
        {{ null_if_blank('campaign_id') }} as campaign_id,
        confirmed_by,
        start_date,
        end_date
    from source

)

select * from final
