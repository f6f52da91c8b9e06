"""What the checks cost: a whole daily run against the same run without them.

    python -m benchmarks.checking                        # the sample company
    python -m benchmarks.checking --size 10000000 --once # an invented company of so many visits

Every run is a process of its own over a fresh output folder, so that imports count. Beside it stand
the two gates as Dagster timed them and the tests as dbt did, in the run with checks; `--once` makes
only that run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, Measurement, as_table, timed
from orchestration.sample_world.generator import generate
from orchestration.settings import COMPANY_DIR_VARIABLE, OUTPUT_DIR_VARIABLE, PROJECT_DIR

GATES = ("raw_checks", "mart_checks")
# Great Expectations and dbt's tests; Great Expectations alone; nothing.
EVERYTHING, TESTS_ONLY, NOTHING = "everything", "dbt tests only", "nothing"
DAYS = 120  # the detector needs 56 days before it judges
START = date(2026, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.checking",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--company", type=Path, default=PROJECT_DIR / "data" / "sample_company")
    parser.add_argument("--size", type=int, help="visits of an invented company instead")
    parser.add_argument("--days", type=int, default=DAYS, help="days of the invented company")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the fastest counts")
    parser.add_argument("--once", action="store_true", help="one run, by the times of its parts")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-checking-") as folder:
        company = chosen.company
        if chosen.size:
            company = Path(folder) / "company"
            generate(
                company,
                start=START,
                end=START + timedelta(days=chosen.days - 1),
                visits_per_day=chosen.size / chosen.days,
                stories=False,
                visit_format="parquet",
            )
        if chosen.once:
            cost, told = run_once(company, Path(folder) / "output", EVERYTHING)
            print(as_table(_parts(told, cost)))
        else:
            print(as_table(measure(company, Path(folder), repeat=chosen.repeat)))


def measure(company: Path, folder: Path, *, repeat: int) -> list[Measurement]:
    """Costs of the checks, `cost` being what they add and `baseline_cost` the run with them."""
    costs: dict[str, Cost] = {}
    told: dict[str, Any] = {}
    for _ in range(repeat):
        # in turn, so that a busy minute of the machine does not hit one of them alone
        for checked in (NOTHING, TESTS_ONLY, EVERYTHING):
            output = folder / "output"
            shutil.rmtree(output, ignore_errors=True)
            cost, told = run_once(company, output, checked)
            best = costs.get(checked, cost)
            costs[checked] = Cost(min(best.wall, cost.wall), min(best.cpu, cost.cpu))
    whole = costs[EVERYTHING]
    parts = {
        "Great Expectations": _difference(whole, costs[TESTS_ONLY]),
        "dbt tests": _difference(costs[TESTS_ONLY], costs[NOTHING]),
        "all checks": _difference(whole, costs[NOTHING]),
    }
    visits = told["visits"]
    result = [Measurement(name, "whole run", visits, cost, whole) for name, cost in parts.items()]
    return result + _parts(told, whole)


def _parts(told: dict[str, Any], whole: Cost) -> list[Measurement]:
    """The checks as Dagster and dbt timed them; their processor time is not known."""
    times = {f"step {name}": told["steps"][name] for name in GATES}
    times["tests, as dbt timed them"] = told["tests"]
    times["gates and tests"] = sum(times.values())
    return [
        Measurement(name, "whole run", told["visits"], Cost(took, float("nan")), whole)
        for name, took in times.items()
    ]


def _difference(more: Cost, less: Cost) -> Cost:
    return Cost(more.wall - less.wall, more.cpu - less.cpu)


def run_once(company: Path, output: Path, checked: str) -> tuple[Cost, dict[str, Any]]:
    """One daily run in a process of its own; what it tells of its steps, nodes and visits.

    A run in an output folder that is there already is the next day's, or the same day's again.
    """
    output.mkdir(parents=True, exist_ok=True)
    settings = (PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8")
    (output / "dagster.yaml").write_text(
        settings.replace(".dagster/", f"{output}/.dagster/"), encoding="utf-8"
    )
    environment = {
        **os.environ,
        COMPANY_DIR_VARIABLE: str(company.resolve()),
        OUTPUT_DIR_VARIABLE: str(output),
        "DAGSTER_HOME": str(output),
    }
    command = [sys.executable, "-m", "benchmarks.checking_run", checked]
    cost, printed = timed(command, environment)
    return cost, json.loads(printed.splitlines()[-1])


if __name__ == "__main__":
    main()
