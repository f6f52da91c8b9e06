-- A touch is not later than its journey's end, not older than its window, never suspicious, and touches
-- are numbered without gaps. A returned row is a touch that breaks this.
{{ config(meta={'dagster': {'ref': {'name': 'fct_touchpoints'}}}) }}

select
    touchpoints.journey_id,
    touchpoints.touch_number,
    touchpoints.days_before
from {{ ref('fct_touchpoints') }} as touchpoints
inner join {{ ref('int_journeys') }} as journeys on touchpoints.journey_id = journeys.journey_id
left join {{ ref('fct_visits') }} as visits on touchpoints.visit_id = visits.visit_id
where
    {{ is_of_tested_journey('touchpoints.journey_id') }}
    and (
        touchpoints.days_before < 0
        or touchpoints.days_before > journeys.window_days
        or touchpoints.touch_number > touchpoints.touch_count
        or coalesce(visits.is_suspicious, false)
    )
