with source as (

    select * from {{ source('plain', 'server_requests') }}

),

final as (

    select
        {{ url_path('page') }} as page_path,
        {{ null_if_blank('user_agent') }} as user_agent,
        {{ null_if_blank('ip_network') }} as ip_network,
        {{ to_date('requested_at') }} as request_date,
        {{ to_utc('requested_at', company('timezone')) }} as requested_at
    from source

)

select * from final
