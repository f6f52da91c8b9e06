"""Odd exports as systems and people make them: read right, or refused with what to do."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import FileOutcome
from orchestration.sources.units import unit_of
from tests.unit.sources.helpers import make_company, orders, read, reader_of, write

GOOD = [f"{number},c{number},2026-01-01,100.50" for number in range(1, 31)]


def book(*sheets: tuple[str, list[Any]], hidden: Sequence[str] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets:
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def read_orders(
    company: Company, content: str | bytes, name: str = "orders.csv", encoding: str = "utf-8"
) -> tuple[list[dict[str, Any]], FileOutcome]:
    path = write(company.exports / "plain" / name, content, encoding)
    rows, outcome = read(company, "plain__orders", path)
    return rows.sort_by("order_id").to_pylist() if rows.num_rows else [], outcome


def spend(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def read_spend(company: Company, content: str | bytes, name: str = "ad_spend.csv") -> FileOutcome:
    path = write(company.exports / "plain" / name, content)
    return read(company, "plain__ad_spend", path)[1]


def refused_spend(company: Company, content: str | bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        read_spend(company, content)
    return caught.value


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [";;шт;руб", ";;шт.;(RUB)", "дата;;клики;₽", ";;;в руб."])
def test_a_row_of_units_is_no_row(company: Company, units: str) -> None:
    text = spend("Дата;Канал;Клики;Расход", units, "01.02.2026;yandex;5;10,5", "02.02.2026;y;6;7,5")
    path = write(company.exports / "plain" / "ad_spend.csv", text)
    reader = reader_of(company, contract_of("plain", "ad_spend"), path)
    reader._examines = True
    rows = [row for batch in reader.batches() for row in batch.to_pylist()]
    assert [(row["clicks"], row["cost"]) for row in rows] == [
        (5, Decimal("10.5")),
        (6, Decimal("7.5")),
    ]
    assert reader.outcome.problems == []
    assert "line 2 names units, and is not read as a row" in [
        remark.text for remark in reader.outcome.remarks
    ]


def test_a_row_of_units_in_a_workbook(company: Company) -> None:
    rows = [["Дата", "Канал", "Расход"], [None, None, "руб."], [date(2026, 2, 1), "y", "x"]]
    path = write(company.exports / "plain" / "ad_spend.xlsx", book(("Лист1", rows)))
    with pytest.raises(UserError) as caught:
        read(company, "plain__ad_spend", path)
    assert (caught.value.line, caught.value.column) == (3, "Расход")  # lines are still exact


@pytest.mark.parametrize(
    ("header", "units", "line"),
    [
        ("Дата;Канал;Клики;Расход", ";;шт;тыс. руб.", 2),
        ("Дата;Канал;Клики;Расход", ";;шт;(USD)", 2),
        ("Дата;Канал;Клики;Расход", ";;шт;%", 2),
        ("Дата;Канал;Клики;Расход", ";;тыс.;руб.", 2),
        ("Дата;Канал;Клики;Расход, тыс. руб.", None, 1),
        ("Дата;Канал;Клики;Расход ($)", None, 1),
        ("Дата;Канал;Клики;Расход, млн ₽", None, 1),
    ],
)
def test_figures_of_another_unit_are_never_taken(
    company: Company, header: str, units: str | None, line: int
) -> None:
    lines = [header, *([units] if units else []), "01.02.2026;yandex;5;10,5"]
    error = refused_spend(company, spend(*lines))
    assert error.line == line
    assert error.message.startswith("The column is in '")
    assert "[sources.plain]" in str(error.remedy)
    assert error.column is not None
    assert error.column.startswith(("Расход", "Клики"))


def test_a_mapped_header_of_thousands_is_refused_too(company: Company) -> None:
    header = "Затраты, тыс. руб. с НДС"
    company = make_company(company.directory, plain={"columns": {"cost": header}})
    error = refused_spend(company, spend(f"Дата;Канал;{header}", "01.02.2026;yandex;10,5"))
    assert "'тыс. руб. с НДС'" in error.message


@pytest.mark.parametrize("header", ["Расход, руб.", "Расход (RUB)", "Расход ₽", "Расход, ₽"])
def test_a_unit_beside_a_header_is_no_part_of_its_name(company: Company, header: str) -> None:
    text = spend(f"Дата;Канал;{header}", "01.02.2026;yandex;10,5")
    assert read_spend(company, text).rows_good == 1


def test_a_share_beside_a_count_is_another_figure(company: Company) -> None:
    text = spend("Дата;Канал;Клики, %;Расход", "01.02.2026;yandex;5,5;10,5")
    path = write(company.exports / "plain" / "ad_spend.csv", text)
    rows, outcome = read(company, "plain__ad_spend", path)
    assert (rows.column("clicks").to_pylist(), outcome.problems) == ([None], [])


def test_sums_in_dollars_are_taken_where_the_file_or_the_source_says_so(company: Company) -> None:
    text = spend("Дата;Канал;Расход, $", "01.02.2026;yandex;10,5")
    company = make_company(company.directory, plain={"currency": "USD"})
    assert read_spend(company, text).rows_good == 1
    text = spend("Дата;Канал;Валюта;Расход, $", "01.02.2026;yandex;USD;10,5")
    assert read_spend(make_company(company.directory), text).rows_good == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("руб.", ("money", ("RUB", "BYN"), 1)),
        ("тыс. руб. с НДС", ("money", ("RUB", "BYN"), 1000)),
        ("k$", ("money", ("USD",), 1000)),
        ("млн", ("count", (), 1_000_000)),
        ("мин", ("time", (), 60)),
        ("%", ("percent", (), 1)),
    ],
)
def test_units_as_people_write_them(text: str, expected: tuple[str, tuple[str, ...], int]) -> None:
    unit = unit_of(text)
    assert unit is not None
    assert (unit.kind, unit.currencies, unit.scale) == expected


@pytest.mark.parametrize("text", ["all", "ALL", "top", "m", "5", "Поиск", "-", "yandex", "2026"])
def test_words_that_are_no_units(text: str) -> None:
    assert unit_of(text) is None


# --- no figure ---------------------------------------------------------------------------------


def test_a_blank_day_of_a_goal_is_no_row_and_no_zero(company: Company) -> None:
    path = write(
        company.exports / "yandex_metrica" / "goal_report.csv",
        spend(
            "Дата визита;Достижения цели «Заявка»;Достижения цели «Звонок»",
            "2026-02-01;5;",
            "2026-02-02;—;3",
            "2026-02-03;;",
            "2026-02-04;0;1",
        ),
    )
    company = make_company(company.directory, yandex_metrica={"counter_ids": ["1"]})
    reader = reader_of(company, contract_of("yandex_metrica", "goal_report"), path)
    reader._examines = True
    rows = [row for batch in reader.batches() for row in batch.to_pylist()]
    assert [(row["date"].day, row["goal_id"], row["reaches"]) for row in rows] == [
        (1, "Заявка", 5),
        (2, "Звонок", 3),
        (4, "Заявка", 0),
        (4, "Звонок", 1),
    ]
    assert reader.outcome.problems == []
    notes = [remark.text for remark in reader.outcome.remarks]
    assert any(note.startswith("column 'Достижения цели «Звонок»' is blank in 2") for note in notes)


@pytest.mark.parametrize("word", ["—", "–", "-", "--", "н/д", "n/a", "NULL", "NaN"])
def test_a_dash_is_no_value(company: Company, word: str) -> None:
    path = write(
        company.exports / "plain" / "ad_spend.csv",
        spend("date;channel;clicks;cost", f"2026-02-01;yandex;{word};10", "2026-02-02;y;3;4"),
    )
    rows, outcome = read(company, "plain__ad_spend", path)
    assert (rows.column("clicks").to_pylist(), outcome.problems) == ([None, 3], [])


def test_a_dash_in_place_of_a_needed_sum_is_told(company: Company) -> None:
    _, outcome = read_orders(company, orders(*GOOD, "31,c,2026-01-01,—"))
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (32, "gross_amount")
    assert "is empty" in problem.reason


def test_own_words_go_before_the_usual_ones(company: Company) -> None:
    company = make_company(company.directory, plain={"values": {"clicks": {"-": "0"}}})
    path = write(
        company.exports / "plain" / "ad_spend.csv",
        spend("date,channel,clicks,cost", "2026-02-01,yandex,-,10"),
    )
    rows, _ = read(company, "plain__ad_spend", path)
    assert rows.column("clicks").to_pylist() == [0]


# --- headers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("Дата;Канал;Клики;Затраты всего", "Расход"),
        ("date;channel;clicks;outlay", "Cost"),
    ],
)
def test_a_missing_column_is_asked_for_in_the_language_of_the_file(
    company: Company, header: str, named: str
) -> None:
    error = refused_spend(company, spend(header, "01.02.2026;yandex;5;10"))
    assert error.message.startswith(f"The column '{named}' is missing")
    assert str(error.remedy).startswith(f"rename the header to '{named}'")


def test_a_file_without_a_header_is_told_what_it_needs_in_its_language(company: Company) -> None:
    with pytest.raises(UserError) as caught:
        read_orders(company, "Яблоки;Груши\n1;2\n")
    assert "Дата заказа, Сумма" in str(caught.value.remedy)


# --- kinds of files ----------------------------------------------------------------------------


def test_encodings_of_old_programs(company: Company) -> None:
    text = "Номер заказа;Дата заказа;Сумма;Товарная группа\n1;01.02.2026;5;Бани\n"
    for encoding in ("cp866", "koi8-r", "cp1251"):
        (row,), _ = read_orders(company, text, encoding=encoding)
        assert row["product_line"] == "Бани", encoding


def zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, orders(*GOOD))
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message", "remedy"),
    [
        ("orders.csv", zipped("orders.csv"), "zip archive", "unpack"),
        ("orders.xlsx", zipped("orders.csv"), "zip archive", "unpack"),
        ("orders.csv", gzip.compress(orders(*GOOD).encode()), "packed by gzip", "add .gz"),
        (
            "orders.xls",
            b"<html><body><table><tr><td>order_id</td></tr></table></body></html>",
            "a table of a web page",
            "save it as XLSX",
        ),
        (
            "orders.xls",
            b'<?xml version="1.0"?><Workbook '
            b'xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
            "of XML",
            "save it as XLSX",
        ),
        ("orders.csv", b"<html><body>Sign in</body></html>", "web page, not a table", "signed in"),
        ("orders.csv", b"\xef\xbb\xbf", "No header line", "ordered_at"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(
    company: Company, name: str, content: bytes, message: str, remedy: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_orders(company, content, name)
    assert caught.value.file == f"exports/plain/{name}"
    assert message in caught.value.message
    assert remedy in str(caught.value.remedy)


HEADER = ["order_id", "ordered_at", "gross_amount"]


def test_hidden_sheets_are_not_read(company: Company) -> None:
    old = ("old", [HEADER, [99, "01.02.2026", 999]])
    now = ("now", [HEADER, [1, "01.02.2026", 5]])
    content = book(old, now, hidden=["old"])
    (row,), _ = read_orders(company, content, "orders.xlsx")
    assert row["order_id"] == "1"
    company = make_company(company.directory, plain={"sheet": "old"})
    (row,), _ = read_orders(company, content, "orders.xlsx")
    assert row["order_id"] == "99"


def test_one_of_two_sheets_is_never_chosen(company: Company) -> None:
    january = ("Январь", [HEADER, [1, "01.01.2026", 5]])
    february = ("Февраль", [HEADER, [2, "01.02.2026", 5]])
    with pytest.raises(UserError) as caught:
        read_orders(company, book(january, february), "orders.xlsx")
    assert "Январь, Февраль" in caught.value.message
    assert '[sources.plain] sheet = "Январь"' in str(caught.value.remedy)
    empty = ("Шаблон", [HEADER])
    (row,), _ = read_orders(company, book(empty, february), "orders.xlsx")
    assert row["order_id"] == "2"


def test_a_second_table_below_the_first_is_told(company: Company) -> None:
    rows = [HEADER, *([n, date(2026, 2, 1), 5] for n in range(1, 401))]
    rows += [[], ["Менеджер", "План", "Факт"], ["Анна", 100, 200]]
    _, outcome = read_orders(company, book(("Лист1", rows)), "orders.xlsx")
    assert (outcome.rows_good, outcome.rows_refused) == (400, 2)
    assert [problem.line for problem in outcome.problems] == [403, 404]


@pytest.mark.parametrize("before", ["", "Отчёт\n\n", '"за\nфевраль"\n'])
@pytest.mark.parametrize("units", ["", '"";"";"руб."\n'])
def test_line_ends_in_a_header_cost_no_row(company: Company, before: str, units: str) -> None:
    """People part long names in Excel so, and answers of forms have whole questions as names."""
    header = 'Номер заказа;"Дата\nзаказа";"Сумма"\n'
    lines = "".join(f"{n};01.02.2026;5\n" for n in range(1, 31))
    text = f"{before}{header}{units}{lines}31;когда-то;5\n"
    rows, outcome = read_orders(company, text)
    assert len(rows) == 30
    (problem,) = outcome.problems
    assert problem.line == text.count("\n")


def test_a_line_that_tells_excel_the_delimiter(company: Company) -> None:
    text = "sep=;\norder_id;ordered_at;gross_amount\n1;01.02.2026;1 000,50\n"
    for encoding in ("utf-8-sig", "utf-16"):
        (row,), _ = read_orders(company, text, encoding=encoding)
        assert row["gross_amount"] == Decimal("1000.50")


@pytest.mark.parametrize("first", ['"sep=;"', '"Заказы; все;"'])
def test_a_quotation_behind_the_byte_order_mark_does_not_swallow_the_rows(
    company: Company, first: str
) -> None:
    text = f"{first}\norder_id;ordered_at;gross_amount\n1;01.02.2026;5\n2;01.02.2026;5\n"
    rows, _ = read_orders(company, text, encoding="utf-8-sig")
    assert [row["order_id"] for row in rows] == ["1", "2"]


# --- cells -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1\u00a0234,50", "1234.50"),
        ("12\u202f345,6", "12345.60"),
        ("(1 234,50)", "-1234.50"),
        ("− 5,00 ₽", "-5.00"),
        ("-5,00 ₽", "-5.00"),
    ],
)
def test_sums_as_spreadsheets_show_them(company: Company, cell: str, expected: str) -> None:
    text = f"order_id;ordered_at;gross_amount\n1;01.02.2026;{cell}\n"
    (row,), _ = read_orders(company, text)
    assert row["gross_amount"] == Decimal(expected)


@pytest.mark.parametrize("cell", ["5 тыс. руб", "5K", "1,2 млн", "5,00-"])
def test_sums_in_words_are_refused(company: Company, cell: str) -> None:
    lines = "".join(f"{n};01.02.2026;5\n" for n in range(1, 31))
    _, outcome = read_orders(
        company, f"order_id;ordered_at;gross_amount\n{lines}31;01.02.2026;{cell}\n"
    )
    (problem,) = outcome.problems
    assert (problem.line, problem.column, problem.value) == (32, "gross_amount", cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("16.11.26", "2026-11-16 00:00"),
        ("1.2.2026", "2026-02-01 00:00"),
        ("16.11.26 10:30", "2026-11-16 10:30"),
    ],
)
def test_short_dates(company: Company, cell: str, expected: str) -> None:
    (row,), _ = read_orders(company, f"order_id;ordered_at;gross_amount\n1;{cell};5\n")
    assert f"{row['ordered_at']:%Y-%m-%d %H:%M}" == expected


def test_a_date_that_may_be_read_in_two_ways_is_not_read(company: Company) -> None:
    with pytest.raises(UserError) as caught:
        read_orders(company, orders("1,a,11/12/2025,5"))
    assert 'date_order = "mdy"' in str(caught.value.remedy)


@pytest.mark.parametrize("cell", ["46054", "46055,75"])
def test_the_number_of_a_day_is_no_date(company: Company, cell: str) -> None:
    lines = "".join(f"{n};01.02.2026;5\n" for n in range(1, 31))
    _, outcome = read_orders(company, f"order_id;ordered_at;gross_amount\n{lines}31;{cell};5\n")
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (32, "ordered_at")
    assert "spreadsheet has for a day" in problem.reason
    assert "format the column as a date" in problem.remedy


def margins(*shares: str) -> str:
    return "product_line,valid_from,contribution_margin,sales_cycle,recorded_at,recorded_by\n" + (
        "".join(f"p{n},2026-01-01,{cell},short,2026-01-01,a\n" for n, cell in enumerate(shares))
    )


def test_per_cent_with_a_comma(company: Company) -> None:
    path = write(company.registers / "margins.csv", margins('"35,5 %"', "35%", '"35,5\u00a0%"'))
    rows, _ = read(company, "registers__margins", path)
    assert rows.column("contribution_margin").to_pylist() == [
        Decimal("0.355"),
        Decimal("0.35"),
        Decimal("0.355"),
    ]


def test_a_share_without_its_sign_is_told_how_to_be_written(company: Company) -> None:
    path = write(company.registers / "margins.csv", margins("35"))
    with pytest.raises(UserError, match=r"0\.35, or 35%"):
        read(company, "registers__margins", path)


def test_an_id_that_is_kept_from_becoming_a_number(company: Company) -> None:
    text = 'order_id,ordered_at,gross_amount\n="00123",2026-02-01,5\n"=""00124""",2026-02-01,6\n'
    rows, outcome = read_orders(company, text)
    assert [row["order_id"] for row in rows] == ["00123", "00124"]
    assert outcome.problems == []


