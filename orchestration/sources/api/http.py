"""How every API door talks to its system: one polite, patient and discreet HTTP client.

A door describes its system in a `Judge` (which answers are good, which are worth another try,
which are final) and a `RetryPolicy`. Everything else is here: timeouts, growing pauses under one
budget, truncated or malformed bodies, HTML pages in place of data, streamed downloads that are
complete or absent, pages through dlt's REST client, and texts without secrets.

Clock, sleep, environment and download folder come from a `Transport`, so that tests run against
a server on the loopback without waiting.
"""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import pyarrow as pa
import requests
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    RequestException,
    Timeout,
)
from requests.exceptions import (
    ConnectionError as NoConnection,
)
from urllib3.exceptions import HTTPError as TransferError

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources import pii
from orchestration.sources.gaps import Gap

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import PageData
    from dlt.sources.helpers.rest_client.paginators import BasePaginator

Window = tuple[date, date]
"""Half-open range of days: first day, day after the last."""

Progress = Callable[[str], None]
Material: TypeAlias = Path | pa.Table
"""What a door yields: a native export file, or a table of text columns."""

T = TypeVar("T")

_QUOTED_CHARACTERS = 300
_BLOCK_BYTES = 1 << 16
_ERROR_BODY_BYTES = 1 << 20
_COUNTS, _COUNT_PAUSE = 3, 5.0


class Fetch(Protocol):
    """A door: everything of one raw table within a window, complete or an error."""

    def __call__(
        self,
        company: Company,
        table: str,
        window: Window,
        transport: Transport,
        progress: Progress,
    ) -> Iterator[Material]: ...


@dataclass
class Transport:
    """The outside world of a door.

    `folder`: existing folder for downloaded export files; the caller removes it after the load.
    `sleep`: waits that many seconds. `now`: the time, with zone. `environ`: holds the secrets.
    `timeout`: seconds to connect, seconds without a byte. `gaps`: filled by the door with what its
    system could not give. `errors`: filled by doors of snapshots with the refusals of some
    accounts; the caller raises the first when it has kept the rows of the others.
    """

    folder: Path
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = field(default=lambda: datetime.now(tz=UTC))
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    timeout: tuple[float, float] = (15.0, 300.0)
    gaps: list[Gap] = field(default_factory=list)
    errors: list[UserError] = field(default_factory=list)


# --- errors --------------------------------------------------------------------------------------


_PASSING_STATUSES = frozenset({408, 420, 425, 429})


class ApiError(UserError):
    """An API did not give what was asked for. `status` is None when no answer came."""

    @property
    def may_pass(self) -> bool:
        """No answer, too many requests, or trouble of the server: another try may succeed."""
        return self.status is None or self.status >= 500 or self.status in _PASSING_STATUSES

    def __init__(
        self, message: str, *, status: int | None = None, remedy: str | None = None
    ) -> None:
        self.status = status
        super().__init__(message, remedy=remedy)


class AuthError(ApiError):
    """The secret is refused; the text names the variable that holds it, never its value."""

    is_final = True

    @property
    def may_pass(self) -> bool:
        return False


class QuotaError(ApiError):
    """An allowance is used up for longer than is worth waiting; the text says until when."""

    is_final = True

    @property
    def may_pass(self) -> bool:
        return False


class AccountError(ApiError):
    """The system refuses one of several accounts, or a part of it; the others may be shown."""


class RangeTooLargeError(ApiError):
    """The system wants a shorter period; the door halves it."""


class LostAnswerError(ApiError):
    """A call that must not be repeated blindly got no answer: it may or may not have worked."""


