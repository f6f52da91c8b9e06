"""One writer of a company's output at a time, whoever starts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from orchestration.errors import UserError
from orchestration.settings import Company

# A scheduled run that meets a manual one waits this long for its turn.
TIMEOUT_SECONDS = 900


def is_held(company: Company) -> bool:
    """Whether a run is writing this company's output now, so that another would wait."""
    path = company.paths.lock
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def hold(company: Company) -> Iterator[None]:
    """Hold the company's write lock; raise UserError when another holds it for too long,
    or when the output folder cannot be written."""
    path = company.paths.lock
    company.prepare_output()
    lock = FileLock(path, timeout=TIMEOUT_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            "Another run has been writing this company's data for more than "
            f"{TIMEOUT_SECONDS // 60} minutes",
            file=path,
            remedy="wait for it to end, or stop it in the Dagster UI",
        ) from None
    try:
        yield
    finally:
        lock.release()
