"""The daily job and its schedule."""

import dagster as dg

from orchestration import build_rules, documentation
from orchestration.defs.publication.assets import DOCUMENTATION_KEY
from orchestration.runner import DAILY_JOB
from orchestration.settings import load_company

DOCUMENTATION_JOB = "documentation"

# Only a run that died is started anew, and as a whole: its checks are noted by run, and half a
# build is none. Said here as well as in dagster.yaml, for instances that are set up elsewhere.
_RESTART = {
    "dagster/retry_strategy": "ALL_STEPS",
    "dagster/retry_on_asset_or_op_failure": "false",
}

daily_job = dg.define_asset_job(
    name=DAILY_JOB,
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(DOCUMENTATION_KEY),
    executor_def=dg.in_process_executor,
    tags=_RESTART,
    description="Load every source, build and check the marts, publish snapshot and report.",
)

documentation_job = dg.define_asset_job(
    name=DOCUMENTATION_JOB,
    selection=dg.AssetSelection.assets(DOCUMENTATION_KEY),
    executor_def=dg.in_process_executor,
    tags=_RESTART,
    description="Make the pages about models and columns; takes seconds, so not part of `daily`.",
)


@dg.definitions
def daily() -> dg.Definitions:
    """The schedule fires in the company's time zone; `[schedule] enabled = true` switches it on."""
    company = load_company()
    status = dg.DefaultScheduleStatus
    hour, minute = company.schedule.time.split(":")
    default_status = status.RUNNING if company.schedule.enabled else status.STOPPED

    @dg.run_status_sensor(
        name="documentation_of_a_changed_project",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[daily_job],
        request_job=documentation_job,
        default_status=dg.DefaultSensorStatus(default_status.value),
        description="After a daily run: makes the pages anew when the dbt project has changed.",
    )
    def changed_project() -> dg.RunRequest | dg.SkipReason:
        if documentation.is_current(load_company()):
            return dg.SkipReason("the pages describe the dbt project as it is")
        return dg.RunRequest(run_key=build_rules.project_fingerprint())

    return dg.Definitions(
        jobs=[daily_job, documentation_job],
        sensors=[changed_project],
        schedules=[
            dg.build_schedule_from_partitioned_job(
                daily_job,
                name="every_day",
                description="Runs the daily job for the last complete day.",
                hour_of_day=int(hour),
                minute_of_hour=int(minute),
                default_status=default_status,
            )
        ],
    )
