with orders as (

    select * from {{ ref('int_orders_unioned') }}

),

leads as (

    select * from {{ ref('int_leads_deduplicated') }}

),

buying_visits as (

    select
        visit_date,
        client_id,
        purchase_list,
        {{ list_size('purchase_list') }} as purchases
    from {{ ref('int_visits_unioned') }}
    where purchase_list <> ''

),

margins as (

    select * from {{ ref('stg_registers__margins') }}

),

fx_rates as (

    select * from {{ ref('int_fx_rates_merged') }}

),

vat_rates as (

    select * from {{ ref('stg_pipeline__vat_rates') }}

),

sources as (

    select
        source_system,
        min(currency) as currency,
        max(case when includes_vat then 1 else 0 end) = 1 as includes_vat
    from {{ ref('stg_pipeline__sources') }}
    group by source_system

),

-- the counter's purchases go by the number alone
orders_of_strangers as (

    select
        order_id,
        order_date,
        {{ dbt.split_part('order_id', "':'", 2) }} as purchase_id
    from orders
    where client_id is null

),

-- the counter saw the purchase: its visit tells whose browser it was. Nearly all of these visits have one
-- purchase, which is found by its number; looking into lists pairs every order of a day with every visit
purchases_seen as (

    select
        orders_of_strangers.order_id,
        visits.client_id
    from orders_of_strangers
    inner join buying_visits as visits
        on
            orders_of_strangers.order_date = visits.visit_date
            and orders_of_strangers.purchase_id
            = {{ dbt.split_part('visits.purchase_list', "','", 2) }}
    where visits.purchases = 1
    union all
    select
        orders_of_strangers.order_id,
        visits.client_id
    from orders_of_strangers
    inner join buying_visits as visits
        on
            orders_of_strangers.order_date = visits.visit_date
            and {{ list_count_of('visits.purchase_list', 'orders_of_strangers.purchase_id') }} > 0
    where visits.purchases > 1

),

purchase_visits as (

    select
        order_id,
        min(client_id) as client_id
    from purchases_seen
    group by order_id

),

-- a duplicate lead stands for the valid one; an invalid lead is no lead
order_leads as (

    select
        leads.lead_id as recorded_lead_id,
        valid_leads.lead_id,
        valid_leads.client_id,
        valid_leads.contact_hash,
        valid_leads.product_line,
        valid_leads.lead_date
    from leads
    inner join leads as valid_leads
        on coalesce(leads.duplicate_of_lead_id, leads.lead_id) = valid_leads.lead_id
    where valid_leads.lead_status = 'valid'

),

order_margins as (

    select
        orders.order_id,
        margins.margin_rate
    from orders
    left join order_leads on orders.lead_id = order_leads.recorded_lead_id
    inner join margins
        on
            coalesce(orders.product_line, order_leads.product_line) = margins.product_line
            and orders.order_date >= margins.valid_from
    qualify row_number() over (
        partition by orders.order_id
        order by margins.valid_from desc
    ) = 1

),

rated as (

    select
        {{ all_columns('orders', [
            'order_id', 'source_system', 'client_id', 'lead_id', 'product_line', 'currency',
        ]) }},
        order_leads.lead_id as valid_lead_id,
        order_leads.lead_date,
        coalesce(orders.client_id, purchase_visits.client_id, order_leads.client_id)
            as known_client_id,
        coalesce(orders.phone_hash, order_leads.contact_hash) as known_contact_hash,
        coalesce(orders.product_line, order_leads.product_line) as known_product_line,
        -- a cohort is made of leads: what a lead brought belongs to the line it was counted under
        coalesce(
            order_leads.product_line,
            case when order_leads.lead_id is null then orders.product_line end,
            '(none)'
        ) as cohort_product_line,
        order_margins.margin_rate as known_margin_rate,
        coalesce(sources.includes_vat, false) as includes_vat,
        vat_rates.vat_rate,
        case
            when
                coalesce(orders.currency, sources.currency, {{ company('currency') }})
                = {{ company('currency') }}
                then 1
            else fx_rates.fx_rate
        end as fx_rate
    from orders
    left join sources on orders.source_system = sources.source_system
    left join fx_rates
        on
            coalesce(orders.currency, sources.currency) = fx_rates.currency
            and orders.order_date = fx_rates.rate_date
    left join vat_rates on {{ in_force_on('vat_rates', 'orders.order_date') }}
    left join purchase_visits on orders.order_id = purchase_visits.order_id
    left join order_leads on orders.lead_id = order_leads.recorded_lead_id
    left join order_margins on orders.order_id = order_margins.order_id

),

