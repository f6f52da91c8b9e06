"""The worked examples of the KPI specification, one case each, computed by the compiled SQL."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR
from tests.integration.golden_support import (
    RECORD_SPANS,
    CompiledProject,
    Example,
    Table,
    assert_matches,
    company,
    compiled_project,
    examples,
)
from tests.integration.golden_support_queries import (
    FORMULAS,
    POISSON_CASES,
    formula_model,
    golden_queries,
)
from tests.integration.golden_support_tables import (
    COMPONENT_COLUMNS,
    CUSTOMER_MODELS,
    LAST_DAY,
    NO_COSTS,
    NO_COVERAGE,
    NO_MATURITY,
    attribution_weights,
    brand_mart,
    coalition_table,
    definition_table,
    flow_rows,
    order_table,
    return_marts,
    return_row,
    scorecard_row,
    target_row,
    transitions_table,
    wave_rows,
    weights_by_channel,
)

SHARED_EXAMPLES = PROJECT_DIR.parent / "shared" / "golden.json"
CDNOW_ORDERS = PROJECT_DIR / "data" / "cdnow" / "exports" / "plain" / "orders_cdnow.csv"
CDNOW_LAST_DAY = date(1998, 6, 30)


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


@pytest.mark.parametrize("example_id", sorted(FORMULAS))
def test_formula(project: CompiledProject, example_id: str) -> None:
    example = examples()[example_id]
    row = project.query(formula_model(example_id), [company(LAST_DAY)])
    flat = {
        f"{key}/{place}" if isinstance(value, list) else key: part
        for key, value in example.expected.items()
        for place, part in enumerate(value if isinstance(value, list) else [value])
    }
    assert set(row) == set(flat)
    assert_matches(row, flat, example.tolerance)


def test_romi_weighted_not_averaged(project: CompiledProject) -> None:
    example = examples()["romi_weighted_not_averaged"]
    row = project.query("golden_romi_weighted_not_averaged")
    highest, lowest = example.expected["channel_romi"]
    assert (row.pop("highest"), row.pop("lowest")) == (highest, lowest)
    assert_matches(row, example.expected, example.tolerance)


def test_poisson_tails_agree_with_the_exact_ones(project: CompiledProject) -> None:
    stats = pytest.importorskip("scipy.stats")
    cases = Table(
        "raw.poisson_cases",
        {"k": "double", "mean": "double"},
        [{"k": k, "mean": mean} for k, mean in POISSON_CASES],
    )
    with project.run(["golden_poisson"], [cases]) as connection:
        rows = connection.execute("select * from main.golden_poisson").fetchall()
    assert len(rows) == len(POISSON_CASES)
    for k, mean, lower, upper in rows:
        assert lower == pytest.approx(stats.poisson.cdf(k, mean), abs=6e-6), (k, mean)
        assert upper == pytest.approx(stats.poisson.sf(k - 1, mean), abs=6e-6), (k, mean)


# -- cohorts of leads ------------------------------------------------------------------------------


def test_chainladder_raa(project: CompiledProject) -> None:
    example = examples()["chainladder_raa"]
    models = ["golden_raa_triangle", "golden_raa_factors", "golden_raa_projection"]
    with project.run(models, []) as connection:
        factors = connection.execute(
            "select factor from main.golden_raa_factors where factor is not null "
            "order by age_months"
        ).fetchall()
        to_date, ultimate, outstanding, error = connection.execute(
            "select sum(to_date), sum(ultimate), sum(outstanding), sqrt(sum(variance_in_total)) "
            "from main.golden_raa_projection"
        ).fetchone()
    assert [round(row[0], 3) for row in factors] == example.expected["factors"]
    assert_matches(
        {
            "latest_total": to_date,
            "ultimate_total": ultimate,
            "outstanding_total": outstanding,
            "mack_se_total": error,
        },
        example.expected,
        example.tolerance,
    )


def test_lead_month_roi_triangle(project: CompiledProject) -> None:
    example = examples()["lead_month_roi_triangle"]
    parts = ("triangle", "factors", "projection", "result")
    with project.run([f"golden_months_{part}" for part in parts], []) as connection:
        factors = connection.execute(
            "select factor, cdf from main.golden_months_factors order by age_months"
        ).fetchall()
        results = connection.execute("select * from main.golden_months_result").df()
    expected = example.expected
    assert [row[0] for row in factors[:-1]] == pytest.approx(expected["factors"], abs=1e-4)
    assert [row[1] for row in factors] == pytest.approx(expected["cdf"], abs=1e-4)
    for row in results.to_dict("records"):
        cohort = expected["cohorts"][row.pop("cohort_month")]
        assert set(row) == set(cohort)
        assert_matches(row, cohort, example.tolerance)


# -- customers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow(project: CompiledProject) -> Any:
    """The customer marts on the real orders of CDNOW. The shop's own order of lines is kept."""
    empty = order_table([])
    connection = project.run([], [empty, NO_COSTS, RECORD_SPANS, company(CDNOW_LAST_DAY)])
    connection.execute(
        """
        insert into marts.fct_orders
        select
            line::varchar, customer_id, 'sale', dollar_value, 0, 0, dollar_value, null,
            row_number() over (partition by customer_id order by date, line), date,
            date_trunc('month', date)
        from (select *, row_number() over () as line from read_csv(
            ?, types = {'customer_id': 'varchar', 'date': 'date', 'dollar_value': 'decimal(18,2)'}
        ))
        """,
        [str(CDNOW_ORDERS)],
    )
    for model in CUSTOMER_MODELS:
        connection.execute(f"create table {project.relation(model)} as {project.sql(model)}")
    yield connection
    connection.close()


