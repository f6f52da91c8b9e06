"""An export file of any kind as a table of text cells, and where in the file a row stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.errors import UserError
from orchestration.settings import SourceSettings
from orchestration.sources import layout
from orchestration.sources.contracts import TableContract

LocatedRow = tuple[int | None, Sequence[str | None]]
"""Line in the file, from 1 (None if it cannot be told), and the cells of the row."""

_BLOCK = 1 << 20
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
    return {"text": TextTable, "sheet": SheetTable, "parquet": ParquetTable}[kind](place)


@dataclass(frozen=True)
class Reject:
    """A line that has another number of cells than the header, or broken quotes or characters."""

    line: int | None
    text: str
    reason: str
    remedy: str
    is_unclosed_quote: bool = False


class CellTable:
    """A file as a table of text columns c0, c1, ...; `sql` reads it in the order of the file."""

    sql: str
    header: layout.Header

    def __init__(self, place: Place) -> None:
        self._connection = place.connection
        self._contract = place.contract
        self._settings = place.settings
        self._file = place.file

    def rejects(self) -> list[Reject]:
        """Torn lines; complete once `sql` has been read to its end."""
        return []

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        """(line, cells) of rows given by ascending position in `sql`, from 0."""
        raise NotImplementedError


class TextTable(CellTable):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        path, name = place.file.path, place.file.name
        scan = layout.scan_text(path, name)
        if not scan.is_plain:
            path = place.workdir / "transcoded.csv"
            layout.transcode(place.file.path, scan.encoding, path, name)
        self._path = path
        self.header = layout.find_text_header(path, self._contract, self._settings, name)
        self._quoting = layout.quoting_of(self._contract, self.header.delimiter)
        quote = '"' if self._quoting == csv.QUOTE_MINIMAL else ""
        columns = ", ".join(f"'c{i}': 'varchar'" for i in range(len(self.header.cells)))
        quoted_path = str(path).replace("'", "''")
        self.sql = (
            f"read_csv('{quoted_path}', auto_detect=false, header=false, skip={self.header.line}, "
            f"delim='{self.header.delimiter}', quote='{quote}', escape='{quote}', "
            f"columns={{{columns}}}, store_rejects=true)"
        )
        self._rejects: list[Reject] = []

    def rejects(self) -> list[Reject]:
        # The reported line counts a quoted line end as none, but the byte position is exact.
        # Found by trying on DuckDB 2.0: positions are counted from 1.
        found = self._connection.execute(
            "select line_byte_position - 1, min_by(error_type, column_idx), "
            "min_by(csv_line, column_idx), min_by(error_message, column_idx) "
            "from reject_errors group by 1 order by 1"
        ).fetchall()
        positions = [
            position + len(text) - len(text.lstrip("\r\n")) for position, _, text, _ in found
        ]
        lines = self._lines_at(positions)
        self._rejects = [
            self._reject(line, kind, text.strip("\r\n"), message)
            for line, (_, kind, text, message) in zip(lines, found, strict=True)
        ]
        return self._rejects

    def _reject(self, line: int, kind: str, text: str, message: str) -> Reject:
        if kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
            width = len(self.header.cells)
            found = message.rsplit(" ", 1)[-1].rstrip(".")
            return Reject(
                line,
                text,
                f"the line has {found} cells where the header has {width}",
                "mend the line: a cell with a delimiter in it must stand in quotation marks; "
                "if it is the last line, the export was cut off: export it again",
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

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        """A second pass over the file, up to the last row asked for."""
        if not rows:
            return
        torn = {item.line for item in self._rejects}
        wanted = iter(rows)
        target = next(wanted)
        row = -1
        csv.field_size_limit(_LONGEST_CELL)
        with (
            layout.open_binary(self._path) as binary,
            io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="") as text,
        ):
            for _ in range(self.header.line):
                text.readline()
            reader = csv.reader(text, delimiter=self.header.delimiter, quoting=self._quoting)
            before = self.header.line
            for record in reader:
                line, before = before + 1, self.header.line + reader.line_num
                if not record or line in torn:
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


class SheetTable(CellTable):
    """A workbook: the sheet named in the option `sheet`, else the first that has the columns."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        rows = self._read()
        data = rows[self.header.line :]
        width = len(self.header.cells)
        self._cells = pa.table(
            {
                f"c{i}": pa.array([row[i] if i < len(row) else None for row in data], pa.string())
                for i in range(width)
            }
        )
        self._connection.register("sheet_cells", self._cells)
        self.sql = "sheet_cells"

    def _read(self) -> list[list[str | None]]:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

        try:
            book = CalamineWorkbook.from_path(str(self._file.path))
            wanted = self._settings.options.get("sheet")
            names = [wanted] if wanted in book.sheet_names else book.sheet_names
            first_error: UserError | None = None
            for name in names:
                # From the first row on, so that positions are the row numbers people see.
                sheet = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                rows = [[_cell_text(cell) for cell in row] for row in sheet]
                try:
                    self.header = layout.find_sheet_header(
                        rows, self._contract, self._settings, self._file.name
                    )
                except UserError as error:
                    first_error = first_error or error
                else:
                    return rows
        except (CalamineError, OSError, ValueError) as error:
            raise UserError(
                "The workbook is damaged or protected by a password, and cannot be opened",
                file=self._file.name,
                remedy="save it again as XLSX without a password, or export as CSV",
            ) from error
        raise first_error or UserError(
            "The workbook has no sheet", file=self._file.name, remedy="export it again"
        )

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        for row in rows:
            cells = [column[row].as_py() for column in self._cells.columns]
            yield self.header.line + 1 + row, cells


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
        names = [name for name, *_ in described]
        self.header = layout.match_header(
            names,
            1,
            contract=self._contract,
            settings=self._settings,
            shown=self._file.name,
        )
        # Text is what the rules read; lists are written as the CSV exports write them.
        cells = ", ".join(
            f"{_as_text(name, kind)} as c{i}" for i, (name, kind, *_) in enumerate(described)
        )
        self.sql = f"(select {cells} from {source})"
        self._width = len(names)

    def locate(self, rows: list[int]) -> Iterable[LocatedRow]:
        if not rows:
            return []
        wanted = pa.table({"wanted": pa.array(rows, pa.int64())})
        self._connection.register("wanted_rows", wanted)
        found = self._connection.execute(
            f"select _row, {', '.join(f'c{i}' for i in range(self._width))} "
            f"from (select *, row_number() over () - 1 as _row from {self.sql}) "
            "where _row in (select wanted from wanted_rows) order by _row"
        ).fetchall()
        return [(row + 1, list(cells)) for row, *cells in found]


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind.endswith("[]"):
        return f"replace(cast({column} as varchar), ', ', ',')"
    return f"nullif(cast({column} as varchar), '')"
