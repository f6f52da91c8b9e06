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
_ALL_OF_ONE = re.compile(r"\b(\w+)\.\*")
_FIRST_RELATION = re.compile(r"\bfrom\s+(?:as\s+)?(\w+)(?:\s+as\s+(\w+))?")
_AFTER_RELATIONS = re.compile(r"\b(where|group by|having|qualify|order by|union|limit)\b")


def sql_files() -> list[Path]:
    return sorted(
        path for folder in ("models", "tests") for path in (DBT_PROJECT_DIR / folder).rglob("*.sql")
    )


def slips(sql: str) -> list[str]:
    """What is not portable, with the line and the remedy."""

    def blank(found: re.Match[str]) -> str:
        return " " + "\n" * found.group().count("\n")

    bare = _TEXT.sub("''", _COMMENT.sub(blank, _JINJA.sub(blank, sql))).lower()
    found_slips = [
        (found, remedy)
        for pattern, remedy in NOT_PORTABLE.items()
        for found in re.finditer(pattern, bare)
    ]
    found_slips += [
        (found, "all_columns, whose columns have no prefix on ClickHouse")
        for found in _ALL_OF_ONE.finditer(bare)
        if is_prefixed(found.group(1), _rest_of_query(bare[found.end() :]))
    ]
    return [
        f"line {bare[: found.start()].count(chr(10)) + 1}: {found.group().strip()!r}; use {remedy}"
        for found, remedy in found_slips
    ]


def is_prefixed(relation: str, rest: str) -> bool:
    """Whether ClickHouse may name columns of `relation.*` `relation.x`.

    It does so for columns that several of three or more relations have, and for those of a joined
    relation that the first one has too.
    """
    relations = _AFTER_RELATIONS.split(rest)[0]
    joins = len(re.findall(r"\bjoin\b", relations))
    first = _FIRST_RELATION.search(relations)
    return joins > 1 or (joins == 1 and first is not None and relation not in first.groups())


def _rest_of_query(text: str) -> str:
    """What follows in the same query, without what stands in brackets."""
    depth, kept = 0, []
    for piece in re.findall(r"[()]|[^()]+", text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            break
        if depth == 0 and piece != ")":
            kept.append(piece)
    return " ".join(kept)


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
        "select a.*, b.x from a inner join b on a.id = b.id left join c on a.id = c.id",
        "select b.* from a left join b on a.id = b.id where a.x in (select x from c)",
    ],
)
def test_a_slip_is_found(sql: str) -> None:
    assert slips(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select a.*, f(b.x) as y from a left join b on a.id = b.id",
        "select t.* from a as t inner join b on t.id = b.id",
        "select t.* from {{ a }} as t inner join b on t.id = b.id",
        "select a.* from a where x in (select c.x from c join d on c.y = d.y join e on d.z = e.z)",
        "with b as (select a.* from a) select b.x from b join c on b.x = c.x join d on c.y = d.y",
    ],
)
def test_all_columns_of_the_first_of_two_relations_are_no_slip(sql: str) -> None:
    assert not slips(sql)


def test_macros_comments_and_texts_are_no_slips() -> None:
    assert not slips("-- median(a)\n{# a::b #}\nselect {{ median('a') }}, 'a::b', {{ f('a::b') }}")
