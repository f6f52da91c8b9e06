"""Whether a figure that improved did so at the expense of the one that should go with it."""

from __future__ import annotations

from typing import Any

from orchestration.scorecard import findings, queries
from orchestration.scorecard.frames import records
from orchestration.scorecard.l10n import Name, is_missing
from orchestration.scorecard.metrics import metric_value
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Section, Table


def build(context: Context) -> Section:
    frame = context.read(queries.GUARDS)
    judged = frame[frame["status"] != "no_data"] if len(frame) else frame
    if judged.empty:
        return context.without_data("guards", queries.GUARDS)
    section = context.section("guards")
    rows = records(judged)
    context.conclude(section, findings.guard_findings(rows, context.say.language))
    bent = [row for row in rows if row["status"] != "ok"]
    if bent:
        section.tables.append(_table(context, section.title, bent))
    section.details.append(_table(context, section.title, rows))
    return section


def _table(context: Context, caption: str, rows: list[dict[str, Any]]) -> Table:
    say = context.say
    cells = []
    for row in rows:
        line = []
        for kind in ("metric", "guard"):
            metric = str(row["metric_id" if kind == "metric" else "guard_metric_id"])
            ends = (
                say.show(metric_value(metric, optional(row[f"{kind}_{when}"])))
                for when in ("before", "now")
            )
            name = say.show(Name("metric", metric))
            line += [Cell(name, is_head=kind == "metric"), Cell(" → ".join(ends), is_number=True)]
        is_bent = row["status"] != "ok"
        reason = row[f"reason_{say.language}"]
        why = str(reason) if is_bent and not is_missing(reason) else ""
        words = say.name("guard", str(row["status"]))
        tone = "alarm" if row["status"] == "guard_falls" else "warn" if is_bent else "good"
        cells.append([*line, Cell(words, tone), Cell(why)])
    head = context.head("metric", "change", "guard", "change", "verdict", "reason")
    return Table(caption, head, cells)
