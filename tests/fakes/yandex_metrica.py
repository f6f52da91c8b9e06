"""Yandex Metrica: Logs API, reporting API and management API of one counter.

Visits are dictionaries of cells as the TSV holds them, already escaped. A log is made from the
visits there are at the moment it becomes `processed`, as at the real one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply, text_reply

TOKEN = "metrica-token-5f1c"
COUNTER = "100500"
GOALS = ("101", "102")
CAP_BYTES = 10 * 1024**3
REPORTS, REPORTS_SECONDS = 200, 300

# Fields of the Logs API, as its documentation lists them (those that somebody might ask for).
_OF_VISITS = """
    visitID counterID watchIDs date dateTime dateTimeUTC isNewUser startURL endURL pageViews
    visitDuration bounce ipAddress regionCountry regionCity clientID counterUserIDHash goalsID
    goalsSerialNumber goalsDateTime goalsPrice goalsOrder goalsCurrency purchaseID purchaseDateTime
    purchaseRevenue purchaseCurrency referer from deviceCategory operatingSystemRoot
    operatingSystem browser browserLanguage screenWidth screenHeight clientTimeZone hasGCLID
"""
_OF_SOURCES = """
    TrafficSource AdvEngine ReferalSource SearchEngineRoot SearchEngine SocialNetwork
    SocialNetworkProfile RecommendationSystem Messenger UTMSource UTMMedium UTMCampaign UTMContent
    UTMTerm DirectClickOrder DirectClickOrderName DirectBannerGroup DirectClickBanner
"""
_OF_HITS = """
    watchID pageViewID visitID counterID clientID date dateTime title URL referer goalsID UTMSource
    UTMMedium UTMCampaign UTMContent UTMTerm lastTrafficSource isPageView artificial notBounce
    GCLID hasGCLID
