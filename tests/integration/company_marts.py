"""Marts of a small company: its files through the doors, then the dbt project's own SQL.

The project is compiled once a session. A company then needs seconds: only the models that a test
looks at, and what they stand on, are computed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import floor
from orchestration import lake
from orchestration.settings import Company
from orchestration.sources.contracts import REGISTERS
from tests.integration.golden_support import Node, compiled_project
from tests.integration.golden_support_queries import golden_queries


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write an export file or a register; a column that a row lacks is empty in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _nodes() -> dict[str, Node]:
    """Compiled models and seeds of the project, by unique id."""
    return compiled_project(golden_queries).nodes


def mart_names() -> set[str]:
    return {
        node["name"]
        for node in _nodes().values()
        if node["schema"] == "marts" and node["resource_type"] == "model"
    }


def load_all(company: Company) -> list[lake.LoadReport]:
    """Everything the company's folder holds, into its lake."""
    reports = [
        report
        for source in (REGISTERS, *(name for name in company.sources if company.source(name)))
        for report in lake.load(company, source, progress=lambda text: None)
    ]
    lake.write_company_tables(company)
    return reports


def marts_of(company: Company, targets: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the models named, built on the company's lake."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    lake.register(connection, company)
    build(connection, targets)
    return connection


def build(connection: duckdb.DuckDBPyConnection, targets: Iterable[str]) -> None:
    """Make the models named, and all that they stand on, of the raw tables that are there."""
    for schema in floor.SCHEMAS:
        connection.execute(f"create schema {schema}")
    for node in floor.ordered(_nodes(), targets):
        connection.execute(floor.statement(node))


@contextmanager
def loaded_marts(company: Company, targets: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models named, of all that the company's folder holds, no row of it refused; the output
    lies beside the folder."""
    company = company.model_copy(update={"output_root": company.directory.parent / "output"})
    assert sum(report.rows_quarantined for report in load_all(company)) == 0
    with marts_of(company, targets) as connection:
        yield connection
