"""The API door of VK Ads (ads.vk.com): statistics v2 by day and campaign.

A campaign is an ad plan. What VK puts into a link for {{campaign_id}} is the id of an ad group
though, and only {{ad_plan_id}} that of the campaign: `level` makes either the campaign here.

VK allows five living tokens of a client, so a token is kept between runs, as `tokens` does it, and
renewed rather than issued anew.

`[sources.vk_ads]`: `client_id_env` (VK_ADS_CLIENT_ID), `client_secret_env` (VK_ADS_CLIENT_SECRET);
`agency_client_name` or `agency_client_id` for a client of an agency; `level`, `ad_plans` or
`ad_groups`; `attribution` of goals to the day of the `conversion` or of the `impression`. Beliefs
about the API that can be set: `page_size` (50 campaigns), `timezone` of its days (Europe/Moscow).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import requests
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    Material,
    NewFields,
    Options,
    Progress,
    RangeTooLargeError,
    Retry,
    RetryPolicy,
    Transport,
    Window,
    counted,
    days_of,
    json_or_none,
    last_day,
    looks_like_html,
    other_days,
    pieces,
    tell_unfinished,
    text_table,
)
from orchestration.sources.api.records import unreadable
from orchestration.sources.api.tokens import Issued, TokenKeeper
from orchestration.sources.contracts import contract_of

SOURCE = "vk_ads"
SYSTEM = "VK Ads"
DEFAULT_URL = "https://ads.vk.com"
ZONE = ZoneInfo("Europe/Moscow")

IDS_AT_ONCE = 200
OBJECTS_AT_ONCE = 50
DAYS_KEPT = 366
ATTRIBUTIONS = ("conversion", "impression")
LEVELS = ("ad_plans", "ad_groups")
_POLICY = RetryPolicy(attempts=7, first_pause=1, longest_pause=60, budget=1_200)
_TOO_MUCH = "ERR_LIMIT_EXCEEDED"  # of days or of objects: VK does not say which
_DEAD_TOKENS = {"expired_token", "revoked_token", "invalid_token"}
_KNOWN = {"date", "base"}
_KNOWN_BASE = {"shows", "clicks", "goals", "spent", "cpm", "cpc", "cpa", "ctr", "cr", "vk"}


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[Material]:
    """One table of `campaign_stats`. Days on which a campaign did nothing have no row.

    Raises:
        UserError: settings, secrets, or a window older than the 366 days that VK keeps.
        ApiError: of any kind; nothing was yielded then.
    """
    if table != "campaign_stats":
        raise KeyError(table)
    oldest = oldest_day(transport.now())
    if window[0] < oldest:
        raise UserError(
            f"{SYSTEM} gives statistics of the last {DAYS_KEPT} days, and {window[0]} is older",
            remedy=f"load from {oldest}: set first_date under [sources.{SOURCE}], or bring older "
            "days as export files",
        )
    with _Account(company, transport, progress) as account:
        tell_unfinished(transport, progress, SYSTEM, window, account.zone)
        names = account.campaigns()
        rows = account.statistics(list(names), names, window)
        columns = [column.name for column in contract_of(SOURCE, table).columns]
        yield text_table(rows, columns)


def oldest_day(now: datetime) -> date:
    """The first day that VK surely still has figures of, if today is the last of those it keeps.

    One day too early would be refused, and with it the first load of all others.
    """
    return now.astimezone(ZONE).date() - timedelta(days=DAYS_KEPT - 1)


class CountedPages(BasePaginator):
    """Pages by `offset`, until `count` objects have come."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._offset = 0

    def init_request(self, request: requests.Request) -> None:
        self.update_request(request)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        rows = len(data or [])
        self._offset += rows
        self._has_next_page = rows > 0 and self._offset < int(response.json().get("count") or 0)

    def update_request(self, request: requests.Request) -> None:
        parameters = cast("dict[str, Any]", request.params)
        parameters.update(limit=self._limit, offset=self._offset)


