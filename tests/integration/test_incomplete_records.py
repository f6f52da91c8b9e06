# ruff: noqa: DTZ001 - times of export files carry no zone
"""Records as real systems keep them: leads without a product line, money without an exchange rate,
an order written twice, spam, prices of two VAT rates. What the marts then say, and do not say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Company
from tests.integration.company_marts import loaded_marts, write_rows

# the visits of the first leads lie months before them
SINCE, FIRST, AS_OF = date(2024, 7, 1), date(2025, 1, 1), date(2026, 7, 1)
MARTS = (
    "fct_orders", "fct_leads", "int_journeys", "int_order_credits", "kpi_customers_monthly",
    "kpi_funnel_monthly", "kpi_metrics_monthly", "kpi_roi_monthly", "kpi_roi_channels_monthly",
    "kpi_roi_trailing", "kpi_reconciliation_daily", "kpi_return_intervals", "dim_product_line",
)  # fmt: skip
LEADS_A_MONTH = 40
# no price holds VAT, and no order names its product line
ONE_LINE_NET = {"plain": {"includes_vat": False, "constants": {"product_line": "any"}}}
# months after the lead -> of forty leads so many buy then
LAGS = {1: 2, 2: 4, 3: 3, 4: 1}


def _months() -> list[date]:
    return [date(2025 + n // 12, n % 12 + 1, 1) for n in range(18)]


def _lead(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "lead_id": number, "created_at": at, "status": "NEW", "phone": f"+7900{number:07d}",
        "client_id": f"b{number}", **more,
    }  # fmt: skip


def _order(name: str, at: datetime, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": name, "ordered_at": at, "gross_amount": amount, "currency": "RUB",
        "discount_amount": 0, "refund_amount": 0, "status": "paid", **more,
    }  # fmt: skip


def _builder(folder: Path, line_of_leads: str = "", line_of_orders: str = "houses") -> None:
    """Houses sell one to four months after the lead; nobody writes a line into a lead."""
    leads, orders, visits = [], [], []
    for month in _months():
        buyers = [lag for lag, count in LAGS.items() for _ in range(count)]
        for place in range(LEADS_A_MONTH):
            at = datetime(month.year, month.month, 1 + place % 28, 12)
            leads.append(_lead(len(leads) + 1, at, product_line=line_of_leads))
            # The visit that led to the lead lies outside the short window, inside the long one.
            visits.append(
                {
                    "visit_id": f"v{len(leads)}", "client_id": f"b{len(leads)}",
                    "started_at": at - timedelta(days=120),
                    "source": "alpha", "medium": "cpc", "page_views": 3, "duration_seconds": 90,
                }
            )  # fmt: skip
            if place < len(buyers):
                year, index = divmod(month.month - 1 + buyers[place], 12)
                bought = datetime(month.year + year, index + 1, 15, 12)
                if bought.date() < AS_OF:
                    orders.append(
                        _order(
                            f"O{len(leads)}", bought, "1000000.00", lead_id=len(leads),
                            customer_id=f"K{len(leads)}", product_line=line_of_orders,
                        )
                    )  # fmt: skip
    number = len(leads) + 1
    spam = _lead(
        number,
        datetime(2026, 5, 5, 12),
        status="JUNK",
        reject_reason="spam",
    )
    visits.append(
        {**visits[0], "visit_id": "v-spam", "client_id": f"b{number}",
         "started_at": datetime(2026, 5, 5, 11), "source": "beta"}
    )  # fmt: skip
    plain = folder / "exports" / "plain"
    write_rows(plain / "leads.csv", [*leads, spam])
    write_rows(plain / "orders.csv", orders)
    write_rows(plain / "visits.csv", visits)
    recorded = {"recorded_at": "2025-01-01 10:00", "recorded_by": "owner", "reason": "start"}
    write_rows(
        folder / "registers" / "margins.csv",
        [
            {"product_line": line, "valid_from": FIRST, "contribution_margin": 0.3,
             "name_en": line, "name_ru": line, "sales_cycle": cycle, **recorded}
            for line, cycle in [("houses", "long"), ("shop", "short")]
        ],
    )  # fmt: skip
    _name_channels(folder)


def _name_channels(folder: Path) -> None:
    write_rows(
        folder / "registers" / "channels.csv",
        [
            {"rule_order": place, "utm_source": channel, "channel": channel,
             "recorded_at": "2025-01-01 10:00", "recorded_by": "owner", "reason": "start"}
            for place, channel in enumerate(("alpha", "beta"), start=1)
        ],
    )  # fmt: skip


def _margin_of_any_line(folder: Path) -> None:
    write_rows(
        folder / "registers" / "margins.csv",
        [{"product_line": "any", "valid_from": FIRST, "contribution_margin": 0.3,
          "sales_cycle": "short", "recorded_at": "2025-01-01 10:00", "recorded_by": "owner",
          "reason": "start"}],
    )  # fmt: skip


def _shop(folder: Path) -> None:
    """A shop with an order nobody can convert, a doubled one, and prices of two VAT rates."""

    def at(year: int, month: int, day: int) -> datetime:
        return datetime(year, month, day, 12)

    orders = [
        _order("vat20", at(2025, 12, 31), "120.00", customer_id="a"),
        _order("vat22", at(2026, 1, 1), "122.00", customer_id="a"),
        # paid back in full: rounded part by part a kopeck would stay
        _order("back", at(2026, 1, 2), "833.35", customer_id="b", discount_amount="0.01",
               refund_amount="833.34"),
        _order("foreign", at(2026, 2, 7), "10.00", customer_id="c", currency="USD"),
        _order("known", at(2026, 2, 8), "244.00", customer_id="d"),
        _order("twice", at(2026, 3, 1), "12.20", customer_id="e"),
        _order("twice", at(2026, 3, 9), "24.40", customer_id="e"),
    ]  # fmt: skip
    write_rows(folder / "exports" / "plain" / "orders.csv", orders)
    write_rows(
        folder / "exports" / "plain" / "ad_spend.csv",
        [{"date": date(2026, 4, 1) + timedelta(days=day), "channel": "billboards", "clicks": 50,
          "cost": "122.00"} for day in range(30)],
    )  # fmt: skip
    _margin_of_any_line(folder)


def _caller(folder: Path, channel: str = "radio") -> None:
    """A firm by the phone: no counter, spend on one day a month, from April on also in dollars of
    no known rate. Sales work on the lead that they open after a call."""
    orders, leads, calls, spend = [], [], [], []
    for month in range(1, 7):
        for day in (5, 12, 19):
            name = f"{month}-{day}"
            number = 10 * month + day
            at = datetime(2026, month, day, 12)
            calls.append({"call_id": name, "called_at": at, "phone": f"+7900{number:07d}"})
            leads.append(_lead(number, at + timedelta(hours=1), is_qualified=day != 12))
            orders.append(
                # the buyer's first day has neither a call nor spend
                _order(name, at + timedelta(days=2), "1000.00", lead_id=number, customer_id=name)
            )
        spend.append(
            {"date": date(2026, month, 1), "channel": channel, "cost": "700", "currency": "RUB"}
        )
        if month >= 4:
            spend.append(
                {"date": date(2026, month, 1), "channel": "posters", "cost": "50",
                 "currency": "USD"}
            )  # fmt: skip
    plain = folder / "exports" / "plain"
    for table, rows in (
        ("orders", orders), ("leads", leads), ("calls", calls), ("ad_spend", spend),
    ):  # fmt: skip
        write_rows(plain / f"{table}.csv", rows)
    _margin_of_any_line(folder)


def _export_of_half_a_year(folder: Path) -> None:
    """A shop that sells every day, and a file of its orders from 20 September to 10 April; ads
    cost 100 a day all year long and bring an order of 300 contribution a day."""
    orders, visits, spend = [], [], []
    for day in range(365):
        at = datetime(2025, 7, 1, 12) + timedelta(days=day)
        visits.append(
            {"visit_id": f"v{day}", "client_id": f"b{day}", "started_at": at, "source": "alpha",
             "medium": "cpc", "page_views": 3, "duration_seconds": 90}
        )  # fmt: skip
        spend.append({"date": at.date(), "channel": "alpha", "cost": "100"})
        if date(2025, 9, 20) <= at.date() <= date(2026, 4, 10):
            orders.append(
                _order(str(day), at + timedelta(hours=1), "1000.00", customer_id=f"K{day}",
                       client_id=f"b{day}")
            )  # fmt: skip
    for table, rows in (("orders", orders), ("visits", visits), ("ad_spend", spend)):
        write_rows(folder / "exports" / "plain" / f"{table}.csv", rows)
    _name_channels(folder)
    _margin_of_any_line(folder)


def _marts(
    folder: Path, timezone: str = "UTC", **settings: Any
) -> Iterator[duckdb.DuckDBPyConnection]:
    company = Company(
        directory=folder, name=folder.name, first_date=SINCE, as_of=AS_OF, timezone=timezone,
        **settings,
    )  # fmt: skip
    with loaded_marts(company, MARTS) as connection:
        yield connection


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("records") / "builder"
    _builder(folder)
    yield from _marts(folder, sources={"plain": {"includes_vat": False}})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("records") / "shop"
    _shop(folder)
    yield from _marts(
        folder, sources={"plain": {"includes_vat": True, "constants": {
            "product_line": "any"}}}
    )  # fmt: skip


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("records") / "caller"
    _caller(folder)
    yield from _marts(folder, sources=ONE_LINE_NET)


@pytest.fixture(scope="module")
def half_told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("records") / "half_told"
    _export_of_half_a_year(folder)
    yield from _marts(folder, sources=ONE_LINE_NET)


@pytest.fixture(scope="module")
def unpriced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same firm with a counter, which sees its leads come from the ads. Its orders name no
    product line: the register of margins knows none."""
    folder = tmp_path_factory.mktemp("records") / "unpriced"
    _caller(folder, "vk_ads")
    write_rows(
        folder / "exports" / "plain" / "visits.csv",
        [
            {"visit_id": f"v{month}-{day}", "client_id": f"b{10 * month + day}", "source": "vk",
             "medium": "cpc", "started_at": datetime(2026, month, day, 11)}
            for month in range(1, 7) for day in (5, 12, 19)
        ],
    )  # fmt: skip
    yield from _marts(folder, sources={"plain": {"includes_vat": False}})


