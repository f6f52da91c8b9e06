"""The raw lake: day-partitioned parquet that is replaced, never appended, and read by every engine.

    lake/<source>/<table>/day=2026-01-31/part-0.parquet   tables that are replaced by whole days
    lake/<source>/<table>/part-0.parquet                  tables that are rebuilt whole
    lake/<source>/<table>/_manifest.json                  which files were loaded, written last
    lake/_quarantine, lake/_log, lake/_pipeline           refused rows, last loads, settings
    lake/_bundles                                         small tables once more, in a file each

A load writes beside the lake and renames file by file, the manifest last: a kill leaves each day
as it was or as it is to be, and the next load does the work again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration import api_state, build_rules, day_bundles, whole_files
from orchestration.day_files import (
    COMPRESSION,
    PART,
    day_folder,
    day_states,
    days_in,
    put_day,
    write_parts,
)
from orchestration.errors import UserError
from orchestration.register_ledger import LEDGER_SCHEMA, extended, watched_contracts
from orchestration.settings import Company
from orchestration.sources.contracts import (
    CONTRACTS,
    DELETED_COLUMN,
    FILE_COLUMN,
    PARTITION_COLUMN,
    REGISTERS,
    TableContract,
    Type,
    tables_of,
)
from orchestration.sources.doors import open_source
from orchestration.sources.extraction import API_FILE, Connect, Extraction, FileTask
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    Problem,
    arrow_schema,
    export_files,
    source_settings,
)
from orchestration.sources.quick import is_irregular

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]

RAW_SCHEMA = "raw"
# Raised when files are to be read anew because the reader itself changed.
READER_VERSION = 3

_MANIFEST = "_manifest.json"
_ASIDE = ".aside"
_NAMED_FILES = 3
_active_folders: set[Path] = set()


@dataclass(frozen=True)
class LoadReport:
    """What a load did to one raw table.

    `rows_loaded`: rows this load wrote. `rows_total`: rows in the lake after it.
    `rows_quarantined`: refused rows of all files of the table. `rows_deleted`: rows marked as
    deleted at the source. `first_day`, `last_day`: of the table in the lake.
    `days_asked`, `days_empty`: days an API was asked for by this load, and those on which it has
    nothing. `days_incomplete`: days of the table that the source gave in part only (estimated,
    withheld), by all loads.
    `note`: empty, or what the reader of a report should know.
    """

    source: str
    table: str
    door: str
    file_count: int = 0
    rows_loaded: int = 0
    rows_total: int = 0
    rows_quarantined: int = 0
    rows_deleted: int = 0
    days_asked: int = 0
    days_empty: int = 0
    days_incomplete: int = 0
    first_day: date | None = None
    last_day: date | None = None
    window_start: date | None = None
    window_end: date | None = None
    note: str = ""


@dataclass
class _LoadedFile:
    """Manifest entry: content of a file when it was loaded, and the days of its rows.

    Days before `loaded_until` were loaded; rows at or after it wait for their day.
    """

    sha256: str
    loaded_until: date
    first_day: date | None = None
    last_day: date | None = None
    size: int = 0
    modified_ns: int = 0


@dataclass
class _Manifest:
    fingerprint: str = ""
    files: dict[str, _LoadedFile] = field(default_factory=dict)


# --- loading -------------------------------------------------------------------------------------


def load(
    company: Company,
    source: str,
    *,
    tables: Sequence[str] | None = None,
    window: DateRange | None = None,
    progress: Progress | None = None,
    connect: Connect | None = None,
) -> list[LoadReport]:
    """Bring a source's raw tables up to date for a half-open window of days.

    New and changed export files are loaded with all their days before the window's end, unchanged
    ones with their days inside the window. `tables`: some of the source's tables, default all.
    `window`: default from the company's first date to `as_of`. A source that is off is left alone.
    Through an API, days that were never loaded are caught up as well; see `api_loads`. `connect`
    makes an API door's outside world of a folder for downloads; default the real one.

    Returns one report per table, in the order of the contracts.

    Raises:
        UserError: a file cannot be used. The other tables of the source are loaded all the same;
            the table of that file stays as it was, its refused rows are in the quarantine. A
            refused secret or a used-up quota ends the load of the source at once.
    """
    say = progress or logger.info
    start, end = window or (company.first_date, company.as_of_date())
    end = min(end, company.as_of_date())
    chosen = [item for item in tables_of(source) if tables is None or item.table in tables]
    if source != REGISTERS and company.source(source) is None:
        return [idle_report(company, item, "switched off in company.toml") for item in chosen]
    reports: list[LoadReport] = []
    errors: list[UserError] = []
    with _folder_aside(company) as aside:
        for contract in chosen:
            workdir = aside / contract.name
            workdir.mkdir()
            try:
                if source_settings(company, source).door == "api":
                    from orchestration.api_loads import ApiLoad  # noqa: PLC0415 - HTTP clients

                    api_load = ApiLoad(
                        company, contract, (start, end), workdir, say=say, connect=connect
                    )
                    report = api_load.run()
                else:
                    report = _TableLoad(company, contract, (start, end), workdir, say).run()
                _write_log(company, report, workdir)
                reports.append(report)
                say(
                    f"{contract.name}: {report.rows_loaded:,} rows loaded, "
                    f"{report.rows_quarantined:,} refused"
                )
            except UserError as error:
                errors.append(error)
                say(f"{contract.name}: {error}")
                if error.is_final:
                    break
    if source == REGISTERS:
        _extend_register_ledger(company)
    if errors:
        raise errors[0]
    return reports


class _TableLoad:
    """One load of one raw table, from the files in the folder to the manifest."""

    def __init__(
        self,
        company: Company,
        contract: TableContract,
        window: DateRange,
        workdir: Path,
        say: Progress,
    ) -> None:
        self._company = company
        self._contract = contract
        self._window = window
        self._workdir = workdir
        self._say = say
        self._table = table_folder(company, contract)
        self._manifest = _read_manifest(self._table)
        self._fingerprint = _fingerprint(company, contract)
        self._files = export_files(company, contract)
        self._states = {
            file.name: _state_of(file, self._manifest.files.get(file.name)) for file in self._files
        }
        self._lost = sorted(set(self._manifest.files) - set(self._states))
        self._tasks = self._plan()
        self._extraction = Extraction(
            company, *window, workdir=workdir, files={contract.table: self._tasks}
        )

    def run(self) -> LoadReport:
        gone = [] if self._contract.keeps_lost_files else self._lost
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
        return self._report()

    def _say_what_is_read(self) -> None:
        names = [task.file.name for task in self._tasks]
        if not names:
            return
        if len(names) > _NAMED_FILES:
            names = [f"{len(names)} files, {names[0]} to {names[-1]}"]
        for name in names:
            self._say(f"{self._contract.name}: reading {name}")

    # --- which files, which days -----------------------------------------------------------------

    def _plan(self) -> list[FileTask]:
        """Which files are read, and for which days."""
        start, end = self._window
        tasks = []
        for file in self._files:
            known = self._manifest.files.get(file.name)
            is_changed = known is None or known.sha256 != self._states[file.name][0]
            if known is None or is_changed or self._manifest.fingerprint != self._fingerprint:
                days = [(date.min, self._loaded_until(known))]
            elif self._contract.by_day:
                days = _days_of_unchanged(known, start, end)
            elif known.last_day and known.last_day >= known.loaded_until < end:
                days = [(date.min, end)]
            else:
                days = []
            if days:
                tasks.append(FileTask(file, tuple(days)))
        return tasks

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
            if name in self._states or self._contract.keeps_lost_files
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
        return _Manifest(self._fingerprint, files)

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
                f"select * from {_read_days(old)} as kept where not exists ("
                f"select 1 from replaced where replaced.file = kept.{FILE_COLUMN} "
                f"and kept.{PARTITION_COLUMN} >= replaced.first "
                f"and kept.{PARTITION_COLUMN} < replaced.until)"
            )
            if new:
                rows = f"select * from {_read_days(new)} union all by name {rows}"
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
        if target.exists():
            left_out = [*(task.file.name for task in self._tasks), *gone]
            names = ", ".join(sql(name) for name in left_out) or "''"
            rows = (
                f"select * from read_parquet({sql(source)}) union all by name "
                f"select * from read_parquet({sql(target)}) where {FILE_COLUMN} not in ({names})"
            )
            source = self._workdir / "merged.parquet"
            with duckdb.connect() as connection:
                connection.execute(
                    f"copy ({typed(self._contract, rows)}) to {sql(source)} "
                    f"(format parquet, compression {COMPRESSION})"
                )
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    # --- quarantine and report -------------------------------------------------------------------

    def _write_quarantine(self, gone: Iterable[str]) -> None:
        """Replace the refused rows of the files that were read, and drop those of gone files."""
        problems = [problem for outcome in self._outcomes for problem in outcome.problems]
        replaced = {outcome.file for outcome in self._outcomes} | set(gone)
        write_quarantine(
            self._company, self._contract, problems, lambda name: name in replaced, self._workdir
        )

    def _report(self) -> LoadReport:
        report = report_of(self._company, self._contract, self._outcomes, self._window)
        return replace(report, file_count=len(self._files), note=self._note())

    def _note(self) -> str:
        notes = []
        if self._lost and self._contract.keeps_lost_files:
            shown = ", ".join(self._lost[:3]) + (" ..." if len(self._lost) > 3 else "")
            notes.append(f"no longer in the folder, their loaded days are kept: {shown}")
        elif not self._files:
            place = f"exports/{self._contract.source}/"
            if self._contract.source == REGISTERS:
                place = f"registers/{self._contract.table}.csv"
            notes.append(f"no file: {place}")
        waiting = sum(outcome.rows_waiting for outcome in self._outcomes)
        if waiting:
            notes.append(f"{waiting:,} rows wait for their day")
        return "; ".join(notes)


def report_of(
    company: Company,
    contract: TableContract,
    outcomes: Sequence[FileOutcome],
    window: DateRange,
) -> LoadReport:
    """What the lake holds of a table after a load."""
    table = table_folder(company, contract)
    days = days_in(table)
    first_day, last_day = (days[0], days[-1]) if days else (None, None)
    part = table / PART
    rows_total = sum(pq.read_metadata(day_folder(table, day) / PART).num_rows for day in days)
    rows_deleted = 0
    if part.exists():
        rows_total = pq.read_metadata(part).num_rows
        rows_deleted = _rows_deleted(contract, part)
        if contract.day_column:
            first_day, last_day = _extent(part, contract.day_column)
    quarantine = _quarantine_path(company, contract)
    return LoadReport(
        source=contract.source,
        table=contract.table,
        door=source_settings(company, contract.source).door,
        rows_loaded=sum(outcome.rows_loaded for outcome in outcomes),
        rows_total=rows_total,
        rows_quarantined=pq.read_metadata(quarantine).num_rows if quarantine.exists() else 0,
        rows_deleted=rows_deleted,
        first_day=first_day,
        last_day=last_day,
        window_start=window[0],
        window_end=window[1],
    )


def _rows_deleted(contract: TableContract, part: Path) -> int:
    if DELETED_COLUMN not in {column.name for column in contract.stored_columns}:
        return 0
    if DELETED_COLUMN not in pq.read_schema(part).names:
        return 0
    flags = pq.read_table(part, columns=[DELETED_COLUMN]).column(DELETED_COLUMN)
    return int(pc.sum(flags).as_py() or 0)


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


def _covers(days: Iterable[DateRange], day: date) -> bool:
    return any(first <= day < until for first, until in days)


def _holds(entry: _LoadedFile | None, day: date) -> bool:
    """Whether the lake may hold rows of a file on a day."""
    if entry is None or entry.first_day is None or entry.last_day is None:
        return False
    return entry.first_day <= day <= entry.last_day


def _fingerprint(company: Company, contract: TableContract) -> str:
    """Changes when the same file would be read otherwise: contract, settings, hash key, reader."""
    settings = source_settings(company, contract.source)
    parts: list[Any] = [
        READER_VERSION,
        repr(contract),
        (settings.decimal, settings.date_order, settings.list_separator),
        sorted(settings.columns.items()),
        sorted(settings.constants.items()),
        settings.first_date or company.first_date,
        json.dumps(settings.options, sort_keys=True, default=str),
        company.timezone,
    ]
    if contract.has_pii:
        parts.append(hashlib.sha256(b"fingerprint" + company.hash_key()).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def write_extracted(contract: TableContract, extraction: Extraction, incoming: Path) -> set[date]:
    """Write what a door gives to a folder; returns the days that have rows.

    Where the short way of reading gives up, what it wrote is dropped, and all is read carefully.
    """

    def write() -> set[date]:
        source = open_source(contract.source, [contract], extraction)
        return write_parts(
            source.resources[contract.table],
            arrow_schema(contract),
            incoming,
            by_day=contract.by_day,
        )

    try:
        return write()
    except Exception as error:
        if not is_irregular(error):
            raise user_error(error) from error
    shutil.rmtree(incoming)
    extraction.is_careful = True
    extraction.outcomes.clear()
    try:
        return write()
    except Exception as error:
        raise user_error(error) from error


def user_error(error: BaseException) -> BaseException:
    """The error for people inside what dlt wraps around it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return error


