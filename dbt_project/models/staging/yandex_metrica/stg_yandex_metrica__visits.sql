-- the newest file that holds a visit tells its last state
with newest as (

    {{ newest_events(source('yandex_metrica', 'visits'), 'date', ['counter_id', 'visit_id']) }}

),

final as (

    select
        -- Metrica's visit id is unique only inside one year of one counter
        {{ dbt.concat([
            "counter_id", "'-'", to_string("extract(year from date)"), "'-'", "visit_id",
        ]) }} as visit_id,
        counter_id,
        client_id,
        lower(last_sign_traffic_source) as traffic_source,
        {{ clean_tag('last_sign_adv_engine') }} as ad_engine,
        {{ clean_tag('last_sign_social_network') }} as social_network,
        {{ clean_tag('last_sign_messenger') }} as messenger,
        {{ clean_tag('last_sign_utm_source') }} as utm_source,
        {{ clean_tag('last_sign_utm_medium') }} as utm_medium,
        {{ clean_tag('last_sign_utm_campaign') }} as utm_campaign,
        {{ clean_tag('last_sign_utm_content') }} as utm_content,
        {{ clean_tag('last_sign_utm_term') }} as utm_term,
        -- '0' stands for "not a click of Yandex Direct"
        nullif(
            {{ clean_tag('last_sign_direct_click_order') }}, '0'
        ) as direct_campaign_id,
        start_url as landing_url,
        {{ url_path('start_url') }} as landing_path,
        {{ url_host('referer') }} as referrer_host,
        {{ url_parameter('start_url', 'yclid') }} as yclid,
        {{ url_parameter('start_url', 'gclid') }} as gclid,
        {{ fenced_list('goals_id') }} as goal_list,
        {{ fenced_list('purchase_id') }} as purchase_list,
        case device_category
            when 1 then 'desktop'
            when 2 then 'phone'
            when 3 then 'tablet'
            when 4 then 'tv'
        end as device,
        {{ null_if_blank('operating_system') }} as operating_system,
        {{ null_if_blank('browser') }} as browser,
        {{ dbt.concat([to_string('screen_width'), "'x'", to_string('screen_height')]) }} as screen,
        {{ null_if_blank('region_country') }} as country,
        {{ null_if_blank('region_city') }} as city,
        lower({{ null_if_blank('browser_language') }}) as language,
        {{ null_string() }} as user_agent,
        {{ null_if_blank('ip_network') }} as ip_network,
        {{ to_bigint('client_time_zone') }} as client_time_zone_minutes,
        {{ to_bigint('coalesce(page_views, 0)') }} as page_views,
        {{ to_bigint('coalesce(visit_duration, 0)') }} as duration_seconds,
        coalesce(is_new_user, 0) = 1 as is_new_visitor,
        coalesce(bounce, 0) = 1 as is_bounce,
        date as visit_date,
        {{ to_utc('date_time', company('timezone')) }} as started_at
    from newest

)

select * from final
