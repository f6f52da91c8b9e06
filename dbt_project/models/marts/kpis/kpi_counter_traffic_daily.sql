-- What each counter says by itself, one beside the other: the record, and the witnesses that are never
-- added to it. GA4's sums are sessions that nobody can score, so gross figures are all there is.
with visits as (

    select * from {{ ref('int_visit_days') }}

),

-- visits of a counter that is not the record have no channel: only their number bears witness
witnesses as (

    select * from {{ ref('int_witness_days') }}

),

ga4_sums as (

    select * from {{ ref('int_ga4_sums_tagged') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

of_record as (

    select
        source_system,
        channel,
        campaign_id,
        sum(visits) as visits,
        sum(new_visits) as new_visits,
        sum(new_known_visits) as new_known_visits,
        sum(bounces) as bounces,
        sum(bounce_known_visits) as bounce_known_visits,
        {{ sum_if_known('goal_visits') }} as converted_visits,
        false as is_aggregated,
        false as is_incomplete,
        visit_date as date_day
    from visits
    group by source_system, channel, campaign_id, visit_date

),

aggregated as (

    select
        'ga4' as source_system,
        coalesce(channels.channel, 'other') as channel,
        case
            when {{ is_own_traffic('channels.channel') }} then '(none)'
            else coalesce(nullif(ga4_sums.tag_campaign, ''), '(none)')
        end as campaign_id,
        sum(ga4_sums.sessions) as visits,
        sum(ga4_sums.new_users) as new_visits,
        sum(case when ga4_sums.new_users is not null then ga4_sums.sessions else 0 end)
            as new_known_visits,
        sum(ga4_sums.sessions - ga4_sums.engaged_sessions) as bounces,
        sum(case when ga4_sums.engaged_sessions is not null then ga4_sums.sessions else 0 end)
            as bounce_known_visits,
        {{ sum_if_known('ga4_sums.converted_sessions') }} as converted_visits,
        true as is_aggregated,
        max(case when ga4_sums.is_sampled or ga4_sums.is_incomplete then 1 else 0 end) = 1
            as is_incomplete,
        ga4_sums.session_date as date_day
    from ga4_sums
    left join channels on {{ same_tags('ga4_sums', 'channels') }}
    group by
        coalesce(channels.channel, 'other'),
        case
            when {{ is_own_traffic('channels.channel') }} then '(none)'
            else coalesce(nullif(ga4_sums.tag_campaign, ''), '(none)')
        end,
        ga4_sums.session_date

),

by_campaign as (

    select * from of_record
    union all
    select * from aggregated

),

unioned as (

    select
        source_system,
        channel,
        campaign_id,
        visits,
        new_visits,
        new_known_visits,
        bounces,
        bounce_known_visits,
        converted_visits,
        is_aggregated,
        is_incomplete,
        date_day
    from by_campaign

    union all

    select
        source_system,
        '(all)' as channel,
        '(all)' as campaign_id,
        sum(visits) as visits,
        sum(new_visits) as new_visits,
        sum(new_known_visits) as new_known_visits,
        sum(bounces) as bounces,
        sum(bounce_known_visits) as bounce_known_visits,
        {{ sum_if_known('converted_visits') }} as converted_visits,
        max(case when is_aggregated then 1 else 0 end) = 1 as is_aggregated,
        max(case when is_incomplete then 1 else 0 end) = 1 as is_incomplete,
        date_day
    from by_campaign
    group by source_system, date_day

    union all

    select
        source_system,
        '(all)' as channel,
        '(all)' as campaign_id,
        visits,
        new_visits,
        new_known_visits,
        bounces,
        bounce_known_visits,
        converted_visits,
        false as is_aggregated,
        false as is_incomplete,
        visit_date as date_day
    from witnesses

),

final as (

    select
        source_system,
        channel,
        campaign_id,
        case
            when visits = 0 then 'no_visits'
            when converted_visits is null then 'no_denominator'
        end as reason_code,
        {{ to_bigint('visits') }} as visits,
        {% for count, known in [
            ('new_visits', 'new_known_visits'), ('bounces', 'bounce_known_visits'),
        ] %}
            {{ to_bigint('case when ' ~ known ~ ' > 0 or visits = 0 then ' ~ count ~ ' end') }}
                as {{ count }},
            {{ to_bigint(known) }} as {{ known }},
        {% endfor %}
        {{ to_bigint('converted_visits') }} as converted_visits,
        {{ safe_divide('bounces', 'bounce_known_visits') }} as bounce_rate,
        {{ safe_divide('converted_visits', 'visits') }} as gross_conversion_rate,
        {{ wilson_low('converted_visits', 'visits') }} as gross_conversion_low,
        {{ wilson_high('converted_visits', 'visits') }} as gross_conversion_high,
        case source_system
            {% for source_system in ['yandex_metrica', 'ga4', 'plain'] %}
                when '{{ source_system }}' then {{ is_counter_of_record(source_system) }}
            {% endfor %}
        end as is_of_record,
        is_aggregated,
        is_incomplete,
        date_day
    from unioned

)

select * from final
