-- Every journey is shared out completely by every model. A returned row is a journey and model whose
-- weights do not add up to 1, or a journey that a model forgot (six models each).
{{ config(meta={'dagster': {'ref': {'name': 'int_attribution_weights'}}}) }}

with sums as (

    select
        journey_id,
        attribution_model,
        sum(weight) as total_weight
    from {{ ref('int_attribution_weights') }}
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
    total_weight
from sums
where abs(total_weight - 1) > 0.000000001
union all
select
    journey_id,
    'models' as attribution_model,
    models as total_weight
from journeys
where models <> 6
