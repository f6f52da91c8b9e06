"""The two doors of a source system: its export files and, where there is one, its API.

Both give the same thing: a dlt source with one resource per raw table, whose items are Arrow
batches of `files.arrow_schema(contract)`. Who asks (the lake) does not know which door it was.
All systems share one file door, since a contract says everything that differs between their
exports; an API door is a function of its own, registered in `API_READERS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import TableContract
from orchestration.sources.files import (
    DateRange,
    ExportFile,
    FileOutcome,
    FileReader,
    source_settings,
)


@dataclass(frozen=True)
class FileTask:
    """A file to read, and the days whose rows are wanted."""

    file: ExportFile
    days: tuple[DateRange, ...]


@dataclass
class Extraction:
    """What is asked of a source, and what its door says about it.

    `start`, `end`: the half-open window. `workdir`: for half-made files; the caller removes it.
    `files`: per table, what the file door is to read. `outcomes`: per table, filled by the door
    while its batches are taken.
    """

    company: Company
    start: date
    end: date
    workdir: Path
    files: Mapping[str, Sequence[FileTask]] = field(default_factory=dict)
    outcomes: dict[str, list[FileOutcome]] = field(default_factory=dict)


class Reader(Protocol):
    """Yields the good rows of one raw table, and adds to the outcomes of the extraction."""

    def __call__(
        self, contract: TableContract, extraction: Extraction
    ) -> Iterator[pa.RecordBatch]: ...


API_READERS: dict[str, Reader] = {}
"""Readers of the API doors by source. A source that is not here can be loaded from files only."""


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


def _reader(source: str, company: Company) -> Reader:
    if source_settings(company, source).door == "files":
        return _read_files
    if source not in API_READERS:
        raise UserError(
            f"The API of {source} is not available yet, use files",
            file="company.toml",
            column=f"sources.{source}.door",
            remedy=f'write door = "files" and put the exports into exports/{source}/',
        )
    return API_READERS[source]


def _read_files(contract: TableContract, extraction: Extraction) -> Iterator[pa.RecordBatch]:
    """Rows of the export files of one table, file after file."""
    outcomes = extraction.outcomes.setdefault(contract.table, [])
    for task in extraction.files.get(contract.table, ()):
        reader = FileReader(extraction.company, contract, task.file, extraction.workdir)
        outcomes.append(reader.outcome)
        yield from reader.batches(task.days)
