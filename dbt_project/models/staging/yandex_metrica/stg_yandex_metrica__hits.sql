-- the newest file that holds a hit tells its state
with newest as (

    {{ newest_events(source('yandex_metrica', 'hits'), 'date', ['counter_id', 'watch_id']) }}

),

final as (

    select
        watch_id as hit_id,
        counter_id,
        -- a visit is unique inside one year of one counter, as in the visits
        case
            when {{ null_if_blank('visit_id') }} is not null and visit_id <> '0'
                then {{ dbt.concat([
                    "counter_id", "'-'", to_string("extract(year from date)"), "'-'", "visit_id",
                ]) }}
        end as visit_id,
        client_id,
        url as page_url,
        {{ url_path('url') }} as page_path,
        {{ url_host('referer') }} as referrer_host,
        {{ null_if_blank('gclid') }} as gclid,
        {{ fenced_list('goals_id') }} as goal_list,
        coalesce(is_page_view, 0) = 1 as is_page_view,
        coalesce(is_artificial, 0) = 1 as is_artificial,
        coalesce(not_bounce, 0) = 1 as is_not_bounce_call,
        date as hit_date,
        {{ to_utc('date_time', company('timezone')) }} as hit_at
    from newest

)

select * from final
