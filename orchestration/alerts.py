"""Tells the people named in company.toml what began and what ended, once each.

What is wrong comes from the book of incidents; the words are in the company's language. Messages
go through Apprise, which speaks e-mail, Telegram, Slack, webhooks and a hundred more. The address
of a recipient holds a password or token, so it stands in an environment variable and nowhere else.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from orchestration.expectations.data_docs import INDEX as DATA_DOCS_INDEX
from orchestration.expectations.texts import render
from orchestration.incidents import FILE as BOOK
from orchestration.incidents import (
    RUN_FAILED,
    RUN_LATE,
    Incident,
    IncidentBook,
    open_book,
    read_book,
)
from orchestration.outcomes import CheckLog
from orchestration.settings import Company

_LOG = logging.getLogger(__name__)
_SHOWN = 10

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title_begin": "{company}: {count:n} new {count:incident|incidents}",
        "title_end": "{company}: {count:n} {count:incident|incidents} over",
        "title_both": "{company}: {begun:n} new {begun:incident|incidents}, {ended:n} over",
        "blocking": "BLOCKS PUBLICATION",
        "warning": "WARNING",
        "days": "{first:d} to {last:d}",
        "over": "OVER",
        "was": "since {first_seen:d}",
        "more": "and {count} more",
        "see": "Details: {link}",
        "checks": "checks",
    },
    "ru": {
        "title_begin": "{company}: {count:n} {count:новый инцидент|новых инцидента|новых "
        "инцидентов}",
        "title_end": "{company}: {count:завершился|завершились|завершилось} {count:n} "
        "{count:инцидент|инцидента|инцидентов}",
        "title_both": "{company}: {begun:n} {begun:новый инцидент|новых инцидента|новых "
        "инцидентов}, "
        "{ended:n} {ended:завершился|завершились|завершилось}",
        "blocking": "ПУБЛИКАЦИЯ ОСТАНОВЛЕНА",
        "warning": "ПРЕДУПРЕЖДЕНИЕ",
        "days": "с {first:d} по {last:d}",
        "over": "ЗАВЕРШИЛОСЬ",
        "was": "с {first_seen:d}",
        "more": "и ещё {count}",
        "see": "Подробно: {link}",
        "checks": "проверки",
    },
}


def deliver(
    company: Company,
    *,
    now: datetime | None = None,
    report: Callable[[str], object] = _LOG.warning,
) -> int:
    """Send what each recipient has not been told yet; returns how many messages went out.

    A recipient that cannot be reached is named in `report`, by its label only, and tried again at
    the next call. Nothing here raises for a failed delivery: the figures are published whatever
    becomes of the mail.
    """
    if not company.alerts.recipients:
        return 0
    sent = 0
    with open_book(company) as book:
        if company.alerts.late_after_hours and company.as_of is None:
            book.note_time(late_after=timedelta(hours=company.alerts.late_after_hours), now=now)
        for label in company.alerts.recipients:
            begun, ended = pending(book, label, company.alerts.level)
            if not begun and not ended:
                continue
            if not _has_sent(company, label, begun, ended, report=report):
                continue
            mark(book, label, begun, ended)
            sent += 1
    return sent


def _has_sent(
    company: Company,
    label: str,
    begun: Sequence[Incident],
    ended: Sequence[Incident],
    *,
    report: Callable[[str], object],
) -> bool:
    """Tell one recipient; where that fails, tell `report`."""
    variable = company.alerts.recipients[label]
    problem = send(os.environ.get(variable), variable, *compose(company, begun, ended))
    if problem:
        report(f"alert for '{label}' was not delivered: {problem}")
    return not problem


def is_due(company: Company, *, now: datetime | None = None) -> bool:
    """Whether `deliver` would have something to send. Changes nothing and needs no address."""
    book = read_book(company.paths.output / BOOK)
    if company.alerts.late_after_hours and company.as_of is None:
        book.note_time(late_after=timedelta(hours=company.alerts.late_after_hours), now=now)
    return any(
        any(pending(book, label, company.alerts.level)) for label in company.alerts.recipients
    )


def after_run(
    company: Company,
    run_id: str,
    *,
    is_published: bool,
    failures: Sequence[str],
    report: Callable[[str], object] = _LOG.warning,
) -> int:
    """Take in how a run ended and tell what is new; returns how many messages went out.

    A run that a check refused has failed steps as well; the check is the incident then, and the
    failed steps only its echo.
    """
    checks = CheckLog(company.paths.output, run_id).read()
    is_refused = any(check.blocks and check.subject != "dbt" for check in checks)
    with open_book(company) as book:
        book.note_run(
            run_id, is_published=is_published, failures=[] if is_refused else list(failures)
        )
    return deliver(company, report=report)


def tell_unnoted(
    company: Company,
    failures: Sequence[str],
    *,
    report: Callable[[str], object] = _LOG.warning,
) -> int:
    """Tell that a run failed where the book of incidents cannot be written; returns how many
    messages went out. Nothing remembers them, so the next failed run is told again."""
    book = IncidentBook()
    book.note_run("", is_published=False, failures=failures)
    sent = 0
    for label in company.alerts.recipients:
        begun, ended = pending(book, label, company.alerts.level)
        sent += bool(begun) and _has_sent(company, label, begun, ended, report=report)
    return sent


def try_out(company: Company, report: Callable[[str], object]) -> int:
    """Send every recipient a greeting; returns how many got it."""
    texts = {
        "en": ("{company}: alerts work", "This address will be told of incidents."),
        "ru": ("{company}: оповещения работают", "На этот адрес будут приходить инциденты."),
    }
    title, body = texts[company.language]
    title = title.format(company=company.name)
    reached = 0
    for label, variable in company.alerts.recipients.items():
        problem = send(os.environ.get(variable), variable, title, body)
        report(f"{label}: {problem or 'delivered'}")
        reached += not problem
    return reached


def pending(book: IncidentBook, label: str, level: str) -> tuple[list[Incident], list[Incident]]:
    """What the recipient has not been told: beginnings, and ends of what they know of.

    An incident that came and went between two calls is told once, as a beginning: its days say
    that it is over.
    """
    begun, ended = [], []
    for incident in book.incidents.values():
        if level == "blocking" and incident.severity != "blocking":
            continue
        if label not in incident.told_begin:
            # gone before anybody was told, and no facts with days of their own: nothing to say
            if incident.is_open or incident.last_day:
                begun.append(incident)
        elif not incident.is_open and label not in incident.told_end:
            ended.append(incident)
    begun.sort(key=lambda item: (item.severity != "blocking", item.key))
    return begun, sorted(ended, key=lambda item: item.key)


def compose(
    company: Company, begun: Sequence[Incident], ended: Sequence[Incident]
) -> tuple[str, str]:
    """(title, text) of one message. The text names the check, the days, the numbers, what to do."""
    say = _TEXTS[company.language]
    kind = "title_both" if begun and ended else "title_begin" if begun else "title_end"
    facts = {"company": company.name, "begun": len(begun), "ended": len(ended)}
    title = render(say[kind], {**facts, "count": len(begun or ended)}, company.language)
    parts = []
    for incident in begun[:_SHOWN]:
        head = f"{say[incident.severity]} · {incident.check}"
        if incident.first_day and incident.last_day:
            days = {"first": _day(incident.first_day), "last": _day(incident.last_day)}
            head += f" · {render(say['days'], days, company.language)}"
        parts.append(f"{head}\n{incident.message(company.language)}\n{_see(company, incident)}")
    if len(begun) > _SHOWN:
        parts.append(say["more"].format(count=len(begun) - _SHOWN))
    for incident in ended:
        since = {"first_seen": _day(incident.first_day or incident.first_seen)}
        was = render(say["was"], since, company.language)
        said = incident.message(company.language).split(": ")[0].split(". ")[0]
        parts.append(f"{say['over']} · {incident.check} · {was}\n{said}.")
    return title, "\n\n".join(parts)


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def _see(company: Company, incident: Incident) -> str:
    """Where to look: the page of checks, of the published folder if that is up to date."""
    if incident.check in (RUN_FAILED, RUN_LATE):
        page = f"scorecard.{company.language}.html"
        folder = company.paths.published
        address = page
    else:
        page = f"{DATA_DOCS_INDEX}#{incident.check}"
        folder = company.paths.data_docs
        address = f"data_docs/{page}"
    link = company.alerts.link
    where = f"{link.rstrip('/')}/{address}" if link else str(folder / page)
    return _TEXTS[company.language]["see"].format(link=where)


def send(url: str | None, variable: str, title: str, body: str) -> str | None:
    """Send one message; the reason if it did not go out, without anything of the address."""
    if not url:
        return f"the environment variable {variable} is not set"
    import apprise  # noqa: PLC0415 - a second, and only when there is something to say

    # the library writes parts of addresses into its log
    logging.getLogger("apprise").disabled = True
    try:
        target = apprise.Apprise()
        if not target.add(url):
            return f"{variable} holds no address that Apprise knows"
        if not target.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return "the service did not take it"
    except Exception as error:  # whatever a plugin raises, the run goes on
        return type(error).__name__
    return None


def mark(
    book: IncidentBook, label: str, begun: Sequence[Incident], ended: Sequence[Incident]
) -> None:
    """Note that the recipient was told these."""
    for incident in begun:
        told_end = incident.told_end if incident.is_open else (*incident.told_end, label)
        book.incidents[incident.key] = replace(
            incident, told_begin=(*incident.told_begin, label), told_end=told_end
        )
    for incident in ended:
        book.incidents[incident.key] = replace(
            book.incidents[incident.key], told_end=(*incident.told_end, label)
        )
