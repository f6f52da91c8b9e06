"""VK Ads: tokens, campaigns and statistics v2 of one account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

CLIENT_ID = "vk-client-id-8d2f"
CLIENT_SECRET = "vk-client-secret-31ab"
LIVING_TOKENS = 5
LIFE_SECONDS = 86_400
PAGE = 50
IDS = 200
DAYS_KEPT = 366


def token_error(code: str, message: str, status: int = 401) -> Reply:
    return json_reply({"code": code, "message": message}, status, {"WWW-Authenticate": "Bearer"})


def validation_failed(name: str) -> Reply:
    """The refusal of a list for one of its parameters."""
    fields = {name: {"message": "Value is too large", "code": "max_value"}}
    error = {"fields": fields, "message": "Validation failed", "code": "validation_failed"}
    return json_reply({"error": error}, 400)


def error_reply(code: str, status: int = 400) -> Reply:
    return json_reply({"error": {"message": code.lower(), "code": code}}, status)


def throttled(daily: str = "900", hourly: str = "90") -> Reply:
    headers = {
        "X-RateLimit-RPS-Remaining": "0",
        "X-RateLimit-Hourly-Remaining": hourly,
        "X-RateLimit-Daily-Remaining": daily,
    }
    return json_reply({"error": {"message": "too many", "code": "too_many"}}, 429, headers)


REFUSED = token_error("invalid_client", "Invalid client")


@dataclass
class _Token:
    access: str
    refresh: str
    ends: float


@dataclass
class Day:
    """`goals_at_show`: goals by the day of the impression, not of the conversion."""

    shows: int
    clicks: int
    spent: str
    goals: int
    goals_at_show: int = 0


@dataclass
class VkAdsFake:
    """`dies_after`: the token stops being good after so many requests, once. `page`: objects a
    page, whatever is asked for. `expires_as_text`: `expires_in` is text. `most_objects` of a list,
    `most_ids` and `most_days` of statistics are refused when they are passed. `deleted`: campaigns
    that are listed only where deleted ones are asked for. `groups`: ad groups, whose `days` stand
    beside those of the campaigns. `breaks`: so many lists end before all that is counted came."""

    clock: FakeClock
    plans: dict[int, str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    days: dict[tuple[int, date], Day] = field(default_factory=dict)
    tokens: list[_Token] = field(default_factory=list)
    issued_tokens: list[str] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    page: int = PAGE
    most_objects: int = PAGE
    most_ids: int = IDS
    most_days: int = DAYS_KEPT
    dies_after: int = 10**6
    breaks: int = 0
    refresh_works: bool = True
    expires_as_text: bool = False
    more_fields: dict[str, Any] = field(default_factory=dict)

    def fill(self, first: date, days: int, plans: int) -> None:
        for number in range(plans):
            plan = 857_000 + number
            self.plans[plan] = f"Кампания {number}"
            for shift in range(days):
                day = first + timedelta(days=shift)
                shown = number % 50 == 0
                self.days[plan, day] = (
                    Day(1000 + shift, 12, "345.60", 2, 5) if shown else Day(0, 0, "", 0)
                )

    def answer(self, request: FakeRequest) -> Reply:
        if request.path == "/api/v2/oauth2/token.json":
            return self._issue(request.form())
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        now = self.clock.now().timestamp()
        token = next((item for item in self.tokens if item.access == given), None)
        if token is None:
            return token_error("invalid_token", "Unknown access token")
        if self.dies_after == 0:
            self.dies_after = 10**6
            token.ends = now
        self.dies_after -= 1
        if token.ends <= now:
            return token_error("expired_token", "Access token is expired")
        for level, objects in (("ad_plans", self.plans), ("ad_groups", self.groups)):
            if request.path == f"/api/v2/{level}.json":
                return self._list(objects, request)
            if request.path == f"/api/v2/statistics/{level}/day.json":
                return self._statistics(level, objects, request)
        return error_reply("ERR_WRONG_RESOURCE", 404)

    def _issue(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return REFUSED
        self.grants.append(form["grant_type"])
        now = self.clock.now().timestamp()
        if form["grant_type"] == "refresh_token":
            old = next(
                (item for item in self.tokens if item.refresh == form["refresh_token"]), None
            )
            if old is None or not self.refresh_works:
                return token_error("invalid_token", "Unknown refresh token")
            self.tokens.remove(old)
        else:
            self.tokens = [item for item in self.tokens if item.ends > now]
            if len(self.tokens) >= LIVING_TOKENS:
                return token_error("token_limit_exceeded", "Active access token limit", 403)
        number = len(self.issued_tokens)
        token = _Token(f"vk-access-{number}-f3", f"vk-refresh-{number}-f3", now + LIFE_SECONDS)
        self.tokens.append(token)
        self.issued_tokens += [token.access, token.refresh]
        return json_reply(
            {
                "access_token": token.access,
                "token_type": "Bearer",
                "scope": ["read_ads"],
                "expires_in": str(LIFE_SECONDS) if self.expires_as_text else LIFE_SECONDS,
                "refresh_token": token.refresh,
                "tokens_left": LIVING_TOKENS - len(self.tokens),
            }
        )

    def _list(self, objects: dict[int, str], request: FakeRequest) -> Reply:
        if int(request.param("limit", "20")) > self.most_objects:
            return validation_failed("limit")
        offset = int(request.param("offset", "0"))
        with_deleted = "deleted" in request.param("_status__in").split(",")
        found = sorted(
            (number, name)
            for number, name in objects.items()
            if with_deleted or number not in self.deleted
        )
        some = found[offset : offset + min(self.page, int(request.param("limit", "20")))]
        if self.breaks and offset:
            self.breaks -= 1
            some = []
        items = [{"id": number, "name": name} for number, name in some]
        headers = {"X-RateLimit-RPS-Remaining": "9", "X-RateLimit-Hourly-Remaining": "90"}
        return json_reply({"count": len(found), "offset": offset, "items": items}, 200, headers)

    def _statistics(self, level: str, objects: dict[int, str], request: FakeRequest) -> Reply:
        ids = [int(text) for text in request.param("id").split(",")]
        if not set(ids) <= objects.keys():
            return error_reply("ERR_WRONG_" + level.replace("_", "").upper())
        first, last = (date.fromisoformat(request.param(key)) for key in ("date_from", "date_to"))
        if len(ids) > self.most_ids or (last - first).days >= self.most_days:
            return error_reply("ERR_LIMIT_EXCEEDED")
        attribution = request.param("attribution", "conversion")
        if attribution not in ("conversion", "impression"):
            return error_reply("ERR_WRONG_PARAMETER")
        today = (self.clock.now() + timedelta(hours=3)).date()
        # Read in the narrow way: today is one of the days that are kept.
        if first <= today - timedelta(days=DAYS_KEPT) or first > last:
            return error_reply("ERR_WRONG_DATE")
        items = []
        for number in ids:
            rows = [
                {"date": day.isoformat(), "base": self._base(figures, attribution)}
                for (plan, day), figures in sorted(self.days.items())
                if plan == number and first <= day <= last
            ]
            items.append({"id": number, "rows": rows, "total": {"base": {}}})
        return json_reply({"items": items, "total": {"base": {}}})

    def _base(self, figures: Day, attribution: str) -> dict[str, Any]:
        goals = figures.goals if attribution == "conversion" else figures.goals_at_show
        return {
            "shows": figures.shows,
            "clicks": figures.clicks,
            "goals": goals,
            "spent": figures.spent,
            "cpm": "0",
            "cpc": "",
            "cpa": "0",
            "ctr": 0,
            "cr": 0,
            # The part of the goals that VK claims for itself.
            "vk": {"goals": goals // 2, "cpa": 0, "cr": 0},
            **self.more_fields,
        }
