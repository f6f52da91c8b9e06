"""Telegram's Bot API: counts of members; the HTTP status equals `error_code`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import FakeRequest, Reply, json_reply


@dataclass
class FakeTelegram:
    """`members`: by chat id or name. `closed`: chats that the bot is not let into."""

    token: str = "123456:telegram-token"
    members: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    more: dict[str, Any] = field(default_factory=dict)

    def answer(self, request: FakeRequest) -> Reply:
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if not found:
            return _refusal(404, "Not Found")
        if found[1] != self.token:
            return _refusal(401, "Unauthorized")
        if found[2] != "getChatMemberCount":
            return _refusal(404, "Not Found: method not found")
        chat = request.param("chat_id") or request.form().get("chat_id", "")
        if chat in self.closed:
            return _refusal(403, "Forbidden: bot is not a member of the channel chat")
        if chat not in self.members:
            return _refusal(400, "Bad Request: chat not found")
        return json_reply({"ok": True, "result": self.members[chat], **self.more})


def _refusal(code: int, text: str) -> Reply:
    return json_reply({"ok": False, "error_code": code, "description": text}, code)


def too_many(seconds: int) -> Reply:
    """The refusal for too many requests."""
    return json_reply(
        {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {seconds}",
            "parameters": {"retry_after": seconds},
        },
        429,
    )
