"""Tells the agency of companies that can tell nobody: their settings cannot be read, or name no
recipients. Who looks after the folder of companies is told once when one of them needs help, and
once when that is over.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence

from orchestration import alerts, phrases
from orchestration.expectations.texts import Language, render
from orchestration.fleet.children import AGENCY_VARIABLE
from orchestration.fleet.status import Status
from orchestration.incidents import Episode, Incident, open_book_at
from orchestration.settings import language_of, output_root

BOOK = "fleet_incidents.json"

_LOG = logging.getLogger(__name__)
_AGENCY = "agency"
_CHECK = "company_needs_help"
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "{count:n} {count:company needs|companies need} help, and {count:its|their} own "
        "recipients are not told",
        "title_end": "{count:n} {count:company is|companies are} in order again",
        "over": "in order again",
    },
    "ru": {
        "title": "{count:n} {count:компании нужна|компаниям нужна|компаниям нужна} помощь, и "
        "{count:её|их|их} собственным получателям об этом не сообщено",
        "title_end": "{count:n} {count:компания|компании|компаний} снова в порядке",
        "over": "снова в порядке",
    },
}


def tell(
    statuses: Sequence[Status],
    shared: Mapping[str, str],
    *,
    report: Callable[[str], object] = _LOG.warning,
) -> bool:
    """Send the agency what it does not know yet; whether a message went out.

    `shared`: the variables beside the company folders; the address is `AGENCY_VARIABLE` there or
    in this process's environment. Without one nothing is sent. A failed delivery goes to `report`
    and is tried again at the next call.
    """
    address = shared.get(AGENCY_VARIABLE) or os.environ.get(AGENCY_VARIABLE)
    if not address:
        return False
    folders = (status.member.directory for status in statuses)
    language: Language = "ru" if language_of(*folders) == "ru" else "en"
    names = {status.member.slug: status.member.name for status in statuses}
    with open_book_at(output_root() / BOOK) as book:
        episodes = [_episode(status) for status in statuses if _is_silent(status)]
        for episode in episodes:
            book.tell_again_if_changed(episode)
        book.note_checks({_CHECK: episodes})
        begun, ended = alerts.pending(book, _AGENCY, "all")
        if not begun and not ended:
            return False
        title, body = _compose(begun, ended, names, language)
        problem = alerts.send(address, AGENCY_VARIABLE, title, body)
        if problem:
            report(f"alert for '{_AGENCY}' was not delivered: {problem}")
            return False
        alerts.mark(book, _AGENCY, begun, ended)
    return True


def _is_silent(status: Status) -> bool:
    """Whether a company is in need and has nobody of its own who would be told."""
    company = status.member.company
    return status.state in {"broken", "failed", "late"} and (
        company is None or not company.alerts.recipients
    )


def _episode(status: Status) -> Episode:
    messages = {
        language: "\n".join(
            (
                phrases.sentence(f"state: {status.state}", language).removeprefix("state: "),
                *status.reasons(language),
            )
        )
        for language in ("en", "ru")
    }
    return Episode(
        key=status.member.slug,
        check=_CHECK,
        severity="blocking",
        first_day=None,
        last_day=None,
        message_en=messages["en"],
        message_ru=messages["ru"],
    )


def _compose(
    begun: Sequence[Incident],
    ended: Sequence[Incident],
    names: Mapping[str, str],
    language: Language,
) -> tuple[str, str]:
    say = _TEXTS[language]
    kind, count = ("title", len(begun)) if begun else ("title_end", len(ended))
    parts = [f"{names.get(one.key, one.key)}: {one.message(language)}" for one in begun]
    parts += [f"{names.get(one.key, one.key)}: {say['over']}" for one in ended]
    return render(say[kind], {"count": count}, language), "\n\n".join(parts)
