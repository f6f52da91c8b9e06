"""Return by the month in which the lead was created."""

from __future__ import annotations

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each
from orchestration.scorecard.l10n import (
    Share,
    is_missing,
)
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Key, Section, Table

# The section on channels counts so many months.
MONTHS_OF_CHANNELS = 12


def build(context: Context) -> Section:
    frame = context.read(queries.ROI_COHORTS)
    if frame.empty:
        return context.without_data("cohorts", queries.ROI_COHORTS)
    say = context.say
    frame = frame.sort_values("lead_month").reset_index(drop=True)
    frame["is_mature"] = frame["maturity"].fillna(0) >= 0.8
    section = context.section("cohorts")
    backtest, drift = context.read(queries.BACKTEST), context.read(queries.DRIFT)
    is_thin = findings.is_thinly_traced(context.read(queries.ROI_CHANNELS))
    has_sales = not (frame["reason_code"] == "no_orders").any()
    found = []
    if has_sales:
        found = findings.thin_findings() if is_thin else findings.cohort_findings(frame)
    found += findings.backtest_findings(backtest)
    if not drift.empty:
        found += findings.drift_findings(drift)
    context.conclude(section, found, limit=5)
    if len(frame) > MONTHS_OF_CHANNELS:
        section.what += f" {say('cohorts.what_longer')}"
    if not has_sales:
        section.sad = say("roi.sad_no_orders")
    elif is_thin:
        section.sad = say("cohorts.sad_thin")
    elif not frame["romi"].notna().any():
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
            section.how += f" {say('cohorts.how_projection')}"
        elif not frame["is_mature"].all():
            section.how += f" {say('cohorts.how_no_projection')}"
        section.figures.append(context.figure(section, charts.cohorts(items), keys=keys))
    has_leads = context.marts.has_rows("fct_leads", "true")
    rows = [
        [
            Cell(say.month(as_date(row.lead_month)), is_head=True),
            context.money(row.spend_amount),
            context.number(row.leads if has_leads else None),
            context.number(row.orders if has_sales else None),
            context.money(row.revenue_amount if has_sales else None),
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
    if not backtest.empty:
        section.details.append(_backtest_table(context, backtest))
    if not drift.empty:
        section.details.append(_drift_table(context, drift))
    return section


def _backtest_table(context: Context, frame: pd.DataFrame) -> Table:
    say = context.say
    rows = [
        [
            Cell(say.month(as_date(row.cohort_month)), is_head=True),
            Cell(say.name("product_line", row.product_line)),
            Cell(say.month(as_date(row.evaluated_month))),
            context.money(row.value_then),
            context.money(row.projected_value),
            context.money(row.actual_value),
            context.share(row.error_share, 0, signed=True),
            Cell(say.name("backtest", "inside" if row.is_inside_range else "outside")),
        ]
        for row in each(frame.head(18))
    ]
    head = context.head("lead_month", "product_line", "projected_in", "revenue_then", "projection",
                        "came", "error", "verdict")  # fmt: skip
    return Table(say("cohorts.backtest_table"), head, rows, is_titled=True)


def _drift_table(context: Context, frame: pd.DataFrame) -> Table:
    say = context.say
    rows = [
        [
            Cell(say.name("product_line", row.product_line), is_head=True),
            Cell(say.month(as_date(row.reached_month))),
            context.number(row.growth_ratio, 2),
            Cell(say.name("drift", row.drift_verdict)),
        ]
        for row in each(frame)
    ]
    head = context.head("product_line", "month", "growth_ratio", "verdict")
    return Table(say("cohorts.drift_table"), head, rows, is_titled=True)
