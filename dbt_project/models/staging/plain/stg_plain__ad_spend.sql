with source as (

    select * from {{ source('plain', 'ad_spend') }}

),

-- a later file replaces whole days of the same channel or source, not of its neighbours
newest as (

    select *
    from source
    qualify _file = max(_file) over (
        partition by date, coalesce(channel, ''), coalesce(source, '')
    )

),

final as (

    select
        {{ null_if_blank('campaign_id') }} as campaign_id,
        {{ null_if_blank('campaign_name') }} as campaign_name,
        {{ clean_tag('channel') }} as channel,
        {{ clean_tag('source') }} as utm_source,
        {{ clean_tag('medium') }} as utm_medium,
        {{ null_if_blank('upper(currency)') }} as currency,
        {{ to_bigint('impressions') }} as impressions,
        {{ to_bigint('clicks') }} as clicks,
        {{ to_double('conversions') }} as platform_conversions,
        cost as cost_amount,
        date as spend_date
    from newest

)

select * from final
