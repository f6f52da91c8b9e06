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

from orchestration.run_launcher import (
    WORKER_TAG,
    WatchedRunLauncher,
    note_worker,
    worker_tag,
)


@dg.asset
def table() -> None:
    """Any asset."""


JOB = dg.Definitions(assets=[table], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    launcher = {"module": "orchestration.run_launcher", "class": "WatchedRunLauncher"}
    with dg.instance_for_test(overrides={"run_launcher": launcher}) as instance:
        yield instance


def health_of(
    instance: dg.DagsterInstance, host: str = "", process: int = 0, **tags: str
) -> WorkerStatus:
    """Of a new run that the process of the host works on; of nobody's without a host."""
    run = instance.create_run_for_job(JOB, tags=tags)
    if host:
        instance.add_run_tags(run.run_id, worker_tag(run.run_id, host, process))
    return health(instance, run.run_id)


def health(instance: dg.DagsterInstance, run_id: str) -> WorkerStatus:
    run = instance.get_run_by_id(run_id)
    launcher = instance.run_launcher
    assert run is not None
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status


def test_a_process_that_works_is_running(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(JOB)
    note_worker(instance, run.run_id)
    assert health(instance, run.run_id) is WorkerStatus.RUNNING
    noted = instance.get_run_by_id(run.run_id)
    assert noted is not None
    assert noted.tags[WORKER_TAG] == f"{run.run_id}:{socket.gethostname()}:{os.getpid()}"


def test_a_process_that_was_killed_is_gone(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        assert health_of(instance, socket.gethostname(), process.pid) is WorkerStatus.RUNNING
        process.kill()
    assert health_of(instance, socket.gethostname(), process.pid) is WorkerStatus.NOT_FOUND


def test_nothing_is_held_against_a_run_that_has_not_begun(instance: dg.DagsterInstance) -> None:
    assert health_of(instance) is WorkerStatus.RUNNING


def test_a_new_start_is_not_taken_for_the_run_that_died(instance: dg.DagsterInstance) -> None:
    """Dagster starts a run anew with the tags of the dead one, the worker's among them."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    dead = worker_tag("the run that died", socket.gethostname(), process.pid)
    assert health_of(instance, **dead) is WorkerStatus.RUNNING


def test_a_run_of_another_machine_is_left_alone_while_its_server_is_silent(
    instance: dg.DagsterInstance,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    place = {".dagster/grpc_info": f'{{"host": "127.0.0.1", "port": {port}}}'}
    assert health_of(instance, "elsewhere", 1, **place) is WorkerStatus.RUNNING
    assert health_of(instance, "elsewhere", 1) is WorkerStatus.RUNNING
