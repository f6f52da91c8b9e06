"""Slips of hand-kept tables: what a person would see at once must not be loaded in silence."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import ExportFile, FileOutcome, FileReader
from tests.unit.sources.helpers import make_company, orders, read, write

GOOD = [f"{number},c{number},2026-01-01,100.50" for number in range(1, 31)]


def examined(company: Company, name: str, content: str | bytes) -> FileOutcome:
    path = write(company.exports / "plain" / name, content)
    file = ExportFile(path, path.relative_to(company.directory).as_posix())
    reader = FileReader(company, contract_of("plain", "orders"), file, path.parent, examines=True)
    for _ in reader.batches():
        pass
    return reader.outcome


def read_as(company: Company, column: str, word: str) -> list[object]:
    """What one order with this word in the column is read as."""
    header = f"order_id,customer_id,ordered_at,gross_amount,{column}"
    path = write(
        company.exports / "plain" / "orders.csv", orders(f"{GOOD[0]},{word}", header=header)
    )
    rows, _ = read(company, "plain__orders", path)
    return list(rows.column(column).to_pylist())


@pytest.mark.parametrize(
    "word",
    ["Итого", "ИТОГО:", "Всего", "Total", "grand total", "Sum", "Subtotal", "Итого за март"],
)
def test_a_sum_line_with_a_date_is_no_order(company: Company, word: str) -> None:
    path = write(
        company.exports / "plain" / "orders.csv", orders(*GOOD, f"{word},,2026-03-10,3015")
    )
    rows, outcome = read(company, "plain__orders", path)
    assert rows.num_rows == len(GOOD)
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (32, "order_id")
    assert "line of sums" in problem.reason


def test_an_id_that_only_begins_like_a_sum_is_an_id(company: Company) -> None:
    path = write(
        company.exports / "plain" / "orders.csv",
        orders("Total-7,c,2026-01-01,5", "SUM12,c,2026-01-01,5"),
    )
    rows, outcome = read(company, "plain__orders", path)
    assert (rows.num_rows, outcome.problems) == (2, [])


def test_a_sum_line_of_spend_is_no_campaign(company: Company) -> None:
    rows = "".join(f"2026-01-{day:02d};yandex;{day};1,5\n" for day in range(1, 29))
    path = write(
        company.exports / "plain" / "ad_spend.csv",
        f"date;channel;campaign_id;cost\n{rows}2026-01-28;Всего;;42\n",
    )
    _, outcome = read(company, "plain__ad_spend", path)
    assert [problem.column for problem in outcome.problems] == ["channel"]


@pytest.mark.parametrize(
    ("cell", "expected", "currency"),
    [
        ("101,50 ₽", "101.50", ""),
        ("101,50 руб.", "101.50", "RUB"),
        ("1\u00a0101,50 рублей", "1101.50", ""),
        ("1 101,50 р.", "1101.50", ""),
        ("$12,30", "12.30", "USD"),
    ],
)
def test_decimal_commas_with_a_sign_of_currency(
    company: Company, cell: str, expected: str, currency: str
) -> None:
    path = write(
        company.exports / "plain" / "orders.csv",
        f"order_id;ordered_at;gross_amount;currency\n1;01.02.2026;{cell};{currency}\n",
    )
    rows, _ = read(company, "plain__orders", path)
    assert rows.column("gross_amount").to_pylist() == [Decimal(expected)]


@pytest.mark.parametrize(
    ("cell", "currency", "is_read"),
    [
        ("$12.30", "USD", True),
        ("$12.30", "RUB", False),
        ("$12.30", "", False),  # the company counts in roubles
        ("12.30 EUR", "USD", False),
        ("12.30 руб.", "", True),
        ("12.30 руб.", "KZT", False),
        ("¥12.30", "JPY", True),  # of a yen or a yuan: the sign tells nothing
        ("12.30", "USD", True),
        ("(12.30)", "USD", True),
    ],
)
def test_a_sum_that_names_another_currency_than_its_row_is_refused(
    company: Company, cell: str, currency: str, is_read: bool
) -> None:
    rows = [f"{row},RUB" for row in GOOD]
    header = "order_id,customer_id,ordered_at,gross_amount,currency"
    text = orders(*rows, f"31,c,2026-01-01,{cell},{currency}", header=header)
    path = write(company.exports / "plain" / "orders.csv", text)
    read_rows, outcome = read(company, "plain__orders", path)
    assert read_rows.num_rows == len(GOOD) + is_read
    if not is_read:
        (problem,) = outcome.problems
        assert (problem.line, problem.column) == (32, "gross_amount")
        assert "another currency" in problem.reason
        assert "[sources.plain]" in problem.remedy


@pytest.mark.parametrize(
    ("cell", "currency", "is_read"),
    [("$12.30", "", False), ("$12.30", "USD", True), ("12.30 ₽", "", True), ("12.305", "", True)],
)
def test_a_price_that_names_another_currency_than_its_row_is_refused(
    company: Company, cell: str, currency: str, is_read: bool
) -> None:
    good = "".join(f"{number},1,2026-01-01,2,10.00,RUB\n" for number in range(len(GOOD)))
    path = write(
        company.exports / "plain" / "order_lines.csv",
        "order_id,line_id,ordered_at,quantity,unit_price,currency\n"
        f"{good}last,1,2026-01-01,2,{cell},{currency}\n",
    )
    rows, outcome = read(company, "plain__order_lines", path)
    assert rows.num_rows == len(GOOD) + is_read
    assert [problem.column for problem in outcome.problems] == ([] if is_read else ["unit_price"])


def test_a_source_in_dollars_takes_sums_in_dollars(company: Company) -> None:
    company = make_company(company.directory, plain={"currency": "USD"})
    path = write(company.exports / "plain" / "orders.csv", orders(*GOOD, "31,c,2026-01-01,$5"))
    rows, outcome = read(company, "plain__orders", path)
    assert (rows.num_rows, outcome.problems) == (len(GOOD) + 1, [])


@pytest.mark.parametrize(
    ("cells", "expected", "is_told"),
    [
        (["1,500", "2,500"], ["1.50", "2.50"], True),  # nothing else tells: a comma is decimal
        (["1,500", "0,5"], ["1.50", "0.50"], False),
        (["1,500", "12.50"], ["1500.00", "12.50"], False),
        (["1,500", "1,234,567"], ["1500.00", "1234567.00"], False),
        (["1.500", "2.500"], ["1.50", "2.50"], True),
        (["1.500", "7,25"], ["1500.00", "7.25"], False),
        (["15", "20"], ["15.00", "20.00"], False),
    ],
)
def test_the_whole_file_tells_what_a_comma_is(
    company: Company, cells: list[str], expected: list[str], is_told: bool
) -> None:
    lines = "".join(f"{n};01.02.2026;{cell}\n" for n, cell in enumerate(cells, start=1))
    content = f"order_id;ordered_at;gross_amount\n{lines}"
    path = write(company.exports / "plain" / "orders.csv", content)
    rows, _ = read(company, "plain__orders", path)
    sums = rows.sort_by("order_id").column("gross_amount").to_pylist()
    assert sums == [Decimal(text) for text in expected]
    remarks = examined(company, "orders.csv", content).remarks
    assert any("one and 234 thousandths" in remark.text for remark in remarks) is is_told


def test_thousands_of_a_whole_number_tell_the_sign_too(company: Company) -> None:
    path = write(
        company.exports / "plain" / "ad_spend.csv",
        "date;channel;clicks;cost\n2026-01-01;yandex;1,200;1,500\n",
    )
    rows, _ = read(company, "plain__ad_spend", path)
    assert rows.select(["clicks", "cost"]).to_pylist() == [{"clicks": 1200, "cost": Decimal(1500)}]


@pytest.mark.parametrize(
    ("gross", "discount", "refund", "is_refused"),
    [
        ("100", "10", "90", False),
        ("100", "10", "90.01", True),
        ("-100", "", "", False),
        ("-100", "", "100", True),  # a return that is taken back twice
    ],
)
def test_a_refund_is_not_more_than_the_order(
    company: Company, gross: str, discount: str, refund: str, is_refused: bool
) -> None:
    good = [f"{row},0,0" for row in GOOD]
    path = write(
        company.exports / "plain" / "orders.csv",
        orders(
            *good,
            f"x,c,2026-01-01,{gross},{discount},{refund}",
            header="order_id,customer_id,ordered_at,gross_amount,discount_amount,refund_amount",
        ),
    )
    _, outcome = read(company, "plain__orders", path)
    told = [problem.column for problem in outcome.problems]
    assert told == (["refund_amount"] if is_refused else [])


def test_a_period_does_not_end_before_it_begins(company: Company) -> None:
    path = write(
        company.directory / "registers" / "confirmed_attacks.csv",
        "channel,campaign_id,start_date,end_date,confirmed_by\n"
        "ads,,2026-03-11,2026-03-01,owner\n"
        + "".join(f"ads,,2026-02-{day},2026-02-{day},owner\n" for day in range(10, 28)),
    )
    rows, outcome = read(company, "registers__confirmed_attacks", path)
    assert rows.num_rows == 18
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (2, "end_date")
    assert "before start_date" in problem.reason


def test_what_is_no_network_is_told_before_the_build_breaks_on_it(company: Company) -> None:
    good = [f"10.0.{number}.0/24" for number in range(40)]
    bad = [
        "203.0.113.0/abc", "203.0.113.0-203.0.113.255", "203.0.113.*", "203.0.113.0/255.255.255.0",
        "203.0.113.300/24", "203.0.113.0/33", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32",
    ]  # fmt: skip
    path = write(
        company.registers / "hosting_networks.csv",
        "\n".join(["network", *good, "203.0.113.7/24", *bad]),
    )
    rows, outcome = read(company, "registers__hosting_networks", path)
    assert rows.column("network").to_pylist() == [*good, "203.0.113.7/24"]
    assert [problem.line for problem in outcome.problems] == list(range(43, 43 + len(bad)))
    assert {problem.column for problem in outcome.problems} == {"network"}


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ("500,100,900,50", None),
        ("-500,-900,-100,", None),
        ("500,,,", None),
        ("500,900,100,50", "incremental_revenue"),
        ("500,600,900,50", "incremental_revenue"),
        ("500,100,400,50", "incremental_revenue_high"),
        ("500,100,900,-50", "spend"),
    ],
)
def test_a_test_whose_interval_does_not_hold_its_estimate_is_refused(
    company: Company, cells: str, wrong: str | None
) -> None:
    """Swapped ends would be a verdict: that a channel pays which may not."""
    header = "incremental_revenue,incremental_revenue_low,incremental_revenue_high,spend"
    good = [f"t{n},ads,geo,2026-01-01,2026-01-31,Ann,5,1,9,2" for n in range(9)]
    path = write(
        company.registers / "holdout_tests.csv",
        f"test_id,channel,method,start_date,end_date,analyst,{header}\n"
        + "\n".join([*good, f"t,ads,geo,2026-01-01,2026-01-31,Ann,{cells}"]),
    )
    rows, outcome = read(company, "registers__holdout_tests", path)
    assert [problem.column for problem in outcome.problems] == ([wrong] if wrong else [])
    assert rows.num_rows == len(good) + (wrong is None)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("fx_rates", "rate_date,currency,nominla,rate\n2026-01-02,KZT,100,15.1\n"),
        ("costs", "cost_id,cost_month,cost_type,amount,currenyc\nC1,2026-01-01,salary,5,USD\n"),
        ("channels", "rule_order,utm_soruce,channel\n1,yandex,yandex_direct\n"),
    ],
)
def test_a_misspelt_column_of_a_register_is_refused(
    company: Company, table: str, text: str
) -> None:
    """A rate of a hundred would be one of one, a rule for one source would take all visits."""
    path = write(company.directory / "registers" / f"{table}.csv", text)
    with pytest.raises(UserError, match=r"is not known; '(nominal|currency|utm_source)' may be"):
        read(company, f"registers__{table}", path)


def test_a_column_that_is_no_slip_may_stand_in_a_register(company: Company) -> None:
    path = write(
        company.directory / "registers" / "fx_rates.csv",
        "rate_date,currency,nominal,rate,comment\n2026-01-02,KZT,100,15.1,from the bank\n",
    )
    rows, _ = read(company, "registers__fx_rates", path)
    assert rows.column("nominal").to_pylist() == [100]


def test_a_misspelt_column_of_an_export_is_remarked_on(company: Company) -> None:
    header = "order_id,customer_id,ordered_at,gross_amount,refund_amuont,manager"
    outcome = examined(
        company, "orders.csv", orders(*[f"{row},5,Anna" for row in GOOD], header=header)
    )
    texts = [remark.text for remark in outcome.remarks]
    assert "the column 'refund_amuont' is not read; 'refund_amount' may be meant" in texts
    assert "columns that are not read: manager" in texts


def test_what_is_no_fault_is_remarked_on(company: Company) -> None:
    header = "order_id,customer_id,ordered_at,gross_amount,manager"
    rows = [f"{row},Anna" for row in GOOD]
    outcome = examined(
        company, "orders.csv", orders(*rows, "R1,c1,2026-01-02,-100.50,Anna", header=header)
    )
    texts = [remark.text for remark in outcome.remarks]
    assert "column 'gross_amount' is below zero in 1 rows: each counts as a return" in texts
    assert "columns that are not read: manager" in texts
    empty = examined(company, "orders.csv", orders(header=header))
    assert "the header stands in line 1, and no row comes after it" in [
        remark.text for remark in empty.remarks
    ]


def test_a_failed_formula_is_no_empty_cell(company: Company) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["order_id", "ordered_at", "customer_id", "gross_amount"])
    for number in range(1, 31):
        sheet.append([number, "2026-01-05", f"c{number}", 100 + number])
    sheet.append([31, "2026-01-05", "c31", "#N/A"])
    sheet.append([32, "2026-01-05", "#N/A", 5])
    content = io.BytesIO()
    book.save(content)
    path = write(company.exports / "plain" / "orders.xlsx", content.getvalue())
    rows, outcome = read(company, "plain__orders", path)
    assert rows.num_rows == 30
    assert [(item.line, item.column) for item in outcome.problems] == [
        (32, "gross_amount"),
        (33, "customer_id"),
    ]
    assert all("error of the spreadsheet" in item.reason for item in outcome.problems)


def test_spend_keeps_its_parts_of_a_kopeck(company: Company) -> None:
    lines = "".join(f"2026-01-01,yandex,{n},0.004\n" for n in range(1000))
    path = write(
        company.exports / "plain" / "ad_spend.csv", f"date,channel,campaign_id,cost\n{lines}"
    )
    rows, _ = read(company, "plain__ad_spend", path)
    assert sum(rows.column("cost").to_pylist()) == Decimal(4)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("рубли", "RUB"),
        ("руб.", "RUB"),
        ("₽", "RUB"),
        ("usd", "USD"),
        ("$", "USD"),
        ("евро", "EUR"),
    ],
)
def test_words_for_currencies(company: Company, word: str, code: str) -> None:
    assert read_as(company, "currency", word) == [code]


def test_an_unknown_currency_is_refused(company: Company) -> None:
    header = "order_id,customer_id,ordered_at,gross_amount,currency"
    rows = [f"{row},RUB" for row in GOOD]
    path = write(
        company.exports / "plain" / "orders.csv",
        orders(*rows, "31,c,2026-01-01,5,quatloo", header=header),
    )
    _, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (32, "currency")
    assert "RUB, USD, EUR" in problem.reason
    assert len(problem.reason) < 120


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Доставлен", "paid"),
        ("Оплачен", "paid"),
        ("Delivered", "paid"),
        ("Completed", "paid"),
        ("Отменён", "cancelled"),
        ("Refunded", "refunded"),
        ("Возвращён", "refunded"),
        ("В обработке", "open"),
        ("Processing", "open"),
    ],
)
def test_usual_statuses_of_shops(company: Company, word: str, status: str) -> None:
    assert read_as(company, "status", word) == [status]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("OutOfMemoryException", "not enough memory"),
        ("IOException", "cannot be read on this machine"),
        ("InternalException", "The reader itself failed"),
        ("InvalidInputException", "damaged or cut off"),
    ],
)
def test_the_cause_that_is_told_is_the_true_one(
    company: Company, error: str, expected: str
) -> None:
    import duckdb  # noqa: PLC0415

    path = write(company.exports / "plain" / "orders.csv", orders(*GOOD))
    file = ExportFile(path, "orders.csv")
    reader = FileReader(company, contract_of("plain", "orders"), file, path.parent)
    raised = getattr(duckdb, error)("No space left on device")
    assert expected in str(reader._unreadable(raised))


@pytest.mark.parametrize("cell", ["1,23457E+12", "1.23457E+12", "2E+15"])
def test_an_id_that_a_spreadsheet_rounded_is_refused(company: Company, cell: str) -> None:
    """Two orders would become one."""
    rows = [f"{number};a;05.01.2026;5" for number in range(20)]
    header = "order_id;customer_id;ordered_at;gross_amount"
    path = write(
        company.exports / "plain" / "orders.csv",
        orders(*rows, f"{cell};a;05.01.2026;5", header=header),
    )
    _, outcome = read(company, "plain__orders", path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column, problem.value) == (22, "order_id", cell)
    assert "rounded" in problem.reason


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("%D0%9B%D0%B5%D1%82%D0%BE+2026", "Лето 2026"),
        ("%25D0%259B%25D0%25B5%25D1%2582%25D0%25BE", "Лето"),
        ("brand%7Csearch", "brand|search"),
        ("a%2Bb", "a+b"),
        ("brand+search+new", "brand search new"),
        ("c++", "c++"),
        ("c++ course", "c++ course"),
        ("brand + search", "brand + search"),
        ("minus 50%", "minus 50%"),
        # one byte a letter: no UTF-8, and which table it is of nobody tells
        ("%CB%E5%F2%EE", "%CB%E5%F2%EE"),
        ("%00%0A", "%00%0A"),
        ("%zz", "%zz"),
        ("%20", None),
    ],
)
def test_labels_of_links_are_decoded(company: Company, recorded: str, expected: str | None) -> None:
    path = write(
        company.exports / "plain" / "leads.csv",
        f"lead_id;created_at;utm_campaign;reject_reason\n1;2026-01-02;{recorded};{recorded}\n",
    )
    rows, outcome = read(company, "plain__leads", path)
    assert outcome.rows_refused == 0
    assert rows.column("utm_campaign").to_pylist() == [expected]
    # other texts are what they are
    assert rows.column("reject_reason").to_pylist() == [recorded]


def test_words_of_the_company_for_a_label_go_before_its_decoding(tmp_path: Path) -> None:
    words = {"values": {"utm_source": {"%d1%8f": "yandex", "ya": "yandex"}}}
    company = make_company(tmp_path / "acme", plain=words)
    path = write(
        company.exports / "plain" / "leads.csv",
        "lead_id;created_at;utm_source\n1;2026-01-02;%D1%8F\n2;2026-01-02;ya\n3;2026-01-02;%D0%B0\n",
    )
    rows, _ = read(company, "plain__leads", path)
    assert rows.column("utm_source").to_pylist() == ["yandex", "yandex", "а"]
