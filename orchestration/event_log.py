"""Dagster's event log in SQLite, with connections that stay open while a run writes.

Dagster opens and closes a connection for every event, and the close of the last connection makes
SQLite write its log back and wait for the disk: a daily run of 1,500 events spent 11 s of
processor time on it, and a minute of waiting on a busy disk. Files, tables and queries are those
of Dagster's own storage, so `dagster.yaml` can name either class over the same folder.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, cast

# The module that Dagster's documentation names for `event_log_storage` in dagster.yaml.
from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy import event as engine_event

_BUSY_TIMEOUT_SECONDS = 30
# The index of all runs, the run being written, and a few that the web server reads.
_OPEN_FILES = 8
# Dagster hands the events that open a run, one for each asset and check, over together where this
# variable says how many at most.
_BATCH_VARIABLE, _BATCH = "DAGSTER_EVENT_BATCH_SIZE", "1000"


class _Batch(threading.local):
    """The transactions that a thread keeps open while it stores many events; None outside of it."""

    def __init__(self) -> None:
        self.transactions: ExitStack | None = None
        self.connections: dict[str, Connection] = {}


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with one pool of connections for each of the last few files.

    Commits do not wait for the disk (`synchronous = normal`, safe with SQLite's write-ahead log):
    after a power cut the last events of a run may be missing, the file is never damaged.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._batch = _Batch()
        self._found: set[tuple[str, str]] = set()
        os.environ.setdefault(_BATCH_VARIABLE, _BATCH)
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> PooledSqliteEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        batch = self._batch
        if batch.transactions is None:
            with self._db_lock, self._begin(shard) as connection:
                yield connection
            return
        if shard not in batch.connections:
            batch.connections[shard] = batch.transactions.enter_context(self._begin(shard))
        yield batch.connections[shard]

    @contextmanager
    def _begin(self, shard: str) -> Iterator[Connection]:
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
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of them, in one transaction for each file."""
        with self._db_lock, ExitStack() as transactions:
            self._batch.connections, self._batch.transactions = {}, transactions
            try:
                for event in events:
                    super().store_event(event)
            finally:
                self._batch.transactions = None
        # The web server watches this file for what is new, and an open connection writes beside it.
        for run_id in {event.run_id for event in events}:
            os.utime(self.path_for_shard(run_id))

    # Dagster asks for tables, columns and migrations at every event of an asset or check, in a
    # transaction of its own. They come with an upgrade and never go.

    def has_table(self, table_name: str) -> bool:
        return self._found_once("table", table_name, super().has_table)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        ask = partial(super()._has_asset_key_col_on_connection, conn)
        return self._found_once("asset column", column_name, ask)

    def has_secondary_index(self, name: str) -> bool:
        return self._found_once("migration", name, super().has_secondary_index)

    def _found_once(self, kind: str, name: str, ask: Callable[[str], bool]) -> bool:
        if (kind, name) not in self._found:
            if not ask(name):
                return False
            self._found.add((kind, name))
        return True

    def wipe(self) -> None:
        self._close()
        self._found.clear()
        super().wipe()

    def dispose(self) -> None:
        self._close()
        super().dispose()

    def _close(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()


def _without_waiting(connection: object, _record: object) -> None:
    cast("sqlite3.Connection", connection).execute("pragma synchronous = normal")
