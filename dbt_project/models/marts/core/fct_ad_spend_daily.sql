with ad_spend as (

    select * from {{ ref('int_ad_spend_unioned') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

visits as (

    select * from {{ ref('fct_visits') }}

),

fx_rates as (

    select * from {{ ref('int_fx_rates_merged') }}

),

campaign_visits as (

    select
        utm_source,
        campaign_id,
        channel,
        count(*) as visits
    from visits
    where campaign_id <> '(none)'
    group by utm_source, campaign_id, channel

),

-- visits of a campaign say where it belongs when the company's map splits one system by tags
campaign_channels as (

    select *
    from campaign_visits
    qualify row_number() over (
        partition by utm_source, campaign_id
        order by visits desc, channel
    ) = 1

),

assigned as (

    select
        ad_spend.*,
        coalesce(
            nullif(ad_spend.given_channel, ''),
            campaign_channels.channel,
            channels.channel,
            'other_paid'
        ) as channel,
        case
            when ad_spend.currency = {{ company('currency') }} then 1
            else fx_rates.fx_rate
        end as known_fx_rate
    from ad_spend
    left join channels
        on
            ad_spend.tag_type = channels.tag_type
            and ad_spend.tag_source = channels.tag_source
            and ad_spend.tag_medium = channels.tag_medium
            and ad_spend.tag_campaign = channels.tag_campaign
    left join campaign_channels
        on
            ad_spend.tag_source = campaign_channels.utm_source
            and ad_spend.campaign_id = campaign_channels.campaign_id
    left join fx_rates
        on ad_spend.currency = fx_rates.currency and ad_spend.spend_date = fx_rates.rate_date

),

final as (

    select
        source_system,
        channel,
        campaign_id,
        campaign_name,
        currency,
        -- no rate of the day: no amount, never a rate of 1
        case when known_fx_rate is null then 'missing_rate' end as reason_code,
        {{ to_bigint('impressions') }} as impressions,
        {{ to_bigint('clicks') }} as clicks,
        platform_conversions,
        cast(cost_amount as {{ type_money() }}) as spend_original_amount,
        {{ to_double('known_fx_rate') }} as fx_rate,
        {{ to_money(
            spend_by_vat_policy(to_double('cost_amount') ~ ' * ' ~ to_double('known_fx_rate'), 'includes_vat')
        ) }} as spend_amount,
        spend_date
        > {{ add_days(company('last_complete_date'), '-lookback_days') }} as is_provisional,
        spend_date
    from assigned

)

select * from final
