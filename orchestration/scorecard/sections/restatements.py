"""Figures that changed after they had been shown."""

from __future__ import annotations

from typing import Any

from orchestration.scorecard import findings, queries
from orchestration.scorecard.findings import (
    period_of_figure,
)
from orchestration.scorecard.frames import records
from orchestration.scorecard.l10n import (
    is_missing,
)
from orchestration.scorecard.metrics import metric_value
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Section, Table


def build(context: Context) -> Section:
    counts = context.read(queries.RESTATEMENT_COUNTS)
    figures = 0 if counts.empty else int(counts["figures"].iloc[0])
    if not figures:
        return context.without_data("restatements", queries.RESTATEMENT_COUNTS)
    say = context.say
    rows = context.read(queries.RESTATEMENTS)
    section = context.section("restatements")
    context.conclude(section, findings.restatement_findings(rows, figures))
    if rows.empty:
        return section
    cells = []
    for row in records(rows):
        metric = str(row["metric_id"])
        cause = "unknown" if is_missing(row["cause"]) else str(row["cause"])
        cells.append(
            [
                Cell(say.name("metric", metric), is_head=True),
                Cell(_segment(context, row["segment"])),
                Cell(say.show(period_of_figure(row["period"], row["period_end"]))),
                *(
                    Cell(say.show(metric_value(metric, optional(row[column]))), is_number=True)
                    for column in ("first_value", "current_value")
                ),
                context.share(row["delta_share"], 1, signed=True),
                Cell(say.name("cause", cause)),
            ]
        )
    head = context.head(
        "metric", "segment", "period", "first_value", "current_value", "change", "cause"
    )
    section.tables.append(Table(section.title, head, cells))
    return section


def _segment(context: Context, segment: Any) -> str:
    """A channel, network, product line or source: whichever of them the id belongs to."""
    words = "all" if is_missing(segment) or not str(segment) else str(segment)
    for kind in ("segment", "channel", "network", "product_line", "source"):
        if context.say.knows(kind, words):
            return context.say.name(kind, words)
    return words
