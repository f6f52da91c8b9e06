"""From the text of a cell to a typed value, in SQL, and what is said about cells that do not fit.

Whole columns are converted at once by DuckDB. Each row carries a small number, its problem code:
NULL for a good row, else which rule the first wrong cell broke. Only the few bad rows are looked
at one by one afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum

from orchestration.sources.contracts import Column, Pii, TableContract, Type

PROBLEM = "_problem"
ROW_NUMBER = "_row"

_SPACES = " \t\u00a0\u202f"
_DAY_FIRST_FORMATS = "['%d.%m.%Y', '%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M']"
_TRUE = ("true", "1", "yes", "y", "t", "да", "д", "истина", "+")
_FALSE = ("false", "0", "no", "n", "f", "нет", "н", "ложь", "-")
# Any date outside these years is a slip of the hand, also where dates may lie ahead.
_SANE_YEARS = (1990, 2100)


class Rule(IntEnum):
    """What can be wrong with a row. The first three are no errors of a cell."""

    BLANK = 1
    FOOTER = 2
    REPEATED_HEADER = 3
    EMPTY = 4
    NOT_A_NUMBER = 5
    COMMA_DECIMAL = 6
    POINT_DECIMAL = 7
    NOT_WHOLE = 8
    NOT_A_DATE = 9
    BEFORE_FIRST_DATE = 10
    IN_FUTURE = 11
    NOT_A_BOOLEAN = 12
    NOT_ALLOWED = 13
    TOO_SMALL = 14
    TOO_LARGE = 15


_RULES_PER_COLUMN = 16
# Rows that hold no data at all: left out without a word.
SILENT_RULES = frozenset({Rule.BLANK, Rule.FOOTER})


@dataclass(frozen=True)
class Reading:
    """How the cells of a source are to be read.

    `last_date` is the last day that is not in the future. `values` maps, per column, words of
    the company's exports (lower case) to the contract's values.
    """

    source: str
    decimal: str
    first_date: date
    last_date: date
    timezone: str
    values: Mapping[str, Mapping[str, str]]


def encode(position: int, rule: Rule) -> int:
    return position * _RULES_PER_COLUMN + rule


def decode(code: int, contract: TableContract) -> tuple[Column, Rule]:
    return contract.columns[code // _RULES_PER_COLUMN], Rule(code % _RULES_PER_COLUMN)


def typed_select(
    contract: TableContract,
    reading: Reading,
    *,
    cells: str,
    present: Mapping[str, int],
    header: Sequence[str],
    file: str,
) -> str:
    """A query over `cells` (text columns c0, c1, ...): typed columns and the problem code.

    `present`: contract column -> position of its cell. The columns are those of the contract
    (personal ones still as text), then `has_<id>` where the id can be generated, `_file`, `day`
    where the table has a day column, the problem code, and the row number where the order of rows
    is lost on the way.
    """
    read = {name: _cell(f"c{position}", contract) for name, position in sorted(present.items())}
    stage_cells = ", ".join(f"{expression} as r_{name}" for name, expression in read.items())
    typed = {
        column.name: _value(column, reading, column.name in read) for column in contract.columns
    }
    stage_typed = ", ".join(f"{expression} as v_{name}" for name, expression in typed.items())
    problem = _problem(contract, reading, present, header)
    generates = contract.generated_id is not None
    row_number = f", row_number() over () as {ROW_NUMBER}" if generates else ""
    query = (
        f"select *, {problem} as {PROBLEM} from ("
        f"select *, {stage_typed} from ("
        f"select c0, {stage_cells}{row_number} from {cells}))"
    )
    final = [f"v_{column.name} as {_quoted(column.name)}" for column in contract.columns]
    if contract.generated_id:
        name = contract.generated_id
        position = [column.name for column in contract.columns].index(name)
        final[position] = f"coalesce(v_{name}, {_generated(contract, present)}) as {_quoted(name)}"
        final.append(f"v_{name} is not null as has_{name}")
    final.append(f"{_literal(file)} as _file")
    if contract.day_column:
        final.append(f"cast(v_{contract.day_column} as date) as day")
    final.append(PROBLEM)
    if generates:
        final.append(ROW_NUMBER)
    return f"select {', '.join(final)} from ({query})"


def _cell(name: str, contract: TableContract) -> str:
    """The cell without outer spaces; NULL when empty or a word for "no value".

    Trimming every cell costs more than all the rest together, so only cells that begin or end
    with a space are trimmed; the hard spaces of spreadsheets are not looked for in machine logs.
    """
    ends = [f"{name} < '!'", f"suffix({name}, ' ')"]
    if contract.is_quoted:
        ends += [f"suffix({name}, '\u00a0')", f"prefix({name}, '\u00a0')"]
    trimmed = f"nullif(trim({name}, {_literal(_SPACES)}), '')"
    cell = f"case when {' or '.join(ends)} then {trimmed} else {name} end"
    for word in contract.nulls:
        cell = f"nullif({cell}, {_literal(word)})"
    return cell


def _value(column: Column, reading: Reading, is_present: bool) -> str:
    cell = f"r_{column.name}" if is_present else "cast(null as varchar)"
    if not is_present:
        value = f"cast(null as {column.type.sql})"
    elif column.type is Type.TEXT:
        value = _word(cell, column, reading)
    elif column.type in (Type.MONEY, Type.RATE, Type.INTEGER):
        value = _number(cell, column.type, reading.decimal)
    elif column.type is Type.DATE:
        value = _date(cell)
    elif column.type is Type.MONTH:
        value = f"date_trunc('month', coalesce({_date(cell)}, try_cast({cell} || '-01' as date)))"
        value = f"cast({value} as date)"
    elif column.type is Type.TIMESTAMP:
        value = _timestamp(cell, reading.timezone)
    else:
        value = (
            f"case when lower({cell}) in ({_list(_TRUE)}) then true "
            f"when lower({cell}) in ({_list(_FALSE)}) then false end"
        )
    if column.default is None:
        return value
    default = f"cast({_literal(column.default)} as {column.type.sql})"
    return f"case when {cell} is null then {default} else {value} end"


def _word(cell: str, column: Column, reading: Reading) -> str:
    words = {
        **{word.casefold(): word for word in column.allowed},
        **column.synonyms,
        **reading.values.get(column.name, {}),
    }
    if not words:
        return cell
    branches = " ".join(f"when {_literal(k)} then {_literal(v)}" for k, v in words.items())
    return f"case lower({cell}) {branches} {'' if column.allowed else f'else {cell} '}end"


def _number(cell: str, kind: Type, decimal: str) -> str:
    """Plain numbers take the short way; thousands marks and decimal commas the long one.

    DuckDB rounds when it casts to an integer, so a whole number is told by its fraction.
    """
    group = "," if decimal == "." else "."
    mark = "\\." if decimal == "." else ","
    pattern = f"[-+]?[1-9][0-9]{{0,2}}([ \u00a0\u202f{group}][0-9]{{3}})+({mark}[0-9]+)?"
    # 1,234 in a column of fractions may be either: only whole numbers and money take it.
    if kind is Type.RATE:
        pattern = pattern.replace(group, "", 1)
    ungrouped = f"regexp_replace({cell}, '[ \u00a0\u202f{group}]', '', 'g')"
    if decimal == ",":
        plain = f"case when not contains({cell}, '.') then replace({cell}, ',', '.') end"
        ungrouped = f"replace({ungrouped}, ',', '.')"
    else:
        plain = cell
    fallback = f"case when regexp_full_match({cell}, '{pattern}') then {ungrouped} end"
    sql_type = kind.sql
    if kind is not Type.INTEGER:
        return f"coalesce(try_cast({plain} as {sql_type}), try_cast({fallback} as {sql_type}))"
    exact = f"coalesce(try_cast({plain} as decimal(38,6)), try_cast({fallback} as decimal(38,6)))"
    return (
        f"coalesce(case when not contains({cell}, '.') then try_cast({cell} as bigint) end, "
        f"case when {exact} % 1 = 0 then try_cast({exact} as bigint) end)"
    )


def _date(cell: str) -> str:
    return (
        f"coalesce(try_cast({cell} as date), "
        f"cast(try_strptime({cell}, {_DAY_FIRST_FORMATS}) as date))"
    )


def _timestamp(cell: str, timezone: str) -> str:
    """Times that carry an offset are turned to the source's clock; all others are that clock."""
    offset = f"regexp_matches({cell}, '[0-9]{{2}}:[0-9]{{2}}.*([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z)$')"
    return (
        f"case when (length({cell}) > 19 or contains({cell}, 'Z')) and {offset} "
        f"then timezone({_literal(timezone)}, try_cast({cell} as timestamptz)) "
        f"else coalesce(try_cast({cell} as timestamp), "
        f"try_strptime({cell}, {_DAY_FIRST_FORMATS})) end"
    )


