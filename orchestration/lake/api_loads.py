"""Loads through the API doors: which days are asked for, and how the answers enter the lake.

A table is one of three kinds:

- figures by day (visits, spend, calls, rates): whole days are replaced. Days that were never
  loaded, or last when their source was still restating them, are caught up, in pieces that are kept
  one by one, so that a load that is killed goes on where it stopped. A day on which the source has
  nothing loses its old rows and counts as loaded;
- snapshots (followers, goals, counter settings): the source shows the present only, so what came
  is added and no other day is touched;
- records (CRM): rows changed since the last load are laid over the others by their key, and rows
  that are gone at the source are marked `is_deleted`.

What a load has done is written to `<table>/_api.json` after its rows have been renamed into place.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration import whole_files
from orchestration.errors import UserError
from orchestration.lake import api_state
from orchestration.lake.api_state import State, days_of, length, minus, union
from orchestration.lake.day_files import COMPRESSION, PART, day_folder, days_in, put_day
from orchestration.lake.extracted import write_extracted
from orchestration.lake.folders import sql, table_folder
from orchestration.lake.queries import completed, typed
from orchestration.lake.reports import LoadReport, idle_report, report_of, write_quarantine
from orchestration.settings import Company
from orchestration.sources import api, pii
from orchestration.sources.api.http import Options, Transport, pieces
from orchestration.sources.api.records import Stored
from orchestration.sources.contracts import DELETED_COLUMN, FILE_COLUMN, Pii, TableContract
from orchestration.sources.extraction import API_FILE, Connect, Extraction
from orchestration.sources.files import DateRange, FileOutcome, source_settings
from orchestration.sources.gaps import Gap

# Raised when days are to be asked for anew because a door itself changed.
DOORS_VERSION = 1

# A long load keeps what it has after so many days; `days_at_once` of the source overrides it.
DAYS_AT_ONCE = 31
# The column that says what a row is a part of, for sources that tell the parts of some deals.
_OWNERS = ("deal_id",)
# Changes that no list of changed rows tells (a contact's phone on its lead, a row deleted for
# good) are healed by reading everything so often; `full_load_days` overrides it.
FULL_LOAD_DAYS = 7
# To a user who lost the right to see records a CRM is empty, without an error. More than this share
# of so many rows gone at once ends a load; `deletes_at_most` overrides the share.
DELETES_AT_MOST = 0.5
_ROWS_THAT_TELL = 20

# Settings that change no row: a new token or a longer wait must not ask for years of days anew.
_IRRELEVANT = frozenset(
    {"base_url", "token_url", "oauth_url", "api_version", "wait_minutes", "page_rows", "hits"}
    | {
        "days_at_once",
        "full_load_days",
        "deletes_at_most",
        "overlap_hours",
        "login_customer_id",
        "redirect_uri",
    }
    | {"most_rows", "page_size", "operator_units"}
)
# A newer version of Direct shows campaigns that an older one hides.
_RELEVANT = frozenset({("yandex_direct", "api_version")})


class ApiLoad:
    """One load of one raw table through its source's API."""

    def __init__(
        self,
        company: Company,
        contract: TableContract,
        window: DateRange,
        workdir: Path,
        *,
        until: date | None = None,
        say: Callable[[str], None],
        connect: Connect | None = None,
    ) -> None:
        self._company = company
        self._contract = contract
        self._workdir = workdir
        self._say = say
        downloads = workdir / "downloads"
        downloads.mkdir()
        self._transport = connect(downloads) if connect else Transport(downloads)
        self._settings = source_settings(company, contract.source)
        self._first = self._settings.first_date or company.first_date
        self._window = (max(window[0], self._first), window[1])
        self._until = until or window[1]
        self._table = table_folder(company, contract)
        self._state = self._current_state()
        self._outcomes: list[FileOutcome] = []
        self._notes: list[str] = []
        self._days_asked = 0
        self._days_empty = 0
        self._pieces = 0

    def run(self) -> LoadReport:
        """Load, and report.

        Raises:
            UserError: of the settings or the API. What was loaded before it, whole days, is kept.
        """
        left_out = api.left_out(self._company, self._contract)
        if left_out:
            return idle_report(self._company, self._contract, left_out)
        began = self._transport.now()
        if not self._contract.by_day:
            self._load_records(began)
        elif api.is_snapshot(self._contract.source, self._contract.table):
            self._load_snapshot(began)
        else:
            self._load_days(began)
        return self._report()

    # --- figures by day --------------------------------------------------------------------------

    def _load_days(self, began: datetime) -> None:
        """Replace the days of the window, and bring those that were never loaded."""
        parts = [
            piece
            for wanted in self._days_to_load(began)
            for piece in pieces(wanted, self._days_at_once())
        ]
        total = length(parts)
        done = 0
        for piece in parts:
            rows = self._load_piece(piece, began)
            done += length([piece])
            if len(parts) > 1:
                self._say(
                    f"{self._contract.name}: {done} of {total} days, {piece[0]} to "
                    f"{piece[1] - timedelta(days=1)}: {rows:,} rows"
                )
        self._state.loaded_at = began
        self._save()

    def _days_to_load(self, began: datetime) -> list[DateRange]:
        start, end = self._window
        missing = minus((self._first, self._until), self._state.ranges)
        wanted = union(
            [(start, end), *missing, *self._left_unsettled(began), *self._corrected_days()]
        )
        oldest = api.oldest_day(self._contract.source, began)
        if oldest is not None:
            wanted = [part for days in wanted for part in minus(days, [(date.min, oldest)])]
            # Days that were loaded in time, and those that export files told.
            held = [(day, day + timedelta(days=1)) for day in days_in(self._table)]
            lost = minus((self._first, min(oldest, self._until)), [*self._state.ranges, *held])
            detail = f"the source keeps no figures of days before {oldest}"
            # The border moves every day: what was said of it before is out of date.
            before = [gap for gap in self._state.gaps if gap.kind == "not_kept"]
            self._state.gaps = [gap for gap in self._state.gaps if gap not in before]
            self._state.note_gaps([], [Gap("not_kept", *days, detail) for days in lost])
        return wanted

    def _settled_before(self, moment: datetime) -> date:
        """The first day that the source may restate after that moment."""
        today = moment.astimezone(ZoneInfo(self._company.timezone)).date()
        return today - timedelta(days=self._settings.look_back(self._contract.lookback_days))

    def _left_unsettled(self, began: datetime) -> list[DateRange]:
        """Days that were restated when they were last brought, and that no daily load brings again.

        After a pause longer than the look-back the windows of the days to come begin behind them.
        """
        daily = self._settled_before(began) - timedelta(days=1)
        aside = [(date.min, self._first), (min(daily, self._window[1]), date.max)]
        return [part for days in self._state.unsettled for part in minus(days, aside)]

    def _corrected_days(self) -> list[DateRange]:
        """Loaded days that the source says it has corrected since, whatever the window."""
        if not self._state.loaded_at or not self._state.ranges:
            return []
        until = self._state.ranges[-1][1]
        start, _ = api.extended_window(
            self._company,
            self._contract,
            (until, until),
            since=self._state.loaded_at,
            transport=self._transport,
            progress=self._say,
        )
        return [(start, until)]

    def _days_at_once(self) -> int:
        return _whole_number(self._company, self._contract.source, "days_at_once", DAYS_AT_ONCE)

    def _load_piece(self, piece: DateRange, began: datetime) -> int:
        """Bring one piece of days; returns how many rows it has."""
        folder, extraction = self._extraction(piece)
        self._transport.gaps.clear()
        days = self._extract(folder, extraction)
        self._replace_days(folder / "incoming", piece, days)
        self._state.note_loaded(piece, self._settled_before(began))
        self._state.note_gaps([piece], self._transport.gaps)
        self._save()
        shutil.rmtree(folder)
        self._days_asked += length([piece])
        return sum(outcome.rows_loaded for outcome in self._outcomes_of(extraction))

    def _replace_days(self, incoming: Path, piece: DateRange, new_days: set[date]) -> None:
        """Put the new days in place, and take away the rows of days that are now empty.

        Days that came from export files stay where the API gives nothing: it may not reach back
        that far, or look at another account.
        """
        kept = []
        whole_files.settle()
        for day in sorted(new_days):
            put_day(day_folder(incoming, day) / PART, self._table, day)
        for day in days_in(self._table):
            if not piece[0] <= day < piece[1] or day in new_days:
                continue
            if self._is_from_files(day):
                kept.append(day)
            else:
                shutil.rmtree(day_folder(self._table, day))
        self._days_empty += length([piece]) - len(new_days) - len(kept)
        if kept:
            self._notes.append(
                f"the API gives nothing for {len(kept)} days from {kept[0]}, "
                "their rows from export files stay"
            )

    def _is_from_files(self, day: date) -> bool:
        names = pq.read_table(
            day_folder(self._table, day) / PART, columns=[FILE_COLUMN], partitioning=None
        )
        return API_FILE not in names.column(FILE_COLUMN).unique().to_pylist()

    # --- snapshots -------------------------------------------------------------------------------

    def _load_snapshot(self, began: datetime) -> None:
        """Add the present state to its day; rows of the same key are replaced.

        Where some accounts were refused, raises that when the rows of the others are kept.
        """
        folder, extraction = self._extraction(self._window)
        days = self._extract(folder, extraction)
        whole_days = []
        for day in sorted(days):
            target = day_folder(self._table, day) / PART
            source = day_folder(folder / "incoming", day) / PART
            if target.exists():
                merged = source.with_name("merged.parquet")
                self._merge(target, source, merged)
                source = merged
            whole_days.append((day, source, target))
        whole_files.settle()
        for day, source, target in whole_days:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
            self._state.note_loaded((day, day + timedelta(days=1)))
        gaps = self._transport.gaps
        told = [(day, day + timedelta(days=1)) for day in days]
        self._state.note_gaps([*told, *((gap.first, gap.until) for gap in gaps)], gaps)
        self._state.loaded_at = began
        self._days_asked = len(days)
        self._save()
        if self._transport.errors:
            raise self._transport.errors[0]

    # --- records ---------------------------------------------------------------------------------

    def _load_records(self, began: datetime) -> None:
        """Lay changed rows over the others by key; rows that are gone are marked."""
        is_full = self._is_full_load_due(began)
        start = self._first
        if not is_full and self._state.loaded_at:
            zone = ZoneInfo(self._company.timezone)
            start = self._state.loaded_at.astimezone(zone).date()
        end = max(self._window[1], start + timedelta(days=1))
        folder, extraction = self._extraction((start, end), until=self._window[1])
        self._extract(folder, extraction, is_partial=not is_full)
        source, target = folder / "incoming" / PART, self._table / PART
        gone = None
        if target.exists() and self._knows_deletions:
            stored = self._present_rows(target, () if is_full else _OWNERS)
            gone = self._gone(source, stored, (start, end), is_full=is_full)
            if gone is not None:
                self._refuse_mass_deletion(stored, gone)
        merged = folder / "merged.parquet"
        self._merge(target if target.exists() else None, source, merged, gone)
        target.parent.mkdir(parents=True, exist_ok=True)
        whole_files.settle()
        merged.replace(target)
        self._state.loaded_at = began
        if is_full:
            self._state.full_at = began
        self._save()

    def _is_full_load_due(self, began: datetime) -> bool:
        every = _whole_number(
            self._company, self._contract.source, "full_load_days", FULL_LOAD_DAYS
        )
        return (
            not (self._table / PART).exists()
            or self._state.full_at is None
            or began - self._state.full_at >= timedelta(days=every)
        )

    @property
    def _knows_deletions(self) -> bool:
        return any(column.name == DELETED_COLUMN for column in self._contract.stored_columns)

    def _present_rows(self, target: Path, owners: Sequence[str]) -> pa.Table:
        """Keys, and those of `owners` there are, of the rows that are not marked as deleted."""
        names = pq.read_schema(target).names
        wanted = dict.fromkeys([*self._contract.natural_key, *owners, DELETED_COLUMN])
        rows = pq.read_table(target, columns=[name for name in wanted if name in names])
        if DELETED_COLUMN not in names:
            return rows
        is_present = pc.invert(pc.fill_null(rows.column(DELETED_COLUMN), False))
        return rows.filter(is_present).drop_columns([DELETED_COLUMN])

    def _gone(
        self, source: Path, old: pa.Table, window: DateRange, *, is_full: bool
    ) -> pa.Table | None:
        """Keys of the rows of `old` that the source no longer has; None when it cannot be told."""
        keys = list(self._contract.natural_key)
        new = pq.read_table(source, columns=keys)
        if is_full:
            return old.join(new, keys=keys, join_type="left anti")
        ids = {str(value) for rows in (old, new) for value in rows.column(keys[0]).to_pylist()}
        presence = api.presence(
            self._company,
            self._contract,
            Stored(sorted(ids), window),
            self._transport,
            self._say,
        )
        return None if presence is None else presence.gone(old, self._as_stored)

    def _refuse_mass_deletion(self, stored: pa.Table, gone: pa.Table) -> None:
        """Raise where most of the rows that were there are there no more."""
        options = Options(self._company, self._contract.source)
        share = options.get("deletes_at_most", DELETES_AT_MOST)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise options.wrong("deletes_at_most", "must be a share up to 1", str(DELETES_AT_MOST))
        keys = gone.column_names
        lost = stored.select(keys).join(gone, keys=keys, join_type="left semi").num_rows
        if stored.num_rows < _ROWS_THAT_TELL or lost <= share * stored.num_rows:
            return
        raise UserError(
            f"{self._contract.source} no longer shows {lost:,} of {stored.num_rows:,} rows of "
            f"{self._contract.table}: they would count as deleted",
            remedy="let the user of the token see all records again; if they were deleted, or "
            "first_date was set later, allow it once: deletes_at_most = 1 under "
            f"[sources.{self._contract.source}]",
        )

    def _as_stored(self, ids: pa.Array) -> pa.Array:
        """Ids as they lie in the lake: those that look like a person's are hashed there."""
        column = self._contract.column(self._contract.natural_key[0])
        if column.pii is Pii.IDENTIFIER:
            return pii.hash_personal_identifiers(ids, self._company.hash_key())
        return pii.hash_contacts_within(ids, self._company.hash_key(), is_free_text=False)

    def _merge(
        self, target: Path | None, source: Path, merged: Path, gone: pa.Table | None = None
    ) -> None:
        """New rows, and old ones of other keys, in the order of the key."""
        keys = self._contract.natural_key
        rows = f"select * from {_parquet(source)}"
        with duckdb.connect() as connection:
            if target is not None:
                same = " and ".join(
                    f'kept."{key}" is not distinct from new."{key}"' for key in keys
                )
                left = "kept.*"
                if gone is not None:
                    connection.register("gone", gone)
                    is_gone = " and ".join(
                        f'gone."{key}" is not distinct from kept."{key}"'
                        for key in gone.column_names
                    )
                    left = (
                        f"kept.* replace (coalesce(kept.{DELETED_COLUMN}, false) or "
                        f"exists (select 1 from gone where {is_gone}) as {DELETED_COLUMN})"
                    )
                rows += (
                    f" union all by name select {left} from "
                    f"({completed(self._contract, _parquet(target))}) as kept "
                    f"where not exists (select 1 from {_parquet(source)} as new where {same})"
                )
            order = ", ".join(f'"{key}"' for key in keys)
            connection.execute(
                f"copy ({typed(self._contract, rows)} order by {order}) "
                f"to {sql(merged)} (format parquet, compression {COMPRESSION})"
            )

    # --- what all kinds share --------------------------------------------------------------------

    def _extraction(self, window: DateRange, until: date | None = None) -> tuple[Path, Extraction]:
        """A folder for one extraction, and what is asked of the door."""
        self._pieces += 1
        folder = self._workdir / f"piece{self._pieces}"
        folder.mkdir()
        keeps = window
        if not self._contract.by_day:
            keeps = (date.min, until or window[1])
        elif api.is_snapshot(self._contract.source, self._contract.table):
            keeps = (date.min, date.max)
        return folder, Extraction(
            self._company,
            *window,
            workdir=folder,
            keeps=keeps,
            transport=self._transport,
            say=self._say,
        )

    def _extract(
        self, folder: Path, extraction: Extraction, *, is_partial: bool = False
    ) -> set[date]:
        """Write what the door gives beside the lake; returns the days that have rows."""
        try:
            return write_extracted(self._contract, extraction, folder / "incoming")
        finally:
            self._outcomes += self._outcomes_of(extraction)
            self._write_quarantine(extraction, is_partial=is_partial)

    def _outcomes_of(self, extraction: Extraction) -> list[FileOutcome]:
        return extraction.outcomes.get(self._contract.table, [])

    def _write_quarantine(self, extraction: Extraction, *, is_partial: bool) -> None:
        """Replace the refused rows of what was asked for; those of other days or records stay.

        A load of changed records says nothing of the records it did not bring.
        """
        window = (extraction.start, extraction.end)
        problems = [
            replace(problem, file=_quarantine_name(problem.day or window[0]), line=None)
            for outcome in self._outcomes_of(extraction)
            for problem in outcome.problems
        ]
        read = {_quarantine_name(day) for day in days_of([window])}

        def is_replaced(name: str) -> bool:
            if self._contract.by_day:
                return name in read
            return not is_partial and name.startswith(API_FILE)

        write_quarantine(self._company, self._contract, problems, is_replaced, self._workdir)

    def _current_state(self) -> State:
        state = api_state.read(self._table)
        fingerprint = self._fingerprint()
        if state.fingerprint != fingerprint:
            # What lies in the lake stays until its days are brought anew.
            state = State(fingerprint, gaps=state.gaps)
        return state

    def _fingerprint(self) -> str:
        """Changes when the same days or records would come out otherwise."""
        options = {
            name: value
            for name, value in self._settings.options.items()
            if (self._contract.source, name) in _RELEVANT
            or not (name in _IRRELEVANT or name.endswith("_env"))
        }
        parts: list[Any] = [
            DOORS_VERSION,
            json.dumps(options, sort_keys=True, default=str),
            self._settings.includes_vat,
            self._company.timezone,
        ]
        parts += api.depends_on(self._company, self._contract.source)
        if not self._contract.by_day:
            parts.append([(item.name, item.sql_type) for item in self._contract.stored_columns])
        if self._contract.has_pii:
            parts.append(hashlib.sha256(b"fingerprint" + self._company.hash_key()).hexdigest())
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _save(self) -> None:
        self._state.write(self._table)

    def _report(self) -> LoadReport:
        report = report_of(self._company, self._contract, self._outcomes, self._window)
        details = dict.fromkeys(
            [*self._notes, *(gap.detail for gap in self._state.gaps if self._concerns(gap))]
        )
        return replace(
            report,
            days_asked=self._days_asked,
            days_empty=self._days_empty,
            days_incomplete=self._state.incomplete_days(),
            note="; ".join([part for part in (report.note, *details) if part]),
        )

    def _concerns(self, gap: Gap) -> bool:
        return gap.kind == "not_kept" or gap.until > self._window[0]


# --- small things --------------------------------------------------------------------------------


def _whole_number(company: Company, source: str, key: str, default: int) -> int:
    options = Options(company, source)
    value = options.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise options.wrong(key, "must be a whole number of days", str(default))
    return value


def _quarantine_name(day: date) -> str:
    return f"{API_FILE}, {day}"


def _parquet(path: Path) -> str:
    return f"read_parquet({sql(path)}, hive_partitioning=false)"
