with visits as (

    select * from {{ ref('int_visit_days') }}
    where {{ in_touched_days('visit_date', 'conversion months') }}

),

visitors as (

    select * from {{ ref('int_visitor_days') }}
    where {{ in_touched_days('visit_date', 'conversion months') }}

),

conversions as (

    select * from {{ ref('fct_conversions') }}
    where {{ in_touched_days('conversion_date', 'conversion months') }}

),

rules as (

    select distinct
        conversion_id,
        conversion_version,
        rule_type,
        valid_from,
        valid_before
    from {{ ref('int_conversion_rules') }}

),

unmatched_days as (

    select * from {{ ref('int_unmatched_days') }}

),

visit_sums as (

    select
        visits.visit_date as date_day,
        visits.channel,
        visits.campaign_id,
        sum(visits.visits) as visits_gross,
        sum(visits.suspicious_visits) as visits_suspicious,
        sum(visits.valid_visits) as visits_valid,
        max(visitors.valid_visitors) as users,
        count(visits.goal_visits) = count(*) as are_goals_told,
        sum(visits.page_visits) > 0 as are_pages_told,
        sum(visits.provisional_visits) as provisional_visits
    from visits
    inner join visitors
        on
            visits.visit_date = visitors.visit_date
            and visits.channel = visitors.channel
            and visits.campaign_id = visitors.campaign_id
    group by visits.visit_date, visits.channel, visits.campaign_id

),

-- every conversion in force has a row for every campaign with visits: a true zero stays a zero. Of visits
-- whose goals or pages no file told there is no row of what is told by them.
conversion_days as (

    select
        rules.conversion_id,
        rules.conversion_version,
        visit_sums.date_day,
        visit_sums.channel,
        visit_sums.campaign_id
    from visit_sums
    inner join rules
        on
            visit_sums.date_day >= rules.valid_from
            and visit_sums.date_day < rules.valid_before
            and (visit_sums.are_goals_told or rules.rule_type not in ('metrica_goal', 'ga4_event'))
            and (visit_sums.are_pages_told or rules.rule_type <> 'url_contains')
    left join unmatched_days
        on
            rules.conversion_id = unmatched_days.conversion_id
            and rules.conversion_version = unmatched_days.conversion_version
            and visit_sums.date_day = unmatched_days.date_day
    where unmatched_days.conversion_id is null

),

conversion_sums as (

    select
        conversion_id,
        conversion_version,
        conversion_date as date_day,
        channel,
        campaign_id,
        sum(case when is_suspicious then 0 else reach_count end) as reaches,
        -- a lead of yesterday's visit is none of today's visits
        sum(case when is_suspicious or visit_id is null then 0 else reach_count end)
            as reaches_in_visits,
        count(distinct case when not is_suspicious then visit_id end) as visits_converted,
        count(distinct case when not is_suspicious and visit_id is not null then client_id end)
            as users_converted
    from conversions
    group by conversion_id, conversion_version, conversion_date, channel, campaign_id

),

keys as (

    select
        conversion_id,
        conversion_version,
        date_day,
        channel,
        campaign_id
    from conversion_days
    union distinct
    select
        conversion_id,
        conversion_version,
        date_day,
        channel,
        campaign_id
    from conversion_sums

),

version_starts as (

    select
        conversion_id,
        valid_from
    from rules
    where conversion_version > 1

),

joined as (

    select
        keys.conversion_id,
        keys.channel,
        keys.campaign_id,
        keys.conversion_version,
        {{ to_bigint('coalesce(visit_sums.visits_gross, 0)') }} as visits_gross,
        {{ to_bigint('coalesce(visit_sums.visits_suspicious, 0)') }} as visits_suspicious,
        {{ to_bigint('coalesce(visit_sums.visits_valid, 0)') }} as visits_valid,
        {{ to_bigint('coalesce(conversion_sums.visits_converted, 0)') }} as visits_converted,
        {{ to_bigint('coalesce(conversion_sums.reaches, 0)') }} as reaches,
        coalesce(conversion_sums.reaches_in_visits, 0) as reaches_in_visits,
        {{ to_bigint('coalesce(visit_sums.users, 0)') }} as users,
        {{ to_bigint('coalesce(conversion_sums.users_converted, 0)') }} as users_converted,
        version_starts.conversion_id is not null as is_version_change,
        unmatched_days.conversion_id is not null as is_unmatched,
        coalesce(visit_sums.provisional_visits, 0) > 0 as is_provisional,
        keys.date_day
    from keys
    left join visit_sums
        on
            keys.date_day = visit_sums.date_day
            and keys.channel = visit_sums.channel
            and keys.campaign_id = visit_sums.campaign_id
    left join conversion_sums
        on
            keys.conversion_id = conversion_sums.conversion_id
            and keys.conversion_version = conversion_sums.conversion_version
            and keys.date_day = conversion_sums.date_day
            and keys.channel = conversion_sums.channel
            and keys.campaign_id = conversion_sums.campaign_id
    left join version_starts
        on
            keys.conversion_id = version_starts.conversion_id
            and keys.date_day = version_starts.valid_from
    left join unmatched_days
        on
            keys.conversion_id = unmatched_days.conversion_id
            and keys.conversion_version = unmatched_days.conversion_version
            and keys.date_day = unmatched_days.date_day

),

told as (

    select
        *,
        case when not is_unmatched then visits_valid end as visits_told,
        case when not is_unmatched then users end as users_told
    from joined

),

final as (

    select
        conversion_id,
        channel,
        campaign_id,
        case
            when is_unmatched then 'no_client_ids'
            when visits_valid = 0 then 'no_visits'
        end as reason_code,
        conversion_version,
        visits_gross,
        visits_suspicious,
        visits_valid,
        visits_converted,
        reaches,
        users,
        users_converted,
        {{ safe_divide('visits_converted', 'visits_told') }} as visit_conversion_rate,
        {{ wilson_low('visits_converted', 'visits_told') }} as visit_conversion_low,
        {{ wilson_high('visits_converted', 'visits_told') }} as visit_conversion_high,
        {{ safe_divide('users_converted', 'users_told') }} as user_conversion_rate,
        {{ safe_divide('reaches_in_visits', 'visits_told') }} as reaches_per_visit,
        is_version_change,
        is_provisional,
        date_day
    from told

)

select * from final
