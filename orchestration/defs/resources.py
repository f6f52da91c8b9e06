"""Resource every step shares: the company being run."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration import run_lock, warehouse
from orchestration.progress import progress_logger
from orchestration.settings import Company, load_company


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
        resources={"company": CompanyResource(directory=str(company.directory))},
        # DuckDB lets one process write, so the steps of a run share a process.
        executor=dg.in_process_executor,
        loggers={"console": progress_logger},
    )
