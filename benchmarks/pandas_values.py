"""Columns of SQL's values over pandas arrays, and its scalar functions: `benchmarks.pandas_sql`.

Every function works on whole arrays by a method of pandas, NumPy or, for text, of Arrow, which is
what pandas' own `str` type calls. Python is called for each value only for md5, which none of them
has, and for the text of a decimal or double. `replace`, `like` and `strpos` of a text by another
column's work once for each distinct text sought, and `substr` once for each distinct start.

A whole number is int64, or Python's integers in an object array where a product would not fit; a
decimal is float64, rounded to its scale after each step; a day is datetime64[s] and a time
datetime64[us]. Missing is NaN, NaT, or for whole numbers and flags a mask beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Mask = np.ndarray

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
DAY, TIME = np.dtype("datetime64[s]"), np.dtype("datetime64[us]")
_MICROSECONDS = {"second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86400 * 10**6}
_LARGEST = float(2**63)


class Unsupported(Exception):  # noqa: N818 - what it is of a query, not an error of the code
    """SQL that this translation does not know."""


@dataclass(slots=True, eq=False)
class Values:
    """A column. `kind`: null, bool, int, decimal, double, text, date, timestamp, timestamptz or
    interval. `is_constant`: one value that stands for every row. `unit`: of an interval."""

    kind: str
    data: Any
    mask: Mask | None = None
    scale: int = 0
    unit: str = ""
    is_constant: bool = False
    _codes: tuple[np.ndarray, int] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def missing(self) -> Mask | None:
        """Where there is no value, or None if there is one everywhere."""
        if self.kind in ("int", "bool", "interval"):
            return self.mask
        found = np.asarray(pd.isna(self.data))
        return found if found.any() else None

    @property
    def value(self) -> Any:
        """Of a constant; None if it is missing."""
        return None if self.missing is not None else self.data[0]


def constant(kind: str, value: Any, scale: int = 0, unit: str = "") -> Values:
    """One value for every row; None for a missing one."""
    mask = None
    if kind == "text":
        data: Any = pd.array([value], dtype=TEXT)
    elif kind in ("int", "interval", "bool"):
        mask = np.array([True]) if value is None else None
        data = np.array([value or 0], dtype=bool if kind == "bool" else np.int64)
    elif kind in ("date", "timestamp", "timestamptz"):
        data = np.array(["NaT" if value is None else value], dtype=DAY if kind == "date" else TIME)
    else:
        data = np.array([np.nan if value is None else value], dtype=np.float64)
    return Values(kind, data, mask, scale, unit, is_constant=True)


NULL = constant("null", None)


def of_series(series: pd.Series, kind: str, scale: int) -> Values:
    """A column of a frame made by `to_array`; shares its memory."""
    array = series.array
    if kind == "text":
        return Values(kind, array)
    if isinstance(array, pd.arrays.IntegerArray | pd.arrays.BooleanArray):
        mask = np.asarray(array.isna())
        # without the copy that its public methods make
        data = array._data  # type: ignore[union-attr]
        return Values(kind, data, mask if mask.any() else None)
    return Values(kind, series.to_numpy(), None, scale)


def to_array(values: Values, rows: int) -> Any:
    """For a frame: of its default types, or Int64 and boolean where values are missing."""
    values = spread(values, rows)
    if values.kind in ("int", "bool") and values.mask is not None:
        if values.data.dtype == object:
            return pd.array(np.where(values.mask, None, values.data), dtype=object)
        of_kind = pd.arrays.IntegerArray if values.kind == "int" else pd.arrays.BooleanArray
        return of_kind(values.data, values.mask)
    return values.data


def spread(values: Values, rows: int) -> Values:
    """A constant as so many rows."""
    if not values.is_constant:
        return values
    if values.kind == "text":
        value = values.value
        data: Any = of_arrow(pa.repeat(pa.scalar(value, pa.large_string()), rows)).data
    else:
        data = np.repeat(values.data, rows)
    mask = None if values.mask is None else np.repeat(values.mask, rows)
    return replace(values, data=data, mask=mask, is_constant=False, _codes=None)


def take(values: Values, index: np.ndarray, *, holes: bool = False) -> Values:
    """Rows by position; with `holes`, -1 gives a missing value."""
    if values.is_constant:
        if not holes:
            return values
        values = spread(values, 1)
    if not holes:
        mask = None if values.mask is None else values.mask[index]
        return replace(values, data=values.data.take(index), mask=mask, _codes=None)
    if values.kind == "text":
        data = values.data.take(index, allow_fill=True)
        return replace(values, data=data, _codes=None)
    empty = index < 0
    if not len(values):
        return spread(as_kind(NULL, values.kind, values.scale), len(index))
    data, mask = values.data.take(index), values.mask
    if values.kind in ("int", "bool", "interval"):
        mask = empty if mask is None else mask.take(index) | empty
        data[mask] = 0
    else:
        data[empty] = np.nan if data.dtype.kind == "f" else np.datetime64("NaT")
    return replace(values, data=data, mask=mask, _codes=None)


def concatenated(parts: Sequence[Values], rows: Sequence[int]) -> Values:
    kind, scale = common_kind(parts)
    filled = [number for number, count in enumerate(rows) if count]
    if len(filled) == 1:
        (number,) = filled
        return spread(as_kind(parts[number], kind, scale), rows[number])
    parts = [
        spread(as_kind(part, kind, scale), count) for part, count in zip(parts, rows, strict=True)
    ]
    mask = None
    if any(part.mask is not None for part in parts):
        mask = np.concatenate(
            [np.zeros(len(part), bool) if part.mask is None else part.mask for part in parts]
        )
    if kind == "text":
        return of_arrow(pa.concat_arrays([arrow(part) for part in parts]))
    return Values(kind, np.concatenate([part.data for part in parts]), mask, scale, parts[0].unit)


def arrow(values: Values) -> pa.Array:
    """Texts as one array of Arrow; shares their memory where they are in one piece."""
    array = values.data.__arrow_array__()
    if isinstance(array, pa.ChunkedArray):
        # one piece would be copied
        return array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    return array


def of_arrow(array: pa.Array | pa.ChunkedArray) -> Values:
    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    # pandas' stubs do not have this method of all its types for Arrow
    return Values("text", TEXT.__from_arrow__(array))  # type: ignore[attr-defined]


# --- kinds -------------------------------------------------------------------------------------


_ORDER_OF_NUMBERS = ("bool", "int", "decimal", "double")


def common_kind(parts: Sequence[Values]) -> tuple[str, int]:
    """Kind and scale that can hold all of them."""
    kinds = {part.kind for part in parts if part.kind != "null"}
    if not kinds:
        return "null", 0
    scale = max(part.scale for part in parts)
    if kinds <= set(_ORDER_OF_NUMBERS):
        kind = max(kinds, key=_ORDER_OF_NUMBERS.index)
        return kind, scale if kind == "decimal" else 0
    if len(kinds) == 1:
        return kinds.pop(), 0
    if kinds == {"date", "timestamp"}:
        return "timestamp", 0
    if "text" in kinds and len(kinds) == 2:
        # a literal takes the type of what stands beside it
        other = (kinds - {"text"}).pop()
        if all(part.is_constant for part in parts if part.kind == "text"):
            return other, scale
    raise Unsupported(f"values of {', '.join(sorted(kinds))} in one column")


def as_kind(values: Values, kind: str, scale: int = 0) -> Values:
    """Cast to a kind, as SQL's `cast` does."""
    if values.kind == kind and values.scale == scale:
        return values
    if values.kind == "null":
        return constant(kind, None, scale)
    cast = _CASTS.get((values.kind, kind))
    if cast is None:
        raise Unsupported(f"cast of {values.kind} to {kind}")
    made = cast(values, scale)
    made.is_constant = values.is_constant
    return made


