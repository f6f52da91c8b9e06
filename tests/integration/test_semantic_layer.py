"""dbt's semantic layer tells the figures of the marts: MetricFlow's SQL on the published facts."""

from __future__ import annotations

import duckdb
import pytest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from tests.conftest import PublishedRun

METRICS = (
    "visits_valid",
    "suspicious_share",
    "leads_valid",
    "leads_qualified",
    "revenue",
    "contribution",
    "aov_net",
)
MONTH = "metric_time__month"


class DuckDbDialect:
    """What the engine asks of a client to write SQL; the SQL is run by the test."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def test_metricflow_computes_what_the_marts_publish(sample_run: PublishedRun) -> None:
    manifest = sample_run.output / "dbt_target" / "semantic_manifest.json"
    engine = MetricFlowEngine(
        SemanticManifestLookup(
            parse_manifest_from_dbt_generated_manifest(manifest.read_text(encoding="utf-8"))
        ),
        DuckDbDialect(),
    )
    request = MetricFlowQueryRequest.create(metric_names=METRICS, group_by_names=[MONTH])
    sql = engine.explain(request).sql_statement.sql
    with duckdb.connect() as connection:
        # Named like the build database, whose name the SQL holds.
        connection.execute(
            f"attach '{sample_run.published / 'kpi.duckdb'}' as warehouse (read_only)"
        )
        computed = connection.execute(sql).df()
        published = connection.execute(
            "select metric_id, cast(month as timestamp) as month, metric_value "
            "from warehouse.marts.kpi_metrics_monthly where segment_type = 'all'"
        ).df()
    computed = computed.melt(id_vars=MONTH, var_name="metric_id", value_name="computed")
    both = published.merge(computed, left_on=["metric_id", "month"], right_on=["metric_id", MONTH])
    months = published.loc[published["metric_id"] == "revenue", "month"].nunique()
    assert len(both) == months * len(METRICS)
    assert months == 18, "complete months from May 2025 to October 2026"
    assert both["metric_value"].tolist() == pytest.approx(both["computed"].tolist(), rel=1e-9)
