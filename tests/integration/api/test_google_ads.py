"""The API door of Google Ads against a fake that follows its contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from orchestration.errors import UserError
from orchestration.sources.api import oldest_day
from orchestration.sources.api.http import ApiError, AuthError, QuotaError, Window
from tests.fakes.google_ads import (
    BARRED,
    CUSTOMER,
    DAY_QUOTA,
    DEVELOPER_TOKEN,
    MANAGER,
    NO_CUSTOMER,
    NO_DEVELOPER,
    NO_PROJECT,
    REFUSED,
    THROTTLED,
    THROTTLED_IN_ARRAY,
    UNKNOWN_FIELD,
    GoogleAdsFake,
    error_body,
)
from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, TOKEN_PATH
from tests.fakes.server import FakeClock, FakeRequest, Instead, Reply, json_reply
from tests.integration.api.behaviours import Behaviours, Case, Row, World, world

__all__ = ["world"]

FIRST = date(2026, 3, 1)
WINDOW: Window = (FIRST, date(2026, 3, 4))
COLUMNS = [
    "date",
    "campaign_id",
    "campaign_name",
    "currency",
    "impressions",
    "clicks",
    "cost",
    "conversions",
]


def make_fake(clock: FakeClock) -> GoogleAdsFake:
    fake = GoogleAdsFake(clock)
    fake.fill(FIRST, days=3)
    return fake


def truth(fake: GoogleAdsFake, window: Window) -> list[Row]:
    return [
        (
            row["segments"]["date"],
            row["campaign"]["id"],
            row["campaign"]["name"],
            "USD",
            row["metrics"]["impressions"],
            row["metrics"].get("clicks", "0"),
            f"{Decimal(row['metrics']['costMicros']) / 1_000_000:f}",
            str(row["metrics"].get("conversions", 0)),
        )
        for row in fake.stats
        if window[0].isoformat() <= row["segments"]["date"] < window[1].isoformat()
    ]


def restate(fake: GoogleAdsFake) -> None:
    fake.stats[0]["metrics"]["conversions"] = 7.25


def clear(fake: GoogleAdsFake) -> date:
    fake.stats = [row for row in fake.stats if row["segments"]["date"] != FIRST.isoformat()]
    return FIRST


def add_field(fake: GoogleAdsFake) -> None:
    fake.more_fields = {"adGroup": {"brandNew": "1"}}


def token_dies(fake: GoogleAdsFake) -> None:
    fake.life_seconds = 1


def is_stream(request: FakeRequest) -> bool:
    return request.path.endswith(":searchStream")


class TestCampaignStats(Behaviours):
    case = Case(
        source="google_ads",
        table="campaign_stats",
        make_fake=make_fake,
        columns=COLUMNS,
        truth=truth,
        window=WINDOW,
        empty_window=(date(2026, 2, 1), date(2026, 2, 2)),
        secrets={
            "GOOGLE_ADS_REFRESH_TOKEN": REFRESH_TOKEN,
            "GOOGLE_ADS_CLIENT_ID": CLIENT_ID,
            "GOOGLE_ADS_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_ADS_DEVELOPER_TOKEN": DEVELOPER_TOKEN,
        },
        options={"customer_ids": ["123-456-7890"], "login_customer_id": "987-654-3210"},
        addresses={"base_url": "", "token_url": TOKEN_PATH},
        throttled=THROTTLED,
        refused=REFUSED,
        names="GOOGLE_ADS_",
        restate=restate,
        clear=clear,
        extend=add_field,
        data_request=is_stream,
        expire=token_dies,
        renews_token=True,
    )

    def test_an_access_token_is_renewed_when_its_hour_is_over(self, world: World) -> None:
        world.fake.life_seconds = 100
        world.server.misbehave(Instead(THROTTLED), times=3, on=is_stream)
        assert world.load().rows == world.truth()
        assert len(world.fake.issued_tokens) == 2

    def test_a_token_that_dies_between_two_requests_is_renewed(self, world: World) -> None:
        world.fake.dies_after = 1
        assert world.load((date(2025, 10, 1), WINDOW[1])).rows == world.truth()
        assert sum(map(is_stream, world.server.requests)) == 3
        assert len(world.fake.issued_tokens) == 2

    def test_a_token_dead_from_the_start_names_the_variable(self, world: World) -> None:
        world.server.misbehave(Instead(REFUSED), times=99, on=is_stream)
        assert "GOOGLE_ADS_REFRESH_TOKEN" in world.fails(AuthError)
        assert len(world.server.requests) == 2

    def test_account_numbers_lose_their_dashes(self, world: World) -> None:
        world.load()
        (stream,) = filter(is_stream, world.server.requests)
        assert CUSTOMER in stream.path
        assert stream.headers["login-customer-id"] == MANAGER

    def test_money_in_micros_is_rounded_by_nobody(self, world: World) -> None:
        costs = {row[6] for row in world.load().rows}
        assert costs == {"1061.08362", "0.005"}  # days are added up before they are rounded

    @pytest.mark.parametrize("empty", [[], [{"fieldMask": "x", "requestId": "y"}]])
    def test_both_shapes_of_an_empty_stream(self, world: World, empty: list[object]) -> None:
        world.fake.empty = empty
        assert world.load(self.case.empty_window).rows == []

    def test_throttling_wrapped_in_an_array_is_understood(self, world: World) -> None:
        world.server.misbehave(Instead(THROTTLED_IN_ARRAY), times=2, on=is_stream)
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [30, 30]

    def test_a_stream_that_breaks_down_halfway_is_asked_for_again(self, world: World) -> None:
        broken = [
            {"results": [world.fake._shown(world.fake.stats[0])]},
            error_body(500, "INTERNAL", "internalError", "TRANSIENT_ERROR", "Try again"),
        ]
        world.server.misbehave(Instead(json_reply(broken)), on=is_stream)
        assert world.load().rows == world.truth()

    def test_the_days_quota_ends_the_load(self, world: World) -> None:
        world.server.misbehave(Instead(DAY_QUOTA), on=is_stream)
        assert "by 2026-03-11 05:00 UTC at the latest" in world.fails(QuotaError)

    def test_a_very_long_wait_says_until_when(self, world: World) -> None:
        body = error_body(429, "X", "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", "m", "7200s")
        world.server.misbehave(Instead(json_reply(body, 429)), on=is_stream)
        assert "2026-03-10 07:00 UTC" in world.fails(QuotaError)

    def test_a_refused_developer_token_names_its_variable(self, world: World) -> None:
        world.server.misbehave(Instead(NO_DEVELOPER), on=is_stream)
        assert "GOOGLE_ADS_DEVELOPER_TOKEN" in world.fails(AuthError)

    def test_access_of_the_cloud_project_needs_no_developer_token(self, world: World) -> None:
        world.fake.asks_for_developer = False
        secrets = dict(self.case.secrets)
        del secrets["GOOGLE_ADS_DEVELOPER_TOKEN"]
        assert world.load(transport=world.transport(secrets)).rows == world.truth()
        (stream,) = filter(is_stream, world.server.requests)
        assert "developer-token" not in stream.headers

    def test_a_project_for_tests_only_says_where_to_apply(self, world: World) -> None:
        world.server.misbehave(Instead(NO_PROJECT), on=is_stream)
        text = world.fails(AuthError)
        assert "Explorer or Basic access" in text
        assert "GOOGLE_ADS_REFRESH_TOKEN" in text

    def test_barred_access_is_not_waited_for(self, world: World) -> None:
        world.server.misbehave(Instead(BARRED), times=9, on=is_stream)
        assert "has barred the access" in world.fails(AuthError)
        assert not world.clock.sleeps

    def test_an_account_that_is_not_there_names_the_setting(self, world: World) -> None:
        world.server.misbehave(Instead(NO_CUSTOMER), on=is_stream)
        text = world.fails(ApiError)
        assert "customer_ids" in text
        assert "GOOGLE_ADS_REFRESH_TOKEN" not in text

    def test_a_field_of_another_version_names_the_setting(self, world: World) -> None:
        world.server.misbehave(Instead(UNKNOWN_FIELD), on=is_stream)
        assert "set api_version in [sources.google_ads]" in world.fails()

    def test_days_that_google_no_longer_keeps_by_days(self, world: World) -> None:
        oldest = date(2023, 2, 11)
        with pytest.raises(UserError, match=f"37 months, and .* load from {oldest}"):
            world.load((date(2023, 2, 10), WINDOW[1]))
        assert not world.server.requests
        assert world.load((oldest, date(2023, 2, 12))).rows == []

    @pytest.mark.parametrize(
        ("today", "oldest"),
        [
            (datetime(2026, 3, 31, tzinfo=UTC), date(2023, 3, 1)),
            (datetime(2026, 1, 15, tzinfo=UTC), date(2022, 12, 16)),
            (datetime(2027, 1, 31, tzinfo=UTC), date(2024, 1, 1)),
        ],
    )
    def test_months_back_of_any_day(self, today: datetime, oldest: date) -> None:
        assert oldest_day("google_ads", today) == oldest

    def test_days_that_are_refused_as_too_old_name_the_setting(self, world: World) -> None:
        world.fake.oldest = date(2026, 3, 2)
        assert "first_date" in world.fails(ApiError)

    def test_no_rights_name_the_settings(self, world: World) -> None:
        world.options["login_customer_id"] = "1112223333"
        assert "login_customer_id" in world.fails(AuthError)

    def test_a_version_past_its_end_names_the_setting(self, world: World) -> None:
        world.options["api_version"] = "v17"
        assert "api_version" in world.fails()

    @pytest.mark.parametrize(
        "reply",
        [
            json_reply(
                {"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}}, 404
            ),
            json_reply(error_body(400, "X", "requestError", "UNSUPPORTED_VERSION", "Sunset."), 400),
        ],
    )
    def test_other_answers_of_a_version_past_its_end(self, world: World, reply: Reply) -> None:
        world.server.misbehave(Instead(reply), on=is_stream)
        assert "does not know this version" in world.fails()

    def test_a_quota_of_the_day_says_when_it_is_given_anew(self, world: World) -> None:
        body = error_body(429, "X", "quotaError", "RESOURCE_EXHAUSTED", "m", "40591s")
        world.server.misbehave(Instead(json_reply(body, 429)), on=is_stream)
        assert "2026-03-10 16:16 UTC" in world.fails(QuotaError)

    def test_what_takes_too_long_is_halved(self, world: World) -> None:
        world.fake.too_long_days = 1
        assert world.load().rows == world.truth()

    def test_a_day_that_takes_too_long_ends_with_words(self, world: World) -> None:
        world.fake.too_long_days = 0
        with pytest.raises(ApiError, match="Deadline"):
            world.load((FIRST, date(2026, 3, 2)))

    def test_the_accounts_time_zone_is_said(self, world: World) -> None:
        world.fake.time_zone = "America/New_York"
        assert any("America/New_York" in text for text in world.load().said)

    def test_a_day_that_is_not_over_where_the_account_is_told(self, world: World) -> None:
        world.fake.fill(date(2026, 3, 8), days=2)
        world.fake.time_zone = "America/Los_Angeles"
        transport = world.transport()
        world.load((date(2026, 3, 8), date(2026, 3, 10)), transport=transport)
        assert [(gap.kind, gap.first, gap.until) for gap in transport.gaps] == [
            ("unfinished", date(2026, 3, 9), date(2026, 3, 10))
        ]

    def test_wrong_numbers_name_the_key(self, world: World) -> None:
        world.options["customer_ids"] = ["12"]
        with pytest.raises(Exception, match="customer_ids"):
            world.load()
        assert not world.server.requests

    def test_an_html_refusal_is_no_crash(self, world: World) -> None:
        world.server.misbehave(Instead(Reply(400, b"<html>no</html>", "text/html")), on=is_stream)
        assert "HTTP 400" in world.fails()
