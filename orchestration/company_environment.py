"""A company's own environment variables: the file `.env` in its folder.

Each company's file is read in the process that works for this company alone, so that no other
company's code ever holds its secrets.
"""

from __future__ import annotations

import os
from pathlib import Path

from orchestration.errors import UserError
from orchestration.settings import COMPANY_DIR_VARIABLE, OUTPUT_DIR_VARIABLE

FILE = ".env"
# Where companies and their output lie. A company that moved them would be lost to its fleet.
_OF_THE_MACHINE = frozenset({COMPANY_DIR_VARIABLE, OUTPUT_DIR_VARIABLE, "DAGSTER_HOME"})


def read(directory: Path) -> dict[str, str]:
    """Variables of the folder's `.env`; none where there is no such file.

    Raises:
        UserError: the file cannot be read. The text never repeats what stands in it.
    """
    from dotenv.parser import parse_stream  # noqa: PLC0415 - most commands meet no such file

    path = directory / FILE
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{FILE} cannot be read ({type(error).__name__})",
            file=path,
            remedy="save it as UTF-8 text that this user may read",
        ) from None
    values = {}
    for line in lines:
        if line.error or (line.key and line.value is None):
            raise UserError(
                f"{FILE} has a line that is no variable",
                file=path,
                line=line.original.line,
                remedy="write NAME=value, in quotes where the value holds spaces or #",
            )
        if line.key in _OF_THE_MACHINE:
            raise UserError(
                f"{FILE} sets {line.key}, which is not the company's to choose",
                file=path,
                line=line.original.line,
                remedy="set it where the pipeline is started",
            )
        if line.key and line.value is not None:
            values[line.key] = line.value
    return values


def apply(directory: Path) -> None:
    """Put the company's variables into this process; they go before what was there.

    Raises:
        UserError: as `read`.
    """
    os.environ.update(read(directory))


def is_open_to_others(directory: Path) -> bool:
    """Whether other users of the machine may read the company's secrets."""
    path = directory / FILE
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & 0o077)
