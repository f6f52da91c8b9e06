"""The page of check results, opened by a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.expectations import ALL_CHECKS, build_data_docs, run_checks
from tests.checks import world
from tests.checks.mutations import MUTATIONS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE = 390
# Their expectations are the longest words of the page.
CHECKS = ("yandex_direct_clicks_within_impressions", "yandex_direct_quarantine_share")


def test_checks_fit_a_phone(browser: Browser, tmp_path: Path) -> None:
    """Also opened: a table of rows is wider than a phone and moves in its own frame."""
    with duckdb.connect() as company:
        world.build(company)
        company.execute(MUTATIONS[CHECKS[1]])
        results = run_checks(company, [check for check in ALL_CHECKS if check.name in CHECKS])
    page = browser.new_page(viewport={"width": PHONE, "height": 844})
    page.goto(build_data_docs(results, tmp_path).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.locator("summary").count() > len(CHECKS)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
