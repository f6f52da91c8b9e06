-- Every paid order, won deal and return of a complete day, still in its own currency.
{% set counts_shop = "coalesce(" ~ company('orders_of_record') ~ ", '') <> 'crm'" %}

with deals as (

    select * from {{ ref('int_deals_unioned') }}

),

plain_orders as (

    select * from {{ ref('stg_plain__orders') }}

),

plain_order_lines as (

    select * from {{ ref('stg_plain__order_lines') }}

),

customers as (

    select * from {{ ref('int_customers_unioned') }}

),

identities as (

    select * from {{ ref('int_customer_identities') }}

),

-- a deal that the shop's file names is told by the shop, which knows its returns, discounts and cost
told_deals as (

    select distinct deal_id
    from {{ ref('int_deals_of_orders') }}

),

-- one of them, where an order names several
deals_of_orders as (

    select * from {{ ref('int_deals_of_orders') }}
    qualify row_number() over (
        partition by order_id
        order by length(deal_id), deal_id
    ) = 1

),

deal_products as (

    {% for system in ['bitrix24', 'amocrm', 'hubspot'] %}
        select
            deal_id,
            line_id,
            product_line,
            discount_amount,
            cost_amount,
            quantity * unit_price_amount - discount_amount as line_amount
        from {{ ref('stg_' ~ system ~ '__deal_products') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

deal_product_lines as (

    select
        deal_id,
        product_line
    from deal_products
    where product_line is not null
    qualify row_number() over (
        partition by deal_id
        order by line_amount desc, line_id asc
    ) = 1

),

deal_product_sums as (

    select
        deal_id,
        sum(discount_amount) as discount_amount,
        -- a cost that is known of a part of the goods would make the rest free
        case when count(*) = count(cost_amount) then sum(cost_amount) end as cost_amount
    from deal_products
    group by deal_id

),

closed_deals as (

    select
        *,
        {{ is_closing_planned('closed_date', 'updated_date') }} as is_closing_planned
    from (
        select
            *,
            {{ to_date(from_utc('updated_at', company('timezone'))) }} as updated_date
        from deals
        where stage_semantic = 'S'
    ) as deals_won

),

-- The sum of the deal is what the buyer pays, whatever its products add up to (delivery, a sum entered by
-- hand): they tell the discount, the cost and the product line, and add no order of their own.
won_deals as (

    select
        deals.deal_id as order_id,
        source_system,
        customer_id,
        client_id,
        ga_client_id,
        yclid,
        gclid,
        {{ null_string() }} as deal_customer_id,
        {{ null_string() }} as phone_hash,
        lead_id,
        utm_source,
        utm_medium,
        utm_campaign,
        coalesce(deal_product_lines.product_line, deals.product_line) as product_line,
        currency,
        'won' as order_status,
        cast(amount + coalesce(deal_product_sums.discount_amount, 0) as {{ type_money() }})
            as gross_amount,
        cast(coalesce(deal_product_sums.discount_amount, 0) as {{ type_money() }})
            as discount_amount,
        cast(0 as {{ type_money() }}) as refund_amount,
        cast(deal_product_sums.cost_amount as {{ type_money() }}) as cost_amount,
        false as is_possible_duplicate,
        case when is_closing_planned then updated_date else closed_date end as order_date,
        case when is_closing_planned then updated_at else closed_at end as ordered_at
    from closed_deals as deals
    left join deal_product_lines on deals.deal_id = deal_product_lines.deal_id
    left join deal_product_sums on deals.deal_id = deal_product_sums.deal_id
    left join told_deals on deals.deal_id = told_deals.deal_id
    where
        told_deals.deal_id is null
        and coalesce({{ company('orders_of_record') }}, '') <> 'shop'

),

-- the same order id twice is a repeated row; without order ids two equal purchases may both be real,
-- so the second is kept and flagged. A negative row repeats no sale. The newest row also tells whether the
-- order still stands: one that was cancelled after it was paid brings nothing
numbered_orders as (

    select
        *,
        row_number() over (
            partition by order_id
            order by
                case when gross_amount < 0 then 1 else 0 end asc,
                file_name desc, ordered_at desc,
                case when order_status = 'paid' then 0 else 1 end asc,
                refund_amount desc, gross_amount desc,
                discount_amount desc,
                cost_amount desc,
                customer_id asc,
                lead_id asc,
                product_line asc,
                currency asc, client_id asc
        ) as row_of_order,
        row_number() over (
            partition by
                order_status, customer_id, ordered_at, gross_amount, discount_amount, refund_amount,
                product_line
            order by order_id
        ) as occurrence_number
    from plain_orders

),

-- a negative row is money paid back, for the sale of its order id where there is one; a sale may be paid
-- back in parts
returns_of_orders as (

    select
        order_id,
        sum(-gross_amount) as returned_amount
    from (
        select distinct
            order_id,
            ordered_at,
            gross_amount
        from plain_orders
        where order_status in ('paid', 'refunded') and gross_amount < 0
    ) as returned
    group by order_id

),

paid_orders as (

    select
        numbered_orders.order_id,
        'plain' as source_system,
        {% for column in ['customer_id', 'client_id', 'ga_client_id', 'yclid', 'gclid'] %}
            coalesce(numbered_orders.{{ column }}, deals_of_orders.{{ column }}) as {{ column }},
        {% endfor %}
        deals_of_orders.customer_id as deal_customer_id,
        numbered_orders.phone_hash,
        coalesce(numbered_orders.lead_id, deals_of_orders.lead_id) as lead_id,
        deals_of_orders.utm_source,
        deals_of_orders.utm_medium,
        deals_of_orders.utm_campaign,
        numbered_orders.product_line,
        numbered_orders.currency,
        'paid' as order_status,
        case when numbered_orders.gross_amount < 0 then 0 else numbered_orders.gross_amount end
            as gross_amount,
        numbered_orders.discount_amount,
        -- the status says it all: what a column or a row of its own tells as well is the same money
        case
            when numbered_orders.order_status = 'refunded' and numbered_orders.gross_amount >= 0
                then numbered_orders.gross_amount - numbered_orders.discount_amount
            else numbered_orders.refund_amount + coalesce(returns_of_orders.returned_amount, 0)
        end as refund_amount,
        numbered_orders.cost_amount,
        not numbered_orders.has_order_id and numbered_orders.occurrence_number > 1
            as is_possible_duplicate,
        numbered_orders.order_date,
        numbered_orders.ordered_at
    from numbered_orders
    left join deals_of_orders on numbered_orders.order_id = deals_of_orders.order_id
    left join returns_of_orders on numbered_orders.order_id = returns_of_orders.order_id
    where
        -- the status of the sale says that it came back, that of a return that it was paid
        numbered_orders.order_status in ('paid', 'refunded')
        and (numbered_orders.row_of_order = 1 or not numbered_orders.has_order_id)

),

-- a sale that was never paid is left out, and with it what was paid back for it; what is paid back for a sale
-- whose status says that it came back is the same money
line_amounts as (

    select
        *,
        quantity * unit_price_amount as line_amount
    from (
        select
            *,
            max(case when quantity > 0 then 1 else 0 end) over of_order as has_sale,
            max(case when quantity > 0 and order_status = 'paid' then 1 else 0 end) over of_order
                as has_paid_sale,
            max(case when quantity > 0 and order_status = 'refunded' then 1 else 0 end)
                over of_order as has_refunded_sale
        from plain_order_lines
        window of_order as (partition by order_id)
    ) as lines_of_orders
    where
        order_status = 'paid'
        or (order_status = 'refunded' and quantity > 0)
        or (
            order_status = 'refunded'
            and quantity < 0
            and has_refunded_sale = 0
            and has_paid_sale = has_sale
        )

),

-- an order of several product lines counts as the line that brought most of its money
main_lines as (

    select
        order_id,
        product_line
    from line_amounts
    qualify row_number() over (
        partition by order_id
        order by abs(line_amount) desc, line_id
    ) = 1

),

order_sums as (

    select
        order_id,
        min(customer_id) as customer_id,
        min(currency) as currency,
        sum(case when quantity > 0 then line_amount else 0 end) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(case
            when quantity < 0 then -line_amount
            when order_status = 'refunded' then line_amount - discount_amount
            else 0
        end) as refund_amount,
        sum(case
            when quantity < 0 then -cost_amount
            when order_status = 'refunded' then 0
            else cost_amount
        end) as cost_amount,
        min(order_date) as order_date,
        min(ordered_at) as ordered_at
    from line_amounts
    group by order_id

),

orders_of_lines as (

    select
        order_sums.order_id,
        'plain' as source_system,
        order_sums.customer_id,
        {{ null_string() }} as client_id,
        {{ null_string() }} as ga_client_id,
        {{ null_string() }} as yclid,
        {{ null_string() }} as gclid,
        {{ null_string() }} as deal_customer_id,
        {{ null_string() }} as phone_hash,
        {{ null_string() }} as lead_id,
        {{ null_string() }} as utm_source,
        {{ null_string() }} as utm_medium,
        {{ null_string() }} as utm_campaign,
        main_lines.product_line,
        order_sums.currency,
        'paid' as order_status,
        order_sums.gross_amount,
        order_sums.discount_amount,
        order_sums.refund_amount,
        order_sums.cost_amount,
        false as is_possible_duplicate,
        order_sums.order_date,
        order_sums.ordered_at
    from order_sums
    inner join main_lines on order_sums.order_id = main_lines.order_id
    -- the order file is the fuller record where both exist
    left join plain_orders on order_sums.order_id = plain_orders.order_id
    where plain_orders.order_id is null

),

unioned as (

    select * from won_deals
    union all
    select * from paid_orders
    where {{ counts_shop }}
    union all
    select * from orders_of_lines
    where {{ counts_shop }}

),

identified as (

    select
        {{ all_columns('unioned', ['customer_id']) }},
        case
            when gross_amount = 0 and refund_amount > 0 then 'return'
            when refund_amount > 0 and refund_amount >= gross_amount - discount_amount
                then 'refunded'
            else 'sale'
        end as order_kind,
        coalesce(
            identities.customer_id,
            -- a guest whose order names a deal is the deal's customer
            case
                when unioned.customer_id like 'plain_contact:%' then unioned.deal_customer_id
            end,
            unioned.customer_id
        ) as known_customer_id
    from unioned
    left join identities on unioned.customer_id = identities.guest_id

),

final as (

    select
        identified.order_id,
        identified.source_system,
        identified.known_customer_id as customer_id,
        {{ counter_client_id() }} as client_id,
        identified.yclid,
        identified.gclid,
        coalesce(identified.phone_hash, customers.phone_hash) as phone_hash,
        identified.lead_id,
        identified.product_line,
        identified.currency,
        order_kind,
        order_status,
        gross_amount,
        discount_amount,
        refund_amount,
        -- what came back whole is goods again
        case when order_kind = 'refunded' then 0 else cost_amount end as cost_amount,
        is_possible_duplicate,
        -- of a deal that no enquiry preceded, as in a CRM that keeps no leads, it alone knows the source
        coalesce({{ traffic_source_of_tags('utm_source', 'utm_medium') }}, '') as tag_type,
        coalesce(utm_source, '') as tag_source,
        coalesce(utm_medium, '') as tag_medium,
        coalesce(utm_campaign, '') as tag_campaign,
        order_date,
        ordered_at
    from identified
    left join customers on identified.known_customer_id = customers.customer_id
    where {{ is_complete_day('order_date') }}

)

select * from final
