-- Every journey is shared out completely by every model. A returned row is a journey and model whose
-- credits do not add up to 1 exactly, or a journey that a model forgot (six models each).
{{ config(meta={'dagster': {'ref': {'name': 'int_journey_credits'}}}) }}

with sums as (

    select
        journey_id,
        attribution_model,
        sum(credit) as total_credit
    from {{ ref('int_journey_credits') }}
    group by journey_id, attribution_model

),

journeys as (

    select
        journeys.journey_id,
        count(sums.attribution_model) as models
    from {{ ref('int_journeys') }} as journeys
    left join sums on journeys.journey_id = sums.journey_id
    group by journeys.journey_id

)

select
    journey_id,
    attribution_model,
    total_credit
from sums
where total_credit <> 1
union all
select
    journey_id,
    'models' as attribution_model,
    models as total_credit
from journeys
where models <> 6
