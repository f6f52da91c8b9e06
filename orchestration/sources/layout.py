"""How an export file is laid out: encoding, delimiter, where the header is, which cell is which.

Nothing here reads rows; it looks at a file once from end to end for its encoding and line ends
(a half-written or damaged file shows here), and at its first lines for the header.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import UserError, near_names
from orchestration.settings import SourceSettings
from orchestration.sources import units, workbooks
from orchestration.sources.contracts import (
    REGISTERS,
    Column,
    TableContract,
    Type,
    normalise_header,
    tables_of,
)

Kind = Literal["text", "sheet", "parquet"]

TEXT_SUFFIXES = tuple(
    kind + packed for packed in ("", ".gz") for kind in (".csv", ".tsv", ".txt", ".log")
)
SHEET_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET_SUFFIXES = (".parquet",)
EXPORT_SUFFIXES = TEXT_SUFFIXES + SHEET_SUFFIXES + PARQUET_SUFFIXES

_CHUNK = 1 << 20
_HEAD = 1 << 18
_SMALL_HEAD = 1 << 15
_PREAMBLE_LINES = 50
_DELIMITERS = ("\t", ";", ",", "|")
# How a page begins, also one that a browser saved as one file (MHTML).
_MARKED_UP = (
    rb"(\xef\xbb\xbf)?\s*(<(!--|!doctype|html|head|body|style|\?xml|meta|table)|MIME-Version:)"
)
_ZIP_MAGIC = b"PK\x03\x04"
_SHEET_MAGIC = (_ZIP_MAGIC, b"\xd0\xcf\x11\xe0")
# Every digit and delimiter of UTF-16 has a zero byte; a stray one in other text is no sign of it.
_UTF16_ZEROS = 0.02
# Below it two headers share letters, not a meaning: "изменен" and "имя" have 0.4.
_ALIKE = 0.6
# A header more alike than this to a column that the file lacks is taken for a slip of the hand.
_MISSPELT = 0.8
# The first of equals is taken.
_RUSSIAN_ENCODINGS = ("cp1251", "cp866", "koi8-r")
# DuckDB refuses a longer line, and loses it unseen where two of its buffers share it.
_LONGEST_LINE = 2_000_000
# Characters that some programs write, and few take, for the end of a line.
_ODD_LINE_ENDS = "[\v\f\x1c-\x1e\x85\u2028\u2029]"
_UTF16_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class TextScan:
    """What a look through a text file told. `is_plain`: DuckDB can read it as it is.

    `has_zeros`: somewhere it holds a zero byte, which no text has.
    """

    encoding: str
    is_plain: bool
    has_zeros: bool = False


@dataclass(frozen=True)
class Header:
    """Where the columns of a contract stand in a file.

    `line`: of the header, from 1. `present`: column -> positions of its cells. `fixed`: column ->
    its value in all rows. `derived`: column -> the column that tells it where it is empty.
    `grids`: column -> position -> the item that the answers there are about. `wide`: of a report
    with a column for each value of a key, each value and the positions of its columns; the last of
    `cells` then stand for the key and these columns, and are not in the file. `units`: column ->
    the unit that its header, or the row `units_line` under it, names.
    """

    cells: tuple[str, ...]
    line: int
    present: Mapping[str, tuple[int, ...]]
    delimiter: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    grids: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    wide: tuple[tuple[str, Mapping[str, int]], ...] = ()
    wide_columns: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    units_line: int | None = None

    @property
    def last_line(self) -> int:
        """The line after which the rows begin."""
        return self.units_line or self.line

    @property
    def width(self) -> int:
        """Number of cells in a line of the file."""
        return len(self.cells) - (len(self.wide_columns) + 1 if self.wide else 0)

    def name_of(self, column: str) -> str:
        """The header over a column's cells, or over those it is derived from."""
        position = self.position_of(column)
        return column if position is None else self.cells[position].strip()

    def position_of(self, column: str) -> int | None:
        positions = self.present.get(column) or self.present.get(self.derived.get(column, ""))
        return positions[0] if positions else None


