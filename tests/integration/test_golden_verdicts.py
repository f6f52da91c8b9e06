"""Verdicts: what the marts may conclude, from which figures, and when they must not."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.integration.golden_support import CompiledProject, compiled_project
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import (
    flow_rows,
    return_marts,
    return_row,
    scorecard_row,
    target_row,
)

MONTH = date(2026, 10, 1)
MODELS = ("first", "last_non_direct", "linear", "position", "time_decay")
START, END = date(2026, 11, 2), date(2026, 11, 29)


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


def _spend(amount: float, month: date = MONTH, **more: Any) -> dict[str, Any]:
    return {
        "channel": "ads", "campaign_id": "(none)", "spend_amount": amount,
        "full_cost_amount": 2 * amount, "is_rate_missing": False, "cost_month": month, **more,
    }  # fmt: skip


# -- return of one lead month --------------------------------------------------------------------

# 300 came for 100 spent; 60 more are expected by chain ladder, 30 by Bornhuetter-Ferguson, +-10.
OPEN = {
    "outstanding_cl_contribution": 60.0,
    "outstanding_bf_contribution": 30.0,
    "outstanding_contribution_variance": 25.0,
}


@pytest.mark.parametrize(
    ("changes", "stage", "reason", "verdict", "projected"),
    [
        ({"maturity": 0.24}, "too_early", "not_mature", "too_early", None),
        ({"maturity": 0.25}, "developing", None, "pays", 2.3),
        ({"maturity": 0.80}, "maturing", None, "pays", 2.6),
        ({"maturity": 0.95}, "final", None, "pays", 2.0),
        ({"maturity": None, "reason_code": "insufficient_history"}, "too_early",
         "insufficient_history", "too_early", None),
        # Nine sales: a young month may still get its tenth, a ripe one will not.
        ({"maturity": 0.5, "orders": 9.0}, "too_early", "not_enough_data", "too_early", None),
        ({"orders": 9.0}, "too_early", "not_enough_data", "cannot_tell", None),
        ({"contribution_amount": 60}, "final", None, "does_not_pay", -0.4),
        # 60 + 30 +- 10 encloses the spend of 100.
        ({"contribution_amount": 70, "maturity": 0.5}, "developing", "within_noise",
         "cannot_tell", 0.0),
        ({"credits_without_margin": 1}, "final", "no_margin", "cannot_tell", None),
        # an order in a currency of unknown rate has neither revenue nor contribution
        ({"credits_without_margin": 1, "credits_without_rate": 1}, "final", "missing_rate",
         "cannot_tell", None),
    ],
)  # fmt: skip
def test_return_of_a_lead_month(
    project: CompiledProject,
    changes: dict[str, Any],
    stage: str,
    reason: str | None,
    verdict: str,
    projected: float | None,
) -> None:
    row = return_row(MONTH, "ads", "linear", 300, **{**OPEN, **changes})
    rows = return_marts(project, [row], [_spend(100)])["kpi_roi_monthly"]
    (found,) = (item for item in rows if item["attribution_model"] == "linear")
    assert (found["maturity_stage"], found["reason_code"]) == (stage, reason)
    assert found["verdict"] == verdict
    assert found["projected_romi"] == (None if projected is None else pytest.approx(projected))


@pytest.mark.parametrize(
    ("spend", "last_day", "reason", "verdict"),
    [
        (_spend(0), date(2026, 11, 22), "no_spend", "no_spend"),
        (_spend(100, is_rate_missing=True), date(2026, 11, 22), "missing_rate", "cannot_tell"),
        (_spend(100), date(2026, 10, 30), "incomplete_period", "too_early"),
    ],
)
def test_spend_decides_first(
    project: CompiledProject, spend: dict[str, Any], last_day: date, reason: str, verdict: str
) -> None:
    returns = [return_row(MONTH, "ads", "linear", 300)]
    rows = return_marts(project, returns, [spend], last_day)["kpi_roi_monthly"]
    (found,) = (item for item in rows if item["attribution_model"] == "linear")
    assert (found["reason_code"], found["verdict"]) == (reason, verdict)


def test_low_coverage_takes_the_verdict_away(project: CompiledProject) -> None:
    returns = [
        return_row(MONTH, "ads", "linear", 300),
        return_row(MONTH, "unattributed", "linear", 200),
    ]
    rows = return_marts(project, returns, [_spend(100)])["kpi_roi_monthly"]
    (found,) = (
        item for item in rows if item["channel"] == "ads" and item["attribution_model"] == "linear"
    )
    assert found["coverage_share"] == pytest.approx(0.6)
    assert (found["reason_code"], found["verdict"]) == ("low_coverage", "cannot_tell")


def test_paid_channels_speak_together_where_each_has_too_few_deals(
    project: CompiledProject,
) -> None:
    young = {**OPEN, "maturity": 0.5, "orders": 6.0}
    returns = [
        return_row(MONTH, "ads", "linear", 150, **young),
        return_row(MONTH, "social", "linear", 150, **young),
        return_row(MONTH, "email", "linear", 900, **young),
    ]
    costs = [_spend(100), _spend(50, channel="social")]
    marts = return_marts(project, returns, costs)
    alone = [row for row in marts["kpi_roi_monthly"] if row["attribution_model"] == "linear"]
    assert all(row["projected_romi"] is None for row in alone)
    (whole,) = (
        row
        for row in marts["kpi_roi_channels_monthly"]
        if row["attribution_model"] == "linear" and row["channel"] == "(paid)"
    )
    assert (whole["orders"], whole["spend_amount"]) == (12, 150)
    # Bornhuetter-Ferguson: (150 + 30) twice, +- 1.96 times the root of the variances added up
    assert whole["projected_romi"] == pytest.approx(360 / 150 - 1)
    width = 1.959964 * math.sqrt(50) / 150
    assert whole["projected_romi_high"] - whole["projected_romi"] == pytest.approx(width, rel=1e-5)
    assert whole["verdict"] == "pays"


def test_against_a_part_of_the_cost_no_return_is_told(project: CompiledProject) -> None:
    returns = [return_row(MONTH, "ads", model, 300) for model in MODELS]
    marts = return_marts(project, returns, [_spend(100, is_rate_missing=True)])
    ratios = [
        "roas", "drr", "romi", "romi_full", "roi_revenue", "cac_media_amount", "cac_full_amount",
        "cpl_amount", "cpql_amount", "cpo_amount",
    ]  # fmt: skip
    for mart in ("kpi_roi_monthly", "kpi_roi_channels_monthly", "kpi_roi_trailing"):
        rows = [row for row in marts[mart] if row["attribution_model"] == "linear"]
        assert rows
        for row in rows:
            assert [row[ratio] for ratio in ratios] == [None] * len(ratios), mart
            assert (row["reason_code"], row["verdict"]) == ("missing_rate", "cannot_tell")
            assert row["spend_amount"] == 100
    assert {row["spread_verdict"] for row in marts["kpi_roi_trailing"]} == {"cannot_tell"}
    assert {row["verdict"] for row in marts["kpi_attribution_spread"]} == {"cannot_tell"}


# -- agreement of models -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contributions", "verdict"),
    [
        ((150, 160, 170, 180, 190), "robust_positive"),
        ((50, 60, 70, 80, 90), "robust_negative"),
        ((150, 160, 90, 180, 190), "depends_on_model"),
    ],
)
def test_spread_over_models(
    project: CompiledProject, contributions: tuple[float, ...], verdict: str
) -> None:
    pairs = list(zip(MODELS, contributions, strict=True))
    returns = [return_row(MONTH, "ads", model, value) for model, value in pairs]
    # Plain last touch has no voice: it credits typed addresses.
    returns.append(return_row(MONTH, "ads", "last", 100 if verdict == "depends_on_model" else 10))
    marts = return_marts(project, returns, [_spend(100)])
    (spread,) = marts["kpi_attribution_spread"]
    lowest, highest = min(pairs, key=lambda pair: pair[1]), max(pairs, key=lambda pair: pair[1])
    assert spread["verdict"] == verdict
    assert (spread["model_min"], spread["model_max"]) == (lowest[0], highest[0])
    assert spread["romi_headline"] == pytest.approx(contributions[1] / 100 - 1)
    for row in marts["kpi_roi_trailing"]:
        assert row["spread_verdict"] == verdict
        assert (row["model_min"], row["model_max"]) == (lowest[0], highest[0])


def test_models_that_agree_on_no_order_agree_on_nothing(project: CompiledProject) -> None:
    """Nobody clicks on the radio: every model calls it a loss, and none has seen it."""
    returns = [
        row
        for model in MODELS
        for row in (
            return_row(MONTH, "radio", model, 0, orders=0.0, new_customers=0.0),
            return_row(MONTH, "ads", model, 50),
        )
    ]
    costs = [_spend(100), {**_spend(100), "channel": "radio"}]
    rows = return_marts(project, returns, costs)["kpi_roi_trailing"]
    found = {row["channel"]: (row["verdict"], row["spread_verdict"]) for row in rows}
    assert found["radio"] == ("cannot_tell", "cannot_tell")
    assert found["ads"][1] == "robust_negative"


def test_of_a_ripe_month_nothing_is_projected(project: CompiledProject) -> None:
    """A range of no width would promise that no refund comes."""
    marts = return_marts(project, [return_row(MONTH, "ads", "linear", 200)], [_spend(100)])
    (month,) = (
        row for row in marts["kpi_roi_channels_monthly"]
        if row["channel"] == "ads" and row["attribution_model"] == "linear"
    )  # fmt: skip
    assert (month["maturity_stage"], month["verdict"]) == ("final", "pays")
    assert month["projected_romi"] == pytest.approx(1)
    assert (month["projected_romi_low"], month["projected_romi_high"]) == (None, None)


def test_four_ripe_models_are_no_agreement(project: CompiledProject) -> None:
    returns = [return_row(MONTH, "ads", model, 200) for model in MODELS[:-1]]
    returns.append(return_row(MONTH, "ads", "time_decay", 200, orders=9.0, maturity=0.5))
    (spread,) = return_marts(project, returns, [_spend(100)])["kpi_attribution_spread"]
    assert (spread["models_judged"], spread["verdict"]) == (4, "too_early")


@pytest.mark.parametrize(
    ("squares", "contribution", "verdict", "reason"),
    [
        # 95% range of ROMI: +-1.96 x sqrt(squares) / spend
        (100.0, 130, "pays", None),
        (100.0, 70, "does_not_pay", None),
        (400.0, 130, "cannot_tell", "within_noise"),
    ],
)
def test_twelve_months_are_judged_by_their_range(
    project: CompiledProject,
    squares: float,
    contribution: float,
    verdict: str,
    reason: str | None,
) -> None:
    young = date(2026, 9, 1)
    returns = [
        return_row(MONTH, "ads", "linear", contribution, contribution_squares=squares),
        # A young month is in the sum of the year, not in the judgement.
        return_row(young, "ads", "linear", 0, maturity=0.5, contribution_squares=9e9, leads=5.0),
        # Thirteen months ago: outside.
        return_row(date(2025, 10, 1), "ads", "linear", 10_000),
    ]
    rows = return_marts(project, returns, [_spend(100), _spend(50, young)])["kpi_roi_trailing"]
    (found,) = (item for item in rows if item["attribution_model"] == "linear")
    assert (found["spend_amount"], found["spend_amount_mature"]) == (150, 100)
    assert (found["verdict"], found["reason_code"]) == (verdict, reason)
    assert found["romi_mature"] == pytest.approx(contribution / 100 - 1)


@pytest.mark.parametrize(
    ("to_come", "verdict", "reason", "spread"),
    [(20, "does_not_pay", None, "robust_negative"), (35, "too_early", "not_mature", "too_early")],
)
def test_a_loss_that_sales_to_come_make_good_is_none_yet(
    project: CompiledProject, to_come: float, verdict: str, reason: str | None, spread: str
) -> None:
    """At 80% of maturity 70 of 100 have come back: another 20 leave a loss, 35 do not."""
    returns = [
        return_row(MONTH, "ads", model, 70, maturity=0.8, outstanding_cl_contribution=to_come)
        for model in MODELS
    ]
    for row in return_marts(project, returns, [_spend(100)])["kpi_roi_trailing"]:
        if row["attribution_model"] in MODELS:
            assert (row["verdict"], row["reason_code"]) == (verdict, reason)
            assert row["romi_mature"] == pytest.approx(-0.3)
        assert row["spread_verdict"] == spread


# -- plan ----------------------------------------------------------------------------------------


def _ratio(metric: str, numerator: float, denominator: float, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "metric_id": metric, "segment_type": "all", "segment_value": "all",
            "numerator": numerator, "denominator": denominator, "events": denominator,
            "provisional_share": 0, "date_day": START, **more,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("direction", "actual", "last_day", "verdict"),
    [
        # 100 by the end, 50 by the middle.
        ("up", 100, 15, "reached"),
        ("up", 50, 15, "ahead"),
        ("up", 40, 15, "behind_within_noise"),
        ("up", 36, 15, "behind"),
        ("up", 99, 29, "behind_within_noise"),
        # The mirror: a limit. It is kept only when its period is over.
        ("down", 50, 15, "ahead"),
        ("down", 60, 15, "behind_within_noise"),
        ("down", 64, 15, "behind"),
        ("down", 100, 29, "reached"),
        ("down", 101, 29, "behind_within_noise"),
    ],
)
def test_a_flow_by_its_pace(
    project: CompiledProject, direction: str, actual: int, last_day: int, verdict: str
) -> None:
    days = last_day - 1
    row = scorecard_row(
        project,
        [target_row("leads_valid", 100, START, END, direction=direction)],
        flow_rows("leads_valid", START, days, actual),
        date(2026, 11, last_day),
    )
    assert row["actual_value"] == actual
    assert row["expected_to_date"] == pytest.approx(100 * days / 28)
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("direction", "target", "a_day", "verdict", "reason"),
    [
        # 28 days, all gone by, six of them without the counter: 22 days tell
        ("up", 280, 10, "cannot_tell", "missing_days"),
        # what was seen is enough whatever the six days held
        ("up", 200, 10, "reached", None),
        # and this little is behind on the days that were seen, too
        ("up", 280, 7, "behind", None),
        # a limit: 22 days of 10 are more than 22 days may have
        ("down", 240, 10, "cannot_tell", "missing_days"),
        ("down", 290, 10, "reached", None),
        ("down", 150, 10, "behind", None),
    ],
)
def test_a_counter_that_was_off_makes_no_shortfall(
    project: CompiledProject,
    direction: str,
    target: int,
    a_day: int,
    verdict: str,
    reason: str | None,
) -> None:
    days = [START + timedelta(days=number) for number in range(28)]
    off = days[7:13]
    rows = [
        row for row in flow_rows("visits_valid", START, 28, 28 * a_day)
        if row["date_day"] not in off
    ]  # fmt: skip
    coverage = [
        {"part": "visits_days", "is_blocking": True, "present": int(day not in off),
         "expected": 1, "date_day": day}
        for day in days
    ]  # fmt: skip
    row = scorecard_row(
        project, [target_row("visits_valid", target, START, END, direction=direction)], rows, END,
        coverage=coverage,
    )  # fmt: skip
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)
    assert row["coverage_grade"] == "C"


def test_days_before_the_first_one_are_missing_days(project: CompiledProject) -> None:
    """A year's plan of a company whose data begin in November is not missed by ten months."""
    rows = flow_rows("leads_valid", START, 14, 140)
    year = target_row("leads_valid", 3650, date(2026, 1, 1), date(2026, 12, 31))
    row = scorecard_row(project, [year], rows, date(2026, 11, 15), first_date=START)
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "low_coverage")
    assert row["coverage_share"] == pytest.approx(14 / 319)
    assert row["coverage_grade"] == "D"
    known = scorecard_row(project, [year], rows, date(2026, 11, 15), first_date=date(2026, 1, 1))
    assert known["verdict"] == "behind"


