"""Small files that others read while they are written."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> Path:
    """Put the text in the file's place in one rename: readers see the old one or the new one.

    The folder is made if it is not there. Several processes may write one file: the last one stays.
    The text is on the disk before the rename, which a power cut could else keep without it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f"{path.suffix}.{os.getpid()}.tmp")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    return path


def keep_free(path: Path, size: int) -> None:
    """Take a little of the disk with this file, to be given back when the disk is full."""
    if path.exists() and path.stat().st_size >= size:
        return
    try:
        path.write_bytes(os.urandom(size))  # zeros might take no place
    except OSError:
        path.unlink(missing_ok=True)


def settle() -> None:
    """Wait until all that was written before is on the disk.

    Called before the renames that put it in place: after a power cut they must not be there
    without it.
    """
    os.sync()
