with source as (

    select * from {{ source('bitrix24', 'deals') }}

),

-- exports overlap: the newest state of each deal counts
newest as (

    select *
    from source
    qualify row_number() over (
        partition by deal_id
        order by updated_at desc, _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'bitrix24:'", "deal_id"]) }} as deal_id,
        {{ dbt.concat(["'bitrix24:'", null_if_blank("lead_id")]) }} as lead_id,
        {{ dbt.concat(["'bitrix24:'", null_if_blank("customer_id")]) }} as customer_id,
        {{ null_if_blank('client_id') }} as client_id,
        {{ null_if_blank('yclid') }} as yclid,
        stage_id,
        upper(stage_semantic) as stage_semantic,
        {{ null_if_blank('product_line') }} as product_line,
        {{ null_if_blank('upper(currency)') }} as currency,
        {{ clean_tag('utm_source') }} as utm_source,
        {{ clean_tag('utm_medium') }} as utm_medium,
        {{ clean_tag('utm_campaign') }} as utm_campaign,
        amount,
        {{ to_date('created_at') }} as created_date,
        {{ to_date('closed_at') }} as closed_date,
        {{ to_utc('created_at', company('timezone')) }} as created_at,
        {{ to_utc('updated_at', company('timezone')) }} as updated_at,
        {{ to_utc('closed_at', company('timezone')) }} as closed_at
    from newest

)

select * from final
