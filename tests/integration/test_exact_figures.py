"""The same input gives the same figures, to the last digit, whatever the threads and row order."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import warehouse
from orchestration.settings import (
    DBT_PROJECT_DIR,
    OUTPUT_DIR_VARIABLE,
    TARGET_VARIABLE,
    WAREHOUSE_VARIABLE,
    Company,
    load_company,
)
from tests.conftest import SAMPLE_COMPANY, PublishedRun


def _shuffle_raw(source: Path, target: Path, seed: float) -> None:
    """Copy every raw table, its rows in random order."""
    with duckdb.connect(str(target)) as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1; create schema raw")
        connection.execute(f"attach '{source}' as source (read_only)")
        connection.execute("select setseed(?)", [seed])
        for table in _tables(connection, "source", "raw"):
            connection.execute(
                f"create table raw.{table} as select * from source.raw.{table} order by random()"
            )


def _build(company: Company, threads: int, folder: Path) -> None:
    profile = (DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    assert "TimeZone: UTC" in profile
    (folder / "profiles.yml").write_text(
        profile.replace("TimeZone: UTC", f"TimeZone: UTC\n        threads: {threads}"),
        encoding="utf-8",
    )
    warehouse.ensure_manifest(company)
    selection = ["--resource-type", "seed", "--resource-type", "model"]
    for _ in warehouse.build(company, [*selection, "--profiles-dir", str(folder)]):
        pass
    assert {result["status"] for result in warehouse.build_results(company)} == {"success"}


def _tables(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = ? and table_schema = ? order by table_name",
        [database, schema],
    ).fetchall()
    return [row[0] for row in rows]


def _differences(left: Path, right: Path) -> list[str]:
    """Marts of which some row is in one database only."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{left}' as left_side (read_only)")
        connection.execute(f"attach '{right}' as right_side (read_only)")
        tables = _tables(connection, "left_side", "marts")
        assert tables == _tables(connection, "right_side", "marts")
        assert "kpi_roi_monthly" in tables
        found = []
        for table in tables:
            row = connection.execute(
                f"select count(*) from ("
                f"(from left_side.marts.{table} except all from right_side.marts.{table})"
                f" union all "
                f"(from right_side.marts.{table} except all from left_side.marts.{table}))"
            ).fetchone()
            if row != (0,):
                found.append(f"{table}: {row}")
    return found


@pytest.mark.parametrize(("threads", "seed"), [(1, 0.1), (4, 0.2)])
def test_shuffled_rows_and_threads_change_no_figure(
    sample_run: PublishedRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
    seed: float,
) -> None:
    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "output"))
    monkeypatch.setenv(WAREHOUSE_VARIABLE, "")  # a build sets it; as it was after the test
    monkeypatch.setenv(TARGET_VARIABLE, "duckdb")
    company = load_company(SAMPLE_COMPANY)
    built, shuffled = sample_run.output / "warehouse.duckdb", company.paths.warehouse
    shuffled.parent.mkdir(parents=True)
    _shuffle_raw(built, shuffled, seed)
    _build(company, threads, tmp_path)
    assert _differences(built, shuffled) == []
