"""The table system x behaviour in the note of the sources is made from the suite that tests it.

`python -m tests.integration.api.test_behaviour_table` prints it anew.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from orchestration.settings import PROJECT_DIR
from orchestration.sources.api import API_DOORS, FILES_ONLY, is_snapshot
from orchestration.sources.contracts import contract_of, tables_of
from tests.integration.api.behaviours import Behaviours, Case, TableBehaviours

NOTE = PROJECT_DIR / "orchestration" / "sources" / "README.md"
# Behaviour -> tests of the suite that hold it for every case they are not skipped for.
BEHAVIOURS = {
    "all rows, paging": "test_brings_every_row_of_the_window",
    "429, quota": "test_waits_when_throttled",
    "5xx, timeout, reset, cut body": "test_tries_again_after",
    "refused or missing secret": "test_names_the_variable_of_a_refused_secret",
    "token expiry": "test_expired_token",
    "new field": "test_leaves_out_and_reports_new_fields",
    "other names": "test_fields_of_other_names_are_not_taken_for_no_rows",
    "restatement": "test_lake_takes_restated_rows",
    "empty day": "test_lake_loses_the_rows_of_a_day_that_is_now_empty",
    "deletion": "test_lake_marks_a_deleted_record",
    "kill and resume": "test_lake_survives_a_kill_at_any_moment",
}


Suite = type[TableBehaviours]


def suites() -> list[Suite]:
    """All classes that inherit the suite or the part of it for further tables, by source."""
    found: dict[tuple[str, str], Suite] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.integration.api.{path.stem}")
        for _, item in inspect.getmembers(module, inspect.isclass):
            if issubclass(item, TableBehaviours) and hasattr(item, "case"):
                found.setdefault((item.case.source, item.case.table), item)
    order = list(API_DOORS)
    # The table that has the whole suite stands before those that point at it.
    return sorted(
        found.values(),
        key=lambda suite: (order.index(suite.case.source), not issubclass(suite, Behaviours)),
    )


def mark(suite: Suite, behaviour: str) -> str:
    """`tested`, where else it is, or why the behaviour does not apply."""
    case = suite.case
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
        return "no records" if contract.by_day else "kept"
    if not hasattr(suite, BEHAVIOURS[behaviour]):
        return f"as {whole_suite_of(case)}"
    return "tested"


def whole_suite_of(case: Case) -> str:
    """The table of the same source that has the whole suite."""
    return next(
        suite.case.table
        for suite in suites()
        if suite.case.source == case.source and issubclass(suite, Behaviours)
    )


def table() -> str:
    lines = [f"| system, table | {' | '.join(BEHAVIOURS)} |", f"|---|{'---|' * len(BEHAVIOURS)}"]
    lines += [
        f"| {suite.case.source} {suite.case.table} "
        f"| {' | '.join(mark(suite, name) for name in BEHAVIOURS)} |"
        for suite in suites()
    ]
    return "\n".join(lines)


def test_the_table_of_the_note_is_the_one_the_suite_makes() -> None:
    assert table() in NOTE.read_text(encoding="utf-8")


def test_every_table_of_every_door_is_in_the_suite() -> None:
    brought = {
        (contract.source, contract.table)
        for source in API_DOORS
        for contract in tables_of(source)
        if (source, contract.table) not in FILES_ONLY
    }
    assert {(suite.case.source, suite.case.table) for suite in suites()} == brought
    assert {s.case.source for s in suites() if issubclass(s, Behaviours)} == set(API_DOORS)
    assert all(hasattr(Behaviours, test) for test in BEHAVIOURS.values())


if __name__ == "__main__":
    print(table())
