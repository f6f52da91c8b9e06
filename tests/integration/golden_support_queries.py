"""Jinja SQL of the worked examples that are formulas, and of the cohort triangles."""

from __future__ import annotations

from tests.integration.golden_support import Example, examples

# -- formulas: id -> {expected key: Jinja SQL over the example's inputs} ---------------------------

FORMULAS: dict[str, dict[str, str]] = {
    "roi_article_revenue_based": {
        "revenue_return_on_spend": "{{ roi_revenue('$revenue', '$spend') }}"
    },
    # The literal reading of the article is a ratio of two sums, whatever their names.
    "roi_article_formula_read_literally": {
        "profit_to_spend": "{{ safe_divide('$profit', '$spend') }}"
    },
    "roas_article": {
        "roas": "{{ roas('$revenue', '$spend') }}",
        "roas_pct": "100 * {{ roas('$revenue', '$spend') }}",
    },
    "drr_article": {
        "drr": "{{ drr('$revenue', '$spend') }}",
        "drr_pct": "100 * {{ drr('$revenue', '$spend') }}",
    },
    **{
        f"romi_article_margin_{margin}": {
            "contribution": "$revenue * $contribution_margin",
            "romi": "{{ romi('$revenue * $contribution_margin', '$spend') }}",
        }
        for margin in ("1", "0.66", "0.5", "0.4", "0.3")
    },
    "romi_breakeven": {
        "breakeven_contribution_margin": "{{ breakeven_margin('$revenue', '$spend') }}",
        "breakeven_roas_at_margin_0.3": "{{ breakeven_roas('0.3') }}",
    },
    "romi_full_cost": {
        "total_marketing_cost": "$ad_spend + $salaries + $tools",
        "contribution": "$revenue * $contribution_margin",
        "romi_full": "{{ romi('$revenue * $contribution_margin',"
        " '($ad_spend + $salaries + $tools)') }}",
        "romi_media_only": "{{ romi('$revenue * $contribution_margin', '$ad_spend') }}",
    },
    "romi_vat": {
        "spend_net": "{{ spend_by_vat_policy('$ad_spend_incl_vat', 'true', '$vat_rate') }}",
        "revenue_net": "{{ without_vat_by_policy('$revenue_incl_vat', 'true', '$vat_rate') }}",
        "romi": "{{ romi(without_vat_by_policy('$revenue_incl_vat', 'true', '$vat_rate')"
        " ~ ' * $contribution_margin_on_net_revenue',"
        " spend_by_vat_policy('$ad_spend_incl_vat', 'true', '$vat_rate')) }}",
    },
    "romi_incremental": {
        "incremental_revenue": "$revenue * (1 - $share_would_buy_anyway)",
        "incremental_romi": "{{ romi('$revenue * (1 - $share_would_buy_anyway)"
        " * $contribution_margin', '$spend') }}",
    },
    "romi_zero_spend": {
        "roas": "{{ roas('$revenue', '$spend') }}",
        "romi": "{{ romi('$revenue * $contribution_margin', '$spend') }}",
        "drr": "{{ drr('$revenue', '$spend') }}",
    },
    "drr_zero_revenue": {
        "drr": "{{ drr('$revenue', '$spend') }}",
        "roas": "{{ roas('$revenue', '$spend') }}",
        "romi_any_margin": "{{ romi('$revenue * 0.4', '$spend') }}",
    },
    "romi_published_wikipedia_like": {
        "revenue_factor": "{{ roas('$incremental_revenue', '$spend') }}",
        "contribution": "$incremental_revenue * $contribution_margin",
        "romi": "{{ romi('$incremental_revenue * $contribution_margin', '$spend') }}",
    },
    "funnel_full": {
        "ctr": "{{ safe_divide('$clicks', '$impressions') }}",
        "cpm": "1000 * {{ cost_per('$spend', '$impressions') }}",
        "cpc": "{{ cost_per('$spend', '$clicks') }}",
        "click_to_visit": "{{ safe_divide('$visits', '$clicks') }}",
        "valid_visits": "$visits - $suspicious_visits",
        "cost_per_valid_visit": "{{ cost_per('$spend', '($visits - $suspicious_visits)') }}",
        "lead_rate_valid_visit": "{{ safe_divide('$leads', '($visits - $suspicious_visits)') }}",
        "cpl": "{{ cost_per('$spend', '$leads') }}",
        "cpql": "{{ cost_per('$spend', '$qualified_leads') }}",
        "lead_to_order": "{{ safe_divide('$orders', '$leads') }}",
        "cpo": "{{ cost_per('$spend', '$orders') }}",
        "cac_media": "{{ cost_per('$spend', '$new_customers') }}",
        "aov": "{{ safe_divide('$revenue', '$orders') }}",
        "roas": "{{ roas('$revenue', '$spend') }}",
        "drr": "{{ drr('$revenue', '$spend') }}",
        "romi": "{{ romi('$revenue * $contribution_margin', '$spend') }}",
    },
    "cac_published": {"cac": "{{ cost_per('$spend', '$new_customers') }}"},
    "cac_zero_customers": {"cac": "{{ cost_per('$spend', '$new_customers') }}"},
    "ltv_published": {
        "lifetime_revenue": "$arpu_month * $lifetime_months",
        "ltv": "$arpu_month * $lifetime_months * $gross_margin",
        "ltv_cac": "{{ safe_divide('$arpu_month * $lifetime_months * $gross_margin', '$cac') }}",
    },
    "conversion_three_denominators": {
        "visit_conversion": "{{ safe_divide('$visits_with_goal', '$visits') }}",
        "user_conversion": "{{ safe_divide('$users_with_goal', '$users') }}",
        "reaches_per_visit": "{{ safe_divide('$goal_reaches', '$visits') }}",
        "wilson95_visit/0": "{{ wilson_low('$visits_with_goal', '$visits') }}",
        "wilson95_visit/1": "{{ wilson_high('$visits_with_goal', '$visits') }}",
        "wilson95_user/0": "{{ wilson_low('$users_with_goal', '$users') }}",
        "wilson95_user/1": "{{ wilson_high('$users_with_goal', '$users') }}",
    },
    "conversion_zero_visits": {
        "visit_conversion": "{{ safe_divide('$visits_with_goal', '$visits') }}",
        "wilson95": "{{ wilson_high('$visits_with_goal', '$visits') }}",
    },
    "wilson_newcombe_81_263": {
        "low": "{{ wilson_low('$k', '$n') }}",
        "high": "{{ wilson_high('$k', '$n') }}",
    },
    "wilson_newcombe_15_148": {
        "low": "{{ wilson_low('$k', '$n') }}",
        "high": "{{ wilson_high('$k', '$n') }}",
    },
    "wilson_vassarstats": {
        "p": "{{ safe_divide('$k', '$n') }}",
        "low": "{{ wilson_low('$k', '$n') }}",
        "high": "{{ wilson_high('$k', '$n') }}",
    },
    "conversion_change_is_noise": {
        "relative_uplift_shown_on_chart": "{{ safe_divide('$k1', '$n1') }}"
        " / {{ safe_divide('$k2', '$n2') }} - 1",
        "diff": "{{ safe_divide('$k1', '$n1') }} - {{ safe_divide('$k2', '$n2') }}",
        "low": "{{ newcombe_low('$k1', '$n1', '$k2', '$n2') }}",
        "high": "{{ newcombe_high('$k1', '$n1', '$k2', '$n2') }}",
        "significant": "{{ newcombe_low('$k1', '$n1', '$k2', '$n2') }} > 0"
        " or {{ newcombe_high('$k1', '$n1', '$k2', '$n2') }} < 0",
    },
    "sample_size_conversion": {"n_per_period": "{{ sample_size_two_shares('$p1', '$p2') }}"},
    "nps_400": {
        "nps": "{{ nps('$promoters / $n', '$detractors / $n') }}",
        "var_per_response": "{{ nps_answer_variance('$promoters / $n', '$detractors / $n') }}",
        "se": "{{ nps_standard_error('$promoters / $n', '$detractors / $n', '$n') }}",
        "low": "{{ nps('$promoters / $n', '$detractors / $n') }} - {{ z_95() }}"
        " * {{ nps_standard_error('$promoters / $n', '$detractors / $n', '$n') }}",
        "high": "{{ nps('$promoters / $n', '$detractors / $n') }} + {{ z_95() }}"
        " * {{ nps_standard_error('$promoters / $n', '$detractors / $n', '$n') }}",
    },
    "crr_textbook": {
        "crr": "{{ retention_rate('$start', '$end', '$new') }}",
        "churn": "1 - {{ retention_rate('$start', '$end', '$new') }}",
    },
    "crr_zero_start": {"crr": "{{ retention_rate('$start', '$end', '$new') }}"},
}

