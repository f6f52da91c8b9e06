"""Dagster's default launcher of runs, which also tells whether the process of a run still lives.

Without it a run whose process was killed together with the code server, or that the command line
started, is taken for running until the limit on its length, and keeps its place in the queue.
"""

from __future__ import annotations

import os
import socket
from time import monotonic

import dagster as dg

# What Dagster's documentation has a launcher of one's own derive from.
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

WORKER_TAG = "worker"
# Dagster tries only once to start a failed run anew, and its daemon must have loaded the code
# location for it. A server that came back is loaded within seconds, at the latest after the minute
# in which the daemon reads its workspace again.
SETTLING_SECONDS = 60
_TIMEOUT_SECONDS = 10


def note_worker(instance: dg.DagsterInstance, run_id: str) -> None:
    """Note in the run's tags that this process works on it."""
    instance.add_run_tags(run_id, worker_tag(run_id, socket.gethostname(), os.getpid()))


def worker_tag(run_id: str, host: str, process: int) -> dict[str, str]:
    """It names the run, since Dagster gives the tags of a dead run to the one in its place."""
    return {WORKER_TAG: f"{run_id}:{host}:{process}"}


class WatchedRunLauncher(DefaultRunLauncher):
    """`DefaultRunLauncher` whose runs Dagster's run monitoring can watch."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        # Of each run without a process: the code server that was there then (none if it is away for
        # good), and since when on the monotonic clock.
        self._gone: dict[str, tuple[str | None, float]] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a started run is there.

        On this machine the process itself is looked for; of another machine or container the code
        server that started the run is asked. While that does not answer, and for `SETTLING_SECONDS`
        after it was first met without the run, the run counts as running.
        """
        run_id, _, place = run.tags.get(WORKER_TAG, "").partition(":")
        host, _, process = place.rpartition(":")
        if run_id != run.run_id:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "not yet begun")
        server, knows = None, None
        if client := self._get_grpc_client_for_termination(run.run_id):
            request = CanCancelExecutionRequest(run_id=run.run_id)
            try:
                answer = client.can_cancel_execution(request, timeout=_TIMEOUT_SECONDS)
                server = client.get_server_id(timeout=_TIMEOUT_SECONDS)
                knows = deserialize_value(answer, CanCancelExecutionResult).can_cancel
            except DagsterUserCodeUnreachableError:
                # A socket is the server's of one `dagster dev`: the next one has another.
                if not client.socket:
                    return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server is away")
        if host == socket.gethostname():
            return self._settled(run_id, server, _lives(int(process)), f"process {process}")
        if knows is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"works on {host}")
        return self._settled(run_id, server, knows, f"the process of this run on {host}")

    def _settled(
        self, run_id: str, server: str | None, is_alive: bool, what: str
    ) -> CheckRunHealthResult:
        if is_alive:
            self._gone.pop(run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"{what} is there")
        now = monotonic()
        there, since = self._gone.get(run_id, (server, now))
        if there != server:
            since = now
        self._gone[run_id] = (server, since)
        if now - since < SETTLING_SECONDS:
            return CheckRunHealthResult(
                WorkerStatus.RUNNING,
                f"{what} is gone, its end is told when the code server is ready",
            )
        del self._gone[run_id]
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"{what} is gone")


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process
        return True
    return True
