"""What a detector caught of the labelled spans, and how often it cried for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from benchmarks.detection.series import Series


@dataclass(frozen=True)
class Score:
    """Counts over one or more series.

    `windows`, `caught`: labelled spans, and those with an alarm inside. `unjudged`: spans that lie
    wholly where the history was still too short. `false_days` of `clear_days`: judged days outside
    of all spans, and those of them with an alarm; `false_points` of `clear_points` the same for
    single points.
    """

    windows: int
    caught: int
    unjudged: int
    false_days: int
    clear_days: int
    false_points: int
    clear_points: int

    def __add__(self, other: Score) -> Score:
        return Score(*(a + b for a, b in zip(self.as_tuple(), other.as_tuple(), strict=True)))

    def as_tuple(self) -> tuple[int, ...]:
        return (
            self.windows,
            self.caught,
            self.unjudged,
            self.false_days,
            self.clear_days,
            self.false_points,
            self.clear_points,
        )


EMPTY = Score(0, 0, 0, 0, 0, 0, 0)


def score(series: Series, moments: pd.Series, is_alarm: pd.Series, *, by_day: bool) -> Score:
    """Score of the judged points of a series. A day's alarm counts for all hours of that day."""
    spans = series.windows or ()
    ends = moments + pd.Timedelta(days=1 if by_day else 0)
    caught = unjudged = 0
    inside = pd.Series(False, index=moments.index)
    for first, last in spans:
        # a point of an hour stands for its whole hour, that of a day for its whole day
        within = (moments <= last) & (
            ends > first if by_day else moments > first - pd.Timedelta(hours=1)
        )
        inside |= within
        caught += bool((within & is_alarm).any())
        unjudged += not within.any()
    days = moments.dt.normalize()
    clear = ~inside
    return Score(
        windows=len(spans),
        caught=caught,
        unjudged=unjudged,
        false_days=days[clear & is_alarm].nunique(),
        clear_days=days[clear].nunique(),
        false_points=int((clear & is_alarm).sum()),
        clear_points=int(clear.sum()),
    )