@pytest.mark.parametrize(
    ("metric", "value", "unit", "reason"),
    [
        ("revenue", 1500, "USD", "other_currency"),
        ("revenue", 1500, "usd", "other_currency"),
        ("revenue", 1500, "$", "other_currency"),
        ("revenue", 1500, "₽", None),
        ("revenue", 1500, "руб.", None),
        ("revenue", 1500, None, None),
        # 2 for 2%
        ("purchase_conversion", 2, "share", "impossible_target"),
        ("purchase_conversion", 1, "share", None),
        # a return may be more than the whole
        ("romi", 2, "share", None),
    ],
)
def test_what_no_figure_can_be_held_to_is_named(
    project: CompiledProject, metric: str, value: float, unit: str | None, reason: str | None
) -> None:
    target = target_row(metric, value, START, END, unit=unit)
    row = scorecard_row(project, [target], flow_rows(metric, START, 28, 280), END)
    found = row["reason_code"] if row["reason_code"] in (
        "other_currency", "impossible_target"
    ) else None  # fmt: skip
    assert found == reason
    assert row["verdict"] == "cannot_tell" or reason is None


@pytest.mark.parametrize(
    ("metric", "before"),
    [
        # a cost of money that came back, a return on it, and a part of the money
        ("cpl", {"numerator": -100.0, "denominator": 10.0}),
        ("romi", {"numerator": 500.0, "denominator": -100.0}),
        ("cpl", {"numerator": 100.0, "denominator": 10.0, "rates_missing": 1}),
    ],
)
def test_what_is_no_figure_is_no_baseline(
    project: CompiledProject, metric: str, before: dict[str, Any]
) -> None:
    row = scorecard_row(
        project,
        [target_row(metric, 300, START, END, direction="down")],
        [
            row
            for day, sums in (
                (START - timedelta(days=28), before), (START, {"numerator": 300, "denominator": 1})
            )
            for row in _ratio(
                metric, **{"rates_missing": 0, "margins_missing": 0, "date_day": day, **sums}
            )
        ],
        END,
    )  # fmt: skip
    assert row["baseline_value"] is None


