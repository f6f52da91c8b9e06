"""An invented shop in the plain tables: marts against calculations of their own in pandas.

The raw tables are filled directly, so that only the models are tested; loading has its own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration import lake
from orchestration.settings import load_company
from tests.integration.company_marts import build, mart_names

SETTINGS = """
name = "Shop"
brand = "Brand"
timezone = "UTC"
currency = "RUB"
first_date = 2026-01-01
as_of = 2026-06-01
kpi_set = "ecommerce"
[vat]
policy = "net"
rate = 0.22
[windows]
attribution_days = 60
[sources.plain]
enabled = true
currency = "RUB"
includes_vat = false
"""
WINDOW_DAYS = 60
FIRST, LAST = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-05-31 23:59:59")
SECONDS = int((LAST - FIRST).total_seconds())
# tags of a visit -> channel of the default rules, campaign
TAGS = {
    ("google", "cpc", "c1"): ("google_ads", "c1"),
    ("yandex", "organic", None): ("organic_search", "(none)"),
    ("digest", "email", None): ("email", "(none)"),
    (None, None, None): ("direct", "(none)"),
}


class World:
    """The invented tables, seeded."""

    def __init__(self) -> None:
        draw = np.random.default_rng(11)
        self.visits = self._visits(draw)
        self.orders = self._orders(draw)
        self.leads = self._leads(draw)
        self.answers = self._answers(draw)
        days = pd.date_range(FIRST, LAST, freq="D")
        self.spend = pd.DataFrame(
            {
                "date": days.date, "source": "google", "medium": "cpc", "campaign_id": "c1",
                "cost": draw.integers(1_000, 9_000, len(days)) / 100, "currency": "USD",
                "clicks": 5, "impressions": 100,
            }
        )  # fmt: skip
        self.rates = pd.DataFrame(
            {
                "rate_date": days.date, "currency": "USD", "nominal": 1,
                "rate": draw.integers(700_000, 990_000, len(days)) / 10_000,
            }
        )  # fmt: skip
        months = pd.date_range(FIRST, LAST, freq="MS")
        costs = [("salaries", None, 100_000.01), ("media", "telegram", 31_000.07)]
        self.costs = pd.DataFrame(
            [
                {
                    "cost_id": f"{kind}{month}", "cost_month": month.date(), "cost_type": kind,
                    "channel": channel, "amount": amount, "currency": "RUB", "includes_vat": False,
                }
                for month in months
                for kind, channel, amount in costs
            ]
        )  # fmt: skip
        self.margins = pd.DataFrame(
            [("a", "2026-01-01", 0.4), ("a", "2026-04-01", 0.5), ("b", "2026-01-01", 0.25)],
            columns=["product_line", "valid_from", "contribution_margin"],
        ).assign(sales_cycle="short")
        self.conversions = pd.DataFrame(
            [{"conversion_id": "purchase", "version": 1, "rule_type": "order",
              "valid_from": "2026-01-01", "is_primary": True}]
        )  # fmt: skip

    @staticmethod
    def _visits(draw: np.random.Generator) -> pd.DataFrame:
        size = 5_000
        tags = list(TAGS)
        chosen = [tags[place] for place in draw.choice(len(tags), size, p=[0.4, 0.3, 0.1, 0.2])]
        at = FIRST + pd.to_timedelta(draw.choice(SECONDS, size, replace=False), unit="s")
        return pd.DataFrame(
            {
                "visit_id": [f"{number}" for number in range(size)],
                "client_id": [f"b{number}" for number in draw.integers(0, 700, size)],
                "started_at": at, "source": [tag[0] for tag in chosen],
                "medium": [tag[1] for tag in chosen], "campaign": [tag[2] for tag in chosen],
                "landing_url": "https://shop.example/", "page_views": 3, "duration_seconds": 60,
                "is_new_visitor": False, "device": "desktop",
                "channel": [TAGS[tag][0] for tag in chosen],
                "campaign_id": [TAGS[tag][1] for tag in chosen],
            }
        )  # fmt: skip

    @staticmethod
    def _orders(draw: np.random.Generator) -> pd.DataFrame:
        size = 600
        customer = draw.integers(0, 320, size)
        gross = draw.integers(10_000, 500_000, size)
        discount = np.where(draw.random(size) < 0.2, gross // 10, 0)
        luck = draw.random(size)
        refund = np.where(luck < 0.06, gross - discount, np.where(luck < 0.12, gross // 7, 0))
        at = FIRST + pd.to_timedelta(draw.choice(SECONDS, size, replace=False), unit="s")
        known = draw.random(size) < 0.6
        frame = pd.DataFrame(
            {
                "order_id": [f"o{number:04}" for number in range(size)],
                "customer_id": [f"c{number}" for number in customer],
                "client_id": [
                    f"b{number}" if is_known else None
                    for number, is_known in zip(customer, known, strict=True)
                ],
                "ordered_at": at, "gross": gross, "discount": discount, "refund": refund,
                "product_line": np.where(draw.random(size) < 0.5, "a", "b"),
                "status": np.where(draw.random(size) < 0.03, "cancelled", "paid"),
            }
        )  # fmt: skip
        frame["net"] = frame.gross - frame.discount - frame.refund
        return frame

    @staticmethod
    def _leads(draw: np.random.Generator) -> pd.DataFrame:
        size = 400
        at = FIRST + pd.to_timedelta(draw.choice(SECONDS, size, replace=False), unit="s")
        valid = draw.random(size) < 0.9
        return pd.DataFrame(
            {
                "lead_id": [f"l{number:04}" for number in range(size)], "created_at": at,
                "phone_hash": [f"p{number}" for number in draw.integers(0, 120, size)],
                "phone_status": np.where(valid, "valid", "invalid"), "email_status": "missing",
                "is_qualified": draw.random(size) < 0.4, "status": "NEW",
            }
        )  # fmt: skip

    @staticmethod
    def _answers(draw: np.random.Generator) -> pd.DataFrame:
        frames = []
        for wave, month, chance in (("1", 2, 0.30), ("2", 5, 0.42)):
            size = 400
            frames.append(
                pd.DataFrame(
                    {
                        "respondent_id": [f"{wave}-{number}" for number in range(size)],
                        "wave": wave, "mode": "online_panel",
                        "answered_at": pd.Timestamp(2026, month, 3), "is_target": True,
                        "is_customer": draw.random(size) < 0.5,
                        "aided_brands": np.where(
                            draw.random(size) < chance, "Brand|Other", "Other"
                        ),
                        "recommendation": draw.integers(0, 11, size),
                        "weight": draw.integers(5, 20, size) / 10,
                    }
                )
            )  # fmt: skip
        return pd.concat(frames, ignore_index=True)

    @property
    def paid(self) -> pd.DataFrame:
        return self.orders[self.orders.status == "paid"].copy()

    @property
    def kept(self) -> pd.DataFrame:
        """What came back whole is no purchase."""
        return self.paid[self.paid.net > 0].copy()


def _fill(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """Put a frame in the place of the empty view of a raw table; other columns stay NULL."""
    given = frame.assign(
        _file="file.csv", **({"recorded_at": FIRST} if "registers" in table else {})
    )
    connection.register("given", given)
    connection.execute(f"create table raw.filled as from raw.{table} where false")
    known = {row[0] for row in connection.execute("describe raw.filled").fetchall()}
    columns = ", ".join(f'"{name}"' for name in given.columns if name in known)
    connection.execute(f"insert into raw.filled ({columns}) select {columns} from given")
    connection.execute(f"drop view raw.{table}")
    connection.execute(f"alter table raw.filled rename to {table}")
    connection.unregister("given")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def marts(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "company.toml").write_text(SETTINGS, encoding="utf-8")
    company = load_company(folder).model_copy(update={"output_root": folder / "output"})
    lake.write_company_tables(company)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        lake.register(connection, company)
        orders = world.orders.assign(has_order_id=True)
        for kind in ("gross", "discount", "refund"):
            orders[f"{kind}_amount"] = [Decimal(int(value)) / 100 for value in orders[kind]]
        _fill(connection, "plain__visits", world.visits)
        _fill(connection, "plain__orders", orders)
        _fill(connection, "plain__leads", world.leads)
        _fill(connection, "plain__ad_spend", world.spend)
        _fill(connection, "plain__survey_responses", world.answers)
        _fill(connection, "registers__fx_rates", world.rates)
        _fill(connection, "registers__costs", world.costs)
        _fill(connection, "registers__margins", world.margins)
        _fill(connection, "registers__conversions", world.conversions)
        build(connection, mart_names())
        yield connection


def _month(times: pd.Series) -> pd.Series:
    return times.dt.to_period("M").dt.to_timestamp()


# -- attribution -----------------------------------------------------------------------------------


def _paths(world: World) -> dict[str, list[tuple[str, str]]]:
    """Order id -> touches in time order: visits of every browser known to be the customer's."""
    paid = world.paid
    browsers = paid.dropna(subset="client_id").groupby("customer_id").client_id.agg(set).to_dict()
    visits = {
        client: rows.sort_values("started_at") for client, rows in world.visits.groupby("client_id")
    }
    paths = {}
    for order in paid.itertuples():
        start = order.ordered_at - pd.Timedelta(days=WINDOW_DAYS)
        touches = [
            (row.started_at, row.channel, row.campaign_id)
            for client in browsers.get(order.customer_id, ())
            if client in visits
            for row in visits[client].itertuples()
            if start <= row.started_at <= order.ordered_at
        ]
        paths[order.order_id] = [touch[1:] for touch in sorted(touches)]
    return paths


