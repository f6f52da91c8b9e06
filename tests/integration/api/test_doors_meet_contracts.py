"""What the doors of CRM, social networks, rates and calls yield passes the cleaning of raw tables.

Each table goes from the fake through its door, as an export file through the same cleaning, into
the lake: no row may be refused, and no phone, e-mail or name may lie in any file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from orchestration import lake
from orchestration.settings import Company, SourceSettings
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import Transport
from tests.fakes.server import FakeClock, FakeServer
from tests.integration.api import (
    test_amocrm,
    test_bitrix24,
    test_calltouch,
    test_central_bank,
    test_deal_products,
    test_hubspot,
    test_instagram,
    test_telegram,
    test_vk,
)
from tests.integration.api.behaviours import Case

FIRST_DATE, TODAY = date(2025, 1, 1), date(2026, 3, 10)
PERSON = ("79161234567", "anna.petrova", "Петрова")


def with_history(fake: Any) -> Any:
    """The fake with rows in the tables that the other tests leave empty."""
    if isinstance(fake, test_bitrix24.FakeBitrix24):
        fake.contacts = {43: {**test_bitrix24.lead(43), "id": 43}}
        fake.history = [
            {"ID": 35, "OWNER_ID": 37, "CREATED_TIME": test_bitrix24.moment(2),
             "STAGE_ID": "C1:NEW", "STAGE_SEMANTIC_ID": "P"},
        ]  # fmt: skip
    if isinstance(fake, test_amocrm.FakeAmocrm):
        fake.events = [
            {"id": "01a", "type": "lead_status_changed", "entity_type": "lead", "entity_id": 3,
             "created_at": test_amocrm.seconds(3),
             "value_after": [{"lead_status": {"id": 142, "pipeline_id": 1}}]},
        ]  # fmt: skip
    if isinstance(fake, test_hubspot.FakeHubspot):
        change = {"value": "closedwon", "timestamp": test_hubspot.moment(9)}
        fake.deals[51]["history"] = [change]
    return fake


BITRIX24, AMOCRM = test_bitrix24.TestBitrix24.case, test_amocrm.TestAmocrm.case
HUBSPOT = test_hubspot.TestHubspot.case
TABLES: list[tuple[Case, str]] = [
    *((BITRIX24, name) for name in ("leads", "deals", "stage_history", "contacts", "stages")),
    *((AMOCRM, name) for name in ("leads", "stage_history", "contacts", "stages")),
    *((HUBSPOT, name) for name in ("contacts", "deals", "stage_history", "stages")),
    *(
        (case.case, "deal_products")
        for case in (
            test_deal_products.TestBitrix24Products,
            test_deal_products.TestAmocrmProducts,
            test_deal_products.TestHubspotProducts,
        )
    ),
    (test_telegram.TestTelegram.case, "followers"),
    (test_vk.TestVk.case, "followers"),
    (test_instagram.TestInstagram.case, "followers"),
    (test_central_bank.TestCentralBank.case, "fx_rates"),
    (test_calltouch.TestCalltouch.case, "calls"),
]


def company_of(folder: Path, case: Case, options: Mapping[str, Any]) -> Company:
    settings = SourceSettings(**options)
    return Company(
        directory=folder,
        name="Test",
        first_date=FIRST_DATE,
        as_of=TODAY,
        sources={case.source: settings},
    )


def door_rows(case: Case, table: str, folder: Path) -> pa.Table:
    make_fake: Callable[[FakeClock], Any] = case.make_fake
    clock = FakeClock()
    with FakeServer(with_history(make_fake(clock))) as server:
        options = {**case.options, "door": "api", "base_url": server.url}
        transport = Transport(folder, clock.sleep, clock.now, case.secrets, (5.0, 5.0))
        # Record systems are asked for everything, day tables for the days of their case.
        window = case.window if case.window[0] > FIRST_DATE else (FIRST_DATE, TODAY)
        company = company_of(folder, case, options)
        loaded = API_DOORS[case.source](company, table, window, transport, lambda text: None)
        return pa.concat_tables([item for item in loaded if isinstance(item, pa.Table)])


@pytest.mark.parametrize(
    ("case", "table"), TABLES, ids=lambda value: getattr(value, "source", value)
)
def test_no_row_is_refused_and_no_person_is_stored(case: Case, table: str, tmp_path: Path) -> None:
    rows = door_rows(case, table, tmp_path)
    assert rows.num_rows
    export = tmp_path / "exports" / case.source / f"{table}_2026-03-10.csv"
    export.parent.mkdir(parents=True)
    pa_csv.write_csv(rows, export)
    company = company_of(tmp_path, case, {"door": "files"})
    (report,) = lake.load(company, case.source, tables=[table])
    assert (report.rows_loaded, report.rows_quarantined) == (rows.num_rows, 0)
    with duckdb.connect() as connection:
        lake.register(connection, company)
        relation = connection.sql(f"select * from raw.{case.source}__{table}")
        text = str(relation.fetchall())
    assert not any(word in text for word in PERSON)
