"""The explore page and its calculator in a real browser, with the network off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest

from orchestration.scorecard import build_explore_pages
from tests.e2e.browsing import DESKTOP, PHONE, serious_issues, settle, sideways, visit
from tests.unit.scorecard import marts_fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from tests.conftest import PublishedRun

pytestmark = pytest.mark.browser

LANGUAGES = ("ru", "en")
LIVE_CHARTS = ("money-chart", "time-chart", "traffic-chart", "ladder-chart")


@pytest.fixture
def page(browser: Browser, pages: Path) -> Page:
    return visit(browser, pages / "full" / "explore.en.html", is_live=True).page


def figure(page: Page, measure: str) -> float:
    """The value behind a card, before it is rounded for people."""
    return float(page.locator(f"#cards [data-measure={measure}]").get_attribute("data-value"))


def cut_off(chart: Locator) -> list[str]:
    """Words that do not fit the picture, and lose their end."""
    return chart.evaluate(
        """chart => {
            const edge = chart.querySelector('svg').getBoundingClientRect().right;
            return [...chart.querySelectorAll('text')]
                .filter(node => node.getBoundingClientRect().right > edge + 0.5)
                .map(node => node.textContent);
        }"""
    )


def results(page: Page) -> dict[str, str]:
    """The calculator's ratios as they are printed."""
    return {
        node.get_attribute("data-result"): node.inner_text().replace("\u2212", "-")
        for node in page.locator("[data-result]").all()
    }


def enter(page: Page, **values: float) -> None:
    for name, value in values.items():
        page.locator(f"#w-{name}").fill(str(value))
    settle(page)


# -- opens, shows, prints


