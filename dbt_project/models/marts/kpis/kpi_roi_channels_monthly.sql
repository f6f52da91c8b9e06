with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where level in ('channel', 'paid')

),

final as (

    select
        channel,
        attribution_model,
        maturity_stage,
        reason_code,
        verdict,
        spend_source,
        spend_amount,
        full_cost_amount,
        leads,
        qualified_leads,
        orders,
        new_customers,
        revenue_amount,
        contribution_amount,
        {{- return_columns('is_rate_missing') }},
        maturity,
        projected_revenue_cl_amount,
        projected_revenue_bf_amount,
        projected_romi_low,
        projected_romi,
        projected_romi_high,
        coverage_share,
        journey_coverage_share,
        is_complete,
        lead_month
    from cohort_roi

)

select * from final
