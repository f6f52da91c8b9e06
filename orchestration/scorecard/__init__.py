"""The owner's pages. Importing this imports neither pandas nor Altair, which take seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.outcomes import CheckOutcome
from orchestration.settings import Company

if TYPE_CHECKING:
    from orchestration.scorecard.inputs import CompanyFacts, Refusal


def build_scorecards(
    database: Path,
    output_dir: Path,
    *,
    company: Company | CompanyFacts,
    checks: Sequence[CheckOutcome],
    run_id: str,
    refusal: Refusal | None = None,
) -> list[Path]:
    """Write `scorecard.ru.html` and `scorecard.en.html`, the company's language first.

    With `refusal` the page says that it is old and why; `checks` are then those of the refused run.

    Reads only schema `marts` of the published `database`. The same database, company, checks and
    run id give the same bytes. Each page is replaced in one rename, so that a reader never opens
    half of one. Raises FileNotFoundError when the database does not exist.
    """
    from orchestration.scorecard import build  # noqa: PLC0415 - brings Altair in

    return build.build_scorecards(
        database,
        output_dir,
        company=company,
        checks=checks,
        run_id=run_id,
        refusal=refusal,
    )


def build_explore_pages(
    database: Path,
    output_dir: Path,
    *,
    company: Company | CompanyFacts,
    run_id: str,
    cache: Path,
    refusal: Refusal | None = None,
) -> list[Path]:
    """Write `explore.ru.html` and `explore.en.html`: one file each, with live charts.

    `cache` is a folder that keeps the bundled chart library. Otherwise as `build_scorecards`.
    """
    from orchestration.scorecard import explore  # noqa: PLC0415 - brings pandas in

    return explore.build_explore_pages(
        database, output_dir, company=company, run_id=run_id, cache=cache, refusal=refusal
    )
