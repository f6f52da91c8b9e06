with journeys as (

    select * from {{ ref('int_journeys') }}
    where {{ in_touched_journeys() }}

),

clients as (

    select * from {{ ref('int_journey_clients') }}

),

visits as (

    select * from {{ ref('fct_visits') }}
    where {{ since_touched_journeys('visit_date') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

visit_touches as (

    select
        journeys.journey_id,
        visits.visit_id,
        visits.client_id,
        visits.channel,
        visits.campaign_id,
        clients.match_method,
        visits.started_at as touched_at
    from journeys
    inner join clients on journeys.journey_id = clients.journey_id
    inner join visits
        on
            clients.client_id = visits.client_id
            and {{ lies_before_journey() | indent(12) }}
    where
        not visits.is_suspicious
        and {{ elapsed_days('visits.started_at', 'journeys.journey_at') }} <= journeys.window_days

),

known_journeys as (

    select distinct journey_id
    from visit_touches
    where not {{ is_own_traffic('channel') }}

),

-- the CRM's own tags are evidence where no visit explains the journey: a form filled in on another
-- device, a landing page without the counter
crm_touches as (

    select
        journeys.journey_id,
        {{ null_string() }} as visit_id,
        journeys.client_id,
        channels.channel,
        case
            when {{ is_own_traffic('channels.channel') }} then '(none)'
            else coalesce(journeys.campaign_id, nullif(journeys.tag_campaign, ''), '(none)')
        end as campaign_id,
        'crm_utm' as match_method,
        journeys.journey_at as touched_at
    from journeys
    inner join channels on {{ same_tags('journeys', 'channels') }}
    left join known_journeys on journeys.journey_id = known_journeys.journey_id
    where journeys.tag_source <> '' and known_journeys.journey_id is null

),

unioned as (

    select * from visit_touches
    union all
    select * from crm_touches

),

-- of two touches in one second the larger visit id is the later one; ids are digits kept as text, so
-- the longer is the larger
numbered as (

    select
        unioned.*,
        row_number() over (
            partition by unioned.journey_id
            order by unioned.touched_at, length(coalesce(unioned.visit_id, '')), unioned.visit_id
        ) as touch_number,
        count(*) over (partition by unioned.journey_id) as touch_count
    from unioned

),

final as (

    select
        journeys.journey_id,
        journeys.journey_type,
        numbered.visit_id,
        numbered.client_id,
        numbered.channel,
        numbered.campaign_id,
        numbered.match_method,
        {{ to_bigint('numbered.touch_number') }} as touch_number,
        {{ to_bigint('numbered.touch_count') }} as touch_count,
        {{ elapsed_days('numbered.touched_at', 'journeys.journey_at') }} as days_before,
        numbered.touched_at,
        journeys.journey_at
    from numbered
    inner join journeys on numbered.journey_id = journeys.journey_id

)

select * from final
