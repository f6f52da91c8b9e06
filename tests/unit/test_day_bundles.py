"""A bundle says what the days of its table say, whatever happened to them since it was made."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.lake import day_bundles
from orchestration.lake.day_bundles import FEWEST_DAYS, bundle
from orchestration.lake.day_files import PART, day_folder, day_states

COLUMNS = [("n", "bigint"), ("note", "varchar")]
FIRST = date(2026, 1, 1)


class Table:
    """A table of the lake, and the bundle of it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "table"
        self.path = root / "bundles" / "table.parquet"
        self.columns = list(COLUMNS)
        self.read: list[date] = []
        self.is_read_whole = False

    def put(self, day: date, rows: list[dict[str, object]]) -> None:
        part = day_folder(self.folder, day) / PART
        part.parent.mkdir(parents=True, exist_ok=True)
        aside = part.with_suffix(".new")
        pq.write_table(pa.Table.from_pylist(rows), aside)
        aside.replace(part)

    def drop(self, day: date) -> None:
        (day_folder(self.folder, day) / PART).unlink()

    def query(self, days: Sequence[date]) -> str:
        self.read = list(days)
        files = ", ".join(f"'{day_folder(self.folder, day) / PART}'" for day in days)
        nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in self.columns)
        return (
            f"select {', '.join(name for name, _ in self.columns)}, day from ("
            f"select {nothing} where false union all by name select * from read_parquet([{files}], "
            "hive_partitioning=true, hive_types={'day': date}, union_by_name=true))"
        )

    def bundled(self) -> list[tuple[object, ...]] | None:
        self.read = []
        with duckdb.connect() as connection:
            path = bundle(
                connection,
                self.path,
                day_states(self.folder),
                self.columns,
                self.query,
                is_read_whole=self.is_read_whole,
            )
            if path is None:
                return None
            rows = connection.execute(f"select * from read_parquet('{path}')").fetchall()
        return sorted(rows, key=repr)

    def by_days(self) -> list[tuple[object, ...]]:
        days = [
            date.fromisoformat(folder.name.removeprefix("day="))
            for folder in self.folder.iterdir()
            if (folder / PART).exists()
        ]
        with duckdb.connect() as connection:
            return sorted(connection.execute(self.query(days)).fetchall(), key=repr)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    table = Table(tmp_path)
    for n in range(FEWEST_DAYS + 4):
        table.put(FIRST + timedelta(days=n), [{"n": n, "note": "first"}, {"n": -n, "note": None}])
    return table


def test_after_any_change_of_days_the_bundle_equals_them(table: Table) -> None:
    chance = random.Random(7)
    assert table.bundled() == table.by_days()
    for step in range(20):
        day = FIRST + timedelta(days=chance.randrange(FEWEST_DAYS + 12))
        if chance.random() < 0.2 and (day_folder(table.folder, day) / PART).exists():
            table.drop(day)
        else:
            table.put(day, [{"n": step, "note": "x" * step}] * chance.randrange(1, 4))
        assert table.bundled() == table.by_days()


def test_only_changed_days_are_read_again(table: Table) -> None:
    table.bundled()
    assert table.bundled() is not None
    assert table.read == []
    changed = FIRST + timedelta(days=3)
    table.put(changed, [{"n": 77, "note": "restated"}])
    rows = table.bundled()
    assert table.read == [changed]
    assert rows is not None
    assert (77, "restated", changed) in rows


def test_a_new_column_and_parts_without_it(table: Table) -> None:
    table.bundled()
    table.columns.append(("amount", "decimal(18,2)"))
    table.put(FIRST, [{"n": 1, "note": "new", "amount": 5}])
    rows = table.bundled()
    assert rows == table.by_days()
    assert {row[2] for row in rows or []} == {None, 5}


@pytest.mark.parametrize("content", [b"", b"PAR1 torn", None])
def test_a_torn_or_foreign_bundle_is_made_anew(table: Table, content: bytes | None) -> None:
    table.bundled()
    if content is None:
        pq.write_table(pa.table({"something": [1]}), table.path)
    else:
        table.path.write_bytes(content)
    assert table.bundled() == table.by_days()


def test_large_tables_and_short_ones_are_left_in_days(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.bundled()
    monkeypatch.setattr(day_bundles, "MOST_BYTES", 10)
    assert table.bundled() is None
    assert not table.path.exists()
    table.is_read_whole = True
    assert table.bundled() == table.by_days()
    monkeypatch.undo()
    for n in range(5):
        table.drop(FIRST + timedelta(days=n))
    assert table.bundled() is None
