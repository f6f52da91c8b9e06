"""Models and data tests keep to SQL that DuckDB, Spark and ClickHouse understand alike.

A list of words cannot prove that; the builds in tests/engines do. It catches the usual slips in
seconds, on machines without those engines.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.settings import DBT_PROJECT_DIR

# What is written -> what to write instead.
NOT_PORTABLE = {
    r"::\s*\w": "cast(... as ...) through to_double, to_date and their like",
    r"\b(group|order) by all\b": "the column names",
    r"\*\s+(exclude|replace)\b": "the column names",
    r"\b(generate_series|range|unnest|(list|array|struct|map)_\w+|list)\s*\(": "list macros",
    r"\b(with\s+recursive|lateral|asof|pivot|unpivot)\b": "joins and window functions",
    r"\b(arg_max|arg_min|max_by|min_by|first|last|any_value)\s*\(": "row_number() or max()",
    r"\b(strftime|strptime|date_\w+|datediff|dateadd|epoch\w*|make_date)\s*\(": "date macros",
    r"\b(extract|year|month|day|dayof\w+|isodow|weekday|quarter|last_day)\s*\(": "date macros",
    r"\binterval\s+(\d|'|\()": "add_days, add_months",
    r"\b(median|quantile\w*|percentile\w*|approx_\w+)\s*\(": "the macros median, percentile",
    r"\b(try_cast|ilike|regexp_\w+|similar to)\b": "cast and like",
    r"\b(string_agg|group_concat|string_split|split_part)\b": "dbt.split_part and list macros",
    r"\b(greatest|least)\s*\(": "larger_of, smaller_of, which treat NULL alike everywhere",
    r"\b(json\w*|printf|format)\s*\(": "columns",
    r"\brange\s+between\b": "rows between, or a join on days",
    r"\bread_(parquet|csv)\b": "a source",
    r"\b(bool_and|bool_or|count_if|product|mode|histogram)\s*\(": "sum(case ...), count_where",
    r"\bover\s*\([^()]*\b(count|sum|min|max|avg)\s*\(": "the aggregate in a CTE before the window",
}
# The text of jinja is replaced, so that dbt's and the project's own macros pass.
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def sql_files() -> list[Path]:
    return sorted(
        path for folder in ("models", "tests") for path in (DBT_PROJECT_DIR / folder).rglob("*.sql")
    )


def slips(sql: str) -> list[str]:
    """What is not portable, with the line and the remedy."""

    def blank(found: re.Match[str]) -> str:
        return " " + "\n" * found.group().count("\n")

    bare = _TEXT.sub("''", _COMMENT.sub(blank, _JINJA.sub(blank, sql))).lower()
    return [
        f"line {bare[: found.start()].count(chr(10)) + 1}: {found.group().strip()!r}; use {remedy}"
        for pattern, remedy in NOT_PORTABLE.items()
        for found in re.finditer(pattern, bare)
    ]


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.stem)
def test_sql_is_portable(path: Path) -> None:
    assert slips(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select a::date from t",
        "select channel, count(*) from t group by all",
        "select * exclude (a) from t",
        "select unnest(a) from t",
        "select greatest(a, b) from t",
        "select d + interval '1' day from t",
        "select strftime(d, '%Y') from t",
        "select median(a) from t",
        "select a from t group by a qualify row_number() over (order by count(*) desc) = 1",
    ],
)
def test_a_slip_is_found(sql: str) -> None:
    assert slips(sql)


def test_macros_comments_and_texts_are_no_slips() -> None:
    assert not slips("-- median(a)\n{# a::b #}\nselect {{ median('a') }}, 'a::b', {{ f('a::b') }}")
