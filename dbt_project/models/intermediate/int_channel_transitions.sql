-- Steps from channel to channel in the last twelve complete months: paths that led to a lead or an order,
-- and paths that led nowhere (visits of a browser that no journey claims). The input of the Markov
-- diagnostic.
with journeys as (

    select * from {{ ref('int_journeys') }}
    where journey_type <> 'invalid_lead'

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}
    where journey_type <> 'invalid_lead'

),

visits as (

    select * from {{ ref('fct_visits') }}
    where not is_suspicious

),

period as (

    {{ trailing_year() | indent(4) }}

),

converting_steps as (

    select
        touchpoints.journey_id as path_id,
        touchpoints.channel,
        touchpoints.visit_id,
        touchpoints.touched_at
    from touchpoints
    inner join journeys on touchpoints.journey_id = journeys.journey_id
    inner join period
        on
            journeys.journey_date >= period.period_start
            and journeys.journey_date <= period.period_end

),

claimed_visits as (

    select distinct visit_id
    from touchpoints
    where visit_id is not null

),

lost_steps as (

    select
        {{ dbt.concat(["'browser:'", 'coalesce(visits.client_id, visits.visit_id)']) }} as path_id,
        visits.channel,
        visits.visit_id,
        visits.started_at as touched_at
    from visits
    inner join period
        on visits.visit_date >= period.period_start and visits.visit_date <= period.period_end
    left join claimed_visits on visits.visit_id = claimed_visits.visit_id
    where claimed_visits.visit_id is null

),

steps as (

    select
        *,
        '(conversion)' as path_end
    from converting_steps
    union all
    select
        *,
        '(null)' as path_end
    from lost_steps

),

neighbours as (

    select
        channel,
        path_end,
        lag({{ nullable('channel') }}) over (
            partition by path_id
            order by touched_at, length(coalesce(visit_id, '')), visit_id
        ) as channel_before,
        lead({{ nullable('channel') }}) over (
            partition by path_id
            order by touched_at, length(coalesce(visit_id, '')), visit_id
        ) as channel_after
    from steps

),

moves as (

    select
        coalesce(channel_before, '(start)') as from_channel,
        channel as to_channel
    from neighbours
    union all
    select
        channel as from_channel,
        path_end as to_channel
    from neighbours
    where channel_after is null

),

final as (

    select
        from_channel,
        to_channel,
        {{ to_bigint('count(*)') }} as transitions
    from moves
    -- twice the same channel in a row is one stay
    where from_channel <> to_channel
    group by from_channel, to_channel

)

select * from final
