-- Visits counted by day and campaign, so that marts of months and years need not read every visit.
with visits as (

    select * from {{ ref('fct_visits') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

final as (

    select
        source_system,
        utm_source,
        channel,
        campaign_id,
        count(*) as visits,
        {{ count_where('not is_suspicious') }} as valid_visits,
        {{ count_where('is_suspicious') }} as suspicious_visits,
        {{ count_where('is_new_visitor') }} as new_visits,
        count(is_new_visitor) as new_known_visits,
        {{ count_where('is_bounce') }} as bounces,
        count(is_bounce) as bounce_known_visits,
        {{ count_where('is_empty') }} as empty_visits,
        count(is_empty) as empty_known_visits,
        {{ count_where("traffic_class = 'off_audience'") }} as off_audience_visits,
        {{ count_where("not is_suspicious and audience_class = 'unknown'") }}
            as unknown_audience_visits,
        {{ count_where('suspicion_points = 0') }} as strict_visits,
        count(landing_path) as page_visits,
        -- a file has the column of goals or lacks it: a part of a day's goals would look like fewer
        {{ count_if_known('has_goal') }} as goal_visits,
        case
            when count(has_goal) = count(*) then {{ count_where('has_goal and not is_suspicious') }}
        end as goal_valid_visits,
        case
            when count(has_goal) = count(*)
                then {{ count_where('has_goal and suspicion_points = 0') }}
        end as goal_strict_visits,
        {{ count_where('is_provisional') }} as provisional_visits,
        visit_date
    from visits
    group by source_system, utm_source, channel, campaign_id, visit_date

)

select * from final
