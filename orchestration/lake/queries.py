"""Queries that give the stored columns of a raw table, whichever version wrote its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestration.sources.contracts import TableContract

# A column and its SQL type.
TypedColumns = Sequence[tuple[str, str]]


def typed(contract: TableContract, rows: str, *more: str) -> str:
    """A query over rows with just the stored columns of a table, and `more` of the others."""
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    chosen = ", ".join(_cast(name, kind) for name, kind in columns)
    extra = "".join(f", {name}" for name in more)
    return f"select {chosen}{extra} from ({completed_rows(columns, rows)})"


def completed(contract: TableContract, rows: str) -> str:
    """Rows with all stored columns of a table, NULL where parts of older versions lack one."""
    columns = [(column.name, column.sql_type) for column in contract.stored_columns]
    return completed_rows(columns, f"select * from {rows}")


def typed_query(
    columns: TypedColumns,
    source: str | None,
    instead: Mapping[str, str] | None = None,
) -> str:
    """Columns of a source, or no rows of the same types. `instead`: read under another name."""
    if source is None:
        return nothing(columns)
    read = instead or {}
    chosen = ", ".join(
        f'{read[name]} as "{name}"' if name in read else _cast(name, kind) for name, kind in columns
    )
    return f"select {chosen} from {source}"


def completed_rows(columns: TypedColumns, rows: str) -> str:
    """Rows with all columns, also those that parts written under an older contract lack."""
    return f"{nothing(columns)} union all by name {rows}"


def nothing(columns: TypedColumns) -> str:
    nulls = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
    return f"select {nulls} where false"


def _cast(name: str, kind: str) -> str:
    return f'cast("{name}" as {kind}) as "{name}"'
