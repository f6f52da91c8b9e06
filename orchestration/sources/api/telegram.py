"""Telegram by the Bot API: how many members a channel has now.

`[sources.telegram]`: `accounts = ["@channel", "-1001234567890"]`, `token_env`. A bot counts public
channels; into a private one it has to be let. Joins, leaves and views are not given to bots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import requests

from orchestration.settings import Company
from orchestration.sources.api.http import (
    AccountError,
    ApiClient,
    AuthError,
    Options,
    Progress,
    Retry,
    Transport,
    Window,
    json_or_none,
)
from orchestration.sources.api.records import (
    keeping_others,
    no_past_counts,
    observed,
    refuse_all_refused,
    snapshot_day,
    tables,
    unreadable,
)
from orchestration.sources.api.secrecy import keep_out_of_logs

SOURCE = "telegram"
SYSTEM = "Telegram"
_EXAMPLE = '["@your_channel"]'


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """One row per channel for the day that a count taken now belongs to; see `snapshot_day`.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then. A channel that is refused is
            left to `transport.errors` where others are counted.
        UserError: a setting or the secret is missing.
    """
    options = Options(company, SOURCE)
    accounts = options.texts("accounts", _EXAMPLE)
    variable = options.variable("token_env", "TELEGRAM_BOT_TOKEN")
    token = options.secret(transport, "token_env", "TELEGRAM_BOT_TOKEN")
    day = snapshot_day(company, window, transport.now())
    if day is None:
        progress(no_past_counts(SYSTEM, window))
        return
    keep_out_of_logs([token])

    def judge(response: requests.Response) -> Retry | None:
        answer = json_or_none(response)
        if response.status_code == 200 and isinstance(answer, dict) and answer.get("ok"):
            return None
        return _refusal(client, variable, response.status_code, answer)

    client = ApiClient(
        SYSTEM,
        options.base_url("https://api.telegram.org"),
        transport,
        judge,
        progress,
        secrets=[token],
    )
    with client:
        rows = []
        for account in accounts:
            with keeping_others(transport):
                answer = client.json(
                    "GET", f"/bot{token}/getChatMemberCount", params={"chat_id": account}
                )
                count = answer.get("result")
                if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                    raise unreadable(SYSTEM, "a count of members")
                rows.append(observed(day, account, count, transport.now()))
        refuse_all_refused(transport, rows)
    progress(f"{SYSTEM}: {len(rows)} channels counted for {day}")
    yield from tables(SOURCE, table, rows)


def _refusal(client: ApiClient, variable: str, status: int, answer: object) -> Retry:
    """A `Retry` for what passes; an exception for what does not."""
    body: Mapping[str, object] = answer if isinstance(answer, dict) else {}
    text = client.quote(body.get("description") or status)
    if status == 429:
        parameters = body.get("parameters")
        wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
        return Retry("too many requests", wait=float(wait) if isinstance(wait, int) else None)
    if status >= 500 or status == 200:
        return Retry(f"it answers: {text}")
    # A token that is no token at all has no address, hence 404.
    if status in (401, 404):
        raise AuthError(
            f"{SYSTEM} does not accept the bot token of the environment variable {variable}",
            status=status,
            remedy=f"ask @BotFather for the token again and put it into {variable}",
        )
    raise AccountError(
        f"{SYSTEM} does not count a channel: {text}",
        status=status,
        remedy="check the names under accounts in [sources.telegram]; let the bot into private "
        "channels",
    )
