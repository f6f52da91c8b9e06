with source as (

    select * from {{ source('google_ads', 'campaign_stats') }}

),

-- a later export file replaces whole days of an earlier one of the same account
newest as (

    {{ newest_days('source') | indent(4) }}

),

final as (

    select
        campaign_id,
        campaign_name,
        {{ null_string() }} as ad_network,
        {{ null_if_blank('upper(currency)') }} as currency,
        {{ to_bigint('impressions') }} as impressions,
        {{ to_bigint('clicks') }} as clicks,
        {{ to_double('conversions') }} as platform_conversions,
        cost as cost_amount,
        date as spend_date
    from newest

)

select * from final
