from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from orchestration.landing import build_index
from orchestration.settings import Company


@pytest.mark.parametrize(("language", "first"), [("ru", "ru"), ("en", "en")])
def test_the_door_links_what_is_there_and_nothing_else(
    tmp_path: Path, language: str, first: str
) -> None:
    company = Company(
        directory=tmp_path / "acme",
        name="Acme & <Sons>",
        language=language,  # type: ignore[arg-type]
        first_date=date(2026, 1, 1),
        as_of=date(2026, 3, 1),
    )
    for name in ("scorecard.ru.html", "scorecard.en.html", "kpi.duckdb"):
        (tmp_path / name).touch()
    (tmp_path / "parquet").mkdir()
    page = build_index(tmp_path, company).read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert sorted(links) == sorted(
        ["scorecard.ru.html", "scorecard.en.html", *(["kpi.duckdb", "parquet/"] * 2)]
    )
    assert links[0] == f"scorecard.{first}.html"
    assert "Acme &amp; &lt;Sons&gt;" in page
    assert "2026-02-28" in page
    assert not re.search(r"https?://|<script", page), "offline, no script"
