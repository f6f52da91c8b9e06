"""Russian working calendar: holidays, moved days off and short days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

_FIXED: Final = {
    (1, 1): "Новый год",
    (1, 2): "Новогодние каникулы",
    (1, 3): "Новогодние каникулы",
    (1, 4): "Новогодние каникулы",
    (1, 5): "Новогодние каникулы",
    (1, 6): "Новогодние каникулы",
    (1, 7): "Рождество",
    (1, 8): "Новогодние каникулы",
    (2, 23): "День защитника Отечества",
    (3, 8): "Международный женский день",
    (5, 1): "Праздник Весны и Труда",
    (5, 9): "День Победы",
    (6, 12): "День России",
    (11, 4): "День народного единства",
}
# Moved by the government's decrees for 2025 and 2026.
_MOVED_OFF: Final = (
    date(2025, 5, 2),
    date(2025, 5, 8),
    date(2025, 6, 13),
    date(2025, 11, 3),
    date(2025, 12, 31),
    date(2026, 1, 9),
    date(2026, 3, 9),
    date(2026, 5, 11),
    date(2026, 12, 31),
)
_SHORT: Final = (
    date(2025, 3, 7),
    date(2025, 4, 30),
    date(2025, 6, 11),
    date(2026, 4, 30),
    date(2026, 5, 8),
    date(2026, 6, 11),
    date(2026, 11, 3),
)
_WORKING_SATURDAYS: Final = (date(2025, 11, 1),)


def days(start: date, end: date) -> Iterator[date]:
    """Every day of the half-open period."""
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)


def is_holiday(day: date) -> bool:
    """A public holiday or a day off moved to a weekday; ordinary weekends are not holidays."""
    return (day.month, day.day) in _FIXED or day in _MOVED_OFF


def special_days(start: date, end: date) -> list[tuple[date, str, str]]:
    """`(day, day_type, name)` of every day that is not an ordinary weekday or weekend."""
    found = []
    for day in days(start, end):
        if is_holiday(day):
            name = _FIXED.get((day.month, day.day), "Перенос выходного дня")
            found.append((day, "holiday", name))
        elif day in _WORKING_SATURDAYS:
            found.append((day, "workday", "Рабочая суббота"))
        elif day in _SHORT:
            found.append((day, "short", "Сокращённый день"))
    return found
