"""Marts that say how far a figure may be trusted, on inputs whose answer is known beforehand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.integration.golden_support import (
    CompiledProject,
    Row,
    Table,
    company,
    compiled_project,
    examples,
)
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import (
    COMPONENT_COLUMNS,
    definition_table,
    flow_rows,
    guard_table,
    return_marts,
    return_row,
    scorecard_row,
    target_row,
)

START, END = date(2026, 11, 2), date(2026, 11, 29)


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


def _rows(project: CompiledProject, models: list[str], tables: list[Table]) -> list[dict[str, Any]]:
    """Rows of the last model."""
    with project.run(models, tables) as connection:
        cursor = connection.execute(f"select * from {project.relation(models[-1])}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# -- conversion of months --------------------------------------------------------------------------


def _conversion_months(
    project: CompiledProject,
    versions: list[date],
    converted: tuple[int, int],
    visits: int = 1000,
    visits_of_a_browser: int = 1,
) -> list[dict[str, Any]]:
    """September and October, so many visits each, browser after browser; the first ones convert."""
    months = [date(2026, 9, 30), date(2026, 10, 1)]
    rows: list[Row] = [
        {
            "visit_id": f"{place}-{number}", "client_id": str(number // visits_of_a_browser),
            "channel": "ads",
            "visit_date": day, "is_suspicious": False, "has_goal": False,
        }
        for place, day in enumerate(months)
        for number in range(visits)
    ]  # fmt: skip
    rows.append({**rows[0], "visit_id": "bot", "client_id": "bot", "is_suspicious": True})
    events = [
        {
            "conversion_id": "buy", "visit_id": f"{place}-{number}",
            "client_id": str(number // visits_of_a_browser), "channel": "ads",
            "reach_count": 2, "is_suspicious": False, "conversion_date": day,
        }
        for place, day in enumerate(months)
        for number in range(converted[place])
    ]  # fmt: skip
    rules = [
        {
            "conversion_id": "buy", "conversion_version": place, "rule_type": "metrica_goal",
            "valid_from": day, "valid_before": [*versions[1:], date(9999, 12, 31)][place - 1],
        }
        for place, day in enumerate(versions, start=1)
    ]  # fmt: skip
    tables = [
        Table(
            "marts.fct_visits",
            {
                "visit_id": "varchar", "client_id": "varchar", "source_system": "varchar",
                "utm_source": "varchar", "channel": "varchar", "campaign_id": "varchar",
                "traffic_class": "varchar", "audience_class": "varchar",
                "suspicion_points": "bigint", "is_new_visitor": "boolean", "is_bounce": "boolean",
                "is_empty": "boolean", "has_goal": "boolean", "is_provisional": "boolean",
                "visit_date": "date", "is_suspicious": "boolean", "landing_path": "varchar",
            },
            rows,
        ),
        Table(
            "marts.fct_conversions",
            {
                "conversion_id": "varchar", "conversion_version": "bigint",
                "visit_id": "varchar", "client_id": "varchar",
                "channel": "varchar", "reach_count": "bigint", "is_suspicious": "boolean",
                "conversion_date": "date",
            },
            events,
        ),
        Table(
            "intermediate.int_conversion_rules",
            {
                "conversion_id": "varchar", "conversion_version": "bigint", "rule_type": "varchar",
                "valid_from": "date", "valid_before": "date",
            },
            rules,
        ),
        Table(
            "intermediate.int_unmatched_days",
            {"conversion_id": "varchar", "conversion_version": "bigint", "date_day": "date"},
            [],
        ),
        company(date(2026, 10, 31)),
    ]  # fmt: skip
    models = [
        "int_visit_days", "int_visitor_months", "int_conversion_clusters", "kpi_conversion_monthly",
    ]  # fmt: skip
    return _rows(project, models, tables)


def test_a_twelfth_more_conversions_is_noise(project: CompiledProject) -> None:
    example = examples()["conversion_change_is_noise"]
    given = example.inputs
    assert given["n1"] == given["n2"]
    rows = _conversion_months(project, [date(2026, 1, 1)], (given["k2"], given["k1"]), given["n1"])
    found = {(row["month"], row["channel"]): row for row in rows}
    assert len(rows) == 4
    for channel in ("ads", "(all)"):
        first, second = (found[date(2026, month, 1), channel] for month in (9, 10))
        assert first["change_verdict"] == "first_month"
        assert second["change_verdict"] == "not_proven"
        assert second["visit_conversion_change_low"] == pytest.approx(
            example.expected["low"], abs=example.tolerance
        )
        assert second["visit_conversion_change_high"] == pytest.approx(
            example.expected["high"], abs=example.tolerance
        )
        assert second["effective_visits"] == given["n1"]
        assert (second["users"], second["users_converted"]) == (given["n1"], given["k1"])
        assert second["user_conversion_low"] == second["visit_conversion_low"]
        assert second["reaches_per_visit"] == pytest.approx(2 * given["k1"] / given["n1"])


@pytest.mark.parametrize(
    ("versions", "converted", "visits", "verdict"),
    [
        ([date(2026, 1, 1)], (20, 60), 1000, "up"),
        ([date(2026, 1, 1)], (60, 20), 1000, "down"),
        # The rule changed within the first month, or on the first day of the second.
        ([date(2026, 1, 1), date(2026, 9, 15)], (20, 60), 1000, "rule_changed"),
        ([date(2026, 1, 1), date(2026, 10, 1)], (20, 60), 1000, "rule_changed"),
        # It changed on the first day of the first month: both months obey one rule.
        ([date(2026, 1, 1), date(2026, 9, 1)], (20, 60), 1000, "up"),
        ([date(2026, 1, 1)], (0, 9), 1000, "not_enough_data"),
        ([date(2026, 1, 1)], (20, 60), 99, "not_enough_data"),
    ],
)
def test_a_change_of_conversion(
    project: CompiledProject,
    versions: list[date],
    converted: tuple[int, int],
    visits: int,
    verdict: str,
) -> None:
    rows = _conversion_months(project, versions, converted, visits)
    found = {row["channel"]: row["change_verdict"] for row in rows if row["month"].month == 10}
    assert found == {"ads": verdict, "(all)": verdict}


def test_ten_visits_of_one_browser_are_one_trial(project: CompiledProject) -> None:
    """Twice the conversion of 2,000 visits, by 12 browsers that always convert instead of 6."""
    alone = _conversion_months(project, [date(2026, 1, 1)], (60, 120), 2000)
    assert [row["change_verdict"] for row in alone if row["month"].month == 10] == ["up", "up"]
    alike = _conversion_months(project, [date(2026, 1, 1)], (60, 120), 2000, visits_of_a_browser=10)
    for row in (row for row in alike if row["month"].month == 10):
        assert row["effective_visits"] == pytest.approx(200)
        assert row["visit_conversion_rate"] == 120 / 2000
        assert (row["users"], row["users_converted"]) == (200, 12)
        assert row["visit_conversion_change_low"] < 0 < row["visit_conversion_change_high"]
        assert row["change_verdict"] == "not_proven"
    # of nothing that converted, ten visits are one trial as well
    none = _conversion_months(project, [date(2026, 1, 1)], (0, 0), 2000, visits_of_a_browser=10)
    assert {row["effective_visits"] for row in none} == {200.0}


# -- projections against what came -----------------------------------------------------------------

TRIANGLE_COLUMNS = {
    "product_line": "varchar", "basis": "varchar", "age_months": "bigint",
    "cumulative_value": "double", "cohort_month": "date",
}  # fmt: skip


def _month(number: int) -> date:
    return date(2024 + number // 12, number % 12 + 1, 1)


def _triangle(cohorts: int, growth: dict[int, float] | None = None) -> Table:
    """Cohorts of 100 that grow by the curve 1, 2, 3, 3.6, 3.6.

    `growth` multiplies the growth of a calendar month.
    """
    curve = [1.0, 2.0, 3.0, 3.6, 3.6]
    rows = []
    for cohort in range(cohorts):
        value = 100.0
        for age in range(min(cohorts - cohort, len(curve))):
            if age:
                step = curve[age] / curve[age - 1] - 1
                value *= 1 + step * (growth or {}).get(cohort + age, 1.0)
            rows.append(
                {
                    "product_line": "houses", "basis": "orders", "age_months": age,
                    "cumulative_value": value, "cohort_month": _month(cohort),
                }
            )  # fmt: skip
    return Table("intermediate.int_cohort_triangles", TRIANGLE_COLUMNS, rows)


def test_a_steady_curve_was_projected_without_error(project: CompiledProject) -> None:
    tables = [_triangle(18), company(_month(18) - timedelta(days=1))]
    models = ["int_cohort_development", "int_cohort_projections", "kpi_projection_backtest"]
    rows = _rows(project, models, tables)
    assert {row["evaluated_month"] for row in rows} == {
        _month(18 - months) for months in (3, 6, 9, 12)
    }
    for row in rows:
        assert row["actual_value"] == pytest.approx(360)
        assert row["projected_value"] == pytest.approx(360)
        assert row["error_share"] == pytest.approx(0, abs=1e-9)
        assert row["is_inside_range"]
        # What had come by then, of ages that had ended by then.
        months = (row["evaluated_month"].year - row["cohort_month"].year) * 12
        months += row["evaluated_month"].month - row["cohort_month"].month
        assert row["age_months"] == months - 1
        assert 0.25 <= row["maturity_then"] < 0.95


@pytest.mark.parametrize(
    ("growth", "verdict"),
    [
        ({}, "steady"),
        ({15: 1.6, 16: 1.6, 17: 1.6}, "faster"),
        ({15: 0.4, 16: 0.4, 17: 0.4}, "slower"),
        # Two months of three are no drift.
        ({16: 1.6, 17: 1.6}, "steady"),
    ],
)
def test_drift_of_the_last_three_diagonals(
    project: CompiledProject, growth: dict[int, float], verdict: str
) -> None:
    models = ["int_cohort_development", "kpi_development_drift"]
    rows = _rows(project, models, [_triangle(18, growth), company(_month(18))])
    assert [row["reached_month"] for row in sorted(rows, key=lambda row: row["reached_month"])] == [
        _month(15), _month(16), _month(17)
    ]  # fmt: skip
    assert {row["drift_verdict"] for row in rows} == {verdict}


# -- browsers --------------------------------------------------------------------------------------


def test_browsers_that_come_back(project: CompiledProject) -> None:
    visits = [
        ("a", date(2026, 1, 31), False), ("a", date(2026, 1, 31), False),
        ("a", date(2026, 2, 28), False), ("b", date(2026, 1, 1), False),
        ("b", date(2026, 3, 5), False), ("c", date(2026, 2, 1), False),
        ("bot", date(2026, 1, 1), True), (None, date(2026, 1, 1), False),
    ]  # fmt: skip
    tables = [
        Table(
            "marts.fct_visits",
            {"client_id": "varchar", "visit_date": "date", "is_suspicious": "boolean"},
            [
                {"client_id": client, "visit_date": day, "is_suspicious": suspicious}
                for client, day, suspicious in visits
            ],
        ),
        company(date(2026, 3, 10)),
    ]
    rows = _rows(project, ["int_browser_months", "kpi_browser_retention"], tables)
    found = {
        (row["cohort_month"].month, row["age_months"]): (
            row["browsers"], row["browsers_active"], row["browser_return_rate"], row["reason_code"]
        )
        for row in rows
    }  # fmt: skip
    assert found == {
        (1, 0): (2, 2, 1.0, None),
        (1, 1): (2, 1, 0.5, None),
        (1, 2): (2, 1, None, "incomplete_period"),
        (2, 0): (1, 1, 1.0, None),
        (2, 1): (1, 0, None, "incomplete_period"),
    }


# -- intervals of money ----------------------------------------------------------------------------


def _interval_rows(
    project: CompiledProject,
    orders: list[tuple[str, float]],
    spend: float = 1000.0,
    is_rate_missing: bool = False,
    maturity: float = 1.0,
) -> dict[tuple[str, str], dict[str, Any]]:
    """(customer, net amount) of orders of October, all of the channel `ads`; margin one half."""
    day, month = date(2026, 10, 5), date(2026, 10, 1)
    facts = [
        {
            "order_id": str(number), "customer_id": customer, "order_kind": "sale",
            "net_amount": amount, "contribution_amount": amount / 2, "order_date": day,
            "lead_month": month,
        }
        for number, (customer, amount) in enumerate(orders)
    ]  # fmt: skip
    tables = [
        Table(
            "marts.fct_orders",
            {
                "order_id": "varchar", "customer_id": "varchar", "order_kind": "varchar",
                "net_amount": "decimal(18, 2)", "contribution_amount": "decimal(18, 2)",
                "order_date": "date", "lead_month": "date",
            },
            facts,
        ),
        Table(
            "intermediate.int_order_credits",
            {
                "order_id": "varchar", "attribution_model": "varchar", "channel": "varchar",
                "revenue_amount": "decimal(18, 2)", "contribution_amount": "decimal(18, 2)",
            },
            [
                {
                    "order_id": fact["order_id"], "attribution_model": "last_non_direct",
                    "channel": "ads", "revenue_amount": fact["net_amount"],
                    "contribution_amount": fact["contribution_amount"],
                }
                for fact in facts
            ],
        ),
        Table(
            "intermediate.int_cohort_roi",
            {
                "level": "varchar", "attribution_model": "varchar", "channel": "varchar",
                "lead_month": "date", "maturity": "double", "spend_amount": "decimal(18, 2)",
                "is_rate_missing": "boolean",
            },
            [
                {
                    "level": "channel", "attribution_model": "last_non_direct", "channel": "ads",
                    "lead_month": month, "maturity": maturity, "spend_amount": spend,
                    "is_rate_missing": is_rate_missing,
                }
            ],
        ),
        company(date(2026, 10, 31)),
    ]  # fmt: skip
    rows = _rows(project, ["kpi_return_intervals"], tables)
    return {(row["metric_id"], row["segment_type"]): row for row in rows}


def test_an_order_of_a_young_month_has_its_worth_already(project: CompiledProject) -> None:
    orders = [(f"customer {number}", 100.0 + number) for number in range(20)]
    rows = _interval_rows(project, orders, maturity=0.3)
    assert set(rows) == {("aov_net", "all"), ("aov_net", "channel")}
    assert rows["aov_net", "channel"]["orders"] == 20
    for part in ("metric_value", "metric_low", "metric_high"):
        assert rows["aov_net", "channel"][part] == rows["aov_net", "all"][part]


def test_intervals_are_those_of_redrawing_customers(project: CompiledProject) -> None:
    generator = np.random.default_rng(7)
    orders = [
        (f"customer {number}", round(float(amount), 2))
        for number in range(300)
        for amount in generator.lognormal(4, 0.8, size=1 + number % 3)
    ]
    rows = _interval_rows(project, orders, spend=20_000)
    customers = sorted({customer for customer, _ in orders})
    sums = np.array([sum(a for c, a in orders if c == customer) for customer in customers])
    counts = np.array([sum(c == customer for c, _ in orders) for customer in customers])
    # How many customers come is chance as well: with a fixed spend the count is not held.
    drawn = generator.poisson(1, size=(4000, len(customers)))
    expected = {
        "aov_net": (sums.sum() / counts.sum(), drawn @ sums / (drawn @ counts)),
        "roas": (sums.sum() / 20_000, drawn @ sums / 20_000),
        "romi": (sums.sum() / 40_000 - 1, drawn @ sums / 40_000 - 1),
    }
    for metric, (estimate, redrawn) in expected.items():
        row = rows[metric, "channel"]
        low, high = np.quantile(redrawn, [0.025, 0.975])
        assert row["reason_code"] is None
        # Contributions are kopecks.
        assert row["metric_value"] == pytest.approx(estimate, abs=1e-3)
        assert row["metric_low"] <= row["metric_value"] <= row["metric_high"]
        # The ends of 400 replicates scatter by about a tenth of the width.
        assert row["metric_low"] == pytest.approx(low, abs=0.12 * (high - low))
        assert row["metric_high"] == pytest.approx(high, abs=0.12 * (high - low))
    assert rows["aov_net", "all"]["metric_value"] == rows["aov_net", "channel"]["metric_value"]


def test_the_weights_of_the_bootstrap_are_poisson(project: CompiledProject) -> None:
    with project.run([], []) as connection:
        weights = np.array(
            connection.execute(project.sql("golden_bootstrap_weights")).fetchall()
        ).reshape(500, 400)
    assert weights.mean() == pytest.approx(1, abs=0.01)
    assert weights.var() == pytest.approx(1, abs=0.02)
    shares = [(weights == count).mean() for count in range(4)]
    assert shares == pytest.approx([0.3679, 0.3679, 0.1839, 0.0613], abs=0.005)
    # Neither groups nor replicates move together.
    for matrix in (weights, weights.T):
        correlations = np.corrcoef(matrix) - np.eye(len(matrix))
        assert abs(correlations.mean()) < 0.001
        assert np.abs(correlations).max() < 0.3
    # The spread of a mean over groups is what chance makes it.
    assert weights.mean(axis=0).std() == pytest.approx(1 / np.sqrt(500), rel=0.12)


def test_one_deal_of_a_third_of_the_revenue_is_told(project: CompiledProject) -> None:
    rows = _interval_rows(project, [(str(number), 10.0) for number in range(20)] + [("big", 90.0)])
    row = rows["roas", "channel"]
    assert row["largest_order_share"] == pytest.approx(90 / 290)
    assert row["is_concentrated"]
    rows = _interval_rows(project, [(str(number), 10.0) for number in range(20)])
    assert not rows["roas", "channel"]["is_concentrated"]


@pytest.mark.parametrize(
    ("orders", "spend", "is_rate_missing", "reasons"),
    [
        (9, 100.0, False, {"aov_net": "not_enough_data", "roas": "not_enough_data"}),
        (20, 0.0, False, {"aov_net": None, "roas": "no_spend"}),
        (20, 100.0, True, {"aov_net": None, "roas": "missing_rate", "romi": "missing_rate"}),
    ],
)
def test_no_interval_without_grounds(
    project: CompiledProject,
    orders: int,
    spend: float,
    is_rate_missing: bool,
    reasons: dict[str, str | None],
) -> None:
    sales = [(str(number), 10.0) for number in range(orders)]
    rows = _interval_rows(project, sales, spend, is_rate_missing)
    for metric, reason in reasons.items():
        row = rows[metric, "channel"]
        assert row["reason_code"] == reason
        assert (row["metric_low"] is None) == (reason is not None)


# -- holdout tests ---------------------------------------------------------------------------------


def _holdout(project: CompiledProject, **changes: Any) -> list[dict[str, Any]]:
    """A test of the whole of October on `ads`; the article's figures unless changed."""
    given = examples()["romi_incremental"].inputs
    revenue = given["revenue"] * (1 - given["share_would_buy_anyway"])
    test = {
        "test_id": "1", "channel": "ads", "method": "holdout", "analyst": "owner",
        "incremental_revenue_amount": revenue, "incremental_revenue_low": revenue - 50_000,
        "incremental_revenue_high": revenue + 50_000, "spend_amount": None,
        "start_date": date(2026, 10, 1), "end_date": date(2026, 10, 31), **changes,
    }  # fmt: skip
    money = "decimal(18, 2)"
    orders = [("in", date(2026, 10, 31)), ("late", date(2026, 11, 1))]
    tables = [
        Table(
            "staging.stg_registers__holdout_tests",
            {
                "test_id": "varchar", "channel": "varchar", "method": "varchar",
                "analyst": "varchar", "incremental_revenue_amount": money,
                "incremental_revenue_low": money, "incremental_revenue_high": money,
                "spend_amount": money, "start_date": "date", "end_date": "date",
            },
            [test],
        ),
        Table(
            "marts.fct_ad_spend_daily",
            {"channel": "varchar", "spend_amount": money, "spend_date": "date"},
            [
                {"channel": channel, "spend_amount": amount, "spend_date": day}
                for channel, amount, day in (
                    ("ads", given["spend"] - 1, date(2026, 10, 1)),
                    ("ads", 1, date(2026, 10, 31)),
                    ("ads", 5, date(2026, 11, 1)),
                    ("other", 7, date(2026, 10, 5)),
                    # in a currency of unknown rate
                    ("abroad", None, date(2026, 10, 5)),
                )
            ],
        ),
        Table(
            "marts.fct_orders",
            {"order_id": "varchar", "order_date": "date"},
            [{"order_id": name, "order_date": day} for name, day in orders],
        ),
        Table(
            "intermediate.int_order_credits",
            {
                "order_id": "varchar", "attribution_model": "varchar", "channel": "varchar",
                "revenue_amount": money, "contribution_amount": money,
            },
            [
                {
                    "order_id": name, "attribution_model": "last_non_direct", "channel": "ads",
                    "revenue_amount": given["revenue"],
                    "contribution_amount": given["revenue"] * given["contribution_margin"],
                }
                for name, _ in orders
            ],
        ),
        company(date(2026, 11, 15)),
    ]  # fmt: skip
    return _rows(project, ["kpi_incremental_roi"], tables)


