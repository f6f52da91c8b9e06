"""Compares the marts of two DuckDB files, row by row, whatever engines built them.

Rows are matched by the mart's grain, which its `unique_rows` test names. Everything but
floating-point numbers must be equal, decimals to the kopeck; floating-point numbers may differ by
one part in a thousand million, because engines add up in different orders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

MARTS_SCHEMA = "marts"
RELATIVE_TOLERANCE = 1e-9
_FLOATS = {"DOUBLE", "FLOAT"}
_EXAMPLES = 3


@dataclass(frozen=True)
class MartComparison:
    """How two versions of a mart differ.

    `only_left`, `only_right`: rows whose key the other side lacks. `differences`: by column, the
    number of rows in which it differs. `examples`: a few of them, for people. `largest`: the
    largest relative difference of a floating-point number that was let pass.
    """

    mart: str
    rows: int = 0
    only_left: int = 0
    only_right: int = 0
    differences: Mapping[str, int] | None = None
    examples: tuple[str, ...] = ()
    largest: float = 0.0
    problem: str = ""

    @property
    def is_equal(self) -> bool:
        return not (self.problem or self.only_left or self.only_right or self.differences)

    @property
    def verdict(self) -> str:
        """In one line: equal, or what differs in how many rows."""
        if self.is_equal:
            return f"equal (floats within {self.largest:.0e})" if self.largest else "equal"
        parts = [self.problem] if self.problem else []
        if self.only_left or self.only_right:
            parts.append(f"{self.only_left} rows only left, {self.only_right} only right")
        parts += [f"{name} in {count} rows" for name, count in (self.differences or {}).items()]
        return "DIFFERS: " + ", ".join(parts)


def grains(manifest: Path) -> dict[str, list[str]]:
    """Key columns by mart, as its `unique_rows` test (or its single unique column) names them."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for node in content["nodes"].values():
        test = node.get("test_metadata") or {}
        if node["resource_type"] != "test" or test.get("name") not in {"unique_rows", "unique"}:
            continue
        name = content["nodes"].get(node["attached_node"], {}).get("name")
        columns = test["kwargs"].get("columns") or [test["kwargs"]["column_name"]]
        if name and (name not in found or test["name"] == "unique_rows"):
            found[name] = list(columns)
    return found


def compare(left: Path, right: Path, keys: Mapping[str, Sequence[str]]) -> list[MartComparison]:
    """Compare every mart of two files. `keys`: key columns by mart; without, all but floats."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left}' as left_side (read_only)")
        connection.execute(f"attach '{right}' as right_side (read_only)")
        marts = {side: _marts(connection, side) for side in ("left_side", "right_side")}
        names = sorted(marts["left_side"] | marts["right_side"])
        return [
            _compare(connection, name, keys.get(name, ()))
            if all(name in found for found in marts.values())
            else MartComparison(name, problem="there is no such mart on one side")
            for name in names
        ]


def _marts(connection: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
        [side, MARTS_SCHEMA],
    ).fetchall()
    return {name for (name,) in rows}


def _compare(
    connection: duckdb.DuckDBPyConnection, mart: str, keys: Sequence[str]
) -> MartComparison:
    left, right = (_columns(connection, side, mart) for side in ("left_side", "right_side"))
    if left != right:
        unlike = sorted(set(left.items()) ^ set(right.items()))
        return MartComparison(mart, problem=f"columns differ: {unlike}")
    keys = keys or [name for name, kind in left.items() if kind not in _FLOATS]
    others = [name for name in left if name not in keys]
    matched = " and ".join(f'l."{key}" is not distinct from r."{key}"' for key in keys)
    sides = []
    for side, alias in (("left_side", "l"), ("right_side", "r")):
        # Equal keys can only be where the whole key repeats; numbered, each row meets one row.
        order = ", ".join(f'"{name}"' for name in left)
        partition = ", ".join(f'"{key}"' for key in keys)
        sides.append(
            f"(select *, row_number() over (partition by {partition} order by {order}) as copy_no, "
            f'true as is_there from {side}.{MARTS_SCHEMA}."{mart}") as {alias}'
        )
    joined = f"{sides[0]} full join {sides[1]} on {matched} and l.copy_no = r.copy_no"
    conditions = {name: _unlike(name, left[name]) for name in others}
    distances = [_distance(name) for name in others if left[name] in _FLOATS]
    counted = connection.execute(
        "select count(*), count(*) filter (r.is_there is null), "
        "count(*) filter (l.is_there is null), "
        + (f"coalesce(max(greatest({', '.join(distances)}, 0.0)), 0)" if distances else "0")
        + "".join(f", count(*) filter ({condition})" for condition in conditions.values())
        + f" from {joined}"
    ).fetchone()
    rows, only_left, only_right, largest, *counts = counted or (0, 0, 0, 0.0)
    differences = {name: count for name, count in zip(others, counts, strict=True) if count}
    examples = [
        example
        for name in list(differences)[:_EXAMPLES]
        for example in _example(connection, joined, keys, name, conditions[name])
    ]
    return MartComparison(
        mart, rows, only_left, only_right, differences, tuple(examples), float(largest)
    )


def _columns(connection: duckdb.DuckDBPyConnection, side: str, mart: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [side, MARTS_SCHEMA, mart],
    ).fetchall()
    return dict(rows)


def _unlike(name: str, kind: str) -> str:
    both = "l.is_there and r.is_there"
    if kind in _FLOATS:
        return (
            f'{both} and ((l."{name}" is null) <> (r."{name}" is null) '
            f"or coalesce({_distance(name)}, 0) > {RELATIVE_TOLERANCE})"
        )
    return f'{both} and l."{name}" is distinct from r."{name}"'


def _distance(name: str) -> str:
    """Difference relative to the larger number, or to 1 where both are smaller."""
    one, other = f'l."{name}"', f'r."{name}"'
    return f"(abs({one} - {other}) / greatest(abs({one}), abs({other}), 1.0))"


def _example(
    connection: duckdb.DuckDBPyConnection,
    joined: str,
    keys: Sequence[str],
    name: str,
    condition: str,
) -> list[str]:
    shown = ", ".join(f'l."{key}"' for key in keys)
    rows: list[tuple[Any, ...]] = connection.execute(
        f'select l."{name}", r."{name}", {shown} from {joined} where {condition} '
        f"order by {shown} limit {_EXAMPLES}"
    ).fetchall()
    return [
        f"{name}: {one!s} / {other!s} at "
        + ", ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
        for one, other, *values in rows
    ]