TOTALS_QUERY = """
with channels as (
    select 100 as spend, 300 as contribution
    union all
    select 900 as spend, 900 as contribution
)

select
    {{ romi('sum(contribution)', 'sum(spend)') }} as total_romi,
    min({{ romi('contribution', 'spend') }}) as lowest,
    max({{ romi('contribution', 'spend') }}) as highest,
    avg({{ romi('contribution', 'spend') }}) as wrong_mean_of_ratios
from channels
"""


def _triangle_sql(rows: dict[str, list[float]], spend: dict[str, float] | None = None) -> str:
    cells = [
        f"select 'line' as line, '{cohort}' as cohort_month, {age} as age_months, "
        f"{value} as amount, {(spend or {}).get(cohort, 0)} as spend"
        for cohort, values in rows.items()
        for age, value in enumerate(values)
    ]
    return " union all ".join(cells)


def _triangle_queries() -> dict[str, str]:
    """Triangle, factors and projection of both cohort examples, chained by references."""
    raa = examples()["chainladder_raa"].inputs["triangle"]
    leads = examples()["lead_month_roi_triangle"].inputs
    months = leads["cumulative_revenue_by_age_month"]
    queries = {
        "golden_raa_triangle": _triangle_sql(raa),
        "golden_months_triangle": _triangle_sql(months, leads["spend"]),
    }
    for name in ("raa", "months"):
        triangle, factors = f"ref('golden_{name}_triangle')", f"ref('golden_{name}_factors')"
        queries[f"golden_{name}_factors"] = (
            f"{{{{ chain_ladder_factors({triangle}, 'amount', ['line'], 1) }}}}"
        )
        queries[f"golden_{name}_projection"] = (
            f"{{{{ chain_ladder_projection({triangle}, 'amount', {factors}, ['line']) }}}}"
        )
    queries["golden_months_result"] = """
    with cohorts as (
        select projection.*, max(triangle.spend) as spend
        from {{ ref('golden_months_projection') }} as projection
        inner join {{ ref('golden_months_triangle') }} as triangle
            on projection.cohort_month = triangle.cohort_month
        group by all
    ),

    -- the prior of the example: spend at the return of the two ripest cohorts
    ripe as (
        select sum(ultimate) / sum(spend) as mature_roas
        from (select * from cohorts order by maturity desc limit 2) as ripest
    )

    select
        cohort_month,
        to_date,
        maturity,
        ultimate as ultimate_cl,
        {{ bornhuetter_ferguson('to_date', 'maturity', 'spend * mature_roas') }} as ultimate_bf,
        {{ romi('0.5 * to_date', 'spend') }} as romi_to_date,
        {{ romi('0.5 * ultimate', 'spend') }} as romi_cl,
        {{ romi(
            '0.5 * ' ~ bornhuetter_ferguson('to_date', 'maturity', 'spend * mature_roas'), 'spend'
        ) }} as romi_bf
    from cohorts
    cross join ripe
    order by cohort_month
    """
    return queries


