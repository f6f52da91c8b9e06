with source as (

    select * from {{ source('surveys', 'responses') }}

),

-- a wave exported again replaces the answers of the same respondents
newest as (

    select *
    from source
    qualify row_number() over (
        partition by wave, mode, respondent_id
        order by _file desc
    ) = 1

),

final as (

    select
        respondent_id,
        wave,
        lower(mode) as mode,
        {{ null_if_blank('vendor') }} as vendor,
        {{ null_if_blank('age_group') }} as age_group,
        {{ null_if_blank('city') }} as city,
        -- brands keep their inner spaces: `a|b` -> `|a||b|`
        case
            when coalesce(trim(unaided_brands), '') = '' then ''
            else {{ dbt.concat(["'|'", "replace(lower(trim(unaided_brands)), '|', '||')", "'|'"]) }}
        end as unaided_brands,
        case
            when coalesce(trim(aided_brands), '') = '' then ''
            else {{ dbt.concat(["'|'", "replace(lower(trim(aided_brands)), '|', '||')", "'|'"]) }}
        end as aided_brands,
        lower(trim({{ dbt.split_part('unaided_brands', "'|'", 1) }})) as first_brand,
        {{ to_bigint('recommendation') }} as recommendation,
        {{ to_double('coalesce(weight, 1)') }} as weight,
        is_target,
        is_customer,
        {{ to_date('answered_at') }} as answered_date
    from newest

)

select * from final