def _weights(model: str, path: list[tuple[str, str]]) -> list[Fraction]:
    size = len(path)
    if not size:
        return []
    if model == "linear":
        return [Fraction(1, size)] * size
    if model == "position":
        if size <= 2:
            return [Fraction(1, size)] * size
        middle = Fraction(1, 5) / (size - 2)
        return [Fraction(2, 5), *[middle] * (size - 2), Fraction(2, 5)]
    place = {"first": 0, "last": size - 1}.get(model)
    if place is None:
        others = [number for number, (channel, _) in enumerate(path) if channel != "direct"]
        place = others[-1] if others else size - 1
    return [Fraction(int(number == place)) for number in range(size)]


def _split(kopecks: int, shares: dict[tuple[str, str], Fraction]) -> dict[tuple[str, str], int]:
    """Largest remainder; equal ones by name."""
    exact = {key: kopecks * share for key, share in shares.items()}
    parts = {key: int(value) for key, value in exact.items()}
    order = sorted(exact, key=lambda key: (-(exact[key] - parts[key]), key))
    for key in order[: kopecks - sum(parts.values())]:
        parts[key] += 1
    return parts


@pytest.mark.parametrize("model", ["first", "last", "last_non_direct", "linear", "position"])
def test_revenue_of_channels_to_the_kopeck(
    world: World, marts: duckdb.DuckDBPyConnection, model: str
) -> None:
    paths = _paths(world)
    expected: dict[tuple[Any, str], int] = {}
    for order in world.paid.itertuples():
        shares: dict[tuple[str, str], Fraction] = {}
        path = paths[order.order_id]
        for key, weight in zip(path, _weights(model, path), strict=True):
            if weight:
                shares[key] = shares.get(key, Fraction(0)) + weight
        month = order.ordered_at.to_period("M").to_timestamp()
        for (channel, _), part in _split(
            int(order.net), shares or {("unattributed", "(none)"): Fraction(1)}
        ).items():
            expected[month, channel] = expected.get((month, channel), 0) + part
    rows = marts.execute(
        "select lead_month, channel, sum(revenue_amount) from marts.kpi_roi_monthly "
        "where attribution_model = ? group by all having sum(orders) > 0",
        [model],
    ).fetchall()
    found = {(pd.Timestamp(month), channel): int(amount * 100) for month, channel, amount in rows}
    assert found == expected
    assert sum(found.values()) == int(world.paid.net.sum())
    assert {"unattributed", "direct", "google_ads"} <= {channel for _, channel in found}


