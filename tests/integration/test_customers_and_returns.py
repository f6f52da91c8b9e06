"""Customers and returns as shops keep them: people who order now with an account and now without,
money paid back in every way that exports know, months that won nobody, figures that grow by
themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.lake.company_tables import PUBLISHED_FIGURES_SCHEMA, figures_path
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company
from tests.integration.company_marts import load_all, marts_of, write_rows

FIRST, AS_OF = date(2026, 1, 1), date(2026, 7, 1)
MARTS = (
    "dim_customer", "fct_orders", "int_pipeline_stages", "kpi_customers_monthly",
    "kpi_data_quality", "kpi_metrics_monthly", "kpi_restatements", "kpi_retention_cohorts",
)  # fmt: skip
ANNA, BORIS, DESK = "+79001112233", "+79004445566", "+79007778899"


def _order(name: str, at: str, amount: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": name, "ordered_at": at, "gross_amount": amount, "currency": "RUB",
        "status": "paid", "product_line": "goods", **more,
    }  # fmt: skip


PEOPLE = [
    # a guest, then an account with the same phone; the e-mail alone is hers as well
    _order("anna1", "2026-01-10 12:00", 100, phone=ANNA),
    _order("anna2", "2026-02-10 12:00", 100, phone=ANNA, email="a@example.com", customer_id="A"),
    _order("anna3", "2026-03-10 12:00", 100, email="a@example.com"),
    # guests who never open an account: a phone with an e-mail, then the e-mail alone
    _order("boris1", "2026-01-11 12:00", 100, phone=BORIS, email="b@example.com"),
    _order("boris2", "2026-03-11 12:00", 100, email="b@example.com"),
    # the phone of a reception desk, which two accounts and a guest give
    _order("desk1", "2026-01-12 12:00", 100, phone=DESK, customer_id="D1"),
    _order("desk2", "2026-01-13 12:00", 100, phone=DESK, customer_id="D2"),
    _order("desk3", "2026-01-14 12:00", 100, phone=DESK),
    # an e-mail typed for whoever has none says nothing of those who left a phone
    _order("none1", "2026-01-15 12:00", 100, phone="+79001000001", email="no@example.com"),
    _order("none2", "2026-01-15 13:00", 100, phone="+79001000002", email="no@example.com"),
    _order("none3", "2026-01-15 14:00", 100, email="no@example.com"),
    # nobody knows who
    _order("unknown", "2026-01-16 12:00", 100),
    # the account is known to the register of customers alone
    _order("vera1", "2026-01-17 12:00", 100, phone="+79005550000"),
    _order("vera2", "2026-02-17 12:00", 100, customer_id="V"),
]
RETURNS = [
    _order("part", "2026-02-01 12:00", 1000, customer_id="R1"),
    _order("part", "2026-04-01 12:00", -400, customer_id="R1", status="Refunded"),
    _order("whole", "2026-02-01 12:00", 1000, customer_id="R2", status="Возвращён"),
    _order("whole", "2026-04-01 12:00", -1000, customer_id="R2", status="Возвращён"),
    _order("withdrawn", "2026-02-01 12:00", 1000, customer_id="R3"),
    _order("withdrawn", "2026-04-01 12:00", -1000, customer_id="R3", status="Отменён"),
    _order("under_way", "2026-02-01 12:00", 1000, customer_id="R4"),
    _order("under_way", "2026-04-01 12:00", -1000, customer_id="R4", status="В обработке"),
    _order("bare", "2026-04-02 12:00", -30, customer_id="R1", status="Returned"),
    _order("foreign", "2026-02-02 12:00", 10, customer_id="R5", currency="USD"),
]
# one sale that came back whole, in every way that exports have
WHOLE = {
    "w_column": [{"refund_amount": 900}],
    "w_status": [{"status": "Returned"}],
    "w_both": [{"status": "Returned", "refund_amount": 900}],
    "w_row": [{}, {"gross_amount": -900, "discount_amount": 0, "cost_amount": 0}],
    "w_row_of_status": [
        {"status": "Returned"},
        {"gross_amount": -900, "discount_amount": 0, "cost_amount": 0, "status": "Returned"},
    ],
    "w_rows": [
        {},
        {"gross_amount": -500, "discount_amount": 0, "cost_amount": 0},
        {"gross_amount": -400, "discount_amount": 0, "cost_amount": 0, "status": "Returned"},
    ],
}
CAME_BACK = [
    {
        **_order(name, f"2026-05-{20 + place} 12:00", 1000, customer_id=name,
                 discount_amount=100, cost_amount=300, product_line="gifts"),
        **row,
    }
    for name, rows in WHOLE.items() for place, row in enumerate(rows)
]  # fmt: skip
# order, line, status, pieces of 10 roubles
LINES = [
    ("l_part", 1, "paid", 3), ("l_part", 2, "Refunded", -1),
    ("l_whole", 1, "Refunded", 3), ("l_whole", 2, "Refunded", -3),
    ("l_unpaid", 1, "Отменён", 3), ("l_unpaid", 2, "Refunded", -3),
    ("l_bare", 1, "Refunded", -2),
]  # fmt: skip


def _company(folder: Path) -> Company:
    plain = folder / "exports" / "plain"
    write_rows(plain / "orders.csv", [*PEOPLE, *RETURNS, *CAME_BACK])
    write_rows(
        plain / "order_lines.csv",
        [
            {"order_id": order, "line_id": line, "ordered_at": "2026-05-05", "status": status,
             "quantity": pieces, "unit_price": 10, "customer_id": f"C-{order}",
             "product_line": "goods"}
            for order, line, status, pieces in LINES
        ],
    )  # fmt: skip
    write_rows(
        plain / "customers.csv",
        [{"customer_id": "V", "created_at": "2026-02-01", "phone": "+79005550000"}],
    )
    # March and June win nobody
    write_rows(
        plain / "ad_spend.csv",
        [{"date": date(2026, month, 1), "channel": "radio", "cost": 70, "currency": "RUB"}
         for month in range(1, 5)] + [
            {"date": date(2026, 6, 1), "channel": "radio", "cost": 70, "currency": "RUB"}],
    )  # fmt: skip
    write_rows(
        plain / "leads.csv",
        [
            {"lead_id": number, "created_at": f"2026-03-{5 + number} 10:00", "status": "QUALIFIED",
             "phone": f"+790060000{number:02d}", "is_qualified": True,
             "qualified_at": f"2026-0{3 if number < 6 else 4}-20 10:00"}
            for number in range(1, 11)
        ],
    )  # fmt: skip
    # won half a year after the plan said, and in a third of the time that the plan said
    write_rows(
        folder / "exports" / "bitrix24" / "deals.csv",
        [
            {"deal_id": number, "stage_id": "WON", "stage_semantic": "S", "amount": 1,
             "currency": "RUB", "created_at": "2026-02-01 10:00", "updated_at": "2026-03-03 10:00",
             "closed_at": "2026-12-31 00:00", "product_line": "houses"}
            for number in range(40)
        ],
    )  # fmt: skip
    write_rows(
        folder / "exports" / "bitrix24" / "stage_history.csv",
        [
            {"history_id": number, "deal_id": number, "stage_id": "TALK", "stage_semantic": "P",
             "changed_at": "2026-02-02 10:00"}
            for number in range(40)
        ],
    )  # fmt: skip
    recorded = {"recorded_at": "2026-01-01 10:00", "recorded_by": "owner", "reason": "start"}
    write_rows(
        folder / "registers" / "margins.csv",
        [
            {"product_line": line, "valid_from": FIRST, "contribution_margin": 0.5, "name_en": line,
             "name_ru": line, "sales_cycle": "short", **recorded}
            for line in ("goods", "houses")
        ],
    )  # fmt: skip
    return Company(
        directory=folder, name=folder.name, first_date=FIRST, as_of=AS_OF, timezone="Europe/Moscow",
        sources={"plain": {"includes_vat": False}, "bitrix24": {"includes_vat": False}},
    )  # fmt: skip


def _publish(company: Company, rows: list[tuple[str, str, float, date]]) -> None:
    """Figures of the whole company as readers saw them: metric, month, value, as of that day."""
    path = figures_path(company)
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [
        {
            "figure_id": f"{metric}|all|{period}", "metric_id": metric, "segment": "all",
            "period": period, "value": value, "as_of_date": as_of,
            "published_at": datetime.combine(as_of, datetime.min.time()) + timedelta(hours=6),
        }
        for metric, period, value, as_of in rows
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(shown, schema=PUBLISHED_FIGURES_SCHEMA), path)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("customers") / "shop"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUTPUT_DIR_VARIABLE, str(folder.parent / "output"))
        company = _company(folder)
        assert sum(report.rows_quarantined for report in load_all(company)) == 0
        _publish(
            company,
            [
                # 5 of ten leads were accepted by the end of March, the others in April
                ("leads_qualified", "2026-03", 5.0, date(2026, 4, 1)),
                ("qualified_rate", "2026-03", 0.5, date(2026, 4, 1)),
                # by the end of January: nine known customers and 50 roubles of contribution of each
                ("ltv_cac", "2026-01", 450 / 70, date(2026, 2, 1)),
                ("revenue", "2026-02", 1.0, date(2026, 3, 1)),
            ],
        )
        with marts_of(company, MARTS) as connection:
            yield connection


def _persons(marts: duckdb.DuckDBPyConnection, names: str) -> list[int]:
    """Of how many orders each customer among orders of that name is."""
    rows = marts.execute(
        "select customer_id, count(*) from marts.fct_orders where order_id similar to ? "
        "and customer_id is not null group by 1",
        [f"plain:{names}[0-9]*"],
    ).fetchall()
    return sorted(count for _, count in rows)


def test_a_guest_with_the_contact_of_one_account_is_that_customer(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert _persons(marts, "anna") == [3]
    assert _persons(marts, "vera") == [2]
    row = marts.execute(
        "select orders, first_order_date from marts.dim_customer where customer_id = 'plain:A'"
    ).fetchone()
    assert row == (3, date(2026, 1, 10))


def test_guests_are_one_by_the_phone_that_came_with_the_e_mail(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert _persons(marts, "boris") == [2]


def test_a_contact_of_several_people_tells_nobody(marts: duckdb.DuckDBPyConnection) -> None:
    assert _persons(marts, "desk") == [1, 1, 1]
    assert _persons(marts, "none") == [1, 1, 1]
    assert _persons(marts, "unknown") == []


@pytest.mark.parametrize("prefix", ["", "bitrix24:"], ids=["bare number", "with the system"])
def test_an_order_that_names_a_deal_is_told_once_and_is_the_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """Galina is a contact of the CRM alone; the desk's phone is given in orders of two contacts."""
    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "output"))
    folder = tmp_path / "named"
    galina = "+79001234567"
    write_rows(
        folder / "exports" / "bitrix24" / "deals.csv",
        [
            {"deal_id": number, "customer_id": customer, "stage_id": "WON", "stage_semantic": "S",
             "amount": amount, "currency": "RUB", "created_at": "2026-02-01 10:00",
             "updated_at": "2026-02-03 10:00", "closed_at": "2026-02-03 10:00"}
            for number, customer, amount in (
                (1, "galina", 100), (2, "dina", 200), (3, "egor", 300), (4, "zoya", 400),
                (5, "zoya", 50), (6, "igor", 600),
            )
        ],
    )  # fmt: skip
    write_rows(
        folder / "exports" / "plain" / "orders.csv",
        [
            _order("galina1", "2026-02-03 12:00", 100, phone=galina, deal_id=f"{prefix}1"),
            _order("galina2", "2026-03-03 12:00", 110, phone=galina),
            _order("dina1", "2026-02-03 12:00", 200, phone=DESK, deal_id=f"{prefix}2"),
            _order("egor1", "2026-02-03 12:00", 300, phone=DESK, deal_id=f"{prefix}3"),
            # who came to the desk here is known to nobody
            _order("desk1", "2026-03-03 12:00", 10, phone=DESK),
            # the money that was paid back has a row of its own, which names the deal as well
            _order("zoya1", "2026-02-03 12:00", 450, deal_id=f"{prefix}4"),
            _order("zoya1", "2026-02-09 12:00", -40, deal_id=f"{prefix}4"),
            # one order for two deals
            _order("zoya1", "2026-02-10 12:00", -10, deal_id=f"{prefix}5"),
        ],
    )
    company = Company(
        directory=folder, name=folder.name, first_date=FIRST, as_of=AS_OF, timezone="UTC",
        sources={"plain": {"includes_vat": False}, "bitrix24": {"includes_vat": False}},
    )  # fmt: skip
    load_all(company)
    with marts_of(company, ["fct_orders"]) as connection:
        rows = connection.execute(
            "select order_id, customer_id, gross_amount, refund_amount from marts.fct_orders "
            "order by 1"
        ).fetchall()
    (stranger,) = {row[1] for row in rows if row[0] == "plain:desk1"}
    assert stranger.startswith("plain_contact:")
    assert rows == [
        ("bitrix24:6", "bitrix24:igor", 600, 0),
        ("plain:desk1", stranger, 10, 0),
        ("plain:dina1", "bitrix24:dina", 200, 0),
        ("plain:egor1", "bitrix24:egor", 300, 0),
        ("plain:galina1", "bitrix24:galina", 100, 0),
        ("plain:galina2", "bitrix24:galina", 110, 0),
        ("plain:zoya1", "bitrix24:zoya", 450, 50),
    ]


