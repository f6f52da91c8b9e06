"""Small files that others read while they are written."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> Path:
    """Put the text in the file's place in one rename: readers see the old one or the new one.

    The folder is made if it is not there. Several processes may write one file: the last one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f"{path.suffix}.{os.getpid()}.tmp")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    return path
