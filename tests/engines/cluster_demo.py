"""`make cluster-demo`: the daily job on a real Spark cluster, and its marts beside DuckDB's.

A master and two workers are started on this machine, the job of a small invented company runs on
them, and every published mart is compared with the one that DuckDB makes from the same exports.
Ends with 1 if any figure differs or one of the workers did nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.engines.spark_cluster import WORKERS, spark_cluster
from tests.engines.worlds import compare_runs, make_company, run_on


def main(folder: Path) -> int:
    """Run the demonstration in an empty folder; gives the exit code."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True)

    company = make_company(folder)
    say("a small company is made")
    on_duckdb = run_on(company, folder / "duckdb")
    say("DuckDB has built and published its marts")
    with spark_cluster(folder / "cluster") as cluster:
        say(f"{cluster.master} and {WORKERS} workers are up")
        settings = {"target": "spark", "spark": cluster.settings}
        on_spark = run_on(company, folder / "spark", settings)
        say("Spark has built them, and they are published")
        tasks = cluster.tasks_by_executor()
    print("\nTasks by worker, from Spark's event log")
    for worker, count in sorted(tasks.items()):
        print(f"  {worker:<40}{count:>8,}")
    print(f"\n{'mart':<32}{'rows':>8}  compared with DuckDB's")
    comparisons = compare_runs(on_duckdb, on_spark)
    for found in comparisons:
        print(f"{found.mart:<32}{found.rows:>8,}  {found.verdict}")
        for example in found.examples:
            print(f"    {example}")
    is_equal = all(found.is_equal for found in comparisons)
    is_distributed = len(tasks) == WORKERS and all(tasks.values())
    print("\nEvery mart is equal." if is_equal else "\nMarts differ.")
    if not is_distributed:
        print("The work was not done by both workers.")
    return 0 if is_equal and is_distributed else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="kpi-cluster-") as scratch:
        sys.exit(main(Path(scratch)))
