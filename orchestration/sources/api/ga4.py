"""The API door of Google Analytics 4: the Data API's runReport, by day and traffic source.

What GA4 estimates or withholds stays visible: every row carries the flags of its answer. A report
that was sampled or rolled up into `(other)` is asked for again by shorter periods first.

`[sources.ga4]`: `property_ids`; the secret as `google_auth` has it, by default the path of a
service account's key in GA4_SERVICE_ACCOUNT; `page_rows` (100000).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import requests
from dlt.sources.helpers.rest_client.paginators import BasePaginator

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
    counted,
    days_of,
    in_halves,
    json_or_none,
    last_day,
    other_days,
    pieces,
    seconds_header,
    tell_unfinished,
    text_table,
)
from orchestration.sources.api.records import unreadable
from orchestration.sources.contracts import contract_of
from orchestration.sources.gaps import Gap, Kind

SOURCE = "ga4"
SYSTEM = "Google Analytics 4"
DEFAULT_URL = "https://analyticsdata.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"

MOST_ROWS = 250_000
DAYS_AT_ONCE = 31
DIMENSIONS = {
    "date": "date",
    "sessionSource": "source",
    "sessionMedium": "medium",
    "sessionCampaignId": "campaign_id",
    "sessionCampaignName": "campaign",
    "landingPagePlusQueryString": "landing_page",
}
METRICS = {
    "sessions": "sessions",
    "engagedSessions": "engaged_sessions",
    "newUsers": "new_users",
    "screenPageViews": "page_views",
    "keyEvents": "key_events",
    "purchaseRevenue": "purchase_revenue",
    "sessionKeyEventRate": "session_key_event_rate",
}
# Ten server errors an hour close the property for an hour: few tries, far apart.
_POLICY = RetryPolicy(attempts=4, first_pause=10, factor=3, longest_pause=120, budget=1_200)
_QUOTA_DAY = ZoneInfo("America/Los_Angeles")
# Two allowances of an hour are named without that word.
_HOURLY = ("hour", "threshold", "server error")
_ALLOWANCES = {
    "tokensPerDay": "the day's tokens",
    "tokensPerHour": "the hour's tokens",
    "tokensPerProjectPerHour": "the project's tokens of the hour",
    "potentiallyThresholdedRequestsPerHour": "the hour's requests that may be thresholded",
}
_FEW_REQUESTS = 10
_KNOWN_METADATA = {
    "dataLossFromOtherRow", "subjectToThresholding", "samplingMetadatas", "emptyReason",
    "schemaRestrictionResponse", "dataTruncationReasons", "currencyCode", "timeZone",
}  # fmt: skip


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[Material]:
    """One table of `sessions` a property.

    Raises:
        UserError: settings or secrets.
        ApiError: of any kind; nothing was yielded then.
    """
    if table != "sessions":
        raise KeyError(table)
    options = Options(company, SOURCE)
    properties = options.texts("property_ids", '["123456789"]')
    for number in properties:
        if not number.isdigit():
            raise options.wrong("property_ids", "holds an id that is no number", '["123456789"]')
    limit = options.whole("page_rows", 100_000)
    if limit > MOST_ROWS:
        raise options.wrong("page_rows", f"must be between 1 and {MOST_ROWS}", "100000")
    tokens = GoogleTokens(
        options, transport, progress, prefix="GA4", scope=SCOPE, default="service_account"
    )
    client = ApiClient(
        SYSTEM,
        options.base_url(DEFAULT_URL),
        transport,
        lambda response: _judge(client, tokens, response),
        progress,
        authorise=tokens.headers,
        secrets=tokens.secrets,
        policy=_POLICY,
    )
    with client:
        for number in properties:
            yield _Property(client, company, number, limit).sessions(window)


# --- answers --------------------------------------------------------------------------------------


def _judge(client: ApiClient, tokens: GoogleTokens, response: requests.Response) -> Retry | None:
    status = response.status_code
    if status == 200:
        tokens.worked()
        return None
    answer = json_or_none(response)
    error = answer.get("error") if isinstance(answer, dict) else None
    text = str(error.get("message", "")) if isinstance(error, dict) else ""
    kind = error.get("status") if isinstance(error, dict) else None
    said = client.quote(text) or f"HTTP {status}"
    if status == 401:
        if tokens.expired():
            return Retry("the access token has expired", wait=0)
        raise tokens.refused(SYSTEM, said, status)
    if status == 429 or kind == "RESOURCE_EXHAUSTED":
        # No such header is documented; one that comes is worth more than a guess.
        wait = seconds_header(response, "Retry-After")
        if wait is not None:
            return Retry(f"too many requests: {said}", max(wait, 1))
        return _wait_for_quota(client, text.casefold(), said)
    if status == 403:
        raise AuthError(
            f"{SYSTEM}: the account in {tokens.variable} may not read the property: {said}",
            status=status,
            remedy="add that account to the property as a viewer, switch on the Google Analytics "
            "Data API in its project, or correct property_ids",
        )
    if status >= 500:
        return Retry(f"the server is in trouble (HTTP {status})")
    raise ApiError(f"{SYSTEM} refuses the request: {said}", status=status)


def _wait_for_quota(client: ApiClient, text: str, said: str) -> Retry:
    now = client.transport.now()
    if "concurrent" in text:
        return Retry("too many requests at once, from this or another program", wait=5)
    if "day" in text or "daily" in text:
        tomorrow = now.astimezone(_QUOTA_DAY).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), _QUOTA_DAY).astimezone(UTC)
        raise QuotaError(
            f"{SYSTEM}: the day's allowance is used up: {said}; it is given anew at "
            f"{midnight:%Y-%m-%d %H:%M} UTC",
            status=429,
            remedy="run the load again after that time; nothing was half-loaded",
        )
    if any(word in text for word in _HOURLY):
        next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1, minutes=1)
        return Retry(f"the hour's allowance is used up: {said}", (next_hour - now).total_seconds())
    return Retry(f"too many requests: {said}")


# --- reports --------------------------------------------------------------------------------------


class RowCountPages(BasePaginator):
    """Pages by `offset` and `limit` in the body, until `rowCount` rows have come."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._offset = 0

    def init_request(self, request: requests.Request) -> None:
        self.update_request(request)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        # The server may cut the limit, so the rows that came count. `rowCount` is left out when 0.
        rows = len(data or [])
        self._offset += rows
        self._has_next_page = rows > 0 and self._offset < int(response.json().get("rowCount") or 0)

    def update_request(self, request: requests.Request) -> None:
        body = cast("dict[str, Any]", request.json)
        body.update(limit=str(self._limit), offset=str(self._offset))


