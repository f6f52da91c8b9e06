"""Numbers, dates, plurals and names in the messages of checks, in English and Russian.

Format codes: `n` count, `m` money without kopecks, `p` share as a percentage, `r` ratio,
`d` date; `{n:day|days}`, in Russian `{n:день|дня|дней}`, is the form of the word for that number;
a kind of `names` gives the name of the thing; `why` says why a row was refused, `say` is a text of
the pipeline that is stored in English, `do` a remedy.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from orchestration.expectations.names import KINDS, Names
from orchestration.phrases import remedy, row_reason, sentence

Language = Literal["en", "ru"]

SHOWN_ITEMS = 5
_MISSING = "—"
_NARROW_SPACE = "\u00a0"


class _Formatter(string.Formatter):
    def __init__(self, language: Language, names: Names) -> None:
        self._language = language
        self._names = names

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: PLR0911 - one line a code
        is_missing = value is None or (isinstance(value, float) and math.isnan(value))
        if "|" in format_spec:
            return self._plural(0 if is_missing else round(value), format_spec.split("|"))
        if is_missing:
            return _MISSING
        match format_spec:
            case "n" | "m":
                return self._number(f"{round(float(value)):,}")
            case "p":
                return self._number(f"{float(value):.1%}")
            case "r":
                return self._number(f"{float(value):,.2f}")
            case "d":
                return self._date(value)
            case "why":
                return row_reason(str(value), self._language)
            case "say":
                return sentence(str(value), self._language)
            case "do":
                return remedy(str(value), self._language)
            case "":
                return str(value)
        if format_spec not in KINDS:
            raise ValueError(f"unknown format code '{format_spec}'")
        pair = self._names.get((format_spec, str(value)), (str(value), str(value)))
        return pair[self._language == "ru"]

    def _plural(self, number: int, forms: Sequence[str]) -> str:
        if self._language == "en":
            one, many = forms
            return one if number == 1 else many
        one, few, many = forms
        if number % 10 == 1 and number % 100 != 11:
            return one
        return few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many

    def _number(self, text: str) -> str:
        if self._language == "en":
            return text
        return text.replace(",", _NARROW_SPACE).replace(".", ",").replace("%", f"{_NARROW_SPACE}%")

    def _date(self, value: date) -> str:
        return value.strftime("%Y-%m-%d" if self._language == "en" else "%d.%m.%Y")


_MORE: Mapping[Language, str] = {"en": "and {n:n} more", "ru": "и ещё {n:n}"}
_WHAT_TO_DO: Mapping[Language, str] = {"en": "What to do", "ru": "Что делать"}


def render(
    template: str, values: Mapping[str, Any], language: Language, names: Names | None = None
) -> str:
    return _Formatter(language, names or {}).vformat(template, (), values)


def failure_text(
    message: str,
    item: str,
    remedy: str,
    *,
    facts: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    names: Names,
) -> str:
    """`message: item; item; and 3 more. What to do: remedy.`"""
    items = [render(item, row, language, names) for row in rows[:SHOWN_ITEMS]]
    if len(rows) > SHOWN_ITEMS:
        items.append(render(_MORE[language], {"n": len(rows) - SHOWN_ITEMS}, language))
    said = f"{render(message, facts, language, names).rstrip('.')}: {'; '.join(items)}"
    return f"{said}. {_WHAT_TO_DO[language]}: {remedy.rstrip('.')}."
