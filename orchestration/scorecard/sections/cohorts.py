"""Return by the month in which the lead was created."""

from __future__ import annotations

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each
from orchestration.scorecard.l10n import (
    Share,
    is_missing,
)
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Key, Section, Table


def build(context: Context) -> Section:
    frame = context.read(queries.ROI_COHORTS)
    if frame.empty:
        return context.without_data("cohorts", queries.ROI_COHORTS)
    say = context.say
    frame = frame.sort_values("lead_month").reset_index(drop=True)
    frame["is_mature"] = frame["maturity"].fillna(0) >= 0.8
    section = context.section("cohorts")
    context.conclude(section, findings.cohort_findings(frame))
    if not frame["romi"].notna().any():
        section.sad = say("cohorts.sad_margin")
    else:
        items = [
            charts.Cohort(
                month=as_date(row.lead_month),
                label=say.month_of_axis(as_date(row.lead_month)),
                romi=optional(row.romi),
                projected=optional(row.projected_romi),
                low=optional(row.projected_romi_low),
                high=optional(row.projected_romi_high),
                is_mature=bool(row.is_mature),
                note="" if is_missing(row.maturity) else say.show(Share(float(row.maturity), 0)),
            )
            for row in each(frame)
        ]
        keys = [Key("blue", say("cohorts.key_mature")), Key("outline", say("cohorts.key_young"))]
        if any(item.projected is not None and not item.is_mature for item in items):
            keys.append(Key("whisker", say("cohorts.key_projection")))
        section.figures.append(context.figure(section, charts.cohorts(items), keys=keys))
    rows = [
        [
            Cell(say.month(as_date(row.lead_month)), is_head=True),
            context.money(row.spend_amount),
            context.number(row.leads),
            context.number(row.orders),
            context.money(row.revenue_amount),
            context.share(row.romi, 0, signed=True),
            context.share(row.maturity, 0),
            context.range(row.projected_romi_low, row.projected_romi_high, 0, signed=True),
        ]
        for row in each(frame.iloc[::-1])
    ]
    head = context.head(
        "month", "spend", "leads", "orders", "revenue", "romi_to_date", "maturity", "projection"
    )
    section.details.append(Table(section.title, head, rows))
    return section
