"""Hash chain over the registers, and over the settings that figures depend on.

Registers are files that people may only add lines to. Every record that was ever read is entered
here, and so is every record that was edited or taken away later; each entry carries the SHA-256
of itself and of the entry before it, so that an edit of the ledger shows as well. It cannot stop
somebody with access to the disk; it makes the change visible. Settings may be edited, and what
they were is kept here as well.

It also tells since when a target stands in its register, whatever date is written beside it. For
that the first good reading of each day is entered as well: only a reading without the target proves
that it was not there yet.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

import pyarrow as pa

from orchestration.sources.contracts import REGISTERS, TableContract, tables_of

SETTINGS: Final = "settings"
"""Not a register: the settings of company.toml, an entry for each."""
LEDGER_SCHEMA: Final = pa.schema(
    [
        ("entry", pa.int64()),
        ("register", pa.string()),
        ("record_key", pa.string()),
        ("change", pa.string()),
        ("record", pa.string()),
        ("record_before", pa.string()),
        ("seen_at", pa.timestamp("us")),
        ("chain_hash", pa.string()),
    ]
)
CHAIN_SQL: Final = """sha256(concat_ws(
        chr(10), coalesce(lag(chain_hash) over (order by entry), ''), register, record_key, change,
        coalesce(record, ''), coalesce(record_before, ''), strftime(seen_at, '%Y-%m-%d %H:%M:%S')
    ))"""
"""What `chain_hash` of a row of raw.register_ledger must be."""

TARGETS: Final = "targets"
READ: Final = "read"
SIGHTINGS_SCHEMA: Final = pa.schema(
    [
        ("target_id", pa.string()),
        ("target_version", pa.int64()),
        ("first_seen_at", pa.timestamp("us")),
        ("last_unseen_at", pa.timestamp("us")),
        ("first_period_start", pa.date32()),
        ("agreed_metric_id", pa.string()),
        ("agreed_segment_type", pa.string()),
        ("agreed_segment_value", pa.string()),
        ("agreed_direction", pa.string()),
        ("agreed_target_value", pa.decimal128(18, 6)),
        ("agreed_baseline_value", pa.decimal128(18, 6)),
        ("agreed_period_start", pa.date32()),
        ("agreed_period_end", pa.date32()),
        ("agreed_approved_at", pa.timestamp("us")),
        ("agreed_seen_at", pa.timestamp("us")),
        ("agreed_unseen_at", pa.timestamp("us")),
    ]
)
# What a target is held to. A reason, a milestone or a name may be corrected later.
_TERMS: Final = (
    "metric_id", "segment_type", "segment_value", "direction", "target_value", "baseline_value",
    "period_start", "period_end",
)  # fmt: skip

Entry = dict[str, Any]


def watched_contracts() -> dict[str, TableContract]:
    """Name of a register -> its contract."""
    return {contract.table: contract for contract in tables_of(REGISTERS)}


def _key_of(register: str) -> tuple[str, ...]:
    """Columns that name a record. Of one thing the newest record counts, so its time is a part."""
    if register == SETTINGS:
        return ("setting",)
    return (*watched_contracts()[register].natural_key, "recorded_at")


def extended(
    ledger: pa.Table,
    present: Mapping[str, Sequence[Mapping[str, Any]]],
    seen_at: datetime,
    *,
    is_whole: bool = False,
) -> pa.Table:
    """The ledger with entries for what changed since its last one.

    `present`: register -> its records as they are read now, columns by name. `change` is added,
    changed (the same key with another content) or removed; a key is the register's own and the
    time at which the record was made, since a later record of one thing is an addition.
    `seen_at` is kept to the second, UTC. `is_whole`: the register of targets was read without a
    refused row; the first such reading of a day (UTC) is entered as read, with an empty key.
    """
    known: dict[tuple[str, str], Counter[str]] = {}
    rows = ledger.to_pylist()
    for row in rows:
        records = known.setdefault((row["register"], row["record_key"]), Counter())
        if row["record"] is not None:
            records[row["record"]] += 1
        if row["record_before"] is not None:
            records[row["record_before"]] -= 1
    found: dict[tuple[str, str], Counter[str]] = {}
    for register, records_now in present.items():
        columns = _key_of(register)
        for values in records_now:
            key = ", ".join(_text(values.get(column)) for column in columns)
            found.setdefault((register, key), Counter())[_canonical(values)] = 1
    entries = list(_changes(known, found, present))
    seen_at = seen_at.replace(microsecond=0, tzinfo=None)
    days_read = {row["seen_at"].date() for row in rows if row["register"] == TARGETS}
    if is_whole and seen_at.date() not in days_read:
        entries.append(
            {
                "register": TARGETS, "record_key": "", "change": READ,
                "record": None, "record_before": None,
            }
        )  # fmt: skip
    previous = rows[-1]["chain_hash"] if rows else ""
    for place, entry in enumerate(entries, start=len(rows) + 1):
        entry["entry"], entry["seen_at"] = place, seen_at
        entry["chain_hash"] = previous = _chain(previous, entry)
    return pa.concat_tables([ledger, pa.Table.from_pylist(entries, schema=LEDGER_SCHEMA)])


def _changes(
    known: Mapping[tuple[str, str], Counter[str]],
    found: Mapping[tuple[str, str], Counter[str]],
    present: Mapping[str, object],
) -> Iterator[Entry]:
    for register, key in sorted({*known, *found}):
        if register not in present:
            continue
        before, now = known.get((register, key), Counter()), found.get((register, key), Counter())
        gone = sorted(record for record, count in before.items() if count > 0 and record not in now)
        new = sorted(record for record in now if before[record] <= 0)
        for place in range(max(len(gone), len(new))):
            old = gone[place] if place < len(gone) else None
            record = new[place] if place < len(new) else None
            change = "added" if old is None else "removed" if record is None else "changed"
            yield {
                "register": register, "record_key": key, "change": change,
                "record": record, "record_before": old,
            }  # fmt: skip


def target_sightings(ledger: pa.Table, targets: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Since when each version of the targets stands in the register with what it asks for now.

    `targets`: the register's records; of several of one version the newest counts, as in the
    models. Returns SIGHTINGS_SCHEMA, times UTC: `first_seen_at` is the first reading with these
    terms, `last_unseen_at` the last one before it, None where none is on record: then nobody can
    say when it was written. `first_period_start` is the earliest first day of the period that the
    first version of the target had in any reading, of records approved before that day: moved in
    its place, a period would look agreed in time.
    """
    entries = [row for row in ledger.to_pylist() if row["register"] == TARGETS]
    readings = sorted({row["seen_at"] for row in entries})
    seen: dict[tuple[str, ...], datetime] = {}
    for row in entries:
        if row["record"] is not None:
            terms = _terms(json.loads(row["record"]))
            seen[terms] = min(seen.get(terms, row["seen_at"]), row["seen_at"])
    newest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for record in sorted(targets, key=_recorded):
        newest[_text(record["target_id"]), _text(record["version"])] = record
    starts = _first_starts(entries)
    agreed = _agreed_terms(entries, readings, starts, set(newest))
    found = []
    for record in newest.values():
        first = seen.get(_terms(record))
        if first is not None:
            found.append(
                {
                    "target_id": record["target_id"],
                    "target_version": int(record["version"]),
                    "first_seen_at": first,
                    "last_unseen_at": max((at for at in readings if at < first), default=None),
                    "first_period_start": starts.get(record["target_id"]),
                    **agreed(record, first),
                }
            )
    return pa.Table.from_pylist(found, schema=SIGHTINGS_SCHEMA)


