from __future__ import annotations

import errno
import json
import os
import shutil
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.dictionary import COMPANY_CURRENCY, Column, Mart
from orchestration.outcomes import CheckLog, CheckOutcome
from orchestration.publication import SNAPSHOTS_KEPT, build_snapshot, publish, snapshot_folder
from orchestration.settings import Company

FAILED = CheckOutcome(
    "spend_known", "ad_spend", "warning", False, "2 days", "2 дня", 2, "2026-01-05"
)

MARTS = [
    Mart(
        "kpi_a",
        "kpi",
        "One row per day's end.",
        (
            Column("x_amount", "decimal(18,2)", COMPANY_CURRENCY, "It's money."),
            Column("gone", "bigint", "count", "No longer in the table."),
        ),
    ),
    Mart("kpi_gone", "kpi", "No longer built.", ()),
]


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    company = Company(directory=tmp_path / "it's", name="Acme", first_date=date(2026, 1, 1))
    company.paths.output.mkdir(parents=True)
    build(company, 3)
    return company


def build(company: Company, rows: int) -> None:
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create schema if not exists staging")
        connection.execute("create or replace view staging.hidden as select 1 as secret")
        connection.execute(
            f"create or replace table marts.kpi_a as select i::decimal(18,2) as x_amount "
            f"from range({rows}) t(i)"
        )


def read(path: Path) -> int:
    with duckdb.connect(str(path / "kpi.duckdb"), read_only=True) as connection:
        return connection.execute("select count(*) from marts.kpi_a").fetchone()[0]  # type: ignore[index]


