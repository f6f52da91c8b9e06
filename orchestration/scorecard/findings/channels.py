"""Rules on channels: conversion, traffic, return, cohorts of leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from orchestration.scorecard.findings.rules import (
    CONVERSION_DIGITS,
    LOST_SHARE,
    Finding,
    Weight,
    shortened,
    zero_if_missing,
)
from orchestration.scorecard.frames import as_date, each, first_of, records
from orchestration.scorecard.l10n import (
    Between,
    Day,
    Money,
    Month,
    Name,
    Number,
    Period,
    Share,
    Text,
    text,
)
from orchestration.scorecard.metrics import Target


def plan_findings(own: Iterable[Target], conversion: Name) -> list[Finding]:
    """Channels whose conversion is proven behind their own target."""
    behind = [target for target in own if target.verdict == "behind"]
    if not behind:
        return []

    def values(target: Target) -> dict[str, Any]:
        return {
            "channel": Name("channel", target.segment_value),
            "now": Share(target.actual or 0.0, CONVERSION_DIGITS),
            "plan": Share(target.plan, CONVERSION_DIGITS),
            # another one than that of the chart, whose rate may differ a little
            "period": Period(target.period_start, target.period_end),
        }

    items = [Text("conversion.item_plan", values(target)) for target in behind]
    statement = text("conversion.behind", name=conversion, channels=items)
    # why it is behind is asked with the targets
    return [Finding(statement, Weight.ALARM, "conversion")]


def conversion_findings(
    frame: pd.DataFrame, conversion: Name, changed_on: date | None
) -> list[Finding]:
    """`frame`: one row a channel with counts of two equal periods, and `change`.

    `changed_on` is the last day within both periods on which the rule of this goal changed.
    """
    found = []
    for change, weight in (("fell", Weight.ALARM), ("rose", Weight.NOTE)):
        rows = frame[frame["change"] == change]
        if rows.empty:
            continue
        items = [
            text(
                "conversion.item",
                channel=Name("channel", row.channel),
                before=Share(row.rate_before, CONVERSION_DIGITS),
                now=Share(row.rate, CONVERSION_DIGITS),
            )
            for row in each(rows)
        ]
        first = first_of(rows)
        question = text(
            "question.conversion_fell",
            name=conversion,
            channel=Name("channel", first["channel"]),
            before=Share(first["rate_before"], CONVERSION_DIGITS),
            now=Share(first["rate"], CONVERSION_DIGITS),
        )
        found.append(
            Finding(
                text(f"conversion.{change}", name=conversion, channels=items),
                weight,
                "conversion",
                question if change == "fell" else None,
            )
        )
    is_void = (frame["change"] == "void").any()
    if not found and not is_void:
        is_little = (frame["change"] == "little").all()
        key = "conversion.little" if is_little else "conversion.same"
        found.append(Finding(text(key, name=conversion)))
    if changed_on:
        day = Day(changed_on, with_year=True)
        found.append(
            Finding(
                text("conversion.version", name=conversion, day=day),
                Weight.ACT,
                "conversion",
                text("question.conversion_version", name=conversion, day=day),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Episode:
    """Days in a row on which one channel was out of line."""

    channel: str
    start: date
    end: date
    visits: float
    expected: float
    suspicious: float


def episodes(spikes: pd.DataFrame) -> list[Episode]:
    """Proven spikes, neighbouring days of a channel as one, the latest first."""
    if spikes.empty:
        return []
    days = spikes[spikes["spike_verdict"] == "fail"].sort_values(["channel", "date_day"])
    found: list[Episode] = []
    for row in records(days):
        day = as_date(row["date_day"])
        sizes = [
            zero_if_missing(row[c]) for c in ("visits", "expected_visits", "suspicious_visits")
        ]
        last = found[-1] if found else None
        if last and last.channel == row["channel"] and (day - last.end).days <= 1:
            sums = (last.visits + sizes[0], last.expected + sizes[1], last.suspicious + sizes[2])
            found[-1] = Episode(last.channel, last.start, day, *sums)
        else:
            found.append(Episode(str(row["channel"]), day, day, *sizes))
    return sorted(found, key=lambda episode: (-episode.end.toordinal(), -episode.visits))


def traffic_findings(
    days: pd.DataFrame, spikes: pd.DataFrame, channels: pd.DataFrame, campaigns: pd.DataFrame
) -> list[Finding]:
    """Spikes of nine weeks and the money that went on suspicious visits in four."""
    found = []
    proven = episodes(spikes)
    if proven:
        last = proven[0]
        values = {
            "channel": Name("channel", last.channel),
            "period": Period(last.start, last.end),
            "visits": int(last.visits),
            "expected": Number(last.expected),
            "suspicious": Number(last.suspicious),
            "extra": int(last.visits - last.expected),
        }
        found.append(
            Finding(
                Text("traffic.spike_found", values),
                Weight.ALARM,
                "traffic",
                Text("question.spike", values),
            )
        )
        if len(proven) > 1:
            found.append(Finding(text("traffic.spikes_more", n=len(proven) - 1)))
    elif (days["spike_verdict"] == "insufficient_history").all():
        found.append(Finding(text("traffic.short_history")))
    else:
        found.append(Finding(text("traffic.calm")))
    paid = channels[(channels["channel"] != "(all)") & (channels["wasted_spend_amount"] > 0)]
    lost = float(paid["wasted_spend_amount"].sum())
    spend = float(channels.loc[channels["channel"] != "(all)", "spend_amount"].sum())
    if lost > 0 and spend > 0:
        worst = first_of(paid.sort_values("wasted_spend_amount", ascending=False, kind="stable"))
        question: Text | None = None
        if not campaigns.empty and lost / spend >= LOST_SHARE:
            top = first_of(campaigns)
            question = text(
                "question.lost",
                campaign=Name("campaign", top["campaign_id"]),
                channel=Name("channel", top["channel"]),
                amount=Money(float(top["wasted_spend_amount"])),
            )
        found.append(
            Finding(
                text(
                    "traffic.lost_found",
                    amount=Money(lost),
                    share=Share(lost / spend, 0),
                    channel=Name("channel", worst["channel"]),
                ),
                Weight.ACT if question else Weight.NOTE,
                "traffic",
                question,
            )
        )
        hired = contractors(channels)
        if not hired.empty and first_of(hired)["wasted_spend_amount"] > 0:
            top = first_of(hired)
            found.append(
                Finding(
                    text(
                        "traffic.contractor_all"
                        if top["wasted_spend_amount"] >= lost * 0.995
                        else "traffic.contractor",
                        contractor=Name("contractor", str(top["contractor"])),
                        amount=Money(float(top["wasted_spend_amount"])),
                    )
                )
            )
    unjudged = float(
        channels.loc[channels["channel"] != "(all)", "unjudged_spend_amount"].fillna(0).sum()
    )
    if spend > 0 and unjudged / spend >= LOST_SHARE:
        found.append(
            Finding(
                text(
                    "traffic.unjudged",
                    amount=Money(unjudged),
                    share=Share(unjudged / spend, 0),
                ),
                Weight.ACT,
                "traffic",
            )
        )
    costs = _cost_band(channels)
    if costs:
        found.append(Finding(text("traffic.sensitivity", **costs)))
    return found


def contractors(channels: pd.DataFrame) -> pd.DataFrame:
    """Sums of the channels that have a contractor, by contractor, the most money lost first."""
    columns = ["visits", "suspicious_visits", "spend_amount", "wasted_spend_amount"]
    hired = channels[channels["contractor"].notna()]
    sums = hired.astype(dict.fromkeys(columns, float)).groupby("contractor")[columns].sum()
    return sums.reset_index().sort_values(
        ["wasted_spend_amount", "spend_amount"], ascending=False, kind="stable"
    )


def _cost_band(channels: pd.DataFrame) -> dict[str, Money]:
    """What a visit of the paid channels costs, by how strictly visits are counted."""
    paid = channels[(channels["channel"] != "(all)") & (channels["spend_amount"] > 0)]
    spend = float(paid["spend_amount"].sum())
    counts = [float(paid[f"{kind}visits"].sum()) for kind in ("", "valid_", "strict_")]
    if not all(counts) or counts[0] == counts[2]:
        return {}
    names = ("gross", "valid", "strict")
    return {
        name: Money(spend / count, compact=False) for name, count in zip(names, counts, strict=True)
    }


def roi_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: one row a paid channel, with `judgement`, one of the keys `spread.*`."""
    found = []
    for judgement, key, weight in (
        ("robust_negative", "roi.loses", Weight.ACT),
        ("depends_on_model", "roi.depends", Weight.LOOK),
        ("robust_positive", "roi.pays", Weight.NOTE),
        ("within_noise", "roi.noise", Weight.NOTE),
        ("too_early", "roi.early", Weight.NOTE),
        ("cannot_tell", "roi.unknown", Weight.NOTE),
    ):
        rows = frame[frame["judgement"] == judgement]
        if rows.empty:
            continue
        first = first_of(rows)
        channel = Name("channel", first["channel"])
        question = None
        if judgement == "robust_negative":
            question = text(
                "question.roi_loses",
                channel=channel,
                spend=Money(float(first["spend_amount"])),
                romi=Share(float(first["romi_shown"]), 0, signed=True),
            )
        elif judgement == "depends_on_model":
            question = text(
                "question.roi_depends",
                channel=channel,
                low=Share(float(first["romi_min"]), 0, signed=True),
                high=Share(float(first["romi_max"]), 0, signed=True),
            )
        names = [Name("channel", channel) for channel in rows["channel"]]
        found.append(Finding(text(key, channels=names), weight, "roi", question))
    return found