POISSON_QUERY = """
select
    k,
    mean,
    {{ poisson_lower_tail('k', 'mean') }} as lower_tail,
    {{ poisson_upper_tail('k', 'mean') }} as upper_tail
from raw.poisson_cases
"""

POISSON_CASES = [
    (k, round(k * ratio + offset, 4))
    for k in (0, 1, 3, 9, 10, 11, 40, 200, 5_000, 1_000_000)
    for ratio in (0.5, 0.9, 0.985, 0.999, 1.0, 1.003, 1.03, 1.3, 2.0)
    for offset in (0.0, 1.0)
]


MARKOV_QUERY = "{{ markov_removal_effects('raw.transitions') }}"
# As in production, with so few states that the small channels have to share one.
MARKOV_MERGED_QUERY = "{{ markov_removal_effects('raw.transitions', states=3) }}"
BOOTSTRAP_QUERY = """
select {{ poisson_bootstrap_weight('groups.number', 'replicates.number') }} as weight
from ({{ numbers(3) }}) as groups
cross join ({{ numbers(3) }}) as replicates
where groups.number < 500 and replicates.number < 400
order by groups.number, replicates.number
"""
SHAPLEY_QUERY = "{{ shapley_values('raw.coalition_members') }}"


def _formula_query(example: Example) -> str:
    columns = []
    for key, template in FORMULAS[example.id].items():
        sql = template
        for name in sorted(example.inputs, key=len, reverse=True):
            value = example.inputs[name]
            literal = value if isinstance(value, int | float) else "null"
            # Sums are doubles in the marts; integers would divide as integers on other engines.
            sql = sql.replace(f"${name}", f"cast({literal} as double)")
        columns.append(f'{sql} as "{key}"')
    return "select " + ",\n".join(columns)


def golden_queries() -> dict[str, str]:
    """Every query by the name of the model it becomes."""
    queries = {formula_model(key): _formula_query(examples()[key]) for key in FORMULAS}
    queries["golden_romi_weighted_not_averaged"] = TOTALS_QUERY
    queries["golden_poisson"] = POISSON_QUERY
    queries["golden_markov"] = MARKOV_QUERY
    queries["golden_markov_merged"] = MARKOV_MERGED_QUERY
    queries["golden_bootstrap_weights"] = BOOTSTRAP_QUERY
    queries["golden_shapley"] = SHAPLEY_QUERY
    return queries | _triangle_queries()


def formula_model(example_id: str) -> str:
    return f"golden_{example_id.replace('.', '_')}"