def test_weekdays_weigh_by_their_own_history(project: CompiledProject) -> None:
    """A firm that works Monday to Friday is not late on a Sunday evening."""
    history = [
        row
        for row in flow_rows("leads_valid", START - timedelta(days=70), 70, 700)
        if row["date_day"].weekday() < 5
    ]
    row = scorecard_row(
        project,
        [target_row("leads_valid", 200, START, END)],
        history + flow_rows("leads_valid", START, 5, 50),
        START + timedelta(days=4),
    )
    # Five of the period's twenty working days have gone by, in five of its 28 days.
    assert row["expected_to_date"] == pytest.approx(50)


def test_money_is_judged_by_the_size_of_an_order(project: CompiledProject) -> None:
    """Four orders of 10 instead of five are noise; as forty single roubles they would not be."""
    orders = [
        {**row, "numerator": 10.0, "numerator_variance": 100.0, "events": 1.0}
        for row in flow_rows("revenue", START, 4, 4)
    ]
    row = scorecard_row(
        project, [target_row("revenue", 100, START, END)], orders, date(2026, 11, 15)
    )
    assert (row["actual_value"], row["expected_to_date"]) == (40, pytest.approx(50))
    assert row["verdict"] == "behind_within_noise"
    assert row["tail_probability"] == pytest.approx(0.4405, abs=1e-4)


