"""The API door of VK Ads against a fake that follows its contract."""

from __future__ import annotations

import stat
from datetime import date, timedelta

import pytest

from orchestration.errors import UserError
from orchestration.sources.api.http import AuthError, QuotaError, Window
from tests.fakes.server import FakeClock, FakeRequest, Instead
from tests.fakes.vk_ads import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFUSED,
    Day,
    VkAdsFake,
    error_reply,
    throttled,
    token_error,
)
from tests.integration.api.behaviours import Behaviours, Case, Row, World, world

__all__ = ["world"]

FIRST = date(2026, 3, 1)
WINDOW: Window = (FIRST, date(2026, 3, 4))
COLUMNS = ["date", "campaign_id", "campaign_name", "impressions", "clicks", "cost", "goals"]


def make_fake(clock: FakeClock) -> VkAdsFake:
    fake = VkAdsFake(clock)
    fake.fill(FIRST, days=3, plans=210)
    return fake


def truth(fake: VkAdsFake, window: Window) -> list[Row]:
    return [
        (
            day.isoformat(),
            str(plan),
            fake.plans[plan],
            str(figures.shows),
            str(figures.clicks),
            figures.spent,
            str(figures.goals),
        )
        for (plan, day), figures in fake.days.items()
        if window[0] <= day < window[1] and figures.shows
    ]


def restate(fake: VkAdsFake) -> None:
    next(iter(fake.days.values())).spent = "300.10"


def clear(fake: VkAdsFake) -> date:
    fake.days = {key: figures for key, figures in fake.days.items() if key[1] != FIRST}
    return FIRST


def add_field(fake: VkAdsFake) -> None:
    fake.more_fields = {"brand_new": 1}


def token_dies(fake: VkAdsFake) -> None:
    fake.dies_after = 3


def is_statistics(request: FakeRequest) -> bool:
    return request.path.endswith("/day.json")


