"""The API door of Yandex Direct: the Reports service, one TSV report by day, ad and network.

Direct makes a report when it has time: the same request is sent until the answer is 200. The name
of a report is a hash of its parameters and of the hour: a load that was killed finds its report
again, and a load an hour later does not get yesterday's figures from Direct's own store.

`[sources.yandex_direct]`: `token_env` (YANDEX_DIRECT_TOKEN); `client_logins`, for tokens of an
agency; `includes_vat` decides whether money comes with VAT; `currency` must be that of the account;
`level` (ad): the finest thing a row tells, `campaign`, `ad_group` or `ad`;
`operator_units` (false): an agency's points pay instead of the client's; `api_version` (v5);
`timezone` (Europe/Moscow), whose days Direct's are; `most_rows` (1000000), what a report holds at
most.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
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
    days_of,
    in_halves,
    last_day,
    other_days,
    seconds_header,
    tell_unfinished,
    utc_text,
)
from orchestration.sources.contracts import contract_of

SOURCE = "yandex_direct"
SYSTEM = "Yandex Direct"
DEFAULT_URL = "https://api.direct.yandex.com"
DEFAULT_TOKEN = "YANDEX_DIRECT_TOKEN"  # noqa: S105 - a name, not a secret

DEFAULT_VERSION = "v5"
DEFAULT_ZONE = contract_of(SOURCE, "ad_stats").timezone or "Europe/Moscow"
MOST_ROWS = 1_000_000

YEARS_KEPT = 3
# What a row tells of its place, from the coarsest level to the finest.
LEVELS = {
    "campaign": ("CampaignId", "CampaignName"),
    "ad_group": ("AdGroupId", "AdGroupName"),
    "ad": ("AdId",),
}
DEFAULT_LEVEL = "ad"
_FIGURES = ("AdNetworkType", "Impressions", "Clicks", "Cost", "Conversions")
_OPTIONAL = {"CampaignName", "AdGroupName", "AdNetworkType", "Conversions"}

_REPORTS, _CAMPAIGNS, _CHANGES, _CLIENTS = "/reports", "/campaigns", "/changes", "/clients"
_CAMPAIGNS_AT_ONCE = 10_000
_CHECKED_AT_ONCE = 3_000
# The budget is for reports that take their time; failures end after six.
_POLICY = RetryPolicy(attempts=6, first_pause=2, longest_pause=60, budget=3_600)

_SERVER_TROUBLE = {52, 1000, 1001, 1002}
_TOKEN = 53
_NO_RIGHTS = {54, 58}
_TOO_FAST = {56, 506}
_OUT_OF_UNITS = 152
_QUEUE_FULL = 9000


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[Material]:
    """TSV reports of `ad_stats` under the line of columns, one or more a login.

    Raises:
        UserError: settings, secrets, or a window older than the three years that Direct keeps.
        ApiError: of any kind; nothing was yielded then.
    """
    if table != "ad_stats":
        raise KeyError(table)
    oldest = oldest_day(transport.now())
    if window[0] < oldest:
        raise UserError(
            f"{SYSTEM} keeps statistics of the last {YEARS_KEPT} years, and {window[0]} is older",
            remedy=f"load from {oldest}: set first_date under [sources.{SOURCE}], or bring older "
            "days as export files",
        )
    options = Options(company, SOURCE)
    _say_whose_days(options, window, transport, progress)
    for login in _logins(options):
        with _client(options, login, transport, progress) as client:
            _check_currency(client, company)
            yield from in_halves(window, _Reports(client, options, login).report, progress)


def extended_window(
    company: Company, window: Window, since: datetime, transport: Transport, progress: Progress
) -> Window:
    """The window, begun earlier where Direct has corrected older days since the last load.

    `since`: moment of the last good load, with zone. Not before the source's first date, nor
    before what Direct keeps.
    """
    options = Options(company, SOURCE)
    starts = [window[0]]
    for login in _logins(options):
        with _client(options, login, transport, progress) as client:
            starts += _border_dates(client, since)
    settings = company.source(SOURCE)
    floor = max(
        (settings.first_date if settings else None) or company.first_date,
        oldest_day(transport.now()),
    )
    start = max(min(starts), min(floor, window[0]))
    if start < window[0]:
        progress(f"{SYSTEM} has corrected figures since the last load, back to {start}")
    return start, window[1]


def count_campaigns(company: Company, transport: Transport, progress: Progress) -> int:
    """How many campaigns the token shows: the smallest question that proves access.

    Raises:
        UserError: settings, secrets, or what the API said.
    """
    options = Options(company, SOURCE)
    count = 0
    for login in _logins(options):
        with _client(options, login, transport, progress) as client:
            _check_currency(client, company)
            count += len(_campaign_ids(client))
    return count


def oldest_day(now: datetime) -> date:
    """The first day that Direct still has figures of."""
    day = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    try:
        return day.replace(year=day.year - YEARS_KEPT)
    except ValueError:  # 29 February
        return day.replace(year=day.year - YEARS_KEPT, day=28)


def _logins(options: Options) -> list[str]:
    return options.texts("client_logins", '["login"]', [""])


def _say_whose_days(
    options: Options, window: Window, transport: Transport, progress: Progress
) -> None:
    zone = options.zone(DEFAULT_ZONE)
    if text := other_days(SYSTEM, "its reports", zone.key, options.company):
        progress(text)
    tell_unfinished(transport, progress, SYSTEM, window, zone.key)


def _client(options: Options, login: str, transport: Transport, progress: Progress) -> ApiClient:
    version = options.text("api_version", f'"{DEFAULT_VERSION}"', DEFAULT_VERSION)
    if not re.fullmatch(r"v\d+", version):
        raise options.wrong("api_version", "must be a version", f'"{DEFAULT_VERSION}"')
    token = options.secret(transport, "token_env", DEFAULT_TOKEN)
    variable = options.variable("token_env", DEFAULT_TOKEN)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    if login:
        headers["Client-Login"] = login
    if options.get("operator_units", False):
        headers["Use-Operator-Units"] = "true"
    client = ApiClient(
        SYSTEM,
        f"{options.base_url(DEFAULT_URL)}/json/{version}",
        transport,
        lambda response: _judge(client, response, variable),
        progress,
        authorise=lambda: headers,
        secrets=[token],
        policy=_POLICY,
    )
    return client


# --- answers --------------------------------------------------------------------------------------


def _judge(client: ApiClient, response: requests.Response, variable: str) -> Retry | None:
    status = response.status_code
    if status in (201, 202):
        queue = response.headers.get("reportsInQueue")
        # A wait of 0 would ask without end.
        wait = max(seconds_header(response, "retryIn") or 10, 1)
        state = "queued the report" if status == 201 else "is making the report"
        return Retry(state + (f" ({queue} in its queue)" if queue else ""), wait, is_failure=False)
    error = _error_in(response.content)
    if error is not None:
        return _judge_error(client, error, status, variable)
    if status == 200:
        return None
    if status >= 500:
        return Retry(f"the server is in trouble (HTTP {status})")
    raise ApiError(f"{SYSTEM} refuses the request (HTTP {status})", status=status)


def _judge_error(client: ApiClient, error: Mapping[str, Any], status: int, variable: str) -> Retry:
    code = _number(error.get("error_code"))
    said = client.quote(
        ". ".join(str(error[key]) for key in ("error_string", "error_detail") if error.get(key))
    )
    if code == _TOKEN:
        raise AuthError(
            f"{SYSTEM} refuses the token in {variable}: {said}",
            status=status,
            remedy=f"get a new token at oauth.yandex.ru and put it into {variable}",
        )
    if code in _NO_RIGHTS:
        raise AuthError(
            f"{SYSTEM}: the owner of the token in {variable} has no rights: {said}",
            status=status,
            remedy="check client_logins, the access of that user, and that the application's "
            "request for access to the API is approved",
        )
    if code == _OUT_OF_UNITS:
        soonest = utc_text(client.transport.now() + timedelta(hours=1))
        raise QuotaError(
            f"{SYSTEM}: the points of this account are used up: {said.rstrip('.')}; some are given "
            f"anew by {soonest}",
            status=status,
            remedy="points come back hour by hour within 24 hours: run the load again after that "
            "time; nothing was half-loaded; an agency may spend its own: operator_units = true "
            f"under [sources.{SOURCE}]",
        )
    if code == _QUEUE_FULL:
        return Retry("the queue of reports is full", wait=30, is_failure=False)
    if code in _TOO_FAST:
        return Retry("too many requests", wait=10)
    if code in _SERVER_TROUBLE or status >= 500:
        return Retry(f"the server is in trouble (error {code})")
    raise ApiError(f"{SYSTEM} refuses the request (error {code}): {said}", status=status)


def _error_in(body: bytes) -> Mapping[str, Any] | None:
    """The error in a body; the services beside Reports send it with HTTP 200."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, dict) else None


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1


