"""What every section is built with: the marts, the day, the words, and cells of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard import charts
from orchestration.scorecard.findings import (
    Finding,
)
from orchestration.scorecard.l10n import (
    NO_VALUE,
    Between,
    Money,
    Number,
    Share,
    Translator,
    is_missing,
)
from orchestration.scorecard.queries import HEADLINE_MODEL, Marts, Query
from orchestration.scorecard.view import Cell, Figure, Key, Section


@dataclass(frozen=True, slots=True)
class Context:
    marts: Marts
    as_of: date
    say: Translator
    checks: Sequence[CheckOutcome]

    def read(self, query: Query, **parameters: Any) -> pd.DataFrame:
        return self.marts.read(query, as_of=self.as_of, model=HEADLINE_MODEL, **parameters)

    def section(self, identifier: str, **values: Any) -> Section:
        what = self.say(f"{identifier}.what", **values)
        return Section(
            id=identifier,
            title=self.say(f"{identifier}.title"),
            what=what,
            how=self.say(f"{identifier}.how") if self.say.has(f"{identifier}.how") else "",
            lies=self.say(f"{identifier}.lies") if self.say.has(f"{identifier}.lies") else "",
        )

    def without_data(
        self, identifier: str, query: Query, days: int | None = None, that: str = "true"
    ) -> Section:
        """A section with a sentence: never had data, stopped, or made by another release.

        `that`: which rows of the mart are data; a mart of traffic also holds days of mere spend.
        """
        if any(table in self.marts.unreadable for table in query.tables):
            return self.unreadable(identifier)
        section = Section(id=identifier, title=self.say(f"{identifier}.title"))
        if days is not None and self.marts.has_rows(query.tables[0], that):
            section.sad = self.say("sad.no_recent", days=days)
        else:
            section.is_absent = True
            section.sad = self.say(f"missing.{identifier}")
        return section

    def unreadable(self, identifier: str) -> Section:
        """A section with the sentence that its marts were made by another release."""
        title = self.say(f"{identifier}.title")
        return Section(id=identifier, title=title, sad=self.say("sad.unreadable"))

    def figure(
        self,
        section: Section,
        build: charts.Builder,
        *,
        keys: Sequence[Key] = (),
        caption: str = "",
    ) -> Figure:
        drawing = charts.draw(build, self.say)
        label = ". ".join([section.title, *section.takeaways]).replace("..", ".")
        return Figure(label=label, drawing=drawing, keys=keys, caption=caption)

    def conclude(self, section: Section, found: Sequence[Finding], limit: int = 3) -> None:
        section.findings = list(found)
        section.takeaways = [
            self.say(finding.statement) for finding in found[:limit] if finding.statement
        ]

    # cells

    def channel(self, identifier: Any) -> str:
        return self.say.name("channel", str(identifier))

    def head(self, *names: str) -> list[str]:
        return [self.say(f"column.{name}") for name in names]

    def number(self, value: Any, digits: int = 0, tone: str = "") -> Cell:
        return Cell(self.say.show(Number(as_float(value), digits)), tone, is_number=True)

    def money(self, value: Any, tone: str = "") -> Cell:
        return Cell(self.say.show(Money(as_float(value), compact=False)), tone, is_number=True)

    def share(self, value: Any, digits: int | None = None, *, signed: bool = False,
              tone: str = "") -> Cell:  # fmt: skip
        shown = self.say.show(Share(as_float(value), digits, signed=signed))
        return Cell(shown, tone, is_number=True)

    def range(self, low: Any, high: Any, digits: int | None = None, *,
              signed: bool = False) -> Cell:  # fmt: skip
        if is_missing(low) or is_missing(high):
            return Cell(NO_VALUE, is_number=True)
        ends = (Share(as_float(value), digits, signed=signed) for value in (low, high))
        return Cell(self.say.show(Between(*ends)), is_number=True)


def as_float(value: Any) -> float:
    return float("nan") if is_missing(value) else float(value)


def optional(value: Any) -> float | None:
    return None if is_missing(value) else float(value)
