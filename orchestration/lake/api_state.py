"""What the loads of a table through an API have done so far: one JSON file beside its rows.

It is written after the rows have been renamed into place: a kill between the two makes the next
load do the work again, never skip it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from orchestration import whole_files
from orchestration.lake.day_files import days_in
from orchestration.sources.gaps import Gap

DateRange = tuple[date, date]
"""Half-open range of days: first <= day < until."""

_FILE = "_api.json"


@dataclass
class State:
    """State of one table.

    `fingerprint`: of the settings its rows were asked for with. `ranges`: days that were replaced,
    in order, none touching another. `loaded_at`: when the last good load began. `full_at`: the
    same of the last load of all records. `gaps`: what the source could not give of those days.
    `unsettled`: those of the days that the source was still restating when they were last brought.
    `filled`: days of which the table had a file when this was written.
    """

    fingerprint: str = ""
    ranges: list[DateRange] = field(default_factory=list)
    loaded_at: datetime | None = None
    full_at: datetime | None = None
    gaps: list[Gap] = field(default_factory=list)
    unsettled: list[DateRange] = field(default_factory=list)
    filled: list[DateRange] = field(default_factory=list)

    def write(self, table: Path) -> None:
        self.filled = _single_days(days_in(table))
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=_as_text)
        whole_files.write(table / _FILE, text)

    def note_loaded(self, window: DateRange, settled_before: date = date.max) -> None:
        """The days of a window were replaced; the source may restate those from a day on."""
        self.ranges = union([*self.ranges, window])
        others = [part for days in self.unsettled for part in minus(days, [window])]
        self.unsettled = union([*others, *minus(window, [(date.min, settled_before)])])

    def note_gaps(self, windows: Sequence[DateRange], gaps: Iterable[Gap]) -> None:
        """What was known of the days of the windows is out of date; `gaps` is what holds now."""
        known = set(self.gaps)
        for window in windows:
            known = {part for gap in known for part in gap.outside(window)}
        self.gaps = sorted(
            {*known, *gaps}, key=lambda gap: (gap.first, gap.kind, gap.until, gap.detail)
        )

    def incomplete_days(self) -> int:
        """On how many days the source gave a part only."""
        return length(union((gap.first, gap.until) for gap in self.gaps))


def read(table: Path) -> State:
    """State of the table in that folder; an empty one before its first load, and where the file is
    torn: then everything is asked for again.

    A day whose file a bad disk or a foreign hand has taken was never loaded: it would else be a day
    on which the source had nothing, for ever.
    """
    try:
        content = json.loads((table / _FILE).read_text(encoding="utf-8"))
        fingerprint = content["fingerprint"]
        # Files of older versions have neither.
        filled = _ranges(content.get("filled", []))
        unsettled = _ranges(content.get("unsettled", []))
        there = set(days_in(table)) if filled else set()
        lost = _single_days(day for day in days_of(filled) if day not in there)
        return State(
            fingerprint=fingerprint,
            ranges=[part for days in _ranges(content["ranges"]) for part in minus(days, lost)],
            loaded_at=_moment(content["loaded_at"]),
            full_at=_moment(content["full_at"]),
            gaps=[
                Gap(**{**gap, "first": _day(gap["first"]), "until": _day(gap["until"])})
                for gap in content["gaps"]
            ],
            unsettled=unsettled,
            filled=filled,
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return State()


def empty_days(table: Path) -> list[date]:
    """Days that an API was asked for and had nothing on."""
    ranges = read(table).ranges
    filled = set(days_in(table)) if ranges else set()
    return [day for day in days_of(ranges) if day not in filled]


# --- ranges of days ------------------------------------------------------------------------------


def union(ranges: Iterable[DateRange]) -> list[DateRange]:
    """Ranges in order, overlapping and touching ones joined, empty ones left out."""
    joined: list[DateRange] = []
    for first, until in sorted(item for item in ranges if item[0] < item[1]):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((first, until))
    return joined


def minus(days: DateRange, taken: Iterable[DateRange]) -> list[DateRange]:
    """What is left of a range without the others."""
    left = []
    start, end = days
    for first, until in union(taken):
        if until <= start or first >= end:
            continue
        if start < first:
            left.append((start, first))
        start = max(start, until)
    if start < end:
        left.append((start, end))
    return left


def days_of(ranges: Iterable[DateRange]) -> Iterator[date]:
    """Every day of the ranges."""
    for first, until in ranges:
        for number in range((until - first).days):
            yield first + timedelta(days=number)


def length(ranges: Iterable[DateRange]) -> int:
    """Number of days in ranges that do not overlap."""
    return sum((until - first).days for first, until in ranges)


def _single_days(days: Iterable[date]) -> list[DateRange]:
    return union((day, day + timedelta(days=1)) for day in days)


def _ranges(pairs: Iterable[Sequence[str]]) -> list[DateRange]:
    return [(_day(first), _day(until)) for first, until in pairs]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _as_text(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