class _Account:
    """An advertiser's account: its token, its campaigns, their figures."""

    def __init__(self, company: Company, transport: Transport, progress: Progress) -> None:
        options = Options(company, SOURCE)
        self._progress = progress
        self._client_id = options.secret(transport, "client_id_env", "VK_ADS_CLIENT_ID")
        self._variable = options.variable("client_secret_env", "VK_ADS_CLIENT_SECRET")
        self._client_secret = options.secret(transport, "client_secret_env", self._variable)
        self._agency_client = {
            key: options.text(key, '"name"')
            for key in ("agency_client_name", "agency_client_id")
            if options.get(key)
        }
        self._attribution = options.text("attribution", '"conversion"', ATTRIBUTIONS[0])
        if self._attribution not in ATTRIBUTIONS:
            raise options.wrong("attribution", "must be conversion or impression", '"conversion"')
        self._level = options.text("level", f'"{LEVELS[0]}"', LEVELS[0])
        if self._level not in LEVELS:
            raise options.wrong("level", "must be ad_plans or ad_groups", f'"{LEVELS[0]}"')
        self._page_size = options.whole("page_size", OBJECTS_AT_ONCE)
        self._zone = options.zone(ZONE.key)
        if told := other_days(SYSTEM, "the account", self._zone.key, company):
            progress(told)
        # Made smaller when VK says that it was too much.
        self._ids_at_once, self._days_at_once = IDS_AT_ONCE, DAYS_KEPT
        url = options.base_url(DEFAULT_URL)
        known = [self._client_secret, self._client_id]
        # What the kept tokens belong to: another client, or another advertiser, needs others.
        self._owner = "|".join([*known, *self._agency_client.values()])
        self._keeper = TokenKeeper(company, SOURCE, self._owner, transport.now, self._new_token)
        self._new_fields = NewFields(SYSTEM, _KNOWN | _KNOWN_BASE, progress)
        self._token = ""
        self._refused = ""
        self._renewed_in_vain = 0
        self._issuer = ApiClient(
            SYSTEM, url, transport, self._judge_issue, progress, secrets=known, policy=_POLICY
        )
        self._client = ApiClient(
            SYSTEM,
            url,
            transport,
            self._judge,
            progress,
            authorise=self._headers,
            secrets=known,
            policy=_POLICY,
        )

    def __enter__(self) -> _Account:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self._issuer, self._client):
            client.__exit__()

    @property
    def zone(self) -> str:
        """The zone of the account's days."""
        return self._zone.key

    # token

    def _headers(self) -> dict[str, str]:
        self._token = self._keeper.access(self._refused or None)
        self._refused = ""
        return {"Authorization": f"Bearer {self._token}"}

    def _new_token(self, refresh: str) -> Issued:
        """A token by the kept refresh token; where there is none, or it is dead, a newly issued."""
        if refresh not in ("", self._owner):
            try:
                return self._issued({"grant_type": "refresh_token", "refresh_token": refresh})
            except AuthError:
                self._progress(f"{SYSTEM}: the kept token has ended, asking for a new one")
        kind = "agency_client_credentials" if self._agency_client else "client_credentials"
        return self._issued({"grant_type": kind, **self._agency_client})

    def _issued(self, form: Mapping[str, str]) -> Issued:
        client = {"client_id": self._client_id, "client_secret": self._client_secret}
        answer = self._issuer.json("POST", "/api/v2/oauth2/token.json", data={**form, **client})
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not token:
            raise ApiError(f"{SYSTEM} sent no token")
        refresh = str(answer.get("refresh_token") or "")
        for secret in (str(token), refresh):
            self._issuer.hide(secret)
            self._client.hide(secret)
        # Some answers have the number of seconds as text.
        return Issued(str(token), refresh, float(answer.get("expires_in") or 86_400))

    def _judge_issue(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        if status == 200:
            return None
        trouble = self._passing_trouble(response)
        if trouble:
            return trouble
        code, said = _error_of(self._issuer, response)
        if status == 403:
            raise AuthError(
                f"{SYSTEM} issues no token for {self._variable}: {said or code or 'forbidden'}",
                status=status,
                remedy="a client may have five living tokens: delete those of other programs "
                "(token/delete.json, or in the settings of the VK Ads account), then load again",
            )
        raise AuthError(
            f"{SYSTEM} refuses the client id and secret in {self._variable}: {said or code}",
            status=status,
            remedy=f"check {self._variable} and the client id in the VK Ads account, API access",
        )

    # answers

    def _judge(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        if status == 200:
            self._renewed_in_vain = 0
            return None
        trouble = self._passing_trouble(response)
        if trouble:
            return trouble
        code, said = _error_of(self._client, response)
        if status == 401 or code in _DEAD_TOKENS:
            if self._renewed_in_vain == 0:
                self._renewed_in_vain += 1
                self._refused = self._token
                return Retry("the token has ended", wait=0)
            raise AuthError(
                f"{SYSTEM} refuses the tokens it gave for {self._variable}: {said or code}",
                status=status,
                remedy=f"check the access of the client in {self._variable}",
            )
        if status == 403:
            raise AuthError(
                f"{SYSTEM}: the client in {self._variable} may not read this: {said or code}",
                status=status,
                remedy="check the account's rights, and agency_client_name for an agency",
            )
        said = said or "no reason given"
        if code == _TOO_MUCH:
            raise RangeTooLargeError(
                f"{SYSTEM} refuses the request ({code}): {said}", status=status
            )
        raise ApiError(
            f"{SYSTEM} refuses the request ({code or status}): {said}",
            status=status,
            remedy=f"if it is about limit: set page_size in [sources.{SOURCE}] to what VK allows"
            if code == "validation_failed"
            else None,
        )

    def _passing_trouble(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        if status == 429:
            return self._wait_for_quota(response)
        if status >= 500:
            return Retry(f"the server is in trouble (HTTP {status})")
        return None

    def _wait_for_quota(self, response: requests.Response) -> Retry:
        now = self._client.transport.now()
        if response.headers.get("X-RateLimit-Daily-Remaining") == "0":
            tomorrow = now.astimezone(self._zone).date() + timedelta(days=1)
            midnight = datetime.combine(tomorrow, time(), self._zone)
            return Retry(
                "the day's allowance of requests is used up", (midnight - now).total_seconds()
            )
        if response.headers.get("X-RateLimit-Hourly-Remaining") == "0":
            next_hour = now.replace(minute=0, second=5, microsecond=0) + timedelta(hours=1)
            return Retry(
                "the hour's allowance of requests is used up", (next_hour - now).total_seconds()
            )
        return Retry("too many requests")

    # figures

    def campaigns(self) -> dict[str, str | None]:
        """Names of all campaigns by id, deleted ones too: they may have spent in the window."""
        listed = counted(self._client, self._listed, lambda item: str(item["id"]))
        return {str(item["id"]): item.get("name") for item in listed}

    def _listed(self) -> tuple[list[dict[str, Any]], list[int]]:
        """Campaigns that came, and how many there are by each page."""
        pages = self._client.pages(
            f"/api/v2/{self._level}.json",
            CountedPages(self._page_size),
            "items",
            params={"fields": "id,name", "_status__in": "active,blocked,deleted", "sorting": "id"},
        )
        found: list[dict[str, Any]] = []
        announced: list[int] = []
        for page in pages:
            announced.append(int(page.response.json()["count"]))
            found += page
        return found, announced

    def statistics(
        self, ids: Sequence[str], names: Mapping[str, str | None], window: Window
    ) -> list[dict[str, object]]:
        """Figures of the campaigns in parts of as many campaigns and days as VK takes at once."""
        size, days = self._ids_at_once, self._days_at_once
        if len(ids) > size or days_of(window) > days:
            return [
                row
                for start in range(0, len(ids), size)
                for part in pieces(window, days)
                for row in self.statistics(ids[start : start + size], names, part)
            ]
        try:
            return self._figures(ids, names, window) if ids else []
        except RangeTooLargeError:
            if len(ids) == 1 and days_of(window) == 1:
                raise
            self._ids_at_once, self._days_at_once = -(-len(ids) // 2), -(-days_of(window) // 2)
            self._progress(
                f"{SYSTEM}: {len(ids)} campaigns of {days_of(window)} days are too much at once, "
                f"{self._ids_at_once} of {self._days_at_once} will do"
            )
            return self.statistics(ids, names, window)

    def _figures(
        self, ids: Sequence[str], names: Mapping[str, str | None], window: Window
    ) -> list[dict[str, object]]:
        answer = self._client.json(
            "GET",
            f"/api/v2/statistics/{self._level}/day.json",
            params={
                "id": ",".join(ids),
                "date_from": window[0].isoformat(),
                "date_to": last_day(window).isoformat(),
                "metrics": "base",
                "attribution": self._attribution,
            },
        )
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise ApiError(f"{SYSTEM} sent statistics without items")
        # A campaign without any show may well have no rows, but not all of them no place for them.
        if items and not any("rows" in item for item in items):
            raise unreadable(SYSTEM, "an answer without its rows")
        rows: list[dict[str, object]] = []
        for item in items:
            for row in item.get("rows") or []:
                base = row["base"] or {}
                self._new_fields.look([*row, *base], "its statistics")
                figures = {
                    "impressions": base.get("shows") or 0,
                    "clicks": base.get("clicks") or 0,
                    # Money is text, sometimes an empty one.
                    "cost": base.get("spent") or "0",
                    "goals": base.get("goals") or 0,
                }
                if any(str(value).strip("0.") for value in figures.values()):
                    number = str(item["id"])
                    rows.append(
                        {
                            "date": row["date"],
                            "campaign_id": number,
                            "campaign_name": names.get(number),
                            **figures,
                        }
                    )
        return rows


def _error_of(client: ApiClient, response: requests.Response) -> tuple[str, str]:
    """Code and text of an error body: inside `error` for statistics, bare for tokens."""
    answer = json_or_none(response)
    if not isinstance(answer, dict):
        return "", "an HTML page" if looks_like_html(response) else ""
    inner = answer.get("error")
    error = inner if isinstance(inner, dict) else answer
    return str(error.get("code") or inner or ""), client.quote(error.get("message") or "")