def _extent(part: Path, column: str) -> tuple[date | None, date | None]:
    with duckdb.connect() as connection:
        found = connection.execute(
            f'select min(cast("{column}" as date)), max(cast("{column}" as date)) '
            f"from read_parquet({sql(part)})"
        ).fetchone()
    return found or (None, None)


# --- quarantine and log --------------------------------------------------------------------------

QUARANTINE_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("remedy", pa.string()),
        ("rejected_value", pa.string()),
    ]
)
LOG_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("door", pa.string()),
        ("file_count", pa.int64()),
        ("rows_loaded", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_deleted", pa.int64()),
        ("days_asked", pa.int64()),
        ("days_empty", pa.int64()),
        ("days_incomplete", pa.int64()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("window_start", pa.date32()),
        ("window_end", pa.date32()),
        ("loaded_at", pa.timestamp("us")),
        ("rows_total", pa.int64()),
        ("note", pa.string()),
    ]
)


def _quarantine_path(company: Company, contract: TableContract) -> Path:
    return company.paths.lake / "_quarantine" / f"{contract.name}.parquet"


def write_quarantine(
    company: Company,
    contract: TableContract,
    problems: Sequence[Problem],
    is_replaced: Callable[[str], bool],
    workdir: Path,
) -> None:
    """Put refused rows in the place of those whose file `is_replaced`; all others stay."""
    target = _quarantine_path(company, contract)
    old = pq.read_table(target) if target.exists() else QUARANTINE_SCHEMA.empty_table()
    keep = [not is_replaced(name) for name in old.column("file").to_pylist()]
    old = old.filter(pa.array(keep, pa.bool_()))
    # A row that is read again may be among those that stay.
    known = {repr(row) for row in old.to_pylist()}
    new = [row for row in _problems(contract, problems).to_pylist() if repr(row) not in known]
    table = pa.concat_tables([old, pa.Table.from_pylist(new, schema=QUARANTINE_SCHEMA)])
    if table.num_rows:
        _write_table(table, target, workdir)
    else:
        target.unlink(missing_ok=True)


