-- Chain ladder projection of each lead cohort of a product line, with Mack's standard error.
with projections as (

    {{ chain_ladder_projection(
        ref('int_cohort_triangles'),
        'cumulative_value',
        ref('int_cohort_development'),
        ['product_line', 'basis']
    ) }}

),

final as (

    select
        product_line,
        basis,
        age_months,
        to_date,
        cdf,
        maturity,
        ultimate,
        outstanding,
        standard_error,
        variance_in_total,
        cohort_month
    from projections

)

select * from final