@pytest.fixture(scope="module")
def unregistered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same with leads and orders of a line that the register of margins does not know yet."""
    folder = tmp_path_factory.mktemp("records") / "unregistered"
    _builder(folder, "villas", "villas")
    yield from _marts(folder, sources={"plain": {"includes_vat": False}})


@pytest.fixture(scope="module")
def channel_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A Telegram channel, posts about it paid for on one day of a month, and no sale anywhere."""
    folder = tmp_path_factory.mktemp("records") / "channel"
    days = [date(2026, 4, 1) + timedelta(days=n) for n in range(61)]
    write_rows(
        folder / "exports" / "plain" / "followers.csv",
        [
            {"date": day, "network": "telegram", "account": "@us", "followers": 1000 + 9 * n,
             "joined": 10, "left_count": 1}
            for n, day in enumerate(days)
        ],
    )  # fmt: skip
    write_rows(
        folder / "exports" / "plain" / "ad_spend.csv",
        [{"date": date(2026, 4, 10), "channel": "telegram", "cost": 30000}],
    )
    yield from _marts(folder, sources={"plain": {"includes_vat": False}})


def test_joins_of_the_days_after_a_paid_post_are_its_joins(
    channel_alone: duckdb.DuckDBPyConnection,
) -> None:
    rows = channel_alone.execute(
        "select month, numerator, denominator from marts.kpi_metrics_monthly "
        "where metric_id = 'cost_per_join' and segment_type = 'network' and denominator > 0"
    ).fetchall()
    # in May nothing was paid, so its joins have no price
    assert rows == [(date(2026, 4, 1), 30000, 300)]


