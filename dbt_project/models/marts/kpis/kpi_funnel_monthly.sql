with visits as (

    select * from {{ ref('int_visit_days') }}
    where valid_visits > 0

),

leads as (

    select * from {{ ref('fct_leads') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where order_kind = 'sale'

),

credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

maturity as (

    select * from {{ ref('int_cohort_maturity') }}

),

lead_span as (

    {{ record_span('lead') | indent(4) }}

),

visit_months as (

    select
        {{ month_of('visit_date') }} as lead_month,
        channel,
        sum(valid_visits) as visits_valid
    from visits
    group by {{ month_of('visit_date') }}, channel

),

-- the first order of each lead
lead_orders as (

    select
        lead_id,
        min(order_date) as first_order_date
    from orders
    where lead_id is not null
    group by lead_id

),

-- where nothing but calls is known there is nobody who could have accepted one
acceptance as (

    select {{ count_where(is_accepting_system()) }} > 0 as is_known
    from leads

),

lead_rows as (

    select
        leads.lead_month,
        leads.channel,
        leads.lead_status,
        leads.lead_status = 'valid' and leads.is_qualified as is_qualified_lead,
        leads.lead_status = 'valid' and lead_orders.lead_id is not null as is_ordered_lead,
        case when leads.lead_status = 'valid' then maturity.maturity end as maturity,
        case
            -- an order older than its lead took no time: a check tells of it
            when leads.lead_status = 'valid' and lead_orders.first_order_date >= leads.lead_date
                then {{ to_double(
                    days_between('leads.lead_date', 'lead_orders.first_order_date')
                ) }}
        end as lag_days
    from leads
    left join lead_orders on leads.lead_id = lead_orders.lead_id
    left join maturity
        on
            coalesce(leads.product_line, '(none)') = maturity.product_line
            and leads.lead_month = maturity.lead_month

),

lead_months as (

    select
        lead_month,
        channel,
        count(*) as leads_raw,
        {{ count_where("lead_status = 'invalid'") }} as leads_invalid,
        {{ count_where("lead_status = 'duplicate'") }} as leads_duplicate,
        {{ count_where("lead_status = 'valid'") }} as leads_valid,
        {{ count_where('is_qualified_lead') }} as leads_qualified,
        {{ count_where('is_ordered_lead') }} as leads_ordered,
        case
            when
                {{ count_where("lead_status = 'valid'") }} = count(maturity)
                then {{ exact_avg('maturity') }}
        end as maturity,
        {{ median('lag_days') }} as median_lag_days
    from lead_rows
    group by lead_month, channel

),

-- under the headline model an order belongs to one channel whole
order_months as (

    select
        orders.lead_month,
        credits.channel,
        count(*) as orders,
        {{ count_where('orders.is_first_order') }} as new_customers
    from orders
    inner join credits on orders.order_id = credits.order_id
    group by orders.lead_month, credits.channel

),

keys as (

    select
        lead_month,
        channel
    from visit_months
    union distinct
    select
        lead_month,
        channel
    from lead_months
    union distinct
    select
        lead_month,
        channel
    from order_months

),

funnel as (

    select
        keys.lead_month,
        keys.channel,
        coalesce(visit_months.visits_valid, 0) as visits_valid,
        coalesce(lead_months.leads_raw, 0) as leads_raw,
        coalesce(lead_months.leads_invalid, 0) as leads_invalid,
        coalesce(lead_months.leads_duplicate, 0) as leads_duplicate,
        coalesce(lead_months.leads_valid, 0) as leads_valid,
        case when acceptance.is_known then coalesce(lead_months.leads_qualified, 0) end
            as leads_qualified,
        coalesce(lead_months.leads_ordered, 0) as leads_ordered,
        coalesce(order_months.orders, 0) as orders,
        coalesce(order_months.new_customers, 0) as new_customers,
        lead_months.maturity,
        lead_months.median_lag_days,
        {{ is_known_month('keys.lead_month', 'lead_span') }} as is_recorded,
        {{ is_complete_month('keys.lead_month') }} as is_complete
    from keys
    cross join lead_span
    cross join acceptance
    left join visit_months
        on keys.lead_month = visit_months.lead_month and keys.channel = visit_months.channel
    left join lead_months
        on keys.lead_month = lead_months.lead_month and keys.channel = lead_months.channel
    left join order_months
        on keys.lead_month = order_months.lead_month and keys.channel = order_months.channel

),

final as (

    select
        channel,
        case
            when not is_complete then 'incomplete_period'
            when not is_recorded then 'no_records'
            when leads_valid = 0 and visits_valid = 0 then 'no_visits'
            when leads_valid = 0 then 'no_leads'
            when maturity is null then 'insufficient_history'
            when maturity < 0.25 then 'not_mature'
            when visits_valid = 0 then 'no_visits'
        end as reason_code,
        {{ to_bigint('visits_valid') }} as visits_valid,
        {{ to_bigint('leads_raw') }} as leads_raw,
        {{ to_bigint('leads_invalid') }} as leads_invalid,
        {{ to_bigint('leads_duplicate') }} as leads_duplicate,
        {{ to_bigint('leads_valid') }} as leads_valid,
        {{ to_bigint('leads_qualified') }} as leads_qualified,
        {{ to_bigint('leads_ordered') }} as leads_ordered,
        {{ to_bigint('orders') }} as orders,
        {{ to_bigint('new_customers') }} as new_customers,
        -- leads of a part of the month over its visits are no share, nor are those that nobody told of
        case
            when is_recorded then {{ safe_divide('leads_valid', 'visits_valid') }}
        end as visit_to_lead_rate,
        {{ safe_divide('leads_qualified', 'leads_valid') }} as qualified_rate,
        -- a young cohort's share of buyers is low because it is young
        case
            when maturity >= 0.25 then {{ safe_divide('leads_ordered', 'leads_valid') }}
        end as lead_to_order_rate,
        case
            when maturity >= 0.25 then {{ wilson_low('leads_ordered', 'leads_valid') }}
        end as lead_to_order_low,
        case
            when maturity >= 0.25 then {{ wilson_high('leads_ordered', 'leads_valid') }}
        end as lead_to_order_high,
        median_lag_days,
        maturity,
        is_complete,
        lead_month
    from funnel

)

select * from final
