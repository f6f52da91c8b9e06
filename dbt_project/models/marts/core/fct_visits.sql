with visits as (

    select * from {{ ref('int_visits_unioned') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

scores as (

    select * from {{ ref('int_visits_scored') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

lookbacks as (

    select
        source_system,
        max(lookback_days) as lookback_days
    from {{ ref('stg_pipeline__sources') }}
    group by source_system

),

final as (

    select
        visits.visit_id,
        visits.counter_id,
        visits.client_id,
        visits.source_system,
        coalesce(channels.channel, 'other') as channel,
        case
            when {{ is_own_traffic('channels.channel') }} then '(none)'
            -- the click's own campaign number survives a renamed or mistyped tag
            else coalesce(visits.direct_campaign_id, visits.utm_campaign, '(none)')
        end as campaign_id,
        visits.traffic_source,
        visits.utm_source,
        visits.utm_medium,
        visits.utm_campaign,
        visits.landing_path,
        visits.device,
        visits.country,
        visits.city,
        visits.yclid,
        scores.suspicion_signals,
        scores.audience_class,
        case
            when scores.is_suspicious then 'suspicious'
            when scores.audience_class = 'off' then 'off_audience'
            else 'valid'
        end as traffic_class,
        visits.page_views,
        visits.duration_seconds,
        scores.suspicion_points,
        scores.suspicion_version,
        visits.is_new_visitor,
        visits.is_bounce,
        -- own definition: page code can switch the counter's bounce flag off, but not this
        case
            when visits.page_views is not null and visits.duration_seconds is not null
                then
                    visits.page_views <= 1
                    and visits.duration_seconds < 15
                    and not visits.has_goal
        end as is_empty,
        case when visits.goal_list is not null then visits.has_goal end as has_goal,
        scores.is_suspicious,
        scores.audience_class = 'off' as is_off_audience,
        visits.visit_date > {{ add_days(
            company('last_complete_date'), '-coalesce(lookbacks.lookback_days, 0)'
        ) }} as is_provisional,
        visits.visit_date,
        visits.started_at
    from visits
    inner join scores on visits.visit_id = scores.visit_id
    left join channels on {{ same_tags('visits', 'channels') }}
    left join lookbacks on visits.source_system = lookbacks.source_system

)

select * from final