def kind_of(path: Path, shown: str) -> Kind:
    """Kind of a file by its first bytes, which also catches a wrong extension.

    Raises:
        UserError: the file is empty, packed, or a web page.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise UserError(
            "The file is empty (0 bytes)",
            file=shown,
            remedy="export it again; an export that broke off leaves such a file",
        )
    if head.startswith(_ZIP_MAGIC) and not _is_workbook(path):
        raise UserError(
            "The file is a zip archive",
            file=shown,
            remedy="unpack it, and put the files in it here",
        )
    if head.startswith(_SHEET_MAGIC):
        return "sheet"
    if head.startswith(b"\x1f\x8b") and not path.name.lower().endswith(".gz"):
        raise UserError(
            "The file is packed by gzip, though its name does not end in .gz",
            file=shown,
            remedy="unpack it, or add .gz to its name",
        )
    if head.startswith(b"PAR1"):
        return "parquet"
    if re.match(_MARKED_UP, head, re.IGNORECASE):
        raise _marked_up(path, shown)
    if path.name.lower().endswith(SHEET_SUFFIXES + PARQUET_SUFFIXES) and b"\x00" in head:
        raise UserError(
            f"The file is damaged: it does not begin like a {path.suffix} file",
            file=shown,
            remedy="export or copy the file again",
        )
    return "text"


def _is_workbook(path: Path) -> bool:
    """Whether a zip holds what makes it a workbook. One that is cut off is taken for one too: what
    is wrong with it is said where it is opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return True
    return bool({"[Content_Types].xml", "mimetype"} & set(names))


def _marked_up(path: Path, shown: str) -> UserError:
    """The error for a page, or for a table that a system gives the name of a workbook."""
    with path.open("rb") as file:
        head = file.read(_SMALL_HEAD).lower()
    marks = (b"<table", b"schemas-microsoft-com:office", b"x-document-type: workbook")
    if any(mark in head for mark in marks):
        return UserError(
            "The file is a table of a web page or of XML, whatever its name says",
            file=shown,
            remedy="open it in a spreadsheet program and save it as XLSX, or export as CSV",
        )
    return UserError(
        "The file holds a web page, not a table",
        file=shown,
        remedy="download the export again while signed in, and choose CSV or XLSX",
    )


