"""What readers are told when a daily run published nothing: the page is old, why, and since when.

The last good snapshot stays; only its pages are drawn again, each replaced in one rename, so that
nobody takes old figures for new ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from orchestration import publication, scorecard
from orchestration.outcomes import CheckLog
from orchestration.scorecard.inputs import CompanyFacts, Refusal
from orchestration.settings import Company

_FILE_NAME = "refused.json"


def redraw_pages(company: Company, run_id: str, failures: Sequence[str]) -> list[Path]:
    """Draw the published pages again with a banner about the run `run_id` that published nothing.

    `failures` are messages of failed steps. Returns the pages; none when nothing was ever published
    or when the run did publish. The caller holds the company's write lock.
    """
    folder = company.paths.published.resolve()
    database = folder / publication.DATABASE_NAME
    if not database.is_file() or folder.name == run_id:
        return []
    today = datetime.now(ZoneInfo(company.timezone)).date()
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("select as_of_date, run_id from run.publication").fetchone()
    if found is None:
        return []
    facts = replace(CompanyFacts.of(company), as_of_date=found[0])
    refusal = Refusal(
        day=today, since=_first_refused(company, today), run_id=run_id, reasons=tuple(failures)
    )
    checks = CheckLog(company.paths.output, run_id).read()
    pages = scorecard.build_scorecards(
        database,
        folder,
        company=facts,
        checks=checks,
        run_id=found[1],
        refusal=refusal,
    )
    return pages + scorecard.build_explore_pages(
        database,
        folder,
        company=facts,
        run_id=found[1],
        cache=company.paths.output / "cache",
        refusal=refusal,
    )


def forget(company: Company) -> None:
    """A run has published: what was refused before is history."""
    (company.paths.output / _FILE_NAME).unlink(missing_ok=True)


def _first_refused(company: Company, today: date) -> date:
    """The day of the first refused run after the last published one, kept between runs."""
    path = company.paths.output / _FILE_NAME
    if path.is_file():
        return date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["since"])
    path.write_text(json.dumps({"since": today.isoformat()}), encoding="utf-8")
    return today
