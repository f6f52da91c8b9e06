"""Plain tables filled with invented, realistic data; the marts against sums made by pandas alone.

A shop with lines, credit notes and guests (like the public "Online Retail"), a funnel of leads
without contacts and with orders that name their lead, a weighted survey, journeys of many touches.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.settings import Company
from tests.integration.company_marts import load_all, marts_of

FIRST, AS_OF = date(2025, 1, 1), date(2026, 1, 1)
MARTS = (
    "fct_orders", "fct_leads", "fct_visits", "int_order_credits", "kpi_customers_monthly",
    "kpi_retention_cohorts", "kpi_brand_awareness", "kpi_funnel_monthly",
)  # fmt: skip


def shop(random: np.random.Generator) -> pd.DataFrame:
    """Invoice lines; an invoice that begins with C is a credit note, guests have no customer."""
    count = 1_500
    invoices = random.integers(536_000, 536_500, count)
    days = pd.to_datetime("2025-01-05") + pd.to_timedelta((invoices - 536_000) // 2, "D")
    lines = pd.DataFrame(
        {
            "InvoiceNo": invoices.astype(str),
            "StockCode": random.choice(["85123A", "71053", "POST"], count),
            "Quantity": random.integers(1, 30, count),
            "InvoiceDate": days + pd.to_timedelta(invoices % 600, "min"),
            "UnitPrice": random.integers(1, 999, count) / 1000 + random.integers(0, 20, count),
            "CustomerID": [str(12_000 + n % 60) if n % 7 else "" for n in invoices % 97],
        }
    )
    returned = lines.sample(80, random_state=1).copy()
    returned["InvoiceNo"] = "C" + returned["InvoiceNo"]
    returned["Quantity"] = -returned["Quantity"]
    returned["InvoiceDate"] += pd.Timedelta(days=9)
    return pd.concat([lines, returned], ignore_index=True)


def funnel(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    leads = pd.DataFrame(
        {
            "mql_id": [f"mql{n:04d}" for n in range(400)],
            "first_contact_date": pd.to_datetime("2025-02-01")
            + pd.to_timedelta(random.integers(0, 200, 400), "D"),
            "origin": random.choice(["google", "yandex", "facebook"], 400),
        }
    )
    deals = leads.sample(90, random_state=2).copy()
    deals["won_date"] = deals["first_contact_date"] + pd.to_timedelta(
        random.integers(1, 60, 90), "D"
    )
    deals["declared"] = random.integers(100, 9_000, 90)
    deals["customer_id"] = "b2b"
    return leads, deals


def journeys(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Visits of sixty browsers, one to five each, and what they bought an hour after the last."""
    rows = []
    for browser in range(60):
        start = pd.Timestamp("2025-06-01") + pd.Timedelta(days=browser)
        rows += [
            (f"v{browser}-{n}", f"b{browser}", start + pd.Timedelta(days=3 * n), source)
            for n, source in enumerate(
                random.choice(["alpha", "beta", "gamma"], random.integers(1, 6))
            )
        ]
    visits = pd.DataFrame(rows, columns=["visit_id", "client_id", "started_at", "source"])
    visits = visits.assign(medium="cpc", page_views=3, duration_seconds=90)
    orders = visits.groupby("client_id", as_index=False)["started_at"].max()
    orders["ordered_at"] = orders["started_at"] + pd.Timedelta(hours=1)
    orders["order_id"] = "w-" + orders["client_id"]
    orders["customer_id"] = "c-" + orders["client_id"]
    orders["gross_amount"] = random.integers(1, 500, len(orders)) * 60
    return visits, orders.drop(columns="started_at")


