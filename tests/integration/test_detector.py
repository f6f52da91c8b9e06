"""The spike detector on series with a known truth, through the SQL of the marts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.detection import detectors, simulation
from benchmarks.detection.scoring import score
from benchmarks.detection.series import Series, read_series
from orchestration.errors import UserError
from orchestration.settings import PROJECT_DIR

NUMENTA = Path(os.environ.get("KPI_NAB_DIR", PROJECT_DIR.parent / "shared/samples/nab_ad_exchange"))


def _channels(days: int) -> pd.DataFrame:
    random = np.random.default_rng(7)
    visits = simulation.channels(simulation.Case("", 60), 3, days, random)
    return simulation.as_points(visits, random.binomial(visits, 0.1))


def test_judging_new_days_alone_equals_a_full_run() -> None:
    points = _channels(110)
    cut = (simulation.START + pd.Timedelta(days=100)).date().isoformat()

    whole = detectors.judge(points, by_hour=False)
    new = detectors.judge(points, by_hour=False, first_day=cut)

    expected = whole[whole["date_day"] >= pd.Timestamp(cut)].reset_index(drop=True)
    assert len(new) == 3 * 10
    blank = {"spike_reason": ""}  # a column of nothing but NULL has another type
    pd.testing.assert_frame_equal(new.fillna(blank), expected.fillna(blank), check_dtype=False)


def test_a_week_of_history_has_no_spread_of_its_own() -> None:
    """Seven medians are fitted to it, and nothing remains to tell it by; Poisson's, 1, is taken."""
    points = simulation.as_points(np.full((1, 16), 2), np.zeros((1, 16), dtype=int))

    judged = detectors.judge(points, by_hour=False)

    assert 7 in set(judged["base_days"])
    assert list(judged["dispersion"]) == [1.0] * 16


def test_quiet_channels_rarely_alarm_and_attacks_are_seen() -> None:
    """Within the figures of the specification, for 200 visits a day; 6,000 quiet days."""
    case = simulation.CASES[2]
    printed = simulation.SPECIFIED[case.label]

    rates = simulation.false_alarms(case, 150, 40)
    caught = simulation.catches(case, 150)

    # 0.13% of 6,000 days are 8 alarms; 18 are three standard deviations more
    assert rates["ours"] <= printed[0] + 0.0017
    assert all(
        seen >= wanted - 0.05 for seen, wanted in zip(caught["ours"], printed[1:], strict=True)
    )


def test_by_hour_a_single_hour_of_bots_is_seen_and_the_night_is_not(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    moments = pd.date_range("2026-03-02", periods=24 * 30, freq="h")
    usual = 40 * (1.05 + np.sin((moments.hour - 9) / 24 * 2 * np.pi))
    visits = random.poisson(usual)
    attack = 24 * 20 + 3  # three at night, when twelve visits are usual
    visits[attack] = 90
    path = tmp_path / "site.csv"
    pd.DataFrame({"timestamp": moments, "value": visits, "label": 0}).assign(
        label=lambda frame: (frame.index == attack).astype(int)
    ).to_csv(path, index=False)

    series = read_series(path)
    found = detectors.judge(series.points.assign(channel="site"), by_hour=True)

    assert series.by_hour
    assert series.windows == ((moments[attack], moments[attack]),)
    judged = found[found["spike_verdict"] != "insufficient_history"].reset_index(drop=True)
    alarms = judged["spike_verdict"] != "ok"
    result = score(series, judged["moment"], alarms, by_day=False)
    assert (result.windows, result.caught) == (1, 1)
    assert result.false_points <= 1  # of 500 hours
    assert judged["moment"].min() == moments[0] + pd.Timedelta(days=8)


def test_prices_do_not_depend_on_their_unit(tmp_path: Path) -> None:
    moments = pd.date_range("2026-01-01", periods=90)
    prices = np.random.default_rng(5).gamma(50, 0.002, 90)
    prices[80] *= 4
    verdicts = []
    for name, unit in (("roubles", 1), ("kopecks", 100)):
        path = tmp_path / f"{name}.csv"
        pd.DataFrame({"date": moments, "value": prices * unit}).to_csv(path, index=False)
        found = detectors.ours([read_series(path)])
        verdicts.append(list(found["verdict"]))

    assert verdicts[0] == verdicts[1]
    assert verdicts[0][80] == "warn"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timestamp,clicks\n2026-01-01,1\n", "no column value"),
        ("timestamp,value\n2026-01-01,1\nyesterday,2\n", "line 3"),
        ("timestamp,value\n2026-01-01,-1\n", "negative"),
    ],
)
def test_a_wrong_file_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UserError, match=said):
        read_series(path)


def test_a_span_counts_as_caught_by_its_day() -> None:
    day = pd.Timestamp("2026-01-10")
    series = Series("x", pd.DataFrame(), False, ((day + pd.Timedelta(hours=5),) * 2,))
    moments = pd.Series(pd.date_range("2026-01-08", periods=5))

    found = score(series, moments, moments == day, by_day=True)

    assert (found.caught, found.false_days, found.clear_days) == (1, 0, 4)


def test_the_command_line_scores_labelled_series() -> None:
    if not NUMENTA.is_dir():
        pytest.skip(f"labelled series are not at {NUMENTA}: the detector is not tried on them")
    files = sorted(NUMENTA.glob("exchange-4_*.csv"))
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.detection", *map(str, files)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    row = next(line for line in run.stdout.splitlines() if line.startswith("| ours, both"))
    caught, windows = (int(word) for word in row.split("|")[2].split(" of "))
    assert windows == 7
    assert caught >= 6
