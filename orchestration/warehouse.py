"""The build database and the dbt project that fills it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import duckdb

from orchestration import lake
from orchestration.settings import DBT_PROJECT_DIR, WAREHOUSE_VARIABLE, Company

_PARSED_FOLDERS = ("models", "macros", "seeds", "tests")
_PARSED_FILES = ("dbt_project.yml", "profiles.yml")
# What dbt logs when a model, seed or test has ended.
_RESULT_EVENTS = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# The project as this process parsed it, for the one build that follows: a second parse of the same
# files costs seconds.
_parsed: dict[Path, Manifest] = {}


def set_environment(company: Company) -> None:
    """Point dbt, in this process and its children, at the company's build database."""
    os.environ[WAREHOUSE_VARIABLE] = str(company.paths.warehouse)


def register_raw(company: Company) -> None:
    """Make the lake visible to dbt: one view per raw table, also where no file was loaded."""
    company.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        lake.register(connection, company)


def ensure_manifest(company: Company) -> Path:
    """Path of the dbt manifest; parses the project when it changed since the last parse.

    The manifest lies in the company's output folder, so that companies do not share parser state.
    """
    manifest = company.paths.dbt_target / "manifest.json"
    if manifest.exists() and manifest.stat().st_mtime >= _newest_change():
        return manifest
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds to import, and only needed here

    set_environment(company)
    result = dbtRunner().invoke([*_QUIET, "parse", *_project_arguments(company)])
    if not result.success:
        raise RuntimeError(f"the dbt project cannot be parsed: {result.exception}")
    _parsed[company.paths.dbt_target] = cast("Manifest", result.result)
    return manifest


def build(company: Company, arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Run `dbt build` in this process; yields dbt's structured log entry of each node as it ends.

    dbt works in a thread beside the caller, so that results are recorded while it goes on. Whether
    it succeeded, and why not, is in `build_results`.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - see ensure_manifest
    from dbt_common.events.functions import msg_to_dict  # noqa: PLC0415

    set_environment(company)
    _results_path(company).unlink(missing_ok=True)
    events: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def note(message: Any) -> None:
        if message.info.name in _RESULT_EVENTS:
            events.put(msg_to_dict(message))

    runner = dbtRunner(manifest=_parsed.pop(company.paths.dbt_target, None), callbacks=[note])

    def work() -> None:
        try:
            runner.invoke([*_QUIET, "build", *_project_arguments(company), *arguments])
        finally:
            # dbt keeps its connection for the life of the process; the steps after it open the
            # database for reading, which DuckDB refuses beside an open writer.
            DuckDBConnectionManager.close_all_connections()
            events.put(None)

    # A thread that the process does not wait for: an interrupted run ends at once.
    thread = Thread(target=work, name="dbt", daemon=True)
    thread.start()
    yield from iter(events.get, None)
    thread.join()


def build_results(company: Company) -> list[dict[str, Any]]:
    """Results of the nodes of the last build; empty when dbt ended before it ran any."""
    path = _results_path(company)
    if not path.exists():
        return []
    return json.loads(path.read_text(encoding="utf-8"))["results"]


def _results_path(company: Company) -> Path:
    return company.paths.dbt_target / "run_results.json"


# Its log file in the target folder keeps everything.
_QUIET = ("--log-level", "none", "--log-level-file", "info")


def _project_arguments(company: Company) -> list[str]:
    target = company.paths.dbt_target
    return [
        *("--project-dir", str(DBT_PROJECT_DIR)),
        *("--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(target)),
        *("--log-path", str(target / "logs")),
    ]


def project_files() -> list[Path]:
    """Every file that dbt parses."""
    files = [DBT_PROJECT_DIR / name for name in _PARSED_FILES]
    for folder in _PARSED_FOLDERS:
        files += [path for path in (DBT_PROJECT_DIR / folder).rglob("*") if path.is_file()]
    return files


def _newest_change() -> float:
    return max(path.stat().st_mtime for path in project_files())