def test_people_are_new_once_and_come_back(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select month(month), new_customers from marts.kpi_customers_monthly "
        "where month < '2026-04-01' order by 1"
    ).fetchall()
    # anna, boris, three at the desk, three without an e-mail, vera; then the returns but R2
    assert rows == [(1, 9), (2, 4), (3, 0)]
    cohort = marts.execute(
        "select age_months, active_customers from marts.kpi_retention_cohorts "
        "where cohort_month = '2026-01-01' and age_months <= 2 order by 1"
    ).fetchall()
    assert cohort == [(0, 9), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("order", "gross", "refund"),
    [
        ("part", 1000, 400),
        ("withdrawn", 1000, 0),
        ("under_way", 1000, 0),
        ("bare", 0, 30),
        ("l_part", 30, 10),
        ("l_bare", 0, 20),
    ],
)
def test_money_paid_back_is_told_by_sign_and_status(
    marts: duckdb.DuckDBPyConnection, order: str, gross: int, refund: int
) -> None:
    row = marts.execute(
        "select gross_amount, refund_amount, net_amount, order_kind from marts.fct_orders "
        "where order_id = ?",
        [f"plain:{order}"],
    ).fetchone()
    assert row == (gross, refund, gross - refund, "sale" if gross else "return")


@pytest.mark.parametrize("order", WHOLE)
def test_a_sale_that_came_back_whole_is_billed_and_no_purchase(
    marts: duckdb.DuckDBPyConnection, order: str
) -> None:
    row = marts.execute(
        "select order_kind, gross_amount, discount_amount, refund_amount, net_amount, "
        "contribution_amount, reason_code, is_first_order, order_date from marts.fct_orders "
        "where order_id = ?",
        [f"plain:{order}"],
    ).fetchone()
    assert row == ("refunded", 1000, 100, 900, 0, 0, None, False, date(2026, 5, 20))
    customers = marts.execute(
        "select orders, net_amount, first_order_date from marts.dim_customer where customer_id = ?",
        [f"plain:{order}"],
    ).fetchone()
    assert customers == (0, 0, None)


