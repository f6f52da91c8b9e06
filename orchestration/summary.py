"""What a person sees when a run has ended."""

from __future__ import annotations

import duckdb

from orchestration import lake, phrases, publication
from orchestration.expectations.registers import FILES_READ
from orchestration.incidents import FILE as BOOK
from orchestration.incidents import IncidentBook, read_book
from orchestration.lake.reports import LOST_FILES
from orchestration.outcomes import CheckOutcome
from orchestration.runner import RunOutcome
from orchestration.screen import Mark, Screen
from orchestration.settings import Company
from orchestration.sources.contracts import REGISTERS
from orchestration.sources.unread import files_taken_for_loaded

_SHOWN_FILES = 10


def print_summary(screen: Screen, company: Company, outcome: RunOutcome, *, seconds: float) -> None:
    """Loads, checks, where the results are; on failure what went wrong and what readers see."""
    _print_loads(screen, company)
    if not any(check.name == FILES_READ for check in outcome.checks):
        _print_unread(screen, company)  # else it is among the checks
    _print_checks(screen, outcome.checks, read_book(company.paths.output / BOOK))
    if outcome.is_published:
        _print_detector(screen, company)
    published = company.paths.published
    if outcome.is_published:
        screen.say(f"\nPublished in {seconds:.0f} s, run {outcome.run_id[:8]}", mark="good")
        screen.say_pairs(
            ("start here", published / "index.html"),
            ("scorecard", published / f"scorecard.{company.language}.html"),
            ("database", published / publication.DATABASE_NAME),
            ("parquet", published / publication.PARQUET_FOLDER),
            ("checks", published / "data_docs" / "index.html"),
        )
    else:
        screen.say(f"\nNot published (run {outcome.run_id[:8]}, {seconds:.0f} s)", mark="bad")
        for failure in outcome.failures:
            screen.show(f"  {phrases.failure(failure, screen.language)}")
        if publication.has_published(company):
            screen.say(f"  Readers keep the last good snapshot: {published}")
        else:
            screen.say("  There is no earlier snapshot.")
    for problem in outcome.untold:
        screen.say(f"  {problem}", mark="warning")
    screen.say("  Dagster UI: make ui, then open http://localhost:3000")


def _print_loads(screen: Screen, company: Company) -> None:
    with duckdb.connect() as connection:
        lake.register_pipeline_tables(connection, company)
        rows = connection.execute(
            "select source, table_name, rows_loaded, rows_quarantined, first_day, last_day, "
            "file_count, door = 'files' and files_read = 0 and rows_total > 0, "
            "case when starts_with(note, ?) then note end as lost "
            "from raw.load_log where file_count > 0 or rows_loaded > 0 or lost is not null "
            "order by source, table_name",
            [LOST_FILES],
        ).fetchall()
    headings = ("source", "table", "rows", "refused", "days", "files")
    table = screen.table(*headings, numbers=("rows", "refused"), title="Loaded")
    lost = []
    for source, name, loaded, refused, first, last, files, is_unchanged, note in rows:
        days = phrases.days(first, last, screen.language) if first else ""
        if source != REGISTERS and company.source(source) is None:
            continue
        # "0 rows" of a file that was not read again would look like a loss
        counts = [phrases.number(count, screen.language) for count in (loaded, refused)]
        if is_unchanged:
            counts[0] = phrases.sentence("unchanged", screen.language)
        table.add_row(source, name, *counts, days, str(files))
        if note:
            lost.append((source, name, note))
    screen.show_table(table)
    for source, name, note in lost:
        screen.say(f"  {source} {name}: {note}", mark="warning")


def _print_unread(screen: Screen, company: Company) -> None:
    """Files that were put there and not read: whoever did it takes them for loaded."""
    unread = [remark for _, remark in files_taken_for_loaded(company)]
    for remark in unread[:_SHOWN_FILES]:
        screen.say(f"  {remark.text}", mark="warning")
    if len(unread) > _SHOWN_FILES:
        screen.say(f"  ... and {len(unread) - _SHOWN_FILES} more files that are not read")


def _print_detector(screen: Screen, company: Company) -> None:
    """How often the detector of fake traffic would cry for nothing, beside what it cried."""
    path = company.paths.published / publication.DATABASE_NAME
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select sum(series_count), sum(fail_days + warn_days), sum(expected_false_alarms), "
            f"sum(unjudged_days) from {publication.MARTS_SCHEMA}.kpi_detector_alarms"
        ).fetchone()
    if row and row[0]:
        screen.say(
            f"Spike detector, 30 days: {row[0]} series, {row[1]} days with an alarm; chance alone "
            f"brings about {row[2]:.1f}. Too short a history to judge: {row[3]} days of series"
        )


def _print_checks(screen: Screen, checks: list[CheckOutcome], book: IncidentBook) -> None:
    failed = [check for check in checks if not check.passed]
    blocking = [check for check in failed if check.blocks]
    screen.say(
        f"\nChecks: {len(checks) - len(failed)} passed, "
        f"{len(failed) - len(blocking)} warned, {len(blocking)} failed"
    )
    for check in [*blocking, *(check for check in failed if not check.blocks)]:
        said = check.message_ru if screen.language == "ru" else check.message_en
        mark: Mark = "bad" if check.blocks else "warning"
        screen.show(f"  {check.subject} / {check.name}: {said}", mark=mark)
        first_seen = book.first_seen(check.name)
        times = [
            f"since {check.since}" if check.since else "",
            f"first seen {first_seen}" if first_seen else "",
        ]
        if any(times):
            screen.say(f"      {', '.join(filter(None, times))}", style="dim")
