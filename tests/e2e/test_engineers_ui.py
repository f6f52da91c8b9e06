"""`make ui` as the README says: real servers, asked as a browser asks them, and stopped again."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from orchestration.settings import PROJECT_DIR
from tests.conftest import SAMPLE_COMPANY, command_line_environment
from tests.deployment.services import SERVED, ask, wait_for
from tests.engines.ports import free_port


def command_of(target: str, **variables: object) -> list[str]:
    """What the Makefile runs for a target, without the package manager before it."""
    settings = [f"{name}={value}" for name, value in variables.items()]
    printed = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", target, *settings],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = shlex.split(printed.strip().splitlines()[-1].replace("$", ""))
    start = words.index("--no-sync") + 1
    program = Path(sys.executable).parent / words[start]
    return [str(program), *words[start + 1 :]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ui")
    port = free_port()
    command = command_of("ui")
    assert command[-2:] == ["--port", "{PORT:-3000}"], command
    environment = {**command_line_environment(folder), "COMPANY_DIR": str(SAMPLE_COMPANY)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command[:-1], str(port)],
            cwd=PROJECT_DIR,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for("Dagster's UI", lambda: repositories(address), seconds=180)
        except TimeoutError:
            print((folder / "log").read_text(encoding="utf-8", errors="replace")[-5000:])
            raise
        yield address
    finally:
        process.terminate()
        # a gRPC server now and then hangs while it stops; whatever did not go is killed
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "the web server goes on"


def repositories(address: str) -> list[dict[str, Any]]:
    return ask(address, SERVED)["repositoriesOrError"]["nodes"]


@pytest.mark.slow
def test_the_ui_shows_assets_checks_and_the_schedule(address: str) -> None:
    (found,) = repositories(address)
    assert found["schedules"] == [
        {"name": "every_day", "cronSchedule": "30 6 * * *", "executionTimezone": "Europe/Moscow"}
    ]
    assert {job["name"] for job in found["jobs"]} >= {"daily", "documentation"}
    nodes = {
        tuple(node["assetKey"]["path"]): {
            check["name"] for check in node["assetChecksOrError"].get("checks", [])
        }
        for node in ask(address, SERVED)["assetNodes"]
    }
    assert {("yandex_metrica", "visits"), ("marts", "kpi_scorecard")} <= set(nodes)
    assert ("publication", "published") in nodes
    checks = set().union(*nodes.values())
    assert {"no_recent_bot_spike", "targets_approved_in_time"} <= checks


@pytest.mark.slow
def test_the_page_itself_is_served(address: str) -> None:
    with urlopen(address, timeout=30) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert page.lower().startswith("<!doctype html>")
    assert "<script" in page


@pytest.mark.slow
def test_the_daemon_is_up_with_it(address: str) -> None:
    """Without it no schedule fires."""

    def healthy() -> bool:
        answer = ask(
            address,
            "query { instance { daemonHealth { allDaemonStatuses "
            "{ daemonType required healthy } } } }",
        )
        statuses = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
        needed = [status for status in statuses if status["required"]]
        return len(needed) >= 3 and all(status["healthy"] for status in needed)

    assert wait_for("healthy daemons", healthy, seconds=90)
