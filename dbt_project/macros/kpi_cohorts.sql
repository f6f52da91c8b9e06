{# Development of lead cohorts: chain ladder, Bornhuetter-Ferguson, Mack's standard error.

   A triangle is a relation with the grouping columns, `cohort_month`, `age_months` (0, 1, 2 ... without
   holes) and one column of cumulative values; it holds finished ages only. #}

{# One row per group and age up to the horizon.
     cohorts        cohorts seen both at this age and at the next
     base_value     their sum at this age
     factor         sum at the next age / sum at this age; NULL at the horizon or when the base is zero
     sigma_squared  Mack's variance parameter of the factor
     cdf            what the value at this age is multiplied by to reach the horizon; 1 at the horizon
     maturity       expected share of the final value reached at this age, 0..1
     tail_growth    product of the last three factors: how much still came near the horizon
   `min_cohorts`: a factor resting on fewer cohorts is not used, which sets the horizon. #}
{% macro chain_ladder_factors(triangle, value, groups, min_cohorts) -%}
    {%- set keys = groups | join(', ') -%}
    with chain_steps as (
        select
            {{ keys }},
            age_months,
            {{ marketing_kpi.to_double(value) }} as this_value,
            {{ marketing_kpi.to_double('lead(' ~ marketing_kpi.nullable(value) ~ ') over (partition by ' ~ keys ~ ', cohort_month order by age_months)') }} as next_value
        from {{ triangle }}
    ),

    chain_factors as (
        select
            {{ keys }},
            age_months,
            count(*) as cohorts,
            {{ marketing_kpi.exact_sum('this_value') }} as base_value,
            case
                when {{ marketing_kpi.exact_sum('this_value') }} > 0
                    then {{ marketing_kpi.exact_sum('next_value') }} / {{ marketing_kpi.exact_sum('this_value') }}
            end as factor
        from chain_steps
        where next_value is not null
        group by {{ keys }}, age_months
        having count(*) >= {{ min_cohorts }}
    ),

    chain_deviations as (
        select
            {% for key in groups %}chain_steps.{{ key }}, {% endfor %}
            chain_steps.age_months,
            case
                when chain_factors.cohorts > 1
                    then {{ marketing_kpi.exact_sum(
                        'case when chain_steps.this_value > 0 then chain_steps.this_value * power('
                        ~ 'chain_steps.next_value / chain_steps.this_value - chain_factors.factor, 2'
                        ~ ') else 0 end'
                    ) }} / (chain_factors.cohorts - 1)
            end as own_sigma_squared
        from chain_steps
        inner join chain_factors
            on chain_steps.age_months = chain_factors.age_months
            {% for key in groups %}and chain_steps.{{ key }} = chain_factors.{{ key }} {% endfor %}
        where chain_steps.next_value is not null
        group by {% for key in groups %}chain_steps.{{ key }}, {% endfor %}chain_steps.age_months, chain_factors.cohorts
    ),

    chain_variances as (
        select
            chain_factors.*,
            chain_deviations.own_sigma_squared,
            lag({{ marketing_kpi.nullable('chain_deviations.own_sigma_squared') }}, 1) over (
                partition by {% for key in groups %}chain_factors.{{ key }}{{ ', ' if not loop.last }}{% endfor %} order by chain_factors.age_months
            ) as sigma_squared_1,
            lag({{ marketing_kpi.nullable('chain_deviations.own_sigma_squared') }}, 2) over (
                partition by {% for key in groups %}chain_factors.{{ key }}{{ ', ' if not loop.last }}{% endfor %} order by chain_factors.age_months
            ) as sigma_squared_2
        from chain_factors
        inner join chain_deviations
            on chain_factors.age_months = chain_deviations.age_months
            {% for key in groups %}and chain_factors.{{ key }} = chain_deviations.{{ key }} {% endfor %}
    ),

    chain_rows as (
        select
            {{ keys }},
            age_months,
            cohorts,
            base_value,
            factor,
            {# Mack's rule for the last factor, which has one cohort and therefore no spread of its own. #}
            coalesce(
                own_sigma_squared,
                {{ marketing_kpi.smaller_of(
                    marketing_kpi.safe_divide('power(sigma_squared_1, 2)', 'sigma_squared_2'),
                    marketing_kpi.smaller_of('sigma_squared_1', 'sigma_squared_2')
                ) }}
            ) as sigma_squared
        from chain_variances

        union all

        select
            {{ keys }},
            max(age_months) + 1 as age_months,
            0 as cohorts,
            {{ marketing_kpi.null_double() }} as base_value,
            {{ marketing_kpi.null_double() }} as factor,
            {{ marketing_kpi.null_double() }} as sigma_squared
        from chain_factors
        group by {{ keys }}
    ),

    chain_products as (
        select
            chain_rows.*,
            max(age_months) over (partition by {{ keys }}) as horizon_months,
            {# A factor that cannot be had (nothing earned yet) leaves no product from its age back. #}
            case
                when count(case when factor > 0 then 1 end) over to_horizon = count(*) over to_horizon - 1
                    then exp(coalesce({{ marketing_kpi.exact_sum('case when factor > 0 then ln(factor) end', 'to_horizon', 15) }}, 0))
            end as cdf
        from chain_rows
        window to_horizon as (
            partition by {{ keys }} order by age_months desc rows between unbounded preceding and current row
        )
    )

    select
        {{ keys }},
        age_months,
        cohorts,
        base_value,
        factor,
        sigma_squared,
        cdf,
        case when cdf is null then 0.0 when cdf <= 1 then 1.0 else 1 / cdf end as maturity,
        horizon_months,
        max(case when age_months = horizon_months - 3 then cdf end) over (partition by {{ keys }}) as tail_growth
    from chain_products
{%- endmacro %}

{# One row per group and cohort, at its latest finished age.
     to_date, ultimate, outstanding   chain ladder: ultimate = to_date x cdf
     standard_error                   Mack's, of the cohort's own ultimate
     variance_in_total                its part of the variance of the sum over cohorts; these add up
   `factors` is the relation made by `chain_ladder_factors` from the same triangle. #}
{% macro chain_ladder_projection(triangle, value, factors, groups) -%}
    with chain_latest as (
        select
            triangle.*,
            row_number() over (
                partition by {% for key in groups %}triangle.{{ key }}, {% endfor %}triangle.cohort_month
                order by triangle.age_months desc
            ) as from_latest
        from {{ triangle }} as triangle
    ),

    chain_ultimates as (
        select
            {% for key in groups %}chain_latest.{{ key }}, {% endfor %}
            chain_latest.cohort_month,
            chain_latest.age_months,
            {{ marketing_kpi.to_double('chain_latest.' ~ value) }} as to_date,
            factors.cdf,
            factors.maturity,
            {{ marketing_kpi.to_double('chain_latest.' ~ value) }} * factors.cdf as ultimate
        from chain_latest
        inner join {{ factors }} as factors
            on factors.age_months = case
                when chain_latest.age_months > factors.horizon_months then factors.horizon_months
                else chain_latest.age_months
            end
            {% for key in groups %}and chain_latest.{{ key }} = factors.{{ key }} {% endfor %}
        where chain_latest.from_latest = 1
    ),

    {# Each cohort meets the factors it still has to pass through. #}
    chain_ahead as (
        select
            {% for key in groups %}chain_ultimates.{{ key }}, {% endfor %}
            chain_ultimates.cohort_month,
            chain_ultimates.ultimate,
            factors.sigma_squared / power(factors.factor, 2) as relative_variance,
            factors.base_value,
            chain_ultimates.ultimate / factors.cdf as projected_value,
            {{ marketing_kpi.exact_sum('chain_ultimates.ultimate', 'at_age') }} as ultimate_of_all_ahead
        from chain_ultimates
        inner join {{ factors }} as factors
            on chain_ultimates.age_months <= factors.age_months
            {% for key in groups %}and chain_ultimates.{{ key }} = factors.{{ key }} {% endfor %}
        where factors.factor > 0 and factors.base_value > 0 and chain_ultimates.ultimate > 0
        window at_age as (
            partition by {% for key in groups %}chain_ultimates.{{ key }}, {% endfor %}factors.age_months
        )
    ),

    chain_errors as (
        select
            {{ groups | join(', ') }},
            cohort_month,
            {{ marketing_kpi.exact_sum(
                'power(ultimate, 2) * relative_variance * (1 / projected_value + 1 / base_value)'
            ) }} as own_variance,
            {{ marketing_kpi.exact_sum(
                'relative_variance * (power(ultimate, 2) / projected_value'
                ~ ' + ultimate * ultimate_of_all_ahead / base_value)'
            ) }} as variance_in_total
        from chain_ahead
        group by {{ groups | join(', ') }}, cohort_month
    )

    select
        chain_ultimates.*,
        chain_ultimates.ultimate - chain_ultimates.to_date as outstanding,
        sqrt(coalesce(chain_errors.own_variance, 0)) as standard_error,
        coalesce(chain_errors.variance_in_total, 0) as variance_in_total
    from chain_ultimates
    left join chain_errors
        on chain_ultimates.cohort_month = chain_errors.cohort_month
        {% for key in groups %}and chain_ultimates.{{ key }} = chain_errors.{{ key }} {% endfor %}
{%- endmacro %}

{# Bornhuetter-Ferguson: what came, plus the part still to come of a prior that ignores what came. #}
{% macro bornhuetter_ferguson(to_date, maturity, prior) %}({{ to_date }} + (1 - {{ maturity }}) * {{ prior }}){% endmacro %}

{# How far sums of int_metric_maturity_monthly have come, 0..1: a conversion ripens by leads, a return by
   money, and by leads where no money is expected. #}
{% macro metric_maturity(metric_id) -%}
    (case
        when {{ metric_id }} = 'lead_to_order'
            then {{ marketing_kpi.safe_divide('matured_leads', 'leads') }}
        else coalesce(
            {{ marketing_kpi.safe_divide('matured_revenue', 'expected_revenue') }},
            {{ marketing_kpi.safe_divide('matured_leads', 'leads') }}
        )
    end)
{%- endmacro %}

{% macro is_metric_maturity_unknown(metric_id) -%}
    (case when {{ metric_id }} = 'lead_to_order' then is_lead_maturity_unknown else is_unknown end)
{%- endmacro %}

{# Names of the stages and what a reader may conclude: see the description of `maturity_stage`. #}
{% macro maturity_stage(maturity, closed_deals) -%}
    (case
        when {{ maturity }} is null or {{ maturity }} < 0.25 or {{ closed_deals }} < 10 then 'too_early'
        when {{ maturity }} < 0.80 then 'developing'
        when {{ maturity }} < 0.95 then 'maturing'
        else 'final'
    end)
{%- endmacro %}
