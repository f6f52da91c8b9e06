-- Versions of every conversion rule with the days on which each is in force, one row per element of the
-- rule (`101|102` gives two).
with conversions as (

    select * from {{ ref('stg_registers__conversions') }}

),

numbers as (

    {{ numbers(2) | indent(4) }}

),

dated as (

    select
        conversions.*,
        -- of all later versions, not of the next one: a third that begins before the second replaces it, and
        -- ends the first
        min({{ nullable('valid_from') }}) over (
            partition by conversions.conversion_id
            order by conversions.conversion_version desc
            rows between unbounded preceding and 1 preceding
        ) as next_valid_from
    from conversions

),

final as (

    select
        dated.conversion_id,
        dated.rule_type,
        coalesce(
            trim({{ dbt.split_part('dated.rule_value', "'|'", to_bigint('numbers.number')) }}), ''
        )
            as rule_element,
        dated.conversion_version,
        dated.is_primary,
        dated.valid_from,
        -- half-open: the version holds before this day
        case
            when dated.end_date < coalesce(dated.next_valid_from, cast('9999-12-31' as date))
                then {{ add_days('dated.end_date', 1) }}
            else coalesce(dated.next_valid_from, cast('9999-12-31' as date))
        end as valid_before
    from dated
    inner join numbers
        on
            numbers.number >= 1
            and numbers.number <= 1 + length(coalesce(dated.rule_value, ''))
            - length(replace(coalesce(dated.rule_value, ''), '|', ''))
    -- a version that was replaced before it began was never in force
    where dated.next_valid_from is null or dated.valid_from < dated.next_valid_from

)

select * from final