def _problems(contract: TableContract, problems: Sequence[Problem]) -> pa.Table:
    count = len(problems)
    columns: list[list[Any]] = [
        [contract.source] * count,
        [contract.table] * count,
        [problem.file for problem in problems],
        [problem.line for problem in problems],
        [problem.column for problem in problems],
        [problem.reason for problem in problems],
        [problem.remedy for problem in problems],
        [problem.value for problem in problems],
    ]
    return pa.table(columns, schema=QUARANTINE_SCHEMA)


def _write_log(company: Company, report: LoadReport, workdir: Path) -> None:
    row = asdict(report)
    row["table_name"] = row.pop("table")
    row["loaded_at"] = datetime.now(tz=UTC).replace(tzinfo=None)
    table = pa.Table.from_pylist([row], schema=LOG_SCHEMA)
    target = company.paths.lake / "_log" / f"{report.source}__{report.table}.parquet"
    _write_table(table, target, workdir)


def _write_table(table: pa.Table, target: Path, workdir: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = workdir / f"{uuid.uuid4().hex}.parquet"
    pq.write_table(table, aside)
    aside.replace(target)


def idle_report(company: Company, contract: TableContract, note: str) -> LoadReport:
    """The report of a table that is not loaded."""
    door = source_settings(company, contract.source).door
    return LoadReport(contract.source, contract.table, door, note=note)


# --- what dbt and the checks see -----------------------------------------------------------------

PUBLISHED_FIGURES_SCHEMA = pa.schema(
    [
        ("figure_id", pa.string()),
        ("metric_id", pa.string()),
        ("segment", pa.string()),
        ("period", pa.string()),
        ("value", pa.float64()),
        ("as_of_date", pa.date32()),
        ("published_at", pa.timestamp("us")),
    ]
)
COMPANY_SCHEMA = pa.schema(
    [
        ("company_name", pa.string()),
        ("brand", pa.string()),
        ("timezone", pa.string()),
        ("currency", pa.string()),
        ("language", pa.string()),
        ("vat_policy", pa.string()),
        ("as_of_date", pa.date32()),
        ("last_complete_date", pa.date32()),
        ("first_date", pa.date32()),
        ("attribution_window_days", pa.int64()),
        ("attribution_window_long_days", pa.int64()),
        ("active_customer_days", pa.int64()),
        ("kpi_set", pa.string()),
        ("counters_of_record", pa.string()),
        ("orders_of_record", pa.string()),
        ("rules_fingerprint", pa.string()),
    ]
)
VAT_RATES_SCHEMA = pa.schema(
    [
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("vat_rate", pa.decimal128(18, 6)),
    ]
)
SOURCES_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("subject", pa.string()),
        ("door", pa.string()),
        ("is_enabled", pa.bool_()),
        ("lookback_days", pa.int64()),
        ("freshness_hours", pa.int64()),
        ("currency", pa.string()),
        ("includes_vat", pa.bool_()),
        ("expects_every_day", pa.bool_()),
        ("first_date", pa.date32()),
        ("timezone", pa.string()),
    ]
)


