"""Files of a company folder that somebody may take for exports, and that no run reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from orchestration.settings import Company
from orchestration.sources.contracts import REGISTERS, SOURCES, tables_of
from orchestration.sources.files import Remark, is_export, is_hidden, shown_name, table_of

_SHOWN_TABLES = ", ".join(table.table for table in tables_of(REGISTERS))


def unread_files(company: Company) -> Iterator[tuple[str | None, Remark]]:
    """(source, what is not read and why) of every such file or folder.

    The source is None for what lies in no folder of a source. Hidden files, those whose name begins
    with `_` or `~$`, and texts about the folder (.md) are nobody's export.
    """
    yield from _beside_the_sources(company)
    for source in sorted(SOURCES):
        folder = company.registers if source == REGISTERS else company.exports / source
        for path in _files_and_links(folder):
            remark = _why_not_read(company, path, folder, source)
            if remark:
                yield source, remark


def files_taken_for_loaded(company: Company) -> Iterator[tuple[str | None, Remark]]:
    """`unread_files` without those of sources that are off, or are not read from files."""
    for source, remark in unread_files(company):
        settings = company.source(source) if source else None
        if source in (None, REGISTERS) or (settings and settings.door == "files"):
            yield source, remark


def _beside_the_sources(company: Company) -> Iterator[tuple[None, Remark]]:
    if not company.exports.is_dir():
        return
    sources = sorted({*SOURCES} - {REGISTERS})
    names = ", ".join(sources)
    for path in sorted(company.exports.iterdir()):
        if is_hidden(path, company.exports) or path.name in sources:
            continue
        if path.is_dir():
            if any(_is_of_interest(item, path) for item in _files_and_links(path)):
                yield (
                    None,
                    Remark(
                        f"{shown_name(company, path)}/ belongs to no source and is not read",
                        f"name the folder after a source: {names}",
                    ),
                )
        elif _is_of_interest(path, company.exports):
            yield (
                None,
                Remark(
                    f"{shown_name(company, path)} lies in no folder of a source and is not read",
                    f"put it into the folder of its source: {names}",
                ),
            )


def _is_of_interest(path: Path, folder: Path) -> bool:
    return not is_hidden(path, folder) and path.suffix.lower() != ".md"


def _files_and_links(folder: Path) -> Iterator[Path]:
    """Everything below a folder but plain folders."""
    for place, folders, files in os.walk(folder):
        for name in sorted(
            [*files, *(name for name in folders if (Path(place) / name).is_symlink())]
        ):
            yield Path(place) / name


def _why_not_read(company: Company, path: Path, folder: Path, source: str) -> Remark | None:
    if not _is_of_interest(path, folder):
        return None
    name = shown_name(company, path)
    if path.is_dir():
        return Remark(
            f"{name} is a link to a folder, which is not followed",
            "put the files themselves there, or let the whole folder of the source be the link",
        )
    if path.is_symlink() and not path.exists():
        return Remark(
            f"{name} is a link to a file that is not there",
            "mend the link, or put the file itself there",
        )
    if not is_export(path, folder) or not path.is_file():
        return Remark(
            f"{name} is of a kind that is not read",
            "unpack an archive; save a table as CSV or XLSX",
        )
    if source == REGISTERS and table_of(company, path, folder, source, name) is None:
        return Remark(
            f"{name} is no register by its name and is not read",
            f"let its name begin with one of: {_SHOWN_TABLES}",
        )
    return None
