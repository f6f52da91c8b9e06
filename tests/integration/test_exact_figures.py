"""The same input gives the same figures, to the last digit, whatever the threads and row order."""

from __future__ import annotations

import duckdb
import pytest

from tests.conftest import PublishedRun
from tests.integration.company_marts import build, mart_names


def _shuffle_raw(connection: duckdb.DuckDBPyConnection, seed: float) -> None:
    """Copy every raw table of the attached run, its rows in random order."""
    connection.execute("set threads = 1; create schema raw")
    connection.execute("select setseed(?)", [seed])
    for table in _tables(connection, "of_run", "raw"):
        connection.execute(
            f"create table raw.{table} as select * from of_run.raw.{table} order by random()"
        )


def _tables(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = ? and table_schema = ? order by table_name",
        [database, schema],
    ).fetchall()
    return [row[0] for row in rows]


def _differences(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Marts of which some row is only here or only in the attached run."""
    tables = _tables(connection, "of_run", "marts")
    assert tables == _tables(connection, "memory", "marts")
    assert "kpi_roi_monthly" in tables
    found = []
    for table in tables:
        row = connection.execute(
            f"select count(*) from ("
            f"(from marts.{table} except all from of_run.marts.{table})"
            f" union all "
            f"(from of_run.marts.{table} except all from marts.{table}))"
        ).fetchone()
        if row != (0,):
            found.append(f"{table}: {row}")
    return found


@pytest.mark.parametrize(("threads", "seed"), [(1, 0.1), (4, 0.2)])
def test_shuffled_rows_and_threads_change_no_figure(
    sample_run: PublishedRun, threads: int, seed: float
) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"attach '{sample_run.output / 'warehouse.duckdb'}' as of_run (read_only)"
        )
        _shuffle_raw(connection, seed)
        connection.execute(f"set threads = {threads}")
        connection.execute("set preserve_insertion_order = false")
        build(connection, mart_names())
        assert _differences(connection) == []
