"""The API door of Yandex Metrica.

Visits and hits come from the Logs API: a log is ordered, waited for, downloaded part by part and
cleaned away. An order that a killed load left behind is found in the counter's list and used.
Totals and goal figures by day come from the reporting API, goals and settings of the counter from
the management API.

`[sources.yandex_metrica]`: `counter_ids`; `token_env` (YANDEX_METRICA_TOKEN); `timezone`, the
clock of the counters where it is not the company's; `wait_minutes` (180), how long to wait for a
log; `page_rows` (10000); `hits` (true): false leaves the hits out, by far the largest table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

import pyarrow as pa
import requests
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    LostAnswerError,
    Material,
    NewFields,
    Options,
    Progress,
    QuotaError,
    RangeTooLargeError,
    Retry,
    RetryPolicy,
    Transport,
    Window,
    counted,
    days_of,
    in_halves,
    json_or_none,
    last_day,
    other_days,
    pieces,
    seconds_header,
    text_table,
)
from orchestration.sources.api.records import unreadable
from orchestration.sources.contracts import contract_of
from orchestration.sources.gaps import Gap

SOURCE = "yandex_metrica"
SYSTEM = "Yandex Metrica"
DEFAULT_URL = "https://api-metrika.yandex.net"
DEFAULT_TOKEN = "YANDEX_METRICA_TOKEN"  # noqa: S105 - a name, not a secret

LONGEST_LOG_DAYS = 365
LONGEST_FIELDS_TEXT = 3_000
MOST_METRICS = 20
REPORT_DAYS = 366
ATTRIBUTION = "LASTSIGN"
# What Metrica gives under that name since 25 June 2026, and may call it by.
_ANSWERED_ATTRIBUTIONS = {ATTRIBUTION, "CROSS_DEVICE_LAST_SIGNIFICANT"}
# The reporting API allows 200 requests in five minutes: the pauses must outlast that.
_POLICY = RetryPolicy(attempts=12, first_pause=1, longest_pause=60, budget=1_200)
_REPORT_PAUSE = 301.0
_FIRST_POLL, _LONGEST_POLL = 5.0, 60.0
# Offline conversions are tied to visits for so many days; after that a visit stays as it is.
_DAYS_TO_FINAL = 21
# A prepared log does not say when it was made. Metrica removes it after some days (7, as is said).
_DAYS_OF_A_LOG = 30
_ORDERS = 3  # a failed log, or a lost answer, is ordered anew this many times

_READY = "processed"
_COMING = frozenset({"created", "awaiting_retry"})
_LOST = frozenset({"canceled", "cleaned_by_user", "cleaned_automatically_as_too_old"})
_TOO_COMPLICATED = "Query is too complicated"
_NOT_YET = "Only log of requests in status 'processed'"
_UNKNOWN_FIELD = "Unknown field in the request: "


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[Material]:
    """Material of one raw table. `goals` and `counter_settings` know the present only: one day.

    Raises:
        UserError: settings, secrets, or a window that reaches today.
        ApiError: of any kind; nothing was yielded then.
    """
    options = Options(company, SOURCE)
    counters = options.texts("counter_ids", "[12345678]")
    for counter in counters:
        if not counter.isdigit():
            raise options.wrong("counter_ids", "holds an id that is no number", "[12345678]")
    token = options.secret(transport, "token_env", DEFAULT_TOKEN)
    variable = options.variable("token_env", DEFAULT_TOKEN)
    patience = _Patience()
    client = ApiClient(
        SYSTEM,
        options.base_url(DEFAULT_URL),
        transport,
        lambda response: _judge(client, response, variable, patience),
        progress,
        authorise=lambda: {"Authorization": f"OAuth {token}"},
        secrets=[token],
        policy=_POLICY,
    )
    with client:
        for counter in counters:
            if table in _LOGS:
                _refuse_today(options.zone(company.timezone), window, transport)
                yield from _Logs(client, options, counter, table).parts(window)
            elif table == "daily_report":
                yield _daily_report(client, options, counter, window)
            elif table == "goal_report":
                yield _goal_report(client, options, counter, window)
            elif table in ("goals", "counter_settings"):
                recorded = _recorded_on(client, company, window)
                if recorded and table == "goals":
                    yield _goals(client, counter, recorded)
                elif recorded:
                    yield _counter_settings(client, options, counter, recorded)
            else:
                raise KeyError(table)


def _refuse_today(zone: ZoneInfo, window: Window, transport: Transport) -> None:
    """Metrica takes the days of the counter's clock, `zone`, for past or not."""
    today = transport.now().astimezone(zone).date()
    if window[1] > today:
        raise UserError(
            f"{SYSTEM} gives logs of complete days only, and {last_day(window)} is not over in "
            f"{zone.key}",
            remedy=f"load days up to {today - timedelta(days=1)}, or let the daily run begin later "
            "([schedule] time)",
        )


