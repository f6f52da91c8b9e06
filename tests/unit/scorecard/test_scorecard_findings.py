"""The rules behind the sentences, on the smallest data that decides them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard import findings
from orchestration.scorecard.findings import Weight, change_of_share
from orchestration.scorecard.inputs import Refusal
from orchestration.scorecard.intervals import newcombe_difference, poisson, wilson
from orchestration.scorecard.l10n import Day, Name, Translator, text
from orchestration.scorecard.metrics import (
    Target,
    days_missing,
    monthly_series,
    split_headline,
    targets_in_force,
)
from orchestration.scorecard.sections.roi import judgement
from orchestration.scorecard.tiles import bullet, information_tile, tile
from tests.unit.scorecard import marts_fixture

ROOT = Path(__file__).parents[3]


def test_wilson_matches_the_published_example() -> None:
    interval = wilson(81, 263)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    empty = wilson(0, 20)
    assert empty is not None
    assert (empty.low, round(empty.high, 4)) == (0.0, 0.1611)
    assert wilson(0, 0) is None


def test_newcombe_matches_the_published_example() -> None:
    interval = newcombe_difference(56, 70, 48, 80)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.69), (9, 4.12, 17.08), (100, 81.4, 121.6)]
)
def test_poisson_is_close_to_the_exact_interval(count: int, low: float, high: float) -> None:
    interval = poisson(count)
    assert interval.low == pytest.approx(low, abs=0.3)
    assert interval.high == pytest.approx(high, abs=0.5)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((28, 1000, 25, 1000), "same"),  # +12% on a thousand visits proves nothing
        ((400, 14_000, 250, 14_000), "rose"),
        ((150, 14_000, 250, 14_000), "fell"),
        ((9, 14_000, 250, 14_000), "little"),
        ((30, 99, 60, 400), "little"),
    ],
)
def test_change_of_share(counts: tuple[int, int, int, int], verdict: str) -> None:
    assert change_of_share(*counts) == verdict


def _target(**values: Any) -> Target:
    row = marts_fixture.full_company()["kpi_scorecard"].iloc[0].to_dict() | values
    return targets_in_force(pd.DataFrame([row]), marts_fixture.AS_OF)[0]


@pytest.mark.parametrize(
    ("verdicts", "key"),
    [
        ([], "headline.no_targets"),
        (["reached", "ahead", "behind_within_noise"], "headline.works"),
        (["reached", "behind", "behind_within_noise"], "headline.partly"),
        (["reached", "behind", "behind"], "headline.fails"),
        (["reached", "cannot_tell", "behind_within_noise"], "headline.close_of_known"),
        # one that is kept beside one that nobody knows is no success of the whole
        (["reached", "cannot_tell"], "headline.mostly_unknown"),
        (["reached", "ahead", "cannot_tell"], "headline.works_of_known"),
        (["reached", "behind", "cannot_tell"], "headline.partly_of_known"),
        (["behind", "behind", "cannot_tell"], "headline.fails_of_known"),
        # nothing is on plan: no part of a yes
        (["behind", "behind_within_noise"], "headline.fails"),
        (["behind", "cannot_tell"], "headline.fails_of_known"),
        (["cannot_tell", "cannot_tell"], "headline.unknown"),
    ],
)
def test_headline(verdicts: list[str], key: str) -> None:
    assert findings.headline([_target(verdict=verdict) for verdict in verdicts]).key == key


def test_the_headline_says_how_many_kpis_can_be_judged() -> None:
    verdicts = ("reached", "ahead", "behind_within_noise", "cannot_tell")
    sentence = findings.headline([_target(verdict=verdict) for verdict in verdicts])
    assert Translator("en", "RUB")(sentence) == (
        "Yes, as far as can be told: 3 of 4 KPIs can be judged, 2 of them are on plan or above "
        "it, none is proven behind."
    )
    assert Translator("ru", "RUB")(sentence) == (
        "Да, насколько можно судить: вывод возможен по 3 из 4 показателей, из них по плану или "
        "лучше идут 2, доказанных отставаний нет."
    )


def test_a_plan_that_was_dated_back_is_asked_about() -> None:
    late = _target(
        is_approved_before_start=False,
        is_entered_after_start=True,
        first_seen_at=pd.Timestamp("2026-11-09 06:30"),
    )
    (found,) = findings.target_findings([late])
    assert found.question is not None
    words = Translator("en", "RUB")(found.question)
    assert "first found in the register on 9\xa0Nov\xa02026" in words
    flags = tile(late, {}, date(2026, 11, 16), Translator("ru", "RUB")).flags
    assert any("впервые найден в реестре 9\xa0нояб.\xa02026" in flag for flag in flags), flags


def test_waves_of_another_mode_are_not_drawn_in_one_line() -> None:
    months = [date(2026, month, 1) for month in range(1, 6)]
    frame = pd.DataFrame(
        {
            "metric_id": "nps", "segment_type": "all", "segment_value": "all",
            "survey_mode": ["phone", "phone", "online_panel", None, "online_panel"],
            "missing_days": 0, "month": months, "metric_value": [1.0, 2, 3, 4, 5],
        }
    )  # fmt: skip
    points = monthly_series(frame)["nps", "all", "all"]
    assert [value for _, value in points] == [3, 4, 5]


def test_a_month_with_days_missing_is_marked_on_its_tile() -> None:
    frame = pd.DataFrame(
        {
            "metric_id": ["revenue"] * 3, "segment_type": ["all", "all", "channel"],
            "segment_value": ["all", "all", "ads"], "survey_mode": None,
            "missing_days": [0, 3, 9], "metric_value": 5.0,
            "month": [date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 1)],
        }
    )  # fmt: skip
    missing = days_missing(frame)
    assert missing == {"revenue": 3}
    points = monthly_series(frame)["revenue", "all", "all"]
    marked = information_tile("revenue", points, missing["revenue"], Translator("en", "RUB"))
    assert list(marked.flags) == ["The month is not whole: no data for 3 days of it"]
    assert not information_tile("revenue", points, 0, Translator("en", "RUB")).flags


def test_young_figures_are_no_lack_of_data() -> None:
    young = [_target(verdict="cannot_tell", reason_code="not_mature") for _ in range(2)]
    assert findings.headline(young).key == "headline.early"
    few = _target(verdict="cannot_tell", reason_code="not_enough_data")
    assert findings.headline([*young, few]).key == "headline.unknown"


def _roi(romi: float, *, spread: float | None, deals: float, coverage: float = 0.9) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "channel": "a",
                "spend_amount_mature": 100.0,
                "full_cost_amount_mature": 200.0,
                "contribution_amount_mature": 100.0 * (1 + romi),
                "romi_mature_low": None if spread is None else romi - spread,
                "romi_mature_high": None if spread is None else romi + spread,
                "orders_mature": deals,
                "coverage_share": coverage,
            }
        ]
    )


@pytest.mark.parametrize(
    ("frame", "key"),
    [
        (_roi(0.5, spread=0.3, deals=90), "headline.money_pays"),
        (_roi(0.5, spread=0.9, deals=90), "headline.money_close"),
        (_roi(-0.5, spread=0.3, deals=90), "headline.money_loses"),
        (_roi(0.5, spread=None, deals=4), "headline.money_close"),  # four lucky deals
        (_roi(0.5, spread=0.3, deals=90, coverage=0.6), "headline.money_thin"),
    ],
)
def test_headline_money_claims_only_what_chance_does_not_explain(
    frame: pd.DataFrame, key: str
) -> None:
    assert findings.headline_money(frame)[0].key == key


def test_full_cost_is_said_beside_the_return_on_media() -> None:
    sentences = findings.headline_money(_roi(0.5, spread=0.3, deals=90))
    assert sentences[1].values["full"].value == pytest.approx(-0.25)


def test_costs_that_nobody_entered_are_not_said_to_be_counted() -> None:
    frame = _roi(0.5, spread=0.3, deals=90).assign(full_cost_amount_mature=100.0)
    said = findings.headline_money(frame)
    assert [text.key for text in said] == ["headline.money_pays", "headline.money_media_only"]


def test_a_channel_without_a_deal_may_have_missed_one() -> None:
    unlucky = _roi(-1, spread=None, deals=0)
    assert findings.headline_money(unlucky) == []  # nothing tells what a deal would have brought
    organic = unlucky.assign(
        channel="b", spend_amount_mature=0.0, contribution_amount_mature=500.0, orders_mature=10.0
    )
    returns = findings.mature_returns(pd.concat([unlucky, organic]))
    assert returns is not None
    assert returns.romi == pytest.approx(-1)
    assert returns.high == pytest.approx(-1 + 50 * poisson(0).high / 100)


def test_refunds_of_no_channel_are_no_share_of_the_revenue() -> None:
    (found,) = findings.unattributed_finding(-500.0, 1000.0)
    assert found.statement is not None
    assert found.statement.key == "roi.unattributed_returns"
    (found,) = findings.unattributed_finding(400.0, 1000.0)
    assert found.statement is not None
    assert found.statement.values["share"].value == pytest.approx(0.4)


def test_of_more_refunds_than_sales_no_average_order_is_told() -> None:
    month = {
        "month": "2026-10-01", "is_complete": True, "net_aov_amount": -1087.0,
        "revenue_amount": -25002.0, "repeat_purchase_rate_90d": None,
    }  # fmt: skip
    (found,) = findings.customer_findings(pd.DataFrame([month]))
    assert found.statement is not None
    assert found.statement.key == "customers.refunded"


def test_an_average_that_hangs_on_one_order_is_said_to_be_none() -> None:
    row = {"metric_id": "aov_net", "is_concentrated": True, "largest_order_share": 0.97}
    (found,) = findings.one_order_finding(pd.DataFrame([row]))
    assert found.statement is not None
    assert found.statement.key == "customers.one_order"
    assert findings.one_order_finding(pd.DataFrame([row | {"is_concentrated": False}])) == []


def test_every_kpi_is_fed_by_some_source() -> None:
    with (ROOT / "dbt_project" / "seeds" / "kpi_definitions.csv").open(encoding="utf-8") as file:
        known = {row["metric_id"] for row in csv.DictReader(file)}
    fed = {
        metric
        for table in ("yandex_metrica__visits", "plain__ad_spend", "bitrix24__leads",
                      "bitrix24__deals", "telegram__followers", "surveys__responses")
        for metric in findings.metrics_fed_by(table)
    }  # fmt: skip
    assert known - fed == set()


def test_ahead_is_said_where_chance_does_not_explain_it() -> None:
    on_pace = _target(verdict="ahead", actual_value=14, actual_low=8, expected_to_date=11)
    assert on_pace.verdict_name.id == "on_pace"
    ahead = _target(verdict="ahead", actual_value=24, actual_low=15, expected_to_date=11)
    assert ahead.verdict_name.id == "ahead"


@pytest.mark.parametrize(("verdict", "is_flagged"), [("behind", False), ("cannot_tell", True)])
def test_what_is_proven_is_not_said_to_be_beyond_proof(verdict: str, is_flagged: bool) -> None:
    target = _target(verdict=verdict, achievability="not_detectable")
    said = tile(target, {}, marts_fixture.AS_OF, Translator("en", "RUB")).flags
    assert ("So small a change cannot be proven in this period" in said) == is_flagged


def test_a_plan_in_another_currency_is_shown_in_it() -> None:
    target = _target(
        metric_id="cpl", verdict="cannot_tell", reason_code="other_currency", unit="USD",
        target_value=25,
    )  # fmt: skip
    say = Translator("ru", "RUB")
    assert say.show(target.planned(target.plan)) == "25\u00a0$"
    assert bullet(target) is None
    assert say.show(target.shown(2246)) == "2\u00a0246\u00a0₽"


def test_unknown_margin_gives_no_sentence_about_money() -> None:
    frame = _roi(0.5, spread=0.3, deals=90)
    frame["contribution_amount_mature"] = None
    assert findings.headline_money(frame) == []


@pytest.mark.parametrize(
    ("spread", "reason", "word"),
    [
        ("robust_negative", None, "robust_negative"),
        ("robust_positive", "within_noise", "within_noise"),
        ("robust_positive", "not_enough_data", "cannot_tell"),
        ("depends_on_model", "not_enough_data", "depends_on_model"),
        ("depends_on_model", "low_coverage", "cannot_tell"),
        ("too_early", "not_mature", "too_early"),
    ],
)
def test_judgement_of_a_channel(spread: str, reason: str | None, word: str) -> None:
    assert judgement({"spread_verdict": spread, "reason_code": reason}) == word


def test_changed_goal_is_no_rise() -> None:
    frame = pd.DataFrame([{"channel": "a", "rate": 0.05, "rate_before": 0.02, "change": "void"}])
    found = findings.conversion_findings(frame, Name("conversion_name", "lead"), date(2026, 8, 1))
    assert [finding.statement.key for finding in found if finding.statement] == [
        "conversion.version"
    ]
    assert found[0].question is not None


def test_days_of_one_attack_are_one_episode() -> None:
    days = [
        {"channel": "a", "date_day": date(2026, 10, day), "visits": 200, "expected_visits": 20.0,
         "suspicious_visits": 180, "spike_verdict": "fail"}
        for day in (20, 21, 22, 25)
    ]  # fmt: skip
    found = findings.episodes(pd.DataFrame(days))
    assert [(e.start.day, e.end.day, e.visits) for e in found] == [(25, 25, 200), (20, 22, 600)]


def test_banner_names_the_late_source_and_its_kpis() -> None:
    marts = marts_fixture.full_company()
    banner = findings.banner([], marts["kpi_data_quality"], ["romi", "nps"], None, "en")
    assert banner.state == "care"
    line = banner.lines[0]
    assert not isinstance(line, str)
    assert line.values["touches"].values["metrics"] == [Name("metric", "romi", is_inside=True)]


@pytest.mark.parametrize(
    ("source", "tables", "day"),
    [
        # the newest of the tables that are late together; of two subjects the oldest
        ("bitrix24", {"deals": 1, "leads": 20}, 20),
        ("plain", {"orders": 1, "leads": 20, "ad_spend": 22}, 20),
        ("plain", {"orders": 21, "ad_spend": 3}, 3),
    ],
)
def test_nothing_came_since_the_newest_row_of_a_source(
    source: str, tables: dict[str, int], day: int
) -> None:
    quality = pd.DataFrame(
        {
            "source": source,
            "table_name": list(tables),
            "freshness_status": "late",
            "last_day": [date(2026, 11, last) for last in tables.values()],
        }
    )
    (found,) = findings.late_source_findings(quality)
    assert found.question
    assert found.question.values["day"] == Day(date(2026, 11, day))


def test_banner_is_calm_when_all_is_well() -> None:
    quality = marts_fixture.full_company()["kpi_data_quality"].assign(freshness_status="ok")
    check = marts_fixture.checks()[0]
    assert findings.banner([check], quality, [], None, "en").state == "ok"


def test_refused_data_come_first_in_the_banner() -> None:
    check = CheckOutcome("keys", "crm", "blocking", False, "Two orders share a key.", "…", 2)
    banner = findings.banner([check], pd.DataFrame(), ["revenue"], date(2026, 11, 2), "en")
    assert banner.state == "refused"
    assert "Two orders share a key." in str(banner.lines[1])


def test_page_after_a_refused_run_says_since_when_and_why() -> None:
    late = Refusal(day=date(2026, 11, 4), since=date(2026, 11, 3), run_id="r", reasons=("Full.",))
    banner = findings.banner([], pd.DataFrame(), [], date(2026, 11, 2), "en", refusal=late)
    assert banner.state == "refused"
    said = [say(line) for say in [Translator("en", "RUB")] for line in banner.lines]
    assert "since 3 Nov 2026, the last try was on 4 Nov 2026" in said[0].replace("\u00a0", " ")
    assert "through 2 Nov 2026" in said[0].replace("\u00a0", " ")
    assert said[1] == "Why: a step of the run failed. Full."


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("plain_crm_days: The file is empty (0 bytes) (file a.csv)", "Own tables: The file is"),
        ("vk_ads: The file is empty (0 bytes) (file a.csv)", "VK Ads: The file is"),
        ("publication__snapshot: disk full", "failed. Disk full."),
    ],
)
def test_failed_step_is_told_by_its_source(step: str, said: str) -> None:
    day = date(2026, 11, 4)
    refusal = Refusal(day=day, since=day, run_id="r", reasons=(step,))
    banner = findings.banner([], pd.DataFrame(), [], day, "en", refusal=refusal)
    assert said in Translator("en", "RUB").show(banner.lines[1])


def test_warnings_of_checks_are_one_line_until_unfolded() -> None:
    quality = marts_fixture.full_company()["kpi_data_quality"].assign(freshness_status="ok")
    warning = CheckOutcome("w", "vk_ads__stats", "warning", False, "Clicks are odd.", "…", 2)
    banner = findings.banner([warning] * 5, quality, ["romi", "cpl"], None, "en")
    assert (banner.state, banner.lines, len(banner.warnings)) == ("care", (), 5)
    assert banner.summary is not None
    assert Translator("en", "RUB")(banner.summary) == (
        "5 warnings of the checks. Touches: cost per lead and ROMI."
    )


def test_long_message_of_a_check_is_cut_before_its_cases_and_its_remedy() -> None:
    message = (
        "Bot traffic in the last 30 days, 4 day(s), about 77,704 RUB was spent on it: "
        + "23.10.2026 campaign 7, 192 of 216 visits; " * 4
        + "What to do: ask for the money back."
    )
    cut = findings.brief(message)
    assert cut == "Bot traffic in the last 30 days, 4 day(s), about 77,704 RUB was spent on it…"
    assert findings.brief("Two keys are equal What to do: fix") == "Two keys are equal."


def test_one_judgement_of_projections_is_no_interval() -> None:
    backtest = marts_fixture.full_company()["kpi_projection_backtest"]
    (one,) = findings.backtest_findings(backtest)
    assert one.statement
    assert Translator("en", "RUB")(one.statement).endswith("their total was out by −7%.")
    several = backtest.assign(total_error_share=[-0.07, 0.1, 0.1])
    (more,) = findings.backtest_findings(several)
    assert more.statement
    assert Translator("en", "RUB")(more.statement).endswith("out by −7% to +10%.")


def test_a_ratio_behind_its_plan_is_asked_about_once_and_not_as_if_a_part_were_due() -> None:
    plan = _target(
        metric_id="purchase_conversion", metric_kind="ratio", verdict="behind",
        expected_to_date=None, is_target_changed_after_start=False,
        is_approved_before_start=True, coverage_grade="A",
    )  # fmt: skip
    (asked,) = findings.target_findings([plan])
    assert asked.question
    assert asked.question.key == "question.behind_plan"
    assert findings.plan_findings([plan], Name("conversion", "purchase"))[0].question is None


def test_one_section_does_not_ask_all_the_questions() -> None:
    many = [
        findings.Finding(None, Weight.ALARM, "kpis", text("question.behind", metric=str(n)))
        for n in range(9)
    ]
    other = findings.Finding(None, Weight.LOOK, "roi", text("question.roi_depends"))
    asked = findings.questions([*many, many[0], other])
    assert [finding.section for finding in asked] == ["kpis", "kpis", "kpis", "roi"]


def test_target_in_force_is_the_shortest_running_period() -> None:
    row = marts_fixture.full_company()["kpi_scorecard"].iloc[0].to_dict()
    periods = [
        (date(2026, 1, 1), date(2026, 12, 31), 1.0),
        (date(2026, 11, 1), date(2026, 11, 30), 2.0),
        (date(2026, 10, 1), date(2026, 10, 31), 3.0),
    ]
    frame = pd.DataFrame(
        [
            row | {"period_start": start, "period_end": end, "target_value": value}
            for start, end, value in periods
        ]
    )
    assert [target.plan for target in targets_in_force(frame, marts_fixture.AS_OF)] == [2.0]
    ended = targets_in_force(frame.iloc[2:], marts_fixture.AS_OF)
    assert [target.plan for target in ended] == [3.0]


def test_of_two_running_periods_that_began_together_the_shorter_is_in_force() -> None:
    row = marts_fixture.full_company()["kpi_scorecard"].iloc[0].to_dict()
    frame = pd.DataFrame(
        [
            row | {"period_start": date(2026, 10, 1), "period_end": end, "target_value": value}
            for end, value in ((date(2026, 12, 31), 1.0), (date(2026, 11, 30), 2.0))
        ]
    )
    assert [target.plan for target in targets_in_force(frame, marts_fixture.AS_OF)] == [2.0]


def test_no_target_hides_another_of_the_same_period() -> None:
    """Whoever adds an easy target beside the agreed one has both shown, the agreed one first."""
    row = marts_fixture.full_company()["kpi_scorecard"].iloc[0].to_dict()
    frame = pd.DataFrame(
        [
            row | {"target_value": value, "is_approved_before_start": is_agreed}
            for value, is_agreed in ((10.0, False), (300.0, True))
        ]
    )
    targets = targets_in_force(frame, marts_fixture.AS_OF)
    assert [target.plan for target in targets] == [300.0, 10.0]
    definitions = marts_fixture.full_company()["kpi_definitions"]
    tiles, others = split_headline(targets, definitions, "")
    assert ([tile.plan for tile in tiles], [other.plan for other in others]) == ([300.0], [10.0])


def test_tiles_prefer_the_kpis_of_the_industry() -> None:
    marts = marts_fixture.full_company()
    definitions = marts["kpi_definitions"].assign(
        kpi_sets=["|services|" if m == "leads_valid" else "" for m in
                  marts["kpi_definitions"]["metric_id"]]
    )  # fmt: skip
    targets = targets_in_force(marts["kpi_scorecard"], marts_fixture.AS_OF)
    tiles, others = split_headline(targets, definitions, "services")
    assert "leads_valid" in [target.metric_id for target in tiles]
    assert len(tiles) == 7
    assert len(tiles) + len(others) == len(targets)


def test_a_month_of_which_spend_is_missing_is_named_and_left_out_of_the_sum() -> None:
    frame = pd.DataFrame(
        {
            "lead_month": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
            "is_mature": [True, True, True],
            "reason_code": [None, "missing_rate", None],
            "spend_amount": [100.0, 1.0, 100.0],
            "contribution_amount": [200.0, 300.0, 300.0],
        }
    )
    say = Translator("en", "RUB")
    said = [say.show(finding.statement) for finding in findings.cohort_findings(frame)]
    assert "2 mature months" in said[0]
    assert "+150%" in said[0]
    assert "February 2026" in said[1]
