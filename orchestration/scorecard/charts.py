"""The static charts of the scorecard, each drawn at two widths; the page shows the one that fits.

Colours are those of the day as plain attributes; the rules of `palette` turn each of them into a
CSS variable, so that one drawing serves day, night and paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.scorecard.l10n import Share, Translator
from orchestration.scorecard.palette import HEAT_STEPS
from orchestration.scorecard.svg import (
    COUNT,
    LETTER,
    SIGNED_SHARE,
    Place,
    Scale,
    Sheet,
    cut,
    label_of,
    month_ticks,
    nice_ends,
    step_of,
    ticks_of,
    week_ticks,
    wrap,
)

WIDE = 772
NARROW = 322

Builder = Callable[[Sheet], str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart for wide screens and paper, the same for phones."""

    wide: str
    narrow: str


def draw(build: Builder, say: Translator) -> Drawing:
    """Draw at both widths. The same data and language give the same bytes."""
    return Drawing(*(build(Sheet(width, say)) for width in (WIDE, NARROW)))


def _inside(value: float, ends: tuple[float, float]) -> float:
    return min(max(value, ends[0]), ends[1])


# -- rows: a value with its interval for each channel


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a row chart. `note` is the text beside it, `bar` the size of a second measure.

    `before` is the value of the period before, `plan` the target of this very row, `chance` a
    second interval, drawn thin.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    tone: str
    note: str
    bar: float | None = None
    bar_label: str = ""
    plan: float | None = None
    chance: tuple[float, float] | None = None


# Words take the colour of the mark only where somebody has to act, or where it is good news.
_WORDED_TONES = frozenset({"alarm", "green"})
_LABEL_WIDTH = 172
_NOTE_WIDTH = 206


def interval_rows(
    rows: Sequence[Row],
    *,
    kind: str,
    title: str = "",
    bars_title: str = "",
    clip: tuple[float, float] | None = None,
    has_zero_line: bool = False,
) -> Builder:
    """Dot and interval for each row, the earlier value as a tick, the verdict in words.

    With `bars_title` a panel of bars stands before it (spend beside its return). A value outside
    `clip` is drawn as an arrow at the edge; its true size stands in the note.
    """
    ends = clip or _extent(rows)

    def build(sheet: Sheet) -> str:
        narrow = sheet.is_narrow
        pitch, top = (64 if narrow else 38), (22 if title or bars_title else 6)
        bars = 0 if not bars_title else 74 if narrow else 132
        gap = 20 if bars else 0
        left = 6 if narrow else _LABEL_WIDTH + bars + gap
        right = sheet.width - (bars + gap + 6 if narrow else _NOTE_WIDTH)
        x = Scale(*ends, left, right)
        bottom = top + pitch * len(rows)
        _value_axis(sheet, x, kind, top, bottom)
        if has_zero_line and ends[0] < 0 < ends[1]:
            sheet.line((x(0), top), (x(0), bottom), "axis", width=1.5)
        bars_left = right + gap if narrow else _LABEL_WIDTH
        most = max((row.bar or 0 for row in rows), default=0) or 1
        sheet.text(left, 12, title, "muted")
        sheet.text(bars_left, 12, bars_title, "muted")
        for number, row in enumerate(rows):
            middle = top + pitch * number + (46 if narrow else pitch / 2)
            _row_words(sheet, row, middle, right)
            _row_marks(sheet, row, x, middle, ends)
            if bars:
                _row_bar(sheet, row, most, (bars_left, bars), middle)
        return sheet.svg(bottom + 22)

    return build


