"""Raw tables of the subject `registers`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def registers() -> dg.Definitions:
    return subject_definitions("registers")
