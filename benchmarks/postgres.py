"""The same models on PostgreSQL: their compiled SQL, translated, on a server of its own.

    python -m benchmarks.postgres --company FOLDER --output FOLDER [--only fct_visits]

dbt-postgres cannot run the project, whose models use `qualify`. So the SQL that dbt compiles is
translated (`benchmarks/postgres_sql.py`) and run, one model after the other, on a server that is
started from the installed packages. The raw tables and the seeds are copied into it before, which
is timed apart. What are views of the lake's files on DuckDB are tables here, as the project has it
on every other engine. Each table is analysed after it is made; that is part of its time.

Prints JSON: the time of the models that both engines made, DuckDB's own from the same run (the
floor), their ratio; the models that PostgreSQL did not make and why; those whose rows or sums
differ from DuckDB's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from sqlglot.errors import SqlglotError
from sqlglot.schema import MappingSchema

from benchmarks import floor
from benchmarks.measure import Cost
from benchmarks.postgres_server import (
    NOT_INSTALLED,
    Access,
    Server,
    cpu_seconds,
    programs,
    running,
)
from benchmarks.postgres_sql import FUNCTIONS, postgres_type, schema_of, to_postgres
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company, load_company

# For large queries of one connection on two cores, of data that can be made again.
SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "256MB",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "2",
    # the tables are analysed as they are made, and no one else writes
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "checkpoint_timeout": "1h",
    "random_page_cost": "1.1",
    # behind a common table expression the planner expects one row, and loops over millions
    "enable_nestloop": "off",
    "timezone": "UTC",
}
# A model is given up after so many times the floor's time, and not before so many seconds.
PATIENCE, LEAST_SECONDS = 10, 300
# Sums of doubles depend on the order of the rows.
TOLERANCE = 1e-9

Columns = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.postgres",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of companies' output")
    parser.add_argument("--load", action="store_true", help="load the export files first")
    parser.add_argument("--jit", action="store_true", help="let the server compile expressions")
    parser.add_argument(
        "--patience",
        type=int,
        default=LEAST_SECONDS,
        help=f"least seconds before a model is given up, if above {PATIENCE} x DuckDB's",
    )
    parser.add_argument("--only", nargs="*", default=(), help="these models and what they stand on")
    parser.add_argument("--compiled", type=Path, help=floor.COMPILED)
    chosen = parser.parse_args()
    if programs() is None:
        raise SystemExit(NOT_INSTALLED)
    os.environ[OUTPUT_DIR_VARIABLE] = str(chosen.output.resolve())
    company = load_company(chosen.company)
    floor.prepare(company, load=chosen.load)
    nodes = floor.ordered(floor.compiled(chosen.compiled), chosen.only)
    print(json.dumps(run(company, nodes, jit=chosen.jit, patience=chosen.patience)))


def run(
    company: Company,
    nodes: list[dict[str, Any]],
    *,
    jit: bool = False,
    patience: float = LEAST_SECONDS,
) -> dict[str, Any]:
    """Make the models and seeds, in their order, by DuckDB and by PostgreSQL."""
    settings = {**SETTINGS, "jit": "on" if jit else "off"}
    with (
        tempfile.TemporaryDirectory(prefix="kpi-pg-bench-") as folder,
        floor.warehouse(company) as (duck, _),
        running(
            Path(folder) / "postgres.log",
            # the compiled SQL names the database so
            Access(user="bench", password="of-this-run-only", database="memory"),
            settings=settings,
        ) as server,
    ):
        by_duckdb = floor.build(duck, nodes)
        tables = _tables(duck)
        postgres = psycopg2.connect(server.url)
        postgres.autocommit = True
        raw = [name for name in tables if name[0] == "raw"]
        seeds = [key_of(node) for node in nodes if node["resource_type"] == "seed"]
        copied, rows = _copy(duck, postgres, server, tables, [*raw, *seeds], Path(folder))
        models = [node for node in nodes if node["resource_type"] == "model"]
        made, not_made = _make(postgres, server, models, tables, by_duckdb, patience)
        keys = {node["name"]: key_of(node) for node in models}
        differing = {
            name: found
            for name in made
            if (found := differences(duck, postgres, keys[name], tables[keys[name]]))
        }
        version = postgres.server_version // 10_000
        postgres.close()
    total = {
        engine: {key: sum(costs[name][key] for name in made) for key in ("wall", "cpu")}
        for engine, costs in (("postgres", made), ("floor", by_duckdb))
    }
    return {
        "version": version,
        "settings": settings,
        "models": len(models),
        "made": len(made),
        "not_made": not_made,
        "differing": differing,
        "copying": {"rows": rows, "wall": copied.wall, "cpu": copied.cpu},
        **total,
        "analyze": {"wall": sum(costs["analyze"] for costs in made.values())},
        "ratio": {key: total["postgres"][key] / total["floor"][key] for key in ("wall", "cpu")},
        "by_model": {
            name: {"postgres": costs, "floor": by_duckdb[name]} for name, costs in made.items()
        },
    }


def key_of(node: dict[str, Any]) -> tuple[str, str]:
    return node["schema"], node["name"]


def _tables(duck: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Columns]:
    """Columns with their types, of every table and view by schema and name."""
    tables: dict[tuple[str, str], Columns] = {}
    for schema, table, column, kind in duck.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_catalog = 'memory' order by table_schema, table_name, ordinal_position"
    ).fetchall():
        tables.setdefault((schema, table), []).append((column, kind))
    return tables


def _copy(
    duck: duckdb.DuckDBPyConnection,
    postgres: Connection,
    server: Server,
    tables: dict[tuple[str, str], Columns],
    chosen: list[tuple[str, str]],
    folder: Path,
) -> tuple[Cost, int]:
    """Tables of these names with their rows, by way of a file each; seconds and rows in all."""
    rows, began, spent = 0, time.perf_counter(), cpu_seconds(server)
    with postgres.cursor() as cursor:
        for schema in {schema for schema, _ in tables} | set(floor.SCHEMAS):
            cursor.execute(f"create schema {schema}")
        cursor.execute(FUNCTIONS)
        for schema, table in chosen:
            columns = ", ".join(
                f'"{name}" {postgres_type(kind)}' for name, kind in tables[schema, table]
            )
            cursor.execute(f"create unlogged table {schema}.{table} ({columns})")
            file = folder / "rows.csv"
            duck.execute(
                f"copy (select * from {schema}.{table}) to '{file}' "
                "(format csv, header false, nullstr '\\N')"
            )
            with file.open(encoding="utf-8") as lines:
                cursor.copy_expert(
                    f"copy {schema}.{table} from stdin (format csv, null '\\N')", lines
                )
            rows += cursor.rowcount
            cursor.execute(f"analyze {schema}.{table}")
    return Cost(time.perf_counter() - began, cpu_seconds(server) - spent), rows


def _make(
    postgres: Connection,
    server: Server,
    models: list[dict[str, Any]],
    tables: dict[tuple[str, str], Columns],
    by_duckdb: dict[str, dict[str, float]],
    patience: float,
) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Seconds of each model that could be made, and why others could not, by name."""
    schema = schema_of(("memory", *key, *column) for key in tables for column in tables[key])
    made: dict[str, dict[str, float]] = {}
    not_made: dict[str, str] = {}
    names = {node["unique_id"]: node["name"] for node in models}
    for node in models:
        name = node["name"]
        parents = [names[key] for key in node["depends_on"]["nodes"] if key in names]
        missing = [parent for parent in parents if parent in not_made]
        if missing:
            not_made[name] = f"reads {', '.join(missing)}"
            continue
        limit = max(patience, PATIENCE * by_duckdb[name]["wall"])
        try:
            made[name] = _make_one(postgres, server, node, schema, limit)
        except (SqlglotError, psycopg2.Error) as error:
            not_made[name] = str(error).strip().splitlines()[0]
    return made, not_made


