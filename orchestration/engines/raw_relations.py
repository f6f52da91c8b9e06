"""What engines other than DuckDB read of the lake: every raw table as files, columns and types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration import lake
from orchestration.lake.day_files import PART, day_folder, days_in
from orchestration.settings import Company
from orchestration.sources.contracts import CONTRACTS, TableContract


@dataclass(frozen=True)
class RawRelation:
    """A table of schema `raw`.

    `columns`: names and types, the types in DuckDB's words (`varchar`, `decimal(18,2)`). Files that
        were written under an older contract may lack the newest columns, which are NULL then.
    `files`: its parquet files; empty when nothing was loaded.
    `folder`: of a table with one folder a day, else None.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    files: tuple[Path, ...]
    folder: Path | None = None


def raw_relations(company: Company) -> Iterator[RawRelation]:
    """Every raw table of the company, also those without files."""
    for contract in CONTRACTS.values():
        yield _contract_relation(company, contract)
    for name, (columns, files) in lake.pipeline_tables(company).items():
        yield RawRelation(name, tuple(columns), tuple(files))


def _contract_relation(company: Company, contract: TableContract) -> RawRelation:
    columns = tuple((column.name, column.sql_type) for column in contract.stored_columns)
    table = lake.table_folder(company, contract)
    if not contract.by_day:
        files = tuple(path for path in [table / PART] if path.exists())
        return RawRelation(contract.name, columns, files)
    files = tuple(day_folder(table, day) / PART for day in days_in(table))
    return RawRelation(contract.name, columns, files, table if files else None)
