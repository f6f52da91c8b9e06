from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.new_company import create
from orchestration.settings import load_company
from orchestration.sources.contracts import CONTRACTS, REGISTERS


def test_a_new_company_loads_and_names_every_source_and_register(tmp_path: Path) -> None:
    folder = create(tmp_path / "acme", name='Acme "Best"', today=date(2026, 5, 17))
    company = load_company(folder)
    assert company.name == "Acme Best"
    assert company.first_date == date(2026, 1, 1)
    sources = {table.source for table in CONTRACTS.values()} - {REGISTERS}
    assert set(company.sources) == sources
    assert {path.name for path in company.exports.iterdir()} == sources
    for table in CONTRACTS.values():
        if table.source == REGISTERS:
            header = (company.registers / f"{table.table}.csv").read_text(encoding="utf-8")
            assert header.strip().split(",") == [column.name for column in table.columns]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="nothing is overwritten"):
        create(tmp_path)
    assert (tmp_path / "note.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("language", "registers", "exports", "columns"),
    [
        ("en", "# Registers", "# Exports of yandex_direct", "| column |"),
        ("ru", "# Реестры", "# Выгрузки yandex_direct", "| столбец |"),
    ],
)
def test_the_notes_are_in_the_language_of_the_company(
    tmp_path: Path, language: str, registers: str, exports: str, columns: str
) -> None:
    folder = create(tmp_path / "acme", language=language)
    for path, title in (
        (folder / REGISTERS, registers),
        (folder / "exports" / "yandex_direct", exports),
    ):
        note = (path / "README.md").read_text(encoding="utf-8")
        assert note.startswith(f"{title}\n")
        assert columns in note
