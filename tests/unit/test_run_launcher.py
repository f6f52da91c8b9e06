"""Whether a run's process is there is told from the process, not from what the run once said."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

# As in orchestration/run_launcher.py: Dagster's base of launchers.
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import WorkerStatus
from dagster._grpc.client import DagsterGrpcClient

from orchestration import run_launcher
from orchestration.run_launcher import (
    SETTLING_SECONDS,
    WORKER_TAG,
    WatchedRunLauncher,
    note_worker,
    worker_tag,
)
from tests.engines.ports import free_port


@dg.asset
def table() -> None:
    """Any asset."""


SERVED = "import dagster as dg\n\ndefs = dg.Definitions(assets=[dg.AssetSpec('table')])\n"
HERE = socket.gethostname()
JOB = dg.Definitions(assets=[table], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    launcher = {"module": "orchestration.run_launcher", "class": "WatchedRunLauncher"}
    with dg.instance_for_test(overrides={"run_launcher": launcher}) as instance:
        yield instance


class Clock:
    """The monotonic clock, which a test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(run_launcher, "monotonic", lambda: clock.now)
    return clock


@contextmanager
def code_server(folder: Path, port: int) -> Iterator[None]:
    """A code server of Dagster's, killed at the end."""
    program = Path(sys.executable).parent / "dagster"
    command = [str(program), "api", "grpc", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--python-file", "served.py"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            client = DagsterGrpcClient(host="127.0.0.1", port=port)
            deadline = time.monotonic() + 120
            while not answers(client):
                assert process.poll() is None, "the code server ended"
                assert time.monotonic() < deadline, "no answer"
                time.sleep(0.2)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def answers(client: DagsterGrpcClient) -> bool:
    try:
        return bool(client.get_server_id(timeout=2))
    except DagsterUserCodeUnreachableError:
        return False


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def begun(instance: dg.DagsterInstance, machine: str, process: int, **server: object) -> str:
    """A run that the process of the machine works on, started by the code server at the address."""
    place = {".dagster/grpc_info": json.dumps(server)} if server else {}
    run = instance.create_run_for_job(JOB, tags=place)
    instance.add_run_tags(run.run_id, worker_tag(run.run_id, machine, process))
    return run.run_id


def end_is_told_when_settled(instance: dg.DagsterInstance, run_id: str, clock: Clock) -> bool:
    """Whether the run counts as running for the time that a code server has, and no longer."""
    before = health(instance, run_id)
    clock.forward(SETTLING_SECONDS - 1)
    almost = health(instance, run_id)
    clock.forward(1)
    return (before, almost, health(instance, run_id)) == (
        WorkerStatus.RUNNING,
        WorkerStatus.RUNNING,
        WorkerStatus.NOT_FOUND,
    )


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


def test_a_process_that_was_killed_is_gone(instance: dg.DagsterInstance, clock: Clock) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        run = begun(instance, HERE, process.pid)
        assert health(instance, run) is WorkerStatus.RUNNING
        clock.forward(SETTLING_SECONDS)
        assert health(instance, run) is WorkerStatus.RUNNING
        process.kill()
    assert end_is_told_when_settled(instance, run, clock)


def test_a_server_that_came_back_has_time_until_a_dead_run_is_told(
    instance: dg.DagsterInstance, clock: Clock, tmp_path: Path
) -> None:
    """Dagster's daemon loads it after it answers; the only retry of a run told before is lost."""
    (tmp_path / "served.py").write_text(SERVED, encoding="utf-8")
    port = free_port()
    run = begun(instance, HERE, dead_process(), host="127.0.0.1", port=port)
    with code_server(tmp_path, port):
        assert health(instance, run) is WorkerStatus.RUNNING
        clock.forward(SETTLING_SECONDS - 1)
        assert health(instance, run) is WorkerStatus.RUNNING
    assert health(instance, run) is WorkerStatus.RUNNING
    clock.forward(SETTLING_SECONDS)
    assert health(instance, run) is WorkerStatus.RUNNING, "there is nobody to start it anew"
    with code_server(tmp_path, port):
        assert end_is_told_when_settled(instance, run, clock)


def test_a_server_of_another_machine_that_does_not_know_the_run_has_lost_it(
    instance: dg.DagsterInstance, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "served.py").write_text(SERVED, encoding="utf-8")
    port = free_port()
    run = begun(instance, "elsewhere", 1, host="127.0.0.1", port=port)
    with code_server(tmp_path, port):
        assert end_is_told_when_settled(instance, run, clock)


def test_nobody_waits_for_the_server_of_a_dagster_dev_that_ended(
    instance: dg.DagsterInstance, clock: Clock, tmp_path: Path
) -> None:
    run = begun(instance, HERE, dead_process(), host="localhost", socket=str(tmp_path / "gone"))
    assert end_is_told_when_settled(instance, run, clock)


def test_nothing_is_held_against_a_run_that_has_not_begun(instance: dg.DagsterInstance) -> None:
    assert health(instance, instance.create_run_for_job(JOB).run_id) is WorkerStatus.RUNNING


def test_a_new_start_is_not_taken_for_the_run_that_died(
    instance: dg.DagsterInstance, clock: Clock
) -> None:
    """Dagster starts a run anew with the tags of the dead one, the worker's among them."""
    dead = worker_tag("the run that died", HERE, dead_process())
    run = instance.create_run_for_job(JOB, tags=dead)
    assert health(instance, run.run_id) is WorkerStatus.RUNNING
    clock.forward(SETTLING_SECONDS)
    assert health(instance, run.run_id) is WorkerStatus.RUNNING


@pytest.mark.parametrize("has_server", [True, False])
def test_a_run_of_another_machine_is_left_alone_while_its_server_is_silent(
    instance: dg.DagsterInstance, clock: Clock, has_server: bool
) -> None:
    server: dict[str, object] = {"host": "127.0.0.1", "port": free_port()} if has_server else {}
    run = begun(instance, "elsewhere", 1, **server)
    assert health(instance, run) is WorkerStatus.RUNNING
    clock.forward(SETTLING_SECONDS)
    assert health(instance, run) is WorkerStatus.RUNNING
