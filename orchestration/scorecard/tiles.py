"""KPI tiles: the same order of the same facts in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from orchestration.scorecard.l10n import (
    Between,
    Day,
    Period,
    Share,
    Text,
    Translator,
    is_missing,
    text,
)
from orchestration.scorecard.metrics import MonthlySeries, Target, metric_value
from orchestration.scorecard.view import Bullet, Cell, Table, Tile

SPARK_WIDTH = 120
PROVISIONAL_SHOWN = 0.005
PROVISIONAL_FLAGGED = 0.05
SPARK_HEIGHT = 34


def tile(target: Target, series: MonthlySeries, as_of: date, say: Translator) -> Tile:
    key = (target.metric_id, target.segment_type, target.segment_value)
    path, end = spark_path([value for _, value in series.get(key, ())])
    has_value = not is_missing(target.actual)
    return Tile(
        metric_id=target.metric_id,
        name=say.show(target.name),
        period=_period(target, as_of, say),
        verdict=target.verdict,
        verdict_words=say.show(target.verdict_name),
        value=say.show(target.shown(target.actual)) if has_value else "",
        facts=_facts(target, say),
        flags=_flags(target, say),
        coverage=_coverage(target, say),
        bullet=bullet(target) if has_value else None,
        sparkline=path,
        spark_end=end,
    )


def _period(target: Target, as_of: date, say: Translator) -> str:
    shown = say.show(Period(target.period_start, target.period_end))
    return f"{shown}, {say('tile.ended')}" if target.period_end < as_of else shown


def _coverage(target: Target, say: Translator) -> str:
    """The grade, and a small provisional share beside it (a large one is a flag)."""
    words = []
    if target.coverage:
        grade = say.name("grade", target.coverage)
        words.append(say("tile.coverage", grade=target.coverage, words=grade))
    share = target.provisional_share or 0.0
    if PROVISIONAL_SHOWN <= share < PROVISIONAL_FLAGGED:
        words.append(say("tile.provisional_short", share=Share(share, 0)))
    return " · ".join(words)


def information_tile(
    metric_id: str,
    months: Sequence[tuple[date, float]],
    missing_days: int,
    say: Translator,
) -> Tile:
    """A KPI without a plan: the last complete month, for information and without a verdict.

    `missing_days`: days of that month without data; the value is of the others.
    """
    month, value = months[-1]
    path, end = spark_path([value for _, value in months])
    return Tile(
        metric_id=metric_id,
        name=say.name("metric", metric_id),
        period=say.month(month),
        verdict="none",
        verdict_words=say("tile.no_plan"),
        value=say.show(metric_value(metric_id, value)),
        facts=[],
        flags=[say("tile.missing_days", n=missing_days)] if missing_days else [],
        coverage="",
        bullet=None,
        sparkline=path,
        spark_end=end,
    )


def _facts(target: Target, say: Translator) -> list[tuple[str, str]]:
    """Plan, expected by now, interval, forecast: always in this order."""
    plan_key = "tile.limit" if target.direction == "down" else "tile.plan"
    facts = [(say(plan_key), say.show(target.planned(target.plan)))]
    if target.kind != "ratio" and not is_missing(target.expected):
        facts.append((say("tile.expected"), say.show(target.planned(target.expected))))
    if not is_missing(target.low) and not is_missing(target.high):
        facts.append((say("tile.interval"), interval(target, say)))
    if target.kind == "flow" and not is_missing(target.forecast):
        facts.append((say("tile.forecast"), say.show(target.shown(target.forecast))))
    return facts


def interval(target: Target, say: Translator) -> str:
    return say.show(Between(target.shown(target.low), target.shown(target.high)))


def _flags(target: Target, say: Translator) -> list[str]:
    flags: list[Text] = []
    if (reason := _reason(target, say)) is not None:
        flags.append(text("tile.because", reason=reason))
    if target.provisional_share and target.provisional_share >= PROVISIONAL_FLAGGED:
        flags.append(text("tile.provisional", share=Share(target.provisional_share, 0)))
    if target.is_changed:
        flags.append(
            text("tile.changed_unknown")
            if is_missing(target.later)
            else text("tile.changed", value=target.planned(target.later))
        )
    if not target.is_approved_before:
        flags.append(
            text("tile.entered_late", day=Day(target.first_seen, with_year=True))
            if target.is_entered_late and target.first_seen
            else text("tile.not_approved")
        )
    if target.proposer and target.proposer == target.approver:
        flags.append(text("tile.same_person"))
    # what has been proven is not said to be beyond proof
    is_decided = target.verdict in ("reached", "behind")
    if target.reason != "other_currency" and (
        target.achievability in ("already_there", "beyond_twice_best")
        or (target.achievability == "not_detectable" and not is_decided)
    ):
        flags.append(text(f"tile.{target.achievability}"))
    if target.smart_gaps & {"no_goal", "unknown_goal"}:
        flags.append(text("tile.no_goal"))
    if "other_direction" in target.smart_gaps:
        flags.append(text("tile.other_direction"))
    return [say(flag) for flag in flags]


def _reason(target: Target, say: Translator) -> str | None:
    """Why nobody can tell."""
    if not target.reason or target.verdict != "cannot_tell":
        return None
    # "Within noise" of a plan: the plan lies inside the interval.
    return say.name(
        "reason", "inside_interval" if target.reason == "within_noise" else target.reason
    )


def bullet(target: Target) -> Bullet | None:
    """Actual, plan and expected on one scale that begins at zero (or below it for losses)."""
    if target.reason == "other_currency":
        return None
    values = [target.actual, target.plan, target.expected, target.low, target.high]
    known = [float(value) for value in values if value is not None and not is_missing(value)]
    start, end = min(0.0, *known), max(0.0, *known)
    if end == start or target.actual is None:
        return None
    room = (end - start) * 1.06

    def place(value: float) -> float:
        return round((value - start) / room * 100, 1)

    def maybe(value: float | None) -> float | None:
        return None if value is None or is_missing(value) else place(value)

    return Bullet(
        actual=place(target.actual),
        plan=place(target.plan),
        expected=None if target.kind == "ratio" else maybe(target.expected),
        low=maybe(target.low),
        high=maybe(target.high),
    )


def spark_path(values: Sequence[float]) -> tuple[str, tuple[float, float] | None]:
    """Points of a polyline in a SPARK_WIDTH x SPARK_HEIGHT box, and its last point."""
    if len(values) < 3:
        return "", None
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = (SPARK_WIDTH - 8) / (len(values) - 1)
    points = [
        (
            round(2 + i * step, 1),
            round(SPARK_HEIGHT - 4 - (v - low) / spread * (SPARK_HEIGHT - 8), 1),
        )
        for i, v in enumerate(values)
    ]
    return " ".join(f"{x:g},{y:g}" for x, y in points), points[-1]


VERDICT_TONES = {"behind": "alarm", "reached": "good", "ahead": "good"}


def targets_table(targets: Sequence[Target], say: Translator, caption: str) -> Table:
    head = [
        say(f"column.{name}")
        for name in ("metric", "period", "actual", "interval", "expected_now", "plan", "verdict",
                     "coverage")
    ]  # fmt: skip
    rows = []
    for target in targets:
        verdict = say.show(target.verdict_name)
        if (reason := _reason(target, say)) is not None:
            verdict = f"{verdict}: {reason}"
        has_interval = not is_missing(target.low)
        has_expected = target.kind != "ratio"
        shown = [
            say.show(target.shown(target.actual)),
            interval(target, say) if has_interval else "—",
            say.show(target.planned(target.expected)) if has_expected else "—",
            say.show(target.planned(target.plan)),
        ]
        rows.append(
            [
                Cell(say.show(target.name), is_head=True),
                Cell(say.show(Period(target.period_start, target.period_end))),
                *(Cell(words, is_number=True) for words in shown),
                Cell(verdict, tone=VERDICT_TONES.get(target.verdict, "")),
                Cell(target.coverage or "—"),
            ]
        )
    return Table(caption, head, rows)
