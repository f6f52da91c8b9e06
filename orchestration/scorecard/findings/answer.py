"""Is marketing working? The answer of the first screen, from verdicts and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import pandas as pd

from orchestration.scorecard.findings.rules import (
    LEAST_COVERAGE,
    Finding,
    Weight,
    complete_months,
    shortened,
    zero_if_missing,
)
from orchestration.scorecard.frames import last_of, records
from orchestration.scorecard.intervals import poisson
from orchestration.scorecard.l10n import (
    Day,
    Money,
    Name,
    Share,
    Text,
    is_missing,
    text,
)
from orchestration.scorecard.metrics import Target

GOOD = ("reached", "ahead")


def headline(targets: Sequence[Target], *, has_data: bool = True) -> Text:
    """Is marketing working? One sentence from the verdicts of the headline KPIs."""
    total = len(targets)
    if not has_data and not any(target.actual is not None for target in targets):
        return text("headline.no_data")
    if not total:
        return text("headline.no_targets")
    good = sum(target.verdict in GOOD for target in targets)
    behind = [target for target in targets if target.verdict == "behind"]
    unknown = sum(target.verdict == "cannot_tell" for target in targets)
    values: dict[str, Any] = {
        "n": total,
        "known": total - unknown,
        "good": good,
        "bad": len(behind),
        "behind": shortened(
            [Name("metric", target.metric_id, is_inside=True) for target in behind]
        ),
    }
    if unknown == total:
        is_young = all(target.reason == "not_mature" for target in targets)
        return Text("headline.early" if is_young else "headline.unknown", values)
    # of what nobody can tell no part may be counted as kept
    part = "_of_known" if unknown else ""
    if behind:
        is_failure = len(behind) * 2 > total or not good
        key = "headline.fails" if is_failure else "headline.partly"
    elif unknown * 2 >= total:
        return Text("headline.mostly_unknown", values)
    else:
        key = "headline.works" if good * 2 >= total else "headline.close"
    return Text(f"{key}{part}", values)


@dataclass(frozen=True, slots=True)
class Returns:
    """ROMI of all paid channels over the mature lead months, headline model.

    `low` and `high` allow for the luck of the deals; `full` counts salaries and agencies too, and
    is None where the register of costs has none of them.
    """

    romi: float
    low: float
    high: float
    full: float | None


def mature_returns(roi: pd.DataFrame) -> Returns | None:
    """`roi`: one row a channel. None when nothing is mature, or the margin or spend is unknown.

    Channels are independent, so that their errors add as squares. A channel with too few deals for
    an interval of its own gets the Poisson range of their number, at its mean deal.
    """
    if roi.empty:
        return None
    paid = roi[(roi["spend_amount_mature"] > 0).fillna(False)]
    if paid.empty or paid["contribution_amount_mature"].isna().any():
        return None
    spend = float(paid["spend_amount_mature"].sum())
    contribution = float(paid["contribution_amount_mature"].sum())
    usual_deal = _usual_deal(roi)
    below = above = 0.0
    for row in records(paid):
        own = float(row["contribution_amount_mature"])
        if not is_missing(row["romi_mature_low"]):
            spent = float(row["spend_amount_mature"])
            seen = own / spent - 1
            under = (seen - float(row["romi_mature_low"])) * spent
            over = (float(row["romi_mature_high"]) - seen) * spent
        else:
            deals = float(row["orders_mature"])
            count = poisson(deals)
            mean = abs(own) / deals if deals else usual_deal
            if mean is None:
                return None
            under, over = mean * (deals - count.low), mean * (count.high - deals)
        below, above = below + under**2, above + over**2
    cost = float(paid["full_cost_amount_mature"].sum())
    return Returns(
        romi=contribution / spend - 1,
        low=(contribution - sqrt(below)) / spend - 1,
        high=(contribution + sqrt(above)) / spend - 1,
        full=contribution / cost - 1 if cost > 0 and cost != spend else None,
    )


def _usual_deal(roi: pd.DataFrame) -> float | None:
    """What a deal of any channel earns: what a channel without a single one may have missed."""
    known = roi[roi["contribution_amount_mature"].notna()]
    deals = float(known["orders_mature"].sum())
    return abs(float(known["contribution_amount_mature"].sum())) / deals if deals else None


def is_thinly_traced(roi: pd.DataFrame) -> bool:
    """Whether too little revenue is traced to channels for a word on return."""
    if roi.empty:
        return False
    return bool((roi["coverage_share"].dropna() < LEAST_COVERAGE).any())


def headline_money(roi: pd.DataFrame) -> list[Text]:
    """Does advertising pay: only what is out of the reach of chance is said as a fact."""
    returns = mature_returns(roi)
    if returns is None:
        return []
    is_thin = is_thinly_traced(roi)
    # What came back of one unit of money is plainer than a ratio that begins at minus one.
    values: dict[str, Any] = {
        "one": Money(1),
        "back": Money(1 + returns.romi),
        "romi": Share(returns.romi, 0, signed=True),
        "low": Money(max(1 + returns.low, 0.0)),
        "high": Money(1 + returns.high),
    }
    if is_thin:
        key = "headline.money_thin"
    elif returns.low > 0:
        key = "headline.money_pays"
    elif returns.high < 0:
        key = "headline.money_loses"
    else:
        key = "headline.money_close"
    sentences = [Text(key, values)]
    if is_thin:
        return sentences
    if returns.full is None:
        sentences.append(text("headline.money_media_only"))
    else:
        full = Share(returns.full, 0, signed=True)
        back = Money(1 + returns.full)
        sentences.append(text("headline.money_full", back=back, full=full))
    return sentences


def headline_repeat(customers: pd.DataFrame) -> list[Text]:
    """For a company that has only orders: do buyers come back, and what do they spend?"""
    months = complete_months(customers)
    if months.empty or is_missing(last_of(months)["repeat_purchase_rate_90d"]):
        return []
    last = last_of(months)
    if zero_if_missing(last["net_aov_amount"]) < 0:
        return []
    values = {
        "rate": Share(float(last["repeat_purchase_rate_90d"])),
        "aov": Money(zero_if_missing(last["net_aov_amount"]), compact=False),
    }
    return [Text("headline.repeat", values)]


def _shortfall(target: Target) -> float:
    """How far a target is missed, relative to what was expected: the widest gap is asked first."""
    due = target.plan if is_missing(target.expected) else target.expected
    if target.actual is None or not due:
        return 0.0
    gap = (due - target.actual) / abs(due)
    return -gap if target.direction == "down" else gap


def target_findings(targets: Sequence[Target]) -> list[Finding]:
    """Questions about plans: behind, changed or approved late, or resting on poor data."""
    found = []
    for target in sorted(targets, key=_shortfall, reverse=True):
        name = target.name
        if target.verdict == "behind":
            values = {
                "metric": name,
                "actual": target.shown(target.actual),
                "end": Day(target.period_end, with_year=True),
            }
            # a ratio has no part of its plan that is due by now
            question = (
                text("question.behind_plan", plan=target.shown(target.plan), **values)
                if is_missing(target.expected)
                else text("question.behind", expected=target.shown(target.expected), **values)
            )
            found.append(Finding(None, Weight.ALARM, "kpis", question))
        if target.is_changed:
            later = target.later
            question = (
                text("question.changed_unknown", metric=name)
                if is_missing(later)
                else text(
                    "question.changed",
                    metric=name,
                    first=target.planned(target.plan),
                    later=target.planned(later),
                )
            )
            found.append(Finding(None, Weight.ACT, "kpis", question))
        if not target.is_approved_before:
            question = (
                text(
                    "question.entered_late",
                    metric=name,
                    day=Day(target.first_seen, with_year=True),
                )
                if target.is_entered_late and target.first_seen
                else text("question.approved_late", metric=name)
            )
            found.append(Finding(None, Weight.LOOK, "kpis", question))
        if target.coverage == "D":
            question = text("question.coverage", metric=name, grade=target.coverage)
            found.append(Finding(None, Weight.LOOK, "kpis", question))
    return found
