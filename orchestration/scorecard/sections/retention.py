"""Whether customers come back: cohorts by age."""

from __future__ import annotations

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each, groups
from orchestration.scorecard.l10n import (
    Share,
    is_missing,
)
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Key, Section, Table


def build(context: Context) -> Section:
    frame = context.read(queries.RETENTION)
    if frame.empty:
        return context.without_data("retention", queries.RETENTION)
    say = context.say
    section = context.section("retention")
    browsers = context.read(queries.BROWSERS)
    found = findings.retention_findings(frame) + findings.browser_findings(browsers)
    context.conclude(section, found)
    aged = frame[frame["age_months"] >= 1].copy()
    aged["rate"] = aged["active_customers"] / aged["cohort_size"].where(aged["cohort_size"] > 0)
    complete = aged[aged["is_complete"].astype(bool)]
    if complete["cohort_month"].nunique() < 2:
        section.sad = say("sad.not_enough")
        return section
    cells = [
        charts.HeatCell(
            row=say.month(as_date(row.cohort_month), short=True),
            column=int(row.age_months),
            value=optional(row.rate),
            words=say.show(Share(float(row.rate), 0)) if not is_missing(row.rate) else "",
            is_complete=bool(row.is_complete),
        )
        for row in each(aged)
    ]
    section.figures.append(
        context.figure(
            section,
            charts.heat_map(cells, columns_title=say("retention.columns")),
            keys=[Key("outline", say("retention.key_open"))],
        )
    )
    ages = sorted({cell.column for cell in cells})
    sizes = {
        say.month(as_date(row.cohort_month), short=True): row.cohort_size for row in each(frame)
    }
    by_place = {(cell.row, cell.column): cell for cell in cells}
    rows = [
        [
            Cell(month, is_head=True),
            context.number(size),
            *(
                Cell(
                    by_place[month, age].words if (month, age) in by_place else "",
                    tone=""
                    if (month, age) not in by_place or by_place[month, age].is_complete
                    else "muted",
                    is_number=True,
                )
                for age in ages
            ),
        ]
        for month, size in sizes.items()
    ]
    head = [*context.head("cohort", "size"), *(str(age) for age in ages)]
    section.details.append(Table(section.title, head, rows, is_wide=True))
    if not browsers.empty:
        section.details.append(_browsers_table(context, browsers))
    return section


def _browsers_table(context: Context, frame: pd.DataFrame) -> Table:
    """Share of browsers seen again one, two and three months after the month of the first visit."""
    say = context.say
    rows = []
    for month, part in groups(frame, "cohort_month", sort=False):
        by_age = {row.age_months: row.browser_return_rate for row in each(part)}
        rows.append(
            [
                Cell(say.month(as_date(month)), is_head=True),
                context.number(part["browsers"].max()),
                *(context.share(by_age.get(age), 1) for age in (1, 2, 3)),
            ]
        )
    head = [*context.head("first_visit", "browsers"), "1", "2", "3"]
    return Table(say("retention.browsers_table"), head, rows, is_titled=True)
