"""Static charts: Altair specifications drawn to SVG by vl-convert, at two widths.

A chart carries the light-mode colour as a plain attribute, so it can be read where style sheets are
dropped; the rules of `palette` turn each of these colours into a CSS variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from orchestration.scorecard.palette import HEAT_STEPS, colour

WIDE = 772
NARROW = 322

# A Vega-Lite unit, layer or concatenation as plain data. Altair makes the units; joining them as
# data saves it from copying and re-checking every part at every step, most of the time of a page.
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart for wide screens and paper, the same for phones."""

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Canvas:
    """A width to draw for, and the rows of the charts drawn on it."""

    width: int
    datasets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def is_narrow(self) -> bool:
        return self.width < 500

    def chart(self, rows: Sequence[dict[str, Any]]) -> alt.Chart:
        name = f"rows{len(self.datasets)}"
        self.datasets[name] = list(rows)
        return alt.Chart(alt.NamedData(name=name))


Builder = Callable[[Canvas], Plain]


def draw(build: Builder, language: str) -> Drawing:
    """Draw at both widths. The same data and language give the same bytes."""
    return Drawing(*(_svg(specification(build, width), language) for width in (WIDE, NARROW)))


def specification(build: Builder, width: int, *, is_checked: bool = False) -> dict[str, Any]:
    """The Vega-Lite document of a chart. Checked against the schema in tests, not in each run."""
    canvas = Canvas(width)
    with debug_mode(is_checked):
        document = build(canvas)
    document |= {"datasets": canvas.datasets, "config": _CONFIG, "background": "transparent"}
    if is_checked:
        alt.Chart.from_dict(document, validate=True)
    return document


def _layered(layers: Sequence[alt.Chart], **properties: Any) -> Plain:
    """Marks over each other; `properties` are width, height and title."""
    units = [layer.to_dict(validate=False) for layer in layers]
    for unit in units:
        for key in ("$schema", "config", "datasets"):
            unit.pop(key, None)
    return {"layer": units} | {k: v for k, v in properties.items() if v is not None}


def _svg(document: dict[str, Any], language: str) -> str:
    locale: Literal["ru-RU", "en-GB"] = "ru-RU" if language == "ru" else "en-GB"
    svg = vl_convert.vegalite_to_svg(document, format_locale=locale, time_format_locale=locale)
    return _slim(svg)


_FONT_SIZE = 12
_CONFIG: dict[str, Any] = {
    "aria": False,
    "font": "Liberation Sans",
    "view": {"stroke": None},
    "padding": {"left": 1, "right": 1, "top": 2, "bottom": 2},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": colour("grid"),
        "labelColor": colour("muted"),
        "labelFontSize": _FONT_SIZE,
        "labelPadding": 6,
        "title": None,
    },
    "text": {"fill": colour("ink"), "fontSize": _FONT_SIZE},
    "title": {"color": colour("ink"), "fontSize": 13, "fontWeight": 600, "anchor": "start",
              "subtitleColor": colour("muted"), "subtitleFontSize": _FONT_SIZE, "offset": 8,
              "frame": "group"},
    "legend": {"disable": True},
    "concat": {"spacing": 20},
}  # fmt: skip

_DROPPED = re.compile(
    r'<path class="(?:background|foreground)"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>'
    r'|<rect width="[\d.]+" height="[\d.]+" fill="transparent"/>'
    r'| (?:role|aria-roledescription|aria-hidden|aria-label|pointer-events|font-family)="[^"]*"'
    r'| xmlns(?::xlink)?="[^"]*"| version="1\.1"| (?:opacity|stroke-width)="1"'
    r'| class="mark-[^"]*"'
)
_UNSTROKED = re.compile(r"<path(?:(?!stroke=)[^>])*>")
_WIDTH = re.compile(r' stroke-width="[^"]*"')
_TAG = re.compile(r"<[^>]+>")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_EMPTY_GROUP = re.compile(r"<g(?: transform=\"translate\(0,0\)\")?></g>|<g></g>")


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _slim(svg: str) -> str:
    """Drop what the page does not need: half of the bytes, and the font of this machine."""
    svg = _DROPPED.sub("", svg)
    # Only inside tags: words between them hold figures ("4.63%") that must stay as they are.
    svg = _TAG.sub(lambda tag: _NUMBER.sub(_rounded, tag[0]), svg)
    svg = _UNSTROKED.sub(lambda found: _WIDTH.sub("", found[0]), svg)
    while (smaller := _EMPTY_GROUP.sub("", svg)) != svg:
        svg = smaller
    return svg.replace('class="marks"', 'class="chart" aria-hidden="true" focusable="false"')


