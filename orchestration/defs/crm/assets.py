"""Raw tables of the subject `crm`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def crm() -> dg.Definitions:
    return subject_definitions("crm")
