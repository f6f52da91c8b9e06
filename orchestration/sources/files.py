"""The file door: any export file into typed Arrow batches, with every refused row accounted for.

A file is read once, in columns, by DuckDB. Rows that break a rule of the contract are left out of
the batches; only if there are such rows, a second look finds their lines for the quarantine.
Rows in = rows good + rows refused, always; blank rows and sum lines at the end are neither.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import UserError
from orchestration.settings import Company, SourceSettings
from orchestration.sources import cells as cell_rules
from orchestration.sources import layout, pii, units
from orchestration.sources.cell_tables import CellTable, ExportFile, Place, Reject, open_cells
from orchestration.sources.cells import PROBLEM, ROW_NUMBER, Reading, Rule
from orchestration.sources.contracts import (
    PARTITION_COLUMN,
    REGISTERS,
    Column,
    Pii,
    TableContract,
    tables_of,
)

logger = logging.getLogger(__name__)

DateRange = tuple[date, date]
"""Half-open range of days: first <= day < until."""

EVER: DateRange = (date.min, date.max)

# A file with more refused rows than this is taken for a wrong export, not for a few slips.
REFUSED_ROWS_LIMIT = 10
REFUSED_SHARE_LIMIT = 0.01
REFUSED_SHARE_ALWAYS_LIMIT = 0.20
# A file that fails is wrong all over: its first refused rows tell enough.
RECORDED_ROWS_OF_FAILED_FILE = 10_000

_BATCH_ROWS = 100_000
_SHOWN_VALUE_LENGTH = 100
_SHOWN_WORDS = 12
_ROWS_FOOTER = "Total rows:"

_ARROW_TYPES = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "decimal(18,2)": pa.decimal128(18, 2),
    "decimal(18,6)": pa.decimal128(18, 6),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Problem:
    """A refused row. `value` is the rejected cell, None for personal data; `line` is from 1.

    `day`: what its day column begins with, where that is a date; None where it cannot be told.
    """

    file: str
    line: int | None
    column: str | None
    reason: str
    remedy: str
    value: str | None
    day: date | None = None


@dataclass(frozen=True)
class Remark:
    """What is no fault of a file, but good to know, and what to do if it is not meant so."""

    text: str
    remedy: str


@dataclass
class Currency:
    """Rows in a currency: how many, the place of the first among the file's rows, and the sum of
    each day, of the table's first column of money. `column`: the header over the currencies."""

    row: int
    column: str = ""
    rows: int = 0
    days: dict[date, Decimal] = field(default_factory=dict)
    line: int | None = None


@dataclass
class FileOutcome:
    """What became of a file. `remarks` and `currencies` are filled when it is examined.

    Days are those of all good rows, also of rows whose day is to come.

    `rows_waiting` lie after the wanted days; `rows_loaded` were handed on. `first_future_day`: of
    the rows that are refused since they lie in the future, the day on which the first will not.
    """

    file: str
    rows_good: int = 0
    rows_refused: int = 0
    rows_loaded: int = 0
    rows_waiting: int = 0
    first_day: date | None = None
    last_day: date | None = None
    first_future_day: date | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    currencies: dict[str, Currency] = field(default_factory=dict)


# --- which files ---------------------------------------------------------------------------------


def export_files(company: Company, contract: TableContract) -> list[ExportFile]:
    """Export files of a table, by name: the later name restates the earlier one.

    A source with one table takes every file of `exports/<source>/`. With several tables a file
    belongs to the table its name, or its folder's name, begins with. Registers are
    `registers/<table>.*`.

    Raises:
        UserError: a file of the source belongs to no table, or its name cannot be read.
    """
    folder = (
        company.registers if contract.source == REGISTERS else company.exports / contract.source
    )
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.rglob("*"), key=lambda item: item.relative_to(folder).as_posix()):
        if not path.is_file() or not is_export(path, folder):
            continue
        name = shown_name(company, path)
        if "\ufffd" in name:
            raise UserError(
                "The name of the file is not in UTF-8",
                file=name,
                remedy="rename the file; archives of Windows unpack to such names",
            )
        if table_of(company, path, folder, contract.source, name) == contract.table:
            found.append(ExportFile(path, name))
    return found


