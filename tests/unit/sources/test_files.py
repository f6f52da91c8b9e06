"""The file door: every way an export is broken, and that no row is lost without a word."""

from __future__ import annotations

import gzip
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import export_files
from tests.unit.sources.helpers import (
    direct_report,
    direct_row,
    make_company,
    orders,
    read,
    reader_of,
    write,
)

GOOD = [f"{number},c{number},2026-01-{number:02d},100.50" for number in range(1, 21)]


def orders_file(company: Company, *rows: str, name: str = "orders.csv", **more: str) -> Path:
    return write(company.exports / "plain" / name, orders(*rows, **more))


def fails(company: Company, contract: str, path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read(company, contract, path)
    assert caught.value.file == path.relative_to(company.directory).as_posix()
    assert caught.value.remedy
    return caught.value


# --- exports as the systems write them ------------------------------------------------------------


def test_a_direct_report_with_title_sum_line_and_dashes(company: Company) -> None:
    path = write(
        company.exports / "yandex_direct" / "r.tsv",
        direct_report([direct_row(), direct_row("2026-01-02", campaign=2)]),
    )
    rows, outcome = read(company, "yandex_direct__ad_stats", path)
    assert rows.column("cost").to_pylist() == [Decimal("10.50")] * 2
    assert rows.column("conversions").to_pylist() == [None, None]
    assert rows.column("campaign_id").to_pylist() == ["1", "2"]
    assert rows.column("_file").to_pylist() == ["exports/yandex_direct/r.tsv"] * 2
    assert (outcome.rows_good, outcome.rows_refused, outcome.problems) == (2, 0, [])
    assert (outcome.first_day, outcome.last_day) == (date(2026, 1, 1), date(2026, 1, 2))


def test_a_google_ads_report_with_preamble_sums_and_thousands(company: Company) -> None:
    path = write(
        company.exports / "google_ads" / "r.csv",
        'Campaign report\n"January 1, 2026 - January 31, 2026"\n'
        "Day,Campaign ID,Campaign,Currency code,Impr.,Clicks,Cost,Conversions\n"
        '2026-01-01,77,"Brand, all",USD,"1,234",12,"1,234.56",1.50\n'
        "2026-01-02,77,Brand,USD,5,1,0.30,0.00\n"
        'Total: Account,--,--,USD,"1,239",13,"1,234.86",1.50\n',
    )
    rows, outcome = read(company, "google_ads__campaign_stats", path)
    assert rows.column("impressions").to_pylist() == [1234, 5]
    assert rows.column("cost").to_pylist() == [Decimal("1234.56"), Decimal("0.30")]
    assert rows.column("campaign_name").to_pylist() == ["Brand, all", "Brand"]
    assert (outcome.rows_good, outcome.rows_refused) == (2, 0)


def test_a_vk_ads_export_with_semicolons_and_russian_headers(company: Company) -> None:
    path = write(
        company.exports / "vk_ads" / "r.csv",
        "\ufeffДата;ID кампании;Название кампании;Показы;Клики;Потрачено, ₽;Результат\r\n"
        "01.02.2026;5;Бани;1 000;7;1 250,50;2\r\n",
    )
    company = make_company(company.directory, vk_ads={"decimal": ","})
    rows, _ = read(company, "vk_ads__campaign_stats", path)
    (row,) = rows.to_pylist()
    assert row["date"] == date(2026, 2, 1)
    assert row["impressions"] == 1000
    assert row["cost"] == Decimal("1250.50")
    assert row["goals"] == 2


def test_a_bitrix_export_hashes_contacts_and_never_reads_the_title(company: Company) -> None:
    path = write(
        company.exports / "bitrix24" / "leads.csv",
        "\ufeffID;Название лида;Стадия;Дата создания;Дата изменения;Телефон;E-mail\n"
        "1;Заявка от Анны;NEW;05.01.2026 10:00:00;06.01.2026 11:30:00;8(900)1112233;A@B.ru\n"
        "2;;В работе;05.01.2026 12:00;06.01.2026;+7 900 111-22-33;\n",
    )
    rows, _ = read(company, "bitrix24__leads", path)
    first, second = rows.to_pylist()
    assert first["phone_hash"] == second["phone_hash"]
    assert (first["email_status"], second["email_status"]) == ("valid", "missing")
    assert [first["status"], second["status"]] == ["NEW", "IN_PROCESS"]
    assert first["created_at"] == datetime(2026, 1, 5, 10)  # noqa: DTZ001 - the source's clock
    assert "title" not in rows.column_names
    assert "phone" not in rows.column_names


def test_metrica_quotes_are_ordinary_characters(company: Company) -> None:
    header = ["visitID", "counterID", "date", "dateTime", "clientID", "startURL", "goalsID"]
    row = ["9223372036854775808", "1", "2026-01-01", "2026-01-01 10:00:00", "55", '/?q="a', "[1,2]"]
    path = write(
        company.exports / "yandex_metrica" / "visits.tsv",
        "\t".join(f"ym:s:{name}" for name in header) + "\n" + "\t".join(row) + "\n",
    )
    rows, _ = read(company, "yandex_metrica__visits", path)
    assert rows.column("visit_id").to_pylist() == ["9223372036854775808"]
    assert rows.column("start_url").to_pylist() == ['/?q="a']
    assert rows.column("goals_id").to_pylist() == ["[1,2]"]
    assert rows.column("browser").to_pylist() == [None]


def test_own_words_of_a_company_are_mapped(company: Company) -> None:
    own = {"values": {"status": {"Созвон": "QUALIFIED"}}}
    company = make_company(company.directory, bitrix24=own)
    path = write(
        company.exports / "bitrix24" / "leads.csv",
        "ID;Стадия;Дата создания;Дата изменения\n1;Созвон;05.01.2026;05.01.2026\n",
    )
    rows, _ = read(company, "bitrix24__leads", path)
    assert rows.column("status").to_pylist() == ["QUALIFIED"]


def test_times_with_an_offset_are_turned_to_the_clock_of_the_source(company: Company) -> None:
    path = orders_file(company, "1,a,2026-01-01T22:00:00Z,5", "2,a,2026-01-01T22:00:00+03:00,5")
    rows, _ = read(company, "plain__orders", path)
    found = {row["order_id"]: row["ordered_at"].isoformat() for row in rows.to_pylist()}
    assert found == {"1": "2026-01-02T01:00:00", "2": "2026-01-01T22:00:00"}


# --- containers and encodings ---------------------------------------------------------------------

TEXT = (
    "order_id;customer_id;ordered_at;gross_amount;product_line\n1;a;2026-01-05;10.5;Бани и печи\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(company: Company, encoding: str, newline: str) -> None:
    path = write(company.exports / "plain" / "orders.csv", TEXT.replace("\n", newline), encoding)
    rows, _ = read(company, "plain__orders", path)
    assert rows.column("product_line").to_pylist() == ["Бани и печи"]


def test_mixed_line_ends(company: Company) -> None:
    more = "2;a;2026-01-06;1;x\r\n3;a;bad;1;x\n" + "4;a;2026-01-06;1;x\r\n" * 9
    path = write(company.exports / "plain" / "orders.csv", TEXT + more)
    rows, outcome = read(company, "plain__orders", path)
    assert rows.num_rows == 11
    assert [item.line for item in outcome.problems] == [4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(company: Company, delimiter: str) -> None:
    path = write(company.exports / "plain" / "orders.csv", TEXT.replace(";", delimiter))
    rows, _ = read(company, "plain__orders", path)
    assert rows.num_rows == 1


def test_gzip(company: Company) -> None:
    path = write(company.exports / "plain" / "orders.csv.gz", gzip.compress(TEXT.encode()))
    rows, _ = read(company, "plain__orders", path)
    assert rows.num_rows == 1


def workbook(path: Path, rows: list[list[object]], *, before: int = 0) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["notes"])
    sheet = book.create_sheet("data")
    for _ in range(before):
        sheet.append(["Отчёт"])
    for row in rows:
        sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def test_a_workbook_with_typed_cells_on_its_second_sheet(company: Company) -> None:
    path = workbook(
        company.exports / "plain" / "orders.xlsx",
        [
            ["Номер заказа", "Клиент", "Дата", "Сумма", "Количество"],
            [1001, "c1", datetime(2026, 1, 5, 10, 30), 9000.5, 2],  # noqa: DTZ001
            [1002, "c2", date(2026, 1, 6), 10, 1.5],
        ],
        before=2,
    )
    rows, _ = read(company, "plain__orders", path)
    first, second = rows.sort_by("order_id").to_pylist()
    assert first["order_id"] == "1001"
    assert first["gross_amount"] == Decimal("9000.50")
    assert first["ordered_at"] == datetime(2026, 1, 5, 10, 30)  # noqa: DTZ001
    assert second["day"] == date(2026, 1, 6)
    assert second["quantity"] == Decimal("1.5")


def test_a_bad_cell_of_a_workbook_is_named_by_its_row(company: Company) -> None:
    rows = [["order_id", "ordered_at", "gross_amount"]]
    rows += [[str(n), "2026-01-05", "1"] for n in range(20)]
    rows[7][2] = "ten"
    path = workbook(company.exports / "plain" / "orders.xlsx", rows, before=1)
    _, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column, problem.value) == (9, "gross_amount", "ten")


def test_parquet_with_its_own_types(company: Company) -> None:
    table = pa.table(
        {
            "order_id": pa.array([1, 2], pa.int64()),
            "ordered_at": pa.array([datetime(2026, 1, 5, 10), datetime(2026, 1, 6)]),  # noqa: DTZ001
            "gross_amount": pa.array([10.25, 3.0]),
        }
    )
    path = company.exports / "plain" / "orders.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(table, path)
    rows, _ = read(company, "plain__orders", path)
    amounts = {row["order_id"]: row["gross_amount"] for row in rows.to_pylist()}
    assert amounts == {"1": Decimal("10.25"), "2": Decimal("3.00")}, "in any order"


def test_a_bad_row_of_parquet_is_named_by_its_number(company: Company) -> None:
    path = company.exports / "plain" / "orders.parquet"
    path.parent.mkdir(parents=True)
    days = [date(2026, 1, 5)] * 20
    days[12] = date(1970, 1, 1)
    pq.write_table(
        pa.table(
            {"order_id": list(map(str, range(20))), "ordered_at": days, "gross_amount": [1] * 20}
        ),
        path,
    )
    _, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column, problem.value) == (13, "ordered_at", "1970-01-01")


