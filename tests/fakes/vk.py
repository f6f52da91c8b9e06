"""VK's API: communities in both shapes, statistics for managers, errors at HTTP 200."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import FakeRequest, Reply, json_reply

TOO_MANY, BAD_TOKEN, DENIED, PARAMETER = 6, 5, 15, 100


@dataclass
class FakeVk:
    """`groups`: by id. `periods`: statistics by group id, those that begin within the bounds asked
    for, or all. `is_old_shape`: as up to 5.131. `refuses_all`: for one it does not
    know."""

    token: str = "vk1.a.service-token"
    is_old_shape: bool = False
    is_manager: bool = True
    ignores_bounds: bool = False
    refuses_all: bool = False
    groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    periods: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, request: FakeRequest) -> Reply:
        parameters = {name: values[0] for name, values in request.query.items()} | request.form()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if (token or parameters.get("access_token")) != self.token:
            return error(BAD_TOKEN, "User authorization failed: invalid access_token (4).")
        if not parameters.get("v"):
            return error(PARAMETER, "One of the parameters specified was missing: v is required")
        method = request.path.removeprefix("/method/")
        if method == "groups.getById":
            return self._groups(parameters)
        if method == "stats.get":
            return self._stats(parameters)
        return error(3, "Unknown method passed")

    def _groups(self, parameters: dict[str, str]) -> Reply:
        asked = parameters["group_ids"].split(",")
        found = [
            {
                name: value
                for name, value in group.items()
                if name != "members_count" or "members_count" in parameters.get("fields", "")
            }
            for group in self.groups.values()
            if str(group["id"]) in asked or group["screen_name"] in asked
        ]
        if not found or (self.refuses_all and len(found) < len(asked)):
            return error(PARAMETER, "One of the parameters specified was invalid: group_ids")
        return json_reply(
            {"response": found if self.is_old_shape else {"groups": found, "profiles": []}}
        )

    def _stats(self, parameters: dict[str, str]) -> Reply:
        if not self.is_manager:
            return error(DENIED, "Access denied: group statistics are hidden")
        since, until = int(parameters["timestamp_from"]), int(parameters["timestamp_to"])
        periods = self.periods.get(int(parameters["group_id"]), [])
        inside = [p for p in periods if since <= p["period_from"] <= until]
        return json_reply({"response": periods if self.ignores_bounds else inside})


def error(code: int, text: str) -> Reply:
    """An error as VK sends it; `request_params` repeats what was sent, the token included."""
    return json_reply(
        {
            "error": {
                "error_code": code,
                "error_msg": text,
                "request_params": [
                    {"key": "method", "value": "groups.getById"},
                    {"key": "access_token", "value": "vk1.a.service-token"},
                ],
            }
        }
    )
