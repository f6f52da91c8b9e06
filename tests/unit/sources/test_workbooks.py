"""Workbooks as spreadsheet programs, exports of programs and people leave them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources import workbooks
from tests.unit.sources.helpers import make_company, read, write

HEADER = ["order_id", "customer_id", "ordered_at", "gross_amount"]
ROWS = [[n, f"c{n}", date(2026, 1, 5), 100 + n] for n in range(1, 31)]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    return make_company(tmp_path / "acme")


def book(
    *rows: list[object], change: Callable[[openpyxl.Workbook], object] = lambda _: None
) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows or (HEADER, *ROWS):
        sheet.append(row)
    change(workbook)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def changed(content: bytes, change: Callable[[bytes], bytes], *names: str) -> bytes:
    """The workbook with the XML of some of its files (default: of the sheet) rewritten."""
    copy = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            xml = old.read(name)
            new.writestr(name, change(xml) if name in (names or (SHEET,)) else xml)
    return copy.getvalue()


def with_cell(place: str, cell: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        found = re.compile(rf'<c r="{place}".*?</c>'.encode())
        assert found.search(xml)
        return found.sub(cell.encode(), xml)

    return change


def prefixed(xml: bytes) -> bytes:
    """As the Open XML SDK of Microsoft writes tags."""
    return re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml).replace(b'xmlns="', b'xmlns:x="')


def orders(company: Company, content: bytes, name: str = "orders.xlsx") -> tuple[int, list[str]]:
    """Number of good rows, and where and why others were refused."""
    path = write(company.exports / "plain" / name, content)
    _, outcome = read(company, "plain__orders", path)
    return outcome.rows_good, [
        f"{problem.line} {problem.column}: {problem.reason}" for problem in outcome.problems
    ]


def refused(company: Company, content: bytes, name: str = "orders.xlsx") -> UserError:
    with pytest.raises(UserError) as caught:
        orders(company, content, name)
    return caught.value


@pytest.mark.parametrize("value", ["<v></v>", "<v/>"])
def test_a_formula_may_give_an_empty_text(company: Company, value: str) -> None:
    """=IF(A5="","",...) is computed, and saving the workbook again would change nothing."""
    cell = f'<c r="B5" t="str"><f>IF(A5=1,"x","")</f>{value}</c>'
    assert orders(company, changed(book(), with_cell("B5", cell))) == (30, [])


@pytest.mark.parametrize("change", [lambda xml: xml, prefixed], ids=["bare", "prefixed"])
@pytest.mark.parametrize(
    "cell", ['<c r="B6" t="e"><f>NA()</f><v>#N/A</v></c>', '<c t="e" r="B6"><v>#N/A</v></c>']
)
def test_a_failed_formula_is_seen_however_the_tags_are_written(
    company: Company, cell: str, change: Callable[[bytes], bytes]
) -> None:
    content = changed(changed(book(), with_cell("B6", cell)), change, SHEET, "xl/workbook.xml")
    rows, problems = orders(company, content)
    assert rows == 29
    assert "6 customer_id: the cell holds an error of the spreadsheet" in problems[0]


@pytest.mark.parametrize("change", [lambda xml: xml, prefixed], ids=["bare", "prefixed"])
def test_a_formula_that_nobody_computed_is_seen_however_the_tags_are_written(
    company: Company, change: Callable[[bytes], bytes]
) -> None:
    cell = '<c r="B6"><f>1+1</f></c>'
    content = changed(changed(book(), with_cell("B6", cell)), change, SHEET, "xl/workbook.xml")
    error = refused(company, content)
    assert "never computed" in error.message
    assert (error.line, error.column) == (6, "customer_id")


def ods(*rows: list[str]) -> bytes:
    """A sheet of LibreOffice from the XML of its cells."""
    lines = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" xmlns:calcext="'
        'urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="S">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{names}:manifest:1.0"/>')
    return file.getvalue()


@pytest.mark.parametrize("shown", ["#N/A", "Err:504"])
def test_a_failed_formula_of_libreoffice_is_no_empty_cell(company: Company, shown: str) -> None:
    def text(value: object) -> str:
        cell = f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
        return f"{cell}</table:table-cell>"

    failed = (
        '<table:table-cell office:value-type="string" office:string-value="" '
        f'calcext:value-type="error"><text:p>{shown}</text:p></table:table-cell>'
    )
    good = [[text(n), text("c"), text("2026-01-05"), text(n)] for n in range(20)]
    empty = ['<table:table-cell table:number-columns-repeated="4"/>']
    content = ods([*map(text, HEADER)], *good, empty, [text(99), failed, *good[0][2:]])
    rows, problems = orders(company, content, "orders.ods")
    assert rows == 20
    assert "23 customer_id: the cell holds an error of the spreadsheet" in problems[0]


def test_a_sum_merged_over_rows_is_not_counted_in_each(company: Company) -> None:
    def merged(workbook: openpyxl.Workbook) -> None:
        workbook.worksheets[0].merge_cells("D5:D7")

    error = refused(company, book(change=merged))
    assert "merged over 3 rows" in error.message
    assert (error.line, error.column) == (5, "gross_amount")


def test_blank_rows_below_the_table_are_dropped() -> None:
    """One forgotten blank in the last row of a sheet cost a million rows, and a minute."""
    rows: list[list[object]] = [["", "a"], ["", ""], [0, ""], ["", " "], ["", "\u00a0"]]
    workbooks.drop_blank_end(rows)
    assert rows == [["", "a"], ["", ""], [0, ""]]


def test_a_cell_far_outside_of_the_table_is_named(company: Company) -> None:
    """Read as they are, the cells up to it would take the memory of the whole machine."""

    def stray(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.worksheets[0]
        sheet.cell(row=1_000_000, column=2).value = "x"
        sheet.cell(row=3, column=16_384).value = "x"

    error = refused(company, book(change=stray))
    assert "reaches to the cell XFD1000000" in error.message


def test_formats_of_empty_cells_are_no_cells(company: Company) -> None:
    def formatted(workbook: openpyxl.Workbook) -> None:
        workbook.worksheets[0].cell(row=1_000_000, column=16_384).number_format = "0.00"

    assert orders(company, book(change=formatted)) == (30, [])


def test_a_table_on_a_hidden_sheet_alone_is_named(company: Company) -> None:
    def hidden(workbook: openpyxl.Workbook) -> None:
        sheet = workbook.create_sheet("Данные")
        for row in (HEADER, *ROWS):
            sheet.append(row)
        sheet.sheet_state = "hidden"

    content = book(["Титульный лист"], change=hidden)
    error = refused(company, content)
    assert error.message == "Only a hidden sheet has the columns: Данные"
    assert 'sheet = "Данные"' in str(error.remedy)
    named = make_company(company.directory, plain={"sheet": "Данные"})
    assert orders(named, content) == (30, [])


@pytest.mark.parametrize(
    "content",
    [
        "<!-- saved by 1C -->\n<html><body><table><tr><td>order_id</td></tr></table></body></html>",
        "MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related\n\n--x\n",
    ],
)
def test_a_page_that_calls_itself_a_workbook(company: Company, content: str) -> None:
    error = refused(company, content.encode(), "orders.xls")
    assert "a table of a web page or of XML" in error.message


def test_columns_of_a_sheet_have_numbers() -> None:
    names = ("A", "Z", "AA", "XFD")
    assert [workbooks.column_number(name) for name in names] == [0, 25, 26, 16_383]


def test_kinds_that_cannot_tell_failed_formulas_are_known(tmp_path: Path) -> None:
    """The doctor says of an XLS or XLSB that #N/A is read as an empty cell."""
    xls = write(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0 an old workbook")
    with zipfile.ZipFile(tmp_path / "a.xlsb", "w") as book:
        book.writestr("xl/workbook.bin", b"")
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as book:
        book.writestr("content.xml", b"<x/>")
    assert not workbooks.tells_failed_formulas(xls, b"")
    assert not workbooks.tells_failed_formulas(tmp_path / "a.xlsb", b"")
    assert workbooks.tells_failed_formulas(tmp_path / "a.ods", b"")
    assert workbooks.tells_failed_formulas(tmp_path / "a.xlsx", b"<worksheet/>")
