"""The door of the Bank of Russia against a fake of its daily sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration import lake
from orchestration.errors import UserError
from orchestration.settings import Company, SourceSettings
from orchestration.sources.api import central_bank
from orchestration.sources.api.http import ApiError, Window
from tests.fakes.central_bank import FakeCentralBank
from tests.fakes.server import FakeClock, Reply
from tests.integration.api.behaviours import (
    Behaviours,
    Case,
    Row,
    World,
    world,
)

__all__ = ["world"]

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 3, day) for day in (6, 7, 9, 10))


def make_fake(clock: FakeClock) -> FakeCentralBank:
    # The sheet of Saturday is the last one before Tuesday's.
    return FakeCentralBank(
        {
            FRIDAY: {"USD": (1, "78,0512"), "EUR": (1, "90,1000"), "KZT": (100, "15,2345")},
            SATURDAY: {"USD": (1, "78,4000"), "EUR": (1, "90,2000"), "KZT": (100, "15,3000")},
            TUESDAY: {"USD": (1, "79,0000"), "EUR": (1, "91,0000"), "KZT": (100, "15,4000")},
        }
    )


def truth(fake: FakeCentralBank, window: Window) -> list[Row]:
    rows: list[Row] = []
    for number in range((window[1] - window[0]).days):
        day = window[0] + timedelta(days=number)
        if day > TUESDAY:
            continue
        published = max(found for found in fake.publications if found <= day)
        for code in ("USD", "KZT"):
            nominal, price = fake.publications[published][code]
            rate = price.replace(",", ".").rstrip("0").rstrip(".")
            rows.append((str(day), code, str(nominal), rate, str(published)))
    return rows


def restate(fake: FakeCentralBank) -> None:
    fake.publications[SATURDAY]["USD"] = (1, "77,7700")


def extend(fake: FakeCentralBank) -> None:
    fake.more = "<New>1</New>"


class TestCentralBank(Behaviours):
    case = Case(
        source="central_bank",
        table="fx_rates",
        make_fake=make_fake,
        columns=("rate_date", "currency", "nominal", "rate", "published_date"),
        truth=truth,
        window=(FRIDAY, TUESDAY),
        empty_window=(date(2026, 3, 11), date(2026, 3, 13)),
        secrets={},
        options={"currencies": ["usd", "KZT", "RUB"]},
        throttled=Reply(429, b"", "text/html"),
        refused=Reply(403, b"", "text/html"),
        names="",
        restate=restate,
        extend=extend,
        reports_new_fields=False,
    )
    # The rates are public: there is no secret to miss, to refuse or to expire.
    test_names_the_variable_of_a_missing_secret = None  # type: ignore[assignment]
    test_names_the_variable_of_a_refused_secret = None  # type: ignore[assignment]
    test_expired_token = None  # type: ignore[assignment]

    def test_days_without_publication_carry_the_last_one(self, world: World) -> None:
        rows = {(row[0], row[1]): row for row in world.load().rows}
        for day in ("2026-03-07", "2026-03-08", "2026-03-09"):
            assert rows[day, "USD"][3:] == ("78.4", "2026-03-07")

    def test_the_price_is_for_the_nominal(self, world: World) -> None:
        assert ("2026-03-06", "KZT", "100", "15.2345", "2026-03-06") in world.load().rows

    def test_the_day_goes_first(self, world: World) -> None:
        world.load((FRIDAY, SATURDAY))
        assert world.server.requests[0].query["date_req"] == ["06/03/2026"]

    def test_an_unknown_currency_is_named(self, world: World) -> None:
        for sheet in world.fake.publications.values():
            sheet.pop("KZT")
        assert "KZT" in world.fails(ApiError)

    def test_a_sheet_that_is_far_too_old_is_refused(self, world: World) -> None:
        for day in (FRIDAY, SATURDAY):
            del world.fake.publications[day]
        world.fake.publications[date(2025, 12, 30)] = {"USD": (1, "70,0"), "KZT": (100, "14,0")}
        assert "2025-12-30" in world.fails(ApiError)

    @pytest.mark.parametrize("price", ["0,0000", "-1,5", "n/a", ""])
    def test_a_senseless_rate_is_refused(self, world: World, price: str) -> None:
        world.fake.publications[FRIDAY]["USD"] = (1, price)
        assert "cannot be read" in world.fails(ApiError)

    def test_a_document_type_is_never_followed(self, world: World) -> None:
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ValCurs Date="06.03.2026">&a;</ValCurs>'
        with pytest.raises(central_bank._NoSheetError):
            central_bank._parse(bomb)

    def currencies_of(self, world: World, **more: object) -> list[str]:
        sources = {
            "central_bank": SourceSettings(door="api", base_url=world.server.url),
            "google_ads": SourceSettings(currency="USD"),
            "vk_ads": SourceSettings(currency="RUB"),
            "plain": SourceSettings(currency="EUR", enabled=False),
        }
        company = Company(
            directory=Path(world.folder),
            name="Test",
            first_date=date(2020, 1, 1),
            **{"sources": sources, **more},
        )
        loaded = central_bank.fetch(
            company, "fx_rates", self.case.window, world.transport(), world.said.append
        )
        return sorted({code for item in loaded for code in item["currency"].to_pylist()})

    def test_currencies_of_the_sources_in_use(self, world: World) -> None:
        assert self.currencies_of(world) == ["USD"]

    def test_a_currency_that_a_source_gets_later_is_brought_for_all_days(
        self, world: World
    ) -> None:
        def fill(**sources: SourceSettings) -> list[tuple[object, ...]]:
            company = world.lake_company(currencies=None)
            company = company.model_copy(update={"sources": {**company.sources, **sources}})
            lake.load(
                company,
                "central_bank",
                # As a daily run: the last day alone.
                window=(MONDAY, TUESDAY),
                progress=world.said.append,
                connect=lambda folder: replace(world.transport(), folder=folder),
            )
            with duckdb.connect() as connection:
                lake.register(connection, company)
                return connection.execute(
                    "select currency, count(*) from raw.central_bank__fx_rates group by all order "
                    "by all"
                ).fetchall()

        assert fill(google_ads=SourceSettings(currency="USD")) == [("USD", 4)]
        more = {
            "google_ads": SourceSettings(currency="USD"),
            "plain": SourceSettings(currency="KZT"),
        }
        assert fill(**more) == [("KZT", 4), ("USD", 4)]
        asked = len(world.server.requests)
        assert fill(**more) == [("KZT", 4), ("USD", 4)]
        assert len(world.server.requests) == asked + 1

    def test_books_in_another_currency(self, world: World) -> None:
        with pytest.raises(UserError, match="quotes in roubles"):
            self.currencies_of(world, currency="EUR")
        assert not world.server.requests
