"""The daily job and its schedule."""

import dagster as dg

from orchestration.settings import load_company

DAILY_JOB = "daily"

daily_job = dg.define_asset_job(
    name=DAILY_JOB,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Load every source, build and check the marts, publish snapshot and report.",
)


@dg.definitions
def daily() -> dg.Definitions:
    """The schedule fires in the company's time zone; `[schedule] enabled = true` switches it on."""
    company = load_company()
    status = dg.DefaultScheduleStatus
    hour, minute = company.schedule.time.split(":")
    return dg.Definitions(
        jobs=[daily_job],
        schedules=[
            dg.build_schedule_from_partitioned_job(
                daily_job,
                name="every_day",
                description="Runs the daily job for the last complete day.",
                hour_of_day=int(hour),
                minute_of_hour=int(minute),
                default_status=status.RUNNING if company.schedule.enabled else status.STOPPED,
            )
        ],
    )
