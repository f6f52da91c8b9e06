"""From the text of a cell to a typed value, in SQL, and what is said about cells that do not fit.

Whole columns are converted at once by DuckDB. Each row carries a small number, its problem code:
NULL for a good row, else which rule the first wrong cell broke. Only the few bad rows are looked
at one by one afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, unique

from orchestration.settings import SANE_DAYS
from orchestration.sources.contracts import NUMBERS, Column, Pii, TableContract, Type
from orchestration.sources.layout import Header
from orchestration.sources.workbooks import SHEET_ERRORS

PROBLEM = "_problem"
ROW_NUMBER = "_row"

_SPACES = " \t\u00a0\u2009\u202f"
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
# Dates that can be read in one way only: with dots the day comes first.
_DATES = ("%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")
# What parts the answers that were ticked in one row of a grid.
_ANSWERS_END = r"\s*[;,|]\s*"
_SHORT_YEARS = "%d.%m.%y"
_OTHER_DATES = {"dmy": ("%d/%m/%Y", "%d-%m-%Y"), "mdy": ("%m/%d/%Y", "%m-%d-%Y")}
CURRENCY_SIGNS = (
    "₽|руб(лей|ля|ль|ли|\\.)?|р(\\.|$)|тенге|тг\\.?|RUB|RUR|USD|EUR|GBP|KZT|BYN|CNY|[$€£₸¥]"
)
# Which currency a sign or word means; a yen and a yuan have one sign, so it tells nothing.
_CURRENCY_OF_SIGN = {
    "RUB": "₽|руб|RUB|RUR|р(\\.|$)",
    "USD": "\\$|USD",
    "EUR": "€|EUR",
    "GBP": "£|GBP",
    "KZT": "₸|тенге|тг|KZT",
    "BYN": "BYN",
    "CNY": "CNY",
}
_TRUE = ("true", "1", "yes", "y", "t", "да", "д", "истина", "+")
_FALSE = ("false", "0", "no", "n", "f", "нет", "н", "ложь", "-")
# What people and programs write into a cell of figures or dates that has no value.
_NO_VALUE = (
    *("—", "–", "−", "-", "--", "---", "н/д", "Н/Д", "нет данных", "n/a", "N/A", "NA"),
    *("NULL", "null", "None", "NaN", "nan"),
)
_LISTED_WORDS = 8


@unique
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
    SUM_ROW = 16
    SHEET_ERROR = 17
    MORE_THAN_OTHER = 18
    OTHER_CURRENCY = 19
    BEFORE_OTHER = 20
    ROUNDED_ID = 21
    DAY_NUMBER = 22
    ZERO_BYTE = 23
    NOT_A_NETWORK = 24


RULES_PER_COLUMN = 32
# Rows that hold no data at all: left out without a word.
SILENT_RULES = frozenset({Rule.BLANK, Rule.FOOTER})
# What spreadsheets and reports call their sum lines; a row that has a date is none.
SUM_LINES = ("Итого", "ИТОГО", "Всего", "Total", "TOTAL", "Grand total")
# A key that is one of these words is no key, whatever else the row holds.
_SUM_KEYS = (
    "(общий итог|общая сумма|промежуточный итог|итого?|подытог|всего|сумма|"
    "grand total|sub-?total|totals?|sum|overall)"
    "( (за|по|на|for|of|by|in) .*)?[ :.]*"
)
# A long id that a spreadsheet took for a number: its last figures are lost, and many become one.
_ROUNDED_ID = "[0-9]([.,][0-9]+)?[Ee][+][0-9]+"
# A day of 1982 to 2064 as spreadsheets count days: a date that lost its format.
_DAY_NUMBER = "[345][0-9]{4}([.,][0-9]+)?"
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NETWORK = rf"({_BYTE}\.){{3}}{_BYTE}/([89]|1[0-9]|2[0-4])"
# One pattern: for a list of words in each column DuckDB plans a join, a third of the time a small
# file takes.
_SHEET_ERROR = "|".join(map(re.escape, SHEET_ERRORS))


@dataclass(frozen=True)
class Reading:
    """How the cells of a source are to be read.

    `last_date` is the last day that is not in the future. `timezone` is the clock of the source,
    `company_timezone` the one times are stored in. `values` maps, per column, words of the
    company's exports (lower case) to the contract's values. `currency` is that of sums where a row
    names none.
    """

    source: str
    decimal: str
    date_order: str | None
    list_separator: str | None
    first_date: date
    last_date: date
    timezone: str
    company_timezone: str
    currency: str
    values: Mapping[str, Mapping[str, str]]


def encode(position: int, rule: Rule) -> int:
    return position * RULES_PER_COLUMN + rule


def decode(code: int, contract: TableContract) -> tuple[Column, Rule]:
    return contract.columns[code // RULES_PER_COLUMN], Rule(code % RULES_PER_COLUMN)


def typed_select(
    contract: TableContract,
    reading: Reading,
    *,
    cells: str,
    header: Header,
    file: str,
    has_zeros: bool = False,
) -> str:
    """A query over `cells` (text columns c0, c1, ...): typed columns and the problem code.

    `header` tells which cell is which column. The columns are those of the contract
    (personal ones still as text), then `has_<id>` where the id can be generated, `_file`, `day`
    where the table has a day column, the problem code, and the row number where the order of rows
    is lost on the way. `has_zeros`: cells have to be looked through for zero bytes.
    """
    read = {name: _cells(contract, name, header, reading) for name in sorted(header.present)}
    read |= {
        name: _listed(_literal(value), reading)
        if contract.column(name).is_list
        else _literal(value)
        for name, value in sorted(header.fixed.items())
    }
    read |= {name: "cast(null as varchar)" for name in header.derived if name not in read}
    stage_cells = ", ".join(f"{expression} as r_{name}" for name, expression in read.items())
    for name, grid in header.grids.items():
        words = answers_of(contract.column(name), reading)
        unknown = " or ".join(_is_unknown(_cell(f"c{i}", contract), words) for i in grid)
        stage_cells += f", {unknown} as u_{name}"
    typed = {
        column.name: _value(column, reading, column.name in read, header.derived.get(column.name))
        for column in contract.columns
    }
    stage_typed = ", ".join(f"{expression} as v_{name}" for name, expression in typed.items())
    problem = _problem(contract, reading, header, list(read), has_zeros=has_zeros)
    generates = contract.generated_id is not None
    row_number = f", row_number() over () as {ROW_NUMBER}" if generates else ""
    query = (
        f"select *, {problem} as {PROBLEM} from ("
        f"select *, {stage_typed} from ("
        f"select {_first_cells(header)}, {stage_cells}{row_number} from {cells}))"
    )
    final = [f"v_{column.name} as {_quoted(column.name)}" for column in contract.columns]
    if contract.generated_id:
        name = contract.generated_id
        position = [column.name for column in contract.columns].index(name)
        final[position] = (
            f"coalesce(v_{name}, {_generated(contract, list(read))}) as {_quoted(name)}"
        )
        final.append(f"v_{name} is not null as has_{name}")
    final.append(f"{_literal(file)} as _file")
    if contract.day_column:
        final.append(f"cast(v_{contract.day_column} as date) as day")
    final.append(PROBLEM)
    if generates:
        final.append(ROW_NUMBER)
    return f"select {', '.join(final)} from ({query})"


def _first_cells(header: Header) -> str:
    """The cells in which a sum line may say what it is."""
    return ", ".join(f"c{i}" for i in range(min(3, len(header.cells))))


def _cells(contract: TableContract, name: str, header: Header, reading: Reading) -> str:
    """The cell of a column; of several the first filled one, or all as one list."""
    column = contract.column(name)
    positions = header.present[name]
    cells = [_cell(f"c{position}", contract) for position in positions]
    if column.is_list:
        grid = header.grids.get(name, {})
        words = answers_of(column, reading)
        lists = [
            f"case when {_is_yes(cell, words)} then {_literal(grid[position])} end"
            if position in grid
            else _listed(cell, reading, reading.values.get(name))
            for position, cell in zip(positions, cells, strict=True)
        ]
        return f"nullif(concat_ws('|', {', '.join(lists)}), '')" if lists[1:] else lists[0]
    own = reading.values.get(name)
    filled = cells
    if contract.is_quoted and column.type not in (Type.TEXT, Type.BOOLEAN):
        filled = [filled_cell(f"c{position}", contract) for position in positions]
    if own and column.type is not Type.TEXT:
        branches = " ".join(f"when {_literal(k)} then {_literal(v)}" for k, v in own.items())
        pairs = zip(cells, filled, strict=True)
        filled = [f"case lower({cell}) {branches} else {other} end" for cell, other in pairs]
    cells = filled
    return f"coalesce({', '.join(cells)})" if cells[1:] else cells[0]


def answers_of(column: Column, reading: Reading) -> Mapping[str, str]:
    """What the answers of a grid (lower case) say about its item: `yes` or `no`."""
    return {**column.synonyms, **reading.values.get(column.name, {})}


def is_unknown_answer(answer: str | None, words: Mapping[str, str]) -> bool:
    """Whether nothing tells what an answer of a grid means; as `_is_unknown` for a single cell."""
    text = (answer or "").strip(_SPACES).lower()
    return bool(text) and text not in words and not set(re.split(_ANSWERS_END, text)) <= set(words)


def _is_unknown(cell: str, words: Mapping[str, str]) -> str:
    parts = f"regexp_split_to_array(lower({cell}), '{_ANSWERS_END}')"
    return (
        f"coalesce(lower({cell}) not in ({_list([*words])}) "
        f"and not list_has_all([{_list([*words])}], {parts}), false)"
    )


def _is_yes(cell: str, words: Mapping[str, str]) -> str:
    """An answer, or one of several ticked ones, that means yes."""
    yes = [word for word, meaning in words.items() if meaning == "yes"]
    parts = f"regexp_split_to_array(lower({cell}), '{_ANSWERS_END}')"
    return (
        f"case when lower({cell}) in ({_list([*words])}) then lower({cell}) in ({_list(yes)}) "
        f"else list_has_any([{_list(yes)}], {parts}) end"
    )


def _cell(name: str, contract: TableContract) -> str:
    """The cell without outer spaces; NULL when empty or a word for "no value".

    Trimming every cell costs more than all the rest together, so only cells that begin or end
    with a space are trimmed; the hard spaces of spreadsheets are not looked for in machine logs.
    """
    ends = [f"{name} < '!'", f"suffix({name}, ' ')"]
    if contract.is_quoted:
        ends += [f"suffix({name}, '\u00a0')", f"prefix({name}, '\u00a0')"]
        # ="00123" keeps a spreadsheet from taking an id for a number.
        bare = f"regexp_extract({name}, '^=\"(.*)\"$', 1)"
        name = f"case when prefix({name}, '=\"') then {bare} else {name} end"
    trimmed = f"nullif(trim({name}, {_literal(_SPACES)}), '')"
    cell = f"case when {' or '.join(ends)} then {trimmed} else {name} end"
    for word in contract.nulls:
        cell = f"nullif({cell}, {_literal(word)})"
    return cell


def filled_cell(name: str, contract: TableContract) -> str:
    """A cell of figures or dates; NULL also where it holds a dash or a word for "no value"."""
    cell = _cell(name, contract)
    return f"case when {cell} in ({_list(_NO_VALUE)}) then null else {cell} end"


def _value(column: Column, reading: Reading, is_present: bool, source: str | None) -> str:
    """SQL of a column's typed value. `source`: the column that tells it where it is empty."""
    cell = f"r_{column.name}" if is_present else "cast(null as varchar)"
    if not is_present:
        value = f"cast(null as {column.type.sql})"
    elif column.type is Type.TEXT:
        value = cell if column.is_list else _word(cell, column, reading)
        if source:
            told = _derived(f"r_{source}", column, reading)
            value = f"nullif(case when {cell} is null then {told} else {value} end, '')"
    elif column.type in NUMBERS:
        value = _number(cell, column, reading.decimal)
    elif column.type is Type.DATE:
        value = _date(cell, reading)
    elif column.type is Type.MONTH:
        date_text = _date(cell, reading)
        value = f"date_trunc('month', coalesce({date_text}, try_cast({cell} || '-01' as date)))"
        value = f"cast({value} as date)"
    elif column.type is Type.TIMESTAMP:
        value = _timestamp(cell, reading)
    else:
        value = (
            f"case when lower({cell}) in ({_list(_TRUE)}) then true "
            f"when lower({cell}) in ({_list(_FALSE)}) then false end"
        )
    if column.tells_blank and is_present:
        return f"coalesce({value}, '')"
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
    other = _decoded(cell) if column.is_tag else cell
    if not words:
        return other
    branches = " ".join(f"when {_literal(k)} then {_literal(v)}" for k, v in words.items())
    return f"case lower({cell}) {branches} {'' if column.allowed else f'else {other} '}end"