# --- answers --------------------------------------------------------------------------------------


class _Patience:
    """Whether a load has waited for the five-minute allowance of reports already.

    It and the day's allowance may come under one name (no document tells); only time tells them
    apart.
    """

    is_spent = False


def _judge(
    client: ApiClient, response: requests.Response, variable: str, patience: _Patience
) -> Retry | None:
    status = response.status_code
    if status == 200:
        return None
    answer = json_or_none(response)
    kinds, text = _error_of(answer)
    said = client.quote(text)
    if status == 401 or "unauthorized" in kinds:
        raise AuthError(
            f"{SYSTEM} refuses the token in {variable}",
            status=status,
            remedy=f"get a new token at oauth.yandex.ru and put it into {variable}",
        )
    if status == 403 or "access_denied" in kinds:
        raise AuthError(
            f"{SYSTEM}: the owner of the token in {variable} has no access to the counter: {said}",
            status=status,
            remedy="give that user access to the counter, or correct counter_ids",
        )
    if status in (420, 429) or any(kind.startswith("quota") for kind in kinds):
        return _wait_for_quota(client, response, kinds, said, patience)
    if status >= 500 or kinds & {"backend_error", "timeout"}:
        return Retry(f"the server is in trouble (HTTP {status})")
    if _TOO_COMPLICATED in text:
        raise RangeTooLargeError(f"{SYSTEM}: {said}", status=status)
    if _NOT_YET in text:
        return Retry("the log is not ready after all")
    raise ApiError(
        f"{SYSTEM} refuses the request (HTTP {status}): {said or 'no reason given'}", status=status
    )


def _error_of(answer: Any) -> tuple[set[str], str]:
    """Kinds and text of an error body; nothing for any other body."""
    if not isinstance(answer, dict):
        return set(), ""
    errors = [item for item in answer.get("errors") or [] if isinstance(item, dict)]
    texts = [str(item.get("message", "")) for item in errors]
    return {str(item.get("error_type", "")) for item in errors}, (
        str(answer.get("message") or "") or "; ".join(texts)
    )


def _wait_for_quota(
    client: ApiClient,
    response: requests.Response,
    kinds: set[str],
    said: str,
    patience: _Patience,
) -> Retry:
    if "quota_requests_by_uid" in kinds:
        if "/stat/" in response.url and not patience.is_spent:
            patience.is_spent = True
            return Retry("too many reports in five minutes, or requests in a day", _REPORT_PAUSE)
        tomorrow = client.transport.now().astimezone(UTC).date() + timedelta(days=1)
        raise QuotaError(
            f"{SYSTEM}: the day's allowance of requests is used up: {said}; it is given anew at "
            f"{datetime.combine(tomorrow, time()):%Y-%m-%d %H:%M} UTC",
            status=response.status_code,
            remedy="run the load again after that time; nothing was half-loaded",
        )
    # No such header is documented; one that comes is worth more than a guess.
    wait = seconds_header(response, "Retry-After")
    if wait is not None:
        return Retry("too many requests", wait=max(wait, 1))
    if "quota_requests_by_ip" in kinds:
        return Retry("too many requests a second", wait=1)
    if "quota_parallel_requests" in kinds:
        return Retry("too many requests at once, from this or another program", wait=10)
    return Retry("too many requests")


# --- visits and hits ------------------------------------------------------------------------------