-- the sum is rounded once and its parts are made to add up: an order paid back in full keeps no kopeck
{% set amounts = {
    'gross': 'gross_amount',
    'discount': 'discount_amount',
    'cost': 'cost_amount',
    'net': 'gross_amount - discount_amount - refund_amount',
} %}
converted as (

    select
        order_id,
        refund_amount <> 0 as has_refund,
    {% for part, amount in amounts.items() %}
        {{ to_money(
            without_vat_by_policy(to_double(amount) ~ ' * fx_rate', 'includes_vat', 'vat_rate')
        ) }} as {{ part }}_amount{{ ',' if not loop.last }}
    {% endfor %}
    from rated

),

discounted as (

    select
        *,
        case when has_refund then discount_amount else gross_amount - net_amount end
            as discount_left_amount
    from converted

),

numbered as (

    select
        order_id,
        row_number() over (
            partition by customer_id
            order by ordered_at, order_id
        ) as order_number
    from rated
    where order_kind = 'sale' and customer_id is not null

),

-- the same buyer and nearly the same sum within two weeks, once in the CRM and once in the shop's file, or
-- in two CRMs: who moves from one to the other takes the old deals along
twins as (

    {% for identity in ['known_contact_hash', 'known_client_id'] %}
        select deals.order_id
        from rated as deals
        inner join rated as others
            on
                deals.{{ identity }} = others.{{ identity }}
                and coalesce(deals.currency, '') = coalesce(others.currency, '')
                and abs({{ days_between('deals.order_date', 'others.order_date') }}) <= 14
                and abs(
                    (deals.gross_amount - deals.discount_amount)
                    - (others.gross_amount - others.discount_amount)
                ) <= 0.01 * (deals.gross_amount - deals.discount_amount)
        where
            deals.source_system <> 'plain'
            and (
                others.source_system = 'plain'
                or others.source_system < deals.source_system
            )
            and deals.order_kind <> 'return'
            and others.order_kind <> 'return'
        {% if not loop.last %}union distinct{% endif %}
    {% endfor %}

),

final as (

    select
        rated.order_id,
        rated.source_system,
        rated.customer_id,
        rated.known_client_id as client_id,
        rated.valid_lead_id as lead_id,
        rated.known_product_line as product_line,
        rated.cohort_product_line,
        rated.order_kind,
        rated.order_status,
        case
            when rated.fx_rate is null then 'missing_rate'
            when
                rated.known_margin_rate is null and discounted.cost_amount is null
                then 'missing_margin'
        end as reason_code,
        discounted.gross_amount,
        {{ to_money('discounted.discount_left_amount') }} as discount_amount,
        {{ to_money(
            'discounted.gross_amount - discounted.discount_left_amount - discounted.net_amount'
        ) }} as refund_amount,
        discounted.net_amount,
        cast(rated.known_margin_rate as {{ type_rate() }}) as margin_rate,
        -- finance's margin first; without it the order's own cost; never an assumed 100%
        case
            when rated.known_margin_rate is not null
                then {{ to_money(
                    'discounted.net_amount * ' ~ to_double('rated.known_margin_rate')
                ) }}
            else {{ to_money('discounted.net_amount - discounted.cost_amount') }}
        end as contribution_amount,
        {{ to_bigint('numbered.order_number') }} as order_number,
        coalesce(numbered.order_number = 1, false) as is_first_order,
        rated.known_client_id is not null as has_client_id,
        rated.is_possible_duplicate or twins.order_id is not null as is_possible_duplicate,
        rated.order_date,
        {{ month_of('rated.order_date') }} as order_month,
        {{ month_of('coalesce(rated.lead_date, rated.order_date)') }} as lead_month,
        rated.ordered_at
    from rated
    inner join discounted on rated.order_id = discounted.order_id
    left join numbered on rated.order_id = numbered.order_id
    left join twins on rated.order_id = twins.order_id

)

select * from final
