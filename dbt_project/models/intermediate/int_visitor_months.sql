-- A browser counts once a month, on the day of its first valid visit; so days of a month add up to its
-- visitors.
with visits as (

    select * from {{ ref('fct_visits') }}
    where not is_suspicious and {{ in_touched_days('visit_date', 'rescored months') }}

),

first_days as (

    select
        client_id,
        channel,
        {{ month_of('visit_date') }} as month,
        count(*) as visits,
        min(visit_date) as first_day
    from visits
    group by client_id, channel, {{ month_of('visit_date') }}

),

first_days_of_all as (

    select
        client_id,
        month,
        sum(visits) as visits,
        min(first_day) as first_day
    from first_days
    group by client_id, month

),

final as (

    select
        channel,
        count(*) as visitors,
        {{ to_bigint('sum(visits * visits)') }} as valid_visit_squares,
        first_day as visit_date
    from first_days
    group by channel, first_day
    union all
    select
        '(all)' as channel,
        count(*) as visitors,
        {{ to_bigint('sum(visits * visits)') }} as valid_visit_squares,
        first_day as visit_date
    from first_days_of_all
    group by first_day

)

select * from final
