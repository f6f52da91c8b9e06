"""What an engineer sees in Dagster: every asset told, none standing alone."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest

from orchestration import phrases
from orchestration.definitions import defs
from orchestration.runner import run_failures
from orchestration.settings import PROJECT_DIR
from orchestration.sources.contracts import CONTRACTS
from tests.conftest import SAMPLE_COMPANY, PublishedRun

PUBLISHED = dg.AssetKey(["publication", "published"])


@pytest.fixture(scope="module")
def definitions(sample_run: PublishedRun) -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPANY_DIR", str(SAMPLE_COMPANY))
        patch.setenv("KPI_OUTPUT_DIR", str(sample_run.output.parent))
        yield defs()


def test_every_asset_says_what_it_is_and_whose(definitions: dg.Definitions) -> None:
    silent = {
        node.key.to_user_string()
        for node in definitions.resolve_asset_graph().asset_nodes
        if not (node.description and node.owners and node.kinds and node.group_name)
    }
    assert silent == set()


def test_no_asset_stands_alone_and_every_mart_reaches_the_reader(
    definitions: dg.Definitions,
) -> None:
    nodes = {node.key: node for node in definitions.resolve_asset_graph().asset_nodes}
    alone = {key for key, node in nodes.items() if not node.parent_keys | node.child_keys}
    assert alone == set()
    seen: set[dg.AssetKey] = set()
    open_ = [PUBLISHED]
    while open_:
        key = open_.pop()
        if key not in seen:
            seen.add(key)
            open_.extend(nodes[key].parent_keys)
    marts = {key for key in nodes if key.path[0] == "marts"}
    assert marts - seen == set()
    raw = {dg.AssetKey([table.source, table.table]) for table in CONTRACTS.values()}
    staged = {
        key for key in raw if any(child.path[0] == "staging" for child in nodes[key].child_keys)
    }
    assert raw - staged == set()


def test_every_test_of_dbt_that_the_ui_lists_is_one_that_a_run_makes(
    definitions: dg.Definitions, sample_run: PublishedRun
) -> None:
    """Dagster and dbt each read the words that leave tests out; where they differ, a check stands
    in the UI as skipped for ever, or guards nothing."""
    dbt = definitions.resolve_assets_def(dg.AssetKey(["marts", "kpi_scorecard"]))
    with sample_run.connect() as connection:
        made = connection.execute("select name from run.checks where subject = 'dbt'").fetchall()
    assert {spec.name for spec in dbt.check_specs} == {name for (name,) in made}
    assert "assert_campaigns_of_returns_are_known" in {name for (name,) in made}


def test_the_daily_job_leaves_the_pages_about_models_out(definitions: dg.Definitions) -> None:
    pages = dg.AssetKey(["publication", "documentation"])
    daily = definitions.resolve_job_def("daily").asset_layer.executable_asset_keys
    assert pages not in daily
    assert PUBLISHED in daily
    assert definitions.resolve_job_def("documentation").asset_layer.executable_asset_keys == {pages}


def test_assets_of_publication_alone_publish_nothing(
    definitions: dg.Definitions, sample_run: PublishedRun
) -> None:
    """As a person may choose them in the UI, or as 'from failure' begins a run again."""
    before = sample_run.published.resolve()
    chosen = [dg.AssetKey(["publication", name]) for name in ("snapshot", "scorecard", "published")]
    with dg.instance_for_test() as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=chosen,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert not result.success
        (failure,) = run_failures(instance, result.run_id)
    assert "This run publishes nothing" in failure
    assert "All steps" in failure
    assert "этот запуск ничего не публикует" in phrases.failure(failure, "ru")
    assert sample_run.published.resolve() == before


@pytest.mark.parametrize(("enabled", "status"), [("true", "RUNNING"), ("false", "STOPPED")])
def test_one_setting_switches_the_schedule_on(
    sample_run: PublishedRun,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    enabled: str,
    status: str,
) -> None:
    from orchestration.defs.schedules import daily  # noqa: PLC0415 - reads the company when called

    folder = tmp_path_factory.mktemp("scheduled") / "sample_company"
    folder.mkdir()
    settings = (SAMPLE_COMPANY / "company.toml").read_text(encoding="utf-8")
    (folder / "company.toml").write_text(
        settings.replace("[schedule]\nenabled = false", f"[schedule]\nenabled = {enabled}"),
        encoding="utf-8",
    )
    monkeypatch.setenv("COMPANY_DIR", str(folder))
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(sample_run.output.parent))
    loaded = daily()
    assert {s.default_status.value for s in loaded.schedules} == {status}
    assert {s.default_status.value for s in loaded.sensors} == {status}


def test_a_process_with_the_definitions_ends_without_a_word() -> None:
    """Definitions are frozen for the collector of garbage; what stays so, DuckDB calls leaked."""
    ended = subprocess.run(
        [sys.executable, "-c", "from orchestration.definitions import defs; defs()"],
        capture_output=True,
        text=True,
        cwd=PROJECT_DIR,
        check=True,
    )
    assert "leaked" not in ended.stderr
