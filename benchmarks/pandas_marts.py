"""The same marts by DuckDB and by pandas: their compiled SQL, translated, from the same raw files.

    python -m benchmarks.pandas_marts --company FOLDER --output FOLDER [--only fct_visits] [--check]

The dbt models stay the one definition: what dbt compiles for DuckDB is translated to pandas
(`benchmarks/pandas_sql.py`), model after model, each kept as a DataFrame until the last that reads
it is made. At the end every row and column of the marts is compared with DuckDB's. Texts, days,
whole numbers and flags must be the same, decimals and doubles to one part in 10^9, which is the
difference that sums in another order and float64 for decimals make.

What speaks for pandas in the comparison, and against it:

- Vectorised methods of pandas, NumPy or Arrow throughout; Python is called for each value only for
  md5 and for the text of a decimal. pandas reads and computes only the columns that something later
  reads, of a model as of a raw file; DuckDB makes every column of every table. A view is computed
  once for all its readers, while DuckDB computes it for each. pandas leaves its tables in memory,
  DuckDB writes them to a file. Money is float64, where DuckDB adds exact decimals. Parsing and
  planning the SQL is not timed. With `--whole` every table has all its columns, as on DuckDB.
- It is a translation: every branch of a `case` is computed for all rows, and a person would write
  some models in another way for pandas, for example with categories for repeated texts. Most of
  pandas works on one core, while DuckDB takes all.

Prints JSON: the costs in all and by model, peak memory, and what differs from DuckDB, which is
nothing. With `--check` each model on the way is compared as well, in the columns that pandas made.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from sqlglot import exp
from sqlglot.schema import MappingSchema

from benchmarks import floor
from benchmarks.measure import cpu_seconds, peak_megabytes
from benchmarks.pandas_sql import (
    Key,
    Table,
    compute,
    kind_of,
    of_frame,
    prepared,
    read_columns,
)
from benchmarks.pandas_values import DAY, TEXT, TIME, Unsupported, Values, as_kind, of_arrow
from benchmarks.postgres_sql import schema_of
from orchestration import lake
from orchestration.lake.day_bundles import BUNDLES
from orchestration.lake.day_files import PART
from orchestration.settings import (
    DBT_PROJECT_DIR,
    OUTPUT_DIR_VARIABLE,
    Company,
    load_company,
)
from orchestration.sources.contracts import CONTRACTS

# What the ratio is taken of: the principal marts, with all that they stand on.
SAME_MARTS = (
    "kpi_traffic_quality_daily",
    "kpi_conversion_daily",
    "kpi_roi_monthly",
    "kpi_retention_cohorts",
    "kpi_browser_retention",
)
# Of a number, and where it is about zero: less than the last digit of any decimal that is kept.
TOLERANCE, LEAST = 1e-9, 1e-10

Node = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.pandas_marts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of companies' output")
    parser.add_argument("--load", action="store_true", help="load the export files first")
    parser.add_argument(
        "--only", nargs="*", default=SAME_MARTS, help="these models and what they stand on"
    )
    parser.add_argument("--check", action="store_true", help="compare every model on the way")
    parser.add_argument(
        "--whole", action="store_true", help="every column of every table, as DuckDB makes them"
    )
    parser.add_argument("--compiled", type=Path, help=floor.COMPILED)
    chosen = parser.parse_args()
    os.environ[OUTPUT_DIR_VARIABLE] = str(chosen.output.resolve())
    company = load_company(chosen.company)
    floor.prepare(company, load=chosen.load)
    compiled = floor.compiled(chosen.compiled)
    costs = run(company, compiled, only=chosen.only, check=chosen.check, is_whole=chosen.whole)
    print(json.dumps(costs))


def run(
    company: Company,
    compiled: dict[str, Node],
    *,
    only: Iterable[str] = (),
    check: bool = False,
    is_whole: bool = False,
) -> dict[str, Any]:
    """Make the models named, or all marts, and what they stand on; compare with DuckDB's.

    Raises:
        benchmarks.pandas_values.Unsupported: a model's SQL has what the translation does not know.
    """
    nodes = floor.ordered(compiled, only)
    wanted = set(only) or {node["name"] for node in nodes if node["schema"] == "marts"}
    with floor.warehouse(company) as (duck, _):
        types = _types(duck, nodes)
    plan = _plan(nodes, types, wanted, is_whole=is_whole)
    if check:
        with floor.warehouse(company) as (duck, _):
            floor.build(duck, nodes)
            models, frames, differing = _make(company, plan, duck)
            peak = peak_megabytes()
    else:
        models, frames, _ = _make(company, plan, None)
        peak = peak_megabytes()
        with floor.warehouse(company) as (duck, _):
            floor.build(duck, nodes)
            differing = {
                node["name"]: found
                for node in nodes
                if node["name"] in wanted
                and (found := differences(duck, key_of(node), frames[key_of(node)]))
            }
    return {
        "wall": sum(cost["wall"] for cost in models.values()),
        "cpu": sum(cost["cpu"] for cost in models.values()),
        "peak_megabytes": peak,
        "models": models,
        "compared": len(nodes) if check else len(wanted),
        "differing": differing,
    }


def key_of(node: Node) -> Key:
    return node["schema"], node["name"]


# --- what to make ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A model or seed, or a raw table (no node), with the columns to make of it."""

    key: Key
    node: Node | None
    tree: exp.Expr | None
    columns: list[str]
    types: dict[str, str]
    parents: set[Key]
    is_wanted: bool


