-- What marts call a campaign of an ad system, and the words by which tags may name it: its number and its
-- names. Visits decide, since there are most of them: the word that most of them carry is the campaign's
-- label, its number where none carries any. Spend and records of the CRM take that label, so that money and
-- sales of one campaign stand in one row. Channels are not touched: a word is looked for in the channel that
-- the spend belongs to.
with ad_spend as (

    select * from {{ ref('int_ad_spend_assigned') }}
    where campaign_id <> '(none)'

),

visits as (

    select * from {{ ref('int_visit_days') }}

),

campaign_numbers as (

    select
        channel,
        campaign_id as platform_campaign_id,
        -- what is booked on a channel without a source, or from several, any tag of the channel may mean
        case when min(tag_source) = max(tag_source) then nullif(min(tag_source), '') end
            as tag_source
    from ad_spend
    group by channel, campaign_id

),

campaign_names as (

    select
        channel,
        {{ clean_tag('campaign_name') }} as campaign_label,
        min(campaign_id) as platform_campaign_id
    from ad_spend
    group by channel, {{ clean_tag('campaign_name') }}
    -- the name of two campaigns tells neither
    having min(campaign_id) = max(campaign_id)

),

words as (

    select
        channel,
        platform_campaign_id,
        platform_campaign_id as campaign_label,
        tag_source
    from campaign_numbers
    union all
    select
        campaign_names.channel,
        campaign_names.platform_campaign_id,
        campaign_names.campaign_label,
        campaign_numbers.tag_source
    from campaign_names
    inner join campaign_numbers
        on
            campaign_names.channel = campaign_numbers.channel
            and campaign_names.platform_campaign_id = campaign_numbers.platform_campaign_id
    -- nor does a name that is the number of a campaign
    left join campaign_numbers as namesakes
        on
            campaign_names.channel = namesakes.channel
            and campaign_names.campaign_label = namesakes.platform_campaign_id
    where campaign_names.campaign_label is not null and namesakes.platform_campaign_id is null

),

visit_sums as (

    select
        channel,
        utm_source,
        campaign_id,
        sum(visits) as visits
    from visits
    group by channel, utm_source, campaign_id

),

-- a channel may hold several ad systems, so that the source has to fit as well; clicks that the ad system
-- tagged itself carry none
carried as (

    select
        words.channel,
        words.campaign_label,
        sum(visit_sums.visits) as visits
    from words
    inner join visit_sums
        on words.channel = visit_sums.channel and words.campaign_label = visit_sums.campaign_id
    where
        words.tag_source is null
        or visit_sums.utm_source is null
        or visit_sums.utm_source like {{ dbt.concat(['words.tag_source', "'%'"]) }}
    group by words.channel, words.campaign_label

),

labels as (

    select
        words.channel,
        words.platform_campaign_id,
        words.campaign_label as campaign_id
    from words
    left join carried
        on words.channel = carried.channel and words.campaign_label = carried.campaign_label
    qualify row_number() over (
        partition by words.channel, words.platform_campaign_id
        order by
            coalesce(carried.visits, 0) desc,
            case when words.campaign_label = words.platform_campaign_id then 0 else 1 end asc,
            words.campaign_label asc
    ) = 1

),

final as (

    select
        words.channel,
        words.campaign_label,
        words.platform_campaign_id,
        labels.campaign_id,
        words.tag_source
    from words
    inner join labels
        on
            words.channel = labels.channel
            and words.platform_campaign_id = labels.platform_campaign_id

)

select * from final
