# ruff: noqa: DTZ001 - times of export files carry no zone
"""Where figures of traffic went wrong: counters that were off, files without columns or seconds, a
server's log that begins in the midst of a day, goals that fell silent, money spent on strangers.

Every expected figure is counted by hand from the rows below.
"""

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

FIRST, AS_OF = date(2026, 1, 1), date(2026, 6, 1)
MARTS = (
    "fct_visits", "kpi_traffic_quality_daily", "kpi_conversion_monthly",
    "kpi_reconciliation_daily", "kpi_suspicion_signals", "kpi_audience_daily",
)  # fmt: skip
RECORDED = {"recorded_at": "2025-01-01 10:00", "recorded_by": "owner", "reason": "start"}
# the counter's code was off the pages for three weeks, and later for a day
GAP, OFF_DAY = (date(2026, 3, 1), date(2026, 3, 21)), date(2026, 5, 12)
SIGNUP_SINCE, FORM_BROKEN_SINCE = date(2026, 4, 16), date(2026, 5, 1)
ZERO_READING = date(2026, 4, 10)


def _days(first: date = FIRST, before: date = AS_OF) -> list[date]:
    return [first + timedelta(days=number) for number in range((before - first).days)]


def _at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second)


def _visit(name: str, at: Any, source: str = "alpha", **more: Any) -> dict[str, Any]:
    return {
        "visit_id": name, "client_id": f"b-{name}", "started_at": at, "source": source,
        "medium": "cpc", **more,
    }  # fmt: skip


def _registers(folder: Path) -> None:
    write_rows(
        folder / "registers" / "channels.csv",
        [
            {"rule_order": place, "utm_source": channel, "channel": channel, "is_paid": "true",
             **RECORDED}
            for place, channel in enumerate(("alpha", "beta"), start=1)
        ],
    )  # fmt: skip
    write_rows(
        folder / "registers" / "hosting_networks.csv",
        [{"network": network} for network in ("203.0.113.7/24", "10.20.0.0/15")],
    )


def _shop(folder: Path) -> None:
    """Forty visits a day of one paid channel: four of them fill in a form and four sign up, and ten
    are of a country where nothing is sold."""
    visits, leads, orders, followers = [], [], [], []
    spend: list[dict[str, Any]] = []
    for day in _days():
        for place in range(40 + day.toordinal() % 5):
            goals = []
            if place < 4 and day < FORM_BROKEN_SINCE:
                goals.append("form")
            if 4 <= place < 8:
                goals.append("signup")
            if not GAP[0] <= day <= GAP[1] and day != OFF_DAY:
                visits.append(
                    _visit(
                        f"{day:%m%d}-{place}", _at(day, 8 + place % 12, place, place),
                        page_views=3, duration_seconds=90, is_new_visitor="true",
                        goals="|".join(goals), country="Kazakhstan" if place < 10 else "Russia",
                    )
                )  # fmt: skip
        for place in range(4):
            number = len(leads)
            leads.append({"lead_id": number, "created_at": _at(day, 12, place), "status": "NEW",
                          "phone": f"+7900{number:07d}"})  # fmt: skip
        orders.append(
            {"order_id": f"{day}", "ordered_at": _at(day, 13), "gross_amount": "100",
             "currency": "RUB", "status": "paid", "customer_id": f"{day}"}
        )  # fmt: skip
        spend += [
            {"date": day, "channel": channel, "cost": cost, "currency": "RUB", "clicks": 50}
            for channel, cost in (("alpha", "1000"), ("beta", "500"))
        ]
        count = 0 if day == ZERO_READING else 1500 + (day - FIRST).days
        followers.append(
            {"date": day, "network": "telegram", "account": "@shop", "followers": count}
        )
    plain = folder / "exports" / "plain"
    for table, rows in (
        ("visits", visits), ("leads", leads), ("orders", orders), ("ad_spend", spend),
        ("followers", followers),
    ):  # fmt: skip
        write_rows(plain / f"{table}.csv", rows)
    _registers(folder)
    _conversions(
        folder,
        ("lead_form", "metrica_goal", "form", FIRST, ""),
        ("signup", "metrica_goal", "signup", SIGNUP_SINCE, ""),
    )
    write_rows(
        folder / "registers" / "audience.csv",
        [{"attribute": "country", "value": "Russia", "is_target": "true", **RECORDED}],
    )
    write_rows(
        folder / "registers" / "costs.csv",
        [
            # one bill for all advertising of the month: 30 days of 1,500
            {"cost_id": "bill", "cost_month": "2026-04", "cost_type": "invoice", "amount": "45000",
             "currency": "RUB", "includes_vat": "false", **RECORDED},
            {"cost_id": "wrong", "cost_month": "2026-05", "cost_type": "invoice",
             "amount": "90000", "currency": "RUB", "includes_vat": "false", **RECORDED},
        ],
    )  # fmt: skip


