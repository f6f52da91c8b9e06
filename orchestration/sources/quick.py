"""A short way for clean machine-made TSV: typed batches in one pass over all parts, or not at all.

Logs of visits and hits are large and almost always flawless, so most of what `files` does for each
cell finds nothing. Here a cell is cast once; the first cell, line or header that is not plainly
right raises `IrregularError`, and the caller reads the same parts again through `files`, which
says what is wrong with which row. What comes through is exactly what `files` would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import UserError
from orchestration.settings import SANE_DAYS, Company
from orchestration.sources import cells as cell_rules
from orchestration.sources import layout, pii
from orchestration.sources.cells import Reading
from orchestration.sources.contracts import (
    FILE_COLUMN,
    PARTITION_COLUMN,
    Column,
    Pii,
    TableContract,
    Type,
    normalise_header,
)
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    arrow_schema,
    engine,
    reading_of,
    source_settings,
    within,
)

_BATCH_ROWS = 100_000
_TYPES = frozenset({Type.TEXT, Type.INTEGER, Type.DATE, Type.TIMESTAMP})
_PLAIN_TIMESTAMP = 19  # 2026-01-31 18:05:00
_ODD = "_odd"

Header = tuple[str, ...]
"""Names of the columns, as the first line of a part has them."""


class IrregularError(Exception):
    """Something in the parts needs the careful way. No text: the careful way will tell."""


def is_irregular(error: BaseException | None) -> bool:
    """Whether the short way gave up, inside what dlt wraps around it."""
    while error is not None:
        if isinstance(error, IrregularError):
            return True
        error = error.__cause__ or error.__context__
    return False


def suits(company: Company, contract: TableContract) -> bool:
    """Whether a table of tab separated parts may be read the short way."""
    settings = source_settings(company, contract.source)
    return (
        not (contract.is_quoted or contract.generated_id or contract.nulls)
        and contract.day_column is not None
        and not settings.options.get("values")
        and settings.options.get("timezone") in (None, company.timezone)
        and all(
            column.type in _TYPES
            and column.pii in (None, Pii.NETWORK)
            and not (column.allowed or column.synonyms or column.default is not None)
            and not (column.takes_all or column.is_list or column.derived_from)
            and not column.tells_blank
            and not (column.at_most or column.not_before or column.is_tag)
            for column in contract.columns
        )
    )


def suits_file(company: Company, contract: TableContract, file: ExportFile) -> bool:
    """Whether an export file looks like a part of a log: plain text under a plain header."""
    settings = source_settings(company, contract.source)
    if not suits(company, contract) or settings.columns or settings.constants:
        return False
    try:
        if layout.kind_of(file.path, file.name) != "text" or file.path.name.endswith(".gz"):
            return False
        ((header, _),) = _by_header([file.path])
        for column in contract.columns:
            is_told = column.from_file_name or f"{column.name}s" in settings.options
            if _position(column, header) is None and is_told:
                return False
        scan = layout.scan_text(file.path, file.name)
    except (IrregularError, UserError):
        return False
    return scan.is_plain and not scan.has_zeros


def batches(
    company: Company,
    contract: TableContract,
    parts: Sequence[Path],
    *,
    file: str,
    days: Sequence[DateRange],
    outcome: FileOutcome,
) -> Iterator[pa.RecordBatch]:
    """Rows of all parts in batches of `arrow_schema`, those of `days` only.

    `file`: what stands in the column `_file`. `outcome` is complete at the end.

    Raises:
        IrregularError: also after some batches; the caller throws away what it has of them.
    """
    reading = reading_of(company, contract, source_settings(company, contract.source))
    for header, same in _by_header(parts):
        query = _query(contract, reading, header, same, file=file)
        yield from _rows(contract, query, days, outcome, company.hash_key())


def _by_header(parts: Sequence[Path]) -> list[tuple[Header, list[Path]]]:
    """Parts in order, neighbours with equal headers together."""
    groups: list[tuple[Header, list[Path]]] = []
    for part in parts:
        with part.open(encoding="utf-8", errors="replace", newline="") as stream:
            header = tuple(stream.readline().rstrip("\n").split("\t"))
        if groups and groups[-1][0] == header:
            groups[-1][1].append(part)
        else:
            groups.append((header, [part]))
    return groups


def _query(
    contract: TableContract, reading: Reading, header: Header, parts: Sequence[Path], *, file: str
) -> str:
    values, odd = [], []
    for column in contract.columns:
        value, wrong = _value(contract, column, _position(column, header))
        values.append(f'{value} as "{column.name}"')
        odd += [*wrong, *_bounds(column, reading)]
    cells = ", ".join(f"'c{position}': 'varchar'" for position in range(len(header)))
    paths = ", ".join(_literal(str(part)) for part in parts)
    return (
        f"select {', '.join(values)}, {_literal(file)} as {FILE_COLUMN}, "
        f'cast("{contract.day_column}" as date) as {PARTITION_COLUMN}, '
        f"coalesce({' or '.join(odd)}, false) as {_ODD} "
        f"from read_csv([{paths}], auto_detect=false, header=false, skip=1, delim='\t', quote='', "
        f"escape='', columns={{{cells}}}, store_rejects=true)"
    )


def _position(column: Column, header: Header) -> int | None:
    """Where a column stands; None where an optional one is not there."""
    names = {normalise_header(name) for name in (column.name, *column.headers)}
    found = [position for position, name in enumerate(header) if normalise_header(name) in names]
    if len(found) > 1 or (column.required and not found):
        raise IrregularError
    return found[0] if found else None


def _value(contract: TableContract, column: Column, position: int | None) -> tuple[str, list[str]]:
    """SQL of a column, and of what would make its cell odd."""
    if position is None:
        return f"cast(null as {column.type.sql})", []
    cell, name = f"c{position}", f'"{column.name}"'
    if column.type is Type.TEXT:
        return cell_rules._cell(cell, contract), []
    unread = f"({cell} is not null and {name} is null)"
    value = f"try_cast({cell} as {column.type.sql})"
    if column.type is Type.INTEGER:
        # DuckDB rounds 1.5 to 2.
        return f"case when not contains({cell}, '.') then {value} end", [unread]
    if column.type is Type.TIMESTAMP:
        return value, [unread, f"length({cell}) <> {_PLAIN_TIMESTAMP}"]
    return value, [unread]


def _bounds(column: Column, reading: Reading) -> Iterator[str]:
    name = f'"{column.name}"'
    if column.required:
        yield f"{name} is null"
    if column.type in (Type.DATE, Type.TIMESTAMP):
        first, last = reading.first_date, reading.last_date
        if not column.is_event_time:
            first, last = SANE_DAYS
        yield f"{name} < date '{first}' or cast({name} as date) > date '{last}'"
    if column.minimum is not None:
        yield f"{name} < {column.minimum}"
    if column.maximum is not None:
        yield f"{name} > {column.maximum}"


def _rows(
    contract: TableContract,
    query: str,
    days: Sequence[DateRange],
    outcome: FileOutcome,
    key: bytes,
) -> Iterator[pa.RecordBatch]:
    schema = arrow_schema(contract)
    with engine().cursor() as connection:
        try:
            for batch in connection.sql(query).to_arrow_reader(_BATCH_ROWS):
                if pc.any(batch.column(_ODD)).as_py():
                    raise IrregularError
                wanted = _wanted(batch.select(schema.names), days, outcome)
                if len(wanted):
                    yield _without_persons(contract, wanted, key).cast(schema)
        except (duckdb.Error, pa.ArrowException):
            raise IrregularError from None
        rejects = connection.execute("select count(*) from reject_errors").fetchone()
        if rejects is None or rejects[0]:
            raise IrregularError


def _without_persons(contract: TableContract, batch: pa.RecordBatch, key: bytes) -> pa.RecordBatch:
    """Networks in the place of addresses, hashes in the place of contacts in texts."""
    for column in contract.columns:
        place = batch.schema.get_field_index(column.name)
        values = batch.column(place)
        if column.pii is Pii.NETWORK:
            batch = batch.set_column(place, column.name, pii.networks_of(values))
        elif column.is_of_visitors:
            hashed = pii.hash_contacts_within(values, key, is_free_text=column.is_free_text)
            batch = batch.set_column(place, column.name, hashed)
    return batch


def _wanted(
    batch: pa.RecordBatch, days: Sequence[DateRange], outcome: FileOutcome
) -> pa.RecordBatch:
    outcome.rows_good += len(batch)
    if not len(batch):
        return batch
    column = batch.column(PARTITION_COLUMN)
    extent = pc.min_max(column).as_py()
    first, last = extent["min"], extent["max"]
    outcome.first_day = min(outcome.first_day or first, first)
    outcome.last_day = max(outcome.last_day or last, last)
    until = max(end for _, end in days)
    if last >= until:
        outcome.rows_waiting += pc.sum(pc.greater_equal(column, until)).as_py() or 0
    if not any(start <= first and last < end for start, end in days):
        batch = batch.filter(within(column, days))
    outcome.rows_loaded += len(batch)
    return batch


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