def test_of_a_company_without_sales_nobody_knows_what_came_back(
    channel_alone: duckdb.DuckDBPyConnection,
) -> None:
    (row,) = channel_alone.execute(
        "select spend_amount, contribution_amount, roas, romi, romi_full, reason_code, verdict "
        "from marts.kpi_roi_channels_monthly where attribution_model = 'last_non_direct' "
        "and channel = 'telegram' and spend_amount > 0"
    ).fetchall()
    assert row == (30000, None, None, None, None, "no_orders", "cannot_tell")
    (row,) = channel_alone.execute(
        "select romi_mature, roas_mature, reason_code, spread_verdict from marts.kpi_roi_trailing "
        "where attribution_model = 'last_non_direct' and channel = 'telegram'"
    ).fetchall()
    assert row == (None, None, "no_orders", "cannot_tell")
    told = channel_alone.execute(
        "select metric_id from marts.kpi_metrics_monthly where metric_value is not null "
        "and metric_id in ('romi', 'romi_full', 'roas', 'ltv_cac')"
    ).fetchall()
    assert told == []


@pytest.mark.parametrize(("company", "line"), [("builder", "(none)"), ("unregistered", "villas")])
def test_leads_of_no_known_line_ripen_as_their_orders_do(
    request: pytest.FixtureRequest, company: str, line: str
) -> None:
    marts: duckdb.DuckDBPyConnection = request.getfixturevalue(company)
    (cycle,) = marts.execute(
        "select sales_cycle from marts.dim_product_line where product_line = ?", [line]
    ).fetchall()
    assert cycle == ("long",)
    rows = marts.execute(
        "select lead_month, sum(leads_ordered), max(maturity), max(reason_code), "
        "max(lead_to_order_rate) from marts.kpi_funnel_monthly "
        "where channel = 'alpha' and leads_valid > 0 group by 1 order by 1"
    ).fetchall()
    expected = {0: 0.0, 1: 0.2, 2: 0.6, 3: 0.9}  # age in finished months -> share that has come
    for month, _, maturity, reason, rate in rows:
        age = (AS_OF.year - month.year) * 12 + AS_OF.month - month.month - 1
        assert maturity == pytest.approx(expected.get(age, 1.0)), month
        assert (reason == "not_mature") == (rate is None) == (age < 2), month
        if rate is not None:
            came = sum(count for lag, count in LAGS.items() if lag <= age)
            assert rate == pytest.approx(came / LEADS_A_MONTH), month