def _make_one(
    postgres: Connection, server: Server, node: dict[str, Any], schema: MappingSchema, limit: float
) -> dict[str, float]:
    query = to_postgres(node["compiled_code"], schema)
    table = ".".join(key_of(node))
    with postgres.cursor() as cursor:
        cursor.execute(f"set statement_timeout = {round(limit * 1000)}")
        began, spent = time.perf_counter(), cpu_seconds(server)
        cursor.execute(f"create unlogged table {table} as {query}")
        created, rows = time.perf_counter(), cursor.rowcount
        cursor.execute(f"analyze {table}")
        ended = time.perf_counter()
        return {
            "wall": ended - began,
            "cpu": cpu_seconds(server) - spent,
            "analyze": ended - created,
            "rows": rows,
        }


def differences(
    duck: duckdb.DuckDBPyConnection, postgres: Connection, key: tuple[str, str], columns: Columns
) -> list[str]:
    """What differs of the number of rows, of each column's values, and of the sums of numbers."""
    figures = [("rows", "count(*)", 0.0)]
    for name, kind in columns:
        figures.append((f"values of {name}", f'count("{name}")', 0.0))
        if kind == "BOOLEAN":
            figures.append((f"true {name}", f'sum(cast("{name}" as integer))', 0.0))
        elif kind.startswith(("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "HUGEINT")):
            number = f'cast("{name}" as double precision)'
            figures.append((f"sum of {name}", f"sum({number})", TOLERANCE))
    query = f"select {', '.join(figure for _, figure, _ in figures)} from {'.'.join(key)}"
    ours = duck.execute(query.replace("double precision", "double")).fetchone()
    with postgres.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute(query)
        theirs = cursor.fetchone()
    assert ours is not None
    assert theirs is not None
    return [
        f"{name}: {left} on DuckDB, {right} on PostgreSQL"
        for (name, _, tolerance), left, right in zip(figures, ours, theirs, strict=True)
        if not _same(left, right, tolerance)
    ]


def _same(left: float | None, right: float | None, tolerance: float) -> bool:
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)


if __name__ == "__main__":
    main()
