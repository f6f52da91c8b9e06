"""A small picture of what a run published, for the engineer's UI."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

DAYS = 90
_WIDTH, _HEIGHT, _TOP, _BOTTOM, _BAR = 660, 180, 24, 20, 7
_VALID, _SUSPICIOUS, _TEXT = "#4c8c7d", "#c2410c", "#666"
_QUERY = f"""
select date_day, valid_visits, suspicious_visits
from marts.kpi_traffic_quality_daily
where channel = '(all)' and campaign_id = '(all)'
order by date_day desc
limit {DAYS}
"""


def traffic_svg(database: Path) -> str:
    """Valid and suspicious visits of the last 90 published days; empty without visits."""
    with duckdb.connect(str(database), read_only=True) as connection:
        days = connection.execute(_QUERY).fetchall()[::-1]
    top = max((valid + suspicious for _, valid, suspicious in days), default=0)
    if not top:
        return ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="{_TEXT}">',
        f'<text x="0" y="12"><tspan fill="{_VALID}">valid</tspan> and '
        f'<tspan fill="{_SUSPICIOUS}">suspicious</tspan> visits a day; '
        f"highest day {top:,}</text>",
    ]
    for number, (day, valid, suspicious) in enumerate(days):
        parts += _bar(number * _BAR, day, valid / top, suspicious / top)
    return "".join([*parts, "</svg>"])


def _bar(x: int, day: date, valid: float, suspicious: float) -> list[str]:
    room, foot = _HEIGHT - _TOP - _BOTTOM, _HEIGHT - _BOTTOM
    low, high = suspicious * room, valid * room
    shapes = [
        _rectangle(x, foot - low, low, _SUSPICIOUS),
        _rectangle(x, foot - low - high, high, _VALID),
    ]
    if day.day == 1:
        shapes.append(f'<text x="{x}" y="{_HEIGHT - 5}">{day:%Y-%m-%d}</text>')
    return shapes


def _rectangle(x: int, y: float, height: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y:.1f}" width="{_BAR - 2}" height="{height:.1f}" fill="{colour}"/>'
