"""A month of daily runs leaves the marts that one rebuild from the same exports makes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from orchestration import lake, warehouse
from orchestration.sample_world.generator import generate
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company, load_company
from orchestration.sources.contracts import CONTRACTS, lookback_days
from tests.mart_comparison import differing_marts, marts_of

START, DAYS = date(2025, 5, 1), 30
BUILD_AFTER = {15, 30}


def load(company: Company, first: date, last: date) -> None:
    """Bring every table up to date for the days first..last, as the steps of the daily job do."""
    tables = sorted(CONTRACTS.values(), key=lambda table: (table.source, table.by_day, table.table))
    for (source, _), group in groupby(tables, key=lambda table: (table.source, table.by_day)):
        contracts = list(group)
        look_back = timedelta(days=lookback_days(contracts))
        lake.load(
            company,
            source,
            tables=[contract.table for contract in contracts],
            window=(max(first - look_back, company.first_date), last + timedelta(days=1)),
            progress=lambda _: None,
        )


def build(company: Company) -> None:
    lake.write_company_tables(company)
    warehouse.register_raw(company)
    warehouse.ensure_manifest(company)
    for _ in warehouse.build(company, ["--resource-type", "model", "--resource-type", "seed"]):
        pass
    assert {result["status"] for result in warehouse.build_results(company)} == {"success"}


@pytest.mark.slow
def test_thirty_daily_runs_equal_one_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "month"
    end = START + timedelta(days=DAYS)
    generate(folder, seed=11, start=START, end=end, visits_per_day=40, stories=False)

    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "daily"))
    daily = load_company(folder)
    for number in range(1, DAYS + 1):
        day = START + timedelta(days=number - 1)
        on_that_day = daily.model_copy(update={"as_of": day + timedelta(days=1)})
        load(on_that_day, day, day)
        if number in BUILD_AFTER:
            build(on_that_day)

    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "at_once"))
    at_once = load_company(folder).model_copy(update={"as_of": end})
    load(at_once, START, end - timedelta(days=1))
    build(at_once)

    assert len(marts_of(daily.paths.warehouse)) > 20
    assert differing_marts(daily.paths.warehouse, at_once.paths.warehouse) == []
