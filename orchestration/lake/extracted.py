"""What a door gives, written to a folder beside the lake."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from orchestration.errors import UserError
from orchestration.lake.day_files import write_parts
from orchestration.sources.contracts import TableContract
from orchestration.sources.doors import open_source
from orchestration.sources.extraction import Extraction
from orchestration.sources.files import arrow_schema
from orchestration.sources.quick import is_irregular


def write_extracted(contract: TableContract, extraction: Extraction, incoming: Path) -> set[date]:
    """Write what a door gives to a folder; returns the days that have rows.

    Where the short way of reading gives up, what it wrote is dropped, and all is read carefully.
    """

    def write() -> set[date]:
        source = open_source(contract.source, [contract], extraction)
        return write_parts(
            source.resources[contract.table],
            arrow_schema(contract),
            incoming,
            by_day=contract.by_day,
        )

    try:
        return write()
    except Exception as error:
        if not is_irregular(error):
            raise user_error(error) from error
    shutil.rmtree(incoming)
    extraction.is_careful = True
    extraction.outcomes.clear()
    try:
        return write()
    except Exception as error:
        raise user_error(error) from error


def user_error(error: BaseException) -> BaseException:
    """The error for people inside what dlt wraps around it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return error
