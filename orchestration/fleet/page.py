"""The agency's page: one line a company, those that need somebody first. Offline, no script."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from orchestration import landing, whole_files
from orchestration.fleet.status import STATES, Status

LANGUAGES = ("en", "ru")
_MARKS = {"broken": "✗", "failed": "✗", "late": "!", "never": "·", "good": "✓"}
_TEXTS = {
    "en": {
        "title": "Companies",
        "broken": "settings cannot be read",
        "failed": "last run published nothing",
        "late": "nothing new for long",
        "never": "has not run yet",
        "good": "in order",
        "company": "Company",
        "state": "State",
        "day": "Data up to",
        "answer": "Is marketing working?",
        "checks": "Checks",
        "told": "{passed} passed, {warned} warned, {failed} failed",
        "open": "report",
        "old": "The report is the last good one.",
        "none": "No report yet.",
        "made": "As of {time} UTC",
        "date": "%Y-%m-%d",
        "other": "Русский",
    },
    "ru": {
        "title": "Компании",
        "broken": "настройки не читаются",
        "failed": "последний запуск ничего не опубликовал",
        "late": "давно нет нового",
        "never": "ещё не запускалась",
        "good": "в порядке",
        "company": "Компания",
        "state": "Состояние",
        "day": "Данные по",
        "answer": "Работает ли маркетинг?",
        "checks": "Проверки",
        "told": "пройдено {passed}, предупреждений {warned}, не пройдено {failed}",
        "open": "отчёт",
        "old": "Показан последний исправный отчёт.",
        "none": "Отчёта ещё нет.",
        "made": "На {time} UTC",
        "date": "%d.%m.%Y",
        "other": "English",
    },
}


def build(statuses: Sequence[Status], folder: Path) -> list[Path]:
    """Write `fleet.en.html` and `fleet.ru.html` into the folder of outputs; returns the pages.

    Each is replaced in one rename, so several runs may end at the same time.

    Raises:
        OSError: the pages cannot be written.
    """
    import jinja2  # noqa: PLC0415 - only a run renders

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(_TEMPLATE)
    ordered = sorted(statuses, key=lambda one: (STATES.index(one.state), one.member.name.lower()))
    pages = []
    for language in LANGUAGES:
        say = _TEXTS[language]
        counts = Counter(status.state for status in statuses)
        text = template.render(
            say=say,
            language=language,
            other=next(other for other in LANGUAGES if other != language),
            made=say["made"].format(time=datetime.now(tz=UTC).strftime(f"{say['date']} %H:%M")),
            counts=[
                (_MARKS[state], say[state], counts[state]) for state in STATES if counts[state]
            ],
            rows=[_row(status, folder, language) for status in ordered],
        )
        pages.append(whole_files.write(folder / f"fleet.{language}.html", text))
    return pages


def _row(status: Status, folder: Path, language: str) -> dict[str, object]:
    say = _TEXTS[language]
    published = status.member.paths.published
    record = status.record
    return {
        "name": status.member.name,
        "slug": status.member.slug,
        "mark": _MARKS[status.state],
        "state": status.state,
        "said": say[status.state],
        "day": status.last_day.strftime(say["date"]) if status.last_day else "–",
        "headline": status.headlines.get(language, ""),
        "link": quote(os.path.relpath(published / landing.PAGE, folder).replace(os.sep, "/"))
        if _is_there(published / landing.PAGE)
        else "",
        "note": ("old" if status.last_day else "none")
        if status.state in ("broken", "failed")
        else "",
        "errors": status.reasons(language),
        "checks": say["told"].format(
            passed=record.passed, warned=record.warned, failed=record.failed
        )
        if record and record.passed + record.warned + record.failed
        else "",
    }


def _is_there(page: Path) -> bool:
    try:
        return page.exists()
    except OSError:  # a folder that this user may not look into
        return False


_TEMPLATE = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ say.title }}</title>
<style>
:root { color-scheme: light dark; --line: #8885; }
body { background: light-dark(#fff, #16181c); color: light-dark(#1a1c20, #e8e9ec); }
a { color: light-dark(#0b5cad, #8ec5ff); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { margin: 0; font-size: 1.6rem; } p { margin: 0; }
.counts { display: flex; gap: 1.5rem; flex-wrap: wrap; margin: 1rem 0; padding: 0; }
.counts li { list-style: none; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; } th, td { padding: .5rem .75rem .5rem 0; }
tr { border-top: 1px solid var(--line); vertical-align: top; }
.broken b, .failed b { color: light-dark(#a3142a, #ff8a95); }
.late b { color: light-dark(#7a4b00, #ffc266); }
.slug, .checks { color: light-dark(#555a63, #b4b8c0); font-size: .875rem; }
td:nth-child(2) { min-width: 13rem; } td:nth-child(3) { white-space: nowrap; }
td:nth-child(4) { min-width: 18rem; overflow-wrap: anywhere; }
</style>
</head>
<body>
<header>
<h1>{{ say.title }}</h1>
<a href="fleet.{{ other }}.html" lang="{{ other }}" hreflang="{{ other }}">{{ say.other }}</a>
<p>{{ made }}</p>
</header>
<ul class="counts">
{% for mark, text, count in counts %}
<li><b>{{ count }}</b> <span aria-hidden="true">{{ mark }}</span> {{ text }}</li>
{% endfor %}
</ul>
<div class="wide" tabindex="0" role="region" aria-label="{{ say.title }}">
<table>
<thead><tr><th scope="col">{{ say.company }}</th><th scope="col">{{ say.state }}</th>\
<th scope="col">{{ say.day }}</th><th scope="col">{{ say.answer }}</th></tr></thead>
<tbody>
{% for row in rows %}
<tr class="{{ row.state }}">
<td>{% if row.link %}<a href="{{ row.link }}">{{ row.name }}</a>{% else %}{{ row.name }}{% endif %}
<p class="slug">{{ row.slug }}</p></td>
<td><b><span aria-hidden="true">{{ row.mark }}</span> {{ row.said }}</b>
{% if row.checks %}<p class="checks">{{ say.checks }}: {{ row.checks }}</p>{% endif %}</td>
<td>{{ row.day }}</td>
<td>{% for error in row.errors %}<p>{{ error }}</p>{% endfor %}
{% if row.note %}<p>{{ say[row.note] }}</p>{% endif %}
{% if row.headline %}<p>{{ row.headline }}</p>{% endif %}</td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
</body>
</html>
"""
