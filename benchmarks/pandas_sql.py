"""The project's compiled SQL over pandas DataFrames: what `benchmarks.pandas_marts` measures.

A query is first made ready: sqlglot parses it, names every column with its table, writes out every
`*` and drops what no one reads. Then it is computed as one would write it by hand:

- a join is `merge` on its equal columns, and what else it asks for is a mask afterwards; conditions
  on one table alone are applied to it before. Without equal columns, one side is sorted by what the
  other bounds and the rows between are looked up. Rows are fetched from a table by position, each
  column only when it is read.
- groups are numbered by `factorize` once for each set of keys; sums and counts add up by these
  numbers, the rest is `groupby`.
- a window is computed over rows sorted once for each partition and order.
- an expression that a select has more than once is computed once.

Only what the models use is known; anything else is told by its SQL (`Unsupported`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from benchmarks import pandas_values as values_of
from benchmarks.pandas_values import (
    NULL,
    Unsupported,
    Values,
    codes_of,
    common_kind,
    concatenated,
    constant,
    floats,
    ranks_of,
    spread,
    take,
    to_array,
    truth,
)

# (schema, name) of a table
Key = tuple[str, str]

# A cross join is filtered by pieces of so many pairs.
_PAIRS_AT_ONCE = 4_000_000


# --- making ready ------------------------------------------------------------------------------


def prepared(query: str, schema: MappingSchema, columns: Iterable[str] | None = None) -> exp.Expr:
    """A query of these columns, or of all, ready for `compute`.

    Raises:
        sqlglot.errors.SqlglotError: it cannot be parsed, or its columns cannot be found.
    """
    tree = sqlglot.parse_one(query, read="duckdb")
    for select in tree.find_all(exp.Select):
        _write_out_windows(select)
    if columns is not None:
        chosen = [exp.column(name, table="read", quoted=True) for name in columns]
        tree = exp.select(*chosen).from_(cast("exp.Query", tree).subquery("read"))
    tree = qualify(tree, schema=schema, dialect="duckdb")
    tree = pushdown_projections(tree, schema=schema, dialect="duckdb")
    # a key of a group is found again in what is selected, whatever brackets it stands in
    for bracket in list(tree.find_all(exp.Paren)):
        bracket.replace(bracket.unnest())
    for select in tree.find_all(exp.Select):
        _mark_repeated(select)
    return tree


def read_columns(tree: exp.Expr) -> dict[Key, set[str]]:
    """Columns by table that a ready query reads."""
    found: dict[Key, set[str]] = {}
    for scope in traverse_scope(tree):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table):
                names = found.setdefault((source.db, source.name), set())
                names |= {column.name for column in scope.source_columns(alias)}
    return found


def _write_out_windows(select: exp.Select) -> None:
    """Windows named by a `window` clause, in each place that names them."""
    named = {window.name: window for window in select.args.get("windows") or ()}
    for window in select.find_all(exp.Window):
        definition = named.get(window.text("alias"))
        if definition is not None:
            window.set("alias", None)
            for part in ("partition_by", "order", "spec"):
                given = definition.args.get(part)
                copied = [item.copy() for item in given] if isinstance(given, list) else given
                window.set(part, copied.copy() if isinstance(copied, exp.Expr) else copied)
    select.set("windows", None)


def _mark_repeated(select: exp.Select) -> None:
    own = [
        node
        for part in select.args.values()
        for item in (part if isinstance(part, list) else [part])
        if isinstance(item, exp.Expr) and not isinstance(item, exp.From | exp.With | exp.Join)
        for node in item.walk(prune=lambda inner: isinstance(inner, exp.Query))
        if not isinstance(node, exp.Literal | exp.Column | exp.Identifier | exp.Query)
    ]
    counts = Counter(own)
    for node in own:
        count = counts[node]
        in_parent = counts[node.parent] if node.parent else 0
        if count > 1 and count > in_parent:
            node.meta["repeated"] = True


# --- tables and rows ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Columns of one length."""

    columns: dict[str, Values]
    rows: int

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: to_array(values, self.rows) for name, values in self.columns.items()},
            copy=False,
        )

    def kinds(self) -> dict[str, tuple[str, int]]:
        return {name: (values.kind, values.scale) for name, values in self.columns.items()}


def of_frame(frame: pd.DataFrame, kinds: Mapping[str, tuple[str, int]]) -> Table:
    return Table(
        {name: values_of.of_series(frame[name], *kinds[name]) for name in frame.columns},
        len(frame),
    )


def compute(tree: exp.Expr, read: Callable[[Key], Table]) -> Table:
    """The rows of a ready query. `read` gives a table that it names.

    Raises:
        Unsupported: the query has something that this translation does not know.
    """
    return _Query(read, {}).table(tree)


@dataclass
class _Common:
    """A common table expression: computed when it is first read, and once."""

    tree: exp.Expr
    query: _Query
    table: Table | None = None

    def read(self) -> Table:
        if self.table is None:
            self.table = self.query.table(self.tree)
        return self.table


