-- Browsers known to belong to the person of a journey, with the strongest evidence for each.
with journeys as (

    select * from {{ ref('int_journeys') }}

),

visits as (

    select * from {{ ref('int_visits_unioned') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

orders_unioned as (

    select * from {{ ref('int_orders_unioned') }}

),

leads as (

    select * from {{ ref('int_leads_deduplicated') }}

),

person_clients as (

    select
        {{ dbt.concat(["'customer:'", 'customer_id']) }} as person_key,
        client_id
    from orders
    where customer_id is not null and client_id is not null
    union distinct
    select
        {{ dbt.concat(["'customer:'", 'customer_id']) }} as person_key,
        client_id
    from leads
    where customer_id is not null and client_id is not null
    union distinct
    select
        {{ dbt.concat(["'contact:'", 'contact_hash']) }} as person_key,
        client_id
    from leads
    where contact_hash is not null and client_id is not null
    union distinct
    -- whoever calls may have bought from a browser before
    select
        {{ dbt.concat(["'contact:'", 'orders_unioned.phone_hash']) }} as person_key,
        orders.client_id
    from orders
    inner join orders_unioned on orders.order_id = orders_unioned.order_id
    where orders_unioned.phone_hash is not null and orders.client_id is not null

),

journey_persons as (

    select
        journey_id,
        {{ dbt.concat(["'customer:'", 'customer_id']) }} as person_key
    from journeys
    where customer_id is not null
    union distinct
    select
        journey_id,
        {{ dbt.concat(["'contact:'", 'contact_hash']) }} as person_key
    from journeys
    where contact_hash is not null

),

unioned as (

    select
        journey_id,
        client_id,
        1 as strength
    from journeys
    where client_id is not null

    union all

    select
        journeys.journey_id,
        visits.client_id,
        2 as strength
    from journeys
    inner join visits on journeys.yclid = visits.yclid

    union all

    select
        journeys.journey_id,
        visits.client_id,
        3 as strength
    from journeys
    inner join visits on journeys.gclid = visits.gclid

    union all

    select
        journey_persons.journey_id,
        person_clients.client_id,
        4 as strength
    from journey_persons
    inner join person_clients on journey_persons.person_key = person_clients.person_key

    union all

    -- the browser that the lead's own order came from
    select
        journeys.journey_id,
        orders.client_id,
        4 as strength
    from journeys
    inner join orders on journeys.lead_id = orders.lead_id
    where orders.client_id is not null

),

strongest as (

    select
        journey_id,
        client_id,
        min(strength) as strength
    from unioned
    group by journey_id, client_id

),

final as (

    select
        journey_id,
        client_id,
        case strength
            when 1 then 'client_id'
            when 2 then 'yclid'
            when 3 then 'gclid'
            else 'customer'
        end as match_method
    from strongest

)

select * from final
