from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import Company
from tests.unit.sources.helpers import make_company


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one a reader makes a key in the output folder of the project."""
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    return make_company(tmp_path / "acme")
