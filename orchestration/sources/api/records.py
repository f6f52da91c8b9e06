"""What the doors of record systems (CRM, followers, calls) share: times, tables, what is gone.

A record system gives the present state of its rows, not the figures of a day. A window that begins
at the company's first date means everything; a later one means rows changed since, to be laid over
what the lake holds by the table's natural key. Rows deleted at the source show in neither, so
`Presence` says which of the stored ones are still there. It must stay cheap, being asked at every
load: what it cannot tell in a few calls is noticed by the next load of everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from traceback import extract_tb
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.settings import MORNING_ENDS, Company
from orchestration.sources.api.http import (
    AccountError,
    ApiClient,
    ApiError,
    Options,
    Transport,
    Window,
    text_table,
)
from orchestration.sources.contracts import contract_of
from orchestration.sources.gaps import Gap

ROWS_PER_TABLE = 20_000
OVERLAP_HOURS = 24

SAFE_ADDRESS = re.compile(r"https://[^/\s]|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")
"""Encrypted, or this machine."""

_SECONDS_OF_YEAR_2100 = 4_102_444_800


@dataclass(frozen=True)
class Stored:
    """What the lake holds of a table when its source is asked what is gone.

    `ids`: of all rows that are not marked deleted yet, as text. `window`: the days from which
    changed rows were asked for.
    """

    ids: Sequence[str]
    window: Window


@dataclass(frozen=True)
class Presence:
    """Which rows of a table the source still has: all that `live`, or those `deleted`.

    Exactly one of both is set. `key`: the column of the ids; they are text. `of`: a column and its
    values, where only the rows with one of them were looked at, such as the products of some deals.
    """

    key: str
    live: frozenset[str] | None = None
    deleted: frozenset[str] | None = None
    of: tuple[str, frozenset[str]] | None = None

    def __post_init__(self) -> None:
        if (self.live is None) == (self.deleted is None):
            raise ValueError("exactly one of live and deleted must be given")

    def gone(
        self, rows: pa.Table, as_stored: Callable[[pa.Array], pa.Array] = lambda ids: ids
    ) -> pa.Table:
        """Keys of the stored rows that the source no longer has.

        `as_stored`: turns ids of the source into what is stored of them.
        """
        told = self.live if self.live is not None else self.deleted
        known = as_stored(pa.array(sorted(told or ()), pa.string()))
        is_gone = pc.is_in(rows.column(self.key), value_set=known)
        if self.live is not None:
            is_gone = pc.invert(is_gone)
        if self.of is not None:
            column, values = self.of
            looked_at = pc.is_in(
                rows.column(column), value_set=pa.array(sorted(values), pa.string())
            )
            is_gone = pc.and_(is_gone, looked_at)
        return rows.filter(is_gone).select([self.key])


def first_date(company: Company, source: str) -> date:
    """The earliest day whose rows are wanted."""
    settings = company.source(source)
    return (settings.first_date if settings else None) or company.first_date


def first_moment(company: Company, source: str) -> datetime:
    """Beginning of the first wanted day, with zone."""
    return datetime.combine(first_date(company, source), time(), ZoneInfo(company.timezone))


def changed_since(company: Company, options: Options, window: Window) -> datetime | None:
    """Moment from which changed rows are asked for; None = everything.

    `overlap_hours` goes before the window: a row saved while the last load ran, or by a clock
    that lags, is read twice rather than missed.
    """
    if options.get("snapshot") == "full" or window[0] <= first_date(company, options.source):
        return None
    hours = options.get("overlap_hours", OVERLAP_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or hours < 0:
        raise options.wrong("overlap_hours", "must be a number of hours", str(OVERLAP_HOURS))
    start = datetime.combine(window[0], time(), ZoneInfo(company.timezone))
    return start - timedelta(hours=hours)


def local_text(moment: datetime, company: Company) -> str:
    """A moment with zone as the company's clock showed it: `2026-01-31 18:05:00`."""
    return moment.astimezone(ZoneInfo(company.timezone)).strftime("%Y-%m-%d %H:%M:%S")


