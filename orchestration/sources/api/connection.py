"""Whether a company's APIs answer: one small question to each, with a limit of time.

Nothing that comes is kept. The texts of errors are those a load would give: they name the
variable, setting or right that is wrong, and show no secret.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.api import API_DOORS
from orchestration.sources.api.http import Transport

LIMIT_SECONDS = 60.0
# One pause after "too many requests" is worth it, growing pauses are not.
_LONGEST_PAUSE = 10.0

# Source -> the smallest table that proves access. All others: the first that the door has.
_QUESTIONS: Mapping[str, str] = {
    "yandex_metrica": "counter_settings",
    "yandex_direct": "campaigns",
    "ga4": "sessions",
    "google_ads": "campaign_stats",
    "vk_ads": "campaign_stats",
    "bitrix24": "leads",
    "amocrm": "leads",
    "hubspot": "deals",
    "calltouch": "calls",
    "telegram": "followers",
    "vk": "followers",
    "instagram": "followers",
    "central_bank": "fx_rates",
}


@dataclass
class Answer:
    """`problem`: why the API cannot be used; None when it can. `detail`: what it said besides."""

    problem: UserError | None = None
    said: list[str] = field(default_factory=list)

    @property
    def detail(self) -> str:
        return f" ({'; '.join(self.said[-2:])})" if self.said else ""


def examine_all(
    company: Company,
    sources: Sequence[str],
    *,
    limit: float = LIMIT_SECONDS,
    connect: Callable[[Path], Transport] | None = None,
) -> dict[str, Answer]:
    """Answer of each source, at most `limit` seconds after the call."""
    answers: dict[str, Answer] = {}
    deadline = time.monotonic() + limit
    with tempfile.TemporaryDirectory(prefix="kpi-connection-", ignore_cleanup_errors=True) as name:
        threads = {}
        for source in sources:
            folder = Path(name) / source
            folder.mkdir()
            transport = connect(folder) if connect else _transport(folder, deadline)
            # A thread that hangs must not keep the program from ending.
            threads[source] = threading.Thread(
                target=_examine, args=(company, source, transport, answers), daemon=True
            )
            threads[source].start()
        for source, thread in threads.items():
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                answers[source] = Answer(_too_slow(source, limit))
    return {source: answers[source] for source in sources}


def _examine(
    company: Company, source: str, transport: Transport, answers: dict[str, Answer]
) -> None:
    said: list[str] = []
    try:
        _ask(company, source, transport, said)
    except UserError as error:
        answers.setdefault(source, Answer(error))
    except Exception as error:  # the doctor goes on with the other sources
        problem = UserError(
            f"The API of {source} cannot be examined ({type(error).__name__})",
            remedy="look for a newer version of the pipeline; until then use export files",
        )
        answers.setdefault(source, Answer(problem))
    else:
        answers.setdefault(source, Answer(said=said))


def _ask(company: Company, source: str, transport: Transport, said: list[str]) -> None:
    if source not in API_DOORS:
        raise UserError(
            f"{source} has no API, it is read from files",
            file=COMPANY_FILE,
            column=f"sources.{source}.door",
            remedy=f'write door = "files" and put the exports into exports/{source}/',
        )
    if source == "yandex_direct":
        from orchestration.sources.api import yandex_direct  # noqa: PLC0415 - few use it

        campaigns = yandex_direct.count_campaigns(company, transport, said.append)
        said.append(f"{campaigns} campaigns")
        return
    if source == "central_bank":
        from orchestration.sources.api import central_bank  # noqa: PLC0415 - few use it

        said.append(f"rates of {central_bank.published(company, transport, said.append)}")
        return
    today = transport.now().astimezone(ZoneInfo(company.timezone)).date()
    window = (today - timedelta(days=1), today)
    for _ in API_DOORS[source](company, _QUESTIONS[source], window, transport, said.append):
        pass
    if transport.errors:
        raise transport.errors[0]


def _transport(folder: Path, deadline: float) -> Transport:
    def sleep(seconds: float) -> None:
        if seconds > _LONGEST_PAUSE or time.monotonic() + seconds > deadline:
            raise UserError(
                f"The system asks to wait for {seconds:.0f} s before it answers",
                remedy="run the doctor again later; a load waits by itself",
            )
        time.sleep(seconds)

    return Transport(folder, sleep=sleep, now=lambda: datetime.now(tz=UTC), timeout=(10.0, 20.0))


def _too_slow(source: str, limit: float) -> UserError:
    return UserError(
        f"The API of {source} has not answered within {limit:.0f} s",
        remedy="check the network, a proxy, and base_url in company.toml; run the doctor again",
    )
