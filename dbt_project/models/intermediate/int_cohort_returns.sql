-- What each campaign's leads of a month have brought, by product line and attribution model, and what
-- they may still bring. Every column adds up over lines, campaigns and channels.
with credits as (

    select * from {{ ref('int_order_credits') }}

),

journey_credits as (

    select * from {{ ref('int_journey_credits') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}
    where journey_type = 'lead'

),

leads as (

    select * from {{ ref('fct_leads') }}
    where lead_status = 'valid'

),

orders as (

    select * from {{ ref('fct_orders') }}

),

maturity as (

    select * from {{ ref('int_cohort_maturity') }}

),

order_rows as (

    select
        orders.lead_month,
        credits.channel,
        credits.campaign_id,
        credits.attribution_model,
        orders.cohort_product_line as product_line,
        case when orders.order_kind = 'sale' then credits.order_credit else 0 end as order_credit,
        case when orders.is_first_order then credits.order_credit else 0 end as new_customer_credit,
        credits.revenue_amount,
        credits.contribution_amount,
        case when credits.contribution_amount is null then 1 else 0 end as is_without_margin,
        case when credits.revenue_amount is null then 1 else 0 end as is_without_rate,
        -- what the cohort curve knows: orders that leads led to, in months that have ended
        case
            when
                orders.lead_id is not null
                and orders.order_month >= orders.lead_month
                and {{ is_complete_month('orders.order_month') }}
                then 1
            else 0
        end as is_on_curve,
        0 as lead_credit,
        0 as qualified_lead_credit
    from credits
    inner join orders on credits.order_id = orders.order_id

),

lead_rows as (

    select
        leads.lead_month,
        journey_credits.channel,
        journey_credits.campaign_id,
        journey_credits.attribution_model,
        coalesce(leads.product_line, '(none)') as product_line,
        0 as order_credit,
        0 as new_customer_credit,
        cast(0 as {{ type_money() }}) as revenue_amount,
        cast(0 as {{ type_money() }}) as contribution_amount,
        0 as is_without_margin,
        0 as is_without_rate,
        0 as is_on_curve,
        journey_credits.credit as lead_credit,
        case when leads.is_qualified then journey_credits.credit else 0 end as qualified_lead_credit
    from journey_credits
    inner join journeys on journey_credits.journey_id = journeys.journey_id
    inner join leads on journeys.lead_id = leads.lead_id

),

unioned as (

    select * from order_rows
    union all
    select * from lead_rows

),

sums as (

    select
        lead_month,
        channel,
        campaign_id,
        attribution_model,
        product_line,
        {{ exact_sum('lead_credit') }} as leads,
        {{ exact_sum('qualified_lead_credit') }} as qualified_leads,
        {{ exact_sum('order_credit') }} as orders,
        {{ exact_sum('new_customer_credit') }} as new_customers,
        sum(revenue_amount) as revenue_amount,
        sum(contribution_amount) as contribution_amount,
        sum(is_without_margin) as credits_without_margin,
        sum(is_without_rate) as credits_without_rate,
        {{ exact_sum('power(' ~ to_double('coalesce(contribution_amount, 0)') ~ ', 2)') }}
            as contribution_squares,
        {{ exact_sum('is_on_curve * order_credit') }} as orders_on_curve,
        {{ exact_sum('is_on_curve * revenue_amount') }} as revenue_on_curve
    from unioned
    group by lead_month, channel, campaign_id, attribution_model, product_line

),

projected as (

    select
        sums.*,
        maturity.maturity,
        maturity.reason_code,
        maturity.margin_rate,
        maturity.mean_squared_deal,
        maturity.relative_variance,
        -- chain ladder: money by its own curve, or the deals still missing at the mean deal
        case
            when maturity.sales_cycle = 'short' then 0
            when maturity.basis = 'revenue' then (maturity.cdf - 1) * sums.revenue_on_curve
            else (maturity.cdf - 1) * sums.orders_on_curve * maturity.mean_deal_amount
        end as outstanding_cl,
        -- Bornhuetter-Ferguson: the leads at what a lead of the line came to in ripe months
        case
            when maturity.sales_cycle = 'short' then 0
            else (1 - maturity.maturity) * sums.leads * maturity.revenue_per_lead
        end as outstanding_bf,
        case
            when maturity.sales_cycle = 'short' then 0
            else (1 - maturity.maturity) * sums.leads * maturity.orders_per_lead
        end as outstanding_orders
    from sums
    left join maturity
        on
            sums.product_line = maturity.product_line
            and sums.lead_month = maturity.lead_month

),

final as (

    select
        channel,
        campaign_id,
        attribution_model,
        product_line,
        reason_code,
        leads,
        qualified_leads,
        orders,
        new_customers,
        {{ to_money('revenue_amount') }} as revenue_amount,
        {{ to_money('contribution_amount') }} as contribution_amount,
        {{ to_bigint('credits_without_margin') }} as credits_without_margin,
        {{ to_bigint('credits_without_rate') }} as credits_without_rate,
        contribution_squares,
        maturity,
        outstanding_cl,
        outstanding_bf,
        outstanding_cl * margin_rate as outstanding_cl_contribution,
        outstanding_bf * margin_rate as outstanding_bf_contribution,
        -- deals to come arrive at random (compound Poisson), and their expected sum is itself estimated
        power(margin_rate, 2) * (
            outstanding_orders * coalesce(mean_squared_deal, 0)
            + power(outstanding_bf, 2) * coalesce(relative_variance, 0)
        ) as outstanding_contribution_variance,
        -- weight of the line in the maturity of a mixed row
        {{ larger_of(
            to_double('revenue_amount') ~ ' + coalesce(outstanding_bf, 0)', '0'
        ) }} as expected_revenue,
        lead_month
    from projected

)

select * from final
