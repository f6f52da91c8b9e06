"""API doors keep renewed tokens in the output folder: here it is the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import OUTPUT_DIR_VARIABLE


@pytest.fixture(autouse=True)
def output_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "output"))
