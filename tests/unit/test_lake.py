"""The lake: replaced, never appended; a kill leaves the old day; no personal data in any byte."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration import lake
from orchestration.errors import UserError
from orchestration.lake import day_bundles, file_loads, loading
from orchestration.lake.day_files import PART, days_in
from orchestration.settings import Company
from orchestration.sources.contracts import CONTRACTS, REGISTERS, SOURCES
from tests.fakes.yandex_metrica import visit
from tests.unit.sources.helpers import direct_report, direct_row, make_company, orders, write

DIRECT = "yandex_direct__ad_stats"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    return make_company(tmp_path / "acme")


def export(company: Company, name: str, *days: str, cost: str = "10.50") -> Path:
    rows = [direct_row(day, cost=cost) for day in days]
    return write(company.exports / "yandex_direct" / name, direct_report(rows))


def load_direct(
    company: Company, window: tuple[date, date] | None = None, until: date | None = None
) -> lake.LoadReport:
    (report,) = lake.load(company, "yandex_direct", window=window, until=until)
    return report


def query(company: Company, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        lake.register(connection, company)
        return connection.execute(sql).fetchall()


def spend(company: Company) -> list[tuple[str, Decimal, str]]:
    found = query(company, f"select date, cost, _file from raw.{DIRECT} order by all")
    return [(f"{day:%m-%d}", cost, file.rsplit("/", 1)[-1]) for day, cost, file in found]


def content(company: Company) -> dict[str, str]:
    """Every data file of the lake with a digest of its sorted rows."""
    found = {}
    for path in sorted(company.paths.lake.rglob("*.parquet")):
        if "_log" not in path.parts:
            rows = duckdb.execute(
                "select * from read_parquet(?) order by all", [str(path)]
            ).fetchall()
            name = path.relative_to(company.paths.lake).as_posix()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


# --- loading and reloading ------------------------------------------------------------------------


def test_a_backfill_of_old_days_leaves_no_newer_rows_behind(company: Company) -> None:
    """What it publishes tells all days up to yesterday: a mended file would be half old, half
    new, and its newest days would be missing."""
    old_days = (date(2026, 10, 1), date(2026, 10, 2))
    export(company, "a.tsv", "2026-10-01", "2026-10-09")
    load_direct(company, old_days, until=date(2026, 10, 31))
    assert [day for day, *_ in spend(company)] == ["10-01", "10-09"]
    export(company, "a.tsv", "2026-10-01", "2026-10-09", "2026-10-12", cost="7.00")
    load_direct(company, old_days, until=date(2026, 10, 31))
    assert [(day, cost) for day, cost, _ in spend(company)] == [
        (day, Decimal("7.00")) for day in ("10-01", "10-09", "10-12")
    ]


def test_a_load_makes_one_file_a_day(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02", "2026-01-02")
    report = load_direct(company)
    folder = company.paths.lake / "yandex_direct" / "ad_stats"
    parts = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    assert parts == ["day=2026-01-01/part-0.parquet", "day=2026-01-02/part-0.parquet"]
    assert (report.rows_loaded, report.rows_total, report.file_count) == (3, 3, 1)
    assert (report.first_day, report.last_day) == (date(2026, 1, 1), date(2026, 1, 2))
    assert days_in(folder) == [
        date(2026, 1, 1),
        date(2026, 1, 2),
    ]


def test_loading_twice_changes_nothing(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    write(company.exports / "plain" / "orders.csv", orders("1,a,2026-01-01,5", ",a,2026-01-01,5"))
    for _ in range(2):
        load_direct(company)
        lake.load(company, "plain")
        before = content(company)
        load_direct(company)
        lake.load(company, "plain")
        assert content(company) == before


def test_an_unchanged_file_is_read_again_only_where_the_lake_is_not_as_it_left_it(
    company: Company,
) -> None:
    window = (date(2026, 1, 2), date(2026, 1, 4))
    export(company, "a.tsv", "2026-01-01", "2026-01-02", "2026-01-03")
    export(company, "b.tsv", "2026-01-03")
    assert load_direct(company, window).rows_loaded == 4
    whole = spend(company)
    assert load_direct(company, window).rows_loaded == 0
    export(company, "b.tsv", "2026-01-03", cost="7")
    assert load_direct(company, window).rows_loaded == 1
    changed = spend(company)
    assert changed != whole
    assert len(changed) == len(whole)
    days = company.paths.lake / "yandex_direct" / "ad_stats"
    shutil.rmtree(days / "day=2026-01-03")
    assert load_direct(company, window).rows_loaded == 3
    assert spend(company) == changed
    shutil.copy(days / "day=2026-01-02" / PART, days / "day=2026-01-03")
    load_direct(company, window)
    assert spend(company) == changed
    shutil.rmtree(days / "day=2026-01-01")  # outside of the window
    assert load_direct(company, window).rows_loaded == 1
    (days / "day=2026-01-01" / PART).write_bytes(b"PAR1")
    load_direct(company, window)
    assert spend(company) == changed
    assert load_direct(company, window).rows_loaded == 0


@pytest.mark.parametrize("left", [0, 100, None])
def test_a_damaged_table_of_one_file_is_made_of_its_files_again(
    company: Company, left: int | None
) -> None:
    lines = ["product_line,valid_from,contribution_margin,sales_cycle", "shop,2026-01-01,0.3,short"]
    register = company.registers / "margins.csv"
    register.parent.mkdir(exist_ok=True)
    register.write_text("\n".join(lines), encoding="utf-8")
    lake.load(company, "registers", tables=["margins"])
    before = content(company)
    part = company.paths.lake / "registers" / "margins" / PART
    if left is None:
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:left])
    lake.load(company, "registers", tables=["margins"])
    assert content(company) == before


def test_a_window_brings_its_days_and_waits_with_later_ones(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02", "2026-01-03")
    report = load_direct(company, (date(2026, 1, 1), date(2026, 1, 3)))
    assert [day for day, *_ in spend(company)] == ["01-01", "01-02"]
    assert report.rows_quarantined == 0
    assert report.note == "1 rows wait for their day"
    load_direct(company, (date(2026, 1, 3), date(2026, 1, 4)))
    assert [day for day, *_ in spend(company)] == ["01-01", "01-02", "01-03"]


def test_days_after_as_of_are_never_loaded(company: Company) -> None:
    export(company, "a.tsv", "2026-11-15", "2026-11-16")
    load_direct(company, (date(2026, 11, 1), date(2026, 12, 1)))
    assert [day for day, *_ in spend(company)] == ["11-15"]


def test_a_new_file_brings_days_before_the_window(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01")
    load_direct(company)
    export(company, "b.tsv", "2026-01-05")
    load_direct(company, (date(2026, 2, 1), date(2026, 2, 2)))
    assert [day for day, *_ in spend(company)] == ["01-01", "01-05"]


def test_a_restated_day_keeps_the_rows_of_both_files(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02", cost="10")
    load_direct(company)
    export(company, "b.tsv", "2026-01-02", cost="9")
    load_direct(company)
    assert spend(company) == [
        ("01-01", Decimal(10), "a.tsv"),
        ("01-02", Decimal(9), "b.tsv"),
        ("01-02", Decimal(10), "a.tsv"),
    ]


def test_a_changed_file_replaces_all_its_days(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02", "2026-01-03")
    export(company, "b.tsv", "2026-01-02")
    load_direct(company)
    export(company, "a.tsv", "2026-01-01", "2026-01-04", cost="7")
    load_direct(company, (date(2026, 2, 1), date(2026, 2, 2)))
    assert spend(company) == [
        ("01-01", Decimal(7), "a.tsv"),
        ("01-02", Decimal("10.50"), "b.tsv"),
        ("01-04", Decimal(7), "a.tsv"),
    ]
    assert not (company.paths.lake / "yandex_direct" / "ad_stats" / "day=2026-01-03").exists()


def test_a_changed_file_does_not_lose_days_after_an_older_window(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-05")
    load_direct(company)
    export(company, "a.tsv", "2026-01-01", cost="7")
    load_direct(company, (date(2026, 1, 1), date(2026, 1, 3)))
    assert spend(company) == [("01-01", Decimal(7), "a.tsv"), ("01-05", Decimal("10.50"), "a.tsv")]
    load_direct(company)
    assert spend(company) == [("01-01", Decimal(7), "a.tsv")]


def test_a_lost_file_keeps_its_days_and_gets_a_note(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    load_direct(company)
    (company.exports / "yandex_direct" / "a.tsv").unlink()
    export(company, "b.tsv", "2026-01-02", cost="9")
    report = load_direct(company)
    assert [row[0] for row in spend(company)] == ["01-01", "01-02", "01-02"]
    assert "exports/yandex_direct/a.tsv" in report.note
    assert report.rows_total == 3


def test_a_folder_in_the_place_of_a_file_of_the_lake_is_replaced_by_the_file(
    company: Company,
) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    write(company.exports / "plain" / "orders.csv", orders("1,a,2026-01-01,5"))
    load_direct(company)
    lake.load(company, "plain", tables=["orders"])
    (day, *_), (table, *_) = (
        sorted((company.paths.lake / name).rglob("part-0.parquet"))
        for name in ("yandex_direct/ad_stats", "plain/orders")
    )
    before = spend(company)
    for part in (day, table):
        part.unlink()
        (part / "by hand").mkdir(parents=True)
    assert load_direct(company).rows_total == 2
    assert spend(company) == before
    (report,) = lake.load(company, "plain", tables=["orders"])
    assert report.rows_total == 1


def test_a_renamed_file_leaves_nothing_behind(company: Company) -> None:
    """Else the rows of the old name stand beside those of the file when it is mended."""
    path = export(company, "b.tsv", "2026-01-01", "2026-01-02")
    export(company, "c.tsv", "2026-01-02", cost="7")
    load_direct(company)
    renamed = path.rename(path.with_name("a.tsv"))
    older = load_direct(company, (date(2026, 1, 1), date(2026, 1, 2)))
    assert "no longer in the folder" in older.note  # of later days nothing else is loaded yet
    report = load_direct(company)
    assert (report.note, report.rows_total) == ("", 3)
    files = sorted((day, file) for day, _, file in spend(company))
    assert files == [("01-01", "a.tsv"), ("01-02", "a.tsv"), ("01-02", "c.tsv")]
    export(company, renamed.name, "2026-01-02", cost="3")
    load_direct(company)
    assert [(day, str(cost)[:1]) for day, cost, _ in spend(company)] == [
        ("01-02", "3"),
        ("01-02", "7"),
    ]


def test_a_renamed_file_of_a_table_without_days_leaves_nothing_behind(company: Company) -> None:
    folder = company.exports / "plain"
    path = write(folder / "orders_b.csv", orders("1,a,2026-01-01,5", "2,b,2026-01-01,wrong"))
    with pytest.raises(UserError):
        lake.load(company, "plain", tables=["orders"])
    many = [f"{n},a,2026-01-01,5" for n in range(3, 30)]
    write(path, orders("1,a,2026-01-01,5", "2,b,2026-01-01,wrong", *many))
    lake.load(company, "plain", tables=["orders"])
    path.rename(folder / "orders_a.csv")
    (report,) = lake.load(company, "plain", tables=["orders"])
    assert (report.note, report.rows_total, report.rows_quarantined) == ("", 28, 1)


def test_a_name_that_is_no_utf8_is_told(company: Company) -> None:
    folder = company.exports / "yandex_direct"
    folder.mkdir(parents=True)
    (folder / os.fsdecode("отчёт.tsv".encode("cp866"))).write_text(
        direct_report([direct_row()]), encoding="utf-8"
    )
    with pytest.raises(UserError, match="The name of the file is not in UTF-8"):
        load_direct(company)


def test_an_unchanged_file_outside_the_window_is_not_read(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01")
    load_direct(company)
    said: list[str] = []
    lake.load(
        company,
        "yandex_direct",
        window=(date(2026, 2, 1), date(2026, 2, 2)),
        progress=said.append,
    )
    assert not any("reading" in text for text in said)


def test_changed_settings_read_every_file_anew(company: Company) -> None:
    path = export(company, "a.tsv", "2026-01-01", "2026-01-01", "2026-01-01")
    path.write_text(path.read_text(encoding="utf-8").replace("10.50", "10"), encoding="utf-8")
    load_direct(company)
    comma = make_company(company.directory, yandex_direct={"decimal": ","})
    said: list[str] = []
    window = (date(2026, 2, 1), date(2026, 2, 2))
    lake.load(comma, "yandex_direct", window=window, progress=said.append)
    assert any("reading exports/yandex_direct/a.tsv" in text for text in said)


@pytest.mark.parametrize("table", ["orders", "leads"])
def test_rows_of_days_to_come_are_read_when_their_day_has_come(
    company: Company, table: str
) -> None:
    """Refused as lying in the future, they are in no day that a later load would look for."""
    number, time = {"orders": ("order_id", "ordered_at"), "leads": ("lead_id", "created_at")}[table]
    rows = "".join(f"{n},2090-01-05,5\n" for n in range(20))
    header = f"{number},{time},gross_amount\n"
    write(
        company.exports / "plain" / f"{table}.csv",
        f"{header}{rows}20,2090-01-12,7\n21,2190-01-12,9\n",
    )

    def loaded(day: int) -> tuple[int, int, int]:
        today = company.model_copy(update={"as_of": date(2090, 1, day)})
        window = (date(2090, 1, day - 1), date(2090, 1, day))
        (report,) = lake.load(today, "plain", tables=[table], window=window)
        return report.files_read, report.rows_total, report.rows_quarantined

    assert loaded(10) == (1, 20, 2)
    assert loaded(11) == (0, 20, 2)
    assert loaded(12) == (1, 20, 1)
    assert loaded(13) == (1, 21, 1)
    assert loaded(14) == (0, 21, 1)


def test_a_mended_currency_brings_the_rows_that_were_refused_for_it(company: Company) -> None:
    rows = [f"{n},c{n},2026-01-05,{100 + n}" for n in range(20)]
    write(company.exports / "plain" / "orders.csv", orders(*rows, "20,c20,2026-01-05,500 USD"))
    (report,) = lake.load(company, "plain", tables=["orders"])
    assert (report.rows_total, report.rows_quarantined) == (20, 1)
    mended = make_company(company.directory, plain={"currency": "USD"})
    (report,) = lake.load(mended, "plain", tables=["orders"])
    assert (report.rows_total, report.rows_quarantined) == (21, 0)


def test_a_crm_snapshot_is_rebuilt_whole(company: Company) -> None:
    folder = company.exports / "bitrix24"
    header = "ID;Стадия;Дата создания;Дата изменения\n"
    for name, rows in (("leads_1.csv", "1;NEW;05.01.2026;05.01.2026\n"), ("leads_2.csv", "")):
        write(folder / name, header + rows)
    lake.load(company, "bitrix24", tables=["leads"])
    write(
        folder / "leads_2.csv",
        header + "1;JUNK;05.01.2026;06.01.2026\n2;NEW;06.01.2026;06.01.2026\n",
    )
    # A window of the past must not take newer leads away.
    window = (date(2025, 5, 1), date(2025, 5, 2))
    lake.load(company, "bitrix24", tables=["leads"], window=window)
    sql = "select lead_id, status from raw.bitrix24__leads order by all"
    assert query(company, sql) == [("1", "JUNK"), ("1", "NEW"), ("2", "NEW")]
    assert (company.paths.lake / "bitrix24" / "leads" / "part-0.parquet").exists()


def test_a_register_that_is_deleted_is_empty(company: Company) -> None:
    path = write(
        company.registers / "calendar.csv", "date,day_type,name\n2027-01-01,holiday,New Year\n"
    )
    lake.load(company, "registers", tables=["calendar"])
    assert query(company, "select count(*) from raw.registers__calendar") == [(1,)]
    path.unlink()
    lake.load(company, "registers", tables=["calendar"])
    assert query(company, "select count(*) from raw.registers__calendar") == [(0,)]


def test_a_source_that_is_off_is_left_alone(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01")
    off = make_company(company.directory, yandex_direct={"enabled": False})
    report = load_direct(off)
    assert report.note == "switched off in company.toml"
    assert spend(off) == []


DAYS = [f"2026-01-{day:02d}" for day in range(1, 8)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["a.tsv", "b.tsv", "c.tsv"]),
            st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True),
            st.integers(1, 99),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_day_by_day_equals_a_rebuild(
    company: Company, tmp_path: Path, steps: list[tuple[str, list[str], int]]
) -> None:
    """However files came and changed, the lake equals one that is built from them at once."""
    for path in sorted(company.paths.lake.glob("*"), reverse=True):
        shutil.rmtree(path)
    for path in company.exports.glob("*/*"):
        path.unlink()
    for number, (name, days, cost) in enumerate(steps):
        export(company, name, *days, cost=str(cost))
        load_direct(company, (date(2026, 1, 1 + number), date(2026, 1, 2 + number)))
    load_direct(company, (date(2026, 1, 8), date(2026, 1, 9)))
    grown = spend(company)
    shutil.rmtree(company.paths.lake)
    load_direct(company)
    assert grown == spend(company)


def test_parts_of_an_older_contract_are_completed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A product upgrade adds a column: days whose file is gone stay readable, mixed or alone."""
    contract = CONTRACTS[DIRECT]
    older = replace(contract, columns=tuple(c for c in contract.columns if c.name != "conversions"))
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    with monkeypatch.context() as patch:
        patch.setattr(loading, "tables_of", lambda _: (older,))
        load_direct(company)
    columns = f"select date, conversions, _file from raw.{DIRECT} order by all"
    assert len(query(company, columns)) == 2
    (company.exports / "yandex_direct" / "a.tsv").unlink()
    export(company, "b.tsv", "2026-01-02", "2026-01-03")
    load_direct(company)
    assert [day for day, *_ in spend(company)] == ["01-01", "01-02", "01-02", "01-03"]
    assert len(query(company, columns)) == 4


