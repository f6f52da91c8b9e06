-- Advertising figures of every system, per day, campaign and currency, still in that currency.
with ad_systems as (

    select * from {{ ref('ad_systems') }}

),

yandex_direct as (

    select * from {{ ref('stg_yandex_direct__ad_stats') }}

),

google_ads as (

    select * from {{ ref('stg_google_ads__campaign_stats') }}

),

vk_ads as (

    select * from {{ ref('stg_vk_ads__campaign_stats') }}

),

plain as (

    select * from {{ ref('stg_plain__ad_spend') }}

),

sources as (

    select
        source_system,
        min(currency) as currency,
        max(case when includes_vat then 1 else 0 end) = 1 as includes_vat,
        max(lookback_days) as lookback_days
    from {{ ref('stg_pipeline__sources') }}
    -- of a source with several tables only the one with spend matters
    where source_system <> 'plain' or table_name = 'ad_spend'
    group by source_system

),

systems as (

    {% set columns = [
        'campaign_id', 'campaign_name', 'currency', 'impressions', 'clicks',
        'platform_conversions', 'cost_amount', 'spend_date',
    ] %}
    {% for system in ['yandex_direct', 'google_ads', 'vk_ads'] %}
        select
            '{{ system }}' as source_system,
            {{ null_string() }} as given_channel,
            {{ null_string() }} as given_source,
            {{ null_string() }} as given_medium,
            {{ columns | join(', ') }}
        from {{ system }}
        union all
    {% endfor %}
    select
        'plain' as source_system,
        channel as given_channel,
        utm_source as given_source,
        utm_medium as given_medium,
        {{ columns | join(', ') }}
    from plain

),

tagged as (

    select
        systems.source_system,
        systems.given_channel,
        coalesce(ad_systems.source_type, 'ad') as tag_type,
        coalesce(systems.given_source, ad_systems.utm_source, '') as tag_source,
        coalesce(systems.given_medium, ad_systems.utm_medium, 'cpc') as tag_medium,
        lower(coalesce({{ null_if_blank('systems.campaign_id') }}, systems.campaign_name, ''))
            as tag_campaign,
        -- `(all)` is the name of our own sums
        coalesce(
            nullif(
                lower(coalesce({{ null_if_blank('systems.campaign_id') }}, systems.campaign_name)),
                '(all)'
            ),
            '(none)'
        ) as campaign_id,
        systems.campaign_name,
        coalesce(
            systems.currency, sources.currency, {{ company('currency') }}
        ) as currency,
        systems.impressions,
        systems.clicks,
        systems.platform_conversions,
        systems.cost_amount,
        coalesce(sources.includes_vat, false) as includes_vat,
        coalesce(sources.lookback_days, 0) as lookback_days,
        systems.spend_date
    from systems
    left join ad_systems on systems.source_system = ad_systems.source_system
    left join sources on systems.source_system = sources.source_system
    where {{ is_complete_day('systems.spend_date') }}

),

final as (

    select
        source_system,
        coalesce(given_channel, '') as given_channel,
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign,
        campaign_id,
        max(campaign_name) as campaign_name,
        currency,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        {{ exact_sum('platform_conversions') }} as platform_conversions,
        -- rows of a source may have parts of a kopeck: rounded once, after the sum
        {{ to_money('sum(cost_amount)') }} as cost_amount,
        includes_vat,
        max(lookback_days) as lookback_days,
        spend_date
    from tagged
    group by
        source_system, coalesce(given_channel, ''), tag_type, tag_source, tag_medium, tag_campaign,
        campaign_id, currency, includes_vat, spend_date

)

select * from final
