"""Followers by day, and joins that look bought."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each, groups
from orchestration.scorecard.l10n import (
    Number,
)
from orchestration.scorecard.sections.context import Context
from orchestration.scorecard.svg import COUNT
from orchestration.scorecard.view import Cell, Section, Table

PANELS_SHOWN = 6


def build(context: Context) -> Section:
    frame = context.read(queries.AUDIENCE)
    if frame.empty or not frame["followers"].notna().any():
        return context.without_data("audience", queries.AUDIENCE, days=182)
    say = context.say
    section = context.section("audience")
    networks = _networks(frame, context.as_of)
    context.conclude(section, findings.audience_findings(frame, networks))
    waves = {(wave.network, wave.account, wave.end): wave for wave in findings.joins_waves(frame)}
    panels = []
    for row in each(networks.head(PANELS_SHOWN)):
        days = frame[(frame["network"] == row.network) & (frame["account"] == row.account)]
        days = days[days["followers"].notna()]
        # Every third day is enough for a line of half a year; suspicious days always stay.
        points = [
            charts.Point(
                day=as_date(day.date_day),
                value=float(day.followers),
                flag=_joined(context, waves.get((row.network, row.account, as_date(day.date_day)))),
            )
            for number, day in enumerate(each(days))
            if day.joins_verdict == "bought_suspected" or (len(days) - 1 - number) % 3 == 0
        ]
        if len(points) >= 3:
            total = say.show(Number(float(row.followers)))
            change = say("audience.change", change=Number(float(row.change), signed=True))
            panels.append(
                charts.Panel(
                    f"{say.name('network', row.network)}: {total}",
                    change,
                    points,
                    COUNT,
                    starts_at_zero=False,
                )
            )
    if panels:
        section.figures.append(
            context.figure(
                section, charts.small_multiples(panels, columns=3, height=110, has_days=True)
            )
        )
    else:
        section.sad = say("sad.not_enough")
    rows = [
        [
            Cell(say.name("network", row.network), is_head=True),
            context.number(row.followers),
            Cell(say.show(Number(float(row.change), signed=True)), is_number=True),
            context.number(row.joined),
            context.number(row.left_count),
            context.share(row.reach_rate, 1),
        ]
        for row in each(networks)
    ]
    head = context.head("network", "followers", "change", "joined", "left", "reach_rate")
    section.details.append(Table(section.title, head, rows))
    return section


def _joined(context: Context, wave: findings.JoinsWave | None) -> str:
    return context.say.show(Number(wave.joined, signed=True)) if wave else ""


def _networks(frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row an account: followers at the last reading and what happened in 28 days."""
    start = pd.Timestamp(as_of - timedelta(days=28))
    rows = []
    for (network, account), days in groups(frame, "network", "account"):
        known = days[days["followers"].notna()]
        if known.empty:
            continue
        recent = days[pd.to_datetime(days["date_day"]) >= start]
        earlier = known[pd.to_datetime(known["date_day"]) < start]
        base = earlier if len(earlier) else known
        before = base["followers"].iloc[-1 if len(earlier) else 0]
        rows.append(
            {
                "network": network,
                "account": account,
                "followers": float(known["followers"].iloc[-1]),
                "change": float(known["followers"].iloc[-1] - before),
                "joined": recent["joined"].sum(min_count=1),
                "left_count": recent["left_count"].sum(min_count=1),
                "reach_rate": recent["reach_rate"].mean(),
            }
        )
    networks = pd.DataFrame(rows)
    return networks.sort_values(["followers", "network"], ascending=[False, True])
