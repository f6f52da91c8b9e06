"""A PostgreSQL server of one's own: its cluster in a new folder, on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The server refuses to run as root; Debian's package makes this user.
_SYSTEM_USER = "postgres"
_INSTALLED = Path("/usr/lib/postgresql")
# Nothing here outlives the server, so nothing needs to survive a power cut.
_SETTINGS = {"listen_addresses": "127.0.0.1", "fsync": "off"}


@dataclass(frozen=True)
class Server:
    port: int
    user: str
    password: str
    database: str
    # process that all others of the server descend from
    pid: int

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}"


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path | None:
    """Folder of the server's programs of the newest version, if one is installed."""
    folders = sorted(_INSTALLED.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running(
    log: Path, *, user: str, password: str, database: str, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A started server with an empty database; stopped at the end, its cluster removed.

    `log` takes what its programs print. Text is UTF-8 and sorts by code point.
    """
    home = programs()
    if home is None:
        raise FileNotFoundError("no PostgreSQL server is installed")
    # in a folder that the server's user may enter
    cluster = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(cluster, _SYSTEM_USER, _SYSTEM_USER)
        as_user = ["setpriv", "--reuid", _SYSTEM_USER, "--regid", _SYSTEM_USER, "--clear-groups"]

    def call(program: str, *arguments: str) -> None:
        # its output goes to a file: the server keeps a pipe open for as long as it lives
        with log.open("ab") as file:
            subprocess.run(
                [*as_user, str(home / program), *arguments],
                cwd=cluster,
                env={**os.environ, "HOME": str(cluster)},
                stdout=file,
                stderr=file,
                timeout=120,
                check=True,
            )

    port = free_port()
    password_file = cluster / "password"
    password_file.write_text(password, encoding="utf-8")
    password_file.chmod(0o644)
    data = cluster / "data"
    options = f"-k {cluster} -p {port}"
    for name, value in {**_SETTINGS, **(settings or {})}.items():
        options += f" -c {name}={value}"
    try:
        call(
            *("initdb", "-D", str(data), "-U", user, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--lc-collate", "C", "--lc-ctype", "C.UTF-8"),
        )
        call("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(cluster / "log"), "start")
        url = f"postgresql://{user}:{password}@127.0.0.1:{port}/postgres"
        call("psql", url, "-c", f"create database {database}")
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        yield Server(port, user, password, database, pid)
    finally:
        subprocess.run(
            [*as_user, str(home / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            cwd=cluster,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        shutil.rmtree(cluster, ignore_errors=True)


def cpu_seconds(server: Server) -> float:
    """Processor time of all processes of the server so far, those that have ended included."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # the name, in brackets, may hold spaces
            fields = entry.read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parent = int(fields[1])
        if int(entry.parent.name) == server.pid:
            # utime, stime, and those of the ended children
            ticks += sum(map(int, fields[11:15]))
        elif parent == server.pid:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
