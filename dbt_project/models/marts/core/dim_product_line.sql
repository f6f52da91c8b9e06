with known_lines as (

    select * from {{ ref('int_product_lines') }}

),

sold as (

    select product_line from {{ ref('fct_orders') }}
    union distinct
    select product_line from {{ ref('fct_leads') }}

),

product_lines as (

    select product_line
    from known_lines
    where product_line <> '(none)'
    union distinct
    -- orders and leads without a line stand under this name in the marts
    select coalesce(product_line, '(none)') as product_line
    from sold

),

final as (

    select
        product_lines.product_line,
        coalesce(known_lines.name_en, known_lines.name_ru, product_lines.product_line) as name_en,
        coalesce(known_lines.name_ru, known_lines.name_en, product_lines.product_line) as name_ru,
        coalesce(known_lines.sales_cycle, 'short') as sales_cycle,
        known_lines.margin_rate,
        known_lines.margin_valid_from
    from product_lines
    left join known_lines on product_lines.product_line = known_lines.product_line

)

select * from final