def register(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Create schema `raw` with one view per raw table, typed alike with and without files.

    The views name absolute paths of the lake, so they are made anew before every build.
    """
    register_pipeline_tables(connection, company)
    for contract in CONTRACTS.values():
        _create_view(connection, contract.name, _contract_query(connection, company, contract))


def register_pipeline_tables(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Create schema `raw` with views of what the pipeline itself writes: settings, logs, days."""
    connection.execute(f"create schema if not exists {RAW_SCHEMA}")
    for name, (columns, found) in pipeline_tables(company).items():
        source = None
        if found:
            # A log that an older version wrote lacks the newest columns.
            rows = f"select * from read_parquet({_paths(found)}, union_by_name=true)"
            source = f"({_completed(columns, rows)})"
        _create_view(connection, name, _typed_query(columns, source))


def pipeline_tables(company: Company) -> dict[str, tuple[list[tuple[str, str]], list[Path]]]:
    """Columns with their SQL types, and present files, of the tables the pipeline itself writes."""
    lake = company.paths.lake
    own = {
        "company": (COMPANY_SCHEMA, [lake / "_pipeline" / "company.parquet"]),
        "vat_rates": (VAT_RATES_SCHEMA, [lake / "_pipeline" / "vat_rates.parquet"]),
        "sources": (SOURCES_SCHEMA, [lake / "_pipeline" / "sources.parquet"]),
        "loaded_days": (LOADED_DAYS_SCHEMA, [lake / "_pipeline" / "loaded_days.parquet"]),
        "source_gaps": (SOURCE_GAPS_SCHEMA, [lake / "_pipeline" / "source_gaps.parquet"]),
        "load_log": (LOG_SCHEMA, sorted((lake / "_log").glob("*.parquet"))),
        "quarantine": (QUARANTINE_SCHEMA, sorted((lake / "_quarantine").glob("*.parquet"))),
        "published_figures": (PUBLISHED_FIGURES_SCHEMA, [_figures_path(company)]),
        "register_ledger": (LEDGER_SCHEMA, [_ledger_path(company)]),
    }
    return {
        name: (
            [(item.name, _sql_type(item.type)) for item in schema],
            [path for path in paths if path.exists()],
        )
        for name, (schema, paths) in own.items()
    }


def _contract_query(
    connection: duckdb.DuckDBPyConnection, company: Company, contract: TableContract
) -> str:
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    table = table_folder(company, contract)
    if not contract.by_day:
        part = table / PART
        if not part.exists():
            return _typed_query(columns, None)
        return _typed_query(columns, _with_all(columns, f"read_parquet({sql(part)})", part))
    states = day_states(table)
    if not states:
        return _typed_query(columns, None)
    # The day of the folder instead of the equal column inside: a filter on it then opens
    # only the files of those days.
    instead: dict[str, str] = {}
    day = contract.day_column
    if day is not None and contract.column(day).type is Type.DATE:
        instead[day] = PARTITION_COLUMN
    bundle = day_bundles.bundle(
        connection,
        company.paths.lake / day_bundles.BUNDLES / f"{contract.name}.parquet",
        states,
        columns,
        lambda some: typed(
            contract,
            f"select * from {_read_days([day_folder(table, one) / PART for one in some])}",
            PARTITION_COLUMN,
        ),
        # visits and their like are read by the days that changed
        is_read_whole=contract.subject != "web_analytics",
    )
    if bundle is not None:
        return _typed_query(columns, f"read_parquet({sql(bundle)})", instead)
    source = _read_days([table / f"{PARTITION_COLUMN}=*" / PART])
    first = day_folder(table, min(states)) / PART
    return _typed_query(columns, _with_all(columns, source, first), instead)


def _with_all(columns: Sequence[tuple[str, str]], source: str, part: Path) -> str:
    """The source, completed where its first part was written under an older contract."""
    if {name for name, _ in columns} <= set(pq.read_schema(part).names):
        return source
    return f"({_completed(columns, f'select * from {source}')})"


def _typed_query(
    columns: Sequence[tuple[str, str]],
    source: str | None,
    instead: Mapping[str, str] | None = None,
) -> str:
    """Columns of a source, or no rows of the same types. `instead`: read under another name."""
    if source is None:
        return _nothing(columns)
    read = instead or {}
    chosen = ", ".join(
        f'{read[name]} as "{name}"' if name in read else _cast(name, kind) for name, kind in columns
    )
    return f"select {chosen} from {source}"


def typed(contract: TableContract, rows: str, *more: str) -> str:
    """A query over rows with just the stored columns of a table, and `more` of the others."""
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    chosen = ", ".join(_cast(name, kind) for name, kind in columns)
    extra = "".join(f", {name}" for name in more)
    return f"select {chosen}{extra} from ({_completed(columns, rows)})"


def completed(contract: TableContract, rows: str) -> str:
    """Rows with all stored columns of a table, NULL where parts of older versions lack one."""
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    return _completed(columns, f"select * from {rows}")


def _completed(columns: Sequence[tuple[str, str]], rows: str) -> str:
    """Rows with all columns, also those that parts written under an older contract lack."""
    return f"{_nothing(columns)} union all by name {rows}"


def _nothing(columns: Sequence[tuple[str, str]]) -> str:
    nulls = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
    return f"select {nulls} where false"


def _cast(name: str, kind: str) -> str:
    return f'cast("{name}" as {kind}) as "{name}"'


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    connection.execute(f'create or replace view {RAW_SCHEMA}."{name}" as {query}')


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return {
        pa.string(): "varchar",
        pa.int64(): "bigint",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.timestamp("us"): "timestamp",
    }[kind]


LOADED_DAYS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("day", pa.date32()),
        ("is_empty", pa.bool_()),
        ("state", pa.string()),
    ]
)
SOURCE_GAPS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("kind", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("share", pa.float64()),
        ("detail", pa.string()),
    ]
)


