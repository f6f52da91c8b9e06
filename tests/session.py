"""What a session makes once, by whichever of its workers needs it first."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

Made = TypeVar("Made")
# Set by a fixture of tests/conftest.py before the first test; the same for all workers.
_folder: list[Path] = []


def begin(folder: Path) -> None:
    _folder[:] = [folder]


def folder() -> Path:
    """What is made once lies here."""
    return _folder[0]


def made_once(name: str, make: Callable[[], Made]) -> Made:
    """What `make` gave in the first worker; the others wait for it and get a copy.

    Files that it has made are shared: tests only read them, and work on a copy where they do not.
    """
    record = folder() / f"{name}.pickle"
    with FileLock(folder() / f"{name}.lock"):
        if not record.exists():
            record.write_bytes(pickle.dumps(make()))
    return pickle.loads(record.read_bytes())
