"""Folders and files of the lake, and how SQL reads them."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.settings import Company
from orchestration.sources.contracts import PARTITION_COLUMN, TableContract

_ASIDE = ".aside"
_active_folders: set[Path] = set()


def table_folder(company: Company, contract: TableContract) -> Path:
    """Folder of a raw table in the lake."""
    return company.paths.lake / contract.source / contract.table


@contextmanager
def folder_aside(company: Company) -> Iterator[Path]:
    """A folder on the lake's file system for half-made files; removed at the end.

    What a killed process left is removed by the next one. It may hold a transcoded export, so
    only its owner may look into it.
    """
    root = company.paths.lake / _ASIDE
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in root.iterdir():
        if left not in _active_folders and not _is_running_elsewhere(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = root / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    _active_folders.add(folder)
    try:
        yield folder
    finally:
        _active_folders.discard(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _is_running_elsewhere(folder: Path) -> bool:
    owner = folder.name.split("-")[0]
    if not owner.isdigit() or int(owner) == os.getpid():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_table(
    table: pa.Table, target: Path, workdir: Path, *, is_irreplaceable: bool = False
) -> None:
    """Put a table in the file's place in one rename, by way of `workdir` on the same file system.

    `is_irreplaceable`: no later run can make it again, so it is on the disk before the rename.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = workdir / f"{uuid.uuid4().hex}.parquet"
    pq.write_table(table, aside)
    if is_irreplaceable:
        with aside.open("rb") as file:
            os.fsync(file.fileno())
    aside.replace(target)


def read_days(paths: Sequence[Path]) -> str:
    return (
        f"read_parquet({paths_in_sql(paths)}, hive_partitioning=true, "
        f"hive_types={{'{PARTITION_COLUMN}': date}}, union_by_name=true)"
    )


def paths_in_sql(paths: Sequence[Path]) -> str:
    return f"[{', '.join(sql(path) for path in paths)}]"


@lru_cache(maxsize=4096)
def sql(text: Path | str) -> str:
    """A path or a text as a literal of SQL."""
    escaped = str(text).replace("'", "''")
    return f"'{escaped}'"