def _decoded(cell: str) -> str:
    """A label without the encoding of addresses, which some CRMs apply twice.

    A plus is a blank where the label is encoded or has no blank of its own, but not in "c++". What
    is no UTF-8, or would hold control characters, stays as it is.
    """
    once = f"try(url_decode(replace({cell}, '+', ' ')))"
    twice = f"coalesce(try(url_decode({once})), {once}, {cell})"
    is_one_word = f"regexp_full_match({cell}, '[^+ ]+([+][^+ ]+)+')"
    return (
        f"case when regexp_matches({cell}, '%[0-9A-Fa-f][0-9A-Fa-f]') then "
        f"case when regexp_matches({twice}, '[[:cntrl:]]') then {cell} "
        f"else nullif(trim({twice}), '') end "
        f"when {is_one_word} then replace({cell}, '+', ' ') else {cell} end"
    )


def _derived(cell: str, column: Column, reading: Reading) -> str:
    """What the words of another column say about this one. A funnel's number in front of a stage
    (C5:WON) does not change what the stage means."""
    words = {
        **{word.casefold(): word for word in column.allowed},
        **column.synonyms,
        **column.derived_words,
        **reading.values.get(column.name, {}),
    }
    told = f"regexp_replace(lower({cell}), '^c[0-9]+:', '')"
    branches = " ".join(f"when {_literal(k)} then {_literal(v)}" for k, v in words.items())
    other = "" if column.derived_else is None else f"else {_literal(column.derived_else)} "
    return f"case when {cell} is not null then case {told} {branches} {other}end end"