def floats(values: Values) -> np.ndarray:
    """Numbers as float64, NaN where missing."""
    if values.kind not in ("int", "bool"):
        return values.data
    data = values.data.astype(np.float64)
    if values.mask is not None:
        data[values.mask] = np.nan
    return data


def half_away(data: np.ndarray) -> np.ndarray:
    """To whole numbers, halves away from zero."""
    whole = np.trunc(data)
    return whole + np.where(np.abs(data - whole) >= 0.5, np.sign(data), 0.0)


def rounded(data: np.ndarray, scale: int, places: int) -> np.ndarray:
    """Decimals of a scale to so many places."""
    if places >= scale:
        return np.round(data, scale)
    factor = 10.0**places
    # a decimal's half is a half, whatever float64 makes of it
    return half_away(np.round(data * factor, scale - places)) / factor


def _to_int(values: Values, _: int) -> Values:
    data = values.data
    missing = np.isnan(data)
    whole = np.rint(data) if values.kind == "double" else half_away(np.round(data, values.scale))
    mask = missing if missing.any() else None
    return Values("int", np.where(missing | ~np.isfinite(whole), 0, whole).astype(np.int64), mask)


def _to_decimal(values: Values, scale: int) -> Values:
    if values.kind == "decimal":
        return Values("decimal", rounded(values.data, values.scale, scale), scale=scale)
    data = floats(values)
    if values.kind == "double":
        data = half_away(data * 10.0**scale) / 10.0**scale
    return Values("decimal", data, scale=scale)


