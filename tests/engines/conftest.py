"""One small company, built by DuckDB, that the other engines' marts are compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import PublishedRun
from tests.engines.worlds import make_company, run_on


@pytest.fixture(scope="session")
def engine_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="session")
def duckdb_run(engine_company: Path, tmp_path_factory: pytest.TempPathFactory) -> PublishedRun:
    return run_on(engine_company, tmp_path_factory.mktemp("on_duckdb"))
