"""The door to readers: a snapshot of the marts that replaces the last one in a single rename.

Readers open `published/kpi.duckdb` or `published/parquet/`. `published` is a link to one folder
under `snapshots/`; a snapshot is built complete beside the others and only then linked, so a
reader sees the old state or the new one and nothing between. The build database is never opened
by readers: DuckDB lets no second process in while a run writes.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import astuple, fields
from pathlib import Path

import duckdb

from orchestration.outcomes import CheckOutcome
from orchestration.settings import Company

DATABASE_NAME = "kpi.duckdb"
PARQUET_FOLDER = "parquet"
MARTS_SCHEMA = "marts"

# Readers that opened an older snapshot go on reading it; a week of daily runs stays on disk.
SNAPSHOTS_KEPT = 7

# DuckDB 2 writes a format that 1.x clients (CLI, BI drivers) refuse; this one all of them read.
READER_STORAGE_VERSION = "v1.2.0"


def build_snapshot(company: Company, run_id: str, checks: list[CheckOutcome]) -> dict[str, int]:
    """Export every mart to a new snapshot folder that no reader sees yet.

    Returns rows by mart. The folder is `snapshot_folder(company, run_id)`; a folder left by a
    killed run of the same id is made anew.
    """
    folder = snapshot_folder(company, run_id)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PARQUET_FOLDER).mkdir(parents=True)
    if company.paths.data_docs.is_dir():
        shutil.copytree(company.paths.data_docs, folder / company.paths.data_docs.name)
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = ? order by 1",
                [MARTS_SCHEMA],
            ).fetchall()
        ]
        connection.execute(
            f"attach '{_quoted(folder / DATABASE_NAME)}' as snapshot "
            f"(storage_version '{READER_STORAGE_VERSION}')"
        )
        connection.execute(f"create schema snapshot.{MARTS_SCHEMA}")
        rows = {mart: _export(connection, mart, folder) for mart in marts}
        _write_run(connection, company, run_id, checks)
        connection.execute("detach snapshot")
    return rows


def publish(company: Company, run_id: str) -> Path:
    """Make a complete snapshot the published one, and remove the oldest.

    Returns the published folder. The swap is one rename of a link, atomic on POSIX file systems.
    """
    folder = snapshot_folder(company, run_id)
    if not (folder / DATABASE_NAME).is_file():
        raise FileNotFoundError(f"snapshot {folder} is not complete")
    paths = company.paths
    aside = paths.output / f".published-{run_id}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(folder.relative_to(paths.output), target_is_directory=True)
    os.replace(aside, paths.published)  # noqa: PTH105 - the point is the atomic rename
    _remove_old(company, keep=folder)
    return paths.published


def snapshot_folder(company: Company, run_id: str) -> Path:
    return company.paths.snapshots / run_id


def _export(connection: duckdb.DuckDBPyConnection, mart: str, folder: Path) -> int:
    source, target = f'{MARTS_SCHEMA}."{mart}"', f'snapshot.{MARTS_SCHEMA}."{mart}"'
    connection.execute(f"create table {target} as select * from {source}")
    _copy_comments(connection, mart, target)
    parquet = _quoted(folder / PARQUET_FOLDER / f"{mart}.parquet")
    connection.execute(f"copy {source} to '{parquet}' (format parquet, compression zstd)")
    counted = connection.execute(f"select count(*) from {target}").fetchone()
    return int(counted[0]) if counted else 0


def _copy_comments(connection: duckdb.DuckDBPyConnection, mart: str, target: str) -> None:
    """Descriptions travel with the data, so that an analyst's tool shows them."""
    source = "schema_name = ? and table_name = ? and database_name = current_database()"
    table = connection.execute(
        f"select comment from duckdb_tables() where {source}", [MARTS_SCHEMA, mart]
    ).fetchone()
    if table and table[0]:
        connection.execute(f"comment on table {target} is '{_quoted(table[0])}'")
    columns = connection.execute(
        f"select column_name, comment from duckdb_columns() where {source} and comment is not null",
        [MARTS_SCHEMA, mart],
    ).fetchall()
    for column, comment in columns:
        connection.execute(f"comment on column {target}.\"{column}\" is '{_quoted(comment)}'")


def _write_run(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    run_id: str,
    checks: list[CheckOutcome],
) -> None:
    """What changes with every run lies outside `marts`, so that a rerun leaves the marts equal."""
    connection.execute("create schema snapshot.run")
    connection.execute(
        "create table snapshot.run.publication as "
        "select ? as run_id, ? as company_name, ?::date as as_of_date, now() as published_at",
        [run_id, company.name, company.as_of_date()],
    )
    types = {"passed": "boolean", "failed_rows": "bigint", "since": "date"}
    columns = ", ".join(f'"{f.name}" {types.get(f.name, "varchar")}' for f in fields(CheckOutcome))
    connection.execute(f"create table snapshot.run.checks ({columns})")
    if checks:
        marks = ", ".join("?" for _ in fields(CheckOutcome))
        connection.executemany(
            f"insert into snapshot.run.checks values ({marks})", [astuple(c) for c in checks]
        )


def _remove_old(company: Company, keep: Path) -> None:
    folders = sorted(
        (path for path in company.paths.snapshots.iterdir() if path.is_dir() and path != keep),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in folders[SNAPSHOTS_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")
