"""Writes a stream of Arrow batches as one parquet file a day, or as one file.

Whole days are the unit that the lake replaces, so each day must end in a single file. pyarrow
writes it: a partitioned COPY of DuckDB took three times the processor time and 0.7 GB more memory
for a million visits over 500 days.
"""

from __future__ import annotations

import filecmp
import shutil
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.sources.contracts import PARTITION_COLUMN

PART = "part-0.parquet"

# Every engine reads it, and it costs half the time of zstd; the lake is not what is published.
COMPRESSION = "snappy"
_OPEN_FILES = 256
_WAITING_BATCHES = 2


def day_folder(table: Path, day: date) -> Path:
    """Folder of one day of a table, as every engine's partition discovery expects it."""
    return table / f"{PARTITION_COLUMN}={day}"


def days_in(table: Path) -> list[date]:
    """Days of a table that have a file, in order."""
    if not table.is_dir():
        return []
    return sorted(
        date.fromisoformat(folder.name.removeprefix(f"{PARTITION_COLUMN}="))
        for folder in table.glob(f"{PARTITION_COLUMN}=*")
        if (folder / PART).is_file()
    )


@dataclass(frozen=True)
class DayState:
    """State of a day's file: it changes whenever the file is replaced."""

    size: int
    modified_ns: int

    @classmethod
    def of(cls, file: Path) -> DayState:
        status = file.stat()
        return cls(status.st_size, status.st_mtime_ns)

    def __str__(self) -> str:
        return f"{self.size}-{self.modified_ns}"


def day_states(table: Path) -> dict[date, DayState]:
    """Days of a table that have a file, in order, with the state of the file."""
    return {day: DayState.of(day_folder(table, day) / PART) for day in days_in(table)}


def put_day(part: Path, table: Path, day: date) -> None:
    """Move a written file to its day of a table, in one rename.

    Where the day's file already is the same to the last byte, it stays, so that what was built on
    it is not built again: a look-back loads many days anew and few of them have changed.
    """
    target = day_folder(table, day) / PART
    if target.is_file() and filecmp.cmp(part, target, shallow=False):
        part.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    put_file(part, target)


def put_file(part: Path, target: Path) -> None:
    """Move a written file to its place in one rename, also where a foreign hand has made a folder
    of that name."""
    if target.is_dir():
        shutil.rmtree(target)
    part.replace(target)


def write_parts(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: Path, *, by_day: bool
) -> set[date]:
    """Write batches to `folder`, which must not exist; returns the days that have rows.

    `schema` is that of the batches. With `by_day` its column `day` becomes the folder name and is
    left out of the files; without it, all rows go to one file and the set is empty. Writing runs
    beside the reading that makes the batches; memory is that of a few batches.
    """
    folder.mkdir()
    writer = _DayWriter(folder, schema) if by_day else _FileWriter(folder, schema)
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting: list[Future[None]] = []
        for batch in batches:
            waiting.append(thread.submit(writer.write, batch))
            if len(waiting) > _WAITING_BATCHES:
                waiting.pop(0).result()
        for future in waiting:
            future.result()
    return writer.close()


def _without_day(schema: pa.Schema) -> pa.Schema:
    return pa.schema([item for item in schema if item.name != PARTITION_COLUMN])


class _FileWriter:
    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._schema = _without_day(schema)
        self._file = pq.ParquetWriter(folder / PART, self._schema, compression=COMPRESSION)

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write_batch(batch.select(self._schema.names))

    def close(self) -> set[date]:
        self._file.close()
        return set()


class _DayWriter:
    """Keeps the files of the latest days open; a day that comes back later gets another part."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = _without_day(schema)
        self._open: OrderedDict[date, pq.ParquetWriter] = OrderedDict()
        self._parts: dict[date, int] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        if not len(batch):
            return
        days = batch.column(PARTITION_COLUMN)
        runs = pc.run_end_encode(days)
        if len(runs.values) > len(pc.unique(days)):
            batch = batch.take(pc.sort_indices(days))
            runs = pc.run_end_encode(batch.column(PARTITION_COLUMN))
        rows = batch.select(self._schema.names)
        start = 0
        for end, day in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
            self._file_of(day).write_batch(rows.slice(start, end - start))
            start = end

    def _file_of(self, day: date) -> pq.ParquetWriter:
        if day in self._open:
            self._open.move_to_end(day)
            return self._open[day]
        if len(self._open) >= _OPEN_FILES:
            _, oldest = self._open.popitem(last=False)
            oldest.close()
        folder = day_folder(self._folder, day)
        folder.mkdir(exist_ok=True)
        number = self._parts.get(day, 0)
        self._parts[day] = number + 1
        path = folder / f"part-{number}.parquet"
        self._open[day] = pq.ParquetWriter(path, self._schema, compression=COMPRESSION)
        return self._open[day]

    def close(self) -> set[date]:
        for file in self._open.values():
            file.close()
        for day, count in self._parts.items():
            if count > 1:
                self._join(day_folder(self._folder, day), count)
        return set(self._parts)

    def _join(self, folder: Path, count: int) -> None:
        parts = [folder / f"part-{number}.parquet" for number in range(count)]
        joined = folder / "joined.parquet"
        with pq.ParquetWriter(joined, self._schema, compression=COMPRESSION) as file:
            for part in parts:
                file.write_table(pq.read_table(part, partitioning=None))
                part.unlink()
        joined.rename(folder / PART)
