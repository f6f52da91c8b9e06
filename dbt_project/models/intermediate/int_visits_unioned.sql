-- Every visit of a complete day, whatever counter or file it came from, with the tags by which its
-- channel is looked up.
with yandex_metrica as (

    select
        'yandex_metrica' as source_system,
        visits.*
    from {{ ref('stg_yandex_metrica__visits') }} as visits

),

plain as (

    select
        'plain' as source_system,
        visits.*
    from {{ ref('stg_plain__visits') }} as visits

),

unioned as (

    {% set columns = [
        'source_system', 'visit_id', 'counter_id', 'client_id', 'traffic_source', 'ad_engine',
        'social_network', 'messenger', 'utm_source', 'utm_medium', 'utm_campaign',
        'direct_campaign_id', 'landing_url', 'landing_path', 'referrer_host', 'yclid', 'goal_list',
        'purchase_list', 'device', 'operating_system', 'browser', 'screen', 'country', 'city',
        'page_views', 'duration_seconds', 'is_new_visitor', 'is_bounce', 'visit_date', 'started_at',
    ] %}
    select {{ columns | join(', ') }} from yandex_metrica
    union all
    select {{ columns | join(', ') }} from plain

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
        goal_list <> '' or purchase_list <> '' as has_goal
    from unioned
    where {{ is_complete_day('visit_date') }}

)

select * from final
