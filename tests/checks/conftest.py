from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.checks import world


@pytest.fixture(scope="session")
def healthy() -> Iterator[duckdb.DuckDBPyConnection]:
    """The healthy company. Tests that change it take `company` instead."""
    with duckdb.connect() as connection:
        world.build(connection)
        yield connection


@pytest.fixture
def company(healthy: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The healthy company, restored after the test."""
    healthy.begin()
    yield healthy
    healthy.rollback()