# --- files that cannot be used --------------------------------------------------------------------


def test_an_empty_file(company: Company) -> None:
    error = fails(company, "plain__orders", write(company.exports / "plain" / "orders.csv", b""))
    assert "empty (0 bytes)" in str(error)


def test_a_file_with_a_header_only_has_no_rows(company: Company) -> None:
    rows, outcome = read(company, "plain__orders", orders_file(company))
    assert rows.num_rows == 0
    assert outcome.problems == []


def test_a_direct_report_of_no_rows(company: Company) -> None:
    path = write(company.exports / "yandex_direct" / "r.tsv", direct_report([]))
    assert read(company, "yandex_direct__ad_stats", path)[1].rows_good == 0


def test_a_file_without_a_header(company: Company) -> None:
    path = write(company.exports / "plain" / "orders.csv", "1,a,2026-01-01,5\n2,a,2026-01-01,6\n")
    error = fails(company, "plain__orders", path)
    assert "No header line" in str(error)
    assert "gross_amount" not in error.message
    assert "ordered_at" in str(error)


def test_a_missing_column_names_the_closest_header_and_the_setting(company: Company) -> None:
    report = direct_report([direct_row()]).replace("\tCost\t", "\tCosts\t")
    path = write(company.exports / "yandex_direct" / "r.tsv", report)
    error = fails(company, "yandex_direct__ad_stats", path)
    assert "'Cost' is missing; the closest header found is 'Costs'" in str(error)
    assert '[sources.yandex_direct.columns] cost = "Costs"' in str(error)
    assert error.line == 2


