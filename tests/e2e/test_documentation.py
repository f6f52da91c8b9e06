"""The documentation does what it says: its site builds, its files and commands work as they stand.

A fenced block with a title is a file: it is written, appended to, or applied as a patch. In a
`console` block each line after `$` is run, and what it prints is compared with the lines below it,
where `...` stands for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests.conftest import PublishedRun, command_line_environment

DOCS = PROJECT_DIR / "docs"
COMMAND_TIMEOUT_SECONDS = 600
_FENCE = re.compile(
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^```$', re.M | re.S
)
_NOT_COPIED = shutil.ignore_patterns(
    ".*", "output", "target", "site", "__pycache__", "results", "sample_company", "cdnow"
)


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    body: str


def blocks(page: str) -> Iterator[Block]:
    for match in _FENCE.finditer((DOCS / page).read_text(encoding="utf-8")):
        yield Block(match["language"], match["title"] or "", match["body"])


@dataclass
class Reader:
    """Somebody who follows a page: in a folder of their own, with a copy of the project."""

    folder: Path
    project: Path
    environment: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str, *, commands: bool = True) -> None:
        for block in blocks(page):
            if block.title:
                self.apply(block)
            elif block.language == "console" and commands:
                for command, printed in _commands(block.body):
                    self.run(command, printed)

    def apply(self, block: Block) -> None:
        path = block.title.removeprefix("append to ")
        base = self.folder if path.startswith("acme/") else self.project
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if block.language == "diff":
            self._patch(path, block.body)
        elif block.title != path:
            with target.open("a", encoding="utf-8") as file:
                file.write(block.body)
        else:
            target.write_text(block.body, encoding="utf-8")

    def _patch(self, path: str, hunks: str) -> None:
        # An empty line of a patch is a line of context that lost its space to an editor.
        text = re.sub(r"^$", " ", hunks.rstrip("\n"), flags=re.M)
        process = subprocess.run(
            ["git", "apply", "--recount", "-"],
            cwd=self.project,
            input=f"--- a/{path}\n+++ b/{path}\n{text}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, f"the patch of {path} does not apply: {process.stderr}"

    def run(self, command: str, printed: str) -> None:
        process = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        assert process.returncode == 0, f"{command}\n{process.stdout}"
        assert _is_told(printed, process.stdout), (
            f"{command} printed\n{process.stdout}\nand the page says\n{printed}"
        )


def _is_told(printed: str, output: str) -> bool:
    """Whether a page's text tells the output; `...` stands for anything, also for nothing."""
    pieces = [re.escape(" ".join(piece.split())) for piece in printed.split("...")]
    return not printed or bool(re.fullmatch(".*".join(pieces), " ".join(output.split())))


def _commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def _reader(folder: Path) -> Reader:
    project = folder / "project"
    shutil.copytree(PROJECT_DIR, project, ignore=_NOT_COPIED)
    program = folder / "bin" / "marketing-kpi"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{project}" exec "{sys.executable}" -m orchestration "$@"\n'
    )
    program.chmod(0o755)
    path = os.pathsep.join(
        [str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    environment = {**command_line_environment(folder / "output"), "PATH": path, "COLUMNS": "120"}
    environment.pop("COMPANY_DIR", None)
    environment.pop("KPI_HASH_KEY", None)
    return Reader(folder, project, environment)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Has followed `own_company.md` from the first line to the last."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "output").mkdir()
    reader = _reader(folder)
    reader.follow("own_company.md")
    return reader


@pytest.mark.slow
def test_a_company_of_ones_own_is_published(reader: Reader) -> None:
    assert (reader.folder / "acme.xlsx").is_file()
    assert (reader.folder / "output" / "acme" / "published" / "scorecard.en.html").is_file()


@pytest.mark.slow
def test_a_new_kpi_and_a_new_source_reach_the_marts(reader: Reader) -> None:
    # Both pages end with the same run of the company: once is enough for both.
    reader.follow("extending/new_kpi.md", commands=False)
    reader.follow("extending/new_source.md")
    database = reader.folder / "output" / "acme" / "published" / "kpi.duckdb"
    with duckdb.connect(str(database), read_only=True) as marts:
        # January: discounts of 500 and 600 on 4900 + 12500 + 3200 + 8100 + 5600
        january = "from marts.{} where {} = date '2026-01-01'"
        assert marts.execute(
            "select product_line, orders, discount_share "
            + january.format("kpi_discounts_monthly", "month")
        ).fetchall() == [("goods", 5, pytest.approx(1100 / 34300, abs=1e-5))]
        assert marts.execute(
            "select metric_value "
            + january.format("kpi_metrics_monthly", "month")
            + " and metric_id = 'discount_share' and segment_type = 'all'"
        ).fetchall() == [(pytest.approx(1100 / 34300, abs=1e-5),)]
        assert marts.execute(
            "select followers, net_growth from marts.kpi_audience_daily "
            "where network = 'ok' and date_day = date '2026-02-15'"
        ).fetchall() == [(1224, 1224 - 1210)]
        assert marts.execute(
            "select unit from docs.columns "
            "where mart = 'kpi_discounts_monthly' and column_name = 'gross_amount'"
        ).fetchall() == [("company currency (RUB)",)]


@pytest.mark.slow
def test_the_site_builds_without_a_broken_link_and_loads_nothing_from_outside(
    sample_run: PublishedRun, tmp_path: Path
) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=PROJECT_DIR,
        env=command_line_environment(sample_run.output.parent),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert {"kpis.html", "checks.html", "quick_start.html"} <= {page.name for page in pages}
    outside = re.compile(r'<(?:script|img|iframe|link)\b[^>]*(?:src|href)="https?://[^"]*"')
    found = {
        tag
        for page in pages
        for tag in outside.findall(page.read_text(encoding="utf-8"))
        if 'rel="canonical"' not in tag
    }
    assert not found