def write_company_tables(company: Company) -> None:
    """Write raw.company (the settings of this run), raw.vat_rates (VAT by day), raw.sources (how
    each table is loaded), raw.loaded_days (which days were loaded) and raw.source_gaps (what
    sources gave in part)."""
    settings = {
        "company_name": company.name,
        "brand": company.brand or company.name,
        "timezone": company.timezone,
        "currency": company.currency,
        "language": company.language,
        "vat_policy": company.vat_policy,
        "as_of_date": company.as_of_date(),
        "last_complete_date": company.last_complete_date(),
        "first_date": company.first_date,
        "attribution_window_days": company.attribution_window_days,
        "attribution_window_long_days": company.attribution_window_long_days,
        "active_customer_days": company.active_customer_days,
        "kpi_set": company.kpi_set,
        "counters_of_record": "".join(f",{name}," for name in company.counters_of_record),
        "orders_of_record": company.orders_of_record,
    }
    sources = [_source_row(company, contract) for contract in CONTRACTS.values()]
    registers = [
        table_folder(company, CONTRACTS[f"{REGISTERS}__{name}"]) / PART
        for name in build_rules.RULE_REGISTERS
    ]
    settings["rules_fingerprint"] = build_rules.fingerprint(registers, settings, sources)
    folder = company.paths.lake / "_pipeline"
    with _folder_aside(company) as aside:
        table = pa.Table.from_pylist([settings], schema=COMPANY_SCHEMA)
        _write_table(table, folder / "company.parquet", aside)
        rates = [
            {"valid_from": start, "valid_to": end, "vat_rate": rate}
            for start, end, rate in company.vat.steps()
        ]
        table = pa.Table.from_pylist(rates, schema=VAT_RATES_SCHEMA)
        _write_table(table, folder / "vat_rates.parquet", aside)
        table = pa.Table.from_pylist(sources, schema=SOURCES_SCHEMA)
        _write_table(table, folder / "sources.parquet", aside)
        table = pa.Table.from_pylist(list(_loaded_days_rows(company)), schema=LOADED_DAYS_SCHEMA)
        _write_table(table, folder / "loaded_days.parquet", aside)
        table = pa.Table.from_pylist(list(_source_gaps_rows(company)), schema=SOURCE_GAPS_SCHEMA)
        _write_table(table, folder / "source_gaps.parquet", aside)


