"""The benchmarks run; their figures are looked at by people, not asserted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg2
import pytest

from benchmarks.pandas_marts import SAME_MARTS
from benchmarks.postgres import differences
from benchmarks.postgres_server import Access, running
from orchestration.settings import PROJECT_DIR
from tests.conftest import PublishedRun
from tests.deployment import postgres

NAMES = "(day, visits, cost, new)"


def printed_by(*command: str, timeout: float) -> str:
    process = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_benchmarks_run_on_a_small_size() -> None:
    printed = printed_by("benchmarks", "--size", "3000", "--repeat", "1", timeout=300)
    assert "| Logs API parts into the lake | DuckDB read_csv into a table |" in printed
    assert "Peak memory" in printed


def test_the_cost_of_checks_is_measured_on_a_small_size() -> None:
    printed = printed_by("benchmarks.checking", "--size", "2000", "--once", timeout=600)
    for subject in ("step raw_checks", "step mart_checks", "gates and tests"):
        assert f"| {subject} | whole run |" in printed


@pytest.fixture
def postgres_programs() -> None:
    if postgres.programs() is None:
        pytest.skip("no PostgreSQL server is installed here")


def test_pandas_and_postgres_are_measured_on_a_small_size() -> None:
    """Both give DuckDB's rows; PostgreSQL where a server is installed."""
    has_postgres = postgres.programs() is not None
    parts = ["pandas", "postgres"] if has_postgres else ["pandas"]
    small = ("--size", "3000", "--months", "3")
    printed = printed_by("benchmarks.scale", *small, "--only", *parts, timeout=900)
    measured = json.loads(printed[printed.index("{") :])
    in_pandas = measured["pandas"]

    assert measured["same marts"]["visits"] == in_pandas["models"]["fct_visits"]["rows"] > 2000
    # the marts, all rows and columns, and what they stand on
    assert (in_pandas["compared"], in_pandas["differing"]) == (len(SAME_MARTS), {})
    assert set(SAME_MARTS) < set(in_pandas["models"]) <= set(measured["same marts"]["models"])
    assert in_pandas["cpu"] > 0
    assert measured["notebook"]["cpu"] > 0

    if has_postgres:
        on_postgres = measured["postgres"]
        visits = on_postgres["by_model"]["fct_visits"]
        assert measured["same marts"]["visits"] == visits["postgres"]["rows"]
        assert visits["floor"]["cpu"] > 0
        assert on_postgres["postgres"]["cpu"] > 0
        # every model, with the rows and sums that DuckDB has
        assert on_postgres["made"] == on_postgres["models"] > 150
        assert (on_postgres["not_made"], on_postgres["differing"]) == ({}, {})


@pytest.mark.usefixtures("postgres_programs")
def test_other_rows_and_sums_on_postgres_are_told(tmp_path: Path) -> None:
    columns = [("day", "DATE"), ("visits", "BIGINT"), ("cost", "DECIMAL(18,2)"), ("new", "BOOLEAN")]
    rows = "values (date '2026-01-01', 5, 1.50, true), (date '2026-01-02', 6, 2.25, {new})"
    with (
        duckdb.connect() as duck,
        running(tmp_path / "log", Access("bench", "only-for-this-test", "memory")) as server,
    ):
        postgres_connection = psycopg2.connect(server.url)
        postgres_connection.autocommit = True
        duck.execute(f"create table main.t as from ({rows.format(new='false')}) as t{NAMES}")
        with postgres_connection.cursor() as cursor:
            cursor.execute("create schema main")
            cursor.execute(
                f"create table main.t as select * from ({rows.format(new='null')}) as t{NAMES}"
            )
            same = differences(duck, postgres_connection, ("main", "t"), columns[:3])
            of_values = differences(duck, postgres_connection, ("main", "t"), columns)
            cursor.execute("update main.t set cost = 2.5 where visits = 6")
            of_sums = differences(duck, postgres_connection, ("main", "t"), columns[:3])
            cursor.execute("delete from main.t")
            of_rows = differences(duck, postgres_connection, ("main", "t"), columns[:1])
        postgres_connection.close()
    assert same == []
    assert of_values == ["values of new: 2 on DuckDB, 1 on PostgreSQL"]
    assert of_sums == ["sum of cost: 3.75 on DuckDB, 4.0 on PostgreSQL"]
    assert of_rows == [
        "rows: 2 on DuckDB, 0 on PostgreSQL",
        "values of day: 2 on DuckDB, 0 on PostgreSQL",
    ]


def test_the_queries_are_timed_on_a_published_snapshot(sample_run: PublishedRun) -> None:
    database = sample_run.published / "kpi.duckdb"
    printed = printed_by(
        "benchmarks.queries", "--snapshot", str(database), "--repeat", "1", timeout=300
    )
    assert "| 01_channels_that_pay |" in printed
    assert "p95 of 20 answers" in printed


def test_many_companies_are_measured() -> None:
    printed = printed_by("benchmarks.fleet", "--companies", "1", "--size", "500", timeout=900)
    assert "| published | 1 |" in printed
    memory = re.search(r"^\| peak memory of all processes, MB \| (\d+) \|$", printed, re.M)
    assert memory
    # of the command, and of the company's process with dbt and Great Expectations in it
    assert int(memory[1]) > 300
