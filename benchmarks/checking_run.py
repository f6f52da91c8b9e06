"""One daily run with all checks, with dbt's tests alone or with none; see `benchmarks.checking`."""

from __future__ import annotations

import json
import sys
import warnings

import dagster as dg
import duckdb

from benchmarks.checking import NOTHING, TESTS_ONLY
from orchestration import process, warehouse
from orchestration.definitions import defs
from orchestration.defs.publication.assets import DOCUMENTATION_KEY
from orchestration.expectations import ALL_CHECKS
from orchestration.runner import run_failures
from orchestration.settings import load_company

JOB = "measured"


def main(checked: str) -> None:
    """Runs, and prints the seconds of the steps and tests, and the number of visits, as JSON.

    Raises:
        RuntimeError: the run failed.
    """
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    company = load_company()
    selection = dg.AssetSelection.all() - dg.AssetSelection.assets(DOCUMENTATION_KEY)
    if checked == NOTHING:
        selection -= dg.AssetSelection.all_asset_checks()
    elif checked == TESTS_ONLY:
        gates = [dg.AssetCheckKey(dg.AssetKey(check.asset), check.name) for check in ALL_CHECKS]
        selection -= dg.AssetSelection.checks(*_known(gates))
    job = dg.define_asset_job(JOB, selection=selection, executor_def=dg.in_process_executor)
    day = company.last_complete_date().isoformat()
    measured = dg.Definitions.merge(defs(), dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.get() as instance:
        result = measured.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {}}},
            tags={
                "dagster/asset_partition_range_start": day,
                "dagster/asset_partition_range_end": day,
            },
        )
        if not result.success:
            raise RuntimeError("; ".join(run_failures(instance, result.run_id)))
        steps = {
            step.step_key: step.end_time - step.start_time
            for step in instance.get_run_step_stats(result.run_id)
            if step.start_time and step.end_time
        }
    with duckdb.connect(str(company.paths.warehouse), read_only=True) as connection:
        row = connection.execute("select count(*) from marts.fct_visits").fetchone()
    nodes = {
        result["unique_id"]: float(result["execution_time"])
        for result in warehouse.build_results(company)
    }
    tests = sum(seconds for node, seconds in nodes.items() if node.startswith("test."))
    visits = row[0] if row else 0
    print(json.dumps({"steps": steps, "nodes": nodes, "tests": tests, "visits": visits}))


def _known(keys: list[dg.AssetCheckKey]) -> list[dg.AssetCheckKey]:
    """Checks of sources that the company does not use are no part of its definitions."""
    known = set(defs().resolve_asset_graph().asset_check_keys)
    return [key for key in keys if key in known]


if __name__ == "__main__":
    with process.ending_at_once():
        main(sys.argv[1])
