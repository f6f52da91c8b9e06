"""Dagster's event log in SQLite, with connections that stay open while a run writes.

Dagster opens and closes a connection for every event, and the close of the last connection makes
SQLite write its log back and wait for the disk: a daily run of 1,500 events spent 11 s of
processor time on it, and a minute of waiting on a busy disk. Files, tables and queries are those
of Dagster's own storage, so `dagster.yaml` can name either class over the same folder.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

# The module that Dagster's documentation names for `event_log_storage` in dagster.yaml.
from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy import event as engine_event

_BUSY_TIMEOUT_SECONDS = 30
# The index of all runs, the run being written, and a few that the web server reads.
_OPEN_FILES = 8


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with one pool of connections for each of the last few files.

    Commits do not wait for the disk (`synchronous = normal`, safe with SQLite's write-ahead log):
    after a power cut the last events of a run may be missing, the file is never damaged.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> PooledSqliteEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        while len(self._engines) >= _OPEN_FILES:
            self._engines.popitem(last=False)[1].dispose()
        engine = create_engine(
            self.conn_string_for_shard(shard),
            # The lock of the storage keeps threads apart.
            connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        engine_event.listen(engine, "connect", _without_waiting)
        self._engines[shard] = engine
        return engine

    def store_event(self, event: EventLogEntry) -> None:
        super().store_event(event)
        # The web server watches this file for what is new, and an open connection writes beside it.
        os.utime(self.path_for_shard(event.run_id))

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        self._close()
        super().dispose()

    def _close(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()


def _without_waiting(connection: object, _record: object) -> None:
    cast("sqlite3.Connection", connection).execute("pragma synchronous = normal")
