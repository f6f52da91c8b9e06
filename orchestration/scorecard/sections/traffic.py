"""Traffic by day, split into valid, off-audience and suspicious, and what the last cost."""

from __future__ import annotations

import pandas as pd

from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.frames import as_date, each, first_of
from orchestration.scorecard.l10n import (
    Money,
    Share,
    is_missing,
)
from orchestration.scorecard.queries import ALL
from orchestration.scorecard.sections.context import Context, optional
from orchestration.scorecard.view import Cell, Key, Section, Stat, Table


def build(context: Context) -> Section:
    days = context.read(queries.TRAFFIC_DAYS)
    if days.empty or not days["visits"].sum():
        return context.without_data("traffic", queries.TRAFFIC_DAYS, days=63, that="visits > 0")
    say = context.say
    spikes = context.read(queries.TRAFFIC_SPIKES)
    channels = context.read(queries.TRAFFIC_CHANNELS)
    campaigns = context.read(queries.TRAFFIC_CAMPAIGNS)
    section = context.section("traffic")
    context.conclude(section, findings.traffic_findings(days, spikes, channels, campaigns), limit=5)
    has_audience = context.marts.has_rows(
        # without a line in this register everybody is taken for the audience
        "kpi_data_quality",
        "source = 'registers' and table_name = 'audience' and rows_total > 0",
    )
    if not has_audience:
        section.how += f" {say('traffic.how_no_audience')}"
    section.stats = _traffic_stats(context, channels, has_audience)
    spike_days = set(days.loc[days["spike_verdict"] == "fail", "date_day"]) | (
        set(spikes.loc[spikes["spike_verdict"] == "fail", "date_day"]) if len(spikes) else set()
    )
    items = [
        charts.TrafficDay(
            day=as_date(row.date_day),
            valid=float(row.visits - row.suspicious_visits - row.off_audience_visits),
            off_audience=float(row.off_audience_visits),
            suspicious=float(row.suspicious_visits),
            low=optional(row.expected_low),
            high=optional(row.expected_high),
            is_spike=row.date_day in spike_days,
            is_provisional=bool(row.is_provisional),
        )
        for row in each(days)
    ]
    keys = [
        Key("sky", say("traffic.valid")),
        *([Key("neutral", say("traffic.off_audience"))] if has_audience else []),
        Key("alarm", say("traffic.suspicious")),
        Key("dashed", say("traffic.band")),
    ]
    if spike_days:
        keys.append(Key("spike", say("traffic.spike")))
    if len(items) < 7:
        section.sad = say("sad.not_enough")
    else:
        section.figures.append(context.figure(section, charts.traffic(items), keys=keys))
    if all(item.is_provisional for item in items):
        section.sad = say("sad.provisional")
    section.details.append(_traffic_table(context, section, channels, has_audience))
    section.details += [
        table
        for table in (_contractors_table(context, channels), _sensitivity_table(context, channels))
        if table
    ]
    if not spikes.empty:
        section.details.append(_spikes_table(context, spikes))
    return section


def _traffic_stats(context: Context, channels: pd.DataFrame, has_audience: bool) -> list[Stat]:
    say = context.say
    whole = channels[channels["channel"] == ALL]
    if whole.empty:
        return []
    row = first_of(whole)
    visits = float(row["visits"])
    stats = [
        Stat(
            say.show(Share(float(row[f"{kind}_visits"]) / visits, 1)),
            say(f"traffic.{label}"),
        )
        for kind, label in (("suspicious", "suspicious_share"), ("off_audience", "off_share"))
        if visits and (has_audience or kind == "suspicious")
    ]
    lost = channels.loc[channels["channel"] != ALL, "wasted_spend_amount"].sum()
    if lost > 0:
        stats.append(Stat(say.show(Money(float(lost))), say("traffic.lost"), "alarm"))
    strangers = channels.loc[channels["channel"] != ALL, "off_audience_spend_amount"].sum()
    if strangers > 0:
        stats.append(Stat(say.show(Money(float(strangers))), say("traffic.lost_off_audience")))
    return stats