def _value_axis(sheet: Sheet, x: Scale, kind: str, top: float, bottom: float) -> None:
    count = max(2, int((x.end - x.start) // 72))
    step = step_of(x.low, x.high, count)
    for tick in ticks_of(x.low, x.high, count):
        sheet.line((x(tick), top), (x(tick), bottom), "grid")
        sheet.text(
            x(tick), bottom + 17, label_of(sheet.say, tick, kind, step), "muted", anchor="middle"
        )


def _row_words(sheet: Sheet, row: Row, middle: float, right: float) -> None:
    tone = row.tone if row.tone in _WORDED_TONES else "muted"
    if sheet.is_narrow:
        sheet.text(0, middle - 29, cut(row.label, right), "ink", size=13, weight=600)
        sheet.text(0, middle - 13, row.note, tone)
        return
    sheet.text(
        _LABEL_WIDTH - 10, middle + 4.5, cut(row.label, _LABEL_WIDTH - 12, 7.2), "ink", size=13,
        anchor="end",
    )  # fmt: skip
    lines = wrap(row.note, _NOTE_WIDTH - 18, 6.6)[:2]
    for number, line in enumerate(lines):
        place = middle + 4.5 + (number - (len(lines) - 1) / 2) * 14
        sheet.text(right + 18, place, line, tone)


def _row_marks(sheet: Sheet, row: Row, x: Scale, middle: float, ends: tuple[float, float]) -> None:
    if row.low is not None and row.high is not None:
        low, high = (x(_inside(value, ends)) for value in (row.low, row.high))
        sheet.line((low, middle), (high, middle), row.tone, width=7, is_round=True, opacity=0.3)
    if row.chance is not None:
        low, high = (x(_inside(value, ends)) for value in row.chance)
        sheet.line((low, middle), (high, middle), "ink", width=1.2)
    if row.before is not None:
        place = x(_inside(row.before, ends))
        sheet.line((place, middle - 8), (place, middle + 8), "muted", width=2)
    if row.plan is not None:
        place = x(_inside(row.plan, ends))
        sheet.line((place, middle - 10), (place, middle + 10), "ink", width=3)
    if row.value is None:
        return
    if row.value > ends[1]:
        sheet.text(x(ends[1]), middle + 6, "→", row.tone, size=18, weight=700, anchor="end")
    elif row.value < ends[0]:
        sheet.text(x(ends[0]), middle + 6, "←", row.tone, size=18, weight=700)
    else:
        sheet.circle((x(row.value), middle), 5.3, row.tone)


def _row_bar(
    sheet: Sheet, row: Row, most: float, place: tuple[float, float], middle: float
) -> None:
    left, width = place
    if sheet.is_narrow:
        # Dark words on a pale bar: there is no room for both side by side.
        sheet.rect(left, middle - 7, (row.bar or 0) / most * width, 14, "neutral")
        sheet.text(left + 3, middle + 4, row.bar_label, "ink", size=11)
        return
    length = (row.bar or 0) / most * (width - 66)
    sheet.rect(left, middle - 7, length, 14, "neutral")
    sheet.text(left + length + 6, middle + 4.5, row.bar_label, "muted")


def _extent(rows: Sequence[Row]) -> tuple[float, float]:
    values = [
        v
        for row in rows
        for v in (row.low, row.high, row.value, row.before, row.plan)
        if v is not None
    ]
    return 0.0, (max(values) * 1.04 if values and max(values) > 0 else 1.0)


# -- small multiples: one quantity for each panel over time


@dataclass(frozen=True, slots=True)
class Point:
    """`is_open`: not final yet, drawn dashed. `flag`: a short text over the point.

    Points of another `series` (a survey of another mode) are not joined by a line.
    """

    day: date
    value: float | None
    low: float | None = None
    high: float | None = None
    is_open: bool = False
    flag: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`breaks`: days before and after which the figures do not mean the same."""

    title: str
    subtitle: str
    points: Sequence[Point]
    kind: str
    tone: str = "blue"
    starts_at_zero: bool = True
    breaks: Sequence[date] = ()
    plan: float | None = None


_AXIS_ROOM = 50
_TITLE_LETTER = 7.3


def small_multiples(
    panels: Sequence[Panel],
    *,
    columns: int,
    height: int = 110,
    has_days: bool = False,
    has_dots: bool = False,
) -> Builder:
    """A grid of lines, each on its own scale; intervals as a band (lines) or whiskers (dots).

    Time is labelled by months, or by days with `has_days`; with dots each one is labelled.
    """

    def build(sheet: Sheet) -> str:
        across = min(columns, len(panels))
        if sheet.is_narrow:
            has_subtitles = any(panel.subtitle for panel in panels)
            across = 1 if has_dots or has_subtitles or len(panels) == 1 else 2
        gap = 4 if sheet.is_narrow else 18
        whole = (sheet.width - gap * (across - 1)) / across
        width = whole - _AXIS_ROOM - 8
        heads = [(wrap(p.title, whole - 8, _TITLE_LETTER), wrap(p.subtitle, whole)) for p in panels]
        top = 0.0
        for start in range(0, len(panels), across):
            row = range(start, min(start + across, len(panels)))
            room = 16.0 * max(len(heads[i][0]) + len(heads[i][1]) for i in row) + 10
            for place, i in enumerate(row):
                left = place * (whole + gap)
                for number, line in enumerate(heads[i][0]):
                    sheet.text(left, top + 13 + 16 * number, line, "ink", size=13, weight=600)
                for number, line in enumerate(heads[i][1], len(heads[i][0])):
                    sheet.text(left, top + 13 + 16 * number, line, "muted")
                box = (left + _AXIS_ROOM, top + room, width, float(height))
                _time_panel(sheet, panels[i], box, has_days=has_days, has_dots=has_dots)
            top += room + height + 40
        return sheet.svg(top - 14)

    return build


def _time_panel(
    sheet: Sheet,
    panel: Panel,
    box: tuple[float, float, float, float],
    *,
    has_days: bool,
    has_dots: bool,
) -> None:
    left, top, width, height = box
    points = [point for point in panel.points if point.value is not None]
    values = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    if panel.plan is not None:
        values.append(panel.plan)
    low, high = nice_ends(values, 3, has_zero=panel.starts_at_zero)
    y = Scale(low, high, top + height, top)
    inset = 16 if has_dots else 2
    days = [point.day for point in points]
    x = Scale(min(days).toordinal(), max(days).toordinal(), left + inset, left + width - inset)
    step = step_of(low, high, 3)
    for tick in ticks_of(low, high, 3):
        sheet.line((left, y(tick)), (left + width, y(tick)), "grid")
        words = label_of(sheet.say, tick, panel.kind, step)
        sheet.text(left - 6, y(tick) + 4, words, "muted", anchor="end")
    _time_axis(sheet, x, days, top + height, has_days=has_days, has_dots=has_dots)
    places: list[Place] = [(x.of(p.day), y(p.value or 0.0)) for p in points]
    banded = [p for p in points if p.low is not None and p.high is not None]
    if has_dots:
        for p in banded:
            ends = [(x.of(p.day), y(v)) for v in (p.low or 0.0, p.high or 0.0)]
            sheet.line(ends[0], ends[1], panel.tone, width=6, is_round=True, opacity=0.3)
    elif len(banded) > 1:
        over = [(x.of(p.day), y(p.high or 0.0)) for p in banded]
        under = [(x.of(p.day), y(p.low or 0.0)) for p in banded]
        sheet.polygon([*over, *under[::-1]], "band")
    for day in panel.breaks:
        if min(days) <= day <= max(days):
            sheet.line((x.of(day), top), (x.of(day), top + height), "amber", width=1.5)
    if panel.plan is not None:
        sheet.line((left, y(panel.plan)), (left + width, y(panel.plan)), "ink", width=1.4,
                   dash="5 3")  # fmt: skip
    _time_lines(sheet, panel, points, places, has_dots=has_dots)


def _time_lines(
    sheet: Sheet, panel: Panel, points: Sequence[Point], places: Sequence[Place], *, has_dots: bool
) -> None:
    weight = 1.2 if has_dots else 2
    for series in dict.fromkeys(point.series for point in points):
        own = [i for i, point in enumerate(points) if point.series == series]
        closed = [i for i in own if not points[i].is_open]
        sheet.polyline([places[i] for i in closed], panel.tone, width=weight)
        if len(closed) < len(own):
            tail = own[max(len(closed) - 1, 0) :]
            sheet.polyline([places[i] for i in tail], panel.tone, width=weight, dash="2 3")
    shown = places if has_dots else places[-1:]
    for place in shown:
        sheet.circle(place, 4.7 if has_dots else 3.3, panel.tone)
    for point, place in zip(points, places, strict=True):
        if point.flag:
            sheet.circle(place, 4.4, "alarm")
            is_left = place[0] - places[0][0] < 60
            sheet.text(
                place[0] + (9 if is_left else -9), place[1] + 4, point.flag, "alarm", weight=600,
                anchor="start" if is_left else "end",
            )  # fmt: skip


def _time_axis(
    sheet: Sheet, x: Scale, days: Sequence[date], bottom: float, *, has_days: bool, has_dots: bool
) -> None:
    width = x.end - x.start
    room = max(int(width // 62), 1)
    if has_dots:
        distinct = sorted(set(days))
        ticks = distinct[:: -(-len(distinct) // room)]
    else:
        ticks = month_ticks(min(days), max(days), room)
        if has_days and len(ticks) < 2:
            ticks = week_ticks(min(days), max(days), room)
    for day in ticks:
        words = sheet.say.day(day) if has_days else sheet.say.month_of_axis(day)
        place = min(max(x.of(day), x.start + 16), x.end - 14)
        sheet.text(place, bottom + 17, words, "muted", anchor="middle")


# -- traffic: a stack for each day inside its expected band


@dataclass(frozen=True, slots=True)
class TrafficDay:
    day: date
    valid: float
    off_audience: float
    suspicious: float
    low: float | None
    high: float | None
    is_spike: bool
    is_provisional: bool

    @property
    def total(self) -> float:
        return self.valid + self.off_audience + self.suspicious


_TRAFFIC_KINDS = (("valid", "sky"), ("off_audience", "neutral"), ("suspicious", "alarm"))


def traffic(days: Sequence[TrafficDay]) -> Builder:
    """A stacked bar a day, the expected band as dashed lines, spikes as triangles."""

    def build(sheet: Sheet) -> str:
        shown = days[-35:] if sheet.is_narrow else days
        left, top, height = 46.0, 14.0, 176.0 if sheet.is_narrow else 226.0
        right = sheet.width - 4.0
        tops = [v for item in shown for v in (item.total, item.high) if v is not None]
        low, high = nice_ends(tops, 4, has_zero=True)
        y = Scale(low, high, top + height, top)
        pitch = (right - left) / len(shown)
        bar = max(pitch - (2 if sheet.is_narrow else 2.5), 1.5)
        for tick in ticks_of(low, high, 4):
            sheet.line((left, y(tick)), (right, y(tick)), "grid")
            words = label_of(sheet.say, tick, COUNT, step_of(low, high, 4))
            sheet.text(left - 6, y(tick) + 4, words, "muted", anchor="end")
        mondays = set(week_ticks(shown[0].day, shown[-1].day, 4 if sheet.is_narrow else 9))
        for number, item in enumerate(shown):
            at = left + pitch * number + (pitch - bar) / 2
            bottom = 0.0
            for kind, role in _TRAFFIC_KINDS:
                size = getattr(item, kind)
                if size > 0:
                    opacity = 0.55 if item.is_provisional else 1
                    sheet.rect(at, y(bottom + size), bar, y(bottom) - y(bottom + size), role,
                               opacity=opacity)  # fmt: skip
                bottom += size
            if item.is_spike:
                middle, peak = at + bar / 2, y(item.total) - 3
                corners = [(middle - 5, peak - 8), (middle + 5, peak - 8), (middle, peak)]
                sheet.polygon(corners, "alarm")
            if item.day in mondays:
                words = sheet.say.day(item.day)
                place = min(max(at + bar / 2, left + 14), right - 18)
                sheet.text(place, top + height + 17, words, "muted", anchor="middle")
        for end in ("high", "low"):
            _band_line(sheet, [getattr(item, end) for item in shown], y, left, pitch)
        return sheet.svg(top + height + 24)

    return build


def _band_line(
    sheet: Sheet, values: Sequence[float | None], y: Scale, left: float, pitch: float
) -> None:
    """A dashed step line; days without a band break it."""
    run: list[Place] = []
    for number, value in enumerate([*values, None]):
        if value is None:
            sheet.polyline(run, "ink", width=1.2, dash="4 3")
            run = []
        else:
            at = left + pitch * number
            run += [(at, y(value)), (at + pitch, y(value))]


# -- cohorts: return to date by lead month


@dataclass(frozen=True, slots=True)
class Cohort:
    month: date
    label: str
    romi: float | None
    projected: float | None
    low: float | None
    high: float | None
    is_mature: bool
    note: str


def cohorts(items: Sequence[Cohort]) -> Builder:
    """Bars of the return to date: solid when mature, dashed when not; whisker = projection."""

    def build(sheet: Sheet) -> str:
        shown = items[-9:] if sheet.is_narrow else items
        ends = _cohort_clip(shown)
        left, top, height = 52.0, 16.0, 200.0
        y = Scale(*ends, top + height, top)
        step = step_of(*ends, 5)
        for tick in ticks_of(*ends, 5):
            sheet.line((left, y(tick)), (sheet.width, y(tick)), "grid")
            words = label_of(sheet.say, tick, SIGNED_SHARE, step)
            sheet.text(left - 6, y(tick) + 4, words, "muted", anchor="end")
        pitch = (sheet.width - left) / len(shown)
        has_notes = pitch > 27
        note_size = 11 if pitch > 34 else 9
        size = 11 if sheet.is_narrow else FONT_OF_MONTHS
        for number, item in enumerate(shown):
            middle = left + pitch * (number + 0.5)
            _cohort_bar(sheet, item, y, middle, pitch * 0.7)
            below = top + height + (17 if has_notes else 0)
            if has_notes:
                sheet.text(middle, below, item.note, "muted", size=note_size, anchor="middle")
            for line, words in enumerate(item.label.split(" ")):
                sheet.text(middle, below + 17 + 14 * line, words, "ink", size=size,
                           anchor="middle")  # fmt: skip
        sheet.line((left, y(0)), (sheet.width, y(0)), "ink")
        return sheet.svg(top + height + (56 if has_notes else 40))

    return build


FONT_OF_MONTHS = 12


def _cohort_bar(sheet: Sheet, item: Cohort, y: Scale, middle: float, width: float) -> None:
    ends = (y.low, y.high)
    if item.romi is not None:
        tip, zero = y(_inside(item.romi, ends)), y(0)
        box = (middle - width / 2, min(tip, zero), width, abs(tip - zero))
        if item.is_mature:
            sheet.rect(*box, "blue" if item.romi >= 0 else "alarm")
        else:
            sheet.rect(*box, "band", outline="blue", dash="3 3")
        if item.romi > ends[1]:
            # The bar is cut: its true height in figures.
            words = sheet.say.show(Share(item.romi, 0, signed=True))
            sheet.text(middle, tip - 4, words, "ink", size=11, anchor="middle")
    if item.is_mature:
        return
    if item.low is not None and item.high is not None:
        low, high = (y(_inside(value, ends)) for value in (item.low, item.high))
        sheet.line((middle, low), (middle, high), "ink", width=1.4)
    if item.projected is not None:
        sheet.circle((middle, y(_inside(item.projected, ends))), 3.8, "paper", outline="ink")


def _cohort_clip(items: Sequence[Cohort]) -> tuple[float, float]:
    tops = [v for item in items for v in (item.romi, item.high) if v is not None]
    lows = [v for item in items for v in (item.romi, item.low) if v is not None]
    highest, lowest = max(tops, default=0.5), min(lows, default=-0.5)
    return max(-1.5, min(lowest * 1.1, -0.1)), min(4.0, max(highest * 1.1, 0.3))


# -- heat map


@dataclass(frozen=True, slots=True)
class HeatCell:
    row: str
    column: int
    value: float | None
    words: str
    is_complete: bool


def heat_map(cells: Sequence[HeatCell], *, columns_title: str) -> Builder:
    """Five steps of one hue; a cell whose period is still running is dashed and not coloured."""
    rows = list(dict.fromkeys(cell.row for cell in cells))
    values = sorted(cell.value for cell in cells if cell.value is not None and cell.is_complete)

    def level(cell: HeatCell) -> int:
        if cell.value is None or not cell.is_complete:
            return 0
        below = sum(1 for other in values if other < cell.value)
        return min(HEAT_STEPS, 1 + below * HEAT_STEPS // max(len(values), 1))

    def build(sheet: Sheet) -> str:
        widest = 6 if sheet.is_narrow else 12
        shown = [cell for cell in cells if cell.column <= widest]
        columns = sorted({cell.column for cell in shown})
        side, top, pitch = 78.0, 42.0, 28.0
        width = (sheet.width - side) / max(len(columns), 1)
        sheet.text(side, 12, columns_title, "muted")
        for number, column in enumerate(columns):
            sheet.text(side + width * (number + 0.5), 33, str(column), "muted", anchor="middle")
        for number, row in enumerate(rows):
            sheet.text(side - 8, top + pitch * number + 18, row, "ink", anchor="end")
        for cell in shown:
            left = side + width * columns.index(cell.column)
            upper = top + pitch * rows.index(cell.row)
            step = level(cell)
            ink = "on_deep" if step == HEAT_STEPS else "on_pale" if step else "muted"
            if cell.is_complete:
                sheet.rect(left + 1, upper + 1, width - 2, pitch - 2, f"heat{max(step, 1)}")
            else:
                sheet.rect(left + 1.5, upper + 1.5, width - 3, pitch - 3, "", outline="axis",
                           dash="2 3")  # fmt: skip
            sheet.text(left + width / 2, upper + 18, cell.words, ink, anchor="middle")
        return sheet.svg(top + pitch * len(rows) + 2)

    return build


# -- day strips: a status for each day of a pair of sources


@dataclass(frozen=True, slots=True)
class StripDay:
    row: str
    day: date
    status: str


# A warning is larger as well as red, so that colour is not alone.
_STATUS_MARKS = {"ok": ("sky", 8.0), "warn": ("alarm", 12.5), "no_data": ("grid", 5.0)}


def strips(days: Sequence[StripDay]) -> Builder:
    """A square for each day and pair."""
    rows = list(dict.fromkeys(item.row for item in days))
    latest = max(item.day for item in days)

    def build(sheet: Sheet) -> str:
        narrow = sheet.is_narrow
        length = 28 if narrow else 42
        left = 8.0 if narrow else 318.0
        pitch = (sheet.width - left - 8) / (length - 1)
        height = 40 if narrow else 26
        for number, row in enumerate(rows):
            if narrow:
                sheet.text(0, height * number + 14, cut(row, sheet.width), "ink")
            else:
                sheet.text(left - 16, height * number + 17, cut(row, left - 16, LETTER - 0.3),
                           "ink", anchor="end")  # fmt: skip
        for item in days:
            age = (latest - item.day).days
            if age >= length:
                continue
            role, size = _STATUS_MARKS.get(item.status, _STATUS_MARKS["no_data"])
            at = left + pitch * (length - 1 - age)
            middle = height * rows.index(item.row) + (28 if narrow else 13)
            sheet.rect(at - size / 2, middle - size / 2, size, size, role)
        bottom = height * len(rows)
        first = date.fromordinal(latest.toordinal() - length + 1)
        for day in week_ticks(first, latest, 4 if narrow else 6):
            at = left + pitch * (day - first).days
            place = min(max(at, left + 10), sheet.width - 18)
            sheet.text(place, bottom + 18, sheet.say.day(day), "muted", anchor="middle")
        return sheet.svg(bottom + 24)

    return build