# --- settings and secrets ------------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """`[sources.<source>]` of company.toml, read with errors that name the key."""

    company: Company
    source: str

    @property
    def _values(self) -> dict[str, Any]:
        settings = self.company.source(self.source)
        if settings is None:
            raise UserError(
                f"The source {self.source} is not switched on",
                file=self.company.directory / COMPANY_FILE,
                remedy=f"set enabled = true in [sources.{self.source}]",
            )
        return settings.options

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def wrong(self, key: str, problem: str, example: str) -> UserError:
        return UserError(
            f"Setting 'sources.{self.source}.{key}' {problem}",
            file=self.company.directory / COMPANY_FILE,
            remedy=f"write under [sources.{self.source}]: {key} = {example}",
        )

    def text(self, key: str, example: str, default: str | None = None) -> str:
        """A text or a number as text; UserError when it is missing and has no default."""
        value = self.get(key, default)
        if value is None or str(value).strip() == "":
            raise self.wrong(key, "is missing", example)
        if isinstance(value, (list, dict, bool)):
            raise self.wrong(key, "must be one value", example)
        return str(value).strip()

    def texts(self, key: str, example: str, default: Sequence[str] | None = None) -> list[str]:
        """A list without repetitions; one value counts as a list of one."""
        value = self.get(key, default)
        if value is None or value in ("", []):
            raise self.wrong(key, "is missing", example)
        values = value if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(item, (list, dict, bool)) for item in values):
            raise self.wrong(key, "must be a list of ids", example)
        return list(dict.fromkeys(str(item).strip() for item in values))

    def zone(self, default: str) -> ZoneInfo:
        """`timezone`: the zone of the system's days where it is not the usual one."""
        return ZoneInfo(self.text("timezone", f'"{default}"', default))

    def whole(self, key: str, default: int) -> int:
        """A whole number above zero."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(key, "must be a whole number above zero", str(default))
        return value

    def base_url(self, default: str) -> str:
        """The system's address, or its override; https unless it is this machine."""
        url = self.text("base_url", f'"{default}"', default).rstrip("/")
        if not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", url):
            raise self.wrong("base_url", "must begin with https://", f'"{default}"')
        return url

    def variable(self, key: str, default: str) -> str:
        """Name of the environment variable that holds a secret."""
        return self.text(key, f'"{default}"', default)

    def secret(self, transport: Transport, key: str, default: str) -> str:
        """Value of the variable named by `key`; UserError that names the variable."""
        name = self.variable(key, default)
        value = transport.environ.get(name, "").strip()
        if not value:
            raise UserError(
                f"The source {self.source} needs a secret: the environment variable {name} "
                "is not set",
                remedy=f"put it into the file .env or the environment as {name}=..., or set "
                f'door = "files" in [sources.{self.source}]',
            )
        if not value.isascii() or not value.isprintable():
            raise UserError(
                f"The environment variable {name} holds characters that no secret of "
                f"{self.source} has",
                remedy="copy the secret again, without spaces, quotes or line ends",
            )
        return value


# --- answers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Retry:
    """Another try is worth it.

    `wait`: seconds the system asked for, in place of growing pauses. `is_failure`: False where the
    system is only not ready yet; such tries use up the budget, not the attempts.
    """

    reason: str
    wait: float | None = None
    is_failure: bool = True


Judge = Callable[[requests.Response], Retry | None]
"""None: the answer is good. `Retry`: try again. An exception: final."""


@dataclass(frozen=True)
class RetryPolicy:
    """`attempts` failures end a call; pauses grow by `factor` up to `longest_pause`.

    `budget`: seconds of pauses for one call. A system that asks for a longer wait than is left
    ends the call with `QuotaError`.
    """

    attempts: int = 7
    first_pause: float = 1.0
    factor: float = 2.0
    longest_pause: float = 60.0
    budget: float = 900.0

    def pause(self, failures: int) -> float:
        return min(self.first_pause * self.factor ** (failures - 1), self.longest_pause)


