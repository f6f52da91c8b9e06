with visits as (

    select * from {{ ref('int_visit_days') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

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
        {{ to_date('min(touched_at)') }} as first_date,
        {{ to_date('max(touched_at)') }} as last_date
    from touchpoints
    where visit_id is null
    group by channel, campaign_id

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