@dataclass
class _Query:
    read: Callable[[Key], Table]
    common: dict[str, _Common]
    scalars: dict[exp.Expr, Values] = field(default_factory=dict)

    def table(self, tree: exp.Expr) -> Table:
        for part in ("limit", "offset", "order"):
            if tree.args.get(part):
                raise Unsupported(f"{part} of a query")
        query = self
        ctes = tree.args.get("with_")
        if ctes:
            if ctes.args.get("recursive"):
                raise Unsupported("a recursive query")
            query = _Query(self.read, dict(self.common), self.scalars)
            for cte in ctes.expressions:
                inner = _Query(self.read, dict(query.common), self.scalars)
                query.common[cte.alias] = _Common(cte.this, inner)
        if isinstance(tree, exp.Subquery):
            return query.table(tree.this)
        if isinstance(tree, exp.Union):
            return query.union(tree)
        if isinstance(tree, exp.Select):
            return query.select(tree)
        raise Unsupported(tree.sql("duckdb")[:200])

    def source(self, node: exp.Expr) -> Table:
        if isinstance(node, exp.Subquery):
            return self.table(node)
        if not isinstance(node, exp.Table):
            raise Unsupported(node.sql("duckdb")[:200])
        if not node.db and node.name in self.common:
            return self.common[node.name].read()
        return self.read((node.db or "main", node.name))

    def union(self, tree: exp.Union) -> Table:
        if tree.args.get("by_name"):
            raise Unsupported("union by name")
        # a chain of many is one
        queries: list[exp.Expr] = [tree.expression]
        node: exp.Expr = tree.this
        while (
            isinstance(node, exp.Union)
            and not node.args.get("with_")
            and bool(node.args.get("distinct")) == bool(tree.args.get("distinct"))
        ):
            queries.append(node.expression)
            node = node.this
        tables = [self.table(query) for query in (node, *reversed(queries))]
        names = list(tables[0].columns)
        rows = [table.rows for table in tables]
        columns = {}
        for number, name in enumerate(names):
            parts = [list(table.columns.values())[number] for table in tables]
            columns[name] = concatenated(parts, rows)
        table = Table(columns, sum(rows))
        return distinct(table) if tree.args.get("distinct") else table

    def select(self, tree: exp.Select) -> Table:
        rows = self.joined(tree)
        windows = self.grouped(tree, rows)
        if windows is not None:
            rows = windows
        having = tree.args.get("having")
        if having:
            rows = rows.where(having.this)
        qualify_ = tree.args.get("qualify")
        if qualify_:
            # windows are over the rows before
            for window in tree.find_all(exp.Window):
                if window.find_ancestor(exp.Select) is tree:
                    rows.known[window] = rows.value(window)
            rows = rows.where(qualify_.this)
        columns = {item.alias_or_name: rows.value(item.unalias()) for item in tree.expressions}
        table = Table(columns, rows.rows)
        return distinct(table) if tree.args.get("distinct") else table

    def joined(self, tree: exp.Select) -> Rows:
        source, joins = tree.args.get("from_"), tree.args.get("joins") or ()
        if tree.args.get("laterals"):
            raise Unsupported("a lateral view")
        if source is None:
            rows = Rows(self, 1, {})
            return rows.where(tree.args["where"].this) if tree.args.get("where") else rows
        where = tree.args.get("where")
        conditions = _conjuncts(where.this) if where else []
        # what a condition on one table excludes need not be joined, unless NULLs take its place
        inner = {source.this.alias_or_name} | {
            join.this.alias_or_name for join in joins if not join.side
        }
        early: dict[str, list[exp.Expr]] = {}
        late = []
        for condition in conditions:
            names = _tables_in(condition)
            if joins and len(names) == 1 and names <= inner:
                early.setdefault(names.pop(), []).append(condition)
            else:
                late.append(condition)

        def opened(node: exp.Expr) -> Rows:
            alias = node.alias_or_name
            opened_rows = Rows(self, 0, {}).of(alias, self.source(node))
            for condition in early.get(alias, ()):
                opened_rows = opened_rows.where(condition)
            return opened_rows

        rows = opened(source.this)
        for join in joins:
            if join.args.get("using") or join.method or join.side not in ("", "LEFT"):
                raise Unsupported(join.sql("duckdb")[:200])
            on = join.args.get("on")
            right = opened(join.this)
            rows = join_rows(rows, right, _conjuncts(on) if on else [], outer=join.side == "LEFT")
        for condition in late:
            rows = rows.where(condition)
        return rows

    def grouped(self, tree: exp.Select, rows: Rows) -> Rows | None:
        group = tree.args.get("group")
        if group and any(value for key, value in group.args.items() if key != "expressions"):
            raise Unsupported(group.sql("duckdb"))
        aggregates = [
            node
            for part in (*tree.expressions, tree.args.get("having"), tree.args.get("qualify"))
            if part is not None
            for node in part.walk(prune=lambda inner: isinstance(inner, exp.Query))
            if _is_aggregate(node)
        ]
        if group is None and not aggregates:
            return None
        keys = list(group.expressions) if group else []
        groups = rows.groups(keys)
        made = Rows(self, groups.count if keys else 1, {})
        for key in keys:
            made.known[key] = take(rows.value(key), groups.firsts)
        for node in aggregates:
            if node not in made.known:
                made.known[node] = aggregate(node, rows, groups, made.rows)
        return made

    def scalar(self, tree: exp.Expr) -> Values:
        """A subquery in place of a value."""
        known = self.scalars.get(tree)
        if known is None:
            table = self.table(tree)
            (values,) = table.columns.values()
            if table.rows > 1:
                raise Unsupported(f"more than one row: {tree.sql('duckdb')[:200]}")
            values = spread(values, table.rows)
            if table.rows:
                value = None if values.missing is not None else values.data[0]
                known = constant(values.kind, value, values.scale, values.unit)
            else:
                known = constant(values.kind, None, values.scale)
            self.scalars[tree] = known
        return known


def distinct(table: Table) -> Table:
    groups = numbered(list(table.columns.values()), table.rows)
    columns = {name: take(values, groups.firsts) for name, values in table.columns.items()}
    return Table(columns, groups.count)


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.left), *_conjuncts(condition.right)]
    return [condition]


def _tables_in(node: exp.Expr) -> set[str]:
    return {
        inner.table
        for inner in node.walk(prune=lambda inner: isinstance(inner, exp.Query))
        if isinstance(inner, exp.Column)
    }


def _is_aggregate(node: exp.Expr) -> bool:
    if not isinstance(node, exp.AggFunc | exp.WithinGroup | exp.Filter):
        return False
    parent = node.parent
    if isinstance(parent, exp.WithinGroup | exp.Filter) and node.arg_key == "this":
        return False
    return not (isinstance(parent, exp.Window | exp.IgnoreNulls) and node.arg_key == "this")


# --- groups ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Groups:
    """`codes`: of each row the number of its group. `firsts`: of each group a row."""

    codes: np.ndarray
    count: int
    firsts: np.ndarray


def numbered(keys: Sequence[Values], rows: int) -> Groups:
    """Rows that are alike in every key, where missing is like missing."""
    keys = [key for key in keys if not key.is_constant and key.kind != "null"]
    if not keys:
        count = min(rows, 1)
        return Groups(np.zeros(rows, np.int64), count, np.zeros(count, np.int64))
    codes, bound = codes_of(keys[0])
    for key in keys[1:]:
        more, count = codes_of(key)
        if bound * count >= 2**62:
            codes, uniques = pd.factorize(codes)
            bound = len(uniques)
        codes, bound = codes * count + more, bound * count
    if bound <= 2 * rows + 1000:
        # few enough to be counted
        is_there = np.zeros(bound, bool)
        is_there[codes] = True
        number = np.cumsum(is_there) - 1
        codes, total = number[codes], int(is_there.sum())
    else:
        codes, uniques = pd.factorize(codes)
        total = len(uniques)
    firsts = np.empty(total, np.int64)
    firsts[codes[::-1]] = np.arange(rows - 1, -1, -1)
    return Groups(codes, total, firsts)


