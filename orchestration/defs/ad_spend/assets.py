"""Raw tables of the subject `ad_spend`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def ad_spend() -> dg.Definitions:
    return subject_definitions("ad_spend")
