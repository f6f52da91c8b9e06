with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where level = 'campaign'

),

final as (

    select
        channel,
        campaign_id,
        attribution_model,
        maturity_stage,
        reason_code,
        case
            when reason_code = 'no_spend' then 'no_spend'
            when not is_complete then 'too_early'
            when reason_code in ('missing_rate', 'no_margin') then 'cannot_tell'
            -- a ripe month with few deals will not get more of them: waiting does not help
            when maturity_stage = 'too_early' and maturity >= 0.95 then 'cannot_tell'
            when maturity_stage = 'too_early' then 'too_early'
            when reason_code in ('low_coverage', 'within_noise') or projected_romi is null
                then 'cannot_tell'
            when projected_romi_low > 0 then 'pays'
            when projected_romi_high < 0 then 'does_not_pay'
            else 'cannot_tell'
        end as verdict,
        spend_source,
        spend_amount,
        full_cost_amount,
        leads,
        qualified_leads,
        orders,
        new_customers,
        revenue_amount,
        contribution_amount,
        {{- return_columns() }},
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
