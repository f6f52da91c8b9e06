# ruff: noqa: DTZ001 - times of export files carry no zone
"""Where figures of attribution and return went wrong: records with days but no times, two ad
accounts, deals that no lead preceded, orders taken back later, money without an exchange rate.

Every expected figure is counted by hand from the rows below.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Company
from tests.integration.company_marts import loaded_marts, write_rows

FIRST, AS_OF = date(2026, 1, 1), date(2026, 7, 1)
MARTS = (
    "fct_orders", "fct_leads", "fct_conversions", "fct_ad_spend_daily", "int_order_credits",
    "int_spend_versions", "kpi_roi_monthly", "kpi_roi_trailing", "kpi_return_intervals",
    "kpi_metrics_monthly", "kpi_customers_monthly",
)  # fmt: skip
RECORDED = {"recorded_at": "2025-01-01 10:00", "recorded_by": "owner", "reason": "start"}


def _visit(number: int, client: str, at: datetime, source: str) -> dict[str, Any]:
    return {
        "visit_id": number, "client_id": client, "started_at": at, "source": source,
        "medium": "cpc", "page_views": 3, "duration_seconds": 90,
    }  # fmt: skip


def _order(name: str, at: date | datetime, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": name, "ordered_at": at, "gross_amount": amount, "currency": "RUB",
        "status": "paid", **more,
    }  # fmt: skip


def _deal(
    number: int, updated: datetime, closed: datetime | date | str, **tags: str
) -> dict[str, Any]:
    return {
        "deal_id": number, "customer_id": f"B{number}", "stage_id": "C1:WON", "stage_semantic": "S",
        "amount": "1000.00", "currency": "RUB", "created_at": datetime(2026, 5, 8, 18),
        "updated_at": updated, "closed_at": closed, **tags,
    }  # fmt: skip


def _stats(campaign: int, costs: dict[int, str]) -> list[dict[str, Any]]:
    """A report of Direct on days of March."""
    return [
        {"Date": date(2026, 3, day), "CampaignId": campaign, "CampaignName": f"Campaign {campaign}",
         "AdNetworkType": "SEARCH", "Impressions": 100, "Clicks": 10, "Cost": cost,
         "Conversions": "--"}
        for day, cost in costs.items()
    ]  # fmt: skip


def _exports(folder: Path) -> None:
    plain = folder / "exports" / "plain"
    write_rows(
        plain / "visits.csv",
        [
            _visit(1, "same_day", datetime(2026, 3, 5, 11), "alpha"),
            _visit(2, "same_day", datetime(2026, 3, 6, 0, 0, 1), "beta"),
            _visit(3, "midnight", datetime(2026, 3, 4, 23, 59, 59), "alpha"),
            _visit(4, "caller", datetime(2026, 3, 1, 11), "alpha"),
            _visit(5, "foreigner", datetime(2026, 3, 6, 11), "gamma"),
        ],
    )
    write_rows(
        plain / "orders_2026-05.csv",
        [
            # a day without a time: the visit of that day led to it, that of the next did not
            _order("same_day", date(2026, 3, 5), "100", client_id="same_day"),
            _order("midnight", date(2026, 3, 5), "100", client_id="midnight"),
            # who bought from a browser calls a month later
            _order("caller", datetime(2026, 3, 2, 12), "100", customer_id="K1",
                   phone="+79001112233", client_id="caller"),
            _order("rouble", datetime(2026, 3, 7, 12), "100", client_id="foreigner"),
            _order("dollar", datetime(2026, 3, 7, 13), "100", currency="USD",
                   client_id="foreigner"),
            _order("taken_back", datetime(2026, 4, 6, 12), "100", client_id="nobody"),
            _order("stays", datetime(2026, 4, 7, 12), "100", client_id="nobody"),
        ],
    )  # fmt: skip
    write_rows(
        plain / "orders_2026-06.csv",
        [_order("taken_back", datetime(2026, 4, 9, 12), "100", status="cancelled")],
    )
    write_rows(
        plain / "leads.csv",
        [{"lead_id": 1, "created_at": datetime(2026, 4, 20, 12), "status": "NEW",
          "phone": "+79001112233"}],
    )  # fmt: skip
    write_rows(
        plain / "ad_spend.csv",
        [
            {"date": date(2026, 3, 1), "channel": "gamma", "cost": "10.00", "currency": "RUB"},
            {"date": date(2026, 4, 5), "channel": "delta", "cost": "5.00", "currency": "RUB"},
        ],
    )
    write_rows(
        folder / "exports" / "bitrix24" / "deals_2026-06-30.csv",
        [
            # a CRM that keeps no leads
            _deal(1, datetime(2026, 5, 10, 22), datetime(2026, 5, 10, 22), utm_source="yandex",
                  utm_medium="cpc", utm_campaign="700"),
            # nobody entered the closing; half past one in Moscow is the day before in UTC
            _deal(2, datetime(2026, 6, 1, 1, 30), ""),
            # the closing that was planned for the end of the year
            _deal(3, datetime(2026, 6, 2, 12), date(2026, 12, 30)),
        ],
    )  # fmt: skip
    direct = folder / "exports" / "yandex_direct"
    write_rows(direct / "ad_stats_a.csv", _stats(700, {1: "100.00", 2: "100.00"}))
    write_rows(direct / "ad_stats_b.csv", _stats(800, {1: "50.00", 2: "50.00"}))
    # the first account again: its second day was mended, the second account's is as it was
    write_rows(direct / "ad_stats_c.csv", _stats(700, {2: "90.00", 3: "70.00"}))
    write_rows(
        folder / "registers" / "margins.csv",
        [{"product_line": "any", "valid_from": FIRST, "contribution_margin": 0.5,
          "sales_cycle": "short", **RECORDED}],
    )  # fmt: skip
    write_rows(
        folder / "registers" / "channels.csv",
        [
            {"rule_order": place, "utm_source": channel, "channel": channel, **RECORDED}
            for place, channel in enumerate(("alpha", "beta", "gamma"), start=1)
        ],
    )
    write_rows(
        folder / "registers" / "conversions.csv",
        [{"conversion_id": "purchase", "version": 1, "rule_type": "order", "valid_from": FIRST,
          "name_en": "Purchase", "name_ru": "Покупка", "is_primary": "true", **RECORDED}],
    )  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("edges") / "company"
    _exports(folder)
    company = Company(
        directory=folder,
        name="company",
        first_date=FIRST,
        as_of=AS_OF,
        timezone="Europe/Moscow",
        sources={
            "plain": {"includes_vat": False, "constants": {"product_line": "any"}},
            "bitrix24": {"includes_vat": False, "constants": {"product_line": "any"}},
            "yandex_direct": {"includes_vat": False},
        },
    )
    with loaded_marts(company, MARTS) as connection:
        yield connection


def _channel_of(marts: duckdb.DuckDBPyConnection, order: str) -> tuple[str, str, Decimal]:
    (row,) = marts.execute(
        "select channel, campaign_id, revenue_amount from intermediate.int_order_credits "
        "where attribution_model = 'last_non_direct' and order_id = ?",
        [order],
    ).fetchall()
    return row


def test_visits_of_the_day_of_an_order_without_a_time_led_to_it(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert _channel_of(marts, "plain:same_day") == ("alpha", "(none)", Decimal(100))
    assert _channel_of(marts, "plain:midnight") == ("alpha", "(none)", Decimal(100))
    touches = marts.execute(
        "select touched_at, journey_at from marts.fct_touchpoints "
        "where journey_id = 'order:plain:same_day'"
    ).fetchall()
    # Moscow is three hours ahead of UTC
    assert touches == [(datetime(2026, 3, 5, 8), datetime(2026, 3, 5, 20, 59, 59))]


def test_an_order_without_a_time_converts_the_visit_of_its_day(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    visits = dict(marts.execute("select order_id, visit_id from marts.fct_conversions").fetchall())
    assert visits["plain:same_day"] == "plain:1"
    # a visit of the day before is none of the conversion's
    assert visits["plain:midnight"] is None


def test_a_caller_is_known_by_the_phone_of_an_earlier_order(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert marts.execute("select channel from marts.fct_leads").fetchall() == [("alpha",)]


def test_a_deal_without_a_lead_is_traced_by_its_own_tags(marts: duckdb.DuckDBPyConnection) -> None:
    assert _channel_of(marts, "bitrix24:1") == ("yandex_direct", "700", Decimal(1000))
    assert _channel_of(marts, "bitrix24:2") == ("unattributed", "(none)", Decimal(1000))


def test_a_deal_was_won_when_the_crm_last_heard_of_it_at_the_latest(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    days = marts.execute(
        "select order_id, order_date from marts.fct_orders where source_system = 'bitrix24' "
        "order by 1"
    ).fetchall()
    assert days == [
        ("bitrix24:1", date(2026, 5, 10)),
        ("bitrix24:2", date(2026, 6, 1)),
        ("bitrix24:3", date(2026, 6, 2)),
    ]


def test_an_order_that_a_later_file_cancels_brings_nothing(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    april = marts.execute(
        "select order_id from marts.fct_orders where order_month = '2026-04-01'"
    ).fetchall()
    assert april == [("plain:stays",)]


def test_files_of_two_accounts_are_added_and_those_of_one_replaced(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    spend = marts.execute(
        "select campaign_id, spend_date, spend_amount from marts.fct_ad_spend_daily "
        "where source_system = 'yandex_direct' order by all"
    ).fetchall()
    march = [date(2026, 3, day) for day in range(1, 4)]
    assert spend == [
        ("700", march[0], Decimal(100)),
        ("700", march[1], Decimal(90)),
        ("700", march[2], Decimal(70)),
        ("800", march[0], Decimal(50)),
        ("800", march[1], Decimal(50)),
    ]
    # the second day was 100 + 50 first and is 90 + 50 now; no other was told twice
    versions = marts.execute(
        "select spend_date, first_cost_amount, last_cost_amount "
        "from intermediate.int_spend_versions"
    ).fetchall()
    assert versions == [(march[1], Decimal(150), Decimal(140))]


def test_returns_of_orders_without_a_rate_are_not_told(marts: duckdb.DuckDBPyConnection) -> None:
    """100 roubles and 100 dollars of unknown worth for 10 roubles: 10 is a part of the return."""
    monthly = marts.execute(
        "select distinct reason_code, orders, revenue_amount, contribution_amount, roas, drr, "
        "romi, roi_revenue, projected_revenue_cl_amount from marts.kpi_roi_monthly "
        "where channel = 'gamma' and attribution_model = 'last_non_direct'"
    ).fetchall()
    assert monthly == [("missing_rate", 2.0, Decimal(100), None, None, None, None, None, None)]
    trailing = marts.execute(
        "select reason_code, verdict, roas, roas_mature, drr_mature, cac_media_amount "
        "from marts.kpi_roi_trailing "
        "where channel = 'gamma' and attribution_model = 'last_non_direct'"
    ).fetchall()
    assert trailing == [("missing_rate", "cannot_tell", None, None, None, None)]
    intervals = marts.execute(
        "select metric_id, reason_code, metric_value from marts.kpi_return_intervals "
        "where segment_value = 'gamma' order by 1"
    ).fetchall()
    assert intervals == [
        ("aov_net", "missing_rate", None),
        ("roas", "missing_rate", None),
        ("romi", "missing_rate", None),
    ]
    # the metrics of the month say the same
    metrics = marts.execute(
        "select distinct metric_value, reason_code from marts.kpi_metrics_monthly "
        "where metric_id in ('roas', 'romi') and segment_value = 'gamma' and month = '2026-03-01'"
    ).fetchall()
    assert metrics == [(None, "missing_rate")]
    # channels whose orders all have a rate keep theirs
    other = marts.execute(
        "select metric_value from marts.kpi_return_intervals "
        "where metric_id = 'aov_net' and segment_value = 'alpha'"
    ).fetchall()
    assert other == [(100.0,)]


def test_a_month_that_won_nobody_for_its_money_had_spend(marts: duckdb.DuckDBPyConnection) -> None:
    """April: five roubles spent, no customer won; the one of March is still one."""
    months = marts.execute(
        "select reason_code, customers_start, new_customers, cac_full_amount "
        "from marts.kpi_customers_monthly where month = '2026-04-01'"
    ).fetchall()
    assert months == [("no_new_customers", 1, 0, None)]
