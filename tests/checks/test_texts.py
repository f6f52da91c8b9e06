"""Numbers and dates as readers of both languages write them."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.expectations.texts import render


@pytest.mark.parametrize(
    ("template", "value", "english", "russian"),
    [
        ("{x:n}", 1234567, "1,234,567", "1\u00a0234\u00a0567"),
        ("{x:m}", 1234.5, "1,234", "1\u00a0234"),
        ("{x:p}", 0.0512, "5.1%", "5,1\u00a0%"),
        ("{x:r}", 1234.567, "1,234.57", "1\u00a0234,57"),
        ("{x:d}", date(2026, 10, 28), "2026-10-28", "28.10.2026"),
        ("{x:d}", None, "—", "—"),
        ("{x:p}", float("nan"), "—", "—"),
        ("{x}", "vk_ads", "vk_ads", "vk_ads"),
    ],
)
def test_formats(template: str, value: object, english: str, russian: str) -> None:
    assert render(template, {"x": value}, "en") == english
    assert render(template, {"x": value}, "ru") == russian


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown format code"):
        render("{x:q}", {"x": 1}, "en")


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (1, "1 day", "1 день"),
        (2, "2 days", "2 дня"),
        (5, "5 days", "5 дней"),
        (11, "11 days", "11 дней"),
        (12, "12 days", "12 дней"),
        (21, "21 days", "21 день"),
        (112, "112 days", "112 дней"),
        (1004, "1,004 days", "1\u00a0004 дня"),
        (0, "0 days", "0 дней"),
    ],
)
def test_words_agree_with_their_number(number: int, english: str, russian: str) -> None:
    assert render("{n:n} {n:day|days}", {"n": number}, "en") == english
    assert render("{n:n} {n:день|дня|дней}", {"n": number}, "ru") == russian


def test_a_missing_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        render("{n:день|дней}", {"n": 3}, "ru")


def test_things_have_their_names_and_unknown_ones_their_ids() -> None:
    names = {("channel", "ads"): ("Ads", "Реклама")}

    assert render("{c:channel}", {"c": "ads"}, "ru", names) == "Реклама"
    assert render("{c:channel}", {"c": "mail"}, "ru", names) == "mail"