@pytest.mark.parametrize(
    ("direction", "k", "n", "last_day", "verdict", "reason"),
    [
        ("up", 60, 1_000, 15, "ahead", None),
        ("up", 60, 1_000, 29, "reached", None),
        ("up", 15, 1_000, 15, "behind", None),
        ("up", 30, 1_000, 15, "cannot_tell", "within_noise"),
        ("up", 9, 90, 15, "cannot_tell", "not_enough_data"),
        ("up", 9, 1_000, 15, "cannot_tell", "not_enough_data"),
        ("down", 15, 1_000, 29, "reached", None),
        ("down", 60, 1_000, 15, "behind", None),
        # Nothing bad in a thousand is an answer, not a lack of data.
        ("down", 0, 1_000, 15, "ahead", None),
    ],
)
def test_a_share_by_its_range(
    project: CompiledProject,
    direction: str,
    k: int,
    n: int,
    last_day: int,
    verdict: str,
    reason: str | None,
) -> None:
    row = scorecard_row(
        project,
        [target_row("purchase_conversion", 0.03, START, END, direction=direction)],
        _ratio("purchase_conversion", k, n),
        date(2026, 11, last_day),
    )
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)
    assert row["expected_to_date"] is None


def test_a_part_of_the_money_is_judged_neither_as_a_ratio_nor_as_a_sum(
    project: CompiledProject,
) -> None:
    """Whoever leaves out an exchange rate would otherwise move the figure."""
    cost = _ratio("cac_full", 900, 30, numerator_variance=90.0, denominator_variance=3.0,
                  covariance=0.0, rates_missing=1)  # fmt: skip
    target = target_row("cac_full", 50, START, END, direction="down")
    row = scorecard_row(project, [target], cost, date(2026, 11, 30))
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "missing_rate")
    assert (row["actual_value"], row["coverage_grade"]) == (None, "D")
    money = flow_rows("revenue", START, 10, 200)
    money[3]["rates_missing"] = 1
    row = scorecard_row(
        project, [target_row("revenue", 100, START, END)], money, date(2026, 11, 30)
    )
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "missing_rate")
    assert row["actual_value"] == 200, "what is known of a sum is shown"