def _of_text(values: Values, _: int) -> Values:
    """Whole numbers; a text that is none gives a missing value (DuckDB: an error, or so)."""
    texts = arrow(values)
    try:
        numbers = pc.cast(texts, pa.int64())
    except pa.ArrowInvalid:
        number = pd.to_numeric(pd.Series(values.data), errors="coerce")
        return _to_int(Values("double", number.to_numpy(np.float64)), 0)
    mask = np.asarray(pc.is_null(numbers))
    return Values("int", pc.fill_null(numbers, 0).to_numpy(), mask if mask.any() else None)


def _text_to_double(values: Values, _: int) -> Values:
    number = pd.to_numeric(pd.Series(values.data), errors="coerce")
    return Values("double", number.to_numpy(np.float64))


def _text_to_time(values: Values, _: int) -> Values:
    parsed = pd.to_datetime(pd.Series(values.data), format="ISO8601", errors="coerce")
    return Values("timestamp", parsed.to_numpy().astype(TIME))


def _number_to_text(values: Values, _: int) -> Values:
    if values.kind == "int":
        array = pa.array(values.data, pa.int64(), mask=values.mask)
        return of_arrow(pc.cast(array, pa.large_string()))
    if values.kind == "bool":
        array = pa.array(values.data, mask=values.mask)
        return of_arrow(pc.cast(array, pa.large_string()))
    form = f"{{:.{values.scale}f}}".format if values.kind == "decimal" else repr
    made = [None if number != number else form(float(number)) for number in values.data]
    return of_arrow(pa.array(made, pa.large_string()))


def _time_to_text(values: Values, _: int) -> Values:
    if values.kind == "date":
        return of_arrow(pc.cast(pa.array(values.data.astype("M8[D]")), pa.string()))
    seconds = values.data.astype("M8[s]")
    if (seconds != values.data)[~np.isnat(values.data)].any():
        raise Unsupported("text of a time with parts of a second")
    return of_arrow(pc.cast(pa.array(seconds), pa.string()))


_CASTS: dict[tuple[str, str], Callable[[Values, int], Values]] = {
    ("bool", "int"): lambda values, _: Values("int", values.data.astype(np.int64), values.mask),
    ("decimal", "int"): _to_int,
    ("double", "int"): _to_int,
    ("text", "int"): _of_text,
    ("int", "double"): lambda values, _: Values("double", floats(values)),
    ("bool", "double"): lambda values, _: Values("double", floats(values)),
    ("decimal", "double"): lambda values, _: Values("double", values.data),
    ("text", "double"): _text_to_double,
    ("int", "decimal"): _to_decimal,
    ("double", "decimal"): _to_decimal,
    ("decimal", "decimal"): _to_decimal,
    ("text", "decimal"): lambda values, scale: _to_decimal(_text_to_double(values, 0), scale),
    ("int", "text"): _number_to_text,
    ("bool", "text"): _number_to_text,
    ("decimal", "text"): _number_to_text,
    ("double", "text"): _number_to_text,
    ("date", "text"): _time_to_text,
    ("timestamp", "text"): _time_to_text,
    ("date", "timestamp"): lambda values, _: Values("timestamp", values.data.astype(TIME)),
    ("timestamp", "date"): lambda values, _: Values(
        "date", values.data.astype("M8[D]").astype(DAY)
    ),
    ("text", "timestamp"): _text_to_time,
    ("text", "date"): lambda values, _: as_kind(_text_to_time(values, 0), "date"),
    ("text", "bool"): lambda values, _: flags(
        pd.Series(values.data).str.lower().isin(["true", "t", "1"]).to_numpy(), values.missing
    ),
    ("int", "bool"): lambda values, _: Values("bool", values.data != 0, values.mask),
}


# --- flags -------------------------------------------------------------------------------------


def either(left: Mask | None, right: Mask | None) -> Mask | None:
    if left is None or right is None:
        return right if left is None else left
    return left | right


def flags(data: Mask, missing: Mask | None, *, is_constant: bool = False) -> Values:
    """Of three values; what is missing is False in the data."""
    if missing is not None:
        if len(missing) != len(data):
            data, missing = np.broadcast_arrays(data, missing)
        data = data & ~missing
        missing = missing if missing.any() else None
    return Values("bool", data, missing, is_constant=is_constant)


def negated(values: Values) -> Values:
    if values.kind == "null":
        return values
    return flags(~values.data, values.mask, is_constant=values.is_constant)


def all_of(left: Values, right: Values) -> Values:
    return _combined(left, right, np.logical_and, absorbing=False)