@pytest.mark.parametrize("company", ["full", "orders"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_opens_quietly_and_asks_for_nothing(
    browser: Browser, pages: Path, company: str, language: str
) -> None:
    file = pages / company / f"explore.{language}.html"
    seen = visit(browser, file, is_live=True)
    assert seen.complaints == []
    assert seen.asked_for == [file.as_uri()]


def test_script_that_is_not_ours_does_not_run(page: Page) -> None:
    page.evaluate(
        """() => { const script = document.createElement('script');
            script.textContent = 'window.intruder = 1'; document.body.append(script); }"""
    )
    assert page.evaluate("window.intruder") is None
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert "default-src 'none'" in policy
    scripts = policy.partition("script-src")[2].partition(";")[0]
    assert re.fullmatch(r"( 'sha256-[\w+/=]+'){2}", scripts)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_chart_has_marks_and_a_label(browser: Browser, pages: Path, width: int) -> None:
    page = visit(browser, pages / "full" / "explore.ru.html", width, is_live=True).page
    for chart in LIVE_CHARTS:
        place = page.locator(f"#{chart}")
        marks = place.locator(".mark-rect path, .mark-line path, .mark-symbol path")
        assert marks.count() >= 3, chart
        assert len(place.get_attribute("aria-label")) > 20
        assert place.locator("svg").bounding_box()["height"] > 60
        assert cut_off(place) == []
        assert [text for text in place.locator("text").all_text_contents() if "…" in text] == []


@pytest.mark.parametrize("company", ["full", "orders"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_never_scrolls_sideways_on_a_phone(
    browser: Browser, pages: Path, company: str, language: str
) -> None:
    file = pages / company / f"explore.{language}.html"
    page = visit(browser, file, PHONE, is_live=True).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert sideways(page, PHONE) == []


@pytest.mark.parametrize("is_dark", [False, True], ids=["day", "night"])
def test_axe_finds_nothing_serious(browser: Browser, pages: Path, is_dark: bool) -> None:
    page = visit(browser, pages / "full" / "explore.ru.html", is_dark=is_dark, is_live=True).page
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert serious_issues(page) == []


def test_pages_and_languages_lead_to_each_other(browser: Browser, pages: Path) -> None:
    page = visit(browser, pages / "full" / "scorecard.ru.html").page
    page.locator("nav a[href='explore.ru.html']").click()
    assert page.url.endswith("/explore.ru.html")
    page.locator("a.language").click()
    assert page.url.endswith("/explore.en.html")
    page.locator("nav a[href='scorecard.en.html']").click()
    assert page.url.endswith("/scorecard.en.html")


def test_paper_shows_figures_without_controls(page: Page) -> None:
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert page.locator("#figures").is_visible()
    assert page.locator("#time-table").is_visible()
    assert page.locator("#money-chart svg").is_visible()


def test_night_paints_charts_in_other_colours(browser: Browser, pages: Path) -> None:
    paint = "getComputedStyle(document.querySelector('#traffic-chart .mark-rect path')).fill"
    file = pages / "full" / "explore.en.html"
    by_day = visit(browser, file, is_live=True).page.evaluate(paint)
    assert by_day != visit(browser, file, is_dark=True, is_live=True).page.evaluate(paint)


# -- filters, drill-down, tooltips


def test_filters_change_totals_and_reset_brings_them_back(page: Page) -> None:
    whole = figure(page, "spend")
    page.locator("#channels input").first.uncheck()
    page.locator("[data-months='3']").click()
    settle(page)
    assert 0 < figure(page, "spend") < whole
    page.locator("#reset").click()
    settle(page)
    assert figure(page, "spend") == whole


def test_rule_of_a_goal_that_changed_inside_the_period_is_told(page: Page) -> None:
    told = {
        page.locator(f"#goal option[value='{place}']").inner_text().lower(): (
            page.locator("#goal").select_option(str(place)),
            "The rule of the goal" in page.locator("#notes").inner_text(),
        )[1]
        for place in (0, 1)
    }
    assert told == {"purchase": False, "lead": True}


def test_visits_are_unknown_without_a_counter(browser: Browser, tmp_path: Path) -> None:
    marts = marts_fixture.full_company()
    del marts["kpi_traffic_quality_daily"], marts["kpi_conversion_daily"]
    database = marts_fixture.write(marts, tmp_path / "kpi.duckdb")
    build_explore_pages(
        database, tmp_path, company=marts_fixture.COMPANY, run_id="a3f91c7e", cache=tmp_path
    )
    page = visit(browser, tmp_path / "explore.en.html", is_live=True).page
    assert page.locator("#cards [data-measure=validVisits]").inner_text() == "—"
    assert figure(page, "spend") > 0


def test_no_channel_says_so(page: Page) -> None:
    for box in page.locator("#channels input").all():
        box.uncheck()
    settle(page)
    assert "Nothing is chosen" in page.locator("#money-chart").inner_text()


def test_sales_without_a_channel_are_no_loss_of_advertising(
    browser: Browser, tmp_path: Path
) -> None:
    """Orders without client ids are credited to nobody: a return of -100% would be a lie."""
    marts = marts_fixture.full_company()
    roi = marts["kpi_roi_monthly"]
    nobodys = roi.assign(
        channel="unattributed",
        campaign_id="(none)",
        spend_amount=0.0,
        full_cost_amount=0.0,
        revenue_amount=roi["revenue_amount"] * 9,
    )
    marts["kpi_roi_monthly"] = pd.concat([roi, nobodys], ignore_index=True)
    database = marts_fixture.write(marts, tmp_path / "kpi.duckdb")
    build_explore_pages(
        database, tmp_path, company=marts_fixture.COMPANY, run_id="a3f91c7e", cache=tmp_path
    )
    page = visit(browser, tmp_path / "explore.en.html", is_live=True).page
    for measure in ("romi", "romiFull", "drr", "cpo", "cac"):
        card = page.locator(f"#cards [data-measure={measure}]")
        assert card.get_attribute("data-value") == "", measure
    assert "of the revenue of these months is traced to a channel" in (
        page.locator("#notes").inner_text()
    )
    assert figure(page, "cpl") > 0


def test_channel_opens_into_its_campaigns_that_add_up(page: Page) -> None:
    row = page.locator("#figures tr.channel", has_text="Paid search")
    spend = row.locator("td").first.inner_text()
    button = row.locator("button")
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#figures button[aria-expanded=true]").count() == 1
    parts = [
        int(re.sub(r"\D", "", line.locator("td").first.inner_text()))
        for line in page.locator("#figures tr.campaign").all()
    ]
    assert len(parts) > 1
    assert sum(parts) == pytest.approx(int(re.sub(r"\D", "", spend)), abs=len(parts))


def test_click_on_a_bar_goes_down_to_campaigns_and_back(page: Page) -> None:
    before = page.locator("#money-chart").get_attribute("aria-label")
    page.locator("#money-chart .mark-rect path").first.click()
    settle(page)
    assert page.locator("#money-chart").get_attribute("aria-label") != before
    assert page.locator("#open").input_value() != ""
    page.locator("#open").select_option("")
    settle(page)
    assert page.locator("#money-chart").get_attribute("aria-label") == before


def test_campaign_narrows_everything(page: Page) -> None:
    whole = figure(page, "validVisits")
    campaign = page.locator("#campaign optgroup option", has_text="paid_search").first
    page.locator("#campaign").select_option(campaign.get_attribute("value"))
    settle(page)
    assert 0 < figure(page, "validVisits") < whole
    assert campaign.inner_text() in page.locator("#choice").inner_text()


def test_tooltip_names_the_figures(page: Page) -> None:
    page.locator("#money-chart .mark-rect path").first.hover()
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for(state="visible")
    assert "Contribution" in tooltip.inner_text()


def test_split_draws_a_panel_for_each_channel(page: Page) -> None:
    page.locator("#split").check()
    page.locator("#measure").select_option("conversion")
    settle(page)
    assert page.locator("#time-table thead th").count() > 3
    assert page.locator("#time-chart .mark-area path").count() > 3


# -- what-if: the examples of the specification, by hand


def test_example_of_the_article(page: Page) -> None:
    """100,000 spent, 150,000 sold: 50% only if the goods were free."""
    page.locator("#example").click()
    shown = results(page)
    assert shown["naive"] == "+50%"
    assert shown["romi"] == "-40.0%"
    assert shown["roas"] == "1.50"
    assert shown["drr"] == "66.7%"
    assert shown["break_even_margin"] == "66.7%"
    rows = page.locator("#margins tbody tr").all()
    by_margin = {
        row.locator("th").inner_text(): row.locator("td").inner_text().replace("\u2212", "-")
        for row in rows
    }
    # contribution = 150,000 x margin; return = contribution / 100,000 - 1
    assert by_margin == {
        "100%": "+50%", "66.7%": "0%", "50%": "-25%", "40%": "-40%", "30%": "-55%", "20%": "-70%",
    }  # fmt: skip
    assert "only if the goods cost nothing" in page.locator("#w-why").inner_text()


@pytest.mark.parametrize(
    ("margin", "romi"),
    [(100, "+50.0%"), (66.66666667, "0.0%"), (50, "-25.0%"), (40, "-40.0%"), (30, "-55.0%")],
)
def test_return_at_each_margin(page: Page, margin: float, romi: str) -> None:
    enter(page, spend=100_000, revenue=150_000, margin=margin)
    assert results(page)["romi"] == romi


def test_salaries_and_tools_enter_the_full_cost(page: Page) -> None:
    # (150,000 x 0.4) / (100,000 + 80,000 + 5,000) - 1 = -0.6757
    enter(page, spend=100_000, revenue=150_000, margin=40, salaries=80_000, tools=5_000)
    assert results(page)["romi_full"] == "-67.6%"
    assert "-40.0%" in results(page)["romi"]
    verdict = page.locator("#w-verdict").inner_text().replace("\u2212", "-")
    assert "full-cost ROMI -68%" in verdict
    assert "125,000" in verdict  # 60,000 - 185,000


def test_buyers_who_would_have_come_anyway_are_taken_out(page: Page) -> None:
    # 150,000 x (1 - 0.4) x 0.4 / 100,000 - 1 = -0.64
    enter(page, spend=100_000, revenue=150_000, margin=40, anyway=40)
    assert results(page)["romi"] == "-64.0%"


def test_vat_is_taken_out_of_both_sums_or_of_sales_alone(page: Page) -> None:
    # 122,000 and 183,000 with 22% inside are 100,000 and 150,000
    enter(page, spend=122_000, revenue=183_000, margin=40, vat=22)
    assert results(page)["romi"] == "-40.0%"
    # whoever counts simply divides what was paid: (183,000 - 122,000) / 122,000
    assert results(page)["naive"] == "+50%"
    page.locator("#w-recoverable").uncheck()
    settle(page)
    # 60,000 / 122,000 - 1
    assert results(page)["romi"] == "-50.8%"


def test_returned_goods_are_no_sales(page: Page) -> None:
    # 150,000 x 0.9 x 0.4 / 100,000 - 1
    enter(page, spend=100_000, revenue=150_000, margin=40, returns=10)
    assert results(page)["romi"] == "-46.0%"


def test_nothing_spent_gives_no_return_and_free_goods_agree_with_the_simple_count(
    page: Page,
) -> None:
    enter(page, spend=0, revenue=150_000, margin=40)
    assert results(page)["romi"] == "—"
    assert "Without spend" in page.locator("#w-verdict").inner_text()
    enter(page, spend=100_000, margin=100)
    assert "counted as free" in page.locator("#w-why").inner_text()


def test_calculator_takes_the_choice_and_gives_its_return(page: Page) -> None:
    page.locator("#paid-channels").click()
    settle(page)
    _compare_calculator(page)
    assert results(page)["romi_full"] == f"{figure(page, 'romiFull'):+.1%}"


def _compare_calculator(page: Page) -> None:
    page.locator("#from-selection").click()
    settle(page)
    assert results(page)["romi"] == f"{figure(page, 'romi'):+.1%}"


# -- figures are those of the marts


@pytest.mark.slow
def test_figures_equal_the_marts(browser: Browser, sample_run: PublishedRun) -> None:
    """Totals by channel, by model and by month, counted in the browser and in the marts."""
    seen = visit(browser, sample_run.published / "explore.en.html", is_live=True)
    page = seen.page
    assert (sample_run.published / "explore.en.html").stat().st_size < 3_000_000
    with duckdb.connect(str(sample_run.published / "kpi.duckdb"), read_only=True) as marts:
        _compare_trailing_year(page, marts)
        _compare_months(page, marts)
    page.locator("#reset").click()
    settle(page)
    assert figure(page, "revenue") > figure(page, "spend") / figure(page, "drr"), "some is unpaid"
    _compare_calculator(page)
    assert seen.complaints == []


# The page's measure -> the mart's column.
TRAILING = {
    "spend": "spend_amount", "revenue": "revenue_amount", "contribution": "contribution_amount",
    "romi": "romi", "romiFull": "romi_full", "drr": "drr", "leads": "leads", "orders": "orders",
    "cpl": "cpl_amount", "cpo": "cpo_amount", "cac": "cac_media_amount",
}  # fmt: skip


def _compare_trailing_year(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    """The default period is that of `kpi_roi_trailing`; one channel after the other."""
    models = page.locator("#model option").all_inner_texts()
    for model, name in (("last_non_direct", "last non-direct"), ("linear", "linear")):
        page.locator("#model").select_option(str(models.index(name)))
        rows = _rows(
            marts,
            "select roi.*, names.name_en from marts.kpi_roi_trailing as roi "
            "inner join marts.dim_channel as names on names.channel = roi.channel "
            "where attribution_model = ? and spend_amount > 0",
            model,
        )
        assert len(rows) >= 4
        for row in rows:
            _only(page, row["name_en"])
            for measure, column in TRAILING.items():
                shown = page.locator(f"#cards [data-measure={measure}]").get_attribute("data-value")
                expected = row[column]
                if expected is None:
                    assert shown == "", (row["channel"], measure)
                else:
                    assert float(shown) == pytest.approx(float(expected), rel=1e-6, abs=0.006)
    page.locator("#reset").click()


def _compare_months(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    """One month over all channels, as `kpi_metrics_monthly` has it."""
    page.locator("#goal").select_option(label="Purchase")
    months = page.locator("#from option").all_inner_texts()
    for month, words in (("2026-03-01", "March 2026"), ("2026-08-01", "August 2026")):
        place = str(months.index(words))
        page.locator("#from").select_option(place)
        page.locator("#to").select_option(place)
        expected = {
            row["metric_id"]: _so_far(row)
            for row in _rows(
                marts,
                "select * from marts.kpi_metrics_monthly "
                "where segment_type = 'all' and month = ?::date",
                month,
            )
        }
        for measure, metric in {
            "validVisits": "visits_valid", "suspiciousShare": "suspicious_share",
            "conversion": "purchase_conversion", "romi": "romi", "drr": "drr", "cpl": "cpl",
            "romiFull": "romi_full",
        }.items():  # fmt: skip
            assert figure(page, measure) == pytest.approx(expected[metric], rel=1e-6), metric


def _so_far(row: dict[str, Any]) -> float:
    """The mart withholds a ratio of young leads; the page shows what has come of them so far."""
    if row["metric_value"] is None and row["reason_code"] == "not_mature":
        return float(row["numerator"] / row["denominator"])
    return float(row["metric_value"])


def _only(page: Page, channel: str) -> None:
    page.evaluate(
        """name => document.querySelectorAll('#channels label').forEach(label => {
            const box = label.querySelector('input');
            if (box.checked !== (label.textContent === name)) box.click(); })""",
        channel,
    )


def _rows(marts: duckdb.DuckDBPyConnection, sql: str, *values: str) -> list[dict[str, Any]]:
    return (
        marts.execute(sql, list(values))
        .df()
        .astype(object)
        .where(lambda f: f.notna(), None)
        .to_dict("records")
    )
