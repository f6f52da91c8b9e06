"""Whether the build database grows without bound: DuckDB alone, written to as daily builds do.

    python -m benchmarks.growth [--days 60]

A table of visits loses the days that a run makes anew and gets them back, two tables are made whole
beside their predecessors and take their names; the file is closed after each day. Prints JSON:
megabytes by kind of day, of the file after each run, of what is free at its end, of a compact copy.

- `neighbours`: the new day and the two before it
- `look-back`: the new day and thirty before it
- `old days`: these, and a day of long ago each time
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb

VISITS_A_DAY, HISTORY_DAYS = 1500, 670
KINDS = {"neighbours": (2, False), "look-back": (30, False), "old days": (30, True)}
# The whole tables: an aggregate, and a copy of most visits.
MARTS = {
    "by_channel": "select channel, visit_date, count(*) as visits from visits group by all",
    "copied": "select * from visits where visit_date >= date '2025-01-01'",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--days", type=int, default=60)
    days = parser.parse_args().days
    with tempfile.TemporaryDirectory(prefix="kpi-growth-") as folder:
        told = {
            kind: lived_through(Path(folder) / f"{number}.duckdb", days, look_back, old)
            for number, (kind, (look_back, old)) in enumerate(KINDS.items())
        }
    print(json.dumps(told))


def lived_through(file: Path, days: int, look_back: int, old_days: bool) -> dict[str, Any]:
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table visits as {_visits(0, HISTORY_DAYS, 0)}")
    sizes = []
    for day in range(HISTORY_DAYS, HISTORY_DAYS + days):
        with duckdb.connect(str(file)) as connection:
            _replace(connection, day - look_back, day + 1, seed=day)
            if old_days:
                old = day * 37 % 600
                _replace(connection, old, old + 1, seed=day)
            for name, query in MARTS.items():
                connection.execute(f"create table {name}__new as {query}")
                connection.execute(f"drop table if exists {name}")
                connection.execute(f"alter table {name}__new rename to {name}")
        sizes.append(_megabytes(file))
    copy = file.with_name("copy.duckdb")
    with duckdb.connect(str(file)) as connection:
        row = connection.execute(
            "select block_size * free_blocks / 1e6 from pragma_database_size()"
        ).fetchone()
        connection.execute(f"attach '{copy}' as compact")
        connection.execute(f'copy from database "{file.stem}" to compact')
        connection.execute("detach compact")
    compact = _megabytes(copy)
    copy.unlink()
    return {"sizes": sizes, "free": float(row[0]) if row else 0.0, "compact": compact}


def _replace(connection: duckdb.DuckDBPyConnection, first: int, before: int, seed: int) -> None:
    connection.execute(f"create temp table made_now as {_visits(first, before, seed)}")
    connection.execute("begin")
    connection.execute(
        "delete from visits where visit_date in (select distinct visit_date from made_now)"
    )
    connection.execute("insert into visits select * from made_now")
    connection.execute("commit")
    connection.execute("drop table made_now")


def _visits(first: int, before: int, seed: int) -> str:
    """Invented visits of days, counted from 2024-01-01."""
    return f"""
        select
            hash(number * 7 + {seed})::varchar as visit_id,
            hash(number % 400000)::varchar as client_id,
            'channel ' || number % 20 as channel,
            'https://shop/' || hash(number) % 5000 as landing_url,
            hash(number + {seed}) % 100000 as duration_seconds,
            date '2024-01-01' + cast(number // {VISITS_A_DAY} as int) as visit_date
        from range({first * VISITS_A_DAY}, {before * VISITS_A_DAY}) as numbers (number)
    """


def _megabytes(file: Path) -> float:
    return round(file.stat().st_size / 1e6, 1)


if __name__ == "__main__":
    main()