def any_of(left: Values, right: Values) -> Values:
    return _combined(left, right, np.logical_or, absorbing=True)


def _combined(
    left: Values, right: Values, combine: Callable[..., Any], *, absorbing: bool
) -> Values:
    left, right = as_kind(left, "bool"), as_kind(right, "bool")
    missing = either(left.mask, right.mask)
    if missing is not None:
        decided = [
            side.data if absorbing else ~side.data & (True if side.mask is None else ~side.mask)
            for side in (left, right)
        ]
        missing = missing & ~(decided[0] | decided[1])
    is_constant = left.is_constant and right.is_constant
    return flags(combine(left.data, right.data), missing, is_constant=is_constant)


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compared(operator: str, left: Values, right: Values) -> Values:
    is_constant = left.is_constant and right.is_constant
    if "null" in (left.kind, right.kind):
        return constant("bool", None)
    if {left.kind, right.kind} & {"text"} and left.kind != right.kind:
        kind, scale = common_kind([left, right])
        left, right = as_kind(left, kind, scale), as_kind(right, kind, scale)
    missing = either(left.missing, right.missing)
    compare = _COMPARISONS[operator]
    if left.kind == "text":
        sides = [
            side.value if side.is_constant and not is_constant else side.data
            for side in (left, right)
        ]
        if any(side is None for side in sides):
            return constant("bool", None)
        found = np.asarray(compare(*sides), dtype=bool)
    else:
        found = compare(left.data, right.data)
    return flags(found, missing, is_constant=is_constant)


def is_in(values: Values, choices: Sequence[Any]) -> Values:
    """Among constants, none of which is missing."""
    found = pd.Series(values.data).isin(choices).to_numpy()
    return flags(found, values.missing, is_constant=values.is_constant)


def is_missing(values: Values) -> Values:
    missing = values.missing
    if missing is None:
        return constant("bool", value=False)
    return Values("bool", missing, is_constant=values.is_constant)


def truth(values: Values, rows: int) -> Mask | None:
    """Rows of which a condition holds; None if of all."""
    if values.is_constant or values.kind == "null":
        return None if values.value else np.zeros(rows, bool)
    return values.data


# --- choices -----------------------------------------------------------------------------------


def chosen(
    conditions: Sequence[Values], results: Sequence[Values], default: Values, rows: int
) -> Values:
    """`case`: of each row the result of the first condition that holds."""
    kept: list[tuple[Mask, Values]] = []
    for condition, result in zip(conditions, results, strict=True):
        holds = truth(condition, rows)
        if holds is None:
            default = result
            break
        if not condition.is_constant:
            kept.append((holds, result))
    kind, scale = common_kind([*results, default])
    if not kept:
        return as_kind(default, kind, scale)
    made = as_kind(default, kind, scale)
    parts = [as_kind(result, kind, scale) for _, result in kept]
    if kind == "text":
        return _chosen_texts([mask for mask, _ in kept], parts, made)
    masks = [mask for mask, _ in kept]
    data, mask = made.data, made.missing if kind in ("int", "bool", "interval") else None
    for holds, part in zip(reversed(masks), reversed(parts), strict=True):
        data = np.where(holds, part.data, data)
        if kind in ("int", "bool", "interval") and (mask is not None or part.mask is not None):
            mask = np.where(
                holds,
                False if part.mask is None else part.mask,
                False if mask is None else mask,
            )
    if kind == "bool" and mask is not None:
        data = data & ~mask
    return Values(kind, data, mask if mask is not None and mask.any() else None, scale, made.unit)


def _chosen_texts(masks: list[Mask], parts: list[Values], default: Values) -> Values:
    if all(part.is_constant for part in (*parts, default)):
        # the numbers of the texts first: a text is written once a row
        number = np.select(masks, range(1, len(masks) + 1), 0)
        texts = [default.value, *(part.value for part in parts)]
        return Values("text", pd.array(texts, dtype=TEXT).take(number))
    made = _scalar_or_array(default)
    for holds, part in zip(reversed(masks), reversed(parts), strict=True):
        made = pc.if_else(pa.array(holds), _scalar_or_array(part), made)
    return of_arrow(made)


def _scalar_or_array(values: Values) -> Any:
    return pa.scalar(values.value, pa.large_string()) if values.is_constant else arrow(values)


