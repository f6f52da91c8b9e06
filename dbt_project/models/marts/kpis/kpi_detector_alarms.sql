-- How loud the detector is, and how loud it would be if nothing ever happened: whoever reads an alarm
-- should know how many of them chance alone brings.
with spikes as (

    select * from {{ ref('int_traffic_spikes_detected') }}

),

rates as (

    select * from {{ ref('detector_false_alarm_rates') }}

),

recent as (

    select
        *,
        {{ dbt.concat(['channel', "'|'", 'campaign_id']) }} as series_key,
        case
            when channel = '(all)' then 'total'
            when campaign_id = '(all)' then 'channel'
            else 'campaign'
        end as series_level,
        spike_verdict <> 'insufficient_history' as is_judged
    from spikes
    where date_day > {{ add_days(company('last_complete_date'), -30) }}

),

-- the rate measured for the series' size and length of history
rated as (

    select
        recent.channel,
        recent.campaign_id,
        recent.date_day,
        max(rates.volume_rate + rates.share_rate) as false_alarm_rate
    from recent
    inner join rates
        on
            recent.history_days >= rates.history_days_from
            and coalesce(recent.expected_visits, 0) >= rates.visits_from
            -- a long history has rates of its own, which are lower
            and (recent.history_days < 56 or rates.history_days_from = 56)
    where recent.is_judged
    group by recent.channel, recent.campaign_id, recent.date_day

),

final as (

    select
        recent.series_level,
        {{ to_bigint('count(distinct recent.series_key)') }} as series_count,
        {{ count_where('recent.is_judged') }} as judged_days,
        {{ count_where('not recent.is_judged') }} as unjudged_days,
        {{ count_where("recent.spike_verdict = 'fail'") }} as fail_days,
        {{ count_where("recent.spike_verdict = 'warn'") }} as warn_days,
        {{ count_where("recent.spike_verdict = 'explained'") }} as explained_days,
        coalesce({{ exact_sum('rated.false_alarm_rate') }}, 0.0) as expected_false_alarms,
        min(recent.date_day) as first_date,
        max(recent.date_day) as last_date
    from recent
    left join rated
        on
            recent.channel = rated.channel
            and recent.campaign_id = rated.campaign_id
            and recent.date_day = rated.date_day
    group by recent.series_level

)

select * from final
