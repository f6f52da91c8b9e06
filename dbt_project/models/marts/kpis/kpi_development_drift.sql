-- Do lead months ripen as they used to: the last three diagonals of the triangle against the factors.
{% set diagonals = 3 %}
{% set drift_share = 0.1 %}

with triangles as (

    select * from {{ ref('int_cohort_triangles') }}

),

development as (

    select * from {{ ref('int_cohort_development') }}

),

steps as (

    select
        product_line,
        basis,
        cohort_month,
        age_months,
        cumulative_value as this_value,
        lead({{ nullable('cumulative_value') }}) over (
            partition by product_line, basis, cohort_month order by age_months
        ) as next_value,
        {{ add_months('cohort_month', 'age_months + 1') }} as reached_month
    from triangles

),

-- a step reaches its next age in one calendar month: the diagonal
diagonal_sums as (

    select
        steps.product_line,
        steps.basis,
        steps.reached_month,
        count(*) as cohorts,
        {{ exact_sum('steps.next_value - steps.this_value') }} as actual_growth,
        {{ exact_sum('steps.this_value * (development.factor - 1)') }} as expected_growth
    from steps
    inner join development
        on
            steps.product_line = development.product_line
            and steps.basis = development.basis
            and steps.age_months = development.age_months
    where steps.next_value is not null and development.factor is not null
    group by steps.product_line, steps.basis, steps.reached_month

),

ranked as (

    select
        *,
        {{ safe_divide('actual_growth', 'expected_growth') }} as growth_ratio,
        row_number() over (
            partition by product_line, basis order by reached_month desc
        ) as from_latest
    from diagonal_sums

),

latest as (

    select
        *,
        min(growth_ratio) over (partition by product_line, basis) as lowest_ratio,
        max(growth_ratio) over (partition by product_line, basis) as highest_ratio,
        count(growth_ratio) over (partition by product_line, basis) as ratios
    from ranked
    where from_latest <= {{ diagonals }}

),

final as (

    select
        product_line,
        basis,
        case
            when ratios < {{ diagonals }} then 'insufficient_history'
            when lowest_ratio > 1 + {{ drift_share }} then 'faster'
            when highest_ratio < 1 - {{ drift_share }} then 'slower'
            else 'steady'
        end as drift_verdict,
        {{ to_bigint('cohorts') }} as cohorts,
        actual_growth,
        expected_growth,
        growth_ratio,
        reached_month
    from latest

)

select * from final
