"""All models and data tests built from nothing by dbt in limited memory.

    python -m benchmarks.limited --company FOLDER --output FOLDER --memory 6GB [--at-once 5000000]

Reads the lake that a run, or `--load`, made. Prints JSON: seconds and processor seconds, by node,
the peaks of the process's memory and of what DuckDB spilled to disk, the size of the database. The
company's own database is replaced by this build and removed at its end.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb

from benchmarks import floor
from benchmarks.measure import DATA_ONLY, cpu_seconds, peak_megabytes
from orchestration import warehouse
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company, load_company


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.limited", description=__doc__)
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of companies' output")
    parser.add_argument("--memory", required=True, help="memory limit of DuckDB, for example 6GB")
    parser.add_argument("--at-once", type=int, help="most visits that are built at once")
    parser.add_argument("--load", action="store_true", help="load the export files first")
    chosen = parser.parse_args()
    os.environ[OUTPUT_DIR_VARIABLE] = str(chosen.output.resolve())
    os.environ["KPI_MEMORY_LIMIT"] = chosen.memory
    if chosen.at_once:
        os.environ["KPI_VISITS_AT_ONCE"] = str(chosen.at_once)
    company = load_company(chosen.company)
    floor.prepare(company, load=chosen.load)
    print(json.dumps({"memory_limit": chosen.memory, **run(company)}))


def run(company: Company) -> dict[str, Any]:
    """Builds everything; see the module.

    Raises:
        RuntimeError: a model or test failed.
    """
    database = company.paths.warehouse
    database.unlink(missing_ok=True)
    warehouse.register_raw(company)
    warehouse.ensure_manifest(company)
    spill, ended = _Spill(database.with_name(f"{database.name}.tmp")), Event()
    watch = Thread(target=spill.watch, args=(ended,))
    watch.start()
    began, spent = time.perf_counter(), cpu_seconds()
    try:
        for _ in warehouse.build(company, DATA_ONLY):
            pass
    finally:
        ended.set()
        watch.join()
    wall, cpu = time.perf_counter() - began, cpu_seconds() - spent
    results = warehouse.build_results(company)
    failed = [result for result in results if result["status"] in {"error", "fail"}]
    if failed or not results:
        raise RuntimeError("; ".join(f"{each['unique_id']}: {each['message']}" for each in failed))
    with duckdb.connect(str(database), read_only=True) as connection:
        visits = connection.execute("select count(*) from marts.fct_visits").fetchone()
    size = database.stat().st_size
    database.unlink()
    return {
        "visits": visits[0] if visits else 0,
        "wall": wall,
        "cpu": cpu,
        "peak_megabytes": peak_megabytes(),
        "peak_spilled_megabytes": spill.peak / 1e6,
        "file_megabytes": size / 1e6,
        "nodes": {result["unique_id"]: float(result["execution_time"]) for result in results},
    }


class _Spill:
    """The most that lay in DuckDB's folder of temporary files, bytes, looked at once a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.peak = 0

    def watch(self, ended: Event) -> None:
        while not ended.wait(1):
            self.peak = max(self.peak, self._size())

    def _size(self) -> int:
        try:
            return sum(file.stat().st_size for file in self._folder.iterdir())
        except FileNotFoundError:
            return 0


if __name__ == "__main__":
    main()
