"""What a check found, in a form that every room can read: the gate, the report, the summary."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["blocking", "warning"]


@dataclass(frozen=True)
class CheckOutcome:
    """Result of one check in one run.

    `failed_rows` is how many rows break the rule (0 when it holds). `since` is the ISO date of the
    oldest fact that breaks it, where the check knows one; `first_seen` that of the run which first
    saw the fault that is still there. The messages name what is wrong and what
    to do, without personal data.
    """

    name: str
    subject: str
    severity: Severity
    passed: bool
    message_en: str
    message_ru: str
    failed_rows: int = 0
    since: str | None = None
    first_seen: str | None = None

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "blocking"


class CheckLog:
    """The outcomes of one run, one JSON line each, so that later steps of the run can read them."""

    def __init__(self, output: Path, run_id: str) -> None:
        self._path = output / "checks" / f"{run_id}.jsonl"
        self._done = output / "checks" / f"{run_id}.done"

    def add(self, outcomes: list[CheckOutcome]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for outcome in outcomes:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")

    def note_done(self, names: Iterable[str]) -> None:
        """Note what the run has done of that on which publication depends: checks it was asked to
        make, also those that had nothing to judge, and the build of all marts."""
        self._done.parent.mkdir(parents=True, exist_ok=True)
        with self._done.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in names)

    def done(self) -> set[str]:
        """All that `note_done` was told in this run."""
        if not self._done.exists():
            return set()
        return set(self._done.read_text(encoding="utf-8").splitlines())

    def read(self) -> list[CheckOutcome]:
        """All outcomes so far; of a check that ran twice (a retried step) the last one."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        latest = {
            (outcome.subject, outcome.name): outcome
            for outcome in (CheckOutcome(**json.loads(line)) for line in lines)
        }
        return sorted(latest.values(), key=lambda outcome: (outcome.subject, outcome.name))
