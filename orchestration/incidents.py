"""The book of incidents: what is wrong since when, and who was told.

One small JSON file in the company's output folder. Runs write into it what their checks found;
`alerts` reads from it what has to be said. It outlives restarts, so that a thing is told once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration import phrases, whole_files
from orchestration.outcomes import Severity
from orchestration.settings import Company

FILE = "incidents.json"
RUN_FAILED = "run_failed"
RUN_LATE = "run_late"

# Ended incidents are kept so long: the same episode seen again in a check's window is no news.
_KEPT = timedelta(days=400)
# So many causes of a failed run are told.
_CAUSES = 3
_RESERVE_BYTES = 1 << 18


@dataclass(frozen=True)
class Episode:
    """One thing that is wrong, as a run saw it. Days are ISO dates of the facts, None = unknown.

    `is_over`: the facts ended some days ago, though the check still shows them.
    """

    key: str
    check: str
    severity: Severity
    first_day: str | None
    last_day: str | None
    message_en: str
    message_ru: str
    is_over: bool = False


@dataclass(frozen=True)
class Incident:
    """An episode as the book keeps it. Times are ISO, UTC.

    `first_seen`, `last_seen`: when runs saw it. `ended_at`: since when it is gone. `told_begin`,
    `told_end`: labels of recipients who got the word.
    """

    key: str
    check: str
    severity: Severity
    first_day: str | None
    last_day: str | None
    message_en: str
    message_ru: str
    first_seen: str
    last_seen: str
    ended_at: str | None = None
    told_begin: tuple[str, ...] = ()
    told_end: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def message(self, language: str) -> str:
        return self.message_ru if language == "ru" else self.message_en


@dataclass
class IncidentBook:
    """The incidents of a company by key, and what is known of its runs."""

    incidents: dict[str, Incident] = field(default_factory=dict)
    last_published_at: str | None = None
    last_run_id: str | None = None

    def note_checks(
        self, evaluated: Mapping[str, Iterable[Episode]], *, now: datetime | None = None
    ) -> None:
        """Take in what a run found: open and go on with what is there, end what is gone.

        `evaluated`: episodes of every check that was evaluated, none for a check that passed.
        Checks that were not evaluated keep their incidents: nothing is known of them.
        """
        moment = _text(now)
        seen: set[str] = set()
        for episodes in evaluated.values():
            for episode in episodes:
                seen.add(self._note(episode, moment))
        for key, incident in self.incidents.items():
            if incident.check in evaluated and incident.is_open and key not in seen:
                self.incidents[key] = replace(incident, ended_at=moment)

    def note_run(
        self,
        run_id: str,
        *,
        is_published: bool,
        failures: Iterable[str],
        now: datetime | None = None,
    ) -> None:
        """Take in how a run ended; a run is taken in once.

        `run_id`: empty where the run ended before it had one. `failures`: messages of failed steps,
        in English; empty where only a blocking check refused the data, which is an incident of its
        own. Runs that fail in a row are one incident, which is told again when the cause is another
        one; a publication ends it.
        """
        if run_id and run_id == self.last_run_id:
            return
        self.last_run_id = run_id or self.last_run_id
        moment = _text(now)
        if is_published:
            self.last_published_at = moment
        evaluated: dict[str, list[Episode]] = {}
        if texts := [text.splitlines()[0] for text in failures if text]:
            episode = _failed_run(texts[:_CAUSES])
            evaluated[RUN_FAILED] = [episode]
            self.tell_again_if_changed(episode)
        elif is_published:  # where a check refused the data, nothing is over
            evaluated[RUN_FAILED] = []
        if is_published:
            evaluated[RUN_LATE] = []
        self.note_checks(evaluated, now=now)

    def note_time(self, *, late_after: timedelta, now: datetime | None = None) -> None:
        """Open an incident when the last publication is older than allowed.

        A company that never published is not late: it is being set up.
        """
        moment = now or datetime.now(tz=UTC)
        if self.last_published_at is None:
            return
        last = datetime.fromisoformat(self.last_published_at)
        if moment - last <= late_after:
            return
        hours = round((moment - last).total_seconds() / 3600)
        self._note(
            Episode(
                key=RUN_LATE,
                check=RUN_LATE,
                severity="blocking",
                first_day=last.date().isoformat(),
                last_day=None,
                message_en=f"Nothing was published for {hours} hours "
                f"(last on {last:%Y-%m-%d %H:%M} UTC). What to do: look whether "
                "Dagster's daemon is up and what the last run says.",
                message_ru=f"Ничего не публиковалось {hours} ч "
                f"(последний раз {last:%d.%m.%Y %H:%M} UTC). Что делать: проверить, "
                "работает ли служба Dagster и чем кончился последний запуск.",
            ),
            _text(now),
        )

    def tell_again_if_changed(self, episode: Episode) -> None:
        """Have an open incident told again where it now has another cause: who mended the first one
        must hear of the second."""
        known = self.incidents.get(episode.key)
        if known and known.is_open and _kind(known) != _kind(episode):
            self.incidents[episode.key] = replace(known, told_begin=())

    def first_seen(self, check: str) -> str | None:
        """ISO date on which a run first saw the check's oldest open incident."""
        seen = [
            incident.first_seen
            for incident in self.incidents.values()
            if incident.check == check and incident.is_open
        ]
        return min(seen)[:10] if seen else None

    def _note(self, episode: Episode, moment: str) -> str:
        key = self._known_key(episode)
        known = self.incidents.get(key)
        facts = {
            name: value for name, value in asdict(episode).items() if name not in ("key", "is_over")
        }
        if known is None or not (known.is_open or episode.is_over):
            # what ended and came back is a new incident, to be told again
            known = Incident(key=key, first_seen=moment, last_seen=moment, **facts)
        else:
            known = replace(known, last_seen=moment, **facts)
        if episode.is_over and known.is_open:
            known = replace(known, ended_at=moment)
        self.incidents[key] = known
        return key

    def _known_key(self, episode: Episode) -> str:
        """The key under which the book knows the episode.

        Late data may move its first day: an episode of the same check and thing whose days overlap
        is the same one.
        """
        if episode.key in self.incidents or episode.last_day is None or episode.first_day is None:
            return episode.key
        thing = episode.key.rsplit("|", 1)[0] + "|"
        for key, known in self.incidents.items():
            if (
                key.startswith(thing)
                and known.first_day is not None
                and known.last_day is not None
                and known.first_day <= episode.last_day
                and episode.first_day <= known.last_day
            ):
                return key
        return episode.key

    def forget_old(self, *, now: datetime | None = None) -> None:
        limit = _text((now or datetime.now(tz=UTC)) - _KEPT)
        self.incidents = {
            key: incident
            for key, incident in self.incidents.items()
            if incident.ended_at is None or incident.ended_at >= limit
        }