# Raw table (and `source` of the order) -> prefix of its fields.
_LOGS = {"visits": "ym:s:", "hits": "ym:pv:"}


def fields_of(table: str) -> list[str]:
    """Fields to order, as the contract's headers name them, sorted as Yandex's own script does."""
    return sorted(_fields(table, required_only=False))


def _fields(table: str, *, required_only: bool) -> set[str]:
    return {
        header
        for column in contract_of(SOURCE, table).columns
        for header in column.headers
        if header.startswith(_LOGS[table]) and (column.required or not required_only)
    }


# Without it no visit has a channel, so it is not gone without.
_NEEDED = frozenset({"ym:s:lastSignTrafficSource"})


class _LogGoneError(Exception):
    """A prepared log was cleaned away before it was read; never leaves this module."""


class _Logs:
    """Visits or hits of one counter through the Logs API."""

    def __init__(self, client: ApiClient, options: Options, counter: str, table: str) -> None:
        self._client = client
        self._options = options
        self._counter = counter
        self._table = table
        self._base = f"/management/v1/counter/{counter}"
        self._fields = fields_of(table)
        self._required = _fields(table, required_only=True) | (_NEEDED & set(self._fields))
        self._wait_seconds = options.whole("wait_minutes", 180) * 60.0
        self._new_fields = NewFields(SYSTEM, self._fields, client.progress)
        self._outdated: set[int] = set()

    def parts(self, window: Window) -> Iterator[Path]:
        """Downloaded parts of the logs of the window, some days of it a log."""
        for piece in pieces(window, LONGEST_LOG_DAYS):
            for fitting in pieces(piece, self._days_that_fit(piece)):
                for parts in in_halves(fitting, self._log, self._client.progress):
                    yield from parts

    def _query(self, window: Window) -> dict[str, str]:
        fields = ",".join(self._fields)
        if len(fields) > LONGEST_FIELDS_TEXT:
            raise ApiError(
                f"{SYSTEM} takes at most {LONGEST_FIELDS_TEXT} characters of field names"
            )
        return {
            "date1": window[0].isoformat(),
            "date2": last_day(window).isoformat(),
            "source": self._table,
            "fields": fields,
            "attribution": ATTRIBUTION,
        }

    def _days_that_fit(self, window: Window) -> int:
        """How many days one log may hold; drops fields this counter does not know."""
        while True:
            try:
                answer = self._client.json(
                    "GET", f"{self._base}/logrequests/evaluate", params=self._query(window)
                )
                break
            except ApiError as error:
                self._drop_unknown_field(error, window)
        evaluation = _object(answer, "log_request_evaluation")
        if evaluation.get("possible"):
            return days_of(window)
        fewer = int(evaluation.get("max_possible_day_quantity") or 0)
        if fewer < 1:
            raise QuotaError(
                f"{SYSTEM}: the space for prepared logs of counter {self._counter} is full",
                remedy="delete prepared logs of other programs (Logs API, clean), or wait until "
                "Metrica removes them by itself, and run the load again",
            )
        self._client.progress(
            f"{SYSTEM}: {days_of(window)} days are too much for one log, {fewer} at a time will do"
        )
        return min(fewer, days_of(window))

    def _drop_unknown_field(self, error: ApiError, window: Window) -> None:
        """Go without an optional field that Metrica has withdrawn; any other error goes on."""
        _, found, rest = error.message.partition(_UNKNOWN_FIELD)
        name = rest.split(" ")[0].rstrip(".,;") if found else ""
        if name not in self._fields or name in self._required:
            if error.status == 400 and not found:
                self._refuse_the_counters_today(window)
            raise error
        self._fields.remove(name)
        detail = f"{SYSTEM} no longer gives {name}: its column stays empty"
        self._client.tell_gap(Gap("withdrawn", *window, detail))

    def _refuse_the_counters_today(self, window: Window) -> None:
        """Say it in clear words where the counter's day is not over and the settings' is."""
        answer = self._client.json("GET", self._base)
        name = str(_object(answer, "counter").get("time_zone_name"))
        if name in available_timezones():
            _refuse_today(ZoneInfo(name), window, self._client.transport)

    def _log(self, window: Window) -> list[Path]:
        self._leave_outdated(window)
        for _ in range(_ORDERS):
            request = self._wait(self._found(window) or self._ordered(window))
            if request is None:
                continue
            # An empty log has no parts at all, or an empty list of them.
            numbers = [int(part["part_number"]) for part in request.get("parts") or []]
            sizes = {
                int(part["part_number"]): int(part.get("size") or 0)
                for part in request.get("parts") or []
            }
            try:
                paths = [
                    self._part(request["request_id"], number, window, sizes[number])
                    for number in sorted(numbers)
                ]
            except _LogGoneError:
                self._client.progress(f"{SYSTEM}: log {request['request_id']} is gone")
                continue
            self._clean(request["request_id"])
            return paths
        raise ApiError(
            f"{SYSTEM} failed to prepare the {self._table} of {window[0]} to {last_day(window)}, "
            f"{_ORDERS} times",
            remedy="run the load again later; nothing was half-loaded",
        )

    def _leave_outdated(self, window: Window) -> None:
        """Clean away equal logs that were prepared at an unknown time and may tell figures of then.

        A log of yesterday was made today, and one of days that are long over was made when they
        were final. What is still being prepared will tell the figures of now.
        """
        zone = self._options.zone(self._options.company.timezone)
        today = self._client.transport.now().astimezone(zone).date()
        ended = (today - last_day(window)).days
        if ended <= 1 or ended >= _DAYS_TO_FINAL + _DAYS_OF_A_LOG:
            return
        for request in self._equal_orders(window):
            if request.get("status") == _READY:
                number = request["request_id"]
                self._client.progress(
                    f"{SYSTEM}: log {number} was prepared earlier and may be out of date, ordering "
                    "anew"
                )
                self._outdated.add(number)
                self._clean(number)

    def _found(self, window: Window) -> dict[str, Any] | None:
        """An equal order of an earlier, killed load; ordering twice would use up space and time."""
        for request in self._equal_orders(window):
            number = request["request_id"]
            if request.get("status") in _COMING | {_READY} and number not in self._outdated:
                self._client.progress(f"{SYSTEM}: using the log {number} ordered before")
                return self._state(number)
        return None

    def _equal_orders(self, window: Window) -> list[dict[str, Any]]:
        answer = self._client.json("GET", f"{self._base}/logrequests")
        wanted = self._query(window)
        return [
            request
            for request in answer.get("requests") or []
            if request.get("source") == self._table
            and request.get("date1") == wanted["date1"]
            and request.get("date2") == wanted["date2"]
            and set(request.get("fields") or []) == set(self._fields)
            and str(request.get("attribution", ATTRIBUTION)).upper() in _ANSWERED_ATTRIBUTIONS
        ]

    def _ordered(self, window: Window) -> dict[str, Any] | None:
        """A new order; None when no answer came, so that the next turn looks for it in the list."""
        try:
            answer = self._client.json(
                "POST",
                f"{self._base}/logrequests",
                params=self._query(window),
                judge=self._judge_order,
                repeatable=False,
            )
        except LostAnswerError as error:
            self._client.progress(f"{error.message}; looking whether the log was ordered")
            self._client.transport.sleep(_FIRST_POLL)
            return None
        except ApiError as error:
            # How a lack of space is told is not documented; `evaluate` knows of it.
            if error.status == 400 and self._days_that_fit(window) < days_of(window):
                raise RangeTooLargeError(f"{SYSTEM}: {error.message}", status=400) from None
            raise
        return _object(answer, "log_request")

    def _judge_order(self, response: requests.Response) -> Retry | None:
        """Ordering is not repeatable: what looks like no answer may have made an order."""
        if response.status_code >= 500 or (
            response.status_code == 200 and json_or_none(response) is None
        ):
            raise LostAnswerError(f"{SYSTEM}: no clear answer to the order of a log")
        return self._client.judge(response)

    def _wait(self, request: dict[str, Any] | None) -> dict[str, Any] | None:
        """The request when it is processed; None when it came to nothing."""
        waited, pause = 0.0, _FIRST_POLL
        while request is not None:
            status = request.get("status")
            if status == _READY:
                return request
            if status in _LOST or status == "processing_failed":
                self._client.progress(f"{SYSTEM}: log {request['request_id']} ended as {status}")
                return None
            if waited + pause > self._wait_seconds:
                raise ApiError(
                    f"{SYSTEM} has not prepared log {request['request_id']} within "
                    f"{self._wait_seconds / 60:.0f} minutes",
                    remedy="run the load again later: the log goes on being prepared and is found; "
                    f"or raise wait_minutes in [sources.{SOURCE}]",
                )
            self._client.progress(
                f"{SYSTEM}: log {request['request_id']} is {status}, looking again in {pause:.0f} s"
            )
            self._client.transport.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, _LONGEST_POLL)
            request = self._state(request["request_id"])
        return None

    def _state(self, request_id: int) -> dict[str, Any] | None:
        """The log as it is now; None when Metrica knows it no more."""
        try:
            answer = self._client.json("GET", f"{self._base}/logrequest/{request_id}")
        except ApiError as error:
            if error.status == 404:
                self._client.progress(f"{SYSTEM}: log {request_id} is gone")
                return None
            raise
        return _object(answer, "log_request")

    def _part(self, request_id: int, number: int, window: Window, size: int) -> Path:
        name = (
            f"{self._table}_{self._counter}_{window[0]}_{last_day(window)}_{request_id}_"
            f"{number:03d}.tsv"
        )
        seen: set[int] = set()

        def judge(response: requests.Response) -> Retry | None:
            if response.status_code in (400, 404):
                state = self._state(request_id)
                if state is None or state.get("status") in _LOST:
                    raise _LogGoneError
            return self._client.judge(response)

        def check(path: Path) -> str | None:
            length = path.stat().st_size
            # The same end twice is the export's own, however it looks; the cleaning judges it.
            if length in seen or not _looks_cut(path, size):
                self._check_header(path)
                return None
            seen.add(length)
            return "the download seems to be cut off"

        return self._client.download(
            "GET",
            f"{self._base}/logrequest/{request_id}/part/{number}/download",
            name,
            judge=judge,
            check=check,
        )

    def _check_header(self, path: Path) -> None:
        header = _header_of(path)
        missing = sorted(self._required - set(header))
        if missing:
            raise ApiError(
                f"{SYSTEM} sent {self._table} without {', '.join(missing)}",
                remedy="look for a newer version of the pipeline; until then use export files",
            )
        self._new_fields.look(header, f"the {self._table}")

    def _clean(self, request_id: int) -> None:
        """Free the counter's space. A failure costs space, not data, and Metrica cleans up too."""
        try:
            self._client.send("POST", f"{self._base}/logrequest/{request_id}/clean")
        except ApiError as error:
            self._client.progress(f"{SYSTEM}: log {request_id} was not cleaned: {error.message}")


