"""Units that stand beside a header (`Cost, RUB`) or in a row of their own under it.

A sum in thousands or in another currency looks like any other sum, so a unit is never skipped
before it was understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from orchestration.sources.contracts import NUMBERS, Column, Type
from orchestration.sources.currencies import CURRENCIES, CURRENCY_WORDS

Kind = Literal["money", "percent", "count", "time", "note"]

_SCALES = {
    1000: "тыс|тысяч|тысячи|тыс\\.?|thousands?|k|к",
    1_000_000: "млн|миллион(?:ов|ы)?|millions?|mln|m|м",
    1_000_000_000: "млрд|миллиард(?:ов|ы)?|billions?|bln|bn",
}
# A letter alone is a scale only in front of a currency: `k$`, while `m` may be metres.
_LETTERS = frozenset({"k", "к", "m", "м"})
_COUNTS = frozenset(
    re.split(
        r"\|",
        "шт|штук|штука|ед|единиц|чел|человек|раз|кол-во|количество|клики|кликов|показы|показов|"
        "визиты|визитов|пользователи|пользователей|заявок|звонков|pcs|pc|pieces|units|unit|count|"
        "items|qty|people|users|clicks|impressions|visits",
    )
)
_TIMES = {
    1: frozenset(("с", "сек", "секунд", "секунды", "s", "sec", "secs", "second", "seconds")),
    60: frozenset(("мин", "минут", "минуты", "min", "mins", "minute", "minutes")),
    3600: frozenset(("ч", "час", "часов", "часы", "h", "hr", "hrs", "hour", "hours")),
}
_PERCENT = frozenset(("%", "проц", "процент", "процентов", "проценты", "percent", "pct"))
# What a row under the header may say of cells that are no figures.
_NOTES = frozenset(
    re.split(
        r"\|",
        "дата|день|время|текст|строка|число|id|код|имя|название|date|day|time|text|string|number|"
        "name|code|дд.мм.гггг|гггг-мм-дд|dd.mm.yyyy|yyyy-mm-dd|№",
    )
)
# These codes of currencies are words of headers too: `Clicks (ALL)`.
_CODES = frozenset(CURRENCIES) - {"ALL", "TOP"}
# Belarus calls its money by the word and the abbreviation that Russia has.
_SAME_WORD = {"RUB": ("RUB", "BYN"), "CNY": ("CNY", "JPY")}
_VAT = re.compile(r"[,\s]*\(?\b(с|без|вкл\w*|incl\w*|excl\w*|with|without)\.? (НДС|VAT)\)?$", re.I)
_AFTER_A_NAME = (
    re.compile(r"(.+?)\s*[,(\[]\s*([^,()\[\]]+?)\s*[)\]]?\s*"),
    re.compile(r"(.+?)\s+((?:(?:тыс|млн)\.?\s*)?(?:руб\.?|рублей|[₽$€£₸₴]|RUB|USD|EUR|KZT))\s*"),
)


@dataclass(frozen=True)
class Unit:
    """`currencies`: those that a word of money may mean. `scale`: how many of the base unit."""

    kind: Kind
    currencies: tuple[str, ...] = ()
    scale: int = 1


@lru_cache(maxsize=8192)
def unit_of(text: str) -> Unit | None:
    """What a text says as a unit; None where it is none."""
    bare = re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip(" ()[].,:")
    bare = _VAT.sub("", re.sub(r"^(в|in) ", "", bare, flags=re.IGNORECASE)).strip(" .")
    if not bare:
        return None
    if found := _base(bare):
        return found
    for scale, words in _SCALES.items():
        match = re.fullmatch(rf"({words})\.?(?: (?:of|в))? ?(.*)", bare, re.IGNORECASE)
        if not match:
            continue
        of = match.group(2).strip(" .")
        if not of and match.group(1).lower() not in _LETTERS:
            return Unit("count", scale=scale)
        base = _base(of) if of else None
        if base and base.kind in ("money", "count"):
            return Unit(base.kind, base.currencies, scale)
    return None


def _base(bare: str) -> Unit | None:
    word = bare.lower().rstrip(".")
    code = bare if bare in _CODES else CURRENCY_WORDS.get(word)
    if code:
        return Unit("money", _SAME_WORD.get(code, (code,)))
    if word in _PERCENT:
        return Unit("percent")
    if word in _COUNTS:
        return Unit("count")
    for seconds, words in _TIMES.items():
        if word in words:
            return Unit("time", scale=seconds)
    return None


def parted(header: str) -> tuple[str, str]:
    """(name, unit) of a header such as `Cost, RUB`; no unit where it has none."""
    for pattern in _AFTER_A_NAME:
        found = pattern.fullmatch(header.strip())
        if found and unit_of(found.group(2)):
            return found.group(1), found.group(2)
    return header, ""


def are_units(cells: Sequence[str]) -> bool:
    """Whether the filled cells of a row name units, and nothing else but kinds of values."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    notes = [cell for cell in filled if cell.lower().strip("()[] ") in _NOTES]
    return bool(filled) and all(cell in notes or unit_of(cell) for cell in filled)


def wanted(column: Column, unit: Unit, currency: str | None) -> str | None:
    """What the figures of a column must be in, where they are in another unit; None where they are
    in the right one. `currency`: of the sums; None where each row names its own."""
    if column.type not in NUMBERS or unit.kind == "note":
        return None
    is_money = column.type in (Type.MONEY, Type.SMALL_MONEY)
    is_right = unit.scale == 1
    if unit.kind == "money":
        is_right &= column.type is not Type.INTEGER
        is_right &= currency is None or currency in unit.currencies
    elif unit.kind == "percent":
        is_right &= column.type is Type.RATE and column.maximum != 1
    else:
        is_right &= not is_money
    if is_right:
        return None
    if is_money or (column.type is Type.RATE and unit.kind == "money"):
        return f"sums in {currency}" if currency else "sums in the currency of the row"
    if column.type is Type.RATE and column.maximum == 1:
        return "shares such as 0.35"
    return "seconds" if unit.kind == "time" else "whole units"