def shown_name(company: Company, path: Path) -> str:
    """A path within the company folder, as people are shown it; what is no UTF-8 is U+FFFD."""
    return os.fsencode(path.relative_to(company.directory).as_posix()).decode(errors="replace")


def is_export(path: Path, folder: Path) -> bool:
    """Table files only; not hidden files, nor Excel's `~$` files of open workbooks."""
    return not is_hidden(path, folder) and path.name.lower().endswith(layout.EXPORT_SUFFIXES)


def is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "~$", "_")) for part in path.relative_to(folder).parts)


def table_of(company: Company, path: Path, folder: Path, source: str, shown: str) -> str | None:
    """The table of a file: told by its name or its folder's, else by its header."""
    tables = tables_of(source)
    if len(tables) == 1:
        return tables[0].table
    openings = sorted(
        (
            (_plain_name(opening), table.table)
            for table in tables
            for opening in {table.table, *table.file_names}
        ),
        key=lambda item: -len(item[0]),
    )
    parts = [path.name, *reversed(path.relative_to(folder).parts[:-1])]
    for part in parts:
        for opening, name in openings:
            if _plain_name(part).startswith(opening):
                return name
    if source == REGISTERS:
        return None
    told = _table_of_header(company, path, source, shown)
    if told:
        return told
    for part in parts:
        for opening, name in openings:
            if f"_{opening}" in _plain_name(part):
                return name
    if any(table.takes_any_file for table in tables):
        return _nearest_table(company, path, tables, shown)
    names = ", ".join(table.table for table in tables)
    raise UserError(
        "It cannot be told which table this export file holds",
        file=shown,
        remedy=f"let its name, or its folder's name, begin with one of: {names}",
    )


def _table_of_header(company: Company, path: Path, source: str, shown: str) -> str | None:
    """The table whose columns the header holds; None where none or two fit alike."""
    records = _opening_of(path, shown)
    settings = source_settings(company, source)
    fits = sorted(
        (layout.fit_of(records, table, settings, shown), table.table) for table in tables_of(source)
    )
    (second, _), (best, name) = fits[-2:]
    return name if best > second else None


def _nearest_table(
    company: Company, path: Path, tables: Sequence[TableContract], shown: str
) -> str:
    """The table with the most of its headers in the file, so that the error names what that one
    lacks; of equals the one that takes any file."""
    records = _opening_of(path, shown)
    settings = source_settings(company, tables[0].source)
    nearest = max(
        tables,
        key=lambda table: (
            layout.known_headers(records, table, settings),
            table.takes_any_file,
        ),
    )
    return nearest.table


def _opening_of(path: Path, shown: str) -> Sequence[tuple[tuple[str, ...], str]]:
    """The first records of a file, read once while it stays as it is."""
    status = path.stat()
    return _first_records(path, shown, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=1024)
def _first_records(
    path: Path, shown: str, _state: tuple[int, int]
) -> list[tuple[tuple[str, ...], str]]:
    """First lines of a file in this state; each table of the source asks for them."""
    try:
        return layout.first_records(path, shown)
    except UserError:
        return []  # whoever reads the file says what is wrong with it


