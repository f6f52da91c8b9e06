"""A real Spark cluster on this machine: a master and two workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engines.ports import free_port

WORKERS = 2
# For small data, compiling costs far more than running. Without room, compiled code is thrown away.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
# Where a table has some thousand rows, planning costs as much as running. These leave out what only
# large data repay: code compiled for a query, plans made anew between stages, conditions inferred
# from conditions, plans checked after every rule, and their text in the event log.
SMALL_DATA: dict[str, str | int | bool] = {
    "spark.driver.extraJavaOptions": _JAVA_OPTIONS,
    "spark.sql.adaptive.enabled": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": False,
    "spark.sql.constraintPropagation.enabled": False,
    "spark.sql.lightweightPlanChangeValidation": False,
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.shuffle.partitions": 2,
    "spark.sql.ui.explainMode": "simple",
}
_START_SECONDS = 180


@dataclass(frozen=True)
class SparkCluster:
    """`settings`: what `[warehouse.spark]` of company.toml must hold to run on the cluster."""

    master: str
    events: Path

    @property
    def settings(self) -> dict[str, str | int | bool]:
        return {
            "spark.master": self.master,
            "spark.cores.max": str(WORKERS),
            "spark.executor.cores": "1",
            "spark.executor.memory": "1g",
            "spark.executor.extraJavaOptions": _JAVA_OPTIONS,
            "spark.network.timeout": "600s",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g",
            **SMALL_DATA,
            "spark.eventLog.enabled": True,
            "spark.eventLog.dir": self.events.as_uri(),
            "spark.eventLog.compress": False,
            "spark.eventLog.rolling.enabled": False,
        }

    def tasks_by_executor(self) -> dict[str, int]:
        """Tasks that ended well, by `executor id @ worker address`, from the event logs."""
        added: dict[tuple[str, str], str] = {}
        done: Counter[tuple[str, str]] = Counter()
        for log in sorted(self.events.iterdir()):
            with log.open(encoding="utf-8") as lines:
                for line in lines:
                    event = json.loads(line)
                    if event["Event"] == "SparkListenerExecutorAdded":
                        address = event["Executor Info"]["Log Urls"].get("stdout", "")
                        added[log.name, event["Executor ID"]] = address.split("/logPage")[0]
                    elif event.get("Task End Reason", {}).get("Reason") == "Success":
                        done[log.name, event["Task Info"]["Executor ID"]] += 1
        workers: Counter[str] = Counter()
        for key, tasks in done.items():
            workers[added.get(key, "driver")] += tasks
        return dict(workers)


@contextmanager
def spark_cluster(folder: Path) -> Iterator[SparkCluster]:
    """Start master and workers, wait until the workers are registered, stop them at the end."""
    import pyspark  # noqa: PLC0415 - an optional package

    events = folder / "events"
    events.mkdir(parents=True, exist_ok=True)
    home = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        # A busy machine may keep a worker from its heartbeat; it is not lost for that.
        "SPARK_DAEMON_JAVA_OPTS": f"{_JAVA_OPTIONS} -Dspark.worker.timeout=600",
        "PYSPARK_PYTHON": sys.executable,
    }
    environment.pop("SPARK_CONF_DIR", None)
    master = f"spark://127.0.0.1:{port}"
    java = [str(home / "bin" / "spark-class")]
    commands = {
        "master": [
            *("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1"),
            *("--port", str(port), "--webui-port", str(page)),
        ]
    } | {
        f"worker-{number}": [
            *("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1"),
            *("--cores", "1", "--memory", "1g", "--webui-port", str(free_port())),
            *("--work-dir", str(folder / f"work-{number}"), master),
        ]
        for number in range(1, WORKERS + 1)
    }
    with ExitStack() as stack:
        for name, arguments in commands.items():
            log = stack.enter_context((folder / f"{name}.log").open("w", encoding="utf-8"))
            process = subprocess.Popen(
                [*java, *arguments], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            stack.callback(_stop, process)
        _wait_for_workers(f"http://127.0.0.1:{page}/json/", folder)
        yield SparkCluster(master, events)


def _wait_for_workers(page: str, folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:
                workers = json.load(answer)["workers"]
        except OSError:
            workers = []
        if sum(worker["state"] == "ALIVE" for worker in workers) == WORKERS:
            return
        time.sleep(0.5)
    raise TimeoutError(f"the workers did not register; their logs are in {folder}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