def _listed(cell: str, reading: Reading, words: Mapping[str, str] | None = None) -> str:
    """A list parted by `|`. Forms part it by semicolons, commas or line ends.

    `words`: own words for items; `no` means that the answer is no item ("none of these").
    """
    if reading.list_separator:
        parted = f"replace({cell}, {_literal(reading.list_separator)}, '|')"
    else:
        marks = f"trim(regexp_replace({cell}, '\\s*[;|\n]+\\s*', '|', 'g'), '|')"
        parted = (
            f"case when regexp_matches({cell}, '[;|\n]') then {marks} "
            f"else regexp_replace({cell}, ',\\s*', '|', 'g') end"
        )
    items = {word: item for word, item in (words or {}).items() if item != "yes"}
    if not items:
        return parted
    branches = " ".join(
        f"when {_literal(word)} then {'null' if item == 'no' else _literal(item)}"
        for word, item in items.items()
    )
    named = f"lambda item: case lower(trim(item)) {branches} else item end"
    return (
        f"list_aggregate(list_transform(string_split({parted}, '|'), {named}), 'string_agg', '|')"
    )


def _number(cell: str, column: Column, decimal: str) -> str:
    """Plain numbers take the short way; thousands marks and decimal commas the long one.

    DuckDB rounds when it casts to an integer, so a whole number is told by its fraction.
    """
    kind = column.type
    group = "," if decimal == "." else "."
    mark = "\\." if decimal == "." else ","
    pattern = f"[-+]?[1-9][0-9]{{0,2}}([ '’\u00a0\u2009\u202f{group}][0-9]{{3}})+({mark}[0-9]+)?"
    pattern = pattern.replace("'", "''")
    # 1,234 in a column of fractions may be either: only whole numbers and money take it.
    if kind is Type.RATE:
        pattern = pattern.replace(group, "", 1)
    bare = bare_number(cell)
    ungrouped = f"regexp_replace({bare}, '[ ''’\u00a0\u2009\u202f{group}]', '', 'g')"
    if decimal == ",":
        plain = f"case when not contains({cell}, '.') then replace({cell}, ',', '.') end"
        bare_plain = f"case when not contains({bare}, '.') then replace({bare}, ',', '.') end"
        ungrouped = f"replace({ungrouped}, ',', '.')"
    else:
        plain, bare_plain = cell, bare
    fallback = (
        f"case when regexp_full_match({bare}, '{pattern}') then {ungrouped} "
        f"when not regexp_matches({bare}, '[^-+0-9.,]') then {bare_plain} end"
    )
    if column.takes_percent:
        percent = f"try_cast(replace(trim({cell}, '%{_SPACES}'), ',', '.') as double)"
        fallback = (
            f"case when suffix({cell}, '%') then cast(round({percent} / 100, 6) as varchar) "
            f"else {fallback} end"
        )
    sql_type = kind.sql
    if kind is not Type.INTEGER:
        return f"coalesce(try_cast({plain} as {sql_type}), try_cast({fallback} as {sql_type}))"
    exact = f"coalesce(try_cast({plain} as decimal(38,6)), try_cast({fallback} as decimal(38,6)))"
    return (
        f"coalesce(case when not contains({cell}, '.') then try_cast({cell} as bigint) end, "
        f"case when {exact} % 1 = 0 then try_cast({exact} as bigint) end)"
    )