# --- kills ----------------------------------------------------------------------------------------


def test_a_kill_before_the_manifest_is_made_good_by_the_next_load(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    load_direct(company)
    export(company, "a.tsv", "2026-01-02", cost="8")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(file_loads, "_write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            load_direct(company)
    load_direct(company, (date(2026, 2, 1), date(2026, 2, 2)))
    assert spend(company) == [("01-02", Decimal(8), "a.tsv")]


def test_a_torn_manifest_has_every_file_read_again(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02")
    load_direct(company)
    before = content(company)
    manifest = company.paths.lake / "yandex_direct" / "ad_stats" / "_manifest.json"
    whole = manifest.read_text(encoding="utf-8")
    for torn in ("", whole[: len(whole) // 2], "null", "[]", "{}"):
        manifest.write_text(torn, encoding="utf-8")
        assert load_direct(company).files_read == 1
        assert content(company) == before
        assert manifest.read_text(encoding="utf-8") == whole


@pytest.mark.parametrize("moves", [0, 1])
def test_a_kill_leaves_each_day_old_or_new(
    company: Company, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    export(company, "a.tsv", "2026-01-01", "2026-01-02", cost="5")
    load_direct(company)
    export(company, "a.tsv", "2026-01-01", "2026-01-02", cost="8")
    move, moved = Path.replace, []

    def killed(self: Path, target: Path) -> Path:
        if target.parent.name.startswith("day=") and ".aside" not in target.parts:
            if len(moved) == moves:
                raise KeyboardInterrupt
            moved.append(target)
        return move(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            load_direct(company)
    costs = [5, 5] if moves == 0 else [8, 5]
    assert [cost for _, cost, _ in spend(company)] == costs
    load_direct(company, (date(2026, 2, 1), date(2026, 2, 2)))
    assert [cost for _, cost, _ in spend(company)] == [8, 8]


def test_what_a_killed_process_left_is_removed(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01")
    left = company.paths.lake / ".aside" / "999999999-dead" / "incoming"
    left.mkdir(parents=True)
    load_direct(company)
    assert not left.parent.exists()
    assert list((company.paths.lake / ".aside").iterdir()) == []


# --- refused rows ---------------------------------------------------------------------------------


def test_refused_rows_are_in_the_quarantine_until_the_file_is_mended(company: Company) -> None:
    days = ["2026-01-01"] * 30
    path = export(company, "a.tsv", *days)
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("10.50", "ten", 1), encoding="utf-8")
    export(company, "b.tsv", "2026-01-02")
    report = load_direct(company)
    assert (report.rows_loaded, report.rows_quarantined) == (30, 1)
    assert query(company, "select * from raw.quarantine") == [
        (
            "yandex_direct",
            "ad_stats",
            "exports/yandex_direct/a.tsv",
            3,
            "Cost",
            "the cell is not a number",
            "write digits only, for example 1234.50",
            "ten",
        )
    ]
    path.write_text(good, encoding="utf-8")
    assert load_direct(company).rows_quarantined == 0
    assert query(company, "select * from raw.quarantine") == []


def test_a_file_over_the_threshold_fails_its_table_and_fills_the_quarantine(
    company: Company,
) -> None:
    header = "ID;Стадия;Дата создания;Дата изменения\n"
    folder = company.exports / "bitrix24"
    write(folder / "leads.csv", header + "1;NEW;05.01.2026;05.01.2026\n")
    lake.load(company, "bitrix24", tables=["leads"])
    write(folder / "leads.csv", header + "1;JUNK;05.01.2026;05.01.2026\n2;NEW;bad;05.01.2026\n")
    write(
        folder / "stage_history.csv",
        "ID;Сделка;Дата;Стадия;Семантика стадии\n1;2;05.01.2026;NEW;P\n",
    )
    with pytest.raises(UserError, match="1 of 2 rows cannot be used") as caught:
        lake.load(company, "bitrix24")
    assert caught.value.file == "exports/bitrix24/leads.csv"
    assert (caught.value.line, caught.value.column) == (3, "Дата создания")
    assert query(company, "select lead_id, status from raw.bitrix24__leads") == [("1", "NEW")]
    assert query(company, "select line from raw.quarantine") == [(3,)]
    assert query(company, "select count(*) from raw.bitrix24__stage_history") == [(1,)]


@pytest.mark.parametrize("exported_again", [True, False])
def test_a_file_that_was_refused_and_taken_away_leaves_the_quarantine(
    company: Company, *, exported_again: bool
) -> None:
    """It never fed a figure, so its rows must not count as missing for ever."""
    export(company, "first.tsv", "2026-01-01")
    bad = export(company, "wrong.tsv", *["2026-01-02"] * 30, cost="ten")
    with pytest.raises(UserError):
        load_direct(company)
    assert query(company, "select count(*) from raw.quarantine") == [(30,)]
    bad.unlink()
    if exported_again:
        export(company, "right.tsv", "2026-01-02")
    assert load_direct(company).rows_quarantined == 0
    assert query(company, "select * from raw.quarantine") == []


def test_no_personal_datum_is_in_any_byte_of_the_output(company: Company) -> None:
    people = ["Анна Иванова", "anna.ivanova", "9001112233", "900 111-22-33", "Заявка"]
    contacts = "+7 900 111-22-33;Anna.Ivanova@mail.ru"
    rows = "".join(
        f"{n};Заявка от Анна Иванова;NEW;05.01.2026;05.01.2026;{contacts}\n" for n in range(50)
    )
    write(
        company.exports / "bitrix24" / "leads.csv",
        "ID;Название лида;Стадия;Дата создания;Дата изменения;Телефон;E-mail\n"
        f"{rows}51;Анна Иванова;NEW;05.01.2026;anna.ivanova@mail.ru;89001112233;x\n"
        "52;Анна Иванова;NEW;+79001112233\n",
        "cp1251",
    )
    write(
        company.exports / "plain" / "orders.csv",
        orders("1,anna.ivanova@mail.ru,2026-01-01,5", "2,Анна Иванова,2026-01-01,5"),
    )
    said: list[str] = []
    lake.load(company, "bitrix24", progress=said.append)
    lake.load(company, "plain", progress=said.append)
    files = [path for path in company.paths.output.rglob("*") if path.is_file()]
    assert len(files) > 4
    shown = " ".join(said) + repr(query(company, "select * from raw.quarantine"))
    for path in files:
        if path.suffix == ".parquet":  # compressed pages hide text: look at the values too
            shown += repr(duckdb.execute("select * from read_parquet(?)", [str(path)]).fetchall())
    for person in people:
        assert person.casefold() not in shown.casefold()
        for path in files:
            assert person.casefold().encode() not in path.read_bytes().lower()
    (hashed,) = query(company, "select distinct phone_hash from raw.bitrix24__leads")
    assert len(hashed[0]) == 64


# --- what dbt sees --------------------------------------------------------------------------------


def test_views_are_typed_alike_with_and_without_files(company: Company) -> None:
    def types() -> dict[str, list[tuple[str, str]]]:
        with duckdb.connect() as connection:
            lake.register(connection, company)
            names = [
                name
                for (name,) in connection.execute(
                    "select view_name from duckdb_views() where schema_name = 'raw' order by 1"
                ).fetchall()
            ]
            return {
                name: [
                    (column, kind)
                    for column, kind, *_ in connection.execute(f"describe raw.{name}").fetchall()
                ]
                for name in names
            }

    empty = types()
    assert set(empty) >= set(CONTRACTS) | {"company", "sources", "load_log", "quarantine"}
    for contract in CONTRACTS.values():
        assert empty[contract.name] == [
            (column.name, column.sql_type.upper()) for column in contract.stored_columns
        ]
    export(company, "a.tsv", "2026-01-01")
    write(company.exports / "plain" / "orders.csv", orders(*["1,a,2026-01-01,5"] * 9, "2,a,bad,5"))
    write(company.registers / "calendar.csv", "date,day_type,name\n2027-01-01,holiday,x\n")
    for source in ("yandex_direct", "plain", "registers"):
        lake.load(company, source)
    lake.write_company_tables(company)
    assert types() == empty


def test_the_day_of_a_view_is_the_folder_and_prunes_files(company: Company) -> None:
    export(company, "a.tsv", *DAYS)
    load_direct(company)
    with duckdb.connect() as connection:
        lake.register(connection, company)
        plan = connection.execute(
            f"explain analyze select count(*) from raw.{DIRECT} where date = date '2026-01-03'"
        ).fetchall()
    assert "1/7" in str(plan) or "Total Files Read: 1" in str(plan)


def test_tables_of_the_pipeline(company: Company) -> None:
    export(company, "a.tsv", "2026-01-01")
    load_direct(company)
    load_direct(company)
    lake.write_company_tables(company)
    (settings_row,) = query(company, "select company_name, as_of_date from raw.company")
    assert settings_row == ("Acme", date(2026, 11, 16))
    rates = query(company, "select vat_rate, valid_from, valid_to from raw.vat_rates order by 2")
    assert rates == [
        (Decimal("0.18"), date.min, date(2019, 1, 1)),
        (Decimal("0.20"), date(2019, 1, 1), date(2026, 1, 1)),
        (Decimal("0.22"), date(2026, 1, 1), date.max),
    ]
    found = query(
        company,
        "select lookback_days, freshness_hours, is_enabled, subject, expects_every_day, currency "
        "from raw.sources where source = 'google_ads'",
    )
    assert found == [(30, 36, True, "ad_spend", True, "RUB")]
    log = query(company, "select source, rows_loaded, first_day, note from raw.load_log")
    assert log == [("yandex_direct", 0, date(2026, 1, 1), "")]  # the second load had nothing to do


def test_an_edited_register_is_entered_in_the_ledger(company: Company) -> None:
    path = company.registers / "margins.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    for margin in ("0.3", "0.3", "0.4"):
        path.write_text(
            "product_line,valid_from,contribution_margin,sales_cycle,recorded_at\n"
            f"shop,2026-01-01,{margin},short,2026-01-01 10:00\n",
            encoding="utf-8",
        )
        lake.load(company, REGISTERS, progress=lambda text: None)
    found = query(
        company,
        "select register, change from raw.register_ledger where register <> 'settings' "
        "order by entry",
    )
    # the targets were read, too, and held nothing
    assert found == [("margins", "added"), ("targets", "read"), ("margins", "changed")]


@pytest.mark.parametrize("register", ["costs", "channels", "planned_events", "audience"])
def test_every_register_is_on_record(company: Company, register: str) -> None:
    """Who halves the salaries of last spring leaves a trace, like who raises a margin."""
    rows = {
        "costs": "cost_id,cost_month,cost_type,amount,currency\nc1,2026-01,salaries,{},RUB\n",
        "channels": "rule_order,utm_source,channel\n10,yandex%,{}\n",
        "planned_events": "start_date,end_date,name\n2026-01-01,2026-01-{:.2},Fair\n",
        "audience": "attribute,value,is_target\ncountry,RU,{}\n",
    }
    values = {
        "costs": ("900", "300"), "channels": ("ads", "organic"), "planned_events": ("02", "31"),
        "audience": ("false", "true"),
    }  # fmt: skip
    for value in values[register]:
        path = company.registers / f"{register}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rows[register].format(value), encoding="utf-8")
        lake.load(company, REGISTERS, progress=lambda text: None)
    entries = query(
        company,
        f"select change from raw.register_ledger where register = '{register}' order by entry",
    )
    assert entries == [("added",), ("changed",)]


def test_settings_that_figures_depend_on_are_on_record(company: Company) -> None:
    for days, language in ((90, "en"), (90, "ru"), (7, "ru")):
        changed = company.model_copy(
            update={
                "windows": company.windows.model_copy(update={"attribution_days": days}),
                "language": language,
            }
        )
        lake.load(changed, REGISTERS, progress=lambda text: None)
    entries = query(
        company,
        "select record_key, change from raw.register_ledger where register = 'settings' "
        "and (record_key like 'windows%' or record_key = 'language')",
    )
    # a default is no setting, and the language moves no figure
    assert entries == [("windows.attribution_days", "added")]


def test_a_torn_ledger_is_not_begun_anew(company: Company) -> None:
    lake.load(company, REGISTERS, progress=lambda text: None)

    # what cannot be made again is not begun anew without a word
    ledger = company.paths.history / "register_ledger.parquet"
    ledger.write_bytes(ledger.read_bytes()[:-100])
    torn = ledger.read_bytes()
    with pytest.raises(UserError, match="put its last backup in its place"):
        lake.load(company, REGISTERS, progress=lambda text: None)
    assert ledger.read_bytes() == torn


def test_the_first_value_of_a_published_figure_is_kept(company: Company, tmp_path: Path) -> None:
    database = tmp_path / "kpi.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema marts; create table marts.kpi_restatements as select * from (values "
            "('f1', 'revenue', 'all', '2026-01', 10.5, 10.5), "
            "('f2', 'revenue', 'all', '2026-02', null, null), "
            "('f3', 'revenue', 'seo', '2026-01', 0, 7)) as t(figure_id, metric_id, segment, "
            "period, first_value, current_value); create schema run; "
            "create table run.publication as select date '2026-03-02' as as_of_date, "
            "timestamptz '2026-03-02 06:41:00+03' as published_at"
        )
    assert lake.append_published_figures(company, database) == 2
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.kpi_restatements set first_value = 99, current_value = 99")
    assert lake.append_published_figures(company, database) == 1
    assert lake.append_published_figures(company, database) == 0
    found = query(
        company,
        "select figure_id, value, as_of_date, published_at from raw.published_figures order by 1",
    )
    shown = (date(2026, 3, 2), datetime(2026, 3, 2, 3, 41))  # noqa: DTZ001 - UTC, as the table says
    # readers saw a month without that channel
    assert found == [("f1", 10.5, *shown), ("f2", 99.0, *shown), ("f3", 0.0, *shown)]


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_loads_without_files(company: Company, source: str) -> None:
    for report in lake.load(company, source):
        assert report.rows_total == 0
        assert report.note


# --- the API door ---------------------------------------------------------------------------------


def test_a_source_without_an_api_says_so(company: Company) -> None:
    api = make_company(company.directory, plain={"door": "api"})
    with pytest.raises(UserError, match="plain has no API, it is read from files") as caught:
        lake.load(api, "plain", tables=["orders"])
    assert caught.value.remedy is not None
    assert "exports/plain/" in caught.value.remedy


def test_logs_of_an_older_version_are_read(company: Company) -> None:
    write(company.exports / "plain" / "orders.csv", orders("1,c1,2026-01-01,5"))
    lake.load(company, "plain")
    path = company.paths.lake / "_log" / "plain__orders.parquet"
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["rows_deleted", "note"]), path)
    assert query(
        company,
        "select rows_loaded, rows_deleted, note from raw.load_log where table_name = 'orders'",
    ) == [(1, None, None)]


@pytest.mark.parametrize("old", ["first", "last"])
@pytest.mark.parametrize("count", [3, 40], ids=["days", "bundle"])
def test_days_written_with_fewer_decimals_are_one_table_with_the_others(
    company: Company, old: str, count: int
) -> None:
    """A version before this one kept two decimals of a cost; its days stay in the lake."""
    days = [date(2026, 1, 1) + timedelta(number) for number in range(count)]
    export(company, "a.tsv", *[day.isoformat() for day in days], cost="10.123456")
    load_direct(company)
    table = lake.table_folder(company, CONTRACTS[DIRECT])
    chosen = days[0] if old == "first" else days[-1]
    part = table / f"day={chosen}" / "part-0.parquet"
    rows = pq.read_table(part, partitioning=None)
    place = rows.schema.get_field_index("cost")
    assert rows.schema.field(place).type == pa.decimal128(18, 6)
    narrow = pa.array([Decimal("20.25")] * len(rows), pa.decimal128(18, 2))
    pq.write_table(rows.set_column(place, "cost", narrow), part)
    expected = {day: Decimal("20.25") if day == chosen else Decimal("10.123456") for day in days}
    found = query(company, f"select date, cost, typeof(cost) from raw.{DIRECT}")
    assert {day: cost for day, cost, _ in found} == expected
    assert {kind for *_, kind in found} == {"DECIMAL(18,6)"}
    bundle = company.paths.lake / day_bundles.BUNDLES / f"{DIRECT}.parquet"
    assert bundle.exists() == (count >= day_bundles.FEWEST_DAYS)


def test_a_log_with_a_torn_line_is_read_again_with_care(company: Company) -> None:
    folder = company.exports / "yandex_metrica"
    rows = [visit(date(2026, 1, 5), number) for number in range(300)]
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    write(folder / "visits_1.tsv", "\n".join([*lines[:151], ""]))
    torn = [lines[0], *lines[151:], "torn\toff"]
    write(folder / "visits_2.tsv", "\n".join([*torn, ""]))
    (report,) = lake.load(company, "yandex_metrica", tables=["visits"])
    assert (report.rows_loaded, report.rows_quarantined) == (300, 1)
    found = query(company, "select visit_id, _file from raw.yandex_metrica__visits")
    assert len(found) == len({key for key, _ in found}) == 300
    assert query(company, "select file, line from raw.quarantine") == [
        ("exports/yandex_metrica/visits_2.tsv", len(torn))
    ]
