"""A PostgreSQL server of one's own, from the installed packages, its cluster in a new folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NOT_INSTALLED = (
    "PostgreSQL is left out: no server is installed (Debian: apt-get install postgresql)"
)
# The server refuses to run as root; Debian's package makes this user.
_SYSTEM_USER = "postgres"
_INSTALLED = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Access:
    """Who may use which database."""

    user: str
    password: str
    database: str


@dataclass(frozen=True)
class Server:
    url: str
    # process that all others of the server descend from
    pid: int


def programs() -> Path | None:
    """Folder of the server's programs of the newest version, if one is installed."""
    folders = sorted(_INSTALLED.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running(
    log: Path, access: Access, *, port: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A started server with an empty database; stopped at the end, its cluster removed.

    With a port it listens on loopback, without on a socket in its folder. `log` takes what its
    programs print. Text is UTF-8 and sorts by code point.
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

    password_file = cluster / "password"
    password_file.write_text(access.password, encoding="utf-8")
    password_file.chmod(0o644)
    data = cluster / "data"
    host = "127.0.0.1" if port else ""
    options = f"-k {cluster} -c listen_addresses='{host}'" + (f" -p {port}" if port else "")
    # nothing here outlives the server, so nothing needs to survive a power cut
    for name, value in {"fsync": "off", **(settings or {})}.items():
        options += f" -c {name}={value}"
    login = f"postgresql://{access.user}:{access.password}@"
    at, query = (f"127.0.0.1:{port}", "") if port else ("", f"?host={cluster}")
    try:
        call(
            *("initdb", "-D", str(data), "-U", access.user, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--lc-collate", "C", "--lc-ctype", "C.UTF-8"),
        )
        call("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(cluster / "log"), "start")
        call("psql", f"{login}{at}/postgres{query}", "-c", f"create database {access.database}")
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        yield Server(f"{login}{at}/{access.database}{query}", pid)
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
