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

placed as (

    select
        date_day,
        {{ to_bigint(
            '(' ~ dbt.datediff(dbt.date_trunc('year', 'date_day'), 'date_day', 'month')
            ~ ' + 13 - ' ~ company('fiscal_year_start_month') ~ ') % 12'
        ) }} as months_of_year
    from shown

),

final as (

    select
        coalesce(
            calendar.day_type,
            case when {{ iso_weekday('placed.date_day') }} >= 6 then 'weekend' else 'workday' end
        ) as day_type,
        calendar.name as day_name,
        {{ to_bigint(iso_weekday('placed.date_day')) }} as weekday,
        {{ to_bigint('floor(placed.months_of_year / 3) + 1') }} as fiscal_quarter,
        coalesce(calendar.day_type = 'holiday', false) as is_holiday,
        placed.date_day,
        {{ month_of('placed.date_day') }} as month,
        {{ add_months(month_of('placed.date_day'), '-placed.months_of_year') }}
            as fiscal_year_start
    from placed
    left join calendar on placed.date_day = calendar.date_day

)

select * from final
