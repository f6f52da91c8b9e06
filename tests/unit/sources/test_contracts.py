from __future__ import annotations

import pytest

from orchestration.sources.contracts import (
    CONTRACTS,
    FILE_COLUMN,
    REGISTERS,
    SOURCES,
    TableContract,
    contract_of,
    lookback_days,
    normalise_header,
    tables_of,
)

every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


@every_contract
def test_a_header_belongs_to_one_column(contract: TableContract) -> None:
    owner: dict[str, str] = {}
    for column in contract.columns:
        for header in (column.name, *column.headers):
            assert owner.setdefault(normalise_header(header), column.name) == column.name


@every_contract
def test_keys_and_days_are_columns_that_are_stored(contract: TableContract) -> None:
    stored = [column.name for column in contract.stored_columns]
    assert len(set(stored)) == len(stored)
    assert stored[-1] == FILE_COLUMN
    assert set(contract.natural_key) <= set(stored)
    if contract.day_column:
        assert contract.column(contract.day_column).required
    assert not contract.by_day or contract.day_column
    assert not contract.expects_every_day or contract.by_day


@every_contract
def test_every_column_and_table_is_described(contract: TableContract) -> None:
    assert contract.description.startswith("One row per ")
    assert all(column.description for column in contract.stored_columns)


@every_contract
def test_personal_columns_are_stored_as_hash_and_status_only(contract: TableContract) -> None:
    stored = {column.name for column in contract.stored_columns}
    assert not stored & {"phone", "email", "title", "name_of_customer"}
    for column in contract.columns:
        if column.pii in ("phone", "email"):
            assert {f"{column.name}_hash", f"{column.name}_status"} <= stored


def test_look_back_and_freshness_are_those_of_the_specification() -> None:
    expected = {
        "yandex_metrica__visits": (4, 36),
        "yandex_direct__ad_stats": (3, 36),
        "google_ads__campaign_stats": (30, 36),
        "vk_ads__campaign_stats": (7, 36),
        "bitrix24__leads": (0, 24),
        "telegram__followers": (3, 36),
        "surveys__responses": (0, None),
    }
    for name, (days, hours) in expected.items():
        assert (CONTRACTS[name].lookback_days, CONTRACTS[name].freshness_hours) == (days, hours)


def test_lookups() -> None:
    assert contract_of("plain", "orders") is CONTRACTS["plain__orders"]
    assert {"leads", "deals"} <= {table.table for table in tables_of("bitrix24")}
    assert lookback_days(tables_of("google_ads")) == 30
    assert lookback_days([]) == 0
    assert SOURCES[-1] == REGISTERS


@pytest.mark.parametrize(
    "header",
    ["Client ID", "clientid", "CLIENT_ID", " client-id ", "\ufeffClientID", "client\u00a0id"],
)
def test_headers_are_compared_without_case_and_spaces(header: str) -> None:
    assert normalise_header(header) == "clientid"
