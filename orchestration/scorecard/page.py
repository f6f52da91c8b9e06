"""What every page has: its head and names of things."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name
from jinja2 import Environment, PackageLoader, StrictUndefined

from orchestration.scorecard import findings, queries
from orchestration.scorecard.frames import records
from orchestration.scorecard.inputs import CompanyFacts
from orchestration.scorecard.l10n import LANGUAGES, Translator
from orchestration.scorecard.queries import Marts

_NATIVE_NAMES = {"ru": "Русский", "en": "English"}


@cache
def environment() -> Environment:
    """The templates of all pages; each is compiled once a process."""
    return Environment(
        loader=PackageLoader("orchestration.scorecard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def header(facts: CompanyFacts, say: Translator, page: str) -> dict[str, Any]:
    """Values of the head of a page named `<page>.<language>.html`."""
    other = next(language for language in LANGUAGES if language != say.language)
    return {
        "company": facts.name,
        "other_language": other,
        "other_name": _NATIVE_NAMES[other],
        "other_page": f"{page}.{other}.html",
        "zone": get_timezone_location(facts.timezone, locale=say.locale, return_city=True),
        "currency": get_currency_name(facts.currency, locale=say.locale),
    }


def names(marts: Marts, definitions: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, str]]:
    """(kind, id) -> names in both languages, of everything the marts name."""
    campaigns = marts.read(queries.CAMPAIGNS)
    return {
        **findings.names_of(definitions, "metric", "metric_id"),
        **findings.names_of(marts.read(queries.CHANNELS), "channel", "channel"),
        **findings.names_of(marts.read(queries.CONVERSIONS), "conversion_name", "conversion_id"),
        **findings.names_of(marts.read(queries.PRODUCT_LINES), "product_line", "product_line"),
        **{
            ("campaign", str(row["campaign_id"])): dict.fromkeys(
                LANGUAGES, str(row["campaign_name"])
            )
            for row in records(campaigns)
        },
    }
