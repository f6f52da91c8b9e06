"""Charts are valid Vega-Lite, and what is drawn has marks: an empty picture passes other tests."""

from __future__ import annotations

import re
from datetime import date

import pytest

from orchestration.scorecard import charts, palette
from orchestration.scorecard.charts import Builder

DAYS = [date(2026, 9, day) for day in range(1, 29)]

BUILDERS: dict[str, tuple[Builder, int]] = {
    # name: (builder, least number of marks)
    "interval_rows": (
        charts.interval_rows(
            [
                charts.Row("Direct", 0.02, 0.01, 0.03, 0.025, "alarm", "fell"),
                charts.Row("E-mail", 9.0, 8.0, 10.0, None, "blue", "rose", 120.0, "₽120"),
                charts.Row("Partner", None, None, None, None, "muted", "too early", 0.0, "₽0"),
            ],
            axis_format=".0%",
            bars_title="Spend",
            clip=(-1.0, 4.0),
            has_zero_line=True,
        ),
        4,
    ),
    "small_multiples": (
        charts.small_multiples(
            [
                charts.Panel(
                    "A long title of a panel",
                    "subtitle",
                    [charts.Point(day, 0.1, 0.05, 0.2, day.day > 25) for day in DAYS],
                    ".0%",
                    breaks=[date(2026, 9, 9)],
                )
            ]
            * 3,
            columns=3,
        ),
        9,
    ),
    "waves": (
        charts.small_multiples(
            [charts.Panel("NPS", "", [charts.Point(day, 30, 20, 40) for day in DAYS[::9]], "+.0f")],
            columns=3,
            has_dots=True,
        ),
        5,
    ),
    "traffic": (
        charts.traffic(
            [
                charts.TrafficDay(day, 100, 10, 5, 80, 130, day.day == 4, day.day > 24)
                for day in DAYS
            ]
        ),
        84,
    ),
    "cohorts": (
        charts.cohorts(
            [
                charts.Cohort(date(2026, month, 1), f"m{month} 26", 0.1 * month, 0.4, 0.1, 0.9,
                              month < 6, "80%")
                for month in range(1, 10)
            ]
        ),
        9,
    ),
    "heat_map": (
        charts.heat_map(
            [
                charts.HeatCell(f"r{row}", column, 0.1 * row, "10%", column < 3)
                for row in range(4)
                for column in range(1, 5)
            ],
            columns_title="Months",
        ),
        16,
    ),
    "strips": (
        charts.strips(
            [
                charts.StripDay("Clicks and visits", day, "warn" if day.day == 9 else "ok")
                for day in DAYS
            ]
        ),
        28,
    ),
}  # fmt: skip


def count_marks(svg: str) -> int:
    return len(re.findall(r"<(?:path|rect|circle)\b", svg))


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])
def test_specification_is_valid(name: str, width: int) -> None:
    charts.specification(BUILDERS[name][0], width, is_checked=True)


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_drawing_has_marks_and_fits(name: str, language: str) -> None:
    builder, least = BUILDERS[name]
    drawing = charts.draw(builder, language)
    assert count_marks(drawing.wide) >= least
    assert count_marks(drawing.narrow) >= least
    for svg, room in ((drawing.wide, 840), (drawing.narrow, 360)):
        width = re.search(r'viewBox="0 0 (\d+)', svg)
        assert width is not None
        assert int(width[1]) <= room
        assert "NaN" not in svg


@pytest.mark.parametrize(("language", "words"), [("en", "4.63%, no change"), ("ru", "4,63 %, …")])
def test_words_in_a_drawing_keep_their_figures(language: str, words: str) -> None:
    """Coordinates are rounded to spare bytes; a figure in a text is not a coordinate."""
    row = charts.Row("A", 0.0463, 0.04, 0.05, 0.0461, "blue", words)
    drawing = charts.draw(charts.interval_rows([row], axis_format=".2%"), language)
    assert words in drawing.wide
    assert words in drawing.narrow


def test_colours_of_a_drawing_are_those_of_the_palette() -> None:
    """Every other colour would stay as it is in the dark and on paper."""
    known = {shades[0] for shades in palette.PALETTE.values()} | {"none"}
    for builder, _ in BUILDERS.values():
        drawing = charts.draw(builder, "en")
        used = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawing.wide + drawing.narrow))
        assert used <= known


def test_palette_ties_every_role_to_one_colour() -> None:
    light = [shades[0] for shades in palette.PALETTE.values()]
    assert len(set(light)) == len(light), "two roles share a colour and cannot be told apart"
    css = palette.palette_css()
    assert css.count("prefers-color-scheme:dark") == 1
    assert css.count("@media print") == 1


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first: str, second: str) -> float:
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("role", ["ink", "muted", "blue", "alarm", "amber", "green"])
def test_text_can_be_read(role: str, mode: int) -> None:
    """WCAG AA: 4.5 to 1 for text, by day, by night and on paper."""
    assert _contrast(palette.PALETTE[role][mode], palette.PALETTE["paper"][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("step", range(1, charts.HEAT_STEPS + 1))
def test_words_on_the_heat_map_can_be_read(step: int, mode: int) -> None:
    ink = "on_deep" if step == charts.HEAT_STEPS else "on_pale"
    contrast = _contrast(palette.PALETTE[ink][mode], palette.PALETTE[f"heat{step}"][mode])
    assert contrast >= 4.5
