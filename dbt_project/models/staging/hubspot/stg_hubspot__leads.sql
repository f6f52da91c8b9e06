with source as (

    select * from {{ source('hubspot', 'contacts') }}

),

-- loads overlap: the newest state of each contact counts
newest as (

    select *
    from source
    qualify row_number() over (
        partition by customer_id
        order by updated_at desc, _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'hubspot:'", "customer_id"]) }} as lead_id,
        {{ dbt.concat(["'hubspot:'", "customer_id"]) }} as customer_id,
        {{ null_if_blank('client_id') }} as client_id,
        {{ null_if_blank('yclid') }} as yclid,
        {{ null_if_blank('phone_hash') }} as phone_hash,
        {{ null_if_blank('email_hash') }} as email_hash,
        coalesce(phone_status, 'missing') as phone_status,
        coalesce(email_status, 'missing') as email_status,
        upper(status) as crm_status,
        source as crm_source,
        {{ clean_tag('utm_source') }} as utm_source,
        {{ clean_tag('utm_medium') }} as utm_medium,
        {{ clean_tag('utm_campaign') }} as utm_campaign,
        {{ null_if_blank('product_line') }} as product_line,
        {{ null_if_blank('reject_reason') }} as reject_reason,
        {{ to_date('created_at') }} as lead_date,
        {{ to_utc('created_at', company('timezone')) }} as created_at,
        {{ to_utc('updated_at', company('timezone')) }} as updated_at
    from newest
    -- a contact without a status never asked for anything: a subscriber, a partner
    where status is not null

)

select * from final
