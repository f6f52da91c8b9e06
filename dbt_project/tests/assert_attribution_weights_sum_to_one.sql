-- Every journey is shared out completely by every model. A returned row is a journey and model whose
-- credits do not add up to 1 exactly, or a journey that a model forgot (six models each).
{{ config(meta={'dagster': {'ref': {'name': 'int_journey_credits'}}}) }}

with credits as (

    select * from {{ ref('int_journey_credits') }}

),

journeys as (

    select journey_id from {{ ref('int_journeys') }}

),

sums as (

    select
        journey_id,
        attribution_model,
        sum(credit) as total_credit
    from credits
    where {{ is_of_tested_journey() }}
    group by journey_id, attribution_model

),

models_of_journeys as (

    select
        journeys.journey_id,
        count(sums.attribution_model) as models
    from journeys
    left join sums on journeys.journey_id = sums.journey_id
    where {{ is_of_tested_journey('journeys.journey_id') }}
    group by journeys.journey_id

),

-- among all journeys, whenever they were shared out
forgotten as (

    select
        journeys.journey_id,
        0 as models
    from journeys
    left join credits
        on journeys.journey_id = credits.journey_id and credits.attribution_model = 'first'
    where credits.journey_id is null

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
from models_of_journeys
where models <> 6
union all
select
    journey_id,
    'models' as attribution_model,
    models as total_credit
from forgotten
