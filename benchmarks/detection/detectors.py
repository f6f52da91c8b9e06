"""Our detector, as the very SQL the marts are made with, and two others to compare with."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd

from benchmarks.detection.series import Series
from orchestration import warehouse
from orchestration.settings import DBT_PROJECT_DIR

ALARMS = ("fail", "warn", "explained")
UNJUDGED = "insufficient_history"


@cache
def detector_sql(*, by_hour: bool, first_day: str | None = None) -> str:
    """`detect_spikes` over a table `points`, compiled by dbt from the project's macros."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds to import

    day = f"cast('{first_day}' as date)" if first_day else ""
    call = (
        "{{ marketing_kpi.detect_spikes('points', keys=['channel'], "
        f"by_hour={'true' if by_hour else 'false'}"
        + (f', first_day="{day}"' if day else "")
        + ") }}"
    )
    with tempfile.TemporaryDirectory(prefix="kpi-detector-") as folder:
        result = dbtRunner(manifest=warehouse.project_manifest()).invoke(
            [
                *("--quiet", "--log-level", "none", "compile", "--inline", call),
                *("--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)),
                *("--target-path", folder, "--log-path", str(Path(folder) / "logs")),
            ]
        )
    if not result.success:
        raise RuntimeError(f"the detector cannot be compiled: {result.exception}")
    (compiled,) = cast("Any", result.result).results
    return str(compiled.node.compiled_code)


def judge(points: pd.DataFrame, *, by_hour: bool, first_day: str | None = None) -> pd.DataFrame:
    """Verdicts on many series at once.

    `points` has `channel`, `moment`, `visits`, `suspicious_visits`. Returns the rows of the
    detector with `moment` beside them; with `first_day`, only of that day and later.
    """
    frame = points.assign(  # noqa: F841 - DuckDB reads it by its name
        date_day=points["moment"].dt.normalize(),
        hour_of_day=points["moment"].dt.hour,
        visits=points["visits"].astype(float),
        suspicious_visits=points["suspicious_visits"].astype(float),
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table points as select channel, cast(date_day as date) as date_day, "
            "hour_of_day, visits, suspicious_visits, 0.0::double as spend_amount, "
            "false as is_holiday, false as is_confirmed_attack, false as is_silent, "
            "false as is_planned, false as may_stop from frame"
        )
        found = connection.execute(detector_sql(by_hour=by_hour, first_day=first_day)).df()
    hours = found["hour_of_day"] if by_hour else 0
    found["moment"] = pd.to_datetime(found["date_day"]) + pd.to_timedelta(hours, unit="h")
    return found.sort_values(["channel", "moment"], ignore_index=True)


def ours(series: Iterable[Series]) -> pd.DataFrame:
    """Verdicts on every series: by day, and where a series has hours by hour as well.

    Columns `series`, `grain` (hour or day), `moment`, `verdict`, `reason`, `visits`,
    `expected`, `low`, `high`.
    """
    chosen = list(series)
    frames = []
    for grain, members in (
        ("hour", [item for item in chosen if item.by_hour]),
        ("day", [item.by_day() for item in chosen]),
    ):
        if not members:
            continue
        points = pd.concat([item.points.assign(channel=item.name) for item in members])
        found = judge(points, by_hour=grain == "hour")
        frames.append(
            pd.DataFrame(
                {
                    "series": found["channel"],
                    "grain": grain,
                    "moment": found["moment"],
                    "verdict": found["spike_verdict"],
                    "reason": found["spike_reason"],
                    "visits": found["visits"],
                    "expected": found["expected_visits"],
                    "low": found["expected_low"],
                    "high": found["expected_high"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def elementary_default(values: np.ndarray) -> np.ndarray:
    """elementary 0.25.1, `volume_anomalies` as it comes: |z| > 3 over the last 14 points, of which
    the tested one is itself a part. NaN = not judged, 1 = alarm."""
    verdicts = np.full(len(values), np.nan)
    for end in range(1, len(values)):
        window = values[max(0, end - 13) : end + 1]
        deviation = window.std(ddof=1)
        verdicts[end] = deviation > 0 and abs(values[end] - window.mean()) > 3 * deviation
    return verdicts


def expectations_default(values: np.ndarray) -> np.ndarray:
    """dbt-expectations, `expect_column_values_to_be_within_n_moving_stdevs` as it comes: the log
    change against the point before, 3 deviations of the 7 changes before it, both sides."""
    changes = np.diff(np.log(np.maximum(values, 1e-9)), prepend=np.nan)
    verdicts = np.full(len(values), np.nan)
    for end in range(8, len(values)):
        window = changes[end - 7 : end]
        deviation = window.std(ddof=1)
        # without a deviation the test divides by NULL and passes silently
        verdicts[end] = deviation > 0 and abs(changes[end] - window.mean()) > 3 * deviation
    return verdicts


OTHERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "elementary 0.25.1": elementary_default,
    "dbt-expectations": expectations_default,
}
