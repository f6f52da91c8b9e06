"""What all steps of a run share."""

import errno
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration import run_lock, run_record, whole_files
from orchestration.defs import raw_assets
from orchestration.defs.raw_assets import subject_definitions
from orchestration.defs.resources import CompanyResource
from orchestration.defs.sensors import _take_in_last_run
from orchestration.errors import UserError
from orchestration.incidents import open_book
from orchestration.new_company import create
from orchestration.runner import DAILY_JOB, run_failures
from orchestration.settings import load_company
from orchestration.sources.api.http import ApiError

PAGE_BYTES = 300_000


def test_a_run_keeps_the_day_and_the_settings_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over midnight would else show figures of one day under the date of the next."""
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = create(tmp_path / "acme", name="Acme", language="en")
    settings = folder / "company.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("Europe/Moscow", "Pacific/Kiritimati"), encoding="utf-8")
    before = load_company(folder).as_of_date()
    resource = CompanyResource(directory=str(folder))
    with resource.yield_for_execution(dg.build_init_resource_context()) as shared:
        # As if another midnight had come meanwhile: 25 hours lie between the two zones.
        settings.write_text(text.replace("Europe/Moscow", "Pacific/Pago_Pago"), encoding="utf-8")
        assert load_company(folder).as_of_date() < before
        assert shared.company.as_of_date() == before
        assert shared.company.timezone == "Pacific/Kiritimati"


@dg.op
def refused() -> None:
    raise dg.Failure("the file is broken")


@dg.job(name=DAILY_JOB)
def daily_that_fails() -> None:
    refused()


@dg.asset
def looked_at(company: CompanyResource) -> None:
    """Publishes nothing."""


@dg.asset
def shown(context: dg.AssetExecutionContext, company: CompanyResource) -> None:
    paths = company.company.paths
    folder = paths.snapshots / context.run.run_id
    folder.mkdir(parents=True)
    paths.published.unlink(missing_ok=True)
    paths.published.symlink_to(folder)
    (folder / "scorecard.en.html").write_text("x" * PAGE_BYTES, encoding="ascii")
    (folder / "kpi.duckdb").write_text("damaged", encoding="ascii")


def test_a_publication_by_hand_ends_what_a_failed_daily_run_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = create(tmp_path / "acme", name="Acme", language="en")
    company = load_company(folder)
    resources = {"company": CompanyResource(directory=str(folder))}
    with dg.instance_for_test() as instance:

        def is_failed() -> bool:
            _take_in_last_run(instance, company, [])
            with open_book(company) as book:
                return book.first_seen("run_failed") is not None

        daily_that_fails.execute_in_process(instance=instance, raise_on_error=False)
        assert is_failed()
        dg.materialize([looked_at], instance=instance, resources=resources)
        assert run_record.read(company.paths) is None
        assert is_failed()

        by_hand = dg.materialize([shown], instance=instance, resources=resources)
        record = run_record.read(company.paths)
        assert record is not None
        assert (record.run_id, record.is_published) == (by_hand.run_id, True)
        assert not is_failed()
        with open_book(company) as book:
            assert book.last_published_at is not None

        # looking again, as the sensor does each minute, changes nothing; the next failure counts
        assert not is_failed()
        daily_that_fails.execute_in_process(instance=instance, raise_on_error=False)
        assert is_failed()


@dg.op(required_resource_keys={"company"})
def filled_the_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dg.job(name=DAILY_JOB)
def daily_on_a_full_disk() -> None:
    filled_the_disk()


def test_on_a_full_disk_readers_are_told_in_the_place_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = create(tmp_path / "acme", name="Acme", language="en")
    paths = load_company(folder).paths
    resources = {"company": CompanyResource(directory=str(folder))}
    reserve = paths.output / "pages.reserve"
    write = whole_files.write

    def write_on_a_full_disk(target: Path, text: str) -> Path:
        if reserve.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(target, text)

    with dg.instance_for_test() as instance:
        dg.materialize([shown], instance=instance, resources=resources)
        monkeypatch.setattr(whole_files, "write", write_on_a_full_disk)
        daily_on_a_full_disk.execute_in_process(
            instance=instance, resources=resources, raise_on_error=False
        )
    record = run_record.read(paths)
    assert record is not None
    assert "the disk is full" in record.failures[0]
    assert reserve.stat().st_size > PAGE_BYTES, "kept again for the next time"


def test_a_run_that_has_to_wait_for_another_says_so_before_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setattr(run_lock, "TIMEOUT_SECONDS", 0.5)
    folder = create(tmp_path / "acme", name="Acme", language="en")
    resources = {"company": CompanyResource(directory=str(folder))}
    with dg.instance_for_test() as instance:

        def run() -> tuple[bool, list[str]]:
            ended = dg.materialize(
                [looked_at], instance=instance, resources=resources, raise_on_error=False
            )
            told = [entry.user_message for entry in instance.all_logs(ended.run_id)]
            return ended.success, [text for text in told if text.startswith("Another run")]

        assert run() == (True, [])
        with run_lock.hold(load_company(folder)):
            is_success, told = run()
        assert not is_success
        assert told[0].startswith("Another run is writing this company's data; this one begins")
        assert run() == (True, [])


def registers_assets() -> Any:
    return list(subject_definitions("registers").assets or ())


@pytest.mark.parametrize("signalled", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_a_run_that_is_stopped_while_it_loads_ends_and_tries_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signalled: BaseException
) -> None:
    """By a retry policy of the step Dagster would load again and go on to publish; and DuckDB turns
    the signal into an error of its own."""
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = create(tmp_path / "acme", name="Acme", language="en")
    monkeypatch.setenv("COMPANY_DIR", str(folder))
    tries = []

    def load(*_: object, **__: object) -> None:
        tries.append(1)
        try:
            raise signalled
        except RuntimeError as error:
            raise ValueError("as dlt wraps it") from error

    monkeypatch.setattr("orchestration.lake.load", load)
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            registers_assets(),
            instance=instance,
            resources={"company": CompanyResource(directory=str(folder))},
            raise_on_error=False,
        )
        (failure,) = run_failures(instance, result.run_id)
    assert not result.success
    assert failure.startswith("registers: the run was stopped before its end")
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("error", "tries"),
    [(UserError("a broken file"), 1), (ApiError("the server is away"), 3), (OSError("torn"), 3)],
)
def test_what_waiting_may_mend_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, tries: int
) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("COMPANY_DIR", str(create(tmp_path / "acme", name="Acme", language="en")))
    monkeypatch.setattr(raw_assets, "RETRY_POLICY", dg.RetryPolicy(max_retries=2, delay=0))
    tried = []

    def load(*_: object, **__: object) -> None:
        tried.append(1)
        raise error

    monkeypatch.setattr("orchestration.lake.load", load)
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            registers_assets(),
            instance=instance,
            resources={"company": CompanyResource(directory=str(tmp_path / "acme"))},
            raise_on_error=False,
        )
        (failure,) = run_failures(instance, result.run_id)
    assert len(tried) == tries
    assert str(error) in failure
