"""Rows of small frames, typed loosely: what is in them is checked by the marts' contracts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd


def each(frame: pd.DataFrame) -> list[Any]:
    """Rows as objects with an attribute for each column."""
    return list(frame.itertuples(index=False))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def first_of(frame: pd.DataFrame) -> Any:
    """The first row as a mapping; the frame is not empty."""
    return records(frame.iloc[:1])[0]


def last_of(frame: pd.DataFrame) -> Any:
    """The last row as a mapping; the frame is not empty."""
    return records(frame.iloc[-1:])[0]


def groups(frame: pd.DataFrame, *columns: str, sort: bool = True) -> list[tuple[Any, pd.DataFrame]]:
    """(key, rows) of each group; the key is a tuple when there are several columns."""
    by = columns[0] if len(columns) == 1 else list(columns)
    return [(key, part) for key, part in frame.groupby(by, sort=sort)]


def total(frame: pd.DataFrame, column: str) -> float:
    """Sum of a column, missing values left out."""
    return float(frame[column].sum())


def as_date(value: Any) -> date:
    """A pandas timestamp, a text or a date as a plain date."""
    found: date = pd.Timestamp(value).date()
    return found