def _loaded_days_rows(company: Company) -> Iterator[dict[str, Any]]:
    """Days with rows, and days that an API was asked for in vain.

    `state` changes whenever a day's file is replaced: models compare it with the one they read.
    """
    for contract in CONTRACTS.values():
        if contract.by_day:
            names = {"source": contract.source, "table_name": contract.table}
            table = table_folder(company, contract)
            for day, state in day_states(table).items():
                yield {**names, "day": day, "is_empty": False, "state": str(state)}
            for day in api_state.empty_days(table):
                yield {**names, "day": day, "is_empty": True}


def _source_gaps_rows(company: Company) -> Iterator[dict[str, Any]]:
    for contract in CONTRACTS.values():
        for gap in api_state.read(table_folder(company, contract)).gaps:
            yield {
                "source": contract.source,
                "table_name": contract.table,
                "kind": gap.kind,
                "first_day": gap.first,
                "last_day": gap.until - timedelta(days=1),
                "share": gap.share,
                "detail": gap.detail,
            }


def _source_row(company: Company, contract: TableContract) -> dict[str, Any]:
    settings = source_settings(company, contract.source)
    return {
        "source": contract.source,
        "table_name": contract.table,
        "subject": contract.subject,
        "door": settings.door,
        "is_enabled": contract.source == REGISTERS or company.source(contract.source) is not None,
        "lookback_days": (
            contract.lookback_days if settings.lookback_days is None else settings.lookback_days
        ),
        "freshness_hours": contract.freshness_hours,
        "currency": settings.currency or company.currency,
        "includes_vat": settings.includes_vat,
        "expects_every_day": contract.expects_every_day,
        "first_date": settings.first_date or company.first_date,
        "timezone": settings.options.get("timezone") or contract.timezone or company.timezone,
    }


