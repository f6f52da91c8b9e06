"""Daily runs of many companies: some at a time, and whatever becomes of one, the others go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass

from orchestration import run_record
from orchestration.fleet import children
from orchestration.fleet.members import Member
from orchestration.incidents import open_book
from orchestration.run_record import RunRecord
from orchestration.settings import unwritable

LOG_FILE = "run.log"
LIMIT_SECONDS = 4 * 3600
# The command line's mark of a message that ended it.
_MARK = "✗ "


@dataclass(frozen=True)
class Outcome:
    member: Member
    record: RunRecord
    seconds: float


def run_all(
    members: Sequence[Member],
    shared: Mapping[str, str],
    *,
    parallel: int = 1,
    limit_seconds: float = LIMIT_SECONDS,
) -> Iterator[Outcome]:
    """Run the daily job of every company; yields each as it ends."""
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        waiting = [
            pool.submit(run_one, member, shared, limit_seconds=limit_seconds) for member in members
        ]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:  # interrupted: no run goes on without somebody who waits for it
            pool.shutdown(wait=False, cancel_futures=True)
            children.stop_all()
            raise


def run_one(
    member: Member,
    shared: Mapping[str, str],
    *,
    limit_seconds: float = LIMIT_SECONDS,
    on_line: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Run the daily job of one company in a process of its own. Never raises for its failure, be
    it a full disk or an output folder that somebody else owns."""
    clock = time.monotonic()
    if member.company is None:
        record = _died(member, member.error or "")
        return Outcome(member, record, 0.0)
    try:
        record = _record_of(member, shared, limit_seconds, on_line)
    except OSError as error:
        record = _died(member, str(unwritable(member.paths.output, error)))
    return Outcome(member, record, time.monotonic() - clock)


def _record_of(
    member: Member,
    shared: Mapping[str, str],
    limit_seconds: float,
    on_line: Callable[[str], object],
) -> RunRecord:
    """Run the job and tell how it ended: its own record, or one made from its last words."""
    started = run_record.now()
    ended = children.call(member, ["run"], shared, limit_seconds=limit_seconds, on_line=on_line)
    with suppress(OSError):  # what the run itself said goes before a log of it
        log = member.paths.output / LOG_FILE
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("\n".join(ended.lines) + "\n", encoding="utf-8")
    written = _record_there(member)
    if written and written.ended_at >= started and (ended.code == 0 or not written.is_published):
        return written
    record = _died(member, _last_words(ended, limit_seconds))
    _call_for_help(member, record, shared)
    return record


def _record_there(member: Member) -> RunRecord | None:
    try:
        return run_record.read(member.paths)
    except OSError:  # then the run's last words are all there is
        return None


def _died(member: Member, reason: str) -> RunRecord:
    """Note a run that ended before it could say so itself."""
    record = RunRecord(run_id="", ended_at=run_record.now(), is_published=False, failures=(reason,))
    with suppress(OSError):
        run_record.store(member.paths, record)
    return record


def _last_words(ended: children.Ended, limit_seconds: float) -> str:
    if ended.is_late:
        return f"the run was stopped: it took longer than {limit_seconds / 60:.0f} minutes"
    said = [line for line in ended.lines if line.startswith(_MARK)]
    if said:
        start = len(ended.lines) - 1 - ended.lines[::-1].index(said[-1])
        return " ".join(ended.lines[start:]).removeprefix(_MARK).strip()
    if ended.code == -signal.SIGKILL:
        return (
            "the run's process was killed, which is mostly the system's answer to a lack of "
            "memory: set KPI_MEMORY_LIMIT, or run fewer companies at a time; see "
            f"{LOG_FILE} of its output folder"
        )
    how = signal.Signals(-ended.code).name if ended.code < 0 else f"code {ended.code}"
    return f"the run's process ended by {how} without a word; see {LOG_FILE} of its output folder"


def _call_for_help(member: Member, record: RunRecord, shared: Mapping[str, str]) -> None:
    """A run that died told nobody, so its recipients are told here."""
    company = member.company
    if company is None or not company.alerts.recipients:
        return
    try:
        with open_book(company) as book:
            book.note_run("", is_published=False, failures=record.failures)
    except OSError:  # the run's own process told them, without a book
        return
    children.call(member, ["alert"], shared, limit_seconds=300)