def test_a_header_that_is_not_alike_is_no_advice(company: Company) -> None:
    header = "ID;Стадия;Название лида;Обращение;Имя;Фамилия;Дата создания;Ответственный"
    row = "1;В работе;Заявка;;Мария;Иванова;05.11.2026 10:00:00;Ольга"
    path = write(company.exports / "bitrix24" / "LEAD.csv", f"{header}\n{row}\n", "cp1251")
    error = fails(company, "bitrix24__leads", path)
    assert "'Дата изменения' is missing" in str(error)
    assert "closest" not in str(error)
    assert 'updated_at = "your header"' in str(error)


def test_the_setting_names_the_column(company: Company) -> None:
    path = orders_file(company, "7,a,2026-01-01,5", header="номер,кто,когда,сколько")
    columns = {
        "order_id": "Номер",
        "customer_id": "кто",
        "orders.ordered_at": "когда",
        "gross_amount": "Сколько",
    }
    company = make_company(company.directory, plain={"columns": columns})
    rows, _ = read(company, "plain__orders", path)
    assert rows.column("order_id").to_pylist() == ["7"]


def test_a_setting_for_an_unknown_column(company: Company) -> None:
    company = make_company(company.directory, plain={"columns": {"gross_amuont": "x"}})
    path = orders_file(company, *GOOD)
    with pytest.raises(UserError, match="write gross_amount") as caught:
        read(company, "plain__orders", path)
    assert caught.value.file == "company.toml"


