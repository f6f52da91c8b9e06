"""The one Definitions object of the project. Everything in it is declared under `defs/`."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from orchestration import company_environment
from orchestration.settings import company_directory


@dg.definitions
def defs() -> dg.Definitions:
    company_environment.apply(company_directory())
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