def test_only_a_test_tells_what_was_added(project: CompiledProject) -> None:
    example = examples()["romi_incremental"]
    (row,) = _holdout(project)
    assert row["iromi"] == pytest.approx(example.expected["incremental_romi"])
    assert float(row["incremental_revenue_amount"]) == pytest.approx(
        example.expected["incremental_revenue"]
    )
    # 40% would have bought anyway, and attribution counted them.
    assert row["incremental_share"] == pytest.approx(0.6)
    assert (row["verdict"], row["reason_code"]) == ("does_not_pay", None)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"spend_amount": 10_000}, "pays", None),
        ({"spend_amount": 36_000}, "cannot_tell", None),
        ({"spend_amount": 0}, "cannot_tell", "no_spend"),
        ({"incremental_revenue_low": None}, "cannot_tell", "no_range"),
        ({"channel": "radio", "spend_amount": 5}, "cannot_tell", "no_margin"),
        ({"channel": "abroad"}, "cannot_tell", "missing_rate"),
    ],
)
def test_verdict_of_a_holdout_test(
    project: CompiledProject, changes: dict[str, Any], verdict: str, reason: str | None
) -> None:
    (row,) = _holdout(project, **changes)
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)


def test_a_running_test_tells_nothing(project: CompiledProject) -> None:
    assert _holdout(project, end_date=date(2026, 11, 16)) == []


