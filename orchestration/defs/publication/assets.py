"""Snapshot, report and the swap that readers see."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import dagster as dg

from orchestration import (
    dictionary,
    documentation,
    lake,
    landing,
    publication,
    refusal,
    run_chart,
    scorecard,
    warehouse,
)
from orchestration.defs.check_results import ensure_judged
from orchestration.defs.raw_assets import OWNERS
from orchestration.defs.resources import CompanyResource
from orchestration.outcomes import CheckLog
from orchestration.settings import load_company

# Names of what a reader opens first, as the UI shows them, and where they lie in the folder.
_DOORS = {
    "index": landing.PAGE,
    "checks": "data_docs/index.html",
    "database": publication.DATABASE_NAME,
}

DOCUMENTATION_KEY = dg.AssetKey(["publication", "documentation"])


def mart_keys() -> list[dg.AssetKey]:
    """Keys of every mart, read from the dbt manifest."""
    manifest = json.loads(warehouse.ensure_manifest(load_company()).read_text(encoding="utf-8"))
    return [
        dg.AssetKey([node["schema"], node["name"]])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == publication.MARTS_SCHEMA
    ]


@dg.definitions
def published() -> dg.Definitions:
    schedule = load_company().schedule

    @dg.asset(
        key=["publication", "snapshot"],
        deps=mart_keys(),
        group_name="publication",
        owners=[OWNERS["pipeline"]],
        kinds={"duckdb", "parquet"},
    )
    def snapshot(
        context: dg.AssetExecutionContext, company: CompanyResource
    ) -> dg.MaterializeResult:
        """Every mart as `kpi.duckdb` and parquet, beside the published snapshot, not yet in place.

        It is built only when no blocking check of the marts failed.
        """
        ensure_judged(context, company.company)
        checks = CheckLog(company.company.paths.output, context.run.run_id).read()
        manifest = warehouse.ensure_manifest(company.company)
        marts = dictionary.read(manifest, publication.MARTS_SCHEMA)
        rows = publication.build_snapshot(company.company, context.run.run_id, checks, marts)
        context.log.info(f"{len(rows)} marts, {sum(rows.values()):,} rows exported")
        # dbt does not tell how many rows it wrote; noted here, the UI plots them on each mart.
        for mart, count in rows.items():
            context.log_event(
                dg.AssetObservation(
                    [publication.MARTS_SCHEMA, mart], metadata={"dagster/row_count": count}
                )
            )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(rows.values()),
                "rows by mart": dg.MetadataValue.md(
                    "\n".join(["|mart|rows|", "|-|-:|", *(f"|{m}|{n:,}|" for m, n in rows.items())])
                ),
            }
        )

    @dg.asset(
        key=["publication", "scorecard"],
        deps=[snapshot],
        group_name="publication",
        owners=[OWNERS["pipeline"]],
        kinds={"html"},
    )
    def scorecard_pages(
        context: dg.AssetExecutionContext, company: CompanyResource
    ) -> dg.MaterializeResult:
        """The owner's page and the explore page, both languages, from the new snapshot alone."""
        ensure_judged(context, company.company)
        folder = publication.snapshot_folder(company.company, context.run.run_id)
        pages = scorecard.build_scorecards(
            folder / publication.DATABASE_NAME,
            folder,
            company=company.company,
            checks=CheckLog(company.company.paths.output, context.run.run_id).read(),
            run_id=context.run.run_id,
        )
        pages += scorecard.build_explore_pages(
            folder / publication.DATABASE_NAME,
            folder,
            company=company.company,
            run_id=context.run.run_id,
            cache=company.company.paths.output / "cache",
        )
        return dg.MaterializeResult(
            metadata={page.name: dg.MetadataValue.path(page) for page in pages}
        )

    @dg.asset(
        key=["publication", "published"],
        deps=[snapshot, scorecard_pages],
        group_name="publication",
        owners=[OWNERS["pipeline"]],
        kinds={"duckdb", "html"},
        # Runs started by hand owe nobody a time.
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=48), warn_window=timedelta(hours=26)
        )
        if schedule.enabled
        else None,
    )
    def swap(context: dg.AssetExecutionContext, company: CompanyResource) -> dg.MaterializeResult:
        """What readers open, replaced in one rename; until then they keep the last snapshot."""
        ensure_judged(context, company.company)
        snapshot_folder = publication.snapshot_folder(company.company, context.run.run_id)
        documentation.attach(company.company, snapshot_folder)
        landing.build_index(snapshot_folder, company.company)
        folder = publication.publish(company.company, context.run.run_id)
        refusal.forget(company.company)
        lake.append_published_figures(company.company, folder / publication.DATABASE_NAME)
        context.log.info(f"published to {folder}")
        return dg.MaterializeResult(metadata=_published_metadata(folder))

    @dg.asset(
        key=DOCUMENTATION_KEY,
        deps=[swap],
        group_name="publication",
        owners=[OWNERS["pipeline"]],
        kinds={"html", "dbt"},
    )
    def documentation_pages(
        context: dg.AssetExecutionContext, company: CompanyResource
    ) -> dg.MaterializeResult:
        """dbt's documentation and the lineage of every column, added to the published folder.

        Not part of the daily job: it is made anew when the dbt project changed.
        """
        folder = documentation.build(company.company, progress=context.log.info)
        refusal.add_documentation(company.company)
        return dg.MaterializeResult(
            metadata={page.name: dg.MetadataValue.path(page) for page in folder.glob("*.html")}
        )

    return dg.Definitions(assets=[snapshot, scorecard_pages, swap, documentation_pages])


def _published_metadata(folder: Path) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        name: dg.MetadataValue.path(folder / path) for name, path in _DOORS.items()
    }
    if chart := run_chart.traffic_svg(folder / publication.DATABASE_NAME):
        image = base64.b64encode(chart.encode()).decode()
        metadata[f"visits of the last {run_chart.DAYS} days"] = dg.MetadataValue.md(
            f"![Valid and suspicious visits by day](data:image/svg+xml;base64,{image})"
        )
    return metadata
