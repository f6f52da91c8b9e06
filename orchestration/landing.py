"""`index.html` of the published folder: one door to everything that lies in it.

Lists what is there and nothing else, so no link leads nowhere. Until something is published, pages
of the same names say so. Readable offline, no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration import documentation, whole_files
from orchestration.documentation import FOLDER as DOCUMENTATION
from orchestration.publication import (
    DATABASE_NAME,
    PARQUET_FOLDER,
    has_published,
    read_publication,
)
from orchestration.settings import Company

PAGE = "index.html"
_LANGUAGES = ("ru", "en")


@dataclass(frozen=True)
class _Entry:
    """A thing in the folder. `{language}` in the path stands for a page of each language."""

    path: str
    ru: tuple[str, str]
    en: tuple[str, str]


_ENTRIES = (
    _Entry(
        "scorecard.{language}.html",
        (
            "Работает ли маркетинг?",
            "Страница владельца: вердикты по планам и чему в них нельзя верить.",
        ),
        (
            "Is marketing working?",
            "The owner's page: verdicts on the targets, and what limits them.",
        ),
    ),
    _Entry(
        "explore.{language}.html",
        ("Исследовать", "Графики с отбором по периоду, каналу и кампании; калькулятор ROI."),
        ("Explore", "Charts filtered by period, channel and campaign; the ROI calculator."),
    ),
    _Entry(
        "data_docs/index.html",
        ("Проверки данных", "Что проверено, что не прошло и что с этим делать."),
        ("Data checks", "What was checked, what failed, and what to do about it."),
    ),
    _Entry(
        f"{DOCUMENTATION}/models.html",
        ("Модели и столбцы", "Описание каждой модели dbt, её запрос и тесты."),
        ("Models and columns", "Every dbt model: description, query, tests."),
    ),
    _Entry(
        f"{DOCUMENTATION}/lineage.html",
        ("Происхождение столбцов", "Из каких столбцов источников получен каждый столбец витрин."),
        ("Column lineage", "Which source columns every column of the marts is made of."),
    ),
    _Entry(
        DATABASE_NAME,
        ("База DuckDB", "Все витрины; описания столбцов — в комментариях и в docs.columns."),
        ("DuckDB database", "All marts; columns are described in comments and in docs.columns."),
    ),
    _Entry(
        PARQUET_FOLDER,
        ("Файлы parquet", "Те же витрины, по файлу на каждую."),
        ("Parquet files", "The same marts, one file each."),
    ),
)

_TEXTS = {
    "ru": ("Маркетинг в цифрах", "Данные по {day} включительно"),
    "en": ("Marketing in figures", "Data up to and including {day}"),
}


_WAITING = {
    "ru": {
        "title": "Ещё ничего не опубликовано",
        "running": "Первый прогон начался {at}. Когда он закончится удачно, здесь будут цифры: "
        "откройте страницу ещё раз. Обычно это минуты, при долгой истории из API — часы. Если "
        "никакой прогон уже не идёт, его прервали: запустите его снова.",
        "failed": "Прогон, который закончился {at}, ничего не опубликовал, поэтому цифр здесь нет. "
        "Почему:",
        "later": "Цифры появятся по этому же адресу после первого удачного прогона.",
    },
    "en": {
        "title": "Nothing has been published yet",
        "running": "The first run began at {at}. When it has ended well, the figures stand here: "
        "open the page again then. That takes minutes, with a long history from APIs hours. If no "
        "run is going on any more, it was cut off: start it again.",
        "failed": "The run that ended at {at} published nothing, so there are no figures here. "
        "Why:",
        "later": "The figures come under this same address with the first run that ends well.",
    },
}


def build_index(folder: Path, company: Company, warnings: Mapping[str, str] | None = None) -> Path:
    """Write `index.html` into a snapshot folder, the company's language first.

    `warnings`: by language, that the figures are old.
    """
    snapshot = read_publication(folder)
    if snapshot is None:
        raise FileNotFoundError(f"{folder} holds no snapshot")
    last_day = snapshot.as_of_date - timedelta(days=1)
    sections = [
        {
            "language": language,
            "title": _TEXTS[language][0],
            "warning": (warnings or {}).get(language, ""),
            "lead": _TEXTS[language][1].format(day=last_day.isoformat()),
            "links": _links(folder, language),
            "reasons": (),
            "later": "",
        }
        for language in _languages(company)
    ]
    return whole_files.write(folder / PAGE, _render(company, sections))


def add_documentation(company: Company, warnings: Mapping[str, str] | None = None) -> bool:
    """Put the pages about the models, as they lie in the output, before the readers.

    `warnings` as in `build_index`. False before the first publication: there is no folder of
    readers, and the swap attaches them.
    """
    if not has_published(company):
        return False
    published = company.paths.published.resolve()
    documentation.attach(company, published)
    build_index(published, company, warnings)
    return True


def build_waiting(
    folder: Path, company: Company, at: datetime, reasons: Mapping[str, Sequence[str]] | None
) -> list[Path]:
    """Write pages that say that nothing has been published yet, under the names of what will be.

    `at`: when the first run began, in the company's time zone; with `reasons` (by language) why the
    last one published nothing, when it ended.
    """
    time = f"{at:%Y-%m-%d %H:%M} ({company.timezone})"
    sections = {}
    for language in _languages(company):
        words = _WAITING[language]
        sections[language] = {
            "language": language,
            "title": words["title"],
            "warning": "",
            "lead": words["running" if reasons is None else "failed"].format(at=time),
            "links": (),
            "reasons": () if reasons is None else reasons[language],
            "later": "" if reasons is None else words["later"],
        }
    pages = [whole_files.write(folder / PAGE, _render(company, [*sections.values()]))]
    for language, section in sections.items():
        pages += [
            whole_files.write(folder / f"{name}.{language}.html", _render(company, [section]))
            for name in ("scorecard", "explore")
        ]
    return pages


def _languages(company: Company) -> list[str]:
    return sorted(_LANGUAGES, key=lambda language: language != company.language)


def _render(company: Company, sections: Sequence[Mapping[str, Any]]) -> str:
    import jinja2  # noqa: PLC0415 - only a run renders

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(_TEMPLATE).render(company=company.name, sections=sections)


def _links(folder: Path, language: str) -> Sequence[tuple[str, str, str]]:
    links = []
    for entry in _ENTRIES:
        path = entry.path.format(language=language)
        if (folder / path).exists():
            title, text = entry.ru if language == "ru" else entry.en
            links.append((path + "/" if (folder / path).is_dir() else path, title, text))
    return links


_TEMPLATE = """<!doctype html>
<html lang="{{ sections[0].language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ company }}: {{ sections[0].title }}</title>
<style>
:root { color-scheme: light dark; --line: #8885; --soft: GrayText; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 3rem; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 1rem 0 0; }
ul { list-style: none; padding: 0; } li { border-top: 1px solid var(--line); padding: .6rem 0; }
p { margin: 0; } li { overflow-wrap: anywhere; } a { font-weight: 600; }
</style>
</head>
<body>
<h1>{{ company }}</h1>
<main>
{% for section in sections %}
<section lang="{{ section.language }}">
<h2>{{ section.title }}</h2>
{% if section.warning %}
<p><strong>⚠ {{ section.warning }}</strong></p>
{% endif %}
<p>{{ section.lead }}</p>
{% if section.links or section.reasons %}
<ul>
{% for path, title, text in section.links %}
<li><a href="{{ path }}">{{ title }}</a><p>{{ text }}</p></li>
{% endfor %}
{% for reason in section.reasons %}
<li>{{ reason }}</li>
{% endfor %}
</ul>
{% endif %}
{% if section.later %}
<p>{{ section.later }}</p>
{% endif %}
</section>
{% endfor %}
</main>
</body>
</html>
"""
