"""An export file of any kind as a table of text cells, and where in the file a row stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from orchestration.errors import UserError
from orchestration.settings import SourceSettings
from orchestration.sources import layout, workbooks
from orchestration.sources.cells import CURRENCY_SIGNS, bare_number, filled_cell
from orchestration.sources.contracts import NUMBERS, Column, TableContract, Type

_SPACE = " \u00a0\u2009\u202f"
SURE_COMMA = rf"[-+−]?[0-9][0-9.{_SPACE}]*,([0-9]{{1,2}}|[0-9]{{4,}})"
SURE_POINT = rf"[-+−]?[0-9][0-9,{_SPACE}]*\.([0-9]{{1,2}}|[0-9]{{4,}})"
"""Numbers whose decimal sign leaves no doubt; three figures behind it may be thousands."""
_THOUSANDS_AND_COMMA = rf"[-+−]?(0|[0-9]{{4,}}|[0-9]{{1,3}}([.{_SPACE}][0-9]{{3}})+),[0-9]{{3}}"
_THOUSANDS_AND_POINT = rf"[-+−]?(0|[0-9]{{4,}}|[0-9]{{1,3}}([,{_SPACE}][0-9]{{3}})+)\.[0-9]{{3}}"
SURE_COMMA = rf"{SURE_COMMA}|{_THOUSANDS_AND_COMMA}|[-+−]?[0-9]{{1,3}}(\.[0-9]{{3}}){{2,}}"
SURE_POINT = rf"{SURE_POINT}|{_THOUSANDS_AND_POINT}|[-+−]?[0-9]{{1,3}}(,[0-9]{{3}}){{2,}}"
EITHER_COMMA = r"[-+−]?[1-9][0-9]{0,2},[0-9]{3}"
EITHER_POINT = r"[-+−]?[1-9][0-9]{0,2}\.[0-9]{3}"
"""Numbers that are thousands to one reader and have three decimals to another."""
_SIGNS = (
    (SURE_COMMA, rf"{SURE_COMMA}|{EITHER_POINT}"),
    (SURE_POINT, rf"{SURE_POINT}|{EITHER_COMMA}"),
    (EITHER_COMMA, "-"),
    (EITHER_POINT, "-"),
)
"""What tells of decimal commas, points, and nothing sure, in fractions and in whole numbers."""

LocatedRow = tuple[int | None, Sequence[str | None]]
"""Line in the file, from 1 (None if it cannot be told), and the cells of the row."""

_HEADER_ROWS = 50
_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's clock has no zone
_BLOCK = 1 << 20
_PARQUET_NUMBERS = r"(FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$"
_LONGEST_CELL = 1 << 26


@dataclass(frozen=True)
class ExportFile:
    """An export file: where it lies, and its path relative to the company folder, as shown."""

    path: Path
    name: str


@dataclass(frozen=True)
class Place:
    """What a table of cells is made from. `workdir` takes the copy of a file to be transcoded."""

    connection: duckdb.DuckDBPyConnection
    contract: TableContract
    settings: SourceSettings
    file: ExportFile
    workdir: Path


def open_cells(place: Place) -> CellTable:
    """The file as a table of cells, whatever kind it is.

    Raises:
        UserError: the file is empty, damaged, or has not the columns of the contract.
    """
    kind = layout.kind_of(place.file.path, place.file.name)
    if kind == "text" and place.contract.reads_server_logs and is_server_log(place.file.path):
        return ServerLogTable(place)
    return {"text": TextTable, "sheet": SheetTable, "parquet": ParquetTable}[kind](place)


@dataclass(frozen=True)
class Reject:
    """A line that has another number of cells than the header, or broken quotes or characters.

    `is_cut_off`: the file ends inside of it, behind its first cells. `joined_by`: the character
    between several rows in it.
    """

    line: int | None
    text: str
    reason: str
    remedy: str
    is_unclosed_quote: bool = False
    is_cut_off: bool = False
    joined_by: str | None = None


class CellTable:
    """A file as a table of text columns c0, c1, ...; `sql` reads it in the order of the file."""

    sql: str
    header: layout.Header
    has_zeros = False
    """Whether a zero byte stands somewhere in the file."""

    def __init__(self, place: Place) -> None:
        self._connection = place.connection
        self._contract = place.contract
        self._settings = place.settings
        self._file = place.file
        self.remarks: list[tuple[str, str]] = []
        """What was read in one of two possible ways, and the remedy if it was the wrong one."""

    def decimal(self) -> str:
        """The decimal sign of the cells: that of company.toml, else of the file."""
        return self._settings.decimal or "."

    def rejects(self) -> list[Reject]:
        """Torn lines; complete once `sql` has been read to its end."""
        return []

    def swallowed_rows(self, rows_read: int) -> tuple[int, int] | None:  # noqa: ARG002 - of text
        """Line of the first row in one of whose cells further rows lie, and how many; None where
        there is none. `rows_read`: rows and torn lines of the file."""
        return None

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        """(line, cells) of rows of the file given by ascending position, from 0."""
        raise NotImplementedError

    def places(self, rows: list[int]) -> Iterator[LocatedRow]:
        """(line, cells) of rows given by ascending position in `sql`, from 0."""
        wide = self.header.wide
        if not wide:
            yield from self.locate(rows)
            return
        lines = sorted({row // len(wide) for row in rows})
        found = dict(zip(lines, self.locate(lines), strict=True))
        for row in rows:
            line, cells = found[row // len(wide)]
            value, positions = wide[row % len(wide)]
            more = [
                cells[positions[name]] if positions.get(name, len(cells)) < len(cells) else None
                for name in self.header.wide_columns
            ]
            yield line, [*cells[: self.header.width], value, *more]

    def _long(self, sql: str) -> str:
        """Rows of a file, one for each value of the key where the report has a column for each.

        Where a report has no figure for a value, its key is NULL: such a row is blank.
        """
        header = self.header
        if not header.wide:
            return sql
        filled = f"coalesce({', '.join(f'c{i}' for i in range(header.width))}) is not null"
        items = []
        for value, positions in header.wide:
            literal = value.replace("'", "''")
            has_figure = " or ".join(
                f"{filled_cell(f'c{place}', self._contract)} is not null"
                for place in positions.values()
            )
            cells = [f"'k': case when {filled} and ({has_figure}) then '{literal}' end"]
            for number, name in enumerate(header.wide_columns):
                place = positions.get(name)
                cell = "cast(null as varchar)" if place is None else f"c{place}"
                cells.append(f"'v{number}': {cell}")
            items.append(f"{{{', '.join(cells)}}}")
        own = ", ".join(f"c{i}" for i in range(header.width))
        values = "".join(
            f", item.v{number} as c{header.width + 1 + number}"
            for number in range(len(header.wide_columns))
        )
        return (
            f"(select {own}, item.k as c{header.width}{values} "
            f"from (select *, unnest([{', '.join(items)}]) as item from {sql}))"
        )


def _plain_text(place: Place) -> tuple[Path, bool]:
    """The file itself where DuckDB can read it as it is, else a copy in plain UTF-8; and whether it
    holds zero bytes."""
    path, name = place.file.path, place.file.name
    scan = layout.scan_text(path, name)
    if scan.is_plain:
        return path, scan.has_zeros
    encoding = scan.encoding
    if encoding == "cp1251":
        encoding = layout.russian_encoding(path, place.contract, place.settings)
    copy = place.workdir / "transcoded.csv"
    layout.transcode(path, encoding, copy, name)
    return copy, scan.has_zeros


class TextTable(CellTable):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        path, self.has_zeros = _plain_text(place)
        name = place.file.name
        self._path = path
        self.header = layout.find_text_header(path, self._contract, self._settings, name)
        self._quoting = layout.quoting_of(self._contract, self.header.delimiter)
        quote = '"' if self._quoting == csv.QUOTE_MINIMAL else ""
        columns = ", ".join(f"'c{i}': 'varchar'" for i in range(self.header.width))
        quoted_path = str(path).replace("'", "''")
        # DuckDB skips records, and a header may have line ends in its names.
        skipped = layout.records_before_rows(path, self.header, self._contract)
        self.sql = self._long(
            f"read_csv('{quoted_path}', auto_detect=false, header=false, "
            f"skip={skipped}, delim='{self.header.delimiter}', "
            f"quote='{quote}', escape='{quote}', columns={{{columns}}}, store_rejects=true)"
        )
        self._rejects: list[Reject] = []

    def decimal(self) -> str:
        """Where company.toml names none, a comma where numbers cannot be read otherwise: 10,5 has
        no thousands.

        Looked for only in files parted by semicolons, which spreadsheets write where the comma is
        the decimal sign: there a comma is taken for it, unless another number of the file has a
        point. Where only numbers like 1,234 or 1.234 tell, the reading is remarked on.
        """
        if self._settings.decimal:
            return self._settings.decimal
        numbers = {
            position: column.type
            for column in self._contract.columns
            if column.type in NUMBERS
            for position in self.header.present.get(column.name, ())
        }
        if self.header.delimiter != ";" or not numbers:
            return "."
        bare = [f"{bare_number(f'c{i}')} as n{i}" for i in numbers]
        matches = [
            " or ".join(
                f"regexp_full_match(n{i}, '{whole if kind is Type.INTEGER else fraction}')"
                for i, kind in numbers.items()
            )
            for fraction, whole in _SIGNS
        ]
        counts = [f"count(*) filter ({match})" for match in matches]
        rows = self.sql.replace("store_rejects=true", "ignore_errors=true")
        ((commas, points, either_comma, either_point),) = self._connection.execute(
            f"select {', '.join(counts)} from (select {', '.join(bare)} from {rows})"
        ).fetchall()
        sign = "," if (commas or (either_comma and not either_point)) and not points else "."
        if not commas and not points and (either_comma or either_point):
            shown, other = ("1,234", "1.234") if sign == "," else ("1.234", "1,234")
            self.remarks.append(
                (
                    f"only numbers like {shown} tell whether the file has decimal commas or "
                    f"points: {shown} is read as one and 234 thousandths",
                    f'write decimal = "{other[1]}" under [sources.{self._contract.source}] of '
                    f"company.toml if {shown} is a thousand and more",
                )
            )
        return sign

    def rejects(self) -> list[Reject]:
        # The reported line counts a quoted line end as none, but the byte position is exact.
        # Found by trying on DuckDB 2.0: positions are counted from 1.
        found = self._connection.execute(
            "select line_byte_position - 1, min_by(error_type, place), "
            "min_by(csv_line, place), min_by(error_message, place) "
            # What is wrong with a line as a whole has no column.
            "from (select *, coalesce(column_idx, 0) as place from reject_errors) "
            "group by 1 order by 1"
        ).fetchall()
        positions = [
            position + len(text) - len(text.lstrip("\r\n")) for position, _, text, _ in found
        ]
        lines = self._lines_at(positions)
        self._rejects = [
            self._reject(line, kind, text.strip("\r\n"), message)
            for line, (_, kind, text, message) in zip(lines, found, strict=True)
        ]
        if self._rejects and self._is_cut_off(positions[-1], self._rejects[-1]):
            self._rejects[-1] = replace(self._rejects[-1], is_cut_off=True)
        return self._rejects

    def _is_cut_off(self, position: int, last: Reject) -> bool:
        """Whether a torn line has no end, and more than one but not all of the cells.

        A line of one cell may be a note under the table.
        """
        cells = last.text.count(self.header.delimiter) + 1
        if not 1 < cells < self.header.width:
            return False
        with layout.open_binary(self._path) as file:
            file.seek(position)
            return b"\n" not in file.read(_BLOCK)

    def _reject(self, line: int, kind: str, text: str, message: str) -> Reject:
        if kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            width = self.header.width
            found = message.rsplit(" ", 1)[-1].rstrip(".")
            return Reject(
                line,
                text,
                f"the line has {found} cells where the header has {width}",
                "mend the line: a cell with a delimiter in it must stand in quotation marks; "
                "if it is the last line, the export was cut off: export it again",
                joined_by=layout.joined_rows(text, self.header.delimiter, width),
            )
        if kind == "INVALID ENCODING":
            return Reject(
                line,
                text.encode(errors="replace").decode(),
                "the line holds characters that are not UTF-8",
                "export again, or save the file as UTF-8",
            )
        if kind == "UNQUOTED VALUE":
            return Reject(
                line,
                text,
                "the quotation marks of the line do not match",
                "double each quotation mark inside a quoted cell, or export again",
                is_unclosed_quote="\n" in text,
            )
        if kind == "LINE SIZE OVER MAXIMUM":
            return Reject(
                line,
                text,
                "the row is longer than 2,000,000 bytes",
                "shorten the long cell, or export again",
            )
        return Reject(line, text, "the line cannot be read", "mend the line, or export again")

    def _lines_at(self, positions: list[int]) -> list[int]:
        """Line numbers, from 1, of byte positions in ascending order."""
        lines: list[int] = []
        if not positions:
            return lines
        passed, newlines = 0, 0
        with layout.open_binary(self._path) as file:
            chunk = file.read(_BLOCK)
            for position in positions:
                while position >= passed + len(chunk) and chunk:
                    newlines += chunk.count(b"\n")
                    passed += len(chunk)
                    chunk = file.read(_BLOCK)
                lines.append(newlines + chunk[: position - passed].count(b"\n") + 1)
        return lines

    def swallowed_rows(self, rows_read: int) -> tuple[int, int] | None:
        """A quotation mark that a later row closes makes one valid cell of all rows between.

        Looked for in a second pass, only where the file has more lines than rows.
        """
        if self._quoting == csv.QUOTE_NONE or self.header.wide:
            return None
        with layout.open_binary(self._path) as file:
            lines = sum(block.count(b"\n") for block in iter(partial(file.read, _BLOCK), b""))
        if lines <= self.header.last_line + rows_read:
            return None
        places = {
            place
            for column in self._contract.columns
            if column.type in NUMBERS or column.type in (Type.DATE, Type.TIMESTAMP)
            for place in self.header.present.get(column.name, ())
        }
        for line, record in self._records():
            found = layout.rows_in_a_cell(record, self.header, places)
            if found:
                return line, found
        return None

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of each row that is not blank, also of torn ones."""
        csv.field_size_limit(_LONGEST_CELL)
        with (
            layout.open_binary(self._path) as binary,
            io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="") as text,
        ):
            for _ in range(self.header.last_line):
                text.readline()
            reader = csv.reader(text, delimiter=self.header.delimiter, quoting=self._quoting)
            before = self.header.last_line
            for record in reader:
                line, before = before + 1, self.header.last_line + reader.line_num
                if record:
                    yield line, record

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        """A second pass over the file, up to the last row asked for."""
        if not rows:
            return
        torn = {item.line for item in self._rejects}
        wanted = iter(rows)
        target = next(wanted)
        row = -1
        for line, record in self._records():
            if line in torn:
                continue
            row += 1
            if row == target:
                yield line, record
                following = next(wanted, None)
                if following is None:
                    return
                target = following
        for _ in [target, *wanted]:
            yield None, ()


