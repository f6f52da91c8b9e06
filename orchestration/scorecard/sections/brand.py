"""Awareness and loyalty by survey wave, with intervals."""

from __future__ import annotations

from typing import Any

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, records
from orchestration.scorecard.l10n import (
    NO_VALUE,
    Number,
    Share,
    is_missing,
)
from orchestration.scorecard.metrics import metric_value
from orchestration.scorecard.sections.context import Context, as_float, optional
from orchestration.scorecard.svg import SHARE, SIGNED
from orchestration.scorecard.view import Cell, Section, Table


def build(context: Context) -> Section:
    frame = context.read(queries.BRAND)
    if frame.empty:
        return context.without_data("brand", queries.BRAND)
    say = context.say
    frame = frame.sort_values(["fieldwork_end", "wave", "mode"]).reset_index(drop=True)
    awareness, named, loyalty = (
        frame[frame[column].notna()] for column in ("aided_rate", "unaided_rate", "nps")
    )
    section = context.section("brand")
    context.conclude(section, findings.brand_findings(awareness, loyalty))
    panels = []
    for name, rows, kind in (
        ("aided", awareness, SHARE),
        ("unaided", named, SHARE),
        ("nps", loyalty, SIGNED),
    ):
        value = name if name == "nps" else f"{name}_rate"
        points = [
            charts.Point(
                day=as_date(row["fieldwork_end"]),
                value=optional(row[value]),
                low=optional(row[f"{name}_low"]),
                high=optional(row[f"{name}_high"]),
                series=str(row["mode"]),
            )
            for row in records(rows)
        ]
        if points:
            panels.append(charts.Panel(say(f"brand.{name}"), "", points, kind))
    if panels:
        section.figures.append(
            context.figure(
                section,
                charts.small_multiples(panels, columns=3, height=130, has_dots=True),
            )
        )
    section.details.append(
        Table(
            section.title,
            [
                *context.head("wave", "mode", "vendor", "answers"),
                *(say(f"brand.{name}") for name in ("aided", "unaided", "top_of_mind", "nps")),
            ],
            [_wave_cells(context, row) for row in records(frame.iloc[::-1])],
        )
    )
    return section


def _wave_cells(context: Context, row: dict[str, Any]) -> list[Cell]:
    say = context.say
    cells = [
        Cell(str(row["wave"]), is_head=True),
        Cell(say.name("mode", str(row["mode"]))),
        Cell(NO_VALUE if is_missing(row["vendor"]) else str(row["vendor"])),
        context.number(max(as_float(row["respondents"]), as_float(row["nps_respondents"]))),
    ]
    for name in ("aided", "unaided", "top_of_mind"):
        cells.append(
            Cell(
                say.show(Share(as_float(row[f"{name}_rate"]), 0))
                + (
                    ""
                    if is_missing(row[f"{name}_low"])
                    else f" ({_bare_range(context, row[f'{name}_low'], row[f'{name}_high'])})"
                ),
                is_number=True,
            )
        )
    nps = say.show(metric_value("nps", optional(row["nps"])))
    if not is_missing(row["nps_low"]):
        low, high = (metric_value("nps", optional(row[f"nps_{end}"])) for end in ("low", "high"))
        nps = f"{nps} ({say.show(low)}…{say.show(high)})"
    cells.append(Cell(nps, is_number=True))
    return cells


def _bare_range(context: Context, low: Any, high: Any) -> str:
    return "–".join(context.say.show(Number(as_float(value) * 100, 0)) for value in (low, high))