BARE_DAY, MINUTE_DAY, SECOND_DAY, LOGGED_DAY = (date(2026, 5, day) for day in (4, 5, 6, 7))


def _site(folder: Path) -> None:
    """A site of few visits whose counter's files are not alike."""
    plain = folder / "exports" / "plain"
    # neither pages nor seconds nor the hour of the day
    write_rows(plain / "visits_a.csv", [_visit(f"bare-{place}", BARE_DAY) for place in range(30)])
    glance = {"page_views": 1, "duration_seconds": 0, "is_new_visitor": "false"}
    visits = [
        # six in each minute, and nobody knows in which second
        *(_visit(f"minute-{place}", _at(MINUTE_DAY, 12, place // 6), **glance)
          for place in range(30)),
        # six in one second, and six that came one after another
        *(_visit(f"burst-{place}", _at(SECOND_DAY, 12, 0, 7), **glance) for place in range(6)),
        *(_visit(f"calm-{place}", _at(SECOND_DAY, 13, place, 5), **glance) for place in range(6)),
        # anybody can give a campaign the name of our own sums
        _visit("all", _at(SECOND_DAY, 20, 0, 5), campaign="(all)", **glance),
        # the log was begun anew at 6:25, and ends at 18:00
        _visit("before-log", _at(LOGGED_DAY, 3, 0, 1), landing_url="https://a.ru/x", **glance),
        _visit("just-before-log", _at(LOGGED_DAY, 6, 22, 1), landing_url="https://a.ru/x",
               **glance),
        _visit("after-log", _at(LOGGED_DAY, 21, 0, 1), landing_url="https://a.ru/x", **glance),
        _visit("seen", _at(LOGGED_DAY, 12, 0, 1), landing_url="https://a.ru/x", **glance),
        _visit("ghost", _at(LOGGED_DAY, 12, 0, 2), landing_url="https://a.ru/y", **glance),
        # the counter does not tell on which page it began
        _visit("no-page", _at(LOGGED_DAY, 12, 0, 3), **glance),
    ]  # fmt: skip
    write_rows(plain / "visits_b.csv", visits)
    requests = [
        {"requested_at": _at(LOGGED_DAY, 6, 25) + timedelta(minutes=5 * number), "page": "/x"}
        for number in range(140)
    ]
    write_rows(plain / "server_requests.csv", requests)
    write_rows(
        plain / "ad_spend.csv",
        [{"date": SECOND_DAY, "channel": "alpha", "campaign_id": "(all)", "cost": "10.00",
          "currency": "RUB"}],
    )  # fmt: skip
    _registers(folder)


GOALS_SINCE, PATCHY_DAY = date(2026, 3, 1), date(2026, 3, 4)


def _patchy(folder: Path) -> None:
    """A counter whose first files have no column of goals, and which loses cells on one day."""
    plain = folder / "exports" / "plain"
    read = {"page_views": 4, "duration_seconds": 90, "is_new_visitor": "false"}
    first = [
        _visit(f"{day:%m%d}-{place}", _at(day, 10, place, 1), **read)
        for day in _days(before=GOALS_SINCE)
        for place in range(10)
    ]
    later = [
        _visit(f"{day:%m%d}-{place}", _at(day, 10, place, 1), **read,
               goals="form" if place < 2 and day.month < 5 else "")
        for day in _days(GOALS_SINCE)
        for place in range(10)
        if day != PATCHY_DAY
    ]  # fmt: skip
    patchy = [
        {"page_views": 1, "duration_seconds": 3, "is_new_visitor": "true"},
        {"page_views": 1, "duration_seconds": 40, "is_new_visitor": "true"},
        {"page_views": 2, "duration_seconds": 50, "is_new_visitor": "false"},
        {"page_views": 5, "duration_seconds": 60},
        # four pages cannot bounce; a visit of one page and no duration might have
        {"page_views": 4, "is_new_visitor": "false"},
        {"page_views": 1},
        {"duration_seconds": 5},
    ]
    later += [
        _visit(f"patchy-{place}", _at(PATCHY_DAY, 10, place, 1), **cells)
        for place, cells in enumerate(patchy)
    ]
    write_rows(plain / "visits_1.csv", first)
    write_rows(plain / "visits_2.csv", later)
    _registers(folder)
    write_rows(
        folder / "registers" / "conversions.csv",
        [
            {"conversion_id": name, "version": 1, "name_en": name, "name_ru": name,
             "rule_type": kind, "rule_value": value, "valid_from": FIRST, **RECORDED}
            for name, kind, value in (
                ("form", "metrica_goal", "form"), ("thanks", "url_contains", "/thanks"),
            )
        ],
    )  # fmt: skip


OLD_GOAL_ENDS, PAGES_SINCE, RECORDS_SINCE, IDS_SINCE = (
    date(2026, 3, 10), date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1),
)  # fmt: skip
SHORT = date(2026, 5, 1)


def _untold(folder: Path) -> None:
    """A goal that was retired, files without pages, and records without the ids of browsers."""
    plain = folder / "exports" / "plain"
    read = {"page_views": 3, "duration_seconds": 90, "is_new_visitor": "true"}
    visits: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    orders, leads = [], []
    for day in _days(before=SHORT):
        for place in range(20):
            visit = _visit(
                f"{day:%m%d}-{place}", _at(day, 8 + place % 10, place, place), **read,
                goals="old" if place < 2 and day <= OLD_GOAL_ENDS else "",
            )  # fmt: skip
            has_page = day >= PAGES_SINCE
            if has_page:
                visit["landing_url"] = "https://a.ru/" + ("thanks" if place == 0 else "")
            visits[has_page].append(visit)
        if day < RECORDS_SINCE:
            continue
        orders.append(
            {"order_id": f"{day}", "ordered_at": _at(day, 20), "gross_amount": "100",
             "currency": "RUB", "status": "paid", "customer_id": f"{day}",
             "client_id": f"b-{day:%m%d}-0" if day >= IDS_SINCE else ""}
        )  # fmt: skip
        leads.append({"lead_id": f"{day}", "created_at": _at(day, 12), "status": "NEW",
                      "phone": f"+7900{day:%m%d}000"})  # fmt: skip
    for table, rows in (
        ("visits_1", visits[False]), ("visits_2", visits[True]), ("orders", orders),
        ("leads", leads),
    ):  # fmt: skip
        write_rows(plain / f"{table}.csv", rows)
    _registers(folder)
    _conversions(
        folder,
        ("old", "metrica_goal", "old", FIRST, OLD_GOAL_ENDS),
        ("thanks", "url_contains", "/thanks", FIRST, ""),
        ("purchase", "order", "", FIRST, ""),
        ("lead", "lead", "", FIRST, ""),
    )
    write_rows(
        folder / "registers" / "targets.csv",
        [
            {"target_id": "spring", "version": 1, "metric_id": "leads_valid", "unit": "leads",
             "direction": "up", "target_value": 120, "period_start": FIRST,
             "period_end": date(2026, 4, 30), "goal_id": "G", "proposer": "m", "approver": "o",
             "approved_at": "2025-12-01 10:00", **RECORDED}
        ],
    )  # fmt: skip


def _conversions(folder: Path, *rules: tuple[str, str, str, date, date | str]) -> None:
    """Name, type, value, first and last day (or "") of each rule, in the register."""
    write_rows(
        folder / "registers" / "conversions.csv",
        [
            {"conversion_id": name, "version": 1, "name_en": name, "name_ru": name,
             "rule_type": kind, "rule_value": value, "valid_from": since, "end_date": end,
             **RECORDED}
            for name, kind, value, since, end in rules
        ],
    )  # fmt: skip


def _marts(
    folder: Path, marts: tuple[str, ...], as_of: date = AS_OF
) -> Iterator[duckdb.DuckDBPyConnection]:
    company = Company(
        directory=folder, name=folder.name, first_date=FIRST, as_of=as_of, timezone="UTC",
        sources={"plain": {"includes_vat": False}},
    )  # fmt: skip
    with loaded_marts(company, marts) as connection:
        yield connection


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("traffic") / "shop"
    _shop(folder)
    yield from _marts(folder, MARTS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("traffic") / "site"
    _site(folder)
    yield from _marts(folder, ("fct_visits", "kpi_traffic_quality_daily", "kpi_suspicion_signals"))


@pytest.fixture(scope="module")
def patchy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("traffic") / "patchy"
    _patchy(folder)
    yield from _marts(
        folder,
        ("fct_visits", "kpi_traffic_quality_daily", "kpi_counter_traffic_daily",
         "kpi_conversion_daily", "kpi_conversion_monthly"),
    )  # fmt: skip


def test_weeks_without_a_counter_do_not_hide_the_next_outage(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute(
        "select date_day, spike_verdict, spike_reason from marts.kpi_traffic_quality_daily "
        "where channel = '(all)' and date_day >= ? and spike_verdict <> 'insufficient_history' "
        "and spike_verdict <> 'ok' order by 1",
        [GAP[0]],
    ).fetchall()
    off_days = [*_days(GAP[0], GAP[1] + timedelta(days=1)), OFF_DAY]
    assert rows == [(day, "warn", "outage") for day in off_days]


def test_after_weeks_without_a_counter_the_level_is_that_of_before(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    ((low, high),) = shop.execute(
        "select min(expected_visits), max(expected_visits) from marts.kpi_traffic_quality_daily "
        "where channel = '(all)' and date_day between ? and date '2026-05-31'",
        [GAP[1]],
    ).fetchall()
    assert 38 < low < high < 46


@pytest.mark.parametrize(
    ("first", "as_of", "silent"),
    [
        (FIRST, date(2026, 3, 2), []),
        (FIRST, date(2026, 8, 1), [OFF_DAY]),
        # in the first week of a company
        (date(2026, 5, 8), AS_OF, [OFF_DAY]),
    ],
)
def test_only_days_before_tell_that_a_counter_was_off(
    first: date, as_of: date, silent: list[date], tmp_path: Path
) -> None:
    """Four visits a day, then forty and two on Sundays, then four again; a day without visits while
    they were few, on a holiday, a Sunday, and when they had been few again for eight weeks."""
    folder = tmp_path / "growing"
    grown, shrunk, holiday = date(2026, 3, 2), date(2026, 6, 1), date(2026, 5, 1)
    without = {date(2026, 2, 10), holiday, OFF_DAY, date(2026, 5, 17), date(2026, 7, 29)}

    def usual(day: date) -> int:
        if not grown <= day < shrunk:
            return 4
        return 2 if day.isoweekday() == 7 else 40

    write_rows(
        folder / "exports" / "plain" / "visits.csv",
        [
            _visit(f"{day}-{place}", _at(day, 9, place))
            for day in _days(first, as_of)
            if day not in without
            for place in range(usual(day))
        ],
    )
    write_rows(
        folder / "registers" / "calendar.csv",
        [{"date": holiday, "day_type": "holiday", "name": "May", **RECORDED}],
    )
    _registers(folder)
    company = Company(
        directory=folder, name=folder.name, first_date=first, as_of=as_of, timezone="UTC",
        sources={"plain": {}},
    )  # fmt: skip
    with loaded_marts(company, ("int_traffic_series_daily",)) as connection:
        rows = connection.execute(
            "select date_day from intermediate.int_traffic_series_daily "
            "where channel = '(all)' and is_silent order by 1"
        ).fetchall()
    assert [day for (day,) in rows] == silent


def test_a_conversion_that_began_inside_a_month_has_no_rate_of_it(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute(
        "select month, change_verdict, visits_converted from marts.kpi_conversion_monthly "
        "where conversion_id = 'signup' and channel = '(all)' order by 1"
    ).fetchall()
    assert rows == [(date(2026, 5, 1), "first_month", 4 * 30)]


def test_a_goal_that_fell_silent_is_told(shop: duckdb.DuckDBPyConnection) -> None:
    (row,) = shop.execute(
        "select status, reason_code, left_value, right_value from "
        "marts.kpi_reconciliation_daily where pair_kind = 'crm_leads_counter_goals' "
        "and date_day = date '2026-05-31'"
    ).fetchall()
    assert row == ("warn", "sudden_change", 4.0, 0.0)


def test_weeks_without_a_counter_are_not_what_is_usual(shop: duckdb.DuckDBPyConnection) -> None:
    rows = shop.execute(
        "select date_day, status, reason_code from marts.kpi_reconciliation_daily "
        "where pair = 'ad_clicks_visits:alpha' and status = 'warn' "
        "and date_day between date '2026-04-15' and date '2026-05-31' order by 1"
    ).fetchall()
    assert rows == [(OFF_DAY, "warn", "clicks_do_not_arrive")]


def test_a_counter_without_purchases_agrees_with_nobody(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    assert shop.execute(
        "select distinct status, reason_code, right_value from marts.kpi_reconciliation_daily "
        "where pair_kind = 'shop_orders_counter_purchases'"
    ).fetchall() == [("no_data", "no_other_side", None)]


def test_a_bill_without_a_channel_stands_against_all_spend(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = shop.execute(
        "select date_day, status, left_value, right_value from marts.kpi_reconciliation_daily "
        "where pair_kind = 'invoice_spend' order by 1"
    ).fetchall()
    assert rows == [
        (date(2026, 4, 30), "ok", 45000.0, 45000.0),
        (date(2026, 5, 31), "warn", 90000.0, 46500.0),
    ]


def test_followers_that_were_read_as_none_were_not_bought(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    assert shop.execute(
        "select distinct joins_verdict from marts.kpi_audience_daily "
        "where date_day > date '2026-02-01' order by 1"
    ).fetchall() == [("insufficient_history",), ("ok",)]


def test_a_closed_account_does_not_hide_the_others_for_ever(tmp_path: Path) -> None:
    """Two accounts; one misses a day in March and is read for the last time in April."""
    folder = tmp_path / "social"
    missed, last = date(2026, 3, 5), date(2026, 4, 10)
    write_rows(
        folder / "exports" / "plain" / "followers.csv",
        [
            {"date": day, "network": "telegram", "account": account, "followers": followers}
            for day in _days(date(2026, 2, 1))
            for account, followers in (("@shop", 1000), ("@sale", 50))
            if account == "@shop" or (day <= last and day != missed)
        ],
    )
    with loaded_marts(
        Company(
            directory=folder, name=folder.name, first_date=FIRST, as_of=AS_OF, timezone="UTC",
            sources={"plain": {}},
        ),
        ("int_audience_metrics_daily",),
    ) as connection:  # fmt: skip
        found = connection.execute(
            "select date_day, numerator from intermediate.int_audience_metrics_daily "
            "where metric_id = 'followers' and segment_type = 'all'"
        ).fetchall()
    # for four weeks nobody knows whether it will be read again
    closed = last + timedelta(days=28)
    assert dict(found) == {
        **{
            day: 1050.0
            for day in _days(date(2026, 2, 1), last + timedelta(days=1))
            if day != missed
        },
        **dict.fromkeys(_days(closed), 1000.0),
    }


def test_a_network_is_all_of_its_addresses(shop: duckdb.DuckDBPyConnection) -> None:
    rows = shop.execute(
        "select network, first_number, last_number from staging.stg_registers__hosting_networks "
        "order by network"
    ).fetchall()
    assert rows == [
        ("10.20.0.0/15", (10 << 24) + (20 << 16), (10 << 24) + (22 << 16) - 1),
        ("203.0.113.7/24", 3405803776, 3405803776 + 255),
    ]


def test_money_spent_on_strangers_is_told_apart(shop: duckdb.DuckDBPyConnection) -> None:
    # ten of the day's visits are from abroad; the second channel has spend and no visit
    rows = shop.execute(
        "select channel, campaign_id, visits, off_audience_visits, off_audience_spend_amount, "
        "wasted_spend_amount, unjudged_spend_amount from marts.kpi_traffic_quality_daily "
        "where date_day = date '2026-04-02' order by 1, 2"
    ).fetchall()
    (visits,) = {row[2] for row in rows if row[0] == "alpha"}
    share = (Decimal(1000) * 10 / visits).quantize(Decimal("0.01"))
    assert rows == [
        ("(all)", "(all)", visits, 10, share, Decimal(0), Decimal(500)),
        ("alpha", "(all)", visits, 10, share, Decimal(0), None),
        ("alpha", "(none)", visits, 10, share, Decimal(0), None),
        ("beta", "(all)", 0, 0, None, None, Decimal(500)),
        ("beta", "(none)", 0, 0, None, None, Decimal(500)),
    ]


def test_what_a_counter_does_not_tell_is_unknown(site: duckdb.DuckDBPyConnection) -> None:
    (row,) = site.execute(
        "select visits, suspicious_visits, bounces, empty_visits, new_visits, bounce_rate, "
        "empty_visit_share, new_visitor_share from marts.kpi_traffic_quality_daily "
        "where channel = '(all)' and date_day = ?",
        [BARE_DAY],
    ).fetchall()
    assert row == (30, 0, None, None, None, None, None, None)
    assert site.execute(
        "select visits, judged_visits, signal_status from marts.kpi_suspicion_signals "
        "where signal_id = 'S1'"
    ).fetchall() == [(79, 49, "partly_available")]


def test_a_visit_that_lacks_a_cell_leaves_the_shares_of_the_others(
    patchy: duckdb.DuckDBPyConnection,
) -> None:
    rows = patchy.execute(
        "select campaign_id, visits, bounces, bounce_known_visits, bounce_rate, empty_visits, "
        "empty_known_visits, empty_visit_share, new_visits, new_known_visits, new_visitor_share "
        "from marts.kpi_traffic_quality_daily where date_day = ? order by 1",
        [PATCHY_DAY],
    ).fetchall()
    # the campaign, its channel and the total
    assert rows == [
        (level, 7, 1, 4, 1 / 4, 1, 4, 1 / 4, 2, 4, 2 / 4) for level in ("(all)", "(all)", "(none)")
    ]
    assert patchy.execute(
        "select distinct bounces, bounce_known_visits, bounce_rate, new_visits, new_known_visits "
        "from marts.kpi_counter_traffic_daily where date_day = ?",
        [PATCHY_DAY],
    ).fetchall() == [(1, 4, 1 / 4, 2, 4)]


def test_a_file_without_goals_shows_no_conversion_of_them(
    patchy: duckdb.DuckDBPyConnection,
) -> None:
    untold, told, silent = date(2026, 2, 3), date(2026, 4, 7), date(2026, 5, 5)
    rows = patchy.execute(
        "select date_day, goal_visits, goal_rate_gross, goal_rate_valid, goal_rate_strict "
        "from marts.kpi_traffic_quality_daily where channel = '(all)' "
        "and date_day in (?, ?, ?) order by 1",
        [untold, told, silent],
    ).fetchall()
    assert rows == [
        (untold, None, None, None, None),
        (told, 2, 0.2, 0.2, 0.2),
        (silent, 0, 0.0, 0.0, 0.0),
    ]
    # on which page visits began no file tells, and so nobody knows of a page of thanks
    assert patchy.execute(
        "select conversion_id, month, visits_converted from marts.kpi_conversion_monthly "
        "where channel = '(all)' order by 1, 2"
    ).fetchall() == [
        ("form", date(2026, 3, 1), 60),
        ("form", date(2026, 4, 1), 60),
        ("form", date(2026, 5, 1), 0),
    ]
    assert patchy.execute(
        "select conversion_id, min(date_day) from marts.kpi_conversion_daily group by 1 order by 1"
    ).fetchall() == [("form", GOALS_SINCE)]
    assert patchy.execute(
        "select date_day, converted_visits, reason_code from marts.kpi_counter_traffic_daily "
        "where channel = '(all)' and date_day in (?, ?) order by 1",
        [untold, silent],
    ).fetchall() == [(untold, None, "no_denominator"), (silent, 0, None)]


def test_leads_of_earlier_visits_are_no_completions_of_todays(tmp_path: Path) -> None:
    """One browser asks on the day after its visit, another one within its visit, and by phone."""
    folder = tmp_path / "asked"
    visit_day, lead_day = date(2026, 5, 3), date(2026, 5, 4)
    write_rows(
        folder / "exports" / "plain" / "visits.csv",
        [
            _visit(f"{day:%d}-{place}", _at(day, 10, place, 1), page_views=3, duration_seconds=90)
            for day in (visit_day, lead_day)
            for place in range(10)
        ],
    )
    write_rows(
        folder / "exports" / "plain" / "leads.csv",
        [
            {"lead_id": number, "created_at": _at(lead_day, 15, number), "status": "NEW",
             "phone": f"+7900000000{number}", "client_id": client}
            for number, client in enumerate(("b-03-1", "b-04-1", ""))
        ],
    )  # fmt: skip
    _registers(folder)
    write_rows(
        folder / "registers" / "conversions.csv",
        [{"conversion_id": "lead", "version": 1, "name_en": "lead", "name_ru": "lead",
          "rule_type": "lead", "valid_from": FIRST, **RECORDED}],
    )  # fmt: skip
    for marts in _marts(folder, ("kpi_conversion_daily", "kpi_conversion_monthly")):
        days = marts.execute(
            "select channel, visits_valid, visits_converted, reaches, reaches_per_visit "
            "from marts.kpi_conversion_daily where date_day = ? order by 1",
            [lead_day],
        ).fetchall()
        months = marts.execute(
            "select visits_valid, reaches, reaches_per_visit from marts.kpi_conversion_monthly "
            "where channel = '(all)'"
        ).fetchall()
    assert days == [("alpha", 10, 1, 2, 0.1), ("unattributed", 0, 0, 1, None)]
    assert months == [(20, 1, 0.05)]


def test_visits_without_seconds_do_not_come_in_the_same_second(
    site: duckdb.DuckDBPyConnection,
) -> None:
    rows = site.execute(
        "select visit_date, suspicion_signals, count(*) from marts.fct_visits "
        "where visit_date <> ? group by 1, 2 order by 1, 2",
        [LOGGED_DAY],
    ).fetchall()
    assert rows == [
        (BARE_DAY, "", 30),
        (MINUTE_DAY, "S1", 30),
        (SECOND_DAY, "S1", 7),
        (SECOND_DAY, "S1,S6", 6),
    ]


def test_a_log_proves_nothing_where_it_was_not_written(site: duckdb.DuckDBPyConnection) -> None:
    rows = site.execute(
        "select visit_id from marts.fct_visits where visit_date = ? and is_suspicious",
        [LOGGED_DAY],
    ).fetchall()
    assert rows == [("plain:ghost",)]


def test_nobody_can_name_a_campaign_like_the_sums(site: duckdb.DuckDBPyConnection) -> None:
    rows = site.execute(
        "select channel, campaign_id, visits, spend_amount from marts.kpi_traffic_quality_daily "
        "where date_day = ? order by 1, 2",
        [SECOND_DAY],
    ).fetchall()
    assert rows == [
        (channel, campaign, 13, Decimal(10))
        for channel, campaign in (("(all)", "(all)"), ("alpha", "(all)"), ("alpha", "(none)"))
    ]


@pytest.fixture(scope="module")
def untold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("traffic") / "untold"
    _untold(folder)
    yield from _marts(
        folder,
        ("kpi_conversion_daily", "kpi_conversion_monthly", "kpi_metrics_monthly", "dim_conversion",
         "kpi_scorecard"),
        SHORT,
    )  # fmt: skip


def test_what_no_file_tells_of_conversions_is_no_zero(untold: duckdb.DuckDBPyConnection) -> None:
    months = untold.execute(
        "select conversion_id, month(month), visits_converted, visits_valid "
        "from marts.kpi_conversion_monthly where channel = '(all)' "
        "and (month(month) > 1 or conversion_id in ('old', 'thanks')) order by all"
    ).fetchall()
    assert months == [
        # March had days of a goal that is no more
        ("old", 1, 62, 620), ("old", 2, 56, 560),
        # leads never carry a browser; orders do from March on
        ("purchase", 3, 31, 620), ("purchase", 4, 30, 600),
        ("thanks", 2, 28, 560), ("thanks", 3, 31, 620), ("thanks", 4, 30, 600),
    ]  # fmt: skip
    days = untold.execute(
        "select conversion_id, count(*), sum(visits_valid), sum(reaches), min(reason_code) "
        "from marts.kpi_conversion_daily where month(date_day) in (2, 3) group by 1 order by 1"
    ).fetchall()
    assert days == [
        ("lead", 59, 0, 59, "no_client_ids"),
        ("old", 38, 760, 76, None),
        ("purchase", 59, 620, 59, "no_client_ids"),
        ("thanks", 59, 1180, 59, None),
    ]
    metrics = untold.execute(
        "select metric_id, month(month), metric_value from marts.kpi_metrics_monthly "
        "where metric_id like '%\\_conversion' escape '\\' and segment_type = 'all' "
        "and month(month) > 1 order by all"
    ).fetchall()
    assert [row for row in metrics if row[2] is not None] == [
        ("purchase_conversion", 3, 31 / 620), ("purchase_conversion", 4, 30 / 600),
    ]  # fmt: skip


def test_a_retired_goal_ends(untold: duckdb.DuckDBPyConnection) -> None:
    (last_day,) = untold.execute(
        "select max(date_day) from marts.kpi_conversion_daily where conversion_id = 'old'"
    ).fetchone()
    assert last_day == OLD_GOAL_ENDS
    assert untold.execute(
        "select conversion_id from marts.dim_conversion where end_date is not null"
    ).fetchall() == [("old",)]


def test_a_crm_taken_up_later_tells_nothing_of_before(untold: duckdb.DuckDBPyConnection) -> None:
    """89 leads in 89 days of the CRM, 120 asked of the 120 days of the period: no shortfall."""
    row = untold.execute(
        "select actual_value, expected_to_date, coverage_share, verdict, reason_code "
        "from marts.kpi_scorecard"
    ).fetchone()
    assert row == (89, 120, pytest.approx(89 / 120), "cannot_tell", "missing_days")
