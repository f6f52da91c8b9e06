"""What readers see while a run writes, after a second run, after a kill, and after a refusal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.publication import DATABASE_NAME
from orchestration.sample_world.generator import generate
from orchestration.settings import PROJECT_DIR
from tests.conftest import (
    SAMPLE_COMPANY,
    PublishedRun,
    command_line_environment,
    run_command,
    run_company,
)
from tests.mart_comparison import differing_marts, marts_of


class Reader(threading.Thread):
    """A reader in a process of its own, querying in a loop until it is told to stop."""

    PROGRAM = """
import sys, duckdb, time
path = sys.argv[1]
runs, queries = set(), 0
print("ready", flush=True)
while True:
    with duckdb.connect(path, read_only=True) as con:
        run, = con.execute("select run_id from run.publication").fetchone()
        a, = con.execute("select sum(revenue_amount) from marts.kpi_roi_monthly "
                         "where attribution_model = 'linear'").fetchone()
        b, = con.execute("select sum(net_amount) from marts.fct_orders").fetchone()
        assert a == b, (a, b)
        runs.add(run); queries += 3
    print(queries, len(runs), flush=True)
    time.sleep(0.1)
"""

    def __init__(self, database: Path) -> None:
        super().__init__(daemon=True)
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, str(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)

    def stop(self) -> str:
        """End the reader; returns what it wrote to its error stream before."""
        crashed = self.process.poll() is not None
        self.process.send_signal(signal.SIGKILL)
        _, errors = self.process.communicate() if not self.is_alive() else (None, "")
        self.join(timeout=10)
        return errors or ("reader ended by itself" if crashed else "")


@pytest.fixture(scope="module")
def second_run(
    sample_run: PublishedRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[PublishedRun, Path, Reader]]:
    """The sample company once more into (a copy of) the same output, with a reader beside it."""
    root = tmp_path_factory.mktemp("second")
    output = root / sample_run.output.name
    shutil.copytree(sample_run.output, output, symlinks=True)
    first = (output / "published").resolve()
    reader = Reader(output / "published" / "kpi.duckdb")
    reader.start()
    run = run_company(SAMPLE_COMPANY, root)
    time.sleep(1)
    yield run, first, reader
    reader.stop()


def test_a_second_run_changes_no_published_figure(
    second_run: tuple[PublishedRun, Path, Reader],
) -> None:
    run, first, _ = second_run
    assert run.process.returncode == 0, run.process.stdout + run.process.stderr
    second = run.published.resolve()
    assert second != first
    assert differing_marts(first / DATABASE_NAME, second / DATABASE_NAME) == []


def test_a_reader_never_sees_an_error_or_a_half_state(
    second_run: tuple[PublishedRun, Path, Reader],
) -> None:
    _, _, reader = second_run
    assert reader.process.poll() is None, reader.stop()
    queries, runs = map(int, reader.lines[-1].split())
    assert queries > 100
    assert runs == 2, "the reader saw the old snapshot and the new one"


@pytest.fixture(scope="module")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> PublishedRun:
    """A small invented company that a test may break, and its first published run."""
    folder = tmp_path_factory.mktemp("small") / "small_shop"
    generate(folder, seed=7, visits_per_day=40, end=date(2025, 6, 21), stories=False)
    run = run_company(folder, folder.parent / "output")
    assert run.process.returncode == 0, run.process.stdout + run.process.stderr
    return run


def test_weeks_without_a_planted_story_raise_no_blocking_failure(
    small_company: PublishedRun,
) -> None:
    with small_company.connect() as connection:
        failed = connection.execute(
            "select name, message_en from run.checks where not passed and severity = 'blocking'"
        ).fetchall()
        judged = connection.execute("select count(*) from run.checks").fetchone()

    assert failed == []
    assert judged is not None
    assert judged[0] > 100


def test_a_killed_run_leaves_the_snapshot_and_the_next_one_mends_it(
    small_company: PublishedRun,
) -> None:
    output_root, folder = small_company.output.parent, small_company.output.parent.parent
    before = small_company.published.resolve()
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", "--company", str(folder / "small_shop")],
        env=command_line_environment(output_root),
        cwd=output_root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr
    for line in process.stderr:
        if "dbt" in line:
            break
    time.sleep(2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert small_company.published.resolve() == before
    assert marts_of(small_company.published / DATABASE_NAME)
    # As if that run had been killed a moment later, between its publication and its notes of it.
    figures = small_company.output / "history" / "published_figures.parquet"
    shown = pq.read_table(figures)
    figures.unlink()
    again = run_company(folder / "small_shop", output_root)
    assert again.process.returncode == 0, again.process.stdout + again.process.stderr
    assert differing_marts(before / DATABASE_NAME, again.published / DATABASE_NAME) == []
    assert pq.read_table(figures).sort_by("figure_id").equals(shown.sort_by("figure_id"))


def test_one_mart_can_be_built_again_from_the_ui(small_company: PublishedRun) -> None:
    """What "Materialize" on one asset launches: its model, its tests, its expectations."""
    output_root = small_company.output.parent
    process = subprocess.run(
        [
            *(sys.executable, "-m", "dagster", "asset", "materialize"),
            *("--module-name", "orchestration.definitions", "--select", "marts/kpi_scorecard"),
        ],
        env={
            **command_line_environment(output_root),
            "COMPANY_DIR": str(output_root.parent / "small_shop"),
        },
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    log = process.stdout + process.stderr
    assert process.returncode == 0, log[-3000:]
    assert "RUN_SUCCESS" in log
    assert "ASSET_CHECK_EVALUATION" in log
    assert log.count("ASSET_MATERIALIZATION - ") == 1


def test_a_broken_export_stops_publication_with_a_message(small_company: PublishedRun) -> None:
    output_root = small_company.output.parent
    folder = output_root.parent / "small_shop"
    before = small_company.published.resolve()
    export = next((folder / "exports" / "vk_ads").glob("*.csv"))
    good = export.read_bytes()
    header, *lines = good.decode("utf-8-sig").splitlines()
    spoiled = header.replace("Клики", "Щелчки")
    export.write_text("\n".join([spoiled, *lines]) + "\n", encoding="utf-8")
    try:
        process = run_command("run", "--company", str(folder), output_root=output_root)
    finally:
        export.write_bytes(good)
    assert process.returncode == 1
    text = " ".join(process.stdout.split())
    assert export.name in text
    assert "clicks" in text
    assert "Что делать" in text
    assert "Читатели видят последний удачный выпуск" in text
    assert small_company.published.resolve() == before
    for name in ("scorecard", "explore"):
        page = (before / f"{name}.en.html").read_text(encoding="utf-8")
        assert "New data were refused, this page is old." in page
    said = (before / "scorecard.en.html").read_text(encoding="utf-8")
    assert export.name in said
    assert "published nothing" in said
    assert not list(before.glob("*.tmp"))