class _NoAuth(AuthBase):
    """Keeps requests from reading ~/.netrc, which would displace the client's own header."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def looks_like_html(response: requests.Response) -> bool:
    kind = response.headers.get("Content-Type", "").lower()
    return "html" in kind or response.content[:64].lstrip()[:1] == b"<"


def json_or_none(response: requests.Response) -> Any:
    """The body as JSON with exact decimals, or None when it is none."""
    try:
        return json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None


def seconds_header(response: requests.Response, *names: str) -> float | None:
    """A wait in seconds from the first of the headers that holds a number."""
    for name in names:
        try:
            value = float(response.headers.get(name, ""))
        except ValueError:
            continue
        if 0 <= value < 10**7:
            return value
    return None


class ApiClient:
    """A client of one system for one load.

    `system`: name for texts. `judge`: see `Judge`; called for each answer, whatever its status.
    `authorise`: gives the secret headers, anew for every try, as the request leaves and where no
    log of a library sees them. `secrets`: values never to be quoted.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        transport: Transport,
        judge: Judge,
        progress: Progress,
        *,
        authorise: Callable[[], Mapping[str, str]] = dict,
        secrets: Iterable[str] = (),
        policy: RetryPolicy = RetryPolicy(),
    ) -> None:
        self.system = system
        self.base_url = base_url
        self.transport = transport
        self.progress = progress
        self.judge = judge
        self._policy = policy
        self._secrets = {secret for secret in secrets if secret}
        self._session = _Session(self)
        self._session.auth = _NoAuth()
        self._authorise = authorise
        self._session.headers["User-Agent"] = "marketing-kpi-pipeline"
        self._session.headers["Accept-Encoding"] = "gzip"

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    # texts

    def hide(self, secret: str) -> None:
        """Remember a secret that came up during the load, such as an issued token."""
        if secret:
            self._secrets.add(secret)

    def quote(self, text: object) -> str:
        """Text of the system, fit for an error message: short, one line, no secret, no query, no
        e-mail and no phone of a person."""
        line = " ".join(str(text).split())
        for secret in self._secrets:
            line = line.replace(secret, "***")
        line = re.sub(r"(https?://[^\s?\"']+)\?[^\s\"']*", r"\1", line)
        return pii.mask_contacts(line)[:_QUOTED_CHARACTERS]

    def tell_gap(self, gap: Gap) -> None:
        """Record what the system could not give, and say it, once."""
        if gap not in self.transport.gaps:
            self.transport.gaps.append(gap)
            self.progress(gap.detail)

    # calls

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
        repeatable: bool = True,
    ) -> requests.Response:
        """One call with retries; the answer's body is read and was judged good.

        `path`: below the base URL, or a full address. `repeatable=False`: a call without an
        answer raises LostAnswerError in place of being sent again.

        Raises:
            ApiError: of the kind the judge, the retries or the connection gave.
        """
        request = self._request(
            method, path, params=params, json_body=json_body, data=data, headers=headers
        )
        return self._exchange(request, judge or self.judge, repeatable=repeatable)

    def json(self, method: str, path: str, **call: Any) -> Any:
        """Like `send`, parsed; a body that is no JSON is tried again. Decimals are exact."""
        call["judge"] = self._with_json(call.get("judge") or self.judge)
        return json_or_none(self.send(method, path, **call))

    def pages(
        self,
        path: str,
        paginator: BasePaginator,
        data_selector: str,
        *,
        method: str = "GET",
        params: Mapping[str, Any] | None = None,
        json_body: Any = None,
        data: Any = None,
    ) -> Iterator[PageData[Any]]:
        """Pages through dlt's REST client; each page has `.response` with the whole answer."""
        # dlt takes seconds to import, and those who only need a Transport import this module too.
        from dlt.common.configuration.specs import RuntimeConfiguration  # noqa: PLC0415
        from dlt.sources.helpers.rest_client import RESTClient  # noqa: PLC0415

        client = RESTClient(self.base_url, session=self._session, config=RuntimeConfiguration())
        yield from client.paginate(
            path,
            method=method,
            params=dict(params or {}),
            json=json_body,
            data=data,
            paginator=paginator,
            data_selector=data_selector,
            hooks={"response": []},  # the judge decides, not raise_for_status
        )

    def download(
        self,
        method: str,
        path: str,
        name: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
        check: Callable[[Path], str | None] = lambda path: None,  # noqa: ARG005
    ) -> Path:
        """Stream an answer into `folder/name`, never through memory; whole or not there.

        `check`: says what is wrong with the finished file (then it is fetched again) or None.
        """
        request = self._request(
            method, path, params=params, json_body=None, data=data, headers=headers
        )
        target = self.transport.folder / name
        partial = target.with_name(target.name + ".part")

        def save(response: requests.Response) -> Retry | None:
            try:
                with partial.open("wb") as stream:
                    for block in _whole_body(response):
                        stream.write(block)
            except _Truncated as error:
                return Retry(str(error))
            problem = check(partial)
            if problem:
                return Retry(problem)
            partial.replace(target)
            return None

        try:
            self._exchange(request, judge or self.judge, repeatable=True, save=save)
        finally:
            partial.unlink(missing_ok=True)
        return target

    # inside

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        json_body: Any,
        data: Any,
        headers: Mapping[str, str] | None,
    ) -> requests.PreparedRequest:
        url = path if path.startswith(("https://", "http://")) else self.base_url + path
        return self._session.prepare_request(
            requests.Request(
                method, url, params=params, json=json_body, data=data, headers=dict(headers or {})
            )
        )

    @staticmethod
    def _with_json(judge: Judge) -> Judge:
        def judged(response: requests.Response) -> Retry | None:
            verdict = judge(response)
            if verdict is None and json_or_none(response) is None:
                if looks_like_html(response):
                    return Retry("an HTML page came in place of data")
                return Retry("the answer is cut off or malformed")
            return verdict

        return judged

    def judged_pages(self, response: requests.Response) -> Retry | None:
        return self._with_json(self.judge)(response)

    def _exchange(
        self,
        request: requests.PreparedRequest,
        judge: Judge,
        *,
        repeatable: bool,
        save: Callable[[requests.Response], Retry | None] | None = None,
    ) -> requests.Response:
        waited, failures = 0.0, 0
        while True:
            status: int | None = None
            secret_headers = self._authorise()
            self.hide(secret_headers.get("Authorization", "").rpartition(" ")[2])
            request.headers.update(secret_headers)
            try:
                response = self._session.plain_send(
                    request, timeout=self.transport.timeout, stream=save is not None
                )
                status = response.status_code
                if save is None:
                    verdict = judge(response)
                else:
                    with response:
                        verdict = _judge_streamed(response, judge) or save(response)
                if verdict is None:
                    return response
            except (Timeout, NoConnection, ChunkedEncodingError, ContentDecodingError) as error:
                verdict = Retry(_connection_trouble(error))
                if not repeatable:
                    raise LostAnswerError(f"{self.system}: {verdict.reason}") from None
            except RequestException as error:
                raise ApiError(
                    f"{self.system}: the request could not be sent ({type(error).__name__})",
                    remedy=f"check base_url in {COMPANY_FILE}",
                ) from None
            failures += verdict.is_failure
            pause = self._policy.pause(max(failures, 1)) if verdict.wait is None else verdict.wait
            if failures >= self._policy.attempts or waited + pause > self._policy.budget:
                raise self._gives_up(verdict, status, pause)
            why, most = self.quote(verdict.reason), self._policy.attempts
            self.progress(
                f"{self.system}: {why}; try {failures + 1} of {most} in {pause:.0f} s"
                if verdict.is_failure
                else f"{self.system}: {why}; asking again in {pause:.0f} s"
            )
            waited += pause
            self.transport.sleep(pause)

    def _gives_up(self, verdict: Retry, status: int | None, pause: float) -> ApiError:
        reason = self.quote(verdict.reason)
        if not verdict.is_failure:
            return ApiError(
                f"{self.system}: {reason}, for more than {self._policy.budget / 60:.0f} minutes",
                status=status,
                remedy="run the load again later: nothing was half-loaded, and what the system has "
                "prepared by then is found",
            )
        if verdict.wait is not None and verdict.wait > self._policy.longest_pause:
            until = utc_text(self.transport.now() + timedelta(seconds=pause))
            return QuotaError(
                f"{self.system}: {reason}; it asks to come back after {until}",
                status=status,
                remedy="run the load again after that time; nothing was half-loaded",
            )
        return ApiError(
            f"{self.system} did not answer as it should, time after time; last: {reason}",
            status=status,
            remedy="nothing was half-loaded: run the load again later; if it stays so, check the "
            "network, a proxy, and the system's status page",
        )