def _plain_name(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_").replace("ё", "е")


# --- reading one file ----------------------------------------------------------------------------


def reading_of(company: Company, contract: TableContract, settings: SourceSettings) -> Reading:
    """How cells of a source are read: decimal sign, possible dates, own words."""
    zone = str(settings.options.get("timezone", company.timezone))
    today = datetime.now(tz=ZoneInfo(zone)).date()
    values: Mapping[str, Mapping[str, str]] = settings.options.get("values", {})
    return Reading(
        source=contract.source,
        decimal=settings.decimal or ".",
        date_order=settings.date_order,
        list_separator=settings.list_separator,
        first_date=settings.first_date or company.first_date,
        last_date=max(today, company.as_of_date()),
        timezone=zone,
        company_timezone=company.timezone,
        currency=settings.currency or company.currency,
        values={
            column: {word.casefold(): _as_word(value) for word, value in words.items()}
            for column, words in values.items()
        },
    )


def _as_word(value: object) -> str:
    """A word of company.toml; true and false need no quotes."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def arrow_schema(contract: TableContract) -> pa.Schema:
    """Schema of the batches: the stored columns, then `day` where the table has a day column."""
    fields = [
        pa.field(column.name, _ARROW_TYPES[column.sql_type]) for column in contract.stored_columns
    ]
    if contract.day_column:
        fields.append(pa.field(PARTITION_COLUMN, pa.date32()))
    return pa.schema(fields)


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One DuckDB for all files of a process: to start one costs more than to read a small file.

    Each file is read by a cursor of its own, which has its own list of torn lines.
    """
    return duckdb.connect(config={"preserve_insertion_order": True})


def within(column: pa.Array, days: Sequence[DateRange]) -> pa.Array:
    """Which days of a column lie in one of the ranges; NULL where there is no day."""
    mask = None
    for start, end in days:
        inside = pc.and_(pc.greater_equal(column, start), pc.less(column, end))
        mask = inside if mask is None else pc.or_(mask, inside)
    return mask


class FileReader:
    """Reads one export file; `outcome` is complete when `batches` has ended, or raised.

    `workdir` takes the copy of a file that has to be transcoded; the caller removes it.
    `examines`: whether it is also noted what is no fault but may not be meant so.
    `is_whole`: the file is known to be complete, however its last line looks.
    """

    def __init__(
        self,
        company: Company,
        contract: TableContract,
        file: ExportFile,
        workdir: Path,
        *,
        examines: bool = False,
        is_whole: bool = False,
    ) -> None:
        self._examines = examines
        self._is_whole = is_whole
        self._negative: dict[str, int] = {}
        self._contract = contract
        self._file = file
        self._workdir = workdir
        self._settings = source_settings(company, contract.source)
        self._reading = reading_of(company, contract, self._settings)
        # Who only looks makes no key and keeps no hash.
        self._is_of_people = contract.has_pii or contract.has_visitors_texts
        self._key = company.hash_key() if self._is_of_people and not examines else b""
        self._footers: list[tuple[int | None, str]] = []
        self.outcome = FileOutcome(file.name)

    def batches(self, days: Sequence[DateRange] = (EVER,)) -> Iterator[pa.RecordBatch]:
        """Good rows of the wanted days, in batches of `arrow_schema`.

        Raises:
            UserError: the file cannot be read, was cut off, or too many of its rows are refused;
                the message names file, line, column and remedy.
        """
        with engine().cursor() as connection:
            table = open_cells(
                Place(connection, self._contract, self._settings, self._file, self._workdir)
            )
            self._check_units(table.header)
            bad_rows: list[np.ndarray] = []
            bad_codes: list[np.ndarray] = []
            offset = 0
            for batch in self._typed_batches(connection, table):
                codes = batch.column(PROBLEM)
                if codes.null_count < len(codes):
                    bad = codes.is_valid()
                    rows = self._row_numbers(batch, offset)
                    bad_rows.append(rows[bad.to_numpy(zero_copy_only=False)])
                    bad_codes.append(codes.drop_null().to_numpy(zero_copy_only=False))
                    self._note_future(batch.filter(bad))
                    good = batch.filter(codes.is_null())
                else:
                    good = batch
                if self._examines:
                    self._note(good, self._row_numbers(batch, offset), codes)
                offset += len(batch)
                wanted = self._wanted(good, days)
                if len(wanted):
                    self.outcome.rows_loaded += len(wanted)
                    yield self._finished(wanted)
            rejects = table.rejects()
            swallowed = table.swallowed_rows(offset + len(rejects))
            if swallowed:
                raise self._swallowed(*swallowed)
            self._account(
                table,
                np.concatenate(bad_rows) if bad_rows else np.empty(0, np.int64),
                np.concatenate(bad_codes) if bad_codes else np.empty(0, np.int16),
                rejects,
            )
            if self._examines:
                self._remark(table)
                self._remark_on_blanks(table.header, bad_rows, bad_codes)

    def _note_future(self, bad: pa.RecordBatch) -> None:
        """Remember when the first of the refused rows will no longer lie in the future."""
        codes = bad.column(PROBLEM)
        for code in codes.unique().to_pylist():
            column, rule = cell_rules.decode(code, self._contract)
            if rule is Rule.IN_FUTURE and column.is_event_time:
                days = bad.filter(pc.equal(codes, code)).column(column.name).cast(pa.date32())
                known = self.outcome.first_future_day
                self.outcome.first_future_day = min(known or date.max, pc.min(days).as_py())

    def _remark_on_blanks(
        self, header: layout.Header, rows: Sequence[np.ndarray], codes: Sequence[np.ndarray]
    ) -> None:
        """Days of a report with a column for each goal on which a goal has no figure."""
        if not header.wide or not rows:
            return
        blank = np.concatenate(rows)[np.concatenate(codes) == cell_rules.encode(0, Rule.BLANK)]
        counts = Counter((blank % len(header.wide)).tolist())
        for number, (_, places) in enumerate(header.wide):
            if counts[number]:
                name = header.cells[min(places.values())].strip()
                self.outcome.remarks.append(
                    Remark(
                        f"column '{name}' is blank in {counts[number]:,} rows: no figure is read "
                        "there, and none is not zero",
                        "nothing, if the export leaves such days blank",
                    )
                )

    def _check_units(self, header: layout.Header) -> None:
        """Refuse figures of another unit: thousands of roubles look like roubles."""
        currency: str | None = header.fixed.get("currency", self._reading.currency)
        if "currency" in header.present:
            currency = None
        for name, text in header.units.items():
            unit = units.unit_of(text)
            column = self._contract.column(name)
            wanted = units.wanted(column, unit, currency) if unit else None
            if wanted:
                raise UserError(
                    f"The column is in '{text}', where {wanted} are read",
                    file=self._file.name,
                    line=header.units_line or header.line,
                    column=header.name_of(name),
                    remedy=f"export the column as {wanted}, not in thousands; sums in another "
                    "currency need a column 'currency', or currency under "
                    f"[sources.{self._contract.source}] of company.toml",
                )

    def _note(self, good: pa.RecordBatch, rows: np.ndarray, codes: pa.Array) -> None:
        """Count negative sums, and rows and days of each currency."""
        for column in self._contract.columns:
            if column.negative_means and len(good):
                below = pc.sum(pc.less(good.column(column.name), 0)).as_py() or 0
                self._negative[column.name] = self._negative.get(column.name, 0) + below
        needed = {"currency", PARTITION_COLUMN}
        if not needed <= set(good.schema.names) or next(self._sums(), None) is None:
            return
        places = rows[codes.is_null().to_numpy(zero_copy_only=False)]
        frame = pa.table(
            {
                "currency": good.column("currency"),
                "day": good.column(PARTITION_COLUMN),
                "row": pa.array(places, pa.int64()),
                "sum": good.column(next(self._sums())),
            }
        )
        found = frame.group_by(["currency", "day"]).aggregate(
            [("row", "min"), ("row", "count"), ("sum", "sum")]
        )
        for item in found.to_pylist():
            if item["currency"] and item["day"]:
                known = self.outcome.currencies.setdefault(
                    item["currency"], Currency(item["row_min"])
                )
                known.row = min(known.row, item["row_min"])
                known.rows += item["row_count"]
                known.days[item["day"]] = known.days.get(item["day"], Decimal(0)) + (
                    item["sum_sum"] or 0
                )

    def _sums(self) -> Iterator[str]:
        """Columns of money, those that every row has first."""
        for is_needed in (True, False):
            for column in self._contract.columns:
                if column.is_money and column.required is is_needed:
                    yield column.name

    def _remark(self, table: CellTable) -> None:
        outcome, header = self.outcome, table.header
        for text, remedy in table.remarks:
            outcome.remarks.append(Remark(text, remedy))
        if header.units_line:
            outcome.remarks.append(
                Remark(
                    f"line {header.units_line} names units, and is not read as a row",
                    "nothing, if it holds no figures",
                )
            )
        # A register may well have no row yet.
        is_register = self._contract.source == REGISTERS
        if not outcome.rows_good and not outcome.rows_refused and not is_register:
            outcome.remarks.append(
                Remark(
                    f"the header stands in line {header.line}, and no row comes after it",
                    "export it again, unless there was nothing to export",
                )
            )
        for name, rows in self._negative.items():
            if rows:
                means = self._contract.column(name).negative_means
                outcome.remarks.append(
                    Remark(
                        f"column '{header.name_of(name)}' is below zero in {rows:,} rows: each "
                        f"counts as {means}",
                        "nothing, if that is what they are; otherwise mend the numbers",
                    )
                )
        for column in self._contract.columns:
            own = self._settings.headers_of(self._contract.table, column.name)
            if own and column.name not in {*header.present, *header.fixed}:
                outcome.remarks.append(
                    Remark(
                        f"no column is headed '{own[0]}', which company.toml names for "
                        f"{column.name}",
                        "nothing, if this file does not hold it; otherwise write the header as it "
                        "stands in the file",
                    )
                )
        read = {place for places in header.present.values() for place in places}
        read |= {place for _, places in header.wide for place in places.values()}
        unread = [
            cell.strip()
            for place, cell in enumerate(header.cells)
            if place not in read and cell.strip()
        ]
        known = {*header.present, *header.fixed}
        slips = layout.misspelt(self._contract, known, unread)
        for name, column_name in slips.items():
            outcome.remarks.append(
                Remark(
                    f"the column '{name}' is not read; '{column_name}' may be meant",
                    f"if so, write [sources.{self._contract.source}.columns] "
                    f'{column_name} = "{name}"',
                )
            )
        unread = [name for name in unread if name not in slips]
        if unread:
            more = f" and {len(unread) - _SHOWN_WORDS} more" if len(unread) > _SHOWN_WORDS else ""
            outcome.remarks.append(
                Remark(
                    f"columns that are not read: {', '.join(unread[:_SHOWN_WORDS])}{more}",
                    f"nothing, if they are not needed; otherwise say which column of "
                    f"{self._contract.table} they are: [sources.{self._contract.source}.columns]",
                )
            )
        currencies = sorted(outcome.currencies.values(), key=lambda currency: currency.row)
        located = table.places([currency.row for currency in currencies])
        for currency, (line, _) in zip(currencies, located, strict=True):
            currency.line, currency.column = line, header.name_of("currency")

    def _typed_batches(
        self, connection: duckdb.DuckDBPyConnection, table: CellTable
    ) -> Iterator[pa.RecordBatch]:
        self._reading = replace(self._reading, decimal=table.decimal())
        query = cell_rules.typed_select(
            self._contract,
            self._reading,
            cells=table.sql,
            header=table.header,
            file=self._file.name,
            has_zeros=table.has_zeros,
        )
        try:
            # `sql` takes the text of a query apart in Python, 50 ms for the rules of a wide table:
            # a view leaves that to the engine.
            connection.execute(f"create or replace temp view typed_rows as {query}")
            yield from connection.sql("from typed_rows").to_arrow_reader(_BATCH_ROWS)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            # The text may quote the file's content, so it is told of the company's own words only.
            raise self._unreadable(error) from (None if self._is_of_people else error)

    def _unreadable(self, error: Exception) -> UserError:
        """What stopped the engine: the machine, or the file. Its own text has no cell of the file
        in the first two cases."""
        file = self._file.name
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
            return UserError(
                f"There is not enough memory to read the file ({text})",
                file=file,
                remedy="free memory, or part the file into smaller ones",
            )
        is_of_disk = re.search(r"no space|disk|write|temp|permission|too many open", text, re.I)
        if isinstance(error, (duckdb.IOException, OSError)) and is_of_disk:
            return UserError(
                f"The file cannot be read on this machine ({text})",
                file=file,
                remedy="mend what the text in brackets says (disk space, rights), then run again",
            )
        if isinstance(error, (duckdb.InternalException, duckdb.BinderException)):
            return UserError(
                f"The reader itself failed on this file ({type(error).__name__})",
                file=file,
                remedy="export the file again, as CSV if it was another kind; if that does not "
                "help, report it as a fault of this product",
            )
        detail = "" if self._is_of_people else f": {text[:_SHOWN_VALUE_LENGTH]}"
        return UserError(
            f"The file is damaged or cut off, and cannot be read to its end{detail}",
            file=file,
            remedy="export or copy the file again",
        )

    @staticmethod
    def _row_numbers(batch: pa.RecordBatch, offset: int) -> np.ndarray:
        if ROW_NUMBER in batch.schema.names:
            return batch.column(ROW_NUMBER).to_numpy() - 1
        return np.arange(offset, offset + len(batch))

    def _wanted(self, good: pa.RecordBatch, days: Sequence[DateRange]) -> pa.RecordBatch:
        self.outcome.rows_good += len(good)
        if not self._contract.day_column or not len(good):
            return good
        column = good.column(PARTITION_COLUMN)
        extent = pc.min_max(column).as_py()
        first, last = extent["min"], extent["max"]
        if first is None:
            return good
        outcome = self.outcome
        outcome.first_day = min(outcome.first_day or first, first)
        outcome.last_day = max(outcome.last_day or last, last)
        until = max(end for _, end in days)
        if last >= until:
            outcome.rows_waiting += pc.sum(pc.greater_equal(column, until)).as_py() or 0
        if any(start <= first and last < end for start, end in days):
            return good
        return good.filter(pc.fill_null(within(column, days), not self._contract.by_day))

    def _finished(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Personal columns hashed, working columns gone, types as in the contract."""
        columns: dict[str, pa.Array] = {}
        for column in self._contract.columns:
            values = batch.column(column.name)
            if column.pii in (Pii.PHONE, Pii.EMAIL):
                hashes, status = pii.hash_contacts(values, column.pii.value, self._key)
                columns[f"{column.name}_hash"] = hashes
                columns[f"{column.name}_status"] = status
            elif column.pii is Pii.IDENTIFIER:
                columns[column.name] = pii.hash_personal_identifiers(values, self._key)
            elif column.pii is Pii.NETWORK:
                columns[column.name] = pii.networks_of(values)
            elif self._contract.has_visitors_texts and column.is_of_visitors:
                columns[column.name] = pii.hash_contacts_within(
                    values, self._key, is_free_text=column.is_free_text
                )
            else:
                columns[column.name] = values
        schema = arrow_schema(self._contract)
        for name in schema.names:
            if name not in columns:
                columns[name] = batch.column(name)
        return pa.RecordBatch.from_arrays(
            [columns[item.name].cast(item.type) for item in schema], schema=schema
        )

    # --- refused rows ----------------------------------------------------------------------------

    def _account(
        self,
        table: CellTable,
        rows: np.ndarray,
        codes: np.ndarray,
        rejects: list[Reject],
    ) -> None:
        """Count, locate and name the refused rows; raise when the file as a whole is no good."""
        outcome = self.outcome
        rules = codes % cell_rules.RULES_PER_COLUMN
        torn = [item for item in rejects if not self._is_footer(item.text)]
        counted = ~np.isin(rules, [int(rule) for rule in cell_rules.SILENT_RULES])
        outcome.rows_refused = int(counted.sum()) + len(torn)
        total = outcome.rows_good + outcome.rows_refused
        is_over = self._is_over_limit(total)
        needed = counted
        if any(opening == _ROWS_FOOTER for opening in self._contract.footers):
            needed = counted | (rules == Rule.FOOTER)
        needed_rows, needed_codes = rows[needed], codes[needed]
        order = np.argsort(needed_rows, kind="stable")
        if is_over:
            order = order[:RECORDED_ROWS_OF_FAILED_FILE]
        if len(needed_rows) or rejects:
            self._locate(table, needed_rows[order], needed_codes[order], rejects)
        self._check_row_count(total, int((rules == Rule.REPEATED_HEADER).sum()))
        swallowed = next((item for item in torn if item.is_unclosed_quote), None)
        if swallowed:
            raise UserError(
                "A quotation mark is opened on this line and never closed, so where the rows "
                "after it begin cannot be told",
                file=self._file.name,
                line=swallowed.line,
                remedy="close or remove the quotation mark, or export again",
            )
        joined = next((item for item in torn if item.joined_by), None)
        if joined and joined.joined_by:
            raise layout.rows_in_one_line(joined.joined_by, self._file.name, joined.line)
        cut = next((item for item in torn if item.is_cut_off), None)
        if cut and not self._is_whole:
            raise UserError(
                "The file breaks off inside of its last line, so rows after it may be missing",
                file=self._file.name,
                line=cut.line,
                remedy="export or copy the file again; if the line is no row, take it out",
            )
        if is_over:
            raise self._over_limit(total)

    def _swallowed(self, line: int, rows: int) -> UserError:
        return UserError(
            f"A quotation mark is opened on this line and closed in a later row: {rows:,} rows lie "
            "in one cell",
            file=self._file.name,
            line=line,
            remedy="close or remove the quotation mark, or export again",
        )

    def _is_over_limit(self, total: int) -> bool:
        refused = self.outcome.rows_refused
        if not refused:
            return False
        share = refused / total
        return (
            self.outcome.rows_good == 0
            or share > REFUSED_SHARE_ALWAYS_LIMIT
            or (refused > REFUSED_ROWS_LIMIT and share > REFUSED_SHARE_LIMIT)
        )

    def _over_limit(self, total: int) -> UserError:
        """The error for a file with too many refused rows: its most frequent reason first."""
        problems = self.outcome.problems
        frequency: dict[tuple[str, str | None], int] = {}
        for problem in problems:
            key = (problem.reason, problem.column)
            frequency[key] = frequency.get(key, 0) + 1
        worst = max(frequency, key=lambda key: frequency[key])
        first = next(item for item in problems if (item.reason, item.column) == worst)
        values = list(
            dict.fromkeys(
                item.value
                for item in problems
                if item.value and (item.reason, item.column) == worst
            )
        )
        shown = ", ".join(f"'{value}'" for value in values[:_SHOWN_WORDS])
        more = f" and {len(values) - _SHOWN_WORDS} more" if len(values) > _SHOWN_WORDS else ""
        shown = f" ({shown}{more})" if shown else ""
        return UserError(
            f"{self.outcome.rows_refused:,} of {total:,} rows cannot be used; "
            f"most often: {first.reason}{shown}",
            file=self._file.name,
            line=first.line,
            column=first.column,
            remedy=f"{first.remedy}. All refused rows are listed in the quarantine",
        )

    def _check_row_count(self, total: int, repeated_headers: int) -> None:
        """`Total rows: N` in the footer must be the number of rows in the file."""
        for line, text in self._footers:
            digits = text.removeprefix(_ROWS_FOOTER).split()
            if not digits or not digits[0].isdigit():
                continue
            promised, found = int(digits[0]), total - repeated_headers
            if promised != found:
                raise UserError(
                    f"The export says it has {promised:,} rows, but {found:,} are in the file: "
                    "it was cut off or edited",
                    file=self._file.name,
                    line=line,
                    remedy="export it again",
                )

    def _is_footer(self, text: str) -> bool:
        openings = (*self._contract.footers, *cell_rules.SUM_LINES)
        if text.lstrip('\r\n"').startswith(openings):
            return True
        # Google Analytics names its sums behind the last column: ,,,120,7,Grand total
        return text.rstrip('\r\n"').endswith("Grand total")

    def _locate(
        self,
        table: CellTable,
        rows: np.ndarray,
        codes: np.ndarray,
        rejects: list[Reject],
    ) -> None:
        outcome = self.outcome
        header = table.header
        for reject in rejects:
            if self._is_footer(reject.text):
                self._footers.append((reject.line, reject.text.strip().strip('"')))
                continue
            outcome.problems.append(
                Problem(
                    file=outcome.file,
                    line=reject.line,
                    column=None,
                    reason=reject.reason,
                    remedy=reject.remedy,
                    value=self._shown(reject.text.strip(), is_whole_row=True),
                )
            )
        refused: list[tuple[Column, str, Rule, int | None, str | None, date | None]] = []
        places = zip(rows.tolist(), codes.tolist(), table.places(rows.tolist()), strict=True)
        for row, code, (line, cells) in places:
            column, rule = cell_rules.decode(code, self._contract)
            if rule is Rule.FOOTER:
                self._footers.append((line, (cells[0] or "").strip()))
                continue
            position = self._place_of(column, rule, header, cells)
            value = cells[position] if position is not None and position < len(cells) else None
            name = column.name if position is None else header.cells[position].strip()
            if header.wide and position is not None and position > header.width:
                _, own = header.wide[row % len(header.wide)]
                name = header.cells[own[column.name]].strip() if column.name in own else name
            refused.append((column, name, rule, line, value, self._day_of(cells, header)))
        # A word that many rows have in a closed list is a word of the system, not a shifted name.
        words = Counter(value for _, _, rule, _, value, _ in refused if rule is Rule.NOT_ALLOWED)
        for column, name, rule, line, value, day in refused:
            reason, remedy = cell_rules.explain(rule, column, self._reading, name)
            is_shown = column.pii is None and rule is not Rule.REPEATED_HEADER
            is_word = rule is Rule.NOT_ALLOWED and words[value] > 1
            outcome.problems.append(
                Problem(
                    file=outcome.file,
                    line=line,
                    column=None if rule is Rule.REPEATED_HEADER else name,
                    reason=reason,
                    remedy=remedy,
                    value=self._shown(value, is_word=is_word) if is_shown else None,
                    day=day,
                )
            )
        outcome.problems.sort(key=lambda problem: problem.line or 0)

    def _place_of(
        self, column: Column, rule: Rule, header: layout.Header, cells: Sequence[str | None]
    ) -> int | None:
        """Position of the cell that broke a rule; of a grid, that of the first strange answer."""
        if rule is Rule.NOT_ALLOWED and column.name in header.grids:
            words = cell_rules.answers_of(column, self._reading)
            for position in header.grids[column.name]:
                answer = cells[position] if position < len(cells) else None
                if cell_rules.is_unknown_answer(answer, words):
                    return position
        return header.position_of(column.name)

    def _day_of(self, cells: Sequence[str | None], header: layout.Header) -> date | None:
        position = header.position_of(self._contract.day_column or "")
        if position is None or position >= len(cells):
            return None
        try:
            return date.fromisoformat((cells[position] or "")[:10])
        except ValueError:
            return None

    def _shown(
        self, value: str | None, *, is_whole_row: bool = False, is_word: bool = False
    ) -> str | None:
        """A rejected value for people; None where it is, or may be, personal data.

        In tables with contacts a shifted row can put a phone into any column, and the parameters
        of a link can into those without.
        """
        if not value or (self._contract.has_visitors_texts and pii.holds_contact(value)):
            return None
        if self._contract.has_pii and (
            is_whole_row
            or (pii.looks_personal(value) and not (is_word and re.fullmatch(r"[^\d@]+", value)))
        ):
            return None
        return value[:_SHOWN_VALUE_LENGTH]


def source_settings(company: Company, source: str) -> SourceSettings:
    """Settings of a source; the defaults where company.toml does not name it."""
    return company.sources.get(source, SourceSettings())


def check_file(
    company: Company, contract: TableContract, file: ExportFile, workdir: Path
) -> FileOutcome:
    """Read a file to its end without loading it.

    Raises:
        UserError: as `FileReader.batches`.
    """
    reader = FileReader(company, contract, file, workdir)
    for _ in reader.batches():
        pass
    return reader.outcome


__all__ = [
    "EVER",
    "DateRange",
    "ExportFile",
    "FileOutcome",
    "FileReader",
    "Problem",
    "Remark",
    "arrow_schema",
    "check_file",
    "engine",
    "export_files",
    "is_export",
    "is_hidden",
    "reading_of",
    "shown_name",
    "source_settings",
    "table_of",
    "within",
]
