"""HubSpot's CRM: lists with a cursor, a search with a cap and a lagging index, associations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

_MESSAGES = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
    "DAILY": "You have reached your daily limit.",
}


@dataclass
class FakeHubspot:
    """`contacts`, `deals`, `line_items`: objects by id, `properties` as texts.

    `contacts_of`: contacts of each deal; `deals_of`: deals of each line item.

    `search_cap`: the most rows of one query. `index_lag`: seconds until a change can be searched.
    """

    clock: FakeClock
    token: str = "pat-eu1-token"
    search_cap: int = 10_000
    index_lag: float = 0.0
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)
    line_items: dict[int, dict[str, Any]] = field(default_factory=dict)
    contacts_of: dict[int, list[int]] = field(default_factory=dict)
    deals_of: dict[int, list[int]] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    before_page: Callable[[str], None] = lambda kind: None

    def answer(self, request: FakeRequest) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return unauthorized()
        path = request.path
        if path == "/crm/v3/pipelines/deals":
            return json_reply({"results": self.pipelines})
        for pair in ("deals/contacts", "line_items/deals"):
            if path == f"/crm/v4/associations/{pair}/batch/read":
                return self._associations(request.json(), self._links(pair.split("/")[0]))
        if path == "/crm/v3/objects/deals/batch/read":
            return self._read_batch(request.json())
        for kind in ("contacts", "deals", "line_items"):
            if path == f"/crm/v3/objects/{kind}":
                return self._list(kind, request)
            if path == f"/crm/v3/objects/{kind}/search":
                return self._search(kind, request.json())
        return json_reply({"status": "error", "message": "resource not found"}, 404)

    def _links(self, kind: str) -> dict[int, list[int]]:
        return {"deals": self.contacts_of, "line_items": self.deals_of}.get(kind, {})

    def _list(self, kind: str, request: FakeRequest) -> Reply:
        self.before_page(kind)
        with_history = request.param("propertiesWithHistory")
        limit = int(request.param("limit", "10"))
        if limit > (50 if with_history else 100):
            return invalid(f"limit {limit} is too large")
        archived = request.param("archived") == "true"
        after = int(request.param("after", "0"))
        rows = [
            record
            for number, record in sorted(getattr(self, kind).items())
            if bool(record.get("archived")) == archived and number >= after
        ]
        wanted = request.param("properties").split(",")
        associations = request.param("associations")
        shown = [self._shown(row, kind, wanted, associations) for row in rows[:limit]]
        if with_history:
            for row, record in zip(shown, rows, strict=False):
                row["propertiesWithHistory"] = {with_history: record.get("history", [])}
        answer: dict[str, Any] = {"results": shown}
        if len(rows) > limit:
            following = str(rows[limit]["id"])
            link = f"https://api.hubapi.com/crm/v3/objects/{kind}?after={following}"
            answer["paging"] = {"next": {"after": following, "link": link}}
        return json_reply(answer)

    def _read_batch(self, body: dict[str, Any]) -> Reply:
        self.before_page("deals")
        with_history = body.get("propertiesWithHistory", [])
        if len(body["inputs"]) > (50 if with_history else 100):
            return invalid("too many inputs")
        results = []
        wanted = [int(item["id"]) for item in body["inputs"]]
        for number in wanted:
            record = self.deals.get(number)
            if record is None or record.get("archived"):
                continue
            history = {name: record.get("history", []) for name in with_history}
            shown = self._shown(record, "deals", body["properties"], "")
            results.append({**shown, "propertiesWithHistory": history})
        is_whole = len(results) == len(wanted)
        return json_reply({"status": "COMPLETE", "results": results}, 200 if is_whole else 207)

    def _shown(
        self, record: dict[str, Any], kind: str, wanted: list[str], associations: str
    ) -> dict[str, Any]:
        properties = {name: record["properties"].get(name) for name in wanted if name}
        shown: dict[str, Any] = {
            "id": str(record["id"]),
            "properties": {**properties, "hs_object_id": str(record["id"])},
            "createdAt": record["properties"]["createdate"],
            "archived": bool(record.get("archived")),
            **record.get("more", {}),
        }
        linked = self._links(kind).get(record["id"], [])
        if associations and linked:
            link = f"{kind.rstrip('s')}_to_{associations.rstrip('s')}"
            results = [{"id": str(number), "type": link} for number in linked]
            shown["associations"] = {associations: {"results": results}}
        return shown

    def _search(self, kind: str, body: dict[str, Any]) -> Reply:
        self.before_page(kind)
        after, limit = int(body.get("after") or 0), int(body["limit"])
        if limit > 200:
            return invalid("limit must be at most 200")
        if after + limit > self.search_cap:
            return invalid("ctx.after must be at most 10000")
        rows = [
            {**record["properties"], "hs_object_id": str(record["id"]), "_record": record}
            for record in getattr(self, kind).values()
            if not record.get("archived") and self._is_indexed(record, kind)
        ]
        for condition in body["filterGroups"][0]["filters"]:
            rows = [row for row in rows if _holds(row, condition)]
        for sort in body.get("sorts", []):
            rows.sort(key=lambda row: _number(row[sort["propertyName"]]))
        page = rows[after : after + limit]
        answer: dict[str, Any] = {
            "total": len(rows),
            "results": [self._shown(row["_record"], kind, body["properties"], "") for row in page],
        }
        if after + limit < len(rows):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return json_reply(answer)

    def _is_indexed(self, record: dict[str, Any], kind: str) -> bool:
        cursor = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
        changed = _number(record["properties"][cursor]) / 1000
        return changed + self.index_lag <= self.clock.now().timestamp()

    @staticmethod
    def _associations(body: dict[str, Any], links: dict[int, list[int]]) -> Reply:
        assert len(body["inputs"]) <= 1000
        results, errors = [], []
        for item in body["inputs"]:
            linked = links.get(int(item["id"]), [])
            if linked:
                to = [{"toObjectId": number, "associationTypes": []} for number in linked]
                results.append({"from": {"id": item["id"]}, "to": to})
            else:
                errors.append({"status": "error", "category": "OBJECT_NOT_FOUND"})
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
        if errors:
            answer |= {"numErrors": len(errors), "errors": errors}
        return json_reply(answer, 207 if errors else 200)


def _number(value: str) -> float:
    return float(value) if value.isdigit() else datetime.fromisoformat(value).timestamp() * 1000


def _holds(row: dict[str, Any], condition: dict[str, str]) -> bool:
    left, right = _number(row[condition["propertyName"]]), _number(condition["value"])
    return {"GTE": left >= right, "GT": left > right, "EQ": left == right}[condition["operator"]]


def too_many(policy: str) -> Reply:
    """The refusal for too many requests under a policy."""
    return json_reply(
        {
            "status": "error",
            "message": _MESSAGES[policy],
            "errorType": "RATE_LIMIT",
            "correlationId": "00000000-0000-0000-0000-000000000000",
            "policyName": policy,
        },
        429,
    )


def unauthorized() -> Reply:
    return json_reply(
        {
            "status": "error",
            "message": "Authentication credentials not found.",
            "category": "INVALID_AUTHENTICATION",
        },
        401,
    )


def invalid(message: str) -> Reply:
    return json_reply({"status": "error", "message": message, "category": "VALIDATION_ERROR"}, 400)
