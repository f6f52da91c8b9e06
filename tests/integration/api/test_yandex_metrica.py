"""The API door of Yandex Metrica against a fake that follows its contract."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import UserError
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import AuthError, QuotaError, Window
from orchestration.sources.contracts import contract_of
from tests.fakes.server import (
    CutInside,
    Drop,
    FakeClock,
    FakeRequest,
    FakeServer,
    Instead,
    Reply,
)
from tests.fakes.yandex_metrica import (
    CAP_BYTES,
    COUNTER,
    DAY_QUOTA,
    GOALS,
    REFUSED,
    REPORTS,
    THROTTLED,
    TOKEN,
    YandexMetricaFake,
    error_reply,
    visit,
)
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    TableBehaviours,
    World,
    world,
)

__all__ = ["world"]

FIRST = date(2026, 3, 1)
WINDOW: Window = (FIRST, date(2026, 3, 4))
EMPTY: Window = (date(2026, 2, 1), date(2026, 2, 2))
COLUMNS = [
    "ym:s:date",
    "ym:s:visitID",
    "ym:s:clientID",
    "ym:s:startURL",
    "ym:s:goalsID",
    "ym:s:purchaseID",
    "ym:s:pageViews",
]


def make_fake(clock: FakeClock) -> YandexMetricaFake:
    fake = YandexMetricaFake(clock)
    fake.fill(FIRST, days=3, per_day=3)
    return fake


def visits(fake: YandexMetricaFake, window: Window) -> list[Row]:
    return [
        tuple(row[column] for column in COLUMNS)
        for day, rows in fake.visits.items()
        if window[0] <= day < window[1]
        for row in rows
    ]


def is_part(request: FakeRequest) -> bool:
    return request.path.endswith("/download")


def is_order(request: FakeRequest) -> bool:
    return request.method == "POST" and request.path.endswith("/logrequests")


def _case(**different: Any) -> Case:
    usual: dict[str, Any] = {
        "source": "yandex_metrica",
        "make_fake": make_fake,
        "window": WINDOW,
        "empty_window": EMPTY,
        "secrets": {"YANDEX_METRICA_TOKEN": TOKEN},
        "options": {"counter_ids": [int(COUNTER)]},
        "throttled": THROTTLED,
        "refused": REFUSED,
        "names": "YANDEX_METRICA_TOKEN",
    }
    return Case(**{**usual, **different})


def rewrite_a_visit(fake: YandexMetricaFake) -> None:
    fake.visits[FIRST][0]["ym:s:pageViews"] = "17"


def clear_visits(fake: YandexMetricaFake) -> date:
    del fake.visits[FIRST]
    return FIRST


def clear_hits(fake: YandexMetricaFake) -> date:
    del fake.hits[FIRST]
    return FIRST


def clear_report(fake: YandexMetricaFake) -> date:
    del fake.report[FIRST]
    return FIRST


def add_column(fake: YandexMetricaFake) -> None:
    fake.more_fields = ["ym:s:brandNew"]


class TestVisits(Behaviours):
    case = _case(
        table="visits",
        columns=COLUMNS,
        truth=visits,
        restate=rewrite_a_visit,
        clear=clear_visits,
        extend=add_column,
        data_request=is_part,
    )

    @pytest.mark.parametrize("empty_has_parts_key", [True, False])
    def test_an_empty_log_has_no_parts(self, world: World, empty_has_parts_key: bool) -> None:
        world.fake.empty_has_parts_key = empty_has_parts_key
        assert world.load(EMPTY).rows == []

    @pytest.mark.parametrize("told_as", ["", "CROSS_DEVICE_LAST_SIGNIFICANT"])
    def test_a_killed_load_goes_on_with_its_own_log(self, world: World, told_as: str) -> None:
        world.fake.attribution = told_as

        class KilledError(BaseException):
            pass

        def kill(seconds: float) -> None:
            raise KilledError

        transport = world.transport()
        transport.sleep = kill
        with pytest.raises(KilledError):
            world.load(transport=transport)
        assert len(world.fake.requests) == 1
        load = world.load()
        assert load.rows == world.truth()
        assert len(world.fake.requests) == 1
        assert any("ordered before" in text for text in load.said)

    @pytest.mark.parametrize(
        ("days_later", "is_used"), [(0, True), (1, False), (30, False), (49, False), (51, True)]
    )
    def test_a_log_prepared_at_an_unknown_time_is_used_where_its_days_were_final(
        self, world: World, days_later: int, is_used: bool
    ) -> None:
        """WINDOW ends on 3 March; the log was prepared on 4 March by a load that was killed."""
        world.clock.time = datetime(2026, 3, 4, 9, tzinfo=UTC)
        world.load()
        log = world.fake.requests[min(world.fake.requests)]
        log["status"] = "processed"
        rewrite_a_visit(world.fake)
        world.clock.time = datetime(2026, 3, 4, 15, tzinfo=UTC) + timedelta(days=days_later)
        load = world.load()
        assert any("ordered before" in text for text in load.said) is is_used
        assert (load.rows == world.truth()) is not is_used
        assert {log["status"] for log in world.fake.requests.values()} == {"cleaned_by_user"}

    def test_does_not_use_a_log_of_other_fields_days_or_attribution(self, world: World) -> None:
        world.load()
        log = next(iter(world.fake.requests.values()))
        for number, change in enumerate(
            [{"fields": log["fields"][1:]}, {"date1": "2026-02-28"}, {"attribution": "FIRST"}]
        ):
            world.fake.requests[number] = {**log, **change, "request_id": number}
            world.fake.requests[number]["status"] = "processed"
        assert world.load().rows == world.truth()

    def test_a_log_is_cleaned_and_ordered_once(self, world: World) -> None:
        world.load()
        assert [log["status"] for log in world.fake.requests.values()] == ["cleaned_by_user"]

    def test_a_lost_answer_to_the_order_orders_nothing_twice(self, world: World) -> None:
        world.server.misbehave(Drop(handled=True), on=is_order)
        assert world.load().rows == world.truth()
        assert len(world.fake.requests) == 1

    def test_a_lost_order_is_ordered_again(self, world: World) -> None:
        world.server.misbehave(Drop(), on=is_order)
        world.server.misbehave(Instead(Reply(504)), on=is_order)
        assert world.load().rows == world.truth()
        assert len(world.fake.requests) == 1

    @pytest.mark.parametrize("outcome", ["processing_failed", "canceled"])
    def test_a_failed_log_is_ordered_again(self, world: World, outcome: str) -> None:
        world.fake.outcomes = [outcome]
        assert world.load().rows == world.truth()
        assert len(world.fake.requests) == 2

    def test_logs_that_always_fail_end_the_load(self, world: World) -> None:
        world.fake.outcomes = ["processing_failed"] * 100
        assert "3 times" in world.fails()
        assert len(world.fake.requests) == 3

    def test_a_queue_without_end_ends_with_words(self, world: World) -> None:
        world.fake.polls = 10**6
        assert "180 minutes" in world.fails()
        assert 3_000 < sum(world.clock.sleeps) <= 180 * 60

    def test_a_long_period_is_split_as_evaluated(self, world: World) -> None:
        world.fake.fits_days = 2
        assert world.load().rows == world.truth()
        spans = [(log["date1"], log["date2"]) for log in world.fake.requests.values()]
        assert spans == [("2026-03-01", "2026-03-02"), ("2026-03-03", "2026-03-03")]

    def test_nothing_is_handed_out_when_the_last_log_fails(self, world: World) -> None:
        world.fake.fits_days = 1
        last = {"date1": ["2026-03-03"]}
        world.server.misbehave(
            Instead(error_reply("access_denied", "No")),
            on=lambda request: is_order(request) and last.items() <= request.query.items(),
        )
        world.fails(AuthError)
        assert len(world.fake.requests) == 2

    def test_more_than_a_year_is_split(self, world: World) -> None:
        start = FIRST - timedelta(days=400)
        assert world.load((start, WINDOW[1])).rows == world.truth()
        assert len(world.fake.requests) == 2

    def test_full_space_ends_with_words(self, world: World) -> None:
        world.fake.used_bytes = CAP_BYTES
        assert "space" in world.fails(QuotaError)

    @pytest.mark.parametrize("fits_days", [0, 1])
    def test_space_that_another_program_took_meanwhile(self, world: World, fits_days: int) -> None:
        """The order is refused though it was found to fit; in what words is documented nowhere."""

        def fill(request: FakeRequest) -> bool:
            world.fake.fits_days = fits_days
            return True

        refusal = Instead(error_reply("invalid_parameter", "It is too much"))
        world.server.misbehave(refusal, on=lambda r: is_order(r) and fill(r))
        if fits_days:
            assert world.load().rows == world.truth()
            assert len(world.fake.requests) == 2
        else:
            assert "space" in world.fails(QuotaError)

    @pytest.mark.parametrize("how", ["cleaned", "forgotten", "forgotten_early"])
    def test_a_log_that_vanished_is_ordered_anew(self, world: World, how: str) -> None:
        world.load()
        (first,) = world.fake.requests

        def vanish(request: FakeRequest) -> bool:
            """Spoils nothing: takes the second log away before it is read."""
            if how == "cleaned":
                world.fake.requests[first + 1]["status"] = "cleaned_automatically_as_too_old"
            else:
                del world.fake.requests[first + 1]
            return True

        nothing = Instead(error_reply("not_found", "Not found", 404))
        if how == "cleaned":
            text = "Only log of requests in status 'processed' can be downloaded"
            nothing = Instead(error_reply("invalid_parameter", text))
        state = f"/logrequest/{first + 1}"
        watched = is_part if how != "forgotten_early" else lambda r: r.path.endswith(state)
        world.server.misbehave(nothing, on=lambda r: watched(r) and vanish(r))
        load = world.load()
        assert load.rows == world.truth()
        assert any(f"log {first + 1} is gone" in text for text in load.said)
        assert not any("not ready" in text for text in load.said)

    @pytest.mark.parametrize("is_told", [True, False])
    def test_a_day_that_is_not_over_at_the_counter(self, world: World, is_told: bool) -> None:
        """10 March is over in Vladivostok, where the company is, and not in Moscow."""
        world.clock.time = datetime(2026, 3, 10, 20, 30, tzinfo=UTC)
        if is_told:
            world.options["timezone"] = "Europe/Moscow"
        company = world.company().model_copy(update={"timezone": "Asia/Vladivostok"})
        window = (FIRST, date(2026, 3, 11))
        with pytest.raises(UserError, match=r"2026-03-10 is not over in Europe/Moscow"):
            list(
                API_DOORS["yandex_metrica"](
                    company, "visits", window, world.transport(), world.said.append
                )
            )
        assert bool(world.server.requests) != is_told

    def test_a_wait_that_metrica_names_is_kept(self, world: World) -> None:
        body = error_reply("quota_requests_by_ip", "Too many").body
        world.server.misbehave(Instead(Reply(429, body, headers={"Retry-After": "17"})))
        assert world.load().rows == world.truth()
        assert world.clock.sleeps[0] == 17

    def test_the_days_quota_says_until_when(self, world: World) -> None:
        world.server.misbehave(Instead(DAY_QUOTA))
        assert "2026-03-11 00:00 UTC" in world.fails(QuotaError)
        assert not world.clock.sleeps

    @pytest.mark.parametrize("status", [420, 429])
    def test_both_codes_of_too_many_requests(self, world: World, status: int) -> None:
        reply = error_reply("quota_requests_by_ip", "Too many", status)
        world.server.misbehave(Instead(reply), times=2)
        assert world.load().rows == world.truth()

    def test_today_is_refused_before_anything_is_asked(self, world: World) -> None:
        with pytest.raises(UserError, match="complete days only"):
            world.load((FIRST, date(2026, 3, 11)))
        assert not world.server.requests

    def test_a_withdrawn_field_stays_empty(self, world: World) -> None:
        world.fake.unknown = {"ym:s:screenWidth"}
        load = world.load()
        assert load.rows == world.truth()
        assert any("ym:s:screenWidth" in text for text in load.said)

    def test_a_withdrawn_key_field_ends_the_load(self, world: World) -> None:
        for field in ("ym:s:visitID", "ym:s:lastSignTrafficSource"):
            world.fake.unknown = {field}
            assert field in world.fails()

    def test_no_access_names_the_setting(self, world: World) -> None:
        world.server.misbehave(Instead(error_reply("access_denied", "Access is denied")))
        assert "counter_ids" in world.fails(AuthError)

    def test_equal_visit_ids_of_two_years_both_come(self, world: World) -> None:
        earlier = date(2025, 3, 1)
        world.fake.visits[earlier] = [visit(earlier, 0)]
        rows = world.load((earlier, WINDOW[1])).rows
        twice = [row for row in rows if row[1] == visit(FIRST, 0)["ym:s:visitID"]]
        assert [row[0] for row in twice] == ["2025-03-01", "2026-03-01"]

    def test_a_part_that_ends_oddly_each_time_is_taken_as_it_is(self, world: World) -> None:
        world.server.misbehave(CutInside(), times=100, on=is_part)
        # the last row is broken at the source: the cleaning has to judge it, not the door
        material = API_DOORS["yandex_metrica"](
            world.company(), "visits", WINDOW, world.transport(), world.said.append
        )
        assert len(list(material)) == 2
        assert len(world.server.spoiled) == 4

    def test_nothing_goes_through_memory(self, world: World) -> None:
        material = API_DOORS["yandex_metrica"](
            world.company(), "visits", WINDOW, world.transport(), world.said.append
        )
        paths = list(material)
        assert len(paths) == 2
        assert all(isinstance(path, Path) and path.parent.name == "downloads" for path in paths)


HIT_COLUMNS = ["ym:pv:date", "ym:pv:watchID", "ym:pv:visitID", "ym:pv:URL", "ym:pv:referer"]


def hits(fake: YandexMetricaFake, window: Window) -> list[Row]:
    return [
        tuple(row[column] for column in HIT_COLUMNS)
        for day, rows in fake.hits.items()
        if window[0] <= day < window[1]
        for row in rows
    ]


def rewrite_a_hit(fake: YandexMetricaFake) -> None:
    fake.hits[FIRST][0]["ym:pv:URL"] = "https://shop.example/thanks"


def add_hit_column(fake: YandexMetricaFake) -> None:
    fake.more_fields = ["ym:pv:brandNew"]


class TestHits(Behaviours):
    case = _case(
        table="hits",
        columns=HIT_COLUMNS,
        truth=hits,
        restate=rewrite_a_hit,
        clear=clear_hits,
        extend=add_hit_column,
        data_request=is_part,
    )

    def test_a_log_of_visits_is_not_taken_for_one_of_hits(self, world: World) -> None:
        world.load()
        log = next(iter(world.fake.requests.values()))
        world.fake.requests[1] = {**log, "request_id": 1, "source": "visits", "status": "processed"}
        assert world.load().rows == world.truth()


REPORT_COLUMNS = ["date", "counter_id", "visits", "robot_visits", "bounce_percent", "is_sampled"]


def report(fake: YandexMetricaFake, window: Window) -> list[Row]:
    return [
        (
            day.isoformat(),
            COUNTER,
            str(figures["ym:s:visits"]),
            str(figures["ym:s:robotVisits"]),
            "12.5",
            "false",
        )
        for day, figures in fake.report.items()
        if window[0] <= day < window[1]
    ]


def restate_report(fake: YandexMetricaFake) -> None:
    fake.report[FIRST] = {**fake.report[FIRST], "ym:s:visits": 99}


def add_report_key(fake: YandexMetricaFake) -> None:
    fake.more_report_keys = {"confidence": 0.9}


class TestDailyReport(Behaviours):
    case = _case(
        table="daily_report",
        columns=REPORT_COLUMNS,
        truth=report,
        restate=restate_report,
        clear=clear_report,
        extend=add_report_key,
        options={"counter_ids": [int(COUNTER)], "page_rows": 2},
    )

    def test_pages_begin_at_one(self, world: World) -> None:
        world.load()
        assert [request.param("offset") for request in world.server.requests] == ["1", "3"]

    def test_a_rounded_total_ends_at_a_short_page(self, world: World) -> None:
        world.fake.rounded = True
        assert world.load().rows == world.truth()

    def test_a_report_without_a_total_ends_at_a_short_page(self, world: World) -> None:
        world.fake.tells_total = False
        assert world.load().rows == world.truth()

    def test_a_sample_is_marked_and_said(self, world: World) -> None:
        world.fake.sample_share = 0.25
        load = world.load()
        assert {row[-1] for row in load.rows} == {"true"}
        assert any("sample of 25%" in text for text in load.said)

    def test_a_complicated_query_is_halved(self, world: World) -> None:
        world.fake.too_complicated_days = 1
        assert world.load().rows == world.truth()

    def test_rows_of_too_few_visitors_are_said_once(self, world: World) -> None:
        world.fake.is_sensitive = True
        transport = world.transport()
        load = world.load(transport=transport)
        assert [gap.kind for gap in transport.gaps] == ["thresholded"]
        assert sum("withheld" in text for text in load.said) == 1

    def test_a_figure_that_metrica_does_not_know_stays_empty(self, world: World) -> None:
        world.fake.report[FIRST]["ym:s:bounceRate"] = None
        assert world.load().rows[0][4] is None
        assert world.fill_lake().rows_quarantined == 0

    def test_fewer_rows_than_told_are_not_the_report(self, world: World) -> None:
        world.fake.withheld_after = 2
        assert "told of 3 rows and sent 2, 3 times" in world.fails()
        world.fake.rounded = True
        assert len(world.load().rows) == 2

    @pytest.mark.parametrize("kind", ["quota_requests_by_counter_id", "quota_requests_by_uid"])
    def test_more_than_the_reports_of_five_minutes(self, world: World, kind: str) -> None:
        world.fake.report_quota = kind
        world.fake.reports_at = [world.clock.now()] * REPORTS
        assert world.load().rows == world.truth()
        assert sum(world.clock.sleeps) >= 300
        world.server.misbehave(Instead(DAY_QUOTA), times=2)
        assert "2026-03-11 00:00 UTC" in world.fails(QuotaError)

    def test_missing_days_are_said(self, world: World) -> None:
        del world.fake.report[FIRST]
        load = world.load()
        assert len(load.rows) == 2
        assert any("no visits on 1 of 3 days" in text for text in load.said)


def goal_figures(fake: YandexMetricaFake, window: Window) -> list[Row]:
    return [
        (day.isoformat(), goal, str(figures[f"ym:s:goal{goal}reaches"]))
        for day, figures in fake.report.items()
        if window[0] <= day < window[1]
        for goal in (str(item["id"]) for item in fake.goals)
    ]


def restate_goals(fake: YandexMetricaFake) -> None:
    fake.report[FIRST] = {**fake.report[FIRST], f"ym:s:goal{GOALS[0]}reaches": 7}


class TestGoalReport(Behaviours):
    case = _case(
        table="goal_report",
        columns=["date", "goal_id", "reaches"],
        truth=goal_figures,
        restate=restate_goals,
        clear=clear_report,
        extend=add_report_key,
    )

    def test_many_goals_need_several_requests(self, world: World) -> None:
        world.fake.goals = [{"id": number, "name": "G"} for number in range(200, 215)]
        for figures in world.fake.report.values():
            for number in range(200, 215):
                figures[f"ym:s:goal{number}reaches"] = number
                figures[f"ym:s:goal{number}visits"] = number
        assert world.load().rows == world.truth()
        assert sum(request.path == "/stat/v1/data" for request in world.server.requests) == 2


CLOSED_DAY: Window = (FIRST, date(2026, 3, 10))
"""Ends with the fake's today, so the state of this morning stands for the last day."""


