"""Runs the daily job from the command line, through Dagster, in this process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from orchestration import alerts
from orchestration.outcomes import CheckLog, CheckOutcome
from orchestration.settings import (
    COMPANY_DIR_VARIABLE,
    OUTPUT_DIR_VARIABLE,
    PROJECT_DIR,
    Company,
)

DAILY_JOB = "daily"

_RANGE_START_TAG = "dagster/asset_partition_range_start"
_RANGE_END_TAG = "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended. `failures` are the messages of failed steps, in the reader's words."""

    run_id: str
    is_published: bool
    failures: list[str]
    checks: list[CheckOutcome] = field(default_factory=list)


def run_daily(company: Company, first: date, last: date) -> RunOutcome:
    """Run the daily job for the days first..last (both included) as a single Dagster run.

    The run is recorded in the instance of the project's dagster.yaml, so the UI shows it.
    """
    os.environ[COMPANY_DIR_VARIABLE] = str(company.directory)
    os.environ[OUTPUT_DIR_VARIABLE] = str(company.paths.output.parent)
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT_DIR))
    # dagster.yaml keeps its storage in paths relative to the project. The variables above are
    # absolute, so that the move does not change what they mean.
    os.chdir(PROJECT_DIR)
    Path(".dagster").mkdir(exist_ok=True)

    import dagster as dg  # noqa: PLC0415 - seconds to import; `doctor` and `new` do without it

    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    from orchestration.definitions import defs  # noqa: PLC0415

    definitions = defs()
    with dg.DagsterInstance.get() as instance:
        result = definitions.resolve_job_def(DAILY_JOB).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {}}},
            tags={
                _RANGE_START_TAG: first.isoformat(),
                _RANGE_END_TAG: last.isoformat(),
                "company": company.slug,
            },
        )
    checks = CheckLog(company.paths.output, result.run_id).read()
    failures = step_failures(result.all_events)
    alerts.after_run(
        company,
        result.run_id,
        is_published=result.success,
        failures=failures,
        report=warnings.warn,
    )
    return RunOutcome(result.run_id, result.success, failures, checks)


def step_failures(events: Iterable[Any]) -> list[str]:
    """Why a run failed: a message for each failed step, or that of the run where none began.

    The innermost cause is told, without stack traces. `events` are Dagster events of one run.
    """
    steps, run = [], []
    for event in events:
        if event is None:
            continue
        data = event.event_specific_data
        if event.event_type_value == "STEP_FAILURE":
            told = data.user_failure_data and data.user_failure_data.description
            steps.append(f"{event.step_key}: {told or _innermost(data.error)}")
        elif event.event_type_value == "PIPELINE_FAILURE" and data and data.error:
            run.append(_innermost(data.error))
    return steps or run


def recorded_step_failures(instance: Any, run_id: str) -> list[str]:
    """`step_failures` of a run that has been recorded in a Dagster instance."""
    import dagster as dg  # noqa: PLC0415 - see run_daily

    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    return step_failures(record.event_log_entry.dagster_event for record in records)


def _innermost(error: Any) -> str:
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else "unknown error"
