"""How the cost of a run grows: `make bench-scale`, or

    python -m benchmarks.scale --size 1000000              # all of it at one size
    python -m benchmarks.scale --size 30000000 --memory 2GB --only floor
    python -m benchmarks.scale --table                     # the tables of docs/measurements.md

A company of so many visits in 24 months, and one of the last of these months alone, are invented.
Measured, each in a process of its own:

- the first run of the long company, whole and by step, and the floor: the compiled SQL run by
  DuckDB alone on the same raw files;
- the next day's run of both companies, and that day's run once more, on which nothing is new;
- `dbt build` alone of the same models and tests on that day, which a run cannot undercut;
- the principal marts by DuckDB; the same marts by pandas, translated from the same SQL and compared
  with DuckDB's in all rows and columns; an analyst's notebook in pandas, which computes much less;
- the models on PostgreSQL, and the same ones by DuckDB, where a server is installed.

Results go to `benchmarks/results/scale-<size>.json`. On a machine that others use, processor
seconds say more than seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import checking, pandas_marts, postgres_server
from benchmarks.measure import DATA_ONLY, RESULTS, timed, write_results
from orchestration.sample_world.generator import generate
from orchestration.settings import (
    COMPANY_DIR_VARIABLE,
    DBT_PROJECT_DIR,
    PROJECT_DIR,
    WAREHOUSE_VARIABLE,
)

DOCUMENT = PROJECT_DIR / "docs" / "measurements.md"
END, MONTH = date(2026, 11, 1), date(2026, 10, 1)
PARTS = ("first", "daily", "floor", "pandas", "postgres")
DEFAULT_SIZE = 100_000

Costs = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", type=int, default=DEFAULT_SIZE, help="visits of all months")
    parser.add_argument("--months", type=int, default=24, help="fewer only to try the benchmark")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="some of the parts")
    parser.add_argument("--memory", help="memory limit of DuckDB for the floor, for example 6GB")
    parser.add_argument("--folder", type=Path, help="keep companies and output here")
    parser.add_argument("--table", action="store_true", help="write the tables of the document")
    chosen = parser.parse_args()
    if chosen.table:
        write_tables()
        return
    with tempfile.TemporaryDirectory(prefix="kpi-scale-") as folder:
        place = chosen.folder or Path(folder)
        measured = measure(place, chosen.size, chosen.months, chosen.only, chosen.memory)
    name = f"scale-{chosen.size}"
    path = RESULTS / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    load = [round(average, 1) for average in os.getloadavg()]
    path = write_results(name, {**known, **measured, "load_average": load})
    print(path.read_text(encoding="utf-8"), end="")


def measure(folder: Path, size: int, months: int, parts: list[str], memory: str | None) -> Costs:
    with tempfile.TemporaryDirectory(prefix="kpi-scale-compiled-") as kept:
        return _measure(folder, size, months, parts, memory, Path(kept) / "nodes.json")


def _measure(
    folder: Path, size: int, months: int, parts: list[str], memory: str | None, compiled: Path
) -> Costs:
    long, short = folder / "long", folder / "short"
    years, month = divmod(END.year * 12 + END.month - 1 - months, 12)
    start = date(years, month + 1, 1)
    a_day = size / (END - start).days
    for company, first in ((long, start), (short, MONTH)):
        if not company.exists() and (company is long or "daily" in parts):
            _say(f"inventing {company.name}")
            generate(
                company,
                start=first,
                end=END,
                visits_per_day=a_day,
                stories=False,
                visit_format="parquet",
            )
    outputs = {company: folder / f"output-{company.name}" for company in (long, short)}
    costs: Costs = {"size": size}
    if "first" in parts or "daily" in parts:
        costs["first"] = _first_run(long, outputs[long])
    if "daily" in parts:
        _first_run(short, outputs[short])
        costs["daily"] = {
            name: _next_day(company, outputs[company])
            for name, company in (("24 months", long), ("1 month", short))
        }
        costs["nothing new"] = _run(short, outputs[short])
        costs["dbt build"] = _dbt_build(short, outputs[short])
    by_compiled = ["--compiled", str(compiled)]
    # the first part that reads the lake fills it
    load = [] if "first" in parts or "daily" in parts else ["--load"]
    if "floor" in parts:
        limit = ["--memory", memory] if memory else []
        costs["floor"] = {
            **_python("benchmarks.floor", long, outputs[long], *limit, *load, *by_compiled),
            "memory_limit": memory,
        }
        load = []
    if "pandas" in parts:
        same = [*by_compiled, "--only", *pandas_marts.SAME_MARTS]
        costs["same marts"] = _python("benchmarks.floor", long, outputs[long], *load, *same)
        load = []
        costs["pandas"] = _python("benchmarks.pandas_marts", long, outputs[long], *same)
        if costs["pandas"]["differing"]:
            raise RuntimeError(f"not DuckDB's rows: {costs['pandas']['differing']}")
        costs["notebook"] = _python("benchmarks.pandas_notebook", long, outputs[long])
    if "postgres" in parts:
        if postgres_server.programs() is None:
            _say(postgres_server.NOT_INSTALLED)
        else:
            costs["postgres"] = _python(
                "benchmarks.postgres", long, outputs[long], *load, *by_compiled
            )
    return costs


def _first_run(company: Path, output: Path) -> Costs:
    """The run of all days but the last."""
    shutil.rmtree(output, ignore_errors=True)
    _set_today(company, END - timedelta(days=1))
    return _run(company, output)


def _next_day(company: Path, output: Path) -> Costs:
    _set_today(company, END)
    return _run(company, output)


def _run(company: Path, output: Path) -> Costs:
    _say(f"running {company.name}")
    cost, told = checking.run_once(company, output, checking.EVERYTHING)
    return {**asdict(cost), **told}


def _dbt_build(company: Path, output: Path) -> Costs:
    """The same models and data tests by dbt's own command, on the database of the last run.

    A run takes the parsed project as it lies there; dbt's own command would parse it anew, since
    the database is another setting to it. So it parses before it is timed.
    """
    _say("dbt build")
    lake_output = output / company.name
    environment = {
        **os.environ,
        WAREHOUSE_VARIABLE: str(lake_output / "warehouse.duckdb"),
    }
    dbt = [sys.executable, "-m", "dbt.cli.main", "--quiet"]
    places = [
        *("--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(lake_output / "dbt_target")),
        *("--log-path", str(lake_output / "dbt_target" / "logs")),
    ]
    timed([*dbt, "parse", *places], environment)
    cost, _ = timed([*dbt, "build", *DATA_ONLY, *places], environment)
    return asdict(cost)


def _python(module: str, company: Path, output: Path, *arguments: str) -> Costs:
    """A measurement that tells its costs itself, as JSON on its last line."""
    _say(module)
    environment = {**os.environ, COMPANY_DIR_VARIABLE: str(company)}
    command = [sys.executable, "-m", module, "--company", str(company), "--output", str(output)]
    _, printed = timed([*command, *arguments], environment)
    return json.loads(printed.splitlines()[-1])


def _set_today(company: Path, today: date) -> None:
    path = company / "company.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^as_of = .*$", f"as_of = {today}", text), encoding="utf-8")


def _say(what: str) -> None:
    print(f"{datetime.now(tz=UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


# --- the document --------------------------------------------------------------------------------


def write_tables() -> None:
    """Replace the part of the document between the two marks by tables of what was measured."""
    found = sorted(RESULTS.glob("scale-*.json"), key=lambda path: int(path.stem.split("-")[1]))
    results = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    # smaller ones only show that the benchmark runs
    results = [result for result in results if result["size"] >= DEFAULT_SIZE]
    begin, end = "<!-- scale: begin -->\n", "<!-- scale: end -->\n"
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{tables(results)}\n{end}{after}", encoding="utf-8")


def tables(results: list[Costs]) -> str:
    """One row a quantity, one column a size; seconds, and processor seconds in brackets."""
    lines = [
        "| | " + " | ".join(f"{result['size']:,} visits" for result in results) + " |",
        "|---|" + "--:|" * len(results),
    ]
    rows: list[tuple[str, Any]] = [
        ("first run of 24 months", lambda r: _cost(r["first"])),
        ("of it loading, s", lambda r: _seconds(_loading(r["first"]))),
        ("of it dbt, s", lambda r: _seconds(r["first"]["steps"]["dbt"])),
        ("of it snapshot, s", lambda r: _seconds(r["first"]["steps"]["publication__snapshot"])),
        ("floor: compiled SQL by DuckDB alone", lambda r: _cost(r["floor"])),
        ("dbt's step against the floor", lambda r: _ratio(r["first"]["steps"]["dbt"], r["floor"])),
        ("peak memory of the floor, MB", lambda r: f"{r['floor']['peak_megabytes']:,.0f}"),
        ("memory limit", lambda r: r["floor"]["memory_limit"] or "none"),
        ("next day's run, 24 months of history", lambda r: _cost(r["daily"]["24 months"])),
        ("next day's run, 1 month of history", lambda r: _cost(r["daily"]["1 month"])),
        ("**ratio**", lambda r: _both(r["daily"]["24 months"], r["daily"]["1 month"])),
        ("the same day again, nothing new", lambda r: _cost(r["nothing new"])),
        ("`dbt build` alone on it", lambda r: _cost(r["dbt build"])),
        ("**ratio**", lambda r: _both(r["nothing new"], r["dbt build"])),
        ("principal marts by DuckDB", lambda r: _cost(r["same marts"])),
        ("peak memory, MB", lambda r: f"{r['same marts']['peak_megabytes']:,.0f}"),
        ("the same marts, row for row, by pandas", lambda r: _cost(r["pandas"])),
        ("peak memory, MB", lambda r: f"{r['pandas']['peak_megabytes']:,.0f}"),
        ("**ratio**", lambda r: _both(r["pandas"], r["same marts"])),
        ("an analyst's notebook in pandas, less than the marts", lambda r: _cost(r["notebook"])),
        ("ratio to the marts by DuckDB", lambda r: _both(r["notebook"], r["same marts"])),
        ("models on PostgreSQL", lambda r: _cost(r["postgres"]["postgres"])),
        ("of them made on both", lambda r: f"{r['postgres']['made']} of {r['postgres']['models']}"),
        ("the same models by DuckDB", lambda r: _cost(r["postgres"]["floor"])),
        ("**ratio**", lambda r: _both(r["postgres"]["postgres"], r["postgres"]["floor"])),
    ]
    for name, value in rows:
        cells = []
        for result in results:
            try:
                cells.append(value(result))
            except KeyError:
                cells.append("")
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cost(cost: Costs) -> str:
    return f"{cost['wall']:.1f} ({cost['cpu']:.1f})"


def _both(cost: Costs, other: Costs) -> str:
    return f"{cost['wall'] / other['wall']:.2f} ({cost['cpu'] / other['cpu']:.2f})"


def _ratio(seconds: float, other: Costs) -> str:
    return f"{seconds / other['wall']:.2f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}"


def _loading(run: Costs) -> float:
    later = ("raw_checks", "mart_checks", "pipeline_tables", "dbt")
    return sum(
        seconds
        for name, seconds in run["steps"].items()
        if name not in later and not name.startswith("publication")
    )


if __name__ == "__main__":
    main()
