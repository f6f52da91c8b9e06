from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration import refusal
from orchestration.landing import build_index
from orchestration.publication import publish, snapshot_folder
from orchestration.run_record import RunRecord
from orchestration.settings import Company


def write_publication(folder: Path, as_of: date, run_id: str = "r1") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "kpi.duckdb")) as connection:
        connection.execute("create schema run")
        connection.execute(
            "create table run.publication as select ? as run_id, ?::date as as_of_date",
            [run_id, as_of],
        )


@pytest.mark.parametrize(("language", "first"), [("ru", "ru"), ("en", "en")])
def test_the_door_links_what_is_there_and_nothing_else(
    tmp_path: Path, language: str, first: str
) -> None:
    company = Company(
        directory=tmp_path / "acme",
        name="Acme & <Sons>",
        language=language,  # type: ignore[arg-type]
        first_date=date(2026, 1, 1),
        # the pages about the models are added later, to figures that are no newer for it
        as_of=date(2026, 3, 9),
    )
    for name in ("scorecard.ru.html", "scorecard.en.html"):
        (tmp_path / name).touch()
    write_publication(tmp_path, date(2026, 3, 1))
    (tmp_path / "parquet").mkdir()
    page = build_index(tmp_path, company).read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert sorted(links) == sorted(
        ["scorecard.ru.html", "scorecard.en.html", *(["kpi.duckdb", "parquet/"] * 2)]
    )
    assert links[0] == f"scorecard.{first}.html"
    assert "Acme &amp; &lt;Sons&gt;" in page
    assert re.findall(r"20\d\d-\d\d-\d\d", page) == ["2026-02-28"] * 2
    assert not re.search(r"https?://|<script", page), "offline, no script"


def test_until_the_first_publication_the_address_says_so_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    company = Company(
        directory=tmp_path / "acme", name="Acme", first_date=date(2026, 1, 1), language="en"
    )
    company.paths.output.mkdir(parents=True)
    published = company.paths.published

    refusal.tell_nothing_yet(company)
    page = (published / "index.html").read_text(encoding="utf-8")
    assert page.index("Nothing has been published yet") < page.index("Ещё ничего не опубликовано")
    assert "The first run began at" in page

    failure = (
        "plain: Required column 'amount' is not in the file (file orders.csv, line 1). "
        "What to do: export it again <b>"
    )
    failed = RunRecord("r0", "", is_published=False, failures=(failure,))
    refusal.tell_nothing_yet(company, failed)
    for name in ("index", "scorecard.en", "explore.en"):
        page = (published / f"{name}.html").read_text(encoding="utf-8")
        assert "published nothing" in page
        assert "What to do: export it again &lt;b&gt;" in page
        assert "The first run began" not in page
    page = (published / "scorecard.ru.html").read_text(encoding="utf-8")
    assert "ничего не опубликовал" in page
    assert "Nothing" not in page
    assert not re.search(r"href=|https?://|<script", page), "it leads nowhere"

    write_publication(snapshot_folder(company, "r1"), date(2026, 3, 1))
    publish(company, "r1")
    refusal.forget(company)
    assert refusal.tell_nothing_yet(company, failed) == [], "never in the place of a publication"
    assert published.resolve() == snapshot_folder(company, "r1")
    assert sorted(path.name for path in company.paths.output.iterdir()) == [
        "published",
        "snapshots",
    ]


def test_the_door_says_that_the_figures_are_old_until_a_run_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what a reader opens first, and pages about the models that come later keep it said."""
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setattr("orchestration.scorecard.build_scorecards", lambda *_, **__: [])
    monkeypatch.setattr("orchestration.scorecard.build_explore_pages", lambda *_, **__: [])
    company = Company(
        directory=tmp_path / "acme", name="Acme", first_date=date(2026, 1, 1), language="en"
    )
    write_publication(snapshot_folder(company, "r1"), date(2026, 3, 1))
    published = publish(company, "r1")
    door = published / "index.html"

    refusal.redraw_pages(company, "r2", ["plain: Required column 'amount' is not in the file"])
    page = door.read_text(encoding="utf-8")
    assert page.count("this page is old") == page.count("страница старая") == 1
    assert re.search(r"the last good data, through .*28\s\w+\s2026", page)
    refusal.add_documentation(company)
    assert door.read_text(encoding="utf-8") == page

    refusal.forget(company)
    refusal.add_documentation(company)
    assert "is old" not in door.read_text(encoding="utf-8")
