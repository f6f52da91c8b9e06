"""The API door of Google Ads: statistics by day and campaign through REST searchStream.

`[sources.google_ads]`: `customer_ids`; `login_customer_id`, the manager account; `api_version`
(v26); the secret as `google_auth` has it, by default GOOGLE_ADS_REFRESH_TOKEN, GOOGLE_ADS_CLIENT_ID
and GOOGLE_ADS_CLIENT_SECRET. Since September 2026 access belongs to the Google Cloud project of the
OAuth client; a developer token is sent where `developer_token_env` (GOOGLE_ADS_DEVELOPER_TOKEN)
still holds one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import requests

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.api.google_auth import GoogleTokens
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
    in_halves,
    json_or_none,
    last_day,
    other_days,
    pieces,
    tell_unfinished,
    text_table,
    utc_text,
)
from orchestration.sources.api.records import unreadable
from orchestration.sources.contracts import contract_of

SOURCE = "google_ads"
SYSTEM = "Google Ads"
DEFAULT_URL = "https://googleads.googleapis.com"
DEFAULT_VERSION = "v26"
SCOPE = "https://www.googleapis.com/auth/adwords"

DAYS_AT_ONCE = 92
MONTHS_KEPT = 37
MICROS = Decimal(1_000_000)
_POLICY = RetryPolicy(attempts=6, first_pause=5, longest_pause=120, budget=1_200)
_FIELDS = (
    "customer.currency_code",
    "customer.time_zone",
    "campaign.id",
    "campaign.name",
    "segments.date",
    "metrics.impressions",
    "metrics.clicks",
    "metrics.cost_micros",
    "metrics.conversions",
)
_SHORT_QUOTAS = {
    "RESOURCE_TEMPORARILY_EXHAUSTED",
    "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
}
_LONG_QUOTAS = {"RESOURCE_EXHAUSTED", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"}
_DEVELOPER = ("DEVELOPER_TOKEN", "MISSING_DEVELOPER")
_NO_SUCH_ACCOUNT = {"CUSTOMER_NOT_FOUND", "CLIENT_CUSTOMER_ID_INVALID", "INVALID_CUSTOMER_ID"}
# Older versions of the API have the second for the first, and for other things too.
_PROJECT = {"CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", "ACTION_NOT_PERMITTED", "PROJECT_DISABLED"}
_OLD_VERSION = {"UNSUPPORTED_VERSION"}
_UNKNOWN_FIELD = {"UNRECOGNIZED_FIELD", "PROHIBITED_FIELD_IN_SELECT_CLAUSE"}


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[Material]:
    """One table of `campaign_stats` an account.

    Raises:
        UserError: settings, secrets, or a window older than the 37 months that Google keeps.
        ApiError: of any kind; nothing was yielded then.
    """
    if table != "campaign_stats":
        raise KeyError(table)
    oldest = oldest_day(transport.now())
    if window[0] < oldest:
        raise UserError(
            f"{SYSTEM} gives days of the last {MONTHS_KEPT} months, and {window[0]} is older",
            remedy=f"load from {oldest}: set first_date under [sources.{SOURCE}], or bring older "
            "days as export files",
        )
    options = Options(company, SOURCE)
    accounts = [
        _account(options, "customer_ids", text)
        for text in options.texts("customer_ids", '["123-456-7890"]')
    ]
    version = options.text("api_version", f'"{DEFAULT_VERSION}"', DEFAULT_VERSION)
    if not re.fullmatch(r"v\d{1,3}", version):
        raise options.wrong("api_version", "must be a version", f'"{DEFAULT_VERSION}"')
    developer = options.variable("developer_token_env", "GOOGLE_ADS_DEVELOPER_TOKEN")
    fixed: dict[str, str] = {}
    if transport.environ.get(developer, "").strip():
        fixed["developer-token"] = options.secret(transport, "developer_token_env", developer)
    manager = options.get("login_customer_id")
    if manager:
        fixed["login-customer-id"] = _account(options, "login_customer_id", str(manager))
    tokens = GoogleTokens(
        options, transport, progress, prefix="GOOGLE_ADS", scope=SCOPE, default="refresh_token"
    )
    tokens.secrets |= {fixed["developer-token"]} if "developer-token" in fixed else set()
    client = ApiClient(
        SYSTEM,
        options.base_url(DEFAULT_URL),
        transport,
        lambda response: _Answer(client, tokens, developer, response).judge(),
        progress,
        authorise=lambda: {**tokens.headers(), **fixed},
        secrets=tokens.secrets,
        policy=_POLICY,
    )
    with client:
        for account in accounts:
            yield _campaign_stats(client, company, f"/{version}/customers/{account}", window)


def oldest_day(now: datetime) -> date:
    """The first day that Google surely still has by days, whatever the account's time zone."""
    today = now.astimezone(UTC).date()
    year, month = divmod(today.year * 12 + today.month - 1 - MONTHS_KEPT, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(today.day, last)) + timedelta(days=1)


