"""Take the pictures of the published pages that the documentation shows: `make screenshots`.

Needs a published run of COMPANY_DIR and Chromium. Pictures of Dagster's UI are taken by hand.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from orchestration.scorecard import build_scorecards
from orchestration.settings import PROJECT_DIR, load_company
from tests.e2e.browsing import ARGUMENTS, chromium, visit
from tests.unit.scorecard import marts_fixture
from tests.unit.scorecard.sad_companies import sad_companies

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = PROJECT_DIR / "docs" / "images"
WIDE, PHONE = 1280, 360


def main() -> None:
    published = load_company().paths.published.resolve()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for language in ("en", "ru"):
            _take(browser, published / f"scorecard.{language}.html", f"scorecard.{language}", 1420)
            _take(browser, published / f"explore.{language}.html", f"explore.{language}", 1500)
        english = published / "scorecard.en.html"
        _take(browser, english, "scorecard.dark", 900, is_dark=True)
        _take(browser, english, "scorecard.phone", 1560, width=PHONE)
        _take(browser, english, "scorecard.roi", 560, place="#roi")
        explore = published / "explore.en.html"
        _take(browser, explore, "what-if.en", 820, place="#what-if")
        _take(browser, explore, "what-if.phone", 1560, width=PHONE, place="#what-if")
        for state, company in sad_companies().items():
            page = Path(folder) / state
            page.mkdir()
            database = marts_fixture.write(company.marts, page / "kpi.duckdb")
            facts = {"company": marts_fixture.COMPANY, "checks": [], "run_id": "a3f91c7e"}
            build_scorecards(database, page, **(facts | company.arguments))
            _take(browser, page / "scorecard.en.html", f"sad.{state}", 620)
        browser.close()


def _take(
    browser: Browser, file: Path, name: str, height: int, *, width: int = WIDE,
    is_dark: bool = False, place: str = "",
) -> None:  # fmt: skip
    """A picture of the page from its top, or from the element `place`, `height` pixels high."""
    page = visit(browser, file, width, is_dark=is_dark, is_live="explore" in file.name).page
    top = page.locator(place).bounding_box()["y"] if place else 0
    page.screenshot(
        path=IMAGES / f"{name}.png",
        full_page=True,
        clip={"x": 0, "y": top, "width": width, "height": height},
    )
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
