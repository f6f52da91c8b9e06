"""What must hold for any input: the project's own SQL on random journeys, counts and orders."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.golden_support import (
    CompiledProject,
    Table,
    company,
    compiled_project,
)
from tests.integration.golden_support_queries import golden_queries
from tests.integration.golden_support_tables import (
    TOUCH_COLUMNS,
    coalition_table,
    transitions_table,
)

CHANNELS = ("ads", "direct", "email", "organic", "social")
MODELS = {"first", "last", "last_non_direct", "linear", "position", "time_decay"}
PROPERTY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Path = list[tuple[str, str, float]]
paths = st.lists(
    st.tuples(
        st.sampled_from(CHANNELS),
        st.sampled_from(("(none)", "a", "b")),
        st.floats(0, 180).map(lambda days: round(days * 86400) / 86400),
    ),
    max_size=9,
)
kopecks = st.integers(-(10**11), 10**11)


@pytest.fixture(scope="module")
def project() -> CompiledProject:
    return compiled_project(golden_queries)


# -- attribution -----------------------------------------------------------------------------------


def _credits(project: CompiledProject, journeys: list[tuple[Path, int]]) -> Any:
    """A database with the orders of the journeys shared out; one order of so many kopecks each."""
    touches = []
    for number, (path, _) in enumerate(journeys):
        ordered = sorted(path, key=lambda touch: -touch[2])
        touches += [
            {
                "journey_id": f"order:{number}", "touch_number": place,
                "touch_count": len(ordered), "channel": channel, "campaign_id": campaign,
                "days_before": days,
            }
            for place, (channel, campaign, days) in enumerate(ordered, start=1)
        ]  # fmt: skip
    names = [{"journey_id": f"order:{number}"} for number in range(len(journeys))]
    orders = [
        {
            "order_id": str(number),
            "net_amount": Decimal(amount) / 100,
            "contribution_amount": None if amount % 5 == 0 else Decimal(amount // 3) / 100,
        }
        for number, (_, amount) in enumerate(journeys)
    ]
    tables = [
        Table("marts.fct_touchpoints", TOUCH_COLUMNS, touches),
        Table("intermediate.int_journeys", {"journey_id": "varchar"}, names),
        Table(
            "marts.fct_orders",
            {
                "order_id": "varchar", "lead_id": "varchar", "net_amount": "decimal(18, 2)",
                "contribution_amount": "decimal(18, 2)",
            },
            orders,
        ),
    ]  # fmt: skip
    return project.run(
        ["int_attribution_weights", "int_journey_credits", "int_order_credits"], tables
    )


@PROPERTY
@given(journeys=st.lists(st.tuples(paths, kopecks), min_size=1, max_size=25))
def test_attribution_adds_up_to_the_total_under_every_model(
    project: CompiledProject, journeys: list[tuple[Path, int]]
) -> None:
    with _credits(project, journeys) as connection:
        rows = connection.execute(
            "select order_id, attribution_model, sum(order_credit), sum(revenue_amount), "
            "sum(contribution_amount), min(order_credit) "
            "from intermediate.int_order_credits group by all"
        ).fetchall()
        unattributed = {
            row[0]
            for row in connection.execute(
                "select distinct order_id from intermediate.int_order_credits "
                "where channel = 'unattributed'"
            ).fetchall()
        }
        furthest = connection.execute(
            "select max(abs(credits.revenue_amount::double "
            "- orders.net_amount::double * credits.order_credit::double)) "
            "from intermediate.int_order_credits as credits "
            "join marts.fct_orders as orders on orders.order_id = credits.order_id"
        ).fetchone()[0]
    assert {(row[0], row[1]) for row in rows} == {
        (str(number), model) for number in range(len(journeys)) for model in MODELS
    }
    for order_id, _, credit, revenue, contribution, smallest in rows:
        amount = journeys[int(order_id)][1]
        assert credit == 1
        assert smallest >= 0
        assert revenue == Decimal(amount) / 100
        assert contribution == (None if amount % 5 == 0 else Decimal(amount // 3) / 100)
    assert unattributed == {str(number) for number, (path, _) in enumerate(journeys) if not path}
    # A part is its share of the money, to a kopeck; a credit's ninth place of 10^9 is one rouble.
    assert furthest <= 2.01


@PROPERTY
@given(
    given_paths=st.lists(
        st.tuples(
            st.lists(st.sampled_from("ABCDEFGH"), min_size=1, max_size=6).map(
                # Twice the same in a row is one stay.
                lambda path: [
                    x for place, x in enumerate(path) if place == 0 or path[place - 1] != x
                ]
            ),
            st.integers(0, 9),
            st.integers(0, 9),
        ).filter(lambda row: row[1] + row[2] > 0),
        min_size=1,
        max_size=12,
    )
)
def test_markov_equals_the_chain_with_the_channel_taken_out(
    project: CompiledProject, given_paths: list[tuple[list[str], int, int]]
) -> None:
    table = transitions_table(given_paths)
    with project.run([], [table]) as connection:
        rows = connection.execute(project.sql("golden_markov")).fetchall()
    names = sorted({name for path, _, _ in given_paths for name in path})
    places = {name: place for place, name in enumerate(names)}
    moves, converts, starts = (
        np.zeros((len(names),) * 2),
        np.zeros(len(names)),
        np.zeros(len(names)),
    )
    totals: dict[str, int] = {}
    for row in table.rows:
        totals[row["from_channel"]] = totals.get(row["from_channel"], 0) + row["transitions"]
    for row in table.rows:
        source, target = row["from_channel"], row["to_channel"]
        chance = row["transitions"] / totals[source]
        if source == "(start)":
            starts[places[target]] += chance
        elif target == "(conversion)":
            converts[places[source]] += chance
        elif target != "(null)":
            moves[places[source], places[target]] += chance

    def conversion(kept: list[int]) -> float:
        reached = np.linalg.solve(np.eye(len(kept)) - moves[np.ix_(kept, kept)], converts[kept])
        return float(starts[kept] @ reached)

    everything = list(range(len(names)))
    total = conversion(everything)
    assert {row[0] for row in rows} == set(names)
    for name, probability, _, effect in rows:
        assert probability == pytest.approx(total, abs=1e-12)
        if total == 0:
            assert effect is None
            continue
        without = conversion([place for place in everything if place != places[name]])
        assert effect == pytest.approx(1 - without / total, abs=1e-9)


def test_markov_small_channels_share_a_state(project: CompiledProject) -> None:
    """With three states the two smallest of four channels are one."""
    given_paths = [(["A"], 5, 5), (["B"], 4, 4), (["C"], 1, 0), (["D"], 0, 1)]
    with project.run([], [transitions_table(given_paths)]) as connection:
        rows = connection.execute(project.sql("golden_markov_merged")).fetchall()
    assert {row[0]: row[3] for row in rows} == pytest.approx(
        {"A": 0.5, "B": 0.4, "(other channels)": 0.1}
    )


@PROPERTY
@given(
    dividends=st.dictionaries(
        st.sets(st.sampled_from("ABCD"), min_size=1).map(lambda names: "".join(sorted(names))),
        st.integers(0, 50),
        min_size=1,
    )
)
def test_shapley_equals_the_mean_over_orders_of_joining(
    project: CompiledProject, dividends: dict[str, int]
) -> None:
    with project.run([], [coalition_table(dividends)]) as connection:
        values = dict(connection.execute(project.sql("golden_shapley")).fetchall())

    def worth(names: set[str]) -> int:
        return sum(value for key, value in dividends.items() if set(key) <= names)

    players = sorted({name for key in dividends for name in key})
    wanted = dict.fromkeys(players, 0.0)
    orders = [[]]  # every order of joining
    for name in players:
        orders = [
            [*order[:place], name, *order[place:]]
            for order in orders
            for place in range(len(order) + 1)
        ]
    for order in orders:
        for place, name in enumerate(order):
            before = set(order[:place])
            wanted[name] += (worth(before | {name}) - worth(before)) / len(orders)
    assert values == pytest.approx(wanted, abs=1e-9)
    assert sum(values.values()) == pytest.approx(worth(set(players)))


# -- media that is booked by hand ------------------------------------------------------------------

SPEND_COLUMNS = {
    "source_system": "varchar", "given_channel": "varchar", "tag_type": "varchar",
    "tag_source": "varchar", "tag_medium": "varchar", "tag_campaign": "varchar",
    "campaign_id": "varchar", "campaign_name": "varchar", "currency": "varchar",
    "impressions": "bigint", "clicks": "bigint", "platform_conversions": "double",
    "cost_amount": "decimal(18, 2)", "includes_vat": "boolean", "lookback_days": "bigint",
    "spend_date": "date",
}  # fmt: skip


def _ad_spend(
    project: CompiledProject, reported: list[tuple[str, date, float]], costs: list[dict[str, Any]]
) -> list[tuple[str, str, date, Decimal | None]]:
    days = [date(2027, 12, 1) + timedelta(days=number) for number in range(200)]
    tables = [
        Table(
            "intermediate.int_ad_spend_unioned",
            SPEND_COLUMNS,
            [
                {
                    "source_system": "vk_ads", "given_channel": channel, "tag_type": "ad",
                    "tag_source": "vk", "tag_medium": "cpc", "tag_campaign": "1",
                    "campaign_id": "1", "currency": "RUB", "cost_amount": amount,
                    "includes_vat": False, "lookback_days": 0, "spend_date": day,
                }
                for channel, day, amount in reported
            ],
        ),
        Table(
            "intermediate.int_channels_assigned",
            {
                "tag_type": "varchar", "tag_source": "varchar", "tag_medium": "varchar",
                "tag_campaign": "varchar", "channel": "varchar",
            },
            [],
        ),
        Table(
            "intermediate.int_visit_days",
            {
                "utm_source": "varchar", "campaign_id": "varchar", "channel": "varchar",
                "visits": "bigint",
            },
            [],
        ),
        Table(
            "intermediate.int_fx_rates_merged",
            {"currency": "varchar", "fx_rate": "double", "rate_date": "date"},
            [],
        ),
        Table(
            "marts.fct_costs",
            {
                "cost_type": "varchar", "channel": "varchar", "amount": "decimal(18, 2)",
                "cost_month": "date",
            },
            costs,
        ),
        Table(
            "staging.stg_pipeline__vat_rates",
            {"vat_rate": "decimal(18, 6)", "valid_from": "date", "valid_to": "date"},
            [{"vat_rate": 0.22, "valid_from": date.min, "valid_to": date.max}],
        ),
        Table(
            "marts.dim_date",
            {"date_day": "date", "month": "date"},
            [{"date_day": day, "month": day.replace(day=1)} for day in days],
        ),
        company(date(2028, 4, 10)),
    ]  # fmt: skip
    with project.run(
        ["int_ad_spend_assigned", "int_campaign_labels", "fct_ad_spend_daily"], tables
    ) as connection:
        return connection.execute(
            "select source_system, channel, spend_date, spend_amount "
            "from marts.fct_ad_spend_daily order by 1, 2, 3"
        ).fetchall()


def _cost(channel: str, month: date, amount: float | None, kind: str = "media") -> dict[str, Any]:
    return {"cost_type": kind, "channel": channel, "amount": amount, "cost_month": month}


def test_a_company_without_ad_systems_has_the_spend_of_its_register(
    project: CompiledProject,
) -> None:
    """February 2028 has 29 days; 100.00 does not divide by them, and still adds up."""
    rows = _ad_spend(
        project,
        [],
        [
            _cost("telegram", date(2028, 2, 1), 60),
            _cost("telegram", date(2028, 2, 1), 40),
            _cost("(all)", date(2028, 3, 1), 31),
            _cost("telegram", date(2028, 3, 1), 9, kind="tools"),
            _cost("telegram", date(2028, 3, 1), 500, kind="invoice"),
            # Ten of thirty days have gone by.
            _cost("radio", date(2028, 4, 1), 300),
        ],
    )
    months: dict[tuple[str, int], list[Decimal]] = {}
    for source, channel, day, amount in rows:
        assert source == "registers"
        months.setdefault((channel, day.month), []).append(amount)
    assert {key: (len(days), sum(days)) for key, days in months.items()} == {
        ("telegram", 2): (29, 100),
        ("other_paid", 3): (31, 31),
        ("radio", 4): (10, 100),
    }
    assert set(months["telegram", 2]) == {Decimal("3.45"), Decimal("3.44")}


def test_an_ad_system_wins_over_the_register(project: CompiledProject) -> None:
    rows = _ad_spend(
        project,
        [("vk_ads", date(2028, 2, 10), 70), ("vk_ads", date(2028, 3, 10), 0)],
        [
            # The same money once more: the system reports the channel in this month.
            _cost("vk_ads", date(2028, 2, 1), 75),
            # No channel named in a month that a system reports: it may be the same money.
            _cost("(all)", date(2028, 2, 1), 80),
            # Another channel is another matter.
            _cost("telegram", date(2028, 2, 1), 29),
            # A day of zero reports nothing.
            _cost("vk_ads", date(2028, 3, 1), 31),
        ],
    )
    sums: dict[tuple[str, str, int], Decimal] = {}
    for source, channel, day, amount in rows:
        key = (source, channel, day.month)
        sums[key] = sums.get(key, Decimal(0)) + amount
    assert sums == {
        ("vk_ads", "vk_ads", 2): 70,
        ("vk_ads", "vk_ads", 3): 0,
        ("registers", "telegram", 2): 29,
        ("registers", "vk_ads", 3): 31,
    }


def test_a_booking_without_rate_is_unknown_and_not_zero(project: CompiledProject) -> None:
    rows = _ad_spend(
        project,
        [],
        [_cost("radio", date(2028, 2, 1), None), _cost("radio", date(2028, 2, 1), 5)],
    )
    assert len(rows) == 29
    assert {row[3] for row in rows} == {None}