def goal_list(fake: YandexMetricaFake, window: Window) -> list[Row]:
    if window[1] < CLOSED_DAY[1]:
        return []
    return [("2026-03-09", COUNTER, str(g["id"]), g["name"], g["type"]) for g in fake.goals]


def rename_a_goal(fake: YandexMetricaFake) -> None:
    fake.goals[0]["name"] = "Renamed"


def extend_goals(fake: YandexMetricaFake) -> None:
    fake.goals[0]["is_favorite"] = 1


class TestGoals(TableBehaviours):
    case = _case(
        table="goals",
        columns=["recorded_on", "counter_id", "goal_id", "goal_name", "goal_type"],
        truth=goal_list,
        window=CLOSED_DAY,
        restate=rename_a_goal,
        extend=extend_goals,
        reports_new_fields=False,
    )


def settings_of_counter(fake: YandexMetricaFake, window: Window) -> list[Row]:
    if window[1] < CLOSED_DAY[1]:
        return []
    found = fake.counter
    return [("2026-03-09", COUNTER, found["time_zone_name"], str(found["filter_robots"]), "1800")]


def change_the_robot_filter(fake: YandexMetricaFake) -> None:
    fake.counter["filter_robots"] = 1


def extend_settings(fake: YandexMetricaFake) -> None:
    fake.counter["something_new"] = {}


