"""The analyst's notebook, run without a browser on the published sample company."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests.conftest import PublishedRun

NOTEBOOK = PROJECT_DIR / "docs" / "notebooks" / "ten_questions.py"


@pytest.fixture(scope="module")
def answers(sample_run: PublishedRun) -> Mapping[str, Any]:
    """What every cell defined, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPI_DATABASE", str(sample_run.published / "kpi.duckdb"))
        spec = importlib.util.spec_from_file_location("ten_questions", NOTEBOOK)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            _, definitions = module.app.run()
    yield {**definitions, "printed": printed.getvalue()}
    definitions["marts"].close()


def test_ten_questions_are_answered(answers: Mapping[str, Any]) -> None:
    source = NOTEBOOK.read_text(encoding="utf-8")
    assert [f"## {number}. " in source for number in range(1, 11)] == [True] * 10
    frames = [value for value in answers.values() if hasattr(value, "columns")]
    assert len(frames) == 10
    assert all(len(frame) for frame in frames)


def test_without_a_browser_the_answers_are_printed(answers: Mapping[str, Any]) -> None:
    assert "## 1. " in answers["printed"]
    assert "## 10. " in answers["printed"]
    assert "yandex_direct_network" in answers["printed"]


def test_the_answers_are_those_that_were_planted(
    answers: Mapping[str, Any], sample_marts: duckdb.DuckDBPyConnection
) -> None:
    assert answers["on_plan"]["targets"].sum() == 17, "rows of registers/targets.csv, one a target"
    assert "yandex_direct_network" in set(answers["illusions"]["channel"]), "story 3"
    assert answers["empty_traffic"]["channel"][0] == "yandex_direct_network", "story 1"
    assert (answers["reconciled"]["difference"] == 0).all()
    visits = sample_marts.execute("select count(*) from marts.fct_visits").fetchone()
    assert visits == (answers["empty_traffic"]["visits"].sum(),)
    watched = answers["retention"].set_index("age_months")
    assert watched.loc[0, "retention_rate"] == 1
