"""Loading visits: the lake against DuckDB alone, and against dlt with rows as Python dicts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import duckdb

from benchmarks.measure import Measurement, best_of
from orchestration import lake
from orchestration.sample_world.generator import generate
from orchestration.settings import Company, load_company

# dlt with dicts is slow: its rate is measured on so many rows and scaled.
DICT_ROWS = 20_000


def make_company(folder: Path, start: date, end: date, visits_per_day: int) -> Company:
    """A plain invented company with uncompressed TSV visits of the given days."""
    generate(
        folder,
        start=start,
        end=end,
        visits_per_day=visits_per_day,
        stories=False,
        visit_format="tsv",
    )
    return load_company(folder)


def measure(company: Company, *, repeat: int) -> list[Measurement]:
    files = sorted(str(path) for path in (company.exports / "yandex_metrica").glob("*.tsv"))
    rows = _scalar(f"select count(*) from {_read(files)}")
    _load(company)  # the first load of a process pays for imports
    load = best_of(repeat, lambda: _load(company), lambda: _empty(company))
    floor = best_of(repeat, lambda: _floor(files), lambda: None)
    sample = min(rows, DICT_ROWS)
    folder = company.paths.output / "dlt"
    dicts = best_of(
        1, lambda: _dicts(files, sample, folder), lambda: shutil.rmtree(folder, ignore_errors=True)
    )
    return [
        Measurement("load into the lake", "DuckDB read_csv into a table", rows, load, floor),
        Measurement(
            "dlt with Python dicts", "load into the lake", rows, dicts * rows / sample, load
        ),
    ]


def _load(company: Company) -> None:
    lake.load(company, "yandex_metrica", tables=["visits"])


def _empty(company: Company) -> None:
    shutil.rmtree(company.paths.lake, ignore_errors=True)


def _read(files: list[str]) -> str:
    return f"read_csv({files}, delim='\t', quote='', escape='', header=true, all_varchar=true)"


def _floor(files: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"create table visits as select * from {_read(files)}")


def _scalar(query: str) -> int:
    with duckdb.connect() as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _dicts(files: list[str], count: int, folder: Path) -> None:
    """The same rows as a dlt resource of dicts into parquet files, dlt as it comes."""

    def rows() -> Iterator[dict[str, Any]]:
        with duckdb.connect() as connection:
            found = connection.execute(f"select * from {_read(files)} limit {count}")
            names = [column[0] for column in found.description]
            while batch := found.fetchmany(5_000):
                for row in batch:
                    yield dict(zip(names, row, strict=True))

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "state"),
        destination=dlt.destinations.filesystem(str(folder / "files")),
        dataset_name="visits",
    )
    pipeline.run(dlt.resource(rows, name="visits"), loader_file_format="parquet")
