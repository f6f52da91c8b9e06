"""ClickHouse's HTTP interface over the engine in process, for its unmodified clients.

There is no server binary in any package registry, but the package chdb holds the whole engine.
This front takes queries as the server does: text in the body or in `query`, settings as further
parameters, one session per `session_id`, data of an INSERT after its FORMAT. It knows no users and
listens on loopback only: it is for tests.

    python -m tests.engines.clickhouse_front PORT FOLDER
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orchestration.settings import PROJECT_DIR
from tests.engines.ports import free_port

_START_SECONDS = 120
# Parameters of a request that are no settings of the engine.
_PROTOCOL = frozenset(
    {
        "query",
        "database",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "default_format",
        "compress",
        "decompress",
        "wait_end_of_query",
        "client_protocol_version",
        "role",
        "user",
        "password",
        "buffer_size",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "http_write_exception_in_output_format",
        "quota_key",
    }
)
_LEADING = r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
_RETURNS_ROWS = re.compile(
    _LEADING + r"(select|with|show|desc|describe|exists|explain)\b", re.I | re.S
)
_IS_INSERT = re.compile(_LEADING + r"insert\s+into\b", re.I | re.S)
_FORMAT_AT_END = re.compile(r"\bformat\s+(\w+)\s*;?\s*$", re.I)
_FORMAT_OF_DATA = re.compile(rb"\bformat\s+(\w+)[ \t]*\r?\n?", re.I)
_SETTINGS_CLAUSE = re.compile(r"\bsettings\b.*$", re.I | re.S)
_UNKNOWN_THING = {"60", "81"}  # table, database


class _Session:
    """One connection to the engine, with what was set on it."""

    def __init__(self, folder: str) -> None:
        import chdb  # noqa: PLC0415 - an optional package

        self.connection = chdb.connect(folder)
        self.lock = threading.Lock()
        self._database = ""
        self._settings: dict[str, str] = {}

    def adopt(self, database: str, settings: Mapping[str, str]) -> None:
        if database and database != self._database:
            self.connection.query(f"use `{database}`")
            self._database = database
        for name, value in settings.items():
            if self._settings.get(name) != value:
                self.connection.query(f"set {name} = {_quoted(value)}")
                self._settings[name] = value


class _Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, folder: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._folder = folder
        self._sessions: dict[str, _Session] = {"": _Session(folder)}
        self._lock = threading.Lock()

    def session(self, name: str) -> _Session:
        with self._lock:
            if name not in self._sessions:
                self._sessions[name] = _Session(self._folder)
            return self._sessions[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Front

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_: Any) -> None:
        """Quiet: the client tells what failed."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _answer(self, body: bytes) -> None:
        address = urlsplit(self.path)
        parameters = dict(parse_qsl(address.query, keep_blank_values=True))
        if "multipart/form-data" in self.headers.get("Content-Type", ""):
            self._send(501, b"form data is not understood by this front", {})
            return
        if not body and "query" not in parameters:
            self._send(200, b"Ok.\n", {})
            return
        query_id = parameters.get("query_id") or str(uuid.uuid4())
        try:
            content, kind = self._run(parameters, body)
        except RuntimeError as error:
            text = str(error)
            code = re.search(r"Code: (\d+)", text)
            number = code.group(1) if code else "1000"
            self._send(
                404 if number in _UNKNOWN_THING else 500,
                text[code.start() if code else 0 :].encode(),
                {"X-ClickHouse-Exception-Code": number, "X-ClickHouse-Query-Id": query_id},
            )
            return
        self._send(200, content, {"X-ClickHouse-Query-Id": query_id, "X-ClickHouse-Format": kind})

    def _run(self, parameters: Mapping[str, str], body: bytes) -> tuple[bytes, str]:
        session = self.server.session(parameters.get("session_id", ""))
        settings = {
            name: value
            for name, value in parameters.items()
            if name not in _PROTOCOL and not name.startswith("param_")
        }
        values = {
            name.removeprefix("param_"): value
            for name, value in parameters.items()
            if name.startswith("param_")
        }
        text = parameters.get("query", "").encode()
        text = text + b"\n" + body if text and body else text or body
        kind = parameters.get("default_format") or self.headers.get("X-ClickHouse-Format")
        kind = kind or "TabSeparated"
        with session.lock, tempfile.TemporaryDirectory() as folder:
            session.adopt(parameters.get("database", ""), settings)
            if _IS_INSERT.match(text[:4000].decode("utf-8", "replace")):
                statement = _with_data_in_file(text, Path(folder) / "data")
            else:
                statement = text.decode()
                named = _FORMAT_AT_END.search(statement)
                if named and _RETURNS_ROWS.match(statement):
                    kind = named.group(1)
            result = session.connection.query(
                statement, kind, **({"params": values} if values else {})
            )
            return (result.bytes() if result is not None else b""), kind

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _with_data_in_file(text: bytes, file: Path) -> str:
    """An INSERT whose data follow its FORMAT, as one that reads them from a file.

    The engine in process has no stream beside the statement.
    """
    found = _FORMAT_OF_DATA.search(text[:100_000])
    if found is None or found.group(1).lower() == b"values":
        return text.decode()
    file.write_bytes(text[found.end() :])
    head = text[: found.start()].decode()
    settings = _SETTINGS_CLAUSE.search(head)
    clause = f" {settings.group()}" if settings else ""
    head = head[: settings.start()] if settings else head
    return f"{head} from infile {_quoted(str(file))}{clause} format {found.group(1).decode()}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@contextmanager
def clickhouse_front(folder: Path) -> Iterator[int]:
    """The front in a process of its own; gives its port. One engine to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", __name__, str(port), str(folder / "data")]
    with (folder / "front.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(port, process, folder)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"the engine did not start; its log is in {folder}")


if __name__ == "__main__":
    _Front(int(sys.argv[1]), sys.argv[2]).serve_forever()
