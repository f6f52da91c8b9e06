"""Raw tables of the subject `surveys`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def surveys() -> dg.Definitions:
    return subject_definitions("surveys")
