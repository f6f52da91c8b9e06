"""The API door of Google Analytics 4 against a fake that follows its contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.sources.api.http import AuthError, QuotaError, Window
from tests.fakes.ga4 import (
    DAY_QUOTA,
    HOUR_QUOTAS,
    PROPERTY,
    REFUSED,
    THROTTLED,
    Ga4Fake,
    error_reply,
)
from tests.fakes.google_oauth import TOKEN_PATH, account_key
from tests.fakes.server import FakeClock, FakeRequest, FakeServer, Instead, json_reply
from tests.integration.api.behaviours import Behaviours, Case, Row, World, world

__all__ = ["world"]

FIRST = date(2026, 3, 1)
WINDOW: Window = (FIRST, date(2026, 3, 4))
COLUMNS = [
    *("date", "source", "medium", "campaign_id", "campaign", "landing_page"),
    *("sessions", "purchase_revenue"),
]


def make_fake(clock: FakeClock) -> Ga4Fake:
    fake = Ga4Fake(clock)
    fake.fill(FIRST, days=3)
    return fake


def truth(fake: Ga4Fake, window: Window) -> list[Row]:
    first, end = (f"{day:%Y%m%d}" for day in window)
    return [
        (f"{key[0][:4]}-{key[0][4:6]}-{key[0][6:]}", *key[1:], row[0], row[5])
        for key, row in fake.rows.items()
        if first <= key[0] < end
    ]


def restate(fake: Ga4Fake) -> None:
    next(iter(fake.rows.values()))[0] = "555"


def clear(fake: Ga4Fake) -> date:
    fake.rows = {key: row for key, row in fake.rows.items() if key[0] != f"{FIRST:%Y%m%d}"}
    return FIRST


def add_metric(fake: Ga4Fake) -> None:
    fake.more_metrics = ["brandNew"]


def token_dies(fake: Ga4Fake) -> None:
    fake.dies_after = 1


def is_report(request: FakeRequest) -> bool:
    return request.path.endswith(":runReport")


class TestSessions(Behaviours):
    case = Case(
        source="ga4",
        table="sessions",
        make_fake=make_fake,
        columns=COLUMNS,
        truth=truth,
        window=WINDOW,
        empty_window=(date(2026, 2, 1), date(2026, 2, 2)),
        secrets={"GA4_SERVICE_ACCOUNT": account_key()},
        options={"property_ids": [PROPERTY], "page_rows": 4},
        addresses={"base_url": "", "token_url": TOKEN_PATH},
        throttled=THROTTLED,
        refused=REFUSED,
        names="GA4_SERVICE_ACCOUNT",
        restate=restate,
        clear=clear,
        extend=add_metric,
        data_request=is_report,
        expire=token_dies,
        renews_token=True,
    )

    def test_pages_until_all_rows_came(self, world: World) -> None:
        world.load()
        offsets = [r.json()["offset"] for r in world.server.requests if is_report(r)]
        assert offsets == ["0", "4", "8"]

    def test_a_server_that_cuts_the_limit_loses_nothing(self, world: World) -> None:
        world.fake.most_rows = 2
        assert world.load().rows == world.truth()

    def test_a_sampled_period_is_asked_for_by_days(self, world: World) -> None:
        world.fake.sampled_above_days = 1
        load = world.load()
        assert load.rows == world.truth()
        assert any("halves" in text for text in load.said)

    def test_figures_that_stay_estimated_are_marked_and_said(self, world: World) -> None:
        world.fake.sampled_above_days = 0
        world.fake.withheld_below = 101  # the first day's rows
        flags = ["sample_share", "is_sampled", "is_thresholded", "has_other_row"]
        rows = World(replace(self.case, columns=flags), world.server, world.clock, world.folder)
        load = rows.load()
        assert load.rows == [("0.25", "true", "true", "false")] * 6
        assert any("estimated from 25%" in text for text in load.said)
        assert any("withheld" in text for text in load.said)

    def test_rolled_up_rows_keep_their_day(self, world: World) -> None:
        world.fake.other_above_days = 0
        load = world.load()
        assert [row[0] for row in load.rows] == ["2026-03-01", "2026-03-02", "2026-03-03"]
        assert {row[1] for row in load.rows} == {"(other)"}
        assert any("rolled rows up" in text for text in load.said)

    def test_another_time_zone_is_said_once(self, world: World) -> None:
        world.fake.time_zone = "America/New_York"
        assert sum("America/New_York" in text for text in world.load().said) == 1

    def test_a_time_zone_that_is_not_known_here_ends_no_load(self, world: World) -> None:
        """New ones appear, and an old machine has an old list of them."""
        world.fake.time_zone = "America/Coyhaique_2"
        load = world.load()
        assert load.rows == world.truth()
        assert any("cannot be told" in text for text in load.said)

    def test_the_days_quota_says_until_when(self, world: World) -> None:
        world.server.misbehave(Instead(DAY_QUOTA), on=is_report)
        # midnight in Los Angeles, after the change to summer time on 8 March
        assert "2026-03-10 07:00 UTC" in world.fails(QuotaError)

    @pytest.mark.parametrize("quota", HOUR_QUOTAS)
    @pytest.mark.parametrize("status", [429, 403])
    def test_an_hours_quota_says_until_when(self, world: World, quota: str, status: int) -> None:
        reply = error_reply(status, "RESOURCE_EXHAUSTED", HOUR_QUOTAS[quota])
        world.server.misbehave(Instead(reply), on=is_report)
        assert "2026-03-10 06:01 UTC" in world.fails(QuotaError)
        assert not world.clock.sleeps

    def test_a_wait_that_google_names_is_kept(self, world: World) -> None:
        busy = replace(error_reply(429, "RESOURCE_EXHAUSTED", "x"), headers={"Retry-After": "33"})
        world.server.misbehave(Instead(busy), on=is_report)
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [33]

    def test_an_allowance_that_ends_is_told_before_it_does(self, world: World) -> None:
        world.fake.tokens_left = 45
        load = world.load()
        assert load.rows == world.truth()
        assert sum("the day's tokens" in text for text in load.said) == 1
        assert any("will do for 3 more reports" in text for text in load.said)
        assert "2026-03-10 07:00 UTC" in world.fails(QuotaError)

    def test_figures_that_the_account_may_not_see_are_told(self, world: World) -> None:
        world.fake.hidden = ["purchaseRevenue"]
        transport = world.transport()
        load = world.load(transport=transport)
        assert {row[-1] for row in load.rows} == {"0"}
        assert [gap.kind for gap in transport.gaps] == ["hidden"]
        assert any("hides purchaseRevenue" in text for text in load.said)

    def test_a_day_that_is_not_over_where_the_property_is_told(self, world: World) -> None:
        """8 in the morning of 10 March in Moscow is the evening of the 9th in Los Angeles."""
        window = (date(2026, 3, 8), date(2026, 3, 10))
        transport = world.transport()
        world.load(window, transport=transport)
        assert transport.gaps == []
        world.fake.time_zone = "America/Los_Angeles"
        load = world.load(window, transport=transport)
        assert [(gap.kind, gap.first, gap.until) for gap in transport.gaps] == [
            ("unfinished", date(2026, 3, 9), date(2026, 3, 10))
        ]
        assert any("2026-03-09 is not over in America/Los_Angeles" in text for text in load.said)

    def test_days_of_which_a_part_is_given_are_told(self, world: World) -> None:
        world.fake.truncated = [
            {"dataTruncationType": "PROPERTY", "dataTruncationMessage": "before retention"}
        ]
        transport = world.transport()
        assert world.load(transport=transport).rows == world.truth()
        assert [(gap.kind, gap.first, gap.until) for gap in transport.gaps] == [
            ("not_kept", *WINDOW)
        ]
        assert "before retention" in transport.gaps[0].detail

    @pytest.mark.parametrize("sent", [0, 6])
    def test_fewer_rows_than_counted_are_not_the_report(self, world: World, sent: int) -> None:
        world.fake.sent_at_most = sent
        assert f"told of 9 rows and sent {sent}, 3 times" in world.fails()

    @pytest.mark.parametrize("change", ["comes", "goes"])
    def test_rows_that_change_between_two_pages_are_neither_missed_nor_doubled(
        self, world: World, change: str
    ) -> None:
        """GA4 goes on working on the last days: a row of the first page may come or go."""
        world.options["page_rows"] = 4
        rows = world.fake.rows

        def once() -> None:
            if len(world.server.requests) == 3:  # the token and two pages
                if change == "goes":
                    del rows[min(rows)]
                else:
                    rows[(min(rows)[0], "!", *min(rows)[2:])] = rows[min(rows)]

        world.fake.before_report = once
        load = world.load()
        assert load.rows == world.truth()
        assert any("asking again" in text for text in load.said)

    def test_why_there_are_no_rows_is_told(self, world: World) -> None:
        load = world.load(self.case.empty_window)
        assert any("NO_DATA" in text for text in load.said)

    def test_server_errors_are_not_hammered(self, world: World) -> None:
        world.server.misbehave(Instead(error_reply(500, "INTERNAL", "x")), times=99, on=is_report)
        world.fails()
        assert world.clock.sleeps == [10, 30, 90]

    def test_no_rights_say_what_to_do(self, world: World) -> None:
        world.options["property_ids"] = ["1"]
        text = world.fails(AuthError)
        assert "viewer" in text
        assert "property_ids" in text

    def test_a_wrong_name_is_final(self, world: World) -> None:
        world.server.misbehave(
            Instead(error_reply(400, "INVALID_ARGUMENT", "Field x is not valid")), on=is_report
        )
        assert "Field x" in world.fails()
        assert sum(map(is_report, world.server.requests)) == 1

    def test_a_token_that_is_dead_from_the_start_ends_the_load(self, world: World) -> None:
        world.server.misbehave(Instead(REFUSED), times=99, on=is_report)
        assert "GA4_SERVICE_ACCOUNT" in world.fails(AuthError)
        assert len(world.server.requests) == 2

    def test_a_key_file_serves_as_well(self, world: World) -> None:
        path = world.folder / "key.json"
        path.write_text(account_key(), encoding="utf-8")
        transport = world.transport({"GA4_SERVICE_ACCOUNT": str(path)})
        assert world.load(transport=transport).rows == world.truth()

    @pytest.mark.parametrize("key", ["/no/such/file", "{}", '{"client_email": "a"', "[1]"])
    def test_a_wrong_key_is_said_without_showing_it(self, world: World, key: str) -> None:
        text = world.fails(UserError, transport=world.transport({"GA4_SERVICE_ACCOUNT": key}))
        assert "GA4_SERVICE_ACCOUNT" in text
        assert key not in text

    def test_a_key_that_signs_nothing(self, world: World) -> None:
        key = '{"client_email": "a@b.example", "private_key": "rubbish"}'
        text = world.fails(UserError, transport=world.transport({"GA4_SERVICE_ACCOUNT": key}))
        assert "GA4_SERVICE_ACCOUNT" in text
        assert "rubbish" not in text


def test_a_ready_token_that_ended_says_how_to_do_better(tmp_path: Path) -> None:
    clock = FakeClock()
    case = replace(
        TestSessions.case,
        options={"property_ids": PROPERTY, "token_env": "MY_TOKEN"},
        secrets={"MY_TOKEN": "ready-token-55"},
        names="MY_TOKEN",
    )
    with FakeServer(make_fake(clock)) as server:
        text = World(case, server, clock, tmp_path).fails(AuthError)
    assert "service_account_env" in text
    assert "MY_TOKEN" in text


def test_a_token_answer_without_a_token(tmp_path: Path) -> None:
    clock = FakeClock()
    with FakeServer(make_fake(clock)) as server:
        there = World(TestSessions.case, server, clock, tmp_path)
        server.misbehave(Instead(json_reply({})))
        assert "no token" in there.fails()
