"""KPIs as the page shows them: units, targets in force and what the sparkline is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from orchestration.scorecard.frames import records
from orchestration.scorecard.l10n import (
    Money,
    Name,
    Number,
    Share,
    Text,
    is_missing,
    share_digits,
    text,
)

MIN_TILES, MAX_TILES = 5, 7
RECENT_DAYS = 62
LAST_PLACE = 99

_MONEY = frozenset(
    {
        "revenue", "contribution", "spend", "cpl", "cpql", "cac_full", "cac_media", "cpo",
        "aov_net", "pipeline_expected", "cost_per_valid_visit", "cost_per_join",
    }
)  # fmt: skip
_SHARES = frozenset(
    {
        "suspicious_share", "purchase_conversion", "lead_conversion", "drr", "romi", "romi_full",
        "repeat_purchase_rate_90d", "reach_rate", "aided_awareness", "unaided_awareness",
        "off_audience_share", "qualified_rate", "lead_to_order_rate", "lead_to_order",
        "attributed_share", "follower_churn", "customer_retention", "trial_to_paid",
        "gross_conversion",
    }
)  # fmt: skip
_SIGNED_SHARES = frozenset({"romi", "romi_full"})
_DECIMALS = {"roas": 2, "ltv_cac": 2, "nps": 0}


def metric_value(
    metric_id: str, value: float | None, *, compact: bool = True
) -> Money | Share | Number:
    """The value with its unit. Money in the company's currency, shares as fractions."""
    number = float("nan") if is_missing(value) else float(value)  # type: ignore[arg-type]
    if metric_id in _MONEY:
        return Money(number, compact=compact)
    if metric_id in _SHARES:
        is_signed = metric_id in _SIGNED_SHARES
        return Share(number, 0 if is_signed else None, signed=is_signed)
    digits = _DECIMALS.get(metric_id, 0)
    return Number(number, digits, signed=metric_id == "nps", compact=compact)


@dataclass(frozen=True, slots=True)
class Target:
    """One row of `kpi_scorecard`: a target of a period, the first version in force."""

    metric_id: str
    segment_type: str
    segment_value: str
    kind: str
    direction: str
    verdict: str
    reason: str | None
    coverage: str | None
    proposer: str | None
    approver: str | None
    plan: float
    actual: float | None
    low: float | None
    high: float | None
    expected: float | None
    forecast: float | None
    later: float | None
    provisional_share: float | None
    is_changed: bool
    is_approved_before: bool
    period_start: date
    period_end: date
    first_seen: date | None = None
    is_entered_late: bool = False
    achievability: str | None = None
    smart_gaps: frozenset[str] = frozenset()
    unit: str = ""

    @property
    def is_total(self) -> bool:
        return self.segment_type in ("", "all")

    @property
    def name(self) -> Name | Text:
        metric = Name("metric", self.metric_id)
        if self.is_total:
            return metric
        segment = Name(self.segment_type, self.segment_value)
        return text("tile.segment", metric=metric, segment=segment)

    @property
    def verdict_name(self) -> Name:
        """The verdict in words; of a limit they speak of the limit."""
        if self.direction != "down" and self.verdict == "ahead" and not self._is_proven:
            return Name("verdict", "on_pace")
        return Name("limit" if self.direction == "down" else "verdict", self.verdict)

    @property
    def _is_proven(self) -> bool:
        """Whether what was expected by now lies below all that chance allows for."""
        if is_missing(self.low) or is_missing(self.expected):
            return True
        return float(self.low or 0) > float(self.expected or 0)

    def shown(self, value: float | None) -> Money | Share | Number:
        """The value with its unit, with the same digits as the others of this target."""
        shown = metric_value(self.metric_id, value)
        if isinstance(shown, Share) and shown.digits is None:
            sizes = [
                abs(v) for v in (self.actual, self.plan) if v is not None and not is_missing(v)
            ]
            return Share(shown.value, share_digits(min(sizes)), shown.signed)
        return shown

    def planned(self, value: float | None) -> Money | Share | Number:
        """A value of the plan, which may be in a currency of its own."""
        shown = self.shown(value)
        if self.reason == "other_currency" and isinstance(shown, Money):
            return replace(shown, currency=self.unit.upper())
        return shown


