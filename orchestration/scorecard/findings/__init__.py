"""The rules that read the figures. They return message keys and values, never sentences.

A finding states what was seen, says how pressing it is, and may carry the question the owner should
put to the marketer.
"""

from __future__ import annotations

from orchestration.scorecard.findings.answer import (
    headline,
    headline_money,
    headline_repeat,
    is_thinly_traced,
    mature_returns,
    target_findings,
)
from orchestration.scorecard.findings.banner import (
    banner,
    brief,
    late_source_findings,
    message_of,
    metrics_fed_by,
    refused,
    tables_in_use,
)
from orchestration.scorecard.findings.channels import (
    backtest_findings,
    cohort_findings,
    concentrated_findings,
    contractors,
    conversion_findings,
    drift_findings,
    episodes,
    plan_findings,
    roi_findings,
    thin_findings,
    traffic_findings,
    unattributed_finding,
)
from orchestration.scorecard.findings.honesty import (
    guard_findings,
    period_of_figure,
    reconciliation_findings,
    restatement_findings,
)
from orchestration.scorecard.findings.people import (
    JoinsWave,
    audience_findings,
    brand_findings,
    browser_findings,
    customer_findings,
    funnel_findings,
    joins_waves,
    one_order_finding,
    retention_findings,
)
from orchestration.scorecard.findings.rules import (
    CONVERSION_DIGITS,
    Finding,
    Weight,
    change_of_share,
    complete_months,
    names_of,
    questions,
)

__all__ = [
    "CONVERSION_DIGITS",
    "Finding",
    "JoinsWave",
    "Weight",
    "audience_findings",
    "backtest_findings",
    "banner",
    "brand_findings",
    "brief",
    "browser_findings",
    "change_of_share",
    "cohort_findings",
    "complete_months",
    "concentrated_findings",
    "contractors",
    "conversion_findings",
    "customer_findings",
    "drift_findings",
    "episodes",
    "funnel_findings",
    "guard_findings",
    "headline",
    "headline_money",
    "headline_repeat",
    "is_thinly_traced",
    "joins_waves",
    "late_source_findings",
    "mature_returns",
    "message_of",
    "metrics_fed_by",
    "names_of",
    "one_order_finding",
    "period_of_figure",
    "plan_findings",
    "questions",
    "reconciliation_findings",
    "refused",
    "restatement_findings",
    "retention_findings",
    "roi_findings",
    "tables_in_use",
    "target_findings",
    "thin_findings",
    "traffic_findings",
    "unattributed_finding",
]