class _Session(requests.Session):
    """Sends dlt's requests through the client's judge and retries; follows no redirects."""

    def __init__(self, client: ApiClient) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ARG002
        return self._client._exchange(request, self._client.judged_pages, repeatable=True)

    def plain_send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        # A redirect would carry the secret to another address.
        surroundings = self.merge_environment_settings(request.url or "", {}, None, None, None)
        return super().send(request, allow_redirects=False, **{**surroundings, **kwargs})


class _Truncated(Exception):  # noqa: N818 - never leaves this module
    pass


def _judge_streamed(response: requests.Response, judge: Judge) -> Retry | None:
    """Judge a streamed answer. Bodies of refusals are small and read; the data is not touched."""
    if response.status_code != 200:
        try:
            response._content = response.raw.read(_ERROR_BODY_BYTES, decode_content=True)
        except TransferError:
            response._content = b""
        response._content_consumed = True
    else:
        response._content = b""
        if "html" in response.headers.get("Content-Type", "").lower():
            return Retry("an HTML page came in place of data")
    return judge(response)


def _whole_body(response: requests.Response) -> Iterator[bytes]:
    """The body, unpacked, or _Truncated. A gzip stream must reach its own end.

    urllib3 unpacks a gzip stream that stops early without a word, hence the own unpacking.
    """
    packed = response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
    unpack = zlib.decompressobj(wbits=31)
    got_any = False
    try:
        while block := response.raw.read(_BLOCK_BYTES, decode_content=False):
            got_any = True
            if not packed:
                yield block
                continue
            while block:
                if unpack.eof:
                    unpack = zlib.decompressobj(wbits=31)
                yield unpack.decompress(block)
                block = unpack.unused_data
    except (TransferError, OSError, zlib.error) as error:
        raise _Truncated(f"the download broke off ({type(error).__name__})") from None
    if packed and got_any and not unpack.eof:
        raise _Truncated("the download broke off (the gzip stream has no end)")


