"""Headers of two lines, and reports with a column where the table has a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import export_files
from tests.unit.sources.helpers import make_company, read, write
from tests.unit.sources.test_exports import refusal, rows_of

SPEND = "vk_ads__campaign_stats"
GOALS = "yandex_metrica__goal_report"
Rows = Sequence[Sequence[object]]


def put(path: Path, rows: Rows, merged: Sequence[str] = ()) -> Path:
    """A file of the kind its name says; only workbooks know merged cells."""
    if path.suffix == ".csv":
        stream = io.StringIO()
        csv.writer(stream, delimiter=";").writerows(rows)
        return write(path, stream.getvalue())
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    for cells in merged:
        book.active.merge_cells(cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def spend_file(company: Company, kind: str) -> Path:
    return company.exports / "vk_ads" / f"stats.{kind}"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_that_stand_in_two_lines_are_one_header(company: Company, kind: str) -> None:
    path = put(
        spend_file(company, kind),
        [
            ["Статистика", "", "", "", "", ""],
            ["Дата", "ID кампании", "Кампания", "Показатели", "", ""],
            ["", "", "", "Показы", "Клики", "Потрачено, ₽"],
            ["05.01.2026", 7, "Дома", 1000, 10, 150],
            ["06.01.2026", 7, "Дома", 2000, 20, 250],
        ],
        ["A2:A3", "B2:B3", "C2:C3", "D2:F2"],
    )
    rows = rows_of(company, SPEND, path)
    assert [(row["date"].day, row["impressions"], row["clicks"]) for row in rows] == [
        (5, 1000, 10), (6, 2000, 20),
    ]  # fmt: skip
    assert [row["cost"] for row in rows] == [150, 250]
    assert {row["campaign_name"] for row in rows} == {"Дома"}


TWO_PERIODS: Rows = [
    ["Дата", "ID кампании", "Показы", "Период А", "", "Период Б", ""],
    ["", "", "", "Клики", "Потрачено, ₽", "Клики", "Потрачено, ₽"],
    ["05.01.2026", 7, 100, 10, 150, 3, 40],
]
MERGED = ["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_one_name_under_two_groups_is_never_chosen(company: Company, kind: str) -> None:
    path = put(spend_file(company, kind), TWO_PERIODS, MERGED)
    error = refusal(company, SPEND, path)
    assert "comes twice, under 'Период А' and under 'Период Б'" in str(error)
    assert 'clicks = "Период А / Клики"' in str(error.remedy)
    assert error.line == 2


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_settings_name_the_group(company: Company, kind: str) -> None:
    own = {"columns": {"clicks": "Период Б / Клики", "cost": "Период Б / Потрачено, ₽"}}
    company = make_company(company.directory, vk_ads=own)
    (row,) = rows_of(company, SPEND, put(spend_file(company, kind), TWO_PERIODS, MERGED))
    assert (row["clicks"], row["cost"]) == (3, 40)


PIVOT: Rows = [
    ["Дата визита", "Визиты", "", "", "Посетители", "", ""],
    ["", "Итого", "Поиск", "Реклама", "Итого", "Поиск", "Реклама"],
    ["2026-01-05", 100, 60, 40, 80, 50, 30],
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_figure_parted_by_the_second_line_is_not_taken_for_the_whole(
    company: Company, kind: str
) -> None:
    folder = company.exports / "yandex_metrica"
    path = put(folder / f"daily_report.{kind}", PIVOT, ["A1:A2", "B1:D1", "E1:G1"])
    own = {"counter_ids": ["77"]}
    company = make_company(company.directory, yandex_metrica=own)
    error = refusal(company, "yandex_metrica__daily_report", path)
    assert "is missing" in str(error)
    columns = {"visits": "Визиты / Итого", "users": "Посетители / Итого"}
    company = make_company(company.directory, yandex_metrica={**own, "columns": columns})
    (row,) = rows_of(company, "yandex_metrica__daily_report", path)
    assert (row["visits"], row["users"]) == (100, 80)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_title_over_a_header_changes_nothing(company: Company, kind: str) -> None:
    path = put(
        spend_file(company, kind),
        [
            ["Отчёт по кампаниям", "", "", "", ""],
            ["Дата", "ID кампании", "Показы", "Клики", "Потрачено, ₽"],
            ["05.01.2026", 7, 100, 10, 150],
        ],
        ["A1:E1"],
    )
    (row,) = rows_of(company, SPEND, path)
    assert (row["clicks"], row["cost"]) == (10, 150)


# --- a column for each goal -------------------------------------------------------------------

WIDE: Rows = [
    ["Дата визита", "Визиты", "Достижения цели «Заявка (форма)»", "Целевые визиты «Заявка (форма)»",
     "Конверсия по цели «Заявка (форма)»", "Достижения цели «Звонок»"],
    ["Итого и средние", 300, 13, 12, "4%", 5],
    ["2026-01-05", 100, 3, 2, "2%", 5],
    ["2026-01-06", 200, 10, 10, "5%", 0],
    ["", "", "", "", "", ""],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_report_with_a_column_for_each_goal_is_the_long_one(company: Company, kind: str) -> None:
    own = {"counter_ids": ["77"], "values": {"goal_id": {"Заявка (форма)": "501"}}}
    company = make_company(company.directory, yandex_metrica=own)
    path = put(company.exports / "yandex_metrica" / f"Отчёт.{kind}", WIDE)
    (file,) = export_files(company, contract_of(*GOALS.split("__")))
    assert file.path == path
    rows, outcome = read(company, GOALS, path)
    assert (outcome.problems, outcome.rows_good, outcome.rows_refused) == ([], 4, 0)
    columns = ("date", "goal_id", "reaches", "converted_visits")
    assert [tuple(row[name] for name in columns) for row in rows.to_pylist()] == [
        (date(2026, 1, 5), "501", 3, 2),
        (date(2026, 1, 5), "Звонок", 5, None),
        (date(2026, 1, 6), "501", 10, 10),
        (date(2026, 1, 6), "Звонок", 0, None),
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_wrong_figure_of_a_goal_is_named_by_line_and_header(company: Company, kind: str) -> None:
    company = make_company(company.directory, yandex_metrica={"counter_ids": ["77"]})
    days = [[f"2026-01-{day:02d}", 1, 1, 1, "1%", 1] for day in range(7, 27)]
    rows = [*WIDE[:3], ["2026-01-06", 200, 10, 10, "5%", "много"], *days]
    path = put(company.exports / "yandex_metrica" / f"goal_report.{kind}", rows)
    _, outcome = read(company, GOALS, path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (4, "Достижения цели «Звонок»")
    assert (problem.value, outcome.rows_good) == ("много", 43)


@pytest.mark.parametrize(
    ("header", "goal"),
    [
        ("ym:s:goal123reaches", "123"),
        ('Достижения цели "Заявка"', "Заявка"),
        ("Достижения цели (Заявка)", "Заявка"),
        ("Достижения цели: Заявка (форма)", "Заявка (форма)"),
        ("Goal reaches (Call)", "Call"),
    ],
)
def test_ways_to_name_a_goal(company: Company, header: str, goal: str) -> None:
    company = make_company(company.directory, yandex_metrica={"counter_ids": ["77"]})
    path = put(
        company.exports / "yandex_metrica" / "goal_report.csv",
        [["Дата", header], ["2026-01-05", 3]],
    )
    (row,) = rows_of(company, GOALS, path)
    assert (row["goal_id"], row["reaches"]) == (goal, 3)
