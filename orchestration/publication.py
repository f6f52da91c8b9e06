"""The door to readers: a snapshot of the marts that replaces the last one in a single rename.

Readers open `published/kpi.duckdb` or `published/parquet/`. `published` is a link to one folder
under `snapshots/`; a snapshot is built complete beside the others and only then linked, so a
reader sees the old state or the new one and nothing between. The build database is never opened
by readers: DuckDB lets no second process in while a run writes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration import whole_files
from orchestration.connections import connect
from orchestration.dictionary import COMPANY_CURRENCY, Mart, with_types
from orchestration.outcomes import CheckOutcome
from orchestration.settings import Company, is_full_refresh

logger = logging.getLogger(__name__)

DATABASE_NAME = "kpi.duckdb"
PARQUET_FOLDER = "parquet"
MARTS_SCHEMA = "marts"

# Readers that opened an older snapshot go on reading it; a week of daily runs stays on disk.
SNAPSHOTS_KEPT = 7

# A file in each snapshot that readers have seen: its number in the order of publications, which no
# clock that is set back can change.
_MARK = ".published"
# A link that is about to take the place of `published`; left only by a run that was killed.
_ASIDE = ".published-"

# DuckDB 2 writes a format that 1.x clients (CLI, BI drivers) refuse; this one all of them read.
READER_STORAGE_VERSION = "v1.2.0"

# Facts of which a run changes a few days: the last snapshot's file is copied, and the days that
# differ are replaced in it. A copy keeps the space of what was replaced, so that after so many
# copies one is written from nothing. The day of a row, in SQL.
COPIED_BY_DAY = {
    "fct_visits": "visit_date",
    "fct_conversions": "conversion_date",
    "fct_touchpoints": "cast(journey_at as date)",
}
_COPIES = 30

_DICTIONARY_COMMENTS = {
    "docs.marts": "One row per table of the schema marts: what it is and its grain.",
    "docs.columns": "One row per column of the schema marts: type, unit and description.",
}


def build_snapshot(
    company: Company, run_id: str, checks: list[CheckOutcome], marts: Sequence[Mart] = ()
) -> dict[str, int]:
    """Export every mart to a new snapshot folder that no reader sees yet.

    `marts` describes them: the descriptions become comments in the database, its schema `docs`,
    and metadata of the parquet files. Returns rows by mart. The folder is
    `snapshot_folder(company, run_id)`. What earlier runs left there and never published is removed,
    whichever run it was: on a full disk each try would else leave another part of a snapshot.
    """
    _remove_unpublished(company)
    # A copy keeps in its free blocks what was deleted from it, so one without a person is none.
    last = None if is_full_refresh() else _DaysOfFacts.read(company)
    try:
        try:
            return _build(company, run_id, checks, marts, last)
        except duckdb.Error as error:
            if last is None:
                raise
            # The last snapshot may be damaged; what is wrong with the marts themselves shows again.
            logger.warning(
                "no copy of the last snapshot, this one is written from nothing: %s", error
            )
            return _build(company, run_id, checks, marts, None)
    except Exception:
        # On a full disk its place is what the pages need to say why nothing was published.
        shutil.rmtree(snapshot_folder(company, run_id), ignore_errors=True)
        raise


def _build(
    company: Company,
    run_id: str,
    checks: list[CheckOutcome],
    marts: Sequence[Mart],
    last: _DaysOfFacts | None,
) -> dict[str, int]:
    """Build the snapshot's folder, facts as a copy of the snapshot `last` and what differs."""
    folder = snapshot_folder(company, run_id)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PARQUET_FOLDER).mkdir(parents=True)
    if company.paths.data_docs.is_dir():
        shutil.copytree(company.paths.data_docs, folder / company.paths.data_docs.name)
    with connect(company.paths.warehouse) as connection:
        documented = with_types(marts, _tables(connection))
        days = _DaysOfFacts.of(connection, documented)
        copied = last.copy_to(company, folder / DATABASE_NAME) if last else False
        before = snapshot_folder(company, last.run_id) if last and copied else None
        connection.execute(
            f"attach '{_quoted(folder / DATABASE_NAME)}' as snapshot "
            f"(storage_version '{READER_STORAGE_VERSION}')"
        )
        # One transaction, so that the disk is waited for once and not after each statement.
        connection.begin()
        stale = _clear(connection, days.stale(last)) if last and copied else {}
        connection.execute(f"create schema if not exists snapshot.{MARTS_SCHEMA}")
        rows = {
            mart.name: _export(connection, mart, folder, stale.get(mart.name), before)
            for mart in documented
        }
        _write_dictionary(connection, company, documented)
        _write_run(connection, company, run_id, checks)
        connection.commit()
        connection.execute("detach snapshot")
    days.write(company, run_id, copies=last.copies + 1 if last and copied else 0)
    return rows