def open_binary(path: Path) -> BinaryIO:
    """The bytes of a text file, unpacked when it is gzip."""
    if path.name.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def scan_text(path: Path, shown: str) -> TextScan:
    """Encoding and line ends of a whole file.

    Raises:
        UserError: a gzip file is cut off or damaged, or a line is too long to be one of a table.
    """
    try:
        with open_binary(path) as file:
            scan, long_line = _scan(file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(
            "The gzip file is cut off or damaged",
            file=shown,
            remedy="export or copy the file again",
        ) from error
    if long_line:
        raise UserError(
            f"The line is longer than {_LONGEST_LINE:,} bytes, so the file is no table",
            file=shown,
            line=long_line,
            remedy="export the file again as CSV; if the line is one of its rows, take it out",
        )
    return scan


def utf16_of(head: bytes) -> str | None:
    """Which kind of UTF-16 the first bytes of a text file are; None where they are none."""
    for mark, encoding in _UTF16_MARKS:
        if head.startswith(mark):
            return encoding
    head = head[:4096]
    if head.count(b"\x00") <= _UTF16_ZEROS * len(head):
        return None
    # A few zero bytes in a short file of another encoding do not stand beside its line ends.
    ends = head.count(b"\n")
    if ends and 2 * (head.count(b"\n\x00") + head.count(b"\x00\n")) < ends:
        return None
    is_little = head.count(b"\x00") == head[1::2].count(b"\x00")
    return "utf-16-le" if is_little else "utf-16-be"


def _scan(file: BinaryIO) -> tuple[TextScan, int | None]:
    """Also the number of the first line that is too long."""
    head = file.read(_CHUNK)
    if encoding := utf16_of(head):
        return TextScan(encoding, is_plain=False), None
    decoder = codecs.getincrementaldecoder("utf-8")()
    other_characters = 0
    has_return = has_bare_newline = has_bare_return = has_zeros = False
    lines, length, long_line = 1, 0, None
    chunk = head
    while chunk:
        if chunk.endswith(b"\r"):  # never part a line end of two characters
            chunk += file.read(1)
        returns = chunk.count(b"\r")
        if returns:
            pairs = chunk.count(b"\r\n")
            has_return = True
            has_bare_return = has_bare_return or returns > pairs
            has_bare_newline = has_bare_newline or chunk.count(b"\n") > pairs
        else:
            has_bare_newline = has_bare_newline or b"\n" in chunk
        has_zeros = has_zeros or b"\x00" in chunk
        if not chunk.isascii():
            try:
                other_characters += len(chunk) - len(decoder.decode(chunk))
            except UnicodeDecodeError:
                if not _is_damaged_utf8(chunk, other_characters):
                    return TextScan("cp1251", is_plain=False, has_zeros=b"\x00" in chunk), None
                # A few broken bytes in a UTF-8 file: their rows are refused, the others are good.
                decoder.reset()
        # Only a line that more than one chunk has a part of can be too long.
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
        length += len(chunk) if first < 0 else first
        if length > _LONGEST_LINE and long_line is None:
            long_line = lines
        if first >= 0:
            length = len(chunk) - 1 - last
        lines += chunk.count(b"\n")
        chunk = file.read(_CHUNK)
    is_plain = not has_bare_return and not (has_return and has_bare_newline)
    # Behind a byte order mark DuckDB 2.0 does not see that a quotation begins: where it takes the
    # closing
    # mark for an opening one, the file ends inside of it, without an error.
    is_plain = is_plain and not head.startswith(codecs.BOM_UTF8 + b'"')
    scan = TextScan("utf-8", is_plain, has_zeros)
    return scan, None if has_bare_return else long_line


def _is_damaged_utf8(chunk: bytes, other_so_far: int) -> bool:
    """UTF-8 with a few broken bytes, as against an 8-bit encoding.

    Russian text in cp1251 hardly ever makes valid UTF-8 pairs, so one kind is always rare.
    """
    text = chunk.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    valid = sum(1 for character in text if ord(character) > 127) - broken + other_so_far
    return valid > 10 * broken


def russian_encoding(path: Path, contract: TableContract, settings: SourceSettings) -> str:
    """Which 8-bit encoding of Russian a file is in: the one in which its header is known best.

    `CSV (MS-DOS)` of Excel is cp866. Where headers do not tell, it is that of Windows.
    """
    with open_binary(path) as file:
        head = file.read(_SMALL_HEAD)
    known = _known(contract, settings)

    def score(encoding: str) -> int:
        lines = re.split("\r\n|\r|\n", head.decode(encoding, errors="replace"))
        return max(
            (
                len({normalise_header(cell) for cell in cells} & known)
                for delimiter in _DELIMITERS
                for cells, _ in _records(lines, delimiter, contract)
            ),
            default=0,
        )

    return max(_RUSSIAN_ENCODINGS, key=score)


def transcode(path: Path, encoding: str, target: Path, shown: str) -> None:
    """Copy a text file as UTF-8 with plain line ends; lines keep their numbers."""
    codec = "utf-8" if encoding == "utf-8" else encoding
    errors = "replace" if encoding == "utf-8" else "strict"
    try:
        with (
            open_binary(path) as source,
            io.TextIOWrapper(source, encoding=codec, errors=errors, newline=None) as text,
            target.open("w", encoding="utf-8", newline="\n") as copy,
        ):
            while block := text.read(_CHUNK):
                copy.write(block.removeprefix("\ufeff"))
    except (UnicodeDecodeError, UnicodeError) as error:
        if isinstance(error, UnicodeDecodeError) and error.reason == "truncated data":
            raise UserError(
                "The file is cut off inside of a character",
                file=shown,
                remedy="export or copy the file again",
            ) from error
        raise UserError(
            "The encoding of the file cannot be told",
            file=shown,
            remedy="save the file as UTF-8 (in Excel: 'CSV UTF-8')",
        ) from error


def find_text_header(
    path: Path, contract: TableContract, settings: SourceSettings, shown: str
) -> Header:
    """The header of a UTF-8 text file, after any preamble.

    Raises:
        UserError: there is none, a required column is missing, or a column comes twice.
    """
    with open_binary(path) as file:
        head = file.read(_HEAD).decode("utf-8-sig", errors="replace")
    lines = head.split("\n")
    found = [
        (cells, line, delimiter)
        for delimiter in _DELIMITERS
        for cells, line in _records(lines, delimiter, contract)
    ]
    try:
        return _best_header(found, contract, settings, shown)
    except UserError:
        for number, line in enumerate(lines[:_PREAMBLE_LINES], start=1):
            for delimiter in _DELIMITERS:
                width = re.split(_ODD_LINE_ENDS, line)[0].count(delimiter) + 1
                if width > 1 and (joined := joined_rows(line, delimiter, width)):
                    raise rows_in_one_line(joined, shown, number) from None
        raise


def _best_header(
    found: list[tuple[tuple[str, ...], int, str]],
    contract: TableContract,
    settings: SourceSettings,
    shown: str,
) -> Header:
    """The most likely of the (cells, line, delimiter) that may be the header, matched."""
    best = _best(found, contract, settings)
    if best is None:
        raise _no_header(contract, shown, found)
    return match_header(
        best.cells,
        best.line,
        contract=contract,
        settings=settings,
        shown=shown,
        delimiter=best.delimiter,
        groups=best.groups,
        units_row=(best.units, best.units_line),
    )


def joined_rows(line: str, delimiter: str, width: int) -> str | None:
    """The character that stands in a line where its rows of `width` cells end, such as U+2028;
    None where the line is one row."""
    parts = re.split(f"({_ODD_LINE_ENDS})", line)
    whole = [part.count(delimiter) + 1 == width for part in parts[::2]]
    return f"U+{ord(parts[1]):04X}" if len(whole) > 1 and sum(whole) > 1 else None


def rows_in_a_cell(record: Sequence[str], header: Header, places: Set[int]) -> int:
    """Number of further rows inside of a cell of this row, whose quotation mark a later row closes.

    `places`: of columns that hold days or numbers. Text of several lines has no digits just there.
    """
    for place, cell in enumerate(record):
        if "\n" not in cell:
            continue
        first, *between, last = (
            part.rstrip("\r").split(header.delimiter) for part in cell.split("\n")
        )
        rows = [[*record[:place], *first], *between, [*last, *record[place + 1 :]]]
        if all(len(row) == header.width and _has_figures(row, places) for row in rows):
            return len(rows) - 1
    return 0


def _has_figures(row: Sequence[str], places: Set[int]) -> bool:
    """Whether the cells of days and numbers are those of a row: some filled, and with digits."""
    filled = [cell for place, cell in enumerate(row) if place in places and cell.strip()]
    return bool(filled) and all(re.search(r"\d", cell) for cell in filled)


def rows_in_one_line(character: str, shown: str, line: int | None) -> UserError:
    return UserError(
        f"The line holds several rows, parted by {character}, which ends no line of a table",
        file=shown,
        line=line,
        remedy="save the file with ordinary line ends, or export it again as CSV",
    )


def find_sheet_header(
    rows: Sequence[Sequence[str | None]],
    contract: TableContract,
    settings: SourceSettings,
    shown: str,
) -> Header:
    """The header among the first rows of a sheet; raises as `find_text_header`."""
    found = [
        (tuple(cell or "" for cell in row), line, "")
        for line, row in enumerate(rows[:_PREAMBLE_LINES], start=1)
    ]
    return _best_header(found, contract, settings, shown)


def first_records(path: Path, shown: str) -> list[tuple[tuple[str, ...], str]]:
    """(cells, delimiter) of the first lines of a file of any kind, each text line as every
    delimiter would part it.

    Raises:
        UserError: the file is empty, damaged or a web page.
    """
    kind = kind_of(path, shown)
    if kind == "parquet":
        try:
            return [(tuple(pq.read_schema(path).names), "")]
        except (pa.ArrowException, OSError) as error:
            raise UserError(
                "The parquet file is damaged or cut off",
                file=shown,
                remedy="export or copy the file again",
            ) from error
    if kind == "sheet":
        try:
            sheets = workbooks.opened(path, shown)
            return [
                (tuple(str(cell) for cell in row), "")
                for name in sheets.sheet_names
                for row in sheets.get_sheet_by_name(name).to_python(nrows=_PREAMBLE_LINES)
            ]
        except workbooks.DAMAGES as error:
            raise workbooks.damaged(shown) from error
    try:
        with open_binary(path) as file:
            head = file.read(_SMALL_HEAD)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return []
    encoding = next((name for mark, name in _UTF16_MARKS if head.startswith(mark)), "utf-8-sig")
    text = head.decode(encoding, errors="replace")
    if encoding == "utf-8-sig" and text.count("\ufffd") > 1:
        text = head.decode("cp1251", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_PREAMBLE_LINES]
    records: list[tuple[tuple[str, ...], str]] = []
    for delimiter in _DELIMITERS:
        try:
            rows = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
            records += [(tuple(row), delimiter) for row in rows]
        except csv.Error:
            continue
    return records


def fit_of(
    records: Sequence[tuple[tuple[str, ...], str]],
    contract: TableContract,
    settings: SourceSettings,
    shown: str,
) -> int:
    """How many columns of a table stand in a header among the records; 0 where one is missing
    that the table cannot do without."""
    best = _best([(cells, 1, delimiter) for cells, delimiter in records], contract, settings)
    if best is None:
        return 0
    try:
        header = match_header(
            best.cells,
            1,
            contract=contract,
            settings=settings,
            shown=shown,
            groups=best.groups,
        )
    except UserError:
        return 0
    return len(header.present) + len(header.wide)


def known_headers(
    records: Sequence[tuple[tuple[str, ...], str]],
    contract: TableContract,
    settings: SourceSettings,
) -> int:
    """How many headers of a table the likeliest header among the records has, whole or not."""
    best = _best([(cells, 1, delimiter) for cells, delimiter in records], contract, settings)
    if best is None:
        return 0
    names = {normalise_header(units.parted(cell)[0]) for cell in best.cells}
    names |= {normalise_header(cell) for cell in best.cells}
    return len(names & _known(contract, settings))


def records_before_rows(path: Path, header: Header, contract: TableContract) -> int:
    """How many records a text file has up to the line after which its rows begin: fewer than lines
    where a header has line ends inside of quotation marks."""
    with open_binary(path) as file:
        lines = file.read(_HEAD).decode("utf-8-sig", errors="replace").split("\n")
    ends = (line for _, line in _records(lines, header.delimiter, contract))
    return sum(1 for end in ends if end <= header.last_line)


def quoting_of(contract: TableContract, delimiter: str) -> Literal[0, 3]:
    """Whether `"` encloses cells, for `csv`. Re-saved as CSV, even Metrica's export quotes."""
    return csv.QUOTE_MINIMAL if contract.is_quoted or delimiter != "\t" else csv.QUOTE_NONE


def _records(
    lines: list[str], delimiter: str, contract: TableContract
) -> Iterator[tuple[tuple[str, ...], int]]:
    reader = csv.reader(
        (f"{line}\n" for line in lines[:_PREAMBLE_LINES]),
        delimiter=delimiter,
        quoting=quoting_of(contract, delimiter),
    )
    try:
        for record in reader:
            yield tuple(record), reader.line_num
    except csv.Error:
        return


@dataclass(frozen=True)
class _Head:
    """The header line, or two of them as one. `groups`: what stands over each cell, "" for nothing.

    `line`: of the last of them. `units`: cells of the row of units under it, which is `units_line`.
    """

    cells: tuple[str, ...]
    line: int
    delimiter: str
    groups: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    units_line: int | None = None


_Found = Sequence[tuple[tuple[str, ...], int, str]]


def _best(found: _Found, contract: TableContract, settings: SourceSettings) -> _Head | None:
    """The header among the records, and the row of units right under it."""
    head = _head(found, contract, settings)
    if head is None or head.units:
        return head
    for cells, line, delimiter in found:
        if delimiter == head.delimiter and line > head.line:
            if units.are_units(cells):
                return replace(head, units=cells, units_line=line)
            break
    return head


def _head(found: _Found, contract: TableContract, settings: SourceSettings) -> _Head | None:
    """The record with the most known headers; of equals the earliest. Two lines are one header
    where only both together have them, or where the second parts the columns of the first."""
    known = _known(contract, settings)

    def score(cells: Sequence[str]) -> int:
        names = {normalise_header(cell) for cell in cells}
        bare = {normalise_header(units.parted(cell)[0]) for cell in cells}
        return len((names | bare) & known)

    def are_neighbours(index: int) -> bool:
        """Whether a record follows on the one before."""
        return index > 0 and found[index][2] == found[index - 1][2] and any(found[index - 1][0])

    if not found:
        return None
    scores = [score(cells) for cells, _, _ in found]
    top = max(scores)
    for index, (cells, line, delimiter) in enumerate(found):
        if are_neighbours(index):
            joined, groups = _joined(found[index - 1][0], cells, known)
            if score(joined) > top:
                return _Head(joined, line, delimiter, groups)
    if not top:
        return None
    index = scores.index(top)
    cells, line, delimiter = found[index]
    after = index + 1
    if after < len(found) and are_neighbours(after):
        below = found[after][0]
        if _parts_columns(cells, below):
            joined, groups = _joined(cells, below, known)
            named = tuple(cell if units.unit_of(cell) else "" for cell in below)
            return _Head(joined, found[after][1], delimiter, groups, named)
    if are_neighbours(index):
        joined, groups = _joined(found[index - 1][0][: len(cells)], cells, known)
        if score(joined) >= top:
            return _Head(joined, line, delimiter, groups)
    return _Head(cells, line, delimiter)


def _joined(
    above: Sequence[str], below: Sequence[str], known: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names, groups) of a header of two lines: a cell of the upper one stands over all named
    cells up to the next; a name without anything below is that of its column."""
    width = max(len(above), len(below))
    upper = [*(cell.strip() for cell in above), *[""] * (width - len(above))]
    lower = [*(cell.strip() for cell in below), *[""] * (width - len(below))]
    names: list[str] = []
    groups: list[str] = []
    group = ""
    for place, (high, low) in enumerate(zip(upper, lower, strict=True)):
        group = high or (group if low else "")
        is_alone = place + 1 == width or bool(upper[place + 1]) or not lower[place + 1]
        is_unit = (
            is_alone and normalise_header(high) in known and normalise_header(low) not in known
        )
        if not low or low == high or is_unit:
            names.append(high)
            groups.append("")
        else:
            names.append(low)
            groups.append(group)
    return tuple(names), tuple(groups)


def _parts_columns(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the line under a header names parts of its columns: it has words where the header
    has nothing, no figures, and nothing of its own in the first column."""
    width = max(len(cells), len(below))
    heads = [*(cell.strip() for cell in cells), *[""] * (width - len(cells))]
    filled = [(place, cell.strip()) for place, cell in enumerate(below) if cell.strip()]
    first = next(place for place, head in enumerate(heads) if head)
    return (
        any(not heads[place] and any(heads[:place]) for place, _ in filled)
        and not any(re.fullmatch(r"[\W\d_]*", cell) for _, cell in filled)
        and all(cell == heads[first] for place, cell in filled if place == first)
    )


def _known(contract: TableContract, settings: SourceSettings) -> set[str]:
    """Every header that is one of the table's columns, normalised."""
    return {
        name for column in contract.columns for name in _accepted(contract, column.name, settings)
    }


def _accepted(contract: TableContract, column: str, settings: SourceSettings) -> list[str]:
    """Normalised headers of a column, those of company.toml first."""
    own = settings.headers_of(contract.table, column)
    names = [*own, column, *contract.column(column).headers]
    return list(dict.fromkeys(normalise_header(name) for name in names))


@dataclass(frozen=True)
class _HeaderLine:
    """The header of a file, and the place of it. `groups`: as in `_Head`."""

    cells: Sequence[str]
    groups: Sequence[str]
    file: str
    line: int

    @cached_property
    def names(self) -> list[str]:
        return [normalise_header(cell) for cell in self.cells]

    @cached_property
    def grouped_names(self) -> list[str]:
        pairs = zip(self.groups, self.cells, strict=False)
        return [normalise_header(f"{group}/{cell}") for group, cell in pairs]

    @cached_property
    def bare_names(self) -> list[str]:
        """Names without the units beside them."""
        return [normalise_header(units.parted(cell)[0]) for cell in self.cells]

    def places(self, name: str, column: Column) -> list[int]:
        """Where a normalised name stands: alone, behind its group, or in front of a unit.

        `Users, %` is a figure of its own beside that of users.
        """
        for names in (self.names, self.grouped_names):
            if found := [place for place, cell in enumerate(names) if cell == name]:
                return found
        found = [place for place, cell in enumerate(self.bare_names) if cell == name]
        return [
            place
            for place in found
            if column.type is Type.RATE
            or getattr(units.unit_of(units.parted(self.cells[place])[1]), "kind", "") != "percent"
        ]


def _positions(
    column: Column, header: _HeaderLine, contract: TableContract, settings: SourceSettings
) -> tuple[tuple[int, ...], dict[int, str]]:
    """(positions of a column's cells, those of them that are a grid with its items).

    Raises:
        UserError: it comes twice, or two headers may be it.
    """
    cells = header.cells
    found: list[int] = []
    grid: dict[int, str] = {}
    certain = _certain(contract, column.name, settings)
    for name in _accepted(contract, column.name, settings):
        positions = header.places(name, column)
        if column.takes_all or column.is_list:
            if column.synonyms and not positions:
                grid |= (asked := _grid(cells, name))
                positions = [*asked]
            found += [place for place in positions if place not in found]
            continue
        if len(positions) > 1:
            raise _twice(column, positions, header, contract.source)
        found += [place for place in positions if place not in found]
        if positions and name in certain:
            return tuple(found[:1]), {}
    if column.takes_all or column.is_list:
        return tuple(found), grid
    if len(found) > 1:
        both = " and ".join(f"'{cells[i].strip()}'" for i in sorted(found[:2]))
        raise UserError(
            f"Two columns may be '{column.name}' ({column.description.rstrip('.')}): {both}",
            file=header.file,
            line=header.line,
            column=cells[found[0]].strip(),
            remedy=f"say in company.toml which it is: [sources.{contract.source}.columns] "
            f'{column.name} = "{cells[found[0]].strip()}"',
        )
    return tuple(found), {}


def match_header(
    cells: Sequence[str],
    line: int,
    *,
    contract: TableContract,
    settings: SourceSettings,
    shown: str,
    delimiter: str = "",
    groups: Sequence[str] = (),
    units_row: tuple[Sequence[str], int | None] = ((), None),
) -> Header:
    """Which cell of the header is which column of the contract. `groups`: what stands over each
    cell; company.toml may name a column as `Group / Name`. `units_row`: units under the header, and
    the line of them where it is one of its own.

    Raises:
        UserError: a required column is missing, a used column comes twice, or company.toml names
            a column the table does not have.
    """
    _check_settings(contract, settings)
    header = _HeaderLine(cells, groups, shown, line)
    present: dict[str, tuple[int, ...]] = {}
    fixed: dict[str, str] = {}
    grids: dict[str, dict[int, str]] = {}
    for column in contract.columns:
        constant = settings.constant_of(contract.table, column.name)
        if constant is not None:
            fixed[column.name] = constant
            continue
        found, grid = _positions(column, header, contract, settings)
        if grid:
            grids[column.name] = grid
        if found:
            present[column.name] = found
        elif value := _told_elsewhere(column, settings, shown):
            fixed[column.name] = value
    wide: tuple[tuple[str, Mapping[str, int]], ...] = ()
    wide_columns: tuple[str, ...] = ()
    if contract.wide and contract.wide.key not in {*present, *fixed}:
        wide = _wide(header, contract)
    if contract.wide and wide:
        told = {column for _, places in wide for column in places}
        wide_columns = tuple(name for name in contract.wide.headers if name in told)
        names = (contract.wide.key, *wide_columns)
        present |= {name: (len(cells) + place,) for place, name in enumerate(names)}
        cells = (*cells, *names)
    derived = {
        column.name: column.derived_from
        for column in contract.columns
        if column.derived_from and column.derived_from in present and column.name not in fixed
    }
    missing = [
        column.name
        for column in contract.columns
        if column.required
        and column.name not in present
        and column.name not in fixed
        and column.name not in derived
        and column.name != contract.generated_id
    ]
    if missing:
        free = [
            cell.strip()
            for position, cell in enumerate(cells)
            if cell.strip() and not any(position in places for places in present.values())
        ]
        raise _missing(
            missing, free, contract, settings, header, is_russian=is_russian(" ".join(cells))
        )
    if contract.source == REGISTERS:
        _refuse_misspelt(contract, {*present, *fixed}, present, header)
    return Header(
        tuple(cells),
        line,
        present,
        delimiter,
        fixed,
        derived,
        grids,
        wide,
        wide_columns,
        _units(present, cells, units_row[0]),
        units_row[1],
    )


def _units(
    present: Mapping[str, Sequence[int]], cells: Sequence[str], row: Sequence[str]
) -> dict[str, str]:
    """Column -> the unit under its header, or else beside it."""
    found: dict[str, str] = {}
    for name, places in present.items():
        for place in places:
            under = row[place].strip() if place < len(row) else ""
            unit = under if units.unit_of(under) else units.parted(cells[place])[1]
            if unit:
                found.setdefault(name, unit)
    return found


def _twice(column: Column, positions: Sequence[int], header: _HeaderLine, source: str) -> UserError:
    """The error for a column whose header comes twice; under two groups one can be named."""
    cells, groups = header.cells, header.groups
    first, second = positions[:2]
    name = cells[first].strip()
    over = [groups[place] if place < len(groups) else "" for place in (first, second)]
    if over[0] != over[1] and over[0]:
        return UserError(
            f"The column comes twice, under '{over[0]}' and under '{over[1]}'",
            file=header.file,
            line=header.line,
            column=name,
            remedy=f"say in company.toml which it is: [sources.{source}.columns] "
            f'{column.name} = "{over[0]} / {name}"',
        )
    return UserError(
        f"The column comes twice, as the {_nth(first + 1)} and the {_nth(second + 1)} column",
        file=header.file,
        line=header.line,
        column=name,
        remedy="leave one of them in the export, or rename the other",
    )


def _wide(
    header: _HeaderLine, contract: TableContract
) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """Each value of the key that the header names, with the positions of its columns."""
    if contract.wide is None:
        return ()
    found: dict[str, dict[str, int]] = {}
    for place, cell in enumerate(header.cells):
        if told := contract.wide.told_by(cell):
            column, value = told
            places = found.setdefault(value, {})
            if column in places:
                both = (places[column], place)
                raise _twice(contract.column(column), both, header, contract.source)
            places[column] = place
    needed = [name for name in contract.wide.headers if contract.column(name).required]
    return tuple(
        (value, places) for value, places in found.items() if all(name in places for name in needed)
    )


def _grid(cells: Sequence[str], question: str) -> dict[int, str]:
    """The columns of a grid: position -> item. Forms head each as `Question [Item]`."""
    found: dict[int, str] = {}
    for position, cell in enumerate(cells):
        parts = re.fullmatch(r"\s*(.*\S)\s*\[\s*(.*\S)\s*\]\s*", cell, re.DOTALL)
        if parts and normalise_header(parts.group(1)) == question:
            found[position] = parts.group(2).replace("|", "/")
    return found


def _certain(contract: TableContract, column: str, settings: SourceSettings) -> set[str]:
    """Headers that leave no doubt: those the company named, and the documented one."""
    return {
        normalise_header(name) for name in (*settings.headers_of(contract.table, column), column)
    }


def _told_elsewhere(column: Column, settings: SourceSettings, shown: str) -> str | None:
    """Value of a column that the export lacks: from the file's name, or because the settings list
    just one of its kind (`counter_ids`, `property_ids`)."""
    if column.from_file_name:
        found = re.search(column.from_file_name, Path(shown).name, re.IGNORECASE)
        return found.group(1) if found else None
    listed = settings.options.get(f"{column.name}s")
    return str(listed[0]) if isinstance(listed, list) and len(listed) == 1 else None


def _nth(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")


def misspelt(
    contract: TableContract, known: Collection[str], unread: Sequence[str]
) -> dict[str, str]:
    """Headers that are no column, but so like one that the file lacks that it may be meant:
    header -> column. `known`: columns that have a value; `unread`: headers that are no column."""
    found: dict[str, str] = {}
    for header in unread:
        slip = difflib.SequenceMatcher(b=normalise_header(header))
        best = (_MISSPELT, "")
        for column in contract.columns:
            for name in () if column.name in known else (column.name, *column.headers):
                slip.set_seq1(normalise_header(name))
                best = max(best, (slip.ratio(), column.name))
        if best[1]:
            found[header] = best[1]
    return found


def _refuse_misspelt(
    contract: TableContract,
    known: Collection[str],
    present: Mapping[str, Sequence[int]],
    header: _HeaderLine,
) -> None:
    """A register is the company's own table: what its rows say must not be passed over. Without
    its `nominal` a rate is a hundred times too high, without its `channel` a cost is of nobody."""
    read = {place for places in present.values() for place in places}
    unread = [
        cell.strip()
        for place, cell in enumerate(header.cells)
        if place not in read and cell.strip()
    ]
    for name, column in misspelt(contract, known, unread).items():
        raise UserError(
            f"The column '{name}' is not known; '{column}' may be meant",
            file=header.file,
            line=header.line,
            column=name,
            remedy=f"rename the header to '{column}'; if it is something else, give it a name less "
            "alike or take it out",
        )


def _check_settings(contract: TableContract, settings: SourceSettings) -> None:
    tables = tables_of(contract.source)
    known = {column.name for table in tables for column in table.columns}
    known |= {f"{table.table}.{column.name}" for table in tables for column in table.columns}
    sections = (
        ("columns", settings.columns),
        ("constants", settings.constants),
        ("values", settings.options.get("values", {})),
    )
    for section, names in sections:
        for name in names:
            if name not in known:
                near = near_names(name, known, most=1)
                raise UserError(
                    f"[sources.{contract.source}.{section}] names the column '{name}', "
                    "which the source does not have",
                    file="company.toml",
                    column=name,
                    remedy=f"write {near[0]}" if near else "see docs/plain_tables.md",
                )


def _missing(
    missing: list[str],
    free: list[str],
    contract: TableContract,
    settings: SourceSettings,
    header: _HeaderLine,
    *,
    is_russian: bool,
) -> UserError:
    """The error for missing columns. `free`: headers that are no column of the table."""
    name = missing[0]
    column = contract.column(name)
    own = settings.headers_of(contract.table, name)
    expected = own[0] if own else _usual_header(column, is_russian=is_russian)
    near = _closest([expected, *column.headers, name], free)
    closest = f"; the closest header found is '{near}'" if near else ""
    others = [_usual_header(contract.column(other), is_russian=is_russian) for other in missing[1:]]
    also = f" (also missing: {', '.join(others)})" if others else ""
    setting = (
        f", or write in company.toml: [sources.{contract.source}.columns] "
        f'{name} = "{near or "your header"}"; what is the same in every row may stand in '
        f'[sources.{contract.source}.constants] {name} = "..."'
    )
    return UserError(
        f"The column '{expected}' is missing{closest}{also}",
        file=header.file,
        line=header.line,
        column=expected,
        remedy=f"rename the header to '{expected}'{setting}",
    )


def is_russian(text: str) -> bool:
    return bool(re.search("[а-яё]", text, re.IGNORECASE))


def _usual_header(column: Column, *, is_russian: bool) -> str:
    """A header of a column in the language of the file: of Russian ones the first, else the
    first of all where that is English, else the column's own name."""
    words = [name for name in column.headers if not re.search("[:._]", name)]
    russian = [name for name in words if re.search("[а-яё]", name, re.IGNORECASE)]
    if is_russian:
        return (*russian, *words, column.name)[0]
    return column.name if words[:1] == russian[:1] else words[0]


def _closest(wanted: list[str], free: list[str]) -> str | None:
    """The header most like one of the wanted ones, if one is: people copy it into their settings,
    and a surname read as a date would refuse the whole file."""
    scored = [
        (difflib.SequenceMatcher(None, normalise_header(w), normalise_header(f)).ratio(), f)
        for w in wanted
        for f in free
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _ALIKE else None


def _no_header(contract: TableContract, shown: str, found: _Found) -> UserError:
    text = " ".join(" ".join(cells) for cells, _, _ in found)
    wanted = [
        _usual_header(column, is_russian=is_russian(text))
        for column in contract.columns
        if column.required
    ]
    return UserError(
        f"No header line was found among the first {_PREAMBLE_LINES} lines",
        file=shown,
        line=1,
        remedy=f"export the table with a header line; it needs the columns {', '.join(wanted)}",
    )
