"""Return by channel beside its spend, over the attribution models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, records
from orchestration.scorecard.l10n import (
    NO_VALUE,
    Between,
    Money,
    Name,
    Period,
    Share,
    is_missing,
)
from orchestration.scorecard.sections.context import Context, as_float, optional
from orchestration.scorecard.svg import SIGNED_SHARE
from orchestration.scorecard.view import Cell, Section, Stat, Table

ROI_CLIP = (-1.0, 4.0)


def build(context: Context) -> Section:
    frame = context.read(queries.ROI_CHANNELS)
    if frame.empty or not (frame["spend_amount"] > 0).any():
        section = context.without_data("roi", queries.ROI_CHANNELS)
        if frame.empty and len(context.read(queries.ROI_COHORTS)):
            section.is_absent, section.sad = False, context.say("roi.sad_no_month")
        return section
    say = context.say
    paid = frame[frame["spend_amount"] > 0].copy()
    paid["judgement"] = [judgement(row) for row in records(paid)]
    paid["romi_shown"] = paid["romi_mature"]
    period = Period(as_date(frame["period_start"].iloc[0]), as_date(frame["period_end"].iloc[0]))
    section = context.section("roi", period=period)
    revenue = float(frame["revenue_amount"].sum())
    unknown = frame.loc[frame["channel"] == "unattributed", "revenue_amount"].sum()
    found = findings.roi_findings(paid)
    found += findings.unattributed_finding(float(unknown), revenue)
    intervals = context.read(queries.RETURN_INTERVALS)
    intervals = intervals[intervals["metric_id"] == "romi"] if len(intervals) else intervals
    found += findings.concentrated_findings(intervals, paid["channel"])
    chance = {
        str(row["segment_value"]): (row["metric_low"], row["metric_high"])
        for row in records(intervals)
        if not is_missing(row["metric_low"]) and not is_missing(row["metric_high"])
    }
    context.conclude(section, found, limit=6)
    section.stats = _roi_stats(context, paid)
    judged = paid[paid["romi_shown"].notna()]
    if (paid["reason_code"] == "no_orders").any():
        section.sad = say("roi.sad_no_orders")
    elif judged.empty:
        section.sad = say("roi.sad_early")
    rows = [_roi_row(context, row, chance) for row in records(paid.head(10))]
    section.figures.append(
        context.figure(
            section,
            charts.interval_rows(
                rows,
                kind=SIGNED_SHARE,
                title=say("roi.romi"),
                bars_title=say("roi.spend"),
                clip=_roi_clip(rows),
                has_zero_line=True,
            ),
        )
    )
    section.details.append(_roi_table(context, section, frame, chance))
    return section


def judgement(row: dict[str, Any]) -> str:
    """One word on a channel: what the attribution models say, unless the data forbid a word.

    Models that contradict each other are said first: no amount of data would settle them. Their
    agreement counts only when the return is also out of the reach of chance.
    """
    spread, reason = str(row["spread_verdict"]), row["reason_code"]
    if spread in ("too_early", "cannot_tell", "no_spend"):
        return spread
    if not is_missing(reason) and reason in ("low_coverage", "missing_rate", "no_margin"):
        return "cannot_tell"
    if spread == "depends_on_model" or is_missing(reason):
        return spread
    return "within_noise" if reason == "within_noise" else "cannot_tell"


_JUDGEMENT_TONES = {
    "robust_negative": "alarm",
    "robust_positive": "blue",
    "depends_on_model": "amber",
}


def _roi_row(
    context: Context, row: dict[str, Any], chance: Mapping[str, tuple[float, float]]
) -> charts.Row:
    say = context.say
    shown = row["romi_shown"]
    verdict = say.name("spread", row["judgement"])
    if row["judgement"] == "cannot_tell" and not is_missing(row["reason_code"]):
        verdict = say.name("reason", str(row["reason_code"]))
    note = (
        verdict
        if is_missing(shown)
        else say("roi.note", romi=Share(float(shown), 0, signed=True), verdict=verdict)
    )
    return charts.Row(
        label=context.channel(row["channel"]),
        value=optional(shown),
        low=None if is_missing(shown) else optional(row["romi_min"]),
        high=None if is_missing(shown) else optional(row["romi_max"]),
        before=None,
        tone=_JUDGEMENT_TONES.get(row["judgement"], "muted"),
        note=note,
        bar=float(row["spend_amount"]),
        bar_label=say.show(Money(float(row["spend_amount"]))),
        chance=None if is_missing(shown) else chance.get(str(row["channel"])),
    )


def _roi_clip(rows: Sequence[charts.Row]) -> tuple[float, float]:
    """From a total loss to a bit over what is seen; far outliers do not flatten the rest."""
    highest = max(
        (end for row in rows for end in (row.high, row.value, (row.chance or (0, 0))[1]) if end),
        default=0,
    )
    return ROI_CLIP[0], min(ROI_CLIP[1], max(0.5, highest * 1.08))


def _roi_stats(context: Context, paid: pd.DataFrame) -> list[Stat]:
    say = context.say
    spend = float(paid["spend_amount"].sum())
    stats = [Stat(say.show(Money(spend)), say("roi.spend_total"))]
    returns = None if findings.is_thinly_traced(paid) else findings.mature_returns(paid)
    if returns is not None:
        between = Between(*(Share(end, 0, signed=True) for end in (returns.low, returns.high)))
        stats.append(
            Stat(
                say.show(Share(returns.romi, 0, signed=True)),
                say("roi.romi_total", between=between),
                "alarm" if returns.high < 0 else "",
            )
        )
        if returns.full is not None:
            stats.append(
                Stat(say.show(Share(returns.full, 0, signed=True)), say("roi.romi_full_total"))
            )
    coverage = paid["coverage_share"].dropna()
    # refunds without a channel leave more than the whole to the others
    if not coverage.empty and 0 <= coverage.iloc[0] <= 1:
        stats.append(Stat(say.show(Share(float(coverage.iloc[0]), 0)), say("roi.coverage")))
    return stats


def _chance(context: Context, ends: tuple[float, float] | None) -> Cell:
    """What luck allows for; as words, which may wrap."""
    low, high = ends or (None, None)
    return Cell(context.range(low, high, 0, signed=True).words)


def _model_range(context: Context, row: dict[str, Any]) -> Cell:
    """Least and most over the attribution models, and which model says so."""
    if any(is_missing(row[c]) for c in ("romi_min", "romi_max", "model_min", "model_max")):
        return Cell(NO_VALUE)
    words = context.say(
        "roi.range",
        low=Share(float(row["romi_min"]), 0, signed=True),
        high=Share(float(row["romi_max"]), 0, signed=True),
        model_low=Name("model", str(row["model_min"])),
        model_high=Name("model", str(row["model_max"])),
    )
    return Cell(words)


def _roi_table(
    context: Context,
    section: Section,
    frame: pd.DataFrame,
    chance: Mapping[str, tuple[float, float]],
) -> Table:
    say = context.say
    rows = []
    for row in records(frame):
        if row["reason_code"] == "no_orders":
            row["revenue_amount"] = None
        verdict = judgement(row)
        rows.append(
            [
                Cell(context.channel(row["channel"]), is_head=True),
                *(
                    Cell(say.show(Money(as_float(row[f"{name}_amount"]))), is_number=True)
                    for name in ("spend", "revenue", "contribution")
                ),
                context.share(row["romi"], 0, signed=True),
                context.share(row["romi_mature"], 0, signed=True),
                _chance(context, chance.get(row["channel"])),
                _model_range(context, row),
                context.share(
                    row["romi_full_mature"] if row["spend_amount"] > 0 else None, 0, signed=True
                ),
                Cell(
                    context.say.name("spread", verdict),
                    tone="alarm" if verdict == "robust_negative" else "",
                ),
            ]
        )
    head = context.head("channel", "spend", "revenue", "contribution", "romi_to_date",
                        "romi_mature", "chance", "range", "romi_full", "verdict")  # fmt: skip
    return Table(section.title, head, rows)