@pytest.mark.parametrize(("largest", "reason"), [(9_500_000.0, "one_order"), (9_000.0, None)])
def test_an_average_that_one_order_makes_is_not_judged(
    project: CompiledProject, largest: float, reason: str | None
) -> None:
    """Sixty orders of 2,000 and a large one: its range would lie above any usual order."""
    total = 60 * 2_000 + largest
    components = _ratio("aov_net", total, 61, numerator_variance=60 * 2_000.0**2 + largest**2,
                        denominator_variance=61.0, covariance=total)  # fmt: skip
    row = scorecard_row(
        project, [target_row("aov_net", 1_500, START, END)], components, date(2026, 11, 30)
    )
    verdict = "cannot_tell" if reason else "reached"
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)


def test_a_return_without_a_sale_has_no_range(project: CompiledProject) -> None:
    components = _ratio("romi", -100, 100, events=0, numerator_variance=0.0,
                        denominator_variance=0.0, covariance=0.0)  # fmt: skip
    row = scorecard_row(
        project, [target_row("romi", 0.1, START, END)], components, date(2026, 11, 30)
    )
    assert (row["actual_value"], row["actual_low"], row["actual_high"]) == (-1, None, None)
    assert row["verdict"] == "cannot_tell"


def test_a_return_of_orders_without_a_margin_is_unknown(project: CompiledProject) -> None:
    """The margin is never assumed: neither to be all of the money, nor none of it."""
    components = _ratio("romi", -100, 100, numerator_variance=25.0, denominator_variance=0.0,
                        covariance=0.0, margins_missing=1)  # fmt: skip
    row = scorecard_row(
        project, [target_row("romi", 0.5, START, END)], components, date(2026, 11, 30)
    )
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "no_margin")
    assert row["actual_value"] is None