# --- reports --------------------------------------------------------------------------------------


class _Reports:
    """Reports of one login."""

    def __init__(self, client: ApiClient, options: Options, login: str) -> None:
        self._client = client
        settings = options.company.source(SOURCE)
        self._with_vat = "YES" if settings is None or settings.includes_vat else "NO"
        self._variable = options.variable("token_env", DEFAULT_TOKEN)
        self._login = login
        self._hour = client.transport.now().astimezone(UTC).strftime("%Y%m%d%H")
        self._fields = _fields(options)
        self._new_fields = NewFields(SYSTEM, self._fields, client.progress)
        self._most_rows = options.whole("most_rows", MOST_ROWS)

    def report(self, window: Window) -> Path:
        """The report of a window, complete by its own sum line."""
        body = self._body(window)
        name = f"ad_stats_{window[0]}_{last_day(window)}_{body['params']['ReportName'][-12:]}.tsv"

        def judge(response: requests.Response) -> Retry | None:
            if response.status_code == 502 and days_of(window) > 1:
                raise RangeTooLargeError(f"{SYSTEM}: the report takes too long", status=502)
            return self._client.judge(response)

        return self._client.download(
            "POST",
            _REPORTS,
            name,
            data=json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "processingMode": "auto",
                "returnMoneyInMicros": "false",
                "skipReportHeader": "true",
            },
            judge=judge,
            check=lambda path: self._check(path, window),
        )

    def _body(self, window: Window) -> dict[str, Any]:
        params: dict[str, Any] = {
            "SelectionCriteria": {
                "DateFrom": window[0].isoformat(),
                "DateTo": last_day(window).isoformat(),
            },
            "FieldNames": list(self._fields),
            "OrderBy": [{"Field": "Date"}],
            "ReportType": "CUSTOM_REPORT",
            "DateRangeType": "CUSTOM_DATE",
            "Format": "TSV",
            "IncludeVAT": self._with_vat,
            "IncludeDiscount": "NO",
        }
        key = json.dumps([params, self._login, self._hour], sort_keys=True)
        params["ReportName"] = f"kpi-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        return {"params": params}

    def _check(self, path: Path, window: Window) -> str | None:
        """Hold the report against its last line, the number of its rows, and take that line off.

        The words of the last line are documented nowhere: all that counts is its number.
        """
        with path.open("rb") as stream:
            top = stream.readline()
            rows, last, start, end = -1, b"", 0, len(top)
            for rows, last in enumerate(stream):  # noqa: B007 - the last number is the count
                start, end = end, end + len(last)
        if top.startswith(b"{") and (error := _error_in(path.read_bytes())):
            return _judge_error(self._client, error, 200, self._variable).reason
        header = top.decode("utf-8", "replace").rstrip("\r\n").split("\t")
        if header == [""]:
            return "the report is empty"
        if header[0].startswith("<"):
            return "an HTML page came in place of the report"
        if _sum_of(last.decode("utf-8", "replace")) != rows:
            return "the report is cut off"
        missing = sorted(set(self._fields) - _OPTIONAL - set(header))
        if missing:
            raise ApiError(
                f"{SYSTEM} sent a report without {', '.join(missing)}",
                remedy="look for a newer version of the pipeline; until then use export files",
            )
        if rows >= self._most_rows:
            raise RangeTooLargeError(
                f"{SYSTEM} puts at most {self._most_rows} rows into a report, and "
                f"{window[0]} to {last_day(window)} has as many",
                remedy=f"if Direct gives more, set most_rows under [sources.{SOURCE}]",
            )
        self._new_fields.look(header, "the report")
        os.truncate(path, start)
        return None


