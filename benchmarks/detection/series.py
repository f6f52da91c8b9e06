"""Series of numbers over time, as files give them, in the form the detector judges.

A file is a CSV with a time (`timestamp`, `date`, `day`, `time` or `ds`) and a number (`value`,
`visits`, `count` or `y`); it may have `suspicious` (visits of the point that look like bots) and a
label (`label`, `is_anomaly`, `anomaly` or `outlier`; 1 = known to be wrong). Labels may also stand
in a `windows.json` as the Numenta benchmark writes it: file name -> list of [first, last] times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from orchestration.errors import UserError

TIME_NAMES = ("timestamp", "date", "day", "time", "datetime", "ds")
VALUE_NAMES = ("value", "visits", "count", "y")
SUSPICIOUS_NAMES = ("suspicious", "suspicious_visits")
LABEL_NAMES = ("label", "is_anomaly", "anomaly", "outlier")
WINDOWS_FILE = "windows.json"

# A series that is no count (a price, a rate) has no natural unit. It is measured in thousandths of
# its usual value: the limits then do not depend on the unit it came in.
USUAL_VALUE = 1_000

_HOURS_OF_A_WHOLE_DAY = 20
_SECONDS_OF_A_DAILY_STEP = 20 * 3600


@dataclass(frozen=True)
class Series:
    """One series. `points` has `moment`, `visits`, `suspicious_visits`, sorted by time; it is by
    hour or by day as `by_hour` says. `windows`: labelled spans, both ends included; None = the file
    has no labels."""

    name: str
    points: pd.DataFrame
    by_hour: bool
    windows: tuple[tuple[pd.Timestamp, pd.Timestamp], ...] | None

    def by_day(self) -> Series:
        """The same series by whole days; of an hourly one, the mean hour of days that are whole."""
        if not self.by_hour:
            return self
        days = self.points.groupby(self.points["moment"].dt.normalize())
        sums = days[["visits", "suspicious_visits"]].mean() * 24
        sums = sums[days.size() >= _HOURS_OF_A_WHOLE_DAY].rename_axis("moment").reset_index()
        return Series(self.name, sums, by_hour=False, windows=self.windows)


def read_series(
    path: Path, windows: Mapping[str, tuple[tuple[pd.Timestamp, pd.Timestamp], ...]] | None = None
) -> Series:
    """Read a file. Finer points are summed up to hours (counts) or averaged (other numbers).

    Raises:
        UserError: a column is missing, or a time or number cannot be read; names the line.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"cannot be read: {error}", file=path, remedy="give a CSV file") from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    times = _numbers_or_times(path, table, _column(path, table, TIME_NAMES), is_time=True)
    values = _numbers_or_times(path, table, _column(path, table, VALUE_NAMES))
    suspicious = _optional(path, table, SUSPICIOUS_NAMES)
    label = _optional(path, table, LABEL_NAMES)
    if (values < 0).any():
        line = int((values < 0).to_numpy().argmax()) + 2
        raise UserError(
            "a negative number: this is no series of visits, clicks or money",
            file=path,
            line=line,
            remedy="give a series of amounts",
        )
    rows = pd.DataFrame({"moment": times, "visits": values, "suspicious_visits": suspicious})
    rows = rows.dropna(subset=["moment", "visits"]).sort_values("moment")
    is_count = bool((rows["visits"] % 1 == 0).all())
    step = rows["moment"].diff().dt.total_seconds().median()
    by_hour = bool(step < _SECONDS_OF_A_DAILY_STEP)
    start = rows["moment"].dt.floor("h" if by_hour else "D")
    grouped = rows.fillna({"suspicious_visits": 0}).groupby(start)[["visits", "suspicious_visits"]]
    points = grouped.sum() if is_count else grouped.mean()
    if not is_count:
        usual = points.loc[points["visits"] > 0, "visits"].median()
        points *= USUAL_VALUE / usual
    spans = None if label is None else _spans(rows["moment"], label.reindex(rows.index))
    if windows is not None and path.name in windows:
        spans = windows[path.name]
    return Series(path.name, points.rename_axis("moment").reset_index(), by_hour, spans)


def read_windows(path: Path) -> dict[str, tuple[tuple[pd.Timestamp, pd.Timestamp], ...]]:
    """Labelled spans by file name (without folders)."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        Path(name).name: tuple((pd.Timestamp(first), pd.Timestamp(last)) for first, last in spans)
        for name, spans in content.items()
    }


def _column(path: Path, table: pd.DataFrame, names: tuple[str, ...]) -> str:
    for name in names:
        if name in table.columns:
            return name
    raise UserError(
        f"has no column {' or '.join(names)}; it has {', '.join(table.columns)}",
        file=path,
        line=1,
        remedy="rename the column in the first line",
    )


def _optional(path: Path, table: pd.DataFrame, names: tuple[str, ...]) -> pd.Series | None:
    found = next((name for name in names if name in table.columns), None)
    if found is None:
        return None
    column = table[found]
    if column.dtype == object or pd.api.types.is_string_dtype(column):
        words = {"true": 1, "false": 0, "yes": 1, "no": 0}
        table[found] = column.str.strip().str.lower().map(lambda word: words.get(word, word))
    return _numbers_or_times(path, table, found)


def _numbers_or_times(
    path: Path, table: pd.DataFrame, name: str, *, is_time: bool = False
) -> pd.Series:
    column = table[name]
    read = (
        pd.to_datetime(column, errors="coerce", format="mixed")
        if is_time
        else pd.to_numeric(column, errors="coerce")
    )
    wrong = read.isna() & column.notna()
    if wrong.any():
        position = int(wrong.to_numpy().argmax())
        raise UserError(
            f"'{column.iloc[position]}' is no {'time' if is_time else 'number'}",
            file=path,
            line=position + 2,
            column=name,
            remedy="mend that line",
        )
    return read.dt.tz_localize(None) if is_time else read


def _spans(moments: pd.Series, label: pd.Series) -> tuple[tuple[pd.Timestamp, pd.Timestamp], ...]:
    """Runs of labelled points; points of one run follow each other in the file."""
    is_wrong = label.fillna(0) > 0
    runs = (is_wrong != is_wrong.shift()).cumsum()[is_wrong]
    return tuple((group.iloc[0], group.iloc[-1]) for _, group in moments[is_wrong].groupby(runs))
