"""The door of Instagram against a fake Graph API."""

from __future__ import annotations

import json
import logging
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.errors import UserError
from orchestration.sources.api import instagram
from orchestration.sources.api.http import ApiError, QuotaError, Window
from tests.fakes.instagram import FakeInstagram, error
from tests.fakes.server import FakeClock, Instead
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    World,
    world,
)

__all__ = ["world"]

ACCOUNTS = {"@teplybereg": "17841400000000001", "@teplybereg.shop": "17841400000000002"}


def make_fake(clock: FakeClock) -> FakeInstagram:
    return FakeInstagram(
        accounts={
            identifier: {"followers_count": 100 + position, "username": name}
            for position, (name, identifier) in enumerate(ACCOUNTS.items())
        }
    )


def truth(fake: FakeInstagram, window: Window) -> list[Row]:
    if window[1] < date(2026, 3, 10):
        return []
    return [
        ("2026-03-09", name, str(fake.accounts[identifier]["followers_count"]))
        for name, identifier in ACCOUNTS.items()
    ]


def restate(fake: FakeInstagram) -> None:
    fake.accounts["17841400000000001"]["followers_count"] = 90


def extend(fake: FakeInstagram) -> None:
    fake.accounts["17841400000000001"]["more"] = {"new": 1}


class TestInstagram(Behaviours):
    case = Case(
        source="instagram",
        table="followers",
        make_fake=make_fake,
        columns=("date", "account", "followers"),
        truth=truth,
        window=(date(2026, 3, 7), date(2026, 3, 10)),
        empty_window=(date(2026, 3, 1), date(2026, 3, 3)),
        secrets={"INSTAGRAM_TOKEN": "EAAG-instagram-token"},
        options={"accounts": ACCOUNTS},
        throttled=error(32, "Page request limit reached", 400),
        refused=error(190, "Error validating access token: Session has expired", 401),
        names="INSTAGRAM_TOKEN",
        restate=restate,
        extend=extend,
        reports_new_fields=False,
        secret_in_path=True,
    )

    def test_a_long_wait_is_told_not_waited(self, world: World) -> None:
        usage = {"1": [{"type": "instagram", "estimated_time_to_regain_access": 45}]}
        headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
        world.server.misbehave(Instead(error(32, "limit", 400, headers)))
        assert "2026-03-10 05:45 UTC" in world.fails(QuotaError)

    def test_a_count_that_is_not_given_is_a_missing_day(self, world: World) -> None:
        del world.fake.accounts["17841400000000002"]["followers_count"]
        load = world.load()
        assert [row[1] for row in load.rows] == ["@teplybereg"]
        assert any("stays missing" in text for text in load.said)

    def test_no_end_of_throttling_says_until_when(self, world: World) -> None:
        world.server.misbehave(Instead(error(80_002, "Too many calls", 400)), times=99)
        text = world.fails(QuotaError)
        assert re.search(r"the hour's allowance .* by 2026-03-10 06:\d\d UTC at the latest", text)
        assert len(world.server.spoiled) == 5

    def statistics(self, world: World, window: Window | None = None) -> dict[str, dict[str, Any]]:
        world.fake.insights = {
            "17841400000000001": {
                "reach": 900,
                "likes": 31,
                "follows_and_unfollows": {"FOLLOWER": 12, "NON_FOLLOWER": 3, "UNKNOWN": 1},
            },
        }
        company = world.company(with_statistics=True)
        window = window or self.case.window
        (table,) = instagram.fetch(
            company, "followers", window, world.transport(), world.said.append
        )
        assert isinstance(table, pa.Table)
        return {row["account"]: row for row in table.to_pylist()}

    def test_what_the_day_brought(self, world: World) -> None:
        rows = self.statistics(world)
        names = ("date", "joined", "left_count", "reach", "reactions")
        assert [rows["@teplybereg"][name] for name in names] == [
            "2026-03-09", "12", "3", "900", "31",
        ]  # fmt: skip
        # A small account is told no figures, which are no zeros.
        assert [rows["@teplybereg.shop"][name] for name in names[1:]] == [None] * 4
        asked = [r for r in world.server.requests if r.path.endswith("/insights")]
        start = int(datetime(2026, 3, 9, tzinfo=ZoneInfo("Europe/Moscow")).timestamp())
        assert {(r.param("since"), r.param("until")) for r in asked} == {
            (str(start), str(start + 86_400))
        }

    def test_no_statistics_of_a_day_that_still_runs(self, world: World) -> None:
        rows = self.statistics(world, (date(2026, 3, 7), date(2026, 3, 11)))
        assert rows["@teplybereg"]["date"] == "2026-03-10"
        assert rows["@teplybereg"]["reach"] is None
        assert len(world.server.requests) == 2

    def test_metrics_by_other_names(self, world: World) -> None:
        world.fake.knows = ("reach", "total_interactions", "new_flow")
        world.options["metrics"] = {
            "reactions": "total_interactions", "joined": "new_flow:FOLLOW", "left_count": "",
        }  # fmt: skip
        insights = {"reach": 5, "total_interactions": 8, "new_flow": {"FOLLOW": 2, "UNFOLLOW": 1}}
        company = world.company(with_statistics=True)
        world.fake.insights = dict.fromkeys(world.fake.accounts, insights)
        (table,) = instagram.fetch(
            company, "followers", self.case.window, world.transport(), world.said.append
        )
        assert isinstance(table, pa.Table)
        row = table.to_pylist()[0]
        assert [row[n] for n in ("joined", "left_count", "reach", "reactions")] == [
            "2", None, "5", "8",
        ]  # fmt: skip

    def test_unknown_names_are_explained(self, world: World) -> None:
        world.fake.knows = ("reach",)
        world.options["with_statistics"] = True
        with pytest.raises(ApiError, match="set metrics in"):
            world.fill_lake()
        assert [row[1:3] for row in world.lake_rows()] == [
            ("@teplybereg", 100), ("@teplybereg.shop", 101),
        ]  # fmt: skip
        world.options["metrics"] = {"likes": "likes"}
        assert "sources.instagram.metrics" in world.fails(UserError)

    def test_a_token_without_the_right_to_statistics(self, world: World) -> None:
        world.fake.may_see_insights = False
        world.options["with_statistics"] = True
        with pytest.raises(ApiError, match="instagram_manage_insights"):
            world.fill_lake()
        assert len(world.lake_rows()) == 2

    def test_a_wrong_id_is_explained_and_costs_no_other_its_count(self, world: World) -> None:
        world.fake.accounts.pop("17841400000000002")
        with pytest.raises(ApiError, match="business and creator accounts"):
            world.fill_lake()
        assert [row[1:3] for row in world.lake_rows()] == [("@teplybereg", 100)]

    def test_accounts_must_be_given(self, world: World) -> None:
        transport, window = world.transport(), self.case.window
        with pytest.raises(UserError, match="accounts"):
            list(
                instagram.fetch(
                    world.company(accounts={}), "followers", window, transport, world.said.append
                )
            )

    def test_the_libraries_own_log_shows_no_token(
        self,
        world: World,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
        world.load()
        assert "access_token=***" in caplog.text
        assert "EAAG" not in caplog.text
