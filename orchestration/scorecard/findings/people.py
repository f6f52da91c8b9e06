"""Rules on people: leads, customers, awareness, followers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from orchestration.scorecard.findings.rules import (
    Finding,
    Weight,
    change_of_share,
    complete_months,
    zero_if_missing,
)
from orchestration.scorecard.frames import as_date, first_of, last_of, records
from orchestration.scorecard.l10n import (
    Money,
    Month,
    Name,
    Number,
    Period,
    Share,
    Text,
    is_missing,
    text,
)
from orchestration.scorecard.metrics import metric_value


def funnel_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: complete months in time order. Are fewer leads accepted by sales?"""
    if len(frame) < 6 or not frame["leads_qualified"].sum():
        last = last_of(frame)
        return [
            Finding(
                text(
                    "funnel.leads",
                    leads=Number(float(last["leads_valid"])),
                    month=Month(as_date(last["lead_month"])),
                )
            )
        ]
    now, before = frame.iloc[-3:], frame.iloc[-6:-3]
    counts = [float(part[c].sum()) for part in (now, before) for c in _QUALITY_COLUMNS]
    change = change_of_share(*counts)
    values = {
        "now": Share(counts[0] / counts[1] if counts[1] else float("nan"), 0),
        "before": Share(counts[2] / counts[3] if counts[3] else float("nan"), 0),
    }
    if change == "fell":
        question = Text("question.funnel", values)
        return [Finding(Text("funnel.quality_fell", values), Weight.ACT, "funnel", question)]
    return [Finding(Text(f"funnel.quality_{'rose' if change == 'rose' else 'same'}", values))]


_QUALITY_COLUMNS = ("leads_qualified", "leads_valid")


def retention_findings(frame: pd.DataFrame) -> list[Finding]:
    """Next-month return of the three last full cohorts against the three before them."""
    first = frame[(frame["age_months"] == 1) & frame["is_complete"] & (frame["cohort_size"] > 0)]
    first = first.sort_values("cohort_month")
    if first.empty:
        return []
    now, before = first.iloc[-3:], first.iloc[-6:-3]
    size, size_before = float(now["cohort_size"].sum()), float(before["cohort_size"].sum())
    active, active_before = (
        float(now["active_customers"].sum()),
        float(before["active_customers"].sum()),
    )
    if len(before) < 3:
        return [Finding(text("retention.now", now=Share(active / size)))]
    values = {"now": Share(active / size), "before": Share(active_before / size_before)}
    change = change_of_share(active, size, active_before, size_before)
    if change == "little":
        return [Finding(Text("retention.now", values))]
    question = Text("question.retention", values) if change == "fell" else None
    weight = Weight.ACT if question else Weight.NOTE
    return [Finding(Text(f"retention.{change}", values), weight, "retention", question)]


def browser_findings(frame: pd.DataFrame) -> list[Finding]:
    """How many browsers come back in the month after their first: three cohorts together."""
    if frame.empty:
        return []
    next_month = frame[frame["age_months"] == 1].head(3)
    browsers = float(next_month["browsers"].sum())
    if not browsers:
        return []
    rate = Share(float(next_month["browsers_active"].sum()) / browsers)
    return [Finding(text("retention.browsers", rate=rate))]


def one_order_finding(intervals: pd.DataFrame) -> list[Finding]:
    """The average order of a year hangs on a single one."""
    whole = intervals[intervals["metric_id"] == "aov_net"] if len(intervals) else intervals
    if whole.empty or not first_of(whole)["is_concentrated"]:
        return []
    share = Share(float(first_of(whole)["largest_order_share"]), 0)
    return [Finding(text("customers.one_order", share=share))]