def _failed_run(texts: Sequence[str]) -> Episode:
    """The incident of a run that failed for these reasons, in English."""
    said = {
        language: "; ".join(phrases.failure(text, language).rstrip(".") for text in texts)
        for language in ("en", "ru")
    }
    return Episode(
        key=RUN_FAILED,
        check=RUN_FAILED,
        severity="blocking",
        first_day=None,
        last_day=None,
        message_en=f"The daily run failed and published nothing: {said['en']}. Readers keep the "
        "last snapshot; when this is mended, run again.",
        message_ru="Ежедневный запуск не удался, ничего не опубликовано: "
        f"{said['ru']}. Читатели видят прежний снимок; когда исправлено, запустите снова.",
    )


def _kind(of: Episode | Incident) -> str:
    """What went wrong, without numbers, days and ids, which differ from run to run."""
    return re.sub(r"\b[0-9a-f-]{8,}\b|\d+", "#", of.message_en)


def open_book(company: Company) -> AbstractContextManager[IncidentBook]:
    """The company's book, locked for as long as it is open and stored when it is closed."""
    return open_book_at(company.paths.output / FILE)


@contextmanager
def open_book_at(path: Path) -> Iterator[IncidentBook]:
    """The same of a book that lies elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        book = read_book(path)
        yield book
        book.forget_old()
        _store(path, book)


def read_book(path: Path) -> IncidentBook:
    """The book as it lies there; an empty one where there is none or it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        incidents = [_incident(item) for item in content["incidents"]]
        return IncidentBook(
            incidents={incident.key: incident for incident in incidents},
            last_published_at=content["last_published_at"],
            last_run_id=content["last_run_id"],
        )
    except FileNotFoundError:
        return IncidentBook()
    except (ValueError, LookupError, TypeError):
        # telling something twice is better than a run that fails over its own notes
        path.replace(path.with_suffix(".unreadable.json"))
        return IncidentBook()


def _incident(item: dict[str, Any]) -> Incident:
    lists = {name: tuple(item[name]) for name in ("told_begin", "told_end")}
    return Incident(**{**item, **lists})


def _store(path: Path, book: IncidentBook) -> None:
    content = {
        "last_published_at": book.last_published_at,
        "last_run_id": book.last_run_id,
        "incidents": [asdict(incident) for incident in book.incidents.values()],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    reserve = path.with_suffix(".reserve")
    try:
        whole_files.write(path, text)
    except OSError:
        # On a full disk its place is what the book needs; else everything would be told again.
        reserve.unlink(missing_ok=True)
        whole_files.write(path, text)
    else:
        whole_files.keep_free(reserve, _RESERVE_BYTES)


def _text(moment: datetime | None) -> str:
    return (moment or datetime.now(tz=UTC)).isoformat(timespec="seconds")
