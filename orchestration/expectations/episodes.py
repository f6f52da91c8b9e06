"""What a failed check is about: one thing, or several that began and ended on days of their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestration.expectations.runner import CheckResult, failure_message
from orchestration.incidents import Episode

if TYPE_CHECKING:
    import pandas as pd

# An attack that pauses for a weekend is still the same one.
PAUSE = timedelta(days=3)


def episodes_of(result: CheckResult, as_of: date) -> list[Episode]:
    """Episodes of a check that failed; none of one that passed.

    A check whose rows name things (`incident_columns`) has an episode for each of them and for each
    run of its days; an episode whose last day lies further back than the pause is over. Any other
    check is one episode for as long as it fails.
    """
    if result.outcome.passed:
        return []
    columns = list(result.check.incident_columns)
    if not columns or result.error or result.failing.empty:
        return [_of_check(result)]
    episodes = []
    for values, rows in result.failing.groupby(columns, sort=True):
        name = " ".join(str(value) for value in values)
        for part in _runs_of_days(rows):
            days = [_date(day) for day in part["day"]]
            first, last = min(days), max(days)
            episodes.append(
                Episode(
                    key=f"{result.check.name}|{name}|{first}",
                    check=result.check.name,
                    severity=result.outcome.severity,
                    first_day=first.isoformat(),
                    last_day=last.isoformat(),
                    message_en=failure_message(result.check, part, "en", result.names),
                    message_ru=failure_message(result.check, part, "ru", result.names),
                    is_over=last < as_of - timedelta(days=1) - PAUSE,
                )
            )
    return episodes


def _of_check(result: CheckResult) -> Episode:
    outcome = result.outcome
    return Episode(
        key=result.check.name,
        check=result.check.name,
        severity=outcome.severity,
        first_day=outcome.since,
        last_day=None,
        message_en=outcome.message_en,
        message_ru=outcome.message_ru,
        is_over=False,
    )


def _runs_of_days(rows: pd.DataFrame) -> list[pd.DataFrame]:
    ordered = rows.sort_values("day")
    days = [_date(day) for day in ordered["day"]]
    number, numbers = 0, []
    for position, day in enumerate(days):
        number += bool(position and day - days[position - 1] > PAUSE)
        numbers.append(number)
    return [part for _, part in ordered.groupby(numbers)]


def _date(value: object) -> date:
    return value.date() if hasattr(value, "date") else value  # type: ignore[return-value]
