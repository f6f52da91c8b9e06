"""Ten questions an owner asks, answered by SQL on the published marts.

    .venv/bin/marimo edit docs/notebooks/ten_questions.py

`KPI_DATABASE` points at a snapshot; without it the sample company's is read.
"""

import marimo

app = marimo.App(width="medium")

with app.setup:
    import os
    from pathlib import Path

    import duckdb
    import marimo as mo


@app.function
def answer(question, rows):
    if not mo.running_in_notebook():
        print(f"\n{question}\n\n{rows.to_string(index=False)}")
    return mo.vstack([mo.md(question), rows])


@app.cell
def snapshot():
    default = Path(__file__).parents[2] / "data/output/sample_company/published/kpi.duckdb"
    database = Path(os.environ.get("KPI_DATABASE", default))
    if not database.is_file():
        message = f"There is no snapshot at {database}: run `make run` first, or set KPI_DATABASE"
        raise FileNotFoundError(message)
    marts = duckdb.connect(str(database), read_only=True)
    return (marts,)


@app.cell
def opening(marts):
    company, as_of = marts.sql("select company_name, as_of_date from run.publication").fetchall()[0]
    mo.md(f"# {company}\n\nTen questions on the marts; days before {as_of}.")


@app.cell
def question_1(marts):
    on_plan = marts.sql("""
        select verdict, count(*) as targets, string_agg(target_id, ', ' order by target_id) as which
        from marts.kpi_scorecard
        group by verdict
        order by targets desc
    """).df()
    answer("## 1. Are we on plan?", on_plan)
    return (on_plan,)


@app.cell
def question_2(marts):
    paying = marts.sql("""
        select channel, spend_amount_mature, romi_mature, romi_min, romi_max, spread_verdict
        from marts.kpi_roi_trailing
        where attribution_model = 'last_non_direct' and spend_amount_mature > 0
        order by romi_mature desc
    """).df()
    answer(
        "## 2. Which channels earn money?\n\nROMI counts the contribution after the cost "
        "of goods. The range is over five attribution models: where it spans zero, the "
        "verdict is a choice of model.",
        paying,
    )
    return (paying,)


@app.cell
def question_3(marts):
    illusions = marts.sql("""
        select channel, roas_mature, romi_mature, roi_revenue_mature
        from marts.kpi_roi_trailing
        where
            attribution_model = 'last_non_direct'
            and roi_revenue_mature > 0
            and romi_mature < 0
        order by roi_revenue_mature desc
    """).df()
    answer(
        "## 3. Where does revenue look like profit?\n\nThe popular formula, revenue minus "
        "spend over spend, counts goods as free. These channels look good by it and lose "
        "money.",
        illusions,
    )
    return (illusions,)


@app.cell
def question_4(marts):
    empty_traffic = marts.sql("""
        select
            channel,
            sum(visits) as visits,
            sum(suspicious_visits) as suspicious_visits,
            sum(suspicious_visits) / sum(visits) as suspicious_share,
            sum(wasted_spend_amount) as wasted_spend_amount
        from marts.kpi_traffic_quality_daily
        where campaign_id <> '(all)'
        group by channel
        order by wasted_spend_amount desc nulls last
    """).df()
    answer("## 4. How much of the traffic is empty, and what did it cost?", empty_traffic)
    return (empty_traffic,)


@app.cell
def question_5(marts):
    conversions = marts.sql("""
        select
            conversion_id,
            conversion_version,
            min(date_day) as first_day,
            sum(visits_converted) / nullif(sum(visits_valid), 0) as conversion_rate
        from marts.kpi_conversion_daily
        where channel <> '(all)' and campaign_id <> '(all)'
        group by conversion_id, conversion_version
        order by conversion_id, conversion_version
    """).df()
    answer(
        "## 5. Did conversion improve, or did the goal become easier?\n\nOne line for each "
        "version of a conversion's rule: rates of two versions are not the same thing.",
        conversions,
    )
    return (conversions,)


@app.cell
def question_6(marts):
    funnel = marts.sql("""
        select
            sum(visits_valid) as visits,
            sum(leads_valid) as leads,
            sum(leads_qualified) as qualified_leads,
            sum(leads_ordered) as leads_with_order
        from marts.kpi_funnel_monthly
    """).df()
    answer("## 6. Where between visit and order do we lose people?", funnel)
    return (funnel,)


@app.cell
def question_7(marts):
    young_months = marts.sql("""
        select
            lead_month,
            sum(spend_amount) as spend_amount,
            sum(contribution_amount) as contribution_amount,
            min(maturity) as maturity
        from marts.kpi_roi_monthly
        where attribution_model = 'last_non_direct'
        group by lead_month
        order by lead_month desc
        limit 12
    """).df()
    answer(
        "## 7. Which months are too young to judge?\n\nMaturity is the share of a lead "
        "month's money that has usually come by now; under 0.25 nothing is said.",
        young_months,
    )
    return (young_months,)


@app.cell
def question_8(marts):
    retention = marts.sql("""
        select
            age_months,
            sum(active_customers) as active_customers,
            sum(cohort_size) as customers_watched,
            sum(active_customers) / sum(cohort_size) as retention_rate
        from marts.kpi_retention_cohorts
        where classic_retention_rate is not null
        group by age_months
        order by age_months
    """).df()
    answer(
        "## 8. Do customers come back?\n\nOnly cohorts that are old enough count at an age.",
        retention,
    )
    return (retention,)


@app.cell
def question_9(marts):
    reconciled = marts.sql("""
        with credited as (
            select attribution_model, sum(revenue_amount) as revenue_amount
            from marts.kpi_roi_monthly
            group by attribution_model
        ),
        orders as (
            select sum(net_amount) as orders_amount
            from marts.fct_orders
        )
        select *, revenue_amount - orders_amount as difference
        from credited
        cross join orders
        order by attribution_model
    """).df()
    answer("## 9. Do the channels add up to the orders, to the kopeck?", reconciled)
    return (reconciled,)


@app.cell
def question_10(marts):
    changed = marts.sql("""
        select metric_id, segment, period, first_value, current_value, delta, cause
        from marts.kpi_restatements
        where delta <> 0
        order by abs(delta_share) desc nulls last
    """).df()
    answer("## 10. Which figures changed after they were shown?", changed)
    return (changed,)


if __name__ == "__main__":
    app.run()
