"""ClickHouse: a server reached over HTTP, which sees the lake under the same path."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.engines.raw_relations import RawRelation, raw_relations
from orchestration.errors import UserError
from orchestration.lake import RAW_SCHEMA
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.contracts import PARTITION_COLUMN

_TYPES = {
    "varchar": "String",
    "bigint": "Int64",
    "double": "Float64",
    "boolean": "Bool",
    "date": "Date32",
    "timestamp": "DateTime64(6)",
    "decimal(18,2)": "Decimal(18, 2)",
    "decimal(18,6)": "Decimal(18, 6)",
}


class ClickHouseEngine:
    def __init__(self, company: Company) -> None:
        self._company = company
        self._settings = company.warehouse.clickhouse

    def prepare(self) -> dict[str, str]:
        if importlib.util.find_spec("clickhouse_connect") is None:
            raise UserError(
                "[warehouse] target is clickhouse, but the package dbt-clickhouse is not installed",
                file=self._company.directory / COMPANY_FILE,
                remedy="install it with: make install-clickhouse",
            )
        return {
            "KPI_CLICKHOUSE_HOST": self._settings.host,
            "KPI_CLICKHOUSE_PORT": str(self._settings.port),
            "KPI_CLICKHOUSE_USER": self._settings.user,
            "KPI_CLICKHOUSE_PASSWORD": self._password(),
            "KPI_CLICKHOUSE_SECURE": str(self._settings.secure),
        }

    def reset(self) -> None:
        """Nothing: dbt replaces each table of the server when it is built anew."""

    def raw_statements(self) -> list[str]:
        views = [
            f"create or replace view {RAW_SCHEMA}.{relation.name} as {_query(relation)}"
            for relation in raw_relations(self._company)
        ]
        return [f"create database if not exists {RAW_SCHEMA}", *views]

    def export_statements(self, tables: Sequence[str], folder: Path) -> list[str]:  # noqa: ARG002
        return []

    def download(self, tables: Sequence[str], folder: Path) -> None:
        """Over HTTP, because a server writes files only inside its own folder."""
        import clickhouse_connect  # noqa: PLC0415 - an optional package

        client: Any = clickhouse_connect.get_client(
            host=self._settings.host,
            port=self._settings.port,
            username=self._settings.user,
            password=self._password(),
            secure=self._settings.secure,
        )
        try:
            for table in tables:
                target = folder / table
                target.mkdir(parents=True, exist_ok=True)
                with (
                    client.raw_stream(f"select * from {table}", fmt="Parquet") as stream,
                    (target / "part-0.parquet").open("wb") as file,
                ):
                    for block in stream:
                        file.write(block)
        finally:
            client.close()

    def close(self) -> None:
        """Nothing is held between statements."""

    def _password(self) -> str:
        name = self._settings.password_env
        if name and name not in os.environ:
            raise UserError(
                f"The environment variable {name}, which holds ClickHouse's password, is not set",
                file=self._company.directory / COMPANY_FILE,
                remedy=f"set {name}, or correct [warehouse.clickhouse] password_env",
            )
        return os.environ.get(name, "") if name else ""


def _query(relation: RawRelation) -> str:
    columns = [(name, _nullable(kind)) for name, kind in relation.columns]
    structure = ", ".join(f"`{name}` {kind}" for name, kind in columns)
    if not relation.files:
        return f"select * from null('{_quoted(structure)}')"
    if relation.folder:
        paths = [relation.folder / f"{PARTITION_COLUMN}=*" / "*.parquet"]
    else:
        paths = list(relation.files)
    return " union all ".join(
        f"select * from file('{path}', Parquet, '{_quoted(structure)}')" for path in paths
    )


def _nullable(kind: str) -> str:
    return f"Nullable({_TYPES[kind]})"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
