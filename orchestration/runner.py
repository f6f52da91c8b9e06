"""Runs the daily job from the command line, through Dagster, in this process."""

from __future__ import annotations

import errno
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from orchestration import alerts, process
from orchestration.errors import UserError
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
    """How a run ended. `failures` are those of `run_failures`; `untold` says which recipients of
    alerts could not be reached."""

    run_id: str
    is_published: bool
    failures: list[str]
    checks: list[CheckOutcome] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)


def run_daily(company: Company, first: date, last: date) -> RunOutcome:
    """Run the daily job for the days first..last (both included) as a single Dagster run.

    The run is recorded in the instance of the project's dagster.yaml, so the UI shows it.

    Raises:
        UserError: the output folder cannot be written, or Dagster's records cannot be used.
    """
    company.prepare_output()
    os.environ[COMPANY_DIR_VARIABLE] = str(company.directory)
    os.environ[OUTPUT_DIR_VARIABLE] = str(company.paths.output.parent)
    if os.environ.setdefault("DAGSTER_HOME", str(PROJECT_DIR)) == str(PROJECT_DIR):
        (PROJECT_DIR / ".dagster").mkdir(exist_ok=True)
    # dagster.yaml keeps its storage in paths relative to the project. The variables above are
    # absolute, so that the move does not change what they mean.
    os.chdir(PROJECT_DIR)

    import dagster as dg  # noqa: PLC0415 - seconds to import; `doctor` and `new` do without it
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - as Dagster, which keeps records with it

    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    from orchestration.definitions import defs  # noqa: PLC0415

    definitions = defs()
    try:
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
            failures = run_failures(instance, result.run_id)
    except (DBAPIError, OSError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise UserError(
            f"Dagster's records of runs cannot be used: {said}",
            file=Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml",
            remedy="free space or give rights where that file keeps its storage; where the storage "
            "is damaged, move its folder away, it holds the history of runs and no figures; then "
            "run again",
        ) from error
    checks = CheckLog(company.paths.output, result.run_id).read()
    untold = tell(company, result.run_id, is_published=result.success, failures=failures)
    return RunOutcome(result.run_id, result.success, failures, checks, untold)


def tell(
    company: Company, run_id: str, *, is_published: bool, failures: Sequence[str]
) -> list[str]:
    """Alert the recipients of a run that ended in this process; returns what went wrong with that.

    `run_id`: empty where the run could not begin. Where the book of incidents cannot be written,
    such as in a folder of somebody else's, a failed run is told without it.
    """
    problems: list[str] = []
    try:
        alerts.after_run(
            company,
            run_id,
            is_published=is_published,
            failures=failures,
            report=problems.append,
        )
    except OSError:
        if failures:
            alerts.tell_unnoted(company, failures, report=problems.append)
    return problems


def run_failures(instance: Any, run_id: str) -> list[str]:
    """Why a recorded run failed: a message for each failed step, or the run's where none began.

    The innermost cause is told, without stack traces. Empty for a run that succeeded, and for one
    that still goes on without a failed step.
    """
    import dagster as dg  # noqa: PLC0415 - see run_daily

    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    steps, whole = [], []
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        data = event.event_specific_data
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            told = data.user_failure_data and data.user_failure_data.description
            said = told or _innermost(data.error)
            steps.append(f"{event.step_key}: {_damaged_file(said) or said}")
        elif data and data.error:
            whole.append(_innermost(data.error))
    if steps or whole:
        return steps or whole
    run = instance.get_run_by_id(run_id)
    ended_badly = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
    return [f"the run ended as {run.status.value.lower()}"] if run.status in ended_badly else []


# What DuckDB says of a parquet file that a bad disk or a foreign hand has damaged.
_DAMAGED_FILE = re.compile(
    r"No magic bytes found at end of file '(?P<end>[^']+)'"
    r"|File '(?P<small>[^']+)' too small to be a Parquet file"
    r"|Failed to read file \"(?P<middle>[^\"]+)\""
)


def _damaged_file(message: str) -> str | None:
    found = _DAMAGED_FILE.search(message)
    if found is None:
        return None
    return (
        f"a file of the lake is damaged (file {found[found.lastgroup or 0]}). What to do: remove "
        "it and load its days again with marketing-kpi backfill; a table without days is loaded "
        "again by any run"
    )


_STOPPED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")


def _innermost(error: Any) -> str:
    while error and error.cause:
        error = error.cause
    message = error.message.strip() if error else "unknown error"
    if error and error.cls_name == "DagsterAssetCheckFailedError":
        names = re.findall(r"^\S+: (\w+)$", message, re.MULTILINE)
        return f"blocking checks refused the data ({', '.join(names)})"
    if error and (error.cls_name in _STOPPED or process.STOPPED_QUERY in message):
        return (
            "the run was stopped before its end, by a person or by the system. What to do: start "
            "it again; nothing of it was published"
        )
    if os.strerror(errno.ENOSPC) in message:
        return (
            f"the disk is full ({message.splitlines()[-1]}). What to do: free space where the "
            "output folder lies, or move it to a larger disk, then run again"
        )
    return message
