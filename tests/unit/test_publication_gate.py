"""Only what the same run has built and checked is published."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest

from orchestration.defs.check_results import BUILD, ensure_judged
from orchestration.expectations import ALL_CHECKS
from orchestration.outcomes import CheckLog
from orchestration.settings import Company
from tests.unit.sources.helpers import make_company

BLOCKING = [check.name for check in ALL_CHECKS if check.severity == "blocking"]
CONTEXT = cast("Any", SimpleNamespace(run=SimpleNamespace(run_id="this-run")))


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    return make_company(tmp_path / "acme")


def test_a_run_that_built_and_checked_everything_may_publish(company: Company) -> None:
    CheckLog(company.paths.output, "this-run").note_done([BUILD, *BLOCKING])
    ensure_judged(CONTEXT, company)


@pytest.mark.parametrize("left_out", [BUILD, BLOCKING[0], BLOCKING[-1]])
def test_a_run_without_a_step_that_judges_may_not(company: Company, left_out: str) -> None:
    done = [name for name in (BUILD, *BLOCKING) if name != left_out]
    CheckLog(company.paths.output, "this-run").note_done(done)
    with pytest.raises(dg.Failure, match=rf"1 of {len(done) + 1} steps .*\({left_out} and others"):
        ensure_judged(CONTEXT, company)


def test_what_another_run_did_does_not_count(company: Company) -> None:
    CheckLog(company.paths.output, "yesterday").note_done([BUILD, *BLOCKING])
    with pytest.raises(dg.Failure):
        ensure_judged(CONTEXT, company)
