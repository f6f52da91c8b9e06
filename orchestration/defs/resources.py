"""Resources every step shares: the company being run, and dbt bound to its build database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration import run_lock, warehouse
from orchestration.progress import progress_logger
from orchestration.settings import DBT_PROJECT_DIR, Company, load_company


class CompanyResource(dg.ConfigurableResource):
    """The company of this run. Holds the company's write lock for as long as the run lasts.

    The queue of dagster.yaml orders the runs that Dagster launches; the lock also covers runs
    started from the command line, so two runs never write to one company.
    """

    directory: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["CompanyResource"]:  # noqa: ARG002
        with run_lock.hold(self.company):
            yield self

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
