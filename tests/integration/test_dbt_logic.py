"""dbt's own tests of the models' logic, which the daily run leaves out: they judge no data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from orchestration.settings import DBT_PROJECT_DIR, WAREHOUSE_VARIABLE
from tests.conftest import PublishedRun

SELECTIONS = {
    "unit tests": "test_type:unit",
    "tests of seeds": "path:seeds,resource_type:test",
    "tests tagged logic": "tag:logic",
    "sets of verdicts": "fqn:accepted_values_*",
}


def is_hook(node: str) -> bool:
    return node.startswith("operation.")


def test_the_logic_of_models_and_seeds_holds(sample_run: PublishedRun, tmp_path: Path) -> None:
    # The tests read the types of the models' columns, so they need a build database.
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(sample_run.output / "warehouse.duckdb", warehouse)
    process = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "test"),
            *("--select", *SELECTIONS.values()),
            *("--project-dir", DBT_PROJECT_DIR, "--profiles-dir", DBT_PROJECT_DIR),
            *("--target-path", tmp_path / "target", "--log-path", tmp_path / "logs"),
        ],
        env={**os.environ, WAREHOUSE_VARIABLE: str(warehouse)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    results = json.loads((tmp_path / "target" / "run_results.json").read_text(encoding="utf-8"))
    kinds = Counter(result["unique_id"].split(".")[0] for result in results["results"])
    assert kinds["unit_test"] >= 40
    assert kinds["test"] >= 30
    failed = {
        result["unique_id"]: result["message"]
        for result in results["results"]
        if result["status"] != ("success" if is_hook(result["unique_id"]) else "pass")
    }
    assert not failed, f"{failed}\n{process.stdout[-3000:]}"
