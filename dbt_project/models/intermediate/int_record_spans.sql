-- From when and until when the company's records tell of leads, of orders, of both as sales, and of what files
-- count. Before the first record nothing is known, nor after the last one when so long a silence is no chance:
-- the end of an export is not the end of all orders. So it is with days of the first month and of the last.
{% set quiet_days = 7 %}
{% set window_days = 28 %}
{% set least_chance = 0.01 %}
-- of several systems that tell of orders, one is missed where it told of a tenth of the money, no other took over
-- within two months, and it may still be loaded: after a quarter of silence it is closed
{% set least_share = 0.1 %}
{% set share_days = 90 %}
{% set handover_days = 62 %}
{% set closed_after_days = 92 %}

with leads as (

    select * from {{ ref('fct_leads') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

sources as (

    select source_system
    from {{ ref('stg_pipeline__sources') }}
    where is_enabled
    group by source_system

),

plain_conversions as (

    select * from {{ ref('stg_plain__conversions') }}

),

record_days as (

    select
        'lead' as record_type,
        '' as conversion_id,
        lead_date as record_day
    from leads
    union distinct
    select
        'order' as record_type,
        '' as conversion_id,
        order_date as record_day
    from orders
    union distinct
    select
        'source' as record_type,
        source_system as conversion_id,
        order_date as record_day
    from orders
    union distinct
    select
        'plain' as record_type,
        conversion_id,
        conversion_date as record_day
    from plain_conversions

),

paused_days as (

    select
        *,
        lag({{ nullable('record_day') }}) over (
            partition by record_type, conversion_id order by record_day
        ) as record_day_before
    from record_days

),

edges as (

    select
        record_type,
        conversion_id,
        min(record_day) as first_day,
        max(record_day) as last_day,
        coalesce(max({{ days_between('record_day_before', 'record_day') }}), 0)
            as longest_pause_days
    from paused_days
    group by record_type, conversion_id

),

busy_days as (

    select
        edges.record_type,
        edges.conversion_id,
        edges.first_day,
        edges.last_day,
        edges.longest_pause_days,
        {{ count_where(
            'record_days.record_day > edges.first_day and record_days.record_day <= '
            ~ add_days('edges.first_day', window_days)
        ) }} as days_after_first,
        {{ count_where(
            'record_days.record_day < edges.last_day and record_days.record_day >= '
            ~ add_days('edges.last_day', -window_days)
        ) }} as days_before_last
    from edges
    inner join record_days
        on
            edges.record_type = record_days.record_type
            and edges.conversion_id = record_days.conversion_id
    group by
        edges.record_type,
        edges.conversion_id,
        edges.first_day,
        edges.last_day,
        edges.longest_pause_days

),

silences as (

    select
        *,
        {{ days_between(
            larger_of(month_of('first_day'), company('first_date')), 'first_day'
        ) }} as days_before_first,
        {{ days_between('last_day', company('last_complete_date')) }} as days_after_last,
        {{ days_between('last_day', add_days(add_months(month_of('last_day'), 1), -1)) }}
            as days_to_month_end
    from busy_days

),

{# so many days without a record are no chance where as many of the days beside them have one, and where the
   records never paused so long: those of some shops come at the beginning of each month -#}
{% set silent_by_no_chance = [
    ('days_before_first', 'days_after_first', 'is_first_month_cut'),
    ('days_after_last', 'days_before_last', 'is_silent'),
    ('days_to_month_end', 'days_before_last', 'is_last_month_cut'),
] %}
judged as (

    select
        *,
    {% for days, busy_days, name in silent_by_no_chance -%}
        (
            {{ days }} > {{ quiet_days }}
            and {{ days }} > longest_pause_days
            and power(1 - ({{ busy_days }} + 1) / {{ window_days + 2 }}.0, {{ days }})
            < {{ least_chance }}
        ) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from silences

),

all_spans as (

    select
        record_type,
        conversion_id,
        first_day,
        last_day,
        case when is_first_month_cut then first_day else {{ month_of('first_day') }} end
            as known_from,
        case
            when is_silent and is_last_month_cut then last_day
            when is_silent then {{ add_days(add_months(month_of('last_day'), 1), -1) }}
        end as known_until
    from judged

),

source_spans as (

    select
        *,
        max(first_day) over () as newest_first_day
    from all_spans
    where record_type = 'source'

),

source_shares as (

    select
        source_spans.conversion_id as source_system,
        sum(case
            when orders.source_system = source_spans.conversion_id then orders.net_amount else 0
        end) as source_amount,
        sum(orders.net_amount) as all_amount
    from source_spans
    inner join orders
        on
            source_spans.last_day >= orders.order_date
            and {{ add_days('source_spans.last_day', -share_days) }} < orders.order_date
    group by source_spans.conversion_id

),

missed_sources as (

    select min(source_spans.known_until) as known_until
    from source_spans
    inner join sources on source_spans.conversion_id = sources.source_system
    inner join source_shares on source_spans.conversion_id = source_shares.source_system
    where
        source_shares.source_amount >= {{ least_share }} * source_shares.all_amount
        and source_spans.newest_first_day < {{ add_days('source_spans.last_day', -handover_days) }}
        and {{ days_between('source_spans.last_day', company('last_complete_date')) }}
        <= {{ closed_after_days }}

),

-- what one of them still lacks is as unknown as what all lack
spans as (

    select
        all_spans.record_type,
        all_spans.conversion_id,
        all_spans.first_day,
        all_spans.last_day,
        all_spans.known_from,
        case
            when
                all_spans.record_type = 'order'
                and missed_sources.known_until is not null
                and coalesce(all_spans.known_until > missed_sources.known_until, true)
                then missed_sources.known_until
            else all_spans.known_until
        end as known_until
    from all_spans
    cross join missed_sources
    where all_spans.record_type <> 'source'

),

final as (

    select
        record_type,
        conversion_id,
        first_day,
        last_day,
        known_from,
        known_until
    from spans

    union all

    -- leads tell of sales to come before the first of them; when orders cease to come nothing is known of money,
    -- and of leads a CRM may tell no more because it has none
    select
        'sale' as record_type,
        '' as conversion_id,
        min(first_day) as first_day,
        max(last_day) as last_day,
        min(known_from) as known_from,
        case
            when {{ count_where("record_type = 'order'") }} = 0 then min(known_until)
            else min(case when record_type = 'order' then known_until end)
        end as known_until
    from spans
    where record_type in ('lead', 'order')
    having count(*) > 0

)

select * from final
