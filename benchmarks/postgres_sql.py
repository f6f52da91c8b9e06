"""The project's compiled SQL, which is DuckDB's, in the words of PostgreSQL.

sqlglot parses, names every column behind a `*` and knows the types; what its own generator does
otherwise than DuckDB, or not at all, is rewritten here, a function each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

# What differs by the type of an argument is left to PostgreSQL's choice among functions of one
# name. They are plain SQL, which its planner puts in place of the call.
FUNCTIONS = """
-- PostgreSQL gives a time with zone for a date
create function date_trunc(text, date) returns date
language sql immutable parallel safe
as $$ select cast(pg_catalog.date_trunc($1, cast($2 as timestamp)) as date) $$;

-- PostgreSQL rounds only decimals to places
create function round(double precision, integer) returns double precision
language sql immutable parallel safe
as $$ select cast(pg_catalog.round(cast($1 as numeric), $2) as double precision) $$;
"""

# PostgreSQL's names of DuckDB's types, where they differ.
_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision", "HUGEINT": "numeric(38, 0)"}


def postgres_type(duckdb_type: str) -> str:
    """Of a column, from its type in DuckDB's information schema."""
    return _TYPES.get(duckdb_type, duckdb_type.lower())


def schema_of(columns: Iterable[tuple[str, str, str, str, str]]) -> MappingSchema:
    """Of rows (database, schema, table, column, DuckDB's type)."""
    # by database, schema and table
    found: dict[str, Any] = {}
    for database, schema, table, column, kind in columns:
        tables = found.setdefault(database, {}).setdefault(schema, {})
        tables.setdefault(table, {})[column] = kind
    return MappingSchema(found, dialect="duckdb")


def to_postgres(query: str, schema: MappingSchema) -> str:
    """A query of the same rows.

    Raises:
        sqlglot.errors.SqlglotError: it cannot be parsed, or its columns cannot be found.
    """
    tree = sqlglot.parse_one(query, read="duckdb")
    tree = qualify(tree, schema=schema, dialect="duckdb")
    tree = annotate_types(tree, schema=schema, dialect="duckdb")
    # from the innermost out: a rewritten node may hold others
    for node in reversed(list(tree.walk(bfs=True))):
        rewrite = _REWRITES.get(type(node))
        if rewrite:
            rewritten = rewrite(node)
            if rewritten is not node:
                if node is tree:
                    tree = rewritten
                else:
                    node.replace(rewritten)
    return tree.sql(dialect="postgres", comments=False)


# --- rewrites: one expression in, the one that takes its place out -------------------------------


def _without_qualify(select: exp.Select) -> exp.Expr:
    """`qualify` becomes a subquery's `where`; its windows are columns of the subquery, which lets
    PostgreSQL stop counting rows early."""
    qualify_ = select.args.get("qualify")
    if not qualify_:
        return select
    if select.args.get("order") or select.args.get("distinct"):
        raise sqlglot.UnsupportedError("qualify beside distinct or order by")
    names, ctes = select.named_selects, select.args.pop("with_", None)
    qualify_.pop()
    condition = qualify_.this
    outside = [
        node
        for node in condition.walk(prune=lambda node: isinstance(node, exp.Window))
        if isinstance(node, exp.Window | exp.Column)
    ]
    for number, node in enumerate(outside):
        name = f"_q{number}"
        if node is condition:
            condition = exp.column(name)
        else:
            node.replace(exp.column(name))
        select.select(exp.alias_(node.copy(), name), copy=False)
    outer = exp.select(*(exp.column(name, quoted=True) for name in names))
    outer = outer.from_(select.subquery("_qualified")).where(condition)
    if ctes:
        outer.set("with_", ctes)
    return outer


def _real_division(division: exp.Div) -> exp.Expr:
    """DuckDB's `/` gives a double whatever it divides; over zero, which stops PostgreSQL, NULL."""
    left, right = division.this, division.expression
    if not left.is_type(exp.DataType.Type.DOUBLE):
        left = exp.cast(left, exp.DataType.Type.DOUBLE)
    if not (isinstance(right, exp.Literal) and float(right.name)):
        right = exp.func("nullif", right, exp.Literal.number(0))
    return exp.Div(this=left.copy(), expression=right.copy(), typed=True)


def _crossed_boundaries(difference: exp.DateDiff) -> exp.Expr:
    """DuckDB counts the boundaries between two times, sqlglot the whole units."""
    unit = difference.text("unit").lower()
    end, start = difference.this.sql("postgres"), difference.expression.sql("postgres")
    if unit == "day":
        counted = f"cast(cast({end} as date) - cast({start} as date) as bigint)"
    elif unit in ("second", "minute", "hour"):
        seconds = {"second": 1, "minute": 60, "hour": 3600}[unit]
        counted = (
            f"cast(extract(epoch from date_trunc('{unit}', {end}) - date_trunc('{unit}', {start}))"
            f" / {seconds} as bigint)"
        )
    elif unit == "month":
        counted = (
            f"cast((extract(year from {end}) - extract(year from {start})) * 12"
            f" + extract(month from {end}) - extract(month from {start}) as bigint)"
        )
    else:
        raise sqlglot.UnsupportedError(f"date_diff of {unit}")
    return sqlglot.parse_one(counted, read="postgres")


def _part_of_text(item: exp.Bracket) -> exp.Expr:
    """Also an empty text has a first part; a further one that is missing is NULL."""
    split = item.this
    if not isinstance(split, exp.Split):
        return item
    (index,) = item.expressions
    # counted from 0 in the tree
    if isinstance(index, exp.Literal) and index.is_int:
        number = str(int(index.name) + 1)
    elif isinstance(index, exp.Add) and index.expression == exp.Literal.number(-1):
        number = index.this.sql("postgres")
    else:
        raise sqlglot.UnsupportedError(f"a part of a text by {index.sql('postgres')}")
    text, separator = split.this.sql("postgres"), split.expression.sql("postgres")
    if number == "1":
        part = f"split_part({text}, {separator}, 1)"
    else:
        part = f"(string_to_array({text}, {separator}))[{number}]"
    return sqlglot.parse_one(part, read="postgres")


_REWRITES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Select: _without_qualify,
    exp.Div: _real_division,
    exp.DateDiff: _crossed_boundaries,
    exp.Bracket: _part_of_text,
}
