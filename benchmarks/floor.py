"""The floor: the compiled SQL of every model, run by DuckDB alone on the same raw files.

    python -m benchmarks.floor --company FOLDER --output FOLDER [--memory 6GB] [--only fct_visits]

Prints JSON: seconds and processor seconds in all and by model, peak memory, size of the file. It
reads the lake that a run, or `--load`, made; no Dagster, no dbt, no tests, one connection.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import cpu_seconds, peak_megabytes
from orchestration import lake
from orchestration.settings import (
    DBT_PROJECT_DIR,
    OUTPUT_DIR_VARIABLE,
    WAREHOUSE_VARIABLE,
    Company,
    load_company,
)
from orchestration.sources.contracts import REGISTERS

SCHEMAS = ("seeds", "staging", "intermediate", "marts")
COMPILED = "file of the compiled project: read, or written if it is not there"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.floor", description=__doc__)
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of companies' output")
    parser.add_argument("--memory", help="memory limit of DuckDB, for example 6GB")
    parser.add_argument("--load", action="store_true", help="load the export files first")
    parser.add_argument("--only", nargs="*", default=(), help="these models and what they stand on")
    parser.add_argument("--compiled", type=Path, help=COMPILED)
    chosen = parser.parse_args()
    os.environ[OUTPUT_DIR_VARIABLE] = str(chosen.output.resolve())
    company = load_company(chosen.company)
    prepare(company, load=chosen.load)
    nodes = ordered(compiled(chosen.compiled), chosen.only)
    print(json.dumps(run(company, nodes, memory=chosen.memory)))


def prepare(company: Company, *, load: bool) -> None:
    """Load the export files where that is asked for, and the settings, into the lake."""
    if load:
        for source in (REGISTERS, *company.sources):
            lake.load(company, source, progress=lambda _: None)
    lake.write_company_tables(company)


def run(
    company: Company, nodes: Iterable[dict[str, Any]], *, memory: str | None = None
) -> dict[str, Any]:
    """Build the models and seeds, in their order, in a file of its own."""
    with warehouse(company, memory=memory) as (connection, file):
        began, spent = time.perf_counter(), cpu_seconds()
        models = build(connection, nodes)
        wall, cpu = time.perf_counter() - began, cpu_seconds() - spent
        visits = connection.execute("select count(*) from marts.fct_visits").fetchone()
        connection.close()
        size = file.stat().st_size
    return {
        "visits": visits[0] if visits else 0,
        "wall": wall,
        "cpu": cpu,
        "peak_megabytes": peak_megabytes(),
        "file_megabytes": size / 1e6,
        "models": models,
    }


@contextmanager
def warehouse(
    company: Company, *, memory: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """An empty database in a file of its own, with views of the lake; removed at the end."""
    company.paths.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="floor-", dir=company.paths.output) as folder:
        # the compiled SQL names the database `memory`
        file = Path(folder) / "memory.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set preserve_insertion_order = false")
            if memory:
                connection.execute(f"set memory_limit = '{memory}'")
            for schema in SCHEMAS:
                connection.execute(f"create schema {schema}")
            lake.register(connection, company)
            yield connection, file


def build(
    connection: duckdb.DuckDBPyConnection, nodes: Iterable[dict[str, Any]]
) -> dict[str, dict[str, float]]:
    """Make the tables and views of the nodes, in their order; seconds of each by name."""
    models: dict[str, dict[str, float]] = {}
    for node in nodes:
        at, used = time.perf_counter(), cpu_seconds()
        try:
            connection.execute(statement(node))
        except duckdb.Error as error:
            raise RuntimeError(f"{node['name']}: {error}") from error
        models[node["name"]] = {"wall": time.perf_counter() - at, "cpu": cpu_seconds() - used}
    return models


def compiled(kept: Path | None = None) -> dict[str, dict[str, Any]]:
    """Models and seeds of the project by unique id, compiled for a build from nothing.

    It takes longer than a small company's models: `kept` is a file of what an earlier call found.
    """
    if kept is not None and kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds to import

    os.environ[WAREHOUSE_VARIABLE] = ":memory:"
    with tempfile.TemporaryDirectory(prefix="floor-dbt-") as folder:
        result = dbtRunner().invoke(
            [
                *("--quiet", "compile", "--no-introspect", "--target-path", folder),
                *("--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)),
                *("--log-path", folder),
            ]
        )
        if not result.success:
            raise RuntimeError(f"the project cannot be compiled: {result.exception}")
        manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    kinds = {"model", "seed"}
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in kinds}
    if kept is not None:
        kept.write_text(json.dumps(nodes), encoding="utf-8")
    return nodes


def ordered(nodes: dict[str, dict[str, Any]], only: Iterable[str]) -> list[dict[str, Any]]:
    """The nodes, or those named and what they stand on, each after what it reads."""
    found: dict[str, dict[str, Any]] = {}

    def visit(key: str) -> None:
        if key in found or key not in nodes:
            return
        for parent in nodes[key]["depends_on"].get("nodes", []):
            visit(parent)
        found[key] = nodes[key]

    names = set(only)
    for key, node in nodes.items():
        if not names or node["name"] in names:
            visit(key)
    return list(found.values())


def statement(node: dict[str, Any]) -> str:
    """What makes the view or table of a model, or the table of a seed from its file."""
    name = f"{node['schema']}.{node['name']}"
    if node["resource_type"] == "model":
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        return f"create {kind} {name} as {node['compiled_code']}"
    types = node["config"].get("column_types") or {}
    path = DBT_PROJECT_DIR / node["original_file_path"]
    with path.open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    columns = ", ".join(
        f'cast("{column}" as {types.get(column, "varchar")}) as "{column}"' for column in header
    )
    return (
        f"create table {name} as select {columns} from "
        f"read_csv('{path}', header=true, all_varchar=true)"
    )


if __name__ == "__main__":
    main()
