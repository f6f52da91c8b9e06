"""Instagram's Graph API: followers of business accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import FakeRequest, Reply, json_reply


@dataclass
class FakeInstagram:
    """`accounts`: fields by account id."""

    token: str = "EAAG-instagram-token"
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, request: FakeRequest) -> Reply:
        if request.param("access_token") != self.token:
            return error(190, "Error validating access token: Session has expired", 401)
        _, version, identifier = request.path.split("/")
        account = self.accounts.get(identifier)
        if account is None or not version.startswith("v"):
            return error(100, f"Object with ID '{identifier}' does not exist", 400)
        wanted = request.param("fields").split(",")
        shown = {name: value for name, value in account.items() if name in wanted}
        return json_reply({**shown, **account.get("more", {}), "id": identifier})


def error(code: int, message: str, status: int, headers: dict[str, str] | None = None) -> Reply:
    return json_reply(
        {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}},
        status,
        headers,
    )
