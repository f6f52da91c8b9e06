"""Engines beyond one machine that may build the marts instead of DuckDB.

dbt is the only door to an engine: it makes the raw lake visible there, builds and tests the models,
and hands the marts back. Here it is decided what each of these steps needs. The marts are then
loaded into the company's DuckDB file, so that checks, publication and report do not notice where
they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from orchestration.engines.clickhouse import ClickHouseEngine
from orchestration.engines.spark import SparkEngine
from orchestration.settings import Company


class Engine(Protocol):
    """What the pipeline asks of an engine."""

    def prepare(self) -> dict[str, str]:
        """Write the engine's settings; returns the environment that dbt needs.

        Raises:
            UserError: something the engine needs is not installed or not given.
        """

    def reset(self) -> None:
        """Make ready for a build from the start of the process."""

    def raw_statements(self) -> list[str]:
        """SQL that makes every raw table of the lake visible in schema `raw`."""

    def export_statements(self, tables: Sequence[str], folder: Path) -> list[str]:
        """SQL that writes tables (`schema.name`) as parquet to `folder/<schema.name>/`.

        Empty where `download` brings them instead.
        """

    def download(self, tables: Sequence[str], folder: Path) -> None:
        """Fetch tables as parquet to `folder/<schema.name>/`, where no statement does it."""

    def close(self) -> None:
        """Give back what the engine keeps for this process; the steps that follow do without."""


def engine_of(company: Company) -> Engine | None:
    """The engine of `[warehouse] target`, or None for DuckDB, which needs none of this."""
    match company.warehouse.target:
        case "spark":
            return SparkEngine(company)
        case "clickhouse":
            return ClickHouseEngine(company)
        case _:
            return None
