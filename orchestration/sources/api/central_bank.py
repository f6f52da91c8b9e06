"""Rates of the Bank of Russia: roubles for the currencies that the company's sources use.

The rate asked for a day is the one in force on it. Nothing is published for Sundays, Mondays and
the days after holidays: those carry the last published rate, and `published_date` says of which day
it is. `[sources.central_bank]`: `currencies = ["USD"]`, by default those of the other sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pyarrow as pa
import requests

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    Options,
    Progress,
    Retry,
    Transport,
    Window,
)
from orchestration.sources.api.records import tables, unreadable

SOURCE = "central_bank"
SYSTEM = "The Bank of Russia"
QUOTED_IN = "RUB"

# Longer than any holidays; an older rate means that the answer is not for the day asked.
_LONGEST_GAP = timedelta(days=20)
_TELL_EVERY = 100


@dataclass(frozen=True)
class _Sheet:
    """Rates of one publication: nominal and price by currency."""

    published: date
    rates: dict[str, tuple[int, Decimal]]


class _NoSheetError(Exception):
    pass


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per day of the window and currency, days that have not come left out.

    Raises:
        ApiError: the bank did not answer, or has no rate of a currency; nothing is yielded then.
        UserError: the company does not keep its books in roubles.
    """
    options = Options(company, SOURCE)
    _refuse_other_books(company)
    currencies = _currencies(company, options)
    if not currencies:
        progress(f"{SYSTEM}: no source has another currency than {company.currency}")
        return
    tomorrow = transport.now().astimezone(ZoneInfo(company.timezone)).date() + timedelta(days=1)
    days = _days(window[0], min(window[1], tomorrow))
    base = options.base_url("https://www.cbr.ru")
    with ApiClient(SYSTEM, base, transport, _judge, progress) as client:
        rows: list[dict[str, object]] = []
        for number, day in enumerate(days, start=1):
            rows += _rows(_sheet(client, day), day, currencies)
            if number % _TELL_EVERY == 0:
                progress(f"{SYSTEM}: {number} of {len(days)} days")
    progress(f"{SYSTEM}: rates of {', '.join(currencies)} for {len(days)} days")
    yield from tables(SOURCE, table, rows)


def published(company: Company, transport: Transport, progress: Progress) -> date:
    """The day of the rates in force now: the smallest question, whatever currencies are in use.

    Raises:
        UserError: settings, or what the bank said.
    """
    options = Options(company, SOURCE)
    _refuse_other_books(company)
    today = transport.now().astimezone(ZoneInfo(company.timezone)).date()
    base = options.base_url("https://www.cbr.ru")
    with ApiClient(SYSTEM, base, transport, _judge, progress) as client:
        sheet = _sheet(client, today)
        list(_rows(sheet, today, _currencies(company, options)))
    return sheet.published


def depends_on(company: Company) -> list[str]:
    """Currencies that are asked for: when a source gets another one, all days lack its rates."""
    return _currencies(company, Options(company, SOURCE))


def _refuse_other_books(company: Company) -> None:
    if company.currency != QUOTED_IN:
        raise UserError(
            f"{SYSTEM} quotes in roubles, but the company's currency is {company.currency}",
            file=company.directory / COMPANY_FILE,
            remedy="switch [sources.central_bank] off and keep registers/fx_rates.csv by hand",
        )


def _currencies(company: Company, options: Options) -> list[str]:
    used = {
        settings.currency
        for settings in company.sources.values()
        if settings.enabled and settings.currency
    }
    listed = options.get("currencies")
    chosen = options.texts("currencies", '["USD"]') if listed is not None else sorted(used)
    return [code for code in map(str.upper, chosen) if code != company.currency]


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days)]


def _sheet(client: ApiClient, day: date) -> _Sheet:
    # Day first: 03/04/2026 is the third of April.
    response = client.send(
        "GET", "/scripts/XML_daily.asp", params={"date_req": day.strftime("%d/%m/%Y")}
    )
    sheet = _parse(response.content)
    if not day - _LONGEST_GAP <= sheet.published <= day:
        raise ApiError(
            f"{SYSTEM} sent the rates of {sheet.published} when asked for {day}",
            remedy="run the load again later; if it stays so, keep registers/fx_rates.csv by hand",
        )
    return sheet


def _rows(sheet: _Sheet, day: date, currencies: list[str]) -> Iterator[dict[str, object]]:
    for currency in currencies:
        if currency not in sheet.rates:
            raise ApiError(
                f"{SYSTEM} has no rate of {currency} for {day}",
                remedy="check the currency codes in company.toml; keep rates it does not publish "
                "in registers/fx_rates.csv",
            )
        nominal, rate = sheet.rates[currency]
        yield {
            "rate_date": day.isoformat(),
            "currency": currency,
            "nominal": nominal,
            "rate": rate,
            "published_date": sheet.published.isoformat(),
        }


def _judge(response: requests.Response) -> Retry | None:
    if response.status_code == 429 or response.status_code >= 500:
        return Retry(f"it answers {response.status_code}")
    if response.status_code != 200:
        raise ApiError(
            f"{SYSTEM} refused the request ({response.status_code})",
            status=response.status_code,
            remedy="its site may take many requests for an attack: run the load again in an hour; "
            "if it stays so, check base_url in [sources.central_bank], and that the site opens "
            "from here",
        )
    try:
        _parse(response.content)
    except _NoSheetError:
        return Retry("a page without rates, or a part of one, came in place of data")
    return None


def _parse(content: bytes) -> _Sheet:
    """A sheet out of `ValCurs`: windows-1251, decimal commas, a price for `Nominal` units."""
    if b"<!DOCTYPE" in content[:1024].upper():  # no entities, no pages
        raise _NoSheetError
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - a document type is refused above
    except (ElementTree.ParseError, LookupError, ValueError):
        raise _NoSheetError from None
    if root.tag != "ValCurs" or not root.get("Date"):
        raise _NoSheetError
    try:
        published = datetime.strptime(str(root.get("Date")), "%d.%m.%Y").date()  # noqa: DTZ007
        rates = {
            str(item.findtext("CharCode")): (
                int(str(item.findtext("Nominal"))),
                Decimal(str(item.findtext("Value")).replace(",", ".")),
            )
            for item in root.iter("Valute")
        }
    except (ValueError, InvalidOperation):
        raise unreadable(SYSTEM, "a sheet of rates") from None
    if any(nominal < 1 or rate <= 0 for nominal, rate in rates.values()):
        raise unreadable(SYSTEM, "a rate that is not positive")
    return _Sheet(published, rates)
