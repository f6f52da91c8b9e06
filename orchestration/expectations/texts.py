"""Numbers and dates in the messages of checks, in English and Russian.

Format codes: `n` count, `m` money without kopecks, `p` share as a percentage, `r` ratio,
`d` date.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

Language = Literal["en", "ru"]

SHOWN_ITEMS = 5
_MISSING = "—"
_NARROW_SPACE = "\u00a0"


class _Formatter(string.Formatter):
    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
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
            case "":
                return str(value)
        raise ValueError(f"unknown format code '{format_spec}'")

    def _number(self, text: str) -> str:
        if self._language == "en":
            return text
        return text.replace(",", _NARROW_SPACE).replace(".", ",").replace("%", f"{_NARROW_SPACE}%")

    def _date(self, value: date) -> str:
        return value.strftime("%Y-%m-%d" if self._language == "en" else "%d.%m.%Y")


_FORMATTERS: Mapping[Language, _Formatter] = {"en": _Formatter("en"), "ru": _Formatter("ru")}
_MORE: Mapping[Language, str] = {"en": "and {n:n} more", "ru": "и ещё {n:n}"}
_WHAT_TO_DO: Mapping[Language, str] = {"en": "What to do", "ru": "Что делать"}


def render(template: str, values: Mapping[str, Any], language: Language) -> str:
    return _FORMATTERS[language].vformat(template, (), values)


def failure_text(
    message: str,
    item: str,
    remedy: str,
    *,
    facts: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
) -> str:
    """`message: item; item; and 3 more. What to do: remedy.`"""
    items = [render(item, row, language) for row in rows[:SHOWN_ITEMS]]
    if len(rows) > SHOWN_ITEMS:
        items.append(render(_MORE[language], {"n": len(rows) - SHOWN_ITEMS}, language))
    said = f"{render(message, facts, language).rstrip('.')}: {'; '.join(items)}"
    return f"{said}. {_WHAT_TO_DO[language]}: {remedy.rstrip('.')}."