def bare_number(cell: str) -> str:
    """A number without its currency; (5) and the typographic minus are -5."""
    bare = f"trim(regexp_replace({cell}, '{CURRENCY_SIGNS}', '', 'gi'), {_literal(_SPACES)})"
    bare = f"regexp_replace({bare}, '^\\((.*)\\)$', '-\\1')"
    return f"regexp_replace(translate({bare}, '−', '-'), '^- +', '-')"


def _formats(reading: Reading) -> tuple[str, str]:
    """SQL lists of the formats of dates, with four figures of the year and with two."""
    dates = (*_DATES, *_OTHER_DATES.get(reading.date_order or "", ()))
    long = [_literal(day + time) for time in _TIMES for day in dates]
    short = [_literal(_SHORT_YEARS + time) for time in _TIMES]
    return f"[{', '.join(long)}]", f"[{', '.join(short)}]"


def _parsed(cell: str, reading: Reading) -> str:
    long, short = _formats(reading)
    return (
        f"case when regexp_matches({cell}, '^[0-9]{{2}}[.][0-9]{{2}}[.][0-9]{{2}}( |$)') "
        f"then try_strptime({cell}, {short}) else try_strptime({_english(cell)}, {long}) end"
    )


def _english(cell: str) -> str:
    """The halves of the day as English has them, behind an ordinary space."""
    spaced = f"translate({cell}, '\u00a0\u202f', '  ')"
    return f"replace(replace({spaced}, ' ДП', ' AM'), ' ПП', ' PM')"


