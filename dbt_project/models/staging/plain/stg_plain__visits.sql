with source as (

    select * from {{ source('plain', 'visits') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by visit_id
        order by _file desc
    ) = 1

),

tagged as (

    select
        *,
        {{ clean_tag('source') }} as utm_source,
        {{ clean_tag('medium') }} as utm_medium,
        {{ clean_tag('campaign') }} as utm_campaign,
        {{ clean_tag('content') }} as utm_content,
        {{ clean_tag('term') }} as utm_term,
        {{ url_host('referrer') }} as referrer_host
    from newest

),

final as (

    select
        {{ dbt.concat(["'plain:'", "visit_id"]) }} as visit_id,
        {{ null_string() }} as counter_id,
        client_id,
        coalesce(
            {{ traffic_source_of_tags('utm_source', 'utm_medium') }},
            case when coalesce(referrer_host, '') <> '' then 'referral' else 'direct' end
        ) as traffic_source,
        {{ null_string() }} as ad_engine,
        {{ null_string() }} as social_network,
        {{ null_string() }} as messenger,
        case when utm_source not in ('(direct)', 'direct') then utm_source end as utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        {{ null_string() }} as direct_campaign_id,
        landing_url,
        {{ url_path('landing_url') }} as landing_path,
        referrer_host,
        {{ url_parameter('landing_url', 'yclid') }} as yclid,
        {{ url_parameter('landing_url', 'gclid') }} as gclid,
        -- blank in a file with the column, NULL where the file lacks it
        case when goals is not null then {{ fenced_list('goals') }} end as goal_list,
        '' as purchase_list,
        lower({{ null_if_blank('device') }}) as device,
        {{ null_if_blank('operating_system') }} as operating_system,
        {{ null_if_blank('browser') }} as browser,
        {{ null_if_blank('screen') }} as screen,
        {{ null_if_blank('country') }} as country,
        {{ null_if_blank('city') }} as city,
        lower({{ null_if_blank('language') }}) as language,
        {{ null_if_blank('user_agent') }} as user_agent,
        {{ null_if_blank('ip_network') }} as ip_network,
        {{ to_bigint('client_time_zone') }} as client_time_zone_minutes,
        -- what the file does not tell is unknown: a visit of no pages and no seconds would look like a robot
        {{ to_bigint('page_views') }} as page_views,
        {{ to_bigint('duration_seconds') }} as duration_seconds,
        has_interaction,
        is_new_visitor,
        -- no vendor flag in a plain file: the same rule without `notBounce`. Known where both are told: one
        -- of them could only ever say no
        case
            when page_views is not null and duration_seconds is not null
                then page_views <= 1 and duration_seconds < 15
        end as is_bounce,
        {{ to_date('started_at') }} as visit_date,
        {{ to_utc('started_at', company('timezone')) }} as started_at
    from tagged

)

select * from final
