"""Intervals of the report's own comparisons (two periods of equal length)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def wilson(successes: float, trials: float, z: float = Z_95) -> Interval | None:
    """Wilson score interval of a share; None without trials.

    `successes` and `trials` are counts, 0 <= successes <= trials.
    """
    if trials <= 0:
        return None
    share = successes / trials
    centre = share + z * z / (2 * trials)
    margin = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes <= 0 else max(0.0, (centre - margin) / scale)
    high = 1.0 if successes >= trials else min(1.0, (centre + margin) / scale)
    return Interval(low, high)


def poisson(count: float) -> Interval:
    """95% interval of the mean of a Poisson count (square-root approximation, exact to 3%)."""
    half = Z_95 / 2
    return Interval(max(0.0, sqrt(count) - half) ** 2, (sqrt(count + 1) + half) ** 2)


def newcombe_difference(
    successes: float, trials: float, before_successes: float, before_trials: float
) -> Interval | None:
    """Newcombe's score interval of `share now - share before`; None when a side has no trials."""
    now = wilson(successes, trials)
    before = wilson(before_successes, before_trials)
    if now is None or before is None:
        return None
    share, share_before = successes / trials, before_successes / before_trials
    difference = share - share_before
    return Interval(
        difference - sqrt((share - now.low) ** 2 + (before.high - share_before) ** 2),
        difference + sqrt((now.high - share) ** 2 + (share_before - before.low) ** 2),
    )
