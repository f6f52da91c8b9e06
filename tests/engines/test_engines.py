"""The same models, tests, checks and publication on other engines give the same marts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import PublishedRun
from tests.engines.clickhouse_front import clickhouse_front
from tests.engines.spark_cluster import WORKERS, spark_cluster
from tests.engines.worlds import compare_runs, run_on

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_marts_of_a_spark_cluster_equal_those_of_duckdb(
    engine_company: Path, duckdb_run: PublishedRun, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark", reason="make install-spark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java 17 (Debian: openjdk-17-jre-headless)")
    with spark_cluster(tmp_path / "cluster") as cluster:
        settings = {"target": "spark", "spark": cluster.settings}
        spark_run = run_on(engine_company, tmp_path / "spark", settings)
        tasks = cluster.tasks_by_executor()
    assert len(tasks) == WORKERS, tasks
    assert all(count > 0 for count in tasks.values()), tasks
    assert_equal_marts(duckdb_run, spark_run)


def test_marts_of_clickhouse_equal_those_of_duckdb(
    engine_company: Path, duckdb_run: PublishedRun, tmp_path: Path
) -> None:
    pytest.importorskip("chdb", reason="make install-clickhouse")
    pytest.importorskip("clickhouse_connect", reason="make install-clickhouse")
    with clickhouse_front(tmp_path / "server") as port:
        settings = {"target": "clickhouse", "clickhouse": {"port": port}}
        clickhouse_run = run_on(engine_company, tmp_path / "clickhouse", settings)
    assert_equal_marts(duckdb_run, clickhouse_run)


def assert_equal_marts(first: PublishedRun, second: PublishedRun) -> None:
    comparisons = compare_runs(first, second)
    assert len(comparisons) > 20
    assert sum(found.rows for found in comparisons) > 10_000
    unlike = {
        found.mart: (found.verdict, found.examples) for found in comparisons if not found.is_equal
    }
    assert not unlike
