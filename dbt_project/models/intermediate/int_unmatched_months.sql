-- Months in which no conversion of a record can be found among the visits: no record of the month carries the
-- id of a browser, or the CRM, the shop or the file had no record yet. A conversion of zero would be none.
with rules as (

    select * from {{ ref('int_conversion_rules') }}
    where rule_type in ('lead', 'order', 'plain')

),

record_conversions as (

    select * from {{ ref('int_record_conversions') }}

),

leads as (

    select * from {{ ref('fct_leads') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

plain_conversions as (

    select * from {{ ref('stg_plain__conversions') }}

),

months as (

    select distinct month
    from {{ ref('dim_date') }}

),

-- a rule of one product line is told of as soon as the shop or the CRM tells of any
record_starts as (

    select
        'lead' as rule_type,
        min(lead_date) as first_day
    from leads
    union all
    select
        'order' as rule_type,
        min(order_date) as first_day
    from orders

),

plain_starts as (

    select
        conversion_id,
        min(conversion_date) as first_day
    from plain_conversions
    group by conversion_id

),

rule_starts as (

    select
        rules.conversion_id,
        rules.conversion_version,
        min(coalesce(record_starts.first_day, plain_starts.first_day)) as first_day
    from rules
    left join record_starts on rules.rule_type = record_starts.rule_type
    left join plain_starts
        on
            rules.rule_type = 'plain'
            and plain_starts.conversion_id
            = coalesce(nullif(rules.rule_element, ''), rules.conversion_id)
    group by rules.conversion_id, rules.conversion_version

),

unioned as (

    select
        conversion_id,
        conversion_version,
        {{ month_of('conversion_date') }} as month
    from record_conversions
    group by conversion_id, conversion_version, {{ month_of('conversion_date') }}
    having count(client_id) = 0

    union all

    select
        rule_starts.conversion_id,
        rule_starts.conversion_version,
        months.month
    from rule_starts
    cross join months
    where rule_starts.first_day is null or months.month < {{ month_of('rule_starts.first_day') }}

),

final as (

    select
        conversion_id,
        conversion_version,
        month
    from unioned

)

select * from final
