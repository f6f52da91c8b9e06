"""The door of Instagram against a fake Graph API."""

from __future__ import annotations

import json
import logging
from datetime import date

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

    def test_a_wrong_id_is_explained(self, world: World) -> None:
        world.fake.accounts.pop("17841400000000002")
        assert "business and creator accounts" in world.fails(ApiError)

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
