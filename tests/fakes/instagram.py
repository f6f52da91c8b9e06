"""Instagram's Graph API: followers of business accounts, and what a day brought them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import FakeRequest, Reply, json_reply


@dataclass
class FakeInstagram:
    """`accounts`: fields by account id. `insights`: by account id, metric -> total, or totals by
    kind of what it is broken down into. `knows`: the metrics that there are; `may_see_insights`."""

    token: str = "EAAG-instagram-token"
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    insights: dict[str, dict[str, int | dict[str, int]]] = field(default_factory=dict)
    knows: tuple[str, ...] = ("reach", "likes", "follows_and_unfollows")
    may_see_insights: bool = True

    def answer(self, request: FakeRequest) -> Reply:
        if request.param("access_token") != self.token:
            return error(190, "Error validating access token: Session has expired", 401)
        _, version, identifier, *rest = request.path.split("/")
        account = self.accounts.get(identifier)
        if account is None or not version.startswith("v"):
            return error(100, f"Object with ID '{identifier}' does not exist", 400)
        if rest == ["insights"]:
            return self._insights(identifier, request)
        wanted = request.param("fields").split(",")
        shown = {name: value for name, value in account.items() if name in wanted}
        return json_reply({**shown, **account.get("more", {}), "id": identifier})

    def _insights(self, identifier: str, request: FakeRequest) -> Reply:
        if not self.may_see_insights:
            return error(10, "Application does not have permission for this action", 403)
        wanted = request.param("metric").split(",")
        if unknown := [name for name in wanted if name not in self.knows]:
            return error(100, f"(#100) metric[0] must be one of the values known: {unknown}", 400)
        if (request.param("period"), request.param("metric_type")) != ("day", "total_value"):
            return error(100, "(#100) Incompatible period", 400)
        if int(request.param("until")) - int(request.param("since")) > 30 * 86_400:
            return error(
                100, "(#100) There cannot be more than 30 days between since and until", 400
            )
        data = []
        # What is not known yet, or not of so small an account, is left out, and is no zero.
        for name in wanted:
            total = self.insights.get(identifier, {}).get(name)
            if isinstance(total, dict):
                results = [{"dimension_values": [k], "value": v} for k, v in total.items()]
                part = {"dimension_keys": [request.param("breakdown")], "results": results}
                data.append({"name": name, "period": "day", "total_value": {"breakdowns": [part]}})
            elif total is not None:
                data.append({"name": name, "period": "day", "total_value": {"value": total}})
        return json_reply({"data": data, "paging": {}})


def error(code: int, message: str, status: int, headers: dict[str, str] | None = None) -> Reply:
    return json_reply(
        {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}},
        status,
        headers,
    )
