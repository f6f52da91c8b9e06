"""What all steps of a run share."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.resources import CompanyResource
from orchestration.new_company import create
from orchestration.settings import load_company


def test_a_run_keeps_the_day_and_the_settings_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over midnight would else show figures of one day under the date of the next."""
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = create(tmp_path / "acme", name="Acme", language="en")
    settings = folder / "company.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("Europe/Moscow", "Pacific/Kiritimati"), encoding="utf-8")
    before = load_company(folder).as_of_date()
    resource = CompanyResource(directory=str(folder))
    with resource.yield_for_execution(dg.build_init_resource_context()) as shared:
        # As if another midnight had come meanwhile: 25 hours lie between the two zones.
        settings.write_text(text.replace("Europe/Moscow", "Pacific/Pago_Pago"), encoding="utf-8")
        assert load_company(folder).as_of_date() < before
        assert shared.company.as_of_date() == before
        assert shared.company.timezone == "Pacific/Kiritimati"
