"""Brand surveys as Google Forms exports them: questions as headers, grids, ticked lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import ExportFile, FileReader
from tests.unit.sources.helpers import make_company, read, write
from tests.unit.sources.test_exports import sheet

TABLE = "surveys__responses"
FIRST = "Какая компания первой приходит на ум?"
NAMED = "Какие ещё строительные компании Вы знаете?"
GRID = "Знаете ли Вы эти компании?"
SCORE = "Насколько вероятно, что Вы порекомендуете нас? (от 0 до 10)"
BOUGHT = "Вы у нас покупали?"
OWN: Mapping[str, Any] = {
    "columns": {
        "first_brand": FIRST,
        "unaided_brands": NAMED,
        "aided_brands": GRID,
        "recommendation": SCORE,
        "is_customer": BOUGHT,
    },
    "constants": {"mode": "online_panel", "is_target": True},
    "values": {
        "aided_brands": {"Слышал(а), но не покупал(а)": True, "Первый раз слышу": False},
        "unaided_brands": {"теплый берег": "Тёплый берег", "не знаю": "no"},
        "is_customer": {"Да, покупал(а)": "yes", "Ещё нет": "no"},
    },
}
HEADER = ["Отметка времени", FIRST, NAMED, f"{GRID} [Тёплый берег]", f"{GRID} [Дом и сад]", SCORE,
          BOUGHT]  # fmt: skip


def csv_text(rows: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def answers(company: Company, path: Path) -> list[dict[str, Any]]:
    rows, outcome = read(company, TABLE, path)
    assert outcome.problems == []
    return sorted(rows.to_pylist(), key=lambda row: row["answered_at"])


@pytest.fixture
def surveyed(company: Company) -> Company:
    return make_company(company.directory, surveys=dict(OWN))


ROWS = [
    ["31.01.2026 9:05:00", "Тёплый берег", "Дом и сад, Новый терем", "Знаю", "Не знаю", 9,
     "Да, покупал(а)"],
    ["31.01.2026 18:05:00", "", "теплый берег;не знаю", "Слышал(а), но не покупал(а)", "", "",
     "Ещё нет"],
    ["01.02.2026 0:00:01", "", "", "Первый раз слышу", "Знаю", 0, "нет"],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_form_with_a_grid_is_read_as_exported(surveyed: Company, kind: str) -> None:
    path = surveyed.exports / "surveys" / f"Опрос 2026-Q1 (ответы).{kind}"
    if kind == "csv":
        write(path, csv_text([HEADER, *ROWS]))
    else:
        sheet(path, [HEADER, *ROWS])
    first, second, third = answers(surveyed, path)
    assert first["answered_at"] == datetime(2026, 1, 31, 9, 5)  # noqa: DTZ001 - company's clock
    assert [first["first_brand"], first["unaided_brands"], first["aided_brands"]] == [
        "Тёплый берег", "Дом и сад|Новый терем", "Тёплый берег",
    ]  # fmt: skip
    assert (first["recommendation"], first["is_customer"]) == (9, True)
    assert (second["unaided_brands"], second["aided_brands"]) == ("Тёплый берег", "Тёплый берег")
    assert (second["recommendation"], second["is_customer"]) == (None, False)
    assert (third["first_brand"], third["aided_brands"]) == (None, "Дом и сад")
    assert (third["recommendation"], third["wave"]) == (0, "2026-Q1")


def test_an_answer_that_nothing_explains_is_named_with_its_place(surveyed: Company) -> None:
    strange = [*ROWS[0][:4], "Кажется, знаю", *ROWS[0][5:]]
    path = write(
        surveyed.exports / "surveys" / "2026-02.csv", csv_text([HEADER, *(ROWS * 3), strange])
    )
    rows, outcome = read(surveyed, TABLE, path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (11, f"{GRID} [Дом и сад]")
    assert problem.value == "Кажется, знаю"
    assert '[sources.surveys.values.aided_brands], "the answer" = "yes"' in problem.remedy
    assert len(rows) == 9


def test_several_ticks_in_a_row_of_a_grid(surveyed: Company) -> None:
    rows = [[*ROWS[0][:3], "Слышал; Не знаю", "Не знаю, нет", *ROWS[0][5:]]]
    path = write(surveyed.exports / "surveys" / "2026-02.csv", csv_text([HEADER, *rows]))
    assert [row["aided_brands"] for row in answers(surveyed, path)] == ["Тёплый берег"]


def test_a_list_in_one_column_and_a_question_with_a_bracket_of_its_own(company: Company) -> None:
    own = {
        "columns": {"unaided_brands": ["Первая", "Другие"], "aided_brands": "Отметьте [любые]"},
        "constants": {"mode": "street", "is_target": "да", "is_customer": "нет"},
    }
    company = make_company(company.directory, surveys=own)
    path = write(
        company.exports / "surveys" / "2026-02.csv",
        "Timestamp,Первая,Другие,Отметьте [любые]\n"
        '2026/01/31 6:05:00 PM GMT+3,Альфа,"Бета, Гамма",Альфа;Бета\n',
    )
    (row,) = answers(company, path)
    assert (row["unaided_brands"], row["aided_brands"]) == ("Альфа|Бета|Гамма", "Альфа|Бета")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026/01/31 6:05:00 PM GMT+3", "2026-01-31T18:05:00"),
        ("2026/01/31 6:05:00\u202fPM GMT+3", "2026-01-31T18:05:00"),
        ("2026/01/31 6:05:00 ПП GMT+3", "2026-01-31T18:05:00"),
        ("2026/01/31 6:05:00 ДП GMT+5", "2026-01-31T04:05:00"),
        ("2026/01/31 6:05:00 AM GMT+5:30", "2026-01-31T03:35:00"),
        ("31.01.2026 9:05:07", "2026-01-31T09:05:07"),
        ("31.01.2026, 9:05", None),
    ],
)
def test_timestamps_of_forms(surveyed: Company, cell: str, expected: str | None) -> None:
    path = write(
        surveyed.exports / "surveys" / "2026-02.csv", csv_text([HEADER, [cell, *ROWS[0][1:]]])
    )
    if expected is None:
        with pytest.raises(UserError, match="is not a date"):
            read(surveyed, TABLE, path)
        return
    (row,) = answers(surveyed, path)
    assert row["answered_at"].isoformat() == expected


def test_a_longer_export_of_the_same_form_keeps_the_ids(surveyed: Company) -> None:
    folder = surveyed.exports / "surveys"
    same = [*ROWS, ROWS[0]]
    before = answers(surveyed, write(folder / "2026-Q1.csv", csv_text([HEADER, *same])))
    later = [*same, ["02.02.2026 10:00:00", *ROWS[1][1:]], ROWS[0]]
    after = answers(surveyed, write(folder / "2026-Q1 (1).csv", csv_text([HEADER, *later])))
    ids = {row["respondent_id"] for row in before}
    assert len(ids) == 4
    assert ids < {row["respondent_id"] for row in after}
    assert len(after) == len({row["respondent_id"] for row in after}) == 6


def test_a_question_that_was_worded_anew_is_remarked_on(surveyed: Company) -> None:
    header = [cell.replace("Знаете ли Вы", "Какие Вы знаете из") for cell in HEADER]
    path = write(surveyed.exports / "surveys" / "2026-02.csv", csv_text([header, *ROWS]))
    reader = FileReader(
        surveyed, contract_of("surveys", "responses"), ExportFile(path, path.name), path.parent,
        examines=True,
    )  # fmt: skip
    list(reader.batches())
    assert any(GRID in remark.text for remark in reader.outcome.remarks)


def test_values_of_an_unknown_column_are_refused(company: Company) -> None:
    own = {**OWN, "values": {"aided_brand": {"Знаю": "yes"}}}
    company = make_company(company.directory, surveys=own)
    path = write(company.exports / "surveys" / "2026-02.csv", csv_text([HEADER, *ROWS]))
    with pytest.raises(UserError, match="write aided_brands"):
        read(company, TABLE, path)
