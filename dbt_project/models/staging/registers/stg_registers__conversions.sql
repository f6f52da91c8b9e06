with source as (

    select * from {{ source('registers', 'conversions') }}

),

-- every version is kept; a repeated record of one version corrects it
newest as (

    select *
    from source
    qualify row_number() over (
        partition by conversion_id, version
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        conversion_id,
        name_en,
        name_ru,
        lower(rule_type) as rule_type,
        {{ null_if_blank('rule_value') }} as rule_value,
        {{ to_bigint('version') }} as conversion_version,
        coalesce(is_primary, false) as is_primary,
        valid_from,
        end_date
    from newest

)

select * from final