def _optional(value: Any) -> Any:
    return None if is_missing(value) else value


def _number(value: Any) -> float | None:
    return None if is_missing(value) else float(value)


def _day(value: Any) -> date | None:
    return None if is_missing(value) else pd.Timestamp(value).date()


def _target(row: dict[str, Any]) -> Target:
    return Target(
        metric_id=str(row["metric_id"]),
        segment_type=str(_optional(row["segment_type"]) or "all"),
        segment_value=str(_optional(row["segment_value"]) or "all"),
        kind=str(row["metric_kind"]),
        direction=str(row["direction"]),
        verdict=str(row["verdict"]),
        reason=_optional(row["reason_code"]),
        coverage=_optional(row["coverage_grade"]),
        proposer=_optional(row["proposer"]),
        approver=_optional(row["approver"]),
        plan=float(row["target_value"]),
        actual=_number(row["actual_value"]),
        low=_number(row["actual_low"]),
        high=_number(row["actual_high"]),
        expected=_number(row["expected_to_date"]),
        forecast=_number(row["forecast_value"]),
        later=_number(row["later_target_value"]),
        provisional_share=_number(row["provisional_share"]),
        is_changed=bool(_optional(row["is_target_changed_after_start"])),
        is_approved_before=_optional(row["is_approved_before_start"]) is not False
        and bool(_optional(row["is_approved_before_start"])),
        period_start=pd.Timestamp(row["period_start"]).date(),
        period_end=pd.Timestamp(row["period_end"]).date(),
        first_seen=_day(row.get("first_seen_at")),
        is_entered_late=bool(_optional(row.get("is_entered_after_start"))),
        achievability=_optional(row.get("achievability")),
        smart_gaps=frozenset(str(_optional(row.get("smart_gaps")) or "").strip("|").split("|")),
        unit=str(_optional(row.get("unit")) or ""),
    )


def targets_in_force(frame: pd.DataFrame, as_of: date) -> list[Target]:
    """For each metric and segment the shortest period that holds the last complete day.

    A metric whose periods are all over keeps its last one, so that a reader sees how it ended.
    Several targets of one period are all there: which of them was meant is not ours to say.
    """
    if frame.empty:
        return []
    last_day = as_of - timedelta(days=1)
    chosen: dict[tuple[str, str, str], list[Target]] = {}

    def rank(target: Target) -> tuple[bool, date, timedelta]:
        is_running = target.period_start <= last_day <= target.period_end
        length = target.period_end - target.period_start
        # running first; then the latest end for past ones, the latest start for running ones
        return (is_running, target.period_start if is_running else target.period_end, -length)

    for row in records(frame):
        target = _target(row)
        key = (target.metric_id, target.segment_type, target.segment_value)
        others = chosen.get(key)
        if others is None or rank(target) > rank(others[0]):
            chosen[key] = [target]
        elif rank(target) == rank(others[0]):
            others.append(target)
    # what was agreed in advance goes first
    return [
        target
        for targets in chosen.values()
        for target in sorted(targets, key=lambda target: not target.is_approved_before)
    ]


def split_headline(
    targets: Sequence[Target], definitions: pd.DataFrame, kpi_set: str
) -> tuple[list[Target], list[Target]]:
    """Headline tiles (at most seven) and the rest, which goes into a table.

    One tile a KPI, the whole before a segment of it. KPIs of the company's set come first, then
    those marked headline; what is left is filled in the order of the definitions.
    """
    rows: dict[str, dict[str, Any]] = {str(row["metric_id"]): row for row in records(definitions)}

    def place(target: Target) -> tuple[int, str]:
        order = rows.get(target.metric_id, {}).get("display_order")
        return (LAST_PLACE if is_missing(order) else int(order or 0), target.metric_id)

    def rank(target: Target) -> tuple[bool, bool, tuple[int, str]]:
        row = rows.get(target.metric_id, {})
        is_of_set = bool(kpi_set) and f"|{kpi_set}|" in str(row.get("kpi_sets", ""))
        return (not is_of_set, not bool(row.get("is_headline", True)), place(target))

    of_metric: dict[str, Target] = {}
    for target in sorted(targets, key=lambda target: (not target.is_total, target.segment_value)):
        of_metric.setdefault(target.metric_id, target)
    tiles = sorted(sorted(of_metric.values(), key=rank)[:MAX_TILES], key=place)
    others = [target for target in targets if target not in tiles]
    return tiles, sorted(others, key=lambda target: (place(target), target.segment_value))


