with source as (

    select * from {{ source('plain', 'leads') }}

),

newest as (

    {{ newest_records(
        'source', 'lead_id', ['coalesce(updated_at, created_at) desc', '_file desc']
    ) | indent(4) }}

),

final as (

    select
        {{ dbt.concat(["'plain:'", "lead_id"]) }} as lead_id,
        {{ dbt.concat(["'plain:'", null_if_blank("customer_id")]) }} as customer_id,
        {{ browser_ids() }},
        {{ null_if_blank('phone_hash') }} as phone_hash,
        {{ null_if_blank('email_hash') }} as email_hash,
        coalesce(phone_status, 'missing') as phone_status,
        coalesce(email_status, 'missing') as email_status,
        upper({{ null_if_blank('status') }}) as crm_status,
        {{ clean_tag('utm_source') }} as utm_source,
        {{ clean_tag('utm_medium') }} as utm_medium,
        {{ clean_tag('utm_campaign') }} as utm_campaign,
        {{ null_if_blank('product_line') }} as product_line,
        {{ null_if_blank('reject_reason') }} as reject_reason,
        is_qualified,
        {{ to_date('created_at') }} as lead_date,
        {{ to_utc('created_at', company('timezone')) }} as created_at,
        {{ to_utc('updated_at', company('timezone')) }} as updated_at,
        {{ to_utc('qualified_at', company('timezone')) }} as qualified_at
    from newest

)

select * from final
