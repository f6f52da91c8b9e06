"""What a person is told when a run fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError

from orchestration import alerts, phrases, runner
from orchestration.errors import UserError
from orchestration.runner import run_failures
from orchestration.settings import Alerts
from tests.unit.sources.helpers import make_company


class Locked(dg.ConfigurableResource):
    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Locked]:
        raise UserError("Another run is writing", remedy="wait for it to end")
        yield self


@dg.asset
def table(company: Locked) -> None:
    """Never begun: what it needs cannot be had."""


@dg.asset
def broken() -> None:
    try:
        raise ValueError("line 3 is torn")
    except ValueError as cause:
        raise RuntimeError("the file cannot be read") from cause


@dg.asset
def refused() -> None:
    raise dg.Failure("leads.csv, line 7: mend the date")


@dg.asset
def unstored() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dg.asset
def stopped() -> None:
    raise DagsterExecutionInterruptedError


@dg.asset
def stopped_in_a_query() -> None:
    raise RuntimeError("Query interrupted")  # DuckDB's


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def failures_of(asset: dg.AssetsDefinition, **resources: object) -> list[str]:
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            [asset], resources=resources, instance=instance, raise_on_error=False, run_config=QUIET
        )
        assert not result.success
        return run_failures(instance, result.run_id)


def test_a_run_that_could_not_begin_says_why() -> None:
    (text,) = failures_of(table, company=Locked())
    assert "Another run is writing" in text
    assert "wait for it to end" in text


def test_the_innermost_cause_of_a_failed_step_is_told() -> None:
    (text,) = failures_of(broken)
    assert text.startswith("broken: ")
    assert "line 3 is torn" in text
    assert "Traceback" not in text


def test_a_failure_with_a_description_is_told_in_its_words() -> None:
    assert failures_of(refused) == ["refused: leads.csv, line 7: mend the date"]


def test_a_run_that_was_stopped_in_a_step_is_told_in_words_of_people() -> None:
    (text,) = failures_of(stopped)
    assert text.startswith("stopped: the run was stopped before its end")
    (same,) = failures_of(stopped_in_a_query)
    assert same.removeprefix("stopped_in_a_query") == text.removeprefix("stopped")
    assert "Dagster" not in text
    assert "остановили до его конца" in phrases.failure(text, "ru")
    assert "Что делать: запустите снова" in phrases.failure(text, "ru")


def test_what_a_blocking_check_refused_is_told_by_its_name() -> None:
    @dg.asset_check(asset=refused, blocking=True)
    def rows_unique() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    with dg.instance_for_test() as instance:
        job = dg.Definitions(
            assets=[refused],
            asset_checks=[rows_unique],
            jobs=[dg.define_asset_job("j", selection=dg.AssetSelection.checks(rows_unique))],
        ).resolve_job_def("j")
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=QUIET)
        (text,) = run_failures(instance, result.run_id)
    assert text == "refused_rows_unique: blocking checks refused the data (rows_unique)"
    assert "не прошли обязательные проверки (rows_unique)" in phrases.failure(text, "ru")


def test_a_cancelled_run_is_told_as_such() -> None:
    with dg.instance_for_test() as instance:
        run = instance.create_run_for_job(
            dg.define_asset_job("daily").resolve(
                asset_graph=dg.Definitions(assets=[broken]).resolve_asset_graph()
            )
        )
        instance.report_run_canceled(run)

        assert run_failures(instance, run.run_id) == ["the run ended as canceled"]


def test_a_run_that_succeeded_has_no_failures() -> None:
    @dg.asset
    def fine() -> None: ...

    with dg.instance_for_test() as instance:
        result = dg.materialize([fine], instance=instance, run_config=QUIET)

        assert run_failures(instance, result.run_id) == []


def test_a_full_disk_is_told_with_what_to_do_in_both_languages() -> None:
    (failure,) = failures_of(unstored)
    assert failure.startswith("unstored: the disk is full (OSError: [Errno 28]")
    assert "What to do: free space where the output folder lies" in failure
    russian = phrases.failure(failure, "ru")
    assert "на диске кончилось место" in russian
    assert "Что делать: освободите место на диске" in russian


@dg.asset
def damaged() -> None:
    raise dg.Failure(
        "the build of the marts failed: stg_x: Runtime Error in model stg_x Invalid Input Error: "
        "No magic bytes found at end of file '/lake/x/y/day=2026-08-10/part-0.parquet'"
    )


def test_a_damaged_file_of_the_lake_is_told_with_what_to_do_in_both_languages() -> None:
    (failure,) = failures_of(damaged)
    assert failure.startswith(
        "damaged: a file of the lake is damaged (file /lake/x/y/day=2026-08-10/part-0.parquet). "
        "What to do: remove it and load its days again with marketing-kpi backfill"
    )
    russian = phrases.failure(failure, "ru")
    assert "файл озера данных повреждён (файл /lake/x/y/day=2026-08-10/" in russian
    assert "Что делать: удалите его и загрузите его дни заново" in russian


def test_a_failed_run_is_told_also_where_no_incident_can_be_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output folder is not ours to write: no book, and the recipients hear of it all the same,
    of each run that fails, since nothing remembers that they were told."""
    said: list[str] = []

    def send(_url: str | None, _variable: str, title: str, body: str) -> None:
        said.append(f"{title}\n{body}")

    monkeypatch.setattr(alerts, "send", send)
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    (tmp_path / "output").write_text("no folder", encoding="utf-8")
    company = make_company(tmp_path / "acme").model_copy(
        update={"alerts": Alerts(recipients={"owner": "KPI_ALERT_OWNER"}), "language": "en"}
    )
    for _ in range(2):
        assert runner.tell(company, "0123", is_published=False, failures=["dbt: torn"]) == []
    assert runner.tell(company, "0124", is_published=True, failures=[]) == []
    assert len(said) == 2
    assert "dbt: torn" in said[0]


def test_damaged_records_of_dagster_are_told_with_what_to_do_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.definitions.defs", lambda: None)
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for variable in ("COMPANY_DIR", "PWD"):  # set by the run
        monkeypatch.setenv(variable, "")
    monkeypatch.chdir(tmp_path)
    settings = (runner.PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8")
    (tmp_path / "dagster.yaml").write_text(settings.replace(".dagster", f"{tmp_path}/records"))
    runs = tmp_path / "records" / "storage" / "history" / "runs.db"
    runs.parent.mkdir(parents=True)
    runs.write_bytes(b"torn" * 9000)
    day = date(2026, 1, 1)

    with pytest.raises(UserError, match="move its folder away") as told:
        runner.run_daily(make_company(tmp_path / "acme"), day, day)

    assert "records of runs cannot be used: file is not a database" in str(told.value)
    assert str(tmp_path / "dagster.yaml") in str(told.value)
    assert "Записи Dagster о запусках" in told.value.text("ru")
    assert "история запусков и ни одной цифры" in told.value.text("ru")
