with source as (

    select * from {{ source('registers', 'planned_events') }}

),

final as (

    select
        lower({{ null_if_blank('channel') }}) as channel,
        {{ null_if_blank('campaign_id') }} as campaign_id,
        name,
        start_date,
        end_date
    from source

)

select * from final