def _fields(options: Options) -> tuple[str, ...]:
    """Columns of a report of the level in the settings, and of those above it."""
    level = options.text("level", f'"{DEFAULT_LEVEL}"', DEFAULT_LEVEL)
    if level not in LEVELS:
        raise options.wrong("level", f"must be one of {', '.join(LEVELS)}", f'"{DEFAULT_LEVEL}"')
    levels = list(LEVELS)[: list(LEVELS).index(level) + 1]
    places = [field for name in levels for field in LEVELS[name]]
    return ("Date", *places, *_FIGURES)


def _sum_of(line: str) -> int | None:
    """The number in a line of words and one number; None for others, such as a piece of a row."""
    if "\t" in line or not re.search(r"[^\W\d_]", line):
        return None
    digits = "".join(re.findall(r"\d", line))
    return int(digits) if digits else None


# --- the account ---------------------------------------------------------------------------------


def _check_currency(client: ApiClient, company: Company) -> None:
    """Reports name no currency: that of the settings must be that of the account."""
    settings = company.source(SOURCE)
    wanted = (settings.currency if settings else None) or company.currency
    try:
        result = _call(client, _CLIENTS, "get", {"FieldNames": ["Login", "Currency"]})
    except ApiError as error:
        # What keeps the token from everything, the report will say.
        client.progress(f"{SYSTEM}: the currency of the account is not checked: {error.message}")
        return
    found = {str(item["Currency"]) for item in result.get("Clients") or [] if "Currency" in item}
    if found - {wanted}:
        raise UserError(
            f"{SYSTEM} keeps the account in {', '.join(sorted(found))}, and its money is taken for "
            f"{wanted}",
            file=company.directory / COMPANY_FILE,
            remedy=f'write under [sources.{SOURCE}]: currency = "{min(found)}"',
        )


