"""The page of all companies in a browser: readable on a phone, in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.fleet import page
from orchestration.fleet.members import Member
from orchestration.fleet.status import STATES, Status
from orchestration.run_record import RunRecord
from tests.e2e import browsing

ERROR = (
    "yandex_direct: The column 'cost' is missing (file exports/yandex_direct/a_very_long_name_of_"
    "an_export_2026-09-01_2026-09-30.tsv, line 1, column 'cost'). What to do: export it again."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    statuses = [
        Status(
            Member(folder / f"company_{state}", None, ERROR),
            state,
            last_day=date(2026, 11, 15),
            errors=(ERROR,) if state in ("broken", "failed") else (),
            record=RunRecord("run", "2026-11-16T04:00:00+00:00", state == "good", passed=204),
            headlines={"en": "Yes: 4 of 7 KPIs.", "ru": "Да: 4 из 7 показателей."},
        )
        for state in STATES
    ]
    page.build(statuses, folder)
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("language", page.LANGUAGES)
@pytest.mark.parametrize("width", [browsing.PHONE, browsing.DESKTOP])
@pytest.mark.parametrize("is_dark", [False, True])
def test_nothing_sticks_out_and_everybody_can_read_it(
    browser: object, folder: Path, language: str, width: int, is_dark: bool
) -> None:
    file = folder / f"fleet.{language}.html"
    seen = browsing.visit(browser, file, width, is_dark=is_dark)  # type: ignore[arg-type]
    assert seen.page.locator("tbody tr").count() == len(STATES)
    assert browsing.sideways(seen.page, width) == []
    assert browsing.serious_issues(seen.page) == []
    assert seen.complaints == []
    assert seen.asked_for == [file.as_uri()]