class TestCounterSettings(TableBehaviours):
    case = _case(
        table="counter_settings",
        columns=[
            "recorded_on", "counter_id", "time_zone", "robot_filter", "visit_timeout_seconds",
        ],
        truth=settings_of_counter,
        window=CLOSED_DAY,
        restate=change_the_robot_filter,
        extend=extend_settings,
        reports_new_fields=False,
    )  # fmt: skip


@pytest.mark.parametrize("table", ["goals", "counter_settings"])
def test_the_present_state_is_recorded_for_the_day_it_closes(table: str, tmp_path: Path) -> None:
    clock = FakeClock()
    case = _case(
        table=table,
        columns=[column.name for column in contract_of("yandex_metrica", table).columns],
        truth=visits,
        restate=rewrite_a_visit,
        extend=add_column,
    )
    with FakeServer(make_fake(clock)) as server:
        server.fake.counter["time_zone_name"] = "Asia/Yekaterinburg"
        there = World(case, server, clock, tmp_path)
        load = there.load((FIRST, date(2026, 3, 10)))
        assert there.load((FIRST, date(2026, 3, 11))).rows[0][0] == "2026-03-10"
        past = there.load(WINDOW)
        assert past.rows == []
        assert "stay as they are" in past.said[0]
    if table == "goals":
        assert [row[:4] for row in load.rows] == [
            ("2026-03-09", COUNTER, goal, f"Goal {goal}") for goal in GOALS
        ]
        assert load.rows[0][-1] == '[{"type":"contain","url":"/thanks-101"}]'
    else:
        assert load.rows == [
            (
                "2026-03-09",
                COUNTER,
                "Shop",
                "shop.example",
                "Active",
                "CS_OK",
                "Asia/Yekaterinburg",
                "2",
                "180",
                "1800",
                "true",
            )
        ]
        assert any('timezone = "Asia/Yekaterinburg"' in text for text in load.said)


def test_wrong_settings_name_the_key(tmp_path: Path) -> None:
    clock = FakeClock()
    case = _case(
        table="visits", columns=COLUMNS, truth=visits, restate=rewrite_a_visit, extend=add_column
    )
    with FakeServer(make_fake(clock)) as server:
        there = World(case, server, clock, tmp_path)
        for change, key in [
            ({"counter_ids": []}, "counter_ids"),
            ({"counter_ids": "12-34"}, "counter_ids"),
            ({"wait_minutes": "x"}, "wait_minutes"),
            ({"base_url": "http://api.example"}, "base_url"),
        ]:
            with pytest.raises(UserError, match=key):
                list(
                    API_DOORS["yandex_metrica"](
                        there.company(**change),
                        "visits",
                        WINDOW,
                        there.transport(),
                        there.said.append,
                    )
                )
        assert not server.requests
