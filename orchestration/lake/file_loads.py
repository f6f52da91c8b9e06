"""Loads of export files: which of them are read, for which days, and how their rows enter the lake.

`<table>/_manifest.json` tells which files were loaded and how that left the days. It is written
last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration import whole_files
from orchestration.errors import UserError
from orchestration.lake.api_state import union
from orchestration.lake.day_files import (
    COMPRESSION,
    PART,
    DayState,
    day_folder,
    day_states,
    days_in,
    put_day,
    put_file,
    write_parts,
)
from orchestration.lake.extracted import write_extracted
from orchestration.lake.folders import read_days, sql, table_folder
from orchestration.lake.queries import typed
from orchestration.lake.reports import (
    LOST_FILES,
    LoadReport,
    quarantined_files,
    report_of,
    write_quarantine,
)
from orchestration.settings import Company
from orchestration.sources.contracts import (
    FILE_COLUMN,
    PARTITION_COLUMN,
    REGISTERS,
    TableContract,
)
from orchestration.sources.extraction import API_FILE, Extraction, FileTask
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    arrow_schema,
    export_files,
    reading_of,
    source_settings,
)

# Raised when files are to be read anew because the reader itself changed.
READER_VERSION = 5

_MANIFEST = "_manifest.json"
_NAMED_FILES = 3
_LOST_KEPT = f"{LOST_FILES}, their loaded days are kept"
_LOST_TAKEN = f"{LOST_FILES}, and their rows went with them"


@dataclass
class _LoadedFile:
    """Manifest entry: content of a file when it was loaded, and the days of its rows.

    Days before `loaded_until` were loaded; rows at or after it wait for their day.
    `first_future_day`: when the first of the rows that lay in the future no longer does.
    """

    sha256: str
    loaded_until: date
    first_day: date | None = None
    last_day: date | None = None
    first_future_day: date | None = None
    size: int = 0
    modified_ns: int = 0


@dataclass
class _Manifest:
    """`days`: state of each day's file (ISO date) when the last load ended; of a table that is one
    file its state, under an empty day."""

    fingerprint: str = ""
    files: dict[str, _LoadedFile] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)


class FileLoad:
    """One load of one raw table, from the files in the folder to the manifest."""

    def __init__(
        self,
        company: Company,
        contract: TableContract,
        window: DateRange,
        workdir: Path,
        say: Callable[[str], None],
    ) -> None:
        self._company = company
        self._contract = contract
        self._window = window
        self._workdir = workdir
        self._say = say
        self._table = table_folder(company, contract)
        self._manifest = _read_manifest(self._table)
        self._fingerprint = fingerprint(company, contract)
        self._files = export_files(company, contract)
        self._states = {
            file.name: _state_of(file, self._manifest.files.get(file.name)) for file in self._files
        }
        lost = set(self._manifest.files) - set(self._states)
        self._renamed = sorted(name for name in lost if self._is_renamed(name))
        self._lost = sorted(lost - set(self._renamed))
        self._tasks = self._plan()
        self._extraction = Extraction(
            company, *window, workdir=workdir, files={contract.table: self._tasks}
        )

    def run(self) -> LoadReport:
        gone = [*self._renamed, *([] if self._contract.keeps_lost_files else self._lost)]
        if self._tasks or gone:
            self._say_what_is_read()
            try:
                days = self._extract()
            except UserError:
                self._write_quarantine(gone=())
                raise
            if self._contract.by_day:
                self._replace_days(days)
            else:
                self._replace_table(gone)
            self._write_quarantine(gone)
            _write_manifest(self._table, self._new_manifest())
        elif self._never_loaded():
            self._write_quarantine(gone=())
        return self._report()

    def _say_what_is_read(self) -> None:
        names = [task.file.name for task in self._tasks]
        if not names:
            return
        if len(names) > _NAMED_FILES:
            self._say(
                f"{self._contract.name}: reading {len(names)} files, {names[0]} to {names[-1]}"
            )
            return
        for name in names:
            self._say(f"{self._contract.name}: reading {name}")

    def _is_renamed(self, lost: str) -> bool:
        """Whether a file of another name holds the same, of all days that were loaded of this one.

        Its rows go, or a mended file of the new name would have the old ones beside it for ever.
        """
        known = self._manifest.files[lost]
        for name, (sha256, *_) in self._states.items():
            other = self._manifest.files.get(name)
            until = self._loaded_until(other)
            if other and other.sha256 == sha256:
                until = max(until, other.loaded_until)
            if sha256 == known.sha256 and until >= known.loaded_until:
                return True
        return False

    # --- which files, which days -----------------------------------------------------------------

    def _plan(self) -> list[FileTask]:
        """Which files are read, and for which days."""
        _, end = self._window
        settings = source_settings(self._company, self._contract.source)
        today = reading_of(self._company, self._contract, settings).last_date
        tasks = []
        for file in self._files:
            known = self._manifest.files.get(file.name)
            is_changed = known is None or known.sha256 != self._states[file.name][0]
            # Refused rows are in no day, so the days do not tell that theirs has come.
            is_due = known is not None and (known.first_future_day or date.max) <= today
            is_read_otherwise = self._manifest.fingerprint != self._fingerprint
            if known is None or is_changed or is_due or is_read_otherwise or self._is_file_lost:
                days = [(date.min, self._loaded_until(known))]
            elif self._contract.by_day:
                days = self._days_to_read_again(known)
            elif known.last_day and known.last_day >= known.loaded_until < end:
                days = [(date.min, end)]
            else:
                days = []
            if days:
                tasks.append(FileTask(file, tuple(days)))
        return tasks

    def _days_to_read_again(self, known: _LoadedFile) -> list[DateRange]:
        """Days of an unchanged file: none where the lake is as the last load left it.

        Also outside of the window: a day that a bad disk or a foreign hand has taken would be a day
        without spend, for ever.
        """
        if known.first_day is None or known.last_day is None:
            return []
        days = _days_of_unchanged(known, *self._window)
        then, now = self._manifest.days, self._days_found
        last = min(known.last_day, known.loaded_until - timedelta(days=1))
        other = [
            day
            for text in then.keys() | now.keys()
            if then.get(text) != now.get(text)
            and known.first_day <= (day := date.fromisoformat(text)) <= last
        ]
        is_waiting = known.last_day >= known.loaded_until
        again = days if is_waiting or any(_covers(days, day) for day in other) else []
        if outside := [day for day in other if not _covers(again, day)]:
            again = union([*again, (min(outside), max(outside) + timedelta(days=1))])
        return again

    @cached_property
    def _is_file_lost(self) -> bool:
        """Whether the file of a table that is one file is not as the last load left it."""
        then = self._manifest.days.get("")
        return not self._contract.by_day and then is not None and then != self._days_found.get("")

    @cached_property
    def _days_found(self) -> dict[str, str]:
        """The days as this load finds them, for all of its files."""
        return _states_of_days(self._table)

    def _loaded_until(self, known: _LoadedFile | None) -> date:
        """First day that a file read anew is not loaded for.

        A table that is rebuilt whole never loses its newest rows to an older window.
        """
        if not self._contract.day_column:
            return date.max
        end = self._window[1]
        return end if self._contract.by_day or known is None else max(end, known.loaded_until)

    def _new_manifest(self) -> _Manifest:
        files = {
            name: known
            for name, known in self._manifest.files.items()
            if name in self._states
            or (self._contract.keeps_lost_files and name not in self._renamed)
        }
        outcomes = {outcome.file: outcome for outcome in self._outcomes}
        for task in self._tasks:
            name = task.file.name
            before = self._manifest.files.get(name)
            entry = _LoadedFile(
                sha256=self._states[name][0],
                loaded_until=self._loaded_until(before),
                first_day=outcomes[name].first_day,
                last_day=outcomes[name].last_day,
                first_future_day=outcomes[name].first_future_day,
            )
            if before and before.loaded_until > entry.loaded_until:
                # Later days still hold rows that an earlier load brought.
                firsts = filter(None, (entry.first_day, before.first_day))
                lasts = filter(None, (entry.last_day, before.last_day))
                entry.first_day = min(firsts, default=None)
                entry.last_day = max(lasts, default=None)
                if before.sha256 == entry.sha256:
                    entry.loaded_until = before.loaded_until
            files[name] = entry
        for name, (_, size, modified_ns) in self._states.items():
            files[name].size, files[name].modified_ns = size, modified_ns
        return _Manifest(self._fingerprint, files, _states_of_days(self._table))

    # --- writing ---------------------------------------------------------------------------------

    def _extract(self) -> set[date]:
        """Write the extracted rows to a folder beside the lake; returns the days that have rows."""
        return write_extracted(self._contract, self._extraction, self._incoming)

    @property
    def _incoming(self) -> Path:
        return self._workdir / "incoming"

    @property
    def _outcomes(self) -> list[FileOutcome]:
        return self._extraction.outcomes.get(self._contract.table, [])

    def _replace_days(self, new_days: set[date]) -> None:
        """Put the new days in place; rows of files that were not read for a day stay in it."""
        wanted: dict[str, tuple[DateRange, ...]] = {
            task.file.name: task.days for task in self._tasks
        }
        wanted |= dict.fromkeys(self._renamed, ((date.min, date.max),))
        files = self._manifest.files
        affected = {
            day
            for day in days_in(self._table)
            if day in new_days
            or any(
                _covers(days, day) and _holds(files.get(name), day) for name, days in wanted.items()
            )
        }
        shared = {
            day
            for day in affected
            if any(
                _holds(entry, day) and not _covers(wanted.get(name, ()), day)
                for name, entry in files.items()
            )
        }
        if shared:
            new_days = new_days | self._keep_others(shared, wanted)
        self._table.mkdir(parents=True, exist_ok=True)
        whole_files.settle()
        for day in sorted(new_days):
            put_day(day_folder(self._incoming, day) / PART, self._table, day)
        for day in sorted(affected - new_days):
            shutil.rmtree(day_folder(self._table, day))

    def _keep_others(
        self, days: set[date], wanted: Mapping[str, tuple[DateRange, ...]]
    ) -> set[date]:
        """Add rows of other files to the incoming days; returns the days that then have rows."""
        ranges = [
            {"file": name, "first": first, "until": until}
            for name, parts in wanted.items()
            for first, until in parts
        ]
        # A company that went back from the API to files: its files now tell these days.
        ranges.append({"file": API_FILE, "first": date.min, "until": date.max})
        kinds = [("file", pa.string()), ("first", pa.date32()), ("until", pa.date32())]
        merged = self._workdir / "merged"
        old = [day_folder(self._table, day) / PART for day in sorted(days)]
        new = [
            path
            for day in sorted(days)
            if (path := day_folder(self._incoming, day) / PART).exists()
        ]
        with duckdb.connect() as connection:
            connection.register("replaced", pa.Table.from_pylist(ranges, pa.schema(kinds)))
            rows = (
                f"select * from {read_days(old)} as kept where not exists ("
                f"select 1 from replaced where replaced.file = kept.{FILE_COLUMN} "
                f"and kept.{PARTITION_COLUMN} >= replaced.first "
                f"and kept.{PARTITION_COLUMN} < replaced.until)"
            )
            if new:
                rows = f"select * from {read_days(new)} union all by name {rows}"
            query = f"{typed(self._contract, rows, PARTITION_COLUMN)} order by {PARTITION_COLUMN}"
            kept_days = write_parts(
                connection.sql(query).to_arrow_reader(),
                arrow_schema(self._contract),
                merged,
                by_day=True,
            )
        for day in kept_days:
            day_folder(self._incoming, day).mkdir(exist_ok=True)
            part = day_folder(merged, day) / PART
            part.replace(day_folder(self._incoming, day) / PART)
        return kept_days

    def _replace_table(self, gone: Sequence[str]) -> None:
        """Rebuild a table that is one file: new rows, and those of files that were not read."""
        target, source = self._table / PART, self._incoming / PART
        if target.is_file():
            left_out = [*(task.file.name for task in self._tasks), *gone]
            names = ", ".join(sql(name) for name in left_out) or "''"
            rows = (
                f"select * from read_parquet({sql(source)}) union all by name "
                f"select * from read_parquet({sql(target)}) where {FILE_COLUMN} not in ({names})"
            )
            source = self._workdir / "merged.parquet"
            try:
                with duckdb.connect() as connection:
                    connection.execute(
                        f"copy ({typed(self._contract, rows)}) to {sql(source)} "
                        f"(format parquet, compression {COMPRESSION})"
                    )
            except duckdb.Error:
                # A damaged file; nothing is lost with it where all that it held is read again.
                if not self._is_file_lost or set(self._manifest.files) - set(left_out):
                    raise
                source = self._incoming / PART
        target.parent.mkdir(parents=True, exist_ok=True)
        whole_files.settle()
        put_file(source, target)

    # --- quarantine and report -------------------------------------------------------------------

    def _never_loaded(self) -> set[str]:
        """Files of the quarantine that were refused as a whole and are no longer there."""
        return {
            name
            for name in quarantined_files(self._company, self._contract)
            if not name.startswith(API_FILE)
            and name not in self._states
            and name not in self._manifest.files
        }

    def _write_quarantine(self, gone: Iterable[str]) -> None:
        """Replace the refused rows of the files that were read, and drop those of gone files."""
        problems = [problem for outcome in self._outcomes for problem in outcome.problems]
        replaced = {outcome.file for outcome in self._outcomes} | set(gone) | self._never_loaded()
        write_quarantine(
            self._company, self._contract, problems, lambda name: name in replaced, self._workdir
        )

    def _report(self) -> LoadReport:
        report = report_of(self._company, self._contract, self._outcomes, self._window)
        return replace(
            report,
            file_count=len(self._files),
            files_read=len(self._tasks),
            note=self._note(),
        )

    def _note(self) -> str:
        notes = []
        if self._lost:
            shown = ", ".join(self._lost[:3]) + (" ..." if len(self._lost) > 3 else "")
            left = _LOST_KEPT if self._contract.keeps_lost_files else _LOST_TAKEN
            notes.append(f"{left}: {shown}")
        elif not self._files:
            place = f"exports/{self._contract.source}/"
            if self._contract.source == REGISTERS:
                place = f"registers/{self._contract.table}.csv"
            notes.append(f"no file: {place}")
        waiting = sum(outcome.rows_waiting for outcome in self._outcomes)
        if waiting:
            notes.append(f"{waiting:,} rows wait for their day")
        return "; ".join(notes)


def fingerprint(company: Company, contract: TableContract) -> str:
    """Changes when the same file would be read otherwise: contract, settings, hash key, reader."""
    settings = source_settings(company, contract.source)
    parts: list[Any] = [
        READER_VERSION,
        repr(contract),
        (settings.decimal, settings.date_order, settings.list_separator),
        sorted(settings.columns.items()),
        sorted(settings.constants.items()),
        settings.first_date or company.first_date,
        # Sums that name another currency are refused.
        settings.currency or company.currency,
        json.dumps(settings.options, sort_keys=True, default=str),
        company.timezone,
    ]
    if contract.has_pii:
        parts.append(hashlib.sha256(b"fingerprint" + company.hash_key()).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _state_of(file: ExportFile, known: _LoadedFile | None) -> tuple[str, int, int]:
    """(sha256, size, modification time). An untouched file is not hashed again."""
    status = file.path.stat()
    if known and (known.size, known.modified_ns) == (status.st_size, status.st_mtime_ns):
        return known.sha256, known.size, known.modified_ns
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return digest, status.st_size, status.st_mtime_ns


def _days_of_unchanged(known: _LoadedFile, start: date, end: date) -> list[DateRange]:
    """Days inside the window, and days that had not come yet at the last load."""
    if not known.first_day or not known.last_day:
        return []
    first = min(start, known.loaded_until) if known.loaded_until < end else start
    after = known.last_day + timedelta(days=1)
    return [(first, end)] if max(first, known.first_day) < min(end, after) else []


def _states_of_days(table: Path) -> dict[str, str]:
    states = {day.isoformat(): str(state) for day, state in day_states(table).items()}
    if (table / PART).is_file():
        states[""] = str(DayState.of(table / PART))
    return states


def _covers(days: Iterable[DateRange], day: date) -> bool:
    return any(first <= day < until for first, until in days)


def _holds(entry: _LoadedFile | None, day: date) -> bool:
    """Whether the lake may hold rows of a file on a day."""
    if entry is None or entry.first_day is None or entry.last_day is None:
        return False
    return entry.first_day <= day <= entry.last_day


def _read_manifest(table: Path) -> _Manifest:
    """What was loaded; nothing where that is not known, and all files are read again."""
    try:
        content = json.loads((table / _MANIFEST).read_text(encoding="utf-8"))
        return _Manifest(
            content["fingerprint"],
            {
                name: _LoadedFile(
                    **{
                        **entry,
                        **{
                            key: date.fromisoformat(entry[key]) if entry.get(key) else None
                            for key in ("loaded_until", "first_day", "last_day", "first_future_day")
                        },
                    }
                )
                for name, entry in content["files"].items()
            },
            content.get("days", {}),
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return _Manifest()


def _write_manifest(table: Path, manifest: _Manifest) -> None:
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, default=str, sort_keys=True)
    whole_files.write(table / _MANIFEST, text)