def test_without_a_test_there_is_no_incremental_return(project: CompiledProject) -> None:
    returns = [return_row(date(2026, 10, 1), "ads", "linear", 300)]
    spend = [
        {
            "channel": "ads", "campaign_id": "(none)", "spend_amount": 100,
            "full_cost_amount": 100, "is_rate_missing": False, "cost_month": date(2026, 10, 1),
        }
    ]  # fmt: skip
    assert {row["iromi"] for row in return_marts(project, returns, spend)["kpi_roi_trailing"]} == {
        None
    }
    tests = [
        {"test_id": "1", "channel": "ads", "iromi": -0.5, "end_date": date(2026, 3, 1)},
        {"test_id": "2", "channel": "ads", "iromi": -0.2, "end_date": date(2026, 9, 1)},
        {"test_id": "3", "channel": "radio", "iromi": 0.9, "end_date": date(2026, 9, 1)},
    ]
    rows = return_marts(project, returns, spend, tests=tests)["kpi_roi_trailing"]
    assert {row["iromi"] for row in rows} == {-0.2}


# -- guards ----------------------------------------------------------------------------------------


def _flow(metric: str, before: int, now: int) -> list[dict[str, Any]]:
    """56 days to 29 November."""
    return flow_rows(metric, END - timedelta(days=55), 28, before) + flow_rows(
        metric, END - timedelta(days=27), 28, now
    )


