with visits as (

    select * from {{ ref('int_visit_days') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

unioned as (

    select
        channel,
        campaign_id,
        {{ null_string() }} as campaign_name,
        min(visit_date) as first_date,
        max(visit_date) as last_date
    from visits
    group by channel, campaign_id

    union all

    select
        channel,
        campaign_id,
        max(campaign_name) as campaign_name,
        min(spend_date) as first_date,
        max(spend_date) as last_date
    from ad_spend
    group by channel, campaign_id

    union all

    select
        channel,
        campaign_id,
        {{ null_string() }} as campaign_name,
        {{ to_date(from_utc('min(touched_at)', company('timezone'))) }} as first_date,
        {{ to_date(from_utc('max(touched_at)', company('timezone'))) }} as last_date
    from touchpoints
    where visit_id is null
    group by channel, campaign_id

    union all

    -- costs of a channel, and sales that no visit explains, belong to no campaign
    select
        channel,
        '(none)' as campaign_id,
        {{ null_string() }} as campaign_name,
        cast(null as date) as first_date,
        cast(null as date) as last_date
    from channels

),

final as (

    select
        channel,
        campaign_id,
        coalesce(max(campaign_name), campaign_id) as campaign_name,
        min(first_date) as first_date,
        max(last_date) as last_date
    from unioned
    group by channel, campaign_id

)

select * from final
