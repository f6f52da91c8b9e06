"""The one Definitions object of the project. Everything in it is declared under `defs/`."""

from __future__ import annotations

import atexit
import gc
from pathlib import Path

import dagster as dg

from orchestration import company_environment, process
from orchestration.settings import company_directory

process.look_for_garbage_seldom()


@dg.definitions
def defs() -> dg.Definitions:
    company_environment.apply(company_directory())
    definitions = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    if not gc.get_freeze_count():
        gc.freeze()
        # What stays frozen is never freed, and DuckDB ends every process with a page of leaks.
        atexit.register(gc.unfreeze)
    return definitions
