"""Workbooks of spreadsheet programs: what is in them that their cells do not tell.

python-calamine reads a formula that failed, or that nobody computed, as an empty cell, and takes
memory for every cell up to the last filled one. Only the file itself tells of these.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from orchestration.errors import UserError

# What a spreadsheet writes where a formula failed; a lookup that found nothing is the usual one.
SHEET_ERRORS = (
    "#N/A",
    "#Н/Д",
    "#VALUE!",
    "#ЗНАЧ!",
    "#REF!",
    "#ССЫЛКА!",
    "#DIV/0!",
    "#ДЕЛ/0!",
    "#NAME?",
    "#ИМЯ?",
    "#NUM!",
    "#ЧИСЛО!",
    "#NULL!",
    "#ПУСТО!",
)

# What calamine and Python raise where a file is no whole workbook.
DAMAGES = (CalamineError, OSError, ValueError, zipfile.BadZipFile, ElementTree.ParseError)

Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a range, each (row, column) from 0."""

# More than a table holds: of 1,048,576 rows, the most a sheet has, 47 columns.
_MOST_CELLS = 50_000_000
_HEAD = 1 << 14
# Programs write tags with a prefix of their own choice, or without: <c>, <x:c>.
_P = rb"(?:\w+:)?"
_DIMENSION = re.compile(rb"<" + _P + rb'dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
_FILLED_CELL = re.compile(rb"<" + _P + rb'c r="([A-Z]+)([0-9]+)"[^>]*[^/]>')
_FORMULA = rb"<" + _P + rb"f(?:[^>]*/>|[^>]*>[^<]*</" + _P + rb"f>)"
_UNCOMPUTED = re.compile(
    rb"<%bc\b([^>]*)>%b(?:<%bv\s*/>|<%bv></%bv>)?</%bc>" % (_P, _FORMULA, _P, _P, _P, _P)
)
_FAILED = re.compile(rb'<%bc\b([^>]*\bt="e"[^>]*)>(?:%b)?<%bv>([^<]+)</' % (_P, _FORMULA, _P))
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ERROR_OF_ODS = b'value-type="error"'
_VALUE_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def opened(path: Path, shown: str) -> CalamineWorkbook:
    """A workbook, ready to be read.

    Raises:
        UserError: it is damaged, protected by a password, or has a cell far outside of any table.
    """
    try:
        _refuse_stray_cells(path, shown)
        return CalamineWorkbook.from_path(str(path))
    except DAMAGES as error:
        raise damaged(shown) from error


def damaged(shown: str) -> UserError:
    return UserError(
        "The workbook is damaged or protected by a password, and cannot be opened",
        file=shown,
        remedy="save it again as XLSX without a password, or export as CSV",
    )


def _refuse_stray_cells(path: Path, shown: str) -> None:
    """A blank typed into the last cell of a sheet would cost 400 GB of memory."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                continue
            with book.open(name) as file:
                found = _DIMENSION.search(file.read(_HEAD))
            # Cells that have a format and no value are counted there, but cost nothing.
            if found is None or _cells_up_to([(found[1], found[2])]) <= _MOST_CELLS:
                continue
            filled = [(cell[1], cell[2]) for cell in _FILLED_CELL.finditer(book.read(name))]
            if _cells_up_to(filled) > _MOST_CELLS:
                letters, _ = max(filled, key=lambda cell: (len(cell[0]), cell[0]))
                row = max(int(row) for _, row in filled)
                raise UserError(
                    f"A sheet of the workbook reaches to the cell {letters.decode()}{row}, which "
                    "is more than a table holds",
                    file=shown,
                    remedy="delete the rows below the table and the columns beside it (Ctrl+End "
                    "shows the last cell) and save, or export as CSV",
                )


def _cells_up_to(cells: Iterable[tuple[bytes, bytes]]) -> int:
    """Number of cells from A1 to the last column and the last row of these."""
    places = [(column_number(letters.decode()) + 1, int(row)) for letters, row in set(cells)]
    columns, rows = zip(*places, strict=True) if places else ((0,), (0,))
    return max(columns) * max(rows)


def fill_merged(rows: list[list[object]], ranges: Iterable[Range]) -> None:
    """A merged cell speaks for all cells it covers, but a file keeps it in the first one only."""
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or left >= len(rows[top]) or right > left:
            continue  # wide cells are titles over a table
        for row in rows[top + 1 : bottom + 1]:
            row[left] = rows[top][left]


def drop_blank_end(rows: list[list[object]]) -> None:
    """Take away the blank rows at the end, of which one forgotten blank makes a million."""
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()


def sheet_xml(path: Path, sheet: int) -> bytes:
    """A sheet of an XLSX as it lies in the file; empty for other kinds of workbooks."""
    if not zipfile.is_zipfile(path):
        return b""
    try:
        with zipfile.ZipFile(path) as book:
            if "xl/workbook.xml" not in book.namelist():
                return b""
            links = re.findall(
                rb"<" + _P + rb'sheet [^>]*\b\w+:id="([^"]+)"', book.read("xl/workbook.xml")
            )
            tags = re.findall(
                rb"<" + _P + rb"Relationship [^>]*>", book.read("xl/_rels/workbook.xml.rels")
            )
            tag = next(tag for tag in tags if b'Id="' + links[sheet] + b'"' in tag)
            found = re.search(rb'Target="/?(?:xl/)?([^"]+)"', tag)
            return book.read(f"xl/{found.group(1).decode()}") if found else b""
    except (KeyError, IndexError, StopIteration, zipfile.BadZipFile):
        return b""


def uncomputed_formulas(xml: bytes) -> Iterator[tuple[int, int]]:
    """(row, column), from 0, of formulas without a stored value in a sheet of an XLSX.

    A formula that gives an empty text has an empty value as well, and the type of a text.
    """
    for attributes in _UNCOMPUTED.findall(xml):
        if b't="str"' not in attributes and (place := _PLACE.search(attributes)):
            yield _place(place)


def tells_failed_formulas(path: Path, xml: bytes) -> bool:
    """Whether `failed_formulas` can find any: of an XLSX or an ODS. In an XLS or XLSB a formula
    that failed is read as an empty cell."""
    if xml:
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as book:
        return "content.xml" in book.namelist()


def failed_formulas(path: Path, name: str, xml: bytes) -> Iterator[tuple[int, int, str]]:
    """(row, column), from 0, and the error (#N/A) of formulas that failed in a sheet.

    `xml`: the sheet of an XLSX. An ODS is looked through itself; other kinds do not tell.
    """
    for attributes, text in _FAILED.findall(xml):
        if place := _PLACE.search(attributes):
            yield (*_place(place), text.decode())
    if not xml and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            content = book.read("content.xml") if "content.xml" in book.namelist() else b""
        if _ERROR_OF_ODS in content:
            yield from _failed_in_ods(content, name)


def _failed_in_ods(content: bytes, name: str) -> Iterator[tuple[int, int, str]]:
    root = ElementTree.fromstring(content)  # noqa: S314 - expat itself limits entities
    for table in root.iter(f"{_TABLE}table"):
        if table.get(f"{_TABLE}name") != name:
            continue
        row = 0
        for line in table.iter(f"{_TABLE}table-row"):
            column = 0
            for cell in line:
                if cell.get(_VALUE_TYPE) == "error":
                    shown = "".join(
                        text for part in cell.iter(f"{_TEXT}p") for text in part.itertext()
                    )
                    # Other languages and LibreOffice's own numbers of errors mean the same here.
                    yield row, column, shown if shown in SHEET_ERRORS else "#N/A"
                column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
            row += int(line.get(f"{_TABLE}number-rows-repeated", 1))


def _place(found: re.Match[bytes]) -> tuple[int, int]:
    letters, row = found.groups()
    return int(row) - 1, column_number(letters.decode())


def column_number(letters: str) -> int:
    """Position from 0 of a column named A, B, ... AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
