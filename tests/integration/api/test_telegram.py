"""The door of Telegram against a fake Bot API."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestration.sources.api.http import ApiError, AuthError, QuotaError, Window
from tests.fakes.server import FakeClock, Instead, Reply
from tests.fakes.telegram import FakeTelegram, too_many
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    World,
    world,
)

__all__ = ["world"]

COLUMNS = ("date", "account", "followers", "joined")
# The clock of the tests shows 8 in the morning of 10 March in Moscow.
UNTIL_TODAY: Window = (date(2026, 3, 7), date(2026, 3, 10))


def make_fake(clock: FakeClock) -> FakeTelegram:
    return FakeTelegram(members={"@teplybereg_doma": 3152, "-1001234567890": 41})


def truth(fake: FakeTelegram, window: Window) -> list[Row]:
    if window[1] < date(2026, 3, 10):
        return []
    return [("2026-03-09", name, str(count), None) for name, count in fake.members.items()]


def restate(fake: FakeTelegram) -> None:
    fake.members["@teplybereg_doma"] += 7


def extend(fake: FakeTelegram) -> None:
    fake.more = {"new": 1}


CASE = Case(
    source="telegram",
    table="followers",
    make_fake=make_fake,
    columns=COLUMNS,
    truth=truth,
    window=UNTIL_TODAY,
    empty_window=(date(2026, 3, 1), date(2026, 3, 3)),
    secrets={"TELEGRAM_BOT_TOKEN": "123456:telegram-token"},
    options={"accounts": ["@teplybereg_doma", "-1001234567890"]},
    throttled=too_many(5),
    refused=Reply(401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}'),
    names="TELEGRAM_BOT_TOKEN",
    restate=restate,
    extend=extend,
    reports_new_fields=False,
    secret_in_path=True,
)


class TestTelegram(Behaviours):
    case = CASE

    def test_waits_as_long_as_it_is_told(self, world: World) -> None:
        world.server.misbehave(Instead(too_many(37)))
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [37.0]

    def test_a_long_wait_is_told_not_waited(self, world: World) -> None:
        world.server.misbehave(Instead(too_many(7200)))
        assert "2026-03-10 07:00 UTC" in world.fails(QuotaError)
        assert not world.clock.sleeps

    def test_the_moment_of_the_count_is_kept(self, world: World) -> None:
        world.fill_lake()
        place = [column.name for column in world.contract.stored_columns].index("observed_at")
        # 8 in the morning in Moscow.
        assert {row[place] for row in world.lake_rows()} == {datetime(2026, 3, 10, 5, 0)}  # noqa: DTZ001

    @pytest.mark.parametrize(
        ("now", "window", "day"),
        [
            # 22:30 in London is the next day in Moscow.
            (datetime(2026, 3, 9, 22, 30, tzinfo=UTC), (9, 11), "2026-03-10"),
            (datetime(2026, 3, 10, 5, 0, tzinfo=UTC), (9, 11), "2026-03-10"),
            (datetime(2026, 3, 10, 5, 0, tzinfo=UTC), (9, 10), "2026-03-09"),
            # The afternoon is nearer to the end of today.
            (datetime(2026, 3, 10, 9, 30, tzinfo=UTC), (9, 10), "2026-03-10"),
            (datetime(2026, 3, 10, 5, 0, tzinfo=UTC), (1, 9), None),
            (datetime(2026, 3, 10, 5, 0, tzinfo=UTC), (11, 12), None),
        ],
    )
    def test_day_of_a_count(
        self,
        world: World,
        now: datetime,
        window: tuple[int, int],
        day: str | None,
    ) -> None:
        world.clock.time = now
        load = world.load((date(2026, 3, window[0]), date(2026, 3, window[1])))
        assert {row[0] for row in load.rows} == ({day} if day else set())
        if day is None:
            assert "gives no counts of past days" in load.said[0]
            assert not world.server.requests

    def test_an_unknown_channel_is_named(self, world: World) -> None:
        world.fake.members.clear()
        assert "chat not found" in world.fails(ApiError)

    def test_a_channel_that_keeps_the_bot_out_costs_no_other_its_count(self, world: World) -> None:
        world.fake.closed.add("-1001234567890")
        with pytest.raises(ApiError, match="let the bot into private channels") as caught:
            world.fill_lake()
        assert not caught.value.may_pass
        assert [row[1:3] for row in world.lake_rows()] == [("@teplybereg_doma", 3152)]
        # Once it is let in, the day of the other one stays what it was.
        world.fake.closed.clear()
        world.fill_lake()
        assert [row[1:3] for row in world.lake_rows()] == [
            ("-1001234567890", 41), ("@teplybereg_doma", 3152),
        ]  # fmt: skip

    def test_a_token_that_is_no_token(self, world: World) -> None:
        transport = world.transport(secrets={"TELEGRAM_BOT_TOKEN": "x"})
        assert "TELEGRAM_BOT_TOKEN" in world.fails(AuthError, transport=transport)

    def test_the_libraries_own_log_shows_no_token(
        self,
        world: World,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
        world.load()
        assert "getChatMemberCount" in caplog.text, "the libraries' own log was not looked at"
        assert "bot***/" in caplog.text
        assert "telegram-token" not in caplog.text

    def test_an_unreadable_count_is_no_zero(self, world: World) -> None:
        broken: Any = None
        world.fake.members["@teplybereg_doma"] = broken
        assert "cannot be read" in world.fails(ApiError)