def append_published_figures(company: Company, database: Path) -> int:
    """Remember the figures of a published database that readers see for the first time.

    The first value of a figure is kept for good, so that a later change shows as a restatement.
    Returns how many figures are new.
    """
    target = _figures_path(company)
    known = published_figures(company)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.register("known", known)
        new = connection.sql(
            "select figure_id, metric_id, segment, cast(period as varchar) as period, "
            "cast(current_value as double) as value, cast(? as date) as as_of_date, "
            "cast(? as timestamp) as published_at from marts.kpi_restatements "
            "where current_value is not null and figure_id not in (select figure_id from known)",
            params=[company.as_of_date(), datetime.now(tz=UTC).replace(tzinfo=None)],
        ).to_arrow_table()
    if new.num_rows:
        with _folder_aside(company) as aside:
            added = new.cast(PUBLISHED_FIGURES_SCHEMA)
            _write_table(pa.concat_tables([known, added]), target, aside)
    return int(new.num_rows)


def published_figures(company: Company) -> pa.Table:
    """All figures readers were shown, each with its first value."""
    path = _figures_path(company)
    return pq.read_table(path) if path.exists() else PUBLISHED_FIGURES_SCHEMA.empty_table()


def _figures_path(company: Company) -> Path:
    return company.paths.history / "published_figures.parquet"


