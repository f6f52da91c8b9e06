"""What readers are told when a daily run published nothing: the page is old, why, and since when.

The last good snapshot stays; only its pages are drawn again, each replaced in one rename, so that
nobody takes old figures for new ones. Before the first snapshot pages without figures stand in its
place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from orchestration import landing, publication, scorecard, whole_files
from orchestration.outcomes import CheckLog
from orchestration.run_record import RunRecord
from orchestration.scorecard.inputs import CompanyFacts, Refusal
from orchestration.settings import Company

_FILE_NAME = "refused.json"
# Beside the largest of the pages, which is written whole before it takes the old one's place: the
# records of the run, and the banner.
_RESERVE_BYTES = 1 << 18


def redraw_pages(company: Company, run_id: str, failures: Sequence[str]) -> list[Path]:
    """Draw the published pages again with a banner about the run `run_id` that published nothing.

    `failures` are messages of failed steps. Returns the pages; none when nothing was ever published
    or when the run did publish. The caller holds the company's write lock.
    """
    folder = company.paths.published.resolve()
    database = folder / publication.DATABASE_NAME
    try:
        snapshot = publication.read_publication(folder)
    except duckdb.Error:  # a damaged file has no figures to draw
        return []
    if snapshot is None or folder.name == run_id:
        return []
    today = datetime.now(ZoneInfo(company.timezone)).date()
    facts = replace(CompanyFacts.of(company), as_of_date=snapshot.as_of_date)
    refusal = Refusal(
        day=today, since=_first_refused(company, today), run_id=run_id, reasons=tuple(failures)
    )
    checks = CheckLog(company.paths.output, run_id).read()
    pages = [landing.build_index(folder, company, warnings(company, snapshot.as_of_date))]
    pages += scorecard.build_scorecards(
        database,
        folder,
        company=facts,
        checks=checks,
        run_id=snapshot.run_id,
        refusal=refusal,
    )
    return pages + scorecard.build_explore_pages(
        database,
        folder,
        company=facts,
        run_id=snapshot.run_id,
        cache=company.paths.output / "cache",
        refusal=refusal,
    )


def add_documentation(company: Company) -> bool:
    """Put the pages about the models before the readers, as `landing` does, and keep it said there
    that the figures are old."""
    snapshot = publication.read_publication(company.paths.published)
    said = warnings(company, snapshot.as_of_date) if snapshot else None
    return landing.add_documentation(company, said)


def warnings(company: Company, as_of: date) -> dict[str, str]:
    """By language, that the figures up to `as_of` are old and since when; empty if they are not."""
    days = _noted_days(company)
    if not days:
        return {}
    # these bring pandas in
    from orchestration.scorecard.findings import refused  # noqa: PLC0415
    from orchestration.scorecard.l10n import LANGUAGES, Translator  # noqa: PLC0415

    since, last = days
    refusal = Refusal(day=last, since=since, run_id="")
    found = {}
    for language in LANGUAGES:
        say = Translator(language, company.currency)
        said = say(refused(refusal, as_of - timedelta(days=1)))
        found[language] = f"{say('banner.refused')} {said}"
    return found


def tell_nothing_yet(company: Company, record: RunRecord | None = None) -> list[Path]:
    """Say under the address of the published pages that nothing has been published yet.

    `record`: the run that published nothing; without it, the first run has just begun. Returns the
    pages; none when there is a snapshot, in whose place they never come: they lie in a folder of
    their own, and the link to it is made only where there is none.
    """
    if publication.has_published(company):
        return []
    at = datetime.now(ZoneInfo(company.timezone))
    reasons = {name: record.reasons(name) for name in ("en", "ru")} if record else None
    folder = _waiting_folder(company)
    pages = landing.build_waiting(folder, company, at, reasons)
    with suppress(FileExistsError):
        company.paths.published.symlink_to(folder.name, target_is_directory=True)
    return pages


def keep_free(company: Company) -> None:
    """Keep the place on the disk that the pages need to say why nothing was published."""
    pages = company.paths.published.glob("*.html")
    largest = max((page.stat().st_size for page in pages), default=0)
    whole_files.keep_free(_reserve(company), largest + _RESERVE_BYTES)


def take_what_was_kept(company: Company) -> None:
    _reserve(company).unlink(missing_ok=True)


def _reserve(company: Company) -> Path:
    return company.paths.output / "pages.reserve"


def forget(company: Company) -> None:
    """A run has published: what was refused before is history."""
    (company.paths.output / _FILE_NAME).unlink(missing_ok=True)
    shutil.rmtree(_waiting_folder(company), ignore_errors=True)


def _waiting_folder(company: Company) -> Path:
    return company.paths.output / "nothing_published_yet"


def _first_refused(company: Company, today: date) -> date:
    """The day of the first refused run after the last published one, kept between runs with that of
    the last one."""
    days = _noted_days(company)
    since = days[0] if days else today
    text = json.dumps({"since": since.isoformat(), "last": today.isoformat()})
    whole_files.write(company.paths.output / _FILE_NAME, text)
    return since


def _noted_days(company: Company) -> tuple[date, date] | None:
    """Days of the first and of the last run that was refused since readers got what they see."""
    # a torn note must not keep the page from saying that it is old
    with suppress(FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
        noted = json.loads((company.paths.output / _FILE_NAME).read_text(encoding="utf-8"))
        since = date.fromisoformat(noted["since"])
        return since, date.fromisoformat(noted.get("last", noted["since"]))
    return None
