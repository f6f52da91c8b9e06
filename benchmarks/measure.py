"""Timing, and ratios to a baseline."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Wall time and processor time (of all threads) of a run, seconds."""

    wall: float
    cpu: float

    def scaled(self, factor: float) -> Cost:
        return Cost(self.wall * factor, self.cpu * factor)


@dataclass(frozen=True)
class Measurement:
    """Best cost of a subject, and that of the baseline it is held against."""

    subject: str
    baseline: str
    rows: int
    cost: Cost
    baseline_cost: Cost

    @property
    def ratio(self) -> float:
        """Of wall times; what a person waits for."""
        return self.cost.wall / self.baseline_cost.wall

    @property
    def cpu_ratio(self) -> float:
        """Of processor times; steady also on a machine that others use."""
        return self.cost.cpu / self.baseline_cost.cpu

    def as_dict(self) -> dict[str, object]:
        return {
            **asdict(self),
            "ratio": round(self.ratio, 3),
            "cpu_ratio": round(self.cpu_ratio, 3),
        }


def best_of(
    repeat: int, run: Callable[[], object], prepare: Callable[[], object] = lambda: None
) -> Cost:
    """Least wall and least processor time of several runs; `prepare` goes before each."""
    walls, cpus = [], []
    for _ in range(repeat):
        prepare()
        started, spent = time.perf_counter(), cpu_seconds()
        run()
        walls.append(time.perf_counter() - started)
        cpus.append(cpu_seconds() - spent)
    return Cost(min(walls), min(cpus))


def cpu_seconds() -> float:
    """Processor time of this process so far, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_megabytes() -> float:
    """Linux counts the size of the parent into a child's ru_maxrss, so its own peak is read."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_table(measurements: list[Measurement]) -> str:
    lines = [
        "| subject | baseline | rows | s | of it | ratio | CPU s | of it | CPU ratio |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {m.subject} | {m.baseline} | {m.rows:,} | {m.cost.wall:.2f} | "
        f"{m.baseline_cost.wall:.2f} | {m.ratio:.2f} | {m.cost.cpu:.2f} | "
        f"{m.baseline_cost.cpu:.2f} | {m.cpu_ratio:.2f} |"
        for m in measurements
    ]
    return "\n".join(lines)