def test_a_column_that_comes_twice(company: Company) -> None:
    path = orders_file(company, "1,a,2026-01-01,5,6", header="order_id,c,ordered_at,Сумма,сумма")
    error = fails(company, "plain__orders", path)
    assert "comes twice, as the 4th and the 5th column" in str(error)
    assert error.column == "Сумма"


def test_an_unused_column_may_come_twice(company: Company) -> None:
    path = orders_file(company, "1,2026-01-01,5,,", header="order_id,ordered_at,gross_amount,x,x")
    assert read(company, "plain__orders", path)[1].rows_good == 1


def test_a_report_that_was_cut_off(company: Company) -> None:
    path = write(company.exports / "yandex_direct" / "r.tsv", direct_report([direct_row()] * 2, 3))
    error = fails(company, "yandex_direct__ad_stats", path)
    assert "says it has 3 rows, but 2 are in the file" in str(error)
    assert error.line == 5


def test_a_sum_line_padded_by_a_spreadsheet_is_verified_too(company: Company) -> None:
    report = direct_report([direct_row()], 9).rstrip("\n") + "\t" * 7 + "\n"
    path = write(company.exports / "yandex_direct" / "r.tsv", report)
    assert "says it has 9 rows, but 1" in str(fails(company, "yandex_direct__ad_stats", path))


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.xlsx", "orders.parquet"])
def test_files_that_were_cut_off(company: Company, name: str) -> None:
    folder = company.exports / "plain"
    folder.mkdir(parents=True)
    whole = folder / name
    if name.endswith(".gz"):
        rows = "".join(f"{n},a,2026-01-01,{n * 7919 % 997}\n" for n in range(5000))
        whole.write_bytes(gzip.compress(orders(rows).encode()))
    elif name.endswith(".xlsx"):
        workbook(whole, [["order_id", "ordered_at", "gross_amount"], ["1", "2026-01-01", "5"]])
    else:
        pq.write_table(pa.table({"order_id": list(range(5000))}), whole)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    error = fails(company, "plain__orders", whole)
    assert "damaged" in str(error)


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
@pytest.mark.parametrize(
    "end", ["21,c21,2026-0", '21,"c21', "21,c,2026-01-01,5\n22,c22", "21,Бан\xd0"]
)
def test_a_text_that_breaks_off_is_not_taken_for_the_whole(
    company: Company, name: str, end: str
) -> None:
    """Its days would lose their other rows, for one row in the quarantine."""
    text = (orders(*GOOD) + end.removesuffix("\xd0")).encode() + b"\xd0" * end.endswith("\xd0")
    path = write(
        company.exports / "plain" / name, gzip.compress(text) if name.endswith(".gz") else text
    )
    error = fails(company, "plain__orders", path)
    assert "breaks off inside of its last line" in error.message
    assert error.line == 22 + end.count("\n")


@pytest.mark.parametrize("end", ["21,c21,2026-0\n", "* without the wholesale trade", "\x1a"])
def test_a_torn_line_or_a_note_at_the_end_is_only_refused(company: Company, end: str) -> None:
    path = write(company.exports / "plain" / "orders.csv", orders(*GOOD) + end)
    rows, outcome = read(company, "plain__orders", path)
    assert (rows.num_rows, outcome.rows_refused) == (len(GOOD), 1)


def test_half_a_character_of_utf16(company: Company) -> None:
    path = write(company.exports / "plain" / "orders.csv", orders(*GOOD).encode("utf-16")[:-1])
    assert "cut off inside of a character" in fails(company, "plain__orders", path).message


def test_a_csv_that_calls_itself_a_workbook(company: Company) -> None:
    path = write(company.exports / "plain" / "orders.xlsx", TEXT)
    assert read(company, "plain__orders", path)[1].rows_good == len(TEXT.splitlines()) - 1
    path.write_bytes(b"\x00\x01" * 100)
    assert "does not begin like" in str(fails(company, "plain__orders", path))


