"""The reference part of the page: sources, their tables, and the checks."""

from __future__ import annotations

from datetime import date

import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard.findings import (
    message_of,
)
from orchestration.scorecard.frames import as_date, groups, records
from orchestration.scorecard.l10n import (
    NO_VALUE,
    is_missing,
)
from orchestration.scorecard.sections.context import Context
from orchestration.scorecard.view import Cell, Table


def sources_table(context: Context, quality: pd.DataFrame) -> Table | None:
    """One row a source: its tables together, its state that of the worst of them."""
    if quality.empty:
        return None
    say = context.say
    rows = []
    for source, tables in groups(quality, "source"):
        days = [as_date(day) for day in tables["last_day"] if not is_missing(day)]
        states = set(tables["freshness_status"])
        state = next(state for state in ("late", "missing", "ok") if state in states)
        if source == "registers" and "ok" in states:
            state = "ok"
        tone = {"ok": "good"}.get(state, "muted" if source == "registers" else "alarm")
        aside = float(tables["rows_quarantined"].sum())
        rows.append(
            [
                Cell(say.name("source", str(source)), is_head=True),
                Cell(" + ".join(sorted({say.name("door", str(door)) for door in tables["door"]}))),
                context.number(float(tables["rows_total"].sum())),
                context.number(aside, tone="alarm" if aside else ""),
                Cell(say.day(max(days), with_year=True) if days else NO_VALUE),
                context.number(tables["missing_days"].sum(min_count=1)),
                Cell(say.name("freshness", state), tone=tone),
            ]
        )
    head = context.head(
        "source", "door", "rows", "quarantined", "last_day", "missing_days", "state"
    )
    return Table(say("sources.title"), head, rows)


def tables_table(context: Context, quality: pd.DataFrame) -> Table | None:
    """Each table of each source, for whoever looks for the cause."""
    if quality.empty:
        return None
    say = context.say
    rows = [
        [
            Cell(f"{say.name('source', row['source'])}: {row['table_name']}", is_head=True),
            context.number(row["rows_total"]),
            context.number(row["rows_quarantined"]),
            context.number(row["repeated_rows"]),
            Cell(
                NO_VALUE
                if is_missing(row["last_day"])
                else say.day(as_date(row["last_day"]), with_year=True)
            ),
            context.number(row["missing_days"]),
            Cell(say.name("freshness", str(row["freshness_status"]))),
        ]
        for row in records(quality)
    ]
    head = context.head("table", "rows", "quarantined", "repeated", "last_day", "missing_days",
                        "state")  # fmt: skip
    return Table(say("sources.tables"), head, rows)


def checks_tables(context: Context) -> tuple[Table | None, Table | None, int]:
    """Failed checks, passed checks that say something, and how many passed without words.

    The last are the tests of table structure: hundreds of keys and required columns.
    """
    say = context.say
    columns = ("check", "subject", "result", "failed_rows")

    def order(check: CheckOutcome) -> tuple[bool, str, str]:
        return (not check.blocks, check.subject, check.name)

    failed = sorted((check for check in context.checks if not check.passed), key=order)
    passed = sorted((check for check in context.checks if check.passed), key=order)
    spoken = [check for check in passed if message_of(check, say.language)]
    failures = [[*_check_cells(context, c), *_days_of_failure(context, c)] for c in failed]
    tables = [
        Table(say("sources.checks"), context.head(*names), rows, is_titled=True, is_plain=True)
        if rows
        else None
        for names, rows in (
            ((*columns, "since", "first_seen"), failures),
            (columns, [_check_cells(context, check) for check in spoken]),
        )
    ]
    return tables[0], tables[1], len(passed) - len(spoken)


def _days_of_failure(context: Context, check: CheckOutcome) -> list[Cell]:
    """The oldest fact that breaks the rule, and when a run first saw it."""
    days = (check.since, check.first_seen)
    shown = [
        context.say.day(date.fromisoformat(day), with_year=True) if day else "" for day in days
    ]
    return [Cell(words) for words in shown]


def _check_cells(context: Context, check: CheckOutcome) -> list[Cell]:
    say = context.say
    state = "passed" if check.passed else check.severity
    return [
        Cell(message_of(check, say.language) or check.name, is_head=True),
        Cell(say.name("subject", check.subject)),
        Cell(
            say.name("check", state),
            tone="good" if check.passed else "alarm" if check.blocks else "warn",
        ),
        Cell(say.show(check.failed_rows) if check.failed_rows else NO_VALUE, is_number=True),
    ]