def _date(cell: str, reading: Reading) -> str:
    return f"coalesce(try_cast({cell} as date), cast({_parsed(cell, reading)} as date))"


def _timestamp(cell: str, reading: Reading) -> str:
    """Times in the company's zone.

    A time with an offset, or a count of (milli-, micro-) seconds since 1970, is a moment of its
    own; all others are the clock of the source.
    """
    zone, own = _literal(reading.company_timezone), _literal(reading.timezone)
    offset = f"regexp_matches({cell}, '[0-9]{{2}}:[0-9]{{2}}.*([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z)$')"
    # Google Forms: 2026/01/31 6:05:00 PM GMT+3, in Russian also 6:05:00 ПП GMT+3
    named_offset = f"regexp_matches({cell}, ' (GMT|UTC)([+-][0-9]{{1,2}}(:[0-9]{{2}})?)?$')"
    numbered = (
        f"regexp_replace(regexp_replace({_english(cell)}, ' (GMT|UTC)$', ' +00'), "
        "' (GMT|UTC)([+-])([0-9])(:|$)', ' \\2' || '0' || '\\3\\4')"
    )
    numbered = f"regexp_replace({numbered}, ' (GMT|UTC)', ' ')"
    forms = ", ".join(
        f"'{day} {time} %z'"
        for day in ("%Y/%m/%d", "%Y-%m-%d", "%d.%m.%Y")
        for time in ("%I:%M:%S %p", "%H:%M:%S")
    )
    named = f"try_strptime({numbered}, [{forms}])"
    clock = f"coalesce(try_cast({cell} as timestamp), {_parsed(cell, reading)})"
    if reading.timezone != reading.company_timezone:
        clock = f"timezone({zone}, timezone({own}, {clock}))"
    count = f"try_cast({cell} as bigint)"
    epoch = f"{count} * case length({cell}) when 10 then 1000000 when 13 then 1000 else 1 end"
    return (
        f"case when (length({cell}) > 19 or contains({cell}, 'Z')) and {offset} "
        f"then timezone({zone}, try_cast({cell} as timestamptz)) "
        f"when length({cell}) in (10, 13, 16) and {count} is not null "
        f"then timezone({zone}, make_timestamptz({epoch})) "
        f"when {named_offset} then timezone({zone}, {named}) "
        f"else {clock} end"
    )


