"""The page as a whole: figures are the marts', both languages, no data, no network, same bytes."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard import build_scorecards
from tests.unit.scorecard import marts_fixture
from tests.unit.scorecard.conftest import RUN_ID, Pages, build

LIMIT_BYTES = 500_000
LANGUAGES = ("ru", "en")
FULL_SECTIONS = (
    "conversion", "traffic", "roi", "cohorts", "funnel", "retention", "customers", "brand",
    "audience", "reconciliation", "restatements", "guards", "questions", "definitions", "sources",
)  # fmt: skip


def words(markup: str) -> str:
    """Visible text, with ordinary spaces."""
    shown = re.sub(r"<style>.*?</style>", "", markup, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", shown)).replace("\u2060", "")
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_small_and_needs_nothing_from_outside(full: Pages, language: str) -> None:
    page = full.html(language)
    assert len(page.encode()) < LIMIT_BYTES
    assert "<script" not in page
    assert not re.search(r"\son\w+=", page)
    assert "default-src 'none'" in html.unescape(page)
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page)
    other = "en" if language == "ru" else "ru"
    assert {a.partition("#")[0] for a in addresses if not a.startswith("#")} == {
        f"scorecard.{other}.html",
        f"explore.{language}.html",
        "data_docs/index.html",
        "data:,",
    }
    assert "url(" not in page
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_on_the_page_leads_somewhere(full: Pages, language: str) -> None:
    page = full.html(language)
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", FULL_SECTIONS)
def test_full_company_has_every_section(full: Pages, section: str, language: str) -> None:
    assert full.section(section, language)


@pytest.mark.parametrize("section", FULL_SECTIONS[:10])
def test_charts_have_marks_a_label_and_a_table(full: Pages, section: str) -> None:
    markup = full.section(section)
    drawings = re.findall(r'<svg class="chart".*?</svg>', markup, flags=re.DOTALL)
    assert drawings
    assert len(drawings) % 2 == 0, "each chart is drawn for wide and narrow screens"
    for drawing in drawings:
        assert len(re.findall(r"<(?:path|rect)\b", drawing)) > 3
    assert all(label.strip() for label in re.findall(r'role="img" aria-label="([^"]*)"', markup))
    assert "<table>" in markup


def test_figures_are_those_of_the_marts(full: Pages) -> None:
    target = full.marts["kpi_scorecard"].set_index("metric_id").loc["visits_valid"]
    assert f"{target['actual_value']:,.0f}" in words(full.section("kpis"))
    traffic = full.marts["kpi_traffic_quality_daily"]
    since = pd.Timestamp(marts_fixture.AS_OF) - pd.Timedelta(days=28)
    days = pd.to_datetime(traffic["date_day"]) >= since
    whole = traffic[days & (traffic["channel"] == "(all)")]
    share = whole["suspicious_visits"].sum() / whole["visits"].sum()
    assert f"{share:.1%}" in words(full.section("traffic"))
    roi = full.marts["kpi_roi_trailing"].set_index("channel")
    assert f"{roi.loc['paid_search', 'romi_mature']:+.0%}" in words(full.section("roi"))
    assert f"₽{roi.loc['paid_social', 'spend_amount'] / 1e6:.1f}M" in words(full.section("roi"))
    brand = full.marts["kpi_brand_awareness"].iloc[-1]
    assert f"{brand['aided_rate']:.0%}" in words(full.section("brand"))
    restated = full.marts["kpi_restatements"].iloc[0]
    assert f"−{abs(restated['delta_share']):.1%}" in words(full.section("restatements"))


def test_what_moved_between_channels_is_asked_about_first(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_restatements", "dim_channel")
    shown = marts["kpi_restatements"]
    moved = [
        shown.iloc[0].to_dict()
        | {
            "figure_id": f"visits_valid|paid_search|{month}",
            "metric_id": "visits_valid",
            "segment": "paid_search",
            "period": month,
            "cause": "moved_between_channels",
            "first_value": before,
            "current_value": now,
            "delta_share": now / before - 1,
        }
        for month, before, now in (("2026-07", 700, 900), ("2026-08", 800, 950), ("2026-05", 9, 11))
    ]
    marts["kpi_restatements"] = pd.concat([shown, pd.DataFrame(moved)])
    section = words(build(tmp_path, marts).html())
    # months in a row stand in one line, added up
    assert "1,500 1,850 +23.3% moved from one channel to another" in section
    assert re.search(r"Jul . 31 Aug 2026 was 1,500, now it is 1,850, and other channels", section)


def test_conversion_figures_are_sums_of_days(full: Pages) -> None:
    frame = full.marts["kpi_conversion_daily"]
    days = pd.to_datetime(frame["date_day"]) >= pd.Timestamp(marts_fixture.AS_OF) - pd.Timedelta(
        days=28
    )
    search = frame[days & (frame["channel"] == "paid_search")]
    bought = search[search["conversion_id"] == "purchase"]
    rate = bought["visits_converted"].sum() / bought["visits_valid"].sum()
    section = words(full.section("conversion"))
    assert f"{rate:.2%}" in section
    assert f"{bought['visits_valid'].sum():,}" in section


def test_first_screen_judges_and_says_why(full: Pages) -> None:
    page = words(full.html("en"))
    headline = "Partly: 6 of 7 KPIs can be judged, 3 of them are on plan or above it; behind:"
    assert f"{headline} suspicious traffic and purchase rate." in page
    tiles = words(full.section("kpis"))
    assert tiles.count("Behind plan") == 1
    assert tiles.count("Over the limit") == 1
    assert "Behind, within noise" in tiles
    assert "Why: the leads are too young to judge" in tiles
    assert "Plan changed after the start, now 12.0%; judged by the first one" in tiles
    assert "Provisional: 27% of the figure may still change" in tiles
    assert "Data coverage B, good" in tiles


def test_channel_with_a_target_of_its_own_is_judged_by_it(tmp_path: Path) -> None:
    marts = marts_fixture.full_company()
    own = (
        marts["kpi_scorecard"]
        .query("metric_id == 'purchase_conversion'")
        .assign(
            segment_type="channel", segment_value="display", target_value=0.005, actual_value=0.003
        )
    )
    marts["kpi_scorecard"] = pd.concat([marts["kpi_scorecard"], own])
    section = words(build(tmp_path, marts).section("conversion"))
    own = "Display (0.30% of 0.50% planned for 1–30 Nov 2026)"
    assert f"“Purchase”, behind the channel's own target: {own}." in section
    assert "of 0.50% planned: behind plan" in section
    assert "No channel has a target of its own" not in section


def test_names_of_conversions_and_product_lines_reach_the_page(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company(
        "kpi_conversion_daily", "kpi_scorecard", "kpi_definitions", "dim_channel"
    )
    marts["kpi_scorecard"] = (
        marts["kpi_scorecard"]
        .query("metric_id == 'revenue'")
        .assign(segment_type="product_line", segment_value="shop")
    )
    marts["dim_product_line"] = pd.DataFrame(
        [{"product_line": "shop", "name_en": "Online shop", "name_ru": "Интернет-магазин"}]
    )
    marts["dim_conversion"] = pd.DataFrame(
        [{"conversion_id": "lead", "name_en": "Request for a house",
          "name_ru": "Заявка на дом", "is_primary": True}]
    )  # fmt: skip
    pages = build(tmp_path, marts)
    assert "Net revenue: Online shop" in words(pages.section("kpis"))
    assert "«Заявка на дом»" in words(pages.section("conversion", "ru"))


def test_without_targets_by_channel_the_page_says_so(full: Pages) -> None:
    assert "No channel has a target of its own" in words(full.section("conversion"))


def test_every_kpi_leads_to_its_formula_sources_and_traps(full: Pages) -> None:
    page = full.html("en")
    tiles = full.section("kpis")
    linked = set(re.findall(r'href="#d-(\w+)"', page))
    assert set(re.findall(r'<h3><a href="#d-(\w+)"', tiles)) <= linked
    assert len(linked) >= 7
    for metric in linked:
        entry = re.search(rf'<dl id="d-{metric}">.*?</dl>', page, flags=re.DOTALL)
        assert entry is not None
        assert "Formula" in entry[0]
        assert "Lies when" in entry[0]
    spend = re.search(r'<dl id="d-romi">.*?</dl>', page, flags=re.DOTALL)
    assert spend is not None
    assert "(through" in words(spend[0])


def test_definitions_say_when_the_figures_were_loaded(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_definitions", "kpi_data_quality")
    database = marts_fixture.write(marts, tmp_path / "kpi.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema run")
        connection.execute(
            "create table run.publication as select '2026-11-16 04:05:00+00'::timestamptz "
            "as published_at"
        )
    build_scorecards(database, tmp_path, company=marts_fixture.COMPANY, checks=[], run_id=RUN_ID)
    page = words((tmp_path / "scorecard.en.html").read_text(encoding="utf-8"))
    assert "Loaded and checked by 16 Nov 2026, 07:05." in page


def test_a_figure_that_improved_at_the_expense_of_another_is_named(full: Pages) -> None:
    section = words(full.section("guards"))
    assert "Leads improved (300 → 402) while qualified rate got worse (46.0% → 31.0%)." in section
    assert "They may be bought by the piece." in section
    assert "without qualified rate (46.0% → 31.0%)? They may be bought" in words(
        full.section("questions")
    )


def test_channel_that_hangs_on_one_deal_is_named(full: Pages) -> None:
    assert "Hangs on a single deal (share of revenue): Paid social (44%)." in words(
        full.section("roi")
    )


def test_target_that_proves_nothing_is_flagged(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_scorecard", "kpi_definitions")
    marts["kpi_scorecard"] = marts["kpi_scorecard"].assign(
        achievability="not_detectable", smart_gaps="|no_goal|no_milestones|"
    )
    tiles = words(build(tmp_path, marts).section("kpis"))
    assert "So small a change cannot be proven in this period" in tiles
    assert "The plan serves no goal of the register of goals" in tiles


def test_russian_page_is_russian(full: Pages) -> None:
    page = words(full.html("ru"))
    headline = "Отчасти: вывод возможен по 6 из 7 показателей, из них по плану или лучше идут 3;"
    assert f"{headline} отстают:" in page
    assert "Опаздывает: VK Реклама, последний день — 10 нояб. Это влияет на показатели:" in page
    assert "8,9 млн ₽" in page
    assert "Накрутка 4 нояб. 2026: «Медийная реклама»" in page
    letters = re.findall(r"[A-Za-zА-Яа-яё]", page)
    russian = [letter for letter in letters if letter > "z"]
    assert len(russian) / len(letters) > 0.8, "too much of the page is not Russian"


def test_questions_follow_the_findings(full: Pages) -> None:
    asked = words(full.section("questions"))
    for part in (
        "What is the reason and what will be different by 30 Nov 2026?",
        "extra visits to Display",
        "Why go on spending on Display",
        "fell from",
    ):
        assert part in asked, part
    assert "the bill of October 2026 says ₽734K" in words(full.section("reconciliation"))


def test_definitions_and_checks_are_on_the_page(full: Pages) -> None:
    definitions = words(full.section("definitions"))
    for name in full.marts["kpi_definitions"]["name_en"]:
        assert name in definitions
    assert "the site's counter" in definitions
    assert "the denominator was shrunk by filters" in definitions
    sources = words(full.section("sources"))
    for check in marts_fixture.checks():
        assert check.message_en in sources
    assert f"Run {RUN_ID}" in words(full.html("en"))


def test_markup_of_the_data_is_escaped(tmp_path: Path) -> None:
    marts = marts_fixture.orders_only_company()
    marts["kpi_definitions"]["name_en"] = "<b>bold</b> & sly"
    page = build(tmp_path, marts).html("en")
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; sly" in page


def test_a_figure_without_any_data_of_a_source_gets_no_tile(tmp_path: Path) -> None:
    """A company that loads no spend has no visits for 0 roubles."""
    marts = marts_fixture.orders_only_company()
    monthly = marts["kpi_metrics_monthly"]
    marts["kpi_metrics_monthly"] = monthly.assign(
        metric_value=monthly["metric_value"].where(monthly["metric_id"] != "revenue", 0.0),
        coverage_share=(monthly["metric_id"] != "revenue").astype(float),
    )
    page = words(build(tmp_path, marts).section("kpis"))
    assert "Repeat" in page
    assert "revenue" not in page.lower()


def test_shop_with_orders_only_gets_a_good_page(orders_only: Pages) -> None:
    for language in LANGUAGES:
        for section in ("retention", "customers", "definitions", "sources", "missing"):
            assert orders_only.section(section, language)
        for section in ("conversion", "traffic", "roi", "cohorts", "funnel", "brand", "audience"):
            assert not orders_only.section(section, language), f"{section} has no data"
    page = words(orders_only.html("en"))
    assert "No plan is in force" in page
    assert "of customers come back within 90 days, the average order is" in page
    assert "No plan, for information" in page
    assert "Needs ad spend, orders and margins." in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_empty_database_gives_sentences_instead_of_charts(tmp_path: Path, language: str) -> None:
    page = build(tmp_path, {}).html(language)
    assert '<svg class="chart"' not in page
    expected = {"en": "No data have been loaded yet.", "ru": "Данные ещё не загружены."}
    assert expected[language] in words(page)


def test_empty_marts_are_as_good_as_missing_ones(tmp_path: Path) -> None:
    marts = {name: frame.iloc[0:0] for name, frame in marts_fixture.full_company().items()}
    page = build(tmp_path, marts).html("en")
    assert '<svg class="chart"' not in page
    assert "Not measured yet" in words(page)


def test_source_that_stopped_is_told_from_one_that_never_was(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_traffic_quality_daily", "kpi_conversion_daily")
    old = marts["kpi_traffic_quality_daily"]
    marts["kpi_traffic_quality_daily"] = old.assign(date_day=date(2025, 1, 1))
    pages = build(tmp_path, marts)
    assert "Nothing in the last 63 days" in words(pages.section("traffic"))
    assert '<svg class="chart"' not in pages.section("traffic")


def test_nothing_mature_is_said_instead_of_a_verdict(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_roi_trailing")
    roi = marts["kpi_roi_trailing"]
    mature = [name for name in roi if "mature" in name] + ["romi_min", "romi_max"]
    marts["kpi_roi_trailing"] = roi.assign(
        **dict.fromkeys(mature), spread_verdict="too_early", reason_code="not_mature"
    )
    pages = build(tmp_path, marts)
    assert "Too early to judge" in words(pages.section("roi"))
    assert "Everything is provisional" in words(pages.section("roi"))


def test_everything_provisional_is_said(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_traffic_quality_daily", "kpi_conversion_daily")
    marts["kpi_conversion_daily"]["is_provisional"] = True
    pages = build(tmp_path, marts)
    assert "Everything here is provisional" in words(pages.section("traffic"))


def test_marts_of_another_release_do_not_crash(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_funnel_monthly", "kpi_data_quality")
    marts["kpi_funnel_monthly"] = marts["kpi_funnel_monthly"].drop(columns="leads_valid")
    pages = build(tmp_path, marts)
    assert "comes from another release" in words(pages.section("funnel"))
    assert "kpi_funnel_monthly" in words(pages.section("sources"))


def test_a_section_with_one_unlike_query_is_a_sentence(tmp_path: Path) -> None:
    """An upgrade adds a column that one of several queries of a mart asks for."""
    marts = marts_fixture.part_of_company("kpi_traffic_quality_daily", "kpi_conversion_daily")
    traffic = marts["kpi_traffic_quality_daily"]
    marts["kpi_traffic_quality_daily"] = traffic.drop(columns="unjudged_spend_amount")
    pages = build(tmp_path, marts)
    assert "comes from another release" in words(pages.section("traffic"))
    assert "comes from another release" not in words(pages.section("conversion"))


def _with_empty_plain_tables(quality: pd.DataFrame) -> pd.DataFrame:
    """The quality of a company whose folder has the source `plain` on, and no file in it."""
    empty = {"source": "plain", "rows_total": 0, "rows_quarantined": 0, "missing_days": 0,
             "freshness_status": "missing", "last_day": None}  # fmt: skip
    rows = [
        quality.iloc[0].to_dict() | empty | {"table_name": table} for table in ("orders", "leads")
    ]
    return pd.concat([quality, pd.DataFrame(rows)], ignore_index=True)


def test_plain_tables_that_nobody_fills_are_not_missing(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_definitions", "kpi_data_quality", "kpi_scorecard")
    marts["kpi_data_quality"] = _with_empty_plain_tables(marts["kpi_data_quality"])
    pages = build(tmp_path, marts)
    page = words(pages.html("en"))
    assert "No data from" not in page
    assert "Own tables" not in page
    assert "4 of 5 tables are on time." in page


def test_plain_tables_are_missing_where_nothing_else_is_on(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_definitions", "kpi_data_quality")
    quality = _with_empty_plain_tables(marts["kpi_data_quality"])
    marts["kpi_data_quality"] = quality[quality["source"] == "plain"]
    pages = build(tmp_path, marts)
    assert "No data from Own tables." in words(pages.html("en"))


def test_plain_rows_that_were_refused_are_shown(tmp_path: Path) -> None:
    marts = marts_fixture.part_of_company("kpi_definitions", "kpi_data_quality")
    quality = _with_empty_plain_tables(marts["kpi_data_quality"])
    quality.loc[quality["source"] == "plain", "rows_quarantined"] = 7
    marts["kpi_data_quality"] = quality
    pages = build(tmp_path, marts)
    assert "No data from Own tables." in words(pages.html("en"))


def test_refused_data_are_announced_first(tmp_path: Path) -> None:
    check = CheckOutcome(
        "unique_key", "crm", "blocking", False, "Two orders share a key.", "Два заказа с ключом.", 2
    )
    marts = marts_fixture.part_of_company("kpi_data_quality", "kpi_scorecard")
    pages = build(tmp_path, marts, checks=[check])
    page = words(pages.html("en"))
    assert page.index("New data were refused") < page.index("Is marketing working?")
    assert "Two orders share a key." in page


def test_failed_check_says_since_when_and_when_it_was_noticed(tmp_path: Path) -> None:
    check = CheckOutcome(
        "no_bot_spike", "web_analytics", "warning", False, "Fake traffic.", "Накрутка.", 4,
        since="2026-10-20", first_seen="2026-10-24",
    )  # fmt: skip
    pages = build(tmp_path, {}, checks=[check])
    sources = words(pages.section("sources")).replace("\u00a0", " ")
    assert "Fake traffic. Site traffic warning 4 20 Oct 2026 24 Oct 2026" in sources


def test_same_data_give_the_same_bytes(full: Pages, tmp_path: Path) -> None:
    again = build(tmp_path, marts_fixture.full_company(), checks=marts_fixture.checks())
    for language in LANGUAGES:
        assert again.html(language) == full.html(language)


def test_only_the_run_id_tells_two_runs_apart(orders_only: Pages, tmp_path: Path) -> None:
    again = build(tmp_path, marts_fixture.orders_only_company(), run_id="other")
    page = again.html("en").replace("Run other", f"Run {RUN_ID}")
    assert page == orders_only.html("en")


def test_language_of_the_company_comes_first(orders_only: Pages, tmp_path: Path) -> None:
    paths = build_scorecards(
        orders_only.folder / "kpi.duckdb",
        tmp_path / "new",
        company=marts_fixture.COMPANY,
        checks=[],
        run_id=RUN_ID,
    )
    assert [path.name for path in paths] == ["scorecard.ru.html", "scorecard.en.html"]
    assert not list((tmp_path / "new").glob("*.tmp"))


def test_missing_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no published snapshot"):
        build_scorecards(
            tmp_path / "kpi.duckdb", tmp_path, company=marts_fixture.COMPANY, checks=[], run_id="r"
        )
