"""What a person sees when a run has ended."""

from __future__ import annotations

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration import lake, publication
from orchestration.incidents import FILE as BOOK
from orchestration.incidents import IncidentBook, read_book
from orchestration.outcomes import CheckOutcome
from orchestration.runner import RunOutcome
from orchestration.settings import Company


def print_summary(
    console: Console, company: Company, outcome: RunOutcome, *, seconds: float
) -> None:
    """Loads, checks, where the results are; on failure what went wrong and what readers see."""
    _print_loads(console, company)
    _print_checks(console, outcome.checks, read_book(company.paths.output / BOOK))
    if outcome.is_published:
        _print_detector(console, company)
    published = company.paths.published
    if outcome.is_published:
        console.print(f"\n[green]✓[/green] Published in {seconds:.0f} s, run {outcome.run_id[:8]}")
        console.print(f"  start here {published / 'index.html'}")
        console.print(f"  scorecard  {published / f'scorecard.{company.language}.html'}")
        console.print(f"  database   {published / publication.DATABASE_NAME}")
        console.print(f"  parquet    {published / publication.PARQUET_FOLDER}")
        console.print(f"  checks     {published / 'data_docs' / 'index.html'}")
    else:
        console.print(f"\n[red]✗[/red] Not published (run {outcome.run_id[:8]}, {seconds:.0f} s)")
        for failure in outcome.failures:
            console.print(f"  {failure}", markup=False)
        console.print(
            f"  Readers keep the last good snapshot: {published}"
            if published.exists()
            else "  There is no earlier snapshot."
        )
    console.print("  Dagster UI: make ui, then open http://localhost:3000")


def _print_loads(console: Console, company: Company) -> None:
    with duckdb.connect() as connection:
        lake.register_pipeline_tables(connection, company)
        rows = connection.execute(
            "select source, table_name, rows_loaded, rows_quarantined, first_day, last_day, "
            "file_count from raw.load_log where file_count > 0 or rows_loaded > 0 "
            "order by source, table_name"
        ).fetchall()
    table = Table(title="Loaded", title_justify="left", box=None, header_style="dim")
    for heading in ("source", "table"):
        table.add_column(heading)
    for heading in ("rows", "refused"):
        table.add_column(heading, justify="right")
    for heading in ("days", "files"):
        table.add_column(heading)
    for source, name, loaded, refused, first, last, files in rows:
        days = f"{first} to {last}" if first else ""
        table.add_row(source, name, f"{loaded:,}", f"{refused:,}", days, str(files))
    console.print()
    console.print(table)


def _print_detector(console: Console, company: Company) -> None:
    """How often the detector of fake traffic would cry for nothing, beside what it cried."""
    path = company.paths.published / publication.DATABASE_NAME
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select sum(series_count), sum(fail_days + warn_days), sum(expected_false_alarms), "
            f"sum(unjudged_days) from {publication.MARTS_SCHEMA}.kpi_detector_alarms"
        ).fetchone()
    if row and row[0]:
        console.print(
            f"Spike detector, 30 days: {row[0]} series, {row[1]} days with an alarm; chance alone "
            f"brings about {row[2]:.1f}. Too short a history to judge: {row[3]} days of series"
        )


def _print_checks(console: Console, checks: list[CheckOutcome], book: IncidentBook) -> None:
    failed = [check for check in checks if not check.passed]
    blocking = [check for check in failed if check.blocks]
    console.print(
        f"\nChecks: {len(checks) - len(failed)} passed, "
        f"{len(failed) - len(blocking)} warned, {len(blocking)} failed"
    )
    for check in [*blocking, *(check for check in failed if not check.blocks)]:
        mark = "[red]✗[/red]" if check.blocks else "[yellow]![/yellow]"
        console.print(f"  {mark} {check.subject} / {check.name}: ", end="")
        console.print(check.message_en, markup=False)
        first_seen = book.first_seen(check.name)
        times = [
            f"since {check.since}" if check.since else "",
            f"first seen {first_seen}" if first_seen else "",
        ]
        if any(times):
            console.print(f"      {', '.join(filter(None, times))}", style="dim")
