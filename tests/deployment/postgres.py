"""The PostgreSQL server of Dagster's records, as compose.yaml names it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks import postgres_server
from tests.engines.ports import free_port

USER, PASSWORD, DATABASE = "dagster", "only-for-this-test", "dagster"


@dataclass(frozen=True)
class Server:
    port: int
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """As compose.yaml names it."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_DB": DATABASE,
            "DAGSTER_PG_USER": USER,
            "DAGSTER_PG_PASSWORD": PASSWORD,
        }


@cache
def programs() -> Path | None:
    """Folder of the server's programs; installed from Debian's packages where that is possible."""
    found = postgres_server.programs()
    may_install = (
        shutil.which("apt-get") and os.geteuid() == 0 and not os.environ.get("KPI_TEST_NO_INSTALL")
    )
    if found or not may_install:
        return found
    for command in (["update", "-qq"], ["install", "-y", "-qq", "postgresql"]):
        done = subprocess.run(
            ["apt-get", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            return None
    return postgres_server.programs()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A started server with an empty database; stopped at the end, its cluster removed."""
    port = free_port()
    access = postgres_server.Access(USER, PASSWORD, DATABASE)
    with postgres_server.running(folder / "postgres.log", access, port=port) as server:
        yield Server(port, server.url)
