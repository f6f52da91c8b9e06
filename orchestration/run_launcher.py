"""Dagster's default launcher of runs, which also tells whether the process of a run still lives.

Without it a run whose process was killed together with the code server, or that the command line
started, is taken for running until the limit on its length, and keeps its place in the queue.
"""

from __future__ import annotations

import os
import socket

import dagster as dg

# What Dagster's documentation has a launcher of one's own derive from.
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

WORKER_TAG = "worker"
_TIMEOUT_SECONDS = 10


def note_worker(instance: dg.DagsterInstance, run_id: str) -> None:
    """Note in the run's tags that this process works on it."""
    instance.add_run_tags(run_id, worker_tag(run_id, socket.gethostname(), os.getpid()))


def worker_tag(run_id: str, host: str, process: int) -> dict[str, str]:
    """It names the run, since Dagster gives the tags of a dead run to the one in its place."""
    return {WORKER_TAG: f"{run_id}:{host}:{process}"}


class WatchedRunLauncher(DefaultRunLauncher):
    """`DefaultRunLauncher` whose runs Dagster's run monitoring can watch."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a started run is there.

        On this machine the process itself is looked for; of another machine or container the code
        server that started the run is asked. While that does not answer, the run counts as running:
        Dagster tries only once to start a failed run anew, and needs the server for it.
        """
        run_id, _, place = run.tags.get(WORKER_TAG, "").partition(":")
        host, _, process = place.rpartition(":")
        if run_id != run.run_id:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "not yet begun")
        knows = None
        if client := self._get_grpc_client_for_termination(run.run_id):
            request = CanCancelExecutionRequest(run_id=run.run_id)
            try:
                answer = client.can_cancel_execution(request, timeout=_TIMEOUT_SECONDS)
            except DagsterUserCodeUnreachableError:
                return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server is away")
            knows = deserialize_value(answer, CanCancelExecutionResult).can_cancel
        if host == socket.gethostname():
            return _result(_lives(int(process)), f"process {process}")
        if knows is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"works on {host}")
        return _result(knows, f"the process of this run on {host}")


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _result(is_alive: bool, what: str) -> CheckRunHealthResult:
    status = WorkerStatus.RUNNING if is_alive else WorkerStatus.NOT_FOUND
    return CheckRunHealthResult(status, f"{what} is {'there' if is_alive else 'gone'}")
