"""What was once written into a register stays visible, whoever edits it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.lake.register_ledger import (
    CHAIN_SQL,
    LEDGER_SCHEMA,
    SETTINGS,
    extended,
    target_sightings,
)

EMPTY = LEDGER_SCHEMA.empty_table()
MARGIN: dict[str, Any] = {
    "product_line": "shop", "valid_from": date(2026, 1, 1),
    "contribution_margin": Decimal("0.350000"), "name_ru": None,
    "recorded_at": datetime(2026, 1, 1, 10), "_file": "registers/margins.csv",  # noqa: DTZ001
}  # fmt: skip
AGAIN = {**MARGIN, "contribution_margin": Decimal("0.4")}


def grown(*readings: list[dict[str, Any]]) -> pa.Table:
    ledger = EMPTY
    for day, records in enumerate(readings, start=1):
        ledger = extended(ledger, {"margins": records}, datetime(2026, 1, day, 6, tzinfo=UTC))
    return ledger


def changes(ledger: pa.Table) -> list[tuple[str, int]]:
    return [(row["change"], row["seen_at"].day) for row in ledger.to_pylist()]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([[MARGIN], [MARGIN]], [("added", 1)]),
        ([[MARGIN], [AGAIN]], [("added", 1), ("changed", 2)]),
        ([[MARGIN], []], [("added", 1), ("removed", 2)]),
        # put back as it was: seen, and not held against it for ever as missing
        ([[MARGIN], [], [MARGIN]], [("added", 1), ("removed", 2), ("added", 3)]),
        (
            [[MARGIN], [AGAIN], [MARGIN], [MARGIN]],
            [("added", 1), ("changed", 2), ("changed", 3)],
        ),
        # a correction that is written as a record of its own is an addition
        (
            [[MARGIN], [MARGIN, {**AGAIN, "recorded_at": datetime(2026, 1, 2, 9)}]],  # noqa: DTZ001
            [("added", 1), ("added", 2)],
        ),
        # the lake's types, the file's name and columns of newer versions are no edits
        (
            [[MARGIN], [{**MARGIN, "contribution_margin": Decimal("0.35"), "_file": "other.csv",
                         "sales_cycle": None}]],
            [("added", 1)],
        ),
        # a version number is a text: 1.1 is not 1.10
        (
            [[{**MARGIN, "source": "policy 1.1"}, {**AGAIN, "product_line": "1.10"}],
             [{**MARGIN, "source": "policy 1.10"}, {**AGAIN, "product_line": "1.1"}]],
            [("added", 1), ("added", 1), ("added", 2), ("removed", 2), ("changed", 2)],
        ),
    ],
)  # fmt: skip
def test_every_change_is_entered_once(
    readings: list[list[dict[str, Any]]], expected: list[tuple[str, int]]
) -> None:
    assert changes(grown(*readings)) == expected


def test_a_register_that_was_not_read_is_not_emptied() -> None:
    ledger = extended(grown([MARGIN]), {"targets": []}, datetime(2026, 1, 2, tzinfo=UTC))
    assert changes(ledger) == [("added", 1)]


def broken(ledger: pa.Table) -> list[int]:
    query = (
        "select entry from (select entry, chain_hash, row_number() over (order by entry) as place, "
        f"{CHAIN_SQL} as expected from ledger) where chain_hash <> expected or entry <> place "
        "order by entry"
    )
    with duckdb.connect() as connection:
        connection.register("ledger", ledger)
        return [entry for (entry,) in connection.execute(query).fetchall()]


def test_the_chain_shows_an_edited_entry_and_a_lost_one() -> None:
    ledger = grown([MARGIN], [AGAIN], [], [MARGIN])
    assert ledger.num_rows == 4
    assert broken(ledger) == []
    rows = ledger.to_pylist()
    edited = [{**row, "record": "{}"} if row["entry"] == 2 else row for row in rows]
    assert broken(pa.Table.from_pylist(edited, schema=LEDGER_SCHEMA)) == [2]
    lost = [row for row in rows if row["entry"] != 2]
    assert broken(pa.Table.from_pylist(lost, schema=LEDGER_SCHEMA)) == [3, 4]


TARGET: dict[str, Any] = {
    "target_id": "T", "version": 1, "metric_id": "revenue", "segment_type": "all",
    "segment_value": "all", "direction": "up", "target_value": Decimal("100.000000"),
    "baseline_value": None, "period_start": date(2026, 1, 3), "period_end": date(2026, 1, 31),
    "reason": "plan", "recorded_at": datetime(2025, 12, 20, 10),  # noqa: DTZ001
    "approved_at": datetime(2025, 12, 20, 10), "_file": "registers/targets.csv",  # noqa: DTZ001
}  # fmt: skip


def watched(*readings: list[dict[str, Any]] | None) -> list[tuple[int, int, int | None]]:
    """(version, day first seen, last day unseen) after a reading a day; None: rows were refused."""
    ledger, last = EMPTY, []
    for day, records in enumerate(readings, start=1):
        last = last if records is None else records
        ledger = extended(
            ledger,
            {"targets": last},
            datetime(2026, 1, day, 6, tzinfo=UTC),
            is_whole=records is not None,
        )
    assert broken(ledger) == []
    return [
        (
            row["target_version"],
            row["first_seen_at"].day,
            row["last_unseen_at"].day if row["last_unseen_at"] else None,
        )
        for row in target_sightings(ledger, last).to_pylist()
    ]


EASIER = {**TARGET, "target_value": Decimal("60")}


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # a first run proves nothing
        ([[TARGET]], [(1, 1, None)]),
        ([[TARGET], [TARGET]], [(1, 1, None)]),
        # nothing changed for days, and yet they tell that the target was not there
        ([[], [], [], [TARGET]], [(1, 4, 3)]),
        ([[TARGET], [TARGET], [TARGET], [TARGET, {**EASIER, "version": 2}]],
         [(1, 1, None), (2, 4, 3)]),
        # edited in its place: it asks for something else since that day
        ([[TARGET], [TARGET], [EASIER]], [(1, 3, 2)]),
        # corrected by a later record of the same version
        ([[TARGET], [TARGET],
          [TARGET, {**EASIER, "recorded_at": datetime(2026, 1, 3)}]],  # noqa: DTZ001
         [(1, 3, 2)]),
        # another reason, file or scale of the number is the same target, and so is one put back
        ([[TARGET], [{**TARGET, "reason": "", "target_value": Decimal("1e2"), "_file": "b.csv"}]],
         [(1, 1, None)]),
        ([[TARGET], [EASIER], [TARGET]], [(1, 1, None)]),
        # of a file with refused rows nobody can say what it lacked
        ([[], None, None, [TARGET]], [(1, 4, 1)]),
    ],
)  # fmt: skip
def test_since_when_a_target_stands_there(
    readings: list[list[dict[str, Any]] | None], expected: list[tuple[int, int, int | None]]
) -> None:
    assert watched(*readings) == expected


@pytest.mark.parametrize(
    ("readings", "start"),
    [
        ([{}], 3),
        # moved on in its place, or by a later record of the same version
        ([{}, {"period_start": date(2026, 1, 20)}], 3),
        ([{"period_start": date(2026, 1, 20)}, {}], 3),
        # the second version does not tell when the first began
        ([{}, {"version": 2, "period_start": date(2026, 1, 2)}], 3),
        # never approved before such a start: a slip of the year
        ([{"period_start": date(2025, 1, 3)}, {}], 3),
        ([{"approved_at": datetime(2026, 1, 5, 9)}], None),  # noqa: DTZ001
    ],
)
def test_the_first_start_that_was_read_stays_known(
    readings: list[dict[str, Any]], start: int | None
) -> None:
    ledger, record = EMPTY, TARGET
    for day, changed in enumerate(readings, start=1):
        record = {**TARGET, **changed}
        moment = datetime(2026, 1, day, 6, tzinfo=UTC)
        ledger = extended(ledger, {"targets": [record]}, moment, is_whole=True)
    (row,) = target_sightings(ledger, [record]).to_pylist()
    assert row["first_period_start"] == (start and date(2026, 1, start))


def asking(value: int, **more: Any) -> dict[str, Any]:
    return {**TARGET, "target_value": Decimal(value), **more}


@pytest.mark.parametrize(
    ("readings", "agreed"),
    [
        # nothing else was ever asked for
        ([[asking(100)], [asking(100)]], (None, None)),
        # edited in its place, or by a later record of the same version with an older date
        ([[asking(100)], [asking(100)], [asking(100)], [asking(60)]], (100, 1)),
        ([[asking(100)], [], [], [asking(100), asking(60, recorded_at=datetime(2025, 12, 21))]],  # noqa: DTZ001
         (100, 1)),
        # the last that was read before the start, else the first: neither is what came after
        ([[asking(100)], [asking(90)], [], [asking(70)], [asking(60)]], (90, 2)),
        ([[], [], [], [asking(100)], [asking(70)], [asking(60)]], (100, 4)),
        # the first version was taken away, the second bears an older date
        ([[asking(100)], [], [], [asking(60, version=2)]], (100, 1)),
        ([[asking(100)], [], [], [asking(100), asking(60, version=2)]], (None, None)),
        # the unit of what is measured is a term as well
        ([[asking(100)], [], [], [asking(100, metric_id="roas")]], (100, 1)),
    ],
)  # fmt: skip
def test_what_was_asked_for_when_the_period_began(
    readings: list[list[dict[str, Any]]], agreed: tuple[int | None, int | None]
) -> None:
    ledger = EMPTY
    for day, records in enumerate(readings, start=1):
        moment = datetime(2026, 1, day, 6, tzinfo=UTC)
        ledger = extended(ledger, {"targets": records}, moment, is_whole=True)
    row = target_sightings(ledger, readings[-1]).to_pylist()[-1]
    seen_at = row["agreed_seen_at"]
    assert (row["agreed_target_value"], seen_at and seen_at.day) == agreed
    if seen_at:
        assert row["agreed_metric_id"] == "revenue"
        assert row["agreed_period_start"] == date(2026, 1, 3)


def test_terms_that_stood_for_hours_were_a_slip() -> None:
    ledger = EMPTY
    for hour, value in ((6, 1000), (9, 100)):
        moment = datetime(2026, 1, 1, hour, tzinfo=UTC)
        ledger = extended(ledger, {"targets": [asking(value)]}, moment, is_whole=True)
    (row,) = target_sightings(ledger, [asking(100)]).to_pylist()
    assert row["agreed_target_value"] is None


def test_settings_are_entered_by_their_names() -> None:
    ledger = EMPTY
    for day, rate in ((1, "0.2"), (2, "0.22"), (3, None)):
        settings = [{"setting": "vat.rate", "value": rate}] if rate else []
        ledger = extended(ledger, {SETTINGS: settings}, datetime(2026, 1, day, 6, tzinfo=UTC))
    assert changes(ledger) == [("added", 1), ("changed", 2), ("removed", 3)]
    assert {row["record_key"] for row in ledger.to_pylist()} == {"vat.rate"}
    assert broken(ledger) == []


def test_a_day_is_entered_once() -> None:
    ledger = EMPTY
    for hour in (6, 7, 20):
        moment = datetime(2026, 1, 1, hour, tzinfo=UTC)
        ledger = extended(ledger, {"targets": []}, moment, is_whole=True)
    assert changes(ledger) == [("read", 1)]
