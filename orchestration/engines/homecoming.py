"""Loads tables that another engine built into the company's DuckDB file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.expectations import checks_of

MARTS_SCHEMA = "marts"
_OTHER_SCHEMAS = re.compile(r"\b(?:intermediate|staging)\.(\w+)")


@dataclass(frozen=True)
class BuiltTable:
    """A table to be brought home. `types`: by column, as declared; empty where nothing is."""

    schema: str
    name: str
    types: Mapping[str, str]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


def built_tables(manifest: Path) -> list[BuiltTable]:
    """Every mart, and the tables of other schemas that checks after the build read."""
    needed = {
        name
        for check in (*checks_of(stage="staging"), *checks_of(stage="marts"))
        for name in _OTHER_SCHEMAS.findall(check.sql)
    }
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return [
        BuiltTable(node["schema"], node["name"], _declared_types(node))
        for node in nodes
        if node["resource_type"] in {"model", "seed"}
        and (node["schema"] == MARTS_SCHEMA or node["name"] in needed)
    ]


def _declared_types(node: Mapping[str, Any]) -> dict[str, str]:
    if node["resource_type"] == "seed":
        return dict(node["config"].get("column_types") or {})
    types = {name: column.get("data_type") for name, column in node["columns"].items()}
    return types if types and all(types.values()) else {}


def load_tables(database: Path, tables: Iterable[BuiltTable], folder: Path) -> dict[str, int]:
    """Replace tables of a DuckDB file by their parquet files in `folder/<schema.name>/`.

    Returns rows by table. All or nothing: one transaction.

    Raises:
        ValueError: a file has other columns than the contract of its table.
    """
    rows = {}
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("begin")
        for table in tables:
            connection.execute(f"create schema if not exists {table.schema}")
            rows[table.full_name] = _load(connection, table, folder / table.full_name)
        connection.execute("commit")
    return rows


def _load(connection: duckdb.DuckDBPyConnection, table: BuiltTable, folder: Path) -> int:
    files = f"read_parquet('{folder}/*.parquet')"
    found = [(row[0], row[1]) for row in connection.execute(f"describe from {files}").fetchall()]
    if table.types and set(table.types) != {name for name, _ in found}:
        difference = ", ".join(sorted(set(table.types) ^ {name for name, _ in found}))
        raise ValueError(f"{table.full_name} differs from its contract in columns: {difference}")
    chosen = ", ".join(
        f'cast("{name}" as {table.types.get(name) or _plain(kind)}) as "{name}"'
        for name, kind in found
    )
    connection.execute(f"drop table if exists {table.full_name}")
    connection.execute(f"create table {table.full_name} as select {chosen} from {files}")
    counted = connection.execute(f"select count(*) from {table.full_name}").fetchone()
    return int(counted[0]) if counted else 0


def _plain(kind: str) -> str:
    """Times are UTC everywhere; an engine may write them with the zone."""
    return "timestamp" if kind == "TIMESTAMP WITH TIME ZONE" else kind