def survey(random: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": range(600),
            "date": np.where(np.arange(600) < 300, "2025-03-05", "2025-09-05"),
            "wave": np.where(np.arange(600) < 300, "2025-Q1", "2025-Q3"),
            "knows": random.random(600) < 0.4,
            "weight": random.integers(5, 20, 600) / 10,
            # asked apart: the first brand, and the others
            "first": random.choice(["", "Our brand", "Other"], 600),
            "others": random.choice(["", "Our Brand, Third", "Third, our brand"], 600),
        }
    )


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[duckdb.DuckDBPyConnection, dict[str, pd.DataFrame]]:
    random = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("plain") / "firm"
    plain = folder / "exports" / "plain"
    plain.mkdir(parents=True)
    lines = shop(random)
    written = lines.assign(
        InvoiceDate=[f"{t.month}/{t.day}/{t.year} {t:%H:%M}" for t in lines["InvoiceDate"]]
    )
    # two files, as a shop would send two halves of a year
    written.iloc[::2].to_csv(plain / "order_lines_part1.csv", index=False)
    half = written.iloc[1::2]
    leads, deals = funnel(random)
    leads.to_csv(plain / "leads.csv", index=False)
    deals.to_csv(plain / "orders.csv", index=False)
    # an invoice replaces its lines when it comes again: keep each invoice in one file
    whole = set(written.iloc[::2]["InvoiceNo"])
    written[written["InvoiceNo"].isin(whole)].to_csv(plain / "order_lines_part1.csv", index=False)
    half[~half["InvoiceNo"].isin(whole)].to_csv(plain / "order_lines_part2.csv", index=False)
    visits, web_orders = journeys(random)
    visits.to_csv(plain / "visits.csv", index=False)
    web_orders.to_csv(plain / "orders_web.csv", index=False)
    (folder / "registers").mkdir()
    (folder / "registers" / "channels.csv").write_text(
        "rule_order,utm_source,channel\n1,alpha,first_channel\n2,beta,second_channel\n"
        "3,gamma,third_channel\n",
        encoding="utf-8",
    )
    answers = survey(random)
    answers.assign(
        aided=np.where(answers["knows"], "Other; Our Brand", "Other"), mode="online_panel"
    ).to_csv(plain / "survey_responses.csv", index=False, sep=";")
    company = Company(
        directory=folder,
        output_root=folder.parent / "output",
        name="firm",
        brand="Our brand",
        first_date=FIRST,
        as_of=AS_OF,
        sources={
            "plain": {
                "includes_vat": False,
                "date_order": "mdy",
                "columns": {
                    "leads.lead_id": "mql_id",
                    "leads.created_at": "first_contact_date",
                    "leads.utm_source": "origin",
                    "orders.lead_id": "mql_id",
                    "orders.ordered_at": "won_date",
                    "orders.gross_amount": "declared",
                    "survey_responses.respondent_id": "id",
                    "survey_responses.answered_at": "date",
                    "survey_responses.aided_brands": "aided",
                    "survey_responses.first_brand": "first",
                    "survey_responses.unaided_brands": "others",
                },
                "constants": {"is_target": "yes", "is_customer": "no"},
            }
        },
    )
    reports = load_all(company)
    assert sum(report.rows_quarantined for report in reports) == 0
    tables = {"lines": lines, "leads": leads, "deals": deals, "answers": answers}
    tables |= {"visits": visits, "web_orders": web_orders}
    return marts_of(company, MARTS), tables


World = tuple[duckdb.DuckDBPyConnection, dict[str, pd.DataFrame]]


def one(marts: duckdb.DuckDBPyConnection, query: str) -> Any:
    (row,) = marts.execute(query).fetchall()
    return row


def test_a_shop_with_lines_and_credit_notes(world: World) -> None:
    marts, tables = world
    lines = tables["lines"]
    amounts = [
        Decimal(int(quantity)) * Decimal(str(round(price, 6)))
        for quantity, price in zip(lines["Quantity"], lines["UnitPrice"], strict=True)
    ]
    sums = lines.assign(amount=amounts).groupby("InvoiceNo")["amount"].sum()
    found = marts.execute(
        "select order_id, order_kind, net_amount from marts.fct_orders "
        "where lead_id is null and order_id not like 'plain:w-%'"
    ).fetchall()
    assert len(found) == len(sums)
    for order, kind, net in found:
        invoice = order.removeprefix("plain:")
        assert net == pytest.approx(sums[invoice], abs=Decimal("0.02"))
        assert (kind == "return") == invoice.startswith("C")


def test_customers_of_the_shop_month_by_month(world: World) -> None:
    marts, tables = world
    lines = tables["lines"]
    sales = lines[(lines["Quantity"] > 0) & (lines["CustomerID"] != "")]
    orders = sales.groupby(["CustomerID", "InvoiceNo"], as_index=False)["InvoiceDate"].min()
    orders["month"] = orders["InvoiceDate"].dt.to_period("M")
    first = orders.groupby("CustomerID")["month"].min()
    cohort = orders.assign(cohort=orders["CustomerID"].map(first))
    cohort["age"] = (cohort["month"] - cohort["cohort"]).map(lambda offset: offset.n)
    expected = cohort.groupby(["cohort", "age"])["CustomerID"].nunique()
    # other customers, of the funnel and of the web, begin in months of their own
    others = {
        month
        for (month,) in marts.execute(
            "select min(order_month) from marts.fct_orders where customer_id = 'plain:b2b' "
            "or customer_id like 'plain:c-%' group by customer_id"
        ).fetchall()
    }
    rows = marts.execute(
        "select cohort_month, age_months, active_customers from marts.kpi_retention_cohorts "
        "where is_complete"
    ).fetchall()
    checked = 0
    for month, age, active in rows:
        if month in others:
            continue
        assert active == expected.get((pd.Period(month, "M"), age), 0), (month, age)
        checked += active > 0
    assert checked > 10


