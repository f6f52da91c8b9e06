-- Return on marketing of each lead month under every attribution model: campaign by campaign, channel by
-- channel, and all channels that cost money as one. Wider rows are computed from sums, never from ratios.
{% set models = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] %}

with returns as (

    select * from {{ ref('int_cohort_returns') }}

),

costs as (

    select * from {{ ref('int_metric_costs_monthly') }}

),

sale_span as (

    {{ record_span('sale') | indent(4) }}

),

order_span as (

    {{ record_span('order') | indent(4) }}

),

models as (

    {% for model in models -%}
        select '{{ model }}' as attribution_model{% if not loop.last %}
            union all {% endif %}
    {%- endfor %}

),

return_rows as (

    select
        lead_month,
        channel,
        campaign_id,
        attribution_model,
        leads,
        qualified_leads,
        orders,
        new_customers,
        revenue_amount,
        contribution_amount,
        credits_without_margin,
        credits_without_rate,
        contribution_squares,
        maturity * expected_revenue as matured_revenue,
        maturity * leads as matured_leads,
        expected_revenue,
        -- a line of unknown maturity makes the row's maturity unknown
        case when maturity is null then 1 else 0 end as is_maturity_unknown,
        case when reason_code = 'insufficient_history' then 1 else 0 end as is_history_short,
        outstanding_cl,
        outstanding_bf,
        outstanding_cl_contribution,
        outstanding_bf_contribution,
        outstanding_contribution_variance,
        {{ null_string() }} as spend_source,
        cast(0 as {{ type_money() }}) as spend_amount,
        cast(0 as {{ type_money() }}) as full_cost_amount,
        0 as is_rate_missing
    from returns

),

cost_rows as (

    select
        costs.cost_month as lead_month,
        costs.channel,
        costs.campaign_id,
        models.attribution_model,
        0 as leads,
        0 as qualified_leads,
        0 as orders,
        0 as new_customers,
        cast(0 as {{ type_money() }}) as revenue_amount,
        cast(0 as {{ type_money() }}) as contribution_amount,
        0 as credits_without_margin,
        0 as credits_without_rate,
        0 as contribution_squares,
        0 as matured_revenue,
        0 as matured_leads,
        0 as expected_revenue,
        0 as is_maturity_unknown,
        0 as is_history_short,
        0 as outstanding_cl,
        0 as outstanding_bf,
        0 as outstanding_cl_contribution,
        0 as outstanding_bf_contribution,
        0 as outstanding_contribution_variance,
        costs.spend_source,
        costs.spend_amount,
        costs.full_cost_amount,
        case when costs.is_rate_missing then 1 else 0 end as is_rate_missing
    from costs
    cross join models

),

unioned as (

    select * from return_rows
    union all
    select * from cost_rows

),

-- spend that nobody can convert is spend, and so is a credit note: without their channel the rest would look
-- like the whole
paid_channels as (

    select
        cost_month,
        channel
    from costs
    where spend_amount <> 0 or (spend_source is not null and is_rate_missing)
    group by cost_month, channel

),

{% set sums -%}
    {{ exact_sum('leads') }} as leads,
        {{ exact_sum('qualified_leads') }} as qualified_leads,
        {{ exact_sum('orders') }} as orders,
        {{ exact_sum('new_customers') }} as new_customers,
        sum(revenue_amount) as revenue_amount,
        sum(contribution_amount) as known_contribution_amount,
        sum(credits_without_margin) as credits_without_margin,
        sum(credits_without_rate) > 0 as is_order_rate_missing,
        {{ exact_sum('contribution_squares') }} as contribution_squares,
        {{ exact_sum('matured_revenue') }} as matured_revenue,
        {{ exact_sum('matured_leads') }} as matured_leads,
        {{ exact_sum('expected_revenue') }} as expected_revenue,
        sum(is_maturity_unknown) as maturities_unknown,
        sum(is_history_short) as histories_short,
        -- one unknown projection makes the sum unknown
        case
            when count(outstanding_cl) = count(*) then {{ exact_sum('outstanding_cl') }}
        end as outstanding_cl,
        case
            when count(outstanding_bf) = count(*) then {{ exact_sum('outstanding_bf') }}
        end as outstanding_bf,
        case
            when count(outstanding_cl_contribution) = count(*)
                then {{ exact_sum('outstanding_cl_contribution') }}
        end
            as outstanding_cl_contribution,
        case
            when count(outstanding_bf_contribution) = count(*)
                then {{ exact_sum('outstanding_bf_contribution') }}
        end
            as outstanding_bf_contribution,
        case
            when count(outstanding_contribution_variance) = count(*)
                then {{ exact_sum('outstanding_contribution_variance') }}
        end
            as outstanding_variance,
        min(spend_source) as spend_source,
        sum(spend_amount) as spend_amount,
        sum(full_cost_amount) as full_cost_amount,
        max(is_rate_missing) = 1 as is_rate_missing
{%- endset %}