@dataclass(frozen=True)
class Publication:
    """What a snapshot says of itself. `as_of_date` is the first day that is *not* in it."""

    run_id: str
    as_of_date: date


def read_publication(folder: Path) -> Publication | None:
    """What the snapshot in this folder says of itself; None where there is no snapshot."""
    database = folder / DATABASE_NAME
    if not database.is_file():
        return None
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select run_id, as_of_date from run.publication").fetchone()
    return Publication(*found) if found else None


def has_published(company: Company) -> bool:
    """Whether readers have a snapshot."""
    return (company.paths.published / DATABASE_NAME).is_file()


@dataclass
class _DaysOfFacts:
    """What a snapshot holds of the tables in `COPIED_BY_DAY`.

    `days`: by table and day, the rows and the sum of their hashes. `columns`: types by table.
    `copies`: how many snapshots ago the file was written from nothing.
    """

    days: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    engine: str = duckdb.__version__
    run_id: str = ""
    copies: int = 0

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart]) -> _DaysOfFacts:
        found = cls()
        for mart in marts:
            if day := COPIED_BY_DAY.get(mart.name):
                names = ", ".join(f'"{column.name}"' for column in mart.columns)
                found.columns[mart.name] = {column.name: column.type for column in mart.columns}
                found.days[mart.name] = dict(
                    connection.execute(
                        f"select cast({day} as varchar), count(*) || ' ' || sum(hash({names})) "
                        f'from {MARTS_SCHEMA}."{mart.name}" group by {day} order by {day}'
                    ).fetchall()
                )
        return found

    @classmethod
    def read(cls, company: Company) -> _DaysOfFacts | None:
        """Those of the last snapshot that was built; None if none was, or by another version, or
        if the file is torn: then the next snapshot is written from nothing."""
        try:
            found = cls(**json.loads(_days_path(company).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return found if found.engine == duckdb.__version__ else None

    def write(self, company: Company, run_id: str, copies: int) -> None:
        text = json.dumps(asdict(replace(self, run_id=run_id, copies=copies)))
        whole_files.write(_days_path(company), text)

    def copy_to(self, company: Company, target: Path) -> bool:
        """Copy the snapshot's file, if it is still there and not a copy of too many copies."""
        source = snapshot_folder(company, self.run_id) / DATABASE_NAME
        if self.copies >= _COPIES or not source.is_file():
            return False
        shutil.copyfile(source, target)
        return True

    def stale(self, last: _DaysOfFacts) -> dict[str, list[str]]:
        """Days by table that differ from those of `last`; tables of other columns are left out."""
        return {
            name: sorted(
                day
                for day in days.keys() | last.days[name].keys()
                if days.get(day) != last.days[name].get(day)
            )
            for name, days in self.days.items()
            if last.columns.get(name) == self.columns[name]
        }


def _days_path(company: Company) -> Path:
    return company.paths.output / "cache" / "snapshot_days.json"


def _clear(
    connection: duckdb.DuckDBPyConnection, stale: dict[str, list[str]]
) -> dict[str, list[str]]:
    """Drop what a copied snapshot holds besides the tables in `stale`; returns those it holds."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'snapshot'"
    ).fetchall()
    kept = {name for schema, name in tables if schema == MARTS_SCHEMA and name in stale}
    for schema, name in tables:
        if schema != MARTS_SCHEMA or name not in kept:
            connection.execute(f'drop table snapshot.{schema}."{name}"')
    return {name: days for name, days in stale.items() if name in kept}


def publish(company: Company, run_id: str) -> Path:
    """Make a complete snapshot the published one, and remove the oldest.

    Returns the published folder. The swap is one rename of a link, atomic on POSIX file systems.
    """
    folder = snapshot_folder(company, run_id)
    if not (folder / DATABASE_NAME).is_file():
        raise FileNotFoundError(f"snapshot {folder} is not complete")
    paths = company.paths
    number = 1 + max(_number(other) for other in paths.snapshots.iterdir())
    (folder / _MARK).write_text(str(number), encoding="ascii")
    aside = paths.output / f"{_ASIDE}{run_id}"
    aside.unlink(missing_ok=True)
    whole_files.settle()
    aside.symlink_to(folder.relative_to(paths.output), target_is_directory=True)
    os.replace(aside, paths.published)  # noqa: PTH105 - the point is the atomic rename
    _remove_old(company, keep=folder)
    return paths.published


def snapshot_folder(company: Company, run_id: str) -> Path:
    return company.paths.snapshots / run_id


def _export(
    connection: duckdb.DuckDBPyConnection,
    mart: Mart,
    folder: Path,
    stale_days: Sequence[str] | None,
    before: Path | None,
) -> int:
    """Export one mart; returns its rows. `stale_days`: only these differ from what is there, and
    from the snapshot `before`."""
    source, target = f'{MARTS_SCHEMA}."{mart.name}"', f'snapshot.{MARTS_SCHEMA}."{mart.name}"'
    if stale_days is None:
        connection.execute(f"create table {target} as select * from {source}")
    elif stale_days:
        day = COPIED_BY_DAY[mart.name]
        days = ", ".join(f"date '{stale}'" for stale in stale_days)
        connection.execute(f"delete from {target} where {day} in ({days})")
        connection.execute(f"insert into {target} select * from {source} where {day} in ({days})")
    described = [(f"table {target}", mart.description)]
    described += [(f'column {target}."{c.name}"', c.description) for c in mart.columns]
    connection.execute(
        "; ".join(f"comment on {what} is '{_quoted(text)}'" for what, text in described)
    )
    _write_parquet(connection, mart, folder / PARQUET_FOLDER, stale_days, before)
    counted = connection.execute(f"select count(*) from {target}").fetchone()
    return int(counted[0]) if counted else 0


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    mart: Mart,
    folder: Path,
    stale_days: Sequence[str] | None,
    before: Path | None,
) -> None:
    """One file for a mart, or a folder with one for each month of a table that is copied by day.

    A month that is as it was in the snapshot `before` is that snapshot's file, by another name.
    """
    source = f'{MARTS_SCHEMA}."{mart.name}"'
    columns = json.dumps(
        {
            column.name: {"unit": column.unit, "description": column.description}
            for column in mart.columns
        },
        ensure_ascii=False,
    )
    said = {"description": mart.description, "columns": columns}

    def write(rows: str, path: Path) -> None:
        metadata = ", ".join(f"{key}: '{_quoted(text)}'" for key, text in said.items())
        connection.execute(
            f"copy ({rows}) to '{_quoted(path)}' "
            f"(format parquet, compression zstd, kv_metadata {{{metadata}}})"
        )

    day = COPIED_BY_DAY.get(mart.name)
    if day is None:
        write(f"from {source}", folder / f"{mart.name}.parquet")
        return
    (folder / mart.name).mkdir()
    stale_months = None if stale_days is None else {stale[:7] for stale in stale_days}
    months = connection.execute(
        f"select distinct strftime({day}, '%Y-%m') as month from {source} order by month"
    ).fetchall()
    for (month,) in months:
        name = Path(mart.name) / f"{month}.parquet"
        if before is not None and stale_months is not None and month not in stale_months:
            known = before / PARQUET_FOLDER / name
            if known.is_file() and _says(known, said):
                _link(known, folder / name)
                continue
        first = f"date '{month}-01'"
        rows = f"from {source} where {day} >= {first} and {day} < {first} + interval 1 month"
        write(rows, folder / name)
    if not months:
        write(f"from {source}", folder / mart.name / "empty.parquet")


def _says(path: Path, said: Mapping[str, str]) -> bool:
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, ValueError):  # a damaged file
        return False
    return all(metadata.get(key.encode()) == text.encode() for key, text in said.items())


def _link(source: Path, target: Path) -> None:
    """The same file once more; a copy where the file system has no links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Types of the columns of every mart, in their order."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? "
        "order by table_name, column_index",
        [MARTS_SCHEMA],
    ).fetchall():
        tables.setdefault(table, {})[column] = data_type
    return tables


def _write_dictionary(
    connection: duckdb.DuckDBPyConnection, company: Company, marts: Sequence[Mart]
) -> None:
    """The comments again as tables, so that they can be queried, joined and exported."""
    connection.execute("create schema if not exists snapshot.docs")
    connection.execute(
        "create table snapshot.docs.marts (mart varchar, kind varchar, description varchar)"
    )
    connection.execute(
        "create table snapshot.docs.columns (mart varchar, position bigint, column_name varchar, "
        "data_type varchar, unit varchar, description varchar)"
    )
    tables: dict[str, list[list[Any]]] = {
        "marts": [[mart.name, mart.kind, mart.description] for mart in marts],
        "columns": [
            [mart.name, number, c.name, c.type, _unit(c.unit, company), c.description]
            for mart in marts
            for number, c in enumerate(mart.columns, start=1)
        ],
    }
    for table, rows in tables.items():
        if not rows:
            continue
        marks = "(" + ", ".join("?" for _ in rows[0]) + ")"
        # One statement: a statement for each row is fifty times slower.
        connection.execute(
            f"insert into snapshot.docs.{table} values {', '.join(marks for _ in rows)}",
            [value for row in rows for value in row],
        )
    for what, text in _DICTIONARY_COMMENTS.items():
        connection.execute(f"comment on table snapshot.{what} is '{_quoted(text)}'")


def _unit(unit: str, company: Company) -> str:
    return f"{unit} ({company.currency})" if unit == COMPANY_CURRENCY else unit


def _write_run(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    run_id: str,
    checks: list[CheckOutcome],
) -> None:
    """What changes with every run lies outside `marts`, so that a rerun leaves the marts equal."""
    connection.execute("create schema if not exists snapshot.run")
    connection.execute(
        "create table snapshot.run.publication as "
        "select ? as run_id, ? as company_name, ?::date as as_of_date, now() as published_at",
        [run_id, company.name, company.as_of_date()],
    )
    types = {"passed": "boolean", "failed_rows": "bigint", "since": "date", "first_seen": "date"}
    columns = ", ".join(f'"{f.name}" {types.get(f.name, "varchar")}' for f in fields(CheckOutcome))
    connection.execute(f"create table snapshot.run.checks ({columns})")
    if checks:
        marks = ", ".join("?" for _ in fields(CheckOutcome))
        connection.executemany(
            f"insert into snapshot.run.checks values ({marks})", [astuple(c) for c in checks]
        )


def _remove_unpublished(company: Company) -> None:
    """Remove snapshots that no reader ever saw, except the last whole one, of which the next is a
    copy. The caller holds the company's write lock."""
    paths = company.paths
    last = _DaysOfFacts.read(company)
    kept = {paths.published.resolve().name, last.run_id if last else ""}
    for path in paths.snapshots.iterdir() if paths.snapshots.is_dir() else ():
        if path.is_dir() and path.name not in kept and not (path / _MARK).exists():
            shutil.rmtree(path, ignore_errors=True)
    for link in paths.output.glob(f"{_ASIDE}*"):
        link.unlink(missing_ok=True)


def _remove_old(company: Company, keep: Path) -> None:
    folders = sorted(
        (path for path in company.paths.snapshots.iterdir() if path.is_dir() and path != keep),
        key=lambda path: (_number(path), path.stat().st_mtime),
        reverse=True,
    )
    for path in folders[SNAPSHOTS_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _number(folder: Path) -> int:
    """Which publication a snapshot was: 0 by a version that did not count, -1 never published."""
    try:
        return int((folder / _MARK).read_text(encoding="ascii") or 0)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    except ValueError:
        return 0


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")
