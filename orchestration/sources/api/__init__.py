"""The API doors: one `fetch` per source system, by its name in company.toml.

`API_DOORS[source](company, table, window, transport, progress)` yields export material of one raw
table: paths of native export files below `transport.folder`, or tables of text columns. It goes
through the same cleaning as files dropped by hand. Everything of the window is at hand before the
first item is yielded: a caller sees a complete window or an error, never a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.settings import Company
    from orchestration.sources.api.http import Fetch, Material, Progress, Transport, Window
    from orchestration.sources.api.records import Presence

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
        door = import_module(f"{__name__}.{module}")
        yield from list(door.fetch(company, table, window, transport, progress))

    return fetch


API_DOORS: Mapping[str, Fetch] = MappingProxyType(
    {source: _door(module) for source, module in _MODULES.items()}
)

SNAPSHOT_SOURCES = frozenset({"telegram", "vk", "instagram"})
"""Doors that know the present only: the days they yield replace their equals, all others stay."""

_SNAPSHOT_TABLES = frozenset({("yandex_metrica", "goals"), ("yandex_metrica", "counter_settings")})

_TELL_PRESENCE = frozenset({"bitrix24", "amocrm", "hubspot"})


def is_snapshot(source: str, table: str) -> bool:
    """Whether the API shows the present only: yielded days replace their equals, others stay."""
    return source in SNAPSHOT_SOURCES or (source, table) in _SNAPSHOT_TABLES


def presence(
    company: Company, source: str, table: str, transport: Transport, progress: Progress
) -> Presence | None:
    """Which rows of a table the source still has, for loads that bring changed rows only.

    None where the source tells no deletions: then a load of everything is the only way.
    """
    if source not in _TELL_PRESENCE:
        return None
    door = import_module(f"{__name__}.{source}")
    found: Presence | None = door.presence(company, table, transport, progress)
    return found
