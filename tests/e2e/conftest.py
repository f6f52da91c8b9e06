"""Pages of invented companies, and the browser that opens them; each made once a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.scorecard import build_explore_pages, build_scorecards
from tests.e2e import browsing
from tests.unit.scorecard import marts_fixture

RUN_ID = "a3f91c7e"


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder for each company: its snapshot and its pages."""
    root = tmp_path_factory.mktemp("pages")
    companies = {
        "full": marts_fixture.full_company(),
        "orders": marts_fixture.orders_only_company(),
    }
    for name, marts in companies.items():
        folder = root / name
        folder.mkdir()
        database = marts_fixture.write(marts, folder / "kpi.duckdb")
        company = marts_fixture.COMPANY
        checks = marts_fixture.checks()
        build_scorecards(database, folder, company=company, checks=checks, run_id=RUN_ID)
        build_explore_pages(database, folder, company=company, run_id=RUN_ID, cache=root / "cache")
    return root


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = browsing.chromium()
    if not program:
        pytest.skip("NO CHROMIUM AND NONE CAN BE INSTALLED: the pages were NOT tried in a browser")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=browsing.ARGUMENTS)
        yield opened
        opened.close()
