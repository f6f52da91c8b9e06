"""How the build database grows with daily runs.

    python -m benchmarks.growth [--size 300000] [--runs 60]

An invented company of so many visits in 24 months lives through its last days, one build of all
models a day. Prints JSON: the size of the database after each, that of one made from nothing on the
last day, and how much of the first is free to be used again, megabytes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb

from benchmarks.scale import END, START
from orchestration import lake, warehouse
from orchestration.sample_world.generator import generate
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company, load_company
from orchestration.sources.contracts import REGISTERS

MODELS_ONLY = ["--resource-type", "model", "--resource-type", "seed"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.growth", description=__doc__)
    parser.add_argument("--size", type=int, default=300_000, help="visits of 24 months")
    parser.add_argument("--runs", type=int, default=60, help="daily builds")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-growth-") as folder:
        path = Path(folder)
        os.environ[OUTPUT_DIR_VARIABLE] = str(path / "output")
        generate(
            path / "company",
            start=START,
            end=END,
            visits_per_day=chosen.size / (END - START).days,
            stories=False,
            visit_format="parquet",
        )
        company = load_company(path / "company")
        for source in (REGISTERS, *company.sources):
            lake.load(company, source, progress=lambda _: None)
        sizes = []
        for back in range(chosen.runs, -1, -1):
            sizes.append(build(company.model_copy(update={"as_of": END - timedelta(days=back)})))
            print(sizes[-1], file=sys.stderr, flush=True)
        free = free_megabytes(company)
        company.paths.warehouse.unlink()
        anew = build(company.model_copy(update={"as_of": END}))
    print(json.dumps({"after_each_run": sizes, "free": free, "made_anew": anew}))


def build(company: Company) -> float:
    """Builds all models; returns the size of the database, megabytes.

    Raises:
        RuntimeError: a model failed.
    """
    lake.write_company_tables(company)
    warehouse.register_raw(company)
    warehouse.ensure_manifest(company)
    for _ in warehouse.build(company, MODELS_ONLY):
        pass
    failed = [
        each["unique_id"]
        for each in warehouse.build_results(company)
        if each["status"] != "success"
    ]
    if failed:
        raise RuntimeError(", ".join(failed))
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("checkpoint")
    return company.paths.warehouse.stat().st_size / 1e6


def free_megabytes(company: Company) -> float:
    """Blocks of the database that hold nothing and will be used again."""
    with duckdb.connect(str(company.paths.warehouse), read_only=True) as connection:
        row = connection.execute(
            "select block_size * free_blocks / 1e6 from pragma_database_size()"
        ).fetchone()
    return float(row[0]) if row else 0.0


if __name__ == "__main__":
    main()
