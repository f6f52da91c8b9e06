"""The raw lake: day-partitioned parquet that is replaced, never appended, and read by every engine.

    lake/<source>/<table>/day=2026-01-31/part-0.parquet   tables that are replaced by whole days
    lake/<source>/<table>/part-0.parquet                  tables that are rebuilt whole
    lake/<source>/<table>/_manifest.json                  which files were loaded, written last
    lake/_quarantine, lake/_log, lake/_pipeline           refused rows, last loads, settings

A load writes beside the lake and renames file by file, the manifest last: a kill leaves each day
as it was or as it is to be, and the next load does the work again.
"""

# ruff: noqa: S608 - names and paths are our own, and DuckDB binds neither

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
import pyarrow.parquet as pq

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import (
    CONTRACTS,
    FILE_COLUMN,
    PARTITION_COLUMN,
    REGISTERS,
    TableContract,
    Type,
    tables_of,
)
from orchestration.sources.doors import Extraction, FileTask, open_source
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    arrow_schema,
    export_files,
    source_settings,
)

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]

RAW_SCHEMA = "raw"
# Raised when files are to be read anew because the reader itself changed.
READER_VERSION = 1

_MANIFEST = "_manifest.json"
_PART = "part-0.parquet"
_ASIDE = ".aside"
_OPEN_PARTITIONS = 1000
_active_folders: set[Path] = set()


@dataclass(frozen=True)
class LoadReport:
    """What a load did to one raw table.

    `rows_loaded`: rows this load wrote. `rows_total`: rows in the lake after it. `rows_quarantined`:
    refused rows of all files of the table. `first_day`, `last_day`: of the table in the lake.
    `note`: empty, or what the reader of a report should know.
    """

    source: str
    table: str
    door: str
    file_count: int = 0
    rows_loaded: int = 0
    rows_total: int = 0
    rows_quarantined: int = 0
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
    size: int
    modified_ns: int
    loaded_until: date
    first_day: date | None = None
    last_day: date | None = None
    rows: int = 0
    refused: int = 0
    is_lost: bool = False


@dataclass
class _Manifest:
    fingerprint: str = ""
    files: dict[str, _LoadedFile] = field(default_factory=dict)


# --- loading ----------------------------------------------------------------------------------------


def load(
    company: Company,
    source: str,
    *,
    tables: Sequence[str] | None = None,
    window: DateRange | None = None,
    progress: Progress | None = None,
) -> list[LoadReport]:
    """Bring a source's raw tables up to date for a half-open window of days.

    New and changed export files are loaded with all their days before the window's end, unchanged
    ones with their days inside the window. `tables`: some of the source's tables, default all.
    `window`: default from the company's first date to `as_of`. A source that is off is left alone.

    Returns one report per table, in the order of the contracts.

    Raises:
        UserError: a file cannot be used. The other tables of the source are loaded all the same;
            the table of that file stays as it was, its refused rows are in the quarantine.
    """
    say = progress or logger.info
    start, end = window or (company.first_date, company.as_of_date())
    end = min(end, company.as_of_date())
    chosen = [item for item in tables_of(source) if tables is None or item.table in tables]
    if source != REGISTERS and company.source(source) is None:
        return [_idle_report(company, item, "switched off in company.toml") for item in chosen]
    reports: list[LoadReport] = []
    errors: list[UserError] = []
    with _folder_aside(company) as aside:
        for contract in chosen:
            workdir = aside / contract.name
            workdir.mkdir()
            try:
                report = _load_table(company, contract, (start, end), workdir, say)
            except UserError as error:
                errors.append(error)
                say(f"{contract.name}: {error}")
            else:
                reports.append(report)
    if errors:
        raise errors[0]
    return reports