def test_a_workbook_that_calls_itself_a_csv(company: Company) -> None:
    book = workbook(
        company.exports / "plain" / "orders.xlsx",
        [["order_id", "ordered_at", "gross_amount"], ["1", "2026-01-01", "5"]],
    )
    path = book.rename(book.with_suffix(".csv"))
    assert read(company, "plain__orders", path)[1].rows_good == 1


def test_a_web_page(company: Company) -> None:
    path = write(company.exports / "plain" / "orders.csv", "<!DOCTYPE html><html>Sign in</html>")
    assert "web page" in str(fails(company, "plain__orders", path))


def test_a_quote_that_is_never_closed(company: Company) -> None:
    rows = [*GOOD[:5], '6,"c6,2026-01-06,1', *GOOD[6:]]
    error = fails(company, "plain__orders", orders_file(company, *rows))
    assert "never closed" in str(error)
    assert error.line == 7


@pytest.mark.parametrize("before", [0, 17_000_000])
def test_a_line_too_long_for_a_table_is_named(company: Company, before: int) -> None:
    """Where two buffers of the engine share such a line, it would be missing without a word."""
    filler = "".join(f"{n},c,2026-01-01,{'0' * 990}5\n" for n in range(before // 1000))
    long = f"x,{'y' * 17_000_000},2026-01-01,5"
    path = orders_file(company, *GOOD[:3], *filler.splitlines(), long, *GOOD[3:])
    error = fails(company, "plain__orders", path)
    assert "longer than 2,000,000 bytes" in error.message
    assert error.line == 5 + before // 1000


def test_a_row_too_long_is_quarantined(company: Company) -> None:
    notes = "a line of notes\n" * 200_000
    rows, outcome = read(
        company, "plain__orders", orders_file(company, *GOOD, f'x,"{notes}",2026-01-01,5')
    )
    assert (rows.num_rows, outcome.rows_refused) == (len(GOOD), 1)
    (problem,) = outcome.problems
    assert (problem.line, problem.value) == (22, None)
    assert "longer than 2,000,000 bytes" in problem.reason


# --- rows that are refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "reason", "remedy"),
    [
        ('21,c,2026-01-01,"10,5"', "gross_amount", "decimal comma", 'decimal = ","'),
        ("21,c,2026-01-01,ten", "gross_amount", "not a number", "digits only"),
        ("21,c,2026-01-01,", "gross_amount", "is empty", "fill the cell"),
        ("21,c,1970-01-01,10", "ordered_at", "before 2025-05-01", "first_date"),
        ("21,c,2062-01-01,10", "ordered_at", "in the future", "mend the date"),
        ("21,c,31/12/2026,10", "ordered_at", "not a date", "31.01.2026"),
        ("21,c,31.02.2026,10", "ordered_at", "not a date", "31.01.2026"),
    ],
)
def test_a_wrong_cell_is_quarantined_with_its_place(
    company: Company, row: str, column: str, reason: str, remedy: str
) -> None:
    path = orders_file(company, *GOOD[:9], row, *GOOD[9:])
    rows, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert problem.file == "exports/plain/orders.csv"
    assert problem.line == 11
    assert problem.column == column
    assert reason in problem.reason
    assert remedy in problem.remedy
    assert rows.num_rows == len(GOOD)
    assert (outcome.rows_good, outcome.rows_refused) == (len(GOOD), 1)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("10,5", "10.50"), ("1 250,50", "1250.50"), ("1.250,50", "1250.50"), ("7", "7.00")],
)
def test_decimal_commas_are_taken_where_the_source_is_set_so(
    company: Company, cell: str, expected: str
) -> None:
    company = make_company(company.directory, plain={"decimal": ","})
    path = orders_file(company, f'1,c,2026-01-01,"{cell}"')
    rows, _ = read(company, "plain__orders", path)
    assert rows.column("gross_amount").to_pylist() == [Decimal(expected)]


