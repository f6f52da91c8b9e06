-- How lead cohorts of a product line grow with age. A factor rests on at least three cohorts; beyond
-- the last such age nothing is extrapolated.
with development as (

    {{ chain_ladder_factors(
        ref('int_cohort_triangles'), 'cumulative_value', ['product_line', 'basis'], 3
    ) }}

),

final as (

    select
        product_line,
        basis,
        age_months,
        cohorts,
        base_value,
        factor,
        sigma_squared,
        cdf,
        maturity,
        horizon_months,
        tail_growth,
        -- the tail counts as seen when the last three observed ages added a tenth at most;
        -- otherwise the horizon only says how long we have been looking
        coalesce(tail_growth <= 1.10, false) as is_tail_observed
    from development

)

select * from final
