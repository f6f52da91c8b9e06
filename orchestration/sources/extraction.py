"""What the lake asks of a source's door, and what the door says about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration.settings import Company
from orchestration.sources.files import DateRange, ExportFile, FileOutcome

if TYPE_CHECKING:
    from orchestration.sources.api.http import Transport

logger = logging.getLogger(__name__)

API_FILE = "api"
"""What stands for the file name of rows that came through an API."""

Connect = Callable[[Path], "Transport"]
"""Makes the outside world of an API door of a folder for its downloads."""


@dataclass(frozen=True)
class FileTask:
    """A file to read, and the days whose rows are wanted."""

    file: ExportFile
    days: tuple[DateRange, ...]


@dataclass
class Extraction:
    """What is asked of a source, and what its door says about it.

    `start`, `end`: the half-open window. `workdir`: for half-made files; the caller removes it.
    `files`: per table, what the file door is to read. `keeps`: the days whose rows an API door
    hands on, default those of the window. `transport`: its outside world, default the real one.
    `is_careful`: read what came row by row of trouble, never by the short way; `material`: what an
    API door gave, so that it is not asked twice. `outcomes`: per table, filled by the door while
    its batches are taken.
    """

    company: Company
    start: date
    end: date
    workdir: Path
    files: Mapping[str, Sequence[FileTask]] = field(default_factory=dict)
    is_careful: bool = False
    material: list[Path | pa.Table] | None = None
    keeps: DateRange | None = None
    transport: Transport | None = None
    say: Callable[[str], None] = logger.info
    outcomes: dict[str, list[FileOutcome]] = field(default_factory=dict)