def _share(metric: str, before: int, now: int, trials: int = 2800) -> list[dict[str, Any]]:
    return [
        {**row, "denominator": trials / 28, "events": trials / 28}
        for row in _flow(metric, before, now)
    ]


@pytest.mark.parametrize(
    ("components", "statuses"),
    [
        # More visits of which fewer buy; nobody looks for the name more often.
        (
            _flow("visits_valid", 2000, 2800) + _share("purchase_conversion", 280, 140)
            + _flow("brand_search_visits", 100, 104),
            {"purchase_conversion": "guard_falls", "brand_search_visits": "guard_is_flat"},
        ),
        (
            _flow("visits_valid", 2000, 2800) + _share("purchase_conversion", 280, 285)
            + _flow("brand_search_visits", 100, 180),
            {"purchase_conversion": "ok", "brand_search_visits": "ok"},
        ),
        # The metric itself did not move: nothing to guard.
        (
            _flow("visits_valid", 2000, 2010) + _share("purchase_conversion", 280, 140),
            {"purchase_conversion": "ok", "brand_search_visits": "no_data"},
        ),
        # A share that should stay low: more suspicious visits are worse.
        (
            _flow("visits_valid", 2000, 2800) + _share("suspicious_share", 140, 420),
            {"suspicious_share": "guard_falls"},
        ),
    ],
)  # fmt: skip
def test_growth_that_its_guard_does_not_share(
    project: CompiledProject, components: list[dict[str, Any]], statuses: dict[str, str]
) -> None:
    tables = [
        Table("intermediate.int_metric_components_daily", COMPONENT_COLUMNS, components),
        definition_table(),
        guard_table(),
        company(END),
    ]
    rows = _rows(project, ["kpi_guards"], tables)
    found = {
        row["guard_metric_id"]: row["status"] for row in rows if row["metric_id"] == "visits_valid"
    }
    assert {guard: found[guard] for guard in statuses} == statuses


