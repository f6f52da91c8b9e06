with numbers as (

    {{ numbers(5) | indent(4) }}

),

calendar as (

    select * from {{ ref('stg_registers__calendar') }}

),

days as (

    select {{ add_days(month_of(company('first_date')), to_bigint('number')) }} as date_day
    from numbers

),

-- to the end of the next year: targets reach beyond today
shown as (

    select date_day
    from days
    where date_day < {{ add_months(dbt.date_trunc('year', company('as_of_date')), 24) }}

),

final as (

    select
        coalesce(
            calendar.day_type,
            case when {{ iso_weekday('shown.date_day') }} >= 6 then 'weekend' else 'workday' end
        ) as day_type,
        calendar.name as day_name,
        {{ to_bigint(iso_weekday('shown.date_day')) }} as weekday,
        coalesce(calendar.day_type = 'holiday', false) as is_holiday,
        shown.date_day,
        {{ month_of('shown.date_day') }} as month
    from shown
    left join calendar on shown.date_day = calendar.date_day

)

select * from final
