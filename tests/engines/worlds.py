"""The same small company on several engines, each with its own output folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from orchestration.engines.compare import MartComparison, compare, grains
from orchestration.sample_world import generator
from tests.conftest import PublishedRun, run_command

NAME = "engine_company"
# Half a year: long enough for cohorts, projections and the spike detector, short enough for a test.
START, END = date(2026, 5, 1), date(2026, 11, 16)
VISITS_A_DAY = 30
# A cluster on two cores that have other work to do is slow; it is not hung.
_RUN_TIMEOUT_SECONDS = 1800


def make_company(folder: Path) -> Path:
    """Write the company and give its folder."""
    company = folder / NAME
    generator.generate(company, start=START, end=END, visits_per_day=VISITS_A_DAY)
    return company


def run_on(
    company: Path,
    folder: Path,
    warehouse: Mapping[str, Any] | None = None,
    *,
    loaded_by: PublishedRun | None = None,
) -> PublishedRun:
    """Run the daily job of a copy of the company whose `[warehouse]` is the given one.

    `loaded_by`: a run of the same company. No engine loads export files; with the lake of that run,
    the load steps find them loaded.

    Raises:
        RuntimeError: the run failed; with what the command line said.
    """
    copy = folder / "companies" / company.name
    shutil.copytree(company, copy, dirs_exist_ok=True)
    if warehouse:
        settings = tomlkit.parse((copy / "company.toml").read_text(encoding="utf-8"))
        settings["warehouse"] = warehouse
        (copy / "company.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")
    output = folder / "output"
    output.mkdir(exist_ok=True)
    if loaded_by:
        shutil.copytree(loaded_by.output / "lake", output / company.name / "lake")
    # The same key on every engine, so that hashed phones agree.
    key = {"KPI_HASH_KEY": os.environ.get("KPI_HASH_KEY", "the same on every engine")}
    process = run_command(
        *("run", "--company", str(copy)),
        output_root=output,
        environment=key,
        timeout=_RUN_TIMEOUT_SECONDS,
    )
    if process.returncode != 0:
        raise RuntimeError(f"the run failed\n{process.stdout}\n{process.stderr}")
    return PublishedRun(process, output / company.name)


def compare_runs(first: PublishedRun, second: PublishedRun) -> list[MartComparison]:
    """Every published mart of both runs, row by row."""
    keys = grains(first.output / "dbt_target" / "manifest.json")
    return compare(first.published / "kpi.duckdb", second.published / "kpi.duckdb", keys)