def test_numbers_of_a_workbook_and_of_parquet_have_no_decimal_sign(company: Company) -> None:
    """`decimal` says how a company writes numbers as text, in whatever kind of file."""
    company = make_company(company.directory, plain={"decimal": ","})
    rows = [["order_id", "ordered_at", "gross_amount"], ["1", "2026-01-01", 10.5]]
    book = workbook(company.exports / "plain" / "orders.xlsx", [*rows, ["2", "2026-01-01", "7,25"]])
    sums = [Decimal("7.25"), Decimal("10.5")]
    found = read(company, "plain__orders", book)[0]
    assert sorted(found.column("gross_amount").to_pylist()) == sums
    frame = {"order_id": ["1", "2"], "ordered_at": ["2026-01-01"] * 2}
    for gross in ([7.25, 10.5], ["7,25", "10,5"], sums):
        path = company.exports / "plain" / "orders.parquet"
        pq.write_table(pa.table({**frame, "gross_amount": gross}), path)
        found = read(company, "plain__orders", path)[0]
        assert sorted(found.column("gross_amount").to_pylist()) == sums


def test_a_decimal_point_in_a_source_of_commas_is_no_thousands_mark(company: Company) -> None:
    company = make_company(company.directory, plain={"decimal": ","})
    path = orders_file(
        company, *[row.replace("100.50", "100") for row in GOOD], "21,c,2026-01-01,10.50"
    )
    _, outcome = read(company, "plain__orders", path)
    assert "decimal point" in outcome.problems[0].reason
    assert 'decimal = "."' in outcome.problems[0].remedy


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("1,234", 1234), ("1 234", 1234), ("12.0", 12), ("12.5", None), ("-3", None), ("1,2", None)],
)
def test_whole_numbers(company: Company, cell: str, expected: int | None) -> None:
    good = "2026-01-01;1;1;1;1\n" * 20
    path = write(
        company.exports / "vk_ads" / "r.csv",
        f"date;campaign_id;impressions;clicks;cost\n{good}2026-01-01;2;{cell};1;1\n",
    )
    rows, outcome = read(company, "vk_ads__campaign_stats", path)
    found = [row["impressions"] for row in rows.to_pylist() if row["campaign_id"] == "2"]
    assert found == ([] if expected is None else [expected])
    assert outcome.rows_refused == (1 if expected is None else 0)


def test_the_header_repeated_in_the_middle(company: Company) -> None:
    path = orders_file(
        company, *GOOD[:9], "order_id,customer_id,ordered_at,gross_amount", *GOOD[9:]
    )
    _, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert problem.line == 11
    assert "header line is repeated" in problem.reason
    assert outcome.rows_good == len(GOOD)


def test_ragged_lines_and_blank_rows(company: Company) -> None:
    path = orders_file(
        company,
        *GOOD[:4],
        "5,c5",
        "",
        ",,,",
        '6,"a\nb",2026-01-01,5',
        "7,c,2026-01-01,1,9",
        *GOOD[7:],
    )
    _, outcome = read(company, "plain__orders", path)
    assert [(item.line, item.reason) for item in outcome.problems] == [
        (6, "the line has 2 cells where the header has 4"),
        (11, "the line has 5 cells where the header has 4"),
    ]
    assert outcome.rows_good == len(GOOD) - 2


def test_lines_are_exact_after_quoted_line_ends_and_torn_lines(company: Company) -> None:
    rows = [
        '1,"a\nb\nc",2026-01-01,5',
        "",
        "2,torn",
        '3,"x\ny",2026-01-01,bad',
        *GOOD,
        "99,c,bad,5",
    ]
    _, outcome = read(company, "plain__orders", orders_file(company, *rows))
    assert [item.line for item in outcome.problems] == [6, 7, 29]


def test_an_allowed_list_offers_the_mapping(company: Company) -> None:
    good = "1;NEW;05.01.2026;05.01.2026\n" * 20
    path = write(
        company.exports / "bitrix24" / "leads.csv",
        f"ID;Стадия;Дата создания;Дата изменения\n{good}2;Созвон;05.01.2026;05.01.2026\n",
    )
    _, outcome = read(company, "bitrix24__leads", path)
    (problem,) = outcome.problems
    assert problem.value == "Созвон"
    assert "[sources.bitrix24.values.status]" in problem.remedy


def test_personal_data_is_never_quarantined(company: Company) -> None:
    good = "1;NEW;05.01.2026;05.01.2026;+79001112233;5\n" * 20
    path = write(
        company.exports / "bitrix24" / "leads.csv",
        "ID;Стадия;Дата создания;Дата изменения;Телефон;Сумма\n"
        f"{good}2;NEW;05.01.2026;05.01.2026;;89005556677\n"
        "3;NEW;05.01.2026;05.01.2026;;анна@почта.рф\n"
        "4;NEW;05.01.2026;Иванова;+79008887766\n",
    )
    _, outcome = read(company, "bitrix24__leads", path)
    assert outcome.rows_refused == 2
    assert "900" not in repr(outcome.problems)
    assert "анна" not in repr(outcome.problems)