def test_both_marts_of_leads_agree(builder: duckdb.DuckDBPyConnection) -> None:
    rows = builder.execute(
        "select funnel.lead_to_order_rate, monthly.metric_value, funnel.reason_code, "
        "monthly.reason_code from marts.kpi_funnel_monthly as funnel "
        "inner join marts.kpi_metrics_monthly as monthly on monthly.metric_id = 'lead_to_order' "
        "and monthly.segment_type = 'channel' and monthly.segment_value = funnel.channel "
        "and monthly.month = funnel.lead_month where funnel.leads_valid > 0"
    ).fetchall()
    assert len(rows) == len(_months())
    for funnel_value, monthly_value, funnel_reason, monthly_reason in rows:
        assert monthly_value == pytest.approx(funnel_value)
        assert (monthly_reason == "not_mature") == (funnel_reason == "not_mature")


def test_leads_without_a_line_have_the_long_window(builder: duckdb.DuckDBPyConnection) -> None:
    windows = builder.execute("select distinct window_days from intermediate.int_journeys")
    assert windows.fetchall() == [(180,)]
    channels = builder.execute(
        "select distinct channel from marts.fct_leads where lead_status = 'valid'"
    )
    assert channels.fetchall() == [("alpha",)]


def test_spam_tells_who_brings_it_and_earns_nothing(builder: duckdb.DuckDBPyConnection) -> None:
    invalid = (
        "select channel, count(*) from marts.fct_leads where lead_status = 'invalid' group by 1"
    )
    assert builder.execute(invalid).fetchall() == [("beta", 1)]
    raw = "select leads_raw, leads_valid from marts.kpi_funnel_monthly where channel = 'beta'"
    assert builder.execute(raw).fetchall() == [(1, 0)]
    credited = "select count(*) from marts.kpi_roi_monthly where channel = 'beta' and leads > 0"
    assert builder.execute(credited).fetchone() == (0,)


