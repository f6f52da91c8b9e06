-- One dense daily series per campaign, per channel and for all of them: a day without visits is a zero,
-- so that an outage is seen. Input of the spike detector.
{# a site of fewer visits has days without any #}
{% set usual_visits = 10 %}
{# as many weeks tell what is usual on a weekday; a young site has none of some weekdays #}
{% set usual_weeks, young_days = 8, 28 %}

with visits as (

    select * from {{ ref('int_visit_days') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

confirmed_attacks as (

    select * from {{ ref('stg_registers__confirmed_attacks') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

planned_events as (

    select * from {{ ref('stg_registers__planned_events') }}

),

campaign_days as (

    select
        channel,
        campaign_id,
        visit_date as date_day,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits
    from visits
    group by channel, campaign_id, visit_date

),

spend_days as (

    select
        channel,
        campaign_id,
        spend_date as date_day,
        -- a day without a rate would look like one without money
        {{ sum_if_known('spend_amount') }} as spend_amount
    from ad_spend
    group by channel, campaign_id, spend_date

),

keys as (

    select
        channel,
        campaign_id,
        date_day
    from campaign_days
    union distinct
    select
        channel,
        campaign_id,
        date_day
    from spend_days

),

days_of_campaigns as (

    select
        keys.channel,
        keys.campaign_id,
        keys.date_day,
        coalesce(campaign_days.visits, 0) as visits,
        coalesce(campaign_days.suspicious_visits, 0) as suspicious_visits,
        case when spend_days.date_day is null then 0 else spend_days.spend_amount end
            as spend_amount
    from keys
    left join campaign_days
        on
            keys.channel = campaign_days.channel
            and keys.campaign_id = campaign_days.campaign_id
            and keys.date_day = campaign_days.date_day
    left join spend_days
        on
            keys.channel = spend_days.channel
            and keys.campaign_id = spend_days.campaign_id
            and keys.date_day = spend_days.date_day

),

levels as (

    -- visits outside of campaigns are the channel's own row, and need no second one
    select * from days_of_campaigns
    where campaign_id <> '(none)'
    union all
    select
        channel,
        '(all)' as campaign_id,
        date_day,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits,
        {{ sum_if_known('spend_amount') }} as spend_amount
    from days_of_campaigns
    group by channel, date_day
    union all
    select
        '(all)' as channel,
        '(all)' as campaign_id,
        date_day,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits,
        {{ sum_if_known('spend_amount') }} as spend_amount
    from days_of_campaigns
    group by date_day

),

-- a campaign is over when neither visits nor spend came for four weeks
series as (

    select
        channel,
        campaign_id,
        min(case when visits > 0 then date_day end) as first_day,
        max(date_day) as last_day
    from levels
    group by channel, campaign_id

),

dense as (

    select
        series.channel,
        series.campaign_id,
        dates.date_day,
        dates.is_holiday,
        coalesce(levels.visits, 0) as visits,
        coalesce(levels.suspicious_visits, 0) as suspicious_visits,
        {{ to_double('case when levels.date_day is null then 0 else levels.spend_amount end') }}
            as spend_amount
    from series
    inner join dates
        on
            series.first_day <= dates.date_day
            and (
                series.campaign_id = '(all)'
                or {{ add_days('series.last_day', 28) }} >= dates.date_day
            )
            and {{ is_complete_day('dates.date_day') }}
    left join levels
        on
            series.channel = levels.channel
            and series.campaign_id = levels.campaign_id
            and dates.date_day = levels.date_day

),

site_days as (

    select
        date_day,
        sum(visits) as visits
    from campaign_days
    group by date_day

),

site_span as (

    select min(date_day) as first_day
    from site_days

),

-- a holiday may be as quiet as a Sunday
quiet_days as (

    select
        dates.date_day,
        case when dates.is_holiday then 7 else dates.weekday end as weekday,
        site_span.first_day
    from dates
    inner join site_span on dates.date_day > site_span.first_day
    left join site_days on dates.date_day = site_days.date_day
    where site_days.date_day is null and {{ is_complete_day('dates.date_day') }}

),

earlier_days as (

    select
        quiet_days.date_day,
        site_days.visits,
        site_dates.weekday = quiet_days.weekday as is_same_weekday,
        quiet_days.date_day < {{ add_days('quiet_days.first_day', young_days) }} as is_site_young,
        row_number() over (
            partition by quiet_days.date_day, site_dates.weekday
            order by site_days.date_day desc
        ) as weeks_ago
    from quiet_days
    inner join site_days on quiet_days.date_day > site_days.date_day
    inner join dates as site_dates on site_days.date_day = site_dates.date_day

),

-- Only days before tell what was usual, so that no verdict changes when the site grows, and days without a
-- visit are left out, so that a long gap does not become usual.
usual_days as (

    select
        date_day,
        coalesce(
            {{ median(
                'case when is_same_weekday and weeks_ago <= ' ~ usual_weeks ~ ' then visits end'
            ) }},
            {{ median('case when is_site_young then visits end') }}
        ) as visits
    from earlier_days
    group by date_day

),

-- a counter that was off teaches nothing about traffic: its zeros would make the next outage usual
silent_days as (

    select date_day
    from usual_days
    where visits >= {{ usual_visits }}

),

-- nobody who runs a channel may clear its history: that would hide the next attack as well
accepted_attacks as (

    select confirmed_attacks.*
    from confirmed_attacks
    left join channels on confirmed_attacks.channel = channels.channel
    where {{ is_confirmed_by_another('confirmed_attacks.confirmed_by', 'channels.contractor') }}

),

attack_days as (

    select distinct
        dense.channel,
        dense.campaign_id,
        dense.date_day
    from dense
    inner join accepted_attacks
        on
            dense.channel in (accepted_attacks.channel, '(all)')
            and (
                dense.campaign_id in (accepted_attacks.campaign_id, '(all)')
                or accepted_attacks.campaign_id is null
            )
            and dense.date_day >= accepted_attacks.start_date
            and dense.date_day <= accepted_attacks.end_date

),

planned_days as (

    select distinct
        dense.channel,
        dense.campaign_id,
        dense.date_day
    from dense
    inner join planned_events
        on
            (dense.channel in (planned_events.channel, '(all)') or planned_events.channel is null)
            and (
                dense.campaign_id in (planned_events.campaign_id, '(all)')
                or planned_events.campaign_id is null
            )
            and dense.date_day >= planned_events.start_date
            and dense.date_day <= planned_events.end_date

),

final as (

    select
        dense.channel,
        dense.campaign_id,
        {{ to_bigint('dense.visits') }} as visits,
        {{ to_bigint('dense.suspicious_visits') }} as suspicious_visits,
        dense.spend_amount,
        dense.is_holiday,
        attack_days.channel is not null as is_confirmed_attack,
        silent_days.date_day is not null as is_silent,
        planned_days.channel is not null as is_planned,
        dense.campaign_id <> '(all)' as may_stop,
        dense.date_day
    from dense
    left join silent_days on dense.date_day = silent_days.date_day
    left join attack_days
        on
            dense.channel = attack_days.channel
            and dense.campaign_id = attack_days.campaign_id
            and dense.date_day = attack_days.date_day
    left join planned_days
        on
            dense.channel = planned_days.channel
            and dense.campaign_id = planned_days.campaign_id
            and dense.date_day = planned_days.date_day

)

select * from final
