"""Runs of the whole pipeline that several tests look at. Each is made once a session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests import session

SAMPLE_COMPANY = PROJECT_DIR / "data" / "sample_company"
CDNOW = PROJECT_DIR / "data" / "cdnow"
RUN_TIMEOUT_SECONDS = 600
# The longest first: workers share the files, and what begins last ends beside idle ones.
_LONGEST = (
    "engines/test_engines.py",
    "deployment/test_deployment.py",
    "integration/test_rebuild.py",
    "integration/test_benchmarks.py",
)
_FOLDERS = ("engines", "deployment", "e2e", "integration", "checks", "unit")

# A worker of xdist has a main module without file or specification. pyspark, which GX imports where
# it is installed, takes that for its own doctests and ends the process.
_main = sys.modules["__main__"]
if _main.__spec__ is None and not hasattr(_main, "__file__"):
    _main.__spec__ = ModuleSpec("__main__", loader=None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent

    def place(item: pytest.Item) -> tuple[int, int]:
        path = item.path.relative_to(root).as_posix()
        longest = _LONGEST.index(path) if path in _LONGEST else len(_LONGEST)
        return longest, _FOLDERS.index(path.partition("/")[0])

    items.sort(key=place)


@dataclass(frozen=True)
class PublishedRun:
    """A finished run of the command line and where its readers look."""

    process: subprocess.CompletedProcess[str]
    output: Path

    @property
    def published(self) -> Path:
        return self.output / "published"

    def connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.published / "kpi.duckdb"), read_only=True)


def command_line_environment(output_root: Path) -> dict[str, str]:
    """Environment of a child run: its own output folder and its own Dagster instance."""
    home = output_root / "dagster_home"
    home.mkdir(parents=True, exist_ok=True)
    settings = (PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(
        settings.replace(".dagster/", f"{home}/.dagster/"), encoding="utf-8"
    )
    return {**os.environ, "KPI_OUTPUT_DIR": str(output_root), "DAGSTER_HOME": str(home)}


def run_command(
    *arguments: str,
    output_root: Path,
    environment: dict[str, str] | None = None,
    timeout: float = RUN_TIMEOUT_SECONDS,
) -> subprocess.CompletedProcess[str]:
    """`marketing-kpi` as a user calls it, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        cwd=output_root,
        env={**command_line_environment(output_root), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_company(directory: Path, output_root: Path) -> PublishedRun:
    output_root.mkdir(parents=True, exist_ok=True)
    process = run_command("run", "--company", str(directory), output_root=output_root)
    return PublishedRun(process, output_root / directory.name)


@pytest.fixture(scope="session", autouse=True)
def _session(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp()
    session.begin(root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root)


def shared_run(directory: Path) -> PublishedRun:
    """The first run of a company, made by whichever worker of the session needs it first.

    Tests only read it; a test that changes something works on a copy.
    """
    name = f"shared_{directory.name}"
    run = session.made_once(name, lambda: run_company(directory, session.folder() / name))
    assert run.process.returncode == 0, run.process.stdout + run.process.stderr
    return run


@pytest.fixture(scope="session")
def sample_run() -> PublishedRun:
    """The README's first command: the sample company, from nothing to the published snapshot."""
    return shared_run(SAMPLE_COMPANY)


@pytest.fixture(scope="session")
def cdnow_run() -> PublishedRun:
    """The real shop of data/cdnow."""
    return shared_run(CDNOW)


@pytest.fixture(scope="session")
def sample_marts(sample_run: PublishedRun) -> Iterator[duckdb.DuckDBPyConnection]:
    with sample_run.connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def cdnow_marts(cdnow_run: PublishedRun) -> Iterator[duckdb.DuckDBPyConnection]:
    with cdnow_run.connect() as connection:
        yield connection
