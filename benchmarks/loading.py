"""Loading visits: through both doors, against DuckDB alone and against dlt with rows as dicts.

The API door is measured from the parts that the Logs API left on disk: waiting for a network says
nothing of the program. Its memory is measured in processes of their own, once for few parts and
once for many of the same size.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import dlt
import duckdb

from benchmarks.measure import Measurement, best_of, peak_megabytes
from orchestration import lake
from orchestration.lake.day_files import write_parts
from orchestration.sample_world.generator import generate
from orchestration.settings import Company, load_company
from orchestration.sources.contracts import contract_of
from orchestration.sources.doors import open_source
from orchestration.sources.extraction import Extraction
from orchestration.sources.files import arrow_schema

# dlt with dicts is slow: its rate is measured on so many rows and scaled.
DICT_ROWS = 20_000
ROWS_PER_PART = 50_000
# So many parts fill all buffers; with fewer, memory would seem to grow with their number.
FEW_PARTS, MANY_PARTS = 16, 64


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
    parts = split(files, company.paths.output / "parts", rows)
    api = through_the_api(company)
    scratch = company.paths.output / "scratch"

    _load(company)  # the first load of a process pays for imports
    floor = best_of(repeat, lambda: _floor(files))
    from_files = best_of(repeat, lambda: _load(company), lambda: _empty(company.paths.lake))
    from_api = best_of(repeat, lambda: load_parts(api, parts, scratch), lambda: _empty(scratch))
    sample = min(rows, DICT_ROWS)
    folder = company.paths.output / "dlt"
    dicts = best_of(1, lambda: _dicts(files, sample, folder), lambda: _empty(folder))
    dicts = dicts.scaled(rows / sample)
    return [
        Measurement(
            "Logs API parts into the lake", "DuckDB read_csv into a table", rows, from_api, floor
        ),
        Measurement(
            "export files into the lake", "DuckDB read_csv into a table", rows, from_files, floor
        ),
        Measurement("dlt with Python dicts", "Logs API parts into the lake", rows, dicts, from_api),
    ]


def memory(company: Company) -> tuple[float, float]:
    """Peak memory, MB, of loading few parts and of loading many of the same size."""
    folder = company.paths.output / "parts"
    part = min(folder.glob("*.tsv"))
    return _peak(company, part, FEW_PARTS), _peak(company, part, MANY_PARTS)


def through_the_api(company: Company) -> Company:
    """The same company with its visits from the API."""
    metrica = company.sources["yandex_metrica"].model_copy(update={"door": "api"})
    return company.model_copy(update={"sources": {**company.sources, "yandex_metrica": metrica}})


def split(files: list[str], folder: Path, rows: int) -> list[Path]:
    """The rows as parts with a header each, as the Logs API gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Path] = []
    size = max(1, min(ROWS_PER_PART, rows // 4))
    for file in files:
        with Path(file).open(encoding="utf-8", newline="") as lines:
            header = next(lines)
            while some := list(islice(lines, size)):
                part = folder / f"part-{len(parts):03d}.tsv"
                with part.open("w", encoding="utf-8", newline="") as stream:
                    stream.write(header)
                    stream.writelines(some)
                parts.append(part)
    return parts


def load_parts(company: Company, parts: list[Path], folder: Path) -> None:
    """Everything an API load does with its parts before the days are renamed into place."""
    contract = contract_of("yandex_metrica", "visits")
    folder.mkdir(parents=True)
    copies = []
    for number, part in enumerate(parts):
        # The door removes what it has read.
        copy = folder / f"{number:03d}.tsv"
        copy.hardlink_to(part)
        copies.append(copy)
    extraction = Extraction(
        company, company.first_date, company.as_of_date(), workdir=folder, material=[*copies]
    )
    source = open_source("yandex_metrica", [contract], extraction)
    write_parts(
        source.resources["visits"], arrow_schema(contract), folder / "incoming", by_day=True
    )


def _peak(company: Company, part: Path, count: int) -> float:
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.loading", str(company.directory), str(part), str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(process.stdout)


def _load(company: Company) -> None:
    lake.load(company, "yandex_metrica", tables=["visits"])


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


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


def _report_memory(directory: str, part: str, count: str) -> None:
    company = through_the_api(load_company(directory))
    scratch = company.paths.output / "scratch"
    _empty(scratch)
    load_parts(company, [Path(part)] * int(count), scratch)
    print(peak_megabytes())


if __name__ == "__main__":
    _report_memory(*sys.argv[1:])
