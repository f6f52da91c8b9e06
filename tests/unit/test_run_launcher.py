"""Whether a run's process is there is told from the process, not from what the run once said."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest

# As in orchestration/run_launcher.py: Dagster's base of launchers.
from dagster._core.launcher import WorkerStatus

from orchestration.run_launcher import WORKER_TAG, WatchedRunLauncher, note_worker


@dg.asset
def table() -> None:
    """Any asset."""


JOB = dg.Definitions(assets=[table], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    launcher = {"module": "orchestration.run_launcher", "class": "WatchedRunLauncher"}
    with dg.instance_for_test(overrides={"run_launcher": launcher}) as instance:
        yield instance


def health_of(instance: dg.DagsterInstance, tags: dict[str, str]) -> WorkerStatus:
    run = instance.create_run_for_job(JOB, tags=tags)
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status


def test_a_process_that_works_is_running(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(JOB)
    note_worker(instance, run.run_id)
    noted = instance.get_run_by_id(run.run_id)
    assert noted is not None
    assert noted.tags[WORKER_TAG] == f"{socket.gethostname()}:{os.getpid()}"
    assert health_of(instance, dict(noted.tags)) is WorkerStatus.RUNNING


def test_a_process_that_was_killed_is_gone(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        tags = {WORKER_TAG: f"{socket.gethostname()}:{process.pid}"}
        assert health_of(instance, tags) is WorkerStatus.RUNNING
        process.kill()
    assert health_of(instance, tags) is WorkerStatus.NOT_FOUND


def test_nothing_is_held_against_a_run_that_has_not_begun(instance: dg.DagsterInstance) -> None:
    assert health_of(instance, {}) is WorkerStatus.RUNNING


def test_a_run_of_another_machine_is_left_alone_while_its_server_is_silent(
    instance: dg.DagsterInstance,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    tags = {
        WORKER_TAG: "elsewhere:1",
        ".dagster/grpc_info": f'{{"host": "127.0.0.1", "port": {port}}}',
    }
    assert health_of(instance, tags) is WorkerStatus.RUNNING
    assert health_of(instance, {WORKER_TAG: "elsewhere:1"}) is WorkerStatus.RUNNING
