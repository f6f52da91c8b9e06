"""The comparison of marts finds what differs, and lets pass what only adds up in another order."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.engines.compare import MartComparison, compare

ROWS = (
    "('a', 10.10::decimal(18,2), 0.1::double, date '2026-01-01'), "
    "('b', 20.20, 1e15, date '2026-01-02'), ('c', null, null, null)"
)


def database(path: Path, rows: str = ROWS, columns: str = "id, amount, share, day") -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.kpi as select * from (values {rows}) as t ({columns})"
        )
    return path


def against(tmp_path: Path, rows: str, *, keys: tuple[str, ...] = ("id",)) -> MartComparison:
    left, right = database(tmp_path / "left.duckdb"), database(tmp_path / "right.duckdb", rows)
    (found,) = compare(left, right, {"kpi": keys})
    return found


def test_the_same_rows_in_another_order_are_equal(tmp_path: Path) -> None:
    rows = (
        "('c', null::decimal(18,2), null::double, null::date), "
        "('b', 20.20, 1e15, date '2026-01-02'), ('a', 10.10, 0.1, date '2026-01-01')"
    )
    found = against(tmp_path, rows)
    assert found.is_equal
    assert found.rows == 3


@pytest.mark.parametrize("keys", [("id",), ()])
def test_a_float_of_another_order_of_addition_is_equal(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    found = against(tmp_path, ROWS.replace("0.1::double", "(0.1 + 1e-17)::double"), keys=keys)
    assert found.is_equal


def test_the_largest_difference_that_passed_is_told(tmp_path: Path) -> None:
    found = against(tmp_path, ROWS.replace("1e15", "1e15 + 1e3"))
    assert found.is_equal
    assert found.largest == pytest.approx(1e-12)


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("10.10", "10.11", "amount"),
        ("0.1::double", "0.1000001::double", "share"),
        ("null, null, null", "null, 0.0, null", "share"),
        ("null, null, null", "0.00, null, null", "amount"),
        ("date '2026-01-02'", "date '2026-01-03'", "day"),
    ],
)
def test_what_differs_is_named(tmp_path: Path, before: str, after: str, column: str) -> None:
    found = against(tmp_path, ROWS.replace(before, after, 1))
    assert not found.is_equal
    assert found.differences == {column: 1}
    assert column in found.examples[0]


def test_rows_of_one_side_alone_are_counted(tmp_path: Path) -> None:
    found = against(tmp_path, ROWS.replace("'c'", "'d'"))
    assert (found.only_left, found.only_right) == (1, 1)
    assert not found.is_equal


def test_a_repeated_key_meets_its_like_once(tmp_path: Path) -> None:
    found = against(tmp_path, f"{ROWS}, ('a', 10.10, 0.1, date '2026-01-01')")
    assert (found.only_left, found.only_right) == (0, 1)


def test_another_column_or_type_is_a_difference(tmp_path: Path) -> None:
    left = database(tmp_path / "left.duckdb")
    right = database(tmp_path / "right.duckdb", ROWS.replace("decimal(18,2)", "double"))
    (found,) = compare(left, right, {"kpi": ["id"]})
    assert not found.is_equal
    assert "amount" in found.verdict


def test_a_mart_of_one_side_alone_is_a_difference(tmp_path: Path) -> None:
    left, right = database(tmp_path / "left.duckdb"), database(tmp_path / "right.duckdb")
    with duckdb.connect(str(right)) as connection:
        connection.execute("create table marts.other as select 1 as id")
    found = {item.mart: item.is_equal for item in compare(left, right, {})}
    assert found == {"kpi": True, "other": False}