# --- how many are too many ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "bad", "fails_"),
    [
        (990, 10, False),
        (1189, 11, False),
        (989, 11, True),
        (8, 2, False),
        (7, 2, True),
        (0, 1, True),
    ],
)
def test_the_threshold(company: Company, good: int, bad: int, fails_: bool) -> None:
    rows = [f"{n},c,2026-01-01,1" for n in range(good)] + [
        f"x{n},c,2026-01-01,ten" for n in range(bad)
    ]
    path = orders_file(company, *rows)
    if not fails_:
        assert read(company, "plain__orders", path)[1].rows_refused == bad
        return
    error = fails(company, "plain__orders", path)
    assert f"{bad:,} of {good + bad:,} rows cannot be used" in str(error)
    assert error.line == good + 2
    assert error.column == "gross_amount"
    assert "('ten')" in str(error)


def test_the_most_frequent_reason_is_the_one_told(company: Company) -> None:
    path = orders_file(
        company, "1,c,bad,1", *[f"{n},c,2026-01-01,ten" for n in range(5)], *GOOD[:9]
    )
    error = fails(company, "plain__orders", path)
    assert "not a number" in str(error)
    assert error.line == 3


# --- identities -----------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        ["2026-01-05", "05.01.2026", "1970-01-01", "10.50", "10,5", "ten", "", " ", "7"]
    ),
    st.text(alphabet="ab1;\"' \u00a0", max_size=4),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=30, max_size=40), st.integers(0, 5))
def test_no_row_is_lost(company: Company, rows: list[tuple[str, str, str]], breaks: int) -> None:
    """Rows in = rows good + rows refused, and each refused row is told with its line."""
    lines = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    lines += [f"{n};2026-01-01;1" for n in range(400)]
    for position in range(breaks):
        lines.insert(position * 7, f"torn{position}")
    path = write(
        company.exports / "plain" / "orders.csv",
        "\n".join(["order_id;ordered_at;gross_amount", *lines]) + "\n",
    )
    blank = sum(all(not cell.strip(" \u00a0") for cell in row) for row in rows)
    reader = reader_of(company, "plain__orders", path)
    with suppress(UserError):  # more than the threshold allows: counted and told all the same
        list(reader.batches())
    outcome = reader.outcome
    assert outcome.rows_good + outcome.rows_refused == len(lines) - blank
    assert len(outcome.problems) == outcome.rows_refused
    for problem in outcome.problems:
        line = lines[(problem.line or 0) - 2]
        assert line.startswith("torn") or problem.column in (
            "ordered_at",
            "gross_amount",
            "order_id",
        )
        if problem.value and problem.column:
            assert problem.value.strip() in line.replace('""', '"')


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(list(range(12))))
def test_generated_order_ids_do_not_depend_on_the_order_of_rows(
    company: Company, order: list[int]
) -> None:
    header = "customer_id,ordered_at,gross_amount,phone"
    lines = [f"c{n % 3},2026-01-0{1 + n % 2},5,+7900111223{n % 4}" for n in range(12)]
    first, _ = read(company, "plain__orders", orders_file(company, *lines, header=header))
    shuffled, _ = read(
        company, "plain__orders", orders_file(company, *[lines[n] for n in order], header=header)
    )

    def told(rows: pa.Table) -> set[tuple[object, ...]]:
        columns = ["order_id", "customer_id", "ordered_at", "phone_hash"]
        return set(zip(*(rows.column(name).to_pylist() for name in columns), strict=True))

    assert told(first) == told(shuffled)
    assert len({row[0] for row in told(first)}) == 12
    assert set(first.column("has_order_id").to_pylist()) == {False}


def test_generated_ids_fill_gaps_only(company: Company) -> None:
    path = orders_file(company, "7,a,2026-01-01,5", ",a,2026-01-01,5", ",a,2026-01-01,5")
    rows, _ = read(company, "plain__orders", path)
    found = {row["order_id"]: row["has_order_id"] for row in rows.to_pylist()}
    assert found.pop("7") is True
    assert len(found) == 2
    assert set(found.values()) == {False}


