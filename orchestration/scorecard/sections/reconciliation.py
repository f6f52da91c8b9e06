"""Pairs of sources that count the same thing, and bills beside reported spend."""

from __future__ import annotations

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each, groups
from orchestration.scorecard.sections.context import Context, as_float
from orchestration.scorecard.view import Cell, Key, Section, Table

STRIPS_SHOWN = 8


def build(context: Context) -> Section:
    frame = context.read(queries.RECONCILIATION)
    invoices = context.read(queries.INVOICES)
    if frame.empty and invoices.empty:
        # a day without another source to compare with is a row, too
        return context.without_data(
            "reconciliation", queries.RECONCILIATION, days=42, that="right_value is not null"
        )
    say = context.say
    section = context.section("reconciliation")
    compared = _comparable(frame) if len(frame) else frame
    if compared.empty and invoices.empty:
        section.sad = say("reconciliation.sad")
        return section
    found = findings.reconciliation_findings(compared, invoices) if len(frame) else []
    context.conclude(section, found)
    # Pairs with something to compare; those that differ first.
    warned = frame[frame["status"] == "warn"].groupby("pair").size()
    pairs = sorted(
        compared["pair"].drop_duplicates(), key=lambda pair: (-int(warned.get(pair, 0)), pair)
    )
    drawn = pairs[:STRIPS_SHOWN]
    days = [
        charts.StripDay(say.name("pair", row.pair), as_date(row.date_day), row.status)
        for pair in drawn
        for row in each(frame[frame["pair"] == pair])
    ]
    if days:
        keys = [
            Key("sky", say("status.ok")),
            Key("alarm", say("status.warn")),
            Key("grid", say("status.no_data")),
        ]
        section.figures.append(context.figure(section, charts.strips(days), keys=keys))
    rows = []
    for pair in pairs:
        part = frame[frame["pair"] == pair]
        count = int(warned.get(pair, 0))
        left, right = float(part["left_value"].sum()), float(part["right_value"].sum())
        rows.append(
            [
                Cell(say.name("pair", str(pair)), is_head=True),
                context.number(left),
                context.number(right),
                context.number(right / left if left else None, 2),
                context.number(count, tone="alarm" if count else ""),
            ]
        )
    if rows:
        head = context.head("pair", "first_side", "second_side", "ratio", "warn_days")
        section.details.append(Table(section.title, head, rows))
    if not invoices.empty:
        section.details.append(_invoice_table(context, invoices))
    return section


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs with something on both sides; a side that fell silent lately is a warning, not this."""
    kept = [
        part
        for _, part in groups(frame, "pair", sort=False)
        if (part["status"] == "warn").any()
        or ((part["status"] == "ok").any() and part["right_value"].sum() > 0)
    ]
    known = pd.concat(kept) if kept else frame.iloc[0:0]
    return known[known["status"] != "no_data"]


def _invoice_table(context: Context, invoices: pd.DataFrame) -> Table:
    rows = [
        [
            Cell(context.say.month(as_date(row.date_day)), is_head=True),
            Cell(context.channel(str(row.pair).partition(":")[2] or row.pair)),
            context.money(row.left_value),
            context.money(row.right_value),
            context.share(as_float(row.ratio) - 1, 1, signed=True,
                          tone="alarm" if row.status == "warn" else ""),
        ]
        for row in each(invoices.head(24))
    ]  # fmt: skip
    head = context.head("month", "channel", "invoice", "reported_spend", "change")
    return Table(context.say("reconciliation.invoices"), head, rows, is_titled=True)
