"""Resource every step shares: the company being run."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dagster as dg
from pydantic import PrivateAttr

from orchestration import refusal, run_launcher, run_lock, run_record, warehouse
from orchestration.progress import progress_logger
from orchestration.runner import DAILY_JOB, run_failures
from orchestration.settings import Company, load_company


class CompanyResource(dg.ConfigurableResource):
    """The company of this run. Holds the company's write lock for as long as the run lasts.

    The pool of the company lets one run at a time leave Dagster's queue; the lock also covers runs
    started from the command line, so two runs never write to one company.
    """

    directory: str
    _of_this_run: Company | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["CompanyResource"]:
        if context.run and context.instance:
            run_launcher.note_worker(context.instance, context.run.run_id)
        with run_lock.hold(self.company, context.log.warning if context.log else None):
            self._of_this_run = _with_day_of_run(load_company(self.directory))
            if context.run and context.run.job_name == DAILY_JOB:
                refusal.tell_nothing_yet(self.company)
            yield self
            _tell_readers(self.company, context)

    @property
    def company(self) -> Company:
        """In a run, its settings and its day as they were when it began."""
        return self._of_this_run or load_company(self.directory)


def _with_day_of_run(company: Company) -> Company:
    """The company with "today" pinned. A run over midnight would else show one day's figures under
    the date of the next, and settings edited meanwhile would hold for half of it."""
    return company.model_copy(update={"as_of": company.as_of_date()})


def _tell_readers(company: Company, context: dg.InitResourceContext) -> None:
    """After a daily run with failed steps the published pages say that they are old, and why.

    Done while the lock is still held, whoever started the run: the schedule, the UI, the command
    line. Of other runs only one that published counts: all assets chosen by hand.
    """
    run = context.run
    if run is None or context.instance is None:
        return
    has_published = company.paths.published.resolve().name == run.run_id
    if run.job_name != DAILY_JOB and not has_published:
        return
    failures = run_failures(context.instance, run.run_id)
    record = run_record.ended(company, run.run_id, failures)
    if failures:
        refusal.take_what_was_kept(company)
    # Whatever else a full disk refuses, the pages are to say that they are old.
    with suppress(OSError):
        run_record.store(company.paths, record)
    if failures:
        refusal.tell_nothing_yet(company, record)
        refusal.redraw_pages(company, run.run_id, failures)
    refusal.keep_free(company)


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
