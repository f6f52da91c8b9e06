"""What a person is told of a run's loads."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import lake, summary
from orchestration.expectations import ALL_CHECKS, run_checks
from orchestration.expectations.registers import FILES_READ
from orchestration.screen import Screen
from orchestration.settings import Company
from tests.unit.sources.helpers import direct_report, direct_row, make_company, write


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    monkeypatch.setenv("COLUMNS", "200")
    return make_company(tmp_path / "acme")


def loads(company: Company, capsys: pytest.CaptureFixture[str], language: str = "en") -> str:
    """What is printed of a load of Direct and the registers, its spaces made one."""
    lake.load(company, "yandex_direct")
    lake.load(company, "registers")
    capsys.readouterr()
    summary._print_loads(Screen(language), company)
    return "\n".join(" ".join(line.split()) for line in capsys.readouterr().out.splitlines())


def test_an_unchanged_file_is_not_said_to_have_no_rows(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    report = direct_report([direct_row("2026-10-01"), direct_row("2026-10-02")])
    write(company.exports / "yandex_direct" / "a.tsv", report)
    days = "2026-10-01 to 2026-10-02 1"
    assert f"yandex_direct ad_stats 2 0 {days}" in loads(company, capsys)
    assert f"yandex_direct ad_stats unchanged 0 {days}" in loads(company, capsys)
    assert "yandex_direct ad_stats без изменений 0" in loads(company, capsys, "ru")


def test_a_source_whose_only_file_is_gone_is_told(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        company.exports / "yandex_direct" / "a.tsv", direct_report([direct_row("2026-10-01")])
    )
    goals = write(
        company.directory / "registers" / "goals.csv",
        "goal_id,name,objective,owner\nG1,Sales,Sell more,Anna\n",
    )
    assert "no longer" not in loads(company, capsys)
    path.unlink()
    goals.unlink()
    told = loads(company, capsys)
    assert "yandex_direct ad_stats unchanged 0 2026-10-01 to 2026-10-01 0" in told
    assert (
        "yandex_direct ad_stats: no longer in the folder, their loaded days are kept: "
        "exports/yandex_direct/a.tsv"
    ) in told
    assert (
        "registers goals: no longer in the folder, and their rows went with them: "
        "registers/goals.csv"
    ) in told
    assert "этих файлов в папке больше нет, загруженные из них дни остаются" in loads(
        company, capsys, "ru"
    )


def test_a_source_that_was_switched_off_is_not_said_to_be_loaded(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    write(company.exports / "yandex_direct" / "a.tsv", direct_report([direct_row("2026-10-01")]))
    assert "yandex_direct" in loads(company, capsys)
    off = make_company(company.directory, yandex_direct={"enabled": False})
    assert "yandex_direct" not in loads(off, capsys)


def unread(company: Company, capsys: pytest.CaptureFixture[str], language: str = "en") -> str:
    """What is printed where a run ended before its checks."""
    capsys.readouterr()
    summary._print_unread(Screen(language), company)
    return " ".join(capsys.readouterr().out.split())


def test_a_file_that_was_not_read_is_told(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever put an archive into the folder takes it for loaded."""
    assert not unread(company, capsys)
    write(company.exports / "yandex_direct" / "a.zip", b"PK")
    write(company.exports / "yandex_direct" / "README.md", "about the folder")
    told = unread(company, capsys)
    assert told.count("not read") == 1
    assert "exports/yandex_direct/a.zip is of a kind that is not read" in told
    assert "файл такого вида не читается" in unread(company, capsys, "ru")
    off = make_company(company.directory, yandex_direct={"enabled": False})
    assert not unread(off, capsys)


def test_a_file_that_was_not_read_is_told_by_a_check_wherever_the_run_was_started(
    company: Company,
) -> None:
    """Dagster's daemon prints no summary: the page and the alerts tell what checks found."""
    write(company.exports / "yandex_direct" / "a.zip", b"PK")
    write(company.directory / "registers" / "margin.csv", "product_line\n")
    lake.write_company_tables(company)
    with duckdb.connect() as connection:
        lake.register_pipeline_tables(connection, company)
        checks = [check for check in ALL_CHECKS if check.name == FILES_READ]
        (result,) = run_checks(connection, checks)
    told = result.outcome
    assert not told.passed
    assert "exports/yandex_direct/a.zip is of a kind that is not read (unpack an archive; save" in (
        told.message_en
    )
    assert "registers/margin.csv is no register by its name" in told.message_en
    assert "exports/yandex_direct/a.zip — файл такого вида не читается" in told.message_ru
    assert "(архив распакуйте" in told.message_ru