def _iso(day: date) -> str:
    """Dates travel as UTC midnights, so that the zone of the machine never moves a point."""
    return day.isoformat()


# -- rows: a value with its interval for each channel


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a row chart. `note` is the text beside it, `bar` the size of a second measure."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    tone: str
    note: str
    bar: float | None = None
    bar_label: str = ""


# Words take the colour of the mark only where somebody has to act, or where it is good news.
_WORDED_TONES = frozenset({"alarm", "green"})
_LABEL_WIDTH = 172
_NOTE_WIDTH = 198
# On phones the name and the words stand above the mark, which is moved down by so many pixels.
_DROP = 15


def interval_rows(
    rows: Sequence[Row],
    *,
    axis_format: str,
    title: str = "",
    bars_title: str = "",
    clip: tuple[float, float] | None = None,
    has_zero_line: bool = False,
) -> Builder:
    """Dot and interval for each row, the earlier value as a tick, the verdict in words.

    With `bars_title` a panel of bars stands before it (spend beside its return). A value outside
    `clip` is drawn as an arrow at the edge; its true size stands in the note.
    """

    def build(canvas: Canvas) -> Plain:
        narrow = canvas.is_narrow
        ends = clip or _extent(rows)
        height = (66 if narrow else 38) * len(rows)
        order = [row.label for row in rows]
        data = [_row_data(row, ends) for row in rows]
        bars_width = (78 if narrow else 130) if bars_title else 0
        gap = 20 if bars_title else 0
        label_width, note_width = (0, 0) if narrow else (_LABEL_WIDTH, _NOTE_WIDTH)
        width = canvas.width - label_width - note_width - bars_width - gap - 12
        named_y = alt.Y(
            "label:N",
            sort=order,
            axis=None
            if narrow
            else alt.Axis(
                labelLimit=label_width - 10,
                labelColor=colour("ink"),
                labelFontSize=13,
                minExtent=label_width,
                maxExtent=label_width,
            ),
        )
        bare_y = alt.Y("label:N", sort=order, axis=None)
        main = _layered(
            _interval_panel(
                data,
                bare_y if bars_title else named_y,
                width=width,
                ends=ends,
                axis_format=axis_format,
                has_zero_line=has_zero_line,
                canvas=canvas,
            ),
            width=width,
            height=height,
            title=_panel_title(title) if title else None,
        )
        if not bars_title:
            return main
        bars = _layered(
            _bar_panel(data, bare_y if narrow else named_y, bars_width, canvas),
            width=bars_width,
            height=height,
            title=_panel_title(bars_title),
        )
        return {"hconcat": [main, bars] if narrow else [bars, main], "spacing": gap}

    return build


def _row_data(row: Row, ends: tuple[float, float]) -> dict[str, Any]:
    return {
        "label": row.label,
        "value": _inside(row.value, *ends),
        "low": _inside(row.low, *ends),
        "high": _inside(row.high, *ends),
        "before": _inside(row.before, *ends),
        "arrow": _arrow(row.value, *ends),
        "colour": colour(row.tone),
        "note_colour": colour(row.tone if row.tone in _WORDED_TONES else "muted"),
        "note": row.note,
        "bar": row.bar,
        "bar_label": row.bar_label,
    }


