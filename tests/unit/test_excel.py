from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest

from orchestration import excel
from orchestration.dictionary import Column, Mart
from orchestration.errors import UserError
from orchestration.publication import build_snapshot, publish
from orchestration.settings import Company

MART = "kpi_of_a_rather_long_name_by_day"
TWIN = "kpi_of_a_rather_long_name_by_days"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    company = Company(directory=tmp_path / "acme", name="Acme", first_date=date(2026, 1, 1))
    company.paths.output.mkdir(parents=True)
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.{MART} as select * from (values "
            "('=1+1', 2::bigint, 10.5::decimal(18,2), 0.25::double, true, date '2026-01-02', "
            "timestamp '2026-01-02 03:04:05'), "
            "('https://example.org', null, null, 'inf'::double, false, null, null)"
            ") t(campaign_id, clicks, spend_amount, valid_share, is_paid, date_day, seen_at)"
        )
        connection.execute(f"create table marts.{TWIN} as select 1 as n from range(3)")
    columns = (
        Column("valid_share", "double", "share 0..1", "Share of valid visits."),
        Column("spend_amount", "decimal(18,2)", "company currency", "Media spend."),
    )
    build_snapshot(company, "run-1", [], [Mart(MART, "kpi", "One row per campaign.", columns)])
    publish(company, "run-1")
    return company


def test_cells_have_the_types_and_formats_of_their_columns(
    company: Company, tmp_path: Path
) -> None:
    report = excel.export(company, tmp_path / "a.xlsx", marts=[MART])
    assert [(sheet.mart, sheet.rows) for sheet in report.sheets] == [(MART, 2)]
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["About", MART[:31], "Columns"]
    sheet = book[MART[:31]]
    header, first, second = sheet.iter_rows()
    assert [cell.value for cell in header] == [
        "campaign_id",
        "clicks",
        "spend_amount",
        "valid_share",
        "is_paid",
        "date_day",
        "seen_at",
    ]
    assert [cell.value for cell in first] == [
        "=1+1",
        2,
        10.5,
        0.25,
        True,
        datetime.fromisoformat("2026-01-02"),
        datetime.fromisoformat("2026-01-02 03:04:05"),
    ]
    assert first[0].data_type == "s", "a text from outside never becomes a formula"
    assert [cell.value for cell in second] == [
        "https://example.org",
        None,
        None,
        "inf",
        False,
        None,
        None,
    ]
    assert second[0].hyperlink is None
    formats = {head.value: cell.number_format for head, cell in zip(header, first, strict=True)}
    assert formats["clicks"] == "#,##0"
    assert formats["spend_amount"] == "#,##0.00"
    assert formats["valid_share"] == "0.0%"
    assert formats["date_day"] == "yyyy-mm-dd"
    assert formats["seen_at"] == "yyyy-mm-dd hh:mm:ss"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"


def test_columns_and_origin_are_described(company: Company, tmp_path: Path) -> None:
    excel.export(company, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    described = {row[1]: row for row in book["Columns"].iter_rows(values_only=True)}
    assert described["valid_share"] == (
        MART,
        "valid_share",
        "DOUBLE",
        "share 0..1",
        "Share of valid visits.",
    )
    assert described["spend_amount"][3] == "company currency (RUB)"
    about = {row[0]: row[1:] for row in book["About"].iter_rows(values_only=True) if row[0]}
    assert about["company"][0] == "Acme"
    assert about["run"][0] == "run-1"
    assert about[MART[:31]] == (2, "One row per campaign.")


def test_sheets_whose_names_are_cut_stay_apart(company: Company, tmp_path: Path) -> None:
    excel.export(company, tmp_path / "a.xlsx")
    names = openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert names == ["About", MART[:31], f"{TWIN[:28]}~2", "Columns"]


def test_rows_can_be_chosen(company: Company, tmp_path: Path) -> None:
    report = excel.export(
        company, tmp_path / "a.xlsx", marts=[MART], where="clicks > 1 or is_paid is null"
    )
    assert report.sheets[0].rows == 1
    with pytest.raises(UserError, match='column "clic" not found'):
        excel.export(company, tmp_path / "a.xlsx", marts=[MART], where="clic > 1")


def test_a_mart_that_does_not_fit_is_told(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MAX_ROWS", 2)
    with pytest.raises(UserError, match=r"has 3 rows; a sheet of Excel holds 2.*--where"):
        excel.export(company, tmp_path / "a.xlsx", marts=[TWIN])
    assert list(tmp_path.glob("*.xlsx*")) == [], "nothing half-written is left"
    report = excel.export(company, tmp_path / "a.xlsx")
    assert [sheet.mart for sheet in report.sheets] == [MART]
    assert report.left_out == [f"{TWIN} has 3 rows; a sheet of Excel holds 2"]
    about = openpyxl.load_workbook(tmp_path / "a.xlsx")["About"]
    assert ("NOT IN THIS WORKBOOK", report.left_out[0], None) in set(
        about.iter_rows(values_only=True)
    )


@pytest.mark.parametrize(
    ("path", "marts", "message"),
    [
        ("a.xls", [MART], "must end in .xlsx"),
        ("no/such/a.xlsx", [MART], "no such folder"),
        ("a.xlsx", ["kpi_of_a_rather_long_name"], f"choose one of: .*{MART}"),
        ("a.xlsx", [], "No mart was named"),
    ],
)
def test_what_cannot_be_done_is_told(
    company: Company, tmp_path: Path, path: str, marts: list[str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        excel.export(company, tmp_path / path, marts=marts)


def test_nothing_published_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    company = Company(directory=tmp_path / "acme", name="Acme", first_date=date(2026, 1, 1))
    with pytest.raises(UserError, match=r"Nothing has been published.*marketing-kpi run"):
        excel.export(company, tmp_path / "a.xlsx")
