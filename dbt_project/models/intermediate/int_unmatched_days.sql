-- Days on which no conversion of a record can be found among the visits: no record of the month carries the id
-- of a browser, or the CRM, the shop or the file tells nothing of the day. A conversion of zero would be none.
with rules as (

    select distinct
        conversion_id,
        conversion_version,
        rule_type,
        case
            when rule_type = 'plain' then coalesce(nullif(rule_element, ''), conversion_id)
            else ''
        end as counted_id
    from {{ ref('int_conversion_rules') }}
    where rule_type in ('lead', 'order', 'plain')

),

record_conversions as (

    select * from {{ ref('int_record_conversions') }}

),

record_spans as (

    select * from {{ ref('int_record_spans') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

months_without_browsers as (

    select
        conversion_id,
        conversion_version,
        {{ month_of('conversion_date') }} as month
    from record_conversions
    group by conversion_id, conversion_version, {{ month_of('conversion_date') }}
    having count(client_id) = 0

),

-- a rule of one product line is told of as soon as the shop or the CRM tells of any, one of several counts of
-- files with the first of them
rule_spans as (

    select
        rules.conversion_id,
        rules.conversion_version,
        min(record_spans.known_from) as known_from,
        case
            when count(record_spans.known_until) = count(record_spans.known_from)
                then max(record_spans.known_until)
        end as known_until
    from rules
    left join record_spans
        on
            rules.rule_type = record_spans.record_type
            and rules.counted_id = record_spans.conversion_id
    group by rules.conversion_id, rules.conversion_version

),

unioned as (

    select
        months_without_browsers.conversion_id,
        months_without_browsers.conversion_version,
        days.date_day
    from months_without_browsers
    inner join days on months_without_browsers.month = days.month

    union distinct

    select
        rule_spans.conversion_id,
        rule_spans.conversion_version,
        days.date_day
    from rule_spans
    cross join days
    where
        rule_spans.known_from is null
        or days.date_day < rule_spans.known_from
        or days.date_day > rule_spans.known_until

),

final as (

    select
        conversion_id,
        conversion_version,
        date_day
    from unioned

)

select * from final
