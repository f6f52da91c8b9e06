"""The two gates: raw data before the marts are built, staging and marts before publication."""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration import lake
from orchestration.connections import connect
from orchestration.defs.check_results import check_specs, evaluate_checks
from orchestration.defs.raw_assets import loaded_sources
from orchestration.defs.resources import CompanyResource
from orchestration.expectations import Check, checks_of
from orchestration.settings import load_company


@dg.definitions
def gates() -> dg.Definitions:
    """One step for each gate, since the views and Great Expectations cost seconds to set up."""
    on_raw = checks_of(stage="raw", sources=loaded_sources(load_company()))
    on_marts = checks_of(stage="staging") + checks_of(stage="marts")

    @dg.multi_asset_check(name="raw_checks", specs=check_specs(on_raw), can_subset=True)
    def raw_checks(
        context: dg.AssetCheckExecutionContext, company: CompanyResource
    ) -> Iterator[dg.AssetCheckResult]:
        lake.write_company_tables(company.company)
        spill = company.company.paths.warehouse.with_name("raw_checks.tmp")
        with connect(spill=spill) as connection:
            lake.register(connection, company.company)
            yield from evaluate_checks(
                context, company.company, connection, _chosen(context, on_raw)
            )

    @dg.multi_asset_check(name="mart_checks", specs=check_specs(on_marts), can_subset=True)
    def mart_checks(
        context: dg.AssetCheckExecutionContext, company: CompanyResource
    ) -> Iterator[dg.AssetCheckResult]:
        with connect(company.company.paths.warehouse, read_only=True) as connection:
            yield from evaluate_checks(
                context, company.company, connection, _chosen(context, on_marts)
            )

    return dg.Definitions(asset_checks=[raw_checks, mart_checks])


def _chosen(context: dg.AssetCheckExecutionContext, checks: Sequence[Check]) -> list[Check]:
    """The checks this run asked for: all of the daily job, or those of some assets."""
    keys = context.selected_asset_check_keys
    return [
        check for check in checks if dg.AssetCheckKey(dg.AssetKey(check.asset), check.name) in keys
    ]