@pytest.mark.parametrize("zone", ["Asia/Kamchatka", "America/Los_Angeles"])
def test_the_zone_of_local_times_changes_nothing(
    builder: duckdb.DuckDBPyConnection, tmp_path: Path, zone: str
) -> None:
    """Times without a zone are the company's: moved to another zone they are the same days."""
    folder = tmp_path / "builder"
    _builder(folder)
    columns = {
        "kpi_funnel_monthly": "*", "kpi_metrics_monthly": "*", "kpi_customers_monthly": "*",
        "kpi_roi_monthly": "*", "fct_orders": "* exclude (ordered_at)",
        "fct_leads": "* exclude (created_at, qualified_at, contact_hash)",
    }  # fmt: skip
    for moved in _marts(folder, timezone=zone, sources={"plain": {"includes_vat": False}}):
        for mart, wanted in columns.items():
            query = f"select {wanted} from marts.{mart} order by all"
            here, there = builder.execute(query).fetchall(), moved.execute(query).fetchall()
            assert here
            assert here == there, mart


def test_the_vat_of_the_day_is_taken_out(shop: duckdb.DuckDBPyConnection) -> None:
    rows = shop.execute(
        "select order_id, net_amount from marts.fct_orders where order_id like '%:vat%' order by 1"
    ).fetchall()
    assert rows == [("plain:vat20", Decimal(100)), ("plain:vat22", Decimal(100))]


def test_an_order_paid_back_in_full_leaves_both_sides(shop: duckdb.DuckDBPyConnection) -> None:
    row = shop.execute(
        "select orders, orders_net_positive, revenue_amount, net_aov_amount, reason_code "
        "from marts.kpi_customers_monthly where month = '2026-01-01'"
    ).fetchone()
    assert row == (2, 1, Decimal(100), Decimal(100), "no_spend")


def test_money_without_a_rate_is_named_and_not_averaged(shop: duckdb.DuckDBPyConnection) -> None:
    row = shop.execute(
        "select orders, revenue_amount, net_aov_amount, gross_aov_amount, ltv_amount, reason_code "
        "from marts.kpi_customers_monthly where month = '2026-02-01'"
    ).fetchone()
    assert row == (2, Decimal(200), None, None, None, "missing_rate")
    metrics = {
        metric: (value, reason)
        for metric, value, reason in shop.execute(
            "select metric_id, metric_value, reason_code from marts.kpi_metrics_monthly "
            "where segment_type = 'all' and month = '2026-02-01'"
        ).fetchall()
    }
    assert metrics["revenue"] == (200, "missing_rate")
    assert metrics["aov_net"] == (None, "missing_rate")


def test_of_an_order_written_twice_the_newest_counts(shop: duckdb.DuckDBPyConnection) -> None:
    row = shop.execute(
        "select order_date, net_amount from marts.fct_orders where order_id = 'plain:twice'"
    ).fetchall()
    assert row == [(date(2026, 3, 9), Decimal(20))]