levels as (

    select
        'campaign' as level,
        lead_month,
        channel,
        campaign_id,
        attribution_model,
        {{ sums }}
    from unioned
    group by lead_month, channel, campaign_id, attribution_model

    union all

    select
        'channel' as level,
        lead_month,
        channel,
        '(all)' as campaign_id,
        attribution_model,
        {{ sums }}
    from unioned
    group by lead_month, channel, attribution_model

    union all

    select
        'paid' as level,
        unioned.lead_month,
        '(paid)' as channel,
        '(all)' as campaign_id,
        unioned.attribution_model,
        {{ sums }}
    from unioned
    inner join paid_channels
        on
            unioned.lead_month = paid_channels.cost_month
            and unioned.channel = paid_channels.channel
    group by unioned.lead_month, unioned.attribution_model

),

-- the whole company: what the model could place, and how ripe the month is for rows without a lead
company_months as (

    select
        lead_month,
        attribution_model,
        {{ safe_divide(
            "sum(case when channel <> 'unattributed' then revenue_amount else 0 end)",
            'sum(revenue_amount)'
        ) }} as coverage_share,
        {{ safe_divide(
            exact_sum("case when channel <> 'unattributed' then leads + orders else 0 end"),
            exact_sum('leads + orders')
        ) }} as journey_coverage_share,
        case
            when sum(is_maturity_unknown) = 0
                then coalesce({{ safe_divide(
                    exact_sum('matured_revenue'), exact_sum('expected_revenue')
                ) }}, 1)
        end as maturity
    from unioned
    group by lead_month, attribution_model

),

-- spend of months that the CRM and the shop do not tell of bought what nobody knows; a company of which no sale
-- was ever loaded has not sold nothing
months as (

    select
        company_months.lead_month,
        company_months.attribution_model,
        company_months.coverage_share,
        company_months.journey_coverage_share,
        company_months.maturity,
        {{ is_known_month('company_months.lead_month', 'sale_span') }} as is_recorded,
        order_span.known_from is null as is_without_sales
    from company_months
    cross join sale_span
    cross join order_span

),

ripened as (

    select
        levels.*,
        months.coverage_share,
        months.journey_coverage_share,
        months.is_recorded,
        {{ is_complete_month('levels.lead_month') }} as is_complete,
        case
            when levels.maturities_unknown > 0 or not months.is_recorded then null
            when levels.expected_revenue > 0
                then {{ safe_divide('levels.matured_revenue', 'levels.expected_revenue') }}
            when levels.leads > 0 then {{ safe_divide('levels.matured_leads', 'levels.leads') }}
            else months.maturity
        end as maturity,
        months.is_without_sales,
        case
            when levels.credits_without_margin = 0 and not months.is_without_sales
                then levels.known_contribution_amount
        end as contribution_amount
    from levels
    inner join months
        on
            levels.lead_month = months.lead_month
            and levels.attribution_model = months.attribution_model

),

staged as (

    select
        *,
        case
            when not is_complete then 'too_early'
            else {{ maturity_stage('maturity', 'orders') }}
        end as maturity_stage
    from ripened

),

