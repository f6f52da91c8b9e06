"""What is known of a company without opening its lake: its last run, and what its readers see."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import duckdb

from orchestration import phrases, publication, run_record
from orchestration.fleet.members import Member
from orchestration.run_record import RunRecord

State = Literal["broken", "failed", "late", "never", "good"]
"""`broken`: its settings cannot be read. `failed`: its last run published nothing. `late`: it has
published, but not lately. `never`: it has not run yet."""
STATES: tuple[State, ...] = ("broken", "failed", "late", "never", "good")

_HEADLINE = re.compile(r'<meta name="description" content="([^"]*)">')


@dataclass(frozen=True)
class Status:
    """`last_day`: the last day of the figures readers see. `published_at` is UTC.

    `errors`: why the company is broken or failed, in the words of `UserError`.
    """

    member: Member
    state: State
    last_day: date | None = None
    published_at: datetime | None = None
    errors: tuple[str, ...] = ()
    record: RunRecord | None = None
    headlines: dict[str, str] = field(default_factory=dict)

    def reasons(self, language: str) -> tuple[str, ...]:
        """Why the company is broken or failed, in the reader's words."""
        if self.record and self.errors == self.record.failures:
            return self.record.reasons(language)
        return tuple(phrases.failure(error, language) for error in self.errors)


def status_of(
    member: Member, *, last: RunRecord | None = None, now: datetime | None = None
) -> Status:
    """How a company stands. `last`: how its last run ended, where that is known without the record
    on the disk, which may be full. Never raises for a folder that cannot be read."""
    try:
        return _status(member, last or run_record.read(member.paths), now)
    except OSError as error:
        said = f"the output folder cannot be read: {error.strerror or error}"
        errors = (member.error,) if member.error else (*(last.failures if last else ()), said)
        return Status(member, "failed" if member.company else "broken", errors=errors, record=last)


def _status(member: Member, record: RunRecord | None, now: datetime | None) -> Status:
    last_day, published_at, problem = _published(member)
    errors: tuple[str, ...] = ()
    state: State
    if member.company is None:
        state, errors = "broken", (member.error or "",)
    elif record and not record.is_published:
        state, errors = "failed", record.failures
    elif problem:
        state, errors = "failed", (problem,)
    elif published_at is None:
        state = "never"
    else:
        state = "late" if _is_late(member, published_at, now or datetime.now(tz=UTC)) else "good"
    return Status(
        member,
        state,
        last_day,
        published_at,
        errors,
        record,
        _headlines(member),
    )


def _published(member: Member) -> tuple[date | None, datetime | None, str]:
    """Last day and time of what readers see, and why it cannot be told."""
    database = member.paths.published / publication.DATABASE_NAME
    if not database.exists():
        return None, None, ""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            row = connection.execute(
                "select as_of_date, epoch(published_at) from run.publication"
            ).fetchone()
    except duckdb.Error as error:
        return None, None, f"the published database cannot be read ({type(error).__name__})"
    if row is None:
        return None, None, "the published database does not say of when it is"
    return row[0] - timedelta(days=1), datetime.fromtimestamp(row[1], tz=UTC), ""


def _is_late(member: Member, published_at: datetime, now: datetime) -> bool:
    company = member.company
    if company is None or company.as_of is not None or not company.alerts.late_after_hours:
        return False
    return now - published_at > timedelta(hours=company.alerts.late_after_hours)


def _headlines(member: Member) -> dict[str, str]:
    """The answer of the published scorecard, by language."""
    found = {}
    for language in ("en", "ru"):
        page = member.paths.published / f"scorecard.{language}.html"
        if page.exists():
            with page.open(encoding="utf-8") as file:
                match = _HEADLINE.search(file.read(4096))
            if match:
                found[language] = html.unescape(match[1])
    return found
