with source as (

    select * from {{ source('ga4', 'sessions') }}

),

-- a later export file replaces whole days of an earlier one
newest as (

    select *
    from source
    qualify _file = max(_file) over (partition by property_id, date)

),

final as (

    select
        property_id,
        {{ clean_tag(
            "coalesce(source, " ~ dbt.split_part("source_medium", "' / '", 1) ~ ")"
        ) }} as utm_source,
        {{ clean_tag(
            "coalesce(medium, " ~ dbt.split_part("source_medium", "' / '", 2) ~ ")"
        ) }} as utm_medium,
        {{ clean_tag('campaign') }} as utm_campaign,
        {{ clean_tag('campaign_id') }} as campaign_id,
        {{ null_if_blank('landing_page') }} as landing_page,
        {{ null_if_blank('upper(currency)') }} as currency,
        {{ to_bigint('sessions') }} as sessions,
        {{ to_bigint('engaged_sessions') }} as engaged_sessions,
        {{ to_bigint('new_users') }} as new_users,
        {{ to_bigint('page_views') }} as page_views,
        {{ to_double('key_events') }} as key_events,
        -- the source gives the rate; the count is what can be added up
        {{ to_bigint('round(sessions * session_key_event_rate, 0)') }} as converted_sessions,
        {{ to_double('coalesce(sample_share, 1)') }} as sample_share,
        purchase_revenue as purchase_revenue_amount,
        coalesce(is_sampled, false) as is_sampled,
        coalesce(is_thresholded, false) as is_thresholded,
        coalesce(has_other_row, false) as has_other_row,
        date as session_date
    from newest

)

select * from final