def aggregate(node: exp.Expr, rows: Rows, groups: Groups, count: int) -> Values:
    """One value a group."""
    if isinstance(node, exp.Filter):
        raise Unsupported(node.sql("duckdb"))
    if isinstance(node, exp.Count):
        if isinstance(node.this, exp.Distinct):
            (item,) = node.this.expressions
            return _distinct_count(spread(rows.value(item), rows.rows), groups, count)
        if isinstance(node.this, exp.Star):
            return Values("int", np.bincount(groups.codes, minlength=count))
        return _counted(spread(rows.value(node.this), rows.rows), groups, count)
    if isinstance(node, exp.WithinGroup | exp.PercentileCont):
        if isinstance(node, exp.WithinGroup):
            ordered = node.expression.expressions[0]
            if not isinstance(node.this, exp.PercentileCont) or ordered.args.get("desc"):
                raise Unsupported(node.sql("duckdb"))
            item, share = ordered.this, node.this.this
        else:
            item, share = node.this, node.expression
        series = pd.Series(floats(spread(rows.value(item), rows.rows)))
        found = series.groupby(groups.codes).quantile(float(share.name))
        return Values("double", found.reindex(range(count)).to_numpy())
    if isinstance(node, exp.GroupConcat):
        return _concatenation(node, rows, groups, count)
    if isinstance(node.this, exp.Distinct):
        raise Unsupported(node.sql("duckdb"))
    values = spread(rows.value(node.this), rows.rows)
    return _folded(node, values, groups.codes, count)


def _folded(node: exp.Expr, values: Values, codes: np.ndarray, count: int) -> Values:
    """Sum, mean, least or most of each group."""
    if isinstance(node, exp.Sum):
        return _summed(values, codes, count)
    if isinstance(node, exp.Avg):
        total = floats(_summed(values, codes, count))
        number = _present(values, codes, count)
        with np.errstate(all="ignore"):
            return Values("double", total / number)
    if isinstance(node, exp.Max | exp.Min):
        return _extreme(values, codes, count, largest=isinstance(node, exp.Max))
    raise Unsupported(node.sql("duckdb")[:200])


def _present(values: Values, codes: np.ndarray, count: int) -> np.ndarray:
    missing = values.missing
    return np.bincount(codes if missing is None else codes[~missing], minlength=count)


def _counted(values: Values, groups: Groups, count: int) -> Values:
    return Values("int", _present(values, groups.codes, count))