def _interval_panel(
    data: list[dict[str, Any]],
    y: alt.Y,
    *,
    width: int,
    ends: tuple[float, float],
    axis_format: str,
    has_zero_line: bool,
    canvas: Canvas,
) -> list[alt.Chart]:
    base = canvas.chart(data)
    scale = alt.Scale(domain=list(ends), nice=False, zero=False)
    ticks = alt.Axis(format=axis_format, tickCount=4 if canvas.is_narrow else 5)
    x = alt.X("value:Q", scale=scale, axis=ticks)
    shade = alt.Color("colour:N", scale=None)
    drop = _DROP if canvas.is_narrow else 0
    layers = []
    if has_zero_line:
        zero = canvas.chart([{"zero": 0}]).mark_rule(color=colour("axis"), strokeWidth=1.5)
        layers.append(zero.encode(x=alt.X("zero:Q", scale=scale)))
    layers += [
        base.transform_filter("datum.low !== null")
        .mark_rule(strokeWidth=7, opacity=0.3, strokeCap="round", yOffset=drop)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, color=shade),
        base.transform_filter("datum.before !== null")
        .mark_tick(color=colour("muted"), thickness=2, height=17, yOffset=drop)
        .encode(x=alt.X("before:Q", scale=scale), y=y),
        base.transform_filter("datum.value !== null && datum.arrow === ''")
        .mark_point(filled=True, size=90, opacity=1, yOffset=drop)
        .encode(x=x, y=y, color=shade),
        base.transform_filter("datum.arrow !== ''")
        .mark_text(fontSize=18, fontWeight=700, dy=drop)
        .encode(x=x, y=y, text=alt.Text("arrow:N"), color=shade),
    ]
    note = base.mark_text(align="left", dy=-4 if canvas.is_narrow else 0)
    edge = 0 if canvas.is_narrow else width + 16
    if canvas.is_narrow:
        label = base.mark_text(align="left", dy=-20, fontSize=13, fontWeight=600)
        layers.append(label.encode(x=alt.XValue(0), y=y, text=alt.Text("label:N")))
    note_shade = alt.Color("note_colour:N", scale=None)
    layers.append(note.encode(x=alt.XValue(edge), y=y, text=alt.Text("note:N"), color=note_shade))
    return layers


def _bar_panel(data: list[dict[str, Any]], y: alt.Y, width: int, canvas: Canvas) -> list[alt.Chart]:
    base = canvas.chart(data)
    most = max((row["bar"] or 0 for row in data), default=0) or 1
    drop = _DROP if canvas.is_narrow else 0
    label_room = 0 if canvas.is_narrow else 66
    scale = alt.Scale(domain=[0, most], range=[0, width - label_room])
    x = alt.X("bar:Q", axis=None, scale=scale)
    bars = base.mark_bar(color=colour("neutral"), height=14, yOffset=drop).encode(x=x, y=y)
    if canvas.is_narrow:
        # Dark words on a pale bar: there is no room for both side by side.
        text = base.mark_text(align="left", dx=3, dy=drop, fontSize=11, color=colour("ink"))
        return [bars, text.encode(x=alt.XValue(0), y=y, text=alt.Text("bar_label:N"))]
    text = base.mark_text(align="left", dx=6, color=colour("muted"))
    return [bars, text.encode(x=x, y=y, text=alt.Text("bar_label:N"))]


def _panel_title(words: str) -> Plain:
    return {"text": words, "fontWeight": 400, "fontSize": _FONT_SIZE, "color": colour("muted")}


def _extent(rows: Sequence[Row]) -> tuple[float, float]:
    values = [
        v for row in rows for v in (row.low, row.high, row.value, row.before) if v is not None
    ]
    return 0.0, (max(values) * 1.04 if values else 1.0)


