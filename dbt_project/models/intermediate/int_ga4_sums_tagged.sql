-- GA4's own sums of complete days, as its Data API or a CSV export gives them, with the tags by which
-- their channel is looked up. Days whose events were exported are counted from the events instead.
with sums as (

    select * from {{ ref('stg_ga4__sessions') }}
    where {{ is_complete_day('session_date') }}

),

event_days as (

    select distinct visit_date
    from {{ ref('int_ga4_sessions_built') }}

),

tagged as (

    select
        case when sums.utm_source not in ('(direct)', 'direct') then sums.utm_source end
            as utm_source,
        sums.utm_medium,
        case
            when sums.utm_campaign not in ('(direct)', '(organic)', '(referral)')
                then coalesce(sums.campaign_id, sums.utm_campaign)
        end as utm_campaign,
        sums.sessions,
        sums.engaged_sessions,
        sums.new_users,
        sums.converted_sessions,
        sums.key_events,
        sums.is_sampled,
        sums.is_thresholded or sums.has_other_row as is_incomplete,
        sums.session_date
    from sums
    left join event_days on sums.session_date = event_days.visit_date
    where event_days.visit_date is null

),

final as (

    select
        coalesce({{ traffic_source_of_tags('utm_source', 'utm_medium') }}, 'direct') as tag_type,
        coalesce(utm_source, '') as tag_source,
        coalesce(utm_medium, '') as tag_medium,
        coalesce(utm_campaign, '') as tag_campaign,
        sum(sessions) as sessions,
        sum(engaged_sessions) as engaged_sessions,
        sum(new_users) as new_users,
        -- a sum that lacks one row would look like fewer conversions
        case when count(converted_sessions) = count(*) then sum(converted_sessions) end
            as converted_sessions,
        sum(key_events) as key_events,
        max(case when is_sampled then 1 else 0 end) = 1 as is_sampled,
        max(case when is_incomplete then 1 else 0 end) = 1 as is_incomplete,
        session_date
    from tagged
    group by
        session_date,
        coalesce({{ traffic_source_of_tags('utm_source', 'utm_medium') }}, 'direct'),
        coalesce(utm_source, ''), coalesce(utm_medium, ''), coalesce(utm_campaign, '')

)

select * from final