ranged as (

    select
        *,
        case
            -- against a part of the cost no return is told
            when is_rate_missing then null
            when maturity_stage = 'developing'
                then contribution_amount + outstanding_bf_contribution
            when maturity_stage = 'maturing' then contribution_amount + outstanding_cl_contribution
            when maturity_stage = 'final' then contribution_amount
        end as projected_contribution,
        -- of a ripe month nothing is projected, and a range of no width would promise that no refund
        -- will come; how far its return would repeat is asked of twelve months
        case
            when maturity_stage in ('developing', 'maturing')
                then {{ z_95() }} * sqrt(outstanding_variance)
        end as projected_margin_of_error
    from staged

),

bounded as (

    select
        *,
        -- what has come does not go again: less than that is no low end
        {{ larger_of(
            'projected_contribution - projected_margin_of_error',
            smaller_of('contribution_amount', 'projected_contribution')
        ) }} as projected_contribution_low,
        projected_contribution + projected_margin_of_error as projected_contribution_high
    from ranged

),

reasoned as (

    select
        *,
        case
            when not is_complete then 'incomplete_period'
            when is_rate_missing then 'missing_rate'
            when spend_amount <= 0 then 'no_spend'
            when is_order_rate_missing then 'missing_rate'
            when is_without_sales then 'no_orders'
            when contribution_amount is null then 'no_margin'
            when not is_recorded then 'no_records'
            when histories_short > 0 then 'insufficient_history'
            when maturity < 0.25 then 'not_mature'
            when orders < 10 then 'not_enough_data'
            when coverage_share < 0.7 then 'low_coverage'
            when
                projected_contribution_low - spend_amount <= 0
                and projected_contribution_high - spend_amount >= 0
                and projected_margin_of_error > 0 then 'within_noise'
            when revenue_amount = 0 then 'no_revenue'
            when new_customers = 0 then 'no_customers'
        end as reason_code,
        {{ romi('projected_contribution_low', 'spend_amount') }} as projected_romi_low,
        {{ romi('projected_contribution', 'spend_amount') }} as projected_romi,
        {{ romi('projected_contribution_high', 'spend_amount') }} as projected_romi_high
    from bounded

),

final as (

    select
        level,
        channel,
        campaign_id,
        attribution_model,
        maturity_stage,
        reason_code,
        case
            when reason_code = 'no_spend' then 'no_spend'
            when not is_complete then 'too_early'
            -- waiting does not help either
            when
                reason_code in ('missing_rate', 'no_margin', 'no_orders') or not is_recorded
                then 'cannot_tell'
            -- a ripe month with few deals will not get more of them: waiting does not help
            when maturity_stage = 'too_early' and maturity >= 0.95 then 'cannot_tell'
            when maturity_stage = 'too_early' then 'too_early'
            when reason_code in ('low_coverage', 'within_noise') or projected_romi is null
                then 'cannot_tell'
            when coalesce(projected_romi_low, projected_romi) > 0 then 'pays'
            when coalesce(projected_romi_high, projected_romi) < 0 then 'does_not_pay'
            else 'cannot_tell'
        end as verdict,
        spend_source,
        {{ to_money('spend_amount') }} as spend_amount,
        {{ to_money('full_cost_amount') }} as full_cost_amount,
        leads,
        qualified_leads,
        orders,
        new_customers,
        {{ to_money('revenue_amount') }} as revenue_amount,
        {{ to_money('contribution_amount') }} as contribution_amount,
        contribution_squares,
        maturity,
        -- a part of the revenue projects to a part
        case
            when not is_order_rate_missing then {{ to_money('revenue_amount + outstanding_cl') }}
        end as projected_revenue_cl_amount,
        case
            when not is_order_rate_missing then {{ to_money('revenue_amount + outstanding_bf') }}
        end as projected_revenue_bf_amount,
        outstanding_cl_contribution as outstanding_contribution_amount,
        projected_romi_low,
        projected_romi,
        projected_romi_high,
        coverage_share,
        journey_coverage_share,
        is_complete,
        is_rate_missing,
        is_order_rate_missing,
        is_recorded,
        is_without_sales,
        lead_month
    from reasoned

)

select * from final
