"""Money that an ad system or a contractor gives back, budget moved from one campaign to another,
refunds after a month has paid back: no figure may have the wrong sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Company
from tests.integration.company_marts import loaded_marts, write_rows
from tests.integration.golden_support import compiled_project
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import scorecard_row, target_row

FIRST, AS_OF = date(2026, 1, 1), date(2026, 6, 1)
MARTS = (
    "kpi_attribution_spread", "kpi_customers_monthly", "kpi_metrics_monthly",
    "kpi_roi_channels_monthly", "kpi_roi_monthly", "kpi_traffic_quality_daily",
)  # fmt: skip
MONTHS = range(1, 5)
ORDERS = 12
# day, campaign, cost
SPEND = [
    (date(2026, 1, 1), "c1", 1000),
    (date(2026, 2, 1), "c1", 1000),
    # the bill of February was too high, and nothing was bought in March
    (date(2026, 3, 1), "c1", -500),
    # a budget that was booked on the wrong campaign
    (date(2026, 4, 1), "c1", -300),
    (date(2026, 4, 1), "c2", 800),
]


def _company(folder: Path) -> Company:
    plain = folder / "exports" / "plain"
    days = [date(2026, month, day) for month in MONTHS for day in range(1, ORDERS + 1)]
    orders = [
        {"order_id": f"o{day}", "customer_id": f"p{day}", "client_id": f"b{day}",
         "ordered_at": f"{day} 12:00", "gross_amount": 200, "status": "paid",
         "product_line": "goods"}
        for day in days
    ]  # fmt: skip
    # half of January's goods come back in March, when January had paid back
    returned = [
        {**order, "ordered_at": "2026-03-20 12:00", "gross_amount": -200, "status": "Refunded"}
        for order in orders[: ORDERS // 2]
    ]
    write_rows(plain / "orders.csv", [*orders, *returned])
    write_rows(
        plain / "visits.csv",
        [
            {"visit_id": f"v{day}", "client_id": f"b{day}", "started_at": f"{day} 09:00",
             "source": "ads", "medium": "cpc", "campaign": "c1", "page_views": 3,
             "duration_seconds": 60, "is_new_visitor": True}
            for day in days
        ],
    )  # fmt: skip
    write_rows(
        plain / "ad_spend.csv",
        [
            {"date": day, "channel": "ads", "campaign_id": campaign, "cost": cost}
            for day, campaign, cost in SPEND
        ],
    )
    recorded = {"recorded_at": "2026-01-01 10:00", "recorded_by": "finance", "reason": "bill"}
    registers = folder / "registers"
    write_rows(
        registers / "margins.csv",
        [
            {"product_line": "goods", "valid_from": FIRST, "contribution_margin": 0.5,
             "sales_cycle": "short", **recorded}
        ],
    )  # fmt: skip
    write_rows(
        registers / "channels.csv",
        [
            {"rule_order": order, "utm_source": channel, "channel": channel, "is_paid": True,
             **recorded}
            for order, channel in enumerate(("ads", "radio"))
        ],
    )  # fmt: skip
    write_rows(
        registers / "costs.csv",
        [
            {"cost_id": f"radio{month}", "cost_month": date(2026, month, 1), "cost_type": "media",
             "channel": "radio", "amount": amount, "currency": "RUB", "includes_vat": False,
             **recorded}
            for month, amount in ((2, 1000), (4, -200))
        ],
    )  # fmt: skip
    return Company(
        directory=folder, name=folder.name, first_date=FIRST, as_of=AS_OF, timezone="Europe/Moscow",
        sources={"plain": {"includes_vat": False}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    company = _company(tmp_path_factory.mktemp("credits") / "shop")
    with loaded_marts(company, MARTS) as connection:
        yield connection


def test_money_given_back_is_no_cost_of_what_was_sold(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select distinct spend_amount, contribution_amount, roas, drr, romi, romi_full, "
        "roi_revenue, cac_media_amount, cac_full_amount, projected_romi, reason_code, verdict "
        "from marts.kpi_roi_channels_monthly where channel = 'ads' and lead_month = '2026-03-01'"
    ).fetchall()
    assert rows == [(-500, 1200, *[None] * 8, "no_spend", "no_spend")]
    spread = marts.execute(
        "select verdict, romi_min from marts.kpi_attribution_spread "
        "where channel = 'ads' and lead_month = '2026-03-01'"
    ).fetchall()
    assert spread == [("no_spend", None)]
    metrics = marts.execute(
        "select metric_id, metric_value, reason_code from marts.kpi_metrics_monthly "
        "where segment_type = 'all' and month = '2026-03-01' "
        "and metric_id in ('cac_full', 'drr', 'roas', 'romi') order by all"
    ).fetchall()
    assert metrics == [
        ("cac_full", None, "no_spend"),
        ("drr", None, "no_spend"),
        ("roas", None, "no_denominator"),
        ("romi", None, "no_denominator"),
    ]
    visits = marts.execute(
        "select distinct visits, spend_amount, cost_per_valid_visit_amount, reason_code "
        "from marts.kpi_traffic_quality_daily where channel = 'ads' and date_day = '2026-03-01'"
    ).fetchall()
    assert visits == [(1, -500, None, "no_spend")]


def test_a_moved_budget_leaves_the_channel_its_return(marts: duckdb.DuckDBPyConnection) -> None:
    campaigns = marts.execute(
        "select campaign_id, spend_amount, romi, verdict from marts.kpi_roi_monthly where "
        "channel = 'ads' and lead_month = '2026-04-01' and attribution_model = 'linear' order by 1"
    ).fetchall()
    assert campaigns == [("c1", -300, None, "no_spend"), ("c2", 800, -1, "cannot_tell")]
    channel = marts.execute(
        "select distinct spend_amount, romi, verdict from marts.kpi_roi_channels_monthly "
        "where channel = 'ads' and lead_month = '2026-04-01'"
    ).fetchall()
    assert channel == [(500, (1200 - 500) / 500, "pays")]


def test_a_credit_note_lessens_the_cost_of_all_paid_channels(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rows = marts.execute(
        "select month(lead_month), spend_amount, romi from marts.kpi_roi_channels_monthly "
        "where channel = '(paid)' and attribution_model = 'linear' order by 1"
    ).fetchall()
    assert rows == [
        (1, 1000, (600 - 1000) / 1000),
        (2, 2000, (1200 - 2000) / 2000),
        (3, -500, None),
        (4, 300, (1200 - 300) / 300),
    ]


def test_what_refunds_took_away_is_not_paid_back(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select month(month), cast(cac_full_amount as double), ltv_cac, payback_months, "
        "reason_code = 'no_spend' from marts.kpi_customers_monthly "
        "where month < '2026-05-01' order by 1"
    ).fetchall()
    assert [row[:4] for row in rows] == [
        # whose whole order came back was never won
        (1, pytest.approx(1000 / (ORDERS // 2), abs=0.01), 600 / 1000, None),
        (2, pytest.approx(2000 / ORDERS, abs=0.01), 1200 / 2000, None),
        (3, None, None, None),
        (4, 25, 1200 / 300, 0),
    ]
    assert [row[4] for row in rows if row[0] == 3] == [True]


def test_a_target_for_the_return_on_money_that_came_back_cannot_be_told() -> None:
    component = {
        "metric_id": "romi", "segment_type": "all", "segment_value": "all",
        "numerator": 13_000, "denominator": -1000, "events": 60, "rates_missing": 0,
        "margins_missing": 0, "provisional_share": 0, "date_day": date(2026, 2, 1),
    }  # fmt: skip
    target = target_row("romi", 0.5, date(2026, 2, 1), date(2026, 2, 28))
    row = scorecard_row(compiled_project(golden_queries), [target], [component], date(2026, 3, 1))
    assert (row["actual_value"], row["verdict"]) == (None, "cannot_tell")
    assert row["reason_code"] == "no_range"
