"""What is drawn has marks and stays inside its frame: an empty picture passes other tests."""

from __future__ import annotations

import re
from datetime import date

import pytest

from orchestration.scorecard import charts, palette
from orchestration.scorecard.charts import Builder
from orchestration.scorecard.l10n import Translator
from orchestration.scorecard.svg import (
    COUNT,
    SHARE,
    SIGNED,
    SIGNED_SHARE,
    Scale,
    label_of,
    month_ticks,
    nice_ends,
    ticks_of,
    week_ticks,
    wrap,
)

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
            kind=SHARE,
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
                    SHARE,
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
            [charts.Panel("NPS", "", [charts.Point(day, 30, 20, 40) for day in DAYS[::9]], SIGNED)],
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


SAY = {language: Translator(language, "RUB") for language in ("ru", "en")}


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_drawing_has_marks_and_fits(name: str, language: str) -> None:
    builder, least = BUILDERS[name]
    drawing = charts.draw(builder, SAY[language])
    assert count_marks(drawing.wide) >= least
    assert count_marks(drawing.narrow) >= least
    for svg, room in ((drawing.wide, charts.WIDE), (drawing.narrow, charts.NARROW)):
        frame = re.search(r'viewBox="0 0 (\d+) ([\d.]+)', svg)
        assert frame is not None
        assert int(frame[1]) == room
        assert not re.search(r"nan|inf", svg)
        assert not _outside(svg, room, float(frame[2]))


def _outside(svg: str, width: float, height: float) -> list[str]:
    """Marks and words that begin beyond the frame."""
    places = re.findall(r'<(?:rect|text) x="(-?[\d.]+)" y="(-?[\d.]+)"', svg)
    places += re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", svg)
    places += re.findall(r'cx="(-?[\d.]+)" cy="(-?[\d.]+)"', svg)
    return [
        f"{x} {y}"
        for x, y in places
        if not (-0.5 <= float(x) <= width + 0.5 and -0.5 <= float(y) <= height + 0.5)
    ]


@pytest.mark.parametrize(("language", "words"), [("en", "4.63%, no change"), ("ru", "4,63 %, …")])
def test_words_in_a_drawing_keep_their_figures(language: str, words: str) -> None:
    """Coordinates are rounded to spare bytes; a figure in a text is not a coordinate."""
    row = charts.Row("A", 0.0463, 0.04, 0.05, 0.0461, "blue", words)
    drawing = charts.draw(charts.interval_rows([row], kind=SHARE), SAY[language])
    assert words in drawing.wide
    assert words in drawing.narrow


def test_a_value_beyond_the_frame_is_an_arrow_at_its_edge() -> None:
    row = charts.Row("A", 9.0, 8.0, 10.0, None, "blue", "+900%")
    svg = charts.draw(
        charts.interval_rows([row], kind=SIGNED_SHARE, clip=(-1.0, 4.0)), SAY["en"]
    ).wide
    assert "→" in svg
    assert "<circle" not in svg


def test_a_cut_cohort_bar_says_its_height() -> None:
    item = charts.Cohort(date(2026, 5, 1), "May 26", 9.5, None, None, None, True, "100%")
    assert "+950%" in charts.draw(charts.cohorts([item]), SAY["en"]).wide


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (0, 0.06, 4, [0, 0.02, 0.04, 0.06]),
        (-1, 4, 5, [-1, 0, 1, 2, 3, 4]),
        (4500, 5500, 3, [4500, 5000, 5500]),
    ],
)
def test_ticks_are_round(low: float, high: float, count: int, expected: list[float]) -> None:
    assert ticks_of(low, high, count) == pytest.approx(expected)


def test_ends_hold_every_value_on_round_steps() -> None:
    assert nice_ends([3, 71], 4, has_zero=True) == pytest.approx((0, 80))
    low, high = nice_ends([4594, 5452], 3, has_zero=False)
    assert low <= 4594
    assert high >= 5452
    assert nice_ends([7, 7], 3, has_zero=False)[0] < 7
    assert nice_ends([], 3, has_zero=True)[0] == 0
    assert Scale(0, 10, 100, 0)(2.5) == 75


@pytest.mark.parametrize(
    ("value", "kind", "step", "en", "ru"),
    [
        (0.05, SHARE, 0.05, "5%", "5 %"),
        (0.025, SHARE, 0.005, "2.5%", "2,5 %"),
        (1.0, SIGNED_SHARE, 1.0, "+100%", "+100 %"),
        (0.0, SIGNED_SHARE, 1.0, "0%", "0 %"),
        (-1.0, SIGNED_SHARE, 1.0, "−100%", "−100 %"),
        (1500, COUNT, 500, "1,500", "1 500"),
        (1_000_000, COUNT, 500_000, "1M", "1 млн"),
        (20, SIGNED, 10, "+20", "+20"),
    ],
)
def test_labels_of_ticks(value: float, kind: str, step: float, en: str, ru: str) -> None:
    for language, words in (("en", en), ("ru", ru)):
        assert label_of(SAY[language], value, kind, step).replace("\u00a0", " ") == words


def test_dates_on_axes_are_mondays_and_first_days_of_months() -> None:
    weeks = week_ticks(date(2026, 9, 14), date(2026, 11, 15), 9)
    assert len(weeks) <= 9
    assert all(day.weekday() == 0 for day in weeks)
    days = week_ticks(date(2026, 11, 6), date(2026, 11, 15), 5)
    assert days == [date(2026, 11, day) for day in (6, 8, 10, 12, 14)]
    months = month_ticks(date(2025, 11, 20), date(2026, 11, 15), 4)
    assert months == [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]


def test_titles_are_wrapped_and_never_lose_a_word() -> None:
    lines = wrap("Купили снова за девяносто дней", 100)
    assert len(lines) > 1
    assert " ".join(lines) == "Купили снова за девяносто дней"


def test_colours_of_a_drawing_are_those_of_the_palette() -> None:
    """Every other colour would stay as it is in the dark and on paper."""
    known = {shades[0] for shades in palette.PALETTE.values()} | {"none"}
    for builder, _ in BUILDERS.values():
        drawing = charts.draw(builder, SAY["en"])
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
@pytest.mark.parametrize("step", range(1, palette.HEAT_STEPS + 1))
def test_words_on_the_heat_map_can_be_read(step: int, mode: int) -> None:
    ink = "on_deep" if step == palette.HEAT_STEPS else "on_pale"
    contrast = _contrast(palette.PALETTE[ink][mode], palette.PALETTE[f"heat{step}"][mode])
    assert contrast >= 4.5