def test_cdnow_totals(cdnow: Any) -> None:
    example = examples()["cdnow_totals"]
    row = cdnow.execute(
        """
        select
            customers_total, orders_of_customers_total, repeat_customer_share,
            lifetime_purchase_frequency,
            (select sum(revenue_amount) from marts.kpi_customers_monthly),
            (select sum(orders - orders_net_positive) from marts.kpi_customers_monthly)
        from marts.kpi_customers_monthly
        where month = date '1998-06-01'
        """
    ).fetchone()
    customers, orders, repeat_share, frequency, revenue, zero_value = row
    assert (customers, orders) == (example.inputs["customers"], example.inputs["transactions"])
    assert float(revenue) == example.inputs["revenue"]
    assert_matches(
        {
            "customers_2plus_orders": round(repeat_share * customers),
            "repeat_purchase_rate_lifetime": repeat_share,
            "purchase_frequency": frequency,
            "aov": float(revenue) / orders,
            "revenue_per_customer": float(revenue) / customers,
            "zero_value_orders": zero_value,
        },
        example.expected,
        example.tolerance,
    )


def test_cdnow_windowed_rpr(cdnow: Any) -> None:
    example = examples()["cdnow_windowed_rpr"]
    rates = ", ".join(f"repeat_purchase_rate_{days}d" for days in example.expected)
    row = cdnow.execute(
        f"select {rates} from marts.kpi_customers_monthly where month = date '1998-06-01'"
    ).fetchone()
    assert_matches(
        dict(zip(example.expected, row, strict=True)), example.expected, example.tolerance
    )


def _cohort(connection: Any, month: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select cohort_size, active_customers, classic_retention_rate, rolling_retention_rate, "
        "returned_rate from marts.kpi_retention_cohorts where cohort_month = ?::date "
        "order by age_months",
        [f"{month}-01"],
    ).fetchall()


