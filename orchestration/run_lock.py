"""One writer of a company's output at a time, whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.errors import UserError
from orchestration.settings import Company

# A scheduled run that meets a manual one waits this long for its turn.
TIMEOUT_SECONDS = 900


@contextmanager
def hold(company: Company, say: Callable[[str], object] | None = None) -> Iterator[None]:
    """Hold the company's write lock; `say` is told when another holds it, before the wait.

    Raises:
        UserError: another holds it for too long, or the output folder cannot be written.
    """
    path = company.paths.lock
    company.prepare_output()
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if say:
            say(
                "Another run is writing this company's data; this one begins when it has ended, "
                f"and gives up after {TIMEOUT_SECONDS // 60} minutes."
            )
        _wait_for(lock)
    try:
        yield
    finally:
        lock.release()


def _wait_for(lock: FileLock) -> None:
    try:
        lock.acquire(timeout=TIMEOUT_SECONDS)
    except Timeout:
        raise UserError(
            "Another run has been writing this company's data for more than "
            f"{TIMEOUT_SECONDS // 60} minutes",
            file=Path(lock.lock_file),
            remedy="wait for it to end, or stop it in the Dagster UI",
        ) from None
