"""The scorecard in a real browser, opened from the disk as an owner opens an attachment."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.scorecard import build_scorecards
from tests.e2e.browsing import DESKTOP, PHONE, TABLET, serious_issues, sideways, visit
from tests.unit.scorecard import marts_fixture
from tests.unit.scorecard.sad_companies import sad_companies

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


@pytest.mark.parametrize("state", sorted(sad_companies()))
def test_sad_page_opens_quietly_and_fits_a_phone(
    browser: Browser, tmp_path: Path, state: str
) -> None:
    company = sad_companies()[state]
    database = marts_fixture.write(company.marts, tmp_path / "kpi.duckdb")
    arguments = {"company": marts_fixture.COMPANY, "checks": [], "run_id": "a3f91c7e"}
    build_scorecards(database, tmp_path, **(arguments | company.arguments))
    seen = visit(browser, tmp_path / "scorecard.ru.html", PHONE)
    assert seen.complaints == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert sideways(seen.page, PHONE) == []
    assert serious_issues(seen.page) == []


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


@pytest.mark.slow
def test_every_figure_of_tiles_and_tables_is_the_marts(
    browser: Browser, sample_run: PublishedRun
) -> None:
    """What the page of the pipeline prints, against what its own marts hold."""
    page = visit(browser, sample_run.published / "scorecard.en.html").page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    with duckdb.connect(str(sample_run.published / "kpi.duckdb"), read_only=True) as marts:
        _compare_tiles(page, marts)
        _compare_roi_table(page, marts)
        _compare_conversion_table(page, marts)
        _compare_retention_table(page, marts)


def _figures(words: str) -> float:
    """A printed figure: 1,234 or ₽1.6M or −20% as a number in its own unit."""
    scale = {"K": 1e3, "M": 1e6, "B": 1e9}.get(words.strip()[-1], 1.0)
    number = float(re.sub(r"[^\d.\-]", "", words.replace("\u2212", "-")))
    return number * (0.01 if "%" in words else scale)


def _close(words: str, value: float) -> bool:
    """Equal when the value is rounded as it is printed."""
    digits = re.sub(r"[^\d.]", "", words)
    last = 10.0 ** -len(digits.partition(".")[2])
    unit = {"K": 1e3, "M": 1e6, "B": 1e9}.get(words.strip()[-1], 1.0)
    step = last * (0.01 if "%" in words else unit)
    return abs(_figures(words) - value) <= step / 2 * 1.0001


def _table(page: Page, place: str, caption: str = "") -> dict[str, dict[str, str]]:
    """Rows of a table by their head, cells by the head of their column."""
    table = page.locator(f"{place} table", has=page.locator("caption", has_text=caption)).first
    heads = table.locator("thead th").all_inner_texts()
    rows = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows}


def _compare_tiles(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    tiles = page.locator(".tile:not(.v-none)")
    assert 5 <= tiles.count() <= 7
    known = marts.execute(
        "select definitions.name_en, scorecard.actual_value, scorecard.target_value "
        "from marts.kpi_scorecard as scorecard "
        "inner join marts.kpi_definitions as definitions using (metric_id) "
        "where scorecard.actual_value is not null"
    ).fetchall()
    for tile in tiles.all():
        name = tile.locator("h3").inner_text().partition(":")[0]
        shown = tile.locator(".value").inner_text()
        plan = tile.locator("dd").first.inner_text()
        assert any(
            name == metric and _close(shown, actual) and _close(plan, target)
            for metric, actual, target in known
        ), f"{name}: {shown} of {plan}"


def _compare_roi_table(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    rows = _table(page, "#roi")
    found = marts.execute(
        "select names.name_en, roi.spend_amount, roi.revenue_amount, roi.contribution_amount, "
        "roi.romi, roi.romi_mature from marts.kpi_roi_trailing as roi "
        "inner join marts.dim_channel as names using (channel) "
        "where roi.attribution_model = 'last_non_direct'"
    ).fetchall()
    assert {name for name, *_ in found} == set(rows)
    heads = ("Spend", "Revenue", "Contribution", "ROMI to date", "ROMI, mature months")
    for name, *values in found:
        for head, value in zip(heads, values, strict=True):
            shown = rows[name][head]
            assert shown == "—" if value is None else _close(shown, float(value)), (name, head)


def _compare_conversion_table(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    rows = _table(page, "#conversion", "Purchase")
    before = next(head for head in next(iter(rows.values())) if head.endswith("days before"))
    days = int(before.split()[0])
    found = marts.execute(
        "select names.name_en, sum(visits_valid), sum(visits_converted), "
        "sum(visits_converted) / sum(visits_valid) from marts.kpi_conversion_daily "
        "inner join marts.dim_channel as names using (channel) "
        "where conversion_id = 'purchase' and channel <> '(all)' and campaign_id <> '(all)' "
        "and date_day >= (select as_of_date from run.publication) - ?::int "
        "and date_day < (select as_of_date from run.publication) group by names.name_en "
        "having sum(visits_valid) > 0",
        [days],
    ).fetchall()
    assert len(found) >= 5
    for name, *values in found:
        for head, value in zip(("Valid visits", "Converted", "Conversion"), values, strict=True):
            assert _close(rows[name][head], float(value)), (name, head)


def _compare_retention_table(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    rows = _table(page, "#retention")
    found = marts.execute(
        "select age_months, active_customers / cohort_size from marts.kpi_retention_cohorts "
        "where cohort_month = '2026-03-01' and age_months between 1 and 12 and cohort_size > 0 "
        "order by age_months"
    ).fetchall()
    march = next(row for head, row in rows.items() if head.startswith("Mar"))
    assert len(found) >= 6
    for age, rate in found:
        assert _close(march[str(age)], rate), age