def _connection_trouble(error: RequestException) -> str:
    # The exceptions' own texts carry the whole address.
    if isinstance(error, Timeout):
        return "no answer in time"
    if isinstance(error, ChunkedEncodingError):
        return "the answer broke off"
    if isinstance(error, ContentDecodingError):
        return "the answer could not be unpacked"
    return "no connection"


# --- windows -------------------------------------------------------------------------------------


def utc_text(moment: datetime) -> str:
    """A moment with zone as errors name it: `2026-03-10 07:00 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def last_day(window: Window) -> date:
    """Last day inside a half-open window."""
    return window[1] - timedelta(days=1)


def days_of(window: Window) -> int:
    return (window[1] - window[0]).days


def other_days(system: str, whose: str, zone: str, company: Company) -> str | None:
    """What to say where days are not the company's, which cannot be mended; None where they are."""
    if zone not in available_timezones():
        return (
            f"{system}: the days of {whose} are those of {zone}, a time zone that is not known "
            "here: whether they are the company's cannot be told"
        )
    clocks = [
        [datetime(2026, month, 15, tzinfo=ZoneInfo(name)).utcoffset() for month in (1, 7)]
        for name in (zone, company.timezone)
    ]
    if clocks[0] == clocks[1]:
        return None
    return (
        f"{system}: the days of {whose} are those of {zone}, the company's are those of "
        f"{company.timezone}: figures at the edge of a day will differ"
    )


