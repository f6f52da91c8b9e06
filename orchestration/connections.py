"""DuckDB as the steps of a run open it: within the memory that `KPI_MEMORY_LIMIT` allows."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from orchestration.errors import UserError

MEMORY_LIMIT_VARIABLE = "KPI_MEMORY_LIMIT"


def connect(
    database: Path | None = None, *, read_only: bool = False, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a file, or in memory.

    `spill`: folder for what does not fit into memory, of this connection alone; that of a file
    lies beside it. Without one DuckDB takes a folder of the working directory, which need not be
    writable.

    Raises:
        duckdb.Error: the file cannot be opened.
        UserError: the limit is no amount of memory.
    """
    connection = duckdb.connect(str(database) if database else ":memory:", read_only=read_only)
    # Statements, since two connections of a process to one file may not differ in their `config`.
    if limit := os.environ.get(MEMORY_LIMIT_VARIABLE):
        try:
            connection.execute("set memory_limit = ?", [limit])
        except duckdb.ParserException:
            connection.close()
            raise UserError(
                f"{MEMORY_LIMIT_VARIABLE} is no amount of memory: '{limit}'",
                remedy="write it like 6GB or 800MB",
            ) from None
    if spill:
        connection.execute("set temp_directory = ?", [str(spill)])
    return connection
