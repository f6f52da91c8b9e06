"""What a source could not give, as its door says it, and as it reaches the coverage figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Kind = Literal[
    "sampled",
    "thresholded",
    "rolled_up",
    "hidden",
    "withdrawn",
    "unfinished",
    "too_early",
    "not_kept",
]


@dataclass(frozen=True)
class Gap:
    """Days that a source gave in part only, half-open.

    `sampled`: figures estimated from a part of the data. `thresholded`: rows of too few people
    withheld. `rolled_up`: rows joined into one (other). `hidden`: an account, or a part of it, not
    shown. `withdrawn`: a column that the source no longer gives. `unfinished`: days that were not
    over in the source's zone. `too_early`: days whose statistics were not asked for, since they are
    known when a day is over, and no later load asks again. `not_kept`: days older than what the
    source keeps. `share`: part of the data that the figures rest on, 0 to 1; None = unknown.
    `detail`: a sentence for people, without secrets and personal data.
    """

    kind: Kind
    first: date
    until: date
    detail: str
    share: float | None = None

    def outside(self, window: tuple[date, date]) -> Iterator[Gap]:
        """The parts of the gap before and after the days of a window."""
        if self.first < window[0]:
            yield replace(self, until=min(self.until, window[0]))
        if self.until > window[1]:
            yield replace(self, first=max(self.first, window[1]))
