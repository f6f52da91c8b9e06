-- How ripe each lead month of each product line is, and what a lead of the line is worth once ripe.
-- Short-cycle lines are ripe when the month has ended.
with orders as (

    select
        *,
        cohort_product_line as line
    from {{ ref('fct_orders') }}

),

leads as (

    select
        *,
        coalesce(product_line, '(none)') as line
    from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

development as (

    select * from {{ ref('int_cohort_development') }}

),

projections as (

    select * from {{ ref('int_cohort_projections') }}

),

margins as (

    select * from {{ ref('stg_registers__margins') }}

),

long_lines as (

    select product_line as line
    from {{ ref('int_product_lines') }}
    where sales_cycle = 'long'

),

line_months as (

    select
        line,
        lead_month
    from leads
    union distinct
    select
        line,
        lead_month
    from orders

),

line_leads as (

    select
        line,
        lead_month,
        count(*) as leads
    from leads
    group by line, lead_month

),

deals as (

    select
        line,
        {{ exact_avg('net_amount') }} as mean_deal_amount,
        {{ exact_avg('power(' ~ to_double('net_amount') ~ ', 2)') }} as mean_squared_deal
    from orders
    where order_kind = 'sale' and lead_id is not null and net_amount > 0
    group by line

),

margins_in_force as (

    select
        product_line,
        margin_rate
    from margins
    where valid_from <= {{ company('last_complete_date') }}
    qualify row_number() over (
        partition by product_line
        order by valid_from desc
    ) = 1

),

-- what is still to come is earned at the margins of today, whatever was earned at earlier ones
repriced as (

    select
        orders.line,
        orders.net_amount,
        case
            when orders.margin_rate <> margins_in_force.margin_rate
                then {{ to_money(
                    'orders.net_amount * ' ~ to_double('margins_in_force.margin_rate')
                ) }}
            else orders.contribution_amount
        end as contribution_amount
    from orders
    left join margins_in_force on orders.product_line = margins_in_force.product_line
    where orders.order_kind = 'sale'

),

line_margins as (

    select
        line,
        {{ safe_divide(
            'sum(contribution_amount)',
            'sum(case when contribution_amount is not null then net_amount end)'
        ) }} as margin_rate
    from repriced
    group by line

),

-- what the ripe cohorts came to: the yardstick for the unripe
ripe_values as (

    select
        projections.product_line as line,
        {{ safe_divide(
            exact_sum("case when projections.basis = 'revenue' then projections.ultimate end"),
            "sum(case when projections.basis = 'revenue' then line_leads.leads end)"
        ) }} as revenue_per_lead,
        {{ safe_divide(
            exact_sum("case when projections.basis = 'orders' then projections.ultimate end"),
            "sum(case when projections.basis = 'orders' then line_leads.leads end)"
        ) }} as orders_per_lead,
        {{ exact_sum("case when projections.basis = 'orders' then projections.ultimate end") }}
            as orders,
        {{ exact_avg("case when projections.basis = 'orders' then projections.to_date end") }}
            as orders_per_cohort
    from projections
    inner join line_leads
        on
            projections.product_line = line_leads.line
            and projections.cohort_month = line_leads.lead_month
    where projections.maturity >= 0.8
    group by projections.product_line

),

-- money of few deals is lumpier than their number: below 30 deals a cohort the curve of counts is used
bases as (

    select
        line,
        case when orders_per_cohort < 30 then 'orders' else 'revenue' end as basis
    from ripe_values

),

tails as (

    select
        product_line as line,
        basis,
        max(case when is_tail_observed then 1 else 0 end) as is_tail_observed
    from development
    group by product_line, basis

),

-- leads without a line are leads of some line: where too few of them became deals for a curve of their own,
-- they ripen as the slowest long line does, if each of those is known
slowest_curves as (

    select
        projections.cohort_month as lead_month,
        max(projections.cdf) as cdf,
        min(projections.maturity) as maturity,
        count(projections.maturity) as known_lines
    from long_lines
    left join bases on long_lines.line = bases.line
    left join tails
        on long_lines.line = tails.line and coalesce(bases.basis, 'orders') = tails.basis
    left join projections
        on
            long_lines.line = projections.product_line
            and projections.basis = coalesce(bases.basis, 'orders')
            and tails.is_tail_observed = 1
    where long_lines.line <> '(none)'
    group by projections.cohort_month

),

lines_to_know as (

    select count(*) as known_lines
    from long_lines
    where line <> '(none)'

),

slowest_lines as (

    select slowest_curves.*
    from slowest_curves
    inner join lines_to_know on slowest_curves.known_lines = lines_to_know.known_lines

),

joined as (

    select
        line_months.line as product_line,
        case when long_lines.line is null then 'short' else 'long' end as sales_cycle,
        line_months.lead_month,
        coalesce(bases.basis, 'orders') as basis,
        projections.age_months,
        coalesce(tails.is_tail_observed, 0) = 1 or slowest_lines.maturity is not null
            as is_tail_observed,
        {{ is_complete_month('line_months.lead_month') }} as is_complete,
        case when tails.is_tail_observed = 1 then projections.cdf else slowest_lines.cdf end as cdf,
        case
            when tails.is_tail_observed = 1 then projections.maturity else slowest_lines.maturity
        end as maturity,
        projections.outstanding,
        projections.standard_error,
        deals.mean_deal_amount,
        deals.mean_squared_deal,
        line_margins.margin_rate,
        ripe_values.revenue_per_lead,
        ripe_values.orders_per_lead,
        ripe_values.orders as ripe_orders
    from line_months
    left join long_lines on line_months.line = long_lines.line
    left join bases on line_months.line = bases.line
    left join tails
        on line_months.line = tails.line and coalesce(bases.basis, 'orders') = tails.basis
    left join projections
        on
            line_months.line = projections.product_line
            and line_months.lead_month = projections.cohort_month
            and projections.basis = coalesce(bases.basis, 'orders')
    left join slowest_lines
        on line_months.line = '(none)' and line_months.lead_month = slowest_lines.lead_month
    left join deals on line_months.line = deals.line
    left join line_margins on line_months.line = line_margins.line
    left join ripe_values on line_months.line = ripe_values.line

),

final as (

    select
        product_line,
        sales_cycle,
        basis,
        case
            when not is_complete then 'incomplete_period'
            when sales_cycle = 'long' and (maturity is null or not is_tail_observed)
                then 'insufficient_history'
        end as reason_code,
        age_months,
        case
            when not is_complete then null
            when sales_cycle = 'short' then 1.0
            when is_tail_observed then cdf
        end as cdf,
        case
            when not is_complete then null
            when sales_cycle = 'short' then 1.0
            when is_tail_observed then maturity
        end as maturity,
        mean_deal_amount,
        mean_squared_deal,
        margin_rate,
        revenue_per_lead,
        orders_per_lead,
        -- uncertainty of the yardstick itself: Mack's error where money is dense enough to have one,
        -- else what redrawing the ripe deals would give
        case
            when basis = 'revenue'
                then {{ safe_divide('power(standard_error, 2)', 'power(outstanding, 2)') }}
            else {{ safe_divide('mean_squared_deal', 'power(mean_deal_amount, 2) * ripe_orders') }}
        end as relative_variance,
        lead_month
    from joined

)

select * from final
