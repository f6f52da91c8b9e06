"""SQL over pandas frames gives DuckDB's rows: the benchmark's translation against DuckDB itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.pandas_marts import differences, of_duckdb, schema_for, type_kind, types_of
from benchmarks.pandas_sql import Key, Table, compute, prepared
from benchmarks.pandas_values import Unsupported, Values

TYPES = {
    "id": "bigint",
    "name": "varchar",
    "other": "varchar",
    "number": "bigint",
    "price": "decimal(18, 2)",
    "rate": "double",
    "is_new": "boolean",
    "day": "date",
    "moment": "timestamp",
}
ROWS: list[tuple[Any, ...]] = [
    (1, "abc", "b", 7, "1.50", 0.5, True, date(2026, 1, 31), "2026-01-31 23:59:59"),
    (2, "", "b", -7, "-2.25", -1.5, False, date(2026, 3, 1), "2026-03-01 00:00:00"),
    (3, None, None, None, None, None, None, None, None),
    (4, "Тёплый берег", "ый", 3, "0.00", 2.5, True, date(2024, 2, 29), "2025-12-31 05:00:00"),
    (5, " a_b ", "_", 0, "10.005", 1e9, None, date(2026, 1, 1), "2026-01-01 00:00:01"),
    (6, "ab/c/d?e", "/", 2**53 + 1, "99.99", 0.125, False, None, "2026-01-31 00:30:00"),
    (7, "ABC", None, 7, "1.50", None, True, date(2026, 1, 31), None),
    (8, "abc", "abc", 3, None, 3.5, False, date(2025, 12, 1), "2026-01-01 12:00:00"),
]


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        fill(connection, "t", TYPES, ROWS)
        fill(connection, "empty", TYPES, [])
        yield connection


def fill(
    duck: duckdb.DuckDBPyConnection, name: str, types: dict[str, str], rows: list[tuple[Any, ...]]
) -> None:
    columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
    duck.execute(f"create or replace table {name} ({columns})")
    if rows:
        places = ", ".join([f"({', '.join('?' * len(types))})"] * len(rows))
        duck.execute(f"insert into {name} values {places}", [cell for row in rows for cell in row])


def found_by_pandas(duck: duckdb.DuckDBPyConnection, query: str) -> Table:
    types = types_of(duck)

    def read(key: Key) -> Table:
        kinds = {name: type_kind(kind) for name, kind in types[key].items()}
        return of_duckdb(duck, key, kinds)

    return compute(prepared(query, schema_for(types)), read)


def assert_same(duck: duckdb.DuckDBPyConnection, query: str) -> None:
    duck.execute(f"create or replace table result as {query}")
    table = found_by_pandas(duck, query)
    assert differences(duck, ("main", "result"), table) == []


EXPRESSIONS = [
    # three-valued logic
    "is_new and number > 3, is_new or number > 3, not is_new, not (is_new and name = 'abc')",
    "name = other, name <> other, name < other, name is null, not name is null",
    "number in (7, 3), number not in (7, 3), name in ('abc', ''), number in (3, null)",
    "number not in (3, null), 'abc' in (name, other), rate between 0 and 2, not rate between 0 "
    "and 2",
    "is_new is true, is_new is not true, is_new is false, null = number, null is null",
    "case when is_new then 1 when number > 0 then 2.5 end, case number when 7 then 'x' else name "
    "end",
    "case when number > 5 then name end, case when is_new then 'a' when not is_new then 'b' end",
    "coalesce(name, other, 'none'), coalesce(number, 0), coalesce(price, number), coalesce(rate, "
    "1)",
    "coalesce(is_new, false), coalesce(day, date '2026-01-01'), nullif(name, ''), nullif(number, "
    "7)",
    "nullif(price, 1.5), nullif(day, date '2026-01-31'), nullif(name, other)",
    # numbers
    "number / 2, number % 4, -number, abs(number), number * 3 - 1, number + is_new::bigint",
    "price * 2, price * 1.10, price + number, price - 0.005, price / 3, price * rate, price % 1",
    "round(price, 1), round(price * 1.005, 2), round(rate), round(rate, 2), floor(rate), "
    "ceil(rate)",
    "floor(price), ceil(price), round(price), abs(price), -price, power(rate, 2), exp(rate / 1e9)",
    "sqrt(abs(rate)), case when rate > 0 then ln(rate) end, cast(rate as bigint)",
    "cast(price as bigint), cast(rate as decimal(18, 1)), cast(price as decimal(18, 1))",
    "cast(number as double), cast(number as varchar), cast(price as varchar), cast(is_new as "
    "varchar)",
    "cast(cast(number as varchar) as bigint), cast(day as varchar), cast(moment as varchar)",
    "cast(number as decimal(38, 0)) * cast(number as decimal(38, 0)) % 1000",
    # days and times
    "day + interval 1 month, day - interval 1 day, cast(day + interval 13 month as date), day + 3",
    "day + cast(-id as bigint) * interval '1' month, moment + cast(id as bigint) * interval '1' "
    "day",
    "day - date '2025-01-01', date_trunc('month', day), date_trunc('month', moment)",
    "date_diff('day', moment, day::timestamp), date_diff('month', day, moment), "
    "date_diff('minute', day, moment)",
    "date_diff('second', moment, timestamp '2026-01-01 00:00:00'), extract(year from day), "
    "moment < day",
    "cast(moment as date), cast(day as timestamp), cast('2026-01-05' as date) > day, day = moment",
    "timezone('UTC', timezone('Europe/Moscow', moment)), timezone('UTC', "
    "timezone('Europe/Berlin', moment))",
    # texts
    "name || '-' || other, lower(name), upper(name), trim(name), length(name), md5(name)",
    "name like 'a%', name like '%c', name like '%b%', name like 'abc', name not like '%_b%'",
    "name like '%' || other || '%', name like 'a_c', name like '%', name like '', 'xbx' like '%b%'",
    "strpos(name, 'b'), strpos(name, other), strpos(name, 'берег'), strpos('xb', other)",
    "substr(name, 2), substr(name, 2, 2), substr(name, strpos(name, 'b') + 1), substr(name, 1, 0)",
    "string_split(name, '/')[1], string_split(name, '/')[2], string_split(name, '/')[9]",
    "string_split(name, '/')[cast(id as bigint)], replace(name, 'b', 'xx'), replace(name, other, "
    "''), replace(name, '', 'x')",
]


@pytest.mark.parametrize("expressions", EXPRESSIONS)
def test_scalar_expressions(duck: duckdb.DuckDBPyConnection, expressions: str) -> None:
    assert_same(duck, f"select id, {named(expressions)} from t")
    assert_same(duck, f"select id, {named(expressions)} from empty")


def named(expressions: str) -> str:
    """Each with a name, so that tables of both can be compared."""
    parts, depth, start, quoted = [], 0, 0, False
    for place, sign in enumerate(expressions):
        quoted ^= sign == "'"
        if not quoted:
            depth += (sign in "([") - (sign in ")]")
            if sign == "," and not depth:
                parts.append(expressions[start:place])
                start = place + 1
    parts.append(expressions[start:])
    return ", ".join(f"{part} as c{number}" for number, part in enumerate(parts))


QUERIES = [
    "select 1 as a, 'x' as b, cast(null as double) as c",
    "select * from t where number > 3 and (name = 'abc' or is_new)",
    "select * from t where not number > 3",
    "select distinct name, number from t",
    "select name from t union select other from t",
    "select name as n, 1 as k from t union all select other, number from t union all select 'z', 2",
    "select id, number as n from t union all select id, price from t union all select id, rate "
    "from t",
    "with a as (select * from t), b as (select * from a where id > 2) select a.id, b.id as c "
    "from a left join b on a.number = b.number",
    "select id, (select max(number) from t) as most, (select name from t where id > 99) as none "
    "from t",
    # groups
    "select count(*) as n, count(number) as c, sum(number) as s, avg(price) as a, min(name) as m, "
    "max(day) as d, sum(price) as p, max(is_new) as b, count(distinct name) as u from t",
    "select count(*) as n, sum(number) as s, max(name) as m, sum(rate) as r, count(distinct "
    "name) as u "
    "from empty",
    "select name, count(*) as n, sum(rate) as s, min(moment) as a, max(price) as p from t group "
    "by name",
    "select name, count(*) as n from empty group by name",
    "select day, is_new, sum(number) as s, count(distinct number) as u from t group by day, is_new",
    "select lower(name) || '!' as k, 1 + sum(price) * 2 as s from t group by lower(name)",
    "select number % 2 as k, count(*) as n from t group by (number) % 2 having count(*) > 1",
    "select number, quantile_cont(rate, 0.5) as q, string_agg(name, ',' order by id) as l from t "
    "group by number",
    "select name, sum(sum(number)) over (order by name) as s from t group by name",
    "select sum(cast(number as decimal(38, 0)) * 4611686018427387904) / 1e18 as s from t",
    # joins
    "select a.id as a, b.id as b from t as a inner join t as b on a.name = b.name",
    "select a.id as a, b.id as b from t as a left join t as b on a.name = b.other and a.id < b.id",
    "select a.id as a, b.id as b, b.name as n from t as a left join t as b "
    "on a.number = b.number and a.is_new and b.id > 1",
    "select a.id as a, b.id as b from t as a left join empty as b on a.id = b.id",
    "select a.id as a, b.id as b from empty as a inner join t as b on a.id = b.id",
    "select a.id as a, b.id as b from t as a cross join t as b where a.id < b.id and b.number = 3",
    "select a.id as a, b.id as b from t as a inner join t as b on a.rate < b.rate or a.name = "
    "b.other",
    "select a.id as a, b.id as b from t as a left join t as b on a.day >= b.day and a.number > "
    "b.id",
    "select a.id as a, b.id as b from t as a inner join t as b on a.number = b.price * 2",
    "select a.id as a, b.id as b from t as a left join t as b on a.id = b.id where b.name is null",
    "select a.id as a, c.id as c from t as a left join t as b on a.name = b.other "
    "left join t as c on b.id = c.id",
    # windows
    "select id, row_number() over (partition by name order by id desc) as r from t",
    "select id from t qualify row_number() over (partition by number order by price desc, id) = 1",
    "select id, lag(name) over (order by id) as p, lead(number, 2) over (order by id desc) as q "
    "from t",
    "select id, sum(number) over (partition by is_new) as s, count(*) over () as n, "
    "max(name) over (partition by day) as m, avg(rate) over (partition by is_new) as a from t",
    "select id, sum(rate) over (order by number) as s, count(name) over (order by day) as n, "
    "max(name) over (order by id) as m, min(number) over (order by id) as l from t",
    "select id, sum(price) over w as s, sum(number) over w as n from t "
    "window w as (partition by is_new order by id rows between unbounded preceding and current "
    "row)",
    "select id, sum(price) over (order by id rows between 2 preceding and 1 following) as s, "
    "count(rate) over (order by id rows between 3 preceding and 1 preceding) as c, "
    "first_value(name) over (partition by is_new order by id desc rows between unbounded preceding "
    "and unbounded following) as f from t",
    "select id, row_number() over (order by is_new desc, day nulls first, rate desc, id) as r "
    "from t",
    "select id, lag(name) over (order by id) as p from empty",
]


@pytest.mark.parametrize("query", QUERIES)
def test_queries(duck: duckdb.DuckDBPyConnection, query: str) -> None:
    assert_same(duck, query)


numbers = st.one_of(st.none(), st.integers(-3, 3))
texts = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "я"]))
days = st.one_of(st.none(), st.dates(date(2026, 1, 28), date(2026, 2, 3)))
RANDOM = {"id": "bigint", "k": "bigint", "name": "varchar", "day": "date", "price": "decimal(18,2)"}
prices = st.one_of(st.none(), st.decimals(-5, 5, places=2))
random_rows = st.lists(st.tuples(numbers, texts, days, prices), max_size=12)

RANDOM_QUERIES = [
    "select a.id as a, b.id as b from l as a {kind} join r as b on a.k = b.k and a.name = b.name",
    "select a.id as a, b.id as b, b.name as n from l as a {kind} join r as b "
    "on a.k = b.k and a.price < b.price",
    # between two values, with and without equal keys, from either side
    "select a.id as a, b.id as b from l as a {kind} join r as b "
    "on b.day > a.day - interval 2 day and b.day <= a.day",
    "select a.id as a, b.id as b from l as a {kind} join r as b "
    "on a.name = b.name and a.day >= cast(b.day - interval 1 day as date) and a.day < b.day + 2",
    "select a.id as a, b.id as b from l as a {kind} join r as b on a.k > b.k and a.k < b.k + 3",
    "select k, name, count(*) as n, sum(price) as p, max(day) as d, min(name) as m, "
    "count(distinct day) as u from l group by k, name",
    "select distinct k, day from l union select k, day from r",
    "select id, sum(price) over (partition by k order by day) as s, count(*) over (partition by k, "
    "name) as c, row_number() over (partition by name order by price desc, day, id) as n, "
    "max(price) over (partition by k order by day, id) as m from l",
    "select id, lag(price) over (partition by k order by day nulls first, id desc) as p, "
    "sum(k) over (order by id rows between 2 preceding and current row) as s, "
    "min(name) over (partition by k order by name, id) as m from l",
    "select id, k = 1 and name = 'a' as a, k = 1 or name = 'a' as o, not (k = 1 or day is null) "
    "as n, "
    "case when price > 0 then name when k < 0 then 'minus' end as c, coalesce(k, price) as p, "
    "round(price * k / 3, 2) as r, name || cast(k as varchar) as t from l",
]


@pytest.mark.parametrize("query", RANDOM_QUERIES)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(left=random_rows, right=random_rows)
def test_random_rows(
    duck: duckdb.DuckDBPyConnection,
    query: str,
    left: list[tuple[Any, ...]],
    right: list[tuple[Any, ...]],
) -> None:
    for name, rows in (("l", left), ("r", right)):
        fill(duck, name, RANDOM, [(number, *row) for number, row in enumerate(rows)])
    for kind in ("inner", "left") if "{kind}" in query else ("",):
        assert_same(duck, query.format(kind=kind))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select a.id from t as a full join t as b on a.id = b.id", "FULL"),
        ("select rank() over (order by id) as r from t", "RANK"),
        ("select id from t where id in (select number from t)", "IN"),
        ("select max(id) filter (where is_new) as m from t", "FILTER"),
        ("select regexp_replace(name, 'a', 'b') as r from t", "REGEXP_REPLACE"),
        ("select id from t limit 1", "limit"),
        ("select (select max(b.id) from t as b where b.id < a.id) as m from t as a", "a.id"),
    ],
)
def test_what_is_not_known_is_told(duck: duckdb.DuckDBPyConnection, query: str, told: str) -> None:
    with pytest.raises(Unsupported, match=told):
        found_by_pandas(duck, query)


def test_other_rows_are_told(duck: duckdb.DuckDBPyConnection) -> None:
    duck.execute("create table result as select id, name, price, rate, is_new from t")
    key = ("main", "result")
    same = found_by_pandas(duck, "select id, name, price, rate, is_new from t")
    assert differences(duck, key, same) == []

    fewer = found_by_pandas(duck, "select id, name, price, rate, is_new from t where id > 1")
    assert differences(duck, key, fewer) == ["rows: 8 on DuckDB, 7 in pandas"]
    other_text = found_by_pandas(
        duck, "select id, coalesce(name, '') as name, price, rate, is_new from t"
    )
    assert [text.split(":")[0] for text in differences(duck, key, other_text)] == ["name"]
    of_type = Table({**same.columns, "rate": same.columns["id"]}, same.rows)
    assert differences(duck, key, of_type) == ["rate: DOUBLE on DuckDB, int in pandas"]
    for factor, found in ((1 + 1e-11, []), (1 + 1e-7, ["rate"])):
        rates = Values("double", same.columns["rate"].data * np.float64(factor))
        moved = Table({**same.columns, "rate": rates}, same.rows)
        assert [text.split(":")[0] for text in differences(duck, key, moved)] == found
