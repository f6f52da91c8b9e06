"""Raw tables of the subject `web_analytics`."""

import dagster as dg

from orchestration.defs.raw_assets import subject_definitions


@dg.definitions
def web_analytics() -> dg.Definitions:
    return subject_definitions("web_analytics")
