"""The rules that read the figures. They return message keys and values, never sentences.

A finding states what was seen, says how pressing it is, and may carry the question the owner
should put to the marketer. Thresholds are those of the KPI specification: a verdict on a rate
needs 10 events and 100 trials on both sides, and a difference counts only when its 95% interval
leaves zero out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from math import sqrt
from typing import Any, Literal

import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard.frames import as_date, each, first_of, groups, last_of, records
from orchestration.scorecard.inputs import Refusal
from orchestration.scorecard.intervals import newcombe_difference, poisson
from orchestration.scorecard.l10n import (
    Day,
    Money,
    Month,
    Name,
    Number,
    Period,
    Share,
    Text,
    is_missing,
    text,
)
from orchestration.scorecard.metrics import Target, metric_value

MINIMUM_EVENTS = 10
MINIMUM_TRIALS = 100
WARNINGS_SHOWN = 3
STRUCTURE = "dbt"
QUESTIONS_SHOWN, QUESTIONS_OF_SECTION = 10, 3
CONVERSION_DIGITS = 2
# Less of the revenue traced to channels carries no verdict on return.
LEAST_COVERAGE = 0.7
# Suspicious visits below this share of the spend are not worth a quarrel.
LOST_SHARE = 0.03

NAMES_SHOWN = 3

# `void`: the rule of the goal changed between the periods, so that there is nothing to compare.
Change = Literal["fell", "rose", "same", "little", "void"]


class Weight(IntEnum):
    """How pressing a finding is: the order of the questions."""

    NOTE = 0
    LOOK = 1
    ACT = 2
    ALARM = 3


@dataclass(frozen=True, slots=True)
class Finding:
    statement: Text | None
    weight: Weight = Weight.NOTE
    section: str = ""
    question: Text | None = None


def change_of_share(now: float, trials: float, before: float, trials_before: float) -> Change:
    """Verdict on a share in two periods, from counts of events and trials."""
    if min(trials, trials_before) < MINIMUM_TRIALS or min(now, before) < MINIMUM_EVENTS:
        return "little"
    difference = newcombe_difference(now, trials, before, trials_before)
    if difference is None:
        return "little"
    if difference.high < 0:
        return "fell"
    return "rose" if difference.low > 0 else "same"


def shortened(names: Sequence[Any], limit: int = NAMES_SHOWN) -> list[Any]:
    """The first names and how many more there are; one name is never hidden behind "1 more"."""
    if len(names) <= limit + 1:
        return list(names)
    return [*names[:limit], text("list.more", n=len(names) - limit)]


# -- first screen

# Which KPIs a source feeds, by the beginning of its name.
_FEEDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "web_analytics", "yandex_metrica", "google_analytics", "plain__visits",
            "plain__conversions", "fct_visits", "fct_conversions", "kpi_conversion", "kpi_traffic",
        ),
        ("visits_valid", "suspicious_share", "purchase_conversion", "lead_conversion"),
    ),
    (
        (
            "ad_spend", "yandex_direct", "google_ads", "vk_ads", "plain__ad_spend", "fct_ad_spend",
            "fct_costs", "kpi_roi", "kpi_attribution", "registers__costs",
        ),
        ("cpl", "cpql", "drr", "roas", "romi", "romi_full", "cac_full"),
    ),
    (
        ("crm", "bitrix24", "plain__leads", "plain__calls", "fct_leads", "kpi_funnel"),
        ("leads_valid", "leads_qualified", "cpl", "cpql", "revenue", "contribution", "romi"),
    ),
    (
        ("plain__order", "plain__customers", "fct_orders", "kpi_customers", "kpi_retention"),
        ("revenue", "contribution", "aov_net", "repeat_purchase_rate_90d", "romi"),
    ),
    (("registers__margins",), ("contribution", "romi", "romi_full")),
    (
        ("social", "telegram", "vk__", "instagram", "plain__followers", "kpi_audience"),
        ("followers", "reach_rate"),
    ),
    (("surveys", "plain__survey", "kpi_brand"), ("aided_awareness", "nps")),
)  # fmt: skip


def metrics_fed_by(subject: str) -> tuple[str, ...]:
    """KPIs that a source table, a mart or a check's subject has to do with."""
    subject = subject.removeprefix("marts.").removeprefix("raw.").removeprefix("stg_")
    subject = subject.replace(".", "__", 1)
    found = [
        metrics
        for beginnings, metrics in _FEEDS
        if subject.startswith(beginnings) or f"{subject}__".startswith(beginnings)
    ]
    return tuple(dict.fromkeys(metric for metrics in found for metric in metrics))