def _problem(
    contract: TableContract,
    reading: Reading,
    present: Mapping[str, int],
    header: Sequence[str],
) -> str:
    every_cell = ", ".join(f"r_{name}" for name in present)
    branches = [
        f"when coalesce({_cell('c0', contract)}, {every_cell}) is null then {encode(0, Rule.BLANK)}"
    ]
    if contract.footers and contract.day_column:
        openings = " or ".join(f"starts_with(c0, {_literal(word)})" for word in contract.footers)
        branches.append(
            f"when v_{contract.day_column} is null and ({openings}) then {encode(0, Rule.FOOTER)}"
        )
    repeated = [
        f"r_{column.name} = {_literal(header[present[column.name]].strip())}"
        for column in contract.columns
        if column.required and column.name in present
    ][:2]
    if repeated:
        branches.append(f"when {' and '.join(repeated)} then {encode(0, Rule.REPEATED_HEADER)}")
    for position, column in enumerate(contract.columns):
        if column.name in present:
            branches += [
                f"when {condition} then {encode(position, rule)}"
                for condition, rule in _rules(column, reading)
            ]
    return f"cast(case {' '.join(branches)} end as smallint)"


def _rules(column: Column, reading: Reading) -> list[tuple[str, Rule]]:
    cell, value = f"r_{column.name}", f"v_{column.name}"
    rules: list[tuple[str, Rule]] = []
    if column.required and column.pii in (None, Pii.IDENTIFIER):
        rules.append((f"{value} is null and {cell} is null", Rule.EMPTY))
    unread = f"{value} is null and {cell} is not null"
    if column.type in (Type.MONEY, Type.RATE, Type.INTEGER):
        if reading.decimal == ".":
            comma = f"regexp_full_match({cell}, '[-+]?[0-9 \u00a0\u202f]+,[0-9]+')"
            rules.append((f"{unread} and {comma}", Rule.COMMA_DECIMAL))
        else:
            point = f"regexp_full_match({cell}, '[-+]?[0-9 \u00a0\u202f]+\\.[0-9]+')"
            rules.append((f"{unread} and {point}", Rule.POINT_DECIMAL))
        if column.type is Type.INTEGER:
            fraction = f"try_cast(replace({cell}, ',', '.') as double) is not null"
            rules.append((f"{unread} and {fraction}", Rule.NOT_WHOLE))
        rules.append((unread, Rule.NOT_A_NUMBER))
    elif column.type in (Type.DATE, Type.MONTH, Type.TIMESTAMP):
        rules.append((unread, Rule.NOT_A_DATE))
        first, last = reading.first_date, reading.last_date
        if not column.is_event_time:
            first, last = date(_SANE_YEARS[0], 1, 1), date(_SANE_YEARS[1], 12, 31)
        rules.append((f"{value} < date '{first}'", Rule.BEFORE_FIRST_DATE))
        rules.append((f"cast({value} as date) > date '{last}'", Rule.IN_FUTURE))
    elif column.type is Type.BOOLEAN:
        rules.append((unread, Rule.NOT_A_BOOLEAN))
    elif column.allowed:
        words = _list(column.allowed)
        rules.append(
            (
                f"{cell} is not null and ({value} is null or {value} not in ({words}))",
                Rule.NOT_ALLOWED,
            )
        )
    if column.minimum is not None:
        rules.append((f"{value} < {column.minimum}", Rule.TOO_SMALL))
    if column.maximum is not None:
        rules.append((f"{value} > {column.maximum}", Rule.TOO_LARGE))
    return rules


