"""The command line: `marketing-kpi run | backfill | doctor | new | tables | docs | export` and
`fleet`, the same for a folder of companies."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration import company_environment, process
from orchestration.errors import UserError
from orchestration.fleet.cli import app as fleet
from orchestration.screen import Mark, Screen
from orchestration.settings import (
    FULL_REFRESH_VARIABLE,
    Company,
    company_directory,
    language_of,
    load_company,
)


class Language(StrEnum):
    RU = "ru"
    EN = "en"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Marketing KPIs an owner can trust: load, build, check, publish.",
)
app.add_typer(fleet, name="fleet")
CompanyOption = Annotated[
    Path | None,
    typer.Option(
        "--company",
        help="The company folder. Default: $COMPANY_DIR, else the sample company.",
        show_default=False,
    ),
]


def main() -> None:
    """The command as it is installed; see `app`."""
    process.look_for_garbage_seldom()
    with process.ending_at_once():
        app()


@app.command()
def run(
    company: CompanyOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build days that did not change as well.")
    ] = False,
) -> None:
    """Load what is new, build and check the marts, publish the snapshot and the scorecard."""
    settings = _load(company)
    if full_refresh:
        os.environ[FULL_REFRESH_VARIABLE] = "1"
    _run(settings, first=settings.last_complete_date(), last=settings.last_complete_date())


@app.command()
def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    company: CompanyOption = None,
) -> None:
    """Load a range of days again, both ends included, as one run; then build and publish."""
    settings = _load(company)
    screen = Screen(settings.language)
    start, end = first.date(), last.date()
    if start > end:
        screen.stop(UserError(f"--from {start} lies after --to {end}", remedy="swap the two days"))
    if start < settings.first_date or end > settings.last_complete_date():
        screen.stop(
            UserError(
                f"{start} to {end} is outside the company's days, "
                f"{settings.first_date} to {settings.last_complete_date()}",
                remedy="choose days in that range, or change first_date in company.toml",
            )
        )
    _run(settings, start, end)


@app.command()
def doctor(company: CompanyOption = None) -> None:
    """Check a company folder: every file, column, value, secret and connection."""
    from orchestration.doctor import examine  # noqa: PLC0415 - reads files through DuckDB

    folder = company_directory(company)
    screen = Screen(language_of(folder))
    try:
        company_environment.apply(folder)
        findings = examine(folder, progress=screen.say)
    except UserError as error:
        screen.stop(error)
    errors = [finding for finding in findings if finding.level == "error"]
    for finding in findings:
        mark: Mark = "bad" if finding.level == "error" else "note"
        screen.show(finding.text(screen.language), mark=mark)
    if findings:
        screen.say(f"\n{len(errors)} to mend, {len(findings) - len(errors)} to know.")
    else:
        screen.say("\nEverything is in order.")
    raise typer.Exit(1 if errors else 0)


@app.command()
def new(
    directory: Annotated[Path, typer.Argument(help="Folder to make; must not exist or be empty.")],
    name: Annotated[str | None, typer.Option(help="The company's name.")] = None,
    language: Annotated[
        Language, typer.Option(help="Of its report, of errors and of what commands print.")
    ] = Language.RU,
) -> None:
    """Make a commented company folder to start from."""
    from orchestration.new_company import create  # noqa: PLC0415

    screen = Screen(language)
    try:
        folder = create(directory.expanduser().resolve(), name=name, language=language)
    except UserError as error:
        screen.stop(error)
    screen.say(f"Made {folder}.\nNext: put exports into exports/<source>/, fill registers/, then")
    for command in ("doctor", "run"):
        screen.show(f"  marketing-kpi {command} --company {shlex.quote(str(folder))}")


@app.command()
def tables(
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; default: the screen.")
    ] = None,
) -> None:
    """Describe the tables that files may hold: columns, types, rules, examples (Markdown)."""
    from orchestration.table_docs import render  # noqa: PLC0415

    if to is None:
        typer.echo(render(), nl=False)
    else:
        to.write_text(render(), encoding="utf-8")


@app.command()
def alert(
    company: CompanyOption = None,
    test: Annotated[
        bool, typer.Option("--test", help="Send every recipient a greeting instead.")
    ] = False,
) -> None:
    """Tell the recipients of company.toml what they do not know yet.

    Every run does this at its end, and Dagster's daemon each minute. Call it from cron where no
    daemon is up, so that a run that did not come is told too.
    """
    from orchestration import alerts  # noqa: PLC0415

    settings = _load(company)
    screen = Screen(settings.language)
    if not settings.alerts.recipients:
        screen.stop(
            UserError(
                "company.toml names nobody to tell",
                file=settings.directory / "company.toml",
                remedy="add recipients under [alerts]",
            )
        )
    if test:
        reached = alerts.try_out(settings, screen.say)
        raise typer.Exit(0 if reached == len(settings.alerts.recipients) else 1)
    problems: list[str] = []
    sent = alerts.deliver(settings, report=problems.append)
    for problem in problems:
        screen.say(problem)
    screen.say(f"{sent} message(s) sent.")
    raise typer.Exit(1 if problems else 0)


@app.command()
def docs(
    company: CompanyOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make the pages also when nothing changed.")
    ] = False,
    if_published: Annotated[
        bool, typer.Option("--if-published", help="Do nothing before the first publication.")
    ] = False,
) -> None:
    """Make the pages about models and columns, and add them to the published folder."""
    from orchestration import documentation, publication, refusal, run_lock  # noqa: PLC0415

    settings = _load(company)
    screen = Screen(settings.language)
    if if_published and not publication.has_published(settings):
        screen.say(f"Nothing is published for {settings.name} yet, so no pages about its models")
        return
    try:
        with run_lock.hold(settings, screen.say):
            if force or not documentation.is_current(settings):
                documentation.build(settings, progress=screen.say)
            is_before_readers = refusal.add_documentation(settings)
    except UserError as error:
        screen.stop(error)
    folder = settings.paths.published if is_before_readers else settings.paths.output
    for page in (documentation.MODELS_PAGE, documentation.LINEAGE_PAGE):
        screen.show(f"  {folder / documentation.FOLDER / page}")


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="The workbook to write, .xlsx.")],
    mart: Annotated[
        list[str] | None, typer.Option("--mart", help="A mart; may be given several times.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every mart.")] = False,
    where: Annotated[
        str | None,
        typer.Option(help="SQL condition on the rows, such as \"channel = 'referral'\"."),
    ] = None,
    company: CompanyOption = None,
) -> None:
    """Write published marts to an Excel workbook, with a sheet that describes the columns."""
    from orchestration import excel  # noqa: PLC0415

    settings = _load(company)
    screen = Screen(settings.language)
    try:
        report = excel.export(
            settings, to.expanduser().resolve(), marts=None if every else mart or [], where=where
        )
    except UserError as error:
        screen.stop(error)
    for sheet in report.sheets:
        screen.say(f"  {sheet.mart}: {sheet.rows:,} rows")
    for left_out in report.left_out:
        screen.say(left_out, mark="warning")
    screen.show(str(report.path), mark="good")


def _load(directory: Path | None) -> Company:
    folder = company_directory(directory)
    try:
        company_environment.apply(folder)
        return load_company(folder)
    except UserError as error:
        Screen(language_of(folder)).stop(error)


def _run(company: Company, first: date, last: date) -> None:
    screen = Screen(company.language)
    if first == last:
        screen.say(f"{company.name}: day {first} ({company.timezone})", style="bold")
    else:
        screen.say(f"{company.name}: days {first} to {last} ({company.timezone})", style="bold")
    from orchestration import run_record  # noqa: PLC0415
    from orchestration.runner import run_daily, tell  # noqa: PLC0415 - Dagster takes seconds to import
    from orchestration.summary import print_summary  # noqa: PLC0415

    started = time.monotonic()
    try:
        outcome = run_daily(company, first, last)
    except UserError as error:
        record = run_record.RunRecord(
            "", run_record.now(), is_published=False, failures=(str(error),)
        )
        with suppress(OSError):
            run_record.store(company.paths, record)
        for problem in tell(company, "", is_published=False, failures=[str(error)]):
            screen.say(problem, mark="warning")
        screen.stop(error)
    print_summary(screen, company, outcome, seconds=time.monotonic() - started)
    raise typer.Exit(0 if outcome.is_published else 1)
