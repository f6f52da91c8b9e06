"""A PostgreSQL server of the tests' own: its cluster in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.engines.ports import free_port

USER, PASSWORD, DATABASE = "dagster", "only-for-this-test", "dagster"
# The server refuses to run as root; Debian's package makes this user.
_SYSTEM_USER = "postgres"
_INSTALLED = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Server:
    port: int

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

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"


@cache
def programs() -> Path | None:
    """Folder of the server's programs; installed from Debian's packages where that is possible."""
    found = _find()
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
    return _find()


def _find() -> Path | None:
    folders = sorted(_INSTALLED.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A started server with an empty database; stopped at the end, its cluster removed."""
    home = programs()
    assert home is not None
    # not under pytest's own folder, which nobody but its user may enter
    cluster = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    as_user = ["setpriv", "--reuid", _SYSTEM_USER, "--regid", _SYSTEM_USER, "--clear-groups"]
    if os.geteuid() == 0:
        shutil.chown(cluster, _SYSTEM_USER, _SYSTEM_USER)
    else:
        as_user = []

    def call(program: str, *arguments: str) -> None:
        # its output goes to a file: the server keeps a pipe open for as long as it lives
        with (folder / "postgres.log").open("ab") as log:
            subprocess.run(
                [*as_user, str(home / program), *arguments],
                cwd=cluster,
                env={**os.environ, "HOME": str(cluster)},
                stdout=log,
                stderr=log,
                timeout=60,
                check=True,
            )

    server = Server(free_port())
    password = cluster / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    password.chmod(0o644)
    data = str(cluster / "data")
    settings = f"-k {cluster} -p {server.port} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        call("initdb", "-D", data, "-U", USER, "--auth", "scram-sha-256", "--pwfile", str(password))
        call("pg_ctl", "-D", data, "-w", "-o", settings, "-l", str(cluster / "log"), "start")
        connection = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{server.port}/postgres"
        call("psql", connection, "-c", f"create database {DATABASE}")
        yield server
    finally:
        subprocess.run(
            [*as_user, str(home / "pg_ctl"), "-D", data, "-m", "immediate", "stop"],
            cwd=cluster,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        shutil.rmtree(cluster, ignore_errors=True)
