"""Worked examples computed by the project's own SQL.

The dbt project is compiled once, together with one small query per example that calls its macros.
Examples of a formula run their query; examples of a mart run the compiled models, in order, on
tables that hold the example's input. Nothing is computed in Python.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import DBT_PROJECT_DIR, WAREHOUSE_VARIABLE
from tests import session

FIXTURE = Path(__file__).parent.parent / "fixtures" / "golden" / "examples.json"
SCHEMAS = ("raw", "seeds", "staging", "intermediate", "marts")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """One worked example; `not_applicable` and `dbt_test` say why it is not computed here."""

    id: str
    source: str
    inputs: dict[str, Any]
    expected: dict[str, Any]
    tolerance: float
    kind: str
    not_applicable: str | None = None
    dbt_test: str | None = None


@cache
def examples() -> dict[str, Example]:
    """All worked examples by id."""
    rows = json.loads(FIXTURE.read_text(encoding="utf-8"))["examples"]
    return {row["id"]: Example(**row) for row in rows}


@dataclass(frozen=True)
class Table:
    """Input of a model: `name` is `schema.table`, `columns` gives SQL types, rows may leave out
    columns (NULL)."""

    name: str
    columns: Mapping[str, str]
    rows: Sequence[Row]


# A node of dbt's manifest.
Node = dict[str, Any]


class CompiledProject:
    """SQL of every model and of every golden query, with references resolved.

    `nodes`: models and seeds by unique id, as the manifest has them.
    """

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes
        self._models = {
            node["name"]: node for node in nodes.values() if node["resource_type"] == "model"
        }

    def sql(self, model: str) -> str:
        """Compiled SQL of a model; KeyError when there is none."""
        return str(self._models[model]["compiled_code"])

    def relation(self, model: str) -> str:
        """`schema.table` that the model becomes."""
        return f"{self._models[model]['schema']}.{model}"

    def query(self, name: str, tables: Iterable[Table] = ()) -> dict[str, Any]:
        """The one row of a golden query."""
        with database(tables) as connection:
            cursor = connection.execute(self.sql(name))
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        assert len(rows) == 1, f"{name} gave {len(rows)} rows"
        return dict(zip(names, rows[0], strict=True))

    def run(self, models: Sequence[str], tables: Iterable[Table]) -> duckdb.DuckDBPyConnection:
        """A database in which the models were built one after the other on the given tables."""
        connection = database(tables)
        for model in models:
            connection.execute(f"create table {self.relation(model)} as {self.sql(model)}")
        return connection


def database(tables: Iterable[Table]) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the tables; every date is read in UTC, as in the real one."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for table in tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
        connection.execute(f"create table {table.name} ({columns})")
        if table.rows:
            marks = ", ".join("?" for _ in table.columns)
            connection.executemany(
                f"insert into {table.name} values ({marks})",
                [[row.get(name) for name in table.columns] for row in table.rows],
            )
    return connection


def company(last_complete_date: date, **settings: Any) -> Table:
    """The company's settings row as the models read it."""
    row = {
        "last_complete_date": last_complete_date,
        "as_of_date": last_complete_date + timedelta(days=1),
        "first_date": date(1990, 1, 1),
        "currency": "RUB",
        "brand": "Brand",
        "timezone": "Europe/Moscow",
        "vat_policy": "net",
        "active_customer_days": 365,
        **settings,
    }
    columns = {
        "last_complete_date": "date",
        "as_of_date": "date",
        "first_date": "date",
        "currency": "varchar",
        "brand": "varchar",
        "timezone": "varchar",
        "vat_policy": "varchar",
        "active_customer_days": "bigint",
    }
    return Table("staging.stg_pipeline__company", columns, [row])


# The CRM and the shop tell of all days.
RECORD_SPANS = Table(
    "intermediate.int_record_spans",
    {
        "record_type": "varchar", "conversion_id": "varchar", "first_day": "date",
        "last_day": "date", "known_from": "date", "known_until": "date",
    },
    [
        {"record_type": kind, "conversion_id": "", "known_from": date(1990, 1, 1)}
        for kind in ("lead", "order", "sale")
    ],
)  # fmt: skip


@cache
def compiled_project(queries: Callable[[], Mapping[str, str]]) -> CompiledProject:
    """The dbt project with `queries()` (name -> Jinja SQL) as additional models, compiled once.

    Raises AssertionError with dbt's own message when it does not compile.
    """

    def compiled() -> dict[str, Node]:
        with tempfile.TemporaryDirectory(prefix="golden-") as folder:
            return _compile(queries(), Path(folder))

    return CompiledProject(session.made_once(f"compiled_{queries.__name__}", compiled))


def _compile(queries: Mapping[str, str], folder: Path) -> dict[str, Node]:
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - two seconds, only when examples run

    project = folder / "project"
    shutil.copytree(
        DBT_PROJECT_DIR, project, ignore=shutil.ignore_patterns("target", "logs", "tests")
    )
    golden = project / "models" / "golden"
    golden.mkdir()
    for name, sql in queries.items():
        (golden / f"{name}.sql").write_text(sql, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, WAREHOUSE_VARIABLE, ":memory:")
        result = dbtRunner().invoke(
            [
                "--quiet", "compile", "--no-introspect", "--select", "resource_type:model",
                "--project-dir", str(project), "--profiles-dir", str(project),
                "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"),
            ]
        )  # fmt: skip
    assert result.success, result.exception or [
        f"{item.node.name}: {item.message}" for item in result.result if item.status == "error"
    ]
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    kinds = ("model", "seed")
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in kinds}


def assert_matches(
    actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: float
) -> None:
    """Compare the keys of `actual` with the example; a missing key of the example is an error."""
    for key, value in actual.items():
        wanted = expected[key]
        if wanted is None or isinstance(wanted, str | bool):
            assert value == wanted, f"{key}: {value!r}, expected {wanted!r}"
        else:
            assert value == pytest.approx(wanted, abs=_allowed(wanted, tolerance), rel=0), key


def _allowed(wanted: float, tolerance: float) -> float:
    """The tolerance, or half the last printed digit of a figure printed with 4-6 digits."""
    digits = len(str(wanted).partition(".")[2])
    return max(tolerance, 0.5000001 * 10**-digits) if digits in (4, 5, 6) else tolerance
