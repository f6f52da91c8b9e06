with source as (

    select * from {{ source('yandex_direct', 'ad_stats') }}

),

-- a later export file replaces whole days of an earlier one of the same account
newest as (

    {{ newest_days('source') | indent(4) }}

),

final as (

    select
        campaign_id,
        campaign_name,
        ad_group_id,
        ad_group_name,
        ad_id,
        lower(ad_network_type) as ad_network,
        {{ null_string() }} as currency,
        {{ to_bigint('impressions') }} as impressions,
        {{ to_bigint('clicks') }} as clicks,
        {{ to_double('conversions') }} as platform_conversions,
        cost as cost_amount,
        date as spend_date
    from newest

)

select * from final
