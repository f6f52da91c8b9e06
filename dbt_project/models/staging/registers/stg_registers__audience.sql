with source as (

    select * from {{ source('registers', 'audience') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by attribute, value
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        lower(attribute) as attribute,
        lower(trim(value)) as attribute_value,
        is_target
    from newest

)

select * from final
