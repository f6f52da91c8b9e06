"""Commands for one company, each in a process of its own with this company's environment alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration import company_environment, whole_files
from orchestration.fleet.members import Member
from orchestration.settings import (
    COMPANY_DIR_VARIABLE,
    OFFLINE_DEFAULTS,
    OUTPUT_DIR_VARIABLE,
    PROJECT_DIR,
    Paths,
)

# Whom the agency itself is told by; no company's process gets that.
AGENCY_VARIABLE = "KPI_FLEET_ALERT"

# What a process needs of the machine. Everything else stays out, since a variable that happens to
# be set here may be another company's token.
_OF_THE_MACHINE = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS"}
    | {"TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "JAVA_HOME"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}
    | {OUTPUT_DIR_VARIABLE, "KPI_VERBOSE", *OFFLINE_DEFAULTS}
)
_PREFIXES = ("LC_", "PYTHON", "OPENBLAS_", "OMP_", "SPARK_")
_GRACE_SECONDS = 20
_running: set[subprocess.Popen[str]] = set()


@dataclass(frozen=True)
class Ended:
    """How a process ended and the lines it printed. Negative codes are signals."""

    code: int
    lines: list[str]
    is_late: bool = False


def environment_of(member: Member, shared: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that works for one company.

    The machine's variables, and `shared`, which the agency gives to all of its companies. The
    company's own `.env` is read by that process itself.
    """
    machine = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _OF_THE_MACHINE or name.startswith(_PREFIXES)
    }
    with suppress(OSError):  # the company's own process says it, and whom it concerns hears it
        instance_home(member.paths)
    return {
        **machine,
        **{name: value for name, value in shared.items() if name != AGENCY_VARIABLE},
        COMPANY_DIR_VARIABLE: str(member.directory),
        "DAGSTER_HOME": str(_home(member.paths)),
    }


def shared_environment(folder: Path) -> dict[str, str]:
    """Variables for every company: the file `.env` beside the company folders."""
    return company_environment.read(folder)


def instance_home(paths: Paths) -> Path:
    """The company's own Dagster records, so that no company's rows stand in another's.

    The settings are those of the project, with its storage under this folder.
    """
    home = _home(paths)
    settings = yaml.safe_load((PROJECT_DIR / "dagster.yaml").read_text(encoding="utf-8"))
    for section in settings.values():
        _place_under(home, section)
    path = home / "dagster.yaml"
    text = yaml.safe_dump(settings, allow_unicode=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        whole_files.write(path, text)
    return home


def _home(paths: Paths) -> Path:
    return paths.output / "dagster"


def _place_under(home: Path, section: dict[str, Any]) -> None:
    base = section.get("config", {}).get("base_dir")
    if base:
        section["config"]["base_dir"] = str(home / Path(base).relative_to(".dagster"))


def call(
    member: Member,
    arguments: list[str],
    shared: Mapping[str, str],
    *,
    limit_seconds: float,
    on_line: Callable[[str], object] = lambda _: None,
) -> Ended:
    """Run `marketing-kpi ARGUMENTS --company ...` and wait for its end.

    `on_line` gets each line as it is printed. A process that takes longer than `limit_seconds` is
    stopped, and so is one that is being waited for when this process is interrupted.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", *arguments, "--company", str(member.directory)],
        cwd=PROJECT_DIR,
        env=environment_of(member, shared),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    _running.add(process)
    late = threading.Event()

    def stop_late() -> None:
        late.set()
        _stop(process)

    watchdog = threading.Timer(limit_seconds, stop_late)
    watchdog.daemon = True
    watchdog.start()
    lines = []
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            on_line(lines[-1])
        return Ended(process.wait(), lines, late.is_set())
    finally:
        watchdog.cancel()
        _stop(process)
        _running.discard(process)


def stop_all() -> None:
    """End every process that is being waited for, whichever thread waits."""
    for process in list(_running):
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    """End the process and whatever it started, politely at first."""
    for how, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, _GRACE_SECONDS)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