# -- targets: SMART --------------------------------------------------------------------------------

COMPLETE = {
    "goal_id": "G", "unit": "leads", "proposer": "marketer", "approver": "owner",
    "milestones": "half by the 15th",
}  # fmt: skip


def _history(counts: list[int]) -> list[dict[str, Any]]:
    """Leads of the periods of 28 days before the start, the latest last."""
    first = START - timedelta(days=28 * len(counts))
    return [
        row
        for place, count in enumerate(counts)
        for row in flow_rows("leads_valid", first + timedelta(days=28 * place), 28, count)
    ]


@pytest.mark.parametrize(
    ("changes", "gaps"),
    [
        ({}, None),
        ({"milestones": None}, "no_milestones"),
        ({"approver": "marketer"}, "approved_by_proposer"),
        ({"approver": None, "proposer": None}, "no_proposer|no_approver"),
        ({"goal_id": None}, "no_goal"),
        ({"goal_id": "X"}, "unknown_goal"),
        ({"unit": "visits", "direction": "down"}, "other_unit|other_direction"),
        ({"approved_at": datetime(2026, 11, 3)}, "approved_late"),  # noqa: DTZ001
    ],
)
def test_what_a_target_lacks(
    project: CompiledProject, changes: dict[str, Any], gaps: str | None
) -> None:
    row = scorecard_row(
        project,
        [target_row("leads_valid", 130, START, END, **{**COMPLETE, **changes})],
        _history([100, 100]),
        END,
    )
    assert row["smart_gaps"] == gaps
    assert row["is_smart"] == (gaps in (None, "no_milestones"))


@pytest.mark.parametrize(
    ("counts", "target", "achievability"),
    [
        # Two periods of 100 +- 10 each can show a change of 2.8 x sqrt(200) = 39.6.
        ([60, 100], 130, "not_detectable"),
        ([60, 100], 150, "plausible"),
        ([60, 100], 190, "beyond_twice_best"),
        ([60, 100], 95, "already_there"),
        ([100], 150, "no_history"),
        ([], 150, "no_baseline"),
    ],
)
def test_is_a_target_achievable(
    project: CompiledProject, counts: list[int], target: int, achievability: str
) -> None:
    row = scorecard_row(
        project, [target_row("leads_valid", target, START, END, **COMPLETE)], _history(counts), END
    )
    assert row["achievability"] == achievability
    if counts:
        assert row["baseline_value"] == counts[-1]
        assert row["baseline_low"] == pytest.approx(counts[-1] - 1.96 * counts[-1] ** 0.5, abs=0.01)
        assert row["detectable_change"] == pytest.approx(2.8016 * (2 * counts[-1]) ** 0.5, rel=1e-4)
        assert row["needed_change"] == target - counts[-1]
