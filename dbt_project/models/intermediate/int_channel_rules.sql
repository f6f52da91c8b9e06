-- The channel map in force: the company's own rules first, then the defaults shipped with the project.
with company_rules as (

    select * from {{ ref('stg_registers__channels') }}

),

default_rules as (

    select * from {{ ref('default_channel_rules') }}

),

unioned as (

    select
        1 as priority,
        source_type,
        utm_source,
        utm_medium,
        utm_campaign,
        channel,
        name_en,
        name_ru,
        channel_group,
        contractor,
        rule_order,
        is_paid
    from company_rules
    union all
    select
        2 as priority,
        source_type,
        utm_source,
        utm_medium,
        utm_campaign,
        channel,
        name_en,
        name_ru,
        channel_group,
        {{ null_string() }} as contractor,
        rule_order,
        is_paid
    from default_rules

),

final as (

    select
        source_type,
        utm_source,
        utm_medium,
        utm_campaign,
        channel,
        name_en,
        name_ru,
        channel_group,
        contractor,
        row_number() over (
            order by priority, rule_order, source_type, utm_source, utm_medium, utm_campaign
        ) as rule_rank,
        is_paid,
        priority = 1 as is_company_rule
    from unioned

)

select * from final
