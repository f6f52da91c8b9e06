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
        {{ count_if_known('is_new_visitor') }} as new_visits,
        {{ count_if_known('is_bounce') }} as bounces,
        {{ count_if_known('is_empty') }} as empty_visits,
        {{ count_where("traffic_class = 'off_audience'") }} as off_audience_visits,
        {{ count_where("not is_suspicious and audience_class = 'unknown'") }}
            as unknown_audience_visits,
        {{ count_where('suspicion_points = 0') }} as strict_visits,
        {{ count_where('has_goal') }} as goal_visits,
        {{ count_where('has_goal and not is_suspicious') }} as goal_valid_visits,
        {{ count_where('has_goal and suspicion_points = 0') }} as goal_strict_visits,
        {{ count_where('is_provisional') }} as provisional_visits,
        visit_date
    from visits
    group by source_system, utm_source, channel, campaign_id, visit_date

)

select * from final
