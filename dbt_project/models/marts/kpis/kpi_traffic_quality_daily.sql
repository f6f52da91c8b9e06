{# what a counter's files need not tell of every visit, and of how many they tell it #}
{% set known_visits = {
    'new_visits': 'new_known_visits', 'bounces': 'bounce_known_visits',
    'empty_visits': 'empty_known_visits',
} %}
{% set told_counts = known_visits.keys() | list + known_visits.values() | list %}
{# what a file tells of all its visits or of none: without it a count is unknown, not zero #}
{% set optional_counts = ['goal_visits', 'goal_valid_visits', 'goal_strict_visits'] %}

with visits as (

    select * from {{ ref('int_visit_days') }}

),

visitors as (

    select * from {{ ref('int_visitor_days') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

spikes as (

    select * from {{ ref('int_traffic_spikes_detected') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

vendor_reports as (

    select * from {{ ref('stg_yandex_metrica__daily_reports') }}

),

visit_days as (

    select
        visit_date as date_day,
        channel,
        campaign_id,
        {% for column in [
            'visits', 'suspicious_visits', 'off_audience_visits', 'unknown_audience_visits',
            'strict_visits',
        ] + told_counts %}
            sum({{ column }}) as {{ column }},
        {% endfor %}
        {% for column in optional_counts %}
            {{ sum_if_known(column) }} as {{ column }},
        {% endfor %}
        sum(provisional_visits) as provisional_rows
    from visits
    group by visit_date, channel, campaign_id

),

spend_days as (

    select
        spend_date as date_day,
        channel,
        campaign_id,
        sum(spend_amount) as spend_amount,
        sum(clicks) as clicks,
        {{ count_where('spend_amount is null') }} as unrated_rows,
        {{ count_where('is_provisional') }} as provisional_rows
    from ad_spend
    group by spend_date, channel, campaign_id

),

keys as (

    select
        date_day,
        channel,
        campaign_id
    from visit_days
    union distinct
    select
        date_day,
        channel,
        campaign_id
    from spend_days

),

campaign_days as (

    select
        keys.date_day,
        keys.channel,
        keys.campaign_id,
        coalesce(visit_days.visits, 0) as visits,
        {% for column in optional_counts %}
            case when visit_days.visits is null then 0 else visit_days.{{ column }} end
                as {{ column }},
        {% endfor %}
        coalesce(visit_days.suspicious_visits, 0) as suspicious_visits,
        coalesce(visit_days.off_audience_visits, 0) as off_audience_visits,
        coalesce(visit_days.unknown_audience_visits, 0) as unknown_audience_visits,
        coalesce(visit_days.strict_visits, 0) as strict_visits,
        {% for column in told_counts %}
            coalesce(visit_days.{{ column }}, 0) as {{ column }},
        {% endfor %}
        spend_days.spend_amount,
        spend_days.clicks,
        -- only visits of campaigns with clicks stand against clicks
        case when spend_days.clicks > 0 then coalesce(visit_days.visits, 0) end as clicked_visits,
        coalesce(spend_days.unrated_rows, 0) as unrated_rows,
        coalesce(visit_days.provisional_rows, 0) + coalesce(spend_days.provisional_rows, 0)
            as provisional_rows
    from keys
    left join visit_days
        on
            keys.date_day = visit_days.date_day
            and keys.channel = visit_days.channel
            and keys.campaign_id = visit_days.campaign_id
    left join spend_days
        on
            keys.date_day = spend_days.date_day
            and keys.channel = spend_days.channel
            and keys.campaign_id = spend_days.campaign_id

),

{% set sums = [
    'visits', 'suspicious_visits', 'off_audience_visits', 'unknown_audience_visits', 'strict_visits',
    'goal_visits', 'goal_valid_visits', 'goal_strict_visits', 'spend_amount', 'clicks',
    'clicked_visits', 'unrated_rows', 'provisional_rows',
] + told_counts %}
{# what was spent on a kind of visits, and the visits it was spent on #}
{% set empty_kinds = {
    'wasted_spend': 'suspicious_visits', 'off_audience_spend': 'off_audience_visits',
} %}
-- estimates: the bill does not say which visit it was for
judged_campaign_days as (

    select
        *,
        {% for spend, kind in empty_kinds.items() %}
            {{ to_exact('spend_amount * ' ~ safe_divide(kind, 'visits')) }} as {{ spend }},
            case when coalesce(spend_amount, 0) = 0 then {{ kind }} else 0 end as unpaid_{{ kind }},
        {% endfor %}
        case when visits = 0 then spend_amount end as unjudged_spend,
        case when coalesce(spend_amount, 0) = 0 then visits else 0 end as unpaid_visits
    from campaign_days

),

channel_sums as (

    select
        date_day,
        channel,
        {% for column in sums -%}
            {{ sum_if_known(column) if column in optional_counts else 'sum(' ~ column ~ ')' }}
                as {{ column }},
        {% endfor -%}
        {% for spend, kind in empty_kinds.items() %}
            sum({{ spend }}) as {{ spend }},
            sum(unpaid_{{ kind }}) as unpaid_{{ kind }},
        {% endfor %}
        sum(unjudged_spend) as unjudged_spend,
        sum(unpaid_visits) as unpaid_visits
    from judged_campaign_days
    group by date_day, channel

),

-- spend of a campaign that no visit names bought the channel's visits without a campaign
judged_channel_days as (

    select
        date_day,
        channel,
        {% for column in sums -%}
            {{ column }},
        {% endfor -%}
        {% for spend, kind in empty_kinds.items() %}
            case
                when unjudged_spend > 0 and visits > 0
                    then
                        coalesce({{ spend }}, 0) + {{ to_exact(
                            'unjudged_spend * coalesce('
                            ~ safe_divide('unpaid_' ~ kind, 'unpaid_visits') ~ ', '
                            ~ safe_divide(kind, 'visits') ~ ')'
                        ) }}
                else {{ spend }}
            end as {{ spend }},
        {% endfor %}
        case when visits = 0 then unjudged_spend end as unjudged_spend
    from channel_sums

),

summed as (

    select
        date_day,
        channel,
        campaign_id,
        {% for column in sums -%}
            {{ column }},
        {% endfor -%}
        wasted_spend,
        off_audience_spend,
        unjudged_spend
    from judged_campaign_days
    union all
    select
        date_day,
        channel,
        '(all)' as campaign_id,
        {% for column in sums -%}
            {{ column }},
        {% endfor -%}
        wasted_spend,
        off_audience_spend,
        unjudged_spend
    from judged_channel_days
    union all
    select
        date_day,
        '(all)' as channel,
        '(all)' as campaign_id,
        {% for column in sums -%}
            {{ sum_if_known(column) if column in optional_counts else 'sum(' ~ column ~ ')' }}
                as {{ column }},
        {% endfor -%}
        sum(wasted_spend) as wasted_spend,
        sum(off_audience_spend) as off_audience_spend,
        sum(unjudged_spend) as unjudged_spend
    from judged_channel_days
    group by date_day

),

-- the counter's own count of robots, which it gives for the whole site only
vendor_days as (

    select
        report_date as date_day,
        sum(visits) as vendor_visits,
        sum(robot_visits) as vendor_robot_visits
    from vendor_reports
    where robot_visits is not null
    group by report_date

),

-- the detector also knows days on which a channel had no visits at all
all_keys as (

    select
        date_day,
        channel,
        campaign_id
    from summed
    union distinct
    select
        date_day,
        channel,
        campaign_id
    from spikes

),

joined as (

    select
        all_keys.date_day,
        all_keys.channel,
        all_keys.campaign_id,
        {#- without an ad account there is no spend, which is not a spend of nothing #}
        {%- set nullable_sums = ['spend_amount', 'clicks', 'clicked_visits'] %}
        {% for column in sums if column not in nullable_sums + optional_counts %}
            coalesce(summed.{{ column }}, 0) as {{ column }},
        {% endfor %}
        {% for column in optional_counts %}
            case when summed.visits is null then 0 else summed.{{ column }} end as {{ column }},
        {% endfor %}
        summed.spend_amount,
        summed.clicks,
        summed.clicked_visits,
        summed.wasted_spend,
        summed.off_audience_spend,
        summed.unjudged_spend,
        coalesce(visitors.visitors, 0) as visitors,
        coalesce(summed.visits, 0) - coalesce(summed.suspicious_visits, 0) as valid_visits,
        channels.contractor,
        vendor_days.vendor_visits,
        vendor_days.vendor_robot_visits,
        spikes.spike_verdict,
        spikes.spike_reason,
        spikes.expected_visits,
        spikes.expected_low,
        spikes.expected_high,
        spikes.expected_share,
        spikes.share_limit
    from all_keys
    left join summed
        on
            all_keys.date_day = summed.date_day
            and all_keys.channel = summed.channel
            and all_keys.campaign_id = summed.campaign_id
    left join visitors
        on
            all_keys.date_day = visitors.visit_date
            and all_keys.channel = visitors.channel
            and all_keys.campaign_id = visitors.campaign_id
    left join spikes
        on
            all_keys.date_day = spikes.date_day
            and all_keys.channel = spikes.channel
            and all_keys.campaign_id = spikes.campaign_id
    left join channels on all_keys.channel = channels.channel
    left join vendor_days
        on
            all_keys.date_day = vendor_days.date_day
            and all_keys.channel = '(all)'
            and all_keys.campaign_id = '(all)'

),

-- a sum that lacks one amount would look like a cheap day
rated as (

    select
        *,
        case when unrated_rows = 0 then spend_amount end as known_spend_amount,
        case when unrated_rows = 0 then wasted_spend end as known_wasted_spend,
        case when unrated_rows = 0 then off_audience_spend end as known_off_audience_spend,
        case when unrated_rows = 0 then unjudged_spend end as known_unjudged_spend,
        -- a series begins with its first visit; spend before it has nothing to be compared with
        campaign_id = '(none)' or coalesce(
            date_day >= min(case when visits > 0 then date_day end)
                over (partition by channel, campaign_id),
            false
        ) as has_begun
    from joined

),

final as (

    select
        channel,
        campaign_id,
        contractor,
        {% for column in ['spike_verdict', 'spike_reason'] %}
            case when has_begun then {{ column }} else 'insufficient_history' end as {{ column }},
        {% endfor %}
        case
            when visits = 0 then 'no_visits'
            when unrated_rows > 0 then 'missing_rate'
            when coalesce(known_spend_amount, 0) <= 0 then 'no_spend'
        end as reason_code,
        {{ to_bigint('visits') }} as visits,
        {{ to_bigint('visitors') }} as visitors,
        {% for count, known in known_visits.items() %}
            {{ to_bigint('case when ' ~ known ~ ' > 0 or visits = 0 then ' ~ count ~ ' end') }}
                as {{ count }},
            {{ to_bigint(known) }} as {{ known }},
        {% endfor %}
        {{ to_bigint('suspicious_visits') }} as suspicious_visits,
        {{ to_bigint('off_audience_visits') }} as off_audience_visits,
        {{ to_bigint('unknown_audience_visits') }} as unknown_audience_visits,
        {{ to_bigint('valid_visits') }} as valid_visits,
        {{ to_bigint('strict_visits') }} as strict_visits,
        {{ to_bigint('goal_visits') }} as goal_visits,
        {{ to_bigint('goal_visits - goal_valid_visits') }} as suspicious_goal_visits,
        {{ to_bigint('vendor_robot_visits') }} as vendor_robot_visits,
        {{ safe_divide('new_visits', 'new_known_visits') }} as new_visitor_share,
        {{ safe_divide('bounces', 'bounce_known_visits') }} as bounce_rate,
        {{ safe_divide('empty_visits', 'empty_known_visits') }} as empty_visit_share,
        {{ safe_divide('suspicious_visits', 'visits') }} as suspicious_share,
        {{ safe_divide('off_audience_visits', 'valid_visits') }} as off_audience_share,
        {{ safe_divide('unknown_audience_visits', 'valid_visits') }} as unknown_audience_share,
        {{ safe_divide('vendor_robot_visits', 'vendor_visits') }} as vendor_robot_share,
        {{ safe_divide('goal_visits', 'visits') }} as goal_rate_gross,
        {{ safe_divide('goal_valid_visits', 'valid_visits') }} as goal_rate_valid,
        {{ safe_divide('goal_strict_visits', 'strict_visits') }} as goal_rate_strict,
        cast(known_spend_amount as {{ type_money() }}) as spend_amount,
        {{ to_bigint('clicks') }} as clicks,
        {{ safe_divide('clicked_visits', 'clicks') }} as click_to_visit_ratio,
        {{ to_money(safe_divide(positive('known_spend_amount'), 'valid_visits')) }}
            as cost_per_valid_visit_amount,
        {{ to_money(safe_divide(positive('known_spend_amount'), 'visits')) }}
            as cost_per_visit_amount,
        {{ to_money(safe_divide(positive('known_spend_amount'), 'strict_visits')) }}
            as cost_per_strict_visit_amount,
        {{ to_money('known_wasted_spend') }} as wasted_spend_amount,
        {{ to_money('known_off_audience_spend') }} as off_audience_spend_amount,
        cast(known_unjudged_spend as {{ type_money() }}) as unjudged_spend_amount,
        expected_visits,
        expected_low,
        expected_high,
        expected_share as expected_suspicious_share,
        share_limit as suspicious_share_limit,
        provisional_rows > 0 as is_provisional,
        date_day
    from rated

)

select * from final
