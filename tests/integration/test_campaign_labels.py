# ruff: noqa: DTZ001 - times of export files carry no zone
"""Spend and sales of one campaign stand in one row, whether tags carry its number or its name.

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

MARTS = ("fct_ad_spend_daily", "fct_leads", "kpi_roi_monthly", "dim_campaign")
RECORDED = {"recorded_at": "2025-01-01 10:00", "recorded_by": "owner", "reason": "start"}
# Number -> name and cost of a day.
DIRECT = {
    101: ("Brand Search", 100),
    102: ("Retarget", 200),
    103: ("Promo", 300),
    104: ("Promo", 400),
}
GOOGLE = {205: ("Brand Search", 500)}


def _lead(number: int, source: str, campaign: str) -> dict[str, Any]:
    return {
        "lead_id": number, "created_at": datetime(2026, 3, 5, 12, number), "status": "NEW",
        "phone": f"+7912000{number:04d}", "utm_source": source, "utm_medium": "cpc",
        "utm_campaign": campaign,
    }  # fmt: skip


def _exports(folder: Path) -> None:
    exports = folder / "exports"
    write_rows(
        exports / "plain" / "visits.csv",
        [
            {
                "visit_id": number, "client_id": f"c{number}", "source": "yandex", "medium": "cpc",
                "started_at": datetime(2026, 3, 5, 11), "campaign": "retarget", "page_views": 3,
                "duration_seconds": 90,
            }
            for number in (1, 2)
        ],
    )  # fmt: skip
    write_rows(
        exports / "plain" / "leads.csv",
        [
            _lead(1, "yandex", "BRAND search"),
            _lead(2, "yandex", "101"),
            _lead(3, "yandex", "102"),
            _lead(4, "yandex", "promo"),
            _lead(5, "google", "brand search"),
            _lead(6, "google", "retarget"),
        ],
    )
    write_rows(
        exports / "yandex_direct" / "march.csv",
        [
            {"Date": date(2026, 3, 5), "CampaignId": number, "CampaignName": name,
             "AdNetworkType": "SEARCH", "Impressions": 100, "Clicks": 10, "Cost": cost,
             "Conversions": "--"}
            for number, (name, cost) in DIRECT.items()
        ],
    )  # fmt: skip
    write_rows(
        exports / "google_ads" / "march.csv",
        [
            {"Day": date(2026, 3, 5), "Campaign ID": number, "Campaign": name,
             "Currency code": "RUB", "Impr.": 100, "Clicks": 10, "Cost": cost, "Conversions": 0}
            for number, (name, cost) in GOOGLE.items()
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("campaign_labels") / "acme"
    _exports(folder)
    company = Company(
        directory=folder,
        name="company",
        first_date=date(2026, 1, 1),
        as_of=date(2026, 4, 1),
        sources={
            "plain": {"includes_vat": False},
            "google_ads": {"includes_vat": False},
            "yandex_direct": {"includes_vat": False},
        },
    )
    with loaded_marts(company, MARTS) as connection:
        yield connection


def test_leads_stand_under_the_campaign_that_was_paid_for(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.sql(
        "select lead_id, channel, campaign_id from marts.fct_leads order by lead_id"
    ).fetchall()
    assert found == [
        ("plain:1", "yandex_direct", "101"),
        ("plain:2", "yandex_direct", "101"),
        # visits carry the name, so the number means it
        ("plain:3", "yandex_direct", "retarget"),
        # two campaigns bear that name
        ("plain:4", "yandex_direct", "promo"),
        ("plain:5", "google_ads", "205"),
        # a campaign of another system
        ("plain:6", "google_ads", "retarget"),
    ]


def test_spend_stands_where_the_visits_are(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.sql(
        "select campaign_id, platform_campaign_id, spend_amount from marts.fct_ad_spend_daily "
        "order by platform_campaign_id"
    ).fetchall()
    assert [row[:2] for row in found] == [
        ("101", "101"),
        ("retarget", "102"),
        ("103", "103"),
        ("104", "104"),
        ("205", "205"),
    ]
    by_channel = marts.sql(
        "select channel, cast(sum(spend_original_amount) as integer) from marts.fct_ad_spend_daily "
        "group by channel order by channel"
    ).fetchall()
    assert by_channel == [("google_ads", 500), ("yandex_direct", 1000)]


def test_return_of_a_campaign_has_its_spend_and_its_leads(marts: duckdb.DuckDBPyConnection) -> None:
    found = marts.sql(
        "select channel, campaign_id, spend_amount, leads from marts.kpi_roi_monthly "
        "where attribution_model = 'last' and lead_month = date '2026-03-01' "
        "order by channel, campaign_id"
    ).fetchall()
    assert found == [
        ("google_ads", "205", Decimal(500), 1),
        ("google_ads", "retarget", Decimal(0), 1),
        ("yandex_direct", "101", Decimal(100), 2),
        ("yandex_direct", "103", Decimal(300), 0),
        ("yandex_direct", "104", Decimal(400), 0),
        ("yandex_direct", "promo", Decimal(0), 1),
        ("yandex_direct", "retarget", Decimal(200), 1),
    ]
