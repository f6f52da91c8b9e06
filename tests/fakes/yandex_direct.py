"""Yandex Direct: Reports, Campaigns and Changes of one advertiser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply, text_reply

TOKEN = "direct-token-9a77"
LOGIN = "shop-login"
KEPT = timedelta(hours=5)
QUEUE = 5
CALLS, CALLS_SECONDS = 20, 10
UNITS = 10


def error_reply(code: int | str, text: str, status: int = 400) -> Reply:
    error = {"request_id": "8695244274068608439", "error_code": code, "error_string": text}
    return json_reply({"error": {**error, "error_detail": ""}}, status)


REFUSED = error_reply("53", "Authorization error")
THROTTLED = error_reply(506, "Limit of concurrent connections exceeded")
QUEUE_FULL = error_reply(9000, "Too many reports in the queue")


@dataclass(frozen=True)
class Stat:
    day: date
    campaign_id: int
    name: str | None
    network: str
    impressions: int
    clicks: int
    cost: Decimal
    conversions: int | None
    group_id: int = 501
    ad_id: int = 9001


@dataclass
class _Report:
    body: bytes
    made_at: datetime
    waits: int
    text: str | None = None


class YandexDirectFake:
    """`waits`: how often 201 and then 202 come before the report. `long_days`: 502 above it.

    `newer`: campaigns of a kind that only the version v501 shows. `sum_line`, `no_value`: no
    document tells them. `most_rows`: a report ends there. `calls`: when reports were asked for.
    `units`: points of the advertiser; those of the agency never end. Reports spend none.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.stats: list[Stat] = []
        self.waits = 3
        self.retry_in = "7"
        self.long_days = 10**6
        self.waiting_of_others = 0
        self.more_columns: list[str] = []
        self.newer: set[int] = set()
        self.sum_line = "Total rows: {}"
        self.no_value = "--"
        self.most_rows = 10**6
        self.currency = "RUB"
        self.units = 64_000
        self.calls: list[datetime] = []
        self.borders: dict[int, date] = {}
        self.page_of_campaigns = 2
        self.checked_since: list[str] = []
        self.reports: dict[tuple[str, str], _Report] = {}

    def fill(self, first: date, days: int) -> None:
        for shift in range(days):
            day = first + timedelta(days=shift)
            self.stats += [
                Stat(day, 11, "Дома «Баня»", "SEARCH", 100 + shift, 10, Decimal("1234.50"), 1),
                Stat(day, 11, "Дома «Баня»", "AD_NETWORK", 900, 4, Decimal("80.00"), None),
                Stat(day, 12, None, "SEARCH", 5, 0, Decimal("0.00"), None),
                # another ad of the first one's group, and one of another group
                Stat(day, 11, "Дома «Баня»", "SEARCH", 40, 3, Decimal("60.10"), 2, 501, 9002),
                Stat(day, 11, "Дома «Баня»", "SEARCH", 7, 1, Decimal("9.90"), None, 502, 9003),
            ]

    def restate(self, place: int, cost: Decimal) -> None:
        self.stats[place] = replace(self.stats[place], cost=cost)

    def answer(self, request: FakeRequest) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return REFUSED
        if request.headers.get("client-login", LOGIN) != LOGIN:
            return error_reply(54, "No rights")
        version, _, service = request.path.removeprefix("/json/").partition("/")
        assert version in ("v5", "v501")
        if service != "reports" and request.headers.get("use-operator-units") != "true":
            if self.units < UNITS:
                return error_reply(152, "Not enough units", 200)
            self.units -= UNITS
        if service == "campaigns":
            return self._campaigns(request.json())
        if service == "changes":
            return self._changes(request.json())
        if service == "clients":
            return self._clients(request.json())
        assert service == "reports"
        now = self.clock.now()
        self.calls = [at for at in self.calls if (now - at).total_seconds() < CALLS_SECONDS]
        if len(self.calls) >= CALLS:
            return error_reply(56, "Method request limit exceeded")
        self.calls.append(now)
        return self._report(request, version)

    def _report(self, request: FakeRequest, version: str) -> Reply:
        params = request.json()["params"]
        criteria = params["SelectionCriteria"]
        first, last = (date.fromisoformat(criteria[key]) for key in ("DateFrom", "DateTo"))
        if params["DateRangeType"] != "CUSTOM_DATE" or first > last:
            return error_reply(8000, "Invalid request")
        if (last - first).days >= self.long_days:
            return Reply(502)
        key = (request.headers.get("client-login", LOGIN), params["ReportName"])
        report = self.reports.get(key)
        if report and self.clock.now() - report.made_at > KEPT:
            report = None
        if report is None:
            waiting = sum(1 for other in self.reports.values() if other.text is None)
            if waiting + self.waiting_of_others >= QUEUE:
                self.waiting_of_others = max(self.waiting_of_others - 1, 0)
                return QUEUE_FULL
            report = self.reports[key] = _Report(request.body, self.clock.now(), self.waits)
        elif report.body != request.body:
            return error_reply(4000, "The report name is in use with other parameters")
        if report.waits:
            report.waits -= 1
            status = 201 if report.waits == self.waits - 1 else 202
            return Reply(status, headers={"retryIn": self.retry_in, "reportsInQueue": "1"})
        if report.text is None:
            shown = [s for s in self.stats if version == "v501" or s.campaign_id not in self.newer]
            report.text = self._text(params, request, [s for s in shown if first <= s.day <= last])
        return text_reply(report.text)

    def _text(self, params: dict[str, Any], request: FakeRequest, found: list[Stat]) -> str:
        def money(value: Decimal) -> str:
            with_vat = value * Decimal("1.22") if params["IncludeVAT"] == "YES" else value
            if request.headers.get("returnmoneyinmicros") == "false":
                return f"{with_vat:.2f}"
            return str(int(with_vat * 1_000_000))

        cells = {
            "Date": lambda stat: stat.day.isoformat(),
            "CampaignId": lambda stat: str(stat.campaign_id),
            "CampaignName": lambda stat: stat.name or self.no_value,
            "AdGroupId": lambda stat: str(stat.group_id),
            "AdGroupName": lambda stat: f"Группа {stat.group_id}",
            "AdId": lambda stat: str(stat.ad_id),
            "AdNetworkType": lambda stat: stat.network,
            "Impressions": lambda stat: str(stat.impressions),
            "Clicks": lambda stat: str(stat.clicks),
            "Cost": lambda stat: money(stat.cost),
            "Conversions": lambda stat: (
                self.no_value if stat.conversions is None else str(stat.conversions)
            ),
        }
        names = [*params["FieldNames"], *self.more_columns]
        rows = _summed(found, names)[: self.most_rows]
        lines = [
            "\t".join(cells.get(name, lambda stat: "?")(stat) for name in names) for stat in rows
        ]

        def wanted(header: str) -> bool:
            return request.headers.get(header) != "true"

        span = " - ".join(params["SelectionCriteria"][key] for key in ("DateFrom", "DateTo"))
        top = [f'"{params["ReportName"]} ({span})"'] if wanted("skipreportheader") else []
        head = ["\t".join(names)] if wanted("skipcolumnheader") else []
        foot = [self.sum_line.format(len(rows))] if wanted("skipreportsummary") else []
        return "\n".join([*top, *head, *lines, *foot]) + "\n"

    def _campaigns(self, body: dict[str, Any]) -> Reply:
        ids = sorted({stat.campaign_id for stat in self.stats})
        offset = body["params"]["Page"]["Offset"]
        limit = min(body["params"]["Page"]["Limit"], self.page_of_campaigns)
        result: dict[str, Any] = {"Campaigns": [{"Id": i} for i in ids[offset : offset + limit]]}
        if offset + limit < len(ids):
            result["LimitedBy"] = offset + limit
        return json_reply({"result": result}, headers={"Units": "10/20000/64000"})

    def _clients(self, body: dict[str, Any]) -> Reply:
        if body["method"] != "get" or not {"Currency"} <= {*body["params"]["FieldNames"]}:
            return error_reply(8000, "Invalid request", 200)
        return json_reply({"result": {"Clients": [{"Login": LOGIN, "Currency": self.currency}]}})

    def _changes(self, body: dict[str, Any]) -> Reply:
        params = body["params"]
        if body["method"] != "check" or params["FieldNames"] != ["CampaignsStat"]:
            return error_reply(8000, "Invalid request", 200)
        self.checked_since.append(params["Timestamp"])
        changed = [
            {"CampaignId": campaign, "BorderDate": day.isoformat()}
            for campaign, day in self.borders.items()
            if campaign in params["CampaignIds"]
        ]
        return json_reply({"result": {"Modified": {"CampaignsStat": changed}, "Timestamp": "x"}})


def _summed(stats: list[Stat], names: list[str]) -> list[Stat]:
    """Rows by what the named columns tell apart, as Direct adds up what a report does not name."""
    summed: dict[tuple[object, ...], Stat] = {}
    for stat in stats:
        group = stat.group_id if "AdGroupId" in names else None
        ad = stat.ad_id if "AdId" in names else None
        key = (stat.day, stat.campaign_id, group, ad, stat.network)
        if known := summed.get(key):
            told = [item.conversions for item in (known, stat) if item.conversions is not None]
            stat = replace(  # noqa: PLW2901 - the sum takes the place of its parts
                known,
                impressions=known.impressions + stat.impressions,
                clicks=known.clicks + stat.clicks,
                cost=known.cost + stat.cost,
                conversions=sum(told) if told else None,
            )
        summed[key] = stat
    return list(summed.values())
