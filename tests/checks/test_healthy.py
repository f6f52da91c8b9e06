"""A company with every source and nothing wrong passes every check."""

from __future__ import annotations

import duckdb

from orchestration.expectations import ALL_CHECKS, applicable, run_checks


def test_every_check_applies_to_a_company_with_every_source(
    healthy: duckdb.DuckDBPyConnection,
) -> None:
    assert [check.name for check in ALL_CHECKS if not applicable(healthy, check)] == []


def test_every_check_passes(healthy: duckdb.DuckDBPyConnection) -> None:
    results = run_checks(healthy, ALL_CHECKS)

    assert {r.check.name: r.outcome.message_en for r in results if not r.outcome.passed} == {}
    assert [r.check.name for r in results] == [check.name for check in ALL_CHECKS]
    assert all(r.sample.empty and r.error is None for r in results)
    assert all(r.validations for r in results)
