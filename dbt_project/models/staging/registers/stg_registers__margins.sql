with source as (

    select * from {{ source('registers', 'margins') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by product_line, valid_from
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        product_line,
        name_en,
        name_ru,
        lower(sales_cycle) as sales_cycle,
        contribution_margin as margin_rate,
        valid_from
    from newest

)

select * from final
