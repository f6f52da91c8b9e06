"""What the API doors bring goes through the same reader as export files, and nothing is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.sources.api.reader import read
from orchestration.sources.contracts import contract_of
from orchestration.sources.extraction import Extraction
from orchestration.sources.files import arrow_schema
from tests.fakes.server import FakeClock, FakeServer
from tests.integration.api import test_ga4 as ga4
from tests.integration.api import test_google_ads as google_ads
from tests.integration.api import test_vk_ads as vk_ads
from tests.integration.api import test_yandex_direct as yandex_direct
from tests.integration.api import test_yandex_metrica as yandex_metrica
from tests.integration.api.behaviours import Case, World

WINDOW = (date(2026, 3, 1), date(2026, 3, 10))
METRICA = yandex_metrica.TestVisits.case


@pytest.mark.parametrize(
    ("case", "table", "rows"),
    [
        (METRICA, "visits", 9),
        (METRICA, "hits", 9),
        (METRICA, "daily_report", 3),
        (METRICA, "goal_report", 6),
        (METRICA, "goals", 2),
        (METRICA, "counter_settings", 1),
        (yandex_direct.CASE, "ad_stats", 15),
        (ga4.TestSessions.case, "sessions", 9),
        (google_ads.TestCampaignStats.case, "campaign_stats", 6),
        (vk_ads.TestCampaignStats.case, "campaign_stats", 15),
    ],
    ids=lambda value: getattr(value, "source", None),
)
def test_no_row_is_refused(case: Case, table: str, rows: int, tmp_path: Path) -> None:
    contract = contract_of(case.source, table)
    with FakeServer(case.make_fake(clock := FakeClock())) as server:
        there = World(case, server, clock, tmp_path)
        # settings for export files must not touch what an API sends
        company = there.company(decimal=",", columns={contract.columns[0].name: "Own header"})
        extraction = Extraction(company, *WINDOW, workdir=tmp_path, transport=there.transport())
        batches = list(read(contract, extraction))
    for batch in batches:
        assert batch.schema.equals(arrow_schema(contract))
        for column in contract.columns:
            if column.required:
                assert batch.column(column.name).null_count == 0
    outcomes = extraction.outcomes[table]
    assert sum(batch.num_rows for batch in batches) == rows
    assert sum(outcome.rows_good for outcome in outcomes) == rows
    assert sum(outcome.rows_refused for outcome in outcomes) == 0
    assert {outcome.file for outcome in outcomes} == {"api"}
    assert not list((tmp_path / "downloads").iterdir())
