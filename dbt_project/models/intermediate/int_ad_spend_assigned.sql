-- Advertising figures with the channel they belong to, still in their own currency.
with ad_spend as (

    select * from {{ ref('int_ad_spend_unioned') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

visits as (

    select * from {{ ref('int_visit_days') }}

),

campaign_visits as (

    select
        utm_source,
        campaign_id,
        channel,
        sum(visits) as visits
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
        order by visits desc, channel asc
    ) = 1

),

final as (

    select
        {{ all_columns('ad_spend', [
            'tag_type', 'tag_source', 'tag_medium', 'tag_campaign', 'campaign_id',
        ]) }},
        coalesce(
            nullif(ad_spend.given_channel, ''),
            campaign_channels.channel,
            channels.channel,
            'other_paid'
        ) as channel
    from ad_spend
    left join channels on {{ same_tags('ad_spend', 'channels') }}
    left join campaign_channels
        on
            ad_spend.tag_source = campaign_channels.utm_source
            and ad_spend.campaign_id = campaign_channels.campaign_id

)

select * from final