def _traffic_table(
    context: Context, section: Section, channels: pd.DataFrame, has_audience: bool
) -> Table:
    rows = []
    for row in each(channels):
        share = row.suspicious_visits / row.visits if row.visits else None
        rows.append(
            [
                Cell(context.channel(row.channel), is_head=True),
                context.number(row.visits),
                context.money(row.spend_amount),
                context.number(row.suspicious_visits),
                context.share(share, 1),
                context.money(row.wasted_spend_amount),
                *(
                    (
                        context.number(row.off_audience_visits),
                        context.money(row.off_audience_spend_amount),
                    )
                    if has_audience
                    else ()
                ),
            ]
        )
    head = context.head(
        "channel", "visits", "spend", "suspicious", "suspicious_share", "lost",
        *(("off_audience", "lost") if has_audience else ()),
    )  # fmt: skip
    return Table(section.title, head, rows)


def _contractors_table(context: Context, channels: pd.DataFrame) -> Table | None:
    """Who brought it: visits and lost money by contractor, the costliest first."""
    hired = findings.contractors(channels)
    if hired.empty:
        return None
    rows = [
        [
            Cell(context.say.name("contractor", row.contractor), is_head=True),
            context.number(row.visits),
            context.number(row.suspicious_visits),
            context.share(row.suspicious_visits / row.visits if row.visits else None, 1),
            context.money(row.spend_amount),
            context.money(row.wasted_spend_amount),
        ]
        for row in each(hired)
    ]
    head = context.head("contractor", "visits", "suspicious", "suspicious_share", "spend", "lost")
    return Table(context.say("traffic.contractors_table"), head, rows, is_titled=True)


def _sensitivity_table(context: Context, channels: pd.DataFrame) -> Table | None:
    """The same figures with all visits, without suspicious ones, and with faultless ones alone."""
    paid = channels[(channels["channel"] != ALL) & (channels["spend_amount"] > 0)]
    if paid.empty:
        return None
    kinds = ("visits", "valid_visits", "strict_visits")
    goals = ("goal_visits", "goal_valid_visits", "goal_strict_visits")
    # a counter that sees no goal of anybody has none set up
    has_goals = float(channels["goal_visits"].fillna(0).sum()) > 0

    def cells(row: pd.Series, name: str) -> list[Cell]:
        costs = [row["spend_amount"] / row[kind] if row[kind] else None for kind in kinds]
        rates = [
            row[goal] / row[kind] if row[kind] and has_goals else None
            for goal, kind in zip(goals, kinds, strict=True)
        ]
        return [
            Cell(name, is_head=True),
            *(context.money(cost) for cost in costs),
            *(context.share(rate, 2) for rate in rates),
        ]

    rows = [cells(row, context.channel(row["channel"])) for _, row in paid.iterrows()]
    totals = paid[["spend_amount", *kinds, *goals]].astype(float).sum()
    rows.append(cells(totals, context.say("traffic.paid_total")))
    head = context.head(
        "channel", "cost_all", "cost_valid", "cost_strict", "rate_all", "rate_valid", "rate_strict"
    )
    return Table(context.say("traffic.sensitivity_table"), head, rows, is_titled=True)


def _spikes_table(context: Context, spikes: pd.DataFrame) -> Table:
    rows = [
        [
            Cell(context.say.day(as_date(row.date_day), with_year=True), is_head=True),
            Cell(context.channel(row.channel)),
            context.number(row.visits),
            context.number(row.expected_visits),
            context.number(row.suspicious_visits),
            Cell(
                context.say.name("spike", row.spike_verdict)
                if is_missing(row.spike_reason)
                else context.say.name("spike_reason", row.spike_reason),
                tone="alarm" if row.spike_verdict == "fail" else "",
            ),
        ]
        for row in each(spikes.head(15))
    ]
    head = context.head("day", "channel", "visits", "expected", "suspicious", "verdict")
    return Table(context.say("traffic.spikes_table"), head, rows, is_titled=True)
