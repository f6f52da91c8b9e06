"""An amoCRM account: pages by link, 204 for nothing, seven requests a second, one-use renewals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

MOST_PER_SECOND = 7


@dataclass
class FakeAmocrm:
    """`leads`, `contacts`, `elements` (of lists): records by id; the others are rows.

    `is_paid`: otherwise 402. `counts_seconds`: 429 after seven requests a second. `has_filters`:
    some accounts have none. `orders`: what rows can be ordered by. `page_size`: the most rows of a
    page.
    """

    clock: FakeClock
    access: str = "long-lived-token"
    refresh: str = "refresh-from-env"
    access_expires: float = 4e9
    is_paid: bool = True
    counts_seconds: bool = False
    has_filters: bool = True
    orders: tuple[str, ...] = ("id", "updated_at", "created_at")
    page_size: int = 250
    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    elements: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    loss_reasons: list[dict[str, Any]] = field(default_factory=list)
    before_page: Callable[[str], None] = lambda kind: None
    renewals: int = 0
    _second: int = 0
    _in_second: int = 0

    def answer(self, request: FakeRequest) -> Reply:
        if request.path == "/oauth2/access_token":
            return self._renew(request.json())
        if self.counts_seconds and not self._count():
            return Reply(429, b"Too Many Requests", "text/plain")
        token = request.headers.get("authorization", "")
        if token != f"Bearer {self.access}" or self.clock.now().timestamp() >= self.access_expires:
            return problem(401, "Unauthorized", "Неверный логин или пароль")
        if not self.is_paid:
            return problem(402, "Payment Required", "Аккаунт не оплачен")
        kind = request.path.removeprefix("/api/v4/")
        if kind == "account":
            return self._hal({"id": 5135160, "currency": "RUB"})
        if kind == "leads/pipelines":
            return self._hal(
                {
                    "_total_items": len(self.pipelines),
                    "_embedded": {"pipelines": self.pipelines},
                }
            )
        if re.fullmatch(r"catalogs/\d+/elements", kind) or kind in (
            *("leads", "contacts", "events", "leads/loss_reasons"),
        ):
            return self._list(kind, request)
        return problem(404, "Not Found", "")

    def _renew(self, body: dict[str, str]) -> Reply:
        if body.get("refresh_token") != self.refresh or body.get("grant_type") != "refresh_token":
            return problem(400, "Некорректный запрос", "Токен обновления недействителен")
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        self.access_expires = self.clock.now().timestamp() + 86400
        return json_reply(
            {
                "token_type": "Bearer",
                "expires_in": 86400,
                "access_token": self.access,
                "refresh_token": self.refresh,
            }
        )

    def _count(self) -> bool:
        second = int(self.clock.now().timestamp())
        self._in_second = 1 if second != self._second else self._in_second + 1
        self._second = second
        return self._in_second <= MOST_PER_SECOND

    def _list(self, kind: str, request: FakeRequest) -> Reply:
        name = kind.rsplit("/", 1)[-1]
        self.before_page(name)
        stored = getattr(self, name)
        rows: list[dict[str, Any]] = list(stored.values() if isinstance(stored, dict) else stored)
        if name == "elements":
            rows = [row for row in rows if str(row["catalog_id"]) == kind.split("/")[1]]
        extras = request.param("with").split(",")
        if kind in ("leads", "contacts"):
            rows = [r for r in rows if bool(r.get("is_deleted")) == ("only_deleted" in extras)]
        if self.has_filters:
            rows = [row for row in rows if _passes(row, request)]
        for order in self.orders:
            if request.param(f"order[{order}]"):
                rows.sort(
                    key=lambda row: row[order], reverse=request.param(f"order[{order}]") == "desc"
                )
        size = min(int(request.param("limit", "50")), self.page_size)
        page = int(request.param("page", "1"))
        shown = [_shown(row, extras) for row in rows[(page - 1) * size : page * size]]
        if not shown:
            return Reply(204, b"", "application/hal+json")
        links: dict[str, Any] = {"self": {"href": _link(request, page)}}
        if page * size < len(rows):
            links["next"] = {"href": _link(request, page + 1)}
        return self._hal({"_page": page, "_links": links, "_embedded": {name: shown}})

    @staticmethod
    def _hal(value: dict[str, Any]) -> Reply:
        return Reply(200, json_reply(value).body, "application/hal+json")


def _passes(row: dict[str, Any], request: FakeRequest) -> bool:
    for name in ("created_at", "updated_at"):
        since, until = request.param(f"filter[{name}][from]"), request.param(f"filter[{name}][to]")
        if (since and row[name] < int(since)) or (until and row[name] > int(until)):
            return False
    kind = request.param("filter[type]")
    if kind and row["type"] != kind:
        return False
    ids = request.query.get("filter[id][]")
    return not ids or str(row["id"]) in ids


def _shown(row: dict[str, Any], extras: list[str]) -> dict[str, Any]:
    embedded = row.get("_embedded", {})
    kept = {name: value for name, value in embedded.items() if name in extras}
    return {**row, "_embedded": {"tags": [], "companies": [], **kept}}


def _link(request: FakeRequest, page: int) -> str:
    query = {**request.query, "page": [str(page)]}
    # The account's own name, whatever way the request came by.
    return f"https://example.amocrm.ru{request.path}?{urlencode(query, doseq=True)}"


def problem(status: int, title: str, detail: str, **wrong: str) -> Reply:
    """A refusal; `wrong`: what the parameters of that name have wrong."""
    body: dict[str, Any] = {
        "title": title,
        "type": f"https://httpstatus.es/{status}",
        "status": status,
        "detail": detail,
    }
    if wrong:
        errors = [{"code": "Invalid", "path": path, "detail": text} for path, text in wrong.items()]
        body["validation-errors"] = [{"request_id": "0", "errors": errors}]
    return Reply(status, json_reply(body).body, "application/problem+json")
