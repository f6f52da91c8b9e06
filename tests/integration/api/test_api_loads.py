"""What loads through an API do beyond a single window: catching up, going on, switching doors.

Each test uses one system that shows the behaviour; what all systems share is in `behaviours`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration import lake
from orchestration.errors import UserError
from orchestration.sources.api.http import ApiError, QuotaError, Transport
from tests.fakes.server import FakeClock, FakeRequest, FakeServer, Instead, Reply
from tests.fakes.yandex_metrica import COUNTER, DAY_QUOTA
from tests.integration.api import (
    test_amocrm,
    test_ga4,
    test_vk,
    test_vk_ads,
    test_yandex_direct,
    test_yandex_metrica,
)
from tests.integration.api.behaviours import Case, World, killed_at

DIRECT = test_yandex_direct.CASE
FIRST = test_yandex_direct.FIRST
WINDOW = test_yandex_direct.WINDOW
LAST_DAY = (WINDOW[1] - timedelta(days=1), WINDOW[1])

Worlds = Callable[[Case], AbstractContextManager[World]]


@pytest.fixture
def worlds(tmp_path: Path) -> Worlds:
    @contextmanager
    def served(case: Case) -> Iterator[World]:
        clock = FakeClock()
        with FakeServer(case.make_fake(clock)) as server:
            yield World(case, server, clock, tmp_path)

    return served


def spans(requests: list[FakeRequest]) -> list[tuple[str, str]]:
    """Periods of the reports that Direct was asked for, in order."""
    asked = [request.json()["params"] for request in requests if "reports" in request.path]
    criteria = [params["SelectionCriteria"] for params in asked]
    return [(item["DateFrom"], item["DateTo"]) for item in criteria]


def raw(world: World, query: str) -> list[tuple[Any, ...]]:
    company = world.lake_company()
    lake.write_company_tables(company)
    with duckdb.connect() as connection:
        lake.register(connection, company)
        return connection.execute(query).fetchall()


def test_days_that_were_never_loaded_are_caught_up_once(worlds: Worlds) -> None:
    with worlds(DIRECT) as world:
        report = world.fill_lake(LAST_DAY, days_at_once=2)
        assert len(world.lake_rows()) == len(world.truth())
        assert report.days_asked == 3
        assert spans(world.server.requests) == [
            ("2026-03-01", "2026-03-02"),
            ("2026-03-03", "2026-03-03"),
        ]
        assert any("2 of 3 days, 2026-03-01 to 2026-03-02" in text for text in world.said)
        world.server.requests.clear()
        world.clock.time += timedelta(hours=1)
        assert world.fill_lake(LAST_DAY).days_asked == 1
        assert spans(world.server.requests) == [("2026-03-03", "2026-03-03")]


def test_a_day_that_is_gone_from_the_lake_is_asked_for_again(worlds: Worlds) -> None:
    """A bad disk, a foreign hand: else it is a day without spend for ever."""
    with worlds(DIRECT) as world:
        world.fill_lake()
        rows = world.lake_rows()
        table = world.lake_company().paths.lake / "yandex_direct" / "ad_stats"
        gone, spoiled = table / "day=2026-03-01", table / "day=2026-03-02" / "part-0.parquet"
        shutil.rmtree(gone)
        spoiled.unlink()
        (spoiled / "by hand").mkdir(parents=True)
        lake.write_company_tables(world.lake_company())
        world.server.requests.clear()
        world.fill_lake(LAST_DAY)
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-03")]
        assert world.lake_rows() == rows
        world.server.requests.clear()
        world.fill_lake(LAST_DAY)
        assert spans(world.server.requests) == [("2026-03-03", "2026-03-03")]


def test_a_long_load_goes_on_where_it_broke_off(worlds: Worlds) -> None:
    def is_second_report(request: FakeRequest) -> bool:
        return "2026-03-02" in request.body.decode()

    with worlds(DIRECT) as world:
        world.server.misbehave(Instead(Reply(503)), times=10**6, on=is_second_report)
        with pytest.raises(ApiError):
            world.fill_lake(days_at_once=1)
        assert {row[0] for row in world.lake_rows()} == {FIRST}
        world.server._plans.clear()
        world.server.requests.clear()
        world.fill_lake(LAST_DAY, days_at_once=1)
        assert [first for first, _ in spans(world.server.requests)] == ["2026-03-02", "2026-03-03"]
        assert len(world.lake_rows()) == len(world.truth())


def test_a_backfill_brings_the_days_of_its_range_anew(worlds: Worlds) -> None:
    with worlds(DIRECT) as world:
        world.fill_lake()
        world.server.requests.clear()
        world.clock.time += timedelta(hours=1)
        world.fill_lake((FIRST, FIRST + timedelta(days=1)))
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-01")]


def test_days_that_were_still_restated_are_brought_anew_after_a_pause(worlds: Worlds) -> None:
    """The server was off for weeks: the last days before that are no longer in any window."""
    query = "select distinct conversions from raw.yandex_direct__ad_stats where date = '2026-03-03'"
    with worlds(DIRECT) as world:
        # In the morning of 4 March; Direct restates three days, so that of 1 March is also open.
        world.clock.time = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
        world.fill_lake()
        world.fake.stats = [replace(stat, conversions=7) for stat in world.fake.stats]
        world.clock.time += timedelta(days=20)
        later = (date(2026, 3, 20), date(2026, 3, 24))
        company = world.lake_company().model_copy(update={"as_of": later[1]})

        def connect(folder: Path) -> Transport:
            return replace(world.transport(), folder=folder)

        world.server.requests.clear()
        lake.load(company, "yandex_direct", window=later, connect=connect)
        # What was open and what was never loaded, in one report.
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-23")]
        assert raw(world, query) == [(7,)]
        # Once: by now those days are final.
        world.clock.time += timedelta(hours=1)
        world.server.requests.clear()
        lake.load(company, "yandex_direct", window=later, connect=connect)
        assert spans(world.server.requests) == [("2026-03-20", "2026-03-23")]


def test_a_backfill_of_old_days_leaves_those_that_are_restated_to_the_daily_run(
    worlds: Worlds,
) -> None:
    with worlds(DIRECT) as world:
        world.clock.time = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
        world.fill_lake()
        world.clock.time += timedelta(days=20)
        world.server.requests.clear()
        world.fill_lake((FIRST, FIRST + timedelta(days=1)))
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-01")]


def test_a_backfill_of_old_days_brings_the_newest_as_well(worlds: Worlds) -> None:
    """The run publishes all days up to yesterday; those after its range would tell of no spend."""
    with worlds(DIRECT) as world:
        world.fill_lake((FIRST, FIRST + timedelta(days=1)))
        world.server.requests.clear()
        world.clock.time += timedelta(hours=1)
        world.fill_lake((FIRST, FIRST + timedelta(days=1)), until=LAST_DAY[1])
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-03")]
        assert len(world.lake_rows()) == len(world.truth())


def test_corrections_that_direct_tells_of_widen_the_window(worlds: Worlds) -> None:
    with worlds(DIRECT) as world:
        world.fill_lake()
        test_yandex_direct.restate(world.fake)
        world.fake.borders = {11: FIRST}
        world.server.requests.clear()
        # A backfill of other days must not swallow the notice.
        world.fill_lake(LAST_DAY)
        assert spans(world.server.requests) == [("2026-03-01", "2026-03-03")]
        assert (Decimal("1220.00"),) in raw(world, "select cost from raw.yandex_direct__ad_stats")
        world.fake.borders = {}
        world.server.requests.clear()
        world.clock.time += timedelta(hours=1)
        world.fill_lake(LAST_DAY)
        assert spans(world.server.requests) == [("2026-03-03", "2026-03-03")]


def test_a_setting_that_changes_figures_brings_all_days_anew(worlds: Worlds) -> None:
    with worlds(DIRECT) as world:
        world.fill_lake()
        world.clock.time += timedelta(hours=1)
        assert world.fill_lake(LAST_DAY).days_asked == 1
        assert world.fill_lake(LAST_DAY, includes_vat=False).days_asked == 3
        assert world.fill_lake(LAST_DAY, includes_vat=False, days_at_once=5).days_asked == 1


@pytest.mark.parametrize("torn", ["", '{"fingerprint": "', "null", "[]"])
def test_a_torn_state_has_every_day_asked_for_again(worlds: Worlds, torn: str) -> None:
    query = "select * from raw.yandex_direct__ad_stats order by all"
    with worlds(DIRECT) as world:
        world.fill_lake()
        before = raw(world, query)
        state = world.lake_company().paths.lake / "yandex_direct" / "ad_stats" / "_api.json"
        state.write_text(torn, encoding="utf-8")
        assert world.fill_lake(LAST_DAY).days_asked == 3
        assert raw(world, query) == before


def test_days_older_than_the_source_keeps_are_told_not_asked(worlds: Worlds) -> None:
    with worlds(test_vk_ads.TestCampaignStats.case) as world:
        oldest = date(2025, 3, 10)  # of 366 days, the last of which is 10 March 2026
        report = world.fill_lake(first_date=date(2025, 3, 1), days_at_once=400)
        assert f"no figures of days before {oldest}" in report.note
        assert report.days_incomplete == 9
        assert raw(world, "select kind, first_day, last_day from raw.source_gaps") == [
            ("not_kept", date(2025, 3, 1), date(2025, 3, 9))
        ]
        # The border moves on; what was loaded in time stays loaded.
        world.clock.time += timedelta(days=3)
        assert world.fill_lake(first_date=date(2025, 3, 1)).days_incomplete == 9


def test_days_that_the_source_no_longer_keeps_may_come_from_files(worlds: Worlds) -> None:
    with worlds(test_vk_ads.TestCampaignStats.case) as world:
        path = world.folder / "exports" / "vk_ads" / "old.csv"
        path.parent.mkdir(parents=True)
        header = "date;campaign_id;campaign_name;impressions;clicks;cost;goals"
        days = [f"2025-03-0{number};9;Old;10;1;5,00;0" for number in range(1, 9)]
        path.write_text("\n".join([header, *days]) + "\n", encoding="utf-8")
        first = date(2025, 3, 1)
        world.fill_lake(door="files", first_date=first)
        report = world.fill_lake(first_date=first, days_at_once=400)
        assert report.days_incomplete == 1
        assert raw(world, "select kind, first_day, last_day from raw.source_gaps") == [
            ("not_kept", date(2025, 3, 9), date(2025, 3, 9))
        ]


def export_file(world: World, days: list[date]) -> Path:
    path = world.folder / "exports" / "yandex_direct" / "stats.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{day}\t99\tFrom a file\tSEARCH\t7\t1\t5.00\t--" for day in days]
    header = "Date\tCampaignId\tCampaignName\tAdNetworkType\tImpressions\tClicks\tCost\tConversions"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_from_files_to_the_api_and_back(worlds: Worlds) -> None:
    query = "select distinct date, _file from raw.yandex_direct__ad_stats order by all"
    with worlds(DIRECT) as world:
        before, day = FIRST - timedelta(days=1), FIRST
        export_file(world, [before, day])
        files, api = "exports/yandex_direct/stats.tsv", "api"
        world.fill_lake(door="files", first_date=before)
        assert raw(world, query) == [(before, files), (day, files)]
        # The API tells the days it knows; of the others the rows of the files stay.
        report = world.fill_lake(first_date=before)
        assert "rows from export files stay" in report.note
        assert raw(world, query) == [
            (before, files),
            *((day + timedelta(days=number), api) for number in range(3)),
        ]
        assert raw(world, "select day from raw.loaded_days where is_empty") == []
        # Back: the file tells its days again, and nothing is counted twice.
        world.fill_lake((before, WINDOW[1]), door="files", first_date=before)
        assert raw(world, query)[:2] == [(before, files), (day, files)]
        assert len(raw(world, query)) == 4


def test_refused_rows_stay_in_the_quarantine_until_their_day_is_read_again(
    worlds: Worlds,
) -> None:
    query = "select file, column_name from raw.quarantine"
    with worlds(DIRECT) as world:
        good = world.fake.stats[0]
        world.fake.stats[0] = replace(good, impressions=-5)
        assert world.fill_lake().rows_quarantined == 1
        assert raw(world, query) == [("api, 2026-03-01", "Impressions")]
        world.clock.time += timedelta(hours=1)
        assert world.fill_lake(LAST_DAY).rows_quarantined == 1
        world.fake.stats[0] = good
        world.clock.time += timedelta(hours=1)
        assert world.fill_lake().rows_quarantined == 0


def test_a_day_that_is_mostly_refused_stops_the_load_and_keeps_the_old_rows(
    worlds: Worlds,
) -> None:
    with worlds(DIRECT) as world:
        world.fill_lake()
        files = world.lake_files()
        world.fake.stats = [replace(stat, impressions=-5) for stat in world.fake.stats]
        world.clock.time += timedelta(hours=1)
        with pytest.raises(UserError, match="15 of 15 rows cannot be used"):
            world.fill_lake()
        assert world.lake_files() == files
        assert raw(world, "select count(*) from raw.quarantine") == [(15,)]


def test_records_are_asked_for_their_changes_and_at_times_for_all(worlds: Worlds) -> None:
    case = test_amocrm.TestAmocrm.case

    def asked_since(world: World) -> list[str]:
        found = [
            request.param("filter[updated_at][from]")
            for request in world.server.requests
            if request.path == "/api/v4/leads" and request.param("with") == "contacts"
        ]
        world.server.requests.clear()
        return found

    with worlds(case) as world:
        world.fill_lake()
        assert asked_since(world) == [""]
        world.clock.time += timedelta(days=1)
        report = world.fill_lake()
        assert report.rows_loaded == 0
        assert report.rows_total == 5
        # From the midnight before the last load, less a day: 9 March, 00:00 in Moscow.
        assert asked_since(world) == ["1773003600"]
        world.clock.time += timedelta(days=7)
        assert world.fill_lake().rows_loaded == 5
        assert asked_since(world) == [""]


def test_a_phone_changed_at_its_contact_is_healed_by_the_next_full_load(worlds: Worlds) -> None:
    query = "select distinct phone_status from raw.amocrm__leads"
    with worlds(test_amocrm.TestAmocrm.case) as world:
        world.fill_lake()
        assert raw(world, query) == [("valid",)]
        world.fake.contacts[7]["custom_fields_values"] = None
        world.clock.time += timedelta(days=1)
        world.fill_lake()
        assert raw(world, query) == [("valid",)]
        world.clock.time += timedelta(days=7)
        world.fill_lake()
        assert raw(world, query) == [("missing",)]


def test_a_snapshot_adds_its_day_and_deletes_no_history(worlds: Worlds) -> None:
    query = "select date, account, followers from raw.vk__followers order by all"
    with worlds(test_vk.TestVk.case) as world:
        world.fill_lake()
        first = raw(world, query)
        assert {day for day, *_ in first} == {date(2026, 3, 9)}
        # The next morning one community hides its members: its day is missing, not zero.
        world.clock.time += timedelta(days=1)
        del world.fake.groups[2]["members_count"]
        company = world.lake_company().model_copy(update={"as_of": date(2026, 3, 11)})
        lake.load(
            company,
            "vk",
            window=(date(2026, 3, 8), date(2026, 3, 11)),
            connect=lambda folder: replace(world.transport(), folder=folder),
        )
        rows = raw(world, query)
        assert [row for row in rows if row[0] == date(2026, 3, 9)] == first
        assert [row[1] for row in rows if row[0] == date(2026, 3, 10)] == ["club333", "teplybereg"]
        assert raw(world, "select kind, first_day from raw.source_gaps") == [
            ("hidden", date(2026, 3, 10))
        ]


def test_a_count_taken_in_the_afternoon_is_that_of_the_day(worlds: Worlds) -> None:
    with worlds(test_vk.TestVk.case) as world:
        world.clock.time += timedelta(hours=7)  # 15:00 in Moscow
        world.fill_lake()
        assert raw(world, "select distinct date from raw.vk__followers") == [(date(2026, 3, 10),)]


def test_what_ga4_withheld_is_known_by_day_until_it_is_given(worlds: Worlds) -> None:
    query = "select kind, first_day, last_day, share from raw.source_gaps order by all"
    with worlds(test_ga4.TestSessions.case) as world:
        world.fake.sampled_above_days = 0
        report = world.fill_lake()
        assert report.days_incomplete == 3
        assert "estimated from 25%" in report.note
        assert raw(world, query) == [
            ("sampled", FIRST + timedelta(days=number), FIRST + timedelta(days=number), 0.25)
            for number in range(3)
        ]
        world.fake.sampled_above_days = None
        assert world.fill_lake(LAST_DAY).days_incomplete == 2
        log = raw(world, "select days_asked, days_incomplete from raw.load_log")
        assert log == [(1, 2)]


def test_a_used_up_quota_ends_the_source_and_says_when_it_is_restored(worlds: Worlds) -> None:
    with worlds(test_yandex_metrica.TestVisits.case) as world:
        world.server.misbehave(Instead(DAY_QUOTA), times=10**6)
        with pytest.raises(QuotaError, match="2026-03-11 00:00 UTC"):
            lake.load(
                world.lake_company(),
                "yandex_metrica",
                window=world.case.window,
                connect=lambda folder: replace(world.transport(), folder=folder),
            )
        assert len(world.server.requests) == 1


def test_hits_are_left_out_on_request(worlds: Worlds) -> None:
    with worlds(test_yandex_metrica.TestHits.case) as world:
        report = world.fill_lake(hits=False)
        assert report.note == "hits = false in company.toml"
        assert not world.server.requests


def test_memory_and_disk_hold_one_piece_at_a_time(worlds: Worlds) -> None:
    """Downloads of a piece are gone before those of the next one are made."""
    with worlds(test_yandex_metrica.TestVisits.case) as world:
        most = 0

        def count(request: FakeRequest) -> bool:
            nonlocal most
            most = max(most, len(list((world.lake_company().paths.lake).rglob("*.tsv"))))
            return False

        world.server.misbehave(Instead(Reply(500)), on=count)
        world.fill_lake(days_at_once=1)
        assert 0 < most <= 2
        assert COUNTER in {row[1] for row in world.lake_rows()}


def test_a_torn_state_file_is_never_seen(worlds: Worlds) -> None:
    with worlds(DIRECT) as world:
        moment = 0
        while killed_at(moment, world.fill_lake):
            table = lake.table_folder(world.lake_company(), world.contract)
            for path in table.rglob("*.parquet"):
                pq.read_metadata(path)
            moment += 1
            # other figures on every day: what is equal would be left as it lies
            for place in range(len(world.fake.stats)):
                world.fake.restate(place, Decimal(moment))
            world.fake.reports.clear()
        assert moment >= 5