def _problem(
    contract: TableContract,
    reading: Reading,
    header: Header,
    read: Sequence[str],
    *,
    has_zeros: bool,
) -> str:
    every_cell = ", ".join(f"r_{name}" for name in header.present)
    filled = f"coalesce({_cell('c0', contract)}, {every_cell})"
    is_blank = f"{f'r_{contract.wide.key}' if header.wide and contract.wide else filled} is null"
    branches = [f"when {is_blank} then {encode(0, Rule.BLANK)}"]
    if contract.day_column:
        openings = " or ".join(
            f"starts_with(c{i}, {_literal(word)})"
            for i in range(min(3, len(header.cells)))
            for word in dict.fromkeys((*contract.footers, *SUM_LINES))
        )
        branches.append(
            f"when v_{contract.day_column} is null and ({openings}) then {encode(0, Rule.FOOTER)}"
        )
    repeated = [
        f"r_{column.name} = {_literal(header.cells[header.present[column.name][0]].strip())}"
        for column in contract.columns
        if column.required and column.name in header.present
    ][:2]
    if repeated:
        branches.append(f"when {' and '.join(repeated)} then {encode(0, Rule.REPEATED_HEADER)}")
    branches += [
        f"when contains(r_{column.name}, chr(0)) then {encode(position, Rule.ZERO_BYTE)}"
        for position, column in enumerate(contract.columns)
        if has_zeros and column.name in header.present
    ]
    # Logs of machines have neither sums nor formulas, and are read the short way elsewhere.
    texts = [
        (position, column)
        for position, column in enumerate(contract.columns)
        if contract.is_quoted and column.name in header.present
    ]
    ids = [(position, column) for position, column in texts if column.type is Type.TEXT]
    for position, column in ids:
        if column.name in contract.natural_key:
            is_sum = f"regexp_full_match(lower(r_{column.name}), '{_SUM_KEYS}')"
            branches.append(f"when {is_sum} then {encode(position, Rule.SUM_ROW)}")
    for position, column in ids:
        if column.name.endswith("id"):
            is_rounded = f"regexp_full_match(r_{column.name}, '{_ROUNDED_ID}')"
            branches.append(f"when {is_rounded} then {encode(position, Rule.ROUNDED_ID)}")
    for position, column in texts:
        cell = f"r_{column.name}"
        is_error = (
            f"case when prefix({cell}, '#') then regexp_full_match({cell}, '{_SHEET_ERROR}') end"
        )
        branches.append(f"when {is_error} then {encode(position, Rule.SHEET_ERROR)}")
    for position, column in enumerate(contract.columns):
        if header.grids.get(column.name):
            branches.append(f"when u_{column.name} then {encode(position, Rule.NOT_ALLOWED)}")
        if column.name in read:
            branches += [
                f"when {condition} then {encode(position, rule)}"
                for condition, rule in _rules(column, reading, header.derived.get(column.name))
            ]
    for position, column in texts:
        if column.type in (Type.MONEY, Type.SMALL_MONEY) or column.is_price:
            condition = _is_of_other_currency(contract, column, reading)
            branches.append(f"when {condition} then {encode(position, Rule.OTHER_CURRENCY)}")
    return f"cast(case {' '.join(branches)} end as smallint)"


