"""Many companies on one machine: `python -m benchmarks.fleet --companies 50`.

Measures the daily runs of a whole folder of companies, and what it costs to serve them in Dagster:
as one code location for all, which is how the project does it, and as a code location for each.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from benchmarks.measure import children_cpu_seconds, write_results
from orchestration.sample_world.generator import generate
from orchestration.settings import PROJECT_DIR

DAYS = 61
END = date(2026, 11, 1)
_STOP_SECONDS = 15
_READY_SECONDS = 600


@dataclass
class Memory:
    """Peak of the memory of a process and its children, MB, shared pages counted once (PSS)."""

    total: float = 0.0
    of_one: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def take(self, root: int) -> float:
        sizes = [size for process in _tree(root) if (size := _pss_mb(process))]
        self.total = max(self.total, sum(sizes))
        self.of_one = max(self.of_one, *sizes, 0.0)
        return sum(sizes)

    @contextmanager
    def watching(self, root: int) -> Iterator[None]:
        def watch() -> None:
            while not self._stop.wait(0.5):
                self.take(root)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


@dataclass(frozen=True)
class Location:
    """A code server: seconds until it answered, processor seconds, memory when it had settled."""

    module: str
    ready_seconds: float
    cpu_seconds: float
    memory_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fleet", description=__doc__)
    parser.add_argument("--companies", type=int, default=50)
    parser.add_argument("--size", type=int, default=5_000, help="visits of each company")
    parser.add_argument("--parallel", type=int, default=2, help="companies at the same time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as folder:
        os.environ["KPI_OUTPUT_DIR"] = str(Path(folder) / "output")
        companies = Path(folder) / "companies"
        for number in range(chosen.companies):
            generate(
                companies / f"company_{number:02}",
                seed=number + 1,
                start=END - timedelta(days=DAYS),
                end=END,
                visits_per_day=chosen.size / DAYS,
            )
        figures = run_all(companies, chosen.parallel)
        servers = [
            serve("orchestration.fleet.definitions", companies, Path(folder)),
            serve("orchestration.definitions", companies, Path(folder)),
        ]
        figures["index_seconds"] = _timed("fleet", "index", "--companies", str(companies))
    print(as_table(chosen.companies, figures, servers))
    content = {
        **vars(chosen),
        "figures": figures,
        "locations": [vars(server) for server in servers],
    }
    print(write_results("fleet-{now}", content), file=sys.stderr)


def run_all(companies: Path, parallel: int) -> dict[str, float]:
    """`fleet run` over the folder. Seconds are wall time, but for `cpu_seconds`."""
    command = [*_program(), "fleet", "run", "--companies", str(companies)]
    memory, started, before = Memory(), time.perf_counter(), children_cpu_seconds()
    command += ["--parallel", str(parallel)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        memory.watching(process.pid),
    ):
        output, _ = process.communicate()
    wall = time.perf_counter() - started
    seconds = [int(found) for found in re.findall(r"^✓ \S+: \D+ (\d+) \w$", output, re.M)]
    if process.returncode:
        raise RuntimeError(f"not every company was published\n{output}")
    return {
        "published": len(seconds),
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(children_cpu_seconds() - before, 1),
        "median_seconds": median(seconds),
        "slowest_seconds": max(seconds),
        "peak_mb": round(memory.total),
        "peak_mb_of_one_process": round(memory.of_one),
    }


def serve(module: str, companies: Path, folder: Path) -> Location:
    """Start a code server as the deployment does, and stop it when it has been measured."""
    home = folder / module
    home.mkdir()
    first = next(iter(sorted(companies.iterdir())))
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "KPI_FLEET_DIR": str(companies),
        "COMPANY_DIR": str(first),
    }
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    program = Path(sys.executable).parent / "dagster"
    socket = str(home / "socket")
    before = children_cpu_seconds()
    started = time.perf_counter()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), "api", "grpc", "--socket", socket, "--module-name", module],
            cwd=PROJECT_DIR,
            env=environment,
            stdout=log,
            stderr=log,
        )
    while "Started Dagster code server" not in (home / "log").read_text(encoding="utf-8"):
        if process.poll() is not None or time.perf_counter() - started > _READY_SECONDS:
            raise RuntimeError((home / "log").read_text(encoding="utf-8"))
        time.sleep(0.1)
    ready = time.perf_counter() - started
    time.sleep(2)
    memory = Memory().take(process.pid)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:  # the gRPC server now and then hangs while it stops
        process.kill()
        process.wait()
    return Location(
        module, round(ready, 1), round(children_cpu_seconds() - before, 1), round(memory)
    )


def as_table(count: int, figures: dict[str, float], servers: list[Location]) -> str:
    fleet, single = servers
    return "\n".join(
        [
            f"| {count} companies | |",
            "|---|--:|",
            f"| published | {figures['published']:.0f} |",
            f"| all runs, s | {figures['wall_seconds']:.0f} |",
            f"| processor time of a company, s | {figures['cpu_seconds'] / count:.1f} |",
            f"| a company, median and slowest, s | {figures['median_seconds']:.0f}, "
            f"{figures['slowest_seconds']:.0f} |",
            f"| peak memory of all processes, MB | {figures['peak_mb']:.0f} |",
            f"| peak memory of one process, MB | {figures['peak_mb_of_one_process']:.0f} |",
            f"| the page of all companies, s | {figures['index_seconds']:.1f} |",
            f"| one code location for all: memory MB, start s, processor s | "
            f"{fleet.memory_mb:.0f}, {fleet.ready_seconds:.1f}, {fleet.cpu_seconds:.1f} |",
            f"| one of {count} locations of a company each: the same | "
            f"{single.memory_mb:.0f}, {single.ready_seconds:.1f}, {single.cpu_seconds:.1f} |",
            f"| all {count} of them: memory MB, processor s | "
            f"{single.memory_mb * count:,.0f}, {single.cpu_seconds * count:,.0f} |",
        ]
    )


def _timed(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([*_program(), *arguments], capture_output=True, check=True)
    return round(time.perf_counter() - started, 2)


def _program() -> list[str]:
    return [sys.executable, "-m", "orchestration"]


def _tree(root: int) -> list[int]:
    """The process and everything it started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # the name, in brackets, may hold spaces; state and parent stand behind it
                after = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            children.setdefault(int(after[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def _pss_mb(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
