"""A Bitrix24 portal: item.list and the classical lists, batch, limits, webhook and OAuth.

Follows the vendor's documentation where it is strange: numbers in item.list and strings in the
classical lists, `[]` for empty maps, refused parts of a batch at HTTP 200, a reference of a batch
that leads nowhere counts as an empty value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

PAGE = 50
BUCKET, DRAIN_PER_SECOND = 50, 2

_CLASSICAL_NAMES = {
    "id": "ID",
    "title": "TITLE",
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "closedate": "CLOSEDATE",
    "opportunity": "OPPORTUNITY",
    "currencyId": "CURRENCY_ID",
    "sourceId": "SOURCE_ID",
    "contactId": "CONTACT_ID",
    "companyId": "COMPANY_ID",
    "leadId": "LEAD_ID",
    "utmSource": "UTM_SOURCE",
    "utmMedium": "UTM_MEDIUM",
    "utmCampaign": "UTM_CAMPAIGN",
    "utmContent": "UTM_CONTENT",
    "utmTerm": "UTM_TERM",
}
_KINDS = {1: "leads", 2: "deals", 3: "contacts"}
_CLASSICAL_METHODS = {
    "crm.lead.list": "leads",
    "crm.deal.list": "deals",
    "crm.contact.list": "contacts",
}


@dataclass
class RefusalError(Exception):
    status: int
    code: Any
    description: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class FakeBitrix24:
    """`leads`, `deals`, `contacts`: items by id, in the names of item.list. `history`: its rows.
    `products`: rows of deals by id, in the names of crm.item.productrow.list.

    `counts_rows`: False for batches that tell no totals.
    `is_old`: a portal without crm.item.list. `access`, `refresh`: valid OAuth tokens, or None for a
    webhook portal. `operating_reset_at`: until then every list says OPERATION_TIME_LIMIT.
    `failing_parts`: how many more parts of batches are refused, and with what.
    """

    clock: FakeClock
    webhook_code: str = "w3bh00k-code"
    is_old: bool = False
    counts_rows: bool = True
    access: str | None = None
    refresh: str | None = None
    access_expires: float = 0.0
    has_leaky_bucket: bool = False
    operating_reset_at: float | None = None
    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    products: dict[int, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failing_parts: list[tuple[str, str]] = field(default_factory=list)
    before_page: Callable[[str], None] = lambda method: None
    renewals: int = 0
    pages_served: int = 0
    _level: float = 0.0
    _level_at: float = 0.0

    # entry

    def answer(self, request: FakeRequest) -> Reply:
        if request.path == "/oauth/token/":
            return self._token(request.form())
        if self.has_leaky_bucket and not self._pour():
            return json_reply(
                {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}, 503
            )
        payload = request.json() if request.body else {}
        try:
            method = self._authorised_method(request.path, payload)
            result = self._batch(payload) if method == "batch" else self._run(method, payload)
        except RefusalError as refusal:
            return json_reply(
                {
                    "error": refusal.code,
                    "error_description": refusal.description,
                    **refusal.extra,
                },
                refusal.status,
            )
        return json_reply({**result, "time": self._time_block()})

    def _authorised_method(self, path: str, payload: dict[str, Any]) -> str:
        if self.access is None:
            found = re.fullmatch(r"/rest/1/([^/]+)/([\w.]+)", path)
            if not found or found[1] != self.webhook_code:
                raise RefusalError(401, "NO_AUTH_FOUND", "Wrong authorization data")
            return found[2]
        token = payload.get("auth")
        if not token:
            raise RefusalError(401, "NO_AUTH_FOUND", "Wrong authorization data")
        if token != self.access:
            raise RefusalError(401, "invalid_token", "Unable to get application by token")
        if self.clock.now().timestamp() >= self.access_expires:
            raise RefusalError(401, "expired_token", "The access token provided has expired.")
        return path.removeprefix("/rest/")

    def _token(self, form: dict[str, str]) -> Reply:
        if form.get("refresh_token") != self.refresh:
            return json_reply({"error": "invalid_grant", "error_description": ""}, 401)
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        self.access_expires = self.clock.now().timestamp() + 3600
        return json_reply(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "expires_in": 3600,
                "scope": "crm",
            }
        )

    # limits

    def _pour(self) -> bool:
        now = self.clock.now().timestamp()
        self._level = max(0.0, self._level - (now - self._level_at) * DRAIN_PER_SECOND)
        self._level_at = now
        if self._level + 1 > BUCKET:
            return False
        self._level += 1
        return True

    def _time_block(self) -> dict[str, Any]:
        now = self.clock.now().timestamp()
        return {"start": now, "finish": now, "duration": 0.0, "processing": 0.0, "operating": 0}

    # methods

    def _batch(self, payload: dict[str, Any]) -> dict[str, Any]:
        commands = payload["cmd"]
        if len(commands) > 50:
            raise RefusalError(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        totals: dict[str, Any] = {}
        for name, line in commands.items():
            method, _, query = line.partition("?")
            if method == "batch":
                errors[name] = {"error": "ERROR_BATCH_METHOD_NOT_ALLOWED", "error_description": ""}
                continue
            if self.failing_parts:
                code, text = self.failing_parts.pop(0)
                errors[name] = {"error": code, "error_description": text}
                continue
            try:
                answer = self._run(method, _php_values(query, results))
            except RefusalError as refusal:
                errors[name] = {"error": refusal.code, "error_description": refusal.description}
                continue
            results[name] = answer["result"]
            if self.counts_rows:
                totals[name] = answer.get("total", 0)
        return {
            "result": {
                "result": results or [],
                "result_error": errors or [],
                "result_total": totals or [],
                "result_next": [],
                "result_time": [],
            }
        }

    def _run(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        self._check_operating()
        if method == "crm.item.list" and not self.is_old:
            return self._items(payload)
        if method in _CLASSICAL_METHODS:
            return self._classical(method, payload)
        if method == "crm.item.productrow.list" and not self.is_old:
            return self._product_rows(payload)
        if method == "crm.stagehistory.list":
            return self._stage_history(payload)
        if method == "crm.category.list" and not self.is_old:
            return {"result": {"categories": self.categories}, "total": len(self.categories)}
        if method == "crm.status.list":
            listed = self.statuses.get(payload.get("filter", {}).get("ENTITY_ID"), [])
            return {"result": listed, "total": len(listed)}
        raise RefusalError(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")

    def _check_operating(self) -> None:
        reset = self.operating_reset_at
        if reset is None or self.clock.now().timestamp() >= reset:
            return
        raise RefusalError(
            429,
            "OPERATION_TIME_LIMIT",
            "Method is blocked due to operation time limit.",
            {"time": {**self._time_block(), "operating_reset_at": int(reset)}},
        )

    def _items(self, payload: dict[str, Any]) -> dict[str, Any]:
        kind = _KINDS.get(int(payload["entityTypeId"]))
        if kind is None:
            raise RefusalError(400, "NOT_FOUND", "Смарт-процесс не найден")
        self.before_page(kind)
        rows = list(getattr(self, kind).values())
        known = {name for row in rows for name in row} | set(_CLASSICAL_NAMES)
        rows = _filtered(rows, payload.get("filter", {}), known)
        select = _listed(payload.get("select", ["*"]))
        originals = payload.get("useOriginalUfNames") == "Y"
        page, more = self._page(rows, payload)
        items = [_shown(row, select, originals) for row in page]
        return {"result": {"items": items}, **more}

    def _classical(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        kind = _CLASSICAL_METHODS[method]
        if not isinstance(payload.get("filter", {}), dict):
            raise RefusalError(400, "", "Parameter 'filter' must be array.")
        self.before_page(kind)
        rows = [_as_classical(row, kind) for row in getattr(self, kind).values()]
        rows = _filtered(rows, payload.get("filter", {}), {name for row in rows for name in row})
        select = _listed(payload.get("select", ["*"]))
        page, more = self._page(rows, payload)
        shown = [
            {
                name: value
                for name, value in row.items()
                if name in select
                or ("*" in select and not name.startswith("UF_") and name not in ("PHONE", "EMAIL"))
                or ("UF_*" in select and name.startswith("UF_"))
            }
            for row in page
        ]
        return {"result": shown, **more}

    def _product_rows(self, payload: dict[str, Any]) -> dict[str, Any]:
        conditions = dict(payload.get("filter", {}))
        if "=ownerType" not in conditions or "=ownerId" not in conditions:
            raise RefusalError(400, "100", "Could not find value for parameter {filter}")
        self.before_page("products")
        owners = {int(value) for value in _listed(conditions.pop("=ownerId"))}
        assert conditions.pop("=ownerType") == "D"
        rows = [
            {**row, "ownerType": "D"} for row in self.products.values() if row["ownerId"] in owners
        ]
        page, more = self._page(_filtered(rows, conditions, {"id"}), payload)
        return {"result": {"productRows": page}, **more}

    def _stage_history(self, payload: dict[str, Any]) -> dict[str, Any]:
        known = {"ID", "OWNER_ID", "CREATED_TIME"}
        rows = _filtered(self.history, payload.get("filter", {}), known)
        page, more = self._page(rows, payload)
        return {"result": {"items": page}, **more}

    def _page(
        self, rows: list[dict[str, Any]], payload: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        self.pages_served += 1
        rows = sorted(rows, key=lambda row: int(row.get("id", row.get("ID", 0))))
        start = int(payload.get("start", 0))
        if start == -1:
            return rows[:PAGE], {"total": 0}
        more: dict[str, Any] = {"total": len(rows)}
        if start + PAGE < len(rows):
            more["next"] = start + PAGE
        return rows[start : start + PAGE], more


def _php_values(query: str, results: dict[str, Any]) -> dict[str, Any]:
    """A PHP query as nested maps, with `$result[a][0][ID]` replaced by what came before."""
    values: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        value: Any = text
        if text.startswith("$result"):
            value = results
            for key in re.findall(r"\[([^\]]*)\]", text):
                try:
                    value = value[int(key)] if isinstance(value, list) else value[key]
                except (KeyError, IndexError, ValueError):
                    value = ""
                    break
        *folders, last = re.findall(r"[^\[\]]+", name)
        place = values
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return values


def _listed(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def _filtered(
    rows: list[dict[str, Any]], conditions: dict[str, Any], known: set[str]
) -> list[dict[str, Any]]:
    for key, wanted in conditions.items():
        found = re.fullmatch(r"(>=|<=|>|<|=)?(\w+)", key)
        if not found or found[2] not in known:
            raise RefusalError(
                400, "INVALID_ARG_VALUE", f"Invalid filter: field '{key}' is not allowed in filter"
            )
        sign, name = found[1] or "=", found[2]
        rows = [row for row in rows if _holds(row.get(name), sign, wanted)]
    return rows


def _holds(value: Any, sign: str, wanted: Any) -> bool:
    left, right = _comparable(value), _comparable(wanted)
    if left is None or right is None or type(left) is not type(right):
        # An empty bound bounds nothing.
        return wanted == ""
    return {
        ">": left > right,
        ">=": left >= right,
        "<": left < right,
        "<=": left <= right,
        "=": left == right,
    }[sign]


def _comparable(value: Any) -> float | None:
    text = str(value)
    try:
        return float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            return None


def _shown(row: dict[str, Any], select: list[str], originals: bool) -> dict[str, Any]:
    everything = "*" in select
    shown = {}
    for name, value in row.items():
        own = name.startswith("UF_CRM_")
        if name == "fm" and not everything:
            continue
        if everything or name in select:
            shown[f"ufCrm_{name.removeprefix('UF_CRM_')}" if own and not originals else name] = (
                value
            )
    return shown


def _as_classical(row: dict[str, Any], kind: str) -> dict[str, Any]:
    stage = "STATUS" if kind == "leads" else "STAGE"
    names = {
        **_CLASSICAL_NAMES,
        "stageId": f"{stage}_ID",
        "stageSemanticId": f"{stage}_SEMANTIC_ID",
    }
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name == "fm":
            for entry in value:
                shown.setdefault(entry["typeId"], []).append(
                    {
                        "ID": str(entry["id"]),
                        "VALUE_TYPE": "WORK",
                        "VALUE": entry["value"],
                        "TYPE_ID": entry["typeId"],
                    }
                )
        elif name == "opportunity":
            shown["OPPORTUNITY"] = f"{value:.2f}"
        elif name.endswith("Id") and isinstance(value, int):
            shown[names.get(name, name)] = str(value) if value else None
        else:
            text = "" if value is None and name == "closedate" else value
            shown[names.get(name, name)] = str(text) if isinstance(text, int) else text
    return shown
