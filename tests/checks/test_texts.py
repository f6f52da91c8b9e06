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
