"""Orders, average order and repeat purchases by month."""

from __future__ import annotations

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, first_of, last_of, records
from orchestration.scorecard.l10n import (
    Between,
    Money,
    Month,
    Number,
    Share,
    Text,
    is_missing,
    text,
)
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.svg import COUNT, SHARE
from orchestration.scorecard.view import Cell, Section, Stat, Table


def build(context: Context) -> Section:
    frame = context.read(queries.CUSTOMERS)
    if frame.empty or not frame["orders"].sum():
        return context.without_data("customers", queries.CUSTOMERS)
    say = context.say
    frame = frame.sort_values("month").reset_index(drop=True)
    # more refunded than sold is no order of less than nothing
    frame["net_aov_amount"] = frame["net_aov_amount"].where(frame["net_aov_amount"] >= 0)
    section = context.section("customers")
    found = findings.customer_findings(frame) + findings.one_order_finding(
        context.read(queries.RETURN_INTERVALS)
    )
    context.conclude(section, found)
    last = findings.complete_months(frame)
    section.stats = [
        *_average_order(context),
        *(_customer_stats(context, last_of(last)) if len(last) else ()),
        *_lifetime_value(context),
    ]
    shown = (
        ("net_aov_amount", "aov", COUNT),
        ("repeat_purchase_rate_90d", "rpr", SHARE),
        ("orders", "orders", COUNT),
        ("customer_retention_rate", "retention", SHARE),
    )
    panels = []
    for column, label, kind in shown:
        points = [
            charts.Point(
                day=as_date(row["month"]),
                value=optional(row[column]),
                is_open=not bool(row["is_complete"]),
            )
            for row in records(frame)
        ]
        if sum(point.value is not None for point in points) >= 3:
            panels.append(charts.Panel(say(f"customers.{label}"), "", points, kind))
    if panels:
        section.figures.append(
            context.figure(
                section,
                charts.small_multiples(panels, columns=2, height=110),
            )
        )
    else:
        section.sad = say("sad.not_enough")
    rows = [
        [
            Cell(say.month(as_date(row["month"])), is_head=True),
            context.number(row["orders"]),
            context.number(row["buyers"]),
            context.number(row["new_customers"]),
            context.money(row["revenue_amount"]),
            context.money(row["net_aov_amount"]),
            context.share(row["repeat_purchase_rate_90d"], 1),
            context.share(row["customer_retention_rate"], 1),
        ]
        for row in records(frame.iloc[::-1].head(13))
    ]
    head = [
        say("column.month"),
        *(say(f"customers.{name}")
          for name in ("orders", "buyers", "new", "revenue", "aov", "rpr", "retention")),
    ]  # fmt: skip
    section.details.append(Table(section.title, head, rows))
    return section


def _average_order(context: Context) -> list[Stat]:
    """The average order of a year with what the luck of single orders allows for."""
    frame = context.read(queries.RETURN_INTERVALS)
    whole = frame[frame["metric_id"] == "aov_net"] if len(frame) else frame
    if whole.empty or is_missing(first_of(whole)["metric_low"]):
        return []
    row = first_of(whole)
    value, low, high = (
        Money(float(row[f"metric_{part}"]), compact=False) for part in ("value", "low", "high")
    )
    between = context.say("customers.aov_year", between=Between(low, high))
    return [Stat(context.say.show(value), between)]


def _payback(months: float) -> Text:
    return text("unit.months", n=int(months)) if months >= 1 else text("unit.first_month")


def _customer_stats(context: Context, last: pd.Series) -> list[Stat]:
    say = context.say
    month = Month(as_date(last["month"]))
    candidates = (
        ("purchase_frequency", "frequency_of", lambda v: Number(v, 2)),
        ("customer_retention_rate", "retention_of", lambda v: Share(v, 1)),
        ("payback_months", "payback", _payback),
    )
    stats = [
        Stat(say.show(shown(float(last[column]))), say(f"customers.{label}", month=month))
        for column, label, shown in candidates
        if not is_missing(last[column])
    ]
    # a stat that is there only when it is good would hide the bad months
    if is_missing(last["payback_months"]) and last["reason_code"] == "not_paid_back":
        stats.append(Stat(say("customers.not_paid_back"), say("customers.payback", month=month)))
    return stats


def _lifetime_value(context: Context) -> list[Stat]:
    """What the new customers of a year brought for what all marketing of that year cost."""
    frame = context.read(queries.LTV_OF_YEAR)
    if frame.empty or is_missing(first_of(frame)["ltv_cac"]):
        return []
    row = first_of(frame)
    ratio = context.say.show(Number(float(row["ltv_cac"]), 1))
    return [Stat(ratio, context.say("customers.ltv_cac", n=int(row["months"])))]