def _types(duck: duckdb.DuckDBPyConnection, nodes: Iterable[Node]) -> dict[Key, dict[str, str]]:
    """DuckDB's types of every table's columns, from tables without rows."""
    for node in nodes:
        if node["resource_type"] == "model":
            name = f'{node["schema"]}."{node["name"]}"'
            duck.execute(f"create table {name} as from ({node['compiled_code']}) limit 0")
        else:
            duck.execute(floor.statement(node))
    return types_of(duck)


def _plan(
    nodes: list[Node], types: dict[Key, dict[str, str]], wanted: set[str], *, is_whole: bool
) -> list[Step]:
    """Steps in their order, each with the columns that a later one reads, or every table whole."""
    schema = schema_for(types)
    read: dict[Key, set[str]] = {}
    steps: list[Step] = []

    def chosen(key: Key, *, every: bool) -> list[str]:
        names = list(types[key])
        # a count of rows reads no column, and needs one
        some = read.get(key, set())
        return names if every else [name for name in names if name in some] or names[:1]

    for node in reversed(nodes):
        key, is_wanted = key_of(node), node["name"] in wanted
        if not is_wanted and not is_whole and key not in read:
            continue
        every = is_wanted or (is_whole and node["config"]["materialized"] != "view")
        columns = chosen(key, every=every)
        tree, parents = None, {}
        if node["resource_type"] == "model":
            tree = prepared(node["compiled_code"], schema, None if every else columns)
            parents = read_columns(tree)
            for parent, names in parents.items():
                read.setdefault(parent, set()).update(names)
        steps.append(Step(key, node, tree, columns, types[key], set(parents), is_wanted))
    raw = [
        Step(key, None, None, chosen(key, every=False), types[key], set(), is_wanted=False)
        for key in read
        if key[0] == lake.RAW_SCHEMA
    ]
    return [*raw, *reversed(steps)]


# --- making it ---------------------------------------------------------------------------------


Costs = dict[str, dict[str, float]]
Kinds = Mapping[str, tuple[str, int]]


