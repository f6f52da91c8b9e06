-- Every visit of a complete day as the counter of record saw it, with the tags by which its channel is
-- looked up. Visits of two counters of one site are never added.
{% set counters = [
    ('yandex_metrica', 'stg_yandex_metrica__visits'), ('ga4', 'int_ga4_sessions_built'),
    ('plain', 'stg_plain__visits'),
] %}
{% set columns = [
    'visit_id', 'counter_id', 'client_id', 'traffic_source', 'ad_engine', 'social_network',
    'messenger', 'utm_source', 'utm_medium', 'utm_campaign', 'direct_campaign_id', 'landing_url',
    'landing_path', 'referrer_host', 'yclid', 'gclid', 'goal_list', 'purchase_list', 'device',
    'operating_system', 'browser', 'screen', 'country', 'city', 'language', 'user_agent',
    'ip_network', 'client_time_zone_minutes', 'page_views', 'duration_seconds', 'is_new_visitor',
    'is_bounce', 'visit_date', 'started_at',
] %}

with unioned as (

    {% for source_system, model in counters %}
        select
            '{{ source_system }}' as source_system,
            {{ columns | join(', ') }},
            -- the other counters tell it by their events
            {{ 'has_interaction' if source_system == 'plain' else 'cast(null as boolean)' }}
                as has_interaction
        from {{ ref(model) }}
        where {{ is_counter_of_record(source_system) }} and {{ in_touched_days('visit_date') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        *,
        coalesce(traffic_source, '') as tag_type,
        -- auto-tagged clicks carry no UTM; the counter names the system instead
        coalesce(
            utm_source,
            case
                when traffic_source = 'ad' and ad_engine like 'ya%' then 'yandex'
                when traffic_source = 'ad' and ad_engine like 'google%' then 'google'
                when traffic_source = 'ad' and ad_engine like 'vk%' then 'vk'
                when traffic_source = 'ad' then ad_engine
                when traffic_source = 'social' then social_network
                when traffic_source = 'messenger' then messenger
            end,
            ''
        ) as tag_source,
        coalesce(utm_medium, case when traffic_source = 'ad' then 'cpc' end, '') as tag_medium,
        coalesce(utm_campaign, direct_campaign_id, '') as tag_campaign,
        coalesce(goal_list <> '' or purchase_list <> '', false) as has_goal
    from unioned
    where {{ is_complete_day('visit_date') }}

)

select * from final
