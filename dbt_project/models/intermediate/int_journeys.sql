-- What touches lead to: every lead that repeats no other, and every order that no lead stands behind.
-- Invalid leads are a type of their own: they earn no credit, but tell who brings them.
with leads as (

    select * from {{ ref('int_leads_deduplicated') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

orders_unioned as (

    select * from {{ ref('int_orders_unioned') }}

),

channels as (

    select * from {{ ref('int_channels_assigned') }}

),

labels as (

    select * from {{ ref('int_campaign_labels') }}

),

long_lines as (

    select * from {{ ref('int_product_lines') }}
    where sales_cycle = 'long'

),

unioned as (

    select
        {{ dbt.concat(["'lead:'", 'lead_id']) }} as journey_id,
        case lead_status when 'valid' then 'lead' else 'invalid_lead' end as journey_type,
        lead_id,
        {{ null_string() }} as order_id,
        customer_id,
        contact_hash,
        client_id,
        yclid,
        gclid,
        product_line,
        tag_type,
        tag_source,
        tag_medium,
        tag_campaign,
        lead_date as journey_date,
        {{ last_moment('created_at', 'lead_date') }} as journey_at
    from leads
    where lead_status <> 'duplicate'

    union all

    select
        {{ dbt.concat(["'order:'", 'orders.order_id']) }} as journey_id,
        'order' as journey_type,
        {{ null_string() }} as lead_id,
        orders.order_id,
        orders.customer_id,
        orders_unioned.phone_hash as contact_hash,
        orders.client_id,
        orders_unioned.yclid,
        orders_unioned.gclid,
        orders.product_line,
        orders_unioned.tag_type,
        orders_unioned.tag_source,
        orders_unioned.tag_medium,
        orders_unioned.tag_campaign,
        orders.order_date as journey_date,
        {{ last_moment('orders.ordered_at', 'orders.order_date') }} as journey_at
    from orders
    inner join orders_unioned on orders.order_id = orders_unioned.order_id
    where orders.lead_id is null

),

final as (

    select
        {{ all_columns('unioned', [
            'product_line', 'tag_type', 'tag_source', 'tag_medium', 'tag_campaign',
        ]) }},
        case
            when
                labels.tag_source is null
                or unioned.tag_source like {{ dbt.concat(['labels.tag_source', "'%'"]) }}
                then labels.campaign_id
        end as campaign_id,
        case
            when long_lines.product_line is not null
                then {{ company('attribution_window_long_days') }}
            else {{ company('attribution_window_days') }}
        end as window_days
    from unioned
    left join channels on {{ same_tags('unioned', 'channels') }}
    left join labels
        on
            channels.channel = labels.channel
            and unioned.tag_campaign = labels.campaign_label
    left join long_lines
        on
            -- the cycle of `(none)` is that of leads
            coalesce(
                unioned.product_line,
                case when unioned.journey_type <> 'order' then '(none)' end
            ) = long_lines.product_line

)

select * from final
