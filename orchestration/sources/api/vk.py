"""VK communities: members now, and for managers the joins, leaves and reach of the day.

`[sources.vk]`: `accounts = ["screen_name", "123456"]`, `token_env`, `with_statistics = true` where
the token is that of a user who manages the communities; `api_version`; `base_url` for api.vk.ru. VK
reports errors at HTTP 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import requests

from orchestration.settings import Company
from orchestration.sources.api.http import (
    AccountError,
    ApiClient,
    ApiError,
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

SOURCE = "vk"
SYSTEM = "VK"
VERSION = "5.199"

_GROUPS_PER_CALL = 100
_PASSING = frozenset({1, 6, 9, 10})
# Of a user, a community, an application.
_TOKEN = frozenset({5, 27, 28})
_DENIED = frozenset({7, 15, 203})
_ALLOWANCE = 29
_PARAMETER = 100
_HALF_A_DAY = 43_200


class _ParameterError(ApiError):
    """VK does not take a parameter, such as the name of a community."""


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per community for the day that a count taken now belongs to; see `snapshot_day`.

    A community whose members VK does not show has no row: the day stays missing.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then. A community that is refused,
            or its statistics, is left to `transport.errors` where others are counted.
        UserError: a setting or the secret is missing.
    """
    options = Options(company, SOURCE)
    accounts = options.texts("accounts", '["your_community"]')
    variable = options.variable("token_env", "VK_TOKEN")
    token = options.secret(transport, "token_env", "VK_TOKEN")
    version = options.text("api_version", f'"{VERSION}"', VERSION)
    day = snapshot_day(company, window, transport.now())
    if day is None:
        progress(no_past_counts(SYSTEM, window))
        return
    keep_out_of_logs([token])

    def judge(response: requests.Response) -> Retry | None:
        answer = json_or_none(response)
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            return _refusal(client, variable, answer["error"])
        if response.status_code != 200:
            return Retry(f"it answers {response.status_code}")
        return None

    client = ApiClient(
        SYSTEM,
        options.base_url("https://api.vk.com"),
        transport,
        judge,
        progress,
        authorise=lambda: {"Authorization": f"Bearer {token}"},
        secrets=[token],
    )
    with client:
        rows = []
        groups = _groups(client, version, accounts)
        for account in accounts:
            group: dict[str, Any] = {}
            with keeping_others(transport):
                group = _group_of(groups, account)
            if not group:
                continue
            members = group.get("members_count")
            if isinstance(members, bool) or not isinstance(members, int):
                detail = f"{SYSTEM}: the members of {account} are hidden, {day} stays missing"
                client.tell_gap(Gap("hidden", day, day + timedelta(days=1), detail))
                continue
            row = observed(day, account, members, transport.now())
            if options.get("with_statistics", False):
                with keeping_others(transport):
                    row |= _statistics(client, version, company, group["id"], day)
            rows.append(row)
        refuse_all_refused(transport, rows)
    progress(f"{SYSTEM}: {len(rows)} communities counted for {day}")
    yield from tables(SOURCE, table, rows)


def _call(client: ApiClient, version: str, method: str, parameters: Mapping[str, object]) -> Any:
    # In the body: communities may be many, and addresses stand in logs.
    answer = client.json("POST", f"/method/{method}", data={**parameters, "v": version})
    if not isinstance(answer, dict) or "response" not in answer:
        raise unreadable(SYSTEM, f"an answer to {method}")
    return answer["response"]