@dataclass(frozen=True, slots=True)
class Banner:
    """`state`: ok, care or refused. `lines` are shown, `warnings` unfold under `summary`."""

    state: Literal["ok", "care", "refused"]
    lines: tuple[Text | str, ...]
    warnings: tuple[Text | str, ...] = ()
    summary: Text | None = None


def banner(
    checks: Sequence[CheckOutcome],
    quality: pd.DataFrame,
    shown_metrics: Iterable[str],
    last_day: date | None,
    language: str,
    *,
    refusal: Refusal | None = None,
) -> Banner:
    """What is late or failed, and which of the KPIs on the page that touches."""
    shown = tuple(dict.fromkeys(shown_metrics))
    blocking = [check for check in checks if check.blocks]
    warnings = [check for check in checks if not check.passed and not check.blocks]
    lines: list[Text | str] = []
    if refusal:
        lines.append(refused(refusal, last_day))
    if blocking:
        lines.append(text("banner.refused_checks", n=len(blocking)))
        lines += [_warned(check, shown, language) for check in blocking[:WARNINGS_SHOWN]]
    elif refusal:
        lines += [
            text("banner.refused_step", reason=brief(why, 2 * BRIEF)) for why in refusal.reasons[:2]
        ]
    lines += [
        _touching(source.statement, source.metrics, shown) for source in late_sources(quality)
    ]
    # Tests of table structure come last: the owner's own checks say the same in words.
    warnings.sort(key=lambda check: (check.subject == STRUCTURE, check.subject, check.name))
    folded = tuple(_warned(check, shown, language) for check in warnings)
    summary = _summary(warnings, shown) if warnings else None
    if refusal or blocking:
        return Banner("refused", tuple(lines), folded, summary)
    if quality.empty and not checks:
        lines.append(text("banner.nothing"))
    if lines or folded:
        return Banner("care", tuple(lines), folded, summary)
    passed = text("banner.ok", n=len(checks)) if checks else text("banner.ok_no_checks")
    return Banner("ok", (passed,))


def refused(refusal: Refusal, last_day: date | None) -> Text:
    """That the page is old, since when, and what it still shows."""
    return text(
        "banner.refused_since" if refusal.since < refusal.day else "banner.refused_text",
        refused=Day(refusal.day, with_year=True),
        since=Day(refusal.since, with_year=True),
        day=Day(last_day, with_year=True) if last_day else "—",
    )


def _warned(check: CheckOutcome, shown: Sequence[str], language: str) -> Text | str:
    words = brief(message_of(check, language) or check.name)
    return _touching(words, metrics_fed_by(check.subject), shown)


def _summary(warnings: Sequence[CheckOutcome], shown: Sequence[str]) -> Text:
    fed = [metric for check in warnings for metric in metrics_fed_by(check.subject)]
    statement = text("banner.warned", n=len(warnings))
    return text("banner.with_touches", statement=statement, touches=_touches(fed, shown) or "")


def message_of(check: CheckOutcome, language: str) -> str:
    return check.message_ru if language == "ru" else check.message_en


BRIEF = 150
# Where a check's message turns from what was found to what to do about it.
_REMEDY = (" Что делать:", " What to do:")


def brief(message: str, limit: int = BRIEF) -> str:
    """What a check found, in a line: without the remedy and without a long list of cases."""
    for remedy in _REMEDY:
        message = message.partition(remedy)[0]
    message = message.strip()
    if len(message) <= limit:
        return message if message.endswith((".", "!", "?")) else f"{message}."
    head = message[:limit]
    for stop in (": ", "; ", ", ", " "):
        if head.rfind(stop) > limit // 3:
            return f"{head[: head.rfind(stop)]}…"
    return f"{head}…"


def _touching(statement: Text | str, metrics: Iterable[str], shown: Sequence[str]) -> Text | str:
    touches = _touches(metrics, shown)
    if touches is None:
        return statement
    return text("banner.with_touches", statement=statement, touches=touches)


def _touches(metrics: Iterable[str], shown: Sequence[str]) -> Text | None:
    touched = [metric for metric in dict.fromkeys(metrics) if metric in shown]
    if not touched:
        return None
    names = [Name("metric", metric, is_inside=True) for metric in touched]
    return text("banner.touches", metrics=shortened(names))


@dataclass(frozen=True, slots=True)
class LateSource:
    source: str
    statement: Text
    metrics: tuple[str, ...]
    last_day: date | None