# --- corrections of older days --------------------------------------------------------------------


def _border_dates(client: ApiClient, since: datetime) -> list[date]:
    """Days from which campaigns were corrected since that moment."""
    stamp = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    campaigns = _campaign_ids(client)
    found: list[date] = []
    for start in range(0, len(campaigns), _CHECKED_AT_ONCE):
        params = {
            "CampaignIds": campaigns[start : start + _CHECKED_AT_ONCE],
            "FieldNames": ["CampaignsStat"],
            "Timestamp": stamp,
        }
        result = _call(client, _CHANGES, "check", params)
        # Found both at the top and, as other kinds of changes are, below `Modified`.
        changes = (result.get("Modified") or {}).get("CampaignsStat") or result.get("CampaignsStat")
        found += [date.fromisoformat(item["BorderDate"]) for item in changes or []]
    return found


def _campaign_ids(client: ApiClient) -> list[int]:
    ids: list[int] = []
    offset = 0
    while True:
        params = {
            "SelectionCriteria": {},
            "FieldNames": ["Id"],
            "Page": {"Limit": _CAMPAIGNS_AT_ONCE, "Offset": offset},
        }
        result = _call(client, _CAMPAIGNS, "get", params)
        ids += [int(item["Id"]) for item in result.get("Campaigns") or []]
        following = result.get("LimitedBy")
        if following is None or int(following) <= offset:
            return ids
        offset = int(following)


def _call(
    client: ApiClient, path: str, method: str, params: Mapping[str, Any]
) -> Mapping[str, Any]:
    answer = client.json("POST", path, json_body={"method": method, "params": params})
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise ApiError(f"{SYSTEM} sent an answer without a result")
    return result
