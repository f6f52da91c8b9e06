"""Calltouch: calls with the tags of the visit they came from.

`[sources.calltouch]`: `site_ids = ["12345"]`, `token_env`. The diary of calls wants and gives the
day first (31/01/2026), unlike the vendor's list of forms; calls of days that were not asked for
mean that day and month were swapped, and end the load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import requests

from orchestration.settings import Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    Options,
    Progress,
    Retry,
    Transport,
    Window,
    json_or_none,
    last_day,
    pieces,
    seconds_header,
)
from orchestration.sources.api.records import as_rows, legible, tables, unreadable
from orchestration.sources.api.secrecy import keep_out_of_logs

SOURCE = "calltouch"
SYSTEM = "Calltouch"

_PAGE = 1000
_DAYS_PER_CALL = 31
_TIME_FORMATS = ("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")
# How the diary writes that a tag is not there.
_PLACEHOLDER = re.compile(r"<.*>")


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per call of the window. Times are as the site's account shows them.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then.
        UserError: a setting or the secret is missing.
    """
    options = Options(company, SOURCE)
    sites = options.texts("site_ids", '["12345"]')
    variable = options.variable("token_env", "CALLTOUCH_TOKEN")
    token = options.secret(transport, "token_env", "CALLTOUCH_TOKEN")
    keep_out_of_logs([token])

    def judge(response: requests.Response) -> Retry | None:
        return _judge(client, variable, response)

    client = ApiClient(
        SYSTEM,
        options.base_url("https://api.calltouch.ru"),
        transport,
        judge,
        progress,
        secrets=[token],
    )
    with client, legible(SYSTEM):
        rows = [
            row
            for site in sites
            for piece in pieces(window, _DAYS_PER_CALL)
            for row in _calls(client, site, token, piece)
        ]
    progress(f"{SYSTEM}: {len(rows)} calls")
    yield from tables(SOURCE, table, rows)


def _calls(client: ApiClient, site: str, token: str, window: Window) -> Iterator[dict[str, object]]:
    page, pages, got, total = 1, 1, 0, 0
    while page <= pages:
        answer = client.json(
            "GET",
            f"/calls-service/RestAPI/{site}/calls-diary/calls",
            params={
                "clientApiId": token,
                "dateFrom": _day_first(window[0]),
                "dateTo": _day_first(last_day(window)),
                "page": page,
                "limit": _PAGE,
                "withCallTags": "true",
            },
        )
        try:
            records, pages, total = (
                answer["records"],
                int(answer["pageTotal"]),
                int(answer["recordsTotal"]),
            )
        except (KeyError, TypeError, ValueError):
            raise unreadable(SYSTEM, "a page of calls") from None
        for record in as_rows(records):
            got += 1
            yield _row(record, window)
        page += 1
    if got < total:
        raise ApiError(
            f"{SYSTEM} gave {got} of {total} calls of {window[0]} to {last_day(window)}",
            remedy="nothing was half-loaded: run the load again later",
        )


def _row(record: Mapping[str, Any], window: Window) -> dict[str, object]:
    called_at = _time(record.get("date"))
    if not window[0] <= called_at.date() < window[1]:
        raise ApiError(
            f"{SYSTEM} sent calls of other days than {window[0]} to {last_day(window)}: it may "
            "read day and month the other way round",
            remedy="look for a newer version of the pipeline; until then use export files",
        )
    return {
        "call_id": record.get("callId"),
        "called_at": called_at.strftime("%Y-%m-%d %H:%M:%S"),
        "phone": record.get("callerNumber"),
        "duration_seconds": record.get("duration"),
        "is_first_call": record.get("uniqueCall"),
        "client_id": _tag(record.get("yaClientId")),
        "ga_client_id": _tag(record.get("clientId")),
        **{
            f"utm_{part}": _tag(record.get(f"utm{part.capitalize()}"))
            for part in ("source", "medium", "campaign", "content", "term")
        },
    }


def _day_first(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _time(value: object) -> datetime:
    for layout in _TIME_FORMATS:
        try:
            return datetime.strptime(str(value), layout)  # noqa: DTZ007 - the account's own clock
        except ValueError:
            continue
    raise unreadable(SYSTEM, "a time of a call")


def _tag(value: object) -> object:
    return None if value is None or _PLACEHOLDER.fullmatch(str(value)) else value


def _judge(client: ApiClient, variable: str, response: requests.Response) -> Retry | None:
    status = response.status_code
    if status == 200:
        return None
    if status == 429 or status >= 500:
        return Retry(f"it answers {status}", wait=seconds_header(response, "Retry-After"))
    if status in (401, 403):
        raise AuthError(
            f"{SYSTEM} does not accept the key of the environment variable {variable}",
            status=status,
            remedy=f"copy the API key from the site's settings in Calltouch into {variable}; it "
            "belongs to the site_ids of [sources.calltouch]",
        )
    answer = json_or_none(response)
    text = client.quote(answer.get("message", status)) if isinstance(answer, dict) else status
    raise ApiError(
        f"{SYSTEM} refused the request ({text})",
        status=status,
        remedy="check site_ids in [sources.calltouch]",
    )
