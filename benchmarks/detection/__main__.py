"""Run the detector of the marts on labelled series or on invented channels.

    python -m benchmarks.detection SERIES.csv ... [--windows windows.json] [--output verdicts.csv]
    python -m benchmarks.detection --simulate [--channels 300]

Without `--windows`, a `windows.json` beside the first file is taken; labels may also stand in a
column of the file. The verdicts come from the macro `detect_spikes` that the marts are made with.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from benchmarks.detection import detectors, simulation
from benchmarks.detection.scoring import EMPTY, Score, score
from benchmarks.detection.series import WINDOWS_FILE, Series, read_series, read_windows
from orchestration.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.detection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("series", nargs="*", type=Path, help="CSV: timestamp,value[,suspicious]")
    parser.add_argument("--windows", type=Path, help="labelled spans, JSON")
    parser.add_argument("--output", type=Path, help="write every verdict to this CSV")
    parser.add_argument("--simulate", action="store_true", help="invented channels instead")
    parser.add_argument("--channels", type=int, default=300, help="invented channels a row")
    parser.add_argument("--days", type=int, default=60, help="quiet days tested for each")
    chosen = parser.parse_args()
    if chosen.simulate:
        print(simulated(chosen.channels, chosen.days))
        return 0
    if not chosen.series:
        parser.error("give series, or --simulate")
    try:
        return _judge_files(chosen.series, chosen.windows, chosen.output)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1


def _judge_files(files: list[Path], windows_file: Path | None, output: Path | None) -> int:
    beside = files[0].parent / WINDOWS_FILE
    windows_file = windows_file or (beside if beside.exists() else None)
    windows = read_windows(windows_file) if windows_file else None
    series = [read_series(path, windows) for path in files]
    found = detectors.ours(series)
    if output:
        found.to_csv(output, index=False)
    for item in series:
        _print_alarms(item, found[found["series"] == item.name])
    labelled = [item for item in series if item.windows is not None]
    if labelled:
        print(scores_table(labelled, found))
    else:
        print("No labels: nothing to score the alarms against.")
    return 0


def _print_alarms(series: Series, found: pd.DataFrame) -> None:
    is_alarm = found["verdict"].isin(detectors.ALARMS)
    unjudged = found["verdict"].eq(detectors.UNJUDGED)
    alarm_days = found.loc[is_alarm, "moment"].dt.normalize().nunique()
    print(
        f"{series.name}: {len(series.points):,} {'hours' if series.by_hour else 'days'}, "
        f"{is_alarm.sum()} alarms on {alarm_days} days, "
        f"{unjudged.sum():,} points with too short a history"
    )
    for row in found[is_alarm].sort_values("moment").itertuples():
        print(
            f"  {row.moment} {row.grain}: {row.verdict} ({row.reason}), {row.visits:,.0f} against "
            f"{row.expected:,.0f} ({row.low:,.0f} to {row.high:,.0f})"
        )


def scores_table(series: list[Series], found: pd.DataFrame) -> str:
    """Caught spans and false alarms: ours by hour, by day and together, and the other detectors."""
    rows: dict[str, Score] = {}
    for item in series:
        own = found[(found["series"] == item.name) & (found["verdict"] != detectors.UNJUDGED)]
        for label, part in (
            ("ours, hours", own[own["grain"] == "hour"]),
            ("ours, days", own[own["grain"] == "day"]),
        ):
            alarms = part["verdict"].isin(detectors.ALARMS)
            by_day = label == "ours, days"
            _add(rows, label, score(item, part["moment"], alarms, by_day=by_day))
        _add(rows, "ours, both", _both(item, own))
        for name, detector in detectors.OTHERS.items():
            for grain, given in (("points", item), ("days", item.by_day())):
                verdicts = pd.Series(detector(given.points["visits"].to_numpy(dtype=float)))
                judged = verdicts.notna()
                moments = given.points["moment"].reset_index(drop=True)
                _add(
                    rows,
                    f"{name}, {grain}",
                    score(
                        item,
                        moments[judged],
                        verdicts[judged] > 0,
                        by_day=not given.by_hour,
                    ),
                )
    lines = [
        "| detector | spans caught | too early to judge | days with a false alarm | share |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {label} | {item.caught} of {item.windows} | {item.unjudged} "
        f"| {item.false_days} of {item.clear_days} | {_share(item.false_days, item.clear_days)} |"
        for label, item in rows.items()
        if item.clear_points or item.windows
    ]
    return "\n".join(lines)


def _both(series: Series, own: pd.DataFrame) -> Score:
    """An alarm of an hour or of its day. Days are judged once a week of hours is known."""
    hours, days = own[own["grain"] == "hour"], own[own["grain"] == "day"]
    if hours.empty:
        return score(series, days["moment"], days["verdict"].isin(detectors.ALARMS), by_day=True)
    alarm_days = set(days.loc[days["verdict"].isin(detectors.ALARMS), "moment"])
    alarms = hours["verdict"].isin(detectors.ALARMS) | hours["moment"].dt.normalize().isin(
        alarm_days
    )
    return score(series, hours["moment"], alarms, by_day=False)


def _add(rows: dict[str, Score], label: str, found: Score) -> None:
    rows[label] = rows.get(label, EMPTY) + found


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "-"


def simulated(channels: int, days: int) -> str:
    """The tables of the specification, measured anew, beside the figures printed there."""
    lines = [
        f"Volume, {channels} invented channels a row, {days} quiet days each, z = 4.",
        "| series | detector | false alarms a day | x1.5 | x2 | x3 | x5 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for case in simulation.CASES:
        rates = simulation.false_alarms(case, channels, days)
        caught = simulation.catches(case, channels * 3)
        for name, rate in rates.items():
            lines.append(
                f"| {case.label} | {name} | {rate:.2%} | "
                + " | ".join(f"{value:.0%}" for value in caught[name])
                + " |"
            )
        printed = simulation.SPECIFIED[case.label]
        lines.append(
            f"| {case.label} | specification | {printed[0]:.2%} | "
            + " | ".join(f"{value:.0%}" for value in printed[1:])
            + " |"
        )
    lines += [
        "",
        f"Suspicious share, base {simulation.BASE_SHARE:.0%}.",
        "| series | false alarms a day | bots add 20% | bots add 50% |",
        "|---|--:|--:|--:|",
    ]
    for mean in (200, 2000):
        rate, waves = simulation.share_rates(mean, channels, days)
        lines.append(
            f"| mean {mean} | {rate:.2%} | " + " | ".join(f"{v:.0%}" for v in waves) + " |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
