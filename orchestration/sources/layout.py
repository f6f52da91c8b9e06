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
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from orchestration.errors import UserError
from orchestration.settings import SourceSettings
from orchestration.sources.contracts import (
    Column,
    TableContract,
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
_SHEET_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class TextScan:
    """What a look through a text file told. `is_plain`: DuckDB can read it as it is."""

    encoding: str
    is_plain: bool


@dataclass(frozen=True)
class Header:
    """Where the columns of a contract stand in a file.

    `line`: of the header, from 1. `present`: column -> positions of its cells. `fixed`: column ->
    its value in all rows. `derived`: column -> the column that tells it where it is empty.
    `grids`: column -> position -> the item that the answers there are about.
    """

    cells: tuple[str, ...]
    line: int
    present: Mapping[str, tuple[int, ...]]
    delimiter: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    grids: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

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
        UserError: the file is empty, or is a web page.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise UserError(
            "The file is empty (0 bytes)",
            file=shown,
            remedy="export it again; an export that broke off leaves such a file",
        )
    if head.startswith(_SHEET_MAGIC):
        return "sheet"
    if head.startswith(b"PAR1"):
        return "parquet"
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)", head, re.IGNORECASE):
        raise UserError(
            "The file holds a web page, not a table",
            file=shown,
            remedy="download the export again while signed in, and choose CSV or XLSX",
        )
    if path.name.lower().endswith(SHEET_SUFFIXES + PARQUET_SUFFIXES):
        raise UserError(
            f"The file is damaged: it does not begin like a {path.suffix} file",
            file=shown,
            remedy="export or copy the file again",
        )
    return "text"


