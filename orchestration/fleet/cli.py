"""`marketing-kpi fleet run | doctor | index`: the commands for a folder of companies."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from orchestration import phrases
from orchestration.errors import UserError
from orchestration.fleet.members import Member, find_members, fleet_directory
from orchestration.screen import Mark, Screen
from orchestration.settings import language_of, output_root

if TYPE_CHECKING:
    from orchestration.fleet.status import Status

app = typer.Typer(no_args_is_help=True, help="Work for every company of a folder of companies.")

CompaniesOption = Annotated[
    Path | None,
    typer.Option(
        "--companies",
        help="The folder that holds the company folders. Default: $KPI_FLEET_DIR.",
        show_default=False,
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", help="Folder name of a company; may be given several times."),
]
_DOCTOR_SECONDS = 1800


@app.command()
def run(
    companies: CompaniesOption = None,
    only: OnlyOption = None,
    parallel: Annotated[
        int, typer.Option(min=1, help="Companies at the same time, about 1 GB and one core each.")
    ] = 1,
    limit: Annotated[
        int, typer.Option(min=1, help="Minutes after which a company's run is stopped.")
    ] = 240,
) -> None:
    """Run the daily job of every company. One that fails never stops the others.

    The exit code is 0 when all of them published, else 1.
    """
    from orchestration.fleet import agency, page, runs  # noqa: PLC0415 - see `_print_table`
    from orchestration.fleet.status import status_of  # noqa: PLC0415

    folder, members = _members(companies)
    screen = _screen(members)
    chosen, shared = _chosen(members, only), _shared(folder, screen)
    # As an interrupt from the keyboard: the runs that are under way end with this process.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    failed, statuses = 0, {member.slug: status_of(member) for member in members}
    for outcome in runs.run_all(chosen, shared, parallel=parallel, limit_seconds=limit * 60):
        failed += not outcome.record.is_published
        mark: Mark = "good" if outcome.record.is_published else "bad"
        screen.say(f"{outcome.member.slug}: took {outcome.seconds:.0f} s", mark=mark)
        for reason in outcome.record.reasons(screen.language):
            screen.show(f"    {reason}")
        statuses[outcome.member.slug] = status_of(outcome.member, last=outcome.record)
        with suppress(OSError):  # told below, once
            page.build(list(statuses.values()), output_root())
    agency.tell(list(statuses.values()), shared, report=screen.say)
    _print_table(list(statuses.values()), screen)
    raise typer.Exit(1 if failed else 0)


@app.command()
def doctor(companies: CompaniesOption = None, only: OnlyOption = None) -> None:
    """Check every company folder, each with its own environment. Changes nothing."""
    from orchestration.fleet import children  # noqa: PLC0415 - see `_print_table`

    folder, members = _members(companies)
    screen = _screen(members)
    shared = _shared(folder, screen)
    chosen, ill = _chosen(members, only), []
    for member in chosen:
        screen.show(f"\n{member.slug}")
        ended = children.call(member, ["doctor"], shared, limit_seconds=_DOCTOR_SECONDS)
        for line in ended.lines:
            screen.show(f"  {line}".rstrip())
        if ended.code:
            ill.append(member.slug)
    if ill:
        screen.say(f"\n{len(chosen)} companies; to mend: {', '.join(ill)}.")
    else:
        screen.say(f"\n{len(chosen)} companies; every company is in order.")
    raise typer.Exit(1 if ill else 0)


@app.command()
def index(companies: CompaniesOption = None) -> None:
    """Draw the page of all companies from what lies there, without running anything."""
    from orchestration.fleet.status import status_of  # noqa: PLC0415 - see `_print_table`

    _, members = _members(companies)
    if not _print_table([status_of(member) for member in members], _screen(members)):
        raise typer.Exit(1)


def _members(companies: Path | None) -> tuple[Path, list[Member]]:
    try:
        folder = fleet_directory(companies)
        return folder, find_members(folder)
    except UserError as error:
        Screen(language_of()).stop(error)


def _screen(members: Sequence[Member]) -> Screen:
    """A screen in the language of the companies, where they share one."""
    return Screen(language_of(*(member.directory for member in members)))


def _shared(folder: Path, screen: Screen) -> dict[str, str]:
    from orchestration.fleet import children  # noqa: PLC0415 - see `_print_table`

    try:
        return children.shared_environment(folder)
    except UserError as error:
        screen.stop(error)


def _chosen(members: Sequence[Member], only: Sequence[str] | None) -> list[Member]:
    if not only:
        return list(members)
    unknown = sorted(set(only) - {member.slug for member in members})
    if unknown:
        _screen(members).stop(
            UserError(
                f"There is no company folder {', '.join(unknown)}",
                remedy=f"name one of: {', '.join(member.slug for member in members)}",
            )
        )
    return [member for member in members if member.slug in only]


def _print_table(statuses: Sequence[Status], screen: Screen) -> bool:
    """Print how the companies stand and draw their page; whether the page could be written."""
    from orchestration.fleet import page  # noqa: PLC0415 - DuckDB is not needed to ask for help

    table = screen.table("company", "state", "data up to", "checks")
    for status in statuses:
        record = status.record
        counts = (record.passed, record.warned, record.failed) if record else ()
        checks = " / ".join(map(str, counts)) if any(counts) else ""
        day = status.last_day.isoformat() if status.last_day else ""
        state = phrases.sentence(f"state: {status.state}", screen.language).removeprefix("state: ")
        table.add_row(escape(status.member.slug), state, day, checks)
    screen.show_table(table)
    try:
        pages = page.build(statuses, output_root())
    except OSError as error:
        screen.say(f"The page of all companies is not drawn: {error}", mark="bad")
        return False
    for written in pages:
        screen.show(f"  {written}")
    return True
