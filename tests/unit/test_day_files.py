from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.lake import day_files
from orchestration.lake.day_files import PART, day_folder, days_in, write_parts

SCHEMA = pa.schema([("n", pa.int64()), ("day", pa.date32())])


def batches(days: list[date], size: int) -> list[pa.RecordBatch]:
    rows = [{"n": n, "day": day} for n, day in enumerate(days)]
    return [
        pa.RecordBatch.from_pylist(rows[start : start + size], schema=SCHEMA)
        for start in range(0, len(rows), size)
    ]


@pytest.mark.parametrize("is_sorted", [True, False])
def test_each_day_is_one_file_also_when_days_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_sorted: bool
) -> None:
    monkeypatch.setattr(day_files, "_OPEN_FILES", 3)
    days = [date(2026, 1, 1) + timedelta(days=n % 10) for n in range(1000)]
    if is_sorted:
        days.sort()
    else:
        random.Random(1).shuffle(days)
    folder = tmp_path / "table"
    assert write_parts(batches(days, 64), SCHEMA, folder, by_day=True) == set(days)
    assert days_in(folder) == sorted(set(days))
    found = []
    for day in days_in(folder):
        assert [path.name for path in day_folder(folder, day).iterdir()] == [PART]
        rows = pq.read_table(day_folder(folder, day) / PART, partitioning=None)
        assert rows.column_names == ["n"]
        found += [(n, day) for n in rows.column("n").to_pylist()]
    assert sorted(found) == list(enumerate(days))


def test_without_days_there_is_one_file_also_for_no_rows(tmp_path: Path) -> None:
    assert write_parts([], SCHEMA, tmp_path / "empty", by_day=False) == set()
    assert pq.read_table(tmp_path / "empty" / PART).num_rows == 0


def test_an_error_while_reading_or_writing_is_raised(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield from batches([date(2026, 1, 1)], 1)
        raise ValueError("reading")

    with pytest.raises(ValueError, match="reading"):
        write_parts(broken(), SCHEMA, tmp_path / "a", by_day=True)
    other = pa.RecordBatch.from_pylist([{"x": 1}])
    with pytest.raises(KeyError):
        write_parts([other] * 9, SCHEMA, tmp_path / "b", by_day=True)
