"""Targets on figures of surveys: waves compare within one mode only."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.integration.golden_support import CompiledProject, Table, company, compiled_project
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import (
    BRAND_MODELS,
    LAST_DAY,
    answer_tables,
    scorecard_row,
    target_row,
    wave_rows,
)
from tests.integration.test_brand_waves import Answers, known_by, marked

START, END = date(2026, 1, 1), date(2026, 12, 31)
PHONE, PANEL = "phone", "online_panel"


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


def wave(day: date, mode: str, known: float, *, asked: int = 1000) -> dict[str, Any]:
    """A row of int_metric_components_daily."""
    return {
        "metric_id": "aided_awareness", "segment_type": "all", "segment_value": "all",
        "numerator": known * asked, "denominator": asked, "events": asked, "rates_missing": 0,
        "margins_missing": 0, "provisional_share": 0, "survey_mode": mode, "date_day": day,
    }  # fmt: skip


EARLIER, SPRING, AUTUMN = date(2025, 9, 15), date(2026, 3, 15), date(2026, 9, 15)


@pytest.mark.parametrize(
    ("waves", "verdict", "reason", "actual"),
    [
        # asked alike: a rise from 30 to 45% is one
        ([(EARLIER, PHONE, 0.30), (AUTUMN, PHONE, 0.45)], "reached", None, 0.45),
        # the web panel says 45% where the phone said 30%: nobody knows what moved
        ([(EARLIER, PHONE, 0.30), (AUTUMN, PANEL, 0.45)], "cannot_tell", "not_comparable", 0.45),
        # the last wave by phone is what compares, whatever the panel said after it
        ([(EARLIER, PHONE, 0.30), (SPRING, PHONE, 0.45), (AUTUMN, PANEL, 0.10)],
         "reached", None, 0.45),
        # before the period nobody was asked: its first wave decides
        ([(SPRING, PHONE, 0.45), (AUTUMN, PANEL, 0.10)], "reached", None, 0.45),
    ],
)  # fmt: skip
def test_a_target_rests_on_waves_of_one_mode(
    project: CompiledProject,
    waves: list[tuple[date, str, float]],
    verdict: str,
    reason: str | None,
    actual: float,
) -> None:
    target = target_row("aided_awareness", 0.40, START, END, baseline_value=0.30)
    row = scorecard_row(project, [target], [wave(*given) for given in waves], LAST_DAY)
    assert (row["verdict"], row["reason_code"]) == (verdict, reason)
    assert row["actual_value"] == pytest.approx(actual)


def test_the_best_past_change_is_one_of_a_single_mode(project: CompiledProject) -> None:
    """From 20% by phone to 40% in a panel is no change that was ever reached."""
    target = target_row("aided_awareness", 0.50, date(2026, 7, 1), date(2026, 9, 30))
    waves = [
        wave(date(2025, 8, 1), PANEL, 0.37),
        wave(date(2025, 11, 1), PHONE, 0.20),
        wave(date(2026, 2, 1), PANEL, 0.40),
        wave(date(2026, 5, 1), PANEL, 0.41),
    ]
    row = scorecard_row(project, [target], waves, LAST_DAY)
    assert row["best_past_change"] == pytest.approx(0.03)


def test_marks_that_are_all_alike_have_no_range(project: CompiledProject) -> None:
    component = {
        **wave(AUTUMN, "customers", 1.0, asked=20), "metric_id": "nps", "numerator": 2000.0,
        "numerator_variance": 200_000.0, "denominator_variance": 20.0, "covariance": 2000.0,
    }  # fmt: skip
    target = target_row("nps", 50, START, END, baseline_value=40)
    row = scorecard_row(project, [target], [component], LAST_DAY)
    assert (row["actual_value"], row["actual_low"], row["actual_high"]) == (100, None, None)
    assert row["reason_code"] == "not_enough_data"


FIRST_READ_IN_SEPTEMBER = {
    "target_id": "T", "target_version": 1,
    "first_seen_at": pd.Timestamp("2026-09-05 02:00"),
    "last_unseen_at": pd.Timestamp("2026-09-04 02:00"),
}  # fmt: skip


def test_a_back_dated_target_does_not_replace_the_one_that_was_known(
    project: CompiledProject,
) -> None:
    sightings = [FIRST_READ_IN_SEPTEMBER]
    target = target_row(
        "aided_awareness",
        0.40,
        START,
        END,
        approved_at=pd.Timestamp("2025-12-01"),
        baseline_value=0.3,
    )
    waves = [wave(AUTUMN, PHONE, 0.45)]
    trusted = scorecard_row(project, [target], waves, LAST_DAY)
    assert trusted["is_approved_before_start"]
    assert trusted["first_seen_at"] is None
    row = scorecard_row(project, [target], waves, LAST_DAY, sightings)
    assert not row["is_approved_before_start"]
    assert row["is_entered_after_start"]
    assert "entered_late" in row["smart_gaps"].split("|")
    # by the clock of the company
    assert row["first_seen_at"] == pd.Timestamp("2026-09-05 05:00")


def test_a_target_that_was_edited_after_the_start_is_judged_by_what_was_agreed(
    project: CompiledProject,
) -> None:
    """45% reach the 40% that stand there now, and not the 60% that were read before the period."""
    sightings = [
        {
            **FIRST_READ_IN_SEPTEMBER,
            "agreed_metric_id": "aided_awareness", "agreed_segment_type": "all",
            "agreed_segment_value": "all", "agreed_direction": "up",
            "agreed_target_value": 0.60, "agreed_baseline_value": 0.3,
            "agreed_period_start": START, "agreed_period_end": END,
            "agreed_approved_at": pd.Timestamp("2025-12-01"),
            "agreed_seen_at": pd.Timestamp("2025-12-02 02:00"),
        }
    ]  # fmt: skip
    approved = pd.Timestamp("2025-12-01")
    target = target_row(
        "aided_awareness", 0.40, START, END, approved_at=approved, baseline_value=0.3
    )
    row = scorecard_row(project, [target], [wave(AUTUMN, PHONE, 0.45)], LAST_DAY, sightings)
    assert (row["target_value"], row["later_target_value"]) == (0.60, 0.40)
    assert row["is_target_changed_after_start"]
    assert row["is_approved_before_start"]
    assert not row["is_entered_after_start"]
    assert row["verdict"] != "reached"


def test_the_mode_of_most_waves_speaks_for_a_wave_of_several(project: CompiledProject) -> None:
    """The largest sample of each wave would compare the phone of one with the panel of another."""
    rows: list[dict[str, Any]] = []

    def ask(name: str, day: date, mode: str, answers: Answers, **common: Any) -> None:
        asked = wave_rows(name, day, answers, mode, **common)
        rows.extend({**row, "respondent_id": f"{mode}-{row['respondent_id']}"} for row in asked)

    ask("1", date(2026, 1, 10), PHONE, known_by(60, 200))
    ask("2", date(2026, 4, 10), PHONE, known_by(70, 200))
    ask("2", date(2026, 4, 10), PANEL, known_by(300, 600))
    ask("2", date(2026, 4, 10), "customers", marked(100, 200), is_customer=True)
    # asks for a mark only: no wave of awareness
    ask("3", date(2026, 7, 10), PHONE, marked(150, 200), is_customer=True)
    # two waves that end on one day
    ask("4", date(2026, 8, 10), PANEL, known_by(330, 600))
    ask("5", date(2026, 8, 10), PHONE, known_by(80, 200))
    tables = [
        *answer_tables(rows),
        company(LAST_DAY),
        Table(
            "marts.kpi_audience_daily",
            {
                "network": "varchar", "account": "varchar", "date_day": "date",
                "followers": "bigint", "joined": "bigint", "left_count": "bigint",
                "net_growth": "bigint", "reach": "bigint",
            },
            [],
        ),
        Table("marts.dim_date", {"date_day": "date"}, []),
        Table(
            "marts.fct_ad_spend_daily",
            {"spend_date": "date", "channel": "varchar", "spend_amount": "decimal(18, 2)"},
            [],
        ),
    ]  # fmt: skip
    models = [*BRAND_MODELS, "int_audience_metrics_daily"]
    with project.run(models, tables) as connection:
        found = connection.execute(
            "select metric_id, segment_value, survey_mode, cast(date_day as varchar), "
            "round(numerator / denominator, 4) from intermediate.int_audience_metrics_daily "
            "order by all"
        ).fetchall()
    aided = "aided_awareness"
    assert [row for row in found if row[0] == aided] == [
        (aided, "all", PHONE, "2026-01-10", 0.3),
        (aided, "all", PHONE, "2026-04-10", 0.35),
        (aided, "all", PHONE, "2026-08-10", 0.4),
        (aided, PANEL, PANEL, "2026-04-10", 0.5),
        (aided, PANEL, PANEL, "2026-08-10", 0.55),
        (aided, PHONE, PHONE, "2026-01-10", 0.3),
        (aided, PHONE, PHONE, "2026-04-10", 0.35),
        (aided, PHONE, PHONE, "2026-08-10", 0.4),
    ]
    assert [row[1:] for row in found if row[0] == "nps"] == [
        ("all", "customers", "2026-04-10", 50.0),
        ("all", PHONE, "2026-07-10", 75.0),
        ("customers", "customers", "2026-04-10", 50.0),
        (PHONE, PHONE, "2026-07-10", 75.0),
    ]