def test_clicks_of_a_company_without_a_counter_are_compared_with_nothing(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute(
        "select distinct right_value, status, reason_code from marts.kpi_reconciliation_daily "
        "where pair_kind = 'ad_clicks_visits'"
    ).fetchall()
    assert rows == [(None, "no_data", "no_other_side")]


def test_a_return_of_which_nothing_was_traced_is_no_verdict(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    row = shop.execute(
        "select verdict, spread_verdict, reason_code, coverage_share from marts.kpi_roi_trailing "
        "where channel = 'billboards' and attribution_model = 'last_non_direct'"
    ).fetchone()
    assert row == ("cannot_tell", "cannot_tell", "low_coverage", 0)


def test_a_call_is_qualified_by_the_lead_that_sales_opened_after_it(
    caller: duckdb.DuckDBPyConnection,
) -> None:
    rows = caller.execute(
        "select sum(leads_raw), sum(leads_duplicate), sum(leads_valid), sum(leads_qualified), "
        "sum(leads_ordered) from marts.kpi_funnel_monthly group by lead_month"
    ).fetchall()
    assert rows == [(6, 3, 3, 2, 3)] * 6


def test_customers_won_on_quiet_days_are_worth_something(
    caller: duckdb.DuckDBPyConnection,
) -> None:
    rows = caller.execute(
        "select customers.month, customers.ltv_cac, metrics.metric_value "
        "from marts.kpi_customers_monthly as customers "
        "inner join marts.kpi_metrics_monthly as metrics using (month) "
        "where metrics.metric_id = 'ltv_cac' and metrics.segment_type = 'all' "
        "and month < '2026-04-01' order by 1"
    ).fetchall()
    assert len(rows) == 3
    for _, of_customers, of_metrics in rows:
        assert of_customers == of_metrics == pytest.approx(900 / 700)


def test_without_any_margin_a_return_is_unknown_not_lost(
    unpriced: duckdb.DuckDBPyConnection,
) -> None:
    rows = unpriced.execute(
        "select distinct metric_id, metric_value, reason_code from marts.kpi_metrics_monthly "
        "where segment_type = 'all' and metric_id in ('romi', 'romi_full', 'ltv_cac') "
        "and month between '2026-01-01' and '2026-03-01' order by all"
    ).fetchall()
    assert rows == [(metric, None, "no_margin") for metric in ("ltv_cac", "romi", "romi_full")]


def test_a_channel_without_any_rate_takes_the_return_of_all_paid_channels(
    caller: duckdb.DuckDBPyConnection,
) -> None:
    rows = caller.execute(
        "select lead_month < '2026-04-01', reason_code = 'missing_rate', romi is null, verdict "
        "from marts.kpi_roi_channels_monthly "
        "where channel = '(paid)' and attribution_model = 'last_non_direct' order by lead_month"
    ).fetchall()
    assert [row[:3] for row in rows] == [(True, False, False)] * 3 + [(False, True, True)] * 3
    assert {row[3] for row in rows[3:]} == {"cannot_tell"}


def test_spend_outside_the_export_of_orders_is_no_loss(
    half_told: duckdb.DuckDBPyConnection,
) -> None:
    told = [date(2025, 10, 1), date(2026, 3, 1)]
    months = half_told.execute(
        "select lead_month between $1 and $2, reason_code, verdict, round(romi, 9) "
        "from marts.kpi_roi_channels_monthly where channel = '(paid)' "
        "and attribution_model = 'last_non_direct' order by lead_month",
        told,
    ).fetchall()
    unknown = (False, "no_records", "cannot_tell", None)
    assert months == [unknown] * 3 + [(True, None, "pays", 2.0)] * 6 + [unknown] * 3
    assert half_told.execute(
        "select verdict, mature_months, round(romi_mature, 9), romi, spend_amount "
        "from marts.kpi_roi_trailing "
        "where channel = 'alpha' and attribution_model = 'last_non_direct'"
    ).fetchall() == [("pays", 6, 2.0, None, Decimal(36500))]
    # of the months that are told in part the value is of what is there, and says so
    values = half_told.execute(
        "select month, reason_code, round(metric_value, 9) from marts.kpi_metrics_monthly "
        "where metric_id = 'romi' and segment_type = 'all' order by month"
    ).fetchall()
    assert [(value, reason) for month, reason, value in values if month.month in (7, 8, 5, 6)] == [
        (None, "low_coverage")
    ] * 4
    assert {value for month, _, value in values if told[0] <= month <= told[1]} == {2.0}
    assert half_told.execute(
        "select list(cac_full_amount order by month) from marts.kpi_customers_monthly "
        "where month between '2025-09-01' and '2025-11-01'"
    ).fetchall() == [([None, Decimal(100), Decimal(100)],)]