def _load_table(
    company: Company, contract: TableContract, window: DateRange, workdir: Path, say: Progress
) -> LoadReport:
    is_api = source_settings(company, contract.source).door == "api"
    files = [] if is_api else export_files(company, contract)
    manifest = _read_manifest(company, contract)
    states = {file.name: _state_of(file, manifest.files.get(file.name)) for file in files}
    tasks = _plan(company, contract, files, states, manifest, window)
    lost = sorted(name for name in manifest.files if name not in states) if not is_api else []
    note = _note(company, contract, files, lost)
    extraction = Extraction(company, *window, workdir, {contract.table: tasks})
    if tasks or is_api or (lost and not contract.keeps_lost_files):
        for task in tasks:
            say(f"{contract.name}: reading {task.file.name}")
        try:
            days = _write_aside(contract, extraction, workdir / "incoming")
        except UserError:
            _write_quarantine(company, contract, extraction, workdir, lost=())
            raise
        gone = lost if not contract.keeps_lost_files else []
        if contract.by_day:
            _replace_days(company, contract, manifest, tasks, extraction, days, workdir)
        else:
            _replace_table(company, contract, tasks, gone, workdir)
        _write_quarantine(company, contract, extraction, workdir, lost=gone)
        _write_manifest(
            company,
            contract,
            _updated(company, contract, manifest, states, tasks, extraction, window),
        )
    outcomes = extraction.outcomes.get(contract.table, [])
    rows_loaded = sum(outcome.rows_loaded for outcome in outcomes)
    waiting = sum(outcome.rows_waiting for outcome in outcomes)
    if waiting:
        note = "; ".join(part for part in (note, f"{waiting:,} rows wait for their day") if part)
    report = _report(company, contract, len(files), rows_loaded, window, note)
    _write_log(company, report, workdir)
    say(f"{contract.name}: {rows_loaded:,} rows loaded, {report.rows_quarantined:,} refused")
    return report


def _note(
    company: Company, contract: TableContract, files: Sequence[ExportFile], lost: Sequence[str]
) -> str:
    if lost and contract.keeps_lost_files:
        shown = ", ".join(lost[:3]) + (" ..." if len(lost) > 3 else "")
        return f"no longer in the folder, their loaded days are kept: {shown}"
    if files or source_settings(company, contract.source).door == "api":
        return ""
    if contract.source == REGISTERS:
        return f"there is no registers/{contract.table}.csv"
    return f"there is no export file in exports/{contract.source}/"


# --- which files, which days ------------------------------------------------------------------------


def _state_of(file: ExportFile, known: _LoadedFile | None) -> tuple[str, int, int]:
    """(sha256, size, modification time). An untouched file is not hashed again."""
    status = file.path.stat()
    if known and (known.size, known.modified_ns) == (status.st_size, status.st_mtime_ns):
        return known.sha256, known.size, known.modified_ns
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return digest, status.st_size, status.st_mtime_ns


def _plan(
    company: Company,
    contract: TableContract,
    files: Sequence[ExportFile],
    states: Mapping[str, tuple[str, int, int]],
    manifest: _Manifest,
    window: DateRange,
) -> list[FileTask]:
    """Which files are read, and for which days."""
    start, end = window
    is_stale = manifest.fingerprint != _fingerprint(company, contract)
    tasks = []
    for file in files:
        known = manifest.files.get(file.name)
        if known is None or known.sha256 != states[file.name][0] or is_stale:
            days = [(date.min, _until(contract, end, known))]
        elif contract.by_day:
            days = _days_of_unchanged(known, start, end)
        elif known.last_day and known.last_day >= known.loaded_until < end:
            days = [(date.min, end)]
        else:
            days = []
        if days:
            tasks.append(FileTask(file, tuple(days)))
    return tasks


def _until(contract: TableContract, end: date, known: _LoadedFile | None) -> date:
    """A table that is rebuilt whole never loses its newest rows to an older window."""
    if not contract.day_column:
        return date.max
    return end if contract.by_day or known is None else max(end, known.loaded_until)


def _days_of_unchanged(known: _LoadedFile, start: date, end: date) -> list[DateRange]:
    """Days inside the window, and days that had not come yet at the last load."""
    if not known.first_day or not known.last_day:
        return []
    wanted = [(start, end)]
    if known.loaded_until < end:
        wanted = [(min(start, known.loaded_until), end)]
    after = known.last_day + timedelta(days=1)
    return [
        (first, until) for first, until in wanted if max(first, known.first_day) < min(until, after)
    ]