def first_present(parts: Sequence[Values], rows: int) -> Values:
    """`coalesce`."""
    kind, scale = common_kind(parts)
    kept: list[Values] = []
    for part in parts:
        if part.kind == "null" or (part.is_constant and part.value is None):
            continue
        kept.append(as_kind(part, kind, scale))
        if part.missing is None:
            break
    if not kept:
        return constant(kind, None, scale)
    if len(kept) == 1:
        return kept[0]
    if all(part.is_constant for part in kept):
        return kept[0]
    if kind == "text":
        return of_arrow(pc.coalesce(*(_scalar_or_array(part) for part in kept)))
    made = spread(kept[-1], rows)
    for part in reversed(kept[:-1]):
        missing = part.missing
        assert missing is not None
        mask = None if made.mask is None else missing & made.mask
        made = Values(kind, np.where(missing, made.data, part.data), mask, scale, made.unit)
    return made


def missing_if_equal(left: Values, right: Values, rows: int) -> Values:
    """`nullif`."""
    equal = compared("=", left, right)
    holds = truth(equal, rows)
    if holds is not None and not holds.any():
        return left
    return chosen([equal], [NULL], left, rows)


# --- numbers -----------------------------------------------------------------------------------


def arithmetic(operator: str, left: Values, right: Values) -> Values:
    """Of `+ - * / %`; days and times with intervals and with each other."""
    is_constant = left.is_constant and right.is_constant
    if "null" in (left.kind, right.kind):
        other = right if left.kind == "null" else left
        return constant("double" if operator == "/" else other.kind, None, other.scale)
    if {left.kind, right.kind} & {"date", "timestamp", "interval"}:
        made = _of_times(operator, left, right)
    elif operator == "/":
        with np.errstate(all="ignore"):
            made = Values("double", np.divide(floats(left), floats(right)))
    elif {left.kind, right.kind} <= {"int", "bool"}:
        made = _of_whole_numbers(operator, left, right)
    else:
        made = _of_fractions(operator, left, right)
    made.is_constant = is_constant
    return made


def _of_whole_numbers(operator: str, left: Values, right: Values) -> Values:
    a, b = (
        side.data.astype(np.int64) if side.kind == "bool" else side.data for side in (left, right)
    )
    mask = either(left.mask, right.mask)
    if mask is not None and len(a) != len(b):
        mask = np.broadcast_to(mask, np.broadcast_shapes(a.shape, b.shape))
    if operator == "*" and object not in (a.dtype, b.dtype) and largest(a) * largest(b) >= _LARGEST:
        a = a.astype(object)
    if operator == "+":
        data = a + b
    elif operator == "-":
        data = a - b
    elif operator == "*":
        data = a * b
    elif operator == "%":
        if (b == 0).any():
            b = np.where(b == 0, 1, b)
        data = a % b if a.dtype == object else np.fmod(a, b)
    else:
        raise Unsupported(operator)
    if data.dtype == object and largest(data.astype(np.float64)) < _LARGEST / 2:
        data = data.astype(np.int64)
    return Values("int", data, mask)


def largest(data: np.ndarray) -> float:
    """Largest absolute value."""
    return float(np.abs(data.astype(np.float64, copy=False)).max()) if len(data) else 0.0


_OPERATORS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "%": np.fmod,
}


def _of_fractions(operator: str, left: Values, right: Values) -> Values:
    a, b = floats(left), floats(right)
    scale = left.scale + right.scale if operator == "*" else max(left.scale, right.scale)
    # what another branch of a `case` takes is computed as well
    with np.errstate(all="ignore"):
        data = _OPERATORS[operator](a, b)
    if "double" in (left.kind, right.kind):
        return Values("double", data)
    return Values("decimal", np.round(data, scale), scale=scale)


def _of_times(operator: str, left: Values, right: Values) -> Values:
    if left.kind == "int" and right.kind == "interval" and operator == "*":
        mask = either(left.mask, right.mask)
        return Values("interval", left.data * right.data, mask, unit=right.unit)
    if left.kind == right.kind == "date" and operator == "-":
        days = left.data.astype("M8[D]").astype(np.int64) - right.data.astype("M8[D]").astype(
            np.int64
        )
        return _whole(days, either(left.missing, right.missing))
    if left.kind not in ("date", "timestamp") or operator not in ("+", "-"):
        raise Unsupported(f"{left.kind} {operator} {right.kind}")
    sign = 1 if operator == "+" else -1
    missing = right.mask
    if left.kind == "date" and right.kind == "int":
        moved = left.data + (sign * right.data * 86400).astype("m8[s]")
        return Values("date", _without(moved, missing))
    if right.kind != "interval":
        raise Unsupported(f"{left.kind} {operator} {right.kind}")
    if right.unit in ("month", "year"):
        count = sign * right.data * (12 if right.unit == "year" else 1)
        months = left.data.astype("M8[M]")
        within = left.data.astype(TIME) - months.astype(TIME)
        moved_month = months + count.astype("m8[M]")
        last_day = (moved_month + np.timedelta64(1, "M")).astype("M8[D]") - np.timedelta64(1, "D")
        day = left.data.astype("M8[D]") - months.astype("M8[D]")
        clamped = np.minimum(moved_month.astype("M8[D]") + day, last_day)
        moved = clamped.astype(TIME) + (within - day.astype("m8[us]"))
        return Values("timestamp", _without(moved, missing))
    step = _MICROSECONDS[right.unit] * (sign * right.data)
    return Values("timestamp", _without(left.data.astype(TIME) + step.astype("m8[us]"), missing))


