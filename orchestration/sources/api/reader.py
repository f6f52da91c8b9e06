"""The API door as the lake takes it: what a door yields, through the reader of export files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.settings import Company
from orchestration.sources import quick
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import Transport
from orchestration.sources.contracts import TableContract
from orchestration.sources.extraction import API_FILE, Extraction
from orchestration.sources.files import ExportFile, FileOutcome, FileReader


def read(contract: TableContract, extraction: Extraction) -> Iterator[pa.RecordBatch]:
    """Good rows of one raw table from its source's API.

    Raises:
        UserError: settings, secrets, the API, or too many refused rows; no batch came before an
            error of the API.
        IrregularError: the caller has to ask again with `is_careful`; see `quick`.
    """
    folder = extraction.workdir / f"{contract.name}_api"
    folder.mkdir(parents=True, exist_ok=True)
    window = (extraction.start, extraction.end)
    transport = extraction.transport or Transport(folder)
    company = _without_file_settings(extraction.company, contract.source)
    outcomes = extraction.outcomes.setdefault(contract.table, [])
    keeps = extraction.keeps or window
    if extraction.material is None:
        door = API_DOORS[contract.source]
        extraction.material = list(door(company, contract.table, window, transport, extraction.say))
    parts = [item for item in extraction.material if isinstance(item, Path)]
    if parts and not extraction.is_careful and quick.suits(company, contract):
        outcome = FileOutcome(API_FILE)
        outcomes.append(outcome)
        yield from quick.batches(
            company, contract, parts, file=API_FILE, days=[keeps], outcome=outcome
        )
        for part in parts:
            part.unlink()
        return
    for number, item in enumerate(extraction.material):
        path = item if isinstance(item, Path) else folder / f"{number}.parquet"
        if not isinstance(item, Path):
            pq.write_table(item, path)
        # The door has held what it downloaded against what the system told of it.
        file = ExportFile(path, API_FILE)
        reader = FileReader(company, contract, file, extraction.workdir, is_whole=True)
        outcomes.append(reader.outcome)
        yield from reader.batches([keeps])
        path.unlink()


def _without_file_settings(company: Company, source: str) -> Company:
    """A decimal comma and own headers describe a company's export files, not the API's answers."""
    of_files: dict[str, object] = {
        "decimal": ".",
        "date_order": None,
        "columns": {},
        "constants": {},
    }
    settings = company.sources[source].model_copy(update=of_files)
    return company.model_copy(update={"sources": {**company.sources, source: settings}})
