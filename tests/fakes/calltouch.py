"""Calltouch's diary of calls: pages from 1, days as 31/01/2026."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.fakes.server import FakeRequest, Reply, json_reply


@dataclass
class FakeCalltouch:
    """`calls`: records with `at` (a datetime) in place of `date`. `month_first`: reads dates so.

    `page_size`: the vendor's limit. `hides`: how many of the last records are never given.
    """

    token: str = "calltouch-api-key"
    site: str = "12345"
    page_size: int = 1000
    month_first: bool = False
    iso_times: bool = False
    hides: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: FakeRequest) -> Reply:
        found = re.fullmatch(r"/calls-service/RestAPI/(\w+)/calls-diary/calls", request.path)
        if not found:
            return json_reply({"message": "Not found"}, 404)
        if request.param("clientApiId") != self.token or found[1] != self.site:
            return json_reply({"message": "Access denied"}, 403)
        layout = "%m/%d/%Y" if self.month_first else "%d/%m/%Y"
        try:
            first = _day(request.param("dateFrom"), layout)
            last = _day(request.param("dateTo"), layout)
        except ValueError:
            return json_reply({"message": "Wrong date"}, 400)
        rows = [call for call in self.calls if first <= call["at"].date() <= last]
        size = min(int(request.param("limit")), self.page_size)
        page = int(request.param("page"))
        shown = rows[: len(rows) - self.hides][(page - 1) * size : page * size]
        return json_reply(
            {
                "page": page,
                "pageTotal": max(1, -(-len(rows) // size)),
                "pageSize": size,
                "recordsTotal": len(rows),
                "records": [self._record(call) for call in shown],
            }
        )

    def _record(self, call: dict[str, Any]) -> dict[str, Any]:
        layout = "%Y-%m-%d %H:%M:%S" if self.iso_times else "%d/%m/%Y %H:%M:%S"
        return {
            "date": call["at"].strftime(layout),
            **{name: value for name, value in call.items() if name != "at"},
        }


def _day(text: str, layout: str) -> date:
    return datetime.strptime(text, layout).replace(tzinfo=UTC).date()