def _without(data: np.ndarray, missing: Mask | None) -> np.ndarray:
    return data if missing is None else np.where(missing, np.datetime64("NaT"), data)


def _whole(data: np.ndarray, missing: Mask | None) -> Values:
    if missing is None:
        return Values("int", data)
    data, missing = np.broadcast_arrays(data, missing)
    return Values("int", np.where(missing, 0, data), missing)


def opposite(values: Values) -> Values:
    return replace(values, data=-values.data, _codes=None)


def absolute(values: Values) -> Values:
    return replace(values, data=np.abs(values.data), _codes=None)


def real(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[Values], Values]:
    """A function of doubles; one of NumPy's."""

    def apply(values: Values) -> Values:
        with np.errstate(all="ignore"):
            return Values("double", function(floats(values)), is_constant=values.is_constant)

    return apply


def power(left: Values, right: Values) -> Values:
    with np.errstate(all="ignore"):
        data = np.power(floats(left), floats(right))
    return Values("double", data, is_constant=left.is_constant and right.is_constant)


def to_whole(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[Values], Values]:
    """`floor` and `ceil`: a double of a double, a whole number of a decimal."""

    def apply(values: Values) -> Values:
        if values.kind == "int":
            return values
        if values.kind == "decimal":
            whole = function(np.round(values.data, values.scale))
            made = _to_int(Values("decimal", whole), 0)
            made.is_constant = values.is_constant
            return made
        return replace(values, data=function(values.data), _codes=None)

    return apply


def round_to(values: Values, places: int) -> Values:
    if values.kind in ("int", "null"):
        return values
    if values.kind == "decimal":
        if places >= values.scale:
            return values
        data = rounded(values.data, values.scale, places)
        made = Values("decimal", data, scale=places)
        made.is_constant = values.is_constant
        return made if places else as_kind(made, "int")
    factor = 10.0**places
    with np.errstate(all="ignore"):
        data = half_away(values.data * factor) / factor
    # as DuckDB: what is too large to have such places stays
    return replace(values, data=np.where(np.isfinite(data), data, values.data), _codes=None)


# --- days and times ----------------------------------------------------------------------------


def truncated(values: Values, unit: str) -> Values:
    codes = {"month": "M", "year": "Y", "day": "D", "hour": "h", "minute": "m"}
    if unit in codes:
        data = values.data.astype(f"M8[{codes[unit]}]")
    elif unit == "week":
        days = values.data.astype("M8[D]")
        # 1970-01-05 was a Monday
        since = (days - np.datetime64("1970-01-05", "D")).astype(np.int64) % 7
        data = days - since.astype("m8[D]")
    else:
        raise Unsupported(f"date_trunc of {unit}")
    return Values("timestamp", data.astype(TIME), is_constant=values.is_constant)


def difference(end: Values, start: Values, unit: str) -> Values:
    """`date_diff`: how many boundaries of a unit lie between two times."""
    code = {"second": "s", "minute": "m", "hour": "h", "day": "D", "month": "M", "year": "Y"}.get(
        unit
    )
    if code is None:
        raise Unsupported(f"date_diff of {unit}")
    counted = end.data.astype(f"M8[{code}]").astype(np.int64) - start.data.astype(
        f"M8[{code}]"
    ).astype(np.int64)
    made = _whole(counted, either(end.missing, start.missing))
    made.is_constant = end.is_constant and start.is_constant
    return made


def part_of(values: Values, part: str) -> Values:
    if part == "year":
        number = values.data.astype("M8[Y]").astype(np.int64) + 1970
    elif part == "month":
        number = values.data.astype("M8[M]").astype(np.int64) % 12 + 1
    else:
        raise Unsupported(f"extract of {part}")
    made = _whole(number, values.missing)
    made.is_constant = values.is_constant
    return made


