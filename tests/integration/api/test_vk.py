"""The door of VK against a fake of its API."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.sources.api import vk
from orchestration.sources.api.http import ApiError, AuthError, QuotaError, Window
from tests.fakes.server import FakeClock, Instead, json_reply
from tests.fakes.vk import BAD_TOKEN, TOO_MANY, FakeVk, error
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    World,
    world,
)

__all__ = ["world"]

COLUMNS = ("date", "account", "followers", "joined", "left_count", "reach")
UNTIL_TODAY: Window = (date(2026, 3, 7), date(2026, 3, 10))
ACCOUNTS = ["teplybereg", "vk.com/teplybereg_shop", "club333"]


def group(number: int, name: str, members: int) -> dict[str, Any]:
    return {
        "id": number, "name": "Тёплый берег", "screen_name": name, "is_closed": 0,
        "type": "group", "members_count": members,
    }  # fmt: skip


def make_fake(clock: FakeClock) -> FakeVk:
    return FakeVk(
        groups={
            1: group(1, "teplybereg", 5100),
            2: group(2, "teplybereg_shop", 250),
            333: group(333, "club333", 12),
        }
    )


def truth(fake: FakeVk, window: Window) -> list[Row]:
    if window[1] < date(2026, 3, 10):
        return []
    return [
        ("2026-03-09", account, str(found["members_count"]), None, None, None)
        for account, found in zip(ACCOUNTS, fake.groups.values(), strict=True)
    ]


def restate(fake: FakeVk) -> None:
    fake.groups[2]["members_count"] = 260


def extend(fake: FakeVk) -> None:
    fake.groups[2]["new"] = [1]


class TestVk(Behaviours):
    case = Case(
        source="vk",
        table="followers",
        make_fake=make_fake,
        columns=COLUMNS,
        truth=truth,
        window=UNTIL_TODAY,
        empty_window=(date(2026, 3, 1), date(2026, 3, 3)),
        secrets={"VK_TOKEN": "vk1.a.service-token"},
        options={"accounts": ACCOUNTS},
        throttled=error(TOO_MANY, "Too many requests per second"),
        refused=error(BAD_TOKEN, "User authorization failed: invalid access_token (4)."),
        names="VK_TOKEN",
        restate=restate,
        extend=extend,
        reports_new_fields=False,
    )

    def test_the_shape_of_older_versions(self, world: World) -> None:
        world.fake.is_old_shape = True
        assert world.load().rows == world.truth()

    def test_many_communities_are_asked_a_hundred_at_once(self, world: World) -> None:
        names = [f"shop_{number}" for number in range(150)]
        world.fake.groups = {n: group(n, name, n + 1) for n, name in enumerate(names, start=1)}
        world.options["accounts"] = names
        assert len(world.load().rows) == 150
        asked = [len(r.form()["group_ids"].split(",")) for r in world.server.requests]
        assert asked == [100, 50]

    def test_hidden_members_are_a_missing_day_not_zero(self, world: World) -> None:
        del world.fake.groups[2]["members_count"]
        load = world.load()
        assert [row[1] for row in load.rows] == ["club333", "teplybereg"]
        assert any("stays missing" in text for text in load.said)

    @pytest.mark.parametrize("code", [1, 6, 9, 10])
    def test_passing_errors_are_tried_again(self, world: World, code: int) -> None:
        world.server.misbehave(Instead(error(code, "later")))
        assert world.load().rows == world.truth()

    def test_a_used_up_allowance(self, world: World) -> None:
        world.server.misbehave(Instead(error(29, "Rate limit reached")), times=9)
        assert "given anew by 2026-03-11 05:00 UTC at the latest" in world.fails(QuotaError)
        assert not world.clock.sleeps

    # Whether VK answers for the others then, or refuses the whole call, is not documented.
    @pytest.mark.parametrize("refuses_all", [False, True])
    def test_an_unknown_community_is_named_and_costs_no_other_its_count(
        self, world: World, refuses_all: bool
    ) -> None:
        world.fake.refuses_all = refuses_all
        del world.fake.groups[2]
        with pytest.raises(ApiError, match=r"knows no community vk\.com/teplybereg_shop"):
            world.fill_lake()
        assert [row[1:3] for row in world.lake_rows()] == [("club333", 12), ("teplybereg", 5100)]

    def test_none_of_the_communities_is_known(self, world: World) -> None:
        world.fake.groups = {}
        assert "knows no community teplybereg" in world.fails(ApiError)

    def test_another_shape_is_told(self, world: World) -> None:
        answer = {"response": {"groups": [{"screen_name": "teplybereg"}]}}
        world.server.misbehave(Instead(json_reply(answer)))
        assert "KeyError at vk.py" in world.fails(ApiError)

    def statistics(self, world: World, window: Window) -> dict[str, Any]:
        company = world.company(accounts=["teplybereg"], with_statistics=True)
        (table,) = vk.fetch(company, "followers", window, world.transport(), world.said.append)
        assert isinstance(table, pa.Table)
        (row,) = table.to_pylist()
        return row

    def test_joins_and_leaves_of_a_day_that_is_over(self, world: World) -> None:
        start = int(datetime(2026, 3, 9, tzinfo=ZoneInfo("Europe/Moscow")).timestamp())
        world.fake.periods[1] = [
            {
                "period_from": start - 86400,
                "period_to": start - 1,
                "activity": {"subscribed": 99},
            },
            {
                "period_from": start,
                "period_to": start + 86399,
                "visitors": {"views": 90},
                "reach": {"reach": 800, "reach_subscribers": 500},
                "activity": {"subscribed": 8, "unsubscribed": 2, "likes": 45},
            },
        ]
        row = self.statistics(world, UNTIL_TODAY)
        assert [row[name] for name in ("date", "joined", "left_count", "reach", "reactions")] == [
            "2026-03-09", "8", "2", "800", "45",
        ]  # fmt: skip

    # A day of VK that begins at midnight in Greenwich is 3:00 in Moscow and the evening before in
    # New York; the company's day is over in both.
    @pytest.mark.parametrize(
        ("zone", "now"),
        [
            ("Europe/Moscow", datetime(2026, 3, 10, 5, 0, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 3, 10, 12, 0, tzinfo=UTC)),
        ],
    )
    def test_a_day_of_vk_that_begins_elsewhere(
        self, world: World, zone: str, now: datetime
    ) -> None:
        start = int(datetime(2026, 3, 9, tzinfo=UTC).timestamp())
        world.clock.time = now
        world.fake.ignores_bounds = True
        world.fake.periods[1] = [
            {
                "period_from": start + shift * 86_400,
                "period_to": start + shift * 86_400 + 86_399,
                "activity": {"subscribed": 10 + shift},
            }
            for shift in (-1, 0, 1)
        ]
        company = world.company(accounts=["teplybereg"], with_statistics=True)
        company = company.model_copy(update={"timezone": zone})
        (table,) = vk.fetch(company, "followers", UNTIL_TODAY, world.transport(), world.said.append)
        assert isinstance(table, pa.Table)
        (row,) = table.to_pylist()
        assert (row["date"], row["joined"]) == ("2026-03-09", "10")

    def test_no_part_of_a_day_of_vk_that_still_runs(self, world: World) -> None:
        world.clock.time = datetime(2026, 3, 9, 22, 0, tzinfo=UTC)  # 1:00 in Moscow
        start = int(datetime(2026, 3, 9, tzinfo=UTC).timestamp())
        world.fake.ignores_bounds = True
        world.fake.periods[1] = [
            {
                "period_from": start,
                "period_to": start + 86_399,
                "activity": {"subscribed": 7},
            }
        ]
        row = self.statistics(world, UNTIL_TODAY)
        assert (row["date"], row["joined"]) == ("2026-03-09", None)
        assert "2026-03-09 is not over, so its joins, leaves and reach" in world.said[0]

    def test_the_version_of_the_api_can_be_set(self, world: World) -> None:
        world.options["api_version"] = "5.131"
        world.fake.is_old_shape = True
        assert world.load().rows == world.truth()
        assert world.server.requests[0].form()["v"] == "5.131"

    @pytest.mark.parametrize("code", [27, 28])
    def test_tokens_of_communities_and_applications(self, world: World, code: int) -> None:
        world.server.misbehave(Instead(error(code, "authorization failed")), times=9)
        assert "VK_TOKEN" in world.fails(AuthError)

    def test_no_joins_of_a_day_that_still_runs(self, world: World) -> None:
        row = self.statistics(world, (date(2026, 3, 7), date(2026, 3, 11)))
        assert (row["date"], row["joined"]) == ("2026-03-10", None)
        assert len(world.server.requests) == 1
        assert "2026-03-10 is not over, so its joins, leaves and reach" in world.said[0]

    def test_a_token_without_the_right_to_statistics_costs_no_count(self, world: World) -> None:
        world.fake.is_manager = False
        world.options["with_statistics"] = True
        with pytest.raises(ApiError, match="with_statistics = false"):
            world.fill_lake()
        assert [row[2:4] for row in world.lake_rows()] == [(12, None), (5100, None), (250, None)]
