"""The event log keeps what Dagster's own storage keeps, and tells the web server what is new."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from orchestration.event_log import PooledSqliteEventLogStorage
from orchestration.settings import PROJECT_DIR

ASSETS = 12


@dg.multi_asset(
    specs=[dg.AssetSpec(f"table_{number}") for number in range(ASSETS)],
    check_specs=[dg.AssetCheckSpec("holds", asset="table_0")],
)
def tables() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    for number in range(ASSETS):
        yield dg.MaterializeResult(asset_key=f"table_{number}", metadata={"rows": number})
    yield dg.AssetCheckResult(asset_key="table_0", check_name="holds", passed=True)


JOB = dg.Definitions(
    assets=[tables],
    jobs=[dg.define_asset_job("job")],
    loggers={"console": dg.colored_console_logger},
).resolve_job_def("job")


def home_with(folder: Path, *, pooled: bool) -> Path:
    """A Dagster home with the project's dagster.yaml, or with Dagster's own storage over it."""
    settings = yaml.safe_load((PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8"))
    if not pooled:
        settings["event_log_storage"] |= {
            "module": "dagster._core.storage.event_log",
            "class": "SqliteEventLogStorage",
        }
    text = yaml.safe_dump(settings).replace(".dagster/", f"{folder}/.dagster/")
    home = folder / ("pooled" if pooled else "plain")
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(text, encoding="utf-8")
    return home


def run_in(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return JOB.execute_in_process(instance=instance, run_config=quiet)


def test_the_project_uses_it(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=True))) as instance:
        assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)


def test_dagsters_own_storage_reads_what_it_wrote(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=True))) as instance:
        run_id = run_in(instance).run_id
        kinds = [entry.dagster_event_type for entry in instance.all_logs(run_id)]
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=False))) as instance:
        assert [entry.dagster_event_type for entry in instance.all_logs(run_id)] == kinds
        assert kinds.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == ASSETS
        assert kinds.count(dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED) == ASSETS
        assert kinds.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED) == 1
        assert kinds.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION) == 1
        key = dg.AssetCheckKey(dg.AssetKey("table_0"), "holds")
        [record] = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
        assert (record.run_id, record.status.value) == (run_id, "SUCCEEDED")
        for number in range(ASSETS):
            event = instance.get_latest_materialization_event(dg.AssetKey(f"table_{number}"))
            assert event
            assert event.asset_materialization
            assert event.asset_materialization.metadata["rows"].value == number


def test_a_watcher_in_another_instance_sees_events_as_they_come(tmp_path: Path) -> None:
    home = home_with(tmp_path, pooled=True)
    with (
        dg.DagsterInstance.from_config(str(home)) as writer,
        dg.DagsterInstance.from_config(str(home)) as reader,
    ):
        run_id = run_in(writer).run_id
        seen = threading.Event()
        reader.watch_event_logs(
            run_id,
            None,
            lambda entry, _cursor: seen.set() if "something new" in entry.message else None,
        )
        writer.report_engine_event("something new", run_id=run_id, job_name="job")
        assert seen.wait(timeout=20)


def test_events_that_are_stored_together_come_together_or_not_at_all(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=True))) as instance:
        run_id = run_in(instance).run_id
        storage = instance.event_log_storage
        before = instance.all_logs(run_id)
        good = before[0]._replace(user_message="stored later")
        unstorable = good._replace(run_id=object())
        with pytest.raises(Exception, match="Unhandled value type"):
            storage.store_event_batch([good, unstorable])
        assert len(instance.all_logs(run_id)) == len(before)
        storage.store_event_batch([good, good])
        messages = [entry.user_message for entry in instance.all_logs(run_id)]
        assert messages[len(before) :] == ["stored later"] * 2


def test_more_runs_than_open_files(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=True))) as instance:
        runs = [run_in(instance).run_id for _ in range(10)]
        counts = {len(instance.all_logs(run_id)) for run_id in runs}
    assert len(counts) == 1


@pytest.mark.parametrize("pooled", [True, False])
def test_a_wiped_log_is_empty_and_takes_new_runs(tmp_path: Path, pooled: bool) -> None:
    with dg.DagsterInstance.from_config(str(home_with(tmp_path, pooled=pooled))) as instance:
        first = run_in(instance).run_id
        instance.event_log_storage.wipe()
        assert not instance.all_logs(first)
        assert instance.all_logs(run_in(instance).run_id)
