"""The benchmarks run; their figures are looked at by people, not asserted."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from orchestration.settings import PROJECT_DIR
from tests.conftest import PublishedRun


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


def test_the_floor_and_pandas_are_measured_on_a_small_size() -> None:
    printed = printed_by(
        "benchmarks.scale", "--size", "3000", "--only", "floor", "pandas", timeout=600
    )
    measured = json.loads(printed[printed.index("{") :])
    assert measured["floor"]["models"]["fct_visits"]["cpu"] > 0
    assert measured["floor"]["visits"] == measured["same marts"]["visits"] > 2000
    assert measured["pandas"]["wall"] > 0


def test_the_queries_are_timed_on_a_published_snapshot(sample_run: PublishedRun) -> None:
    database = sample_run.published / "kpi.duckdb"
    printed = printed_by(
        "benchmarks.queries", "--snapshot", str(database), "--repeat", "1", timeout=300
    )
    assert "| 01_channels_that_pay |" in printed
    assert "p95 of 20 answers" in printed


def test_many_companies_are_measured() -> None:
    printed = printed_by("benchmarks.fleet", "--companies", "2", "--size", "500", timeout=900)
    assert "| published | 2 |" in printed
    memory = re.search(r"^\| peak memory of all processes, MB \| (\d+) \|$", printed, re.M)
    assert memory
    # two companies at a time, each a process with dbt and Great Expectations in it
    assert int(memory[1]) > 400