@dataclass(frozen=True)
class _Flags:
    """What the answer says of its own figures."""

    sample_share: Decimal
    is_thresholded: bool
    has_other_row: bool

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> _Flags:
        shares = [
            Decimal(item["samplesReadCount"]) / Decimal(item["samplingSpaceSize"])
            for item in metadata.get("samplingMetadatas") or []
            if Decimal(item.get("samplingSpaceSize") or 0) > 0
        ]
        return cls(
            sample_share=round(min(shares, default=Decimal(1)), 6),
            is_thresholded=bool(metadata.get("subjectToThresholding")),
            has_other_row=bool(metadata.get("dataLossFromOtherRow")),
        )

    @property
    def is_sampled(self) -> bool:
        return self.sample_share < 1

    def columns(self) -> dict[str, object]:
        return {
            "sample_share": self.sample_share,
            "is_sampled": self.is_sampled,
            "is_thresholded": self.is_thresholded,
            "has_other_row": self.has_other_row,
        }


class _Property:
    """Reports of one property."""

    def __init__(self, client: ApiClient, company: Company, number: str, limit: int) -> None:
        self._client = client
        self._company = company
        self._number = number
        self._limit = limit
        self._new_fields = NewFields(SYSTEM, {*DIMENSIONS, *METRICS}, client.progress)
        self._new_metadata = NewFields(SYSTEM, _KNOWN_METADATA, client.progress)
        self._said: set[str] = set()

    def sessions(self, window: Window) -> pa.Table:
        rows = [
            row
            for piece in pieces(window, DAYS_AT_ONCE)
            for part in in_halves(piece, self._whole_report, self._client.progress)
            for row in part
        ]
        missing = days_of(window) - len({row["date"] for row in rows})
        if missing:
            self._client.progress(
                f"{SYSTEM}: property {self._number} has no sessions on {missing} of "
                f"{days_of(window)} days"
            )
        names = [column.name for column in contract_of(SOURCE, "sessions").columns]
        return text_table(rows, names)

    def _whole_report(self, window: Window) -> list[dict[str, object]]:
        return counted(
            self._client,
            lambda: self._report(window),
            lambda row: tuple(row[name] for name in DIMENSIONS.values()),
        )

    def _report(self, window: Window) -> tuple[list[dict[str, object]], list[int]]:
        """Rows that came, and how many there are by each page."""
        body = {
            "dateRanges": [
                {"startDate": window[0].isoformat(), "endDate": last_day(window).isoformat()}
            ],
            "dimensions": [{"name": name} for name in DIMENSIONS],
            "metrics": [{"name": name} for name in METRICS],
            # A whole order, or rows could change places between two pages.
            "orderBys": [{"dimension": {"dimensionName": name}} for name in DIMENSIONS],
            "keepEmptyRows": False,
            "returnPropertyQuota": True,
        }
        pages = self._client.pages(
            f"/v1beta/properties/{self._number}:runReport",
            RowCountPages(self._limit),
            "rows",
            method="POST",
            json_body=body,
        )
        rows: list[dict[str, object]] = []
        announced: list[int] = []
        for page in pages:
            answer = page.response.json()
            # Rows and their number are left out when there are none, and nothing else is.
            if not {"rows", "rowCount", "dimensionHeaders", "metadata"} & answer.keys():
                raise unreadable(SYSTEM, "an answer without its rows")
            announced.append(int(answer.get("rowCount") or 0))
            metadata = answer.get("metadata") or {}
            flags = _Flags.of(metadata)
            if days_of(window) > 1 and (flags.is_sampled or flags.has_other_row):
                raise RangeTooLargeError(f"{SYSTEM}: the figures are estimated")
            self._say(window, metadata, flags)
            fixed = {
                "property_id": self._number,
                "currency": metadata.get("currencyCode"),
                **flags.columns(),
            }
            rows += [{**self._row(item, answer, window), **fixed} for item in page]
            self._say_what_is_left(answer.get("propertyQuota") or {})
        return rows, announced

    def _row(
        self, item: Mapping[str, Any], answer: Mapping[str, Any], window: Window
    ) -> dict[str, object]:
        values: dict[str, str] = {}
        for kind in ("dimension", "metric"):
            headers = [header["name"] for header in answer[f"{kind}Headers"]]
            cells = [cell.get("value", "") for cell in item[f"{kind}Values"]]
            self._new_fields.look(headers, "its report")
            values.update(zip(headers, cells, strict=True))
        missing = sorted({*DIMENSIONS, *METRICS} - values.keys())
        if missing:
            raise ApiError(f"{SYSTEM} sent a report without {', '.join(missing)}")
        row: dict[str, object] = {
            name: values[field] for field, name in {**DIMENSIONS, **METRICS}.items()
        }
        day = values["date"]
        if len(day) == 8 and day.isdigit():
            row["date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        elif days_of(window) == 1:  # the row of what was rolled up has `(other)` for its day
            row["date"] = window[0].isoformat()
        else:
            raise RangeTooLargeError(f"{SYSTEM}: a row has no day of its own")
        return row

    def _say(self, window: Window, metadata: Mapping[str, Any], flags: _Flags) -> None:
        period = f"property {self._number}, {window[0]} to {last_day(window)}"
        if flags.is_thresholded:
            self._gap("thresholded", window, f"withheld rows of too few visitors ({period})")
        if flags.is_sampled:
            share = flags.sample_share
            text = f"estimated from {share:.0%} of the events ({period})"
            self._gap("sampled", window, text, float(share))
        if flags.has_other_row:
            self._gap("rolled_up", window, f"rolled rows up into (other) ({period})")
        restrictions = metadata.get("schemaRestrictionResponse") or {}
        hidden = [
            item.get("metricName") for item in restrictions.get("activeMetricRestrictions") or []
        ]
        if hidden:
            names = ", ".join(sorted(map(str, hidden)))
            text = f"hides {names} from this account ({period}): give it the right to see revenue"
            self._gap("hidden", window, text)
        for item in metadata.get("dataTruncationReasons") or []:
            said = item.get("dataTruncationMessage") or item.get("dataTruncationType")
            text = f"gives a part of the data only ({period}): {self._client.quote(said)}"
            self._gap("not_kept", window, text)
        if metadata.get("emptyReason"):
            reason = self._client.quote(metadata["emptyReason"])
            self._once(f"{SYSTEM} gives no rows of {period}: {reason}")
        zone = metadata.get("timeZone")
        whose = f"property {self._number}"
        if zone:
            tell_unfinished(self._client.transport, self._client.progress, SYSTEM, window, zone)
            if told := other_days(SYSTEM, whose, zone, self._company):
                self._once(told)
        self._new_metadata.look(metadata, "what it says of its report")

    def _say_what_is_left(self, quota: Mapping[str, Any]) -> None:
        """Say once which allowance is about to end."""
        for name, words in _ALLOWANCES.items():
            consumed, left = (
                int((quota.get(name) or {}).get(key) or 0) for key in ("consumed", "remaining")
            )
            if consumed and left < _FEW_REQUESTS * consumed:
                self._once(
                    f"{SYSTEM}: {words} of property {self._number} will do for "
                    f"{left // consumed} more reports like this one",
                    topic=name,
                )

    def _gap(self, kind: Kind, window: Window, text: str, share: float | None = None) -> None:
        self._client.tell_gap(Gap(kind, *window, f"{SYSTEM} {text}", share))

    def _once(self, text: str, topic: str = "") -> None:
        if (topic or text) not in self._said:
            self._said.add(topic or text)
            self._client.progress(text)
