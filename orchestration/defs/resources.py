"""Resources every step shares: the company being run, and dbt bound to its build database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource
from filelock import FileLock, Timeout

from orchestration import warehouse
from orchestration.errors import UserError
from orchestration.progress import progress_logger
from orchestration.settings import DBT_PROJECT_DIR, Company, load_company

# A scheduled run that meets a manual one waits this long for its turn.
LOCK_TIMEOUT_SECONDS = 900


class CompanyResource(dg.ConfigurableResource):
    """The company of this run. Holds the company's write lock for as long as the run lasts.

    The queue of dagster.yaml orders the runs that Dagster launches; the lock also covers runs
    started from the command line, so two runs never write to one company.
    """

    directory: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["CompanyResource"]:  # noqa: ARG002
        lock_path = self.company.paths.lock
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lock_path, timeout=LOCK_TIMEOUT_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise UserError(
                "Another run has been writing this company's data for more than "
                f"{LOCK_TIMEOUT_SECONDS // 60} minutes",
                file=lock_path,
                remedy="wait for it to end, or stop it in the Dagster UI",
            ) from None
        try:
            yield self
        finally:
            lock.release()

    @property
    def company(self) -> Company:
        return load_company(self.directory)


@dg.definitions
def resources() -> dg.Definitions:
    company = load_company()
    warehouse.set_environment(company)
    return dg.Definitions(
        resources={
            "company": CompanyResource(directory=str(company.directory)),
            "dbt": DbtCliResource(
                project_dir=str(DBT_PROJECT_DIR),
                profiles_dir=str(DBT_PROJECT_DIR),
                # The dbt beside this Python, whether or not the environment is activated.
                dbt_executable=str(Path(sys.executable).with_name("dbt")),
            ),
        },
        # DuckDB lets one process write, so the steps of a run share a process.
        executor=dg.in_process_executor,
        loggers={"console": progress_logger},
    )
