"""What the checks cost: the two gates against the whole daily run they are part of."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.measure import Measurement
from orchestration.runner import run_daily
from orchestration.settings import PROJECT_DIR, Company

GATES = ("raw_checks", "mart_checks")


def measure(company: Company, home: Path, visits: int) -> list[Measurement]:
    """One run of the daily job; seconds of its steps as Dagster noted them.

    The import of Great Expectations is part of the run, wherever it happens.
    """
    home.mkdir(parents=True, exist_ok=True)
    settings = (PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(
        settings.replace(".dagster/", f"{home}/.dagster/"), encoding="utf-8"
    )
    os.environ["DAGSTER_HOME"] = str(home)
    outcome = run_daily(company, company.first_date, company.last_complete_date())
    if not outcome.is_published:
        raise RuntimeError("; ".join(outcome.failures))
    import dagster as dg  # noqa: PLC0415 - after DAGSTER_HOME is set

    with dg.DagsterInstance.get() as instance:
        steps = instance.get_run_step_stats(outcome.run_id)
        record = instance.get_run_record_by_id(outcome.run_id)
    if record is None or record.start_time is None or record.end_time is None:
        raise RuntimeError(f"run {outcome.run_id} left no times")
    whole = record.end_time - record.start_time
    gates = {
        step.step_key: step.end_time - step.start_time
        for step in steps
        if step.step_key in GATES and step.start_time and step.end_time
    }
    return [
        *(Measurement(name, "whole run", visits, took, whole) for name, took in gates.items()),
        Measurement("all checks", "whole run", visits, sum(gates.values()), whole),
    ]
