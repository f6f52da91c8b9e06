"""The one Definitions object of the project. Everything in it is declared under `defs/`."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from orchestration import settings  # noqa: F401 - switches telemetry off before anything reports


@dg.definitions
def defs() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