_LOG_LINE = (
    r'^(\S+) \S+ \S+ \[([^\]]+)\] "[A-Z]+ (\S+)[^"]*" [0-9]{3} \S+'
    r'(?: "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"(?: .*)?|(?: [^"]*)?)$'
)
"""The common and the combined log format of Apache and nginx: address, time, page, browser. A line
that breaks off inside of a quotation is neither."""


# A line is read as one cell. Requests of scanners may hold any single control character.
_NO_DELIMITER = "\x1f\x1e\x1d\x1c"


def is_server_log(path: Path) -> bool:
    """Whether the first line of a file is one of a web server's log."""
    with layout.open_binary(path) as file:
        head = file.read(_BLOCK)
    text = head.decode(layout.utf16_of(head) or "utf-8", errors="replace").lstrip("\ufeff")
    return bool(re.match(_LOG_LINE, text.partition("\n")[0].rstrip("\r")))


class ServerLogTable(CellTable):
    """A log of Apache or nginx: no header, and the same columns in every line."""

    _NAMES = ("requested_at", "page", "user_agent", "ip_network")

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        path, self.has_zeros = _plain_text(place)
        self.header = layout.Header(
            self._NAMES, 0, {column: (place,) for place, column in enumerate(self._NAMES)}
        )
        quoted_path = str(path).replace("'", "''")
        lines = (
            f"read_csv('{quoted_path}', auto_detect=false, header=false, "
            f"delim='{_NO_DELIMITER}', quote='', escape='', columns={{'line': 'varchar'}})"
        )
        part = {
            group: f"nullif(nullif(regexp_extract(line, '{_LOG_LINE}', {group}), ''), '-')"
            for group in (1, 2, 3, 4)
        }
        self.sql = (
            # A line of another form has no time, which its row is refused for.
            f"(select coalesce(cast(try_strptime({part[2]}, '%d/%b/%Y:%H:%M:%S %z') as varchar), "
            f"'no line of a log') as c0, {part[3]} as c1, {part[4]} as c2, {part[1]} as c3 "
            f"from {lines})"
        )

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        for row in rows:
            yield row + 1, ()