def _groups(client: ApiClient, version: str, accounts: list[str]) -> dict[str, dict[str, Any]]:
    """The communities that VK knows, by id and by name."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(accounts), _GROUPS_PER_CALL):
        names = [_bare(name) for name in accounts[start : start + _GROUPS_PER_CALL]]
        for group in _known_groups(client, version, names):
            found[str(group["id"])] = group
            found[str(group.get("screen_name") or "").casefold()] = group
    return found


def _known_groups(client: ApiClient, version: str, names: list[str]) -> list[Any]:
    """Those of some communities that VK knows: it may refuse all for one that it does not."""
    try:
        response = _call(
            client,
            version,
            "groups.getById",
            {"group_ids": ",".join(names), "fields": "members_count"},
        )
    except _ParameterError:
        if len(names) == 1:
            return []
        return [group for name in names for group in _known_groups(client, version, [name])]
    # Up to version 5.131 the answer is the list itself.
    return as_rows(response.get("groups") if isinstance(response, dict) else response)


def _group_of(groups: Mapping[str, dict[str, Any]], account: str) -> dict[str, Any]:
    group = groups.get(_bare(account))
    if group is None:
        raise AccountError(
            f"{SYSTEM} knows no community {account}",
            remedy="check the names under accounts in [sources.vk]",
        )
    return group


def _bare(account: str) -> str:
    """`@name`, `vk.com/name` and `club123` as the API answers them: `name`, `123`."""
    name = account.rstrip("/").rsplit("/", 1)[-1].removeprefix("@").casefold()
    for prefix in ("club", "public"):
        if name.startswith(prefix) and name.removeprefix(prefix).isdigit():
            return name.removeprefix(prefix)
    return name


def _statistics(
    client: ApiClient, version: str, company: Company, group_id: int, day: date
) -> dict[str, int | None]:
    """Joins, leaves and reach of a day; nothing before the day is over, when they are a part.

    VK's own days may begin elsewhere than the company's: the one that shares most hours counts.
    """
    zone = ZoneInfo(company.timezone)
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    now = client.transport.now()
    if now < end:
        tell_too_early(client, SYSTEM, day)
        return {}
    response = _call(
        client,
        version,
        "stats.get",
        {
            "group_id": group_id,
            "timestamp_from": int(start.timestamp()),
            "timestamp_to": int(end.timestamp()) - 1,
            "interval": "day",
        },
    )
    for period in as_rows(response):
        begin, until = period.get("period_from"), period.get("period_to")
        if not isinstance(begin, int):
            continue
        if datetime.fromtimestamp(begin + _HALF_A_DAY, zone).date() == day:
            if isinstance(until, int) and until >= now.timestamp():
                tell_too_early(client, SYSTEM, day)
                return {}
            activity, reach = period.get("activity") or {}, period.get("reach")
            return {
                # VK leaves out what is zero, once a day has any activity at all.
                "joined": activity.get("subscribed", 0) if activity else None,
                "left_count": activity.get("unsubscribed", 0) if activity else None,
                "reach": reach.get("reach") if isinstance(reach, dict) else reach,
                "reactions": activity.get("likes"),
            }
    return {}


def _refusal(client: ApiClient, variable: str, error: Mapping[str, Any]) -> Retry:
    """A `Retry` for what passes; an exception for what does not. `request_params` is not quoted."""
    code = error.get("error_code")
    text = client.quote(error.get("error_msg") or "no text")
    if code in _PASSING:
        return Retry(f"error {code}: {text}")
    if code in _TOKEN:
        raise AuthError(
            f"{SYSTEM} does not accept the token of the environment variable {variable}",
            status=200,
            remedy=f"make a new token and put it into {variable}",
        )
    if code == _ALLOWANCE:
        # VK does not say when; its allowances are those of a day.
        latest = utc_text(client.transport.now() + timedelta(days=1))
        raise QuotaError(
            f"{SYSTEM}: the day's allowance of this method is used up: {text.rstrip('.')}; it is "
            f"given anew by {latest} at the latest",
            status=200,
            remedy="run the load again after that time; nothing was half-loaded",
        )
    if code in _DENIED:
        raise AccountError(
            f"{SYSTEM} refuses to show the statistics ({text})",
            status=200,
            remedy=f"put the token of a user who manages the communities into {variable}, or set "
            "with_statistics = false in [sources.vk]",
        )
    kind = _ParameterError if code == _PARAMETER else ApiError
    raise kind(
        f"{SYSTEM} refused the request, error {code}: {text}",
        status=200,
        remedy="check accounts and the token's rights in [sources.vk]",
    )
