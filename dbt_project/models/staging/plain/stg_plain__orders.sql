with source as (

    select * from {{ source('plain', 'orders') }}

),

-- A later file replaces whole days of an earlier one, so that an order that vanished is gone. Two files
-- of one day without an order in common are two shops: none may displace the other.
superseded as (

    select distinct
        earlier._file,
        {{ to_date('earlier.ordered_at') }} as order_date
    from source as earlier
    inner join source as later
        on
            earlier.order_id = later.order_id
            and {{ to_date('earlier.ordered_at') }} = {{ to_date('later.ordered_at') }}
            and earlier._file < later._file

),

newest as (

    select source.*
    from source
    left join superseded
        on
            source._file = superseded._file
            and {{ to_date('source.ordered_at') }} = superseded.order_date
    where superseded._file is null

),

final as (

    select
        {{ dbt.concat(["'plain:'", "order_id"]) }} as order_id,
        {{ dbt.concat(["'plain:'", null_if_blank("lead_id")]) }} as lead_id,
        {{ null_if_blank('deal_id') }} as deal_id,
        {{ customer_or_contact('plain') }} as customer_id,
        {{ browser_ids() }},
        {{ null_if_blank('phone_hash') }} as phone_hash,
        {{ null_if_blank('email_hash') }} as email_hash,
        lower(coalesce({{ null_if_blank('status') }}, 'paid')) as order_status,
        {{ null_if_blank('product_line') }} as product_line,
        {{ null_if_blank('upper(currency)') }} as currency,
        {{ null_if_blank('promo_code') }} as promo_code,
        _file as file_name,
        gross_amount,
        coalesce(discount_amount, 0) as discount_amount,
        coalesce(refund_amount, 0) as refund_amount,
        cost_amount,
        coalesce(has_order_id, true) as has_order_id,
        {{ to_date('ordered_at') }} as order_date,
        {{ to_utc('ordered_at', company('timezone')) }} as ordered_at
    from newest

)

select * from final
