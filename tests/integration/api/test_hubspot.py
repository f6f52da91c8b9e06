"""The door of HubSpot against a fake of its CRM."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.sources.api import hubspot
from orchestration.sources.api.http import ApiError, QuotaError, Window
from orchestration.sources.api.records import Stored
from tests.fakes.hubspot import FakeHubspot, invalid, too_many, unauthorized
from tests.fakes.server import FakeClock, Instead, json_reply
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    TableBehaviours,
    World,
    world,
)

__all__ = ["world"]

FIRST_DATE = date(2025, 1, 1)
EVERYTHING: Window = (FIRST_DATE, date(2026, 3, 10))
MOSCOW = ZoneInfo("Europe/Moscow")
PHONE, EMAIL, PERSON = "+79161234567", "anna.petrova@example.org", "Анна Петрова"


def moment(day: int) -> str:
    """A time of HubSpot, `day` days after the last of January 2026."""
    value = datetime(2026, 1, 31, 22, 30, 15, tzinfo=UTC) + timedelta(days=day)
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def local(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S")


def deal(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "properties": {
            "createdate": moment(1),
            "hs_lastmodifieddate": moment(2 + number % 20),
            "closedate": moment(9),
            "dealname": PERSON,
            "amount": "1500.50",
            "deal_currency_code": "RUB",
            "dealstage": "closedwon",
            "pipeline": "default",
            "metrica": "1744638885451006982",
            **changes,
        },
    }


def contact(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "properties": {
            "createdate": moment(1),
            "lastmodifieddate": moment(2),
            "firstname": PERSON,
            "phone": PHONE,
            "email": EMAIL,
            "lifecyclestage": "lead",
            "hs_lead_status": None,
            "hs_analytics_source": "PAID_SEARCH",
            "hs_analytics_first_url": "https://x.ru/?utm_source=yandex&utm_medium=cpc&yclid=764",
            **changes,
        },
    }


def make_fake(clock: FakeClock) -> FakeHubspot:
    def stage(identifier: str, order: int, closed: str, probability: str) -> dict[str, Any]:
        metadata = {"isClosed": closed, "probability": probability}
        return {
            "id": identifier, "label": identifier, "displayOrder": order, "metadata": metadata,
        }  # fmt: skip

    stages = [
        stage("appointment", 0, "false", "0.2"),
        stage("closedwon", 5, "true", "1.0"),
        stage("closedlost", 6, "true", "0.0"),
    ]
    return FakeHubspot(
        clock,
        deals={number: deal(number) for number in range(51, 57)},
        contacts={7: contact(7)},
        contacts_of={number: [7, 8] for number in range(51, 56)},
        pipelines=[{"id": "default", "label": "Sales", "stages": stages}],
    )


def changed_from(window: Window) -> datetime:
    """From when a row must have changed to come in a window."""
    if window[0] == FIRST_DATE:
        return datetime(1, 1, 1, tzinfo=UTC)
    return datetime(*window[0].timetuple()[:3], tzinfo=MOSCOW) - timedelta(hours=24)


def truth(fake: FakeHubspot, window: Window) -> Sequence[Row]:
    since = changed_from(window)
    return [
        (
            str(number), str(fake.contacts_of[number][0]) if number in fake.contacts_of else None,
            f"default:{values['dealstage']}", "F" if "lost" in values["dealstage"] else "S",
            "1500.50", "RUB", local(values["createdate"]), local(values["closedate"]),
            "1744638885451006982",
        )
        for number, record in fake.deals.items()
        if not record.get("archived")
        and datetime.fromisoformat((values := record["properties"])["hs_lastmodifieddate"]) >= since
    ]  # fmt: skip


def restate(fake: FakeHubspot) -> None:
    now = fake.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fake.deals[52]["properties"] |= {"dealstage": "closedlost", "hs_lastmodifieddate": now}


def delete(fake: FakeHubspot) -> str:
    fake.deals[53]["archived"] = True
    return "53"


def extend(fake: FakeHubspot) -> None:
    fake.deals[52]["more"] = {"objectWriteTraceId": None}


class TestHubspot(Behaviours):
    case = Case(
        source="hubspot",
        table="deals",
        make_fake=make_fake,
        columns=(
            "deal_id", "customer_id", "stage_id", "stage_semantic", "amount", "currency",
            "created_at", "closed_at", "client_id",
        ),
        truth=truth,
        window=EVERYTHING,
        empty_window=(date(2026, 3, 8), date(2026, 3, 9)),
        secrets={"HUBSPOT_TOKEN": "pat-eu1-token"},
        options={"fields": {"client_id": "metrica"}, "first_date": FIRST_DATE},
        throttled=too_many("TEN_SECONDLY_ROLLING"),
        refused=unauthorized(),
        names="HUBSPOT_TOKEN",
        restate=restate,
        delete=delete,
        extend=extend,
        data_request=lambda request: "/objects/deals" in request.path,
        reports_new_fields=False,
    )  # fmt: skip

    def rows(
        self,
        world: World,
        table: str = "deals",
        window: Window = EVERYTHING,
        **options: Any,
    ) -> list[dict[str, Any]]:
        batches = list(
            hubspot.fetch(
                world.company(**options), table, window, world.transport(), world.said.append
            )
        )
        return pa.concat_tables(batches).to_pylist()

    CHANGED: Window = (date(2026, 2, 2), date(2026, 3, 10))

    def test_pages_of_the_list(self, world: World) -> None:
        world.fake.deals = {number: deal(number) for number in range(1, 251)}
        assert world.load().rows == world.truth()
        assert sum(map(self.case.data_request, world.server.requests)) == 3

    def test_the_search_brings_the_same_rows(self, world: World) -> None:
        assert self.rows(world, window=self.CHANGED) == self.rows(world)

    def test_more_changes_than_a_search_gives(self, world: World) -> None:
        world.fake.search_cap = 400
        world.fake.deals = {number: deal(number) for number in range(1, 1002)}
        rows = self.rows(world, window=self.CHANGED)
        assert [int(row["deal_id"]) for row in rows] == list(range(1, 1002))

    def test_thousands_of_changes_at_one_moment(self, world: World) -> None:
        """A bulk edit gives all rows one time, which a cursor on the time could not pass."""
        world.fake.search_cap = 400
        world.fake.deals = {
            number: deal(number, hs_lastmodifieddate=moment(5)) for number in range(1, 702)
        }
        assert len(self.rows(world, window=self.CHANGED)) == 701

    def test_a_row_that_changes_between_two_pages(self, world: World) -> None:
        world.fake.deals = {number: deal(number) for number in range(1, 451)}

        def touch(kind: str) -> None:
            if len(world.server.requests) == 2:
                world.fake.deals[3]["properties"]["hs_lastmodifieddate"] = moment(37)
                world.fake.deals.pop(10)

        world.fake.before_page = touch
        ids = {int(row["deal_id"]) for row in self.rows(world, window=self.CHANGED)}
        assert ids >= set(world.fake.deals)

    def test_the_overlap_covers_a_lagging_index(self, world: World) -> None:
        world.clock.time = datetime(2026, 2, 20, 21, 5, tzinfo=UTC)
        world.fake.deals = {
            1: deal(1, hs_lastmodifieddate="2026-02-20T20:58:00.000Z"),
        }
        world.fake.index_lag = 600
        today, tomorrow = date(2026, 2, 20), date(2026, 2, 21)
        assert self.rows(world, window=(today, tomorrow)) == []
        world.clock.time += timedelta(days=1)
        following = (tomorrow, tomorrow + timedelta(days=1))
        assert [row["deal_id"] for row in self.rows(world, window=following)] == ["1"]

    @pytest.mark.parametrize(
        ("policy", "wait"), [("TEN_SECONDLY_ROLLING", 10.0), ("SECONDLY", 1.0)]
    )
    def test_waits_as_the_policy_says(
        self,
        world: World,
        policy: str,
        wait: float,
    ) -> None:
        world.server.misbehave(Instead(too_many(policy)))
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [wait]

    # The clock shows 8:00 in Moscow and 1:00 in New York, which has summer time by then.
    @pytest.mark.parametrize(
        ("zone", "until"),
        [({}, "2026-03-10 21:00"), ({"timezone": "America/New_York"}, "2026-03-11 04:00")],
    )
    def test_a_used_up_day_says_when_it_ends(
        self, world: World, zone: dict[str, str], until: str
    ) -> None:
        world.options |= zone
        world.server.misbehave(Instead(too_many("DAILY")), times=9)
        text = world.fails(QuotaError)
        assert f"it is given anew at {until} UTC" in text
        assert "set timezone in [sources.hubspot]" in text
        assert not world.clock.sleeps
        assert len(world.server.requests) == 1

    def test_a_used_up_day_that_only_the_header_tells(self, world: World) -> None:
        headers = {"X-HubSpot-RateLimit-Daily-Remaining": "0"}
        reply = json_reply({"status": "error", "message": "Too many"}, 429, headers)
        world.server.misbehave(Instead(reply), times=9)
        assert "2026-03-10 21:00 UTC" in world.fails(QuotaError)
        assert not world.clock.sleeps

    def test_a_wait_that_is_told_is_kept(self, world: World) -> None:
        reply = too_many("SECONDLY")
        world.server.misbehave(Instead(replace(reply, headers={"Retry-After": "7"})))
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [7.0]

    def test_missing_scopes(self, world: World) -> None:
        reply = json_reply({"status": "error", "message": "x", "category": "MISSING_SCOPES"}, 403)
        world.server.misbehave(Instead(reply))
        assert "crm.objects.deals.read" in world.fails(ApiError)

    def test_an_invalid_request(self, world: World) -> None:
        world.server.misbehave(Instead(invalid("Property 'x' does not exist")))
        assert "Property 'x' does not exist" in world.fails(ApiError)

    def test_archived_deals_are_told(self, world: World) -> None:
        world.fake.deals[53]["archived"] = True
        stored = Stored(["52", "53"], EVERYTHING)
        found = hubspot.presence(
            world.company(), "deals", stored, world.transport(), world.said.append
        )
        assert found is not None
        loaded = pa.table({"deal_id": ["52", "53"]})
        assert found.gone(loaded).column("deal_id").to_pylist() == ["53"]
        assert "53" not in {row[0] for row in world.load().rows}

    def test_an_amount_that_is_not_entered_is_no_zero(self, world: World) -> None:
        world.fake.deals[51]["properties"]["amount"] = None
        assert self.rows(world)[0]["amount"] is None

    def test_contacts_as_leads(self, world: World) -> None:
        states = {
            1: ("subscriber", None), 2: ("lead", None), 3: ("lead", "CONNECTED"),
            4: ("salesqualifiedlead", None), 5: ("customer", None), 6: ("lead", "UNQUALIFIED"),
            7: ("12345", None), 8: (None, None),
        }  # fmt: skip
        world.fake.contacts = {
            number: contact(number, lifecyclestage=stage, hs_lead_status=status)
            for number, (stage, status) in states.items()
        }
        rows = self.rows(world, "contacts", values={"status": {"12345": "QUALIFIED"}})
        assert [row["status"] for row in rows] == [
            None, "NEW", "IN_PROCESS", "QUALIFIED", "CONVERTED", "JUNK", "QUALIFIED", None
        ]  # fmt: skip
        assert (rows[0]["utm_source"], rows[0]["yclid"]) == ("yandex", "764")
        assert rows[0]["utm_campaign"] is None

    def test_own_properties_win_over_the_first_address(self, world: World) -> None:
        world.fake.contacts[7]["properties"]["utm"] = "vk"
        (row,) = self.rows(world, "contacts", fields={"utm_source": "utm", "utm_medium": "none"})
        assert (row["utm_source"], row["utm_medium"]) == ("vk", "cpc")

    def test_rows_before_the_first_date_are_left_out(self, world: World) -> None:
        world.fake.deals[51]["properties"]["createdate"] = "2024-12-31T20:59:59.999Z"
        world.fake.deals[52]["properties"]["createdate"] = "2024-12-31T21:00:00.000Z"
        assert next(row["deal_id"] for row in self.rows(world)) == "52"

    def test_stage_history(self, world: World) -> None:
        world.fake.deals = {51: deal(51)}
        world.fake.deals[51]["history"] = [
            {"value": "closedwon", "timestamp": moment(9), "sourceType": "CRM_UI"},
            {"value": "appointment", "timestamp": moment(1), "sourceType": "CRM_UI"},
            {"value": "appointment", "timestamp": "2024-01-01T00:00:00.000Z"},
        ]
        rows = self.rows(world, "stage_history")
        assert [(row["stage_id"], row["stage_semantic"]) for row in rows] == [
            ("default:closedwon", "S"),
            ("default:appointment", "P"),
        ]
        assert rows[0]["changed_at"] == local(moment(9))

    def test_the_history_of_changed_deals_is_asked_alone(self, world: World) -> None:
        world.fake.deals = {
            number: deal(number, hs_lastmodifieddate=moment(20 if number > 70 else 2))
            for number in range(1, 131)
        }
        for record in world.fake.deals.values():
            record["history"] = [{"value": "closedwon", "timestamp": moment(20)}]
        rows = self.rows(world, "stage_history", (date(2026, 2, 10), date(2026, 3, 10)))
        assert [int(row["deal_id"]) for row in rows] == list(range(71, 131))
        paths = [request.path.removeprefix("/crm/v3/") for request in world.server.requests]
        assert paths[0] == "objects/deals/search"
        assert paths.count("objects/deals/batch/read") == 2
        assert "objects/deals" not in paths

    def test_stages(self, world: World) -> None:
        rows = {row["stage_id"]: row["stage_semantic"] for row in self.rows(world, "stages")}
        assert rows == {
            "default:appointment": "P",
            "default:closedwon": "S",
            "default:closedlost": "F",
        }

    def test_no_secret_and_no_person_in_any_text(
        self,
        world: World,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        self.rows(world, "contacts")
        world.server.misbehave(Instead(invalid(f"{EMAIL} of pat-eu1-token")))
        texts = [world.fails(ApiError), caplog.text, *world.said]
        for word in ("pat-eu1-token", PHONE, EMAIL, "Петрова"):
            assert not any(word in text for text in texts), word


# --- its other tables ----------------------------------------------------------------------------


def change_of_stage(day: int, stage: str) -> dict[str, Any]:
    return {"value": stage, "timestamp": moment(day), "sourceType": "CRM_UI"}


def fake_of_tables(clock: FakeClock) -> FakeHubspot:
    fake = make_fake(clock)
    fake.contacts |= {number: contact(number) for number in (8, 9)}
    fake.deals[51]["history"] = [change_of_stage(9, "closedwon"), change_of_stage(1, "appointment")]
    fake.deals[52]["history"] = [change_of_stage(36, "appointment")]
    fake.deals[52]["properties"]["hs_lastmodifieddate"] = moment(36)
    return fake


def now_of(fake: FakeHubspot) -> str:
    return fake.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")


def contacts_truth(fake: FakeHubspot, window: Window) -> Sequence[Row]:
    return [
        (
            str(number), {"lead": "NEW", "customer": "CONVERTED"}[values["lifecyclestage"]],
            PHONE, EMAIL, local(values["createdate"]), "PAID_SEARCH", "yandex", "cpc", "764",
        )
        for number, record in fake.contacts.items()
        if not record.get("archived")
        and datetime.fromisoformat((values := record["properties"])["lastmodifieddate"])
        >= changed_from(window)
    ]  # fmt: skip


def restate_a_contact(fake: FakeHubspot) -> None:
    changes = {"lifecyclestage": "customer", "lastmodifieddate": now_of(fake)}
    fake.contacts[8]["properties"] |= changes


def delete_a_contact(fake: FakeHubspot) -> str:
    fake.contacts[9]["archived"] = True
    return "9"


def extend_contacts(fake: FakeHubspot) -> None:
    fake.contacts[7]["more"] = {"objectWriteTraceId": None}


class TestHubspotContacts(TableBehaviours):
    case = replace(
        TestHubspot.case,
        table="contacts",
        make_fake=fake_of_tables,
        columns=(
            "customer_id", "status", "phone", "email", "created_at", "source", "utm_source",
            "utm_medium", "yclid",
        ),
        truth=contacts_truth,
        options={"first_date": FIRST_DATE},
        restate=restate_a_contact,
        delete=delete_a_contact,
        extend=extend_contacts,
        data_request=lambda request: "/objects/contacts" in request.path,
    )  # fmt: skip


def history_truth(fake: FakeHubspot, window: Window) -> Sequence[Row]:
    return [
        (
            f"{number}:{change['timestamp']}", str(number), local(change["timestamp"]),
            f"default:{change['value']}", "S" if change["value"] == "closedwon" else "P",
        )
        for number, record in fake.deals.items()
        for change in record.get("history", [])
        if datetime.fromisoformat(change["timestamp"]) >= changed_from(window)
    ]  # fmt: skip


def restate_history(fake: FakeHubspot) -> None:
    fake.deals[52]["history"][0]["value"] = "closedwon"
    fake.deals[52]["properties"]["hs_lastmodifieddate"] = now_of(fake)


def extend_history(fake: FakeHubspot) -> None:
    fake.deals[51]["history"][0]["updatedByUserId"] = 1


class TestHubspotStageHistory(TableBehaviours):
    case = replace(
        TestHubspot.case,
        table="stage_history",
        make_fake=fake_of_tables,
        columns=("history_id", "deal_id", "changed_at", "stage_id", "stage_semantic"),
        truth=history_truth,
        empty_window=(date(2026, 3, 12), date(2026, 3, 13)),
        restate=restate_history,
        delete=None,
        extend=extend_history,
    )


def stages_truth(fake: FakeHubspot, window: Window) -> Sequence[Row]:
    meanings = {"closedwon": "S", "closedlost": "F"}
    return [
        ("default", f"default:{row['id']}", row["label"], meanings.get(row["id"], "P"),
         str(row["displayOrder"]))
        for funnel in fake.pipelines
        for row in funnel["stages"]
    ]  # fmt: skip


def rename_a_stage(fake: FakeHubspot) -> None:
    fake.pipelines[0]["stages"][0]["label"] = "First call"


def extend_stages(fake: FakeHubspot) -> None:
    fake.pipelines[0]["somethingNew"] = None


class TestHubspotStages(TableBehaviours):
    case = replace(
        TestHubspot.case,
        table="stages",
        make_fake=fake_of_tables,
        columns=("pipeline_id", "stage_id", "stage_name", "stage_semantic", "sort_order"),
        truth=stages_truth,
        empty_window=None,
        restate=rename_a_stage,
        delete=None,
        extend=extend_stages,
        data_request=lambda request: request.path.endswith("/pipelines/deals"),
    )
