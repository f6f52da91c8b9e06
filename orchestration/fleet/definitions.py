"""One code location for a folder of companies: `dagster ... -m orchestration.fleet.definitions`.

Each company is an asset with a job and a schedule of its own, in its own time zone. A run starts a
process that works for this company alone, with its environment and its own Dagster records; this
location never holds a company's secret. A company whose settings are broken is there too, and its
runs fail with the reason.
"""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import dagster as dg

from orchestration import alerts, run_launcher
from orchestration.fleet import agency, children, page, runs
from orchestration.fleet.members import Member, find_members, fleet_directory
from orchestration.fleet.runs import Outcome
from orchestration.fleet.status import Status, status_of
from orchestration.settings import Schedule, output_root

GROUP = "companies"
CHECK = "data_are_in_order"
_ALERT_SECONDS = 300


@dg.definitions
def defs() -> dg.Definitions:
    folder = fleet_directory()
    members = find_members(folder)
    parts = [_company(folder, member) for member in members]
    return dg.Definitions.merge(*parts, dg.Definitions(sensors=[_alerts(folder)]))


def identifier(slug: str) -> str:
    """A name that Dagster allows, different for different folders."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", slug)
    return plain if plain == slug else f"{plain}_{zlib.crc32(slug.encode()):08x}"


def _company(folder: Path, member: Member) -> dg.Definitions:
    name = identifier(member.slug)
    key = dg.AssetKey([GROUP, member.slug])
    # Re-read at each run: the settings may have been mended since this location was loaded.
    schedule = member.company.schedule if member.company else Schedule(enabled=True)
    zone = member.company.timezone if member.company else "UTC"
    pool = member.company.pool if member.company else None

    @dg.multi_asset(
        name=name,
        specs=[
            dg.AssetSpec(
                key,
                description=member.error or f"What the readers of {member.name} see.",
                group_name=GROUP,
                kinds={"duckdb", "html"},
                tags={"state": "on" if member.company else "broken"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK, asset=key, description="No check of the company's own run failed or warned."
            )
        ],
        pool=pool,
    )
    def published(
        context: dg.AssetExecutionContext,
    ) -> dg.MaterializeResult:
        run_launcher.note_worker(context.instance, context.run.run_id)
        found = {one.slug: one for one in find_members(folder)}
        if member.slug not in found:
            raise dg.Failure("The company folder is gone.", allow_retries=False)
        outcome = runs.run_one(
            found[member.slug], children.shared_environment(folder), on_line=context.log.info
        )
        _draw(
            [
                status_of(one, last=outcome.record if one.slug == member.slug else None)
                for one in found.values()
            ],
            context.log.warning,
        )
        if not outcome.record.is_published:
            raise dg.Failure(
                "\n".join(outcome.record.reasons("en")),
                metadata=_metadata(outcome),
                allow_retries=False,
            )
        return dg.MaterializeResult(
            asset_key=key, metadata=_metadata(outcome), check_results=[_check(outcome)]
        )

    job = dg.define_asset_job(
        f"daily_{name}",
        selection=dg.AssetSelection.assets(key),
        executor_def=dg.in_process_executor,
        tags={"company": member.slug, "dagster/retry_on_asset_or_op_failure": "false"},
        description=f"The daily run of {member.name}.",
    )
    hour, minute = schedule.time.split(":")
    return dg.Definitions(
        assets=[published],
        jobs=[job],
        schedules=[
            dg.ScheduleDefinition(
                name=f"every_day_{name}",
                job=job,
                cron_schedule=f"{int(minute)} {int(hour)} * * *",
                execution_timezone=zone,
                # Of a company that cannot be read nobody knows whether it is to run: that it cannot
                # shall not stay unseen.
                default_status=dg.DefaultScheduleStatus.RUNNING
                if schedule.enabled
                else dg.DefaultScheduleStatus.STOPPED,
            )
        ],
    )


def _draw(statuses: Sequence[Status], report: Callable[[str], object]) -> None:
    """Draw the page of all companies. A run has not failed because of a page about it."""
    try:
        page.build(statuses, output_root())
    except OSError as error:
        report(f"The page of all companies is not drawn: {error}")


def _metadata(outcome: Outcome) -> Mapping[str, dg.MetadataValue]:
    record, paths = outcome.record, outcome.member.paths
    status = status_of(outcome.member, last=record)
    metadata: dict[str, dg.MetadataValue] = {
        "seconds": dg.MetadataValue.float(round(outcome.seconds, 1)),
        "checks passed": dg.MetadataValue.int(record.passed),
        "checks warned": dg.MetadataValue.int(record.warned),
        "checks failed": dg.MetadataValue.int(record.failed),
        "all companies": dg.MetadataValue.path(output_root() / "fleet.en.html"),
        "its own records": dg.MetadataValue.path(paths.output / "dagster"),
    }
    if status.last_day:
        metadata["last day"] = dg.MetadataValue.text(status.last_day.isoformat())
        metadata["report"] = dg.MetadataValue.path(paths.published / "index.html")
    if "en" in status.headlines:
        metadata["is marketing working"] = dg.MetadataValue.text(status.headlines["en"])
    return metadata


def _check(outcome: Outcome) -> dg.AssetCheckResult:
    record = outcome.record
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=not record.warned and not record.failed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{record.passed} passed, {record.warned} warned, {record.failed} failed",
    )


def _alerts(folder: Path) -> dg.SensorDefinition:
    @dg.sensor(
        name="incident_alerts",
        minimum_interval_seconds=_ALERT_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells each company's own recipients what they do not know yet, the agency of "
        "companies that have none, and draws the page of all companies.",
    )
    def incident_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        members = find_members(folder)
        shared = children.shared_environment(folder)
        told = []
        for member in members:
            # Addresses are secrets of the company: its own process sends.
            if member.company and alerts.is_due(member.company):
                children.call(member, ["alert"], shared, limit_seconds=_ALERT_SECONDS)
                told.append(member.slug)
        statuses = [status_of(member) for member in members]
        if agency.tell(statuses, shared):
            told.append("the agency")
        _draw(statuses, context.log.warning)
        return dg.SkipReason(f"told for {', '.join(told)}" if told else "nothing new to tell")

    return incident_alerts
