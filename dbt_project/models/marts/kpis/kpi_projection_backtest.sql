-- What the chain ladder would have said 3, 6, 9 and 12 months ago, knowing only what was known then,
-- about lead months that are ripe by now.
with triangles as (

    select * from {{ ref('int_cohort_triangles') }}

),

projections as (

    select * from {{ ref('int_cohort_projections') }}

),

evaluations as (

    {% for months in [3, 6, 9, 12] %}
        select
            {{ add_months(
                month_of(add_days(company('last_complete_date'), 1)), -months
            ) }} as evaluated_month
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- ages that had ended by then
known_then as (

    select
        triangles.product_line,
        triangles.basis,
        evaluations.evaluated_month,
        triangles.cohort_month,
        triangles.age_months,
        triangles.cumulative_value
    from triangles
    inner join evaluations
        on {{ dbt.datediff(
            'triangles.cohort_month', 'evaluations.evaluated_month', 'month'
        ) }} > triangles.age_months

),

factors_then as (

    {{ chain_ladder_factors(
        'known_then', 'cumulative_value', ['product_line', 'basis', 'evaluated_month'], 3
    ) | indent(4) }}

),

projected_then as (

    {{ chain_ladder_projection(
        'known_then', 'cumulative_value', 'factors_then', ['product_line', 'basis', 'evaluated_month']
    ) | indent(4) }}

),

bounded_then as (

    select
        *,
        {{ larger_of(
            'ultimate - ' ~ z_95() ~ ' * standard_error', smaller_of('to_date', 'ultimate')
        ) }} as projected_low,
        ultimate + {{ z_95() }} * standard_error as projected_high
    from projected_then

),

final as (

    select
        bounded_then.product_line,
        bounded_then.basis,
        {{ to_bigint('bounded_then.age_months') }} as age_months,
        bounded_then.to_date as value_then,
        bounded_then.maturity as maturity_then,
        bounded_then.ultimate as projected_value,
        bounded_then.projected_low,
        bounded_then.projected_high,
        projections.to_date as actual_value,
        {{ safe_divide(
            '(bounded_then.ultimate - projections.to_date)', 'projections.to_date'
        ) }} as error_share,
        -- the same of all lead months judged at that time, as a sum: single months are lumpy
        {{ safe_divide(
            '(' ~ exact_sum(
                'bounded_then.ultimate - projections.to_date',
                over='(partition by bounded_then.product_line, bounded_then.basis,'
                ~ ' bounded_then.evaluated_month)'
            ) ~ ')',
            exact_sum(
                'projections.to_date',
                over='(partition by bounded_then.product_line, bounded_then.basis,'
                ~ ' bounded_then.evaluated_month)'
            )
        ) }} as total_error_share,
        -- a range of no width still holds what it projected, up to rounding
        projections.to_date
        >= bounded_then.projected_low - 0.000000001 * abs(bounded_then.ultimate)
        and projections.to_date
        <= bounded_then.projected_high + 0.000000001 * abs(bounded_then.ultimate)
            as is_inside_range,
        bounded_then.evaluated_month,
        bounded_then.cohort_month
    from bounded_then
    inner join projections
        on
            bounded_then.product_line = projections.product_line
            and bounded_then.basis = projections.basis
            and bounded_then.cohort_month = projections.cohort_month
    -- ripe by now, and then neither ripe (no prediction) nor too young to be shown
    where
        projections.maturity >= 0.95
        and bounded_then.maturity >= 0.25
        and bounded_then.maturity < 0.95

)

select * from final