class SheetTable(CellTable):
    """A workbook: the sheet named in the option `sheet`, else the one that has the columns.

    Hidden sheets are read only when they are named: people hide what is old.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        rows = self._read()
        data = rows[self.header.last_line :]
        width = self.header.width
        columns = self._columns()
        self._cells = pa.table(
            {
                f"c{i}": pa.array(
                    self._texts([row[i] if i < len(row) else None for row in data], columns.get(i)),
                    pa.string(),
                )
                for i in range(width)
            }
        )
        self._connection.register("sheet_cells", self._cells)
        self.sql = self._long("sheet_cells")

    def _texts(self, cells: list[object], column: Column | None) -> list[str | None]:
        """Cells of a column as a file of decimal points would write them.

        A sheet knows its numbers and dates. Numbers and dates that somebody typed as text stand
        beside them, often with the comma of the country.
        """
        if column is None:
            return [_cell_text(cell) for cell in cells]
        if column.type in (Type.DATE, Type.TIMESTAMP, Type.MONTH):
            return [_cell_text(_date_of_number(cell)) for cell in cells]
        if column.type not in NUMBERS:
            return [_cell_text(cell) for cell in cells]
        texts = [cell for cell in cells if isinstance(cell, str)]
        decimal = self._settings.decimal
        if decimal is None:
            bare = [re.sub(CURRENCY_SIGNS, "", text, flags=re.IGNORECASE).strip() for text in texts]
            has_comma = any(re.fullmatch(SURE_COMMA, text) for text in bare)
            has_point = any(re.fullmatch(SURE_POINT, text) for text in bare)
            decimal = "," if has_comma and not has_point else "."
            doubtful = next((text for text in bare if re.fullmatch(EITHER_COMMA, text)), None)
            if doubtful and not has_comma and not has_point:
                self.remarks.append(
                    (
                        f"'{doubtful}' in column '{column.name}' is text, and read as thousands",
                        f'write decimal = "," under [sources.{self._contract.source}] of '
                        "company.toml if it has decimals, or make it a number",
                    )
                )
        if decimal == ".":
            return [_cell_text(cell) for cell in cells]
        return [_with_point(cell) if isinstance(cell, str) else _cell_text(cell) for cell in cells]

    def decimal(self) -> str:
        return "."  # `_texts` wrote them so

    def _refuse_formulas(self, xml: bytes) -> None:
        """A formula that no spreadsheet ever computed reads as an empty cell, silently."""
        read = {place for places in self.header.present.values() for place in places}
        for row, column in workbooks.uncomputed_formulas(xml):
            if row >= self.header.last_line and column in read:
                raise UserError(
                    "The cell holds a formula whose value was never computed",
                    file=self._file.name,
                    line=row + 1,
                    column=self.header.cells[column].strip(),
                    remedy="open the workbook in a spreadsheet program and save it, or export the "
                    "values as CSV",
                )

    def _refuse_shared_sums(
        self, rows: Sequence[Sequence[object]], ranges: Sequence[workbooks.Range]
    ) -> None:
        """A sum over three rows may be that of each or of all: read into each it counts thrice."""
        columns = self._columns()
        for (top, left), (bottom, _) in ranges:
            column = columns.get(left)
            if (
                column
                and column.type in (Type.MONEY, Type.SMALL_MONEY, Type.INTEGER)
                and self.header.last_line <= top < min(bottom, len(rows))
                and rows[top][left] != ""
            ):
                raise UserError(
                    f"The cell is merged over {bottom - top + 1} rows, so it cannot be told "
                    "whether its number is that of each row or of all together",
                    file=self._file.name,
                    line=top + 1,
                    column=self.header.cells[left].strip(),
                    remedy="unmerge the cell, and write the number of each row",
                )

    def _columns(self) -> dict[int, Column]:
        """The columns of the contract by their place in the sheet."""
        return {
            position: column
            for column in self._contract.columns
            for position in self.header.present.get(column.name, ())
        } | {
            position: self._contract.column(name)
            for _, positions in self.header.wide
            for name, position in positions.items()
        }

    def _read(self) -> list[list[object]]:
        path = self._file.path
        book = workbooks.opened(path, self._file.name)
        try:
            name = self._sheet(book)
            sheet = book.get_sheet_by_name(name)
            # From the first row on, so that positions are the row numbers people see.
            rows: list[list[object]] = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or ()
            workbooks.fill_merged(rows, merged)
            self.header = self._header_of(rows)
            xml = workbooks.sheet_xml(path, book.sheet_names.index(name))
            failed = list(workbooks.failed_formulas(path, name, xml))
            if not workbooks.tells_failed_formulas(path, xml):
                self.remarks.append(
                    (
                        "in a workbook of this kind a formula that failed (#N/A) is read as an "
                        "empty cell",
                        "nothing, if it holds no formulas; otherwise save it as XLSX",
                    )
                )
        except workbooks.DAMAGES as error:
            raise workbooks.damaged(self._file.name) from error
        self._refuse_formulas(xml)
        self._refuse_shared_sums(rows, merged)
        for row, column, text in failed:
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
        workbooks.drop_blank_end(rows)
        return rows

    def _header_of(self, rows: Sequence[Sequence[object]]) -> layout.Header:
        texts = [[_cell_text(cell) for cell in row] for row in rows[:_HEADER_ROWS]]
        return layout.find_sheet_header(texts, self._contract, self._settings, self._file.name)

    def _sheet(self, book: CalamineWorkbook) -> str:
        """Name of the sheet that is read."""
        wanted = self._settings.options.get("sheet")
        if wanted in book.sheet_names:
            return str(wanted)
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
        visible = [sheet.name for sheet in sheets if sheet.visible is SheetVisibleEnum.Visible]
        fitting: list[str] = []
        empty: list[str] = []
        first_error: UserError | None = None
        for name in visible:
            try:
                is_filled = self._has_rows(book, name)
            except UserError as error:
                first_error = first_error or error
            else:
                (fitting if is_filled else empty).append(name)
        if len(fitting) > 1:
            raise UserError(
                f"Several sheets have the columns: {', '.join(fitting)}",
                file=self._file.name,
                remedy=f'name one in company.toml, [sources.{self._contract.source}] sheet = "'
                f'{fitting[0]}", or save each sheet as a file of its own',
            )
        if fitting or empty:
            return (fitting or empty)[0]
        for name in (sheet.name for sheet in sheets if sheet.name not in visible):
            if self._has_table(book, name):
                raise UserError(
                    f"Only a hidden sheet has the columns: {name}",
                    file=self._file.name,
                    remedy="show the sheet and save, or name it in company.toml, "
                    f'[sources.{self._contract.source}] sheet = "{name}"',
                )
        raise first_error or UserError(
            "The workbook has no sheet", file=self._file.name, remedy="export it again"
        )

    def _has_table(self, book: CalamineWorkbook, name: str) -> bool:
        try:
            return self._has_rows(book, name)
        except UserError:
            return False

    def _has_rows(self, book: CalamineWorkbook, name: str) -> bool:
        """Whether rows come after the header of a sheet; raises where it has none."""
        sheet = book.get_sheet_by_name(name)
        rows: list[list[object]] = sheet.to_python(skip_empty_area=False, nrows=_HEADER_ROWS)
        workbooks.fill_merged(rows, sheet.merged_cell_ranges or ())
        header = self._header_of(rows)
        return any(cell != "" for row in rows[header.last_line :] for cell in row)

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        for row in rows:
            cells = [column[row].as_py() for column in self._cells.columns]
            yield self.header.last_line + 1 + row, cells


def _date_of_number(cell: object) -> object:
    """The date of a cell that lost its date format: days since 1899-12-30."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 20_000 < cell < 80_000:
        return _SPREADSHEET_EPOCH + timedelta(days=float(cell))
    return cell