def unattributed_finding(unknown: float, revenue: float) -> list[Finding]:
    """Revenue that no channel can claim, as a share of all revenue."""
    if unknown < 0:
        return [Finding(text("roi.unattributed_returns", amount=Money(-unknown)), Weight.LOOK)]
    share = unknown / revenue if revenue > 0 else 0.0
    if share < 0.05:
        return []
    question = text("question.unattributed", share=Share(share, 0)) if share > 0.3 else None
    weight = Weight.ACT if question else Weight.NOTE
    return [Finding(text("roi.unattributed", share=Share(share, 0)), weight, "roi", question)]


def concentrated_findings(intervals: pd.DataFrame, spent_on: Iterable[str]) -> list[Finding]:
    """Paid channels whose revenue is mostly one deal: their return says little about the next."""
    paid = set(spent_on)
    items = [
        text(
            "roi.one_deal_item",
            channel=Name("channel", str(row["segment_value"])),
            share=Share(float(row["largest_order_share"]), 0),
        )
        for row in records(intervals)
        if row["is_concentrated"] and row["segment_value"] in paid
    ]
    return [Finding(text("roi.one_deal", channels=shortened(items)))] if items else []


def cohort_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: one row a lead month: `is_mature`, `reason_code`, sums of spend and contribution."""
    mature = frame[frame["is_mature"]]
    young = len(frame) - len(mature)
    if mature.empty:
        return [Finding(text("cohorts.all_young"))]
    found = []
    # of these months a part of the spend is unknown
    unknown = frame.loc[frame["reason_code"] == "missing_rate", "lead_month"]
    mature = mature.drop(index=unknown.index, errors="ignore")
    if not mature.empty and mature["contribution_amount"].notna().all():
        spend = float(mature["spend_amount"].sum())
        romi = float(mature["contribution_amount"].sum()) / spend - 1
        months = [as_date(month) for month in mature["lead_month"]]
        values = {
            "n": len(months),
            "first": Month(min(months)),
            "last": Month(max(months)),
            "romi": Share(romi, 0, signed=True),
            "spend": Money(spend),
        }
        key = "cohorts.mature" if len(months) > 1 else "cohorts.mature_one"
        found.append(Finding(Text(key, values)))
    if young:
        found.append(Finding(text("cohorts.young", n=young, total=len(frame))))
    if not unknown.empty:
        named = [Month(as_date(month)) for month in unknown]
        found.append(Finding(text("cohorts.no_rate", months=named)))
    return found


def thin_findings() -> list[Finding]:
    return [Finding(text("cohorts.thin"))]


def backtest_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: one row a lead month projected in the past and ripe now."""
    if frame.empty:
        return []
    errors = frame["total_error_share"].dropna()
    values: dict[str, Any] = {
        "n": len(frame),
        "inside": int(frame["is_inside_range"].astype(bool).sum()),
    }
    if errors.empty:
        return [Finding(Text("cohorts.backtest", values))]
    low, high = (Share(float(end), 0, signed=True) for end in (errors.min(), errors.max()))
    values["errors"] = Between(low, high)
    if len(set(errors.round(2))) == 1:
        return [Finding(Text("cohorts.backtest_error", values | {"error": low}))]
    return [Finding(Text("cohorts.backtest_errors", values))]


def drift_findings(frame: pd.DataFrame) -> list[Finding]:
    """Lines whose deals close faster or slower than those the projection has learned from."""
    found = []
    for verdict in ("slower", "faster"):
        lines = frame.loc[frame["drift_verdict"] == verdict, "product_line"].drop_duplicates()
        if not lines.empty:
            names = [Name("product_line", str(line)) for line in lines]
            found.append(
                Finding(
                    text(f"cohorts.drift_{verdict}", lines=names),
                    Weight.LOOK,
                    "cohorts",
                    text(f"question.drift_{verdict}", lines=names),
                )
            )
    return found
