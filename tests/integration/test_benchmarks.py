"""The benchmarks run; their figures are looked at by people, not asserted."""

from __future__ import annotations

import re
import subprocess
import sys

from orchestration.settings import PROJECT_DIR
from tests.conftest import PublishedRun


def test_benchmarks_run_on_a_small_size() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--size", "3000", "--repeat", "1"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "| Logs API parts into the lake | DuckDB read_csv into a table |" in process.stdout
    assert "Peak memory" in process.stdout


def test_the_cost_of_checks_is_measured_on_a_small_size() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.checking", "--size", "2000", "--once"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    for subject in ("step raw_checks", "step mart_checks", "gates and tests"):
        assert f"| {subject} | whole run |" in process.stdout


def test_the_queries_are_timed_on_a_published_snapshot(sample_run: PublishedRun) -> None:
    database = sample_run.published / "kpi.duckdb"
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.queries", "--snapshot", str(database), "--repeat", "1"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "| 01_channels_that_pay |" in process.stdout
    assert "p95 of 20 answers" in process.stdout


def test_many_companies_are_measured() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.fleet", "--companies", "2", "--size", "500"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "| published | 2 |" in process.stdout
    memory = re.search(r"^\| peak memory of all processes, MB \| (\d+) \|$", process.stdout, re.M)
    assert memory
    # two companies at a time, each a process with dbt and Great Expectations in it
    assert int(memory[1]) > 400
