"""The scorecard in a real browser, opened from the disk as an owner opens an attachment."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.scorecard import build_scorecards
from tests.e2e.browsing import DESKTOP, PHONE, TABLET, serious_issues, sideways, visit
from tests.unit.scorecard import marts_fixture
from tests.unit.scorecard.sad_companies import sad_companies

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import PublishedRun

pytestmark = pytest.mark.browser

COMPANIES = ("full", "orders")
LANGUAGES = ("ru", "en")


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_opens_quietly_and_asks_for_nothing(
    browser: Browser, pages: Path, company: str, language: str
) -> None:
    file = pages / company / f"scorecard.{language}.html"
    seen = visit(browser, file)
    assert seen.complaints == []
    assert seen.asked_for == [file.as_uri()]
    assert seen.page.locator("h1").is_visible()


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [PHONE, 390, TABLET, DESKTOP])
def test_page_never_scrolls_sideways(
    browser: Browser, pages: Path, company: str, language: str, width: int
) -> None:
    page = visit(browser, pages / company / f"scorecard.{language}.html", width).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert sideways(page, width) == []


@pytest.fixture(scope="module")
def sad_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both scorecards of each company about which little can be said."""
    root = tmp_path_factory.mktemp("sad")
    for state, company in sad_companies().items():
        folder = root / state
        folder.mkdir()
        database = marts_fixture.write(company.marts, folder / "kpi.duckdb")
        arguments = {"company": marts_fixture.COMPANY, "checks": [], "run_id": "a3f91c7e"}
        build_scorecards(database, folder, **(arguments | company.arguments))
    return root


# What the first screen must say, beside the answer to "is marketing working?".
FIRST_WORDS = {
    "no_data": {"ru": "Сказать пока нечего", "en": "Nothing can be said yet"},
    "source_missing": {"ru": "Нет данных из источника", "en": "No data from"},
    "refused": {"ru": "страница старая", "en": "this page is old"},
    "untraced": {"ru": "сказать нельзя", "en": "cannot be said"},
    "step_failed": {"ru": "нет столбца «Cost»", "en": "The column 'Cost' is missing"},
    "not_enough": {"ru": "Сказать нельзя", "en": "Cannot tell"},
    "provisional": {"ru": "Судить рано", "en": "Too early to tell"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", sorted(sad_companies()))
def test_first_screen_of_a_sad_page(
    browser: Browser, sad_pages: Path, state: str, language: str
) -> None:
    """The picture an owner gets: what is wrong and the answer, whole, above the fold."""
    file = sad_pages / state / f"scorecard.{language}.html"
    for width in (PHONE, DESKTOP):
        seen = visit(browser, file, width)
        assert seen.complaints == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert sideways(seen.page, width) == []
        answer = seen.page.locator(".answer").bounding_box()
        assert answer is not None
        assert 0 < answer["y"] < 900
        picture = seen.page.screenshot(path=sad_pages / f"{state}.{language}.{width}.png")
        assert len(picture) > 15_000  # an empty sheet compresses to some hundred bytes
        first = " ".join(
            seen.page.locator(selector).first.inner_text() for selector in (".banner", ".headline")
        )
        assert FIRST_WORDS[state][language] in first
    if language == "ru":  # the other differs in words alone
        assert serious_issues(seen.page) == []
    assert (seen.page.locator("figure svg.chart:visible").count() > 0) == (state != "no_data")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_each_chart_is_shown_once(browser: Browser, pages: Path, width: int) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html", width).page
    shown = page.locator("figure svg.chart:visible")
    assert shown.count() == page.locator("figure").count() > 8
    heights = shown.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) > 60


def test_dark_mode_changes_page_and_charts(browser: Browser, pages: Path) -> None:
    file = pages / "full" / "scorecard.en.html"
    paint = """() => [getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('#traffic .on-wide svg path[fill]')).fill]"""
    by_day = visit(browser, file).page.evaluate(paint)
    by_night = visit(browser, file, is_dark=True).page.evaluate(paint)
    assert by_day[0] != by_night[0]
    assert by_day[1] != by_night[1]


def test_paper_shows_what_is_folded_on_the_screen(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    table = page.locator("#traffic details table").first
    assert not table.is_visible()
    page.emulate_media(media="print")
    assert table.is_visible()
    assert page.locator("#definitions dd").first.is_visible()
    assert page.locator(".banner", has_text="Read with care").is_visible()


def test_keyboard_reaches_the_figures_and_the_tables(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#kpis")
    summary = page.locator("#traffic details > summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#traffic details table").first.is_visible()


def test_name_of_a_kpi_opens_its_definition(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    page.locator(".tile h3 a").first.click()
    definition = page.locator(f"dl{page.evaluate('location.hash')}")
    definition.wait_for(state="visible")
    assert "Formula" in definition.inner_text()


def test_languages_lead_to_each_other(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.ru.html").page
    page.locator("a.language").click()
    assert page.url == (pages / "full" / "scorecard.en.html").as_uri()
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("is_dark", [False, True], ids=["day", "night"])
def test_axe_finds_nothing_serious(
    browser: Browser, pages: Path, company: str, is_dark: bool
) -> None:
    page = visit(browser, pages / company / "scorecard.ru.html", is_dark=is_dark).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert serious_issues(page) == []


def test_headings_go_down_one_step_at_a_time(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.en.html").page
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


# What is left of a sheet of A4 between its margins, in CSS pixels.
SHEET = 703
SHEETS = 18


@pytest.mark.slow
def test_no_table_is_cut_off_on_a_desk_or_on_paper_and_the_paper_is_short(
    browser: Browser, sample_run: PublishedRun
) -> None:
    cut = """() => [...document.querySelectorAll('.table')].filter(
        table => table.scrollWidth > table.clientWidth + 1).map(table => table.ariaLabel)"""
    page = visit(browser, sample_run.published / "scorecard.ru.html", DESKTOP).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate(cut) == []
    page = visit(browser, sample_run.published / "scorecard.ru.html", SHEET).page
    page.emulate_media(media="print")
    assert page.evaluate(cut) == []
    # the answer and all tiles stand on the first sheet: 273 mm between the margins
    assert page.locator(".legend").bounding_box()["y"] < 273 / 25.4 * 96
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", print_background=True))
    assert 5 <= len(sheets) <= SHEETS


@pytest.mark.slow
@pytest.mark.parametrize("run", ["sample_run", "cdnow_run"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_published_page_of_a_real_run(
    browser: Browser, request: pytest.FixtureRequest, run: str, language: str
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
