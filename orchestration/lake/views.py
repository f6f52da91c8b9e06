"""What dbt and the checks see: schema `raw`, a view for each raw table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.lake import day_bundles
from orchestration.lake.company_tables import (
    COMPANY_SCHEMA,
    LOADED_DAYS_SCHEMA,
    PUBLISHED_FIGURES_SCHEMA,
    SOURCE_GAPS_SCHEMA,
    SOURCES_SCHEMA,
    UNREAD_FILES_SCHEMA,
    VAT_RATES_SCHEMA,
    figures_path,
    ledger_path,
    sightings_path,
)
from orchestration.lake.day_files import PART, day_folder, day_states
from orchestration.lake.folders import paths_in_sql, read_days, sql, table_folder
from orchestration.lake.queries import TypedColumns, completed_rows, typed, typed_query
from orchestration.lake.register_ledger import LEDGER_SCHEMA, SIGHTINGS_SCHEMA
from orchestration.lake.reports import LOG_SCHEMA, QUARANTINE_SCHEMA
from orchestration.settings import Company
from orchestration.sources.contracts import CONTRACTS, PARTITION_COLUMN, TableContract, Type

RAW_SCHEMA = "raw"


def register(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Create schema `raw` with one view per raw table, typed alike with and without files.

    The views name absolute paths of the lake, so they are made anew before every build.
    """
    register_pipeline_tables(connection, company)
    for contract in CONTRACTS.values():
        _create_view(connection, contract.name, _contract_query(connection, company, contract))


def register_pipeline_tables(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Create schema `raw` with views of what the pipeline itself writes: settings, logs, days."""
    connection.execute(f"create schema if not exists {RAW_SCHEMA}")
    for name, (columns, found) in pipeline_tables(company).items():
        source = None
        if found:
            # A log that an older version wrote lacks the newest columns.
            rows = f"select * from read_parquet({paths_in_sql(found)}, union_by_name=true)"
            source = f"({completed_rows(columns, rows)})"
        _create_view(connection, name, typed_query(columns, source))


def pipeline_tables(company: Company) -> dict[str, tuple[list[tuple[str, str]], list[Path]]]:
    """Columns with their SQL types, and present files, of the tables the pipeline itself writes."""
    lake = company.paths.lake
    own = {
        "company": (COMPANY_SCHEMA, [lake / "_pipeline" / "company.parquet"]),
        "vat_rates": (VAT_RATES_SCHEMA, [lake / "_pipeline" / "vat_rates.parquet"]),
        "sources": (SOURCES_SCHEMA, [lake / "_pipeline" / "sources.parquet"]),
        "loaded_days": (LOADED_DAYS_SCHEMA, [lake / "_pipeline" / "loaded_days.parquet"]),
        "source_gaps": (SOURCE_GAPS_SCHEMA, [lake / "_pipeline" / "source_gaps.parquet"]),
        "unread_files": (UNREAD_FILES_SCHEMA, [lake / "_pipeline" / "unread_files.parquet"]),
        "load_log": (LOG_SCHEMA, sorted((lake / "_log").glob("*.parquet"))),
        "quarantine": (QUARANTINE_SCHEMA, sorted((lake / "_quarantine").glob("*.parquet"))),
        "published_figures": (PUBLISHED_FIGURES_SCHEMA, [figures_path(company)]),
        "register_ledger": (LEDGER_SCHEMA, [ledger_path(company)]),
        "target_sightings": (SIGHTINGS_SCHEMA, [sightings_path(company)]),
    }
    return {
        name: (
            [(item.name, _sql_type(item.type)) for item in schema],
            [path for path in paths if path.exists()],
        )
        for name, (schema, paths) in own.items()
    }


def _contract_query(
    connection: duckdb.DuckDBPyConnection, company: Company, contract: TableContract
) -> str:
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    table = table_folder(company, contract)
    if not contract.by_day:
        part = table / PART
        if not part.exists():
            return typed_query(columns, None)
        return typed_query(columns, _with_all(columns, f"read_parquet({sql(part)})", part))
    states = day_states(table)
    if not states:
        return typed_query(columns, None)
    # The day of the folder instead of the equal column inside: a filter on it then opens
    # only the files of those days.
    instead: dict[str, str] = {}
    day = contract.day_column
    if day is not None and contract.column(day).type is Type.DATE:
        instead[day] = PARTITION_COLUMN
    bundle = day_bundles.bundle(
        connection,
        company.paths.lake / day_bundles.BUNDLES / f"{contract.name}.parquet",
        states,
        columns,
        lambda some: typed(
            contract,
            f"select * from {read_days([day_folder(table, one) / PART for one in some])}",
            PARTITION_COLUMN,
        ),
        # visits and their like are read by the days that changed
        is_read_whole=contract.subject != "web_analytics",
    )
    if bundle is not None:
        return typed_query(columns, f"read_parquet({sql(bundle)})", instead)
    source = read_days([table / f"{PARTITION_COLUMN}=*" / PART])
    first = day_folder(table, min(states)) / PART
    return typed_query(columns, _with_all(columns, source, first), instead)


def _with_all(columns: TypedColumns, source: str, part: Path) -> str:
    """The source, completed where its first part was written under an older contract."""
    if {name for name, _ in columns} <= set(pq.read_schema(part).names):
        return source
    return f"({completed_rows(columns, f'select * from {source}')})"


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    connection.execute(f'create or replace view {RAW_SCHEMA}."{name}" as {query}')


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return {
        pa.string(): "varchar",
        pa.int64(): "bigint",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.timestamp("us"): "timestamp",
    }[kind]
