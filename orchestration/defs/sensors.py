"""What Dagster's daemon watches beside the schedule: incidents that somebody has to be told of."""

from datetime import datetime

import dagster as dg

from orchestration import alerts, run_record
from orchestration.runner import DAILY_JOB, run_failures
from orchestration.settings import Company, load_company

INTERVAL_SECONDS = 60
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dg.definitions
def sensors() -> dg.Definitions:
    company = load_company()
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name="incident_alerts",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=status.RUNNING if company.alerts.recipients else status.STOPPED,
        description="Tells the recipients of company.toml what began and what ended, once each: "
        "checks, failed runs, runs that did not come.",
    )
    def incident_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        company = load_company()
        problems: list[str] = []
        sent = _take_in_last_run(context.instance, company, problems)
        sent += alerts.deliver(company, report=problems.append)
        for problem in problems:
            context.log.warning(problem)
        return dg.SkipReason(f"{sent} message(s) sent" if sent else "nothing new to tell")

    return dg.Definitions(sensors=[incident_alerts])


def _take_in_last_run(instance: dg.DagsterInstance, company: Company, problems: list[str]) -> int:
    """Note the newest ended run of the company, unless its own process has done so already.

    It is a daily run, or one by which somebody published in another way since.
    """
    records = instance.get_run_records(dg.RunsFilter(job_name=DAILY_JOB, statuses=_ENDED), limit=10)
    mine = [
        record
        for record in records
        if record.dagster_run.tags.get("company", company.slug) == company.slug
    ]
    if not mine:
        return 0
    run, last = mine[0].dagster_run, run_record.read(company.paths)
    is_later = last is not None and _seconds(last) > (mine[0].end_time or 0)
    if last and last.is_published and last.run_id != run.run_id and is_later:
        return alerts.after_run(
            company, last.run_id, is_published=True, failures=(), report=problems.append
        )
    return alerts.after_run(
        company,
        run.run_id,
        is_published=run.status is dg.DagsterRunStatus.SUCCESS,
        failures=run_failures(instance, run.run_id),
        report=problems.append,
    )


def _seconds(record: run_record.RunRecord) -> float:
    return datetime.fromisoformat(record.ended_at).timestamp()
