"""Raw tables of the subject `social`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def social() -> dg.Definitions:
    return subject_definitions("social")
