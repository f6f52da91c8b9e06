"""The door of Calltouch against a fake diary of calls."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest

from orchestration.errors import UserError
from orchestration.sources.api import calltouch
from orchestration.sources.api.http import ApiError, Window
from tests.fakes.calltouch import FakeCalltouch
from tests.fakes.server import FakeClock, Reply, json_reply
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    World,
    world,
)

__all__ = ["world"]

PHONE = "79161234567"
NO_TAG = "<не указано>"


def make_fake(clock: FakeClock) -> FakeCalltouch:
    return FakeCalltouch(
        calls=[
            {
                "callId": 1000 + number,
                "at": datetime(2026, 3, 3 + number % 5, 18, 5, number, tzinfo=UTC),
                "callerNumber": PHONE,
                "phoneNumber": "74950000000",
                "duration": 10 * number,
                "successful": True,
                "uniqueCall": number % 2 == 0,
                "utmSource": "yandex",
                "utmMedium": "cpc",
                "utmCampaign": "70100001",
                "utmContent": NO_TAG,
                "utmTerm": None,
                "yaClientId": "1744638885451006982" if number % 3 else None,
                "clientId": None,
            }
            for number in range(12)
        ]
    )


def truth(fake: FakeCalltouch, window: Window) -> list[Row]:
    return [
        (
            str(call["callId"]), call["at"].strftime("%Y-%m-%d %H:%M:%S"), PHONE,
            str(call["duration"]), str(call["uniqueCall"]).lower(), call["yaClientId"], "yandex",
            "70100001", None,
        )
        for call in fake.calls
        if window[0] <= call["at"].date() < window[1]
    ]  # fmt: skip


def restate(fake: FakeCalltouch) -> None:
    fake.calls[0]["duration"] = 999


def clear(fake: FakeCalltouch) -> date:
    day = date(2026, 3, 4)
    fake.calls = [call for call in fake.calls if call["at"].date() != day]
    return day


def extend(fake: FakeCalltouch) -> None:
    fake.calls[0]["ctCallerId"] = "x"


class TestCalltouch(Behaviours):
    case = Case(
        source="calltouch",
        table="calls",
        make_fake=make_fake,
        columns=(
            "call_id", "called_at", "phone", "duration_seconds", "is_first_call", "client_id",
            "utm_source", "utm_campaign", "utm_content",
        ),
        truth=truth,
        window=(date(2026, 3, 3), date(2026, 3, 7)),
        empty_window=(date(2026, 2, 1), date(2026, 2, 2)),
        secrets={"CALLTOUCH_TOKEN": "calltouch-api-key"},
        options={"site_ids": ["12345"]},
        throttled=Reply(429, b"{}", headers={"Retry-After": "3"}),
        refused=json_reply({"message": "Access denied"}, 403),
        names="CALLTOUCH_TOKEN",
        restate=restate,
        clear=clear,
        extend=extend,
        reports_new_fields=False,
        secret_in_path=True,
    )  # fmt: skip

    def test_pages(self, world: World) -> None:
        world.fake.page_size = 4
        assert world.load().rows == world.truth()
        assert len(world.server.requests) == 3

    def test_long_windows_go_in_pieces(self, world: World) -> None:
        window = (date(2026, 1, 1), date(2026, 3, 10))
        assert world.load(window).rows == world.truth(window)
        assert len(world.server.requests) == 3

    def test_times_in_iso(self, world: World) -> None:
        world.fake.iso_times = True
        assert world.load().rows == world.truth()

    def test_the_day_goes_first(self, world: World) -> None:
        world.load()
        assert world.server.requests[0].query["dateFrom"] == ["03/03/2026"]
        assert world.server.requests[0].query["dateTo"] == ["06/03/2026"]

    def test_swapped_days_and_months_end_the_load(self, world: World) -> None:
        world.fake.month_first = True
        world.fake.calls[0]["at"] = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
        with pytest.raises(ApiError, match="day and month"):
            list(
                calltouch.fetch(
                    world.company(),
                    "calls",
                    (date(2026, 3, 4), date(2026, 3, 5)),
                    world.transport(),
                    world.said.append,
                )
            )

    def test_a_list_that_is_cut_off_is_refused(self, world: World) -> None:
        world.fake.hides = 2
        assert "nothing was half-loaded" in world.fails(ApiError)

    def test_a_time_that_cannot_be_read_is_no_guess(self, world: World) -> None:
        class Odd(datetime):
            def strftime(self, format: str) -> str:  # noqa: A002
                return "03.03.26"

        world.fake.calls[0]["at"] = Odd(2026, 3, 3, tzinfo=UTC)
        assert "cannot be read" in world.fails(ApiError)

    def test_names_of_the_account_may_be_others(self, world: World) -> None:
        for call in world.fake.calls:
            call["metrikaId"] = call.pop("yaClientId")
        lacking = world.load()
        assert {row[5] for row in lacking.rows} == {None}
        assert any("gives no yaClientId" in text for text in lacking.said)
        world.options["fields"] = {"client_id": "metrikaId"}
        named = world.load()
        assert any(row[5] for row in named.rows)
        assert not any("gives no" in text for text in named.said)

    def test_calls_without_a_number_end_the_load(self, world: World) -> None:
        for call in world.fake.calls:
            call["caller"] = call.pop("callerNumber")
        assert "names 'callerNumber' for phone" in world.fails(UserError)

    def test_no_key_and_no_phone_in_any_text(
        self,
        world: World,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
        caplog.set_level(logging.DEBUG)
        load = world.load()
        world.fake.hides = 1
        texts = [caplog.text, *load.said, world.fails(ApiError)]
        assert "clientApiId=***" in caplog.text
        assert not any(word in text for text in texts for word in (PHONE, "calltouch-api-key"))
