from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import Company
from tests.unit.sources.helpers import make_company


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    return make_company(tmp_path / "acme")