def _first_starts(entries: Sequence[Entry]) -> dict[str, date]:
    """Target -> the earliest start that its first version ever had, by the ledger's entries.

    A record whose start lay before its own approval is left out: that may be a slip of the year.
    """
    versions: dict[str, list[tuple[int, date]]] = {}
    for entry in entries:
        if entry["record"] is None:
            continue
        record = json.loads(entry["record"])
        start = record.get("period_start")
        if start and record.get("approved_at", "")[:10] < start:
            versions.setdefault(record["target_id"], []).append(
                (int(record["version"]), date.fromisoformat(start))
            )
    return {target: min(found)[1] for target, found in versions.items()}


def _agreed_terms(
    entries: Sequence[Entry],
    readings: Sequence[datetime],
    starts: Mapping[str, date],
    present: set[tuple[str, str]],
) -> Callable[[Mapping[str, Any], datetime], Entry]:
    """What a record, first read at a time, asked for when its period began, by earlier readings.

    Of several the last that was read before the start, else the first. Terms that stood less than
    a day were a slip. A version that was taken away speaks through the next one that is there.
    """
    seen: dict[str, dict[tuple[str, ...], tuple[datetime, Entry]]] = {}
    for entry in entries:
        if entry["record"] is not None:
            record = json.loads(entry["record"])
            known = seen.setdefault(record["target_id"], {})
            known.setdefault(_terms(record), (entry["seen_at"], record))

    def agreed(record: Mapping[str, Any], first: datetime) -> Entry:
        target, version = own = _terms(record)[:2]
        start = starts.get(target, record["period_start"])
        gone = {
            terms[:2]
            for terms in seen[target]
            if int(terms[1]) < int(version) and terms[:2] not in present
        }
        earlier = sorted(
            (
                found
                for terms, found in seen[target].items()
                if found[0] < first and (terms[:2] == own or terms[:2] in gone)
            ),
            key=itemgetter(0),
        )
        ends = [*(seen_at for seen_at, _ in earlier[1:]), first]
        stood = [
            found
            for found, end in zip(earlier, ends, strict=False)
            if end - found[0] >= timedelta(days=1)
        ]
        if not stood:
            return {}
        in_time = [found for found in stood if found[0].date() < start]
        seen_at, values = in_time[-1] if in_time else stood[0]
        terms = dict(zip(("target_id", "version", *_TERMS), _terms(values), strict=True))
        baseline = terms["baseline_value"]
        return {
            "agreed_metric_id": terms["metric_id"],
            "agreed_segment_type": terms["segment_type"],
            "agreed_segment_value": terms["segment_value"],
            "agreed_direction": terms["direction"].lower(),
            "agreed_target_value": Decimal(terms["target_value"]),
            "agreed_baseline_value": Decimal(baseline) if baseline else None,
            "agreed_period_start": date.fromisoformat(terms["period_start"]),
            "agreed_period_end": date.fromisoformat(terms["period_end"]),
            "agreed_approved_at": datetime.fromisoformat(values["approved_at"]),
            "agreed_seen_at": seen_at,
            "agreed_unseen_at": max((at for at in readings if at < seen_at), default=None),
        }

    return agreed


def _terms(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a version of a target: its key and what it asks for, as text."""
    segment = {"segment_type": "all", "segment_value": "all"}
    return tuple(
        _text(values.get(name)).strip() or segment.get(name, "")
        for name in ("target_id", "version", *_TERMS)
    )


def _recorded(record: Mapping[str, Any]) -> tuple[str, str]:
    # times of one form sort as text, and a missing one before all others
    return _text(record.get("recorded_at")), _text(record.get("_file"))


def _canonical(values: Mapping[str, Any]) -> str:
    """The record as JSON. Empty columns are left out: one that the product adds is no edit."""
    filled = {
        name: _text(value)
        for name, value in values.items()
        if value is not None and not name.startswith("_")
    }
    return json.dumps(filled, ensure_ascii=False, sort_keys=True)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        # 0.350000 and 0.35 are one number, whatever scale the lake keeps it in.
        return f"{value.normalize():f}"
    return str(value)


def _chain(previous: str, entry: Entry) -> str:
    parts = (
        previous, entry["register"], entry["record_key"], entry["change"],
        entry["record"] or "", entry["record_before"] or "",
        f"{entry['seen_at']:%Y-%m-%d %H:%M:%S}",
    )  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
