"""The API door of Yandex Direct against a fake that follows its contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import ApiError, AuthError, QuotaError, Window
from orchestration.sources.api.yandex_direct import extended_window
from tests.fakes.server import FakeClock, FakeRequest, FakeServer, Instead, Reply
from tests.fakes.yandex_direct import (
    LOGIN,
    QUEUE_FULL,
    REFUSED,
    THROTTLED,
    TOKEN,
    YandexDirectFake,
    error_reply,
)
from tests.integration.api.behaviours import Behaviours, Case, Row, World, world

__all__ = ["world"]

FIRST = date(2026, 3, 1)
WINDOW: Window = (FIRST, date(2026, 3, 4))
COLUMNS = [
    *("Date", "CampaignId", "CampaignName", "AdGroupId", "AdId", "AdNetworkType"),
    *("Impressions", "Clicks", "Cost"),
]
SINCE = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)


def make_fake(clock: FakeClock) -> YandexDirectFake:
    fake = YandexDirectFake(clock)
    fake.fill(FIRST, days=3)
    fake.waits = 0
    return fake


def make_slow_fake(clock: FakeClock) -> YandexDirectFake:
    fake = make_fake(clock)
    fake.waits = 3
    return fake


def truth(fake: YandexDirectFake, window: Window) -> list[Row]:
    return [
        (
            stat.day.isoformat(),
            str(stat.campaign_id),
            stat.name or "--",
            str(stat.group_id),
            str(stat.ad_id),
            stat.network,
            str(stat.impressions),
            str(stat.clicks),
            f"{stat.cost * Decimal('1.22'):.2f}",
        )
        for stat in fake.stats
        if window[0] <= stat.day < window[1]
    ]


def restate(fake: YandexDirectFake) -> None:
    """Corrected clicks. A made report is kept for five hours, so it shows from the next hour on."""
    fake.restate(0, Decimal("1000.00"))
    fake.clock.time += timedelta(hours=1)


def clear(fake: YandexDirectFake) -> date:
    fake.stats = [stat for stat in fake.stats if stat.day != FIRST]
    fake.clock.time += timedelta(hours=1)
    return FIRST


def add_column(fake: YandexDirectFake) -> None:
    fake.more_columns = ["BrandNew"]


def is_report(request: FakeRequest) -> bool:
    return request.path.endswith("/reports")


CASE = Case(
    source="yandex_direct",
    table="ad_stats",
    make_fake=make_fake,
    columns=COLUMNS,
    truth=truth,
    window=WINDOW,
    empty_window=(date(2026, 2, 1), date(2026, 2, 2)),
    secrets={"YANDEX_DIRECT_TOKEN": TOKEN},
    options={"client_logins": [LOGIN]},
    throttled=THROTTLED,
    refused=REFUSED,
    names="YANDEX_DIRECT_TOKEN",
    restate=restate,
    clear=clear,
    extend=add_column,
    data_request=is_report,
)


class TestReportsAtOnce(Behaviours):
    """Small reports come with the first answer."""

    case = CASE


class TestQueuedReports(Behaviours):
    """Large ones are waited for."""

    case = replace(CASE, make_fake=make_slow_fake)

    def test_waits_as_told_and_sends_the_same_request(self, world: World) -> None:
        world.load()
        assert world.clock.sleeps == [7, 7, 7]
        reports = [request for request in world.server.requests if is_report(request)]
        assert len({request.body for request in reports}) == 1
        assert reports[0].headers["processingmode"] == "auto"

    def test_a_report_that_is_never_ready_ends_with_words(self, world: World) -> None:
        world.fake.waits = 10**6
        world.fake.retry_in = "20"
        text = world.fails()
        assert "60 minutes" in text
        assert "is found" in text

    @pytest.mark.parametrize("retry_in", ["0", "", "nonsense", "-5"])
    def test_a_useless_wait_does_not_hammer(self, world: World, retry_in: str) -> None:
        world.fake.retry_in = retry_in
        assert world.load().rows == world.truth()
        assert min(world.clock.sleeps) >= 1

    def test_a_full_queue_is_waited_for(self, world: World) -> None:
        world.fake.waiting_of_others = 8
        assert world.load().rows == world.truth()
        assert world.clock.sleeps.count(30) == 4

    def test_a_queue_that_stays_full_ends_with_words(self, world: World) -> None:
        world.server.misbehave(Instead(QUEUE_FULL), times=10**6, on=is_report)
        assert "queue" in world.fails()

    def test_a_killed_load_finds_its_report(self, world: World) -> None:
        class KilledError(BaseException):
            pass

        def kill(seconds: float) -> None:
            raise KilledError

        transport = world.transport()
        transport.sleep = kill
        with pytest.raises(KilledError):
            world.load(transport=transport)
        assert world.load().rows == world.truth()
        assert len(world.fake.reports) == 1

    def test_what_takes_too_long_is_halved(self, world: World) -> None:
        world.fake.long_days = 2
        load = world.load()
        assert load.rows == world.truth()
        assert len(world.fake.reports) == 2
        assert any("halves" in text for text in load.said)

    def test_a_single_day_that_takes_too_long_is_tried_again(self, world: World) -> None:
        day = (FIRST, date(2026, 3, 2))
        world.server.misbehave(Instead(Reply(502)), times=2, on=is_report)
        assert world.load(day).rows == world.truth(day)
        world.fake.long_days = 0
        with pytest.raises(ApiError, match="nothing was half-loaded"):
            world.load(day)

    @pytest.mark.parametrize(("includes_vat", "cost"), [(True, "1506.09"), (False, "1234.50")])
    def test_vat_is_as_the_settings_say(self, world: World, includes_vat: bool, cost: str) -> None:
        material = API_DOORS["yandex_direct"](
            world.company(includes_vat=includes_vat),
            "ad_stats",
            WINDOW,
            world.transport(),
            world.said.append,
        )
        (path,) = material
        assert isinstance(path, Path)
        head, row, *_ = path.read_text(encoding="utf-8").splitlines()
        assert dict(zip(head.split("\t"), row.split("\t"), strict=True))["Cost"] == cost

    @pytest.mark.parametrize(
        ("level", "keys", "rows"),
        [
            ("campaign", {("11", None, None), ("12", None, None)}, 9),
            ("ad_group", {("11", "501", None), ("11", "502", None), ("12", "501", None)}, 12),
            ("ad", {("11", "501", "9001"), ("11", "501", "9002"), ("11", "502", "9003")}, 15),
        ],
    )
    def test_rows_tell_what_the_level_says_and_money_is_the_same(
        self, world: World, level: str, keys: set[tuple[str | None, ...]], rows: int
    ) -> None:
        (path,) = API_DOORS["yandex_direct"](
            world.company(level=level), "ad_stats", WINDOW, world.transport(), world.said.append
        )
        assert isinstance(path, Path)
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        found = [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]
        told = {(row["CampaignId"], row.get("AdGroupId"), row.get("AdId")) for row in found}
        assert keys <= told
        assert len(found) == rows
        spent = sum(stat.cost for stat in world.fake.stats) * Decimal("1.22")
        assert abs(sum(Decimal(row["Cost"]) for row in found) - spent) < Decimal("0.2")

    def test_another_level_is_refused(self, world: World) -> None:
        with pytest.raises(UserError, match="must be one of campaign, ad_group, ad"):
            list(
                API_DOORS["yandex_direct"](
                    world.company(level="keyword"),
                    "ad_stats",
                    WINDOW,
                    world.transport(),
                    world.said.append,
                )
            )

    def test_reports_of_two_settings_have_two_names(self, world: World) -> None:
        for includes_vat in (True, False):
            list(
                API_DOORS["yandex_direct"](
                    world.company(includes_vat=includes_vat),
                    "ad_stats",
                    WINDOW,
                    world.transport(),
                    world.said.append,
                )
            )
        assert len(world.fake.reports) == 2

    def test_no_rights_and_no_points_say_what_to_do(self, world: World) -> None:
        world.server.misbehave(Instead(error_reply(54, "No rights")), on=is_report)
        assert "client_logins" in world.fails(AuthError)
        world.server.misbehave(Instead(error_reply("152", "Not enough units")), on=is_report)
        assert "some are given anew by 2026-03-10 06:00 UTC" in world.fails(QuotaError)

    @pytest.mark.parametrize("code", [52, "1000", 1001, 1002, 56])
    def test_passing_errors_are_tried_again(self, world: World, code: int | str) -> None:
        world.server.misbehave(Instead(error_reply(code, "Try later", 500)), on=is_report)
        assert world.load().rows == world.truth()

    def test_another_error_is_final_and_quoted(self, world: World) -> None:
        error = error_reply(8000, f"Bad field near {TOKEN}")
        world.server.misbehave(Instead(error), on=is_report)
        text = world.fails()
        assert "Bad field" in text
        assert sum(map(is_report, world.server.requests)) == 1

    @pytest.mark.parametrize("code", [53, 9000])
    def test_an_error_that_comes_as_a_good_answer_is_one(self, world: World, code: int) -> None:
        world.server.misbehave(Instead(error_reply(code, "No", 200)), on=is_report)
        if code == 53:
            assert "YANDEX_DIRECT_TOKEN" in world.fails(AuthError)
        else:
            assert world.load().rows == world.truth()

    @pytest.mark.parametrize("words", ["Total rows: {}", "Всего строк: {}", "{} rows in all"])
    def test_the_words_of_the_last_line_do_not_matter(self, world: World, words: str) -> None:
        world.fake.sum_line = words
        assert world.load().rows == world.truth()
        assert world.fill_lake().rows_quarantined == 0

    @pytest.mark.parametrize("words", ["Total rows: 8{}", "{}", "Total rows", "2\t{}"])
    def test_a_report_whose_rows_are_not_counted_is_refused(self, world: World, words: str) -> None:
        world.fake.sum_line = words
        assert "cut off" in world.fails()

    def test_another_sign_for_no_value_is_seen_and_can_be_told(self, world: World) -> None:
        world.fake.no_value = "(hidden)"
        with pytest.raises(UserError, match=r"9 of 15 rows cannot be used.*\(hidden\)"):
            world.fill_lake()
        world.clock.time += timedelta(hours=1)
        report = world.fill_lake(values={"conversions": {"(hidden)": "0"}})
        assert (report.rows_total, report.rows_quarantined) == (15, 0)

    def test_a_full_report_is_halved(self, world: World) -> None:
        world.fake.most_rows = world.options["most_rows"] = 6
        assert world.load().rows == world.truth()
        assert len(world.fake.reports) > 2
        world.fake.most_rows = world.options["most_rows"] = 5
        world.clock.time += timedelta(hours=1)
        with pytest.raises(ApiError, match="at most 5 rows"):
            world.load()

    def test_many_requests_keep_to_the_limit_of_a_method(self, world: World) -> None:
        world.fake.waits = 0
        world.fake.long_days = 1
        world.load((FIRST - timedelta(days=13), WINDOW[1]))
        assert world.clock.sleeps == [10]

    def test_newer_kinds_of_campaigns_come_with_the_newer_version(self, world: World) -> None:
        world.fake.newer = {12}
        assert {row[1] for row in world.load().rows} == {"11"}
        world.options["api_version"] = "v501"
        world.clock.time += timedelta(hours=1)
        assert world.load().rows == world.truth()
        last = (date(2026, 3, 3), WINDOW[1])
        world.fill_lake(api_version="v5")
        world.clock.time += timedelta(hours=1)
        world.fill_lake(last, api_version="v501")
        assert len(world.lake_rows()) == len(world.truth())  # days before the window too
        world.options["api_version"] = "newest"
        assert "api_version" in world.fails(UserError)

    def test_money_of_another_currency_is_refused(self, world: World) -> None:
        world.fake.currency = "KZT"
        assert "KZT" in world.fails(UserError)
        assert not any(map(is_report, world.server.requests))
        world.options["currency"] = "KZT"
        assert world.load().rows == world.truth()

    def test_a_currency_that_cannot_be_asked_for_stops_nothing(self, world: World) -> None:
        refused = error_reply(54, "No rights", 200)
        world.server.misbehave(Instead(refused), on=lambda r: r.path.endswith("/clients"))
        load = world.load()
        assert load.rows == world.truth()
        assert any("not checked" in text for text in load.said)

    def test_whose_days_they_are_is_said(self, world: World) -> None:
        assert not any("days" in text for text in world.load().said)
        world.options["timezone"] = "Europe/Minsk"  # the same hours under another name
        assert not any("days" in text for text in world.load().said)
        world.options["timezone"] = "Asia/Vladivostok"
        transport = world.transport()
        said = world.load((FIRST, date(2026, 3, 11)), transport=transport).said
        assert [(gap.kind, gap.first) for gap in transport.gaps] == [
            ("unfinished", date(2026, 3, 10))
        ]
        assert any("Asia/Vladivostok, the company's are those of Europe/M" in text for text in said)
        assert any("2026-03-10 is not over in Asia/Vladivostok" in text for text in said)

    def test_days_that_direct_no_longer_keeps(self, world: World) -> None:
        with pytest.raises(UserError, match="2023-03-10"):
            world.load((date(2023, 3, 1), WINDOW[1]))
        assert not world.server.requests

    def test_a_window_grows_to_the_corrected_day(self, world: World) -> None:
        world.fake.stats += [
            type(world.fake.stats[0])(FIRST, number, "C", "SEARCH", 1, 1, Decimal(1), None)
            for number in (13, 14, 15)
        ]
        world.fake.borders = {12: date(2026, 2, 20), 15: date(2026, 2, 11), 99: date(2020, 1, 1)}
        window = extended_window(
            world.company(), WINDOW, SINCE, world.transport(), world.said.append
        )
        assert window == (date(2026, 2, 11), WINDOW[1])
        assert world.fake.checked_since == ["2026-03-09T04:00:00Z"]
        assert any("2026-02-11" in text for text in world.said)

    def test_a_window_never_grows_past_what_direct_keeps(self, world: World) -> None:
        world.fake.borders = {12: date(2021, 1, 1)}
        window = extended_window(
            world.company(), WINDOW, SINCE, world.transport(), world.said.append
        )
        assert window == (date(2023, 3, 10), WINDOW[1])

    def test_a_window_stays_when_nothing_changed(self, world: World) -> None:
        assert (
            extended_window(world.company(), WINDOW, SINCE, world.transport(), world.said.append)
            == WINDOW
        )

    def test_an_agency_may_spend_its_own_points(self, world: World) -> None:
        world.fake.units = 0
        assert world.load().rows == world.truth()  # reports cost nothing
        with pytest.raises(QuotaError, match="operator_units"):
            extended_window(world.company(), WINDOW, SINCE, world.transport(), world.said.append)
        company = world.company(operator_units=True)
        assert (
            extended_window(company, WINDOW, SINCE, world.transport(), world.said.append) == WINDOW
        )

    def test_changes_report_errors_with_status_200(self, world: World) -> None:
        world.server.misbehave(Instead(error_reply(54, "No rights", 200)))
        with pytest.raises(AuthError):
            extended_window(world.company(), WINDOW, SINCE, world.transport(), world.said.append)


def test_a_direct_advertiser_needs_no_login(tmp_path: Path) -> None:
    clock = FakeClock()
    case = replace(CASE, options={})
    with FakeServer(make_fake(clock)) as server:
        there = World(case, server, clock, tmp_path)
        list(
            API_DOORS["yandex_direct"](
                there.company(),
                "ad_stats",
                WINDOW,
                there.transport(),
                there.said.append,
            )
        )
        assert "client-login" not in server.requests[0].headers