"""
FIELDS = {
    "visits": {f"ym:s:{name}" for name in _OF_VISITS.split()}
    | {
        f"ym:s:{model}{name}"
        for model in ("last", "first", "lastSign", "automatic")
        for name in _OF_SOURCES.split()
    },
    "hits": {f"ym:pv:{name}" for name in _OF_HITS.split()},
}

_BASE = f"/management/v1/counter/{COUNTER}"
_STATUS = {"invalid_parameter": 400, "query_error": 400, "unauthorized": 401, "access_denied": 403}


def error_reply(kind: str, message: str, status: int | None = None) -> Reply:
    code = status or _STATUS.get(kind, 429 if kind.startswith("quota") else 400)
    body = {"errors": [{"error_type": kind, "message": message}], "code": code, "message": message}
    return json_reply(body, code)


REFUSED = error_reply("unauthorized", "Invalid oauth_token")
THROTTLED = error_reply("quota_parallel_requests", "Exceeded the number of parallel requests.")
DAY_QUOTA = error_reply("quota_requests_by_uid", "Exceeded the number of requests a day.", 420)


def visit(day: date, number: int, **cells: str) -> dict[str, str]:
    """Cells of a visit by the field names of the Logs API."""
    usual = {
        # more than 2**63, as real ids may be
        "ym:s:visitID": str(9_223_372_036_854_775_900 + number),
        "ym:s:counterID": COUNTER,
        "ym:s:date": day.isoformat(),
        "ym:s:dateTime": f"{day.isoformat()} 10:{number % 60:02d}:00",
        "ym:s:clientID": str(17_000_000_000_000_000_000 + number),
        "ym:s:isNewUser": "1",
        "ym:s:bounce": "0",
        "ym:s:pageViews": "3",
        "ym:s:visitDuration": "64",
        "ym:s:startURL": r"https://shop.example/?q=a\tb\\c&text=it\'s",
        "ym:s:lastSignTrafficSource": "ad",
        "ym:s:goalsID": "[101,102]" if number % 2 else "[]",
        "ym:s:purchaseID": r"['A-1\'x']" if number % 3 == 0 else "[]",
    }
    return {**usual, **cells}


def hit(day: date, number: int, **cells: str) -> dict[str, str]:
    """Cells of a hit by the field names of the Logs API."""
    usual = {
        "ym:pv:watchID": str(9_323_372_036_854_775_900 + number),
        "ym:pv:visitID": str(9_223_372_036_854_775_900 + number),
        "ym:pv:counterID": COUNTER,
        "ym:pv:date": day.isoformat(),
        "ym:pv:dateTime": f"{day.isoformat()} 10:{number % 60:02d}:07",
        "ym:pv:clientID": str(17_000_000_000_000_000_000 + number),
        "ym:pv:URL": "https://shop.example/cart",
        "ym:pv:referer": r"https://shop.example/?q=\'new\'",
        "ym:pv:isPageView": "1",
        "ym:pv:artificial": "0",
        "ym:pv:notBounce": "0",
        "ym:pv:goalsID": "[101]" if number % 2 else "[]",
    }
    return {**usual, **cells}


class YandexMetricaFake:
    """`polls`: how often a log is not ready yet. `parts`: how many a log has.

    `outcomes`: states that the next logs take in place of `processed`, one each.
    `fits_days`: what evaluate allows at most. `too_complicated_days`: longer reports are refused.
    `unknown`: fields the counter does not have. `more_fields`: columns nobody asked for.
    `used_bytes`: what others hold of the space for prepared logs.
    `report_quota`: how more than 200 reports in five minutes are refused.
    `withheld_after`: reports have no rows after so many, whatever their total says.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.visits: dict[date, list[dict[str, str]]] = {}
        self.hits: dict[date, list[dict[str, str]]] = {}
        self.report: dict[date, dict[str, float | None]] = {}
        self.polls = 2
        self.parts = 2
        self.outcomes: list[str] = []
        self.fits_days = 10**6
        self.too_complicated_days = 10**6
        self.unknown: set[str] = set()
        self.more_fields: list[str] = []
        self.more_report_keys: dict[str, Any] = {}
        self.sample_share = 1.0
        self.rounded = False
        self.tells_total = True
        self.empty_has_parts_key = False
        self.attribution = ""  # what logs are shown with; "" = as ordered
        self.used_bytes = 0
        self.report_quota = "quota_requests_by_counter_id"
        self.reports_at: list[datetime] = []
        self.is_sensitive = False
        self.withheld_after = 10**6
        self.requests: dict[int, dict[str, Any]] = {}
        self._files: dict[int, list[str]] = {}
        self._waits: dict[int, int] = {}
        self.counter: dict[str, Any] = {
            "id": int(COUNTER),
            "status": "Active",
            "owner_login": "somebody",
            "name": "Shop",
            "code_status": "CS_OK",
            "site2": {"site": "shop.example"},
            "time_zone_name": "Europe/Moscow",
            "time_zone_offset": 180,
            "filter_robots": 2,
            "visit_threshold": 1800,
            "autogoals_enabled": True,
        }
        self.goals: list[dict[str, Any]] = [
            {
                "id": int(goal),
                "name": f"Goal {goal}",
                "type": "url",
                "goal_source": "user",
                "conditions": [{"type": "contain", "url": f"/thanks-{goal}"}],
            }
            for goal in GOALS
        ]

    def fill(self, first: date, days: int, per_day: int) -> None:
        for shift in range(days):
            day = first + timedelta(days=shift)
            self.visits[day] = [visit(day, shift * 100 + number) for number in range(per_day)]
            self.hits[day] = [hit(day, shift * 100 + number) for number in range(per_day)]
            self.report[day] = {
                "ym:s:visits": per_day,
                "ym:s:users": per_day,
                "ym:s:pageviews": 3 * per_day,
                "ym:s:robotVisits": 1,
                "ym:s:bounceRate": 12.5,
                **{
                    f"ym:s:goal{goal}{figure}": shift + 1
                    for goal in GOALS
                    for figure in ("reaches", "visits")
                },
            }

    # requests

    def answer(self, request: FakeRequest) -> Reply:
        if request.headers.get("authorization") != f"OAuth {TOKEN}":
            return REFUSED
        if request.path == "/stat/v1/data":
            now = self.clock.now()
            age = timedelta(seconds=REPORTS_SECONDS)
            self.reports_at = [at for at in self.reports_at if now - at < age]
            if len(self.reports_at) >= REPORTS:
                return error_reply(self.report_quota, "Exceeded the number of report requests.")
            self.reports_at.append(now)
            return self._stat(request)
        if not (request.path == _BASE or request.path.startswith(_BASE + "/")):
            return error_reply("access_denied", "Access is denied")
        path = request.path.removeprefix(_BASE)
        if path == "":
            return json_reply({"counter": self.counter})
        if path == "/goals":
            return json_reply({"goals": self.goals})
        if path == "/logrequests/evaluate":
            return self._evaluate(request)
        if path == "/logrequests":
            return self._create(request) if request.method == "POST" else self._list()
        return self._one(request, path)

    def _one(self, request: FakeRequest, path: str) -> Reply:
        found = re.fullmatch(r"/logrequest/(\d+)(/clean|/cancel|/part/(\d+)/download)?", path)
        if not found or int(found[1]) not in self.requests:
            return error_reply("not_found", "Not found", 404)
        number, action = int(found[1]), found[2] or ""
        log = self.requests[number]
        if action == "":
            self._advance(number)
        elif action == "/clean":
            log["status"] = "cleaned_by_user"
        elif action == "/cancel":
            log |= {"status": "canceled", "size": 0}
        else:
            return self._part(number, int(found[3]))
        return json_reply({"log_request": self._shown(log)})

    def _wrong(self, request: FakeRequest) -> Reply | None:
        first, last = (date.fromisoformat(request.param(name)) for name in ("date1", "date2"))
        fields = request.param("fields")
        zone = ZoneInfo(self.counter["time_zone_name"])
        if last >= self.clock.now().astimezone(zone).date() or first > last:
            return error_reply("invalid_parameter", "date2 must be before today")
        if (last - first).days >= 366:
            return error_reply("invalid_parameter", "The period is longer than one year")
        if len(fields) > 3000:
            return error_reply("invalid_parameter", "fields is too long")
        source = request.param("source")
        if source not in ("visits", "hits"):
            return error_reply("invalid_parameter", "Wrong source")
        known = FIELDS[source] - self.unknown
        for field in fields.split(","):
            if field not in known:
                text = f"Unknown field in the request: {field} for the source {source}"
                return error_reply("invalid_parameter", text)
        return None

    def _evaluate(self, request: FakeRequest) -> Reply:
        wrong = self._wrong(request)
        if wrong:
            return wrong
        first, last = (date.fromisoformat(request.param(name)) for name in ("date1", "date2"))
        fits = 0 if self._is_full else self.fits_days
        possible = (last - first).days + 1 <= fits
        return json_reply(
            {"log_request_evaluation": {"possible": possible, "max_possible_day_quantity": fits}}
        )

    @property
    def _is_full(self) -> bool:
        own = sum(log["size"] for log in self.requests.values() if log["status"] == "processed")
        return self.used_bytes + own >= CAP_BYTES

    def _create(self, request: FakeRequest) -> Reply:
        wrong = self._wrong(request)
        if wrong:
            return wrong
        if self._is_full:  # in words of its own, as nobody knows the real ones
            return error_reply("invalid_parameter", "It is too much")
        number = 12_345_678 + len(self.requests)
        self.requests[number] = {
            "request_id": number,
            "counter_id": int(COUNTER),
            "source": request.param("source"),
            "date1": request.param("date1"),
            "date2": request.param("date2"),
            "fields": request.param("fields").split(","),
            "status": "created",
            "attribution": self.attribution or request.param("attribution"),
        }
        self._waits[number] = self.polls
        return json_reply({"log_request": self._shown(self.requests[number])})

    def _list(self) -> Reply:
        shown = [self._shown(log) for log in self.requests.values()]
        for log in shown:
            log.pop("parts", None)  # a list need not carry what one log does
        return json_reply({"requests": shown})

    @staticmethod
    def _shown(log: Mapping[str, Any]) -> dict[str, Any]:
        return dict(log)

    def _advance(self, number: int) -> None:
        log = self.requests[number]
        if log["status"] not in ("created", "awaiting_retry"):
            return
        if self._waits[number] > 0:
            self._waits[number] -= 1
            log["status"] = "awaiting_retry" if self._waits[number] % 2 else "created"
            return
        if self.outcomes:
            log["status"] = self.outcomes.pop(0)
            return
        log["status"] = "processed"
        files = self._files[number] = self._make_files(log)
        log["size"] = sum(len(text.encode()) for text in files)
        if files or self.empty_has_parts_key:
            log["parts"] = [
                {"part_number": place, "size": len(text.encode())}
                for place, text in enumerate(files)
            ]

    def _make_files(self, log: Mapping[str, Any]) -> list[str]:
        first, last = date.fromisoformat(log["date1"]), date.fromisoformat(log["date2"])
        rows = [
            row
            for day, rows in sorted((self.hits if log["source"] == "hits" else self.visits).items())
            if first <= day <= last
            for row in rows
        ]
        # the order of columns is not that of the request
        columns = [*reversed(log["fields"]), *self.more_fields]
        lines = ["\t".join(row.get(column, "") for column in columns) for row in rows]
        each = -(-len(lines) // self.parts)
        return [
            "\n".join(["\t".join(columns), *lines[start : start + each]]) + "\n"
            for start in range(0, len(lines), each or 1)
        ]

    def _part(self, number: int, place: int) -> Reply:
        if self.requests[number]["status"] != "processed":
            text = "Only log of requests in status 'processed' can be downloaded"
            return error_reply("invalid_parameter", text)
        if place >= len(self._files[number]):
            return error_reply("invalid_parameter", "Incorrect part number")
        return text_reply(self._files[number][place])

    def _stat(self, request: FakeRequest) -> Reply:
        metrics = request.param("metrics").split(",")
        if len(metrics) > 20 or len(request.param("dimensions").split(",")) > 10:
            return error_reply("invalid_parameter", "Too many metrics or dimensions")
        if len({metric.split(":")[1] for metric in metrics}) > 1:
            return error_reply("invalid_parameter", "Metrics of different prefixes")
        if request.param("ids") != COUNTER:
            return error_reply("access_denied", "Access is denied")
        first, last = (date.fromisoformat(request.param(name)) for name in ("date1", "date2"))
        if (last - first).days >= self.too_complicated_days:
            text = "Query is too complicated. Please reduce the date interval or sampling."
            return error_reply("query_error", text)
        days = sorted(day for day in self.report if first <= day <= last)
        limit, offset = int(request.param("limit", "100")), int(request.param("offset", "1"))
        page = days[: self.withheld_after][offset - 1 : offset - 1 + limit]
        sampled = self.sample_share < 1 or request.param("accuracy") != "full"
        return json_reply(
            {
                "query": {"ids": [int(COUNTER)], "limit": limit, "offset": offset},
                "data": [
                    {
                        "dimensions": [{"name": day.isoformat()}],
                        "metrics": [_figure(self.report[day][metric]) for metric in metrics],
                        **self.more_report_keys,
                    }
                    for day in page
                ],
                **({"total_rows": len(days) + 3 * self.rounded} if self.tells_total else {}),
                "total_rows_rounded": self.rounded,
                "sampled": sampled,
                "sample_share": self.sample_share,
                "contains_sensitive_data": self.is_sensitive,
                "data_lag": 4242,
            }
        )


def _figure(value: float | None) -> float | None:
    return None if value is None else float(value)