def _ledger_path(company: Company) -> Path:
    return company.paths.history / "register_ledger.parquet"


def _extend_register_ledger(company: Company) -> None:
    """Enter what changed in the watched registers since they were last read."""
    path = _ledger_path(company)
    ledger = pq.read_table(path) if path.exists() else LEDGER_SCHEMA.empty_table()
    present = {
        name: pq.read_table(part).to_pylist() if part.exists() else []
        for name, contract in watched_contracts().items()
        for part in [table_folder(company, contract) / PART]
    }
    longer = extended(ledger, present, datetime.now(tz=UTC))
    if longer.num_rows > ledger.num_rows:
        with _folder_aside(company) as aside:
            _write_table(longer, path, aside)


# --- folders and files ---------------------------------------------------------------------------


def table_folder(company: Company, contract: TableContract) -> Path:
    """Folder of a raw table in the lake."""
    return company.paths.lake / contract.source / contract.table


def _read_manifest(table: Path) -> _Manifest:
    path = table / _MANIFEST
    if not path.exists():
        return _Manifest()
    content = json.loads(path.read_text(encoding="utf-8"))
    return _Manifest(
        content["fingerprint"],
        {
            name: _LoadedFile(
                **{
                    **entry,
                    **{
                        key: date.fromisoformat(entry[key]) if entry[key] else None
                        for key in ("loaded_until", "first_day", "last_day")
                    },
                }
            )
            for name, entry in content["files"].items()
        },
    )


def _write_manifest(table: Path, manifest: _Manifest) -> None:
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, default=str, sort_keys=True)
    whole_files.write(table / _MANIFEST, text)


@contextmanager
def _folder_aside(company: Company) -> Iterator[Path]:
    """A folder on the lake's file system for half-made files; removed at the end.

    What a killed process left is removed by the next one. It may hold a transcoded export, so
    only its owner may look into it.
    """
    root = company.paths.lake / _ASIDE
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in root.iterdir():
        if left not in _active_folders and not _is_running_elsewhere(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = root / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    _active_folders.add(folder)
    try:
        yield folder
    finally:
        _active_folders.discard(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _is_running_elsewhere(folder: Path) -> bool:
    owner = folder.name.split("-")[0]
    if not owner.isdigit() or int(owner) == os.getpid():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read_days(paths: Sequence[Path]) -> str:
    return (
        f"read_parquet({_paths(paths)}, hive_partitioning=true, "
        f"hive_types={{'{PARTITION_COLUMN}': date}}, union_by_name=true)"
    )


def _paths(paths: Sequence[Path]) -> str:
    return f"[{', '.join(sql(path) for path in paths)}]"


@lru_cache(maxsize=4096)
def sql(text: Path | str) -> str:
    """A path or a text as a literal of SQL."""
    escaped = str(text).replace("'", "''")
    return f"'{escaped}'"
