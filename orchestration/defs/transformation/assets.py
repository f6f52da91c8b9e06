"""The dbt project as assets, and the tables the pipeline itself writes for it."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import lake, publication, warehouse
from orchestration.defs.check_results import BUILD
from orchestration.defs.raw_assets import OWNERS
from orchestration.defs.resources import CompanyResource
from orchestration.outcomes import CheckLog, CheckOutcome
from orchestration.settings import Company, load_company
from orchestration.sources.contracts import CONTRACTS

PIPELINE_TABLES = {
    "company": "One row: the company's settings of this run.",
    "vat_rates": "One row per VAT rate: the days on which it is in force.",
    "sources": "One row per source table: how and how often it is loaded.",
    "loaded_days": "One row per source table and day that was loaded, also where it has no rows.",
    "source_gaps": "One row per range of days that a source gave in part only, and why.",
    "unread_files": "One row per file or folder that may be taken for an export and is not read.",
    "load_log": "One row per source table: what its last load brought.",
    "quarantine": "One row per refused row of an export: file, line, reason and remedy.",
    "published_figures": "One row per monthly figure: the value readers saw first.",
    "register_ledger": "One row per record of a register, or setting, that came, changed or went.",
    "target_sightings": "One row per version of a target: since when its register holds it.",
}


# Unit tests, tests tagged `logic`, sets of verdicts that a model's own `case` decides and tests of
# seeds judge the product and not the company's data; `make test` runs them.
_DATA_ONLY = ("--exclude-resource-type", "unit_test")
_LOGIC_TESTS = "tag:logic fqn:accepted_values_* file:_*_seeds.yml"
_PROGRESS_STEP = 25


class Translator(DagsterDbtTranslator):
    """Groups models by their layer and names their owner."""

    def __init__(self) -> None:
        # Source tests stay outside: with them, Dagster exempts the dbt step from the blocking
        # checks on the same raw assets, and marts would be built from refused data.
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        folders = dbt_resource_props["fqn"][1:-1]
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return "_".join(folders[:2]) if folders[:1] == ["marts"] else folders[0]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        return [OWNERS["marts"]]


@dg.definitions
def transformation() -> dg.Definitions:
    company = load_company()

    @dg.multi_asset(
        name="pipeline_tables",
        specs=[
            dg.AssetSpec(
                key=["pipeline", table],
                deps=[[contract.source, contract.table] for contract in CONTRACTS.values()],
                description=description,
                owners=[OWNERS["pipeline"]],
                kinds={"parquet"},
            )
            for table, description in PIPELINE_TABLES.items()
        ],
        group_name="pipeline",
    )
    def pipeline_tables(
        context: dg.AssetExecutionContext, company: CompanyResource
    ) -> Iterator[dg.MaterializeResult]:
        _remember_published(context, company.company)
        lake.write_company_tables(company.company)
        warehouse.register_raw(company.company)
        for table in PIPELINE_TABLES:
            yield dg.MaterializeResult(asset_key=["pipeline", table])

    @dbt_assets(
        manifest=warehouse.ensure_manifest(company),
        dagster_dbt_translator=Translator(),
        name="dbt",
        exclude=_LOGIC_TESTS,
        pool=company.pool,
    )
    def dbt_models(context: dg.AssetExecutionContext, company: CompanyResource) -> Iterator[Any]:
        settings = company.company
        parameters = get_updated_cli_invocation_params_for_context(context, {}, Translator())
        arguments = [*_DATA_ONLY, *parameters.selection_args]
        if parameters.indirect_selection:
            arguments += ["--indirect-selection", parameters.indirect_selection]
        count = len(context.selected_asset_keys)
        built = 0
        for event in warehouse.build(settings, arguments):
            for result in DbtCoreCliEventMessage(event, {}).to_default_asset_events(
                parameters.manifest, parameters.dagster_dbt_translator, context
            ):
                yield result
                if isinstance(result, dg.Output):
                    built += 1
                    if built % _PROGRESS_STEP == 0:
                        context.log.info(f"{built} of {count} models built")
        results = warehouse.build_results(settings)
        log = CheckLog(settings.paths.output, context.run.run_id)
        log.add(_test_outcomes(results))
        if problem := _failure_text(results):
            raise dg.Failure(problem, allow_retries=False)
        warehouse.collect_marts(settings)
        if context.selected_asset_keys == context.assets_def.keys:
            log.note_done([BUILD])

    return dg.Definitions(assets=[pipeline_tables, dbt_models])


def _remember_published(context: dg.AssetExecutionContext, company: Company) -> None:
    """Note what readers were shown by a run that was killed right after it published."""
    if not publication.has_published(company):
        return
    database = company.paths.published / publication.DATABASE_NAME
    try:
        lake.append_published_figures(company, database)
    except duckdb.Error as error:
        # Of another version, or damaged. Its run noted the figures itself, unless it was killed in
        # that very moment; the next publication must not fail for that.
        context.log.warning(f"the published figures were not read: {error}")


def _test_outcomes(results: list[dict[str, Any]]) -> list[CheckOutcome]:
    """dbt's tests as outcomes, so that the report lists them beside the expectations."""
    outcomes = []
    for result in results:
        kind, _, name = result["unique_id"].split(".")[:3]
        if kind != "test" or result["status"] == "skipped":
            continue
        text = "" if result["status"] == "pass" else _first_line(result)
        outcomes.append(
            CheckOutcome(
                name=name,
                subject="dbt",
                severity="warning" if result["status"] == "warn" else "blocking",
                passed=result["status"] == "pass",
                message_en=text,
                message_ru=text,
                failed_rows=int(result["failures"] or 0),
            )
        )
    return outcomes


def _failure_text(results: list[dict[str, Any]]) -> str:
    """Which models or tests failed, and with what; without dbt's own log around it."""
    if not results:
        return "dbt could not start; its log is in the dbt_target folder of the output"
    failed = [
        result for result in results if result["status"] in {"error", "fail", "runtime error"}
    ]
    if not failed:
        return ""
    lines = [f"{result['unique_id'].split('.')[2]}: {_first_line(result)}" for result in failed]
    return "the build of the marts failed: " + "; ".join(lines)


def _first_line(result: dict[str, Any]) -> str:
    lines = (result["message"] or result["status"]).strip().splitlines()
    return " ".join(line.strip() for line in lines[:3])