def test_spend_and_cost_of_months(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    spend = world.spend.merge(world.rates, left_on="date", right_on="rate_date")
    spend["rub"] = (spend.cost * spend.rate).round(2)
    google = spend.groupby(pd.to_datetime(spend.date).dt.to_period("M")).rub.sum()
    rows = marts.execute(
        "select lead_month, channel, spend_source, sum(spend_amount), sum(full_cost_amount) "
        "from marts.kpi_roi_monthly where attribution_model = 'linear' and spend_amount > 0 "
        "group by all order by all"
    ).fetchall()
    assert len(rows) == 10
    for month, channel, source, amount, full in rows:
        media = {"google_ads": google[pd.Period(month, "M")], "telegram": 31_000.07}
        assert float(amount) == pytest.approx(media[channel], abs=0.005)
        assert source == {"google_ads": "ad_system", "telegram": "register"}[channel]
        # Salaries are shared by media.
        share = media[channel] / sum(media.values())
        assert float(full) == pytest.approx(media[channel] + 100_000.01 * share, abs=0.011)
    total = marts.execute(
        "select sum(full_cost_amount) from marts.kpi_roi_monthly where attribution_model = 'linear'"
    ).fetchone()[0]
    assert float(total) == pytest.approx(google.sum() + 5 * (31_000.07 + 100_000.01), abs=0.005)


def test_contribution_by_the_margin_in_force(
    world: World, marts: duckdb.DuckDBPyConnection
) -> None:
    paid = world.paid
    april = pd.Timestamp("2026-04-01")
    margin = np.where(paid.product_line == "b", 25, np.where(paid.ordered_at >= april, 50, 40))
    # Half a kopeck is rounded away from zero.
    expected = [int(net * rate + 50) // 100 for net, rate in zip(paid.net, margin, strict=True)]
    found = dict(
        marts.execute("select order_id, contribution_amount from marts.fct_orders").fetchall()
    )
    assert {key: int(value * 100) for key, value in found.items()} == {
        f"plain:{order}": amount for order, amount in zip(paid.order_id, expected, strict=True)
    }


# -- customers -------------------------------------------------------------------------------------


def test_customers_of_months(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    paid, kept = world.paid, world.kept
    paid["month"] = _month(paid.ordered_at)
    kept["month"], kept["day"] = _month(kept.ordered_at), kept.ordered_at.dt.normalize()
    first = kept.groupby("customer_id").day.transform("min")
    later = kept[kept.day > first].groupby("customer_id").day.min()
    firsts = kept.groupby("customer_id").day.min()
    rows = marts.execute("select * from marts.kpi_customers_monthly order by month").df()
    assert list(rows.month) == sorted(paid.month.unique())
    for row in rows.itertuples():
        month = paid[paid.month == row.month]
        counted = kept[kept.month == row.month]
        assert (row.orders, row.orders_net_positive) == (len(month), len(counted))
        assert row.buyers == counted.customer_id.nunique()
        assert float(row.revenue_amount) == month.net.sum() / 100
        assert float(row.net_aov_amount) == pytest.approx(
            month.net.sum() / len(counted) / 100, abs=0.005
        )
        assert row.purchase_frequency == pytest.approx(len(counted) / counted.customer_id.nunique())
        end = row.month + pd.offsets.MonthEnd()
        for days in (30, 90):
            watched = firsts[firsts + pd.Timedelta(days=days) <= end]
            gap = (later.reindex(watched.index) - watched).dt.days
            rate = getattr(row, f"repeat_purchase_rate_{days}d")
            if len(watched):
                assert rate == pytest.approx((gap <= days).sum() / len(watched))
            else:
                assert pd.isna(rate)


def test_cohorts_of_customers(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    kept = world.kept
    kept["month"] = _month(kept.ordered_at)
    kept["cohort"] = kept.groupby("customer_id").month.transform("min")
    kept["age"] = kept.month.dt.month - kept.cohort.dt.month
    rows = marts.execute("select * from marts.kpi_retention_cohorts").df()
    assert len(rows) == 5 + 4 + 3 + 2 + 1
    for row in rows.itertuples():
        cohort = kept[kept.cohort == row.cohort_month]
        size = cohort.customer_id.nunique()
        assert row.cohort_size == size
        assert row.classic_retention_rate == pytest.approx(
            cohort[cohort.age == row.age_months].customer_id.nunique() / size
        )
        assert row.rolling_retention_rate == pytest.approx(
            cohort[cohort.age >= row.age_months].customer_id.nunique() / size
        )


# -- conversion, leads, brand ----------------------------------------------------------------------


def test_conversion_of_months(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    kept = world.kept.dropna(subset="client_id")
    visits = world.visits.assign(day=world.visits.started_at.dt.normalize())
    pairs = kept.assign(day=kept.ordered_at.dt.normalize()).merge(visits, on=["client_id", "day"])
    pairs = pairs[pairs.started_at <= pairs.ordered_at].sort_values("started_at")
    last = pairs.groupby("order_id").tail(1)
    visits["month"], last = _month(visits.started_at), last.assign(month=_month(last.started_at))
    rows = marts.execute("select * from marts.kpi_conversion_monthly where channel <> '(all)'").df()
    assert len(rows) == 5 * 4
    for row in rows.itertuples():
        seen = visits[(visits.month == row.month) & (visits.channel == row.channel)]
        bought = last[(last.month == row.month) & (last.channel == row.channel)]
        assert (row.visits_valid, row.users) == (len(seen), seen.client_id.nunique())
        assert row.visits_converted == bought.visit_id.nunique()
        assert row.users_converted == bought.client_id.nunique()
        low, high = _wilson(bought.visit_id.nunique(), len(seen))
        assert row.visit_conversion_low == pytest.approx(low, abs=1e-12)
        assert row.visit_conversion_high == pytest.approx(high, abs=1e-12)
        share = bought.visit_id.nunique() / len(seen)
        browsers = seen.groupby("client_id").visit_id.nunique()
        successes = bought.groupby("client_id").visit_id.nunique().reindex(browsers.index).fillna(0)
        spread = ((successes - share * browsers) ** 2).sum()
        if share == 0:
            independent = len(seen) ** 2 / (browsers**2).sum()
        else:
            independent = len(seen) * share * (1 - share) * len(seen) / spread
        assert row.effective_visits == pytest.approx(min(len(seen), independent), rel=1e-9)


def _wilson(k: float, n: float) -> tuple[float, float]:
    z = 1.959963984540054
    middle, half = k + z * z / 2, z * np.sqrt(k * (n - k) / n + z * z / 4)
    return (middle - half) / (n + z * z), (middle + half) / (n + z * z)


def test_leads_of_months(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    leads = world.leads.sort_values("created_at")
    usable = leads[leads.phone_status == "valid"].copy()
    gap = usable.groupby("phone_hash").created_at.diff()
    usable["is_first"] = ~(gap <= pd.Timedelta(days=30))
    # sales accept a contact on whichever of its records they work
    contact = [usable.phone_hash, usable.is_first.groupby(usable.phone_hash).cumsum()]
    usable["is_accepted"] = usable.is_qualified.groupby(contact).transform("any")
    month = _month(usable.created_at)
    rows = marts.execute(
        "select lead_month, sum(leads_raw), sum(leads_invalid), sum(leads_duplicate), "
        "sum(leads_valid), sum(leads_qualified) from marts.kpi_funnel_monthly group by 1 order by 1"
    ).fetchall()
    assert len(rows) == 5
    for found, raw, invalid, duplicate, valid, qualified in rows:
        of_month = usable[month == pd.Timestamp(found)]
        everything = leads[_month(leads.created_at) == pd.Timestamp(found)]
        assert raw == len(everything)
        assert invalid == len(everything) - len(of_month)
        assert (valid, duplicate) == (of_month.is_first.sum(), (~of_month.is_first).sum())
        assert qualified == (of_month.is_first & of_month.is_accepted).sum()


def test_waves_of_answers(world: World, marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select * from marts.kpi_brand_awareness where segment = 'all' order by wave"
    ).df()
    for row, (_, answers) in zip(rows.itertuples(), world.answers.groupby("wave"), strict=True):
        weight = answers.weight
        effective = weight.sum() ** 2 / (weight**2).sum()
        aided = weight[answers.aided_brands.str.startswith("Brand")].sum() / weight.sum()
        low, high = _wilson(aided * effective, effective)
        assert row.effective_respondents == pytest.approx(effective)
        assert (row.aided_rate, row.aided_low, row.aided_high) == pytest.approx((aided, low, high))
        customers = answers[answers.is_customer]
        share = {
            name: customers.weight[mask].sum() / customers.weight.sum()
            for name, mask in (
                ("promoters", customers.recommendation >= 9),
                ("detractors", customers.recommendation <= 6),
            )
        }
        score = share["promoters"] - share["detractors"]
        size = customers.weight.sum() ** 2 / (customers.weight**2).sum()
        error = np.sqrt((sum(share.values()) - score**2) / size)
        assert row.nps == pytest.approx(100 * score)
        assert row.nps_high - row.nps == pytest.approx(100 * 1.959963984540054 * error)
    assert rows.aided_verdict.iloc[1] == "up"
