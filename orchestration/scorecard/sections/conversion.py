"""Conversion by channel: now, before, and the channel's own target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.findings import (
    Finding,
    change_of_share,
)
from orchestration.scorecard.frames import as_date, each
from orchestration.scorecard.intervals import wilson
from orchestration.scorecard.l10n import (
    Name,
    PercentagePoints,
    Period,
    Share,
)
from orchestration.scorecard.metrics import Target, primary_conversions, targets_in_force
from orchestration.scorecard.sections.context import Context, as_float, optional
from orchestration.scorecard.svg import SHARE
from orchestration.scorecard.tiles import VERDICT_TONES
from orchestration.scorecard.view import Cell, Key, Section, Table

PANELS_SHOWN = 6

SHORT_WINDOW, LONG_WINDOW = 28, 91
# With fewer events in the short window hardly any channel could show a proven change.
ENOUGH_EVENTS = 300


def build(context: Context) -> Section:
    days = SHORT_WINDOW
    everything = context.read(queries.CONVERSION, days=days)
    if everything.empty or not everything["visits"].sum():
        return context.without_data(
            "conversion", queries.CONVERSION, days=2 * days, that="visits_valid > 0"
        )
    say = context.say
    chosen = primary_conversions(everything, context.read(queries.CONVERSIONS))
    if everything.loc[everything["conversion_id"] == chosen[0], "converted"].sum() < ENOUGH_EVENTS:
        days = LONG_WINDOW
        everything = context.read(queries.CONVERSION, days=days)
    changes = context.read(queries.CONVERSION_CHANGES)
    trend = context.read(queries.CONVERSION_TREND)
    period = Period(context.as_of - timedelta(days=days), context.as_of - timedelta(days=1))
    section = context.section("conversion", days=days, period=period)
    plans = _own_plans(context)
    found: list[Finding] = []
    parts = []
    for identifier in chosen:
        name = Name("conversion_name", identifier)
        breaks = [as_date(row.date_day) for row in each(changes) if row.conversion_id == identifier]
        recent = [day for day in breaks if day > context.as_of - timedelta(days=2 * days)]
        frame = _conversion_frame(everything, identifier, is_comparable=not recent)
        own = plans.get(f"{identifier}_conversion", {})
        found += findings.plan_findings(own.values(), name)
        found += findings.conversion_findings(frame, name, max(recent, default=None))
        parts.append((name, frame, trend[trend["conversion_id"] == identifier], breaks, own))
    context.conclude(section, found, limit=4)
    if not any(plans.values()):
        section.how = f"{section.how} {say('conversion.no_plans')}"
    for name, frame, weeks, breaks, own in parts:
        drawn = frame[frame["visits"] >= MINIMUM_SHOWN].head(10)
        if not drawn.empty:
            rows = [_conversion_row(context, row, own.get(row.channel)) for row in each(drawn)]
            caption = say("conversion.caption", name=name) if len(parts) > 1 else ""
            section.figures.append(
                context.figure(
                    section,
                    charts.interval_rows(rows, kind=SHARE),
                    caption=caption,
                    keys=[Key("plan", say("conversion.key_plan"))] if own else [],
                )
            )
            is_first = not section.details
            panels = _conversion_panels(context, weeks, drawn, breaks)
            if panels and (is_first or breaks):
                section.figures.append(
                    context.figure(
                        section,
                        charts.small_multiples(panels, columns=3, height=84),
                        keys=[Key("break", say("conversion.key_break"))] if breaks else [],
                        caption=say("conversion.trend", name=name),
                    )
                )
        section.details.append(_conversion_table(context, name, frame, days))
    if not section.figures:
        section.sad = say("sad.not_enough")
    return section


def _own_plans(context: Context) -> dict[str, dict[str, Target]]:
    """Targets of single channels in force: metric -> channel -> target."""
    plans: dict[str, dict[str, Target]] = {}
    for target in targets_in_force(context.read(queries.TARGETS), context.as_of):
        if target.segment_type == "channel":
            plans.setdefault(target.metric_id, {})[target.segment_value] = target
    return {metric: own for metric, own in plans.items() if metric.endswith("_conversion")}


# Below so many visits a rate is not shown at all.
MINIMUM_SHOWN = 30


def _conversion_frame(
    everything: pd.DataFrame, identifier: str, *, is_comparable: bool
) -> pd.DataFrame:
    """Channels of one conversion with both rates and the verdict on their difference."""
    frame = everything[everything["conversion_id"] == identifier].copy()
    frame = frame[(frame["visits"] > 0) | (frame["visits_before"] > 0)]
    frame["rate"] = frame["converted"] / frame["visits"].where(frame["visits"] > 0)
    frame["rate_before"] = frame["converted_before"] / frame["visits_before"].where(
        frame["visits_before"] > 0
    )
    frame["change"] = [
        change_of_share(row.converted, row.visits, row.converted_before, row.visits_before)
        if is_comparable
        else "void"
        for row in each(frame)
    ]
    return frame.sort_values(["visits", "channel"], ascending=[False, True])


_CHANGE_TONES = {
    "fell": "alarm",
    "rose": "green",
    "same": "blue",
    "little": "blue",
    "void": "muted",
}


def _conversion_row(context: Context, row: Any, plan: Target | None) -> charts.Row:
    """With a target of its own a channel is judged by it, else by its own past."""
    say = context.say
    bounds = wilson(row.converted, row.visits)
    before = optional(row.rate_before) if row.change != "void" else None
    value = Share(float(row.rate), findings.CONVERSION_DIGITS)
    if plan is not None:
        tone = VERDICT_TONES.get(plan.verdict, "blue").replace("good", "green")
        words = say.show(Name(plan.verdict_name.kind, plan.verdict, is_inside=True))
        shown = Share(plan.plan, findings.CONVERSION_DIGITS)
        note = say("conversion.note_plan", value=value, plan=shown, verdict=words)
    else:
        tone = _CHANGE_TONES[row.change]
        earlier = Share(as_float(row.rate_before), findings.CONVERSION_DIGITS)
        note = f"{say.show(value)}, {say(f'conversion.note_{row.change}', before=earlier)}"
    return charts.Row(
        label=context.channel(row.channel),
        value=float(row.rate),
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        before=before,
        tone=tone,
        note=note,
        plan=plan.plan if plan else None,
    )


def _conversion_table(context: Context, name: Name, frame: pd.DataFrame, days: int) -> Table:
    head = context.head("channel", "valid_visits", "converted", "conversion", "interval")
    head += [context.say("column.before", days=days), context.say("column.change")]
    rows = []
    for row in each(frame):
        bounds = wilson(row.converted, row.visits)
        tone = {"fell": "alarm", "rose": "good"}.get(row.change, "")
        difference = PercentagePoints(as_float(row.rate) - as_float(row.rate_before), 2)
        rows.append(
            [
                Cell(context.channel(row.channel), is_head=True),
                context.number(row.visits),
                context.number(row.converted),
                context.share(row.rate, findings.CONVERSION_DIGITS, tone=tone),
                context.range(bounds.low if bounds else None, bounds.high if bounds else None, 2),
                context.share(row.rate_before, findings.CONVERSION_DIGITS),
                Cell(context.say.show(difference), tone, is_number=True),
            ]
        )
    return Table(context.say.show(name), head, rows, is_titled=True)


def _conversion_panels(
    context: Context, trend: pd.DataFrame, drawn: pd.DataFrame, breaks: Sequence[date]
) -> list[charts.Panel]:
    tones = dict(zip(drawn["channel"], drawn["change"], strict=True))
    panels = []
    for channel in list(drawn["channel"])[:PANELS_SHOWN]:
        points = []
        for week in each(trend[trend["channel"] == channel]):
            bounds = wilson(week.converted, week.visits)
            if bounds is None or week.visits < MINIMUM_SHOWN:
                continue
            points.append(
                charts.Point(
                    day=context.as_of - timedelta(days=14 * int(week.fortnights_ago) + 1),
                    value=week.converted / week.visits,
                    low=bounds.low,
                    high=bounds.high,
                )
            )
        if len(points) >= 4:
            shown = [day for day in breaks if points[0].day < day]
            tone = "alarm" if tones[channel] == "fell" else "blue"
            title = context.channel(channel)
            panels.append(charts.Panel(title, "", points, SHARE, tone=tone, breaks=shown))
    return panels
