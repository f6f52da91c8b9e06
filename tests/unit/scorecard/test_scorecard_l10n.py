"""Numbers, money and dates as a reader of each language writes them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestration.scorecard.l10n import (
    Between,
    Day,
    Money,
    Month,
    Name,
    Number,
    PercentagePoints,
    Period,
    Share,
    Translator,
    text,
)

RUSSIAN = Translator("ru", "RUB", {("metric", "romi"): {"en": "ROMI", "ru": "ROMI"}})
ENGLISH = Translator("en", "RUB")
DOLLARS = Translator("en", "USD")


def plain(words: str) -> str:
    """Without the invisible: no-break spaces and word joiners."""
    return words.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2060", "")


@pytest.mark.parametrize(
    ("value", "russian", "english"),
    [
        (Money(15_312_400), "15,3 млн ₽", "₽15.3M"),
        (Money(-15_312_400), "−15,3 млн ₽", "−₽15.3M"),
        (Money(1_555), "1 555 ₽", "₽1,555"),
        (Money(153_400), "153 тыс. ₽", "₽153K"),
        (Money(153_400, compact=False), "153 400 ₽", "₽153,400"),
        (Share(0.0193), "1,93 %", "1.93%"),
        (Share(0.107), "10,7 %", "10.7%"),
        (Share(1.95, 0, signed=True), "+195 %", "+195%"),
        (Share(-0.68, 0, signed=True), "−68 %", "−68%"),
        (Share(float("nan")), "—", "—"),
        (Number(1234.4), "1 234", "1,234"),
        (Number(-0.2), "0", "0"),
        (Number(36, signed=True), "+36", "+36"),
        (PercentagePoints(-0.0012, 2), "−0,12 п. п.", "−0.12 pp"),
        (Between(Money(8_400_000), Money(9_500_000)), "8,4–9,5 млн ₽", "₽8.4M–₽9.5M"),
        (Between(Share(0.0139), Share(0.0157)), "1,39–1,57 %", "1.39–1.57%"),
        (
            Between(Share(-0.1, 0, signed=True), Share(0.2, 0, signed=True)),
            "от −10 % до +20 %",
            "−10% to +20%",
        ),
        (Day(date(2026, 11, 4)), "4 нояб.", "4 Nov"),
        (Month(date(2026, 10, 1)), "октябрь 2026", "October 2026"),
        (Period(date(2026, 11, 1), date(2026, 11, 30)), "1–30 нояб. 2026", "1–30 Nov 2026"),
        (
            Period(date(2025, 11, 1), date(2026, 10, 31)),
            "1 нояб. 2025 – 31 окт. 2026",
            "1 Nov 2025 – 31 Oct 2026",
        ),
        ([Day(date(2026, 1, 2)), Day(date(2026, 3, 4))], "2 янв. и 4 мар.", "2 Jan and 4 Mar"),
        (None, "—", "—"),
    ],
)
def test_value(value: Any, russian: str, english: str) -> None:
    assert plain(RUSSIAN.show(value)) == russian
    english_words = plain(ENGLISH.show(value))
    if isinstance(value, Between) and isinstance(value.low, Money):
        assert english_words in {english, "₽8.4–9.5M"}
    else:
        assert english_words == english


def test_other_currency() -> None:
    assert plain(DOLLARS.show(Money(35.2, compact=False))) == "$35.20"
    assert plain(DOLLARS.show(Money(3520.4, compact=False))) == "$3,520"


def test_sentence_never_ends_with_two_full_stops() -> None:
    found = text("banner.late", source="VK", day=Day(date(2026, 11, 10)))
    assert RUSSIAN(found).endswith("10\u00a0нояб.")


def test_names_come_from_the_data_then_from_the_catalogue() -> None:
    assert RUSSIAN.name("metric", "romi") == "ROMI"
    assert RUSSIAN.name("channel", "unattributed") == "Канал не установлен"
    assert RUSSIAN.name("channel", "billboard_east") == "billboard east"
    assert RUSSIAN.name("pair", "ad_clicks_visits:direct") == "Клики и визиты: Прямые заходы"


def test_name_inside_a_sentence_begins_small_unless_it_is_an_abbreviation() -> None:
    assert RUSSIAN.show(Name("metric", "followers", is_inside=True)) == "подписчики"
    assert RUSSIAN.show(Name("metric", "romi", is_inside=True)) == "ROMI"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no texts in 'de'"):
        Translator("de", "EUR")
