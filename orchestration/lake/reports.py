"""What loads did: their reports, the log of the last ones, and the rows they refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.lake.day_files import PART, day_folder, days_in
from orchestration.lake.folders import sql, table_folder, write_table
from orchestration.settings import Company
from orchestration.sources.contracts import DELETED_COLUMN, TableContract
from orchestration.sources.files import DateRange, FileOutcome, Problem, source_settings

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
# How the note of a load begins that misses files it once read.
LOST_FILES = "no longer in the folder"
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
        ("files_read", pa.int64()),
    ]
)


@dataclass(frozen=True)
class LoadReport:
    """What a load did to one raw table.

    `rows_loaded`: rows this load wrote. `rows_total`: rows in the lake after it.
    `rows_quarantined`: refused rows of all files of the table. `rows_deleted`: rows marked as
    deleted at the source. `first_day`, `last_day`: of the table in the lake.
    `days_asked`, `days_empty`: days an API was asked for by this load, and those on which it has
    nothing. `days_incomplete`: days of the table that the source gave in part only (estimated,
    withheld), by all loads.
    `files_read`: of `file_count` those that this load read; unchanged ones are in the lake already.
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
    files_read: int = 0


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


def idle_report(company: Company, contract: TableContract, note: str) -> LoadReport:
    """The report of a table that is not loaded."""
    door = source_settings(company, contract.source).door
    return LoadReport(contract.source, contract.table, door, note=note)


def _rows_deleted(contract: TableContract, part: Path) -> int:
    if DELETED_COLUMN not in {column.name for column in contract.stored_columns}:
        return 0
    if DELETED_COLUMN not in pq.read_schema(part).names:
        return 0
    flags = pq.read_table(part, columns=[DELETED_COLUMN]).column(DELETED_COLUMN)
    return int(pc.sum(flags).as_py() or 0)


def _extent(part: Path, column: str) -> tuple[date | None, date | None]:
    with duckdb.connect() as connection:
        found = connection.execute(
            f'select min(cast("{column}" as date)), max(cast("{column}" as date)) '
            f"from read_parquet({sql(part)})"
        ).fetchone()
    return found or (None, None)


def write_log(company: Company, report: LoadReport, workdir: Path) -> None:
    row = asdict(report)
    row["table_name"] = row.pop("table")
    row["loaded_at"] = datetime.now(tz=UTC).replace(tzinfo=None)
    table = pa.Table.from_pylist([row], schema=LOG_SCHEMA)
    target = company.paths.lake / "_log" / f"{report.source}__{report.table}.parquet"
    write_table(table, target, workdir)


def quarantined_files(company: Company, contract: TableContract) -> set[str]:
    """Names of the files of a table whose refused rows are kept."""
    path = _quarantine_path(company, contract)
    return (
        set(pq.read_table(path, columns=["file"]).column("file").to_pylist())
        if path.exists()
        else set()
    )


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
        write_table(table, target, workdir)
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


def _quarantine_path(company: Company, contract: TableContract) -> Path:
    return company.paths.lake / "_quarantine" / f"{contract.name}.parquet"
