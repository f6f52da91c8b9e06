"""Benchmarks: `make bench`, or `python -m benchmarks --size 1000000`.

Every figure is a ratio to a named baseline measured in the same run on the same files, since
seconds of different machines say little. Results go to `benchmarks/results/` as JSON.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from benchmarks import checking, loading
from benchmarks.measure import as_table, write_results

DEFAULT_SIZE = 100_000
DAYS = 30


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=DEFAULT_SIZE, help="visits to make and load")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the fastest counts")
    parser.add_argument(
        "--run", action="store_true", help="also daily runs with and without checks"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as folder:
        os.environ["KPI_OUTPUT_DIR"] = str(Path(folder) / "output")
        start = date(2026, 1, 1)
        company = loading.make_company(
            Path(folder) / "bench", start, start + timedelta(days=DAYS), chosen.size // DAYS
        )
        measurements = loading.measure(company, repeat=chosen.repeat)
        few, many = loading.memory(company)
        if chosen.run:
            measurements += checking.measure(company.directory, Path(folder) / "runs", repeat=1)
    print(as_table(measurements))
    print(
        f"\nPeak memory of loading {loading.FEW_PARTS} parts {few:.0f} MB, of "
        f"{loading.MANY_PARTS} parts of the same size {many:.0f} MB: ratio {many / few:.2f}"
    )
    peaks = {str(loading.FEW_PARTS): round(few), str(loading.MANY_PARTS): round(many)}
    content = {
        "size": chosen.size,
        "peak_memory_mb_by_parts": peaks,
        "measurements": [measurement.as_dict() for measurement in measurements],
    }
    print(write_results("{now}", content), file=sys.stderr)


main()
