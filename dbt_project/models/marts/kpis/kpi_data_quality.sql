with sources as (

    select * from {{ ref('stg_pipeline__sources') }}

),

-- what the last load of each table brought
loads as (

    select * from {{ ref('stg_pipeline__load_log') }}

),

loaded_days as (

    select * from {{ ref('stg_pipeline__loaded_days') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

orders as (

    select * from {{ ref('stg_plain__orders') }}

),

first_days as (

    select
        source_system,
        table_name,
        {{ count_where('is_empty') }} as empty_days,
        min(case when not is_empty then date_day end) as first_day,
        max(case when not is_empty then date_day end) as last_day,
        max(date_day) as last_loaded_day
    from loaded_days
    group by source_system, table_name

),

-- a table without a row every day is late when it pauses longer than it did in half a year
pauses as (

    select
        source_system,
        table_name,
        max({{ days_between('day_before', 'date_day') }}) as longest_pause_days
    from (
        select
            source_system,
            table_name,
            date_day,
            lag({{ nullable('date_day') }}) over (
                partition by source_system, table_name order by date_day
            ) as day_before
        from loaded_days
        where not is_empty
    ) as filled_days
    where date_day > {{ add_days(company('last_complete_date'), -180) }}
    group by source_system, table_name

),

-- holes between the first and the last complete day of a table that should have a row every day
missing as (

    select
        sources.source_system,
        sources.table_name,
        count(*) as missing_days
    from sources
    inner join first_days
        on
            sources.source_system = first_days.source_system
            and sources.table_name = first_days.table_name
    inner join dates
        on first_days.first_day <= dates.date_day and {{ is_complete_day('dates.date_day') }}
    left join loaded_days
        on
            sources.source_system = loaded_days.source_system
            and sources.table_name = loaded_days.table_name
            and dates.date_day = loaded_days.date_day
    where sources.expects_every_day and loaded_days.date_day is null
    group by sources.source_system, sources.table_name

),

-- rows that say one thing twice; money paid back under the number of a sale repeats nothing
rows_of_orders as (

    select
        order_id,
        count(*) as rows_of_order
    from orders
    where has_order_id
    group by
        order_id,
        case when gross_amount < 0 then gross_amount end,
        case when gross_amount < 0 then ordered_at end

),

repeated_orders as (

    select
        'plain' as source_system,
        'orders' as table_name,
        sum(rows_of_order - 1) as repeated_rows
    from rows_of_orders

),

joined as (

    select
        sources.source_system,
        sources.table_name,
        sources.subject,
        coalesce(loads.door, sources.door) as door,
        loads.note,
        -- records deleted at the source are kept in raw data, and are no rows of it
        coalesce(loads.rows_total, 0) - coalesce(loads.rows_deleted, 0) as rows_total,
        max(coalesce(loads.rows_total, 0) - coalesce(loads.rows_deleted, 0)) over (
            partition by sources.source_system
        ) as rows_of_source,
        coalesce(loads.rows_quarantined, 0) as rows_quarantined,
        case when sources.expects_every_day then coalesce(missing.missing_days, 0) end
            as missing_days,
        coalesce(first_days.empty_days, 0) as empty_days,
        coalesce(loads.days_incomplete, 0) as incomplete_days,
        coalesce(loads.rows_deleted, 0) as rows_deleted,
        coalesce(repeated_orders.repeated_rows, 0) as repeated_rows,
        sources.freshness_hours,
        case
            when sources.expects_every_day then 0 else coalesce(pauses.longest_pause_days, 0)
        end as longest_pause_days,
        coalesce(first_days.first_day, loads.first_day) as first_day,
        coalesce(first_days.last_day, loads.last_day) as last_day,
        coalesce(first_days.last_loaded_day, loads.last_day) as last_loaded_day
    from sources
    left join loads
        on
            sources.source_system = loads.source_system
            and sources.table_name = loads.table_name
    left join first_days
        on
            sources.source_system = first_days.source_system
            and sources.table_name = first_days.table_name
    left join pauses
        on
            sources.source_system = pauses.source_system
            and sources.table_name = pauses.table_name
    left join missing
        on
            sources.source_system = missing.source_system
            and sources.table_name = missing.table_name
    left join repeated_orders
        on
            sources.source_system = repeated_orders.source_system
            and sources.table_name = repeated_orders.table_name
    where sources.is_enabled

),

aged as (

    select
        *,
        {{ days_between('last_day', company('last_complete_date')) }} as age_days,
        -- A week without a new deal is no fault while leads of the same system keep coming, nor is
        -- a day on which the source, when asked, has nothing. Tables of the company's own come from
        -- anywhere: calls that still come tell nothing of the shop.
        {{ days_between(
            "max(last_loaded_day) over (partition by "
            ~ "source_system, subject, case when source_system = 'plain' then table_name end)",
            company('last_complete_date')
        ) }} as source_age_days
    from joined

),

final as (

    select
        source_system as source,
        table_name,
        door,
        case
            when rows_total = 0 and last_day is null then 'missing'
            when
                freshness_hours is not null
                and source_age_days * 24 > freshness_hours
                and source_age_days > longest_pause_days
                then 'late'
            else 'ok'
        end as freshness_status,
        case
            when repeated_rows > 0
                then {{ dbt.concat(["'repeated rows removed: '", to_string('repeated_rows')]) }}
            else note
        end as note,
        rows_total,
        rows_quarantined,
        {{ to_bigint('rows_deleted') }} as rows_deleted,
        {{ to_bigint('missing_days') }} as missing_days,
        {{ to_bigint('empty_days') }} as empty_days,
        {{ to_bigint('incomplete_days') }} as incomplete_days,
        {{ to_bigint('repeated_rows') }} as repeated_rows,
        {{ to_bigint('age_days') }} as age_days,
        first_day,
        last_day
    from aged
    -- the tables of one source are optional one by one; a source without any row at all is missing
    where rows_total > 0 or last_day is not null or rows_of_source = 0

)

select * from final