def test_a_phone_that_a_program_took_for_a_fraction(company: Company) -> None:
    path = write(
        company.exports / "plain" / "leads.csv",
        "lead_id;created_at;phone\n1;01.02.2026;79161234567.0\n2;01.02.2026;+7 916 123-45-67\n"
        "3;01.02.2026;7,91612E+10\n",
    )
    rows, _ = read(company, "plain__leads", path)
    hashes = rows.sort_by("lead_id").column("phone_hash").to_pylist()
    assert hashes[0] == hashes[1] is not None
    assert rows.sort_by("lead_id").column("phone_status").to_pylist()[2] == "invalid"


def test_yes_and_no_of_a_russian_spreadsheet(company: Company) -> None:
    path = write(
        company.exports / "plain" / "leads.csv",
        "lead_id;created_at;is_qualified\n1;01.02.2026;ИСТИНА\n2;01.02.2026;ЛОЖЬ\n",
    )
    rows, _ = read(company, "plain__leads", path)
    assert rows.sort_by("lead_id").column("is_qualified").to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("order_id;ordered_at;gross_amount;\n1;01.02.2026;5;\n", 0),
        ("order_id;ordered_at;gross_amount\n1;01.02.2026;5;\n", 0),
        ("gross_amount;order_id;ordered_at\n5;1;01.02.2026\n", 0),
        ("Номер заказа*;Дата заказа *;Сумма:\n1;01.02.2026;5\n", 0),
    ],
)
def test_trailing_delimiters_and_another_order(company: Company, text: str, refused: int) -> None:
    (row,), outcome = read_orders(company, text)
    assert (row["gross_amount"], row["day"]) == (Decimal(5), date(2026, 2, 1))
    assert outcome.rows_refused == refused


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("7,c\x007,2026-01-01,100.50", "customer_id"),
        ("7,c7,2026-01-01\x00\x00,100.50", "ordered_at"),
        ("7,c7,2026-01-01,1\x0000.50", "gross_amount"),
    ],
)
def test_a_zero_byte_costs_its_own_row(company: Company, row: str, column: str) -> None:
    rows, outcome = read_orders(company, orders(*GOOD[:6], row, *GOOD[7:]))
    assert len(rows) == 29
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (8, column)
    assert problem.reason == "the cell holds a zero byte, which no text has"


