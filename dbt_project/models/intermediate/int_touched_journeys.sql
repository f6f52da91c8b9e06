-- Journeys that have to be shared out again since the last build that ended well: what is known of them is
-- not what that build knew, or one of their touches lies on a day whose visits are made anew. The table
-- grows until a build ends well, which empties it.
{% set touches = kept_mart('fct_touchpoints') %}
{% set days = touched_days('rescored') if touches else [] %}

with journeys as (

    select * from {{ ref('int_journeys') }}

),

clients as (

    select * from {{ ref('int_journey_clients') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

visits as (

    select * from {{ ref('fct_visits') }}

),

unioned as (

    {% for evidence in ['journeys', 'clients', 'orders'] %}
        {{ changed_since_built(
            evidence, journey_of_evidence(evidence) ~ ' as journey_id', touches is not none
        ) }}
    {% endfor %}
    {% if touches %}
        -- touches of these days as they were, dated in UTC
        select journey_id
        from {{ touches }}
        where {{ is_one_of_days(to_date('touched_at'), days_and_neighbours(days)) }}
        union distinct
    {% endif %}
    -- and as they are now
    select journeys.journey_id
    from visits
    inner join clients on visits.client_id = clients.client_id
    inner join journeys
        on
            clients.journey_id = journeys.journey_id
            and {{ lies_before_journey() | indent(12) }}
    where {{ is_one_of_days('visits.visit_date', days) }}

),

final as (

    select journey_id
    from unioned

)

select * from final
