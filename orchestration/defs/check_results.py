"""Expectations as Dagster asset checks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg
import duckdb

from orchestration.defs.raw_assets import loaded_sources
from orchestration.errors import UserError
from orchestration.expectations import (
    Check,
    CheckResult,
    build_data_docs,
    checks_of,
    episodes_of,
    run_checks,
)
from orchestration.incidents import open_book
from orchestration.outcomes import CheckLog
from orchestration.settings import Company

# The build of all marts with dbt's own tests, among what a run has done (`CheckLog.done`).
BUILD = "dbt"


def check_specs(checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name=check.name,
            asset=list(check.asset),
            description=check.description,
            blocking=check.severity == "blocking",
        )
        for check in checks
    ]


def evaluate_checks(
    context: dg.AssetCheckExecutionContext,
    company: Company,
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[Check],
) -> Iterator[dg.AssetCheckResult]:
    """Run checks and note their outcomes for the report.

    A check that has nothing to judge in this company passes with that remark.
    """
    results = {result.check.name: result for result in run_checks(connection, checks)}
    build_data_docs(
        results.values(),
        company.paths.data_docs,
        passed_over=[check for check in checks if check.name not in results],
        run_id=context.run.run_id,
    )
    as_of = company.as_of_date()
    # a check with nothing to judge has nothing wrong: the source was switched off
    found = {name: episodes_of(result, as_of) for name, result in results.items()}
    with open_book(company) as book:
        book.note_checks({check.name: found.get(check.name, []) for check in checks})
        first_seen = {name: book.first_seen(name) for name in results}
    CheckLog(company.paths.output, context.run.run_id).add(
        [
            replace(result.outcome, first_seen=None if result.outcome.passed else first_seen[name])
            for name, result in results.items()
        ]
    )
    CheckLog(company.paths.output, context.run.run_id).note_done(check.name for check in checks)
    for check in checks:
        result = results.get(check.name)
        yield (
            _passed_over(check)
            if result is None
            else _asset_check_result(check, result, first_seen[check.name])
        )


def ensure_judged(context: dg.AssetExecutionContext, company: Company) -> None:
    """Refuse to publish what this very run has not built and checked.

    A run of some steps, chosen by hand or begun again from the one that failed, would else show
    readers marts that a check has refused, as good and as new.

    Raises:
        dagster.Failure: a blocking check or the build was no part of the run.
    """
    needed = [
        check.name
        for check in (
            *checks_of(stage="raw", sources=loaded_sources(company)),
            *checks_of(stage="staging"),
            *checks_of(stage="marts"),
        )
        if check.severity == "blocking"
    ]
    done = CheckLog(company.paths.output, context.run.run_id).done()
    if missing := [name for name in (BUILD, *needed) if name not in done]:
        error = UserError(
            f"This run publishes nothing: {len(missing)} of {len(needed) + 1} steps that judge the "
            f"data were no part of it ({missing[0]} and others)",
            remedy="start the job daily, or choose 'All steps' where a run is executed again",
        )
        raise dg.Failure(str(error), allow_retries=False)


def _passed_over(check: Check) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=list(check.asset),
        passed=True,
        severity=_severity(check),
        description="Not evaluated: this company has nothing it could judge.",
    )


def _asset_check_result(
    check: Check, result: CheckResult, first_seen: str | None
) -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {
        "failed_rows": dg.MetadataValue.int(result.outcome.failed_rows)
    }
    if result.outcome.since:
        metadata["since"] = dg.MetadataValue.text(result.outcome.since)
    if not result.outcome.passed and first_seen:
        metadata["first seen"] = dg.MetadataValue.text(first_seen)
    if not result.outcome.passed:
        metadata["what to do"] = dg.MetadataValue.text(check.remedy_en)
    if len(result.sample):
        metadata["failing rows"] = dg.MetadataValue.md(result.sample.to_markdown(index=False))
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=list(check.asset),
        passed=result.outcome.passed,
        severity=_severity(check),
        description=result.outcome.message_en,
        metadata=metadata,
    )


def _severity(check: Check) -> dg.AssetCheckSeverity:
    return (
        dg.AssetCheckSeverity.ERROR if check.severity == "blocking" else dg.AssetCheckSeverity.WARN
    )
