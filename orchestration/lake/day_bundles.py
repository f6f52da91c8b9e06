"""Days of a small table in one file, so that reading it does not open a file for each of its days.

    lake/_bundles/<source>__<table>.parquet

A thousand files of ten rows cost more to open than all queries over them. The days in the lake stay
the record, for every engine; a bundle can be deleted at any time. Its footer says from which files
and under which columns it was made, and days that are no longer so are read anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.lake.day_files import COMPRESSION, DayState
from orchestration.sources.contracts import PARTITION_COLUMN

BUNDLES = "_bundles"
# Fewer days are opened as fast; more bytes are better left in days, which a query can skip, unless
# every run reads them all.
FEWEST_DAYS = 8
MOST_BYTES = 16_000_000
MOST_BYTES_READ_WHOLE = 64_000_000

_MADE_FROM = b"days"

# A query over the files of these days, with the columns of the bundle and the day.
DaysQuery = Callable[[Sequence[date]], str]


def bundle(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    states: Mapping[date, DayState],
    columns: Sequence[tuple[str, str]],
    query: DaysQuery,
    *,
    is_read_whole: bool,
) -> Path | None:
    """Bring the bundle of a table up to date; None for a table that is read day by day.

    `states`: those of the table's days, taken before any of them is read. `columns`: names and SQL
    types of what `query` selects beside the day. `is_read_whole`: queries want all days of the
    table, not a few of them. Readers see the bundle as it was or as it is to be.
    """
    most_bytes = MOST_BYTES_READ_WHOLE if is_read_whole else MOST_BYTES
    if len(states) < FEWEST_DAYS or sum(state.size for state in states.values()) > most_bytes:
        path.unlink(missing_ok=True)
        return None
    wanted = {
        "columns": [list(column) for column in columns],
        "days": {str(day): str(state) for day, state in states.items()},
    }
    known = _made_from(path)
    if known == wanted:
        return path
    if known.get("columns") != wanted["columns"]:
        known = {}
    old_days: Mapping[str, str] = known.get("days", {})
    kept = [day for day, state in states.items() if old_days.get(str(day)) == str(state)]
    changed = sorted(states.keys() - set(kept))
    parts = [query(changed)] if changed else []
    if kept:
        listed = ", ".join(f"date '{day}'" for day in kept)
        parts.append(f"select * from read_parquet('{path}') where {PARTITION_COLUMN} in ({listed})")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        rows = connection.sql(
            f"{' union all by name '.join(parts)} order by {PARTITION_COLUMN}"
        ).to_arrow_table()
        footer = {_MADE_FROM: json.dumps(wanted).encode()}
        pq.write_table(rows.replace_schema_metadata(footer), aside, compression=COMPRESSION)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def _made_from(path: Path) -> dict[str, dict[str, str]]:
    """What the footer of a bundle says; nothing for one that is absent or torn."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (FileNotFoundError, pa.ArrowInvalid):
        return {}
    found = metadata.get(_MADE_FROM)
    return dict(json.loads(found)) if found else {}
