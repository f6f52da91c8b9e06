"""Writers that give the same bytes for the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

VisitFormat = Literal["tsv.gz", "tsv", "parquet"]


def random(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """A generator of its own for each part: a change in one leaves the others alone."""
    return np.random.default_rng([seed, *name.encode(), *numbers])


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write with unix line ends on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> int:
    """Write rows and give their number. `before` and `after` are whole lines around the table."""
    buffer = io.StringIO(newline="")
    buffer.writelines(f"{line}\n" for line in before)
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    buffer.writelines(f"{line}\n" for line in after)
    write_text(path, buffer.getvalue(), encoding=encoding)
    return count


def compress(source: Path, target: Path) -> None:
    """Gzip without name and time in the header, then remove the plain file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        source.open("rb") as plain,
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
    ):
        shutil.copyfileobj(plain, packed, length=1 << 20)
    source.unlink()
