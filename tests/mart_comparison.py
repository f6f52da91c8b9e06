"""Compares the marts of two databases, row for row and to the last digit."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.publication import MARTS_SCHEMA


def marts_of(database: Path) -> list[str]:
    """Names of the marts of a snapshot or a build database, in order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select table_name from duckdb_tables() where schema_name = ? order by 1",
            [MARTS_SCHEMA],
        ).fetchall()
    return [name for (name,) in found]


def differing_marts(first: Path, second: Path) -> list[str]:
    """Marts whose rows are not the same multiset in both databases."""
    assert marts_of(first) == marts_of(second)
    differing = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first}' as one (read_only)")
        connection.execute(f"attach '{second}' as two (read_only)")
        for mart in marts_of(first):
            name = f"{MARTS_SCHEMA}.{mart}"
            odd = connection.execute(
                f"select count(*) from ((from one.{name} except all from two.{name}) "
                f"union all (from two.{name} except all from one.{name}))"
            ).fetchone()
            if odd != (0,):
                differing.append(mart)
    return differing
