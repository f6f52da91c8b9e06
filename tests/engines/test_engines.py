"""The same models, tests, checks and publication on other engines give the same marts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from orchestration.settings import DBT_PROJECT_DIR, TARGET_VARIABLE
from orchestration.warehouse import dbt_arguments
from tests.conftest import PublishedRun
from tests.engines import days
from tests.engines.clickhouse_front import clickhouse_front
from tests.engines.spark_cluster import WORKERS, spark_cluster
from tests.engines.worlds import compare_runs, run_on

pytestmark = [pytest.mark.engine, pytest.mark.slow]

# Marks, because they speak before the fixtures run a whole job on DuckDB.
needs_spark = pytest.mark.skipif(
    find_spec("pyspark") is None or not shutil.which("java"),
    reason="THE MARTS WERE NOT BUILT ON SPARK: make install-spark, and Java 17",
)
needs_clickhouse = pytest.mark.skipif(
    find_spec("chdb") is None or find_spec("clickhouse_connect") is None,
    reason="THE MARTS WERE NOT BUILT ON CLICKHOUSE: make install-clickhouse",
)


@needs_spark
def test_marts_of_a_spark_cluster_equal_those_of_duckdb(
    engine_company: Path, duckdb_run: PublishedRun, tmp_path: Path
) -> None:
    with spark_cluster(tmp_path / "cluster") as cluster:
        settings = {"target": "spark", "spark": cluster.settings}
        spark_run = run_on(engine_company, tmp_path / "spark", settings, loaded_by=duckdb_run)
        tasks = cluster.tasks_by_executor()
    assert len(tasks) == WORKERS, tasks
    assert all(count > 0 for count in tasks.values()), tasks
    assert_equal_marts(duckdb_run, spark_run)


@needs_spark
def test_spark_replaces_days_where_a_metastore_keeps_its_tables(tmp_path: Path) -> None:
    """Days that came, changed or vanished since the last run are made anew, and no others."""
    company = days.make_company(tmp_path)
    new, vanished, restated = days.END - timedelta(days=2), date(2026, 10, 20), date(2026, 11, 3)
    days.set_up(company, as_of=new, warehouse=days.spark_with_metastore(tmp_path))
    tables = days.run(company, tmp_path / "spark") / "engine" / "spark" / "warehouse"
    visits = tables / "intermediate.db" / "int_visits_unioned"
    before = days.files_by_day(visits)

    days.rewrite(company, vanished, lambda _: None)
    days.rewrite(company, restated, lambda row: [*row[:23], "[101]", *row[24:]])
    days.set_up(company, as_of=days.END)
    days.run(company, tmp_path / "spark")
    after = days.files_by_day(visits)
    kept = {day for day, names in before.items() if after.get(day) == names}
    assert {"2026-10-20", "2026-11-14"} & before.keys() == {"2026-10-20"}
    assert {"2026-10-20", "2026-11-14"} & after.keys() == {"2026-11-14"}
    assert "2026-11-03" in after.keys() - kept
    assert min(before.keys() - kept) > "2026-10-15"

    days.set_up(company, warehouse={"target": "duckdb"})
    built = days.run(company, tmp_path / "duckdb")
    assert days.differences(built / "warehouse.duckdb", tables) == {}


@pytest.fixture(scope="module")
def clickhouse(
    engine_company: Path, duckdb_run: PublishedRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, PublishedRun]]:
    """The port of ClickHouse's engine, and the run that built the company's marts on it."""
    folder = tmp_path_factory.mktemp("clickhouse")
    with clickhouse_front(folder / "server") as port:
        settings = {"target": "clickhouse", "clickhouse": {"port": port}}
        yield port, run_on(engine_company, folder / "run", settings, loaded_by=duckdb_run)


@needs_clickhouse
def test_marts_of_clickhouse_equal_those_of_duckdb(
    duckdb_run: PublishedRun, clickhouse: tuple[int, PublishedRun]
) -> None:
    assert_equal_marts(duckdb_run, clickhouse[1])


@needs_clickhouse
def test_worked_examples_hold_on_clickhouse(clickhouse: tuple[int, PublishedRun]) -> None:
    """Data tests that judge the logic of models, which the daily job leaves out."""
    port, run = clickhouse
    process = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "test"),
            *("--select", "tag:logic,resource_type:test"),
            *dbt_arguments(run.output / "dbt_target"),
        ],
        env={**os.environ, TARGET_VARIABLE: "clickhouse", "KPI_CLICKHOUSE_PORT": str(port)},
        cwd=DBT_PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    assert process.stdout.count("PASS assert_") == 2, process.stdout


def assert_equal_marts(first: PublishedRun, second: PublishedRun) -> None:
    """Every mart, and the verdict and words of every check and data test."""
    comparisons = compare_runs(first, second)
    assert len(comparisons) > 20
    assert sum(found.rows for found in comparisons) > 10_000
    unlike = {
        found.mart: (found.verdict, found.examples) for found in comparisons if not found.is_equal
    }
    assert not unlike
    verdicts = "select * exclude (since, first_seen) from run.checks order by all"
    with first.connect() as one, second.connect() as other:
        expected, found = (side.execute(verdicts).fetchall() for side in (one, other))
    assert len(expected) > 150
    assert found == expected
