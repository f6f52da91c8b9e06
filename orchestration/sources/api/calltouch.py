"""Calltouch: calls with the tags of the visit they came from.

`[sources.calltouch]`: `site_ids = ["12345"]`, `token_env`, `fields` (names in the diary of what
has another one there: no public document lists them). A name that no call of a load has is told as
a gap; without ids or numbers the load ends. The diary of calls wants and gives the day first
(31/01/2026), unlike the vendor's list of forms; calls of days that were not asked for mean that day
and month were swapped, and end the load.
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
from orchestration.sources.api.records import own_fields, rows_in, tables, unreadable
from orchestration.sources.api.secrecy import keep_out_of_logs
from orchestration.sources.gaps import Gap

SOURCE = "calltouch"
SYSTEM = "Calltouch"

_PAGE = 1000
_DAYS_PER_CALL = 31
_TIME_FORMATS = ("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")
# How the diary writes that a tag is not there.
_PLACEHOLDER = re.compile(r"<.*>")
# Column of `calls` -> name in the diary.
_FIELDS = {
    "call_id": "callId",
    "called_at": "date",
    "phone": "callerNumber",
    "duration_seconds": "duration",
    "is_first_call": "uniqueCall",
    "client_id": "yaClientId",
    "ga_client_id": "clientId",
    **{
        f"utm_{part}": f"utm{part.capitalize()}"
        for part in ("source", "medium", "campaign", "content", "term")
    },
}
_NEEDED = ("call_id", "called_at", "phone")
_TAGS = frozenset(name for name in _FIELDS if name.startswith("utm_") or name.endswith("client_id"))


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
    fields = {**_FIELDS, **own_fields(options, _FIELDS, '{client_id = "yaClientId"}')}

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
    with client:
        calls = [
            (piece, call)
            for site in sites
            for piece in pieces(window, _DAYS_PER_CALL)
            for call in _calls(client, site, token, piece)
        ]
        _tell_missing(client, options, fields, [call for _, call in calls], window)
        rows = [_row(call, fields, piece) for piece, call in calls]
    progress(f"{SYSTEM}: {len(rows)} calls")
    yield from tables(SOURCE, table, rows)


def _tell_missing(
    client: ApiClient,
    options: Options,
    fields: Mapping[str, str],
    calls: list[dict[str, Any]],
    window: Window,
) -> None:
    """What no call has under its name is not empty, but called otherwise."""
    missing = {name: field for name, field in fields.items() if calls and _lack(calls, field)}
    for name in _NEEDED:
        if name in missing:
            raise options.wrong(
                "fields",
                f"names '{missing[name]}' for {name}, which none of {len(calls)} calls has",
                f'{{{name} = "..."}}',
            )
    if missing:
        client.tell_gap(
            Gap(
                "withdrawn",
                *window,
                f"{SYSTEM} gives no {', '.join(missing.values())}: if the account shows them under "
                "another name, set it in [sources.calltouch] fields",
            )
        )


def _lack(calls: list[dict[str, Any]], field: str) -> bool:
    return all(field not in call for call in calls)


def _calls(client: ApiClient, site: str, token: str, window: Window) -> Iterator[dict[str, Any]]:
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
        for record in rows_in(records, SYSTEM):
            got += 1
            yield record
        page += 1
    if got < total:
        raise ApiError(
            f"{SYSTEM} gave {got} of {total} calls of {window[0]} to {last_day(window)}",
            remedy="nothing was half-loaded: run the load again later",
        )


def _row(record: Mapping[str, Any], fields: Mapping[str, str], window: Window) -> dict[str, object]:
    called_at = _time(record.get(fields["called_at"]))
    if not window[0] <= called_at.date() < window[1]:
        raise ApiError(
            f"{SYSTEM} sent calls of other days than {window[0]} to {last_day(window)}: it may "
            "read day and month the other way round",
            remedy="look for a newer version of the pipeline; until then use export files",
        )
    told = {name: record.get(field) for name, field in fields.items()}
    return {
        **told,
        **{name: _tag(told[name]) for name in _TAGS},
        "called_at": called_at.strftime("%Y-%m-%d %H:%M:%S"),
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
