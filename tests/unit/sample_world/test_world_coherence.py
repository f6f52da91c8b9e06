"""The tables of the sample company belong to one world."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from orchestration.sample_world import catalog
from orchestration.sample_world.generator import DEFAULT_END, DEFAULT_START

if TYPE_CHECKING:
    from tests.unit.sample_world.conftest import World


def test_visit_ids_are_unique(world: World) -> None:
    row = world.query("select count(*) as n, count(distinct visit_id) as ids from visits").iloc[0]
    assert row["n"] == row["ids"]
    assert 120_000 <= row["n"] <= 150_000


def test_every_day_has_visits(world: World) -> None:
    days = world.query("select day, count(*) as n from visits group by day order by day")
    assert len(days) == (DEFAULT_END - DEFAULT_START).days
    assert days["n"].min() > 60


def test_people_come_several_times_through_several_channels(world: World) -> None:
    journeys = world.query(
        """
        select
            count(*) as visits,
            count(distinct source || utm_source || utm_medium || campaign_id) as ways
        from visits group by client_id
        """
    )
    assert (journeys["visits"] > 1).mean() > 0.15
    assert (journeys["ways"] > 1).mean() > 0.12


def test_new_visitors_are_new(world: World) -> None:
    """A browser that has been here before in the period is never new again."""
    row = world.query(
        """
        with numbered as (
            select is_new, row_number() over (partition by client_id order by visit_id) as number
            from visits
        )
        select
            count(*) filter (where is_new = 1 and number > 1) as wrong,
            avg(is_new) as share
        from numbered
        """
    ).iloc[0]
    assert row["wrong"] == 0
    assert 0.5 < row["share"] < 0.8


def test_every_order_with_a_client_id_has_its_visit(world: World) -> None:
    tracked = world.orders[world.orders["client_id"] != ""]
    world.connection.register("tracked", tracked[["order_id", "client_id", "at"]])
    matched = world.query(
        """
        select tracked.order_id
        from tracked inner join visits
            on visits.client_id = tracked.client_id
            and visits.purchase = '[''' || tracked.order_id || ''']'
            and visits.at <= tracked.at and visits.day = tracked.at::date
        """
    )
    assert len(matched) == len(tracked)
    purchases = world.query("select count(*) as n from visits where purchase <> '[]'")
    assert purchases["n"].iloc[0] == len(tracked)


def test_every_lead_with_a_client_id_has_its_visit(world: World) -> None:
    leads = world.leads[world.leads["ClientID Метрики"] != ""]
    first = leads[leads["Название лида"].str.startswith("Заявка")]
    world.connection.register(
        "form_leads", first.rename(columns={"ClientID Метрики": "client_id"})[["client_id", "at"]]
    )
    matched = world.query(
        """
        select count(distinct form_leads.client_id) as n
        from form_leads inner join visits
            on visits.client_id = form_leads.client_id
            and visits.goals like '%101%' and visits.at <= form_leads.at
        """
    )
    assert matched["n"].iloc[0] == len(first)


def test_conversion_rates_are_plausible(world: World) -> None:
    visits = world.query("select count(*) as n from visits")["n"].iloc[0]
    assert 0.015 <= len(world.orders) / visits <= 0.025
    assert 0.007 <= len(world.leads) / visits <= 0.011


def test_about_seven_of_a_hundred_old_leads_became_a_house(world: World) -> None:
    genuine = world.leads[world.leads["Название лида"].str.startswith("Заявка")]
    old = genuine[genuine["at"] < pd.Timestamp(DEFAULT_END) - pd.Timedelta(days=280)]
    won = world.deals[world.deals["Семантика стадии"] == "S"]
    assert len(won) >= 60
    assert 0.06 <= won["Лид"].isin(old["ID"]).sum() / len(old) <= 0.10
    assert won["amount"].mean() == pytest.approx(catalog.HOUSE_PRICE, rel=0.08)


def test_houses_take_two_to_nine_months(world: World) -> None:
    won = world.deals[world.deals["Семантика стадии"] == "S"]
    lead_at = won["Лид"].map(world.leads.set_index("ID")["at"])
    days = (won["closed"] - lead_at).dt.days
    assert days.between(*catalog.WIN_DAYS).all()
    assert 100 < days.median() < 190


def test_stages_follow_each_other(world: World) -> None:
    order = ["C1:NEW", "C1:MEETING", "C1:ESTIMATE", "C1:CONTRACT", "C1:WON", "C1:LOSE"]
    history = world.stages.assign(rank=world.stages["Стадия"].map(order.index))
    history = history.sort_values(["Сделка", "at", "rank"])
    assert (
        history.groupby("Сделка")["rank"].apply(lambda ranks: ranks.is_monotonic_increasing).all()
    )
    assert set(history["Сделка"]) == set(world.deals["ID"])
    last = history.groupby("Сделка").last()
    deals = world.deals.set_index("ID")
    assert (last["Стадия"] == deals["Стадия"].reindex(last.index)).all()
    closed = deals["Семантика стадии"] != "P"
    assert (closed == (deals["Дата закрытия"] != "")).all()
    assert (deals.loc[closed, "closed"] == last["at"].reindex(deals.index)[closed]).all()


def test_deals_come_from_leads(world: World) -> None:
    lead_at = world.leads.set_index("ID")["at"]
    assert world.deals["Лид"].isin(lead_at.index).all()
    assert world.deals["Лид"].is_unique
    assert (world.deals["created"] >= world.deals["Лид"].map(lead_at)).all()
    converted = set(world.leads.loc[world.leads["Стадия"] == "CONVERTED", "ID"])
    assert converted == set(world.deals["Лид"])


def test_nothing_happens_after_the_last_day(world: World) -> None:
    end = pd.Timestamp(DEFAULT_END)
    assert world.orders["at"].max() < end
    assert world.stages["at"].max() < end
    for column in ("Дата создания", "Дата изменения"):
        stamps = pd.to_datetime(world.leads[column], format="%d.%m.%Y %H:%M:%S")
        assert stamps.max() < end
    changed = pd.to_datetime(world.leads["Дата изменения"], format="%d.%m.%Y %H:%M:%S")
    assert (changed >= world.leads["at"]).all()


@pytest.mark.parametrize("name", ["direct", "google", "vk"])
def test_most_clicks_arrive(world: World, name: str) -> None:
    stats: pd.DataFrame = getattr(world, name)
    clicks = stats.groupby("campaign_id")["clicks"].sum()
    # A day without a file, as in one of the stories, has visits without clicks.
    days = tuple(str(day.date()) for day in stats["day"].unique())
    visits = world.query(
        f"""
        select campaign_id, count(*) as n from visits
        where source = 'ad' and day in {days} group by campaign_id
        """
    ).set_index("campaign_id")["n"]
    ratio = (visits.reindex(clicks.index) / clicks).dropna()
    assert len(ratio) == len(clicks)
    assert ratio.between(0.87, 0.93).all()
    assert (stats["clicks"] <= stats["impressions"]).all()
    assert (stats["cost"] >= 0).all()


def test_refunds_and_discounts_stay_inside_the_order(world: World) -> None:
    orders = world.orders
    assert (orders["net"] >= 0).all()
    assert 0.01 < (orders["refund_amount"] > 0).mean() < 0.06
    assert 0.05 < (orders["discount_amount"] > 0).mean() < 0.25
    paid = orders[orders["status"] == "paid"]
    assert paid["net"].mean() == pytest.approx(9_000, rel=0.1)


def test_customers_come_back_as_in_a_real_shop(world: World) -> None:
    paid = world.orders[world.orders["status"] == "paid"].sort_values("at")
    first = paid.groupby("customer_id")["at"].min()
    second = paid[paid.groupby("customer_id").cumcount() == 1].set_index("customer_id")["at"]
    observed = first[first <= pd.Timestamp(DEFAULT_END) - pd.Timedelta(days=90)]
    within = (second.reindex(observed.index) - observed).dt.days <= 90
    assert 0.15 < within.mean() < 0.35


def test_weekends_and_seasons_differ(world: World) -> None:
    days = world.query(
        "select day, count(*) as n from visits where country = 'Russia' group by day"
    )
    days["day"] = pd.to_datetime(days["day"])
    weekend = days["day"].dt.day_of_week >= 5
    assert days.loc[weekend, "n"].mean() < 0.93 * days.loc[~weekend, "n"].mean()
    winter = days["day"].dt.month.isin([12, 1])
    assert days.loc[winter, "n"].mean() < 0.9 * days.loc[~winter, "n"].mean()


def test_days_scatter_more_than_by_chance(world: World) -> None:
    days = world.query(
        """
        select day, count(*) as n from visits
        where utm_source = '' and source = 'organic' and isodow(day) <= 5
            and day between '2026-05-12' and '2026-08-31' group by day
        """
    )
    assert days["n"].var() > 1.2 * days["n"].mean()


def test_contacts_are_of_ranges_that_belong_to_nobody(world: World) -> None:
    genuine = world.leads[world.leads["Название лида"].str.contains("аявка")]
    phones = genuine.loc[genuine["Телефон"] != "", "Телефон"]
    assert phones.str.fullmatch(r"\+7 900 000-\d\d-\d\d").all()
    mails = pd.concat([genuine["E-mail"], world.orders["email"]])
    mails = mails[mails != ""]
    assert mails.str.fullmatch(r"[ch]\d{7}@example\.(com|org)").all()


def test_registers_cover_every_channel_and_product(world: World) -> None:
    assert set(world.register("channels")["channel"]) == {
        stream.channel for stream in catalog.STREAMS
    }
    assert set(world.register("margins")["product_line"]) == {catalog.HOUSES, catalog.SHOP}
    goals = set(world.register("goals")["goal_id"])
    targets = world.register("targets")
    assert set(targets["goal_id"]) <= goals
    assert (targets["proposer"] != targets["approver"]).all()


def test_channel_rules_name_each_visit_as_it_was_made(world: World) -> None:
    """The first rule whose patterns fit gives the channel of the stream behind the visit."""
    rules = world.register("channels")

    def like(pattern: str, value: str) -> bool:
        if not pattern:
            return True
        return re.fullmatch(re.escape(pattern).replace("%", ".*"), value.lower()) is not None

    for stream in catalog.STREAMS:
        values = {
            "source_type": stream.traffic_source,
            "utm_source": stream.utm_source,
            "utm_medium": stream.utm_medium,
            "utm_campaign": stream.campaign_id,
        }
        fitting = rules[
            rules.apply(lambda rule, v=values: all(like(rule[k], v[k]) for k in v), axis=1)
        ]
        assert fitting.iloc[0]["channel"] == stream.channel


def test_calendar_knows_the_holidays(world: World) -> None:
    calendar = world.register("calendar").set_index("date")["day_type"]
    assert calendar["2026-01-09"] == "holiday"
    assert calendar["2025-11-01"] == "workday"
    assert calendar["2026-06-11"] == "short"
    assert "2026-01-12" not in calendar


def test_months_before_the_current_one_are_fully_costed(world: World) -> None:
    costs = world.register("costs")
    months = pd.period_range(DEFAULT_START, DEFAULT_END, freq="M")[:-1]
    by_month = costs.groupby(costs["cost_month"].str[:7])["cost_type"].agg(set)
    assert list(by_month.index) == [str(month) for month in months]
    expected = {"salaries", "agency", "tools", "media", "production", "discounts", "invoice"}
    assert all(kinds >= expected for kinds in by_month)
