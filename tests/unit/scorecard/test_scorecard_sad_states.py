"""When the data are missing, few, young or refused, both pages say so and invent nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from orchestration.scorecard import build_explore_pages
from tests.unit.scorecard import marts_fixture
from tests.unit.scorecard.conftest import RUN_ID, Pages, build
from tests.unit.scorecard.sad_companies import REFUSAL, sad_companies
from tests.unit.scorecard.test_scorecard_page import words

SAD = sad_companies()


@pytest.fixture(scope="module")
def sad_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pages]:
    return {
        name: build(tmp_path_factory.mktemp(name), company.marts, **company.arguments)
        for name, company in SAD.items()
    }


@pytest.mark.parametrize("name", SAD)
def test_page_says_what_is_wrong(sad_pages: dict[str, Pages], name: str) -> None:
    page = words(sad_pages[name].html("ru"))
    for sentence in SAD[name].says:
        assert sentence in page
    for nonsense in ("nan", "NaN", "None", "Infinity"):
        assert nonsense not in page


@pytest.mark.parametrize("name", ["no_data", "not_enough", "provisional"])
def test_nothing_is_called_a_success_without_data(sad_pages: dict[str, Pages], name: str) -> None:
    page = words(sad_pages[name].html("en"))
    assert "Advertising pays:" not in page
    assert "Plan reached" not in page
    assert "Ahead of plan" not in page


def test_without_data_the_owner_is_told_what_to_do(sad_pages: dict[str, Pages]) -> None:
    page = words(sad_pages["no_data"].html("en"))
    assert "Put export files into exports/<source>/ and run again." in page
    assert "registers/targets.csv" in page


def test_sales_without_a_channel_are_no_loss(sad_pages: dict[str, Pages]) -> None:
    assert "ROMI of paid channels" not in words(sad_pages["untraced"].section("roi"))
    assert "<figure" not in sad_pages["untraced"].section("cohorts")


def test_spend_alone_is_no_traffic(tmp_path: Path) -> None:
    """Days of mere spend are not days on which the counter fell silent."""
    traffic = marts_fixture.full_company()["kpi_traffic_quality_daily"].assign(visits=0)
    pages = build(tmp_path, {"kpi_traffic_quality_daily": traffic})
    assert not pages.section("traffic")
    assert "Needs single visits" in words(pages.section("missing"))


def test_old_page_keeps_its_figures(sad_pages: dict[str, Pages], full: Pages) -> None:
    assert sad_pages["refused"].section("kpis") == full.section("kpis")
    assert sad_pages["refused"].section("traffic") == full.section("traffic")


EMPTY = {
    name: frame if name in ("kpi_definitions", "kpi_funnel_monthly") else frame.iloc[0:0]
    for name, frame in marts_fixture.full_company().items()
}


@pytest.mark.parametrize("marts", [{}, EMPTY], ids=["no marts", "leads alone"])
def test_explore_page_without_figures_still_has_its_calculator(
    tmp_path: Path, marts: dict[str, pd.DataFrame]
) -> None:
    database = marts_fixture.write(marts, tmp_path / "kpi.duckdb")
    build_explore_pages(
        database,
        tmp_path,
        company=marts_fixture.COMPANY,
        run_id=RUN_ID,
        cache=tmp_path / "cache",
    )
    page = (tmp_path / "explore.en.html").read_text(encoding="utf-8")
    assert "There are no figures to explore yet" in page
    assert 'id="what-if"' in page
    assert 'id="filters"' not in page


def test_campaigns_that_are_called_alike_stay_two(tmp_path: Path) -> None:
    """A chart has one bar, and one line, for each name."""
    marts = marts_fixture.part_of_company("kpi_roi_monthly", "dim_campaign")
    marts["dim_campaign"] = pd.DataFrame(
        {
            "channel": ["paid_search", "paid_search", "display"],
            "campaign_id": ["paid_search-1", "paid_search-2", "display-1"],
            "campaign_name": ["Brand"] * 3,
        }
    )
    build_explore_pages(
        marts_fixture.write(marts, tmp_path / "kpi.duckdb"),
        tmp_path,
        company=marts_fixture.COMPANY,
        run_id=RUN_ID,
        cache=tmp_path / "cache",
    )
    page = (tmp_path / "explore.en.html").read_text(encoding="utf-8")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    channels = [channel["name"] for channel in data["channels"]]
    assert {
        campaign["name"]: channels[campaign["channel"]]
        for campaign in data["campaigns"]
        if "Brand" in campaign["name"]
    } == {
        "Brand (paid_search-1)": "paid search",
        "Brand (paid_search-2)": "paid search",
        "Brand": "display",
    }


def test_explore_page_is_old_too_and_leads_to_the_reason(tmp_path: Path) -> None:
    database = marts_fixture.write(SAD["refused"].marts, tmp_path / "kpi.duckdb")
    build_explore_pages(
        database,
        tmp_path,
        company=marts_fixture.COMPANY,
        run_id=RUN_ID,
        cache=tmp_path / "cache",
        refusal=REFUSAL,
    )
    page = (tmp_path / "explore.en.html").read_text(encoding="utf-8")
    banner = page.partition('<p class="banner refused">')[2].partition("</p>")[0]
    assert "this page is old" in banner
    assert 'href="scorecard.en.html"' in banner
