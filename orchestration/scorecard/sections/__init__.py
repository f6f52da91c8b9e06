"""The sections below the first screen, one module each: what is asked, the rule, the drawing.

Every `build` returns a `Section`; without data it says so in one sentence instead of drawing an
empty chart.
"""

from __future__ import annotations

from collections.abc import Callable

from orchestration.scorecard.sections import (
    audience,
    brand,
    cohorts,
    conversion,
    customers,
    funnel,
    guards,
    reconciliation,
    restatements,
    retention,
    roi,
    traffic,
)
from orchestration.scorecard.sections.context import Context
from orchestration.scorecard.view import Section

BUILDERS: tuple[Callable[[Context], Section], ...] = (
    conversion.build,
    traffic.build,
    roi.build,
    cohorts.build,
    funnel.build,
    retention.build,
    customers.build,
    brand.build,
    audience.build,
    guards.build,
    reconciliation.build,
    restatements.build,
)
