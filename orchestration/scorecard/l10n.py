"""Words, numbers and dates in the reader's language.

Rules produce language-neutral `Text`s: a message key and typed values. Only `Translator` turns
them into words, so no rule ever builds a sentence and no sentence ever hides a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from string import Formatter
from typing import Any

import pandas as pd
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from orchestration.scorecard.messages import MESSAGES

LANGUAGES = ("ru", "en")
# Day before month, as everywhere outside the United States.
_LOCALES = {"ru": "ru_RU", "en": "en_GB"}
_PLURAL_FORMS = {"en": ("one", "other"), "ru": ("one", "few", "many")}
_DOUBLE_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")
_YEAR_MARK = re.compile(r"\sг\.$")
_AROUND_DIGITS = re.compile(r"^(\D*)(\d.*\d|\d)(\D*)$", re.DOTALL)
MINUS = "\u2212"
NO_VALUE = "\u2014"
NO_BREAK = "\u00a0"
# An en dash that never ends a line.
RANGE = "\u2060–\u2060"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, in the company's currency by default. `compact`: 15.3 million, not 15,312,400."""

    value: float
    compact: bool = True
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction 0..1 shown in per cent. Digits by default follow the size of the value."""

    value: float
    digits: int | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    digits: int = 0
    signed: bool = False
    compact: bool = False


@dataclass(frozen=True, slots=True)
class PercentagePoints:
    """A difference of two fractions."""

    value: float
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Between:
    """An interval; a unit both ends share is said once: 8.4–9.5 million."""

    low: Money | Share | Number
    high: Money | Share | Number


@dataclass(frozen=True, slots=True)
class Day:
    value: date
    with_year: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    value: date
    short: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """Both ends are included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Name:
    """A name kept in the data: kind is `metric`, `channel`, `campaign`, `conversion`...

    `is_inside` a sentence a name begins with a small letter (abbreviations stay as they are).
    """

    kind: str
    id: str
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A message key with its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def text(key: str, **values: Any) -> Text:
    return Text(key, values)


def is_missing(value: Any) -> bool:
    """True for None, NaN, NaT, NA and infinities: everything that is no number to show."""
    if pd.isna(value):
        return True
    return isinstance(value, (float, Decimal)) and not isfinite(value)