def _is_of_other_currency(contract: TableContract, column: Column, reading: Reading) -> str:
    """A sum that says its currency, in a row or a source of another one."""
    cell, own = f"r_{column.name}", _literal(reading.currency)
    if any(other.name == "currency" for other in contract.columns):
        own = f"coalesce(v_currency, {own})"
    signs = " ".join(
        f"when regexp_matches({cell}, '{pattern}', 'i') then '{code}'"
        for code, pattern in _CURRENCY_OF_SIGN.items()
    )
    says_more = f"regexp_matches({cell}, '[^-+0-9.,() ]')"
    return f"case when {says_more} then case {signs} end end <> {own}"


def _rules(column: Column, reading: Reading, source: str | None) -> list[tuple[str, Rule]]:
    cell, value = f"r_{column.name}", f"v_{column.name}"
    if source and column.derived_else != "":  # "": other words mean nothing, which is no fault
        cell = f"coalesce({cell}, r_{source})"
    rules: list[tuple[str, Rule]] = []
    if column.required and column.pii in (None, Pii.IDENTIFIER):
        rules.append((f"{value} is null and {cell} is null", Rule.EMPTY))
    unread = f"{value} is null and {cell} is not null"
    if column.type in NUMBERS:
        rules += _number_rules(cell, unread, column, reading)
    elif column.type in (Type.DATE, Type.MONTH, Type.TIMESTAMP):
        number = f"regexp_full_match({cell}, '{_DAY_NUMBER}')"
        rules.append((f"{unread} and {number}", Rule.DAY_NUMBER))
        rules.append((unread, Rule.NOT_A_DATE))
        first, last = reading.first_date, reading.last_date
        if not column.is_event_time:
            first, last = SANE_DAYS
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
    elif column.is_network:
        rules.append((f"not regexp_full_match({value}, '{_NETWORK}')", Rule.NOT_A_NETWORK))
    if column.minimum is not None:
        rules.append((f"{value} < {column.minimum}", Rule.TOO_SMALL))
    if column.maximum is not None:
        rules.append((f"{value} > {column.maximum}", Rule.TOO_LARGE))
    if column.at_most:
        whole = " - ".join(f"coalesce(v_{name}, 0)" for name in column.at_most)
        rules.append((f"{value} <> 0 and {value} > {whole}", Rule.MORE_THAN_OTHER))
    if column.not_before:
        rules.append((f"{value} < v_{column.not_before}", Rule.BEFORE_OTHER))
    return rules


