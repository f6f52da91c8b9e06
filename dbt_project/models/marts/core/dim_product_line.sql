with margins as (

    select * from {{ ref('stg_registers__margins') }}

),

sold as (

    select product_line from {{ ref('fct_orders') }}
    union distinct
    select product_line from {{ ref('fct_leads') }}

),

newest as (

    select *
    from margins
    qualify row_number() over (
        partition by product_line
        order by valid_from desc
    ) = 1

),

product_lines as (

    select product_line
    from newest
    union distinct
    -- orders and leads without a line stand under this name in the marts
    select coalesce(product_line, '(none)') as product_line
    from sold

),

final as (

    select
        product_lines.product_line,
        coalesce(newest.name_en, newest.name_ru, product_lines.product_line) as name_en,
        coalesce(newest.name_ru, newest.name_en, product_lines.product_line) as name_ru,
        coalesce(newest.sales_cycle, 'short') as sales_cycle,
        cast(newest.margin_rate as {{ type_rate() }}) as margin_rate,
        newest.valid_from as margin_valid_from
    from product_lines
    left join newest on product_lines.product_line = newest.product_line

)

select * from final
