"""The sections below the first screen: one query, one rule, one drawing each.

Every builder returns a `Section`; without data it says so in one sentence instead of drawing an
empty chart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard import charts, findings, queries
from orchestration.scorecard.findings import (
    Finding,
    change_of_share,
    message_of,
    period_of_figure,
)
from orchestration.scorecard.frames import as_date, each, first_of, groups, last_of, records
from orchestration.scorecard.intervals import wilson
from orchestration.scorecard.l10n import (
    NO_VALUE,
    Between,
    Money,
    Name,
    Number,
    PercentagePoints,
    Period,
    Share,
    Text,
    Translator,
    is_missing,
    text,
)
from orchestration.scorecard.metrics import metric_value, primary_conversions
from orchestration.scorecard.queries import ALL, HEADLINE_MODEL, Marts, Query
from orchestration.scorecard.view import Cell, Figure, Key, Section, Stat, Table

PANELS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Context:
    marts: Marts
    as_of: date
    say: Translator
    checks: Sequence[CheckOutcome]

    def read(self, query: Query, **parameters: Any) -> pd.DataFrame:
        return self.marts.read(query, as_of=self.as_of, model=HEADLINE_MODEL, **parameters)

    def section(self, identifier: str, **values: Any) -> Section:
        what = self.say(f"{identifier}.what", **values)
        return Section(
            id=identifier,
            title=self.say(f"{identifier}.title"),
            what=what,
            how=self.say(f"{identifier}.how") if self.say.has(f"{identifier}.how") else "",
            lies=self.say(f"{identifier}.lies") if self.say.has(f"{identifier}.lies") else "",
        )

    def without_data(self, identifier: str, query: Query, days: int | None = None) -> Section:
        """A section with a sentence: never had data, stopped, or made by another release."""
        section = Section(id=identifier, title=self.say(f"{identifier}.title"))
        if any(table in self.marts.unreadable for table in query.tables):
            section.sad = self.say("sad.unreadable")
        elif days is not None and self.marts.has_rows(query.tables[0]):
            section.sad = self.say("sad.no_recent", days=days)
        else:
            section.is_absent = True
            section.sad = self.say(f"missing.{identifier}")
        return section

    def figure(
        self,
        section: Section,
        build: charts.Builder,
        *,
        keys: Sequence[Key] = (),
        caption: str = "",
    ) -> Figure:
        drawing = charts.draw(build, self.say.language)
        label = ". ".join([section.title, *section.takeaways]).replace("..", ".")
        return Figure(label=label, drawing=drawing, keys=keys, caption=caption)

    def conclude(self, section: Section, found: Sequence[Finding], limit: int = 3) -> None:
        section.findings = list(found)
        section.takeaways = [
            self.say(finding.statement) for finding in found[:limit] if finding.statement
        ]

    # cells

    def channel(self, identifier: Any) -> str:
        return self.say.name("channel", str(identifier))

    def head(self, *names: str) -> list[str]:
        return [self.say(f"column.{name}") for name in names]

    def number(self, value: Any, digits: int = 0, tone: str = "") -> Cell:
        return Cell(self.say.show(Number(_float(value), digits)), tone, is_number=True)

    def money(self, value: Any, tone: str = "") -> Cell:
        return Cell(self.say.show(Money(_float(value), compact=False)), tone, is_number=True)

    def share(self, value: Any, digits: int | None = None, *, signed: bool = False,
              tone: str = "") -> Cell:  # fmt: skip
        shown = self.say.show(Share(_float(value), digits, signed=signed))
        return Cell(shown, tone, is_number=True)

    def range(self, low: Any, high: Any, digits: int | None = None, *,
              signed: bool = False) -> Cell:  # fmt: skip
        if is_missing(low) or is_missing(high):
            return Cell(NO_VALUE, is_number=True)
        ends = (Share(_float(value), digits, signed=signed) for value in (low, high))
        return Cell(self.say.show(Between(*ends)), is_number=True)


def _float(value: Any) -> float:
    return float("nan") if is_missing(value) else float(value)


def _optional(value: Any) -> float | None:
    return None if is_missing(value) else float(value)


# -- conversion by channel

SHORT_WINDOW, LONG_WINDOW = 28, 91
# With fewer events in the short window hardly any channel could show a proven change.
ENOUGH_EVENTS = 300


def conversion(context: Context) -> Section:
    days = SHORT_WINDOW
    everything = context.read(queries.CONVERSION, days=days)
    if everything.empty or not everything["visits"].sum():
        return context.without_data("conversion", queries.CONVERSION, days=2 * days)
    say = context.say
    chosen = primary_conversions(everything, context.read(queries.CONVERSIONS))
    if everything.loc[everything["conversion_id"] == chosen[0], "converted"].sum() < ENOUGH_EVENTS:
        days = LONG_WINDOW
        everything = context.read(queries.CONVERSION, days=days)
    changes = context.read(queries.CONVERSION_CHANGES)
    trend = context.read(queries.CONVERSION_TREND)
    period = Period(context.as_of - timedelta(days=days), context.as_of - timedelta(days=1))
    section = context.section("conversion", days=days, period=period)
    found: list[Finding] = []
    parts = []
    for identifier in chosen:
        name = Name("conversion_name", identifier)
        breaks = [as_date(row.date_day) for row in each(changes) if row.conversion_id == identifier]
        recent = [day for day in breaks if day > context.as_of - timedelta(days=2 * days)]
        frame = _conversion_frame(everything, identifier, is_comparable=not recent)
        found += findings.conversion_findings(frame, name, max(recent, default=None))
        parts.append((name, frame, trend[trend["conversion_id"] == identifier], breaks))
    context.conclude(section, found, limit=4)
    for name, frame, weeks, breaks in parts:
        drawn = frame[frame["visits"] >= MINIMUM_SHOWN].head(10)
        if not drawn.empty:
            rows = [_conversion_row(context, row) for row in each(drawn)]
            caption = say("conversion.caption", name=name) if len(parts) > 1 else ""
            section.figures.append(
                context.figure(
                    section, charts.interval_rows(rows, axis_format=".1~%"), caption=caption
                )
            )
            is_first = not section.details
            panels = _conversion_panels(context, weeks, drawn, breaks)
            if panels and (is_first or breaks):
                section.figures.append(
                    context.figure(
                        section,
                        charts.small_multiples(panels, columns=3, height=84, date_format="%b %y"),
                        keys=[Key("break", say("conversion.key_break"))] if breaks else [],
                        caption=say("conversion.trend", name=name),
                    )
                )
        section.details.append(_conversion_table(context, name, frame, days))
    if not section.figures:
        section.sad = say("sad.not_enough")
    return section


# Below so many visits a rate is not shown at all.
MINIMUM_SHOWN = 30


def _conversion_frame(
    everything: pd.DataFrame, identifier: str, *, is_comparable: bool
) -> pd.DataFrame:
    """Channels of one conversion with both rates and the verdict on their difference."""
    frame = everything[everything["conversion_id"] == identifier].copy()
    frame = frame[(frame["visits"] > 0) | (frame["visits_before"] > 0)]
    frame["rate"] = frame["converted"] / frame["visits"].where(frame["visits"] > 0)
    frame["rate_before"] = frame["converted_before"] / frame["visits_before"].where(
        frame["visits_before"] > 0
    )
    frame["change"] = [
        change_of_share(row.converted, row.visits, row.converted_before, row.visits_before)
        if is_comparable
        else "void"
        for row in each(frame)
    ]
    return frame.sort_values(["visits", "channel"], ascending=[False, True])


_CHANGE_TONES = {
    "fell": "alarm",
    "rose": "green",
    "same": "blue",
    "little": "blue",
    "void": "muted",
}


def _conversion_row(context: Context, row: Any) -> charts.Row:
    bounds = wilson(row.converted, row.visits)
    before = _optional(row.rate_before)
    value = Share(float(row.rate), findings.CONVERSION_DIGITS)
    note = context.say(
        f"conversion.note_{row.change}",
        before=Share(_float(before), findings.CONVERSION_DIGITS),
    )
    return charts.Row(
        label=context.channel(row.channel),
        value=float(row.rate),
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        before=before,
        tone=_CHANGE_TONES[row.change],
        note=f"{context.say.show(value)}, {note}",
    )


def _conversion_table(context: Context, name: Name, frame: pd.DataFrame, days: int) -> Table:
    head = context.head("channel", "valid_visits", "converted", "conversion", "interval")
    head += [context.say("column.before", days=days), context.say("column.change")]
    rows = []
    for row in each(frame):
        bounds = wilson(row.converted, row.visits)
        tone = {"fell": "alarm", "rose": "good"}.get(row.change, "")
        difference = PercentagePoints(_float(row.rate) - _float(row.rate_before), 2)
        rows.append(
            [
                Cell(context.channel(row.channel), is_head=True),
                context.number(row.visits),
                context.number(row.converted),
                context.share(row.rate, findings.CONVERSION_DIGITS, tone=tone),
                context.range(bounds.low if bounds else None, bounds.high if bounds else None, 2),
                context.share(row.rate_before, findings.CONVERSION_DIGITS),
                Cell(context.say.show(difference), tone, is_number=True),
            ]
        )
    return Table(context.say.show(name), head, rows, is_titled=True)


def _conversion_panels(
    context: Context, trend: pd.DataFrame, drawn: pd.DataFrame, breaks: Sequence[date]
) -> list[charts.Panel]:
    tones = dict(zip(drawn["channel"], drawn["change"], strict=True))
    panels = []
    for channel in list(drawn["channel"])[:PANELS_SHOWN]:
        points = []
        for week in each(trend[trend["channel"] == channel]):
            bounds = wilson(week.converted, week.visits)
            if bounds is None or week.visits < MINIMUM_SHOWN:
                continue
            points.append(
                charts.Point(
                    day=context.as_of - timedelta(days=14 * int(week.fortnights_ago) + 1),
                    value=week.converted / week.visits,
                    low=bounds.low,
                    high=bounds.high,
                )
            )
        if len(points) >= 4:
            shown = [day for day in breaks if points[0].day < day]
            tone = "alarm" if tones[channel] == "fell" else "blue"
            title = context.channel(channel)
            panels.append(charts.Panel(title, "", points, ".1~%", tone=tone, breaks=shown))
    return panels


# -- traffic


def traffic(context: Context) -> Section:
    days = context.read(queries.TRAFFIC_DAYS)
    if days.empty or not days["visits"].sum():
        return context.without_data("traffic", queries.TRAFFIC_DAYS, days=63)
    say = context.say
    spikes = context.read(queries.TRAFFIC_SPIKES)
    channels = context.read(queries.TRAFFIC_CHANNELS)
    campaigns = context.read(queries.TRAFFIC_CAMPAIGNS)
    section = context.section("traffic")
    context.conclude(section, findings.traffic_findings(days, spikes, channels, campaigns))
    section.stats = _traffic_stats(context, channels)
    spike_days = set(days.loc[days["spike_verdict"] == "fail", "date_day"]) | (
        set(spikes.loc[spikes["spike_verdict"] == "fail", "date_day"]) if len(spikes) else set()
    )
    items = [
        charts.TrafficDay(
            day=as_date(row.date_day),
            valid=float(row.visits - row.suspicious_visits - row.off_audience_visits),
            off_audience=float(row.off_audience_visits),
            suspicious=float(row.suspicious_visits),
            low=_optional(row.expected_low),
            high=_optional(row.expected_high),
            is_spike=row.date_day in spike_days,
            is_provisional=bool(row.is_provisional),
        )
        for row in each(days)
    ]
    keys = [
        Key("sky", say("traffic.valid")),
        Key("neutral", say("traffic.off_audience")),
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
    section.details.append(_traffic_table(context, section, channels))
    if not spikes.empty:
        section.details.append(_spikes_table(context, spikes))
    return section


def _traffic_stats(context: Context, channels: pd.DataFrame) -> list[Stat]:
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
        if visits
    ]
    lost = channels.loc[channels["channel"] != ALL, "wasted_spend_amount"].sum()
    if lost > 0:
        stats.append(Stat(say.show(Money(float(lost))), say("traffic.lost"), "alarm"))
    return stats


def _traffic_table(context: Context, section: Section, channels: pd.DataFrame) -> Table:
    rows = []
    for row in each(channels):
        share = row.suspicious_visits / row.visits if row.visits else None
        rows.append(
            [
                Cell(context.channel(row.channel), is_head=True),
                context.number(row.visits),
                context.number(row.suspicious_visits),
                context.share(share, 1),
                context.number(row.off_audience_visits),
                context.money(row.spend_amount),
                context.money(row.wasted_spend_amount),
            ]
        )
    head = context.head(
        "channel", "visits", "suspicious", "suspicious_share", "off_audience", "spend", "lost"
    )
    return Table(section.title, head, rows)


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


# -- return by channel

ROI_CLIP = (-1.0, 4.0)


def roi(context: Context) -> Section:
    frame = context.read(queries.ROI_CHANNELS)
    if frame.empty or not (frame["spend_amount"] > 0).any():
        return context.without_data("roi", queries.ROI_CHANNELS)
    say = context.say
    paid = frame[frame["spend_amount"] > 0].copy()
    paid["judgement"] = [judgement(row) for row in records(paid)]
    paid["romi_shown"] = paid["romi_mature"]
    period = Period(as_date(frame["period_start"].iloc[0]), as_date(frame["period_end"].iloc[0]))
    section = context.section("roi", period=period)
    revenue = float(frame["revenue_amount"].sum())
    unknown = frame.loc[frame["channel"] == "unattributed", "revenue_amount"].sum()
    found = findings.roi_findings(paid)
    found += findings.unattributed_finding(float(unknown) / revenue if revenue else 0.0)
    context.conclude(section, found, limit=5)
    section.stats = _roi_stats(context, paid)
    judged = paid[paid["romi_shown"].notna()]
    if judged.empty:
        section.sad = say("roi.sad_early")
    rows = [_roi_row(context, row) for row in records(paid.head(10))]
    section.figures.append(
        context.figure(
            section,
            charts.interval_rows(
                rows,
                axis_format="+.0%",
                title=say("roi.romi"),
                bars_title=say("roi.spend"),
                clip=_roi_clip(rows),
                has_zero_line=True,
            ),
        )
    )
    section.details.append(_roi_table(context, section, frame))
    return section


def judgement(row: dict[str, Any]) -> str:
    """One word on a channel: what the attribution models say, unless the data forbid a word.

    Models that contradict each other are said first: no amount of data would settle them. Their
    agreement counts only when the return is also out of the reach of chance.
    """
    spread, reason = str(row["spread_verdict"]), row["reason_code"]
    if spread in ("too_early", "no_spend"):
        return spread
    if not is_missing(reason) and reason in ("low_coverage", "missing_rate", "no_margin"):
        return "cannot_tell"
    if spread == "depends_on_model" or is_missing(reason):
        return spread
    return "within_noise" if reason == "within_noise" else "cannot_tell"


_JUDGEMENT_TONES = {
    "robust_negative": "alarm",
    "robust_positive": "blue",
    "depends_on_model": "amber",
}


def _roi_row(context: Context, row: dict[str, Any]) -> charts.Row:
    say = context.say
    shown = row["romi_shown"]
    verdict = say.name("spread", row["judgement"])
    if row["judgement"] == "cannot_tell" and not is_missing(row["reason_code"]):
        verdict = say.name("reason", str(row["reason_code"]))
    note = (
        verdict
        if is_missing(shown)
        else say("roi.note", romi=Share(float(shown), 0, signed=True), verdict=verdict)
    )
    return charts.Row(
        label=context.channel(row["channel"]),
        value=_optional(shown),
        low=None if is_missing(shown) else _optional(row["romi_min"]),
        high=None if is_missing(shown) else _optional(row["romi_max"]),
        before=None,
        tone=_JUDGEMENT_TONES.get(row["judgement"], "muted"),
        note=note,
        bar=float(row["spend_amount"]),
        bar_label=say.show(Money(float(row["spend_amount"]))),
    )


def _roi_clip(rows: Sequence[charts.Row]) -> tuple[float, float]:
    """From a total loss to a bit over what is seen; far outliers do not flatten the rest."""
    highest = max((row.high or row.value or 0 for row in rows), default=0)
    return ROI_CLIP[0], min(ROI_CLIP[1], max(0.5, highest * 1.08))


def _roi_stats(context: Context, paid: pd.DataFrame) -> list[Stat]:
    say = context.say
    spend = float(paid["spend_amount"].sum())
    stats = [Stat(say.show(Money(spend)), say("roi.spend_total"))]
    returns = findings.mature_returns(paid)
    if returns is not None:
        between = Between(*(Share(end, 0, signed=True) for end in (returns.low, returns.high)))
        stats.append(
            Stat(
                say.show(Share(returns.romi, 0, signed=True)),
                say("roi.romi_total", between=between),
                "alarm" if returns.high < 0 else "",
            )
        )
        if returns.full is not None:
            stats.append(
                Stat(say.show(Share(returns.full, 0, signed=True)), say("roi.romi_full_total"))
            )
    coverage = paid["coverage_share"].dropna()
    if not coverage.empty:
        stats.append(Stat(say.show(Share(float(coverage.iloc[0]), 0)), say("roi.coverage")))
    return stats


def _model_range(context: Context, row: dict[str, Any]) -> Cell:
    """Least and most over the attribution models, and which model says so."""
    if any(is_missing(row[c]) for c in ("romi_min", "romi_max", "model_min", "model_max")):
        return Cell(NO_VALUE)
    words = context.say(
        "roi.range",
        low=Share(float(row["romi_min"]), 0, signed=True),
        high=Share(float(row["romi_max"]), 0, signed=True),
        model_low=Name("model", str(row["model_min"])),
        model_high=Name("model", str(row["model_max"])),
    )
    return Cell(words)


def _roi_table(context: Context, section: Section, frame: pd.DataFrame) -> Table:
    say = context.say
    rows = []
    for row in records(frame):
        verdict = judgement(row)
        rows.append(
            [
                Cell(context.channel(row["channel"]), is_head=True),
                *(
                    Cell(say.show(Money(_float(row[f"{name}_amount"]))), is_number=True)
                    for name in ("spend", "revenue", "contribution")
                ),
                context.share(row["romi"], 0, signed=True),
                context.share(row["romi_mature"], 0, signed=True),
                _model_range(context, row),
                context.share(
                    row["romi_full_mature"] if row["spend_amount"] > 0 else None, 0, signed=True
                ),
                Cell(
                    context.say.name("spread", verdict),
                    tone="alarm" if verdict == "robust_negative" else "",
                ),
            ]
        )
    head = context.head("channel", "spend", "revenue", "contribution", "romi_to_date",
                        "romi_mature", "range", "romi_full", "verdict")  # fmt: skip
    return Table(section.title, head, rows)


# -- return by lead month


def cohorts(context: Context) -> Section:
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
                romi=_optional(row.romi),
                projected=_optional(row.projected_romi),
                low=_optional(row.projected_romi_low),
                high=_optional(row.projected_romi_high),
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


# -- funnel


def funnel(context: Context) -> Section:
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
                    value=_optional(row[column]),
                    is_open=not row["is_complete"],
                )
                for row in records(frame)
            ],
            axis_format=",.0f",
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
                charts.small_multiples(panels, columns=4, height=96, date_format="%b %y"),
            )
        )
    rows = [
        [
            Cell(say.month(as_date(row.lead_month)), is_head=True),
            context.number(row.visits_valid),
            context.number(row.leads_valid),
            context.share(row.leads_valid / row.visits_valid if row.visits_valid else None),
            context.number(row.leads_qualified),
            context.number(row.orders),
            context.number(row.new_customers),
        ]
        for row in each(frame.iloc[::-1])
    ]
    head = context.head("month", "valid_visits", "leads", "visit_to_lead", "qualified", "orders",
                        "new_customers")  # fmt: skip
    section.details.append(Table(section.title, head, rows))
    return section


# -- retention


def retention(context: Context) -> Section:
    frame = context.read(queries.RETENTION)
    if frame.empty:
        return context.without_data("retention", queries.RETENTION)
    say = context.say
    section = context.section("retention")
    context.conclude(section, findings.retention_findings(frame))
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
            value=_optional(row.rate),
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
    return section


# -- orders and repeat buyers


def customers(context: Context) -> Section:
    frame = context.read(queries.CUSTOMERS)
    if frame.empty or not frame["orders"].sum():
        return context.without_data("customers", queries.CUSTOMERS)
    say = context.say
    frame = frame.sort_values("month").reset_index(drop=True)
    section = context.section("customers")
    context.conclude(section, findings.customer_findings(frame))
    last = findings.complete_months(frame)
    section.stats = _customer_stats(context, last_of(last)) if len(last) else []
    shown = (
        ("net_aov_amount", "aov", ",.0f"),
        ("repeat_purchase_rate_90d", "rpr", ".1~%"),
        ("orders", "orders", ",.0f"),
        ("customer_retention_rate", "retention", ".0%"),
    )
    panels = []
    for column, label, axis_format in shown:
        points = [
            charts.Point(
                day=as_date(row["month"]),
                value=_optional(row[column]),
                is_open=not bool(row["is_complete"]),
            )
            for row in records(frame)
        ]
        if sum(point.value is not None for point in points) >= 3:
            panels.append(charts.Panel(say(f"customers.{label}"), "", points, axis_format))
    if panels:
        section.figures.append(
            context.figure(
                section,
                charts.small_multiples(panels, columns=2, height=110, date_format="%b %y"),
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


def _payback(months: float) -> Text:
    return text("unit.months", n=int(months)) if months >= 1 else text("unit.first_month")


def _customer_stats(context: Context, last: pd.Series) -> list[Stat]:
    say = context.say
    candidates = (
        ("purchase_frequency", "frequency", lambda v: Number(v, 2)),
        ("customer_retention_rate", "retention", lambda v: Share(v, 1)),
        ("ltv_cac", "ltv_cac", lambda v: Number(v, 1)),
        ("payback_months", "payback", _payback),
    )
    return [
        Stat(say.show(shown(float(last[column]))), say(f"customers.{label}"))
        for column, label, shown in candidates
        if not is_missing(last[column])
    ]


# -- brand


def brand(context: Context) -> Section:
    frame = context.read(queries.BRAND)
    if frame.empty:
        return context.without_data("brand", queries.BRAND)
    say = context.say
    frame = frame.sort_values(["fieldwork_end", "wave", "mode"]).reset_index(drop=True)
    awareness = frame[(frame["respondents"] > 0) & frame["aided_rate"].notna()]
    loyalty = frame[(frame["nps_respondents"] > 0) & frame["nps"].notna()]
    section = context.section("brand")
    context.conclude(section, findings.brand_findings(awareness, loyalty))
    panels = []
    for name, rows, axis_format in (
        ("aided", awareness, ".0%"),
        ("unaided", awareness, ".0%"),
        ("nps", loyalty, "+.0f"),
    ):
        value = name if name == "nps" else f"{name}_rate"
        points = [
            charts.Point(
                day=as_date(row["fieldwork_end"]),
                value=_optional(row[value]),
                low=_optional(row[f"{name}_low"]),
                high=_optional(row[f"{name}_high"]),
                series=str(row["mode"]),
            )
            for row in records(rows)
        ]
        if points:
            panels.append(charts.Panel(say(f"brand.{name}"), "", points, axis_format))
    if panels:
        section.figures.append(
            context.figure(
                section,
                charts.small_multiples(
                    panels, columns=3, height=130, date_format="%b %y", has_dots=True
                ),
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
        context.number(max(_float(row["respondents"]), _float(row["nps_respondents"]))),
    ]
    for name in ("aided", "unaided", "top_of_mind"):
        cells.append(
            Cell(
                say.show(Share(_float(row[f"{name}_rate"]), 0))
                + (
                    ""
                    if is_missing(row[f"{name}_low"])
                    else f" ({_bare_range(context, row[f'{name}_low'], row[f'{name}_high'])})"
                ),
                is_number=True,
            )
        )
    nps = say.show(metric_value("nps", _optional(row["nps"])))
    if not is_missing(row["nps_low"]):
        low, high = (metric_value("nps", _optional(row[f"nps_{end}"])) for end in ("low", "high"))
        nps = f"{nps} ({say.show(low)}…{say.show(high)})"
    cells.append(Cell(nps, is_number=True))
    return cells


def _bare_range(context: Context, low: Any, high: Any) -> str:
    return "–".join(context.say.show(Number(_float(value) * 100, 0)) for value in (low, high))


# -- followers


def audience(context: Context) -> Section:
    frame = context.read(queries.AUDIENCE)
    if frame.empty or not frame["followers"].notna().any():
        return context.without_data("audience", queries.AUDIENCE, days=182)
    say = context.say
    section = context.section("audience")
    networks = _networks(frame, context.as_of)
    context.conclude(section, findings.audience_findings(frame, networks))
    waves = {(wave.network, wave.account, wave.end): wave for wave in findings.joins_waves(frame)}
    panels = []
    for row in each(networks.head(PANELS_SHOWN)):
        days = frame[(frame["network"] == row.network) & (frame["account"] == row.account)]
        days = days[days["followers"].notna()]
        # Every third day is enough for a line of half a year; suspicious days always stay.
        points = [
            charts.Point(
                day=as_date(day.date_day),
                value=float(day.followers),
                flag=_joined(context, waves.get((row.network, row.account, as_date(day.date_day)))),
            )
            for number, day in enumerate(each(days))
            if day.joins_verdict == "bought_suspected" or (len(days) - 1 - number) % 3 == 0
        ]
        if len(points) >= 3:
            total = say.show(Number(float(row.followers)))
            change = say("audience.change", change=Number(float(row.change), signed=True))
            panels.append(
                charts.Panel(
                    f"{say.name('network', row.network)}: {total}",
                    change,
                    points,
                    ",.0f",
                    starts_at_zero=False,
                )
            )
    if panels:
        section.figures.append(
            context.figure(section, charts.small_multiples(panels, columns=3, height=110))
        )
    else:
        section.sad = say("sad.not_enough")
    rows = [
        [
            Cell(say.name("network", row.network), is_head=True),
            context.number(row.followers),
            Cell(say.show(Number(float(row.change), signed=True)), is_number=True),
            context.number(row.joined),
            context.number(row.left_count),
            context.share(row.reach_rate, 1),
        ]
        for row in each(networks)
    ]
    head = context.head("network", "followers", "change", "joined", "left", "reach_rate")
    section.details.append(Table(section.title, head, rows))
    return section


def _joined(context: Context, wave: findings.JoinsWave | None) -> str:
    return context.say.show(Number(wave.joined, signed=True)) if wave else ""


def _networks(frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row an account: followers at the last reading and what happened in 28 days."""
    start = pd.Timestamp(as_of - timedelta(days=28))
    rows = []
    for (network, account), days in groups(frame, "network", "account"):
        known = days[days["followers"].notna()]
        if known.empty:
            continue
        recent = days[pd.to_datetime(days["date_day"]) >= start]
        earlier = known[pd.to_datetime(known["date_day"]) < start]
        base = earlier if len(earlier) else known
        before = base["followers"].iloc[-1 if len(earlier) else 0]
        rows.append(
            {
                "network": network,
                "account": account,
                "followers": float(known["followers"].iloc[-1]),
                "change": float(known["followers"].iloc[-1] - before),
                "joined": recent["joined"].sum(min_count=1),
                "left_count": recent["left_count"].sum(min_count=1),
                "reach_rate": recent["reach_rate"].mean(),
            }
        )
    networks = pd.DataFrame(rows)
    return networks.sort_values(["followers", "network"], ascending=[False, True])