def late_sources(quality: pd.DataFrame) -> list[LateSource]:
    """Sources with a table that is late or missing, each named once (its oldest table)."""
    if quality.empty:
        return []
    # Registers are optional: what an empty one takes away is said where it is missing.
    is_behind = quality["freshness_status"].isin(["late", "missing"])
    behind = quality[is_behind & (quality["source"] != "registers")]
    found = []
    for source, tables in groups(behind, "source"):
        days = [as_date(day) for day in tables["last_day"] if not is_missing(day)]
        last_day = min((day for day in days if day is not None), default=None)
        metrics = [
            metric
            for table in tables["table_name"]
            for metric in metrics_fed_by(f"{source}__{table}")
        ]
        name = Name("source", str(source))
        statement = (
            text("banner.late", source=name, day=Day(last_day))
            if last_day
            else text("banner.missing", source=name)
        )
        found.append(LateSource(str(source), statement, tuple(dict.fromkeys(metrics)), last_day))
    return found


def late_source_findings(quality: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            source.statement,
            Weight.LOOK,
            "sources",
            text("question.late_source", source=Name("source", source.source),
                 day=Day(source.last_day)),
        )
        for source in late_sources(quality)
        if source.last_day
    ]  # fmt: skip


GOOD = ("reached", "ahead")


def headline(targets: Sequence[Target], *, has_data: bool = True) -> Text:
    """Is marketing working? One sentence from the verdicts of the headline KPIs."""
    total = len(targets)
    if not has_data and not any(target.actual is not None for target in targets):
        return text("headline.no_data")
    if not total:
        return text("headline.no_targets")
    good = sum(target.verdict in GOOD for target in targets)
    behind = [target for target in targets if target.verdict == "behind"]
    unknown = sum(target.verdict == "cannot_tell" for target in targets)
    values: dict[str, Any] = {
        "n": total,
        "good": good,
        "bad": len(behind),
        "behind": shortened(
            [Name("metric", target.metric_id, is_inside=True) for target in behind]
        ),
    }
    if unknown == total:
        return Text("headline.unknown", values)
    if behind:
        return Text("headline.fails" if len(behind) * 2 > total else "headline.partly", values)
    return Text("headline.works" if good * 2 >= total else "headline.close", values)


@dataclass(frozen=True, slots=True)
class Returns:
    """ROMI of all paid channels over the mature lead months, headline model.

    `low` and `high` allow for the luck of the deals; `full` counts salaries and agencies too.
    """

    romi: float
    low: float
    high: float
    full: float | None


def mature_returns(roi: pd.DataFrame) -> Returns | None:
    """`roi`: one row a channel. None when nothing is mature, or the margin or spend is unknown.

    Channels are independent, so that their errors add as squares. A channel with too few deals for
    an interval of its own gets the Poisson range of their number, at its mean deal.
    """
    if roi.empty:
        return None
    paid = roi[(roi["spend_amount_mature"] > 0).fillna(False)]
    if paid.empty or paid["contribution_amount_mature"].isna().any():
        return None
    spend = float(paid["spend_amount_mature"].sum())
    contribution = float(paid["contribution_amount_mature"].sum())
    below = above = 0.0
    for row in records(paid):
        own = float(row["contribution_amount_mature"])
        if not is_missing(row["romi_mature_low"]):
            half = float(row["romi_mature_high"] - row["romi_mature_low"]) / 2
            under = over = half * float(row["spend_amount_mature"])
        else:
            deals = float(row["orders_mature"])
            count = poisson(deals)
            mean = abs(own) / deals if deals else 0.0
            under, over = mean * (deals - count.low), mean * (count.high - deals)
        below, above = below + under**2, above + over**2
    cost = float(paid["full_cost_amount_mature"].sum())
    return Returns(
        romi=contribution / spend - 1,
        low=(contribution - sqrt(below)) / spend - 1,
        high=(contribution + sqrt(above)) / spend - 1,
        full=contribution / cost - 1 if cost > 0 else None,
    )


def headline_money(roi: pd.DataFrame) -> list[Text]:
    """Does advertising pay: only what is out of the reach of chance is said as a fact."""
    returns = mature_returns(roi)
    if returns is None:
        return []
    is_thin = (roi["coverage_share"].dropna() < LEAST_COVERAGE).any()
    values: dict[str, Any] = {
        "romi": Share(returns.romi, 0, signed=True),
        "surplus": Share(returns.romi, 0),
        "low": Share(returns.low, 0, signed=True),
        "high": Share(returns.high, 0, signed=True),
    }
    if is_thin:
        key = "headline.money_thin"
    elif returns.low > 0:
        key = "headline.money_pays"
    elif returns.high < 0:
        key = "headline.money_loses"
    else:
        key = "headline.money_close"
    sentences = [Text(key, values)]
    if returns.full is not None and not is_thin:
        full = Share(returns.full, 0, signed=True)
        sentences.append(text("headline.money_full", full=full))
    return sentences


