-- Conversions that a visit tells by itself: its goals, its events, its landing page.
with rules as (

    select * from {{ ref('int_conversion_rules') }}

),

raw_visits as (

    select * from {{ ref('int_visits_unioned') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

visits as (

    select * from {{ ref('fct_visits') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

-- goals and pages of a visit count on the visit's own day, so that a rate never exceeds 1
reached as (

    select
        rules.conversion_id,
        rules.conversion_version,
        raw_visits.visit_id,
        sum(
            case
                when rules.rule_type in ('metrica_goal', 'ga4_event')
                    then {{ list_count_of('raw_visits.goal_list', 'rules.rule_element') }}
                else 1
            end
        ) as reach_count
    from raw_visits
    inner join rules
        on
            raw_visits.visit_date >= rules.valid_from
            and raw_visits.visit_date < rules.valid_before
            and rules.rule_element <> ''
            and (
                (
                    rules.rule_type in ('metrica_goal', 'ga4_event')
                    and raw_visits.goal_list <> ''
                    and {{ list_has('raw_visits.goal_list', 'rules.rule_element') }}
                )
                or (
                    rules.rule_type = 'url_contains'
                    and raw_visits.landing_url
                    like {{ dbt.concat(["'%'", 'rules.rule_element', "'%'"]) }}
                )
            )
    group by rules.conversion_id, rules.conversion_version, raw_visits.visit_id

),

final as (

    select
        {{ surrogate_key(['reached.conversion_id', 'visits.visit_id']) }} as conversion_event_id,
        reached.conversion_id,
        visits.visit_id,
        visits.client_id,
        visits.channel,
        visits.campaign_id,
        reached.conversion_version,
        reached.reach_count,
        visits.is_suspicious,
        visits.visit_date,
        visits.started_at
    from reached
    inner join visits on reached.visit_id = visits.visit_id

)

select * from final
