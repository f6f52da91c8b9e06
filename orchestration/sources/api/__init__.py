"""The API doors: one `fetch` per source system, by its name in company.toml.

`API_DOORS[source](company, table, window, transport, progress)` yields export material of one raw
table: paths of native export files below `transport.folder`, or tables of text columns. It goes
through the same cleaning as files dropped by hand. Everything of the window is at hand before the
first item is yielded: a caller sees a complete window or an error, never a part. An answer of
another shape than a door knows is such an error too, wherever the door stumbles over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.settings import Company
    from orchestration.sources.api.http import Fetch, Material, Progress, Transport, Window
    from orchestration.sources.api.records import Presence, Stored
    from orchestration.sources.contracts import TableContract

_MODULES = {
    "yandex_metrica": "yandex_metrica",
    "yandex_direct": "yandex_direct",
    "ga4": "ga4",
    "google_ads": "google_ads",
    "vk_ads": "vk_ads",
    "bitrix24": "bitrix24",
    "amocrm": "amocrm",
    "hubspot": "hubspot",
    "calltouch": "calltouch",
    "telegram": "telegram",
    "vk": "vk",
    "instagram": "instagram",
    "central_bank": "central_bank",
}


def _door(module: str) -> Fetch:
    """Imports the door when it is used: most companies use few, and HTTP clients load slowly."""

    def fetch(
        company: Company, table: str, window: Window, transport: Transport, progress: Progress
    ) -> Iterator[Material]:
        if window[0] >= window[1]:
            return
        with _legible_door(module) as door:
            found = list(door.fetch(company, table, window, transport, progress))
        yield from found

    return fetch


@contextmanager
def _legible_door(module: str) -> Iterator[Any]:
    """The door of a system, whose stumbles over its answers are errors for people."""
    from orchestration.sources.api.records import legible  # noqa: PLC0415 - loads HTTP clients

    door = import_module(f"{__name__}.{module}")
    with legible(door.SYSTEM):
        yield door


API_DOORS: Mapping[str, Fetch] = MappingProxyType(
    {source: _door(module) for source, module in _MODULES.items()}
)

_SNAPSHOT_SOURCES = frozenset({"telegram", "vk", "instagram"})
_SNAPSHOT_TABLES = frozenset({("yandex_metrica", "goals"), ("yandex_metrica", "counter_settings")})

_FOLLOW_OTHERS = frozenset({"central_bank"})
_TELL_CORRECTIONS = frozenset({"yandex_direct__ad_stats"})
_FORGETTING = frozenset({"yandex_direct", "google_ads", "vk_ads"})
_TELL_PRESENCE = frozenset({"bitrix24", "amocrm", "hubspot"})


# tables that a company may leave out, and its setting for that
_SWITCHES = {"hits": "hits", "deal_products": "products"}

FILES_ONLY = {
    ("ga4", "events"): "the Data API gives no events: bring the BigQuery export as files",
}


def left_out(company: Company, contract: TableContract) -> str | None:
    """Why a table is not asked for through the API; None when it is."""
    settings, switch = company.source(contract.source), _SWITCHES.get(contract.table)
    if switch and settings and not settings.options.get(switch, True):
        return f"{switch} = false in company.toml"
    return FILES_ONLY.get((contract.source, contract.table))


def depends_on(company: Company, source: str) -> list[str]:
    """What a source's answers depend on besides its own settings, such as other sources' money."""
    if source not in _FOLLOW_OTHERS:
        return []
    found: list[str] = import_module(f"{__name__}.{source}").depends_on(company)
    return found


def oldest_day(source: str, now: datetime) -> date | None:
    """The earliest day that the source still has figures of; None where it keeps them all."""
    if source not in _FORGETTING:
        return None
    found: date = import_module(f"{__name__}.{source}").oldest_day(now)
    return found


def extended_window(
    company: Company,
    contract: TableContract,
    window: Window,
    *,
    since: datetime,
    transport: Transport,
    progress: Progress,
) -> Window:
    """The window, begun earlier where the source tells that it corrected older days since then."""
    if contract.name not in _TELL_CORRECTIONS:
        return window
    with _legible_door(contract.source) as door:
        found: Window = door.extended_window(company, window, since, transport, progress)
    return found


def is_snapshot(source: str, table: str) -> bool:
    """Whether the API shows the present only: yielded days replace their equals, others stay."""
    return source in _SNAPSHOT_SOURCES or (source, table) in _SNAPSHOT_TABLES


def presence(
    company: Company,
    contract: TableContract,
    stored: Stored,
    transport: Transport,
    progress: Progress,
) -> Presence | None:
    """Which rows of a table the source still has, for loads that bring changed rows only.

    None where the source tells no deletions: then a load of everything is the only way.
    """
    if contract.source not in _TELL_PRESENCE:
        return None
    with _legible_door(contract.source) as door:
        found: Presence | None = door.presence(company, contract.table, stored, transport, progress)
    return found
