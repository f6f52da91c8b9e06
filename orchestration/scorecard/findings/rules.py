"""What a finding is, and the thresholds of the KPI specification.

A verdict on a rate needs 10 events and 100 trials on both sides, and a difference counts only when
its 95% interval leaves zero out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import pandas as pd

from orchestration.scorecard.frames import records
from orchestration.scorecard.intervals import newcombe_difference
from orchestration.scorecard.l10n import (
    Text,
    is_missing,
    text,
)

MINIMUM_EVENTS = 10
MINIMUM_TRIALS = 100
CONVERSION_DIGITS = 2
# Less of the revenue traced to channels carries no verdict on return.
LEAST_COVERAGE = 0.7
# Suspicious visits below this share of the spend are not worth a quarrel.
LOST_SHARE = 0.03
NAMES_SHOWN = 3


QUESTIONS_SHOWN, QUESTIONS_OF_SECTION = 10, 3


# `void`: the rule of the goal changed between the periods, so that there is nothing to compare.
Change = Literal["fell", "rose", "same", "little", "void"]


class Weight(IntEnum):
    """How pressing a finding is: the order of the questions."""

    NOTE = 0
    LOOK = 1
    ACT = 2
    ALARM = 3


@dataclass(frozen=True, slots=True)
class Finding:
    statement: Text | None
    weight: Weight = Weight.NOTE
    section: str = ""
    question: Text | None = None


def change_of_share(now: float, trials: float, before: float, trials_before: float) -> Change:
    """Verdict on a share in two periods, from counts of events and trials."""
    if min(trials, trials_before) < MINIMUM_TRIALS or min(now, before) < MINIMUM_EVENTS:
        return "little"
    difference = newcombe_difference(now, trials, before, trials_before)
    if difference is None:
        return "little"
    if difference.high < 0:
        return "fell"
    return "rose" if difference.low > 0 else "same"


def shortened(names: Sequence[Any], limit: int = NAMES_SHOWN) -> list[Any]:
    """The first names and how many more there are; one name is never hidden behind "1 more"."""
    if len(names) <= limit + 1:
        return list(names)
    return [*names[:limit], text("list.more", n=len(names) - limit)]


def zero_if_missing(value: Any) -> float:
    return 0.0 if is_missing(value) else float(value)


def complete_months(customers: pd.DataFrame) -> pd.DataFrame:
    """Rows of finished months in time order."""
    if customers.empty:
        return customers
    return customers[customers["is_complete"].astype(bool)].sort_values("month")


def questions(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with a question, the most pressing first, no question twice.

    One section asks at most three, so that many missed plans do not hide a spike or a wrong bill.
    """
    asked: dict[str, Finding] = {}
    for finding in findings:
        if finding.question is not None:
            asked.setdefault(repr(finding.question), finding)
    chosen: list[Finding] = []
    by_section: dict[str, int] = {}
    for finding in sorted(asked.values(), key=lambda finding: -finding.weight):
        count = by_section.get(finding.section, 0)
        if count < QUESTIONS_OF_SECTION:
            by_section[finding.section] = count + 1
            chosen.append(finding)
    return chosen[:QUESTIONS_SHOWN]


def names_of(frame: pd.DataFrame, kind: str, key: str) -> dict[tuple[str, str], Mapping[str, str]]:
    """(kind, id) -> names in both languages, from a frame with `name_en` and `name_ru`."""
    if frame.empty:
        return {}
    return {
        (kind, str(row[key])): {
            language: str(row[f"name_{language}"])
            for language in ("en", "ru")
            if not is_missing(row.get(f"name_{language}"))
        }
        for row in records(frame)
    }
