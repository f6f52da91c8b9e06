"""Products of deals through the doors of the CRMs: the suite of behaviours, and what is special."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from orchestration.errors import UserError
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import ApiError, Window
from tests.fakes.amocrm import FakeAmocrm
from tests.fakes.bitrix24 import FakeBitrix24
from tests.fakes.hubspot import FakeHubspot
from tests.fakes.server import FakeClock, Instead, json_reply
from tests.integration.api import test_amocrm, test_bitrix24, test_hubspot
from tests.integration.api.behaviours import Behaviours, Row, World, world

__all__ = ["world"]

MOSCOW = ZoneInfo("Europe/Moscow")
WORDS = {"product_line": {"Баня": "saunas", "900": "houses"}}


def changed_from(window: Window) -> datetime:
    """From when a deal must have changed for its products to come in a window."""
    if window[0] == test_bitrix24.FIRST_DATE:
        return datetime(1, 1, 1, tzinfo=UTC)
    return datetime(*window[0].timetuple()[:3], tzinfo=MOSCOW) - timedelta(hours=24)


def door_rows(world: World, window: Window | None = None, **options: Any) -> list[dict[str, Any]]:
    case = world.case
    door = API_DOORS[case.source]
    company = world.company(**options)
    batches = door(company, case.table, window or case.window, world.transport(), world.said.append)
    return pa.concat_tables([item for item in batches if isinstance(item, pa.Table)]).to_pylist()


# --- Bitrix24 ------------------------------------------------------------------------------------


def row_of_deal(number: int, deal: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number, "ownerId": deal, "productId": 900, "productName": "Дом из бруса",
        "price": 611.01, "priceBrutto": 678.9, "discountSum": 67.89, "quantity": 2,
        "taxIncluded": "Y", **changes,
    }  # fmt: skip


def bitrix24_fake(clock: FakeClock) -> FakeBitrix24:
    fake = test_bitrix24.make_fake(clock)
    fake.deals[38] = test_bitrix24.deal(38)
    fake.products = {
        1: row_of_deal(1, 37),
        2: row_of_deal(2, 37, productId=901, productName="Баня"),
        3: row_of_deal(3, 38, productId=0, productName="Доставка", priceBrutto=611.01),
    }
    return fake


def bitrix24_truth(fake: FakeBitrix24, window: Window) -> Sequence[Row]:
    since = changed_from(window)
    lines = {"Дом из бруса": "houses", "Баня": "saunas"}
    return [
        (
            str(row["id"]), str(row["ownerId"]), str(row["productId"] or "") or None,
            lines.get(row["productName"]), str(row["quantity"]), str(row["priceBrutto"]),
            str(2 * (Decimal(str(row["priceBrutto"])) - Decimal("611.01")) or 0), "RUB",
        )
        for row in fake.products.values()
        if datetime.fromisoformat(fake.deals[row["ownerId"]]["updatedTime"]) >= since
    ]  # fmt: skip


def bitrix24_restate(fake: FakeBitrix24) -> None:
    fake.products[2]["priceBrutto"] = 700.5
    fake.deals[37]["updatedTime"] = fake.clock.now().isoformat()


def bitrix24_delete(fake: FakeBitrix24) -> str:
    del fake.products[2]
    fake.deals[37]["updatedTime"] = fake.clock.now().isoformat()
    return "2"


def bitrix24_extend(fake: FakeBitrix24) -> None:
    fake.products[1]["storeId"] = None


COLUMNS = (
    "line_id", "deal_id", "product_id", "product_line", "quantity", "unit_price",
    "discount_amount", "currency",
)  # fmt: skip


class TestBitrix24Products(Behaviours):
    case = replace(
        test_bitrix24.TestBitrix24.case,
        table="deal_products",
        make_fake=bitrix24_fake,
        columns=COLUMNS,
        truth=bitrix24_truth,
        options={**test_bitrix24.TestBitrix24.case.options, "values": WORDS},
        restate=bitrix24_restate,
        delete=bitrix24_delete,
        extend=bitrix24_extend,
        data_request=lambda request: b"crm.item.productrow.list" in request.body,
    )

    def test_more_products_than_a_page_and_more_deals_than_a_call(self, world: World) -> None:
        for number in range(100, 230):
            world.fake.deals[number] = test_bitrix24.deal(number)
            world.fake.products[number] = row_of_deal(number, number)
        assert world.load().rows == world.truth()
        assert len(world.load().rows) == 133

    def test_a_portal_without_the_method_has_no_products(self, world: World) -> None:
        world.fake.is_old = True
        assert world.load().rows == []
        assert any("does not tell the products" in text for text in world.said)


# --- amoCRM --------------------------------------------------------------------------------------


def element(number: int, name: str, price: str | None) -> dict[str, Any]:
    fields = [{"field_id": 5, "field_code": "PRICE", "values": [{"value": price}]}]
    return {
        "id": number, "name": name, "catalog_id": 70,
        "custom_fields_values": fields if price else None,
    }  # fmt: skip


def linked(number: int, quantity: float = 1) -> dict[str, Any]:
    return {"id": number, "metadata": {"quantity": quantity, "catalog_id": 70}}


def amocrm_fake(clock: FakeClock) -> FakeAmocrm:
    fake = test_amocrm.make_fake(clock)
    fake.elements = {900: element(900, "Дом", "6500000"), 901: element(901, "Баня", "99.90")}
    fake.leads[1]["_embedded"]["catalog_elements"] = [linked(900), linked(901, 2)]
    fake.leads[2]["_embedded"]["catalog_elements"] = [linked(901, 0.5)]
    return fake


def amocrm_truth(fake: FakeAmocrm, window: Window) -> Sequence[Row]:
    since = changed_from(window)
    names = {"Дом": "houses", "Баня": "saunas"}
    found: list[Row] = []
    for lead in fake.leads.values():
        changed = datetime.fromtimestamp(lead["updated_at"], UTC)
        if lead["is_deleted"] or changed < since:
            continue
        for link in lead["_embedded"].get("catalog_elements", []):
            known = fake.elements[link["id"]]
            found.append(
                (
                    f"{lead['id']}:{link['id']}", str(lead["id"]), str(link["id"]),
                    names[known["name"]], str(link["metadata"]["quantity"]),
                    known["custom_fields_values"][0]["values"][0]["value"], None, "RUB",
                )
            )  # fmt: skip
    return found


def amocrm_restate(fake: FakeAmocrm) -> None:
    fake.leads[1]["_embedded"]["catalog_elements"][1]["metadata"]["quantity"] = 3
    fake.leads[1]["updated_at"] = int(fake.clock.now().timestamp())


def amocrm_delete(fake: FakeAmocrm) -> str:
    fake.leads[1]["_embedded"]["catalog_elements"].pop()
    fake.leads[1]["updated_at"] = int(fake.clock.now().timestamp())
    return "1:901"


def amocrm_extend(fake: FakeAmocrm) -> None:
    fake.elements[900]["is_popular"] = None


class TestAmocrmProducts(Behaviours):
    case = replace(
        test_amocrm.TestAmocrm.case,
        table="deal_products",
        make_fake=amocrm_fake,
        columns=COLUMNS,
        truth=amocrm_truth,
        options={**test_amocrm.TestAmocrm.case.options, "values": WORDS},
        restate=amocrm_restate,
        delete=amocrm_delete,
        extend=amocrm_extend,
    )

    def test_an_element_without_a_price_costs_nothing(self, world: World) -> None:
        """Its quantity still tells the product line; a price that nobody entered is not made up."""
        world.fake.elements[900] = element(900, "Дом", None)
        del world.fake.elements[901]
        rows = {row["line_id"]: row for row in door_rows(world)}
        assert rows["1:900"]["unit_price"] == rows["1:901"]["unit_price"] == "0"
        assert rows["1:901"]["product_line"] is None

    def test_a_price_under_another_code_is_asked_for(self, world: World) -> None:
        """Products that have fields, and none of them the price: it is kept under another code."""
        fields = [{"field_id": 9, "field_code": "COST", "values": [{"value": "100"}]}]
        for number in range(910, 915):
            world.fake.elements[number] = {
                **element(number, "Дом", None), "custom_fields_values": fields,
            }  # fmt: skip
        links = [linked(number) for number in range(910, 915)]
        world.fake.leads[1]["_embedded"]["catalog_elements"] = links
        world.fake.leads[2]["_embedded"]["catalog_elements"] = []
        with pytest.raises(UserError) as caught:
            door_rows(world)
        assert "'sources.amocrm.price_field' names the field PRICE" in str(caught.value)
        assert "none of 5 products" in str(caught.value)


# --- HubSpot -------------------------------------------------------------------------------------


def line_item(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "properties": {
            "createdate": test_hubspot.moment(1),
            "hs_lastmodifieddate": test_hubspot.moment(3),
            "name": "House",
            "hs_product_id": "900",
            "hs_sku": None,
            "quantity": "2",
            "price": "750.25",
            "hs_total_discount": "100.5",
            "hs_cost_of_goods_sold": "300.10",
            "hs_line_item_currency_code": "RUB",
            **changes,
        },
    }


def hubspot_fake(clock: FakeClock) -> FakeHubspot:
    fake = test_hubspot.make_fake(clock)
    fake.line_items = {
        11: line_item(11),
        12: line_item(12, hs_product_id=None, name="Баня", quantity="1"),
        13: line_item(13),
    }
    # 13 belongs to a quote only
    fake.deals_of = {11: [51], 12: [52]}
    return fake


def hubspot_truth(fake: FakeHubspot, window: Window) -> Sequence[Row]:
    since = changed_from(window)
    return [
        (
            str(number), str(fake.deals_of[number][0]), values["hs_product_id"],
            "houses" if values["name"] == "House" else "saunas", values["quantity"],
            values["price"], values["hs_total_discount"], "RUB",
        )
        for number, record in fake.line_items.items()
        if not record.get("archived") and number in fake.deals_of
        and datetime.fromisoformat((values := record["properties"])["hs_lastmodifieddate"]) >= since
    ]  # fmt: skip


def hubspot_restate(fake: FakeHubspot) -> None:
    now = fake.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fake.line_items[12]["properties"] |= {"price": "9.99", "hs_lastmodifieddate": now}


def hubspot_delete(fake: FakeHubspot) -> str:
    fake.line_items[12]["archived"] = True
    return "12"


def hubspot_extend(fake: FakeHubspot) -> None:
    fake.line_items[11]["more"] = {"objectWriteTraceId": None}


class TestHubspotProducts(Behaviours):
    case = replace(
        test_hubspot.TestHubspot.case,
        table="deal_products",
        make_fake=hubspot_fake,
        columns=COLUMNS,
        truth=hubspot_truth,
        options={**test_hubspot.TestHubspot.case.options, "values": WORDS},
        restate=hubspot_restate,
        delete=hubspot_delete,
        extend=hubspot_extend,
        data_request=lambda request: "/objects/line_items" in request.path,
    )

    def test_the_search_brings_the_same_rows(self, world: World) -> None:
        assert door_rows(world, test_hubspot.TestHubspot.CHANGED) == door_rows(world)

    def test_cost_is_that_of_all_pieces(self, world: World) -> None:
        costs = {row["line_id"]: row["cost_amount"] for row in door_rows(world)}
        assert {line: Decimal(cost) for line, cost in costs.items()} == {
            "11": Decimal("600.20"), "12": Decimal("300.10"),
        }  # fmt: skip

    def test_a_missing_right_says_how_to_go_without(self, world: World) -> None:
        world.server.misbehave(
            Instead(json_reply({"message": "This app hasn't been granted all scopes"}, 403)),
            times=10,
        )
        with pytest.raises(ApiError, match="products = false"):
            door_rows(world)
