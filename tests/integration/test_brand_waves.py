"""Survey waves: which question was asked, of whom, and with which wave it compares."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.integration.golden_support import CompiledProject, compiled_project
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import brand_mart, wave_rows

Answers = list[tuple[int, dict[str, Any]]]
CUSTOMERS_ONLY: dict[str, Any] = {"is_customer": True, "is_target": False}


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


def known_by(count: int, of: int) -> Answers:
    return [(count, {"aided_brands": "|brand|"}), (of - count, {"aided_brands": "|other|"})]


def marked(promoters: int, of: int) -> Answers:
    return [(promoters, {"recommendation": 9}), (of - promoters, {"recommendation": 8})]


def test_a_wave_is_compared_with_the_last_one_that_asked_the_question(
    project: CompiledProject,
) -> None:
    rows = [
        *wave_rows("1", date(2026, 1, 10), known_by(100, 400), "phone"),
        *wave_rows("2", date(2026, 3, 10), marked(120, 400), "phone", **CUSTOMERS_ONLY),
        *wave_rows("3", date(2026, 5, 10), known_by(180, 400), "phone"),
        *wave_rows("4", date(2026, 7, 10), marked(240, 400), "phone", **CUSTOMERS_ONLY),
    ]
    waves = brand_mart(project, rows)
    assert [row["aided_verdict"] for row in waves] == [
        "first_wave", "not_enough_data", "up", "not_enough_data",
    ]  # fmt: skip
    assert [row["nps_verdict"] for row in waves] == [
        "not_enough_data", "first_wave", "not_enough_data", "up",
    ]  # fmt: skip
    assert waves[2]["previous_wave"] == "1"
    assert waves[2]["aided_change"] == pytest.approx(0.2)
    assert waves[3]["previous_nps_wave"] == "2"
    assert waves[3]["nps_change"] == pytest.approx(30)
    assert pd.isna(waves[3]["previous_wave"])


def test_another_mode_counts_only_where_it_asked_the_same_question(
    project: CompiledProject,
) -> None:
    rows = [
        *wave_rows("1", date(2026, 1, 10), marked(100, 200), "customers", is_customer=True),
        *wave_rows("2", date(2026, 3, 10), known_by(50, 200), is_customer=True, recommendation=9),
    ]
    second = brand_mart(project, rows)[1]
    assert (second["aided_verdict"], second["nps_verdict"]) == ("first_wave", "not_comparable")


def test_a_question_that_nobody_answered_was_not_asked(project: CompiledProject) -> None:
    """A wave that asks the audience for a mark only says nothing of awareness, least of all 0%."""
    named_only: Answers = [
        (60, {"unaided_brands": "|other||brand|", "first_brand": "other"}),
        (140, {"unaided_brands": "|other|", "first_brand": "other"}),
    ]
    rows = [
        *wave_rows("1", date(2026, 1, 10), known_by(100, 200), "phone"),
        *wave_rows("2", date(2026, 3, 10), marked(60, 200), "phone", is_customer=True),
        *wave_rows("3", date(2026, 5, 10), named_only, "phone"),
        # a true zero: the list was shown, and nobody chose the brand
        *wave_rows("4", date(2026, 7, 10), known_by(0, 200), "phone"),
    ]
    first, second, third, fourth = brand_mart(project, rows)
    assert first["aided_rate"] == 0.5
    assert pd.isna(first["unaided_rate"])
    assert pd.isna(first["top_of_mind_low"])
    assert pd.isna(second["aided_rate"])
    assert second["aided_verdict"] == "not_enough_data"
    assert (third["unaided_rate"], third["top_of_mind_rate"]) == (0.3, 0.0)
    assert pd.isna(third["aided_rate"])
    assert (fourth["aided_rate"], fourth["previous_wave"]) == (0, "1")
    assert fourth["aided_verdict"] == "down"


def test_the_earlier_wave_is_the_one_that_ended_earlier(project: CompiledProject) -> None:
    """A wave is dated by the end of its fieldwork everywhere, also where two overlap."""
    long = [
        *wave_rows("long", date(2026, 1, 10), known_by(50, 100)),
        *wave_rows("long", date(2026, 9, 10), known_by(50, 100)),
    ]
    numbered = [{**row, "respondent_id": str(place)} for place, row in enumerate(long)]
    short = wave_rows("short", date(2026, 5, 10), known_by(100, 200))
    waves = {row["wave"]: row for row in brand_mart(project, [*numbered, *short])}
    assert pd.isna(waves["short"]["previous_wave"])
    assert waves["long"]["previous_wave"] == "short"


def test_everybody_is_no_age_group(project: CompiledProject) -> None:
    rows = wave_rows("1", date(2026, 3, 1), known_by(100, 200), age_group="all")
    (wave,) = brand_mart(project, rows)
    assert (wave["respondents"], wave["effective_respondents"]) == (200, 200)


def test_loyalty_has_no_range_beyond_its_scale(project: CompiledProject) -> None:
    rows = [
        *wave_rows("1", date(2026, 1, 10), marked(3, 3), "phone", **CUSTOMERS_ONLY),
        *wave_rows("2", date(2026, 3, 10), marked(19, 20), "phone", **CUSTOMERS_ONLY),
    ]
    few, some = brand_mart(project, rows)
    # three answers alike are no proof that all customers are
    assert few["nps"] == 100
    assert pd.isna(few["nps_low"])
    assert pd.isna(few["nps_high"])
    assert (some["nps"], some["nps_high"]) == (95, 100)
    assert some["nps_low"] == pytest.approx(85.448, abs=0.001)


def test_answers_that_are_all_alike_prove_no_rise(project: CompiledProject) -> None:
    """A wave of nothing but tens shows no spread, so nothing tells how far chance may reach."""
    rows = [
        *wave_rows("1", date(2026, 1, 10), marked(95, 100), "phone", **CUSTOMERS_ONLY),
        *wave_rows("2", date(2026, 3, 10), marked(400, 400), "phone", **CUSTOMERS_ONLY),
    ]
    second = brand_mart(project, rows)[1]
    assert (second["nps_change"], second["nps_verdict"]) == (5, "not_proven")
    assert pd.isna(second["nps_change_low"])
    assert pd.isna(second["nps_change_high"])
