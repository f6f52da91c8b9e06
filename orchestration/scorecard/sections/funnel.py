"""From visit to order by lead month."""

from __future__ import annotations

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each, records
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.svg import COUNT
from orchestration.scorecard.view import Cell, Section, Table


def build(context: Context) -> Section:
    frame = context.read(queries.FUNNEL)
    if frame.empty or not frame["leads_valid"].sum():
        return context.without_data("funnel", queries.FUNNEL)
    say = context.say
    frame = frame.sort_values("lead_month").reset_index(drop=True)
    complete = frame[frame["is_complete"].astype(bool)]
    section = context.section("funnel")
    context.conclude(section, findings.funnel_findings(complete if len(complete) else frame))
    panels = [
        charts.Panel(
            title=say(f"column.{label}"),
            subtitle="",
            points=[
                charts.Point(
                    day=as_date(row["lead_month"]),
                    value=optional(row[column]),
                    is_open=not row["is_complete"],
                )
                for row in records(frame)
            ],
            kind=COUNT,
        )
        for column, label in (
            ("visits_valid", "valid_visits"),
            ("leads_valid", "leads"),
            ("leads_qualified", "qualified"),
            ("orders", "orders"),
        )
        if frame[column].sum() > 0
    ]
    if len(frame) < 3:
        section.sad = say("sad.not_enough")
    elif panels:
        section.figures.append(
            context.figure(
                section,
                charts.small_multiples(panels, columns=4, height=96),
            )
        )
    # without a counter nobody knows of visits, without a CRM of what sales accept: that is not 0
    has_visits = frame["visits_valid"].sum() > 0
    has_qualified = frame["leads_qualified"].sum() > 0
    has_orders = context.marts.has_rows("kpi_customers_monthly", "orders > 0")
    rows = [
        [
            Cell(say.month(as_date(row.lead_month)), is_head=True),
            context.number(row.visits_valid if has_visits else None),
            context.number(row.leads_valid),
            context.share(row.leads_valid / row.visits_valid if row.visits_valid else None),
            context.number(row.leads_qualified if has_qualified else None),
            context.number(row.orders if has_orders else None),
            context.number(row.new_customers if has_orders else None),
        ]
        for row in each(frame.iloc[::-1])
    ]
    head = context.head("month", "valid_visits", "leads", "visit_to_lead", "qualified", "orders",
                        "new_customers")  # fmt: skip
    section.details.append(Table(section.title, head, rows))
    return section
