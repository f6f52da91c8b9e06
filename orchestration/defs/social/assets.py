"""Raw tables of the subject `social` and the checks on them."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def social() -> dg.Definitions:
    return subject_definitions("social")
