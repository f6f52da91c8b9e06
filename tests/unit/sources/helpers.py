"""A company in a temporary folder, and export files written as the systems write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.settings import Company
from orchestration.sources.contracts import CONTRACTS, TableContract, contract_of
from orchestration.sources.files import ExportFile, FileOutcome, FileReader

FIRST_DATE = date(2025, 5, 1)
AS_OF = date(2026, 11, 16)


def make_company(folder: Path, **sources: dict[str, Any]) -> Company:
    """A company whose sources are all on; `sources` changes settings of some."""
    names = {contract.source for contract in CONTRACTS.values()}
    folder.mkdir(parents=True, exist_ok=True)
    return Company(
        directory=folder,
        name="Acme",
        first_date=FIRST_DATE,
        as_of=AS_OF,
        sources={name: sources.get(name, {}) for name in names},
    )


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def reader_of(company: Company, contract: TableContract | str, path: Path) -> FileReader:
    if isinstance(contract, str):
        contract = contract_of(*contract.split("__"))
    file = ExportFile(path, path.relative_to(company.directory).as_posix())
    return FileReader(company, contract, file, path.parent)


def read(
    company: Company, contract: TableContract | str, path: Path
) -> tuple[pa.Table, FileOutcome]:
    """All good rows of a file, and what became of the others."""
    reader = reader_of(company, contract, path)
    batches = list(reader.batches())
    rows = pa.Table.from_batches(batches) if batches else pa.table({})
    return rows, reader.outcome


def direct_report(rows: Sequence[str], total: int | None = None) -> str:
    """A report of Yandex Direct with its title and sum line."""
    lines = [
        '"kpi (2026-01-01 - 2026-01-31)"',
        "Date\tCampaignId\tCampaignName\tAdNetworkType\tImpressions\tClicks\tCost\tConversions",
        *rows,
        f"Total rows: {len(rows) if total is None else total}",
    ]
    return "\n".join(lines) + "\n"


def direct_row(day: str = "2026-01-01", campaign: int = 1, cost: str = "10.50") -> str:
    return f"{day}\t{campaign}\tHouses\tSEARCH\t1000\t10\t{cost}\t--"


def orders(*rows: str, header: str = "order_id,customer_id,ordered_at,gross_amount") -> str:
    return "\n".join([header, *rows]) + "\n"