# -- reconciliation

STRIPS_SHOWN = 8


def reconciliation(context: Context) -> Section:
    frame = context.read(queries.RECONCILIATION)
    invoices = context.read(queries.INVOICES)
    if frame.empty and invoices.empty:
        return context.without_data("reconciliation", queries.RECONCILIATION, days=42)
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
            context.share(_float(row.ratio) - 1, 1, signed=True,
                          tone="alarm" if row.status == "warn" else ""),
        ]
        for row in each(invoices.head(24))
    ]  # fmt: skip
    head = context.head("month", "channel", "invoice", "reported_spend", "change")
    return Table(context.say("reconciliation.invoices"), head, rows, is_titled=True)


# -- restatements


def restatements(context: Context) -> Section:
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
                Cell(say.show(period_of_figure(row["period"]))),
                *(
                    Cell(say.show(metric_value(metric, _optional(row[column]))), is_number=True)
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
    for kind in ("segment", "channel", "network", "source"):
        if context.say.knows(kind, words):
            return context.say.name(kind, words)
    return words


BUILDERS: tuple[Callable[[Context], Section], ...] = (
    conversion,
    traffic,
    roi,
    cohorts,
    funnel,
    retention,
    customers,
    brand,
    audience,
    reconciliation,
    restatements,
)


# -- reference part of the page


def sources_table(context: Context, quality: pd.DataFrame) -> Table | None:
    """One row a source: its tables together, its state that of the worst of them."""
    if quality.empty:
        return None
    say = context.say
    rows = []
    for source, tables in groups(quality, "source"):
        days = [as_date(day) for day in tables["last_day"] if not is_missing(day)]
        states = set(tables["freshness_status"])
        state = next(state for state in ("late", "missing", "ok") if state in states)
        if source == "registers" and "ok" in states:
            state = "ok"
        tone = {"ok": "good"}.get(state, "muted" if source == "registers" else "alarm")
        aside = float(tables["rows_quarantined"].sum())
        rows.append(
            [
                Cell(say.name("source", str(source)), is_head=True),
                Cell(" + ".join(sorted({say.name("door", str(door)) for door in tables["door"]}))),
                context.number(float(tables["rows_total"].sum())),
                context.number(aside, tone="alarm" if aside else ""),
                Cell(say.day(max(days), with_year=True) if days else NO_VALUE),
                context.number(tables["missing_days"].sum(min_count=1)),
                Cell(say.name("freshness", state), tone=tone),
            ]
        )
    head = context.head(
        "source", "door", "rows", "quarantined", "last_day", "missing_days", "state"
    )
    return Table(say("sources.title"), head, rows)


def tables_table(context: Context, quality: pd.DataFrame) -> Table | None:
    """Each table of each source, for whoever looks for the cause."""
    if quality.empty:
        return None
    say = context.say
    rows = [
        [
            Cell(f"{say.name('source', row['source'])}: {row['table_name']}", is_head=True),
            context.number(row["rows_total"]),
            context.number(row["rows_quarantined"]),
            context.number(row["repeated_rows"]),
            Cell(
                NO_VALUE
                if is_missing(row["last_day"])
                else say.day(as_date(row["last_day"]), with_year=True)
            ),
            context.number(row["missing_days"]),
            Cell(say.name("freshness", str(row["freshness_status"]))),
        ]
        for row in records(quality)
    ]
    head = context.head("table", "rows", "quarantined", "repeated", "last_day", "missing_days",
                        "state")  # fmt: skip
    return Table(say("sources.tables"), head, rows)


def checks_tables(context: Context) -> tuple[Table | None, Table | None, int]:
    """Failed checks, passed checks that say something, and how many passed without words.

    The last are the tests of table structure: hundreds of keys and required columns.
    """
    say = context.say
    head = context.head("check", "subject", "result", "failed_rows")

    def order(check: CheckOutcome) -> tuple[bool, str, str]:
        return (not check.blocks, check.subject, check.name)

    failed = sorted((check for check in context.checks if not check.passed), key=order)
    passed = sorted((check for check in context.checks if check.passed), key=order)
    spoken = [check for check in passed if message_of(check, say.language)]
    tables = [
        Table(
            say("sources.checks"),
            head,
            [_check_cells(context, c) for c in group],
            is_titled=True,
            is_plain=True,
        )
        if group
        else None
        for group in (failed, spoken)
    ]
    return tables[0], tables[1], len(passed) - len(spoken)


def _check_cells(context: Context, check: CheckOutcome) -> list[Cell]:
    say = context.say
    state = "passed" if check.passed else check.severity
    return [
        Cell(message_of(check, say.language) or check.name, is_head=True),
        Cell(say.name("subject", check.subject)),
        Cell(say.name("check", state), tone="good" if check.passed else "alarm"),
        Cell(say.show(check.failed_rows) if check.failed_rows else NO_VALUE, is_number=True),
    ]