def _distinct_count(values: Values, groups: Groups, count: int) -> Values:
    missing = values.missing
    codes, bound = codes_of(values)
    of_group = groups.codes
    if missing is not None:
        codes, of_group = codes[~missing], of_group[~missing]
    pairs = pd.unique(of_group * bound + codes)
    return Values("int", np.bincount(pairs // bound, minlength=count))


def _summed(values: Values, codes: np.ndarray, count: int) -> Values:
    if values.kind == "null":
        return constant("int", None)
    missing = values.missing
    data = values.data
    if values.kind == "bool":
        data = data.astype(np.int64)
    if missing is not None:
        data, codes = data[~missing], codes[~missing]
    empty = None
    if missing is not None or count > len(codes) or count == 1:
        empty = np.bincount(codes, minlength=count) == 0
        empty = empty if empty.any() else None
    if values.kind not in ("int", "bool"):
        # of no rows it gives whole numbers
        total = np.bincount(codes, weights=data, minlength=count).astype(np.float64)
        if values.kind == "decimal":
            total = np.round(total, values.scale)
        if empty is not None:
            total[empty] = np.nan
        return Values(values.kind, total, scale=values.scale)
    most = values_of.largest(data) * len(data)
    if most < 2.0**53:
        total = np.bincount(codes, weights=data, minlength=count).astype(np.int64)
    else:
        total = np.zeros(count, object if most >= 2.0**62 or data.dtype == object else np.int64)
        np.add.at(total, codes, data)
    return Values("int", total, empty)


def _extreme(values: Values, codes: np.ndarray, count: int, *, largest: bool) -> Values:
    if values.kind == "null":
        return values
    missing = values.missing
    place = np.arange(len(codes))
    if missing is not None:
        place, codes = place[~missing], codes[~missing]
    if values.kind == "text" or values.data.dtype == object:
        numbers = ranks_of(values)[0][place]
    else:
        numbers = values.data[place]
        if values.data.dtype.kind == "M":
            numbers = numbers.view(np.int64)
        elif values.kind == "bool":
            numbers = numbers.astype(np.int64)
    grouped = pd.Series(numbers).groupby(codes, sort=True)
    found = grouped.max() if largest else grouped.min()
    if values.kind == "text" or values.data.dtype == object:
        # any row that has the rank
        ranks, bound = ranks_of(values)
        row = np.empty(bound, np.int64)
        row[ranks] = np.arange(len(ranks))
        index = np.full(count, -1, np.int64)
        index[found.index.to_numpy()] = row[found.to_numpy()]
        return take(values, index, holes=True)
    index = np.full(count, -1, np.int64)
    index[found.index.to_numpy()] = np.arange(len(found))
    data = found.to_numpy()
    if values.data.dtype.kind == "M":
        data = data.view(values.data.dtype)
    elif values.kind == "bool":
        data = data.astype(bool)
    part = Values(values.kind, data, None, values.scale)
    return take(part, index, holes=bool((index < 0).any()))


def _concatenation(node: exp.GroupConcat, rows: Rows, groups: Groups, count: int) -> Values:
    """Calls Python once for each group."""
    item, order = node.this, []
    if isinstance(item, exp.Order):
        item, order = item.this, item.expressions
    place, _ = rows.sorted_by(groups, order)
    texts = pd.Series(spread(rows.value(item), rows.rows).data.take(place))
    separator = node.args["separator"].name
    present = texts.notna().to_numpy()
    found = texts[present].groupby(groups.codes[place][present]).agg(separator.join)
    return Values("text", pd.array(found.reindex(range(count)), dtype=values_of.TEXT))


# --- rows of a select --------------------------------------------------------------------------


@dataclass
class Rows:
    """Rows of joined tables. `parts`: by alias the table, and the positions of its rows (-1 where
    an outer join found none), or None for all in their order. `known`: values of expressions."""

    query: _Query
    rows: int
    parts: dict[str, tuple[Table, np.ndarray | None, bool]]
    known: dict[exp.Expr, Values] = field(default_factory=dict)
    fetched: dict[tuple[str, str], Values] = field(default_factory=dict)
    repeated: dict[exp.Expr, Values] = field(default_factory=dict)
    numbers: dict[tuple[exp.Expr, ...], Groups] = field(default_factory=dict)
    orders: dict[Any, Order] = field(default_factory=dict)

    def of(self, alias: str, table: Table) -> Rows:
        return Rows(self.query, table.rows, {alias: (table, None, False)})

    def at(self, index: np.ndarray) -> Rows:
        """These rows by position."""
        parts = {
            alias: (table, index if place is None else place[index], holes)
            for alias, (table, place, holes) in self.parts.items()
        }
        known = {node: take(values, index) for node, values in self.known.items()}
        return Rows(self.query, len(index), parts, known)

    def where(self, condition: exp.Expr) -> Rows:
        rows = self
        for part in _conjuncts(condition):
            holds = truth(rows.value(part), rows.rows)
            if holds is not None and not holds.all():
                rows = rows.at(np.flatnonzero(holds))
        return rows

    def column(self, alias: str, name: str) -> Values:
        values = self.fetched.get((alias, name))
        if values is None:
            if alias not in self.parts:
                raise Unsupported(f"column {alias}.{name} is of no table here")
            table, place, holes = self.parts[alias]
            values = table.columns[name]
            if place is not None:
                values = take(values, place, holes=holes)
            self.fetched[alias, name] = values
        return values

    def groups(self, keys: Sequence[exp.Expr]) -> Groups:
        known = self.numbers.get(tuple(keys))
        if known is None:
            known = numbered([self.value(key) for key in keys], self.rows)
            self.numbers[tuple(keys)] = known
        return known

    def sorted_by(self, groups: Groups, order: Sequence[exp.Expr]) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the rows by group and order; where a row differs from the one before."""
        codes, bound = groups.codes, max(groups.count, 1)
        columns: list[np.ndarray] = []
        for item in order:
            values = self.value(item.this)
            if values.is_constant or values.kind == "null":
                continue
            ranks, count = ranks_of(values)
            if item.args.get("desc"):
                missing = values.missing
                ranks = (count - 2) - ranks
                if missing is not None:
                    ranks = np.where(missing, count - 1, ranks)
            if item.args.get("nulls_first"):
                missing = values.missing
                ranks = ranks + 1 if missing is None else np.where(missing, 0, ranks + 1)
                count += 1
            if bound * count >= 2**62:
                columns.append(codes)
                codes, bound = ranks, count
            else:
                codes, bound = codes * count + ranks, bound * count
        columns.append(codes)
        place = np.argsort(codes, kind="stable") if len(columns) == 1 else np.lexsort(columns[::-1])
        differs = np.ones(self.rows, bool)
        if self.rows:
            differs[1:] = False
            for column in columns:
                in_order = column[place]
                differs[1:] |= in_order[1:] != in_order[:-1]
        return place, differs

    # --- expressions

    def value(self, node: exp.Expr) -> Values:
        """Of an expression, one a row or one for all."""
        if isinstance(node, exp.Paren | exp.Alias):
            return self.value(node.this)
        if self.known:
            known = self.known.get(node)
            if known is not None:
                return known
        if isinstance(node, exp.Column):
            return self.column(node.table, node.name)
        is_repeated = "repeated" in node.meta
        if is_repeated:
            known = self.repeated.get(node)
            if known is not None:
                return known
        function = _FUNCTIONS.get(type(node))
        if function is None:
            raise Unsupported(f"{type(node).__name__}: {node.sql('duckdb')[:200]}")
        values = function(self, node)
        if node.args.get("negate"):
            values = values_of.negated(values)
        if is_repeated:
            self.repeated[node] = values
        return values


# --- joins -------------------------------------------------------------------------------------

# The sign of a comparison, what stands left of it in the rows so far, right in the joined table.
Bound = tuple[str, exp.Expr, exp.Expr]


def join_rows(left: Rows, right: Rows, conditions: Sequence[exp.Expr], *, outer: bool) -> Rows:
    """Inner or left join."""
    equal: list[tuple[exp.Expr, exp.Expr]] = []
    rest: list[exp.Expr] = []
    on_left: list[exp.Expr] = []
    theirs = set(right.parts)
    bounds: list[Bound] = []
    for condition in conditions:
        names = _tables_in(condition)
        if names and names <= theirs:
            right = right.where(condition)
            continue
        if names and not names & theirs:
            on_left.append(condition)
            continue
        sides = _sides(condition, theirs)
        if sides is None:
            rest.append(condition)
        elif sides[0] == "=":
            equal.append(sides[1:])
        else:
            bounds.append(sides)
            rest.append(condition)
    if on_left and not outer:
        for condition in on_left:
            left = left.where(condition)
        on_left = []
    keys = [(left.value(mine), right.value(other)) for mine, other in equal]
    pairs = _between(left, right, keys, bounds)
    if pairs is None and equal:
        pairs = _merged(keys, left.rows, right.rows)
    if pairs is None:
        return _crossed(left, right, [*rest, *on_left], outer=outer)
    mine, other = pairs
    rest += on_left
    mine, other = _holding(left, right, mine, other, rest)
    return _with_right(left, right, mine, other, outer=outer)


def _holding(
    left: Rows,
    right: Rows,
    mine: np.ndarray,
    other: np.ndarray,
    conditions: Sequence[exp.Expr],
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of which all conditions hold."""
    if conditions:
        both = _paired(left, right, mine, other)
        for condition in conditions:
            holds = truth(both.value(condition), both.rows)
            if holds is not None:
                keep = np.flatnonzero(holds)
                mine, other = mine[keep], other[keep]
                both = both.at(keep)
    return mine, other


def _paired(left: Rows, right: Rows, mine: np.ndarray | None, other: np.ndarray) -> Rows:
    a = left if mine is None else left.at(mine)
    b = right.at(other)
    return Rows(left.query, b.rows, {**a.parts, **b.parts}, fetched=dict(a.fetched))


def _with_right(
    left: Rows, right: Rows, mine: np.ndarray, other: np.ndarray, *, outer: bool
) -> Rows:
    times = np.bincount(mine, minlength=left.rows)
    most = int(times.max()) if len(times) else 0
    if most <= 1 and (outer or (len(mine) == left.rows)):
        # the rows stay as they are, and each has one of the other table or none
        index = np.full(left.rows, -1, np.int64)
        index[mine] = other
        mine_all = None
    elif outer:
        alone = np.flatnonzero(times == 0)
        mine_all = np.concatenate([mine, alone])
        index = np.concatenate([other, np.full(len(alone), -1, np.int64)])
    else:
        mine_all, index = mine, other
    holes = outer and bool((index < 0).any())
    parts = (left if mine_all is None else left.at(mine_all)).parts
    parts = dict(parts)
    for alias, (table, place, had_holes) in right.parts.items():
        if place is None:
            found = index
        elif not holes:
            found = place[index]
        elif len(place):
            found = np.where(index < 0, -1, place[index])
        else:
            found = index
        parts[alias] = (table, found, had_holes or holes)
    fetched = left.fetched if mine_all is None else {}
    return Rows(left.query, len(index), parts, fetched=dict(fetched))


_SYMBOLS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _sides(condition: exp.Expr, theirs: set[str]) -> tuple[str, exp.Expr, exp.Expr] | None:
    """Of a comparison: its sign, what is of the rows so far, what of the table to join; or None."""
    symbol = _SYMBOLS.get(type(condition))
    if symbol is None or not isinstance(condition, exp.Binary):
        return None
    first, second = _tables_in(condition.left), _tables_in(condition.right)
    if first and second and second <= theirs and not first & theirs:
        return symbol, condition.left, condition.right
    if first and second and first <= theirs and not second & theirs:
        return _MIRRORED.get(symbol, symbol), condition.right, condition.left
    return None


def _merged(
    keys: Sequence[tuple[Values, Values]], left_rows: int, right_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the pairs that are equal in every key; missing is equal to nothing."""
    frames = []
    for side, rows in ((0, left_rows), (1, right_rows)):
        present: np.ndarray | None = None
        columns: dict[Any, Any] = {}
        for number, pair in enumerate(keys):
            kind, scale = common_kind(pair)
            values = spread(values_of.as_kind(pair[side], kind, scale), rows)
            missing = values.missing
            if missing is not None:
                present = ~missing if present is None else present & ~missing
            columns[number] = values.data
        columns["place"] = np.arange(rows)
        frame = pd.DataFrame(columns, copy=False)
        frames.append(frame if present is None else frame[present])
    pairs = frames[0].merge(frames[1], on=list(range(len(keys))), suffixes=("_left", "_right"))
    return pairs["place_left"].to_numpy(), pairs["place_right"].to_numpy()


def _between(
    left: Rows, right: Rows, keys: Sequence[tuple[Values, Values]], bounds: Sequence[Bound]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Positions of the pairs that are equal in the keys, and in which a value of one side lies
    between two of the other.

    The one side is sorted by keys and value, and the first and last place between are looked up,
    so that what equal keys alone would pair is never made. None if no value is bounded from both
    ends, or if keys and value do not fit one whole number.
    """
    swapped = [(other, mine) for mine, other in keys]
    mirrored = [(_MIRRORED[symbol], other, mine) for symbol, mine, other in bounds]
    for by, of, of_keys, signs in (
        (left, right, keys, bounds),
        (right, left, swapped, mirrored),
    ):
        for _, _, item in signs:
            lower = [sign for sign in signs if sign[2] == item and sign[0] in ("<", "<=")]
            upper = [sign for sign in signs if sign[2] == item and sign[0] in (">", ">=")]
            if lower and upper:
                pairs = _looked_up(by, of, of_keys, lower[0], upper[0])
                if pairs is not None:
                    return pairs if by is left else pairs[::-1]
    return None


def _looked_up(
    by: Rows, of: Rows, keys: Sequence[tuple[Values, Values]], lower: Bound, upper: Bound
) -> tuple[np.ndarray, np.ndarray] | None:
    parts = [of.value(lower[2]), by.value(lower[1]), by.value(upper[1])]
    kind, scale = common_kind(parts)
    if kind not in ("int", "date", "timestamp"):
        return None
    rows = (of.rows, by.rows, by.rows)
    sides = [
        spread(values_of.as_kind(part, kind, scale), count)
        for part, count in zip(parts, rows, strict=True)
    ]
    if any(side.data.dtype == object for side in sides):
        return None
    numbers = [
        side.data.astype("M8[D]" if kind == "date" else "M8[us]").astype(np.int64)
        if kind != "int"
        else side.data
        for side in sides
    ]
    is_there = [np.ones(count, bool) for count in (of.rows, by.rows)]
    for side, there in zip(sides, (is_there[0], is_there[1], is_there[1]), strict=True):
        if side.missing is not None:
            there[side.missing] = False
    both = []
    for by_key, of_key in keys:
        for key, there in ((of_key, is_there[0]), (by_key, is_there[1])):
            missing = spread(key, len(there)).missing
            if missing is not None:
                there[missing] = False
        both.append(concatenated([of_key, by_key], [of.rows, by.rows]))
    groups = numbered(both, of.rows + by.rows)
    of_codes, by_codes = groups.codes[: of.rows], groups.codes[of.rows :]
    place = np.flatnonzero(is_there[0])
    if not len(place):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    least, most = int(numbers[0][place].min()), int(numbers[0][place].max())
    span = most - least + 3
    if groups.count * span >= 2**62:
        return None
    # bounds beyond all values stay within their key
    first_of, last_of = (
        by_codes * span + (np.clip(number, least - 1, most + 1) - least + 1)
        for number in numbers[1:]
    )
    key = of_codes[place] * span + (numbers[0][place] - least + 1)
    order = np.argsort(key, kind="stable")
    place, key = place[order], key[order]
    # lower: its value < or <= ours
    first = np.searchsorted(key, first_of, "left" if lower[0] == "<=" else "right")
    after = np.searchsorted(key, last_of, "right" if upper[0] == ">=" else "left")
    times = np.where(is_there[1], np.maximum(after - first, 0), 0)
    return np.repeat(np.arange(by.rows), times), place[_runs(first, times)]


def _runs(first: np.ndarray, times: np.ndarray) -> np.ndarray:
    """first, first + 1, ... so many times, for each."""
    ends = np.cumsum(times)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - times - first, times)


def _crossed(left: Rows, right: Rows, conditions: Sequence[exp.Expr], *, outer: bool) -> Rows:
    """Every pair, or those of which conditions hold."""
    step = max(_PAIRS_AT_ONCE // max(right.rows, 1), 1)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for begin in range(0, left.rows, step):
        some = np.arange(begin, min(begin + step, left.rows))
        mine = np.repeat(some, right.rows)
        other = np.tile(np.arange(right.rows), len(some))
        found.append(_holding(left, right, mine, other, conditions))
    nothing = np.zeros(0, np.int64)
    mine = np.concatenate([nothing, *(pair[0] for pair in found)])
    other = np.concatenate([nothing, *(pair[1] for pair in found)])
    return _with_right(left, right, mine, other, outer=outer)


# --- windows -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """Rows sorted by partition and order.

    `place`: their positions; `starts` and `ends`: of each in this order, where its partition begins
    and is over; `peers_end`: where its equals are over."""

    place: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    peers_end: np.ndarray


def _ordered(rows: Rows, node: exp.Window) -> Order:
    keys = tuple(node.args.get("partition_by") or ())
    order = node.args.get("order")
    items = tuple(order.expressions) if order else ()
    known = rows.orders.get((keys, items))
    if known is None:
        groups = rows.groups(keys)
        place, differs = rows.sorted_by(groups, items)
        codes = groups.codes[place]
        is_first = np.ones(rows.rows, bool)
        is_first[1:] = codes[1:] != codes[:-1]
        starts, ends = _runs_of(is_first)
        known = Order(place, starts, ends, _runs_of(differs)[1])
        rows.orders[keys, items] = known
    return known


def _runs_of(is_first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row where its run begins and where it is over."""
    firsts = np.flatnonzero(is_first)
    sizes = np.diff(np.append(firsts, len(is_first)))
    return np.repeat(firsts, sizes), np.repeat(firsts + sizes, sizes)


def _window(rows: Rows, node: exp.Window) -> Values:
    function = node.this
    keys = tuple(node.args.get("partition_by") or ())
    is_of_place = isinstance(function, exp.RowNumber | exp.Lag | exp.Lead | exp.FirstValue)
    is_known = is_of_place or isinstance(
        function, exp.Count | exp.Sum | exp.Avg | exp.Max | exp.Min
    )
    if node.args.get("alias") or not is_known:
        raise Unsupported(node.sql("duckdb")[:200])
    if node.args.get("order") is None and not is_of_place:
        return _over_partition(rows, function, keys)
    order = _ordered(rows, node)
    here = np.arange(rows.rows)
    if isinstance(function, exp.RowNumber):
        number = np.empty(rows.rows, np.int64)
        number[order.place] = here - order.starts + 1
        return Values("int", number)
    if isinstance(function, exp.Lag | exp.Lead):
        offset = function.args.get("offset")
        if function.args.get("default") or not (offset is None or offset.is_int):
            raise Unsupported(node.sql("duckdb")[:200])
        step = int(offset.name) if offset is not None else 1
        source = here - step if isinstance(function, exp.Lag) else here + step
        is_there = (source >= order.starts) & (source < order.ends)
        return _from_place(rows, function.this, order, source, is_there)
    lower, upper = _frame(node, order)
    if isinstance(function, exp.FirstValue):
        return _from_place(rows, function.this, order, lower, lower < upper)
    if np.array_equal(lower, order.starts) and np.array_equal(upper, order.ends):
        return _over_partition(rows, function, keys)
    back = np.empty(rows.rows, np.int64)
    back[order.place] = here
    return take(_over_frame(rows, function, order, lower, upper), back)


def _from_place(
    rows: Rows, item: exp.Expr, order: Order, source: np.ndarray, is_there: np.ndarray
) -> Values:
    """A value from another place of the order, or a missing one."""
    index = np.full(rows.rows, -1, np.int64)
    index[order.place[is_there]] = order.place[source[is_there]]
    return take(spread(rows.value(item), rows.rows), index, holes=not is_there.all())


def _over_partition(rows: Rows, function: exp.Expr, keys: tuple[exp.Expr, ...]) -> Values:
    groups = rows.groups(keys)
    return take(aggregate(function, rows, groups, groups.count), groups.codes)


def _frame(node: exp.Window, order: Order) -> tuple[np.ndarray, np.ndarray]:
    """First row, and the row after the last, of each row's frame."""
    spec = node.args.get("spec")
    if spec is None:
        return order.starts, order.peers_end
    if spec.text("kind").lower() != "rows" or spec.args.get("exclude"):
        raise Unsupported(spec.sql("duckdb"))
    here = np.arange(len(order.place))

    def edge(name: str) -> np.ndarray | None:
        bound = spec.args.get(name)
        text = bound if isinstance(bound, str) else bound.name
        if text == "UNBOUNDED":
            return None
        if text == "CURRENT ROW":
            return here
        is_before = str(spec.args[f"{name}_side"]).lower() == "preceding"
        return here - int(text) if is_before else here + int(text)

    first, last = edge("start"), edge("end")
    lower = order.starts if first is None else np.maximum(first, order.starts)
    upper = order.ends if last is None else np.minimum(last + 1, order.ends)
    return lower, upper


def _over_frame(
    rows: Rows, function: exp.Expr, order: Order, lower: np.ndarray, upper: np.ndarray
) -> Values:
    """Sum, count, mean, least or most of each row's frame, in the order of the rows."""
    upper = np.maximum(upper, lower)
    if isinstance(function, exp.Count) and isinstance(function.this, exp.Star):
        return Values("int", upper - lower)
    if function.find(exp.Distinct):
        raise Unsupported(function.sql("duckdb")[:200])
    values = take(spread(rows.value(function.this), rows.rows), order.place)
    missing = values.missing
    number = upper - lower
    if missing is not None:
        present = np.concatenate([[0], np.cumsum(~missing)])
        number = present[upper] - present[lower]
    if isinstance(function, exp.Count):
        return Values("int", number)
    if isinstance(function, exp.Sum | exp.Avg):
        made = _sums(values, order, lower, upper)
        if isinstance(function, exp.Avg):
            with np.errstate(all="ignore"):
                return Values("double", floats(made) / np.where(number, number, np.nan))
        if made.kind == "int":
            made.mask = number == 0 if (number == 0).any() else None
        else:
            made.data[number == 0] = np.nan
        return made
    if isinstance(function, exp.Max | exp.Min) and np.array_equal(lower, order.starts):
        ranks, bound = ranks_of(values)
        is_max = isinstance(function, exp.Max)
        if missing is not None and is_max:
            ranks = np.where(missing, -1, ranks)
        grouped = pd.Series(ranks).groupby(order.starts, sort=False)
        best = (grouped.cummax() if is_max else grouped.cummin()).to_numpy()
        row = np.full(bound + 1, -1, np.int64)
        row[ranks] = np.arange(len(ranks))
        row[-1] = -1
        index = np.where(number == 0, -1, row[best[np.maximum(upper - 1, 0)]])
        return take(values, index, holes=True)
    raise Unsupported(function.sql("duckdb")[:200])


def _sums(values: Values, order: Order, lower: np.ndarray, upper: np.ndarray) -> Values:
    missing = values.missing
    if values.kind in ("int", "bool"):
        data = values.data.astype(object if values.data.dtype == object else np.int64)
        if missing is not None:
            data = np.where(missing, 0, data)
        total = np.concatenate([[0], np.cumsum(data)])
        return Values("int", total[upper] - total[lower])
    data = values.data if missing is None else np.where(missing, 0.0, values.data)
    # added up in each partition apart, so that another's large numbers cost no digits
    total = pd.Series(data).groupby(order.starts, sort=False).cumsum().to_numpy()
    before = np.where(lower > order.starts, total[np.maximum(lower - 1, 0)], 0.0)
    summed = np.where(upper > lower, total[np.maximum(upper - 1, 0)] - before, 0.0)
    if values.kind == "decimal":
        summed = np.round(summed, values.scale)
    return Values(values.kind, summed, scale=values.scale)


# --- expressions by their class ----------------------------------------------------------------


def _literal(_: Rows, node: exp.Literal) -> Values:
    if node.is_string:
        return constant("text", node.name)
    if node.is_int:
        return constant("int", int(node.name))
    if "e" in node.name.lower():
        return constant("double", float(node.name))
    return constant("decimal", float(node.name), len(node.name.partition(".")[2]))


_KINDS = {
    "DOUBLE": "double",
    "FLOAT": "double",
    "BIGINT": "int",
    "INT": "int",
    "INT128": "int",
    "DATE": "date",
    "TEXT": "text",
    "VARCHAR": "text",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPNTZ": "timestamp",
    "BOOLEAN": "bool",
}


def kind_of(data_type: exp.DataType) -> tuple[str, int]:
    """Kind and scale of values of a type."""
    name = data_type.this.name
    if name == "DECIMAL":
        scale = int(data_type.expressions[1].name) if len(data_type.expressions) > 1 else 3
        return ("decimal", scale) if scale else ("int", 0)
    if name not in _KINDS:
        raise Unsupported(f"type {data_type.sql('duckdb')}")
    return _KINDS[name], 0


def _cast(rows: Rows, node: exp.Cast) -> Values:
    values = rows.value(node.this)
    kind, scale = kind_of(node.to)
    if values.kind == kind == "text":
        return values
    return values_of.as_kind(values, kind, scale)


def _case(rows: Rows, node: exp.Case) -> Values:
    default = node.args.get("default")
    ifs = node.args["ifs"]
    conditions = []
    results = []
    for item in ifs:
        if node.this is None:
            condition = rows.value(item.this)
        else:
            condition = values_of.compared("=", rows.value(node.this), rows.value(item.this))
        if condition.is_constant and not condition.value:
            # never so: its result may be of no meaning
            results.append(NULL)
        else:
            results.append(rows.value(item.args["true"]))
        conditions.append(condition)
        if condition.is_constant and condition.value:
            break
    made = rows.value(default) if default is not None else NULL
    return values_of.chosen(conditions, results, made, rows.rows)


def _if(rows: Rows, node: exp.If) -> Values:
    default = node.args.get("false")
    return values_of.chosen(
        [rows.value(node.this)],
        [rows.value(node.args["true"])],
        rows.value(default) if default is not None else NULL,
        rows.rows,
    )


def _compare(rows: Rows, node: exp.Binary) -> Values:
    symbol = "<>" if isinstance(node, exp.NEQ) else _SYMBOLS[type(node)]
    return values_of.compared(symbol, rows.value(node.left), rows.value(node.right))


def _between_values(rows: Rows, node: exp.Between) -> Values:
    values = rows.value(node.this)
    return values_of.all_of(
        values_of.compared(">=", values, rows.value(node.args["low"])),
        values_of.compared("<=", values, rows.value(node.args["high"])),
    )


def _in(rows: Rows, node: exp.In) -> Values:
    if node.args.get("query") or node.args.get("unnest"):
        raise Unsupported(node.sql("duckdb")[:200])
    values = rows.value(node.this)
    choices = [rows.value(item) for item in node.expressions]
    are_constants = all(item.is_constant and item.value is not None for item in choices)
    kinds = {item.kind for item in choices}
    if are_constants and kinds == {values.kind} and values.kind in ("text", "int"):
        return values_of.is_in(values, [item.value for item in choices])
    found = values_of.compared("=", values, choices[0])
    for item in choices[1:]:
        found = values_of.any_of(found, values_of.compared("=", values, item))
    return found


def _is(rows: Rows, node: exp.Is) -> Values:
    values = rows.value(node.this)
    other = node.expression
    if isinstance(other, exp.Null):
        return values_of.is_missing(values)
    if isinstance(other, exp.Boolean):
        found = values.data if other.this else ~values.data
        if values.mask is not None:
            found = found & ~values.mask
        return Values("bool", found, is_constant=values.is_constant)
    raise Unsupported(node.sql("duckdb")[:200])


def _arithmetic(symbol: str) -> Callable[[Rows, exp.Binary], Values]:
    def apply(rows: Rows, node: exp.Binary) -> Values:
        return values_of.arithmetic(symbol, rows.value(node.left), rows.value(node.right))

    return apply


def _of_one(function: Callable[[Values], Values]) -> Callable[[Rows, exp.Expr], Values]:
    return lambda rows, node: function(rows.value(node.this))


def _text_method(name: str, *arguments: Any) -> Callable[[Rows, exp.Expr], Values]:
    def apply(rows: Rows, node: exp.Expr) -> Values:
        values = rows.value(node.this)
        return values if values.kind == "null" else values_of.by_method(values, name, *arguments)

    return apply


def _trim(rows: Rows, node: exp.Trim) -> Values:
    if node.expression or node.args.get("position"):
        raise Unsupported(node.sql("duckdb"))
    return _text_method("strip", " ")(rows, node)


def _coalesce(rows: Rows, node: exp.Coalesce) -> Values:
    parts = [rows.value(node.this)]
    for item in node.expressions:
        parts.append(rows.value(item))
    return values_of.first_present(parts, rows.rows)


def _round(rows: Rows, node: exp.Round) -> Values:
    places = node.args.get("decimals")
    return values_of.round_to(rows.value(node.this), int(places.name) if places else 0)


def _of_texts(
    function: Callable[[Values, Values, int], Values], argument: str
) -> Callable[[Rows, exp.Expr], Values]:
    def apply(rows: Rows, node: exp.Expr) -> Values:
        values, other = rows.value(node.this), rows.value(node.args[argument])
        return values if values.kind == "null" else function(values, other, rows.rows)

    return apply


def _replace(rows: Rows, node: exp.Replace) -> Values:
    values = rows.value(node.this)
    by = node.args.get("replacement")
    return values_of.replaced(
        values,
        rows.value(node.expression),
        rows.value(by) if by is not None else constant("text", ""),
        rows.rows,
    )


def _bracket(rows: Rows, node: exp.Bracket) -> Values:
    split = node.this
    (index,) = node.expressions
    if not isinstance(split, exp.Split) or not split.expression.is_string:
        raise Unsupported(node.sql("duckdb")[:200])
    values, separator = rows.value(split.this), split.expression.name
    if values.kind == "null":
        return values
    if index.is_int:
        return values_of.piece(values, separator, int(index.name))
    # sqlglot counts from 0 where it knows the index to be a whole number
    if not isinstance(index, exp.Add) or index.expression != exp.Literal.number(-1):
        raise Unsupported(node.sql("duckdb")[:200])
    return values_of.piece_by(values, separator, rows.value(index), rows.rows)


def _substring(rows: Rows, node: exp.Substring) -> Values:
    size = node.args.get("length")
    if size is not None and not size.is_int:
        raise Unsupported(node.sql("duckdb")[:200])
    start = rows.value(node.args["start"])
    count = int(size.name) if size is not None else None
    return values_of.substring(rows.value(node.this), start, count, rows.rows)


def _interval(rows: Rows, node: exp.Interval) -> Values:
    amount = rows.value(node.this)
    if amount.is_constant and amount.kind == "text":
        amount = constant("int", int(amount.value))
    unit = node.text("unit").lower().removesuffix("s")
    return Values("interval", amount.data, amount.mask, unit=unit, is_constant=amount.is_constant)


def _concat(rows: Rows, node: exp.DPipe) -> Values:
    parts: list[exp.Expr] = []
    rest: exp.Expr = node
    while isinstance(rest, exp.DPipe):
        parts.append(rest.right)
        rest = rest.left
    return values_of.joined([rows.value(part) for part in (rest, *reversed(parts))])


def _anonymous(rows: Rows, node: exp.Anonymous) -> Values:
    if node.name.lower() == "timezone" and len(node.expressions) == 2:
        zone, values = (rows.value(item) for item in node.expressions)
        if zone.is_constant and zone.value is not None:
            return values_of.at_zone(zone.value, values)
    raise Unsupported(node.sql("duckdb")[:200])


def _unit(node: exp.Expr) -> str:
    return node.text("unit").lower()


_FUNCTIONS: dict[type[exp.Expr], Callable[[Rows, Any], Values]] = {
    exp.Literal: _literal,
    exp.Null: lambda _, __: NULL,
    exp.Boolean: lambda _, node: constant("bool", node.this),
    exp.Cast: _cast,
    exp.Case: _case,
    exp.If: _if,
    exp.EQ: _compare,
    exp.NEQ: _compare,
    exp.LT: _compare,
    exp.LTE: _compare,
    exp.GT: _compare,
    exp.GTE: _compare,
    exp.Between: _between_values,
    exp.In: _in,
    exp.Is: _is,
    exp.And: lambda rows, node: values_of.all_of(rows.value(node.left), rows.value(node.right)),
    exp.Or: lambda rows, node: values_of.any_of(rows.value(node.left), rows.value(node.right)),
    exp.Not: _of_one(values_of.negated),
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.Neg: _of_one(values_of.opposite),
    exp.Abs: _of_one(values_of.absolute),
    exp.Exp: _of_one(values_of.real(np.exp)),
    exp.Ln: _of_one(values_of.real(np.log)),
    exp.Sqrt: _of_one(values_of.real(np.sqrt)),
    exp.Floor: _of_one(values_of.to_whole(np.floor)),
    exp.Ceil: _of_one(values_of.to_whole(np.ceil)),
    exp.Pow: lambda rows, node: values_of.power(rows.value(node.left), rows.value(node.right)),
    exp.Round: _round,
    exp.Coalesce: _coalesce,
    exp.Nullif: lambda rows, node: values_of.missing_if_equal(
        rows.value(node.this), rows.value(node.expression), rows.rows
    ),
    exp.DPipe: _concat,
    exp.Lower: _text_method("lower"),
    exp.Upper: _text_method("upper"),
    exp.Trim: _trim,
    exp.Length: _of_one(values_of.length),
    exp.MD5: _of_one(values_of.md5),
    exp.Like: _of_texts(values_of.like, "expression"),
    exp.StrPosition: _of_texts(values_of.position, "substr"),
    exp.Replace: _replace,
    exp.Bracket: _bracket,
    exp.Substring: _substring,
    exp.Interval: _interval,
    exp.Anonymous: _anonymous,
    exp.TimestampTrunc: lambda rows, node: values_of.truncated(rows.value(node.this), _unit(node)),
    exp.DateTrunc: lambda rows, node: values_of.truncated(
        rows.value(node.this), node.args["unit"].name.lower()
    ),
    exp.DateDiff: lambda rows, node: values_of.difference(
        rows.value(node.this), rows.value(node.expression), _unit(node)
    ),
    exp.Extract: lambda rows, node: values_of.part_of(
        rows.value(node.expression), node.this.name.lower()
    ),
    exp.Subquery: lambda rows, node: rows.query.scalar(node),
    exp.Window: _window,
}
