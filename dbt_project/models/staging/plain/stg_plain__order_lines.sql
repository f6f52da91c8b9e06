with source as (

    select * from {{ source('plain', 'order_lines') }}

),

-- an order exported again replaces all its lines
newest as (

    select *
    from source
    qualify _file = max(_file) over (partition by order_id)

),

final as (

    select
        {{ dbt.concat(["'plain:'", "order_id"]) }} as order_id,
        line_id,
        {{ dbt.concat(["'plain:'", null_if_blank("customer_id")]) }} as customer_id,
        product_id,
        {{ null_if_blank('product_line') }} as product_line,
        lower(coalesce({{ null_if_blank('status') }}, 'paid')) as order_status,
        {{ null_if_blank('upper(currency)') }} as currency,
        quantity,
        unit_price as unit_price_amount,
        coalesce(discount_amount, 0) as discount_amount,
        cost_amount,
        {{ to_date('ordered_at') }} as order_date,
        {{ to_utc('ordered_at', company('timezone')) }} as ordered_at
    from newest

)

select * from final