def test_a_short_file_with_zero_bytes_is_not_taken_for_utf16(company: Company) -> None:
    with pytest.raises(UserError, match="zero byte") as caught:
        read_orders(company, orders("1\x00,c1,2026-01-01,1\x0000"))
    assert caught.value.line == 2


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\v", "\f"])
@pytest.mark.parametrize("first", [0, 1, 20])
def test_line_ends_of_another_kind_hide_no_rows(
    company: Company, character: str, first: int
) -> None:
    """From some line on rows are parted by what ends no line: one refused row would be many."""
    lines = orders(*GOOD).splitlines()
    text = "\n".join([*lines[:first], character.join(lines[first:])]) + "\n"
    with pytest.raises(
        UserError, match=rf"several rows, parted by U\+{ord(character):04X}"
    ) as error:
        read_orders(company, text)
    assert error.value.line == first + 1


def test_characters_of_line_ends_inside_of_cells_are_text(company: Company) -> None:
    rows, outcome = read_orders(
        company, orders(*GOOD[:6], '7,"c\u20287\v",2026-01-01,100.50', *GOOD[7:])
    )
    assert (len(rows), outcome.rows_refused) == (30, 0)


def test_invisible_characters_in_a_header_lose_no_column(company: Company) -> None:
    text = orders(*GOOD).replace("customer_id", "customer\x00_id\u200b")
    rows, _ = read_orders(company, text)
    assert all(row["customer_id"] for row in rows)


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ('5,"c5,2026-01-01,100.50', '9,c9",2026-01-01,100.50'),  # a customer's name, say
        ('"5,c5,2026-01-01,100.50', '9",c9,2026-01-01,100.50'),
        ('5,"c5,2026-01-01,100.50', '9,c9,2026-01-01",100.50'),  # closed in another column
    ],
)
def test_rows_between_two_stray_quotation_marks_are_not_lost(
    company: Company, opened: str, closed: str
) -> None:
    rows = [*GOOD]
    rows[4], rows[8] = opened, closed
    with pytest.raises(UserError, match="closed in a later row: 4 rows lie in one cell") as error:
        read_orders(company, orders(*rows))
    assert error.value.line == 6


def test_text_of_several_lines_is_a_cell(company: Company) -> None:
    text = '7,"Anna, flat 7\nring twice, please, at 7,\n12,c,floor 2,no lift",2026-01-01,100.50'
    rows, outcome = read_orders(company, orders(*GOOD[:6], text, *GOOD[7:]))
    assert (len(rows), outcome.rows_refused) == (30, 0)
