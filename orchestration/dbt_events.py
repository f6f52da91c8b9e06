"""dbt's log entries, of which a build fires some fifteen for each model and test."""

from __future__ import annotations

from typing import Any

# What dbt's own code sets another event manager by.
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager


class WantedEvents(EventManager):
    """An event manager that makes no message of an event for which no logger asks.

    dbt's own makes message and line of every debug event and then finds that its level is too low:
    on an empty day a fifteenth of the whole run.
    """

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if (level or e.level_tag()) is EventLevel.DEBUG and not self._debugs():
            return
        super().fire_event(e, level, node, force_warn_or_error_handling)

    def _debugs(self) -> bool:
        return any(logger.level is EventLevel.DEBUG for logger in self.loggers)


def use_wanted_events() -> None:
    """Have dbt work with `WantedEvents` from now on, in this process."""
    ctx_set_event_manager(WantedEvents())