def _make(
    company: Company, plan: list[Step], duck: duckdb.DuckDBPyConnection | None
) -> tuple[Costs, dict[Key, Table], dict[str, list[str]]]:
    """Seconds of each model, the marts, and what differs where DuckDB's tables are given."""
    frames: dict[Key, tuple[pd.DataFrame, Kinds]] = {}
    readers = {step.key: 0 for step in plan}
    for step in plan:
        for parent in step.parents:
            readers[parent] += 1
    raw = {step.key: step for step in plan if step.node is None}
    costs: Costs = {}
    differing: dict[str, list[str]] = {}

    def table(key: Key) -> Table:
        if key not in frames:
            made = _raw_table(company, raw[key])
            frames[key] = (made.frame(), made.kinds())
        return of_frame(*frames[key])

    for step in plan:
        if step.node is None:
            continue
        began, spent = time.perf_counter(), cpu_seconds()
        try:
            made = compute(step.tree, table) if step.tree is not None else _seed(step)
        except Unsupported as error:
            raise Unsupported(f"{step.key[1]}: {error}") from error
        frames[step.key] = (made.frame(), made.kinds())
        del made
        for parent in step.parents:
            readers[parent] -= 1
            if not readers[parent]:
                frames.pop(parent, None)
        name = step.key[1]
        costs[name] = {
            "wall": time.perf_counter() - began,
            "cpu": cpu_seconds() - spent,
            "rows": len(frames[step.key][0]),
        }
        if duck is not None:
            found = differences(duck, step.key, of_frame(*frames[step.key]))
            if found:
                differing[name] = found
    marts = {step.key: of_frame(*frames[step.key]) for step in plan if step.is_wanted}
    return costs, marts, differing


def type_kind(duckdb_type: str) -> tuple[str, int]:
    return kind_of(exp.DataType.build(duckdb_type, dialect="duckdb"))


def _seed(step: Step) -> Table:
    assert step.node is not None
    path = DBT_PROJECT_DIR / step.node["original_file_path"]
    frame = pd.read_csv(
        path, usecols=step.columns, dtype=TEXT, keep_default_na=False, na_values=[""]
    )
    columns = {
        name: as_kind(Values("text", frame[name].array), *type_kind(step.types[name]))
        for name in step.columns
    }
    return Table(columns, len(frame))


def _raw_table(company: Company, step: Step) -> Table:
    """The columns of a raw table's files; of another version's files those that they have."""
    kinds = {name: type_kind(step.types[name]) for name in step.columns}
    schema = pa.schema([(name, _arrow_type(step.types[name])) for name in step.columns])
    files = _files(company, step.key[1])
    if files:
        read = ds.dataset(files, format="parquet", schema=schema).to_table()
    else:
        read = schema.empty_table()
    columns = {name: _of_arrow(read[name], *kinds[name]) for name in step.columns}
    return Table(columns, read.num_rows)


def _files(company: Company, name: str) -> list[Path]:
    """Of a raw table: its file for all days where the lake has one, as DuckDB's views read it."""
    pipeline = lake.pipeline_tables(company)
    if name in pipeline:
        return pipeline[name][1]
    bundle = company.paths.lake / BUNDLES / f"{name}.parquet"
    if bundle.exists():
        return [bundle]
    return sorted(lake.table_folder(company, CONTRACTS[name]).glob(f"**/{PART}"))


def _arrow_type(duckdb_type: str) -> pa.DataType:
    kind, _ = type_kind(duckdb_type)
    if duckdb_type.startswith("DECIMAL"):
        precision, scale = duckdb_type.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return {
        "text": pa.string(),
        "int": pa.int64(),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }[kind]


