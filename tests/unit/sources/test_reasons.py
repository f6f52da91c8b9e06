"""Why a row was refused, said in the reader's language."""

from __future__ import annotations

import ast
import re
from datetime import date

import pytest

from orchestration.phrases import ROW_REASONS, row_reason
from orchestration.settings import PROJECT_DIR, Company
from orchestration.sources import cells
from orchestration.sources.contracts import Column, contract_of
from orchestration.sources.files import reading_of, source_settings

COLUMNS = (
    ("plain", "orders", "gross_amount"),
    ("plain", "orders", "status"),
    ("plain", "orders", "refund_amount"),
    ("plain", "orders", "currency"),
    ("plain", "ad_spend", "date"),
    ("registers", "targets", "period_end"),
    ("registers", "holdout_tests", "incremental_revenue_high"),
    ("registers", "hosting_networks", "network"),
    ("surveys", "responses", "aided_brands"),
    ("surveys", "responses", "recommendation"),
)


def _can_break(column: Column, rule: cells.Rule) -> bool:
    """Whether a cell of the column can break the rule."""
    needs = {
        cells.Rule.NOT_ALLOWED: column.allowed or column.synonyms,
        cells.Rule.TOO_SMALL: column.minimum is not None,
        cells.Rule.TOO_LARGE: column.maximum is not None,
        cells.Rule.MORE_THAN_OTHER: column.at_most,
        cells.Rule.BEFORE_OTHER: column.not_before,
        cells.Rule.NOT_A_NETWORK: column.is_network,
    }
    return rule not in cells.SILENT_RULES and bool(needs.get(rule, True))


CASES = [
    (rule, *place)
    for place in COLUMNS
    for rule in cells.Rule
    if _can_break(contract_of(*place[:2]).column(place[2]), rule)
]


@pytest.mark.parametrize(("rule", "source", "table", "name"), CASES)
def test_every_reason_has_russian_words(
    company: Company, rule: cells.Rule, source: str, table: str, name: str
) -> None:
    contract = contract_of(source, table)
    reading = reading_of(company, contract, source_settings(company, source))
    reason, _ = cells.explain(rule, contract.column(name), reading, "Сумма")
    said = ROW_REASONS.russian(reason)
    assert said is not None, f"no Russian words for: {reason}"
    assert re.search("[а-яё]{3}", said)
    assert not re.search(r"\b(the|is|than|less|and others)\b", said)
    assert row_reason(reason, "en") == reason


def test_the_cases_cover_every_rule() -> None:
    assert {rule for rule, *_ in CASES} == set(cells.Rule) - cells.SILENT_RULES


def test_reasons_of_torn_lines_have_russian_words() -> None:
    file = PROJECT_DIR / "orchestration" / "sources" / "cell_tables.py"
    calls = [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reject"
    ]
    reasons = [
        "".join(
            str(part.value) if isinstance(part, ast.Constant) else "7"
            for part in getattr(call.args[2], "values", [call.args[2]])
        )
        for call in calls
    ]
    assert len(reasons) >= 4
    for reason in reasons:
        assert ROW_REASONS.russian(reason), f"no Russian words for: {reason}"


def test_a_date_before_the_first_is_told_in_russian(company: Company) -> None:
    contract = contract_of("plain", "orders")
    reading = reading_of(company, contract, source_settings(company, "plain"))
    column = contract.column("ordered_at")
    reason, _ = cells.explain(cells.Rule.BEFORE_FIRST_DATE, column, reading, "Дата")
    assert row_reason(reason, "ru") == f"дата раньше {date(2025, 5, 1)}"
