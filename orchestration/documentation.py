"""Pages about the models: dbt's own documentation and the lineage of every column.

They cost seconds and change only with the dbt project, so the daily run does not make them: it
links the pages that are there into each snapshot. `marketing-kpi docs`, or the Dagster job
`documentation`, makes them anew when the project differs from the one they describe.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestration import build_rules, warehouse
from orchestration.errors import UserError
from orchestration.settings import WAREHOUSE_VARIABLE, Company

FOLDER = "documentation"
MODELS_PAGE = "models.html"
LINEAGE_PAGE = "lineage.html"
LINEAGE_DATA = "lineage.json"
_FINGERPRINT = "dbt_project.sha256"


def is_current(company: Company) -> bool:
    """Whether the pages are there and describe the dbt project as it is now."""
    path = company.paths.output / FOLDER / _FINGERPRINT
    return path.is_file() and path.read_text(encoding="utf-8") == build_rules.project_fingerprint()


def build(company: Company, *, progress: Callable[[str], object] = str) -> Path:
    """Make the pages from the company's build database and return their folder.

    The caller holds the company's lock. Raises UserError when there is no database yet, or when
    one of the two tools fails.
    """
    if not company.paths.warehouse.is_file():
        raise UserError(
            "There is no build database to describe yet",
            file=company.paths.warehouse,
            remedy=f"run the pipeline first: marketing-kpi run --company {company.directory}",
        )
    fingerprint = build_rules.project_fingerprint()
    with tempfile.TemporaryDirectory(prefix="documentation-", dir=company.paths.output) as folder:
        work, pages = Path(folder) / "target", Path(folder) / FOLDER
        pages.mkdir()
        progress("documentation of the models (dbt)")
        _call(company, _dbt_command(work))
        progress("lineage of the columns (dbt-colibri)")
        _call(company, _lineage_command(work))
        (work / "static_index.html").rename(pages / MODELS_PAGE)
        (work / "lineage" / "index.html").rename(pages / LINEAGE_PAGE)
        (work / "lineage" / "colibri-manifest.json").rename(pages / LINEAGE_DATA)
        (pages / _FINGERPRINT).write_text(fingerprint, encoding="utf-8")
        target = company.paths.output / FOLDER
        _replace_folder(pages, target)
    return target


def attach(company: Company, snapshot: Path) -> None:
    """Put the pages into a snapshot, as links to the same files; nothing when there are none."""
    pages = company.paths.output / FOLDER
    if not pages.is_dir():
        return
    aside = snapshot / f".{FOLDER}"
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(pages, aside, copy_function=_link)
    _replace_folder(aside, snapshot / FOLDER)


def _dbt_command(target: Path) -> list[str]:
    return [
        *(_beside_python("dbt"), "--quiet", "docs", "generate", "--static"),
        *warehouse.dbt_arguments(target),
    ]


def _lineage_command(target: Path) -> list[str]:
    return [
        *(_beside_python("colibri"), "generate", "--disable-telemetry"),
        *("--manifest", str(target / "manifest.json")),
        *("--catalog", str(target / "catalog.json")),
        *("--output-dir", str(target / "lineage")),
    ]


def _call(company: Company, command: Sequence[str]) -> None:
    process = subprocess.run(
        command,
        env={**os.environ, WAREHOUSE_VARIABLE: str(company.paths.warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        lines = (process.stdout + process.stderr).strip().splitlines()
        raise UserError(
            f"{Path(command[0]).name} could not describe the models: {' '.join(lines[-5:])}",
            remedy="if the dbt project was changed since the last run, run the pipeline first",
        )


def _beside_python(program: str) -> str:
    return str(Path(sys.executable).with_name(program))


def _link(source: str, target: str) -> None:
    """A hard link, so that seven snapshots do not hold seven copies; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _replace_folder(source: Path, target: Path) -> None:
    """Two renames, since a folder cannot be renamed over one that is not empty."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    source.rename(target)
    shutil.rmtree(old, ignore_errors=True)
