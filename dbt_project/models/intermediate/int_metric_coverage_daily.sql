-- How complete the data behind the metrics are, part by part and day by day: of `expected`, `present`
-- is there. Summed over a period they give a share; the worst share of a metric's parts is its grade.
{% set quiet_days = 7 %}

with days as (

    select * from {{ ref('dim_date') }}
    where {{ is_complete_day('date_day') }} and date_day >= {{ company('first_date') }}

),

visits as (

    select
        visit_date as date_day,
        sum(visits) as visits,
        sum(valid_visits) as human_visits
    from {{ ref('int_visit_days') }}
    group by visit_date

),

-- days on which the counter was asked and had no visit: nothing is missing there, unless the site is never
-- so quiet and the counter was off; and days of a counter that gives sums only
other_visit_days as (

    select loaded_days.date_day
    from {{ ref('stg_pipeline__loaded_days') }} as loaded_days
    left join {{ ref('int_traffic_series_daily') }} as series
        on
            loaded_days.date_day = series.date_day
            and series.channel = '(all)'
            and series.campaign_id = '(all)'
    where
        loaded_days.table_name = 'visits'
        and loaded_days.is_empty
        and not coalesce(series.is_silent, false)
    union distinct
    select date_day
    from {{ ref('kpi_counter_traffic_daily') }}
    where is_of_record and is_aggregated

),

ad_spend as (

    select
        *,
        -- a booking of the register covers its month whether or not the ad systems were read; alone it
        -- is the source of spend
        source_system <> 'registers'
        or max(case when source_system <> 'registers' then 1 else 0 end) over () = 0
            as tells_of_days
    from {{ ref('fct_ad_spend_daily') }}

),

spend as (

    select
        spend_date as date_day,
        count(*) as rows_read,
        count(spend_amount) as rows_in_currency
    from ad_spend
    group by spend_date

),

spend_last_day as (

    select max(spend_date) as date_day
    from ad_spend
    where tells_of_days

),

audience as (

    select distinct date_day
    from {{ ref('kpi_audience_daily') }}
    where followers is not null

),

leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

costs as (

    select * from {{ ref('fct_costs') }}
    where cost_type in ('agency', 'salaries', 'tools', 'production', 'discounts')

),

sale_span as (

    {{ record_span('sale') | indent(4) }}

),

-- a quiet day has no lead and no order, a pause no spend; after the last of them the source is silent, and
-- so it was before the first of them: a CRM taken up in June tells nothing of May. A quiet first week is one
crm_span as (

    select
        case
            when first_day <= {{ add_days(company('first_date'), quiet_days) }}
                then {{ company('first_date') }}
            else first_day
        end as first_day,
        last_day
    from sale_span

),

cost_types as (

    select count(distinct cost_type) as types
    from costs

),

cost_months as (

    select
        cost_month,
        count(distinct cost_type) as types
    from costs
    group by cost_month

),

unioned as (

    select
        'visits_days' as part,
        days.date_day,
        case
            when visits.date_day is null and other_visit_days.date_day is null then 0
            else 1
        end as present,
        1 as expected
    from days
    left join visits on days.date_day = visits.date_day
    left join other_visit_days on days.date_day = other_visit_days.date_day

    union all

    select
        'spend_days' as part,
        days.date_day,
        case when days.date_day <= spend_last_day.date_day then 1 else 0 end as present,
        1 as expected
    from days
    cross join spend_last_day

    union all

    select
        'social_days' as part,
        days.date_day,
        case when audience.date_day is null then 0 else 1 end as present,
        1 as expected
    from days
    left join audience on days.date_day = audience.date_day

    union all

    select
        'crm_days' as part,
        days.date_day,
        case
            when days.date_day >= crm_span.first_day and days.date_day <= crm_span.last_day then 1
            else 0
        end as present,
        1 as expected
    from days
    cross join crm_span

    union all

    select
        'human_traffic' as part,
        date_day,
        human_visits as present,
        visits as expected
    from visits

    union all

    -- a few days without a sale are no gap for what divides by money spent; an export that begins or ends is
    select
        'sales_days' as part,
        days.date_day,
        case
            when days.date_day < sale_span.known_from or sale_span.known_from is null then 0
            when days.date_day > sale_span.known_until then 0
            else 1
        end as present,
        1 as expected
    from days
    cross join sale_span

    union all

    select
        'exchange_rates' as part,
        date_day,
        rows_in_currency as present,
        rows_read as expected
    from spend

    union all

    select
        'exchange_rates' as part,
        order_date as date_day,
        count(net_amount) as present,
        count(*) as expected
    from orders
    group by order_date

    union all

    select
        'client_ids' as part,
        order_date as date_day,
        {{ count_where('has_client_id') }} as present,
        count(*) as expected
    from orders
    group by order_date

    union all

    -- absolute values: a return must not make the share of known money exceed one
    select
        'margins' as part,
        order_date as date_day,
        sum(case when contribution_amount is null then 0 else abs(net_amount) end) as present,
        sum(abs(net_amount)) as expected
    from orders
    group by order_date

    union all

    select
        'attribution' as part,
        coalesce(leads.lead_date, orders.order_date) as date_day,
        sum(case when credits.channel = 'unattributed' then 0 else abs(credits.revenue_amount) end)
            as present,
        sum(abs(credits.revenue_amount)) as expected
    from orders
    inner join credits on orders.order_id = credits.order_id
    left join leads on orders.lead_id = leads.lead_id
    group by coalesce(leads.lead_date, orders.order_date)

    union all

    -- kinds of cost that the register has ever held, against those entered for the month; an empty
    -- register holds none of what a full cost needs
    select
        'cost_types' as part,
        days.date_day,
        coalesce({{ safe_divide('coalesce(cost_months.types, 0)', 'cost_types.types') }}, 0)
            as present,
        1 as expected
    from days
    cross join cost_types
    left join cost_months on days.month = cost_months.cost_month

),

final as (

    select
        part,
        -- bots and orders without a browser id blur a figure; the other gaps make it another figure
        part not in ('human_traffic', 'client_ids') as is_blocking,
        {{ to_double('present') }} as present,
        {{ to_double('expected') }} as expected,
        date_day
    from unioned

)

select * from final