class TestCampaignStats(Behaviours):
    case = Case(
        source="vk_ads",
        table="campaign_stats",
        make_fake=make_fake,
        columns=COLUMNS,
        truth=truth,
        window=WINDOW,
        empty_window=(date(2026, 2, 1), date(2026, 2, 2)),
        secrets={"VK_ADS_CLIENT_ID": CLIENT_ID, "VK_ADS_CLIENT_SECRET": CLIENT_SECRET},
        options={},
        throttled=throttled(),
        refused=REFUSED,
        names="VK_ADS_CLIENT_",
        restate=restate,
        clear=clear,
        extend=add_field,
        data_request=is_statistics,
        expire=token_dies,
        renews_token=True,
    )

    def test_campaigns_come_in_pages_and_figures_in_chunks(self, world: World) -> None:
        world.load()
        pages = [r.param("offset") for r in world.server.requests if "ad_plans.json" in r.path]
        assert pages == ["0", "50", "100", "150", "200"]
        chunks = [len(r.param("id").split(",")) for r in world.server.requests if is_statistics(r)]
        assert chunks == [200, 10]

    def test_a_list_that_ends_before_its_count_is_asked_for_again(self, world: World) -> None:
        world.fake.breaks = 1
        assert world.load().rows == world.truth()
        assert any("told of" in text for text in world.said)
        world.fake.breaks = 10**6
        assert "nothing was half-loaded" in world.fails()

    def test_smaller_pages_than_asked_for_lose_nothing(self, world: World) -> None:
        world.fake.page = 30
        assert world.load().rows == world.truth()

    def test_a_larger_page_where_vk_allows_it(self, world: World) -> None:
        world.fake.page = world.fake.most_objects = 250
        world.options["page_size"] = 250
        assert world.load().rows == world.truth()
        assert sum("ad_plans.json" in r.path for r in world.server.requests) == 1

    def test_a_page_that_is_too_large_names_the_setting(self, world: World) -> None:
        world.options["page_size"] = 250
        assert "page_size in [sources.vk_ads]" in world.fails()
        world.options["page_size"] = 0
        assert "sources.vk_ads.page_size" in world.fails(UserError)

    def test_deleted_campaigns_are_asked_for(self, world: World) -> None:
        world.fake.deleted = {857_000}
        assert world.load().rows == world.truth()

    @pytest.mark.parametrize(("most_ids", "most_days"), [(50, 366), (200, 1), (30, 2)])
    def test_what_is_too_much_at_once_is_asked_in_parts(
        self, world: World, most_ids: int, most_days: int
    ) -> None:
        world.fake.most_ids, world.fake.most_days = most_ids, most_days
        load = world.load()
        assert load.rows == world.truth()
        assert any("too much at once" in text for text in load.said)
        refused = [r for r in world.server.requests if is_statistics(r)]
        assert len(refused) < 40

    def test_one_campaign_of_one_day_that_is_too_much_ends_with_words(self, world: World) -> None:
        world.fake.most_ids = 0
        assert "ERR_LIMIT_EXCEEDED" in world.fails()

    def test_goals_by_the_day_of_the_impression(self, world: World) -> None:
        assert {row[6] for row in world.load().rows} == {"2"}  # all goals, not VK's part of them
        world.options["attribution"] = "impression"
        assert {row[6] for row in world.load().rows} == {"5"}
        world.options["attribution"] = "click"
        assert "sources.vk_ads.attribution" in world.fails(UserError)

    def test_ad_groups_are_the_campaigns_where_links_carry_their_ids(self, world: World) -> None:
        world.fake.groups = {501: "Группа 1", 502: "Группа 2"}
        for number in world.fake.groups:
            world.fake.days[number, FIRST] = Day(100, 3, "10.50", number - 500)
        world.options["level"] = "ad_groups"
        assert world.load().rows == [
            (str(FIRST), "501", "Группа 1", "100", "3", "10.50", "1"),
            (str(FIRST), "502", "Группа 2", "100", "3", "10.50", "2"),
        ]
        world.options["level"] = "banners"
        assert "sources.vk_ads.level" in world.fails(UserError)

    def test_days_of_another_zone_than_the_companys_are_told(self, world: World) -> None:
        for same in ("Europe/Moscow", "Europe/Minsk"):
            world.options["timezone"] = same
            assert not any("edge of a day" in text for text in world.load().said)
        world.options["timezone"] = "Asia/Yekaterinburg"
        assert any("Asia/Yekaterinburg" in text for text in world.load().said)

    def test_a_token_serves_many_loads(self, world: World) -> None:
        for _ in range(8):
            world.load()
        assert world.fake.grants == ["client_credentials"]

    def test_the_kept_token_is_readable_by_its_owner_only(self, world: World) -> None:
        world.load()
        (path,) = (world.company().paths.output / ".tokens").glob("*.json")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert CLIENT_SECRET not in path.read_text(encoding="utf-8")

    def test_an_old_token_is_refreshed_not_issued(self, world: World) -> None:
        world.load()
        world.clock.time += timedelta(days=2)
        assert world.load().rows == world.truth()
        assert world.fake.grants == ["client_credentials", "refresh_token"]

    def test_a_dead_refresh_token_leads_to_a_new_one(self, world: World) -> None:
        world.load()
        world.clock.time += timedelta(days=2)
        world.fake.refresh_works = False
        load = world.load()
        assert load.rows == world.truth()
        assert world.fake.grants[-1] == "client_credentials"
        assert any("kept token has ended" in text for text in load.said)

    def test_a_sixth_token_is_refused_with_words(self, world: World) -> None:
        for _ in range(5):
            world.fake._issue(
                {
                    "grant_type": "client_credentials",
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                }
            )
        assert "five living tokens" in world.fails(AuthError)

    def test_an_agency_names_its_client(self, world: World) -> None:
        world.options["agency_client_name"] = "some_client"
        world.load()
        assert world.fake.grants == ["agency_client_credentials"]
        assert world.server.requests[0].form()["agency_client_name"] == "some_client"

    def test_a_token_of_another_client_is_not_used(self, world: World) -> None:
        world.load()
        world.options["agency_client_name"] = "some_client"
        world.load()
        assert world.fake.grants == ["client_credentials", "agency_client_credentials"]

    def test_seconds_as_text(self, world: World) -> None:
        world.fake.expires_as_text = True
        assert world.load().rows == world.truth()

    def test_tokens_that_are_refused_again_and_again_end_the_load(self, world: World) -> None:
        world.server.misbehave(
            Instead(token_error("revoked_token", "Revoked")), times=99, on=is_statistics
        )
        assert "VK_ADS_CLIENT_SECRET" in world.fails(AuthError)
        assert len(world.server.spoiled) == 2

    def test_empty_money_is_zero(self, world: World) -> None:
        next(iter(world.fake.days.values())).spent = ""
        costs = [row[5] for row in world.load().rows if row[:2] == (str(FIRST), "857000")]
        assert costs == ["0"]

    def test_days_that_vk_no_longer_keeps(self, world: World) -> None:
        with pytest.raises(UserError, match="366 days"):
            world.load((date(2025, 3, 1), WINDOW[1]))
        assert not world.server.requests
        oldest = date(2025, 3, 10)
        assert world.load((oldest, oldest + timedelta(days=1))).rows == []

    def test_the_days_quota_says_until_when(self, world: World) -> None:
        world.server.misbehave(Instead(throttled(daily="0")), on=is_statistics)
        assert "2026-03-10 21:00 UTC" in world.fails(QuotaError)

    def test_a_day_that_is_not_over_where_the_account_is_told(self, world: World) -> None:
        world.options["timezone"] = "America/Los_Angeles"
        transport = world.transport()
        world.load((date(2026, 3, 8), date(2026, 3, 10)), transport=transport)
        assert [(gap.kind, gap.first, gap.until) for gap in transport.gaps] == [
            ("unfinished", date(2026, 3, 9), date(2026, 3, 10))
        ]

    def test_the_days_quota_ends_in_the_zone_of_the_account(self, world: World) -> None:
        world.options["timezone"] = "Asia/Yekaterinburg"
        world.server.misbehave(Instead(throttled(daily="0")), on=is_statistics)
        assert "2026-03-10 19:00 UTC" in world.fails(QuotaError)

    def test_the_hours_quota_says_until_when(self, world: World) -> None:
        world.server.misbehave(Instead(throttled(hourly="0")), on=is_statistics)
        assert "2026-03-10 06:00 UTC" in world.fails(QuotaError)

    def test_the_hours_quota_is_waited_for_when_it_is_near(self, world: World) -> None:
        world.clock.time = world.clock.time.replace(minute=50)
        world.server.misbehave(Instead(throttled(hourly="0")), on=is_statistics)
        assert world.load().rows == world.truth()
        assert world.clock.sleeps == [605]

    @pytest.mark.parametrize(("code", "status"), [("ERR_WRONG_DATE", 400), ("ERR_WRONG_IDS", 404)])
    def test_errors_of_statistics_are_final_and_quoted(
        self, world: World, code: str, status: int
    ) -> None:
        world.server.misbehave(Instead(error_reply(code, status)), on=is_statistics)
        assert code in world.fails()
        assert len(world.server.spoiled) == 1

    def test_no_access_names_the_variable(self, world: World) -> None:
        world.server.misbehave(Instead(error_reply("ERR_ACCESS_DENIED", 403)), on=is_statistics)
        assert "VK_ADS_CLIENT_SECRET" in world.fails(AuthError)
