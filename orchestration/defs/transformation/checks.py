"""Checks on the marts: the gate before publication."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from orchestration.defs.check_results import check_specs, evaluate_checks
from orchestration.defs.resources import CompanyResource
from orchestration.expectations import checks_of


@dg.definitions
def gate() -> dg.Definitions:
    checks = checks_of(stage="marts")

    @dg.multi_asset_check(name="mart_checks", specs=check_specs(checks))
    def mart_checks(
        context: dg.AssetCheckExecutionContext, company: CompanyResource
    ) -> Iterator[dg.AssetCheckResult]:
        with duckdb.connect(str(company.company.paths.warehouse), read_only=True) as connection:
            yield from evaluate_checks(context, company.company, connection, checks)

    return dg.Definitions(asset_checks=[mart_checks])