SparkKey = tuple[str, str, str]
MonthlySeries = dict[SparkKey, list[tuple[date, float]]]
SPARK_MONTHS = 12


def monthly_series(monthly: pd.DataFrame) -> MonthlySeries:
    """(metric, segment type, segment) -> the last twelve monthly figures in time order.

    Of a survey only those of the mode of its last wave: others do not compare.
    """
    if monthly.empty:
        return {}
    keys = ["metric_id", "segment_type", "segment_value"]
    series: MonthlySeries = {}
    # column by column: a frame for each of some thousand series costs a second
    known = monthly.dropna(subset=keys)
    columns = (known[name].tolist() for name in (*keys, "survey_mode", "month", "metric_value"))
    modes: dict[SparkKey, str] = {}
    for metric, kind, segment, mode, month, value in zip(*columns, strict=True):
        key = (str(metric), str(kind), str(segment))
        points = series.setdefault(key, [])
        if not is_missing(mode) and modes.setdefault(key, mode) != mode:
            modes[key] = mode
            points.clear()
        points.append((pd.Timestamp(month).date(), float(value)))
    return {key: points[-SPARK_MONTHS:] for key, points in series.items()}


def days_missing(monthly: pd.DataFrame) -> dict[str, int]:
    """Metric -> days without data of its last month, of the whole company."""
    if monthly.empty:
        return {}
    whole = monthly[monthly["segment_type"] == "all"]
    return {
        str(metric): int(days)
        for metric, days in zip(whole["metric_id"], whole["missing_days"], strict=True)
    }


# Figures that call a sale without a channel a loss of advertising.
RETURN_METRICS = ("romi", "romi_full", "roas", "drr", "cac_full")


def metrics_for_information(
    series: MonthlySeries,
    definitions: pd.DataFrame,
    kpi_set: str,
    taken: Sequence[str],
    withheld: Sequence[str] = (),
) -> list[str]:
    """KPIs without a plan that fill the first screen, those of the company's set first.

    Only where figures are recent: within two months of the newest figure there is. `withheld`
    KPIs get no tile.
    """
    if definitions.empty or not series:
        return []
    newest = max(points[-1][0] for points in series.values())
    chosen: list[tuple[bool, int, str]] = []
    for row in records(definitions):
        metric = str(row["metric_id"])
        points = series.get((metric, "all", "all"))
        if (
            metric in (*taken, *withheld)
            or not points
            or (newest - points[-1][0]).days > RECENT_DAYS
        ):
            continue
        is_of_set = bool(kpi_set) and f"|{kpi_set}|" in str(row.get("kpi_sets", ""))
        order = row.get("display_order")
        place = LAST_PLACE if is_missing(order) else int(order or 0)
        chosen.append((not is_of_set, place, metric))
    room = max(MIN_TILES - len(taken), 0)
    first = sorted(chosen)[:room]
    return [metric for _, _, metric in sorted(first, key=lambda entry: entry[1])]


CONVERSIONS_SHOWN = 2


def primary_conversions(frame: pd.DataFrame, names: pd.DataFrame) -> list[str]:
    """At most two: those marked primary, else purchase and lead, else the most frequent one.

    `frame` has `conversion_id` and `converted`; `names` is `dim_conversion`, or empty.
    """
    if frame.empty:
        return []
    totals = frame.groupby("conversion_id", sort=True)["converted"].sum()
    present = list(totals.sort_values(ascending=False, kind="stable").index)
    marked = {
        str(row["conversion_id"])
        for row in records(names)
        if not is_missing(row["is_primary"]) and bool(row["is_primary"])
    } or {"purchase", "order", "lead"}
    return [name for name in present if name in marked][:CONVERSIONS_SHOWN] or present[:1]