def headline_repeat(customers: pd.DataFrame) -> list[Text]:
    """For a company that has only orders: do buyers come back, and what do they spend?"""
    months = complete_months(customers)
    if months.empty or is_missing(last_of(months)["repeat_purchase_rate_90d"]):
        return []
    last = last_of(months)
    values = {
        "rate": Share(float(last["repeat_purchase_rate_90d"])),
        "aov": Money(_zero(last["net_aov_amount"]), compact=False),
    }
    return [Text("headline.repeat", values)]


def _shortfall(target: Target) -> float:
    """How far a target is missed, relative to what was expected: the widest gap is asked first."""
    due = target.plan if is_missing(target.expected) else target.expected
    if target.actual is None or not due:
        return 0.0
    gap = (due - target.actual) / abs(due)
    return -gap if target.direction == "down" else gap


def target_findings(targets: Sequence[Target]) -> list[Finding]:
    """Questions about plans: behind, changed or approved late, or resting on poor data."""
    found = []
    for target in sorted(targets, key=_shortfall, reverse=True):
        name = target.name
        if target.verdict == "behind":
            found.append(
                Finding(
                    None,
                    Weight.ALARM,
                    "kpis",
                    text(
                        "question.behind",
                        metric=name,
                        actual=target.shown(target.actual),
                        expected=target.shown(
                            target.expected if not is_missing(target.expected) else target.plan
                        ),
                        end=Day(target.period_end, with_year=True),
                    ),
                )
            )
        if target.is_changed:
            later = target.later
            question = (
                text("question.changed_unknown", metric=name)
                if is_missing(later)
                else text(
                    "question.changed",
                    metric=name,
                    first=target.shown(target.plan),
                    later=target.shown(later),
                )
            )
            found.append(Finding(None, Weight.ACT, "kpis", question))
        if not target.is_approved_before:
            question = text("question.approved_late", metric=name)
            found.append(Finding(None, Weight.LOOK, "kpis", question))
        if target.coverage == "D":
            question = text("question.coverage", metric=name, grade=target.coverage)
            found.append(Finding(None, Weight.LOOK, "kpis", question))
    return found


# -- sections


def plan_findings(own: Iterable[Target], conversion: Name) -> list[Finding]:
    """Channels whose conversion is proven behind their own target."""
    behind = [target for target in own if target.verdict == "behind"]
    if not behind:
        return []

    def values(target: Target) -> dict[str, Any]:
        return {
            "channel": Name("channel", target.segment_value),
            "now": Share(target.actual or 0.0, CONVERSION_DIGITS),
            "plan": Share(target.plan, CONVERSION_DIGITS),
        }

    items = [Text("conversion.item_plan", values(target)) for target in behind]
    question = Text("question.conversion_behind", {"name": conversion} | values(behind[0]))
    statement = text("conversion.behind", name=conversion, channels=items)
    return [Finding(statement, Weight.ALARM, "conversion", question)]