def test_a_funnel_of_leads_without_contacts(world: World) -> None:
    marts, tables = world
    leads, deals = tables["leads"], tables["deals"]
    found = one(
        marts,
        "select count(*), count(*) filter (where lead_status = 'valid') from marts.fct_leads",
    )
    assert found == (len(leads), len(leads))
    months = leads["first_contact_date"].dt.to_period("M")
    expected = leads.groupby(months)["mql_id"].count()
    bought = leads[leads["mql_id"].isin(deals["mql_id"])]
    ordered = bought.groupby(bought["first_contact_date"].dt.to_period("M"))["mql_id"].count()
    rows = marts.execute(
        "select lead_month, sum(leads_valid), sum(leads_ordered) from marts.kpi_funnel_monthly "
        "group by 1 having sum(leads_valid) > 0"
    ).fetchall()
    assert len(rows) == len(expected)
    for month, valid, with_order in rows:
        period = pd.Period(month, "M")
        assert (valid, with_order) == (int(expected[period]), int(ordered.get(period, 0)))
    credited = marts.execute(
        "select sum(revenue_amount), count(distinct channel) from intermediate.int_order_credits "
        "where attribution_model = 'last_non_direct' and order_id in "
        "(select order_id from marts.fct_orders where lead_id is not null)"
    ).fetchall()[0]
    assert credited[0] == int(deals["declared"].sum())


@pytest.mark.parametrize("model", ["first", "last_non_direct", "linear", "position"])
def test_journeys_of_several_touches(world: World, model: str) -> None:
    marts, tables = world
    touches = tables["visits"].sort_values("started_at")
    number = touches.groupby("client_id").cumcount() + 1
    count = touches.groupby("client_id")["visit_id"].transform("count")
    ends = (number == 1) | (number == count)
    weight = {
        "first": (number == 1).astype(float),
        "last_non_direct": (number == count).astype(float),
        "linear": 1 / count,
        "position": np.select(
            [count == 1, count == 2, ends], [1.0, 0.5, 0.4], 0.2 / (count - 2).clip(lower=1)
        ),
    }[model]
    amounts = tables["web_orders"].set_index("client_id")["gross_amount"]
    credit = (touches["client_id"].map(amounts) * weight).groupby(touches["source"]).sum()
    found = dict(
        marts.execute(
            "select channel, sum(revenue_amount) from intermediate.int_order_credits "
            "where attribution_model = ? and order_id like 'plain:w-%' group by 1",
            [model],
        ).fetchall()
    )
    assert sum(found.values()) == int(amounts.sum())
    names = {"alpha": "first_channel", "beta": "second_channel", "gamma": "third_channel"}
    for source, expected in credit.items():
        # kopecks of each order are parted so that they add up: less than one of each order
        assert float(found[names[str(source)]]) == pytest.approx(expected, abs=0.6)


def test_a_weighted_survey(world: World) -> None:
    marts, tables = world
    answers = tables["answers"]
    for wave, part in answers.groupby("wave"):
        named = (part["first"] == "Our brand") | part["others"].ne("")
        # where the first box was left empty, the first of the others was named first
        first = (part["first"] == "Our brand") | (
            part["first"].eq("") & part["others"].str.startswith("Our")
        )
        total = part["weight"].sum()
        effective = part["weight"].sum() ** 2 / (part["weight"] ** 2).sum()
        aided, unaided, top_of_mind, size = one(
            marts,
            "select aided_rate, unaided_rate, top_of_mind_rate, effective_respondents "
            f"from marts.kpi_brand_awareness where wave = '{wave}' and segment = 'all'",
        )
        assert aided == pytest.approx(part.loc[part["knows"] | named, "weight"].sum() / total)
        assert unaided == pytest.approx(part.loc[named, "weight"].sum() / total)
        assert top_of_mind == pytest.approx(part.loc[first, "weight"].sum() / total)
        assert size == pytest.approx(effective)
