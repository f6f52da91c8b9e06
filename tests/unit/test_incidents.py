"""The book of incidents: begun, lasting, over, begun again; and it outlives a restart."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from orchestration import whole_files
from orchestration.expectations import episodes_of
from orchestration.expectations.model import Check, no_rows
from orchestration.expectations.runner import judge
from orchestration.incidents import (
    FILE,
    RUN_FAILED,
    RUN_LATE,
    Episode,
    IncidentBook,
    open_book,
    read_book,
)
from orchestration.settings import Company

DAY_1 = datetime(2026, 6, 1, 6, tzinfo=UTC)
DAY_2, DAY_3, DAY_4 = (DAY_1 + timedelta(days=n) for n in (1, 2, 3))
EPISODE = Episode("late", "late", "warning", "2026-05-30", None, "late", "опаздывает")


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    return Company(directory=tmp_path / "acme", name="Acme", first_date=date(2026, 1, 1))


def test_an_incident_lasts_ends_and_may_begin_anew() -> None:
    book = IncidentBook()
    book.note_checks({"late": [EPISODE]}, now=DAY_1)
    book.note_checks({"late": [replace(EPISODE, message_en="later")]}, now=DAY_2)

    (lasting,) = book.incidents.values()
    assert (lasting.first_seen[:10], lasting.last_seen[:10]) == ("2026-06-01", "2026-06-02")
    assert lasting.is_open
    assert lasting.message("en") == "later"
    assert book.first_seen("late") == "2026-06-01"

    book.note_checks({"late": []}, now=DAY_3)
    (over,) = book.incidents.values()
    assert over.ended_at is not None
    assert book.first_seen("late") is None

    book.incidents["late"] = replace(over, told_begin=("owner",), told_end=("owner",))
    book.note_checks({"late": [EPISODE]}, now=DAY_4)
    (again,) = book.incidents.values()
    assert again.is_open
    assert again.first_seen[:10] == "2026-06-04"
    assert again.told_begin == ()


def test_a_check_that_was_not_evaluated_keeps_its_incident() -> None:
    book = IncidentBook()
    book.note_checks({"late": [EPISODE]}, now=DAY_1)

    book.note_checks({"another": []}, now=DAY_2)

    assert book.incidents["late"].is_open


def test_late_data_that_moves_the_first_day_makes_no_second_incident() -> None:
    attack = Episode("bots|ads|2026-06-02", "bots", "warning", "2026-06-02", "2026-06-03", "", "")
    book = IncidentBook()
    book.note_checks({"bots": [attack]}, now=DAY_3)

    book.note_checks(
        {"bots": [replace(attack, key="bots|ads|2026-06-01", first_day="2026-06-01")]}, now=DAY_4
    )

    (known,) = book.incidents.values()
    assert known.first_day == "2026-06-01"


def test_runs_fail_recover_and_fail_to_come() -> None:
    book = IncidentBook()
    book.note_run("r1", is_published=True, failures=[], now=DAY_1)
    book.note_time(late_after=timedelta(hours=30), now=DAY_1 + timedelta(hours=29))
    assert book.incidents == {}

    book.note_time(late_after=timedelta(hours=30), now=DAY_1 + timedelta(hours=31))
    assert book.incidents[RUN_LATE].is_open
    assert "31 hours" in book.incidents[RUN_LATE].message_en

    book.note_run("r2", is_published=False, failures=["dbt: no space left\n  at line"], now=DAY_3)
    assert "dbt: no space left" in book.incidents[RUN_FAILED].message_en
    assert book.incidents[RUN_LATE].is_open

    book.note_run("r3", is_published=True, failures=[], now=DAY_4)
    assert not book.incidents[RUN_FAILED].is_open
    assert not book.incidents[RUN_LATE].is_open


def test_a_run_is_taken_in_once() -> None:
    book = IncidentBook()
    book.note_run("r1", is_published=True, failures=[], now=DAY_1)
    book.note_run("r1", is_published=False, failures=["x"], now=DAY_2)

    assert book.incidents == {}


def test_the_book_outlives_a_restart(company: Company) -> None:
    with open_book(company) as book:
        book.note_checks({"late": [EPISODE]}, now=DAY_1)
        book.note_run("r1", is_published=True, failures=[], now=DAY_1)
        stored = book

    with open_book(company) as again:
        assert again == stored


def test_a_torn_book_is_put_aside(company: Company) -> None:
    path = company.paths.output / FILE
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")

    assert read_book(path) == IncidentBook()
    assert path.with_suffix(".unreadable.json").read_text(encoding="utf-8") == "{"


ATTACKS = Check(
    name="bots",
    subject="web_analytics",
    asset=("marts", "x"),
    stage="marts",
    severity="warning",
    sql="",
    expectations=(no_rows(),),
    title_en="No bots.",
    title_ru="Роботов нет.",
    message_en="Bots on {failed:n} day(s)",
    message_ru="Роботы, дней — {failed:n}",
    item_en="{day:d} {channel}",
    item_ru="{day:d} {channel}",
    remedy_en="look",
    remedy_ru="посмотреть",
    incident_columns=("channel",),
)


def test_each_channel_and_each_run_of_days_is_an_episode() -> None:
    frame = pd.DataFrame(
        {
            "channel": ["ads", "ads", "ads", "mail"],
            "day": pd.to_datetime(["2026-06-01", "2026-06-03", "2026-06-12", "2026-06-12"]),
        }
    )

    episodes = episodes_of(judge(ATTACKS, frame, {}), as_of=date(2026, 6, 14))

    assert {item.key: (item.first_day, item.last_day, item.is_over) for item in episodes} == {
        "bots|ads|2026-06-01": ("2026-06-01", "2026-06-03", True),
        "bots|ads|2026-06-12": ("2026-06-12", "2026-06-12", False),
        "bots|mail|2026-06-12": ("2026-06-12", "2026-06-12", False),
    }
    assert episodes[0].message_en == (
        "Bots on 2 day(s): 2026-06-01 ads; 2026-06-03 ads. What to do: look."
    )


def test_a_check_that_passed_has_no_episode() -> None:
    empty = pd.DataFrame({"channel": [], "day": []})

    assert episodes_of(judge(ATTACKS, empty, {}), as_of=date(2026, 6, 14)) == []


def test_another_cause_of_a_failing_run_is_told_again() -> None:
    book = IncidentBook()
    torn = "crm: leads_2026-06-01.csv cannot be read (line 3)"
    book.note_run("r1", is_published=False, failures=[torn], now=DAY_1)
    told = replace(book.incidents[RUN_FAILED], told_begin=("owner",))
    book.incidents[RUN_FAILED] = told

    # the same a day later: another file, another line, nothing new to say
    same = "crm: leads_2026-06-02.csv cannot be read (line 17)"
    book.note_run("r2", is_published=False, failures=[same], now=DAY_2)
    assert book.incidents[RUN_FAILED].told_begin == ("owner",)

    book.note_run("r3", is_published=False, failures=["vk_ads: the token is refused"], now=DAY_3)
    assert book.incidents[RUN_FAILED].told_begin == ()
    assert book.incidents[RUN_FAILED].first_seen == told.first_seen

    # a check that refuses the data ends nothing: still nothing is published
    book.note_run("r4", is_published=False, failures=[], now=DAY_3)
    assert book.incidents[RUN_FAILED].is_open
    book.note_run("r5", is_published=True, failures=[], now=DAY_4)
    assert not book.incidents[RUN_FAILED].is_open


def test_a_run_that_could_not_begin_does_not_hide_the_one_before() -> None:
    """Dagster's sensor looks at the newest run that has an id, and must not take it in twice."""
    book = IncidentBook()
    book.note_run("r1", is_published=True, failures=[], now=DAY_1)
    book.note_run("", is_published=False, failures=["company.toml is torn"], now=DAY_2)
    book.note_run("r1", is_published=True, failures=[], now=DAY_3)
    assert book.incidents[RUN_FAILED].is_open
    assert book.last_published_at == DAY_1.isoformat()


