"""The services of deploy/compose.yaml, started on this machine by the same command lines."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import PROJECT_DIR
from tests.engines.ports import free_port

DEPLOY = PROJECT_DIR / "deploy"
WAIT_SECONDS = 600
# What a person sees of a code location.
SERVED = """
query {
  repositoriesOrError {
    ... on RepositoryConnection { nodes {
      name
      location { name }
      jobs { name }
      schedules { name cronSchedule executionTimezone }
    } }
  }
  assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks { name } } } }
}"""
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?message}` as compose fills them in."""

    def fill(match: re.Match[str]) -> str:
        value = values.get(match["name"], "")
        if not value and match["kind"] == "?":
            raise KeyError(match["rest"])
        return value or (match["rest"] if match["kind"] == "-" else "")

    return _VARIABLE.sub(fill, text)


def compose_file(values: Mapping[str, str]) -> dict[str, Any]:
    return yaml.safe_load(
        interpolate((DEPLOY / "compose.yaml").read_text(encoding="utf-8"), values)
    )


@dataclass
class Host:
    """This machine in place of the containers: paths and ports are its own, commands are theirs."""

    folder: Path
    compose: dict[str, Any]
    companies: Path
    output: Path
    database: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {"code": free_port(), "web": free_port()})
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        for name in ("dagster.yaml", "workspace.yaml"):
            text = (DEPLOY / name).read_text(encoding="utf-8")
            (self.home / name).write_text(self.localised(text), encoding="utf-8")

    @property
    def home(self) -> Path:
        return self.folder / "dagster"

    def localised(self, text: str) -> str:
        """Paths and addresses of the containers replaced by those of this machine."""
        for there, here in {
            "/opt/dagster": str(self.home),
            "/srv/companies": str(self.companies),
            "/srv/output": str(self.output),
            "host: code": "host: 127.0.0.1",
            "port: 4000": f"port: {self.ports['code']}",
            # twice a minute is often for a deployment and seldom for a test
            "poll_interval_seconds: 30": "poll_interval_seconds: 2",
        }.items():
            text = text.replace(there, here)
        return text

    def environment_of(self, service: str) -> dict[str, str]:
        """What the service is given by compose.yaml, and nothing of a company that it is not."""
        ours = {"COMPANY_DIR", "KPI_FLEET_DIR", "KPI_OUTPUT_DIR", "DAGSTER_HOME"}
        machine = {name: value for name, value in os.environ.items() if name not in ours}
        given = self.compose["services"][service]["environment"]
        own = {name: self.localised(value) for name, value in given.items()}
        return {**machine, "DAGSTER_HOME": str(self.home), **own, **self.database}

    def start(self, service: str) -> None:
        program, *arguments = self.compose["services"][service]["command"]
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [str(Path(sys.executable).parent / program), *map(self.own, arguments)],
                # as in the container: the project's folder is where the image keeps the code
                cwd=PROJECT_DIR,
                env=self.environment_of(service),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def health(self, service: str) -> subprocess.CompletedProcess[str]:
        """Ask as the service's health check does."""
        kind, program, *arguments = self.compose["services"][service]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *map(self.own, arguments)],
            cwd=PROJECT_DIR,
            env=self.environment_of(service),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def own(self, word: str) -> str:
        """A word of a command line, with this machine's ports and paths."""
        if word == "4000":
            return str(self.ports["code"])
        if word == "3000":
            return str(self.ports["web"])
        word = word.replace("0.0.0.0", "127.0.0.1")
        return self.localised(word.replace("127.0.0.1:3000", f"127.0.0.1:{self.ports['web']}"))

    def kill(self, service: str) -> None:
        """What the end of a container does: every process of the service is gone at once."""
        process = self.processes.pop(service)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for service, process in list(self.processes.items()):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill(service)

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The web server's answer to a GraphQL query."""
        return ask(f"http://127.0.0.1:{self.ports['web']}", query, **variables)

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(encoding='utf-8', errors='replace')[-3000:]}"
            for path in self.folder.glob("*.log")
        )


def ask(address: str, query: str, **variables: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": query, "variables": variables}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        content = json.loads(answer.read())
    assert "errors" not in content, content["errors"]
    return content["data"]


def wait_for(what: str, is_there: Any, *, seconds: float = WAIT_SECONDS) -> Any:
    """The first true answer of `is_there`; a server that does not answer yet counts as false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := is_there():
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(1)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s")
