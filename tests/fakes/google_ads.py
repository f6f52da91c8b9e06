"""Google Ads: searchStream of one account."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from tests.fakes.google_oauth import TOKEN_PATH, GoogleOauthFake
from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

DEVELOPER_TOKEN = "developer-token-1d9b"
CUSTOMER = "1234567890"
MANAGER = "9876543210"
VERSIONS = ("v23", "v24", "v25", "v26")


def error_body(
    code: int, status: str, kind: str, value: str, message: str, delay: str | None = None
) -> dict[str, Any]:
    """A GoogleAdsFailure; `delay` is quotaErrorDetails.retryDelay."""
    error: dict[str, Any] = {"errorCode": {kind: value}, "message": message}
    if delay:
        error["details"] = {"quotaErrorDetails": {"rateScope": "ACCOUNT", "retryDelay": delay}}
    failure = {
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": [error],
        "requestId": "V_YzUHhkv35zqntpPk9byg",
    }
    return {"error": {"code": code, "message": message, "status": status, "details": [failure]}}


_TOO_MANY = error_body(
    429,
    "RESOURCE_EXHAUSTED",
    "quotaError",
    "RESOURCE_TEMPORARILY_EXHAUSTED",
    "Too many requests. Retry in 30 seconds.",
    "30s",
)
THROTTLED = json_reply(_TOO_MANY, 429)
THROTTLED_IN_ARRAY = json_reply([_TOO_MANY], 429)
DAY_QUOTA = json_reply(
    error_body(
        429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED", "Too many operations."
    ),
    429,
)
REFUSED = json_reply(
    error_body(
        401,
        "UNAUTHENTICATED",
        "authenticationError",
        "OAUTH_TOKEN_EXPIRED",
        "The token has expired.",
    ),
    401,
)
NO_DEVELOPER = json_reply(
    error_body(
        401,
        "UNAUTHENTICATED",
        "authenticationError",
        "DEVELOPER_TOKEN_PARAMETER_MISSING",
        "developer-token parameter was missing.",
    ),
    401,
)
NO_RIGHTS = json_reply(
    error_body(
        403,
        "PERMISSION_DENIED",
        "authorizationError",
        "USER_PERMISSION_DENIED",
        "User doesn't have permission to access customer.",
    ),
    403,
)


NO_PROJECT = json_reply(
    error_body(
        403,
        "PERMISSION_DENIED",
        "authorizationError",
        "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
        "The Cloud project is only approved for use with test accounts.",
    ),
    403,
)
BARRED = json_reply(
    error_body(
        429, "RESOURCE_EXHAUSTED", "quotaError", "ACCESS_PROHIBITED", "Access is prohibited."
    ),
    429,
)
NO_CUSTOMER = json_reply(
    error_body(
        401,
        "UNAUTHENTICATED",
        "authenticationError",
        "CUSTOMER_NOT_FOUND",
        "No customer found for the provided customer id.",
    ),
    401,
)
UNKNOWN_FIELD = json_reply(
    error_body(
        400,
        "INVALID_ARGUMENT",
        "queryError",
        "UNRECOGNIZED_FIELD",
        "Unrecognized field in the query: 'metrics.cost_micros'.",
    ),
    400,
)
TOO_OLD = json_reply(
    error_body(
        400,
        "INVALID_ARGUMENT",
        "dateRangeError",
        "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
        "The requested time granularity is not supported for the date range in the query.",
    ),
    400,
)


class GoogleAdsFake(GoogleOauthFake):
    """`batch`: rows of one element of the stream. `too_long_days`: 504 above it.
    `asks_for_developer`: as until September 2026. `oldest`: the first day kept by days."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.stats: list[dict[str, Any]] = []
        self.batch = 2
        self.too_long_days = 10**6
        self.empty: list[Any] = []
        self.more_fields: dict[str, Any] = {}
        self.time_zone = "Europe/Moscow"
        self.asks_for_developer = True
        self.oldest = date(2023, 2, 10)

    def fill(self, first: date, days: int) -> None:
        for shift in range(days):
            day = (first + timedelta(days=shift)).isoformat()
            self.stats += [
                _result(
                    day,
                    "101",
                    impressions="5200",
                    clicks="204",
                    costMicros="1061083620",
                    conversions=2.5,
                ),
                # fields at zero are left out
                _result(day, "102", impressions="40", costMicros="5000"),
            ]

    def answer(self, request: FakeRequest) -> Reply:
        if request.path == TOKEN_PATH:
            return self.token(request)
        found = re.fullmatch(r"/(v\d+)/customers/(\d{10})/googleAds:searchStream", request.path)
        if not found or found[1] not in VERSIONS:
            return Reply(404, b"<html>Not Found</html>", "text/html")
        developer = request.headers.get("developer-token")
        if self.asks_for_developer and developer != DEVELOPER_TOKEN:
            return NO_DEVELOPER
        if not self.accepts(request):
            return REFUSED
        if found[2] != CUSTOMER or request.headers.get("login-customer-id") != MANAGER:
            return NO_RIGHTS
        query = request.json()["query"]
        span = re.search(r"BETWEEN '(\S+)' AND '(\S+)'", query)
        assert span, query
        if date.fromisoformat(span[1]) < self.oldest:
            return TOO_OLD
        if (date.fromisoformat(span[2]) - date.fromisoformat(span[1])).days >= self.too_long_days:
            return json_reply(error_body(504, "DEADLINE_EXCEEDED", "x", "y", "Deadline"), 504)
        rows = [
            row
            for row in self.stats
            # A row without any figure is left out when days are asked for.
            if span[1] <= row["segments"]["date"] <= span[2] and row["metrics"]
        ]
        batches = [
            {
                "results": [self._shown(row) for row in rows[start : start + self.batch]],
                "fieldMask": "metrics.clicks,metrics.costMicros,segments.date",
                "requestId": "V_YzUHhkv35zqntpPk9byg",
                "queryResourceConsumption": "322",
            }
            for start in range(0, len(rows), self.batch)
        ]
        return json_reply(batches or self.empty)

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        customer = {
            "resourceName": f"customers/{CUSTOMER}",
            "currencyCode": "USD",
            "timeZone": self.time_zone,
        }
        return {**row, "customer": customer, **self.more_fields}


def _result(day: str, campaign: str, **metrics: Any) -> dict[str, Any]:
    return {
        "campaign": {
            "resourceName": f"customers/{CUSTOMER}/campaigns/{campaign}",
            "id": campaign,
            "name": f"Campaign {campaign}",
        },
        "segments": {"date": day},
        "metrics": metrics,
    }
