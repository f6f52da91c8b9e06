with source as (

    select * from {{ source('calltouch', 'calls') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by call_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'calltouch:'", "call_id"]) }} as call_id,
        {{ null_if_blank('client_id') }} as client_id,
        {{ null_if_blank('phone_hash') }} as phone_hash,
        coalesce(phone_status, 'missing') as phone_status,
        {{ clean_tag('utm_source') }} as utm_source,
        {{ clean_tag('utm_medium') }} as utm_medium,
        {{ clean_tag('utm_campaign') }} as utm_campaign,
        {{ to_bigint('duration_seconds') }} as duration_seconds,
        is_first_call,
        {{ to_date('called_at') }} as call_date,
        {{ to_utc('called_at', company('timezone')) }} as called_at
    from newest

)

select * from final
