"""dbt's own tests of the models' logic, which the daily run leaves out: they judge no data."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from orchestration import warehouse
from orchestration.settings import (
    OUTPUT_DIR_VARIABLE,
    TARGET_VARIABLE,
    WAREHOUSE_VARIABLE,
    load_company,
)
from orchestration.warehouse import dbt_arguments
from tests.conftest import SAMPLE_COMPANY, PublishedRun

SELECTIONS = {
    "unit tests": "test_type:unit",
    "tests of seeds": "file:_*_seeds.yml",
    "tests tagged logic": "tag:logic",
    "sets of verdicts": "fqn:accepted_values_*",
}


def is_hook(node: str) -> bool:
    return node.startswith("operation.")


def test_the_logic_of_models_and_seeds_holds(
    sample_run: PublishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds, only when this test runs

    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setenv(TARGET_VARIABLE, "duckdb")
    company = load_company(SAMPLE_COMPANY)
    # The tests read the types of the models' columns, so they need a build database.
    company.paths.warehouse.parent.mkdir(parents=True)
    shutil.copy(sample_run.output / "warehouse.duckdb", company.paths.warehouse)
    monkeypatch.setenv(WAREHOUSE_VARIABLE, str(company.paths.warehouse))
    target = warehouse.ensure_manifest(company).parent
    try:
        dbtRunner(manifest=warehouse.take_parsed(company)).invoke(
            ["--quiet", "test", "--select", *SELECTIONS.values(), *dbt_arguments(target)]
        )
    finally:
        DuckDBConnectionManager.close_all_connections()
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    kinds = Counter(result["unique_id"].split(".")[0] for result in results["results"])
    assert kinds["unit_test"] >= 40
    assert kinds["test"] >= 30
    failed = {
        result["unique_id"]: result["message"]
        for result in results["results"]
        if result["status"] != ("success" if is_hook(result["unique_id"]) else "pass")
    }
    assert not failed