def test_cdnow_cohort_jan1997(cdnow: Any) -> None:
    example = examples()["cdnow_cohort_jan1997"]
    rows = _cohort(cdnow, "1997-01")
    assert {row[0] for row in rows} == {example.inputs["size"]}
    assert [row[1] for row in rows] == example.inputs["active_by_month_index"]
    for key, place in (("classic", 2), ("rolling_unbounded", 3)):
        wanted = example.expected[key]
        assert_matches(
            {month: rows[int(month[1:])][place] for month in wanted}, wanted, example.tolerance
        )
    assert rows[3][4] == pytest.approx(example.expected["bracket_m1_m3"], abs=example.tolerance)


def test_cdnow_cohort_feb_mar(cdnow: Any) -> None:
    example = examples()["cdnow_cohort_feb_mar"]
    for month, size in example.inputs["cohorts"].items():
        rows = _cohort(cdnow, month)
        assert {row[0] for row in rows} == {size}
        assert [row[1] for row in rows] == example.expected[month]


def _customer_marts(project: CompiledProject, orders: Table, last_day: date) -> Any:
    return project.run(CUSTOMER_MODELS, [orders, NO_COSTS, RECORD_SPANS, company(last_day)])


def test_cohort_small(project: CompiledProject) -> None:
    example = examples()["cohort_small"]
    orders = order_table(
        [
            {"customer_id": customer, "order_date": date.fromisoformat(f"{month}-15")}
            for customer, month in example.inputs["orders"]
        ]
    )
    last_day = date.fromisoformat(example.inputs["as_of"])
    with _customer_marts(project, orders, last_day) as connection:
        for month, wanted in example.expected.items():
            rows = _cohort(connection, month)
            assert rows[0][0] == wanted["size"]
            for key, place in (("classic", 2), ("rolling", 3)):
                assert [row[place] for row in rows] == pytest.approx(wanted[key], abs=1e-6)
        share = connection.execute(
            "select repeat_customer_share from marts.kpi_customers_monthly "
            "where month = date '2026-02-01'"
        ).fetchone()[0]
    # By the end of February a and d have bought twice; d did so within month 0.
    assert share == pytest.approx(0.5)


def test_cohort_incomplete_period(project: CompiledProject) -> None:
    example = examples()["cohort_incomplete_period"]
    month, age = example.inputs["cohort"], example.inputs["month_index"]
    orders = order_table([{"customer_id": "a", "order_date": date.fromisoformat(f"{month}-02")}])
    last_day = date.fromisoformat(example.inputs["as_of"]) - timedelta(days=1)
    with _customer_marts(project, orders, last_day) as connection:
        row = connection.execute(
            "select classic_retention_rate, rolling_retention_rate, reason_code "
            "from marts.kpi_retention_cohorts where age_months = ?",
            [age],
        ).fetchone()
    assert row == (None, None, f"{example.expected['status']}_period")


def test_aov_refunds(project: CompiledProject) -> None:
    example = examples()["aov_refunds"]
    orders = order_table(
        [
            {"customer_id": str(number), "order_date": date(2026, 10, 5), **order}
            for number, order in enumerate(example.inputs["orders"])
        ]
    )
    with _customer_marts(project, orders, date(2026, 10, 31)) as connection:
        row = (
            connection.execute(
                "select orders as orders_all, gross_aov_amount::double as gross_aov, "
                "revenue_amount::double as net_revenue, "
                "orders_net_positive as paid_orders_net_positive, "
                "net_aov_amount::double as net_aov from marts.kpi_customers_monthly"
            )
            .df()
            .to_dict("records")[0]
        )
    # Money is shown in kopecks.
    assert_matches(row, example.expected, 0.005)


def _customer_months(
    project: CompiledProject, activity: list[dict[str, Any]], orders: Table, costs: Table, day: date
) -> Any:
    """`kpi_customers_monthly` on known counts of active customers."""
    table = Table(
        "intermediate.int_customer_activity",
        {
            "customers_end": "bigint", "new_customers": "bigint", "comeback_customers": "bigint",
            "arrived_customers_end": "bigint", "is_lapse_possible": "boolean", "month": "date",
        },
        [
            {"is_lapse_possible": True, "arrived_customers_end": row["new_customers"], **row}
            for row in activity
        ],
    )  # fmt: skip
    models = [model for model in CUSTOMER_MODELS if model != "int_customer_activity"]
    return project.run(models, [table, orders, costs, RECORD_SPANS, company(day)])


