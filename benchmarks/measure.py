"""Timing, and ratios to a baseline."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_DIR

# The tests that a daily run asks of dbt: those of the company's data.
DATA_ONLY = (
    *("--exclude-resource-type", "unit_test"),
    *("--exclude", "tag:logic", "fqn:accepted_values_*", "file:_*_seeds.yml"),
)

RESULTS = Path(__file__).parent / "results"


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


def children_cpu_seconds() -> float:
    """Processor time of the child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Cost, str]:
    """Cost of a command in a process of its own, and what it printed.

    Raises:
        RuntimeError: it ended with an error.
    """
    spent, started = children_cpu_seconds(), time.perf_counter()
    process = subprocess.run(
        command,
        cwd=PROJECT_DIR,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    cost = Cost(time.perf_counter() - started, children_cpu_seconds() - spent)
    if process.returncode:
        raise RuntimeError((process.stdout + process.stderr)[-4000:])
    return cost, process.stdout


def write_results(name: str, content: Mapping[str, Any]) -> Path:
    """Keep figures as JSON, with the time and the machine. In a name, {now} stands for the time."""
    now = datetime.now(tz=UTC)
    about = {
        "measured_at": now.isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name.format(now=f'{now:%Y%m%dT%H%M%S}')}.json"
    path.write_text(json.dumps({**content, **about}, indent=2) + "\n", encoding="utf-8")
    return path


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
