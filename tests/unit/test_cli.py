"""What commands print and refuse before a run begins."""

from __future__ import annotations

import shlex
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import lake, summary
from orchestration.cli import app
from orchestration.new_company import create
from orchestration.runner import RunOutcome
from orchestration.screen import Screen
from orchestration.settings import Company, load_company


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.delenv("KPI_HASH_KEY", raising=False)
    return load_company(create(tmp_path / "acme", name="Acme", language="en"))


def test_commands_that_are_printed_can_be_typed_where_a_path_has_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "Мои компании" / "acme берег"
    printed = CliRunner().invoke(app, ["new", str(folder), "--language", "en"]).stdout
    commands = [shlex.split(line) for line in printed.splitlines() if "--company" in line]
    assert [words[1:] for words in commands] == [
        [name, "--company", str(folder)] for name in ("doctor", "run")
    ]


def test_an_output_folder_that_cannot_be_written_is_told_before_the_run(company: Company) -> None:
    company.paths.output.parent.mkdir(parents=True)
    company.paths.output.write_text("a file in the folder's place", encoding="utf-8")
    ended = CliRunner().invoke(app, ["run", "--company", str(company.directory)])
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    assert f"The output folder cannot be written: File exists (file {company.paths.output})" in (
        ended.stdout
    )
    assert "set KPI_OUTPUT_DIR to another folder" in ended.stdout


def test_the_doctor_leaves_nothing_in_the_output_folder(company: Company) -> None:
    orders = company.exports / "plain" / "orders.csv"
    orders.write_text("Order,Date,Customer,Amount\n1,2026-02-01,+7 916 123-45-67,5\n", "utf-8")
    ended = CliRunner().invoke(app, ["doctor", "--company", str(company.directory)])
    assert ended.exit_code == 0
    assert "orders.csv: 1 rows" in ended.stdout
    assert not company.paths.output.exists()


@pytest.mark.parametrize(("language", "rows"), [("en", "1,334"), ("ru", "1\u00a0334")])
def test_thousands_are_written_as_the_reader_writes_them(
    company: Company,
    language: str,
    rows: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In Russian 1,334 would be one and a third."""

    def loads(connection: duckdb.DuckDBPyConnection, _: Company) -> None:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.load_log as select 'registers' as source, 'fx_rates' as table_name, "
            "1334 as rows_loaded, 0 as rows_quarantined, null::date as first_day, "
            "null::date as last_day, 1 as file_count, 'files' as door, 1 as files_read, "
            "1334 as rows_total, '' as note"
        )

    monkeypatch.setattr(lake, "register_pipeline_tables", loads)
    outcome = RunOutcome(run_id="0123456789", is_published=False, checks=[], failures=[])
    summary.print_summary(Screen(language), company, outcome, seconds=1)
    assert f" {rows} " in capsys.readouterr().out
