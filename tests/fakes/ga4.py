"""Google Analytics 4: runReport of one property."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
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
MOST_ROWS = 250_000


def error_reply(code: int, status: str, message: str) -> Reply:
    return json_reply({"error": {"code": code, "message": message, "status": status}}, code)


REFUSED = error_reply(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
THROTTLED = error_reply(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota.")
DAY_QUOTA = error_reply(429, "RESOURCE_EXHAUSTED", "Exhausted property tokens per day.")
HOUR_QUOTA = error_reply(429, "RESOURCE_EXHAUSTED", "Exhausted property tokens per hour.")


class Ga4Fake(GoogleOauthFake):
    """`most_rows`: the server cuts a page to it. `sampled_above_days`, `other_above_days`:
    longer periods are estimated or rolled up; 0 = always."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: dict[tuple[str, ...], list[str]] = {}
        self.most_rows = MOST_ROWS
        self.sampled_above_days: int | None = None
        self.other_above_days: int | None = None
        self.is_thresholded = False
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
        body = request.json()
        names = [item["name"] for item in (*body["dimensions"], *body["metrics"])]
        if not set(names) <= {*DIMENSIONS, *METRICS}:
            return error_reply(400, "INVALID_ARGUMENT", "Field is not a valid dimension or metric")
        if not (isinstance(body["limit"], str) and isinstance(body["offset"], str)):
            return error_reply(400, "INVALID_ARGUMENT", "int64 values are strings")
        return json_reply(self._report(body))

    def _report(self, body: Mapping[str, Any]) -> dict[str, Any]:
        (span,) = body["dateRanges"]
        first, last = (span[key].replace("-", "") for key in ("startDate", "endDate"))
        days = (
            date.fromisoformat(span["endDate"]) - date.fromisoformat(span["startDate"])
        ).days + 1
        found = sorted((key, row) for key, row in self.rows.items() if first <= key[0] <= last)
        offset = int(body["offset"])
        page = found[offset : offset + min(int(body["limit"]), self.most_rows)]
        is_other = self.other_above_days is not None and days > self.other_above_days
        metadata: dict[str, Any] = {"currencyCode": "RUB", "timeZone": self.time_zone}
        if is_other:
            metadata["dataLossFromOtherRow"] = True
        if self.is_thresholded:
            metadata["subjectToThresholding"] = True
        if self.sampled_above_days is not None and days > self.sampled_above_days:
            metadata["samplingMetadatas"] = [
                {"samplesReadCount": "250000", "samplingSpaceSize": "1000000"}
            ]
        answer: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in DIMENSIONS],
            "metricHeaders": [
                {"name": name, "type": "TYPE_INTEGER"} for name in (*METRICS, *self.more_metrics)
            ],
            "metadata": metadata,
            "propertyQuota": {"tokensPerDay": {"consumed": 7, "remaining": 199_000}},
            "kind": "analyticsData#runReport",
        }
        if found:
            answer["rowCount"] = len(found)
        if page:
            answer["rows"] = [
                {
                    "dimensionValues": [
                        {"value": "(other)" if is_other else value} for value in key
                    ],
                    "metricValues": [{"value": value} for value in (*row, *self.more_metrics)],
                }
                for key, row in page
            ]
        return answer
