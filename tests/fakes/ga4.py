"""Google Analytics 4: runReport of one property."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.google_oauth import TOKEN_PATH, GoogleOauthFake
from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

PROPERTY = "321654987"
DIMENSIONS = (
    "date",
    "sessionSource",
    "sessionMedium",
    "sessionCampaignId",
    "sessionCampaignName",
    "landingPagePlusQueryString",
)
METRICS = (
    "sessions",
    "engagedSessions",
    "newUsers",
    "screenPageViews",
    "keyEvents",
    "purchaseRevenue",
    "sessionKeyEventRate",
)
TYPES = dict.fromkeys(METRICS[:4], "TYPE_INTEGER") | {
    "keyEvents": "TYPE_FLOAT",
    "purchaseRevenue": "TYPE_CURRENCY",
    "sessionKeyEventRate": "TYPE_FLOAT",
}
MOST_ROWS = 250_000
MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES = 9, 10, 4
COST = 10


def error_reply(code: int, status: str, message: str) -> Reply:
    return json_reply({"error": {"code": code, "message": message, "status": status}}, code)


REFUSED = error_reply(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
THROTTLED = error_reply(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota.")
DAY_QUOTA = error_reply(
    429,
    "RESOURCE_EXHAUSTED",
    "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
)
# The texts by the quotas' names in propertyQuota, as clients of the API match them.
HOUR_QUOTAS = {
    "tokensPerHour": "Exhausted property tokens per hour.",
    "tokensPerProjectPerHour": "Exhausted property tokens for a project per hour.",
    "potentiallyThresholdedRequestsPerHour": "Exhausted potentially thresholded requests quota.",
    "serverErrorsPerProjectPerHour": "Exhausted server errors quota.",
}


class Ga4Fake(GoogleOauthFake):
    """`most_rows`: the server cuts a page to it. `sampled_above_days`, `other_above_days`:
    longer periods are estimated or rolled up; 0 = always. `withheld_below`: rows of fewer sessions
    are withheld. `hidden`: metrics that the account may not see. `tokens_left`: of the day.
    `sent_at_most`: an answer has so many rows, whatever its count says. `before_report`: called
    before each answer."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: dict[tuple[str, ...], list[str]] = {}
        self.most_rows = MOST_ROWS
        self.sampled_above_days: int | None = None
        self.other_above_days: int | None = None
        self.withheld_below = 0
        self.hidden: list[str] = []
        self.truncated: list[dict[str, str]] = []
        self.tokens_left = 200_000
        self.sent_at_most = 10**6
        self.before_report: Callable[[], None] = lambda: None
        self.more_metrics: list[str] = []
        self.time_zone = "Europe/Moscow"

    def fill(self, first: date, days: int) -> None:
        for shift in range(days):
            day = (first + timedelta(days=shift)).strftime("%Y%m%d")
            for source, medium, campaign in (
                ("google", "cpc", "Дома"),
                ("(direct)", "(none)", "(not set)"),
                ("yandex", "organic", "(not set)"),
            ):
                number = "77" if medium == "cpc" else "(not set)"
                key = (day, source, medium, number, campaign, "/catalogue?from=ad")
                self.rows[key] = [str(100 + shift), "80", "20", "300", "2.5", "1234.56", "0.025"]

    def answer(self, request: FakeRequest) -> Reply:
        if request.path == TOKEN_PATH:
            return self.token(request)
        if not self.accepts(request):
            return REFUSED
        if request.path != f"/v1beta/properties/{PROPERTY}:runReport":
            return error_reply(
                403, "PERMISSION_DENIED", "User does not have sufficient permissions"
            )
        if self.tokens_left < COST:
            return DAY_QUOTA
        self.tokens_left -= COST
        body = request.json()
        most = {"dateRanges": MOST_RANGES, "dimensions": MOST_DIMENSIONS, "metrics": MOST_METRICS}
        if any(len(body[key]) > number for key, number in most.items()):
            return error_reply(400, "INVALID_ARGUMENT", "Too many")
        names = [item["name"] for item in (*body["dimensions"], *body["metrics"])]
        if not set(names) <= {*DIMENSIONS, *METRICS}:
            return error_reply(400, "INVALID_ARGUMENT", "Field is not a valid dimension or metric")
        if not (isinstance(body["limit"], str) and isinstance(body["offset"], str)):
            return error_reply(400, "INVALID_ARGUMENT", "int64 values are strings")
        return json_reply(self._report(body))

    def _report(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.before_report()
        (span,) = body["dateRanges"]
        first, last = (span[key].replace("-", "") for key in ("startDate", "endDate"))
        days = (
            date.fromisoformat(span["endDate"]) - date.fromisoformat(span["startDate"])
        ).days + 1
        found = sorted(
            (key, self._shown(row))
            for key, row in self.rows.items()
            if first <= key[0] <= last and int(row[0]) >= self.withheld_below
        )
        is_other = self.other_above_days is not None and days > self.other_above_days
        if is_other and found:
            found = [(("(other)",) * len(DIMENSIONS), _summed([row for _, row in found]))]
        offset = int(body["offset"])
        page = found[: self.sent_at_most][offset : offset + min(int(body["limit"]), self.most_rows)]
        metadata: dict[str, Any] = {"currencyCode": "RUB", "timeZone": self.time_zone}
        if is_other:
            metadata["dataLossFromOtherRow"] = True
        if self.withheld_below:
            metadata["subjectToThresholding"] = True
        if self.hidden:
            restrictions = [
                {"metricName": name, "restrictedMetricTypes": ["REVENUE_DATA"]}
                for name in self.hidden
            ]
            metadata["schemaRestrictionResponse"] = {"activeMetricRestrictions": restrictions}
        if self.truncated:
            metadata["dataTruncationReasons"] = self.truncated
        if not found:
            metadata["emptyReason"] = "NO_DATA"
        if self.sampled_above_days is not None and days > self.sampled_above_days:
            metadata["samplingMetadatas"] = [
                {"samplesReadCount": "250000", "samplingSpaceSize": "1000000"}
            ]
        answer: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in DIMENSIONS],
            "metricHeaders": [
                {"name": name, "type": TYPES.get(name, "TYPE_INTEGER")}
                for name in (*METRICS, *self.more_metrics)
            ],
            "metadata": metadata,
            "propertyQuota": {"tokensPerDay": {"consumed": COST, "remaining": self.tokens_left}},
            "kind": "analyticsData#runReport",
        }
        if found:
            answer["rowCount"] = len(found)
        if page:
            answer["rows"] = [
                {
                    "dimensionValues": [{"value": value} for value in key],
                    "metricValues": [{"value": value} for value in (*row, *self.more_metrics)],
                }
                for key, row in page
            ]
        return answer

    def _shown(self, row: list[str]) -> list[str]:
        return [
            "0" if name in self.hidden else value for name, value in zip(METRICS, row, strict=True)
        ]


def _summed(rows: list[list[str]]) -> list[str]:
    """One row of what was rolled up; its rate is that of the sums."""
    sums = [sum(Decimal(row[place]) for row in rows) for place in range(len(METRICS))]
    rate = sum(Decimal(row[0]) * Decimal(row[-1]) for row in rows) / sums[0]
    return [*map(str, sums[:-1]), str(rate)]