def _account(options: Options, key: str, text: str) -> str:
    digits = text.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"\d{10}", digits):
        raise options.wrong(key, "must have ten digits", '"123-456-7890"')
    return digits


# --- answers --------------------------------------------------------------------------------------


class _Answer:
    """An answer and what is to be done about it."""

    def __init__(
        self, client: ApiClient, tokens: GoogleTokens, developer: str, response: requests.Response
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._developer = developer
        self._status = response.status_code
        self._error = _error_of(json_or_none(response))
        if self._error is not None and self._status == 200:  # a stream that broke down halfway
            self._status = int(self._error.get("code") or 500)
        self._details = list(_details_of(self._error or {}))
        self._codes = {
            str(code)
            for detail in self._details
            for code in (detail.get("errorCode") or {}).values()
        }

    def judge(self) -> Retry | None:
        if self._error is None and self._status == 200:
            self._tokens.worked()
            return None
        said = self._said()
        self._refuse_what_is_final(said)
        if self._status == 401:
            if self._tokens.expired():
                return Retry("the access token has expired", wait=0)
            raise self._tokens.refused(SYSTEM, said, self._status)
        if self._status == 429 or self._codes & (_SHORT_QUOTAS | _LONG_QUOTAS):
            return self._wait(said)
        if self._status in (408, 504) or "QUERY_TOO_EXPENSIVE" in self._codes:
            raise RangeTooLargeError(f"{SYSTEM}: {said}", status=self._status)
        if self._status >= 500:
            return Retry(f"the server is in trouble (HTTP {self._status})")
        raise ApiError(
            f"{SYSTEM} refuses the request: {said}",
            status=self._status,
            remedy=f"set api_version in [sources.{SOURCE}] to one that has the fields, or look for "
            "a newer version of the pipeline"
            if self._codes & _UNKNOWN_FIELD
            else None,
        )

    def _refuse_what_is_final(self, said: str) -> None:
        """Raises for access, accounts, versions and days that no other try will give."""
        status, variable = self._status, self._tokens.variable
        if any(code.startswith(_DEVELOPER) for code in self._codes):
            raise AuthError(
                f"{SYSTEM} refuses the developer token in {self._developer}: {said}",
                status=status,
                remedy="access belongs to the Google Cloud project of the OAuth client now: take "
                f"{self._developer} out of the environment and set api_version in "
                f'[sources.{SOURCE}] to a newer one, such as "{DEFAULT_VERSION}"',
            )
        if self._codes & _NO_SUCH_ACCOUNT:
            raise ApiError(
                f"{SYSTEM} knows no such account: {said}",
                status=status,
                remedy="check customer_ids and login_customer_id",
            )
        if self._codes & _PROJECT:
            raise AuthError(
                f"{SYSTEM}: the Google Cloud project behind {variable} has no access to real "
                f"accounts: {said}",
                status=status,
                remedy="switch the Google Ads API on in the project and apply for Explorer or "
                "Basic access on its Google Ads API page in the Cloud console",
            )
        if "ACCESS_PROHIBITED" in self._codes:
            raise AuthError(
                f"{SYSTEM} has barred the access that {variable} gives: {said}",
                status=status,
                remedy="ask the support of the Google Ads API why; until then use export files",
            )
        if status == 403 and not self._codes & (_SHORT_QUOTAS | _LONG_QUOTAS):
            raise AuthError(
                f"{SYSTEM}: the user of {variable} may not read the account: {said}",
                status=status,
                remedy="check customer_ids, and login_customer_id where access goes through a "
                "manager account",
            )
        if (status == 404 and not self._codes) or self._codes & _OLD_VERSION:
            raise ApiError(
                f"{SYSTEM} does not know this version of its API",
                status=status,
                remedy=f"versions live for about a year: set api_version in [sources.{SOURCE}] to "
                "a living one, or look for a newer version of the pipeline",
            )
        if "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED" in self._codes:
            raise ApiError(
                f"{SYSTEM} no longer has such old days: {said}",
                status=status,
                remedy=f"set a later first_date in [sources.{SOURCE}]; bring older days as files",
            )

    def _wait(self, said: str) -> Retry:
        delay = next(
            (found for detail in self._details if (found := _delay_of(detail)) is not None), None
        )
        if delay is None and self._codes & _LONG_QUOTAS:
            latest = utc_text(self._client.transport.now() + timedelta(days=1))
            raise QuotaError(
                f"{SYSTEM}: the day's allowance of operations is used up: {said.rstrip('.')}; it "
                f"is given anew by {latest} at the latest",
                status=self._status,
                remedy="run the load again after that time; nothing was half-loaded",
            )
        return Retry("too many requests", delay)

    def _said(self) -> str:
        texts = [str(detail["message"]) for detail in self._details if detail.get("message")]
        text = "; ".join(texts) or str((self._error or {}).get("message", ""))
        return self._client.quote(text) or f"HTTP {self._status}"


def _error_of(answer: Any) -> Mapping[str, Any] | None:
    """The error, bare or in an array, at its beginning or after good batches."""
    for item in answer if isinstance(answer, list) else [answer]:
        if isinstance(item, dict) and isinstance(item.get("error"), dict):
            return item["error"]
    return None


def _details_of(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for group in error.get("details") or []:
        for item in group.get("errors") or []:
            if isinstance(item, dict):
                yield item


def _delay_of(detail: Mapping[str, Any]) -> float | None:
    """Seconds of `retryDelay`, written `30s` or `1.5s`."""
    quota = (detail.get("details") or {}).get("quotaErrorDetails") or {}
    found = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(quota.get("retryDelay", "")))
    return float(found[1]) if found else None


# --- statistics -----------------------------------------------------------------------------------


def _campaign_stats(client: ApiClient, company: Company, base: str, window: Window) -> pa.Table:
    new_fields = NewFields(SYSTEM, _known_fields(), client.progress)
    zones: set[str] = set()

    def ask(part: Window) -> list[dict[str, object]]:
        query = (
            f"SELECT {', '.join(_FIELDS)} FROM campaign "
            f"WHERE segments.date BETWEEN '{part[0]}' AND '{last_day(part)}'"
        )
        batches = client.json("POST", f"{base}/googleAds:searchStream", json_body={"query": query})
        # An empty result is an empty array, or one batch without results.
        rows = []
        for batch in batches if isinstance(batches, list) else [batches]:
            if not {"results", "fieldMask"} & batch.keys():
                raise unreadable(SYSTEM, "an answer without its rows")
            for result in batch.get("results") or []:
                new_fields.look(_names_of(result), "its statistics")
                zones.add(str((result.get("customer") or {}).get("timeZone") or ""))
                rows.append(_row(result))
        return rows

    rows = [
        row
        for piece in pieces(window, DAYS_AT_ONCE)
        for part in in_halves(piece, ask, client.progress)
        for row in part
    ]
    for zone in sorted(zones - {""}):
        tell_unfinished(client.transport, client.progress, SYSTEM, window, zone)
        if told := other_days(SYSTEM, "the account", zone, company):
            client.progress(told)
    names = [column.name for column in contract_of(SOURCE, "campaign_stats").columns]
    return text_table(rows, names)


def _row(result: Mapping[str, Any]) -> dict[str, object]:
    """A row of the contract. Fields at their default are left out of the answer."""
    campaign, metrics = result.get("campaign") or {}, result.get("metrics") or {}
    day = (result.get("segments") or {}).get("date")
    if not day or not campaign.get("id"):
        raise ApiError(
            f"{SYSTEM} sent statistics without a day or a campaign",
            remedy="look for a newer version of the pipeline; until then use export files",
        )
    micros = Decimal(str(metrics.get("costMicros") or 0))
    return {
        "date": day,
        "campaign_id": campaign["id"],
        "campaign_name": campaign.get("name"),
        "currency": (result.get("customer") or {}).get("currencyCode"),
        "impressions": metrics.get("impressions") or 0,
        "clicks": metrics.get("clicks") or 0,
        "cost": f"{micros / MICROS:f}",
        "conversions": metrics.get("conversions") or 0,
    }


def _names_of(result: Mapping[str, Any]) -> list[str]:
    return [
        f"{group}.{name}"
        for group, fields in result.items()
        for name in (fields if isinstance(fields, dict) else [""])
    ]


def _known_fields() -> set[str]:
    names = set()
    for field in _FIELDS:
        group, _, name = field.partition(".")
        head, *rest = name.split("_")
        names |= {
            f"{group}.{head}{''.join(part.capitalize() for part in rest)}",
            f"{group}.resourceName",
        }
    return names
