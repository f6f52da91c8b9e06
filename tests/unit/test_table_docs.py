"""The page about file tables says what the readers do, and its examples are read as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR
from orchestration.sources.contracts import CONTRACTS, contract_of, normalise_header, tables_of
from orchestration.table_docs import EXAMPLES, render
from tests.unit.sources.helpers import make_company, read, write

PAGE = PROJECT_DIR / "docs" / "plain_tables.md"


def test_the_page_is_the_one_the_contracts_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "the page is stale: marketing-kpi tables --to docs/plain_tables.md"
    )


def test_every_table_and_column_is_on_the_page() -> None:
    page = render()
    for contract in CONTRACTS.values():
        assert f"## {contract.table}\n" in page
        assert all(f"| `{column.name}` |" in page for column in contract.columns)


def test_plain_tables_for_people_have_an_example() -> None:
    machine_made = {"plain__server_requests"}
    assert {table.name for table in tables_of("plain")} - machine_made == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_as_it_stands(name: str, tmp_path: Path) -> None:
    company = make_company(tmp_path / "acme")
    contract = contract_of(*name.split("__"))
    text = EXAMPLES[name]
    path = write(company.exports / "plain" / f"{contract.table}.csv", text)
    rows, outcome = read(company, name, path)
    assert outcome.problems == []
    assert rows.num_rows == text.count("\n") - 1
    header = {normalise_header(cell) for cell in text.split("\n")[0].split(",")}
    known = {normalise_header(column.name) for column in contract.columns}
    assert header <= known
    assert {normalise_header(c.name) for c in contract.columns if c.required} <= header
