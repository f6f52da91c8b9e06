"""The two doors of a source system: its export files and, where there is one, its API.

Both give the same thing: a dlt source with one resource per raw table, whose items are Arrow
batches of `files.arrow_schema(contract)`. Who asks (the lake) does not know which door it was.
All systems share one file door, since a contract says everything that differs between their
exports; all API doors share one reader, which asks the door of the system.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.contracts import TableContract
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    FileReader,
    source_settings,
)

if TYPE_CHECKING:
    from orchestration.sources.api.http import Transport

logger = logging.getLogger(__name__)

API_FILE = "api"
"""What stands for the file name of rows that came through an API."""

Connect = Callable[[Path], "Transport"]
"""Makes the outside world of an API door of a folder for its downloads."""


@dataclass(frozen=True)
class FileTask:
    """A file to read, and the days whose rows are wanted."""

    file: ExportFile
    days: tuple[DateRange, ...]


@dataclass
class Extraction:
    """What is asked of a source, and what its door says about it.

    `start`, `end`: the half-open window. `workdir`: for half-made files; the caller removes it.
    `files`: per table, what the file door is to read. `keeps`: the days whose rows an API door
    hands on, default those of the window. `transport`: its outside world, default the real one.
    `is_careful`: read what came row by row of trouble, never by the short way; `material`: what an
    API door gave, so that it is not asked twice. `outcomes`: per table, filled by the door while
    its batches are taken.
    """

    company: Company
    start: date
    end: date
    workdir: Path
    files: Mapping[str, Sequence[FileTask]] = field(default_factory=dict)
    is_careful: bool = False
    material: list[Path | pa.Table] | None = None
    keeps: DateRange | None = None
    transport: Transport | None = None
    say: Callable[[str], None] = logger.info
    outcomes: dict[str, list[FileOutcome]] = field(default_factory=dict)


def open_source(source: str, tables: Sequence[TableContract], extraction: Extraction) -> DltSource:
    """The dlt source of a system, through the door that company.toml names.

    Raises:
        UserError: company.toml asks for the API of a source that has none yet.
    """
    reader = _reader(source, extraction.company)

    @dlt.source(name=source)
    def system() -> Iterator[DltResource]:
        for contract in tables:
            yield dlt.resource(reader, name=contract.table)(contract, extraction)

    return system()


def _reader(
    source: str, company: Company
) -> Callable[[TableContract, Extraction], Iterator[pa.RecordBatch]]:
    if source_settings(company, source).door == "files":
        return _read_files
    from orchestration.sources.api import API_DOORS, reader  # noqa: PLC0415 - HTTP clients

    if source not in API_DOORS:
        raise UserError(
            f"{source} has no API, it is read from files",
            file=company.directory / COMPANY_FILE,
            column=f"sources.{source}.door",
            remedy=f'write door = "files" and put the exports into exports/{source}/',
        )
    return reader.read


def _read_files(contract: TableContract, extraction: Extraction) -> Iterator[pa.RecordBatch]:
    """Rows of the export files of one table, file after file."""
    outcomes = extraction.outcomes.setdefault(contract.table, [])
    for task in extraction.files.get(contract.table, ()):
        reader = FileReader(extraction.company, contract, task.file, extraction.workdir)
        outcomes.append(reader.outcome)
        yield from reader.batches(task.days)