def conversion_findings(
    frame: pd.DataFrame, conversion: Name, changed_on: date | None
) -> list[Finding]:
    """`frame`: one row a channel with counts of two equal periods, and `change`.

    `changed_on` is the last day within both periods on which the rule of this goal changed.
    """
    found = []
    for change, weight in (("fell", Weight.ALARM), ("rose", Weight.NOTE)):
        rows = frame[frame["change"] == change]
        if rows.empty:
            continue
        items = [
            text(
                "conversion.item",
                channel=Name("channel", row.channel),
                before=Share(row.rate_before, CONVERSION_DIGITS),
                now=Share(row.rate, CONVERSION_DIGITS),
            )
            for row in each(rows)
        ]
        first = first_of(rows)
        question = text(
            "question.conversion_fell",
            name=conversion,
            channel=Name("channel", first["channel"]),
            before=Share(first["rate_before"], CONVERSION_DIGITS),
            now=Share(first["rate"], CONVERSION_DIGITS),
        )
        found.append(
            Finding(
                text(f"conversion.{change}", name=conversion, channels=items),
                weight,
                "conversion",
                question if change == "fell" else None,
            )
        )
    is_void = (frame["change"] == "void").any()
    if not found and not is_void:
        is_little = (frame["change"] == "little").all()
        key = "conversion.little" if is_little else "conversion.same"
        found.append(Finding(text(key, name=conversion)))
    if changed_on:
        day = Day(changed_on, with_year=True)
        found.append(
            Finding(
                text("conversion.version", name=conversion, day=day),
                Weight.ACT,
                "conversion",
                text("question.conversion_version", name=conversion, day=day),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Episode:
    """Days in a row on which one channel was out of line."""

    channel: str
    start: date
    end: date
    visits: float
    expected: float
    suspicious: float


def episodes(spikes: pd.DataFrame) -> list[Episode]:
    """Proven spikes, neighbouring days of a channel as one, the latest first."""
    if spikes.empty:
        return []
    days = spikes[spikes["spike_verdict"] == "fail"].sort_values(["channel", "date_day"])
    found: list[Episode] = []
    for row in records(days):
        day = as_date(row["date_day"])
        sizes = [_zero(row[c]) for c in ("visits", "expected_visits", "suspicious_visits")]
        last = found[-1] if found else None
        if last and last.channel == row["channel"] and (day - last.end).days <= 1:
            sums = (last.visits + sizes[0], last.expected + sizes[1], last.suspicious + sizes[2])
            found[-1] = Episode(last.channel, last.start, day, *sums)
        else:
            found.append(Episode(str(row["channel"]), day, day, *sizes))
    return sorted(found, key=lambda episode: (-episode.end.toordinal(), -episode.visits))


def _zero(value: Any) -> float:
    return 0.0 if is_missing(value) else float(value)


def traffic_findings(
    days: pd.DataFrame, spikes: pd.DataFrame, channels: pd.DataFrame, campaigns: pd.DataFrame
) -> list[Finding]:
    """Spikes of nine weeks and the money that went on suspicious visits in four."""
    found = []
    proven = episodes(spikes)
    if proven:
        last = proven[0]
        values = {
            "channel": Name("channel", last.channel),
            "period": Period(last.start, last.end),
            "visits": int(last.visits),
            "expected": Number(last.expected),
            "suspicious": Number(last.suspicious),
            "extra": int(last.visits - last.expected),
        }
        found.append(
            Finding(
                Text("traffic.spike_found", values),
                Weight.ALARM,
                "traffic",
                Text("question.spike", values),
            )
        )
        if len(proven) > 1:
            found.append(Finding(text("traffic.spikes_more", n=len(proven) - 1)))
    elif (days["spike_verdict"] == "insufficient_history").all():
        found.append(Finding(text("traffic.short_history")))
    else:
        found.append(Finding(text("traffic.calm")))
    paid = channels[(channels["channel"] != "(all)") & (channels["wasted_spend_amount"] > 0)]
    lost = float(paid["wasted_spend_amount"].sum())
    spend = float(channels.loc[channels["channel"] != "(all)", "spend_amount"].sum())
    if lost > 0 and spend > 0:
        worst = first_of(paid.sort_values("wasted_spend_amount", ascending=False, kind="stable"))
        question: Text | None = None
        if not campaigns.empty and lost / spend >= LOST_SHARE:
            top = first_of(campaigns)
            question = text(
                "question.lost",
                campaign=Name("campaign", top["campaign_id"]),
                channel=Name("channel", top["channel"]),
                amount=Money(float(top["wasted_spend_amount"])),
            )
        found.append(
            Finding(
                text(
                    "traffic.lost_found",
                    amount=Money(lost),
                    share=Share(lost / spend, 0),
                    channel=Name("channel", worst["channel"]),
                ),
                Weight.ACT if question else Weight.NOTE,
                "traffic",
                question,
            )
        )
    return found


def roi_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: one row a paid channel, with `judgement`, one of the keys `spread.*`."""
    found = []
    for judgement, key, weight in (
        ("robust_negative", "roi.loses", Weight.ACT),
        ("depends_on_model", "roi.depends", Weight.LOOK),
        ("robust_positive", "roi.pays", Weight.NOTE),
        ("within_noise", "roi.noise", Weight.NOTE),
        ("too_early", "roi.early", Weight.NOTE),
        ("cannot_tell", "roi.unknown", Weight.NOTE),
    ):
        rows = frame[frame["judgement"] == judgement]
        if rows.empty:
            continue
        first = first_of(rows)
        channel = Name("channel", first["channel"])
        question = None
        if judgement == "robust_negative":
            question = text(
                "question.roi_loses",
                channel=channel,
                spend=Money(float(first["spend_amount"])),
                romi=Share(float(first["romi_shown"]), 0, signed=True),
            )
        elif judgement == "depends_on_model":
            question = text(
                "question.roi_depends",
                channel=channel,
                low=Share(float(first["romi_min"]), 0, signed=True),
                high=Share(float(first["romi_max"]), 0, signed=True),
            )
        names = [Name("channel", channel) for channel in rows["channel"]]
        found.append(Finding(text(key, channels=names), weight, "roi", question))
    return found


def unattributed_finding(share: float) -> list[Finding]:
    """Revenue that no channel can claim, as a share of all revenue."""
    if share < 0.05:
        return []
    question = text("question.unattributed", share=Share(share, 0)) if share > 0.3 else None
    weight = Weight.ACT if question else Weight.NOTE
    return [Finding(text("roi.unattributed", share=Share(share, 0)), weight, "roi", question)]


def concentrated_findings(rows: Sequence[dict[str, Any]], spent_on: Iterable[str]) -> list[Finding]:
    """Paid channels whose revenue is mostly one deal: their return says little about the next."""
    paid = set(spent_on)
    items = [
        text(
            "roi.one_deal_item",
            channel=Name("channel", str(row["channel"])),
            share=Share(float(row["largest_order_share"]), 0),
        )
        for row in rows
        if row["channel"] in paid
    ]
    return [Finding(text("roi.one_deal", channels=shortened(items)))] if items else []


def guard_findings(rows: Sequence[dict[str, Any]], language: str) -> list[Finding]:
    """`rows`: judged pairs of `kpi_guards`, those that contradict each other first."""
    found = []
    for row in rows:
        if row["status"] == "ok":
            continue
        metric, guard = (
            Name("metric", str(row[key]), is_inside=True)
            for key in ("metric_id", "guard_metric_id")
        )
        values = {
            "metric": metric,
            "guard": guard,
            "reason": str(row[f"reason_{language}"]),
            "before": metric_value(metric.id, row["metric_before"]),
            "now": metric_value(metric.id, row["metric_now"]),
            "guard_before": metric_value(guard.id, row["guard_before"]),
            "guard_now": metric_value(guard.id, row["guard_now"]),
        }
        is_fall = row["status"] == "guard_falls"
        found.append(
            Finding(
                Text(f"guards.{row['status']}", values),
                Weight.ACT if is_fall else Weight.LOOK,
                "guards",
                Text("question.guard", values),
            )
        )
    return found or [Finding(text("guards.fine", n=len(rows)))]


def cohort_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: one row a lead month with `is_mature`, sums of spend and contribution."""
    mature = frame[frame["is_mature"]]
    young = len(frame) - len(mature)
    if mature.empty:
        return [Finding(text("cohorts.all_young"))]
    found = []
    if mature["contribution_amount"].notna().all():
        spend = float(mature["spend_amount"].sum())
        romi = float(mature["contribution_amount"].sum()) / spend - 1
        months = [as_date(month) for month in mature["lead_month"]]
        values = {
            "n": len(months),
            "first": Month(min(months)),
            "last": Month(max(months)),
            "romi": Share(romi, 0, signed=True),
            "spend": Money(spend),
        }
        found.append(Finding(Text("cohorts.mature", values)))
    if young:
        found.append(Finding(text("cohorts.young", n=young, total=len(frame))))
    return found


def funnel_findings(frame: pd.DataFrame) -> list[Finding]:
    """`frame`: complete months in time order. Are fewer leads accepted by sales?"""
    if len(frame) < 6 or not frame["leads_qualified"].sum():
        last = last_of(frame)
        return [
            Finding(
                text(
                    "funnel.leads",
                    leads=Number(float(last["leads_valid"])),
                    month=Month(as_date(last["lead_month"])),
                )
            )
        ]
    now, before = frame.iloc[-3:], frame.iloc[-6:-3]
    counts = [float(part[c].sum()) for part in (now, before) for c in _QUALITY_COLUMNS]
    change = change_of_share(*counts)
    values = {
        "now": Share(counts[0] / counts[1] if counts[1] else float("nan"), 0),
        "before": Share(counts[2] / counts[3] if counts[3] else float("nan"), 0),
    }
    if change == "fell":
        question = Text("question.funnel", values)
        return [Finding(Text("funnel.quality_fell", values), Weight.ACT, "funnel", question)]
    return [Finding(Text(f"funnel.quality_{'rose' if change == 'rose' else 'same'}", values))]


_QUALITY_COLUMNS = ("leads_qualified", "leads_valid")


def retention_findings(frame: pd.DataFrame) -> list[Finding]:
    """Next-month return of the three last full cohorts against the three before them."""
    first = frame[(frame["age_months"] == 1) & frame["is_complete"] & (frame["cohort_size"] > 0)]
    first = first.sort_values("cohort_month")
    if first.empty:
        return []
    now, before = first.iloc[-3:], first.iloc[-6:-3]
    size, size_before = float(now["cohort_size"].sum()), float(before["cohort_size"].sum())
    active, active_before = (
        float(now["active_customers"].sum()),
        float(before["active_customers"].sum()),
    )
    if len(before) < 3:
        return [Finding(text("retention.now", now=Share(active / size)))]
    values = {"now": Share(active / size), "before": Share(active_before / size_before)}
    change = change_of_share(active, size, active_before, size_before)
    if change == "little":
        return [Finding(Text("retention.now", values))]
    question = Text("question.retention", values) if change == "fell" else None
    weight = Weight.ACT if question else Weight.NOTE
    return [Finding(Text(f"retention.{change}", values), weight, "retention", question)]


def complete_months(customers: pd.DataFrame) -> pd.DataFrame:
    """Rows of finished months in time order."""
    if customers.empty:
        return customers
    return customers[customers["is_complete"].astype(bool)].sort_values("month")


def customer_findings(customers: pd.DataFrame) -> list[Finding]:
    months = complete_months(customers)
    if months.empty:
        return []
    last = last_of(months)
    month = Month(as_date(last["month"]))
    found = []
    if not is_missing(last["net_aov_amount"]):
        aov = Money(float(last["net_aov_amount"]), compact=False)
        year_ago = pd.Timestamp(last["month"]) - pd.DateOffset(months=12)
        earlier = months[pd.to_datetime(months["month"]) == year_ago]
        if earlier.empty or is_missing(first_of(earlier)["net_aov_amount"]):
            found.append(Finding(text("customers.summary_short", month=month, aov=aov)))
        else:
            before = Money(float(first_of(earlier)["net_aov_amount"]), compact=False)
            found.append(Finding(text("customers.summary", month=month, aov=aov, before=before)))
    if not is_missing(last["repeat_purchase_rate_90d"]):
        found.append(
            Finding(
                text(
                    "customers.repeat",
                    rate=Share(float(last["repeat_purchase_rate_90d"])),
                    n=int(last["observed_customers_90d"]),
                )
            )
        )
    return found


def brand_findings(awareness: pd.DataFrame, loyalty: pd.DataFrame) -> list[Finding]:
    """Last wave only; each frame in time order, with answers to its question."""
    found = []
    if not awareness.empty:
        last = last_of(awareness)
        verdict = str(last["aided_verdict"])
        value = Share(float(last["aided_rate"]), 0)
        question = None
        if verdict == "down":
            question = text("question.brand_down", value=value)
        elif verdict == "not_comparable":
            mode = Name("mode", str(last["mode"]))
            question = text("question.brand_mode", wave=str(last["wave"]), mode=mode)
        statement = text(
            "brand.aided_verdict",
            wave=str(last["wave"]),
            value=value,
            verdict=Name("wave", verdict),
        )
        found.append(Finding(statement, Weight.ACT if question else Weight.NOTE, "brand", question))
    if not loyalty.empty:
        last = last_of(loyalty)
        found.append(
            Finding(
                text(
                    "brand.nps_verdict",
                    value=metric_value("nps", float(last["nps"])),
                    verdict=Name("wave", str(last["nps_verdict"])),
                )
            )
        )
    return found


def audience_findings(frame: pd.DataFrame, networks: pd.DataFrame) -> list[Finding]:
    """`frame`: days; `networks`: one row a network with `followers` now and `change` in 28 days."""
    found = []
    total = float(networks["followers"].sum())
    change = float(networks["change"].sum())
    if total:
        found.append(
            Finding(
                text(
                    "audience.total",
                    change=Number(change, signed=True),
                    total=Number(total),
                )
            )
        )
    for wave in joins_waves(frame)[:1]:
        values = {
            "network": Name("network", wave.network),
            "n": wave.joined,
            "period": Period(wave.start, wave.end),
        }
        question = Text("question.bought", values)
        found.append(Finding(Text("audience.bought", values), Weight.ACT, "audience", question))
    return found


@dataclass(frozen=True, slots=True)
class JoinsWave:
    """Days in a row on which far too many joined one account."""

    network: str
    account: str
    start: date
    end: date
    joined: int


def joins_waves(frame: pd.DataFrame) -> list[JoinsWave]:
    """Suspected purchases of followers, neighbouring days as one, the latest first."""
    days = frame[frame["joins_verdict"] == "bought_suspected"]
    found: list[JoinsWave] = []
    for row in records(days.sort_values(["network", "account", "date_day"])):
        day, joined = as_date(row["date_day"]), int(_zero(row["joined"]))
        last = found[-1] if found else None
        place = (str(row["network"]), str(row["account"]))
        if last and (last.network, last.account) == place and (day - last.end).days <= 1:
            found[-1] = JoinsWave(*place, last.start, day, last.joined + joined)
        else:
            found.append(JoinsWave(*place, day, day, joined))
    return sorted(found, key=lambda wave: (-wave.end.toordinal(), wave.network))


def reconciliation_findings(frame: pd.DataFrame, invoices: pd.DataFrame) -> list[Finding]:
    """Pairs that differ more than usual by day, and bills that differ from the reported spend."""
    found = []
    for pair, days in groups(frame[frame["status"] == "warn"], "pair", sort=False):
        last = last_of(days.sort_values("date_day"))
        values: dict[str, Any] = {
            "pair": Name("pair", str(pair)),
            "n": len(days),
            "day": Day(as_date(last["date_day"])),
            "left": Number(float(last["left_value"])),
            "right": Number(float(last["right_value"])),
        }
        weight = Weight.ACT if len(days) >= 3 else Weight.LOOK
        question = Text("question.reconciliation", values)
        found.append(
            Finding(Text("reconciliation.warn", values), weight, "reconciliation", question)
        )
    found.sort(key=lambda finding: -finding.weight)
    differing = invoices[invoices["status"] == "warn"] if len(invoices) else invoices
    if not differing.empty:
        last = first_of(differing)
        values = {
            "channel": Name("channel", str(last["pair"]).partition(":")[2]),
            "month": Month(as_date(last["date_day"])),
            "left": Money(float(last["left_value"])),
            "right": Money(float(last["right_value"])),
        }
        question = Text("question.invoice", values)
        found.append(
            Finding(Text("reconciliation.invoice", values), Weight.ACT, "reconciliation", question)
        )
    return found or [Finding(text("reconciliation.fine"))]


def restatement_findings(rows: pd.DataFrame, figures: int) -> list[Finding]:
    """`rows`: figures that moved by more than the limit, the largest change first."""
    if rows.empty:
        return [Finding(text("restatements.none", n=figures))]
    worst = first_of(rows)
    metric = str(worst["metric_id"])
    values = {
        "metric": Name("metric", metric),
        "period": period_of_figure(worst["period"]),
        "share": Share(_zero(worst["delta_share"]), 1, signed=True),
        "first": metric_value(metric, worst["first_value"]),
        "current": metric_value(metric, worst["current_value"]),
        "restated": int(worst["restated"]),
    }
    question = Text("question.restated", values)
    return [Finding(Text("restatements.some", values), Weight.LOOK, "restatements", question)]


def period_of_figure(period: Any) -> Month | Day | str:
    """A month (2026-09) or a day (2026-09-01); anything else as it is."""
    words = str(period)
    try:
        found = pd.Timestamp(words).date()
    except ValueError:
        return words
    return Month(found) if len(words) == len("2026-09") else Day(found, with_year=True)


def questions(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with a question, the most pressing first, no question twice.

    One section asks at most three, so that many missed plans do not hide a spike or a wrong bill.
    """
    asked: dict[str, Finding] = {}
    for finding in findings:
        if finding.question is not None:
            asked.setdefault(repr(finding.question), finding)
    chosen: list[Finding] = []
    by_section: dict[str, int] = {}
    for finding in sorted(asked.values(), key=lambda finding: -finding.weight):
        count = by_section.get(finding.section, 0)
        if count < QUESTIONS_OF_SECTION:
            by_section[finding.section] = count + 1
            chosen.append(finding)
    return chosen[:QUESTIONS_SHOWN]


def names_of(frame: pd.DataFrame, kind: str, key: str) -> dict[tuple[str, str], Mapping[str, str]]:
    """(kind, id) -> names in both languages, from a frame with `name_en` and `name_ru`."""
    if frame.empty:
        return {}
    return {
        (kind, str(row[key])): {
            language: str(row[f"name_{language}"])
            for language in ("en", "ru")
            if not is_missing(row.get(f"name_{language}"))
        }
        for row in records(frame)
    }