def at_zone(zone: str, values: Values) -> Values:
    """`timezone`: the moment of a wall clock's time, or the time that a wall clock shows."""
    series = pd.Series(values.data)
    if values.kind == "timestamptz":
        local = series.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        return Values("timestamp", local.to_numpy(), is_constant=values.is_constant)
    ambiguous = np.zeros(len(series), bool)
    moment = series.dt.tz_localize(
        zone, ambiguous=ambiguous, nonexistent=pd.Timedelta(hours=1)
    ).dt.tz_convert("UTC")
    data = moment.dt.tz_localize(None).to_numpy().astype(TIME)
    return Values("timestamptz", data, is_constant=values.is_constant)


# --- texts -------------------------------------------------------------------------------------


def by_method(values: Values, name: str, *arguments: Any, **more: Any) -> Values:
    """A method of pandas' `.str` that gives texts."""
    made = getattr(pd.Series(values.data, copy=False).str, name)(*arguments, **more)
    return Values("text", made.array, is_constant=values.is_constant)


def joined(parts: Sequence[Values]) -> Values:
    """`||` of all of them."""
    parts = [as_kind(part, "text") for part in parts]
    if all(part.is_constant for part in parts):
        texts = [part.value for part in parts]
        return constant("text", None if None in texts else "".join(texts))
    separator = pa.scalar("", pa.large_string())
    return of_arrow(pc.binary_join_element_wise(*map(_scalar_or_array, parts), separator))


def length(values: Values) -> Values:
    counted = pc.fill_null(pc.utf8_length(arrow(values)), 0)
    data = counted.to_numpy(zero_copy_only=False).astype(np.int64)
    return Values("int", data, values.missing, is_constant=values.is_constant)


def position(values: Values, sought: Values, rows: int) -> Values:
    """`strpos`: counted from 1, 0 where it is not found."""

    def find(part: Values, text: str) -> Values:
        found = pd.Series(part.data, copy=False).str.find(text)
        missing = part.missing
        data = (found if missing is None else found.fillna(-1)).to_numpy().astype(np.int64) + 1
        if missing is not None:
            data[missing] = 0
        return Values("int", data, missing, is_constant=part.is_constant)

    return _by_text(values, sought, rows, find)


def replaced(values: Values, sought: Values, by: Values, rows: int) -> Values:
    if not by.is_constant:
        raise Unsupported("replace by a column")
    return _by_text(
        values,
        sought,
        rows,
        # DuckDB replaces nothing by an empty text
        lambda part, text: (
            by_method(part, "replace", text, by.value, regex=False) if text else part
        ),
    )


def like(values: Values, pattern: Values, rows: int) -> Values:
    def match(part: Values, text: str) -> Values:
        texts = arrow(part)
        inner = text.strip("%")
        # Arrow itself: the methods of `.str` copy the result twice
        if "_" in inner or "%" in inner or "\\" in text:
            found = pc.match_like(texts, text)
        elif not inner and text:
            found = pc.is_valid(texts)
        elif text.startswith("%") and text.endswith("%"):
            found = pc.match_substring(texts, inner)
        elif text.startswith("%"):
            found = pc.ends_with(texts, inner)
        elif text.endswith("%"):
            found = pc.starts_with(texts, inner)
        else:
            found = pc.equal(texts, inner)
        data = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
        return flags(data, part.missing, is_constant=part.is_constant)

    return _by_text(values, pattern, rows, match)


def _by_text(
    values: Values, texts: Values, rows: int, function: Callable[[Values, str], Values]
) -> Values:
    """A function of a column and one text: once for each distinct text of a second column."""
    if texts.kind == "null" or (texts.is_constant and texts.value is None):
        return NULL
    if texts.is_constant:
        return function(values, texts.value)
    codes, uniques = pd.factorize(texts.data)
    values = spread(values, rows)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(-1, len(uniques) + 1))
    parts, counts = [], []
    for number in range(-1, len(uniques)):
        place = order[bounds[number + 1] : bounds[number + 2]]
        if len(place):
            part = take(values, place)
            parts.append(NULL if number < 0 else function(part, uniques[number]))
            counts.append(len(place))
    if not parts:
        return function(values, "")
    back = np.empty(rows, np.int64)
    back[order] = np.arange(rows)
    return take(concatenated(parts, counts), back)


def piece(values: Values, separator: str, number: int) -> Values:
    """`string_split(text, separator)[number + 1]`."""
    if number < 0:
        raise Unsupported("a part of a text counted from its end")
    lists = pc.split_pattern(arrow(values), separator, max_splits=number + 1)
    if number == 0:
        made = of_arrow(pc.list_element(lists, 0))
    else:
        has = pc.fill_null(pc.greater(pc.list_value_length(lists), number), False)
        pieces = pc.list_element(lists.filter(has), number)
        where = has.to_numpy(zero_copy_only=False)
        index = pa.array(np.cumsum(where) - 1, mask=~where)
        made = of_arrow(pieces.take(index))
    made.is_constant = values.is_constant
    return made


