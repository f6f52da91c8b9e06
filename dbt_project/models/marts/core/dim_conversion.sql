with conversions as (

    select * from {{ ref('stg_registers__conversions') }}

),

first_versions as (

    select
        conversion_id,
        min(valid_from) as first_valid_from
    from conversions
    group by conversion_id

),

-- the newest version names the conversion in all its days
newest as (

    select *
    from conversions
    qualify row_number() over (
        partition by conversion_id
        order by conversion_version desc
    ) = 1

),

final as (

    select
        newest.conversion_id,
        coalesce(newest.name_en, newest.name_ru, newest.conversion_id) as name_en,
        coalesce(newest.name_ru, newest.name_en, newest.conversion_id) as name_ru,
        newest.rule_type,
        newest.conversion_version,
        newest.is_primary,
        first_versions.first_valid_from,
        newest.valid_from,
        newest.end_date
    from newest
    inner join first_versions on newest.conversion_id = first_versions.conversion_id

)

select * from final