def _updated(
    company: Company,
    contract: TableContract,
    manifest: _Manifest,
    states: Mapping[str, tuple[str, int, int]],
    tasks: Sequence[FileTask],
    extraction: Extraction,
    window: DateRange,
) -> _Manifest:
    files: dict[str, _LoadedFile] = {}
    outcomes = {item.file: item for item in extraction.outcomes.get(contract.table, [])}
    for name, known in manifest.files.items():
        if name in states or contract.keeps_lost_files:
            files[name] = replace(known, is_lost=name not in states)
    for task in tasks:
        name = task.file.name
        sha256, size, modified_ns = states[name]
        outcome, before = outcomes[name], manifest.files.get(name)
        entry = _LoadedFile(
            sha256=sha256,
            size=size,
            modified_ns=modified_ns,
            loaded_until=_until(contract, window[1], before),
            first_day=outcome.first_day,
            last_day=outcome.last_day,
            rows=outcome.rows_good,
            refused=outcome.rows_refused,
        )
        if before and before.loaded_until > entry.loaded_until:
            # Later days still hold rows of the file's former content.
            entry.first_day = min(filter(None, (entry.first_day, before.first_day)), default=None)
            entry.last_day = max(filter(None, (entry.last_day, before.last_day)), default=None)
            if before.sha256 == sha256:
                entry.loaded_until = before.loaded_until
        files[name] = entry
    for name, (sha256, size, modified_ns) in states.items():
        files[name] = replace(files[name], sha256=sha256, size=size, modified_ns=modified_ns)
    return _Manifest(_fingerprint(company, contract), files)