class Translator(Formatter):
    """Renders `Text`s and typed values in one language.

    `names` maps (kind, id) to {"en": ..., "ru": ...}; ids without a name are shown as they are.
    """

    def __init__(
        self,
        language: str,
        currency: str,
        names: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
    ) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"no texts in '{language}'; there are {', '.join(LANGUAGES)}")
        self.language = language
        self.currency = currency
        self.locale = Locale.parse(_LOCALES[language])
        self._names = dict(names or {})

    # -- sentences

    def __call__(self, message: Text | str, **values: Any) -> str:
        if isinstance(message, Text):
            return self(message.key, **{**message.values, **values})
        words = self.vformat(MESSAGES[message][self.language], (), values)
        # An abbreviation at the end of a sentence ("10 нояб.") brings its own full stop.
        return _DOUBLE_STOP.sub(".", words)

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            return self._plural(value, format_spec.split("|"))
        return self.show(value)

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        """`{name!c}` starts the value with a capital letter."""
        if conversion == "c":
            shown = self.show(value)
            return shown[:1].upper() + shown[1:]
        return super().convert_field(value, conversion)

    def _plural(self, value: Any, forms: list[str]) -> str:
        number = value.value if isinstance(value, Number) else value
        categories = _PLURAL_FORMS[self.language]
        if len(forms) != len(categories):
            raise ValueError(f"{self.language} needs {len(categories)} plural forms, got {forms}")
        category = self.locale.plural_form(number)
        # Russian fractions ("other") take the genitive singular, which is the "few" form.
        return dict(zip(categories, forms, strict=True)).get(category, forms[1])

    def has(self, key: str) -> bool:
        return key in MESSAGES

    # -- values

    def show(self, value: Any) -> str:  # noqa: PLR0911 - one line a type
        if isinstance(value, Text):
            return self(value)
        if isinstance(value, str):
            return value
        if isinstance(value, Name):
            name = self.name(value.kind, value.id)
            return _small_first(name) if value.is_inside else name
        if isinstance(value, (Money, Share, Number, PercentagePoints)):
            return NO_VALUE if is_missing(value.value) else self._number(value)
        if isinstance(value, Between):
            return self._between(value)
        if isinstance(value, Day):
            return self.day(value.value, with_year=value.with_year)
        if isinstance(value, Month):
            return self.month(value.value, short=value.short)
        if isinstance(value, Period):
            return self.period(value.start, value.end)
        if isinstance(value, date):
            return self.day(value, with_year=True)
        if isinstance(value, Sequence):
            return format_list([self.show(item) for item in value], locale=self.locale)
        if is_missing(value):
            return NO_VALUE
        if isinstance(value, (int, float, Decimal)):
            return self._decimal(value, 0 if float(value).is_integer() else 1)
        return str(value)

    def _number(self, value: Money | Share | Number | PercentagePoints) -> str:
        if isinstance(value, Money):
            return self._money(value)
        if isinstance(value, PercentagePoints):
            points = self._decimal(value.value * 100, value.digits, signed=True)
            return self("unit.percentage_points", value=points)
        if isinstance(value, Share):
            digits = share_digits(value.value) if value.digits is None else value.digits
            pattern = "0" + ("." + "0" * digits if digits else "")
            pattern += f"{NO_BREAK}%" if self.language == "ru" else "%"
            shown = format_percent(
                value.value, pattern, locale=self.locale, decimal_quantization=True
            )
            return self._sign(shown, value.value, value.signed)
        if value.compact and abs(value.value) >= 100_000:
            shown = format_compact_decimal(value.value, locale=self.locale, fraction_digits=1)
            return self._sign(shown, value.value, value.signed)
        return self._decimal(value.value, value.digits, signed=value.signed)

    def _between(self, value: Between) -> str:
        low, high = self.show(value.low), self.show(value.high)
        low_parts, high_parts = _AROUND_DIGITS.match(low), _AROUND_DIGITS.match(high)
        if low_parts is None or high_parts is None:
            return NO_VALUE
        (before, number, after), (before_high, number_high, after_high) = (
            low_parts.groups(),
            high_parts.groups(),
        )
        if before == before_high and after == after_high and before not in ("+", MINUS):
            return f"{before}{number}{RANGE}{number_high}{after}"
        return self("unit.range", low=low, high=high)

    def _decimal(self, value: float | Decimal, digits: int, *, signed: bool = False) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        rounded = round(float(value), digits) + 0.0  # no "-0"
        return self._sign(format_decimal(rounded, pattern, locale=self.locale), rounded, signed)

    def _money(self, money: Money) -> str:
        value, currency = float(money.value), money.currency or self.currency
        if money.compact and abs(value) >= 100_000:
            digits = 1 if abs(value) >= 1_000_000 else 0
            shown = format_compact_currency(
                value, currency, locale=self.locale, fraction_digits=digits
            )
        else:
            # Kopecks say something only about small sums.
            digits = 2 if abs(value) < 100 and not value.is_integer() else 0
            number = "#,##0" + (".00" if digits else "")
            pattern = f"{number}\u00a0¤" if self.language == "ru" else f"¤{number}"
            shown = format_currency(
                round(value, digits) + 0.0,
                currency,
                pattern,
                locale=self.locale,
                currency_digits=False,
            )
        if self.language == "en":
            shown = shown.replace("RUB", "₽").replace(f"₽{NO_BREAK}", "₽").replace("US$", "$")
        return self._sign(shown, value, signed=False)

    @staticmethod
    def _sign(shown: str, value: float | Decimal, signed: bool) -> str:
        shown = shown.replace("-", MINUS)
        return f"+{shown}" if signed and value > 0 else shown

    def day(self, value: date, *, with_year: bool = False) -> str:
        value = value.date() if isinstance(value, datetime) else value
        pattern = "d MMM y" if with_year else "d MMM"
        return format_date(value, pattern, locale=self.locale).replace(" ", NO_BREAK)

    def month(self, value: date, *, short: bool = False) -> str:
        if short:
            return format_date(value, "LLL yy", locale=self.locale)
        return _YEAR_MARK.sub("", format_skeleton("yMMMM", value, locale=self.locale))

    def month_of_axis(self, value: date) -> str:
        """Three letters and two digits, for narrow axes: "сен 26"."""
        name, year = format_date(value, "LLL yy", locale=self.locale).split(" ")
        return f"{name[:3]} {year}"

    def period(self, start: date, end: date) -> str:
        if start == end:
            return self.day(start, with_year=True)
        if start.year == end.year and start.month == end.month:
            return f"{start.day}{RANGE}{self.day(end, with_year=True)}"
        first = self.day(start, with_year=start.year != end.year)
        return f"{first} – {self.day(end, with_year=True)}"

    def knows(self, kind: str, identifier: str) -> bool:
        return (kind, identifier) in self._names or f"{kind}.{identifier}" in MESSAGES

    def name(self, kind: str, identifier: str) -> str:
        if kind == "pair" and ":" in identifier:
            pair, channel = identifier.split(":", 1)
            return f"{self.name('pair', pair)}: {self.name('channel', channel)}"
        known = self._names.get((kind, identifier))
        if known and known.get(self.language):
            return known[self.language]
        key = f"{kind}.{identifier}"
        if key in MESSAGES:
            return MESSAGES[key][self.language]
        return identifier.replace("_", " ") if kind not in {"campaign", "account"} else identifier


def _small_first(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def share_digits(value: float) -> int:
    """Digits after the point that say something: 0.18%, 9.5%, 112%."""
    size = abs(value)
    if size >= 0.995:
        return 0
    return 1 if size >= 0.02 else 2