def _inside(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else min(max(value, low), high)


def _arrow(value: float | None, low: float, high: float) -> str:
    if value is None or low <= value <= high:
        return ""
    return "→" if value > high else "←"


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
    axis_format: str
    tone: str = "blue"
    starts_at_zero: bool = True
    breaks: Sequence[date] = ()


def small_multiples(
    panels: Sequence[Panel],
    *,
    columns: int,
    date_format: str = "%-d %b",
    height: int = 110,
    has_dots: bool = False,
) -> Builder:
    """A grid of lines, each on its own scale; intervals as a band (lines) or whiskers (dots)."""

    def build(canvas: Canvas) -> Plain:
        across = min(columns, len(panels))
        if canvas.is_narrow:
            has_subtitles = any(panel.subtitle for panel in panels)
            across = 1 if has_dots or has_subtitles or len(panels) == 1 else 2
        # Plots are laid out by their frames ("flush"), so that rows and columns align whatever
        # the labels; the room for axis labels and titles is then part of the spacing.
        gap = _AXIS_ROOM + (6 if canvas.is_narrow else 12)
        width = (canvas.width - _AXIS_ROOM - gap * (across - 1) - 14) // across
        parts = [
            _time_panel(
                panel,
                canvas,
                width=width,
                height=height,
                date_format=date_format,
                has_dots=has_dots,
            )
            for panel in panels
        ]
        if len(parts) == 1:
            return parts[0]
        lines = max(
            len(_wrap(panel.title, width)) + len(_wrap(panel.subtitle, width)) for panel in panels
        )
        return {
            "concat": parts,
            "columns": across,
            "bounds": "flush",
            "spacing": {"row": 52 + 16 * lines, "column": gap},
        }

    return build


_AXIS_ROOM = 48


def _time_panel(
    panel: Panel,
    canvas: Canvas,
    *,
    width: int,
    height: int,
    date_format: str,
    has_dots: bool,
) -> Plain:
    data: list[dict[str, Any]] = [
        {
            "day": _iso(point.day),
            "value": point.value,
            "low": point.low,
            "high": point.high,
            "open": point.is_open,
            "flag": point.flag,
            "series": point.series,
        }
        for point in panel.points
        if point.value is not None
    ]
    base = canvas.chart(data)
    y_scale = alt.Scale(zero=panel.starts_at_zero, nice=True, padding=2)
    y = alt.Y(
        "value:Q",
        scale=y_scale,
        axis=alt.Axis(format=panel.axis_format, tickCount=3, minExtent=42, maxExtent=42),
    )
    narrow_panel = width < 200
    if has_dots:
        days = sorted({row["day"] for row in data})
        kept = days if len(days) <= (4 if narrow_panel else 8) else days[:: len(days) // 4 + 1]
        ticks: dict[str, Any] = {"values": [_utc_tick(day) for day in kept]}
    else:
        ticks = {"tickCount": 2 if narrow_panel else 4}
    x = alt.X(
        "day:T",
        scale=alt.Scale(type="utc", padding=14 if has_dots else 3),
        axis=alt.Axis(format=date_format, grid=False, labelFlush=not has_dots, **ticks),
    )
    shade = colour(panel.tone)
    layers: list[alt.Chart] = []
    has_interval = any(row["low"] is not None for row in data)
    if has_interval and has_dots:
        layers.append(
            base.mark_rule(color=shade, strokeWidth=6, opacity=0.3, strokeCap="round").encode(
                x=x, y=alt.Y("low:Q", scale=y_scale), y2=alt.Y2("high:Q")
            )
        )
    elif has_interval:
        layers.append(
            base.mark_area(color=colour("band"), opacity=1).encode(
                x=x, y=alt.Y("low:Q", scale=y_scale), y2=alt.Y2("high:Q")
            )
        )
    if panel.breaks:
        rows = [{"day": _iso(day)} for day in panel.breaks]
        layers.append(
            canvas.chart(rows).mark_rule(color=colour("amber"), strokeWidth=1.5).encode(x=x)
        )
    closed = [row for row in data if not row["open"]]
    layers.append(
        canvas.chart(closed)
        .mark_line(color=shade, strokeWidth=1.2 if has_dots else 2)
        .encode(x=x, y=y, detail=alt.Detail("series:N"))
    )
    opened = data[max(len(closed) - 1, 0) :] if len(closed) < len(data) else []
    if opened:
        layers.append(
            canvas.chart(opened)
            .mark_line(color=shade, strokeWidth=2, strokeDash=[2, 3])
            .encode(x=x, y=y)
        )
    ends = data if has_dots else data[-1:]
    layers.append(
        canvas.chart(ends)
        .mark_point(filled=True, size=70 if has_dots else 34, opacity=1, color=shade)
        .encode(x=x, y=y)
    )
    flagged = [row for row in data if row["flag"]]
    if flagged:
        layers += [
            canvas.chart(flagged)
            .mark_point(filled=True, size=60, opacity=1, color=colour("alarm"))
            .encode(x=x, y=y),
            canvas.chart(flagged)
            .mark_text(dx=-9, color=colour("alarm"), fontWeight=600, align="right")
            .encode(x=x, y=y, text=alt.Text("flag:N")),
        ]
    # Titles as marks at fixed places: a Vega title moves with the height of the topmost label.
    heads = ((_wrap(panel.title, width), "ink", 600), (_wrap(panel.subtitle, width), "muted", 400))
    bottom = -10
    for lines, role, weight in reversed(heads):
        if lines:
            # Lines of a text grow downwards from its place.
            place = bottom - 16 * (len(lines) - 1)
            words = canvas.chart([{}]).mark_text(
                text=lines, align="left", baseline="bottom", color=colour(role),
                fontWeight=weight, fontSize=13 if weight > 400 else _FONT_SIZE, lineHeight=16,
            )  # fmt: skip
            layers.append(words.encode(x=alt.XValue(0), y=alt.YValue(place)))
            bottom -= 16 * len(lines)
    return _layered(layers, width=width, height=height)


def _utc_tick(day: str) -> alt.DateTime:
    year, month, date_of_month = (int(part) for part in day.split("-"))
    return alt.DateTime(year=year, month=month, date=date_of_month, utc=True)


def _wrap(words: str, width: int) -> list[str]:
    """Break a title into lines that fit `width` pixels (7 pixels a letter)."""
    if not words:
        return []
    lines, limit = [""], max(width // 7, 12)
    for word in words.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > limit:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


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


def traffic(
    days: Sequence[TrafficDay],
) -> Builder:
    """A stacked bar a day, the expected band as dashed lines, spikes as triangles."""
    kinds = (("valid", "sky"), ("off_audience", "neutral"), ("suspicious", "alarm"))

    def build(canvas: Canvas) -> Plain:
        shown = days[-35:] if canvas.is_narrow else days
        stacked = []
        for item in shown:
            bottom = 0.0
            for kind, role in kinds:
                top = bottom + getattr(item, kind)
                stacked.append(
                    {
                        "day": _iso(item.day),
                        "bottom": bottom,
                        "top": top,
                        "colour": colour(role),
                        "opacity": 0.55 if item.is_provisional else 1.0,
                    }
                )
                bottom = top
        totals = [
            {
                "day": _iso(item.day),
                "total": item.valid + item.off_audience + item.suspicious,
                "low": item.low,
                "high": item.high,
            }
            for item in shown
        ]
        width = canvas.width - 56
        bar = max(width / len(shown) - (2 if canvas.is_narrow else 2.5), 2)
        x = alt.X(
            "day:T",
            scale=alt.Scale(type="utc", padding=bar / 2 + 2),
            axis=alt.Axis(format="%-d %b", grid=False, tickCount=4 if canvas.is_narrow else 8),
        )
        y = alt.Y("top:Q", axis=alt.Axis(format=",.0f", tickCount=4, minExtent=48, maxExtent=48))
        band = canvas.chart([row for row in totals if row["high"] is not None])
        layers = [
            canvas.chart(stacked)
            .mark_bar(width=bar)
            .encode(
                x=x,
                y=y,
                y2=alt.Y2("bottom"),
                color=alt.Color("colour:N", scale=None),
                opacity=alt.Opacity("opacity:Q", scale=None),
            ),
            *(
                band.mark_line(
                    color=colour("ink"), strokeWidth=1.2, strokeDash=[4, 3], interpolate="step"
                ).encode(x=x, y=alt.Y(f"{end}:Q"))
                for end in ("high", "low")
            ),
        ]
        spikes = [row for row, item in zip(totals, shown, strict=True) if item.is_spike]
        if spikes:
            layers += [
                canvas.chart(spikes)
                .mark_point(
                    shape="triangle-down",
                    filled=True,
                    size=70,
                    opacity=1,
                    color=colour("alarm"),
                    yOffset=-8,
                )
                .encode(x=x, y=alt.Y("total:Q")),
            ]
        return _layered(layers, width=width, height=190 if canvas.is_narrow else 240)

    return build


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

    def build(canvas: Canvas) -> Plain:
        shown = items[-9:] if canvas.is_narrow else items
        clip = _cohort_clip(shown)
        data = [
            {
                "month": item.label,
                "romi": _inside(item.romi, *clip),
                "projected": _inside(item.projected, *clip),
                "low": _inside(item.low, *clip),
                "high": _inside(item.high, *clip),
                "mature": item.is_mature,
                "arrow": _arrow(item.romi, *clip),
                "note": item.note,
                "end": clip[1],
            }
            for item in shown
        ]
        order = [item.label for item in shown]
        step = (canvas.width - 60) / len(shown)
        has_notes = step > 34
        x = alt.X(
            "month:N",
            sort=order,
            # month over year: eighteen of them fit side by side
            axis=alt.Axis(
                labelExpr="split(datum.label, ' ')",
                labelAngle=0,
                labelPadding=26 if has_notes else 6,
                labelColor=colour("ink"),
                labelFontSize=11 if canvas.is_narrow else 12,
            ),
            scale=alt.Scale(paddingInner=0.3),
        )
        scale = alt.Scale(domain=list(clip), nice=False)
        y = alt.Y("romi:Q", scale=scale, axis=alt.Axis(format=".0%", tickCount=5, minExtent=50))
        base = canvas.chart(data)
        layers = [
            base.transform_filter("datum.mature").mark_bar(color=colour("blue")).encode(x=x, y=y),
            base.transform_filter("!datum.mature && datum.romi !== null")
            .mark_bar(
                color=colour("band"), stroke=colour("blue"), strokeDash=[3, 3], strokeWidth=1.2
            )
            .encode(x=x, y=y),
            canvas.chart([{"zero": 0}])
            .mark_rule(color=colour("ink"), strokeWidth=1)
            .encode(y=alt.Y("zero:Q", scale=scale)),
            base.transform_filter("datum.low !== null && !datum.mature")
            .mark_rule(color=colour("ink"), strokeWidth=1.4)
            .encode(x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q")),
            base.transform_filter("datum.projected !== null && !datum.mature")
            .mark_point(
                filled=True,
                size=46,
                opacity=1,
                color=colour("paper"),
                stroke=colour("ink"),
                strokeWidth=1.4,
            )
            .encode(x=x, y=alt.Y("projected:Q", scale=scale)),
        ]
        if has_notes:
            layers.append(
                base.mark_text(color=colour("muted"), fontSize=11, dy=14).encode(
                    x=x, y=alt.YValue(200), text=alt.Text("note:N")
                )
            )
        return _layered(layers, width=canvas.width - 60, height=200)

    return build


def _cohort_clip(items: Sequence[Cohort]) -> tuple[float, float]:
    tops = [v for item in items for v in (item.romi, item.high) if v is not None]
    lows = [v for item in items for v in (item.romi, item.low) if v is not None]
    highest, lowest = max(tops, default=0.5), min(lows, default=-0.5)
    return max(-1.5, min(lowest * 1.1, -0.1)), min(6.0, max(highest * 1.1, 0.3))


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

    def step(value: float) -> int:
        below = sum(1 for other in values if other < value)
        return min(HEAT_STEPS, 1 + below * HEAT_STEPS // max(len(values), 1))

    def build(canvas: Canvas) -> Plain:
        widest = 6 if canvas.is_narrow else 12
        shown = [cell for cell in cells if cell.column <= widest]
        data = []
        for cell in shown:
            level = step(cell.value) if cell.value is not None and cell.is_complete else 0
            data.append(
                {
                    "row": cell.row,
                    "column": cell.column,
                    "words": cell.words,
                    "fill": colour(f"heat{level}") if level else "none",
                    "ink": colour("on_deep" if level == HEAT_STEPS else "on_pale")
                    if level
                    else colour("muted"),
                    "complete": cell.is_complete,
                }
            )
        columns = sorted({cell.column for cell in shown})
        side = 84
        width = canvas.width - side
        base = canvas.chart(data)
        x = alt.X(
            "column:O",
            sort=columns,
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                title=columns_title,
                titleFontSize=12,
                titleFontWeight=400,
                titleColor=colour("muted"),
                titleAnchor="start",
                titlePadding=8,
            ),
            scale=alt.Scale(padding=0.03),
        )
        y = alt.Y(
            "row:N",
            sort=rows,
            axis=alt.Axis(minExtent=side - 8, labelColor=colour("ink"), labelLimit=side),
            scale=alt.Scale(padding=0.05),
        )
        layers = [
            base.transform_filter("datum.complete")
            .mark_rect()
            .encode(x=x, y=y, color=alt.Color("fill:N", scale=None)),
            base.transform_filter("!datum.complete")
            .mark_rect(fill="none", stroke=colour("axis"), strokeDash=[2, 3])
            .encode(x=x, y=y),
            base.mark_text(fontSize=12).encode(
                x=x, y=y, text=alt.Text("words:N"), color=alt.Color("ink:N", scale=None)
            ),
        ]
        return _layered(layers, width=width, height=28 * len(rows))

    return build


# -- day strips: a status for each day of a pair of sources


@dataclass(frozen=True, slots=True)
class StripDay:
    row: str
    day: date
    status: str


_STATUS_COLOURS = {"ok": "sky", "warn": "alarm", "no_data": "grid"}


def strips(days: Sequence[StripDay]) -> Builder:
    """A square for each day; a warning is larger as well as red, so that colour is not alone."""
    rows = list(dict.fromkeys(item.row for item in days))

    def build(canvas: Canvas) -> Plain:
        latest = max(item.day for item in days)
        length = 28 if canvas.is_narrow else 42
        data = [
            {
                "row": item.row,
                "day": _iso(item.day),
                "colour": colour(_STATUS_COLOURS.get(item.status, "grid")),
                "size": 150 if item.status == "warn" else 60 if item.status == "ok" else 24,
            }
            for item in days
            if (latest - item.day).days < length
        ]
        label_width = 0 if canvas.is_narrow else 264
        width = canvas.width - label_width - 16
        drop = 9 if canvas.is_narrow else 0
        x = alt.X(
            "day:T",
            scale=alt.Scale(type="utc", padding=8),
            axis=alt.Axis(format="%-d %b", grid=False, tickCount=4 if canvas.is_narrow else 6),
        )
        y = alt.Y(
            "row:N",
            sort=rows,
            axis=None
            if canvas.is_narrow
            else alt.Axis(
                labelLimit=label_width - 8,
                labelColor=colour("ink"),
                minExtent=label_width,
                maxExtent=label_width,
            ),
        )
        layers = [
            canvas.chart(data)
            .mark_point(shape="square", filled=True, opacity=1, yOffset=drop)
            .encode(
                x=x,
                y=y,
                color=alt.Color("colour:N", scale=None),
                size=alt.Size("size:Q", scale=None),
            )
        ]
        if canvas.is_narrow:
            names = canvas.chart([{"row": row} for row in rows])
            layers.append(
                names.mark_text(align="left", dy=-9).encode(
                    x=alt.XValue(0), y=y, text=alt.Text("row:N")
                )
            )
        return _layered(layers, width=width, height=(40 if canvas.is_narrow else 26) * len(rows))

    return build
