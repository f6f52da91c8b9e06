"""What must be true of the data before it is shown. Importing this does not import GX."""

from __future__ import annotations

from collections.abc import Collection

from orchestration.expectations import (
    ad_spend,
    counters,
    crm,
    fake_traffic,
    kpis,
    registers,
    social,
    staging,
    surveys,
    traffic,
)
from orchestration.expectations.data_docs import build_data_docs
from orchestration.expectations.episodes import episodes_of
from orchestration.expectations.model import Check, Stage
from orchestration.expectations.runner import CheckResult, applicable, run_checks

__all__ = [
    "ALL_CHECKS",
    "Check",
    "CheckResult",
    "applicable",
    "build_data_docs",
    "checks_of",
    "episodes_of",
    "run_checks",
]

ALL_CHECKS: tuple[Check, ...] = tuple(
    check
    for module in (
        counters,
        fake_traffic,
        traffic,
        ad_spend,
        crm,
        social,
        surveys,
        registers,
        staging,
        kpis,
    )
    for check in module.checks()
)


def checks_of(
    stage: Stage, subject: str | None = None, sources: Collection[str] | None = None
) -> tuple[Check, ...]:
    """Checks of a stage; `subject`: of that subject only.

    `sources`: leave out raw checks of other sources, for a company that uses few of them.
    """
    return tuple(
        check
        for check in ALL_CHECKS
        if check.stage == stage
        and subject in (None, check.subject)
        and (sources is None or stage != "raw" or check.asset[0] in sources)
    )