def test_bad_rows_are_found_though_ids_are_generated(company: Company) -> None:
    lines = [f"c{n},2026-01-01,{n}" for n in range(30)]
    lines[11] = "c11,bad,11"
    path = orders_file(company, *lines, header="customer_id,ordered_at,gross_amount")
    _, outcome = read(company, "plain__orders", path)
    assert [(item.line, item.value) for item in outcome.problems] == [(13, "bad")]


@pytest.mark.parametrize("preamble", ["Отчёт\n\n", "\n\n", '"a, b"\nc\n\n\n', "# note; 1\n"])
def test_lines_are_exact_after_any_preamble(company: Company, preamble: str) -> None:
    text = preamble + orders(*GOOD, "21,c,bad,5")
    _, outcome = read(
        company, "plain__orders", write(company.exports / "plain" / "orders.csv", text)
    )
    assert outcome.rows_good == len(GOOD)
    assert [item.line for item in outcome.problems] == [preamble.count("\n") + 22]


def test_a_few_broken_bytes_refuse_their_rows_only(company: Company) -> None:
    rows = [f"{n};2026-01-01;5;Бани и печи" for n in range(200)]
    text = "\n".join(["order_id;ordered_at;gross_amount;product_line", *rows]).encode()
    broken = text.replace("7;2026-01-01;5;Бани".encode(), b"7;2026-01-01;5;\xd0\xff\xd0", 1)
    path = write(company.exports / "plain" / "orders.csv", broken)
    rows_read, outcome = read(company, "plain__orders", path)
    assert [(item.line, item.reason) for item in outcome.problems] == [
        (9, "the line holds characters that are not UTF-8")
    ]
    assert set(rows_read.column("product_line").to_pylist()) == {"Бани и печи"}


def test_a_large_file_keeps_its_order_and_lines(company: Company) -> None:
    """Several of DuckDB's threads and buffers work on it."""
    folder = company.exports / "plain"
    folder.mkdir(parents=True)
    path = folder / "orders.csv"
    duckdb.sql(
        "copy (select i as order_id, 'c' as customer_id, date '2026-01-01' as ordered_at, "
        "case when i % 100003 = 7 then 'bad' else repeat('0', 60) || i end as gross_amount "
        f"from range(700000) t(i)) to '{path}' (header)"
    )
    rows, outcome = read(company, "plain__orders", path)
    assert [item.line for item in outcome.problems] == [n + 2 for n in range(7, 700000, 100003)]
    assert rows.num_rows == 700000 - len(outcome.problems)


# --- which files ----------------------------------------------------------------------------------


def test_files_of_a_source_with_several_tables(company: Company) -> None:
    folder = company.exports / "plain"
    for name in (
        "orders-2026.csv",
        "Order lines 2026.csv",
        "order_lines/part1.csv",
        "leads.xlsx",
        "Заказы май.csv",
        ".hidden.csv",
        "~$orders.xlsx",
        "orders.docx",
    ):
        write(folder / name, "x")

    def found(table: str) -> set[str]:
        files = export_files(company, contract_of("plain", table))
        return {file.name.removeprefix("exports/plain/") for file in files}

    assert found("orders") == {"orders-2026.csv", "Заказы май.csv"}
    assert found("order_lines") == {"Order lines 2026.csv", "order_lines/part1.csv"}
    assert found("leads") == {"leads.xlsx"}


def test_a_file_that_belongs_to_no_table(company: Company) -> None:
    write(company.exports / "plain" / "export (1).csv", "x")
    with pytest.raises(UserError, match="begin with one of: orders, order_lines") as caught:
        export_files(company, contract_of("plain", "orders"))
    assert caught.value.file == "exports/plain/export (1).csv"


def test_a_source_with_one_table_takes_every_file_in_the_order_of_names(company: Company) -> None:
    for name in ("2026-02.tsv", "2026-01.tsv", "old/2025.tsv.gz"):
        write(company.exports / "yandex_direct" / name, "x")
    files = export_files(company, contract_of("yandex_direct", "ad_stats"))
    assert [file.path.name for file in files] == ["2026-01.tsv", "2026-02.tsv", "2025.tsv.gz"]


def test_the_main_table_takes_files_of_any_name(company: Company) -> None:
    write(company.exports / "yandex_metrica" / "logs-part0.tsv", "x")
    (file,) = export_files(company, contract_of("yandex_metrica", "visits"))
    assert file.name == "exports/yandex_metrica/logs-part0.tsv"