def _object(answer: Any, key: str) -> dict[str, Any]:
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, dict):
        raise ApiError(
            f"{SYSTEM} sent an answer without {key}",
            remedy="look for a newer version of the pipeline; until then use export files",
        )
    return value


def _header_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return stream.readline().rstrip("\r\n").split("\t")


def _looks_cut(path: Path, size: int) -> bool:
    """Whether the last line is not whole. `size`: bytes as the API told, 0 = unknown."""
    length = path.stat().st_size
    columns = len(_header_of(path))
    with path.open("rb") as stream:
        stream.seek(max(0, length - (1 << 20)))
        tail = stream.read()
    last_line = tail.rstrip(b"\r\n").rpartition(b"\n")[2]
    if last_line.count(b"\t") != columns - 1:
        return True
    return not tail.endswith(b"\n") and 0 < length < size


# --- reports --------------------------------------------------------------------------------------


class OffsetFromOne(BasePaginator):
    """Pages of the reporting API: the first row has the number 1."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._offset = 1

    def init_request(self, request: requests.Request) -> None:
        self.update_request(request)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        answer = response.json()
        rows = len(data or [])
        self._offset += rows
        total = answer.get("total_rows")
        if answer.get("total_rows_rounded") or total is None:
            self._has_next_page = rows >= self._limit
        else:
            self._has_next_page = rows > 0 and self._offset <= int(total)

    def update_request(self, request: requests.Request) -> None:
        parameters = cast("dict[str, Any]", request.params)
        parameters.update(limit=self._limit, offset=self._offset)


def _report(
    client: ApiClient, options: Options, counter: str, window: Window, metrics: Sequence[str]
) -> list[dict[str, object]]:
    """Rows by day: `date`, `sample_share`, `is_sampled` and the metrics by their names."""
    limit = options.whole("page_rows", 10_000)
    if limit > 100_000:
        raise options.wrong("page_rows", "must be between 1 and 100000", "10000")
    new_fields = NewFields(SYSTEM, {"dimensions", "metrics"}, client.progress)

    def ask(part: Window) -> tuple[list[dict[str, object]], list[int | None]]:
        rows: list[dict[str, object]] = []
        announced: list[int | None] = []
        pages = client.pages(
            "/stat/v1/data",
            OffsetFromOne(limit),
            "data",
            params={
                "ids": counter,
                "metrics": ",".join(metrics),
                "dimensions": "ym:s:date",
                "date1": part[0].isoformat(),
                "date2": last_day(part).isoformat(),
                "sort": "ym:s:date",
                "accuracy": "full",
            },
        )
        for page in pages:
            whole = page.response.json()
            if "data" not in whole:
                raise unreadable(SYSTEM, "an answer without its rows")
            flags = {
                "sample_share": whole.get("sample_share", 1),
                "is_sampled": bool(whole.get("sampled")),
            }
            for item in page:
                new_fields.look(item, "its report")
                rows.append(_report_row(item, metrics) | flags)
            _say_what_is_withheld(client, counter, part, whole)
            total = whole.get("total_rows")
            is_known = total is not None and not whole.get("total_rows_rounded")
            announced.append(int(total) if is_known else None)
        return rows, announced

    def ask_whole(part: Window) -> list[dict[str, object]]:
        return counted(client, lambda: ask(part), lambda row: str(row["date"]))

    return [
        row
        for piece in pieces(window, REPORT_DAYS)
        for part in in_halves(piece, ask_whole, client.progress)
        for row in part
    ]


def _report_row(item: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, object]:
    dimension = item["dimensions"][0]
    values = item["metrics"]
    if len(values) != len(metrics):
        raise ApiError(f"{SYSTEM} sent {len(values)} figures where {len(metrics)} were asked for")
    # `name` depends on the language where there is an `id` beside it.
    return {
        "date": dimension.get("id") or dimension["name"],
        **dict(zip(metrics, values, strict=True)),
    }


def _say_what_is_withheld(
    client: ApiClient, counter: str, window: Window, answer: Mapping[str, Any]
) -> None:
    days = f"counter {counter}, {window[0]} to {last_day(window)}"
    if answer.get("sampled"):
        share = float(answer.get("sample_share") or 0)
        detail = (
            f"{SYSTEM}: the report of {days} rests on a sample of {share:.0%}, though the full "
            "accuracy was asked for; its rows are marked is_sampled"
        )
        client.tell_gap(Gap("sampled", *window, detail, share))
    if answer.get("contains_sensitive_data"):
        detail = f"{SYSTEM}: rows of too few visitors are withheld in the report of {days}"
        client.tell_gap(Gap("thresholded", *window, detail))


_DAILY_METRICS = {
    "ym:s:visits": "visits",
    "ym:s:users": "users",
    "ym:s:pageviews": "page_views",
    "ym:s:robotVisits": "robot_visits",
    "ym:s:bounceRate": "bounce_percent",
}


def _daily_report(client: ApiClient, options: Options, counter: str, window: Window) -> pa.Table:
    rows = _report(client, options, counter, window, list(_DAILY_METRICS))
    named = [
        {_DAILY_METRICS.get(name, name): value for name, value in row.items()}
        | {"counter_id": counter}
        for row in rows
    ]
    _say_missing_days(client, counter, window, [row["date"] for row in named])
    return _table("daily_report", named)


def _say_missing_days(
    client: ApiClient, counter: str, window: Window, days: Sequence[object]
) -> None:
    missing = days_of(window) - len(set(days))
    if missing > 0:
        client.progress(
            f"{SYSTEM}: the report of counter {counter} has no visits on {missing} of "
            f"{days_of(window)} days"
        )


def _goal_report(client: ApiClient, options: Options, counter: str, window: Window) -> pa.Table:
    goals = [str(int(goal["id"])) for goal in _goal_list(client, counter)]
    rows: list[dict[str, object]] = []
    at_once = MOST_METRICS // 2
    for start in range(0, len(goals), at_once):
        some = goals[start : start + at_once]
        metrics = [f"ym:s:goal{goal}{figure}" for goal in some for figure in ("reaches", "visits")]
        for row in _report(client, options, counter, window, metrics):
            rows += [
                {
                    "date": row["date"],
                    "counter_id": counter,
                    "goal_id": goal,
                    "reaches": row[f"ym:s:goal{goal}reaches"],
                    "converted_visits": row[f"ym:s:goal{goal}visits"],
                    "sample_share": row["sample_share"],
                    "is_sampled": row["is_sampled"],
                }
                for goal in some
            ]
    return _table("goal_report", rows)


# --- goals and settings ---------------------------------------------------------------------------


def _goal_list(client: ApiClient, counter: str) -> list[dict[str, Any]]:
    answer = client.json("GET", f"/management/v1/counter/{counter}/goals")
    goals = answer.get("goals") if isinstance(answer, dict) else None
    if not isinstance(goals, list):
        raise ApiError(f"{SYSTEM} sent no list of goals for counter {counter}")
    return goals


def _recorded_on(client: ApiClient, company: Company, window: Window) -> date | None:
    """The day that the present state stands for; None when the window asks for the past only.

    The state found on the day after the window closes its last day: settings change by hand and
    seldom, a load at any hour of that day will do.
    """
    today = client.transport.now().astimezone(ZoneInfo(company.timezone)).date()
    if window[0] <= today < window[1]:
        return today
    if today == window[1]:
        return last_day(window)
    client.progress(
        f"{SYSTEM} shows goals and settings as they are today only: {window[0]} to "
        f"{last_day(window)} stay as they are"
    )
    return None


def _goals(client: ApiClient, counter: str, recorded: date) -> pa.Table:
    return _table(
        "goals",
        [
            {
                "recorded_on": recorded,
                "counter_id": counter,
                "goal_id": goal["id"],
                "goal_name": goal.get("name"),
                "goal_type": goal.get("type"),
                "goal_source": goal.get("goal_source"),
                "conditions": goal.get("conditions") or goal.get("steps"),
            }
            for goal in _goal_list(client, counter)
        ],
    )


def _counter_settings(
    client: ApiClient, options: Options, counter: str, recorded: date
) -> pa.Table:
    answer = client.json("GET", f"/management/v1/counter/{counter}")
    found = _object(answer, "counter")
    zone = found.get("time_zone_name")
    if zone and (text := other_days(SYSTEM, f"counter {counter}", zone, options.company)):
        if options.zone(options.company.timezone).key != zone:
            text += f'; and times with them, unless timezone = "{zone}" in [sources.{SOURCE}]'
        client.progress(text)
    site = found.get("site2")
    return _table(
        "counter_settings",
        [
            {
                "recorded_on": recorded,
                "counter_id": counter,
                "counter_name": found.get("name"),
                "site": site.get("site") if isinstance(site, dict) else found.get("site"),
                "status": found.get("status"),
                "code_status": found.get("code_status"),
                "time_zone": zone,
                "robot_filter": found.get("filter_robots"),
                "time_zone_offset_minutes": found.get("time_zone_offset"),
                "visit_timeout_seconds": found.get("visit_threshold"),
                "has_auto_goals": found.get("autogoals_enabled"),
            }
        ],
    )


def _table(table: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    return text_table(rows, [column.name for column in contract_of(SOURCE, table).columns])
