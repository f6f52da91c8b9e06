"""The real shop: published figures of the CDNOW data (Fader and Hardie)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

Marts = duckdb.DuckDBPyConnection

COHORTS = {
    date(1997, 1, 1): "7846 1157 964 810 679 736 720 582 559 594 673 634 528 511 664 472 497 498",
    date(1997, 2, 1): "8476 1312 980 783 847 786 626 619 666 721 661 545 568 718 545 548 551",
    date(1997, 3, 1): "7248 1032 752 756 674 564 561 579 634 569 464 472 678 420 443 457",
}


def test_every_row_is_accounted_for(cdnow_marts: Marts) -> None:
    purchases, customers, revenue, doubles, worthless = cdnow_marts.execute(
        "select count(*), count(distinct customer_id), sum(net_amount), "
        "count(*) filter (where is_possible_duplicate), count(*) filter (where net_amount = 0) "
        "from marts.fct_orders"
    ).fetchone()  # type: ignore[misc]
    assert (purchases, customers, revenue) == (69_659, 23_570, Decimal("2500315.63"))
    assert (doubles, worthless) == (255, 80)
    assert cdnow_marts.execute(
        "select rows_quarantined from marts.kpi_data_quality "
        "where source = 'plain' and table_name = 'orders'"
    ).fetchone() == (0,)


@pytest.mark.parametrize("cohort", COHORTS)
def test_cohorts_match_the_published_counts(cdnow_marts: Marts, cohort: date) -> None:
    found = cdnow_marts.execute(
        "select active_customers from marts.kpi_retention_cohorts "
        "where cohort_month = ? and is_complete order by age_months",
        [cohort],
    ).fetchall()
    assert [count for (count,) in found] == [int(count) for count in COHORTS[cohort].split()]


@pytest.mark.parametrize(
    ("age", "classic", "rolling"),
    [
        (1, 0.1475, 0.4657),
        (2, 0.1229, 0.4279),
        (3, 0.1032, 0.4002),
        (6, 0.0918, 0.3412),
        (12, 0.0673, 0.2219),
    ],
)
def test_retention_of_january_1997(
    cdnow_marts: Marts, age: int, classic: float, rolling: float
) -> None:
    found = cdnow_marts.execute(
        "select classic_retention_rate, rolling_retention_rate from marts.kpi_retention_cohorts "
        "where cohort_month = date '1997-01-01' and age_months = ?",
        [age],
    ).fetchone()
    assert found == (pytest.approx(classic, abs=6e-5), pytest.approx(rolling, abs=6e-5))


def test_repeat_purchase_rates_and_totals(cdnow_marts: Marts) -> None:
    found = cdnow_marts.execute(
        "select repeat_purchase_rate_30d, repeat_purchase_rate_90d, repeat_purchase_rate_180d, "
        "repeat_purchase_rate_365d, repeat_customer_share from marts.kpi_customers_monthly "
        "where month = date '1998-06-01'"
    ).fetchone()
    expected = (0.174586, 0.292193, 0.374501, 0.458634, 0.494782)
    assert found == tuple(pytest.approx(rate, abs=1e-6) for rate in expected)


def test_without_a_margin_there_is_no_romi(cdnow_marts: Marts) -> None:
    assert cdnow_marts.execute(
        "select count(*) from marts.kpi_roi_monthly where romi is not null"
    ).fetchone() == (0,)
    assert cdnow_marts.execute(
        "select count(contribution_amount) from marts.fct_orders"
    ).fetchone() == (0,)
