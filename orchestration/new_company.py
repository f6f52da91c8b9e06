"""Makes a company folder to start from: settings with comments, empty registers, export folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from string import Template

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE
from orchestration.sources.contracts import CONTRACTS, REGISTERS, TableContract

TEMPLATE = Path(__file__).parent / "company_template" / COMPANY_FILE
FOLDER_NOTE = "README.md"
# What the notes in the folders say. Descriptions of tables and columns are in English.
_NOTES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "registers": (
            "# Registers",
            "",
            "The owner's and finance's own tables. They are append-only: to change a row, add one",
            "with a later `recorded_at`, so that it stays visible who changed what, when and why.",
        ),
        "exports": ("# Exports of {source}", "", "Drop the files here; CSV, TSV, XLSX or parquet."),
        "columns": (
            "| column | also found as | needed | what it holds |",
            "|---|---|---|---|",
        ),
        "needed": ("yes",),
    },
    "ru": {
        "registers": (
            "# Реестры",
            "",
            "Собственные таблицы владельца и финансов. Строки только добавляются: чтобы изменить",
            "строку, добавьте новую с более поздним `recorded_at`; тогда видно, кто, что, когда и",
            "почему изменил. Описания таблиц и столбцов — на английском.",
        ),
        "exports": (
            "# Выгрузки {source}",
            "",
            "Файлы кладут сюда: CSV, TSV, XLSX или parquet. Описания таблиц и столбцов — на",
            "английском.",
        ),
        "columns": (
            "| столбец | узнаётся также как | обязателен | что в нём |",
            "|---|---|---|---|",
        ),
        "needed": ("да",),
    },
}


def create(
    directory: Path,
    *,
    name: str | None = None,
    language: str = "ru",
    today: date | None = None,
) -> Path:
    """Make the folder and return it. `language`: that of its report, errors, screen and of the
    notes in its folders.

    Raises:
        UserError: the folder exists and holds something.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UserError(
            "There is something there already, and nothing is overwritten",
            file=directory,
            remedy="choose a new or an empty folder",
        )
    start = (today or date.today()).replace(month=1, day=1)  # noqa: DTZ011 - a default to edit
    settings = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=(name or directory.name).replace("\\", "").replace('"', ""),
        language=language,
        first_date=start.isoformat(),
    )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / COMPANY_FILE).write_text(settings, encoding="utf-8")
    _write_registers(directory / REGISTERS, _NOTES[language])
    _write_export_folders(directory / "exports", _NOTES[language])
    return directory


def _write_registers(folder: Path, say: Mapping[str, Sequence[str]]) -> None:
    """Each register as a CSV that holds its header only."""
    folder.mkdir()
    tables = [table for table in CONTRACTS.values() if table.source == REGISTERS]
    for table in tables:
        header = ",".join(column.name for column in table.columns)
        (folder / f"{table.table}.csv").write_text(header + "\n", encoding="utf-8")
    note = list(say["registers"])
    for table in tables:
        note += ["", f"## {table.table}.csv", "", table.description, "", *_column_lines(table, say)]
    (folder / FOLDER_NOTE).write_text("\n".join(note) + "\n", encoding="utf-8")


def _write_export_folders(folder: Path, say: Mapping[str, Sequence[str]]) -> None:
    for source in sorted({table.source for table in CONTRACTS.values()} - {REGISTERS}):
        target = folder / source
        target.mkdir(parents=True)
        note = [line.format(source=source) for line in say["exports"]]
        for table in (table for table in CONTRACTS.values() if table.source == source):
            note += ["", f"## {table.table}", "", table.description, "", *_column_lines(table, say)]
        (target / FOLDER_NOTE).write_text("\n".join(note) + "\n", encoding="utf-8")


def _column_lines(table: TableContract, say: Mapping[str, Sequence[str]]) -> list[str]:
    lines = list(say["columns"])
    for column in table.columns:
        headers = ", ".join(f"`{header}`" for header in column.headers)
        needed = "".join(say["needed"]) if column.required else ""
        lines.append(f"| `{column.name}` | {headers} | {needed} | {column.description} |")
    return lines
