"""How a process lives and ends where the ways of Python, or of DuckDB, do not suit a run."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Definitions, dbt's manifest and the libraries are two million objects that stay to the end: with
# Python's own settings, a look at each 700 new ones, a run on an empty day spends a tenth of its
# time on garbage that is not there. This many objects take some 100 MB.
_NEW_OBJECTS_BEFORE_A_LOOK = 500_000


# What DuckDB makes of a signal that meets a query, in the place of the exception of its handler.
STOPPED_QUERY = "Query interrupted"


def is_stopped_query(error: BaseException) -> bool:
    """Whether a person or the system stopped this process while DuckDB was at work."""
    cause: BaseException | None = error
    # what one thread raises anew in another may stand in its own chain
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        if STOPPED_QUERY in str(cause):
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False


def look_for_garbage_seldom() -> None:
    gc.set_threshold(_NEW_OBJECTS_BEFORE_A_LOOK, 10, 10)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Ends the process when its exit handlers have run, with the status it would have had.

    Python would first free what a run has made, object by object, which takes it seconds; the
    system does so at once.
    """
    status = 1  # of an exception that nobody catches

    def end() -> None:
        code = status
        logging.shutdown()  # a handler of before this one's time
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:  # nobody reads it any more
                code = code or 120  # as Python does
        os._exit(code)

    # The first handler that is registered runs last.
    atexit.register(end)
    try:
        yield
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        raise