def test_churn_survival(project: CompiledProject) -> None:
    """A twentieth leaves every month: 20^12 customers lose a whole number each time."""
    example = examples()["churn_survival"]
    months = example.inputs["months"]
    activity = [
        {
            "customers_end": 20 ** (months - number) * 19**number, "new_customers": 0,
            "comeback_customers": 0, "month": date(2025 + number // 12, number % 12 + 1, 1),
        }
        for number in range(months + 1)
    ]  # fmt: skip
    with _customer_months(project, activity, order_table([]), NO_COSTS, date(2026, 1, 31)) as found:
        rows = found.execute(
            "select churn_rate, retention_rate_12m, churn_rate_12m, "
            "sum(churn_rate) over (order by month) "
            "from marts.kpi_customers_monthly order by month"
        ).fetchall()
    assert [row[0] for row in rows[1:]] == pytest.approx([example.inputs["monthly_churn"]] * months)
    assert [row[1] for row in rows[:-1]] == [None] * months
    assert_matches(
        {"retained_12m": rows[-1][1], "annual_churn": rows[-1][2], "wrong_sum": rows[-1][3]},
        example.expected,
        example.tolerance,
    )


def test_cash_view_of_a_month(project: CompiledProject) -> None:
    """April's spend against what came in April, whoever's leads it came from."""
    example = examples()["lead_month_roi_triangle"]
    given, wanted = example.inputs, example.expected["naive_calendar_april"]
    increments = {
        month: values[-1] - (values[-2] if len(values) > 1 else 0)
        for month, values in given["cumulative_revenue_by_age_month"].items()
    }
    orders = order_table(
        [
            {"customer_id": month, "order_date": date(2026, 4, 10), "gross": revenue}
            for month, revenue in increments.items()
        ]
    )
    margin = given["contribution_margin"]
    for row in orders.rows:
        row["contribution_amount"] = row["net_amount"] * margin  # type: ignore[index]
    costs = Table(
        NO_COSTS.name,
        NO_COSTS.columns,
        [{"cost_month": date(2026, 4, 1), "spend_amount": given["spend"]["2026-04"]}],
    )
    activity = [
        {
            "customers_end": 4, "new_customers": 4, "comeback_customers": 0,
            "month": date(2026, 4, 1),
        }
    ]  # fmt: skip
    with _customer_months(project, activity, orders, costs, date(2026, 4, 30)) as found:
        revenue, romi = found.execute(
            "select revenue_amount, cash_view_romi from marts.kpi_customers_monthly"
        ).fetchone()
    assert_matches(
        {"revenue_recognised_in_april": float(revenue), "romi": romi}, wanted, example.tolerance
    )


# -- brand -----------------------------------------------------------------------------------------


def test_awareness_aided(project: CompiledProject) -> None:
    example = examples()["awareness_aided"]
    given = example.inputs
    named = {"unaided_brands": "|other||brand|", "first_brand": "other", "aided_brands": "|brand|"}
    first = {**named, "unaided_brands": "|brand|", "first_brand": "brand"}
    groups = [
        (given["top_of_mind"], first),
        (given["spontaneous"] - given["top_of_mind"], named),
        (given["aided_yes"] - given["spontaneous"], {"aided_brands": "|brand||other|"}),
        (given["in_target"] - given["aided_yes"], {"aided_brands": "|brandy|"}),
        # Knows the brand, but is not the target audience.
        (given["respondents"] - given["in_target"], {**first, "is_target": False}),
    ]
    row = brand_mart(project, wave_rows("1", date(2026, 3, 1), groups))[0]
    assert row["respondents"] == given["in_target"]
    wanted = example.expected
    for name, key in (("aided", "aided"), ("unaided", "spontaneous"), ("top_of_mind", "tom")):
        assert row[f"{name}_rate"] == pytest.approx(wanted[key], abs=example.tolerance)
        assert [row[f"{name}_low"], row[f"{name}_high"]] == pytest.approx(
            wanted[f"{key}_ci"], abs=example.tolerance
        )


def _awareness_waves(modes: tuple[str, str]) -> list[dict[str, Any]]:
    given = examples()["awareness_wave_change"].inputs
    rows = []
    for place, mode in enumerate(modes, start=1):
        wave = given[f"wave{place}"]
        groups = [(wave["k"], {"aided_brands": "|brand|"}), (wave["n"] - wave["k"], {})]
        rows += wave_rows(str(place), date(2026, 3 * place, 1), groups, mode)
    return rows


def test_awareness_wave_change(project: CompiledProject) -> None:
    example = examples()["awareness_wave_change"]
    first, second = brand_mart(project, _awareness_waves(("online_panel", "online_panel")))
    assert first["aided_verdict"] == "first_wave"
    assert second["aided_verdict"] == "not_proven"
    assert_matches(
        {
            "diff": second["aided_change"],
            "low": second["aided_change_low"],
            "high": second["aided_change_high"],
            "significant": second["aided_verdict"] in ("up", "down"),
        },
        example.expected,
        example.tolerance,
    )


def test_waves_of_different_mode_are_not_compared(project: CompiledProject) -> None:
    _, second = brand_mart(project, _awareness_waves(("street", "online_panel")))
    assert second["aided_verdict"] == "not_comparable"


def test_nps_wave_change(project: CompiledProject) -> None:
    example = examples()["nps_wave_change"]
    rows = []
    for place in (1, 2):
        wave = example.inputs[f"wave{place}"]
        groups = [
            (wave["p"], {"recommendation": 9}),
            (wave["d"], {"recommendation": 6}),
            (wave["n"] - wave["p"] - wave["d"], {"recommendation": 8}),
            # Not a customer: the mark does not count.
            (50, {"recommendation": 10, "is_customer": False}),
        ]
        rows += wave_rows(
            str(place), date(2026, 3 * place, 1), groups, "customers", is_customer=True
        )
    first, second = brand_mart(project, rows)
    assert_matches(
        {
            "nps1": first["nps"],
            "nps2": second["nps"],
            "diff": second["nps_change"],
            "low": second["nps_change_low"],
            "high": second["nps_change_high"],
            "significant": second["nps_verdict"] in ("up", "down"),
        },
        example.expected,
        example.tolerance,
    )


# -- plan ------------------------------------------------------------------------------------------


def test_pace_linear(project: CompiledProject) -> None:
    example = examples()["pace_linear"]
    given = example.inputs
    start = date(2026, 11, 1)
    elapsed = given["elapsed_complete_days"]
    row = scorecard_row(
        project,
        [target_row("leads_valid", given["target"], start, start + timedelta(days=29))],
        flow_rows("leads_valid", start, elapsed, given["actual"]),
        start + timedelta(days=elapsed - 1),
    )
    assert row["period_days"] == given["period_days"]
    assert_matches(
        {
            "expected_to_date": row["expected_to_date"],
            "pace": row["pace"],
            "run_rate_forecast": row["forecast_value"],
            "required_per_day": row["required_per_day"],
        },
        example.expected,
        example.tolerance,
    )


def test_pace_noise(project: CompiledProject) -> None:
    example = examples()["pace_noise"]
    start = date(2026, 11, 1)
    row = scorecard_row(
        project,
        [
            target_row(
                "leads_valid", 2 * example.inputs["expected_to_date"], start, date(2026, 11, 20)
            )
        ],
        flow_rows("leads_valid", start, 10, example.inputs["actual"]),
        date(2026, 11, 10),
    )
    assert row["expected_to_date"] == pytest.approx(example.inputs["expected_to_date"])
    assert_matches(
        {"poisson_p_lower": row["tail_probability"], "verdict": row["verdict"]},
        example.expected,
        example.tolerance,
    )


def test_pace_ratio_kpi(project: CompiledProject) -> None:
    example = examples()["pace_ratio_kpi"]
    given = example.inputs
    start = date(2026, 11, 1)
    row = scorecard_row(
        project,
        [target_row("purchase_conversion", given["target"], start, date(2026, 11, 30))],
        [
            {
                "metric_id": "purchase_conversion", "segment_type": "all", "segment_value": "all",
                "numerator": given["actual_k"], "denominator": given["actual_n"],
                "events": given["actual_n"], "provisional_share": 0, "date_day": start,
            }
        ],
        date(2026, 11, 15),
    )  # fmt: skip
    assert row["metric_kind"] == given["kpi_kind"]
    assert [row["actual_low"], row["actual_high"]] == pytest.approx(
        example.expected["ci"], abs=example.tolerance
    )
    assert_matches(
        {
            "prorated": row["expected_to_date"] is not None,
            "actual": row["actual_value"],
            "verdict": row["verdict"],
        },
        example.expected,
        example.tolerance,
    )


def test_pace_partial_day(project: CompiledProject) -> None:
    example = examples()["pace_partial_day"]
    start = date.fromisoformat(example.inputs["period_start"])
    today = date.fromisoformat(example.inputs["today"])
    last_day = date.fromisoformat(example.inputs["last_complete_day"])
    assert last_day == today - timedelta(days=1)
    # The feed holds complete days only; a row of today must not count even if it were there.
    components = flow_rows("leads_valid", start, (today - start).days + 1, 230)
    row = scorecard_row(
        project, [target_row("leads_valid", 300, start, date(2026, 11, 30))], components, last_day
    )
    assert row["elapsed_days"] == example.expected["elapsed_complete_days"]
    assert row["actual_value"] == sum(part["numerator"] for part in components[:-1])


def test_late_target_change_does_not_move_the_headline(project: CompiledProject) -> None:
    start, end = date(2026, 11, 1), date(2026, 11, 30)
    late = datetime(2026, 11, 10)  # noqa: DTZ001
    row = scorecard_row(
        project,
        [
            target_row("leads_valid", 130, start, end),
            # Moving the start, too, does not make it agreed in time.
            target_row(
                "leads_valid", 70, date(2026, 11, 12), end, target_version=2, approved_at=late
            ),
        ],
        flow_rows("leads_valid", start, 15, 45),
        date(2026, 11, 15),
    )
    assert (row["target_version"], row["target_value"], row["later_target_value"]) == (1, 130, 70)
    assert (row["is_target_changed_after_start"], row["is_approved_before_start"]) == (True, True)
    assert row["verdict"] == "behind"


def test_restatement(project: CompiledProject) -> None:
    example = examples()["restatement"]
    month = date(2026, 10, 1)
    published = {
        "figure_id": "leads_valid|all|2026-10", "metric_id": "leads_valid", "segment": "all",
        "period": "2026-10", "figure_value": example.inputs["first_published"]["2026-10 leads"],
        "as_of_date": date(2026, 11, 2), "published_at": datetime(2026, 11, 2),  # noqa: DTZ001
    }  # fmt: skip
    later = {**published, "figure_value": 100.0, "published_at": datetime(2026, 11, 9)}  # noqa: DTZ001
    tables = [
        Table(
            "staging.stg_pipeline__published_figures",
            {
                "figure_id": "varchar", "metric_id": "varchar", "segment": "varchar",
                "period": "varchar", "figure_value": "double", "as_of_date": "date",
                "published_at": "timestamp",
            },
            [later, published],
        ),
        Table(
            "intermediate.int_cohort_orders",
            {
                "order_id": "varchar", "lead_id": "varchar", "channel": "varchar",
                "order_kind": "varchar", "revenue_amount": "decimal(18, 2)",
                "contribution_amount": "decimal(18, 2)", "new_customers": "double",
                "order_date": "date", "cohort_date": "date",
            },
            [],
        ),
        Table("marts.dim_channel", {"channel": "varchar", "is_paid": "boolean"}, []),
        Table(
            "marts.fct_orders",
            {
                "customer_id": "varchar", "is_first_order": "boolean", "order_date": "date",
                "order_month": "date", "contribution_amount": "decimal(18, 2)",
            },
            [],
        ),
        Table(
            "marts.fct_leads",
            {
                "channel": "varchar", "lead_status": "varchar", "is_qualified": "boolean",
                "lead_date": "date", "qualified_at": "timestamp",
            },
            [],
        ),
        Table("intermediate.int_trials", {"trial_date": "date", "paid_date": "date"}, []),
        Table(
            "staging.stg_pipeline__register_ledger",
            {"register_name": "varchar", "valid_from": "varchar", "seen_at": "timestamp"},
            [],
        ),
        Table(
            "intermediate.int_metric_components_daily",
            COMPONENT_COLUMNS,
            flow_rows("leads_valid", month, 31, example.inputs["now"]["2026-10 leads"]),
        ),
        Table(
            "intermediate.int_spend_versions",
            {
                "source_system": "varchar", "first_cost_amount": "decimal(18, 2)",
                "last_cost_amount": "decimal(18, 2)", "spend_date": "date",
            },
            [],
        ),
        NO_COVERAGE,
        NO_MATURITY,
        definition_table(),
        company(LAST_DAY),
    ]  # fmt: skip
    models = ["kpi_metrics_monthly", "int_channel_restatements", "kpi_restatements"]
    with project.run(models, tables) as connection:
        row = connection.execute(
            "select delta, delta_share, status, is_notice from marts.kpi_restatements"
        ).fetchone()
    assert_matches(
        {"delta": row[0], "delta_pct": row[1], "status": row[2]},
        example.expected,
        example.tolerance,
    )
    assert row[3]


# -- attribution -----------------------------------------------------------------------------------


def test_rules_four_touch(project: CompiledProject) -> None:
    example = examples()["rules_four_touch"]
    given = example.inputs
    weights = attribution_weights(
        project, given["path"], [float(day) for day in given["days_before"]]
    )
    names = {"position_40_20_40": "position"}
    for key, wanted in example.expected.items():
        parts = [given["value"] * weight for _, weight in weights[names.get(key, key)]]
        assert parts == pytest.approx(wanted, abs=example.tolerance), key


@pytest.mark.parametrize("touches", examples()["position_edge"].inputs["n_touches"])
def test_position_edge(project: CompiledProject, touches: int) -> None:
    example = examples()["position_edge"]
    weights = attribution_weights(project, [f"channel_{place}" for place in range(touches)])[
        "position"
    ]
    assert [weight for _, weight in weights] == pytest.approx(
        example.expected[str(touches)], abs=example.tolerance
    )


def test_linear_repeat_channel(project: CompiledProject) -> None:
    example = examples()["linear_repeat_channel"]
    sums = weights_by_channel(attribution_weights(project, example.inputs["path"])["linear"])
    assert {
        channel: example.inputs["value"] * weight for channel, weight in sums.items()
    } == pytest.approx(example.expected["linear_by_touch"], abs=example.tolerance)


def test_all_direct_path(project: CompiledProject) -> None:
    example = examples()["all_direct_path"]
    weights = attribution_weights(project, example.inputs["path"])[example.inputs["model"]]
    assert weights_by_channel(weights) == example.expected


def test_metrica_official_example(project: CompiledProject) -> None:
    example = examples()["metrica_official_example"]
    weights = attribution_weights(project, example.inputs["sessions"])
    # The model of Yandex Direct's own clicks is a vendor's view and is not built.
    for model in ("first", "last", "last_non_direct"):
        assert weights_by_channel(weights[model]) == {
            example.expected["conversion_credit"][model]: 1.0
        }


def test_reconciliation(project: CompiledProject) -> None:
    example = examples()["reconciliation"]
    given = example.inputs
    credited = {**given["attributed"], "unattributed": example.expected["unattributed"]}
    month = date(2026, 10, 1)
    returns = [
        return_row(month, channel, "last_non_direct", revenue)
        for channel, revenue in credited.items()
    ]
    rows = return_marts(project, returns, [])["kpi_roi_monthly"]
    (unattributed,) = (row for row in rows if row["channel"] == "unattributed")
    row = {
        "unattributed": float(unattributed["revenue_amount"]),
        "coverage": unattributed["coverage_share"],
        "sum_check": float(sum(row["revenue_amount"] for row in rows)),
    }
    assert_matches(row, example.expected, example.tolerance)
    assert row["sum_check"] == given["crm_revenue"]


def test_markov_puzyrov(project: CompiledProject) -> None:
    example = examples()["markov_puzyrov"]
    paths = [(row["path"].split(">"), row["conv"], row["null"]) for row in example.inputs["paths"]]
    with project.run([], [transitions_table(paths)]) as connection:
        rows = connection.execute(project.sql("golden_markov")).fetchall()
    effects = {channel: effect for channel, _, _, effect in rows}
    assert effects == pytest.approx(example.expected["removal_effect"], abs=example.tolerance)
    for row in rows:
        assert row[1] == pytest.approx(example.expected["p_conv"], abs=example.tolerance)
    conversions = sum(converted for _, converted, _ in paths)
    assert {
        channel: conversions * effect / sum(effects.values()) for channel, effect in effects.items()
    } == pytest.approx(example.expected["attributed_conversions"], abs=example.tolerance)


def test_shapley_dp6(project: CompiledProject) -> None:
    """The example gives what each set of channels is worth; the macro takes what exactly that set
    brought: the worth less that of all its parts."""
    example = examples()["shapley_dp6"]
    worths = example.inputs["v"]
    dividends: dict[str, float] = {}
    for names in sorted(worths, key=len):
        parts = [part for part in dividends if set(part) < set(names)]
        dividends[names] = worths[names] - sum(dividends[part] for part in parts)
    with project.run([], [coalition_table(dividends)]) as connection:
        values = dict(connection.execute(project.sql("golden_shapley")).fetchall())
    assert_matches({**values, "sum": sum(values.values())}, example.expected, example.tolerance)


# -- the list itself -------------------------------------------------------------------------------


def _test_names() -> set[str]:
    return set(re.findall(r"^def test_(\w+)\(", Path(__file__).read_text("utf-8"), re.M))


@pytest.mark.parametrize("example", examples().values(), ids=lambda example: example.id)
def test_every_example_is_computed_or_has_a_reason(example: Example) -> None:
    if example.not_applicable:
        pytest.skip(f"not applicable: {example.not_applicable}")
    if example.dbt_test:
        texts = [
            path.read_text(encoding="utf-8") for path in DBT_PROJECT_DIR.glob("models/**/*.yml")
        ]
        is_unit_test = any(f"- name: {example.dbt_test}\n" in text for text in texts)
        is_query = (DBT_PROJECT_DIR / "tests" / f"{example.dbt_test}.sql").exists()
        assert is_unit_test or is_query, f"no dbt test named {example.dbt_test}"
        return
    assert example.id in FORMULAS or example.id in _test_names()


def test_fixture_equals_the_specification() -> None:
    if not SHARED_EXAMPLES.exists():
        pytest.skip(
            "THE SPECIFICATION'S OWN golden.json IS NOT HERE: the copied figures are not compared"
        )
    shared = json.loads(SHARED_EXAMPLES.read_text(encoding="utf-8"))["examples"]
    assert [example["id"] for example in shared] == list(examples())
    for wanted in shared:
        copied = examples()[wanted["id"]]
        assert (copied.inputs, copied.expected, copied.tolerance) == (
            wanted["inputs"],
            wanted["expected"],
            wanted["tolerance"],
        ), wanted["id"]
