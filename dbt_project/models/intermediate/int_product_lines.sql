-- Sales cycle of each product line of the register, of lines that leads and orders name besides, and of
-- `(none)`: leads whose line nobody entered.
with margins as (

    select * from {{ ref('stg_registers__margins') }}

),

leads as (

    select * from {{ ref('int_leads_deduplicated') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}
    where lead_id is not null

),

-- the cycle of the newest record counts, for the whole history. No line is entered by the name that
-- stands for none: a check names orders without a margin, and what to do
newest as (

    select *
    from margins
    where product_line <> '(none)'
    qualify row_number() over (
        partition by product_line
        order by valid_from desc
    ) = 1

),

unnamed_leads as (

    select count(*) as leads
    from leads
    where product_line is null

),

-- what leads without a line came to: orders of a long line, or of none that is known
unnamed_orders as (

    select
        count(*) as orders,
        {{ count_where(
            "orders.cohort_product_line = '(none)'"
            ~ " and coalesce(newest.sales_cycle, 'long') = 'long'"
        ) }} as long_orders
    from orders
    left join newest on orders.product_line = newest.product_line

),

-- such leads may still turn into deals of a long line. Only where every lead that bought had its line,
-- or a short one, is there reason to call them ripe
unnamed as (

    select
        case
            when
                max(case when newest.sales_cycle = 'long' then 1 else 0 end) = 1
                and max(unnamed_leads.leads) > 0
                and (max(unnamed_orders.orders) = 0 or max(unnamed_orders.long_orders) > 0)
                then 'long'
            else 'short'
        end as sales_cycle
    from unnamed_leads
    cross join unnamed_orders
    left join newest on newest.product_line is not null

),

long_lines as (

    select {{ count_where("sales_cycle = 'long'") }} as lines
    from newest

),

named as (

    select product_line from leads
    union distinct
    select product_line from orders

),

-- nobody has said how long such a line takes: called short, its young months would be ripe at once, so it
-- counts as long where the register knows long lines at all
unregistered as (

    select
        named.product_line,
        case when long_lines.lines > 0 then 'long' else 'short' end as sales_cycle
    from named
    cross join long_lines
    left join newest on named.product_line = newest.product_line
    where named.product_line is not null and newest.product_line is null

),

final as (

    select
        product_line,
        name_en,
        name_ru,
        sales_cycle,
        cast(margin_rate as {{ type_rate() }}) as margin_rate,
        valid_from as margin_valid_from
    from newest

    union all

    {% for relation, product_line in [
        ('unregistered', 'product_line'), ('unnamed', "'(none)'"),
    ] %}
        select
            {{ product_line }} as product_line,
            {{ null_string() }} as name_en,
            {{ null_string() }} as name_ru,
            sales_cycle,
            cast(null as {{ type_rate() }}) as margin_rate,
            cast(null as date) as margin_valid_from
        from {{ relation }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
