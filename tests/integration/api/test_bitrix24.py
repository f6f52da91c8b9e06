"""The door of Bitrix24 against a fake portal."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.errors import UserError
from orchestration.settings import PROJECT_DIR, Company, SourceSettings
from orchestration.sources.api import API_DOORS, presence
from orchestration.sources.api.http import ApiError, AuthError, QuotaError, Transport, Window
from orchestration.sources.api.records import Presence, Stored
from orchestration.sources.contracts import contract_of
from tests.fakes.bitrix24 import PAGE, FakeBitrix24
from tests.fakes.server import FakeClock, FakeServer, Instead, Reply, json_reply
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    TableBehaviours,
    world,
)

__all__ = ["world"]

FIRST_DATE = date(2025, 1, 1)
EVERYTHING: Window = (FIRST_DATE, date(2026, 3, 10))
PHONE, EMAIL, PERSON = "+79161234567", "anna.petrova@example.org", "Анна Петрова"
CLIENT_FIELD, LINE_FIELD = "UF_CRM_1700000001", "UF_CRM_1700000002"
FIELDS = {"client_id": CLIENT_FIELD, "product_line": LINE_FIELD}
SAMPLES = PROJECT_DIR.parent / "shared" / "samples" / "bitrix24_docs"


def moment(day: int, offset_hours: int = 3) -> str:
    """A time of February 2026 as a portal writes it; portals and users differ in the offset."""
    utc = datetime(2026, 2, 1, 9, 30, tzinfo=UTC) + timedelta(days=day)
    return utc.astimezone(ZoneInfo(f"Etc/GMT{-offset_hours:+d}")).isoformat()


def local(iso: str) -> str:
    return (
        datetime.fromisoformat(iso)
        .astimezone(ZoneInfo("Europe/Moscow"))
        .strftime("%Y-%m-%d %H:%M:%S")
    )


def lead(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Заявка: {PERSON}",
        "name": PERSON,
        "stageId": "NEW",
        "stageSemanticId": "P",
        "sourceId": "WEB",
        "createdTime": moment(number % 20, offset_hours=2 + number % 3),
        "updatedTime": moment(number % 20, offset_hours=5),
        "opportunity": 999.9,
        "currencyId": "RUB",
        "utmSource": "yandex",
        "utmMedium": "cpc",
        "utmCampaign": "70100001",
        "utmContent": None,
        "utmTerm": "дом из бруса",
        "fm": [
            {"id": 1, "valueType": "WORK", "value": PHONE, "typeId": "PHONE"},
            {"id": 2, "valueType": "WORK", "value": EMAIL, "typeId": "EMAIL"},
        ],
        CLIENT_FIELD: f"17446388854510069{number:02d}",
        LINE_FIELD: "houses",
        **changes,
    }


def deal(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": "Сделка",
        "leadId": 7,
        "contactId": 84,
        "companyId": 9,
        "stageId": "C1:WON",
        "stageSemanticId": "S",
        "createdTime": moment(1),
        "updatedTime": moment(3),
        "closedate": moment(2),
        "opportunity": 19999.99,
        "currencyId": "RUB",
        "utmSource": "yandex",
        "utmMedium": None,
        "utmCampaign": None,
        "utmContent": None,
        "utmTerm": None,
        CLIENT_FIELD: "1744638885451006982",
        **changes,
    }


def status(identifier: str, name: str, semantics: str | None) -> dict[str, Any]:
    return {
        "STATUS_ID": identifier,
        "NAME": name,
        "SORT": "10",
        "SEMANTICS": semantics,
        "EXTRA": {"SEMANTICS": {"S": "success", "F": "failure"}.get(semantics or "", "process")},
    }


def make_fake(clock: FakeClock, leads: int = 7) -> FakeBitrix24:
    return FakeBitrix24(
        clock,
        leads={number: lead(number) for number in range(1, leads + 1)},
        deals={37: deal(37)},
        categories=[{"id": 0, "name": "Общая"}, {"id": 1, "name": "Дома"}],
        statuses={
            "STATUS": [
                status("NEW", "Новый", None),
                status("UC_TALK", "Квалифицирован", None),
                status("UC_MEET", "Встреча назначена", None),
                status("CONVERTED", "Сконвертирован", "S"),
                status("JUNK", "Некачественный лид", "F"),
                status("UC_TWICE", "Дубль", "F"),
                status("UC_DEAR", "Дорого", "F"),
            ],
            "DEAL_STAGE": [status("NEW", "Новая", None), status("WON", "Успех", "S")],
            "DEAL_STAGE_1": [status("C1:NEW", "Новая", None), status("C1:WON", "Успех", "S")],
        },
    )


COLUMNS = (
    "lead_id", "status", "created_at", "updated_at", "phone", "email", "amount", "currency",
    "utm_source", "utm_campaign", "utm_content", "client_id", "product_line",
)  # fmt: skip


def changed_from(window: Window) -> datetime:
    """From when a row must have changed to come in a window."""
    if window[0] == FIRST_DATE:
        return datetime(1, 1, 1, tzinfo=UTC)
    midnight = datetime(*window[0].timetuple()[:3], tzinfo=ZoneInfo("Europe/Moscow"))
    return midnight - timedelta(hours=24)


def truth(fake: FakeBitrix24, window: Window) -> list[Row]:
    since = changed_from(window)
    return [
        (
            str(row["id"]), row["stageId"], local(row["createdTime"]), local(row["updatedTime"]),
            PHONE, EMAIL, format(row["opportunity"], "g"), "RUB", "yandex", "70100001", None,
            row[CLIENT_FIELD], "houses",
        )
        for row in fake.leads.values()
        if datetime.fromisoformat(row["updatedTime"]) >= since
    ]  # fmt: skip


def restate(fake: FakeBitrix24) -> None:
    now = fake.clock.now().isoformat()
    fake.leads[3] |= {"stageId": "CONVERTED", "stageSemanticId": "S", "updatedTime": now}


def delete(fake: FakeBitrix24) -> str:
    del fake.leads[4]
    return "4"


def extend(fake: FakeBitrix24) -> None:
    for row in fake.leads.values():
        row["somethingNew"] = {"nested": []}


class TestBitrix24(Behaviours):
    case = Case(
        source="bitrix24",
        table="leads",
        make_fake=make_fake,
        columns=COLUMNS,
        truth=truth,
        window=EVERYTHING,
        empty_window=(date(2026, 3, 8), date(2026, 3, 9)),
        secrets={"BITRIX24_WEBHOOK": "https://example.bitrix24.ru/rest/1/w3bh00k-code/"},
        options={"fields": FIELDS, "first_date": FIRST_DATE},
        throttled=json_reply(
            {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}, 503
        ),
        refused=json_reply(
            {"error": "INVALID_CREDENTIALS", "error_description": "Invalid request credentials"},
            401,
        ),
        names="BITRIX24_WEBHOOK",
        restate=restate,
        delete=delete,
        extend=extend,
        data_request=lambda request: request.path.endswith("/crm.item.list"),
        reports_new_fields=False,
        secret_in_path=True,
    )


# --- its other tables ----------------------------------------------------------------------------


def history_row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "ID": number, "TYPE_ID": 1, "OWNER_ID": 37, "CREATED_TIME": moment(number),
        "STAGE_ID": "C1:NEW", "STAGE_SEMANTIC_ID": "P", "CATEGORY_ID": 1, **changes,
    }  # fmt: skip


def fake_of_tables(clock: FakeClock) -> FakeBitrix24:
    fake = make_fake(clock)
    fake.deals |= {number: deal(number, closedate=None) for number in (38, 39)}
    fake.contacts = {number: {**lead(number), "id": number} for number in (43, 44)}
    fake.history = [history_row(number) for number in (1, 2)]
    return fake


def deals_truth(fake: FakeBitrix24, window: Window) -> list[Row]:
    return [
        (
            str(row["id"]), "7", "C_84", row["stageId"], row["stageSemanticId"], "19999.99",
            "RUB", local(row["createdTime"]), row["closedate"] and local(row["closedate"]),
            "yandex", row[CLIENT_FIELD],
        )
        for row in fake.deals.values()
        if datetime.fromisoformat(row["updatedTime"]) >= changed_from(window)
    ]  # fmt: skip


def restate_a_deal(fake: FakeBitrix24) -> None:
    now = fake.clock.now().isoformat()
    fake.deals[38] |= {"stageId": "C1:LOSE", "stageSemanticId": "F", "updatedTime": now}


def delete_a_deal(fake: FakeBitrix24) -> str:
    del fake.deals[39]
    return "39"


def extend_deals(fake: FakeBitrix24) -> None:
    fake.deals[37]["somethingNew"] = None


class TestBitrix24Deals(TableBehaviours):
    case = replace(
        TestBitrix24.case,
        table="deals",
        make_fake=fake_of_tables,
        columns=(
            "deal_id", "lead_id", "customer_id", "stage_id", "stage_semantic", "amount",
            "currency", "created_at", "closed_at", "utm_source", "client_id",
        ),
        truth=deals_truth,
        restate=restate_a_deal,
        delete=delete_a_deal,
        extend=extend_deals,
    )  # fmt: skip


def contacts_truth(fake: FakeBitrix24, window: Window) -> list[Row]:
    return [
        (f"C_{row['id']}", local(row["createdTime"]), row["fm"][0]["value"], EMAIL)
        for row in fake.contacts.values()
        if datetime.fromisoformat(row["updatedTime"]) >= changed_from(window)
    ]


def restate_a_contact(fake: FakeBitrix24) -> None:
    phone = {"id": 1, "valueType": "WORK", "value": "+79160000000", "typeId": "PHONE"}
    row = fake.contacts[43]
    row |= {"fm": [phone, row["fm"][1]], "updatedTime": fake.clock.now().isoformat()}


def delete_a_contact(fake: FakeBitrix24) -> str:
    del fake.contacts[44]
    return "C_44"


def extend_contacts(fake: FakeBitrix24) -> None:
    fake.contacts[43]["somethingNew"] = []


class TestBitrix24Contacts(TableBehaviours):
    case = replace(
        TestBitrix24.case,
        table="contacts",
        make_fake=fake_of_tables,
        columns=("customer_id", "created_at", "phone", "email"),
        truth=contacts_truth,
        restate=restate_a_contact,
        delete=delete_a_contact,
        extend=extend_contacts,
    )


def history_truth(fake: FakeBitrix24, window: Window) -> list[Row]:
    return [
        (
            str(row["ID"]), str(row["OWNER_ID"]), local(row["CREATED_TIME"]), row["STAGE_ID"],
            row["STAGE_SEMANTIC_ID"],
        )
        for row in fake.history
        if datetime.fromisoformat(row["CREATED_TIME"]) >= changed_from(window)
    ]  # fmt: skip


def restate_history(fake: FakeBitrix24) -> None:
    # Of today nothing is kept yet.
    won = {"STAGE_ID": "C1:WON", "STAGE_SEMANTIC_ID": "S", "CREATED_TIME": moment(36)}
    fake.history[1] |= won


def extend_history(fake: FakeBitrix24) -> None:
    fake.history[0]["SOMETHING_NEW"] = None


class TestBitrix24StageHistory(TableBehaviours):
    case = replace(
        TestBitrix24.case,
        table="stage_history",
        make_fake=fake_of_tables,
        columns=("history_id", "deal_id", "changed_at", "stage_id", "stage_semantic"),
        truth=history_truth,
        restate=restate_history,
        delete=None,
        extend=extend_history,
        data_request=lambda request: request.path.endswith("/crm.stagehistory.list"),
    )


def stages_truth(fake: FakeBitrix24, window: Window) -> list[Row]:
    funnels = {"STATUS": "leads", "DEAL_STAGE": "0", "DEAL_STAGE_1": "1"}
    return [
        (funnels[listed], row["STATUS_ID"], row["NAME"], row["SEMANTICS"] or "P")
        for listed, rows in fake.statuses.items()
        for row in rows
    ]


def rename_a_stage(fake: FakeBitrix24) -> None:
    fake.statuses["DEAL_STAGE_1"][0]["NAME"] = "Первый звонок"


def extend_stages(fake: FakeBitrix24) -> None:
    fake.statuses["STATUS"][0]["SOMETHING_NEW"] = None


class TestBitrix24Stages(TableBehaviours):
    case = replace(
        TestBitrix24.case,
        table="stages",
        make_fake=fake_of_tables,
        columns=("pipeline_id", "stage_id", "stage_name", "stage_semantic"),
        truth=stages_truth,
        empty_window=None,
        restate=rename_a_stage,
        delete=None,
        extend=extend_stages,
        data_request=lambda request: request.path.endswith("/batch"),
    )


# --- what is Bitrix24's own ----------------------------------------------------------------------


class Portal:
    """A fake portal on the loopback and a company that points at it."""

    def __init__(self, fake: FakeBitrix24, server: FakeServer, folder: Path) -> None:
        self.fake, self.server, self.folder = fake, server, folder
        self.said: list[str] = []
        self.environ = {
            "BITRIX24_WEBHOOK": "https://example.bitrix24.ru/rest/1/w3bh00k-code/",
            "BITRIX24_CLIENT_ID": "local.app",
            "BITRIX24_CLIENT_SECRET": "client-secret-value",
            "BITRIX24_REFRESH_TOKEN": "refresh-from-env",
        }
        self.options: dict[str, Any] = {"fields": FIELDS, "base_url": server.url}

    def company(self) -> Company:
        source = SourceSettings(door="api", **self.options)
        return Company(
            directory=self.folder, name="Test", first_date=FIRST_DATE, sources={"bitrix24": source}
        )

    def transport(self) -> Transport:
        return Transport(
            folder=self.folder,
            sleep=self.fake.clock.sleep,
            now=self.fake.clock.now,
            environ=self.environ,
            timeout=(5.0, 5.0),
        )

    def rows(self, table: str, window: Window = EVERYTHING) -> list[dict[str, Any]]:
        batches = list(
            API_DOORS["bitrix24"](self.company(), table, window, self.transport(), self.said.append)
        )
        assert all(kind == pa.string() for kind in batches[0].schema.types)
        return pa.concat_tables(batches).to_pylist()

    def gone(self, table: str, ids: Sequence[str], window: Window = EVERYTHING) -> Presence | None:
        contract, stored = contract_of("bitrix24", table), Stored(ids, window)
        return presence(self.company(), contract, stored, self.transport(), self.said.append)

    def use_oauth(self) -> None:
        self.fake.access, self.fake.refresh = "never-issued", "refresh-from-env"
        self.options |= {
            "portal": "example.bitrix24.ru",
            "oauth_url": f"{self.server.url}/oauth/token",
        }

    @property
    def token_file(self) -> Path:
        return self.company().paths.output / ".tokens" / "bitrix24.json"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    fake = make_fake(FakeClock())
    with FakeServer(fake) as server:
        yield Portal(fake, server, tmp_path)


def test_stages_of_leads_become_the_contract_s_words(portal: Portal) -> None:
    stages = {
        1: ("NEW", "P"), 2: ("UC_TALK", "P"), 3: ("UC_MEET", "P"), 4: ("CONVERTED", "S"),
        5: ("UC_TWICE", "F"), 6: ("UC_DEAR", "F"), 7: ("UC_OWN", "P"),
    }  # fmt: skip
    for number, (stage, semantic) in stages.items():
        portal.fake.leads[number] |= {"stageId": stage, "stageSemanticId": semantic}
    portal.options["values"] = {"status": {"UC_OWN": "QUALIFIED"}}
    rows = portal.rows("leads")
    assert [row["status"] for row in rows] == [
        "NEW", "QUALIFIED", "IN_PROCESS", "CONVERTED", "DUPLICATE", "JUNK", "QUALIFIED"
    ]  # fmt: skip
    assert [row["reject_reason"] for row in rows][4:] == ["Дубль", "Дорого", None]


def test_deals_keep_money_exact_and_times_in_company_time(portal: Portal) -> None:
    (row,) = portal.rows("deals")
    assert row["amount"] == "19999.99"
    assert (row["deal_id"], row["lead_id"], row["customer_id"]) == ("37", "7", "C_84")
    assert (row["stage_id"], row["stage_semantic"]) == ("C1:WON", "S")
    assert row["closed_at"] == "2026-02-03 12:30:00"
    assert row["client_id"] == "1744638885451006982"


def test_none_is_written_in_many_ways(portal: Portal) -> None:
    portal.fake.deals[37] |= {"leadId": 0, "contactId": 0, "companyId": 9, "closedate": None}
    portal.fake.leads[1] |= {"fm": [], "utmSource": ""}
    (row,) = portal.rows("deals")
    assert (row["lead_id"], row["customer_id"], row["closed_at"]) == (None, "CO_9", None)
    assert portal.rows("leads")[0]["phone"] is None


def test_an_old_portal_gives_the_same_rows(portal: Portal) -> None:
    new = {table: portal.rows(table) for table in ("leads", "deals")}
    portal.fake.is_old = True
    old = {table: portal.rows(table) for table in ("leads", "deals")}
    for table, rows in new.items():
        for ours, theirs in zip(rows, old[table], strict=True):
            # The classical lists write every sum with two decimals.
            assert float(ours.pop("amount")) == float(theirs.pop("amount"))
            assert ours == theirs
    assert any("older methods" in text for text in portal.said)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 9 * PAGE + 3])
def test_pages_by_id_in_growing_batches(portal: Portal, count: int, is_old: bool) -> None:
    portal.fake.is_old = is_old
    # Ids have gaps, as those of a living portal.
    portal.fake.leads = {3 * number: lead(3 * number) for number in range(1, count + 1)}
    rows = portal.rows("leads")
    assert [int(row["lead_id"]) for row in rows] == [3 * number for number in range(1, count + 1)]
    assert len(portal.server.requests) <= 10


def test_a_row_deleted_between_pages_makes_no_other_vanish(portal: Portal) -> None:
    portal.fake.leads = {number: lead(number) for number in range(1, 2 * PAGE + 11)}

    def delete_first(kind: str) -> None:
        if portal.fake.pages_served >= 1:
            portal.fake.leads.pop(5, None)

    portal.fake.before_page = delete_first
    ids = {int(row["lead_id"]) for row in portal.rows("leads")}
    assert ids >= set(portal.fake.leads)


@pytest.mark.parametrize("code", ["QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT"])
def test_a_refused_part_of_a_batch_is_asked_again(portal: Portal, code: str) -> None:
    portal.fake.leads = {number: lead(number) for number in range(1, 4 * PAGE + 6)}
    # The first batches are those of the stages.
    portal.fake.failing_parts = [(code, "later")]
    rows = portal.rows("leads")
    assert [int(row["lead_id"]) for row in rows] == list(portal.fake.leads)
    portal.server.misbehave(
        Instead(
            json_reply(
                {
                    "result": {
                        "result": [],
                        "result_error": {"p0": {"error": code, "error_description": ""}},
                        "result_total": [],
                        "result_next": [],
                        "result_time": [],
                    },
                    "time": {},
                }
            )
        ),
        on=lambda request: b'"p1"' in request.body,
    )
    rows = portal.rows("leads")
    assert [int(row["lead_id"]) for row in rows] == list(portal.fake.leads)
    assert len(portal.server.spoiled) == 1
    assert portal.fake.clock.sleeps


def test_a_part_that_is_refused_for_good_ends_the_load(portal: Portal) -> None:
    portal.fake.failing_parts = [("insufficient_scope", "")]
    with pytest.raises(ApiError, match="right 'crm'"):
        portal.rows("leads")


def test_a_part_refused_without_end_does_not_hang(portal: Portal) -> None:
    portal.fake.failing_parts = [("OVERLOAD_LIMIT", "")] * 1000
    with pytest.raises(ApiError, match="part of a batch"):
        portal.rows("leads")
    assert len(portal.fake.clock.sleeps) < 10


def test_a_part_whose_running_time_is_used_up_says_until_when(portal: Portal) -> None:
    portal.fake.failing_parts = [("OPERATION_TIME_LIMIT", "")] * 1000
    with pytest.raises(QuotaError, match=r"come back after 2026-\d\d-\d\d \d\d:\d\d UTC"):
        portal.rows("leads")


def test_the_leaky_bucket_only_slows_the_load(portal: Portal) -> None:
    portal.fake.has_leaky_bucket = True
    portal.fake._level, portal.fake._level_at = 60.0, portal.fake.clock.now().timestamp()
    assert len(portal.rows("leads")) == 7
    assert sum(portal.fake.clock.sleeps) >= 5


def test_waits_until_the_running_time_is_restored(portal: Portal) -> None:
    reset = portal.fake.clock.now().timestamp() + 130
    portal.fake.operating_reset_at = reset
    assert len(portal.rows("leads")) == 7
    assert 130 <= sum(portal.fake.clock.sleeps) < 200


def test_says_when_an_allowance_that_is_gone_for_long_comes_back(portal: Portal) -> None:
    portal.fake.operating_reset_at = portal.fake.clock.now().timestamp() + 7200
    with pytest.raises(QuotaError, match="2026-03-10 07:00 UTC"):
        portal.rows("leads")


def test_changed_rows_only_with_overlap(portal: Portal) -> None:
    portal.fake.leads[2]["updatedTime"] = moment(25)
    window = (date(2026, 2, 27), date(2026, 2, 28))
    assert [row["lead_id"] for row in portal.rows("leads", window)] == ["2"]
    portal.options["overlap_hours"] = 0
    assert portal.rows("leads", window) == []
    portal.options["snapshot"] = "full"
    assert len(portal.rows("leads", window)) == 7


@pytest.mark.parametrize("is_old", [False, True])
def test_deals_deleted_between_runs_are_noticed(portal: Portal, is_old: bool) -> None:
    portal.fake.is_old = is_old
    portal.fake.deals = {3 * number: deal(3 * number) for number in range(1, 9 * PAGE)}
    loaded = [row["deal_id"] for row in portal.rows("deals")]
    assert portal.gone("deals", loaded) == Presence("deal_id", deleted=frozenset())
    dead = {3, 6, 150, 600, 3 * (9 * PAGE - 1)}
    for number in dead:
        del portal.fake.deals[number]
    # Rows that the lake does not have, in a range and behind all: refused ones, or of today.
    portal.fake.deals |= {number: deal(number) for number in (601, 10**6)}
    found = portal.gone("deals", loaded)
    assert found == Presence("deal_id", deleted=frozenset(map(str, dead)))
    rows = pa.table({"deal_id": ["3", "9", "150"]})
    assert found.gone(rows).column("deal_id").to_pylist() == ["3", "150"]
    assert portal.gone("stage_history", loaded) is None


def test_deletions_in_a_large_portal_take_few_calls(portal: Portal) -> None:
    """Ids are compared only where the portal counts fewer rows than there were."""
    portal.fake.contacts = {
        number: {"id": number, "createdTime": moment(1)} for number in range(1, 4001)
    }
    known = [f"C_{number}" for number in portal.fake.contacts]
    portal.server.requests.clear()
    assert portal.gone("contacts", known) == Presence("customer_id", deleted=frozenset())
    assert len(portal.server.requests) == 1
    for number in (17, 3999):
        del portal.fake.contacts[number]
    found = portal.gone("contacts", known)
    assert found == Presence("customer_id", deleted=frozenset({"C_17", "C_3999"}))
    assert len(portal.server.requests) <= 5


def test_a_portal_that_counts_nothing_has_its_ids_compared(portal: Portal) -> None:
    portal.fake.counts_rows = False
    known = list(map(str, portal.fake.leads))
    del portal.fake.leads[4]
    assert portal.gone("leads", known) == Presence("lead_id", deleted=frozenset({"4"}))


def test_more_rows_between_two_ids_than_a_page_has(portal: Portal) -> None:
    portal.fake.leads = {number: lead(number) for number in range(1, 2 * PAGE + 5)}
    assert portal.gone("leads", ["1", "2", "104", "105"]) == Presence(
        "lead_id", deleted=frozenset({"105"})
    )


def test_stage_history_reads_numbers_and_strings(portal: Portal) -> None:
    common = {"TYPE_ID": 1, "CREATED_TIME": moment(2), "CATEGORY_ID": 1}
    portal.fake.history = [
        {"ID": 35, "OWNER_ID": 37, "STAGE_ID": "C1:NEW", "STAGE_SEMANTIC_ID": "P", **common},
        {"ID": "36", "OWNER_ID": "37", "STAGE_ID": "C1:WON", "STAGE_SEMANTIC_ID": None, **common},
    ]
    assert portal.rows("stage_history") == [
        {"history_id": "35", "deal_id": "37", "changed_at": "2026-02-03 12:30:00",
         "stage_id": "C1:NEW", "stage_semantic": "P"},
        {"history_id": "36", "deal_id": "37", "changed_at": "2026-02-03 12:30:00",
         "stage_id": "C1:WON", "stage_semantic": "S"},
    ]  # fmt: skip


def test_stages_and_pipelines(portal: Portal) -> None:
    rows = {(row["pipeline_id"], row["stage_id"]): row for row in portal.rows("stages")}
    assert rows["1", "C1:WON"]["stage_semantic"] == "S"
    assert rows["1", "C1:WON"]["pipeline_name"] == "Дома"
    assert rows["leads", "JUNK"]["stage_semantic"] == "F"


def test_contacts_carry_no_names(portal: Portal) -> None:
    portal.fake.contacts = {43: {**lead(43), "id": 43, "lastName": "Петрова"}}
    (row,) = portal.rows("contacts")
    assert set(row) == {"customer_id", "created_at", "phone", "email", "is_deleted"}
    assert (row["customer_id"], row["phone"]) == ("C_43", PHONE)


def test_another_shape_is_told_without_the_value(portal: Portal) -> None:
    portal.fake.leads[1]["fm"] = [7]
    portal.fake.categories = [{"number": PHONE}]
    with pytest.raises(ApiError, match=r"KeyError at bitrix24\.py:\d+") as caught:
        portal.rows("leads")
    assert PHONE not in str(caught.value)


# --- OAuth ---------------------------------------------------------------------------------------


def test_a_renewed_token_is_kept_safely_and_used_again(portal: Portal) -> None:
    portal.use_oauth()
    assert len(portal.rows("leads")) == 7
    assert portal.fake.renewals == 1
    assert stat.S_IMODE(portal.token_file.stat().st_mode) == 0o600
    assert json.loads(portal.token_file.read_text(encoding="utf-8"))["refresh"] == "refresh-1"
    assert not list(portal.token_file.parent.glob("*.new"))
    portal.rows("leads")
    assert portal.fake.renewals == 1


def test_a_token_that_expires_during_a_load_is_renewed(portal: Portal) -> None:
    portal.use_oauth()
    portal.rows("leads")
    portal.fake.access_expires = 0.0
    assert len(portal.rows("leads")) == 7
    assert portal.fake.renewals == 2
    assert json.loads(portal.token_file.read_text(encoding="utf-8"))["refresh"] == "refresh-2"


def test_a_dead_refresh_token_names_its_variable_and_leaves_the_file(portal: Portal) -> None:
    portal.use_oauth()
    portal.rows("leads")
    before = portal.token_file.read_bytes()
    portal.fake.access_expires, portal.fake.refresh = 0.0, "another"
    with pytest.raises(AuthError, match="BITRIX24_REFRESH_TOKEN"):
        portal.rows("leads")
    assert portal.token_file.read_bytes() == before


def test_a_new_token_in_the_environment_replaces_the_kept_one(portal: Portal) -> None:
    portal.use_oauth()
    portal.rows("leads")
    portal.fake.refresh = portal.environ["BITRIX24_REFRESH_TOKEN"] = "pasted-anew"
    assert len(portal.rows("leads")) == 7
    assert portal.fake.renewals == 2


def test_two_loads_at_once_renew_once(portal: Portal) -> None:
    """A second renewal with the same one-use token would end the connection for good."""
    portal.use_oauth()
    with ThreadPoolExecutor(4) as pool:
        loads = list(pool.map(portal.rows, ["leads", "deals", "contacts", "stages"]))
    assert len(loads[0]) == 7
    assert portal.fake.renewals == 1


def test_a_damaged_token_file_is_named(portal: Portal) -> None:
    portal.use_oauth()
    portal.rows("leads")
    portal.token_file.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"bitrix24\.json"):
        portal.rows("leads")


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("oauth", [False, True])
def test_no_secret_and_no_person_in_any_text(
    portal: Portal, oauth: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    if oauth:
        portal.use_oauth()
    portal.server.misbehave(Instead(Reply(503)))
    portal.rows("leads")
    portal.server.misbehave(
        Instead(
            json_reply(
                {
                    "error": "",
                    "error_description": f"bad value {EMAIL} of {portal.server.url}/rest/"
                    f"{'' if oauth else '1/w3bh00k-code/'}crm.item.list?auth=access-1",
                },
                400,
            )
        ),
        on=lambda request: request.path.endswith("crm.item.list"),
    )
    with pytest.raises(ApiError) as caught:
        portal.rows("leads")
    texts = [caplog.text, str(caught.value), repr(caught.value), *portal.said]
    assert "127.0.0.1" in caplog.text, "the libraries' own log was not looked at"
    for secret in (
        "w3bh00k-code",
        "access-1",
        "refresh-",
        "client-secret",
        PHONE,
        EMAIL,
        "Петрова",
    ):
        assert not any(secret in text for text in texts), secret


@pytest.mark.parametrize(
    ("webhook", "problem"),
    [
        ("http://example.bitrix24.ru/rest/1/code/", "holds no webhook address"),
        ("https://example.bitrix24.ru/", "holds no webhook address"),
    ],
)
def test_a_wrong_webhook_is_explained_but_not_shown(
    portal: Portal, webhook: str, problem: str
) -> None:
    portal.environ["BITRIX24_WEBHOOK"] = webhook
    with pytest.raises(UserError, match=problem) as caught:
        portal.rows("leads")
    assert "rest/1/code" not in str(caught.value)
    assert not portal.server.requests


def test_missing_rights_are_explained(portal: Portal) -> None:
    portal.server.misbehave(
        Instead(json_reply({"error": "ACCESS_DENIED", "error_description": "Access denied."}, 403)),
        times=9,
    )
    with pytest.raises(ApiError, match="let its user see all leads"):
        portal.rows("leads")


def test_an_unknown_own_field_in_the_settings_is_explained(portal: Portal) -> None:
    portal.options["fields"] = {"clientid": CLIENT_FIELD}
    with pytest.raises(UserError, match="clientid"):
        portal.rows("leads")


# --- the vendor's own examples -------------------------------------------------------------------


@pytest.fixture
def samples() -> Path:
    if not SAMPLES.is_dir():
        pytest.skip(f"NOT TESTED: the vendor's example answers are not at {SAMPLES}")
    return SAMPLES


def example(samples: Path, name: str) -> Any:
    return json.loads((samples / name).read_text(encoding="utf-8"))


def test_the_vendor_s_examples_can_be_read(portal: Portal, samples: Path) -> None:
    item = example(samples, "docs_crm_item_get.1.json")["result"]["item"]
    portal.fake.leads = {item["id"]: item}
    portal.options["fields"] = {"client_id": "UF_CRM_1720019876534"}
    window = (FIRST_DATE, date(2026, 3, 10))
    portal.options["first_date"] = date(2024, 1, 1)
    (row,) = portal.rows("leads", (date(2024, 1, 1), window[1]))
    assert (row["amount"], row["status"]) == ("999.9", "IN_PROCESS")
    assert row["created_at"] == "2024-07-22 19:00:08"
    assert row["client_id"] == "321"
    assert row["phone"] == item["phoneWork"]


@pytest.mark.parametrize("path", ["docs_crm_deal_list.1.json", "docs_crm_contact_list.1.json"])
def test_the_vendor_s_classical_lists_can_be_read(portal: Portal, samples: Path, path: str) -> None:
    portal.fake.is_old = True
    answer = example(samples, path)
    table = "deals" if "deal" in path else "contacts"
    portal.server.misbehave(
        Instead(json_reply(answer)), on=lambda request: request.path.endswith(f"{table[:-1]}.list")
    )
    rows = portal.rows(table)
    assert len(rows) == answer["total"]
    assert {
        row["deal_id" if table == "deals" else "customer_id"].removeprefix("C_") for row in rows
    } == {row["ID"] for row in answer["result"]}


def test_the_vendor_s_stages_and_history_can_be_read(portal: Portal, samples: Path) -> None:
    portal.fake.statuses["DEAL_STAGE"] = example(samples, "docs_crm_status_list.1.json")["result"]
    portal.fake.categories = example(samples, "docs_crm_category_list.1.json")["result"][
        "categories"
    ]
    portal.fake.history = example(samples, "docs_crm_stagehistory_list.1.json")["result"]["items"]
    stages = {row["stage_id"]: row["stage_semantic"] for row in portal.rows("stages")}
    assert (stages["NEW"], stages["WON"], stages["LOSE"], stages["APOLOGY"]) == ("P", "S", "F", "F")
    portal.options["first_date"] = date(2024, 1, 1)
    (row,) = portal.rows("stage_history", (date(2024, 1, 1), date(2026, 3, 10)))
    assert row["changed_at"] == "2024-04-25 17:59:11"


@pytest.mark.parametrize("name", ["docs_batch.2.json", "docs_batch.3.json"])
def test_the_vendor_s_refused_batches_are_understood(
    portal: Portal, samples: Path, name: str
) -> None:
    refused = example(samples, name)
    error = next(iter(refused["result"]["result_error"].values()))
    refused["result"]["result_error"] = {"STATUS": error}
    portal.server.misbehave(
        Instead(json_reply(refused)), on=lambda request: request.path.endswith("/batch")
    )
    with pytest.raises(ApiError, match="insufficient_scope"):
        portal.rows("leads")


@pytest.mark.parametrize(
    "call", ["crm_lead_list.2", "crm_item_list.2", "crm_deal_list.2", "error.1"]
)
def test_the_vendor_s_errors_end_the_load_with_a_text(
    portal: Portal, samples: Path, call: str
) -> None:
    answer = example(samples, f"docs_{call}.json")
    portal.server.misbehave(
        Instead(json_reply(answer, 400)),
        times=9,
        on=lambda request: request.path.endswith("crm.item.list"),
    )
    with pytest.raises(ApiError, match="Bitrix24"):
        portal.rows("leads")