def tell_unfinished(
    transport: Transport, progress: Progress, system: str, window: Window, zone: str
) -> None:
    """Record the days of the window that are not over in the zone of the system's days.

    They are a part of what they will be: a later load brings them anew. Zones that are not known
    here tell nothing.
    """
    if zone not in available_timezones():
        return
    today = transport.now().astimezone(ZoneInfo(zone)).date()
    if today >= window[1]:
        return
    gap = Gap(
        "unfinished",
        max(today, window[0]),
        window[1],
        f"{system}: {last_day(window)} is not over in {zone}: its figures are brought anew by the "
        "next loads",
    )
    if gap not in transport.gaps:
        transport.gaps.append(gap)
        progress(gap.detail)


def pieces(window: Window, longest: int) -> Iterator[Window]:
    """The window in consecutive pieces of at most `longest` days."""
    start = window[0]
    while start < window[1]:
        end = min(start + timedelta(days=longest), window[1])
        yield start, end
        start = end


def counted(
    client: ApiClient,
    ask: Callable[[], tuple[list[T], Sequence[int | None]]],
    key: Callable[[T], Hashable],
) -> list[T]:
    """What `ask` brings in pages, as many rows as the system says there are.

    `ask`: rows, and the count that each page told (None: it does not say). `key`: what tells rows
    apart. Rows that come and go between two pages push others over the border of the pages, where
    they are missed or come twice, so all are asked for again.

    Raises:
        ApiError: the count was wrong each time.
    """
    for _ in range(_COUNTS):
        rows, told = ask()
        # The highest: where the count fell, a row may have moved up into a page that was read.
        announced = max((count for count in told if count is not None), default=None)
        sent = len({key(row) for row in rows})
        if announced is None or len(rows) == announced == sent:
            return rows
        client.progress(f"{client.system} told of {announced} rows and sent {sent}: asking again")
        client.transport.sleep(_COUNT_PAUSE)
    raise ApiError(
        f"{client.system} told of {announced} rows and sent {sent}, {_COUNTS} times",
        remedy="run the load again later; nothing was half-loaded",
    )


def in_halves(window: Window, ask: Callable[[Window], T], progress: Progress) -> Iterator[T]:
    """`ask(window)`; where it says RangeTooLargeError, both halves of the window, down to a day."""
    try:
        yield ask(window)
    except RangeTooLargeError:
        days = days_of(window)
        if days <= 1:
            raise
        middle = window[0] + timedelta(days=days // 2)
        progress(f"the period {window[0]} to {last_day(window)} is too large, asking for halves")
        yield from in_halves((window[0], middle), ask, progress)
        yield from in_halves((middle, window[1]), ask, progress)


# --- tables --------------------------------------------------------------------------------------


def as_text(value: object) -> str | None:
    """A JSON value as the text an export would hold; lists as `[1,2]`, no exponents."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=as_text)
    return str(value)


def text_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> pa.Table:
    """Rows as a table of text columns, in that order; a missing key is NULL."""
    listed = list(rows)
    return pa.table(
        {
            name: pa.array([as_text(row.get(name)) for row in listed], pa.string())
            for name in columns
        }
    )


class NewFields:
    """Reports, once a load, fields of an answer that the pipeline does not know yet."""

    def __init__(self, system: str, known: Iterable[str], progress: Progress) -> None:
        self._system = system
        self._known = set(known)
        self._progress = progress

    def look(self, names: Iterable[str], part: str) -> None:
        new = sorted(set(names) - self._known)
        if new:
            self._known.update(new)
            self._progress(f"{self._system} now also sends {', '.join(new)} in {part}: left out")