def test_lines_of_a_sale_that_came_back_whole_do_as_its_order(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rows = marts.execute(
        "select order_id, order_kind, gross_amount, refund_amount from marts.fct_orders "
        "where order_id in ('plain:whole', 'plain:l_whole', 'plain:l_unpaid') order by 1"
    ).fetchall()
    assert rows == [
        ("plain:l_whole", "refunded", 30, 30), ("plain:whole", "refunded", 1000, 1000),
    ]  # fmt: skip


def test_months_count_sales_that_came_back_as_billed_alone(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    row = marts.execute(
        "select orders, orders_net_positive, new_customers, gross_aov_amount, revenue_amount "
        "from marts.kpi_customers_monthly where month = '2026-05-01'"
    ).fetchone()
    # l_part with two of three pieces kept, l_whole, l_bare, and the ways to tell one return
    assert row == (2 + len(WHOLE), 1, 1, Decimal("682.50"), Decimal(0))


def test_money_paid_back_is_no_repeated_row(marts: duckdb.DuckDBPyConnection) -> None:
    row = marts.execute(
        "select repeated_rows, note from marts.kpi_data_quality "
        "where source = 'plain' and table_name = 'orders'"
    ).fetchone()
    assert row == (0, None)


def test_a_cost_that_won_nobody_has_brought_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select month(customers.month), customers.ltv_cac, customers.cac_full_amount, "
        "customers.ltv_amount, customers.reason_code, metrics.metric_value "
        "from marts.kpi_customers_monthly as customers "
        "left join marts.kpi_metrics_monthly as metrics on metrics.metric_id = 'ltv_cac' "
        "and metrics.segment_type = 'all' and metrics.month = customers.month "
        "where customers.month in ('2026-03-01', '2026-06-01') order by 1"
    ).fetchall()
    assert [row[:5] for row in rows] == [
        (3, 0.0, None, None, "no_new_customers"),
        (6, 0.0, None, None, "no_new_customers"),
    ]
    assert [row[5] for row in rows] == [0.0, 0.0]


def test_trials_that_are_paid_later_ripen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten trials a month. Of those of February two had paid before the figure was shown, which said
    one; of those of March two had, and three paid after it."""
    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "output"))
    folder = tmp_path / "software"
    trials = [
        {"conversion_id": "trial", "client_id": f"{month}-{number}",
         "converted_at": f"2026-0{month}-05 10:00"}
        for month in (2, 3) for number in range(10)
    ]  # fmt: skip
    paid = [("2-0", "02-20"), ("2-1", "02-21"), ("3-0", "03-20"), ("3-1", "03-21"),
            ("3-2", "04-10"), ("3-3", "04-11"), ("3-4", "05-12")]  # fmt: skip
    orders = [
        _order(client, f"2026-{day} 12:00", 100, customer_id=client, client_id=client)
        for client, day in paid
    ]
    # pays every month: a browser is paid for once
    orders.append(_order("again", "2026-05-20 12:00", 100, customer_id="3-0", client_id="3-0"))
    write_rows(folder / "exports" / "plain" / "conversions.csv", trials)
    write_rows(folder / "exports" / "plain" / "orders.csv", orders)
    write_rows(
        folder / "registers" / "conversions.csv",
        [
            {"conversion_id": "trial", "version": 1, "name_en": "trial", "name_ru": "trial",
             "rule_type": "plain", "valid_from": FIRST, "recorded_at": "2026-01-01 10:00",
             "recorded_by": "owner", "reason": "start"}
        ],
    )  # fmt: skip
    company = Company(
        directory=folder, name=folder.name, first_date=FIRST, as_of=AS_OF, timezone="UTC",
        sources={"plain": {"includes_vat": False}},
    )  # fmt: skip
    assert sum(report.rows_quarantined for report in load_all(company)) == 0
    _publish(
        company,
        [
            ("trial_to_paid", "2026-02", 0.1, date(2026, 3, 1)),
            ("trial_to_paid", "2026-03", 0.2, date(2026, 4, 1)),
        ],
    )
    with marts_of(company, ["kpi_restatements"]) as connection:
        rows = connection.execute(
            "select period, current_value, cause from marts.kpi_restatements "
            "where metric_id = 'trial_to_paid' and status = 'restated' order by 1"
        ).fetchall()
    assert rows == [("2026-02", 0.2, "late_data"), ("2026-03", 0.5, "cohort_ripened")]


def test_a_part_of_the_money_is_not_told_as_the_whole(marts: duckdb.DuckDBPyConnection) -> None:
    cell = marts.execute(
        "select reason_code, revenue_amount, classic_retention_rate "
        "from marts.kpi_retention_cohorts where cohort_month = '2026-02-01' and age_months = 0"
    ).fetchone()
    assert cell == ("missing_rate", None, 1.0)
    rows = marts.execute(
        "select customer_id, orders, net_amount from marts.dim_customer "
        "where customer_id in ('plain:R1', 'plain:R5') order by 1"
    ).fetchall()
    assert rows == [("plain:R1", 1, Decimal(570)), ("plain:R5", 1, None)]


def test_deals_are_as_old_as_they_were_when_they_were_won(marts: duckdb.DuckDBPyConnection) -> None:
    (row,) = marts.execute(
        "select closed_deals, stale_after_days from intermediate.int_pipeline_stages"
    ).fetchall()
    assert row == (40, 30.0)


def test_what_grows_by_itself_is_no_correction(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select metric_id, period, current_value, cause from marts.kpi_restatements "
        "where first_as_of_date < ? and status = 'restated' order by 1, 2",
        [AS_OF],
    ).fetchall()
    causes = {(metric, period): (value, cause) for metric, period, value, cause in rows}
    assert causes["leads_qualified", "2026-03"] == (10.0, "cohort_ripened")
    assert causes["qualified_rate", "2026-03"] == (1.0, "cohort_ripened")
    # four of these customers bought again, once each
    assert causes["ltv_cac", "2026-01"] == (pytest.approx(650 / 70), "cohort_ripened")
    assert causes["revenue", "2026-02"][1] == "late_data"
