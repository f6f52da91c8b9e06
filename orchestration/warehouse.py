"""The build database and the dbt project that fills it."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from orchestration import lake
from orchestration.settings import DBT_PROJECT_DIR, WAREHOUSE_VARIABLE, Company

_PARSED_FOLDERS = ("models", "macros", "seeds", "tests")
_PARSED_FILES = ("dbt_project.yml", "profiles.yml")


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
    result = dbtRunner().invoke(["--quiet", "parse", *project_arguments(company)])
    if not result.success:
        raise RuntimeError(f"the dbt project cannot be parsed: {result.exception}")
    return manifest


def project_arguments(company: Company) -> list[str]:
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
