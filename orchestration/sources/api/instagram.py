"""Instagram by the Graph API: followers of business and creator accounts now.

`[sources.instagram.accounts]`: `"@name" = "17841400000000000"`, the id of the account in the Graph
API. From some countries `base_url` has to name a proxy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
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
)
from orchestration.sources.api.records import (
    legible,
    mapping_of,
    no_past_counts,
    snapshot_day,
    tables,
    unreadable,
)
from orchestration.sources.api.secrecy import keep_out_of_logs
from orchestration.sources.gaps import Gap

SOURCE = "instagram"
SYSTEM = "Instagram"
API_VERSION = "v23.0"

_BAD_TOKEN = 190
_TOO_MANY = frozenset({4, 17, 32})
_PASSING = frozenset({1, 2})


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per account for the day that a count taken now belongs to; see `snapshot_day`.

    An account whose followers are not given has no row: the day stays missing.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then.
        UserError: a setting or the secret is missing.
    """
    options = Options(company, SOURCE)
    accounts = mapping_of(options, "accounts", '{"@your_name" = "17841400000000000"}')
    if not accounts:
        raise options.wrong("accounts", "is missing", '{"@your_name" = "17841400000000000"}')
    variable = options.variable("token_env", "INSTAGRAM_TOKEN")
    token = options.secret(transport, "token_env", "INSTAGRAM_TOKEN")
    version = options.text("api_version", f'"{API_VERSION}"', API_VERSION)
    day = snapshot_day(company, window, transport.now())
    if day is None:
        progress(no_past_counts(SYSTEM, window))
        return
    keep_out_of_logs([token])

    def judge(response: requests.Response) -> Retry | None:
        answer = json_or_none(response)
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            return _refusal(client, variable, response, answer["error"])
        if response.status_code != 200:
            return Retry(f"it answers {response.status_code}")
        return None

    client = ApiClient(
        SYSTEM,
        options.base_url("https://graph.facebook.com"),
        transport,
        judge,
        progress,
        secrets=[token],
    )
    with client, legible(SYSTEM):
        rows = []
        for account, identifier in accounts.items():
            answer = client.json(
                "GET",
                f"/{version}/{identifier}",
                params={"fields": "followers_count", "access_token": token},
            )
            if not isinstance(answer, dict):
                raise unreadable(SYSTEM, "an answer")
            followers = answer.get("followers_count")
            if isinstance(followers, bool) or not isinstance(followers, int):
                detail = f"{SYSTEM}: no followers given for {account}, {day} stays missing"
                client.tell_gap(Gap("hidden", day, day + timedelta(days=1), detail))
                continue
            rows.append({"date": day.isoformat(), "account": account, "followers": followers})
    progress(f"{SYSTEM}: {len(rows)} accounts counted for {day}")
    yield from tables(SOURCE, table, rows)


def _refusal(
    client: ApiClient, variable: str, response: requests.Response, error: Mapping[str, Any]
) -> Retry:
    """A `Retry` for what passes; an exception for what does not."""
    code = error.get("code")
    text = client.quote(error.get("message") or "no text")
    if code in _TOO_MANY:
        return Retry(f"too many requests (error {code})", wait=_regain_seconds(response))
    if code in _PASSING or response.status_code >= 500:
        return Retry(f"error {code}: {text}")
    if code == _BAD_TOKEN or response.status_code == 401:
        raise AuthError(
            f"{SYSTEM} does not accept the token of the environment variable {variable}",
            status=response.status_code,
            remedy=f"make a new long-lived token and put it into {variable}",
        )
    raise ApiError(
        f"{SYSTEM} refused the request, error {code}: {text}",
        status=response.status_code,
        remedy="check the ids under [sources.instagram.accounts]: only business and creator "
        "accounts that the token's user manages can be counted",
    )


def _regain_seconds(response: requests.Response) -> float | None:
    """The longest wait that the usage header announces, in minutes there; None without one."""
    try:
        usage = json.loads(response.headers.get("X-Business-Use-Case-Usage", ""))
        waits = [
            float(entry["estimated_time_to_regain_access"])
            for entries in usage.values()
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return max(waits, default=0.0) * 60 or None
