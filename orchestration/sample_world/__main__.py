"""`python -m orchestration.sample_world DIRECTORY`: make a company folder of any size."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date

from orchestration.sample_world import generator


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.sample_world",
        description="Write the folder of an invented company: settings, registers, export files.",
        epilog="Ten million visits for a benchmark: --visits-per-day 30000 --start 2026-01-01 "
        "--end 2026-12-01 --visit-format parquet --plain",
    )
    parser.add_argument("directory", help="folder to write; files of the same names are replaced")
    parser.add_argument("--seed", type=int, default=generator.DEFAULT_SEED)
    parser.add_argument(
        "--start", type=date.fromisoformat, default=generator.DEFAULT_START, help="first day"
    )
    parser.add_argument(
        "--end",
        type=date.fromisoformat,
        default=generator.DEFAULT_END,
        help="day after the last one; becomes as_of",
    )
    parser.add_argument(
        "--visits-per-day", type=float, default=generator.DEFAULT_VISITS_PER_DAY, metavar="N"
    )
    parser.add_argument("--plain", action="store_true", help="without the planted stories")
    parser.add_argument("--visit-format", choices=("tsv.gz", "tsv", "parquet"), default="tsv.gz")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Write the folder and print what was written; gives the exit code."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    try:
        summary = generator.generate(
            options.directory,
            seed=options.seed,
            start=options.start,
            end=options.end,
            visits_per_day=options.visits_per_day,
            stories=not options.plain,
            visit_format=options.visit_format,
            on_month=lambda first, rows: print(f"{first:%Y-%m}  {rows:>10,} visits", flush=True),
        )
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for table, rows in summary.rows.items():
        print(f"{table:<28}{rows:>12,} rows")
    print(f"{summary.size / 1e6:.1f} MB in {summary.directory}, {time.monotonic() - began:.1f} s")
    for path in summary.leftovers:
        print(
            f"warning: {path} is of an earlier run; delete it if it is not wanted", file=sys.stderr
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