def _with_point(text: str) -> str:
    bare = re.sub(CURRENCY_SIGNS, "", text, flags=re.IGNORECASE).strip()
    if re.fullmatch(
        rf"[-+−]?[0-9]{{1,3}}([.{_SPACE}]?[0-9]{{3}})*(,[0-9]+)?|[-+−]?[0-9]+(,[0-9]+)?", bare
    ):
        return re.sub(rf"[.{_SPACE}]", "", bare).replace(",", ".")
    return text


def _cell_text(cell: object) -> str | None:
    """A workbook's cell as an export would write it: 12.0 is 12, times in ISO."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, timedelta):
        return str(int(cell.total_seconds()))
    return str(cell)


class ParquetTable(CellTable):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        path = str(self._file.path).replace("'", "''")
        source = f"read_parquet('{path}', hive_partitioning=false)"
        try:
            described = self._connection.execute(f"describe select * from {source}").fetchall()
        except duckdb.Error as error:
            raise UserError(
                "The parquet file is damaged or cut off",
                file=self._file.name,
                remedy="export or copy the file again",
            ) from error
        cells = nested_cells([(name, kind) for name, kind, *_ in described], self._contract)
        if self.decimal() == ",":
            # Numbers have no sign of their own: only texts are as the company writes them.
            numbers = {name for name, kind, *_ in described if re.match(_PARQUET_NUMBERS, kind)}
            cells = [
                (name, f"replace({text}, '.', ',')" if name in numbers else text)
                for name, text in cells
            ]
        names = [name for name, _ in cells]
        self.header = layout.match_header(
            names,
            1,
            contract=self._contract,
            settings=self._settings,
            shown=self._file.name,
        )
        texts = ", ".join(f"{text} as c{i}" for i, (_, text) in enumerate(cells))
        self._rows = f"(select {texts} from {source})"
        self.sql = self._long(self._rows)
        self._width = len(names)

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        if not rows:
            return []
        wanted = pa.table({"wanted": pa.array(rows, pa.int64())})
        self._connection.register("wanted_rows", wanted)
        found = self._connection.execute(
            f"select _row, {', '.join(f'c{i}' for i in range(self._width))} "
            f"from (select *, row_number() over () - 1 as _row from {self._rows}) "
            "where _row in (select wanted from wanted_rows) order by _row"
        ).fetchall()
        return [(row + 1, list(cells)) for row, *cells in found]


def nested_cells(
    described: Sequence[tuple[str, str]], contract: TableContract
) -> list[tuple[str, str]]:
    """(header, SQL of its text) of every cell of a parquet file, those inside of others too.

    A field of a structure is `device.category`; the value of a key in a list of keys and values,
    as BigQuery exports parameters of events, is `event_params.ga_session_id`. Of such lists only
    the keys that the contract knows are looked up.
    """
    cells: list[tuple[str, str]] = []
    for name, kind in described:
        column = '"' + name.replace('"', '""') + '"'
        cells += _nested(name, column, kind, contract)
    return cells


def _nested(name: str, value: str, kind: str, contract: TableContract) -> list[tuple[str, str]]:
    # BigQuery and DuckDB differ in how a parquet list is wrapped.
    wrapped = re.fullmatch(r'STRUCT\("?list"? STRUCT\("?(element|item)"? (.*)\)\[\]\)', kind)
    if wrapped:
        value = f"list_transform({value}.list, lambda x: x.{wrapped.group(1)})"
        kind = f"{wrapped.group(2)}[]"
    if kind.startswith("STRUCT(") and kind.endswith("[]"):
        fields = dict(_fields(kind[:-2]))
        if set(fields) == {"key", "value"} and fields["value"].startswith("STRUCT("):
            return [
                (f"{name}.{key}", _value_of_key(value, key, fields["value"]))
                for key in _keys_of(name, contract)
            ]
        return [(name, f"cast({value} as varchar)")]
    if kind.startswith("STRUCT(") and kind.endswith(")"):
        return [
            cell
            for field, inner in _fields(kind)
            for cell in _nested(f"{name}.{field}", f'{value}."{field}"', inner, contract)
        ]
    if kind.endswith("[]"):
        # lists are written as the CSV exports write them
        return [(name, f"replace(cast({value} as varchar), ', ', ',')")]
    return [(name, f"nullif(cast({value} as varchar), '')")]


def _keys_of(name: str, contract: TableContract) -> list[str]:
    headers = [header for column in contract.columns for header in column.headers]
    return list(
        dict.fromkeys(
            header.removeprefix(f"{name}.") for header in headers if header.startswith(f"{name}.")
        )
    )


def _value_of_key(value: str, key: str, kind: str) -> str:
    """Text of the one value that is filled in: as text, whole number or fraction."""
    entry = f"list_filter({value}, lambda x: x.key = '{key}')[1].value"
    parts = ", ".join(f'cast({entry}."{field}" as varchar)' for field, _ in _fields(kind))
    return f"nullif(coalesce({parts}), '')"


def _fields(kind: str) -> list[tuple[str, str]]:
    """(name, type) of the fields of `STRUCT(a INTEGER, "b c" STRUCT(...)[])`."""
    fields: list[tuple[str, str]] = []
    depth, start, inside = 0, 0, kind[len("STRUCT(") : -1]
    is_quoted = False
    for i, letter in enumerate(f"{inside},"):
        if letter == '"':
            is_quoted = not is_quoted
        if is_quoted:
            continue
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            part = inside[start:i].strip()
            found = re.match(r'"((?:[^"]|"")*)" (.*)|(\S+) (.*)', part, re.DOTALL)
            if found:
                quoted, quoted_kind, plain, plain_kind = found.groups()
                name = quoted.replace('""', '"') if quoted is not None else plain
                fields.append((name, quoted_kind or plain_kind))
            start = i + 1
    return fields
