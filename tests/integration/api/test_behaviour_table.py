"""The table system x behaviour in the note of the sources is made from the suite that tests it.

`python -m tests.integration.api.test_behaviour_table` prints it anew.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from orchestration.settings import PROJECT_DIR
from orchestration.sources.api import API_DOORS, is_snapshot
from orchestration.sources.contracts import DELETED_COLUMN, contract_of
from tests.integration.api.behaviours import Behaviours, Case

NOTE = PROJECT_DIR / "orchestration" / "sources" / "README.md"
# Behaviour -> tests of the suite that hold it for every case they are not skipped for.
BEHAVIOURS = {
    "all rows, paging": "test_brings_every_row_of_the_window",
    "429, quota": "test_waits_when_throttled",
    "5xx, timeout, reset, cut body": "test_tries_again_after",
    "refused or missing secret": "test_names_the_variable_of_a_refused_secret",
    "token expiry": "test_expired_token",
    "new field": "test_leaves_out_and_reports_new_fields",
    "restatement": "test_lake_takes_restated_rows",
    "empty day": "test_lake_loses_the_rows_of_a_day_that_is_now_empty",
    "deletion": "test_lake_marks_a_deleted_record",
    "kill and resume": "test_lake_survives_a_kill_at_any_moment",
}


def cases() -> list[Case]:
    """The cases of all classes that inherit the suite, by source and table."""
    found: dict[tuple[str, str], Case] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.integration.api.{path.stem}")
        for _, item in inspect.getmembers(module, inspect.isclass):
            if issubclass(item, Behaviours) and item is not Behaviours:
                found.setdefault((item.case.source, item.case.table), item.case)
    order = list(API_DOORS)
    return sorted(found.values(), key=lambda case: order.index(case.source))


def mark(case: Case, behaviour: str) -> str:
    """`tested`, or why the behaviour does not apply."""
    contract = contract_of(case.source, case.table)
    if behaviour in {"refused or missing secret", "token expiry"} and not case.names:
        return "no secret"
    if behaviour == "token expiry":
        return "renewed" if case.renews_token else "told"
    if behaviour == "empty day" and case.clear is None:
        if not contract.by_day:
            return "records"
        return "snapshot" if is_snapshot(case.source, case.table) else "figure of every day"
    if behaviour == "deletion" and case.delete is None:
        return "no records"
    if behaviour == "deletion" and DELETED_COLUMN not in {c.name for c in contract.columns}:
        return "**no mark**"
    return "tested"


def table() -> str:
    lines = [f"| system, table | {' | '.join(BEHAVIOURS)} |", f"|---|{'---|' * len(BEHAVIOURS)}"]
    lines += [
        f"| {case.source} {case.table} | {' | '.join(mark(case, name) for name in BEHAVIOURS)} |"
        for case in cases()
    ]
    return "\n".join(lines)


def test_the_table_of_the_note_is_the_one_the_suite_makes() -> None:
    assert table() in NOTE.read_text(encoding="utf-8")


def test_every_door_and_behaviour_is_in_the_suite() -> None:
    assert {case.source for case in cases()} == set(API_DOORS)
    assert all(hasattr(Behaviours, test) for test in BEHAVIOURS.values())


if __name__ == "__main__":
    print(table())
