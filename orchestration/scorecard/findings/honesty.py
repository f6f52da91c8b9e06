"""Rules on the figures themselves: bent by another, unlike another source, changed later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from orchestration.scorecard.findings.rules import Finding, Weight
from orchestration.scorecard.frames import as_date, first_of, groups, last_of
from orchestration.scorecard.l10n import (
    Day,
    Money,
    Month,
    Name,
    Number,
    Period,
    Text,
    text,
)
from orchestration.scorecard.metrics import metric_value


def guard_findings(rows: Sequence[dict[str, Any]], language: str) -> list[Finding]:
    """`rows`: judged pairs of `kpi_guards`, those that contradict each other first."""
    found = []
    for row in rows:
        if row["status"] == "ok":
            continue
        metric, guard = (
            Name("metric", str(row[key]), is_inside=True)
            for key in ("metric_id", "guard_metric_id")
        )
        values = {
            "metric": metric,
            "guard": guard,
            "reason": str(row[f"reason_{language}"]),
            "before": metric_value(metric.id, row["metric_before"]),
            "now": metric_value(metric.id, row["metric_now"]),
            "guard_before": metric_value(guard.id, row["guard_before"]),
            "guard_now": metric_value(guard.id, row["guard_now"]),
        }
        is_fall = row["status"] == "guard_falls"
        found.append(
            Finding(
                Text(f"guards.{row['status']}", values),
                Weight.ACT if is_fall else Weight.LOOK,
                "guards",
                Text("question.guard", values),
            )
        )
    return found or [Finding(text("guards.fine", n=len(rows)))]


def reconciliation_findings(frame: pd.DataFrame, invoices: pd.DataFrame) -> list[Finding]:
    """Pairs that differ more than usual by day, and bills that differ from the reported spend."""
    found = []
    for pair, days in groups(frame[frame["status"] == "warn"], "pair", sort=False):
        last = last_of(days.sort_values("date_day"))
        values: dict[str, Any] = {
            "pair": Name("pair", str(pair)),
            "n": len(days),
            "day": Day(as_date(last["date_day"])),
            "left": Number(float(last["left_value"])),
            "right": Number(float(last["right_value"])),
        }
        weight = Weight.ACT if len(days) >= 3 else Weight.LOOK
        question = Text("question.reconciliation", values)
        found.append(
            Finding(Text("reconciliation.warn", values), weight, "reconciliation", question)
        )
    found.sort(key=lambda finding: -finding.weight)
    differing = invoices[invoices["status"] == "warn"] if len(invoices) else invoices
    if not differing.empty:
        last = first_of(differing)
        values = {
            "channel": Name("channel", str(last["pair"]).partition(":")[2]),
            "month": Month(as_date(last["date_day"])),
            "left": Money(float(last["left_value"])),
            "right": Money(float(last["right_value"])),
        }
        question = Text("question.invoice", values)
        found.append(
            Finding(Text("reconciliation.invoice", values), Weight.ACT, "reconciliation", question)
        )
    return found or [Finding(text("reconciliation.fine"))]


def restatement_findings(rows: pd.DataFrame, figures: int) -> list[Finding]:
    """`rows`: figures that changed by more than the limit: first what moved between channels, then
    the largest change."""
    if rows.empty:
        return [Finding(text("restatements.none", n=figures))]
    worst = first_of(rows)
    metric = str(worst["metric_id"])
    values = {
        "metric": Name("metric", metric),
        "period": period_of_figure(worst["period"], worst["period_end"]),
        "first": metric_value(metric, worst["first_value"]),
        "current": metric_value(metric, worst["current_value"]),
        "restated": int(worst["restated"]),
    }
    part = ""
    if worst["segment"] != "all":
        # a month is compared by channel, a day of spend by the system that told it
        kind = "channel" if len(str(worst["period"])) == len("2026-09") else "source"
        values["segment"] = Name(kind, str(worst["segment"]))
        part = "_of"
    found = Text(f"restatements.some{part}", values)
    if worst["cause"] == "moved_between_channels":
        return [Finding(found, Weight.ACT, "restatements", Text("question.moved", values))]
    question = Text(f"question.restated{part}", values)
    return [Finding(found, Weight.LOOK, "restatements", question)]


def period_of_figure(period: Any, end: Any) -> Month | Day | Period | str:
    """A month (2026-09), a day (2026-09-01), days from the first to the last, or as it is."""
    words = str(period)
    is_month = len(words) == len("2026-09")
    try:
        found, last = pd.Timestamp(words), pd.Timestamp(str(end))
    except ValueError:
        return words
    if last != found:
        return Period(found.date(), (last + pd.offsets.MonthEnd(0) if is_month else last).date())
    return Month(found.date()) if is_month else Day(found.date(), with_year=True)