def _fingerprint(company: Company, contract: TableContract) -> str:
    """Changes when the same file would be read otherwise: contract, settings, hash key, reader."""
    settings = source_settings(company, contract.source)
    parts: list[Any] = [
        READER_VERSION,
        repr(contract),
        settings.decimal,
        sorted(settings.columns.items()),
        settings.first_date or company.first_date,
        json.dumps(settings.options, sort_keys=True, default=str),
        company.timezone,
    ]
    if contract.has_pii:
        parts.append(hashlib.sha256(b"fingerprint" + company.hash_key()).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


# --- writing ----------------------------------------------------------------------------------------


def _write_aside(contract: TableContract, extraction: Extraction, target: Path) -> set[date]:
    """Write the extracted rows to a folder beside the lake; returns the days that have rows."""
    target.mkdir()
    source = open_source(contract.source, [contract], extraction)
    resource = source.resources[contract.table]
    schema = arrow_schema(contract)
    failure: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for item in resource:
                yield from _as_batches(item, schema)
        except BaseException as error:
            failure.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    if contract.by_day:
        what, options = "*", f"partition_by ({PARTITION_COLUMN}), filename_pattern 'part-{{i}}'"
    else:
        what = f"* exclude ({PARTITION_COLUMN})" if contract.day_column else "*"
        options = ""
        target = target / _PART
    with duckdb.connect() as connection:
        connection.execute(f"set partitioned_write_max_open_files = {_OPEN_PARTITIONS}")
        connection.register("incoming", reader)
        try:
            _copy(connection, f"select {what} from incoming", target, options)
        except duckdb.Error:
            if failure:
                raise _user_error(failure[0]) from failure[0]
            raise
        if not contract.by_day:
            return set()
        days = _days_in(target)
        for day in days:
            _join_parts(connection, target / f"{PARTITION_COLUMN}={day}")
    return set(days)


def _as_batches(item: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    if isinstance(item, pa.RecordBatch):
        yield item
    elif isinstance(item, pa.Table):
        yield from item.cast(schema).to_batches()
    else:
        for part in item:
            yield from _as_batches(part, schema)


def _user_error(error: BaseException) -> BaseException:
    """The error for people inside what dlt wraps around it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return error


def _copy(
    connection: duckdb.DuckDBPyConnection, query: str, target: Path, options: str = ""
) -> None:
    extra = f", {options}" if options else ""
    connection.execute(
        f"copy ({query}) to {_sql(target)} (format parquet, compression zstd{extra})"
    )


def _join_parts(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """One file a day, so that replacing a day is one rename."""
    parts = sorted(folder.glob("*.parquet"))
    if len(parts) == 1:
        if parts[0].name != _PART:
            parts[0].rename(folder / _PART)
        return
    joined = folder.parent / f"{folder.name}.joined"
    _copy(
        connection, f"select * from read_parquet({_paths(parts)}, hive_partitioning=false)", joined
    )
    for part in parts:
        part.unlink()
    joined.rename(folder / _PART)


def _replace_days(
    company: Company,
    contract: TableContract,
    manifest: _Manifest,
    tasks: Sequence[FileTask],
    extraction: Extraction,
    new_days: set[date],
    workdir: Path,
) -> None:
    """Put the new days in place; rows of files that were not read for a day stay in it."""
    table = _table_folder(company, contract)
    incoming = workdir / "incoming"
    wanted = {task.file.name: task.days for task in tasks}
    is_api = not tasks
    if is_api:
        wanted = {"api": ((extraction.start, extraction.end),)}
    existing = set(_days_in(table))
    affected = {
        day
        for day in existing
        if day in new_days
        or any(
            _covers(days, day) and (is_api or _holds(manifest.files.get(name), day))
            for name, days in wanted.items()
        )
    }
    shared = {
        day
        for day in affected
        if any(
            _holds(entry, day) and not _covers(wanted.get(name, ()), day)
            for name, entry in manifest.files.items()
        )
    }
    if shared:
        new_days = new_days | _merge_kept(contract, table, incoming, shared, wanted)
    for day in sorted(new_days):
        name = f"{PARTITION_COLUMN}={day}"
        (table / name).mkdir(parents=True, exist_ok=True)
        (incoming / name / _PART).replace(table / name / _PART)
    for day in sorted(affected - new_days):
        shutil.rmtree(table / f"{PARTITION_COLUMN}={day}")


def _merge_kept(
    contract: TableContract,
    table: Path,
    incoming: Path,
    days: set[date],
    wanted: Mapping[str, Sequence[DateRange]],
) -> set[date]:
    """Add rows of other files to the incoming days; returns the days that then have rows."""
    ranges = [
        {"file": name, "first": first, "until": until}
        for name, parts in wanted.items()
        for first, until in parts
    ]
    replaced = pa.Table.from_pylist(
        ranges,
        schema=pa.schema([("file", pa.string()), ("first", pa.date32()), ("until", pa.date32())]),
    )
    merged = incoming.parent / "merged"
    old = [table / f"{PARTITION_COLUMN}={day}" / _PART for day in sorted(days)]
    new = [
        path for day in days if (path := incoming / f"{PARTITION_COLUMN}={day}" / _PART).exists()
    ]
    with duckdb.connect() as connection:
        connection.execute(f"set partitioned_write_max_open_files = {_OPEN_PARTITIONS}")
        connection.register("replaced", replaced)
        query = (
            f"select * from {_read_days(old)} as kept where not exists (select 1 from replaced "
            f"where replaced.file = kept.{FILE_COLUMN} and kept.{PARTITION_COLUMN} >= replaced.first "
            f"and kept.{PARTITION_COLUMN} < replaced.until)"
        )
        if new:
            query = f"select * from {_read_days(new)} union all by name {query}"
        columns = ", ".join(f'"{column.name}"' for column in contract.stored_columns)
        _copy(
            connection,
            f"select {columns}, {PARTITION_COLUMN} from ({query})",
            merged,
            f"partition_by ({PARTITION_COLUMN}), filename_pattern 'part-{{i}}'",
        )
        kept_days = set(_days_in(merged))
        for day in kept_days:
            name = f"{PARTITION_COLUMN}={day}"
            _join_parts(connection, merged / name)
            (incoming / name).mkdir(exist_ok=True)
            (merged / name / _PART).replace(incoming / name / _PART)
    return kept_days


def _replace_table(
    company: Company,
    contract: TableContract,
    tasks: Sequence[FileTask],
    gone: Sequence[str],
    workdir: Path,
) -> None:
    """Rebuild a table that is one file: new rows, and those of files that were not read again."""
    target = _table_folder(company, contract) / _PART
    source = workdir / "incoming" / _PART
    left_out = [*(task.file.name for task in tasks), *gone]
    if target.exists():
        columns = ", ".join(f'"{column.name}"' for column in contract.stored_columns)
        names = ", ".join(_sql(name) for name in left_out) or "''"
        merged = workdir / "merged.parquet"
        with duckdb.connect() as connection:
            _copy(
                connection,
                f"select {columns} from (select * from read_parquet({_sql(source)}) "
                f"union all by name select * from read_parquet({_sql(target)}) "
                f"where {FILE_COLUMN} not in ({names}))",
                merged,
            )
        source = merged
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _covers(days: Iterable[DateRange], day: date) -> bool:
    return any(first <= day < until for first, until in days)


def _holds(entry: _LoadedFile | None, day: date) -> bool:
    """Whether the lake may hold rows of a file on a day."""
    if entry is None or entry.first_day is None or entry.last_day is None:
        return False
    return entry.first_day <= day <= entry.last_day


# --- quarantine and log -----------------------------------------------------------------------------

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
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("window_start", pa.date32()),
        ("window_end", pa.date32()),
        ("loaded_at", pa.timestamp("us")),
        ("rows_total", pa.int64()),
        ("note", pa.string()),
    ]
)


def _write_quarantine(
    company: Company,
    contract: TableContract,
    extraction: Extraction,
    workdir: Path,
    lost: Iterable[str],
) -> None:
    """Replace the refused rows of the files that were read, and drop those of `lost` files."""
    target = company.paths.lake / "_quarantine" / f"{contract.name}.parquet"
    outcomes = extraction.outcomes.get(contract.table, [])
    replaced = {outcome.file for outcome in outcomes} | set(lost)
    old = pq.read_table(target) if target.exists() else QUARANTINE_SCHEMA.empty_table()
    keep = [name not in replaced for name in old.column("file").to_pylist()]
    table = pa.concat_tables(
        [old.filter(pa.array(keep, pa.bool_())), _problems(contract, outcomes)]
    )
    if table.num_rows:
        _write_table(table, target, workdir)
    else:
        target.unlink(missing_ok=True)


def _problems(contract: TableContract, outcomes: Sequence[FileOutcome]) -> pa.Table:
    problems = [problem for outcome in outcomes for problem in outcome.problems]
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
    pq.write_table(table, aside, compression="zstd")
    aside.replace(target)


def _idle_report(company: Company, contract: TableContract, note: str) -> LoadReport:
    door = source_settings(company, contract.source).door
    return LoadReport(contract.source, contract.table, door, note=note)


def _report(
    company: Company,
    contract: TableContract,
    file_count: int,
    rows_loaded: int,
    window: DateRange,
    note: str,
) -> LoadReport:
    folder = _table_folder(company, contract)
    days = _days_in(folder)
    parts = list(folder.glob("**/*.parquet")) if folder.exists() else []
    first_day, last_day = (days[0], days[-1]) if days else (None, None)
    rows_total = 0
    if parts:
        with duckdb.connect() as connection:
            extent = "null, null"
            if contract.day_column and not contract.by_day:
                day = f'cast("{contract.day_column}" as date)'
                extent = f"min({day}), max({day})"
            rows_total, first, last = _one(
                connection, f"select count(*), {extent} from read_parquet({_paths(parts)})"
            )
            first_day, last_day = first_day or first, last_day or last
    quarantine = company.paths.lake / "_quarantine" / f"{contract.name}.parquet"
    return LoadReport(
        source=contract.source,
        table=contract.table,
        door=source_settings(company, contract.source).door,
        file_count=file_count,
        rows_loaded=rows_loaded,
        rows_total=rows_total,
        rows_quarantined=pq.read_metadata(quarantine).num_rows if quarantine.exists() else 0,
        first_day=first_day,
        last_day=last_day,
        window_start=window[0],
        window_end=window[1],
        note=note,
    )


# --- what dbt and the checks see --------------------------------------------------------------------

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
        ("vat_rate", pa.decimal128(18, 6)),
        ("as_of_date", pa.date32()),
        ("last_complete_date", pa.date32()),
        ("first_date", pa.date32()),
        ("attribution_window_days", pa.int64()),
        ("attribution_window_long_days", pa.int64()),
        ("active_customer_days", pa.int64()),
        ("kpi_set", pa.string()),
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
    ]
)


def register(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Create schema `raw` with one view per raw table, typed alike with and without files.

    The views name absolute paths of the lake, so they are made anew before every build.
    """
    connection.execute(f"create schema if not exists {RAW_SCHEMA}")
    for contract in CONTRACTS.values():
        _create_view(connection, contract.name, _contract_query(company, contract))
    lake = company.paths.lake
    own = {
        "company": (COMPANY_SCHEMA, [lake / "_pipeline" / "company.parquet"]),
        "sources": (SOURCES_SCHEMA, [lake / "_pipeline" / "sources.parquet"]),
        "load_log": (LOG_SCHEMA, sorted((lake / "_log").glob("*.parquet"))),
        "quarantine": (QUARANTINE_SCHEMA, sorted((lake / "_quarantine").glob("*.parquet"))),
        "published_figures": (PUBLISHED_FIGURES_SCHEMA, [_figures_path(company)]),
    }
    for name, (schema, paths) in own.items():
        columns = [(item.name, _sql_type(item.type)) for item in schema]
        found = [path for path in paths if path.exists()]
        source = f"read_parquet({_paths(found)}, union_by_name=true)" if found else None
        _create_view(connection, name, _typed_query(columns, source))


def _contract_query(company: Company, contract: TableContract) -> str:
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    folder = _table_folder(company, contract)
    if not contract.by_day:
        part = folder / _PART
        return _typed_query(columns, f"read_parquet({_sql(part)})" if part.exists() else None)
    if not _days_in(folder):
        return _typed_query(columns, None)
    source = _read_days([folder / f"{PARTITION_COLUMN}=*" / _PART])
    # The day of the folder instead of the equal column inside: a filter on it then opens only
    # the files of those days.
    day = contract.day_column
    is_date = day is not None and contract.column(day).type is Type.DATE
    return _typed_query(columns, source, {day: PARTITION_COLUMN} if day and is_date else {})


def _typed_query(
    columns: Sequence[tuple[str, str]],
    source: str | None,
    instead: Mapping[str, str] | None = None,
) -> str:
    if source is None:
        nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
        return f"select {nothing} where false"
    read = instead or {}
    chosen = ", ".join(
        f'{read[name]} as "{name}"' if name in read else f'cast("{name}" as {kind}) as "{name}"'
        for name, kind in columns
    )
    return f"select {chosen} from {source}"


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


def write_company_tables(company: Company) -> None:
    """Write raw.company (the settings of this run) and raw.sources (how each table is loaded)."""
    settings = {
        "company_name": company.name,
        "brand": company.brand or company.name,
        "timezone": company.timezone,
        "currency": company.currency,
        "language": company.language,
        "vat_policy": company.vat_policy,
        "vat_rate": company.vat_rate,
        "as_of_date": company.as_of_date(),
        "last_complete_date": company.last_complete_date(),
        "first_date": company.first_date,
        "attribution_window_days": company.attribution_window_days,
        "attribution_window_long_days": company.attribution_window_long_days,
        "active_customer_days": company.active_customer_days,
        "kpi_set": company.kpi_set,
    }
    sources = [_source_row(company, contract) for contract in CONTRACTS.values()]
    folder = company.paths.lake / "_pipeline"
    with _folder_aside(company) as aside:
        table = pa.Table.from_pylist([settings], schema=COMPANY_SCHEMA)
        _write_table(table, folder / "company.parquet", aside)
        table = pa.Table.from_pylist(sources, schema=SOURCES_SCHEMA)
        _write_table(table, folder / "sources.parquet", aside)


def _source_row(company: Company, contract: TableContract) -> dict[str, Any]:
    settings = source_settings(company, contract.source)
    return {
        "source": contract.source,
        "table_name": contract.table,
        "subject": contract.subject,
        "door": settings.door,
        "is_enabled": contract.source == REGISTERS or company.source(contract.source) is not None,
        "lookback_days": contract.lookback_days,
        "freshness_hours": contract.freshness_hours,
        "currency": settings.currency or company.currency,
        "includes_vat": settings.includes_vat,
        "expects_every_day": contract.expects_every_day,
        "first_date": settings.first_date or company.first_date,
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
        new = connection.execute(
            "select figure_id, metric_id, segment, cast(period as varchar) as period, "
            "cast(current_value as double) as value, cast(? as date) as as_of_date, "
            "cast(? as timestamp) as published_at from marts.kpi_restatements "
            "where current_value is not null and figure_id not in (select figure_id from known)",
            [company.as_of_date(), datetime.now(tz=UTC).replace(tzinfo=None)],
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


# --- folders and files ------------------------------------------------------------------------------


def loaded_days(company: Company, source: str, table: str) -> list[date]:
    """Days of a day-partitioned raw table that lie in the lake, in order."""
    return _days_in(_table_folder(company, CONTRACTS[f"{source}__{table}"]))


def _table_folder(company: Company, contract: TableContract) -> Path:
    return company.paths.lake / contract.source / contract.table


def _days_in(folder: Path) -> list[date]:
    if not folder.is_dir():
        return []
    prefix = f"{PARTITION_COLUMN}="
    return sorted(
        date.fromisoformat(path.name.removeprefix(prefix))
        for path in folder.glob(f"{prefix}*")
        if path.is_dir() and any(path.iterdir())
    )


def _read_manifest(company: Company, contract: TableContract) -> _Manifest:
    path = _table_folder(company, contract) / _MANIFEST
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


def _write_manifest(company: Company, contract: TableContract, manifest: _Manifest) -> None:
    path = _table_folder(company, contract) / _MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, default=str, sort_keys=True)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


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


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    if row is None:
        raise RuntimeError(f"the query gave no row: {query}")
    return row


def _paths(paths: Sequence[Path]) -> str:
    return f"[{', '.join(_sql(path) for path in paths)}]"


@lru_cache(maxsize=4096)
def _sql(text: Path | str) -> str:
    escaped = str(text).replace("'", "''")
    return f"'{escaped}'"
