-- One dense daily series per channel and one for all of them: a day without visits is a zero, so that
-- an outage is seen. Input of the spike detector.
with visits as (

    select * from {{ ref('fct_visits') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

confirmed_attacks as (

    select * from {{ ref('stg_registers__confirmed_attacks') }}

),

planned_events as (

    select * from {{ ref('stg_registers__planned_events') }}

),

channel_days as (

    select
        channel,
        visit_date as date_day,
        count(*) as visits,
        {{ count_where('is_suspicious') }} as suspicious_visits
    from visits
    group by channel, visit_date

),

spend_days as (

    select
        channel,
        spend_date as date_day,
        sum(spend_amount) as spend_amount
    from ad_spend
    group by channel, spend_date

),

series as (

    select
        channel,
        min(date_day) as first_day
    from channel_days
    group by channel

),

dense as (

    select
        series.channel,
        dates.date_day,
        dates.is_holiday,
        coalesce(channel_days.visits, 0) as visits,
        coalesce(channel_days.suspicious_visits, 0) as suspicious_visits,
        {{ to_double('coalesce(spend_days.spend_amount, 0)') }} as spend_amount
    from series
    inner join dates
        on series.first_day <= dates.date_day and {{ is_complete_day('dates.date_day') }}
    left join channel_days
        on series.channel = channel_days.channel and dates.date_day = channel_days.date_day
    left join spend_days
        on series.channel = spend_days.channel and dates.date_day = spend_days.date_day

),

unioned as (

    select
        channel,
        date_day,
        is_holiday,
        visits,
        suspicious_visits,
        spend_amount
    from dense
    union all
    select
        '(all)' as channel,
        date_day,
        is_holiday,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits,
        sum(spend_amount) as spend_amount
    from dense
    group by date_day, is_holiday

),

attack_days as (

    select distinct
        unioned.channel,
        unioned.date_day
    from unioned
    inner join confirmed_attacks
        on
            unioned.channel in (confirmed_attacks.channel, '(all)')
            and unioned.date_day >= confirmed_attacks.start_date
            and unioned.date_day <= confirmed_attacks.end_date

),

planned_days as (

    select distinct
        unioned.channel,
        unioned.date_day
    from unioned
    inner join planned_events
        on
            (unioned.channel in (planned_events.channel, '(all)') or planned_events.channel is null)
            and unioned.date_day >= planned_events.start_date
            and unioned.date_day <= planned_events.end_date

),

final as (

    select
        unioned.channel,
        {{ to_bigint('unioned.visits') }} as visits,
        {{ to_bigint('unioned.suspicious_visits') }} as suspicious_visits,
        unioned.spend_amount,
        unioned.is_holiday,
        attack_days.channel is not null as is_confirmed_attack,
        planned_days.channel is not null as is_planned,
        unioned.date_day
    from unioned
    left join attack_days
        on unioned.channel = attack_days.channel and unioned.date_day = attack_days.date_day
    left join planned_days
        on unioned.channel = planned_days.channel and unioned.date_day = planned_days.date_day

)

select * from final
