"""Debug events of dbt cost nothing where nobody asks for them, and nothing else is lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LoggerConfig
from dbt_common.events.types import Note

from orchestration.dbt_events import WantedEvents

LEVELS = (EventLevel.DEBUG, EventLevel.INFO, EventLevel.WARN, EventLevel.ERROR)


def written_by(manager: EventManager, level: EventLevel) -> tuple[list[str], list[str]]:
    """Lines of a logger of that level, and levels of what a callback got, after one of each."""
    stream, heard = io.StringIO(), []

    def listen(message: Any) -> None:
        heard.append(message.info.level)

    manager.add_logger(LoggerConfig(name=f"test {level}", level=level, output_stream=stream))
    manager.add_callback(listen)
    for fired in LEVELS:
        manager.fire_event(Note(msg=f"at {fired.value}"), level=fired)
    # without a level of its own an event is a debug one
    manager.fire_event(Note(msg="at none"))
    lines = [line.partition("  ")[2] for line in stream.getvalue().splitlines()]
    return lines, heard


@pytest.mark.parametrize("level", LEVELS)
def test_a_logger_gets_what_dbts_own_manager_gives_it(level: EventLevel) -> None:
    lines, heard = written_by(WantedEvents(), level)
    expected, _ = written_by(EventManager(), level)
    assert lines == expected
    assert f"at {level.value}" in lines
    # callbacks take results of models and warnings, none of which is a debug event
    assert {"info", "warn", "error"} <= set(heard)


def test_no_message_is_made_of_what_no_logger_asks_for() -> None:
    _, heard = written_by(WantedEvents(), EventLevel.INFO)
    assert "debug" not in heard
    _, heard = written_by(EventManager(), EventLevel.INFO)
    assert "debug" in heard