def _of_arrow(column: pa.ChunkedArray, kind: str, scale: int) -> Values:
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if kind == "text":
        return of_arrow(column)
    if kind in ("decimal", "double"):
        numbers = pc.cast(column, pa.float64())
        return Values(kind, numbers.to_numpy(zero_copy_only=False), scale=scale)
    if kind in ("date", "timestamp"):
        return Values(
            kind, column.to_numpy(zero_copy_only=False).astype(DAY if kind == "date" else TIME)
        )
    mask = None
    if column.null_count:
        mask = pc.is_null(column).to_numpy(zero_copy_only=False)
        column = pc.fill_null(column, pa.scalar(0).cast(column.type))
    if kind == "bool":
        return Values("bool", column.to_numpy(zero_copy_only=False), mask)
    return Values("int", pc.cast(column, pa.int64()).to_numpy(zero_copy_only=False), mask)


# --- comparing ---------------------------------------------------------------------------------


def differences(duck: duckdb.DuckDBPyConnection, key: Key, table: Table) -> list[str]:
    """What differs between DuckDB's rows and these, by column, in the columns that these have."""
    types = types_of(duck)[key]
    kinds = {name: type_kind(types[name]) for name in table.columns}
    found = [
        f"{name}: {types[name]} on DuckDB, {values.kind} in pandas"
        for name, values in table.columns.items()
        if values.kind not in (kinds[name][0], "null")
    ]
    if found:
        return found
    theirs = of_duckdb(duck, key, kinds)
    if theirs.rows != table.rows:
        return [f"rows: {theirs.rows} on DuckDB, {table.rows} in pandas"]
    ours, others = _in_order(table), _in_order(theirs)
    for name, (kind, _) in kinds.items():
        left, right = others[name], ours[name]
        if kind in ("decimal", "double"):
            same = np.isclose(
                left.to_numpy(float),
                right.to_numpy(float),
                rtol=TOLERANCE,
                atol=LEAST,
                equal_nan=True,
            )
        else:
            same = np.asarray((left == right).fillna(value=False), bool) | np.asarray(
                left.isna() & right.isna()
            )
        if not same.all():
            at = int(np.flatnonzero(~same)[0])
            found.append(
                f"{name}: {int((~same).sum())} of {table.rows} rows, the first "
                f"{left.iloc[at]} on DuckDB, {right.iloc[at]} in pandas"
            )
    return found


def of_duckdb(duck: duckdb.DuckDBPyConnection, key: Key, kinds: Kinds) -> Table:
    """Columns of a table of DuckDB."""
    as_types = {"double": "double", "decimal": "double", "int": "bigint"}
    selected = ", ".join(
        f'cast("{name}" as {as_types[kind]}) as "{name}"' if kind in as_types else f'"{name}"'
        for name, (kind, _) in kinds.items()
    )
    rows = duck.sql(f'select {selected} from {key[0]}."{key[1]}"').to_arrow_table()
    return Table({name: _of_arrow(rows[name], *kinds[name]) for name in kinds}, rows.num_rows)


def types_of(duck: duckdb.DuckDBPyConnection) -> dict[Key, dict[str, str]]:
    """DuckDB's types of the columns of every table and view."""
    found: dict[Key, dict[str, str]] = {}
    for schema, table, column, kind in duck.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_catalog = 'memory' order by table_schema, table_name, ordinal_position"
    ).fetchall():
        found.setdefault((schema, table), {})[column] = kind
    return found


def schema_for(types: dict[Key, dict[str, str]]) -> MappingSchema:
    return schema_of(
        ("memory", *key, column, kind)
        for key, columns in types.items()
        for column, kind in columns.items()
    )


def _in_order(table: Table) -> pd.DataFrame:
    """Rows sorted by what must be the same, then by numbers to fewer digits than are compared."""
    frame = table.frame()
    kinds = table.kinds()
    numbers = [name for name, (kind, _) in kinds.items() if kind in ("decimal", "double")]
    exact = [name for name in frame if name not in numbers]
    keys = frame[exact].copy()
    for name in numbers:
        keys[name] = frame[name].round(4)
    if keys.columns.empty:
        return frame
    order = keys.sort_values(list(keys.columns), kind="stable").index
    return frame.loc[order].reset_index(drop=True)


if __name__ == "__main__":
    main()