def open_binary(path: Path) -> BinaryIO:
    """The bytes of a text file, unpacked when it is gzip."""
    if path.name.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def scan_text(path: Path, shown: str) -> TextScan:
    """Encoding and line ends of a whole file.

    Raises:
        UserError: a gzip file is cut off or damaged.
    """
    try:
        with open_binary(path) as file:
            return _scan(file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(
            "The gzip file is cut off or damaged",
            file=shown,
            remedy="export or copy the file again",
        ) from error


def _scan(file: BinaryIO) -> TextScan:
    head = file.read(_CHUNK)
    for mark, encoding in _UTF16_MARKS:
        if head.startswith(mark):
            return TextScan(encoding, is_plain=False)
    if b"\x00" in head[:4096]:
        is_little = head[:4096].count(b"\x00") == head[1:4096:2].count(b"\x00")
        return TextScan("utf-16-le" if is_little else "utf-16-be", is_plain=False)
    decoder = codecs.getincrementaldecoder("utf-8")()
    other_characters = 0
    has_return = has_bare_newline = has_bare_return = False
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
        if not chunk.isascii():
            try:
                other_characters += len(chunk) - len(decoder.decode(chunk))
            except UnicodeDecodeError:
                if not _is_damaged_utf8(chunk, other_characters):
                    return TextScan("cp1251", is_plain=False)
                # A few broken bytes in a UTF-8 file: their rows are refused, the others are good.
                decoder.reset()
        chunk = file.read(_CHUNK)
    return TextScan("utf-8", is_plain=not has_bare_return and not (has_return and has_bare_newline))


def _is_damaged_utf8(chunk: bytes, other_so_far: int) -> bool:
    """UTF-8 with a few broken bytes, as against an 8-bit encoding.

    Russian text in cp1251 hardly ever makes valid UTF-8 pairs, so one kind is always rare.
    """
    text = chunk.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    valid = sum(1 for character in text if ord(character) > 127) - broken + other_so_far
    return valid > 10 * broken


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
    best = _best(found, contract, settings)
    if best is None:
        raise _no_header(contract, shown)
    cells, line, delimiter = best
    return match_header(
        cells, line, contract=contract, settings=settings, shown=shown, delimiter=delimiter
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
    best = _best(found, contract, settings)
    if best is None:
        raise _no_header(contract, shown)
    return match_header(best[0], best[1], contract=contract, settings=settings, shown=shown)


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
            sheets = CalamineWorkbook.from_path(str(path))
            return [
                (tuple(str(cell) for cell in row), "")
                for name in sheets.sheet_names
                for row in sheets.get_sheet_by_name(name).to_python(nrows=_PREAMBLE_LINES)
            ]
        except (CalamineError, OSError, ValueError) as error:
            raise UserError(
                "The workbook is damaged or protected by a password, and cannot be opened",
                file=shown,
                remedy="save it again as XLSX without a password, or export as CSV",
            ) from error
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
        header = match_header(best[0], 1, contract=contract, settings=settings, shown=shown)
    except UserError:
        return 0
    return len(header.present)


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


def _best(
    found: Sequence[tuple[tuple[str, ...], int, str]],
    contract: TableContract,
    settings: SourceSettings,
) -> tuple[tuple[str, ...], int, str] | None:
    """The record with the most known headers; of equals the earliest."""
    known = {
        name for column in contract.columns for name in _accepted(contract, column.name, settings)
    }
    scored = [
        (len({normalise_header(cell) for cell in cells} & known), -line, index)
        for index, (cells, line, _) in enumerate(found)
    ]
    if not scored:
        return None
    score, _, index = max(scored, key=lambda item: (item[0], item[1], -item[2]))
    return found[index] if score else None


def _accepted(contract: TableContract, column: str, settings: SourceSettings) -> list[str]:
    """Normalised headers of a column, those of company.toml first."""
    own = settings.headers_of(contract.table, column)
    names = [*own, column, *contract.column(column).headers]
    return list(dict.fromkeys(normalise_header(name) for name in names))


def match_header(
    cells: Sequence[str],
    line: int,
    *,
    contract: TableContract,
    settings: SourceSettings,
    shown: str,
    delimiter: str = "",
) -> Header:
    """Which cell of the header is which column of the contract.

    Raises:
        UserError: a required column is missing, a used column comes twice, or company.toml names
            a column the table does not have.
    """
    _check_settings(contract, settings)
    normalised = [normalise_header(cell) for cell in cells]
    present: dict[str, tuple[int, ...]] = {}
    fixed: dict[str, str] = {}
    grids: dict[str, dict[int, str]] = {}
    for column in contract.columns:
        constant = settings.constant_of(contract.table, column.name)
        if constant is not None:
            fixed[column.name] = constant
            continue
        found: list[int] = []
        for name in _accepted(contract, column.name, settings):
            positions = [i for i, cell in enumerate(normalised) if cell == name]
            grid = _grid(cells, name) if column.is_list and column.synonyms else {}
            if grid and not positions:
                grids.setdefault(column.name, {}).update(grid)
                positions = [*grid]
            if column.takes_all or column.is_list:
                found += positions
                continue
            if len(positions) > 1:
                first, second = positions[0] + 1, positions[1] + 1
                raise UserError(
                    f"The column comes twice, as the {_nth(first)} and the {_nth(second)} column",
                    file=shown,
                    line=line,
                    column=cells[positions[0]].strip(),
                    remedy="leave one of them in the export, or rename the other",
                )
            found += positions
        is_told = found and normalised[found[0]] in _certain(contract, column.name, settings)
        if len(found) > 1 and not (column.takes_all or column.is_list or is_told):
            both = " and ".join(f"'{cells[i].strip()}'" for i in sorted(found[:2]))
            raise UserError(
                f"Two columns may be '{column.name}' ({column.description.rstrip('.')}): {both}",
                file=shown,
                line=line,
                column=cells[found[0]].strip(),
                remedy=f"say in company.toml which it is: [sources.{contract.source}.columns] "
                f'{column.name} = "{cells[found[0]].strip()}"',
            )
        if found:
            present[column.name] = tuple(found if column.takes_all or column.is_list else found[:1])
        elif told := _told_elsewhere(column, settings, shown):
            fixed[column.name] = told
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
        raise _missing(missing, free, contract, settings, file=shown, line=line)
    return Header(tuple(cells), line, present, delimiter, fixed, derived, grids)


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
                near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
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
    *,
    file: str,
    line: int,
) -> UserError:
    """The error for missing columns. `free`: headers that are no column of the table."""
    name = missing[0]
    column = contract.column(name)
    own = settings.headers_of(contract.table, name)
    expected = (*own, *column.headers, name)[0]
    near = _closest([expected, *column.headers, name], free)
    closest = f"; the closest header found is '{near}'" if near else ""
    also = f" (also missing: {', '.join(missing[1:])})" if missing[1:] else ""
    setting = (
        f", or write in company.toml: [sources.{contract.source}.columns] "
        f'{name} = "{near or "your header"}"; what is the same in every row may stand in '
        f'[sources.{contract.source}.constants] {name} = "..."'
    )
    return UserError(
        f"The column '{expected}' is missing{closest}{also}",
        file=file,
        line=line,
        column=expected,
        remedy=f"rename the header to '{expected}'{setting}",
    )


def _closest(wanted: list[str], free: list[str]) -> str | None:
    """The header most like one of the wanted ones, if any is alike at all."""
    scored = [
        (difflib.SequenceMatcher(None, normalise_header(w), normalise_header(f)).ratio(), f)
        for w in wanted
        for f in free
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.4 else None


def _no_header(contract: TableContract, shown: str) -> UserError:
    wanted = [
        column.headers[0] if column.headers else column.name
        for column in contract.columns
        if column.required
    ]
    return UserError(
        f"No header line was found among the first {_PREAMBLE_LINES} lines",
        file=shown,
        line=1,
        remedy=f"export the table with a header line; it needs the columns {', '.join(wanted)}",
    )