def test_a_young_return_is_not_judged(project: CompiledProject) -> None:
    components = _ratio("romi", -50, 100, numerator_variance=25.0, denominator_variance=0.0,
                        covariance=0.0)  # fmt: skip
    row = scorecard_row(
        project, [target_row("romi", 0.5, START, END)], components, date(2026, 11, 15)
    )
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "not_mature")
    assert row["actual_value"] == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("metric", "direction", "numerator", "target", "maturity", "verdict", "reason"),
    [
        # 100 earned for 100, and a fifth still to come: 125 for 100, give or take 10 at either end
        ("romi", "up", 0, 0.2, 0.8, "cannot_tell", "not_mature"),
        ("romi", "up", 0, 0.2, 1.0, "behind", None),
        ("romi", "up", 0, 0.4, 0.8, "behind", None),
        ("romi", "up", 0, -0.2, 0.8, "reached", None),
        ("roas", "up", 100, 1.3, 0.8, "cannot_tell", "not_mature"),
        ("roas", "up", 100, 1.5, 0.8, "behind", None),
        # 80 of cost for 100 sold, 125 in the end
        ("drr", "down", 80, 0.6, 0.8, "cannot_tell", "not_mature"),
        ("drr", "down", 80, 0.6, 1.0, "behind", None),
        ("drr", "down", 80, 0.5, 0.8, "behind", None),
    ],
)
def test_sales_to_come_may_make_up_for_what_is_missing(
    project: CompiledProject,
    metric: str,
    direction: str,
    numerator: int,
    target: float,
    maturity: float,
    verdict: str,
    reason: str | None,
) -> None:
    components = _ratio(metric, numerator, 100, numerator_variance=25.0, denominator_variance=0.0,
                        covariance=0.0)  # fmt: skip
    ripeness = {
        "segment_type": "all", "segment_value": "all", "lead_month": date(2026, 11, 1),
        "matured_revenue": maturity, "expected_revenue": 1.0, "is_unknown": False,
        "matured_leads": maturity, "leads": 1.0, "is_lead_maturity_unknown": False,
    }  # fmt: skip
    row = scorecard_row(
        project,
        [target_row(metric, target, START, END, direction=direction)],
        components,
        END,
        maturity=[ripeness],
    )
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)