def test_the_cause_is_told_in_russian_too() -> None:
    book = IncidentBook()
    failure = (
        "registers: The encoding of the file cannot be told (file registers/targets.csv). What to "
        "do: save the file as UTF-8 (in Excel: 'CSV UTF-8')."
    )
    book.note_run("r1", is_published=False, failures=[failure], now=DAY_1)
    words = book.incidents[RUN_FAILED].message("ru")
    assert "registers: кодировку файла не определить (файл registers/targets.csv)" in words
    assert "Что делать: сохраните файл" in words


def test_on_a_full_disk_the_book_takes_the_place_it_kept(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_book(company) as book:
        book.note_checks({"late": [EPISODE]}, now=DAY_1)
    path = company.paths.output / FILE
    reserve = path.with_suffix(".reserve")
    kept = reserve.stat().st_size
    write = whole_files.write

    def write_on_a_full_disk(target: Path, text: str) -> Path:
        free = 0 if reserve.exists() else kept
        if len(text.encode()) > free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(target, text)

    monkeypatch.setattr(whole_files, "write", write_on_a_full_disk)
    with open_book(company) as book:
        book.note_run("r1", is_published=False, failures=["dbt: the disk is full"], now=DAY_2)
    assert read_book(path).incidents[RUN_FAILED].is_open

    monkeypatch.setattr(whole_files, "write", write)
    with open_book(company):
        pass
    assert reserve.stat().st_size == kept, "there is space again, so it is kept again"
