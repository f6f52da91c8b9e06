"""The door of amoCRM against a fake account."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.errors import UserError
from orchestration.sources.api import amocrm
from orchestration.sources.api.http import ApiError, AuthError, Window
from orchestration.sources.api.records import Presence, Stored
from tests.fakes.amocrm import FakeAmocrm, problem
from tests.fakes.server import Drop, FakeClock, Instead, Reply
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
PHONE, EMAIL, PERSON = "+79161234567", "anna.petrova@example.org", "Анна Петрова"
MOSCOW = ZoneInfo("Europe/Moscow")
NEW, TALK, ACCEPTED, MEETING = 10, 11, 12, 13


def seconds(day: int) -> int:
    """Unix time of noon in Moscow, `day` days after the last of January 2026."""
    return int((datetime(2026, 1, 31, 9, tzinfo=UTC) + timedelta(days=day)).timestamp())


def local(value: int) -> str:
    return datetime.fromtimestamp(value, MOSCOW).strftime("%Y-%m-%d %H:%M:%S")


def tracked(**values: str) -> list[dict[str, Any]]:
    return [
        {
            "field_id": 1000000 + number,
            "field_name": "Переведённое имя",
            "field_code": code,
            "field_type": "tracking_data",
            "values": [{"value": value}],
        }
        for number, (code, value) in enumerate(values.items())
    ]


def lead(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Заявка: {PERSON}",
        "price": 46333,
        "status_id": NEW,
        "pipeline_id": 1,
        "loss_reason_id": None,
        "created_at": seconds(number),
        "updated_at": seconds(number) + 60,
        "closed_at": None,
        "is_deleted": False,
        "custom_fields_values": tracked(
            UTM_SOURCE="yandex", UTM_CAMPAIGN="70100001", _YM_UID=f"174463888545100698{number}"
        ),
        "_embedded": {"contacts": [{"id": 5, "is_main": False}, {"id": 7, "is_main": True}]},
        **changes,
    }


def contact(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": PERSON,
        "created_at": seconds(-900),
        "updated_at": seconds(2),
        "custom_fields_values": [
            {"field_id": 1, "field_name": "Телефон", "field_code": "PHONE",
             "values": [{"value": PHONE, "enum_code": "WORK"}, {"value": "1", "enum_code": "MOB"}]},
            {"field_id": 2, "field_name": "Email", "field_code": "EMAIL",
             "values": [{"value": EMAIL, "enum_code": "WORK"}]},
        ],
    }  # fmt: skip


def make_fake(clock: FakeClock) -> FakeAmocrm:
    names = {NEW: "Заявка", TALK: "Переговоры", ACCEPTED: "Квалифицирован", MEETING: "Встреча"}
    statuses = [
        {"id": number, "name": name, "sort": 10 * place, "type": 0, "pipeline_id": 1}
        for place, (number, name) in enumerate(names.items(), start=2)
    ]
    closed = [
        {"id": 142, "name": "Успешно реализовано", "sort": 10000, "type": 0, "pipeline_id": 1},
        {"id": 143, "name": "Закрыто и не реализовано", "sort": 11000, "type": 0, "pipeline_id": 1},
    ]
    unsorted = {"id": 9, "name": "Неразобранное", "sort": 10, "type": 1, "pipeline_id": 1}
    return FakeAmocrm(
        clock,
        leads={number: lead(number) for number in range(1, 6)},
        contacts={5: {**contact(5), "custom_fields_values": None}, 7: contact(7)},
        pipelines=[
            {"id": 1, "name": "Дома", "_embedded": {"statuses": [unsorted, *statuses, *closed]}}
        ],
        loss_reasons=[
            {"id": 1, "name": "Спам"},
            {"id": 2, "name": "Дубль заявки"},
            {"id": 3, "name": "Дорого"},
        ],
    )


def changed_from(window: Window) -> float:
    """Unix time from which a row must have changed to come in a window."""
    if window[0] == FIRST_DATE:
        return 0.0
    return datetime(*window[0].timetuple()[:3], tzinfo=MOSCOW).timestamp() - 86400


def truth(fake: FakeAmocrm, window: Window) -> Sequence[Row]:
    since = changed_from(window)
    return [
        (
            str(row["id"]), "7", f"1:{row['status_id']}",
            "CONVERTED" if row["status_id"] == 142 else "NEW", PHONE, EMAIL, "46333", "RUB",
            local(row["created_at"]), local(row["updated_at"]), "yandex", None, "70100001",
            f"174463888545100698{row['id']}",
        )
        for row in fake.leads.values()
        if row["updated_at"] >= since and not row["is_deleted"]
    ]  # fmt: skip


def restate(fake: FakeAmocrm) -> None:
    now = int(fake.clock.now().timestamp())
    fake.leads[3] |= {"status_id": 142, "updated_at": now}


def delete(fake: FakeAmocrm) -> str:
    fake.leads[4]["is_deleted"] = True
    return "4"


def extend(fake: FakeAmocrm) -> None:
    fake.leads[3]["labor_cost_new"] = {"a": None}


class TestAmocrm(Behaviours):
    case = Case(
        source="amocrm",
        table="leads",
        make_fake=make_fake,
        columns=(
            "lead_id", "customer_id", "stage_id", "status", "phone", "email", "amount", "currency",
            "created_at", "updated_at", "utm_source", "utm_medium", "utm_campaign", "client_id",
        ),
        truth=truth,
        window=EVERYTHING,
        empty_window=(date(2026, 3, 8), date(2026, 3, 9)),
        secrets={"AMOCRM_TOKEN": "long-lived-token"},
        options={"account": "example.amocrm.ru", "first_date": FIRST_DATE},
        throttled=Reply(429, b"Too Many Requests", "text/plain"),
        refused=problem(401, "Unauthorized", "Неверный логин или пароль"),
        names="AMOCRM_TOKEN",
        restate=restate,
        delete=delete,
        extend=extend,
        data_request=lambda request: request.path.endswith("/leads"),
        reports_new_fields=False,
    )  # fmt: skip

    def rows(
        self,
        world: World,
        table: str = "leads",
        window: Window = EVERYTHING,
        **options: Any,
    ) -> list[dict[str, Any]]:
        batches = list(
            amocrm.fetch(
                world.company(**options), table, window, self.transport(world), world.said.append
            )
        )
        return pa.concat_tables(batches).to_pylist()

    @staticmethod
    def transport(world: World) -> Any:
        return world.transport(
            secrets={
                "AMOCRM_TOKEN": "long-lived-token",
                "AMOCRM_CLIENT_ID": "integration",
                "AMOCRM_CLIENT_SECRET": "client-secret-value",
                "AMOCRM_REFRESH_TOKEN": "refresh-from-env",
            }
        )

    def test_pages_by_link_stay_at_the_own_address(self, world: World) -> None:
        world.fake.page_size = 2
        assert world.load().rows == world.truth()
        # A page begins at the last change of the one before, so five leads are four pages of two.
        assert sum(map(self.case.data_request, world.server.requests)) == 4

    def test_a_list_that_ends_beyond_its_end(self, world: World) -> None:
        """The last page may announce another, which is empty."""
        world.fake.page_size = 5

        def lose_last(kind: str) -> None:
            if sum(map(self.case.data_request, world.server.requests)) > 1:
                world.fake.leads.pop(6, None)

        world.fake.leads[6] = lead(6)
        world.fake.before_page = lose_last
        assert len(world.load().rows) == 5

    @pytest.mark.parametrize("happens", ["deleted", "changed"])
    @pytest.mark.parametrize("window", [EVERYTHING, (date(2026, 2, 2), date(2026, 3, 10))])
    def test_a_lead_that_moves_between_two_pages_hides_no_other(
        self, world: World, happens: str, window: Window
    ) -> None:
        """What stood on a page that was read leaves its place, and all behind it move up by one."""
        world.fake.page_size = 2

        def move(kind: str) -> None:
            if sum(map(self.case.data_request, world.server.requests)) == 2:
                change: dict[str, Any] = (
                    {"is_deleted": True} if happens == "deleted" else {"price": 99}
                )
                world.fake.leads[1] |= change | {"updated_at": int(world.clock.now().timestamp())}

        world.fake.before_page = move
        rows = {row["lead_id"]: row["amount"] for row in self.rows(world, window=window)}
        assert set(rows) == {"1", "2", "3", "4", "5"}
        assert rows["1"] == ("46333" if happens == "deleted" else "99")

    @pytest.mark.parametrize("has_filters", [True, False])
    def test_leads_that_were_changed_all_at_once(self, world: World, has_filters: bool) -> None:
        """An import, or an action on a whole funnel, fills more than a page with one second."""
        world.fake.page_size, world.fake.has_filters = 2, has_filters
        world.fake.leads = {
            number: lead(number, updated_at=seconds(1 if number < 3 else 2 if number < 9 else 3))
            for number in range(1, 12)
        }
        assert len(self.rows(world)) == 11
        assert len(world.server.requests) < 15

    def test_an_account_that_keeps_no_order(self, world: World) -> None:
        world.fake.page_size, world.fake.orders = 3, ()
        for number, at in zip(world.fake.leads, (3, 9, 1, 7, 5), strict=True):
            world.fake.leads[number]["updated_at"] = seconds(at)
        assert len(self.rows(world)) == 5

    @pytest.mark.parametrize("full_load_days", [1, 100])
    def test_an_account_that_shows_its_leads_no_longer(
        self, world: World, full_load_days: int
    ) -> None:
        """A user without the right to see others' leads gets 204, as if there were none."""
        leads = world.fake.leads = {number: lead(number) for number in range(1, 31)}
        options: dict[str, Any] = {"full_load_days": full_load_days}
        world.fill_lake(**options)
        before = world.lake_files()
        world.clock.time += timedelta(days=2)
        if full_load_days == 1:
            world.fake.leads = {number: leads[number] for number in range(1, 15)}
        else:
            for number in range(15, 31):
                leads[number]["is_deleted"] = True
        with pytest.raises(UserError, match=r"no longer shows 16 of 30 rows of leads") as caught:
            world.fill_lake(**options)
        assert "deletes_at_most = 1" in str(caught.value.remedy)
        assert world.lake_files() == before
        assert world.fill_lake(**options, deletes_at_most=1).rows_deleted == 16
        assert world.fill_lake(**options).rows_deleted == 16

    def test_no_leads_at_all(self, world: World) -> None:
        world.fake.leads.clear()
        assert world.load().rows == []

    def test_a_link_that_leads_back_ends_the_load(self, world: World) -> None:
        answer = {
            "_links": {"next": {"href": "https://example.amocrm.ru/api/v4/leads?page=2"}},
            "_embedded": {"leads": [lead(1)]},
        }
        reply = Reply(200, json.dumps(answer).encode(), "application/hal+json")
        world.server.misbehave(Instead(reply), times=10**6, on=self.case.data_request)
        assert "without end" in world.fails(ApiError)
        assert len(world.server.requests) < 5

    def test_what_stages_mean(self, world: World) -> None:
        states = [(9, None), (TALK, None), (ACCEPTED, None), (MEETING, None), (142, None)]
        states += [(143, 1), (143, 2), (143, 3), (143, None), (777, None)]
        world.fake.leads = {
            number: lead(number, status_id=status, loss_reason_id=reason)
            for number, (status, reason) in enumerate(states, start=1)
        }
        rows = self.rows(world)
        assert [row["status"] for row in rows] == [
            "NEW", "IN_PROCESS", "QUALIFIED", "QUALIFIED", "CONVERTED",
            "JUNK", "DUPLICATE", "LOST", "LOST", "IN_PROCESS",
        ]  # fmt: skip
        assert [row["stage_semantic"] for row in rows] == list("PPPPSFFFFP")
        assert rows[7]["reject_reason"] == "Дорого"
        own = {"status": {"1:11": "QUALIFIED", "дорого": "JUNK"}}
        rows = self.rows(world, values=own)
        assert (rows[1]["status"], rows[7]["status"]) == ("QUALIFIED", "JUNK")

    def test_fields_are_found_by_code_or_id(self, world: World) -> None:
        world.fake.leads = {
            1: lead(1, custom_fields_values=None),
            2: lead(2, custom_fields_values=[
                {"field_id": 55, "field_name": "UTM_SOURCE", "field_code": None,
                 "values": [{"value": "Дом", "enum_id": 5}, {"value": "Баня", "enum_id": 6}]},
            ]),
        }  # fmt: skip
        rows = self.rows(world, fields={"product_line": "55"})
        assert [row["utm_source"] for row in rows] == [None, None]
        assert [row["product_line"] for row in rows] == [None, "Дом|Баня"]

    def test_an_account_without_filters(self, world: World) -> None:
        world.fake.has_filters = False
        world.fake.leads[3]["updated_at"] = seconds(36)
        rows = self.rows(world, window=(date(2026, 3, 8), date(2026, 3, 9)))
        assert [row["lead_id"] for row in rows] == ["3"]

    def test_seven_requests_a_second(self, world: World) -> None:
        world.fake.counts_seconds, world.fake.page_size = True, 1
        world.fake.leads = {number: lead(number) for number in range(1, 20)}
        assert len(self.rows(world)) == 19
        assert world.clock.sleeps

    def test_a_refused_parameter_is_named(self, world: World) -> None:
        refusal = problem(400, "Bad Request", "Request validation failed", limit="Too large")
        world.server.misbehave(Instead(refusal))
        assert "Request validation failed; limit: Too large" in world.fails(ApiError)

    def test_an_unpaid_account(self, world: World) -> None:
        world.fake.is_paid = False
        assert "not paid" in world.fails(ApiError)

    def test_a_blocked_machine(self, world: World) -> None:
        world.server.misbehave(Instead(Reply(403, b"<html>", "text/html")))
        assert "blocked for too many requests" in world.fails(ApiError)

    def presence(self, world: World) -> Presence:
        found = amocrm.presence(
            world.company(),
            "leads",
            Stored(["1", "2", "3", "4", "5"], EVERYTHING),
            world.transport(),
            world.said.append,
        )
        assert found is not None
        return found

    def test_deleted_leads_are_told(self, world: World) -> None:
        for number in (2, 4):
            world.fake.leads[number]["is_deleted"] = True
        loaded = pa.table({"lead_id": ["1", "2", "3", "4", "5"]})
        found = self.presence(world)
        assert found.gone(loaded).column("lead_id").to_pylist() == ["2", "4"]
        assert [row[0] for row in world.load().rows] == ["1", "3", "5"]

    def test_nothing_is_deleted(self, world: World) -> None:
        assert self.presence(world).deleted == frozenset()

    def test_stage_history(self, world: World) -> None:
        world.fake.events = [
            event("01a", 3, TALK),
            event("01b", 4, 142),
            event("01c", 4, 143, type="other"),
        ]
        assert self.rows(world, "stage_history") == [
            {"history_id": "01a", "deal_id": "3", "changed_at": local(seconds(3)),
             "stage_id": "1:11", "stage_semantic": "P"},
            {"history_id": "01b", "deal_id": "3", "changed_at": local(seconds(4)),
             "stage_id": "1:142", "stage_semantic": "S"},
        ]  # fmt: skip

    def test_stages(self, world: World) -> None:
        rows = {row["stage_id"]: row for row in self.rows(world, "stages")}
        assert rows["1:142"]["stage_semantic"] == "S"
        assert rows["1:12"]["stage_name"] == "Квалифицирован"

    def test_contacts_carry_no_names(self, world: World) -> None:
        rows = self.rows(world, "contacts")
        assert set(rows[0]) == {"customer_id", "created_at", "phone", "email", "is_deleted"}
        assert [row["phone"] for row in rows] == [None, PHONE]

    # OAuth

    def oauth(self, world: World) -> dict[str, Any]:
        world.fake.access = "never-issued"
        return {"redirect_uri": "https://example.org/amo"}

    def token_file(self, world: World) -> Path:
        return world.company().paths.output / ".tokens" / "amocrm.json"

    def test_a_renewed_token_is_kept_safely(self, world: World) -> None:
        options = self.oauth(world)
        assert len(self.rows(world, **options)) == 5
        path = self.token_file(world)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text(encoding="utf-8"))["refresh"] == "refresh-1"
        self.rows(world, **options)
        assert world.fake.renewals == 1

    def test_a_token_called_back_early_is_renewed(self, world: World) -> None:
        options = self.oauth(world)
        self.rows(world, **options)
        world.fake.access = "changed-by-somebody"
        assert len(self.rows(world, **options)) == 5
        assert world.fake.renewals == 2
        renewals = [r for r in world.server.requests if r.path.startswith("/oauth2")]
        assert not any("authorization" in request.headers for request in renewals)

    def test_a_token_that_dies_between_two_pages(self, world: World) -> None:
        options = self.oauth(world)
        world.fake.page_size = 2
        world.server.misbehave(
            Instead(problem(401, "Unauthorized", "")), on=self.case.data_request, skip=1
        )
        assert len(self.rows(world, **options)) == 5
        assert world.fake.renewals == 2

    def test_a_used_refresh_token_names_its_variable(self, world: World) -> None:
        options = self.oauth(world)
        world.fake.refresh = "used-up"
        with pytest.raises(AuthError, match="AMOCRM_REFRESH_TOKEN"):
            self.rows(world, **options)
        assert not self.token_file(world).exists()

    def test_a_renewal_whose_answer_is_lost(self, world: World) -> None:
        """The refresh token is used up then: no hope, but also no endless loop and a clear text."""
        options = self.oauth(world)
        world.server.misbehave(
            Drop(handled=True), on=lambda request: request.path.startswith("/oauth2")
        )
        with pytest.raises(AuthError, match="connect the integration once more"):
            self.rows(world, **options)
        assert len(world.server.requests) == 2

    def test_no_secret_and_no_person_in_any_text(
        self,
        world: World,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        options = self.oauth(world)
        self.rows(world, **options)
        refusal = problem(400, "Bad", f"{EMAIL} access-1 refresh-1 client-secret-value")
        world.server.misbehave(Instead(refusal), on=self.case.data_request)
        with pytest.raises(ApiError) as caught:
            self.rows(world, **options)
        texts = [caplog.text, str(caught.value), *world.said]
        for word in ("access-1", "refresh-", "client-secret", PHONE, EMAIL, "Петрова"):
            assert not any(word in text for text in texts), word


# --- its other tables ----------------------------------------------------------------------------


def event(identifier: str, day: int, stage: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": identifier, "type": "lead_status_changed", "entity_type": "lead",
        "entity_id": 3, "created_at": seconds(day),
        "value_after": [{"lead_status": {"id": stage, "pipeline_id": 1}}],
        "value_before": [{"lead_status": {"id": NEW, "pipeline_id": 1}}], **changes,
    }  # fmt: skip


def fake_of_tables(clock: FakeClock) -> FakeAmocrm:
    fake = make_fake(clock)
    fake.page_size = 2
    fake.contacts[8] = contact(8)
    fake.events = [event("01a", 3, TALK), event("01b", 4, ACCEPTED), event("01c", 5, 142)]
    return fake


def contacts_truth(fake: FakeAmocrm, window: Window) -> Sequence[Row]:
    def value(row: dict[str, Any], place: int) -> str | None:
        fields = row["custom_fields_values"]
        return fields and fields[place]["values"][0]["value"]

    return [
        (str(row["id"]), local(row["created_at"]), value(row, 0), value(row, 1))
        for row in fake.contacts.values()
        if row["updated_at"] >= changed_from(window)
    ]


def restate_a_contact(fake: FakeAmocrm) -> None:
    row = fake.contacts[8]
    row["custom_fields_values"][0]["values"][0]["value"] = "+79160000000"
    row["updated_at"] = int(fake.clock.now().timestamp())


def delete_a_contact(fake: FakeAmocrm) -> str:
    del fake.contacts[8]
    return "8"


def extend_contacts(fake: FakeAmocrm) -> None:
    fake.contacts[7]["something_new"] = {"a": None}


class TestAmocrmContacts(TableBehaviours):
    case = replace(
        TestAmocrm.case,
        table="contacts",
        make_fake=fake_of_tables,
        columns=("customer_id", "created_at", "phone", "email"),
        truth=contacts_truth,
        restate=restate_a_contact,
        delete=delete_a_contact,
        deletion_is_told=False,
        extend=extend_contacts,
        data_request=lambda request: request.path.endswith("/contacts"),
    )


def history_truth(fake: FakeAmocrm, window: Window) -> Sequence[Row]:
    found: list[Row] = []
    for row in fake.events:
        stage = row["value_after"][0]["lead_status"]["id"]
        if row["created_at"] >= changed_from(window):
            semantic = "S" if stage == 142 else "P"
            found.append((row["id"], "3", local(row["created_at"]), f"1:{stage}", semantic))
    return found


def restate_history(fake: FakeAmocrm) -> None:
    fake.events[1]["created_at"] = seconds(37)  # of today nothing is kept yet


def extend_history(fake: FakeAmocrm) -> None:
    fake.events[0]["something_new"] = None


class TestAmocrmStageHistory(TableBehaviours):
    def test_events_that_do_not_say_whose_they_are(self, world: World) -> None:
        for event in world.fake.events:
            del event["entity_type"]
        assert "KeyError" in world.fails(ApiError)

    case = replace(
        TestAmocrm.case,
        table="stage_history",
        make_fake=fake_of_tables,
        columns=("history_id", "deal_id", "changed_at", "stage_id", "stage_semantic"),
        truth=history_truth,
        restate=restate_history,
        delete=None,
        extend=extend_history,
        data_request=lambda request: request.path.endswith("/events"),
    )


def stages_truth(fake: FakeAmocrm, window: Window) -> Sequence[Row]:
    meanings = {142: "S", 143: "F"}
    return [
        (str(funnel["id"]), f"{funnel['id']}:{row['id']}", row["name"],
         meanings.get(row["id"], "P"), str(row["sort"]))
        for funnel in fake.pipelines
        for row in funnel["_embedded"]["statuses"]
    ]  # fmt: skip


def rename_a_stage(fake: FakeAmocrm) -> None:
    fake.pipelines[0]["_embedded"]["statuses"][1]["name"] = "Первый звонок"


def extend_stages(fake: FakeAmocrm) -> None:
    fake.pipelines[0]["something_new"] = None


class TestAmocrmStages(TableBehaviours):
    case = replace(
        TestAmocrm.case,
        table="stages",
        make_fake=fake_of_tables,
        columns=("pipeline_id", "stage_id", "stage_name", "stage_semantic", "sort_order"),
        truth=stages_truth,
        empty_window=None,
        restate=rename_a_stage,
        delete=None,
        extend=extend_stages,
        data_request=lambda request: request.path.endswith("/leads/pipelines"),
    )
