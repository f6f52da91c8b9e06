-- One channel for every combination of tags seen anywhere: visits, CRM, advertising. Facts join on the
-- four tag columns, so the map is applied in one place only.
with visits as (

    select * from {{ ref('int_visits_unioned') }}

),

leads as (

    select * from {{ ref('int_leads_unioned') }}

),

orders as (

    select * from {{ ref('int_orders_unioned') }}

),

ad_spend as (

    select * from {{ ref('int_ad_spend_unioned') }}

),

ga4_sums as (

    select * from {{ ref('int_ga4_sums_tagged') }}

),

rules as (

    select * from {{ ref('int_channel_rules') }}

),

tags as (

    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign
    from visits
    union distinct
    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign
    from leads
    union distinct
    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign
    from orders
    union distinct
    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign
    from ad_spend
    union distinct
    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign
    from ga4_sums

),

matched as (

    select
        tags.tag_type,
        tags.tag_source,
        tags.tag_medium,
        tags.tag_campaign,
        rules.channel,
        rules.is_paid
    from tags
    inner join rules
        on
            tags.tag_type like rules.source_type
            and tags.tag_source like rules.utm_source
            and tags.tag_medium like rules.utm_medium
            and tags.tag_campaign like rules.utm_campaign
    qualify row_number() over (
        partition by tags.tag_type, tags.tag_source, tags.tag_medium, tags.tag_campaign
        order by rules.rule_rank
    ) = 1

),

final as (

    select
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign,
        channel,
        is_paid
    from matched

)

select * from final
