"""The scorecard in a real browser, opened from the disk as an owner opens an attachment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from orchestration.scorecard import build_scorecards
from tests.unit.scorecard import marts_fixture

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM, reason="NO CHROMIUM: the scorecard was NOT tried in a browser"
    ),
]

COMPANIES = ("full", "orders")
LANGUAGES = ("ru", "en")
PHONE, TABLET, DESKTOP = 360, 820, 1280


@dataclass
class Visit:
    """One opened page and what it did meanwhile."""

    page: sync_api.Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scorecards")
    companies = {
        "full": marts_fixture.full_company(),
        "orders": marts_fixture.orders_only_company(),
    }
    for name, marts in companies.items():
        folder = root / name
        folder.mkdir()
        build_scorecards(
            marts_fixture.write(marts, folder / "kpi.duckdb"),
            folder,
            company=marts_fixture.COMPANY,
            checks=marts_fixture.checks(),
            run_id="a3f91c7e",
        )
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def visit(
    browser: sync_api.Browser, file: Path, width: int = DESKTOP, *, is_dark: bool = False
) -> Visit:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if is_dark else "light"
    )
    seen = Visit(context.new_page())
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.goto(file.as_uri())
    return seen


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_opens_quietly_and_asks_for_nothing(
    browser: sync_api.Browser, pages: Path, company: str, language: str
) -> None:
    file = pages / company / f"scorecard.{language}.html"
    seen = visit(browser, file)
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [file.as_uri()]
    assert seen.page.locator("h1").is_visible()


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [PHONE, 390, TABLET, DESKTOP])
def test_page_never_scrolls_sideways(
    browser: sync_api.Browser, pages: Path, company: str, language: str, width: int
) -> None:
    page = visit(browser, pages / company / f"scorecard.{language}.html", width).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking_out = page.evaluate(
        """width => [...document.querySelectorAll('body *')]
            .filter(node => !node.closest('.skip, .hidden, table, svg'))
            .filter(node => node.getBoundingClientRect().right > width + 1)
            .map(node => node.outerHTML.slice(0, 80))""",
        width,
    )
    assert sticking_out == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_each_chart_is_shown_once(browser: sync_api.Browser, pages: Path, width: int) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html", width).page
    shown = page.locator("figure svg.chart:visible")
    assert shown.count() == page.locator("figure").count() > 8
    heights = shown.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) > 60


def test_dark_mode_changes_page_and_charts(browser: sync_api.Browser, pages: Path) -> None:
    file = pages / "full" / "scorecard.en.html"
    paint = """() => [getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('#traffic .on-wide svg path[fill]')).fill]"""
    by_day = visit(browser, file).page.evaluate(paint)
    by_night = visit(browser, file, is_dark=True).page.evaluate(paint)
    assert by_day[0] != by_night[0]
    assert by_day[1] != by_night[1]


def test_paper_shows_what_is_folded_on_the_screen(browser: sync_api.Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    table = page.locator("#traffic details table").first
    assert not table.is_visible()
    page.emulate_media(media="print")
    assert table.is_visible()
    assert page.locator("#definitions dd").first.is_visible()


def test_keyboard_reaches_the_figures_and_the_tables(
    browser: sync_api.Browser, pages: Path
) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#kpis")
    summary = page.locator("#traffic details > summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#traffic details table").first.is_visible()


def test_languages_lead_to_each_other(browser: sync_api.Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.ru.html").page
    page.locator("a.language").click()
    assert page.url == (pages / "full" / "scorecard.en.html").as_uri()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_headings_go_down_one_step_at_a_time(browser: sync_api.Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.slow
@pytest.mark.parametrize("run", ["sample_run", "cdnow_run"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_published_page_of_a_real_run(
    browser: sync_api.Browser, request: pytest.FixtureRequest, run: str, language: str
) -> None:
    """The page that the pipeline itself published: read whole, small, quiet, fits a phone."""
    file = request.getfixturevalue(run).published / f"scorecard.{language}.html"
    assert file.stat().st_size < 500_000
    seen = visit(browser, file, PHONE)
    assert seen.complaints == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    words = seen.page.locator("body").inner_text()
    assert "другого выпуска" not in words
    assert "another release" not in words