def test_snapshot_holds_the_marts_their_comments_and_the_checks(company: Company) -> None:
    assert build_snapshot(company, "r1", [FAILED], MARTS) == {"kpi_a": 3}
    assert not company.paths.published.exists(), "not published before the swap"
    folder = publish(company, "r1")
    with duckdb.connect(str(folder / "kpi.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by 1, 2"
        ).fetchall()
        assert tables == [
            (
                "docs",
                "columns",
                "One row per column of the schema marts: type, unit and description.",
            ),
            ("docs", "marts", "One row per table of the schema marts: what it is and its grain."),
            ("marts", "kpi_a", "One row per day's end."),
            ("run", "checks", None),
            ("run", "publication", None),
        ]
        assert connection.execute(
            "select comment from duckdb_columns() where column_name = 'x_amount'"
        ).fetchall() == [("It's money.",)]
        assert connection.execute("select * from docs.columns").fetchall() == [
            ("kpi_a", 1, "x_amount", "DECIMAL(18,2)", "company currency (RUB)", "It's money.")
        ]
        assert connection.execute("select * from docs.marts").fetchall() == [
            ("kpi_a", "kpi", "One row per day's end.")
        ]
        assert connection.execute(
            "select name, passed, failed_rows, since from run.checks"
        ).fetchall() == [("spend_known", False, 2, date(2026, 1, 5))]
    parquet = pq.ParquetFile(folder / "parquet" / "kpi_a.parquet")
    assert parquet.read().to_pydict() == {"x_amount": [Decimal(0), Decimal(1), Decimal(2)]}
    metadata = parquet.metadata.metadata
    assert metadata[b"description"].decode() == "One row per day's end."
    assert json.loads(metadata[b"columns"]) == {
        "x_amount": {"unit": "company currency", "description": "It's money."}
    }


def test_a_reader_keeps_the_snapshot_it_opened(company: Company) -> None:
    build_snapshot(company, "r1", [])
    published = publish(company, "r1")
    with duckdb.connect(str(published / "kpi.duckdb"), read_only=True) as reader:
        build(company, 5)
        build_snapshot(company, "r2", [])
        assert read(published) == 3
        publish(company, "r2")
        assert read(company.paths.published.resolve()) == 5
        assert reader.execute("select count(*) from marts.kpi_a").fetchone() == (3,)


def test_an_incomplete_snapshot_is_never_published(company: Company) -> None:
    build_snapshot(company, "r1", [])
    publish(company, "r1")
    snapshot_folder(company, "r2").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        publish(company, "r2")
    assert read(company.paths.published) == 3


def test_old_snapshots_are_removed_but_never_the_published_one(company: Company) -> None:
    for number in range(SNAPSHOTS_KEPT + 3):
        build_snapshot(company, f"r{number}", [])
        publish(company, f"r{number}")
        stamp = time.time() - 1000 + number
        os.utime(snapshot_folder(company, f"r{number}"), (stamp, stamp))
    left = {path.name for path in company.paths.snapshots.iterdir()}
    assert len(left) == SNAPSHOTS_KEPT
    assert company.paths.published.resolve().name in left
    assert read(company.paths.published) == 3


def test_the_newest_snapshots_stay_when_the_clock_was_set_back(company: Company) -> None:
    for number in range(SNAPSHOTS_KEPT):
        build_snapshot(company, f"r{number}", [])
        publish(company, f"r{number}")
    for number in range(SNAPSHOTS_KEPT, SNAPSHOTS_KEPT + 3):
        build_snapshot(company, f"r{number}", [])
        publish(company, f"r{number}")
        stamp = time.time() - 86_400 - number
        os.utime(snapshot_folder(company, f"r{number}"), (stamp, stamp))
    left = {path.name for path in company.paths.snapshots.iterdir()}
    assert left == {f"r{number}" for number in range(3, SNAPSHOTS_KEPT + 3)}


def test_snapshots_of_a_version_that_did_not_number_them_go_first(company: Company) -> None:
    tomorrow = time.time() + 86_400
    for number in range(SNAPSHOTS_KEPT):
        build_snapshot(company, f"r{number}", [])
        publish(company, f"r{number}")
        if number < 2:
            (snapshot_folder(company, f"r{number}") / ".published").write_text("")
            os.utime(snapshot_folder(company, f"r{number}"), (tomorrow, tomorrow - number))
    gone: list[str] = []
    for number in range(SNAPSHOTS_KEPT, SNAPSHOTS_KEPT + 3):
        before = {path.name for path in company.paths.snapshots.iterdir()}
        build_snapshot(company, f"r{number}", [])
        publish(company, f"r{number}")
        gone += sorted(before - {path.name for path in company.paths.snapshots.iterdir()})
    assert gone == ["r1", "r0", "r2"]


def test_check_log_counts_a_retried_check_once(tmp_path: Path) -> None:
    log = CheckLog(tmp_path, "r1")
    assert log.read() == []
    log.add([FAILED])
    mended = CheckOutcome("spend_known", "ad_spend", "warning", True, "", "")
    log.add([mended])
    assert log.read() == [mended]
    assert not FAILED.blocks


VISITS = [
    *MARTS[:1],
    Mart(
        "fct_visits",
        "fact",
        "One row per visit.",
        (Column("visit_id", "bigint", "id", "Id."), Column("visit_date", "date", "date", "Day.")),
    ),
]


def write_visits(company: Company, query: str) -> None:
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute(f"create or replace table marts.fct_visits as {query}")


def visits_in(folder: Path) -> list[tuple[int, date]]:
    with duckdb.connect(str(folder / "kpi.duckdb"), read_only=True) as connection:
        return connection.execute("from marts.fct_visits order by all").fetchall()


def test_days_of_visits_that_changed_are_replaced_in_a_copy_of_the_last_snapshot(
    company: Company,
) -> None:
    days = "select i as visit_id, date '2026-01-01' + (i // 3)::integer as visit_date"
    write_visits(company, f"{days} from range(12) t(i)")
    build_snapshot(company, "r1", [FAILED], VISITS)
    first = visits_in(snapshot_folder(company, "r1"))

    # one day restated, one gone, one new
    write_visits(
        company,
        f"{days} from range(15) t(i) where i not in (3, 4, 5)"
        " union all select 99, date '2026-01-03'",
    )
    build(company, 5)
    build_snapshot(company, "r2", [], VISITS)
    second = snapshot_folder(company, "r2")
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        expected = connection.execute("from marts.fct_visits order by all").fetchall()
    assert visits_in(second) == expected != first
    assert visits_in(snapshot_folder(company, "r1")) == first, "readers keep the old one"
    assert json.loads(days_path(company).read_text(encoding="utf-8"))["copies"] == 1
    with duckdb.connect(str(second / "kpi.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from run.checks").fetchone() == (0,)
        assert connection.execute("select run_id from run.publication").fetchone() == ("r2",)
    assert read(second) == 5

    # a column more: nothing of the old table fits
    write_visits(company, f"{days}, 1 as page_views from range(3) t(i)")
    build_snapshot(company, "r3", [], VISITS)
    assert visits_in(snapshot_folder(company, "r3"))[0] == (0, date(2026, 1, 1), 1)


def test_a_snapshot_whose_predecessor_is_gone_is_written_from_nothing(company: Company) -> None:
    write_visits(company, "select 1::bigint as visit_id, date '2026-01-01' as visit_date")
    build_snapshot(company, "r1", [], VISITS)
    shutil.rmtree(snapshot_folder(company, "r1"))
    build_snapshot(company, "r2", [], VISITS)
    assert visits_in(snapshot_folder(company, "r2")) == [(1, date(2026, 1, 1))]
    assert json.loads(days_path(company).read_text(encoding="utf-8"))["copies"] == 0

    # so it is where the note of what it holds was torn
    days_path(company).write_text("{", encoding="utf-8")
    build_snapshot(company, "r3", [], VISITS)
    assert visits_in(snapshot_folder(company, "r3")) == [(1, date(2026, 1, 1))]


@pytest.mark.parametrize("left", [0, 4096])
def test_a_snapshot_whose_predecessor_is_damaged_is_written_from_nothing(
    company: Company, left: int
) -> None:
    write_visits(company, "select 1::bigint as visit_id, date '2026-01-01' as visit_date")
    build_snapshot(company, "r1", [], VISITS)
    for path in snapshot_folder(company, "r1").rglob("*"):
        if path.suffix in (".duckdb", ".parquet"):
            os.truncate(path, min(left, path.stat().st_size // 2))
    build_snapshot(company, "r2", [FAILED], VISITS)
    folder = snapshot_folder(company, "r2")
    assert visits_in(folder) == [(1, date(2026, 1, 1))]
    assert pq.read_table(folder / "parquet" / "fct_visits").num_rows == 1
    assert json.loads(days_path(company).read_text(encoding="utf-8"))["copies"] == 0


def test_a_full_refresh_leaves_no_byte_of_an_erased_person(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = "the hash of somebody to be erased"
    rows = "select i as visit_id, date '2026-01-01' + (i % 9)::integer as visit_date, "
    write_visits(company, f"{rows} '{person}' as client_id from range(50) t(i)")
    build_snapshot(company, "r1", [], VISITS)
    company.paths.warehouse.unlink()
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("create schema marts")
    build(company, 3)
    write_visits(company, f"{rows} 'other' as client_id from range(50) t(i)")
    build_snapshot(company, "r2", [], VISITS)

    def holds(run_id: str) -> bool:
        return b"somebody" in (snapshot_folder(company, run_id) / "kpi.duckdb").read_bytes()

    assert holds("r1")
    assert holds("r2"), "else a copy would do"
    monkeypatch.setenv("KPI_FULL_REFRESH", "1")
    build_snapshot(company, "r3", [], VISITS)
    assert not holds("r3")
    assert len(visits_in(snapshot_folder(company, "r3"))) == 50


def test_marts_that_cannot_be_read_end_the_build_of_a_snapshot(company: Company) -> None:
    write_visits(company, "select 1::bigint as visit_id, date '2026-01-01' as visit_date")
    build_snapshot(company, "r1", [], VISITS)
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("drop table marts.kpi_a")
        connection.execute("create view marts.kpi_a as select error('no such day') as x_amount")
    with pytest.raises(duckdb.Error, match="no such day"):
        build_snapshot(company, "r2", [], VISITS)


def test_a_snapshot_that_a_full_disk_broke_off_gives_its_place_back(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_visits(company, "select 1::bigint as visit_id, date '2026-01-01' as visit_date")
    build_snapshot(company, "r1", [], VISITS)
    publish(company, "r1")

    def full(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:4096])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space left"):
            build_snapshot(company, "r2", [], VISITS)
    assert [path.name for path in company.paths.snapshots.iterdir()] == ["r1"]

    build_snapshot(company, "r3", [], VISITS)
    assert json.loads(days_path(company).read_text(encoding="utf-8"))["copies"] == 1


def parquet_of(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in (folder / "parquet" / "fct_visits").iterdir()}


def test_parquet_of_visits_is_a_file_a_month_and_unchanged_months_are_not_written_again(
    company: Company,
) -> None:
    days = "(date '2025-11-30' + i::integer)::date"
    year = f"select i as visit_id, {days} as visit_date from range(70) t(i)"
    write_visits(company, year)
    build_snapshot(company, "r1", [], VISITS)
    first = parquet_of(snapshot_folder(company, "r1"))
    assert sorted(first) == ["2025-11", "2025-12", "2026-01", "2026-02"]

    write_visits(company, f"from ({year}) where visit_date <> date '2026-01-05' and visit_id > 0")
    build_snapshot(company, "r2", [], VISITS)
    folder = snapshot_folder(company, "r2")
    second = parquet_of(folder)
    assert sorted(second) == ["2025-12", "2026-01", "2026-02"], "the only day of November is gone"
    same = {month for month, path in second.items() if path.samefile(first[month])}
    assert same == {"2025-12", "2026-02"}
    rows = pq.read_table(folder / "parquet" / "fct_visits").to_pylist()
    found = sorted((row["visit_id"], row["visit_date"]) for row in rows)
    assert found == visits_in(folder)
    assert len(found) == 68

    # other words about the same rows are words of the new files
    renamed = [VISITS[0], replace(VISITS[1], description="One row per visit, told anew.")]
    build_snapshot(company, "r3", [], renamed)
    third = parquet_of(snapshot_folder(company, "r3"))
    assert not any(path.samefile(second[month]) for month, path in third.items())
    described = pq.read_metadata(third["2025-12"]).metadata[b"description"]
    assert described.decode() == "One row per visit, told anew."


def days_path(company: Company) -> Path:
    return company.paths.output / "cache" / "snapshot_days.json"


def test_what_a_run_left_unpublished_takes_no_place_of_what_readers_saw(company: Company) -> None:
    """Runs that fail between the snapshot and the swap, as on a full disk, day after day."""
    build_snapshot(company, "shown before", [])
    publish(company, "shown before")
    build_snapshot(company, "shown", [])
    publish(company, "shown")
    (company.paths.output / ".published-killed").symlink_to("snapshots/killed")
    for number in range(SNAPSHOTS_KEPT + 1):
        build_snapshot(company, f"failed {number}", [])
    last = f"failed {SNAPSHOTS_KEPT}"
    copied = f"failed {SNAPSHOTS_KEPT - 1}"  # the last one was begun as its copy
    folders = {path.name for path in company.paths.snapshots.iterdir()}
    assert folders == {"shown before", "shown", copied, last}
    assert not list(company.paths.output.glob(".published-*"))

    build_snapshot(company, "next", [])
    publish(company, "next")
    assert {path.name for path in company.paths.snapshots.iterdir()} == {
        "shown before",
        "shown",
        last,
        "next",
    }
    assert read(company.paths.published) == 3
