"""Raw tables of the subject `crm` and the checks on them."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def crm() -> dg.Definitions:
    return subject_definitions("crm")
