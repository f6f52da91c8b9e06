"""How long analysts wait: the twenty queries of docs/queries on a published snapshot.

    python -m benchmarks.queries --months 24        # makes and publishes a company of that length
    python -m benchmarks.queries --snapshot PATH    # or takes a kpi.duckdb that is there

Each query runs `--repeat` times, each time with a connection of its own, as an analyst opens one.
The ratio is to a count of the largest table in the same run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.measure import best_of

PROJECT = Path(__file__).resolve().parent.parent
QUERIES = PROJECT / "docs" / "queries"
BASELINE = "select count(*), count(distinct client_id) from marts.fct_visits"
PERCENTILE = 95


@dataclass(frozen=True)
class Waiting:
    """Wall and processor times of one query over all of its runs, seconds.

    On a busy machine only the processor time says something.
    """

    query: str
    times: list[float]
    processor_times: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.queries", description=__doc__)
    parser.add_argument("--snapshot", type=Path, help="a published kpi.duckdb")
    parser.add_argument("--months", type=int, default=24, help="length of the company to make")
    parser.add_argument("--repeat", type=int, default=10, help="runs of each query")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-bench-queries-") as folder:
        database = chosen.snapshot or publish(Path(folder), chosen.months)
        waits = [measure(database, path, chosen.repeat) for path in sorted(QUERIES.glob("*.sql"))]
        baseline = best_of(chosen.repeat, lambda: ask(database, BASELINE)).wall
        print(as_table(waits, baseline))


def publish(folder: Path, months: int) -> Path:
    """A sample company of so many months, loaded, built and published by the command line."""
    from orchestration.sample_world.generator import generate  # noqa: PLC0415

    end = date(2026, 11, 16)
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    company = folder / "company"
    generate(company, start=date(year, month + 1, 1), end=end)
    output = folder / "output"
    subprocess.run(
        [sys.executable, "-m", "orchestration", "run", "--company", str(company)],
        cwd=PROJECT,
        env={**os.environ, "KPI_OUTPUT_DIR": str(output)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return output / company.name / "published" / "kpi.duckdb"


def measure(database: Path, path: Path, repeat: int) -> Waiting:
    sql = path.read_text(encoding="utf-8")
    times, processor_times = [], []
    for _ in range(repeat):
        started, processor_started = time.perf_counter(), time.process_time()
        ask(database, sql)
        times.append(time.perf_counter() - started)
        processor_times.append(time.process_time() - processor_started)
    return Waiting(path.stem, times, processor_times)


def ask(database: Path, sql: str) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(sql).fetchall()


def as_table(waits: list[Waiting], baseline: float) -> str:
    lines = [
        "| query | median, ms | slowest, ms | processor, ms | ratio to the baseline |",
        "|---|--:|--:|--:|--:|",
    ]
    for waiting in waits:
        median = statistics.median(waiting.times)
        lines.append(
            f"| {waiting.query} | {median * 1000:.0f} | {max(waiting.times) * 1000:.0f} "
            f"| {statistics.median(waiting.processor_times) * 1000:.0f} | {median / baseline:.2f} |"
        )
    wall = [seconds for waiting in waits for seconds in waiting.times]
    processor = [seconds for waiting in waits for seconds in waiting.processor_times]
    lines.append(
        f"\np{PERCENTILE} of {len(wall)} answers: {_percentile(wall):.0f} ms, of processor time "
        f"{_percentile(processor):.0f} ms; baseline (`{BASELINE}`): {baseline * 1000:.0f} ms"
    )
    return "\n".join(lines)


def _percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[PERCENTILE - 1] * 1000


if __name__ == "__main__":
    main()
