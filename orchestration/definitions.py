"""The one Definitions object of the project. Everything in it is declared under `defs/`."""

from __future__ import annotations

import atexit
import gc
from pathlib import Path

import dagster as dg

from orchestration import company_environment
from orchestration.settings import company_directory

# Definitions, dbt's manifest and the libraries are a million objects that stay to the end. With
# Python's own settings a run on an empty day spends a tenth of its time on looking for garbage.
gc.set_threshold(20_000, 10, 10)


@dg.definitions
def defs() -> dg.Definitions:
    company_environment.apply(company_directory())
    definitions = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    if not gc.get_freeze_count():
        gc.freeze()
        # What stays frozen is never freed, and DuckDB ends every process with a page of leaks.
        atexit.register(gc.unfreeze)
    return definitions