def iso_to_local(value: object, company: Company, system: str) -> str | None:
    """An ISO 8601 time with any offset as company time; None where the system left it empty."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise unreadable(system, "a time") from None
    if moment.tzinfo is None:
        raise unreadable(system, "a time without an offset")
    return local_text(moment, company)


def epoch_to_local(value: object, company: Company, system: str) -> str | None:
    """Unix seconds as company time; None for null and 0."""
    if value in (None, "", 0, "0"):
        return None
    try:
        seconds = int(str(value))
    except ValueError:
        raise unreadable(system, "a time") from None
    if not 0 < seconds < _SECONDS_OF_YEAR_2100:
        raise unreadable(system, "a time that is no unix time in seconds")
    return local_text(datetime.fromtimestamp(seconds, tz=UTC), company)


def unreadable(system: str, what: str) -> ApiError:
    """For an answer that no longer looks as the system documents it. Values are not quoted."""
    return ApiError(
        f"{system} sent {what} that cannot be read",
        remedy="the system may have changed its format: look for a newer version of the pipeline; "
        "until then use export files",
    )


@contextmanager
def legible(system: str) -> Iterator[None]:
    """Turns a stumble over an answer of another shape into an error for people.

    The place in the program is named, the value never: it may be a person's.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        frames = extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent == Path(__file__).parent]
        place = own[-1] if own else frames[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        raise unreadable(system, f"an answer ({type(error).__name__} at {where})") from None


def tables(source: str, table: str, rows: Iterable[Mapping[str, object]]) -> Iterator[pa.Table]:
    """Rows as tables of text columns named by the contract; one empty table when there are none."""
    columns = [column.name for column in contract_of(source, table).columns]
    listed = list(rows)
    for start in range(0, max(len(listed), 1), ROWS_PER_TABLE):
        yield text_table(listed[start : start + ROWS_PER_TABLE], columns)


def mapping_of(options: Options, key: str, example: str) -> dict[str, str]:
    """A sub-table of the source's settings, such as the names of own fields."""
    value = options.get(key, {})
    if not isinstance(value, dict) or any(isinstance(v, (dict, list)) for v in value.values()):
        raise options.wrong(key, "must be a table of names", example)
    return {str(name): str(item).strip() for name, item in value.items()}


def own_fields(options: Options, known: Iterable[str], example: str) -> dict[str, str]:
    """`[sources.<source>.fields]`: what the company's system calls some of the known names."""
    own = mapping_of(options, "fields", example)
    unknown = sorted(own.keys() - set(known))
    if unknown:
        raise options.wrong("fields", f"has the unknown name '{unknown[0]}'", example)
    return own


def words_of(options: Options, column: str) -> dict[str, str]:
    """`[sources.<source>.values.<column>]`: the company's words, lower case -> contract value."""
    values = options.get("values", {})
    words = values.get(column, {}) if isinstance(values, dict) else None
    if not isinstance(words, dict):
        raise options.wrong(
            "values", "must be tables of words", '{status = {"UC_1" = "QUALIFIED"}}'
        )
    return {str(word).casefold(): str(value) for word, value in words.items()}


def product_line_of(words: Mapping[str, str], *names: object) -> str | None:
    """The company's product line of a product, by `[values.product_line]` words for its id or name.

    None where the company has no word for it: a product's name is no product line.
    """
    found = (words.get(str(name).strip().casefold()) for name in names if name is not None)
    return next((line for line in found if line), None)


def exact_number(value: object, system: str) -> Decimal:
    """A JSON number or a text of one, exactly; none is zero."""
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        raise unreadable(system, "a number of a product") from None


def as_rows(value: Any) -> list[Any]:
    """A JSON list; also where PHP made a map of it because its keys had a gap."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def rows_in(value: Any, system: str) -> list[Any]:
    """The rows of an answer, which has them though they be none; else see `as_rows`.

    Rows that are not found would be rows that are deleted at the source.

    Raises:
        ApiError: the value is neither a list nor a map.
    """
    if not isinstance(value, (list, dict)):
        raise unreadable(system, "an answer without its rows")
    return as_rows(value)


def as_map(value: Any) -> dict[str, Any]:
    """A JSON map; also where PHP wrote `[]` for an empty one, or a list for keys 0, 1, 2..."""
    if isinstance(value, list):
        return {str(position): item for position, item in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def present_id(value: object) -> str | None:
    """An id as text; None for the ways to write "none": null, "", 0 and "0"."""
    text = "" if value is None else str(value).strip()
    return None if text in ("", "0") else text


def checked_url(options: Options, key: str, default: str) -> str:
    """An address of the settings besides `base_url`; https unless it is this machine."""
    url = options.text(key, f'"{default}"', default).rstrip("/")
    if not SAFE_ADDRESS.match(url):
        raise options.wrong(key, "must begin with https://", f'"{default}"')
    return url


def snapshot_day(company: Company, window: Window, now: datetime) -> date | None:
    """The day a count taken now belongs to, or None when the window asks for the past only.

    Today, when the window holds it, or when the window ends with today's beginning and the morning
    is over. Before that, the count closes the last day of the window: no other moment is nearer to
    that day's end. Past counts cannot be had, and are never made up.
    """
    moment = now.astimezone(ZoneInfo(company.timezone))
    today = moment.date()
    if window[0] <= today < window[1]:
        return today
    if today == window[1]:
        return today - timedelta(days=1) if moment.hour < MORNING_ENDS else today
    return None


def observed(day: date, account: str, followers: int, now: datetime) -> dict[str, object]:
    """A row of followers; `observed_at` tells how near to the end of the day they were counted."""
    return {
        "date": day.isoformat(),
        "account": account,
        "followers": followers,
        "observed_at": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }


@contextmanager
def keeping_others(transport: Transport) -> Iterator[None]:
    """Leaves the refusal of one account to the caller of the door: see `Transport.errors`.

    A count that is not taken today cannot be had tomorrow, so one account that is closed must not
    cost those of the others.
    """
    try:
        yield
    except AccountError as error:
        transport.errors.append(error)


def refuse_all_refused(transport: Transport, rows: Sequence[object]) -> None:
    """Raises the first refusal where no account at all was counted."""
    if transport.errors and not rows:
        raise transport.errors.pop(0)


def tell_too_early(client: ApiClient, system: str, day: date) -> None:
    """Record that joins, leaves and reach of a day were not to be had when it was counted."""
    client.tell_gap(
        Gap(
            "too_early",
            day,
            day + timedelta(days=1),
            f"{system}: {day} is not over, so its joins, leaves and reach are not known yet; only "
            f"a count before {MORNING_ENDS}:00 of the next day brings them",
        )
    )


def no_past_counts(system: str, window: Window) -> str:
    """What is said when a window of past days is asked of a system that only knows the present."""
    return (
        f"{system} gives no counts of past days: {window[0]} to {window[1] - timedelta(days=1)} "
        f"stay as they are (a count before {MORNING_ENDS}:00 closes the day before)"
    )