def _number_rules(
    cell: str, unread: str, column: Column, reading: Reading
) -> Iterator[tuple[str, Rule]]:
    bare = bare_number(cell)
    if reading.decimal == ".":
        comma = f"regexp_full_match({bare}, '[-+]?[0-9 \u00a0\u202f]+,[0-9]+')"
        yield f"{unread} and {comma}", Rule.COMMA_DECIMAL
    else:
        point = f"regexp_full_match({bare}, '[-+]?[0-9 \u00a0\u202f]+\\.[0-9]+')"
        yield f"{unread} and {point}", Rule.POINT_DECIMAL
    if column.type is Type.INTEGER:
        fraction = f"try_cast(replace({cell}, ',', '.') as double) is not null"
        yield f"{unread} and {fraction}", Rule.NOT_WHOLE
    yield unread, Rule.NOT_A_NUMBER


def _generated(contract: TableContract, read: Sequence[str]) -> str:
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
    order = ", ".join(f"r_{name}" for name in contacts if name in read) or "1"
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
            "write 2026-01-31 or 31.01.2026, with the time after a space: 2026-01-31 18:05:00; "
            f'for 01/31/2026 set date_order = "mdy" {switch}, for 31/01/2026 "dmy"',
        ),
        Rule.DAY_NUMBER: (
            "the cell holds the number that a spreadsheet has for a day, not a date",
            "format the column as a date before the export",
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
        Rule.SUM_ROW: (
            f"'{header}' says that this is a line of sums, not a row",
            "leave the line of sums out of the export; the sums of what is loaded need none",
        ),
        Rule.ZERO_BYTE: (
            "the cell holds a zero byte, which no text has",
            "export or copy the file again: a full disk or a broken copy leaves such bytes",
        ),
        Rule.SHEET_ERROR: (
            "the cell holds an error of the spreadsheet, such as #N/A: a formula that failed",
            "mend the formula, or leave the cell empty",
        ),
        Rule.MORE_THAN_OTHER: (
            f"the number is more than {' less '.join(column.at_most)}",
            "mend the number; a return that is a row of its own has a negative sum, and nothing "
            "in this column",
        ),
        Rule.NOT_A_NETWORK: (
            "the cell is not an IPv4 network of the length 8 to 24",
            "write the address and the length, such as 203.0.113.0/24; of a visitor's address "
            "only its /24 is kept, so of a smaller network write the /24 around it",
        ),
        Rule.BEFORE_OTHER: (
            f"the number is less than {column.not_before}: the two may have been swapped",
            "write the low end, the estimate and the high end in their columns",
        )
        if column.type in NUMBERS
        else (
            f"the day is before {column.not_before}: the two may have been swapped",
            "write the first day and the last in their columns",
        ),
        Rule.OTHER_CURRENCY: (
            "the sum names another currency than its row, or than the source where its row has "
            "none",
            f"name the currency in the column 'currency', or set currency {switch}; a sum without "
            f"any is taken as {reading.currency}",
        ),
        Rule.ROUNDED_ID: (
            f"'{header}' was rounded by a spreadsheet, so which one it was is lost",
            "export again and do not save the file in a spreadsheet, or format the column as text "
            "before",
        ),
        Rule.NOT_ALLOWED: (
            "nothing tells whether the answer means that the brand is known",
            f"say it in company.toml: [sources.{source}.values.{column.name}], "
            '"the answer" = "yes", or "no"',
        )
        if column.is_list
        else (
            f"the value is none of: {_some(column.allowed)}",
            f"use one of them, or map your word in company.toml: [sources.{source}.values."
            f'{column.name}], "your word" = "{next(iter(column.allowed), "")}"',
        ),
        Rule.TOO_SMALL: (f"the number is less than {low}", "mend the number"),
        Rule.TOO_LARGE: (
            f"the number is more than {high}",
            "write a share such as 0.35, or 35%"
            if column.type is Type.RATE and column.maximum == 1
            else "mend the number",
        ),
    }
    return texts[rule]


def _some(words: Sequence[str]) -> str:
    """The words of a closed list; of a long one the first, which are the usual ones."""
    more = " and others" if len(words) > _LISTED_WORDS else ""
    return ", ".join(words[:_LISTED_WORDS]) + more


def _limits(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _list(words: Sequence[str]) -> str:
    return ", ".join(_literal(word) for word in words)


def _quoted(name: str) -> str:
    return f'"{name}"'