def customer_findings(customers: pd.DataFrame) -> list[Finding]:
    months = complete_months(customers)
    if months.empty:
        return []
    last = last_of(months)
    month = Month(as_date(last["month"]))
    found = []
    if not is_missing(last["revenue_amount"]) and last["revenue_amount"] < 0:
        refunded = Money(-float(last["revenue_amount"]))
        found.append(Finding(text("customers.refunded", month=month, amount=refunded)))
    elif not is_missing(last["net_aov_amount"]):
        aov = Money(float(last["net_aov_amount"]), compact=False)
        year_ago = pd.Timestamp(last["month"]) - pd.DateOffset(months=12)
        earlier = months[pd.to_datetime(months["month"]) == year_ago]
        if earlier.empty or is_missing(first_of(earlier)["net_aov_amount"]):
            found.append(Finding(text("customers.summary_short", month=month, aov=aov)))
        else:
            before = Money(float(first_of(earlier)["net_aov_amount"]), compact=False)
            found.append(Finding(text("customers.summary", month=month, aov=aov, before=before)))
    if not is_missing(last["repeat_purchase_rate_90d"]):
        found.append(
            Finding(
                text(
                    "customers.repeat",
                    rate=Share(float(last["repeat_purchase_rate_90d"])),
                    n=int(last["observed_customers_90d"]),
                )
            )
        )
    return found


def brand_findings(awareness: pd.DataFrame, loyalty: pd.DataFrame) -> list[Finding]:
    """Last wave only; each frame in time order, with answers to its question."""
    found = []
    if not awareness.empty:
        last = last_of(awareness)
        verdict = str(last["aided_verdict"])
        value = Share(float(last["aided_rate"]), 0)
        question = None
        if verdict == "down":
            question = text("question.brand_down", value=value)
        elif verdict == "not_comparable":
            mode = Name("mode", str(last["mode"]))
            question = text("question.brand_mode", wave=str(last["wave"]), mode=mode)
        statement = text(
            "brand.aided_verdict",
            wave=str(last["wave"]),
            value=value,
            verdict=Name("wave", verdict),
        )
        found.append(Finding(statement, Weight.ACT if question else Weight.NOTE, "brand", question))
    if not loyalty.empty:
        last = last_of(loyalty)
        found.append(
            Finding(
                text(
                    "brand.nps_verdict",
                    value=metric_value("nps", float(last["nps"])),
                    verdict=Name("wave", str(last["nps_verdict"])),
                )
            )
        )
    return found


def audience_findings(frame: pd.DataFrame, networks: pd.DataFrame) -> list[Finding]:
    """`frame`: days; `networks`: one row a network with `followers` now and `change` in 28 days."""
    found = []
    total = float(networks["followers"].sum())
    change = float(networks["change"].sum())
    if total:
        found.append(
            Finding(
                text(
                    "audience.total",
                    change=Number(change, signed=True),
                    total=Number(total),
                )
            )
        )
    for wave in joins_waves(frame)[:1]:
        values = {
            "network": Name("network", wave.network),
            "n": wave.joined,
            "period": Period(wave.start, wave.end),
        }
        question = Text("question.bought", values)
        found.append(Finding(Text("audience.bought", values), Weight.ACT, "audience", question))
    return found


@dataclass(frozen=True, slots=True)
class JoinsWave:
    """Days in a row on which far too many joined one account."""

    network: str
    account: str
    start: date
    end: date
    joined: int


def joins_waves(frame: pd.DataFrame) -> list[JoinsWave]:
    """Suspected purchases of followers, neighbouring days as one, the latest first."""
    days = frame[frame["joins_verdict"] == "bought_suspected"]
    found: list[JoinsWave] = []
    for row in records(days.sort_values(["network", "account", "date_day"])):
        day, joined = as_date(row["date_day"]), int(zero_if_missing(row["joined"]))
        last = found[-1] if found else None
        place = (str(row["network"]), str(row["account"]))
        if last and (last.network, last.account) == place and (day - last.end).days <= 1:
            found[-1] = JoinsWave(*place, last.start, day, last.joined + joined)
        else:
            found.append(JoinsWave(*place, day, day, joined))
    return sorted(found, key=lambda wave: (-wave.end.toordinal(), wave.network))
