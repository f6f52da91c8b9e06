"""The two doors of a source system: its export files and, where there is one, its API.

Both give the same thing: a dlt source with one resource per raw table, whose items are Arrow
batches of `files.arrow_schema(contract)`. Who asks (the lake) does not know which door it was.
All systems share one file door, since a contract says everything that differs between their
exports; all API doors share one reader, which asks the door of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources import quick
from orchestration.sources.contracts import TableContract
from orchestration.sources.extraction import Extraction
from orchestration.sources.files import FileOutcome, FileReader, source_settings

if TYPE_CHECKING:
    from dlt.extract import DltResource, DltSource


def open_source(source: str, tables: Sequence[TableContract], extraction: Extraction) -> DltSource:
    """The dlt source of a system, through the door that company.toml names.

    Raises:
        UserError: company.toml asks for the API of a source that has none yet.
    """
    import dlt  # noqa: PLC0415 - a second to import; a day without new files does without it

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
    """Rows of the export files of one table, file after file.

    Raises:
        UserError: a file cannot be read.
        IrregularError: the caller has to ask again with `is_careful`; see `quick`.
    """
    company = extraction.company
    outcomes = extraction.outcomes.setdefault(contract.table, [])
    for task in extraction.files.get(contract.table, ()):
        if not extraction.is_careful and quick.suits_file(company, contract, task.file):
            outcome = FileOutcome(task.file.name)
            outcomes.append(outcome)
            yield from quick.batches(
                company,
                contract,
                [task.file.path],
                file=task.file.name,
                days=task.days,
                outcome=outcome,
            )
            continue
        reader = FileReader(company, contract, task.file, extraction.workdir)
        outcomes.append(reader.outcome)
        yield from reader.batches(task.days)
