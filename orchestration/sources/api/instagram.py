"""Instagram by the Graph API: followers of business and creator accounts, and what a day brought.

`[sources.instagram.accounts]`: `"@name" = "17841400000000000"`, the id of the account in the Graph
API. `with_statistics = true` asks for joins, leaves, reach and likes too; `metrics` says what
Instagram calls them. `base_url` names graph.instagram.com for tokens of Instagram's own login, or a
proxy, which some countries need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import requests

from orchestration.settings import Company
from orchestration.sources.api.http import (
    AccountError,
    ApiClient,
    AuthError,
    Options,
    Progress,
    QuotaError,
    Retry,
    Transport,
    Window,
    json_or_none,
    utc_text,
)
from orchestration.sources.api.records import (
    as_rows,
    keeping_others,
    mapping_of,
    no_past_counts,
    observed,
    refuse_all_refused,
    snapshot_day,
    tables,
    tell_too_early,
    unreadable,
)
from orchestration.sources.api.secrecy import keep_out_of_logs
from orchestration.sources.gaps import Gap

SOURCE = "instagram"
SYSTEM = "Instagram"
API_VERSION = "v25.0"

# Column -> metric, or metric and one kind of what it is broken down into.
METRICS = {
    "joined": "follows_and_unfollows:FOLLOWER",
    "left_count": "follows_and_unfollows:NON_FOLLOWER",
    "reach": "reach",
    "reactions": "likes",
}
BREAKDOWN = "follow_type"
_METRICS_EXAMPLE = '{reach = "reach", reactions = "likes"}'

_BAD_TOKEN = 190
# Of an application, a user, a page, a custom limit, an Instagram account.
_TOO_MANY = frozenset({4, 17, 32, 613, 80_002})
# Calls are counted over the last hour, so that pauses of minutes do not help for long.
_THROTTLES = 5
_PASSING = frozenset({1, 2})
_NO_RIGHT = frozenset({10, *range(200, 300)})


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per account for the day that a count taken now belongs to; see `snapshot_day`.

    An account whose followers are not given has no row: the day stays missing.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then. An account that is refused,
            or its statistics, is left to `transport.errors` where others are counted.
        UserError: a setting or the secret is missing.
    """
    options = Options(company, SOURCE)
    accounts = mapping_of(options, "accounts", '{"@your_name" = "17841400000000000"}')
    if not accounts:
        raise options.wrong("accounts", "is missing", '{"@your_name" = "17841400000000000"}')
    variable = options.variable("token_env", "INSTAGRAM_TOKEN")
    token = options.secret(transport, "token_env", "INSTAGRAM_TOKEN")
    version = options.text("api_version", f'"{API_VERSION}"', API_VERSION)
    metrics = _metrics(options)
    day = snapshot_day(company, window, transport.now())
    if day is None:
        progress(no_past_counts(SYSTEM, window))
        return
    keep_out_of_logs([token])
    throttles = count(1)

    def judge(response: requests.Response) -> Retry | None:
        answer = json_or_none(response)
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            error = answer["error"]
            if error.get("code") in _TOO_MANY and _regain_seconds(response) is None:
                _give_up_in_time(client, next(throttles), error)
            return _refusal(client, variable, response, error)
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

    def ask(path: str, **parameters: object) -> dict[str, Any]:
        answer = client.json(
            "GET", f"/{version}/{path}", params={**parameters, "access_token": token}
        )
        if not isinstance(answer, dict):
            raise unreadable(SYSTEM, "an answer")
        return answer

    with client:
        rows: list[dict[str, object]] = []
        with_statistics = options.get("with_statistics", False)
        bounds = _bounds_of(client, company, day) if with_statistics else None
        for account, identifier in accounts.items():
            answer: dict[str, Any] | None = None
            with keeping_others(transport):
                answer = ask(identifier, fields="followers_count")
            if answer is None:
                continue
            followers = answer.get("followers_count")
            if isinstance(followers, bool) or not isinstance(followers, int):
                detail = f"{SYSTEM}: no followers given for {account}, {day} stays missing"
                client.tell_gap(Gap("hidden", day, day + timedelta(days=1), detail))
                continue
            row = observed(day, account, followers, transport.now())
            if bounds is not None:
                figures: dict[str, int] = {}
                with keeping_others(transport):
                    for query in _queries(metrics):
                        figures |= _figures(ask(f"{identifier}/insights", **query, **bounds))
                row |= {column: figures.get(metric) for column, metric in metrics.items()}
            rows.append(row)
        refuse_all_refused(transport, rows)
    progress(f"{SYSTEM}: {len(rows)} accounts counted for {day}")
    yield from tables(SOURCE, table, rows)


def _metrics(options: Options) -> dict[str, str]:
    """Columns that are asked for, with the names of Instagram; an empty name leaves one out."""
    own = mapping_of(options, "metrics", _METRICS_EXAMPLE)
    unknown = sorted(own.keys() - METRICS.keys())
    if unknown:
        raise options.wrong("metrics", f"has the unknown name '{unknown[0]}'", _METRICS_EXAMPLE)
    return {column: metric for column, metric in {**METRICS, **own}.items() if metric}


def _bounds_of(client: ApiClient, company: Company, day: date) -> dict[str, int] | None:
    """The company's day in unix seconds; None before it is over, when its figures are a part."""
    zone = ZoneInfo(company.timezone)
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    if client.transport.now() < end:
        tell_too_early(client, SYSTEM, day)
        return None
    return {"since": int(start.timestamp()), "until": int(end.timestamp())}


def _queries(metrics: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Plain metrics in one call, each of the broken down ones in its own."""
    plain = dict.fromkeys(metric for metric in metrics.values() if ":" not in metric)
    broken = dict.fromkeys(metric.split(":")[0] for metric in metrics.values() if ":" in metric)
    fixed: dict[str, object] = {"period": "day", "metric_type": "total_value"}
    if plain:
        yield {**fixed, "metric": ",".join(plain)}
    for metric in broken:
        yield {**fixed, "metric": metric, "breakdown": BREAKDOWN}


def _figures(answer: Mapping[str, Any]) -> dict[str, int]:
    """Totals by `metric` and `metric:kind`. What Instagram does not know it leaves out."""
    found: dict[str, int] = {}
    for item in as_rows(answer["data"]):
        name, total = item["name"], item.get("total_value") or {}
        if isinstance(total.get("value"), int):
            found[name] = total["value"]
        for breakdown in as_rows(total.get("breakdowns")):
            for result in as_rows(breakdown.get("results")):
                found[f"{name}:{result['dimension_values'][0]}"] = result["value"]
    return found


def _give_up_in_time(client: ApiClient, times: int, error: Mapping[str, Any]) -> None:
    """Raises when Instagram has called it too much so often that only an hour will help."""
    if times < _THROTTLES:
        return
    said = client.quote(error.get("message") or error.get("code")).rstrip(".")
    latest = utc_text(client.transport.now() + timedelta(hours=1))
    raise QuotaError(
        f"{SYSTEM}: the hour's allowance of calls is used up: {said}; it is given anew by {latest} "
        "at the latest",
        remedy="run the load again after that time; nothing was half-loaded",
    )


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
    if "/insights" in (response.request.path_url or "").partition("?")[0]:
        raise AccountError(
            f"{SYSTEM} refuses to show the statistics ({text})",
            status=response.status_code,
            remedy="give the token the right instagram_manage_insights, or set with_statistics = "
            "false in [sources.instagram]"
            if code in _NO_RIGHT
            else "see what it calls its metrics now and set metrics in [sources.instagram], or set "
            "with_statistics = false",
        )
    raise AccountError(
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