def piece_by(values: Values, separator: str, number: Values, rows: int) -> Values:
    """The same with a column of numbers, counted from 0."""
    lists = pc.split_pattern(arrow(spread(values, rows)), separator)
    number = spread(number, rows)
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy().astype(np.int64)
    is_there = (number.data >= 0) & (number.data < counts)
    if number.mask is not None:
        is_there &= ~number.mask
    places = lists.offsets.to_numpy()[:-1] + number.data
    return of_arrow(lists.values.take(pa.array(places, mask=~is_there)))


def substring(values: Values, start: Values, size: int | None, rows: int) -> Values:
    """From a character counted from 1."""

    def cut(part: Values, first: int) -> Values:
        if first < 1:
            raise Unsupported("substr from before the first character")
        stop = None if size is None else first - 1 + size
        return by_method(part, "slice", first - 1, stop)

    if start.is_constant:
        return cut(values, int(start.value)) if start.value is not None else NULL
    starts = start.data if start.mask is None else np.where(start.mask, 1, start.data)
    values = spread(values, rows)
    if start.mask is not None:
        values = chosen([Values("bool", start.mask)], [NULL], values, rows)
    order = np.argsort(starts, kind="stable")
    firsts, bounds = np.unique(starts[order], return_index=True)
    bounds = np.append(bounds, rows)
    parts = [
        cut(take(values, order[bounds[number] : bounds[number + 1]]), int(first))
        for number, first in enumerate(firsts)
    ]
    if not parts:
        return values
    back = np.empty(rows, np.int64)
    back[order] = np.arange(rows)
    return take(concatenated(parts, [len(part) for part in parts]), back)


def md5(values: Values) -> Values:
    made = [
        None if text is None else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        for text in arrow(values).to_pylist()
    ]
    return replace(of_arrow(pa.array(made, pa.large_string())), is_constant=values.is_constant)


# --- codes -------------------------------------------------------------------------------------


def codes_of(values: Values) -> tuple[np.ndarray, int]:
    """A whole number for each distinct value, missing being one of them, and a bound of them."""
    if values._codes is None:
        values._codes = _codes(values)
    return values._codes


def _codes(values: Values) -> tuple[np.ndarray, int]:
    if values.kind == "bool":
        codes = values.data.astype(np.int64)
        if values.mask is not None:
            codes[values.mask] = 2
        return codes, 3
    narrow = _narrow(values)
    if narrow is not None:
        return narrow
    data = values.data
    if data.dtype.kind == "M":
        data = data.view(np.int64)
    elif data.dtype.kind == "f":
        data = data + 0.0  # no negative zero
    codes, uniques = pd.factorize(data)
    missing = values.mask if values.kind == "int" else codes < 0
    if missing is not None and missing.any():
        codes = np.where(missing, len(uniques), codes)
    return codes.astype(np.int64, copy=False), len(uniques) + 1


def _narrow(values: Values) -> tuple[np.ndarray, int] | None:
    """Whole numbers and days by their distance to the least, in order, if that is not large."""
    if values.kind not in ("int", "date") or values.data.dtype == object or not len(values):
        return None
    if values.kind == "date":
        missing = values.missing
        data = values.data.view(np.int64) // 86400
    else:
        missing, data = values.mask, values.data
    present = data if missing is None else data[~missing]
    if not len(present):
        return np.zeros(len(data), np.int64), 1
    least, most = int(present.min()), int(present.max())
    if most - least > max(1 << 16, 2 * len(data)):
        return None
    codes = data - least
    if missing is not None:
        codes = np.where(missing, most - least + 1, codes)
    return codes, most - least + 2


def ranks_of(values: Values) -> tuple[np.ndarray, int]:
    """Codes in the order of the values; missing is the last."""
    if values.kind == "bool":
        return codes_of(values)
    narrow = _narrow(values)
    if narrow is not None:
        return narrow
    data = values.data
    if values.kind == "text":
        codes, uniques = pd.factorize(data)
        order = np.asarray(uniques.argsort())
        rank = np.empty(len(order) + 1, np.int64)
        rank[order] = np.arange(len(order))
        rank[-1] = len(order)
        return rank[codes], len(order) + 1
    missing = values.missing
    if data.dtype.kind == "M":
        data = data.view(np.int64)
    codes, uniques = pd.factorize(data if missing is None else data[~missing], sort=True)
    if missing is not None:
        filled = np.full(len(data), len(uniques), np.int64)
        filled[~missing] = codes
        codes = filled
    return codes.astype(np.int64, copy=False), len(uniques) + 1
