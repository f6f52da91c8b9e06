"""Bringing the raw tables of a source up to date, through whichever door."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date

from orchestration.errors import UserError
from orchestration.lake.company_tables import extend_register_ledger
from orchestration.lake.file_loads import FileLoad
from orchestration.lake.folders import folder_aside
from orchestration.lake.register_ledger import TARGETS
from orchestration.lake.reports import LoadReport, idle_report, write_log
from orchestration.settings import Company
from orchestration.sources.contracts import REGISTERS, tables_of
from orchestration.sources.extraction import Connect
from orchestration.sources.files import DateRange, source_settings

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]


def load(
    company: Company,
    source: str,
    *,
    tables: Sequence[str] | None = None,
    window: DateRange | None = None,
    until: date | None = None,
    progress: Progress | None = None,
    connect: Connect | None = None,
) -> list[LoadReport]:
    """Bring a source's raw tables up to date for a half-open window of days.

    New and changed export files are loaded with all their days before the window's end, unchanged
    ones with their days inside the window. `tables`: some of the source's tables, default all.
    `window`: default from the company's first date to `as_of`. A source that is off is left alone.
    Through an API, days that were never loaded are caught up as well; see `lake.api_loads`.
    `until`: first day to which new and changed files, and days that were never loaded, are not
    brought; default the window's end. What is published tells all days up to yesterday, so a run
    that loads old days again must not leave newer ones behind.
    `connect` makes an API door's outside world of a folder for downloads; default the real one.

    Returns one report per table, in the order of the contracts.

    Raises:
        UserError: a file cannot be used. The other tables of the source are loaded all the same;
            the table of that file stays as it was, its refused rows are in the quarantine. A
            refused secret or a used-up quota ends the load of the source at once.
    """
    say = progress or logger.info
    start, end = window or (company.first_date, company.as_of_date())
    end = min(end, company.as_of_date())
    until = max(end, min(until or end, company.as_of_date()))
    chosen = [item for item in tables_of(source) if tables is None or item.table in tables]
    if source != REGISTERS and company.source(source) is None:
        return [idle_report(company, item, "switched off in company.toml") for item in chosen]
    reports: list[LoadReport] = []
    errors: list[UserError] = []
    with folder_aside(company) as aside:
        for contract in chosen:
            workdir = aside / contract.name
            workdir.mkdir()
            try:
                if source_settings(company, source).door == "api":
                    from orchestration.lake.api_loads import ApiLoad  # noqa: PLC0415 - HTTP clients

                    api_load = ApiLoad(
                        company,
                        contract,
                        (start, end),
                        workdir,
                        until=until,
                        say=say,
                        connect=connect,
                    )
                    report = api_load.run()
                else:
                    report = FileLoad(company, contract, (start, until), workdir, say).run()
                write_log(company, report, workdir)
                reports.append(report)
                say(
                    f"{contract.name}: {report.rows_loaded:,} rows loaded, "
                    f"{report.rows_quarantined:,} refused"
                )
            except UserError as error:
                errors.append(error)
                say(f"{contract.name}: {error}")
                if error.is_final:
                    break
    if source == REGISTERS:
        is_whole = any(
            report.table == TARGETS and not report.rows_quarantined for report in reports
        )
        extend_register_ledger(company, is_whole=is_whole)
    if errors:
        raise errors[0]
    return reports