@pytest.mark.parametrize(
    ("followers", "verdict"),
    [(1_100, "reached"), (1_052, "ahead"), (1_046, "behind_within_noise"), (1_020, "behind")],
)
def test_a_level_against_a_straight_line(
    project: CompiledProject, followers: int, verdict: str
) -> None:
    """From 1,000 to 1,100: 1,050 by the middle. Three people move a day."""
    days = [
        {
            "metric_id": "followers", "segment_type": "all", "segment_value": "all",
            "numerator": value, "numerator_variance": 3.0, "events": value,
            "provisional_share": 0, "date_day": day,
        }
        for day, value in (
            (START - timedelta(days=1), 1_000),
            (START, 1_001),
            (date(2026, 11, 15), followers),
        )
    ]  # fmt: skip
    row = scorecard_row(
        project, [target_row("followers", 1_100, START, END)], days, date(2026, 11, 15)
    )
    assert (row["baseline_value"], row["expected_to_date"]) == (1_000, pytest.approx(1_050))
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("known", "value", "verdict", "reason"),
    [
        (200, 0.30, "reached", None),
        (150, 0.30, "cannot_tell", "within_noise"),
        (80, 0.30, "behind", None),
    ],
)
def test_awareness_needs_more_than_a_point(
    project: CompiledProject, known: int, value: float, verdict: str, reason: str | None
) -> None:
    row = scorecard_row(
        project,
        [target_row("aided_awareness", value, START, START, baseline_value=value)],
        _ratio("aided_awareness", known, 500),
        date(2026, 11, 15),
    )
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)


@pytest.mark.parametrize(
    ("metric", "last_day", "reason"),
    [
        ("shine", date(2026, 11, 15), "unknown_metric"),
        ("leads_valid", date(2026, 11, 1), "not_started"),
        ("leads_valid", date(2026, 11, 15), "no_data"),
        ("nps", date(2026, 11, 15), "no_data"),
    ],
)
def test_what_cannot_be_judged_says_why(
    project: CompiledProject, metric: str, last_day: date, reason: str
) -> None:
    row = scorecard_row(project, [target_row(metric, 10, START, END)], [], last_day)
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", reason)
    assert row["coverage_grade"] == "D"


def test_a_period_that_ends_before_it_begins_is_named(project: CompiledProject) -> None:
    """A slip of the hand in one target is no reason to publish nothing."""
    target = target_row("leads_valid", 10, END, START)
    row = scorecard_row(
        project, [target], flow_rows("leads_valid", START, 10, 20), date(2026, 12, 31)
    )
    assert (row["verdict"], row["reason_code"]) == ("cannot_tell", "no_period")
    assert "no_period" in row["smart_gaps"]


def test_less_than_one_event_may_have_been_none(project: CompiledProject) -> None:
    """Of a history with huge waves a month is a part of one event: its range begins at 0."""
    before = flow_rows("leads_valid", date(2025, 11, 10), 356, 356)
    for week in range(0, 350, 35):
        before[week]["numerator"] += 900
        before[week]["numerator_variance"] = 900.0**2
    during = flow_rows("leads_valid", START, 10, 10)
    row = scorecard_row(
        project, [target_row("leads_valid", 50, START, END)], before + during, date(2026, 11, 15)
    )
    assert 0 <= row["actual_low"] <= row["actual_value"] == 10


def test_a_target_agreed_too_late_is_flagged(project: CompiledProject) -> None:
    late = datetime(2026, 11, 3)  # noqa: DTZ001
    row = scorecard_row(
        project,
        [
            target_row("leads_valid", 100, START, END, approved_at=late),
            target_row("leads_valid", 10, START, END, approved_at=late, target_version=2),
        ],
        flow_rows("leads_valid", START, 14, 30),
        date(2026, 11, 15),
    )
    assert (row["target_version"], row["target_value"]) == (1, 100)
    assert not row["is_approved_before_start"]
    assert row["verdict"] == "behind"
