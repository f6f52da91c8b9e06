"""A loopback HTTP server for fakes of real systems, with switches for every way to misbehave.

A fake is any object with `answer(request) -> Reply`. `FakeServer(fake)` serves it on 127.0.0.1
and keeps all requests. `misbehave(...)` spoils the next answers that match. `FakeClock` stands
for time: sleeping moves it, so nothing waits.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

_HOLD_SECONDS = 5.0  # a held answer ends by itself, also when a test forgets the server


@dataclass(frozen=True)
class FakeRequest:
    """A request as it came in. `headers` are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def param(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """An answer; `body` before packing."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


def text_reply(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, text.encode(), "text/tab-separated-values", headers or {})


HTML_PAGE = Reply(200, b"<!doctype html><html><body>Gateway</body></html>", "text/html")


class Fake(Protocol):
    """A system. Called for one request at a time."""

    def answer(self, request: FakeRequest) -> Reply: ...


class FakeClock:
    """Time that only moves when somebody sleeps, and not for ever."""

    def __init__(self, now: datetime | None = None, most_sleeps: int = 500) -> None:
        self.time = now or datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
        self.sleeps: list[float] = []
        self._most_sleeps = most_sleeps

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.sleeps.append(seconds)
        assert len(self.sleeps) <= self._most_sleeps, "the door never stops waiting"
        self.time += timedelta(seconds=seconds)


# --- misbehaviour --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instead:
    """This reply in place of the fake's; the fake does not see the request."""

    reply: Reply


@dataclass(frozen=True)
class Hold:
    """No answer until the client gives up."""


@dataclass(frozen=True)
class Drop:
    """The connection closes without an answer. `handled`: the fake has done the work."""

    handled: bool = False


@dataclass(frozen=True)
class CutShort:
    """The fake's answer breaks off: the promised length is not reached."""


@dataclass(frozen=True)
class CutInside:
    """A shorter body with a fitting length, as after a faulty proxy. `packed`: cut after gzip."""

    packed: bool = False


@dataclass(frozen=True)
class Reshaped:
    """The fake's JSON in another shape, as after a new version: `how` says which.

    `renamed`: other names of all fields. `nested`: structures in the place of plain values.
    `flattened`: a text in the place of everything below the top. `nulls`: no plain value is known.
    """

    how: str

    def of(self, reply: Reply) -> Reply:
        try:
            value = json.loads(reply.body)
        except ValueError:
            return reply
        return replace(reply, body=json.dumps(self._changed(value, depth=0)).encode())

    def _changed(self, value: Any, depth: int) -> Any:
        if self.how == "flattened" and depth > 1:
            return "text"
        if isinstance(value, dict):
            end = "_v2" if self.how == "renamed" else ""
            return {f"{key}{end}": self._changed(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._changed(item, depth + 1) for item in value]
        return {"nested": {"value": value}, "nulls": None}.get(self.how, value)


Trouble = Instead | Hold | Drop | CutShort | CutInside | Reshaped


@dataclass
class _Plan:
    trouble: Trouble
    times: int
    on: Callable[[FakeRequest], bool]
    skip: int


class FakeServer:
    """`with FakeServer(fake) as server:` serves `fake` at `server.url`.

    `requests`: all requests so far. `spoiled`: those that were answered with trouble.
    """

    def __init__(self, fake: Fake, *, packs: bool = True) -> None:
        self.fake = fake
        self.requests: list[FakeRequest] = []
        self.spoiled: list[FakeRequest] = []
        self.failures: list[str] = []
        self._packs = packs
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._httpd = _Httpd(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"
        self._thread = threading.Thread(
            target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def misbehave(
        self,
        trouble: Trouble,
        *,
        times: int = 1,
        on: Callable[[FakeRequest], bool] = lambda request: True,
        skip: int = 0,
    ) -> None:
        """Spoil the next `times` answers to requests for which `on` holds, after `skip` of them."""
        self._plans.append(_Plan(trouble, times, on, skip))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join(timeout=5)
        assert not self.failures, f"the fake itself failed: {self.failures}"

    def respond(self, request: FakeRequest) -> tuple[Reply, Trouble | None]:
        """The fake's answer and what to do to it. Called by the handler."""
        with self._lock:
            self.requests.append(request)
            trouble = self._next_trouble(request)
            if isinstance(trouble, Instead):
                return trouble.reply, trouble
            if isinstance(trouble, Hold) or (isinstance(trouble, Drop) and not trouble.handled):
                return Reply(), trouble
            try:
                reply = self.fake.answer(request)
                return (trouble.of(reply) if isinstance(trouble, Reshaped) else reply), trouble
            except Exception as error:  # a bug of the fake must fail the test, not look like a 500
                self.failures.append(f"{request.method} {request.path}: {error!r}")
                return Reply(500, b"the fake failed", "text/plain"), None

    def _next_trouble(self, request: FakeRequest) -> Trouble | None:
        for plan in self._plans:
            if plan.times and plan.on(request):
                if plan.skip:
                    plan.skip -= 1
                    continue
                plan.times -= 1
                self.spoiled.append(request)
                return plan.trouble
        return None

    def hold(self) -> None:
        self._released.wait(_HOLD_SECONDS)

    @property
    def packs(self) -> bool:
        return self._packs


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up on a held answer is what the tests are about."""


def _handler_of(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = 30

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence: the tests read `server.requests`."""

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            request = FakeRequest(
                self.command,
                parts.path,
                parse_qs(parts.query, keep_blank_values=True),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            reply, trouble = server.respond(request)
            if isinstance(trouble, Hold):
                server.hold()
            if isinstance(trouble, (Hold, Drop)):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(reply, trouble, "gzip" in request.headers.get("accept-encoding", ""))

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names of the base class

        def _send(self, reply: Reply, trouble: Trouble | None, wants_gzip: bool) -> None:
            if isinstance(trouble, CutInside) and not trouble.packed:
                reply = replace(reply, body=reply.body[: len(reply.body) * 2 // 3])
            body = reply.body
            packed = (server.packs and wants_gzip) or (
                isinstance(trouble, CutInside) and trouble.packed
            )
            if packed and body:
                body = gzip.compress(body, compresslevel=1, mtime=0)
                if isinstance(trouble, CutInside) and trouble.packed:
                    body = body[: len(body) * 2 // 3]
            self.send_response_only(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if packed and body:
                self.send_header("Content-Encoding", "gzip")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if isinstance(trouble, CutShort):
                body = body[: len(body) // 2]
                self.close_connection = True
            self.wfile.write(body)
            self.wfile.flush()
            if isinstance(trouble, CutShort):
                self.connection.shutdown(socket.SHUT_RDWR)

    return Handler
