"""Marks, scales and ticks of static charts, written as SVG.

The scorecard's charts are few and plain, and a run draws each of them four times (two widths, two
languages). Written directly that costs milliseconds; through a JavaScript engine it cost most of
the time of the report (see DECISIONLOG).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from math import ceil, floor, log10

from orchestration.scorecard.l10n import Number, Share, Translator
from orchestration.scorecard.palette import colour

FONT_SIZE = 12
# An average letter of the usual fonts at 12 pixels; titles are wrapped by it.
LETTER = 6.7

Place = tuple[float, float]


def _n(value: float) -> str:
    """A coordinate with at most one digit after the point."""
    return f"{round(value, 1) + 0.0:g}"


class Sheet:
    """One drawing. Coordinates are pixels from the top left corner; colours are palette roles."""

    def __init__(self, width: int, say: Translator) -> None:
        self.width = width
        self.say = say
        self._parts: list[str] = []

    @property
    def is_narrow(self) -> bool:
        return self.width < 500

    def svg(self, height: float) -> str:
        """The drawing as an element; what it says stands in the label of its figure."""
        size = f'width="{self.width}" height="{_n(height)}" viewBox="0 0 {self.width} {_n(height)}"'
        return (
            f'<svg class="chart" aria-hidden="true" focusable="false" {size} '
            f'font-size="{FONT_SIZE}">{"".join(self._parts)}</svg>'
        )

    def rect(
        self, x: float, y: float, width: float, height: float, role: str, *,
        opacity: float = 1, outline: str = "", dash: str = "", radius: float = 0,
    ) -> None:  # fmt: skip
        fill = colour(role) if role else "none"
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" '
            f'height="{_n(max(height, 0))}" fill="{fill}"'
            + (f' fill-opacity="{opacity:g}"' if opacity < 1 else "")
            + (f' rx="{_n(radius)}"' if radius else "")
            + (f' stroke="{colour(outline)}"' if outline else "")
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + "/>"
        )

    def line(
        self, start: Place, end: Place, role: str, *, width: float = 1, dash: str = "",
        is_round: bool = False, opacity: float = 1,
    ) -> None:  # fmt: skip
        self._parts.append(
            f'<path d="M{_n(start[0])} {_n(start[1])}L{_n(end[0])} {_n(end[1])}" '
            f'stroke="{colour(role)}" stroke-width="{width:g}"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + (' stroke-linecap="round"' if is_round else "")
            + (f' stroke-opacity="{opacity:g}"' if opacity < 1 else "")
            + "/>"
        )

    def polyline(
        self, places: Sequence[Place], role: str, *, width: float = 2, dash: str = ""
    ) -> None:
        if len(places) > 1:
            self._parts.append(
                f'<path d="{_path(places)}" fill="none" stroke="{colour(role)}" '
                f'stroke-width="{width:g}" stroke-linejoin="round"'
                + (f' stroke-dasharray="{dash}"' if dash else "")
                + "/>"
            )

    def polygon(self, places: Sequence[Place], role: str) -> None:
        self._parts.append(f'<path d="{_path(places)}Z" fill="{colour(role)}"/>')

    def circle(self, place: Place, radius: float, role: str, outline: str = "") -> None:
        self._parts.append(
            f'<circle cx="{_n(place[0])}" cy="{_n(place[1])}" r="{_n(radius)}" '
            f'fill="{colour(role)}"'
            + (f' stroke="{colour(outline)}" stroke-width="1.4"' if outline else "")
            + "/>"
        )

    def text(
        self, x: float, y: float, words: str, role: str = "ink", *,
        size: float = FONT_SIZE, weight: int = 400, anchor: str = "start",
    ) -> None:  # fmt: skip
        """`y` is the baseline."""
        if not words:
            return
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" fill="{colour(role)}"'
            + (f' font-size="{size:g}"' if size != FONT_SIZE else "")
            + (f' font-weight="{weight}"' if weight != 400 else "")
            + (f' text-anchor="{anchor}"' if anchor != "start" else "")
            + f">{escape(words, quote=False)}</text>"
        )


def _path(places: Sequence[Place]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in places)


# -- scales


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1)
        return self.start + part * (self.end - self.start)

    def of(self, day: date) -> float:
        return self(day.toordinal())


def step_of(low: float, high: float, count: int) -> float:
    """The round step (1, 2, 5 times a power of ten) that gives about `count` ticks."""
    raw = (high - low) / max(count, 1)
    if raw <= 0:
        return 1.0
    power = 10.0 ** floor(log10(raw))
    return next(power * size for size in (1, 2, 5, 10) if power * size >= raw * 0.999)


def ticks_of(low: float, high: float, count: int) -> list[float]:
    step = step_of(low, high, count)
    first = ceil(low / step - 1e-9)
    last = floor(high / step + 1e-9)
    return [number * step + 0.0 for number in range(first, last + 1)]


def nice_ends(values: Iterable[float], count: int, *, has_zero: bool) -> tuple[float, float]:
    """Ends on round steps that hold every value (and zero)."""
    known = [*values, 0.0] if has_zero else list(values)
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low == high:
        low, high = low - 0.5 * (not has_zero), high + (1 if high == 0 else abs(high) * 0.5)
    step = step_of(low, high, count)
    return floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step


# -- labels

SHARE, SIGNED_SHARE, COUNT, SIGNED = "share", "signed_share", "count", "signed"


def label_of(say: Translator, value: float, kind: str, step: float) -> str:
    """The value of a tick, with as many digits as its step needs."""
    if kind in (SHARE, SIGNED_SHARE):
        digits = max(0, -floor(log10(step * 100) + 1e-9)) if step else 0
        is_signed = kind == SIGNED_SHARE and abs(value) > 1e-12
        return say.show(Share(value, digits, signed=is_signed))
    digits = max(0, -floor(log10(step) + 1e-9)) if step else 0
    return say.show(Number(value, digits, signed=kind == SIGNED, compact=True))


def wrap(words: str, width: float, letter: float = LETTER) -> list[str]:
    """Lines that fit `width` pixels."""
    if not words:
        return []
    lines, limit = [""], max(int(width / letter), 10)
    for word in words.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > limit:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def cut(words: str, width: float, letter: float = LETTER) -> str:
    """The beginning that fits, with an ellipsis."""
    limit = max(int(width / letter), 4)
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def months_between(first: date, last: date) -> list[date]:
    """First days of months inside the span."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        if month >= first:
            found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def month_ticks(first: date, last: date, count: int) -> list[date]:
    """At most `count` first days of months, evenly apart."""
    months = months_between(first, last)
    step = next(n for n in (1, 2, 3, 6, 12, 24, 60, 120) if len(months) <= n * count or n == 120)
    return [month for month in months if (month.year * 12 + month.month - 1) % step == 0]


def week_ticks(first: date, last: date, count: int) -> list[date]:
    """At most `count` Mondays evenly apart; days where there are less than three weeks."""
    span = (last - first).days + 1
    if span < 21:
        step = max(1, ceil(span / max(count, 1)))
        return [first + timedelta(days=n) for n in range(0, span, step)]
    monday = first + timedelta(days=(7 - first.weekday()) % 7)
    weeks = [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]
    step = max(1, ceil(len(weeks) / max(count, 1)))
    return weeks[::-1][::step][::-1]