def _generated(contract: TableContract, present: Mapping[str, int]) -> str:
    """An id from the row's content and its number among equal rows: the same in any row order.

    Contacts order equal rows but stay out of the id, which would otherwise leak an unkeyed hash.
    """
    contacts = [column.name for column in contract.columns if column.pii]
    content = [
        f"cast(v_{column.name} as varchar)"
        for column in contract.columns
        if not column.pii and column.name != contract.generated_id
    ]
    key = f"md5(concat_ws('\x1f', {', '.join(f'coalesce({part}, chr(30))' for part in content)}))"
    order = ", ".join(f"r_{name}" for name in contacts if name in present) or "1"
    number = (
        f"row_number() over (partition by {key}, v_{contract.generated_id} is null, "
        f"{PROBLEM} is null order by {order})"
    )
    return f"'gen-' || substr({key}, 1, 20) || '-' || {number}"


# --- words for people ----------------------------------------------------------------------------


def explain(rule: Rule, column: Column, reading: Reading, header: str) -> tuple[str, str]:
    """(reason, remedy) of a broken rule, without the value of the cell."""
    source = reading.source
    low, high = _limits(column.minimum), _limits(column.maximum)
    switch = f"in company.toml, [sources.{source}]"
    texts: dict[Rule, tuple[str, str]] = {
        Rule.REPEATED_HEADER: (
            "the header line is repeated here",
            "nothing, if files were joined; otherwise export again",
        ),
        Rule.EMPTY: (
            f"'{header}' is empty, and the row means nothing without it",
            "fill the cell, or leave the row out of the export",
        ),
        Rule.NOT_A_NUMBER: (
            "the cell is not a number",
            "write digits only, for example 1234.50",
        ),
        Rule.COMMA_DECIMAL: (
            "the number has a decimal comma",
            f'set decimal = "," {switch}, or export with a decimal point',
        ),
        Rule.POINT_DECIMAL: (
            "the number has a decimal point, while the source is set to a decimal comma",
            f'set decimal = "." {switch}, or export with a decimal comma',
        ),
        Rule.NOT_WHOLE: (
            "the cell is not a whole number",
            "export a whole number; check that the columns are not mixed up",
        ),
        Rule.NOT_A_DATE: (
            "the cell is not a date",
            "write 2026-01-31 or 31.01.2026, with the time after a space: 2026-01-31 18:05:00",
        ),
        Rule.BEFORE_FIRST_DATE: (
            f"the date lies before {reading.first_date if column.is_event_time else '1990'}",
            f"mend the date; if it is right, set an earlier first_date {switch}"
            if column.is_event_time
            else "mend the date",
        ),
        Rule.IN_FUTURE: (
            "the date lies in the future",
            "mend the date; check that day and month are not swapped",
        ),
        Rule.NOT_A_BOOLEAN: ("the cell is neither yes nor no", "write true or false"),
        Rule.NOT_ALLOWED: (
            f"the value is none of: {', '.join(column.allowed)}",
            f"use one of them, or map your word in company.toml: [sources.{source}.values."
            f'{column.name}], "your word" = "{next(iter(column.allowed), "")}"',
        ),
        Rule.TOO_SMALL: (f"the number is less than {low}", "mend the number"),
        Rule.TOO_LARGE: (f"the number is more than {high}", "mend the number"),
    }
    return texts[rule]


def _limits(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _list(words: Sequence[str]) -> str:
    return ", ".join(_literal(word) for word in words)


def _quoted(name: str) -> str:
    return f'"{name}"'
