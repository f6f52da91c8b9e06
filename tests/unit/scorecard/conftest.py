from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from orchestration.scorecard import build_scorecards
from tests.unit.scorecard import marts_fixture

RUN_ID = "a3f91c7e"


@dataclass(frozen=True)
class Pages:
    """Both pages of one company, and the frames they were built from."""

    folder: Path
    marts: dict[str, pd.DataFrame]

    def html(self, language: str = "en") -> str:
        return (self.folder / f"scorecard.{language}.html").read_text(encoding="utf-8")

    def section(self, identifier: str, language: str = "en") -> str:
        """Markup of one section; empty when the page has none of that id."""
        found = re.search(
            rf'<section id="{identifier}".*?</section>', self.html(language), flags=re.DOTALL
        )
        return found[0] if found else ""


def build(folder: Path, marts: dict[str, pd.DataFrame], **arguments: object) -> Pages:
    database = marts_fixture.write(marts, folder / "kpi.duckdb")
    settings = {"company": marts_fixture.COMPANY, "checks": [], "run_id": RUN_ID} | arguments
    build_scorecards(database, folder, **settings)  # type: ignore[arg-type]
    return Pages(folder, marts)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("full")
    return build(folder, marts_fixture.full_company(), checks=marts_fixture.checks())


@pytest.fixture(scope="session")
def orders_only(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return build(tmp_path_factory.mktemp("orders"), marts_fixture.orders_only_company())
