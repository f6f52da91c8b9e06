"""Timing, and ratios to a baseline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measurement:
    """Best wall time of a subject, seconds, and that of the baseline it is held against."""

    subject: str
    baseline: str
    rows: int
    seconds: float
    baseline_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.baseline_seconds

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "ratio": round(self.ratio, 3)}


def best_of(repeat: int, run: Callable[[], object], prepare: Callable[[], object]) -> float:
    """Shortest of several runs; `prepare` is called before each and is not measured."""
    times = []
    for _ in range(repeat):
        prepare()
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def as_table(measurements: list[Measurement]) -> str:
    lines = [
        "| subject | baseline | rows | seconds | baseline, s | ratio |",
        "|---|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {m.subject} | {m.baseline} | {m.rows:,} | {m.seconds:.2f} | {m.baseline_seconds:.2f} "
        f"| {m.ratio:.2f} |"
        for m in measurements
    ]
    return "\n".join(lines)
