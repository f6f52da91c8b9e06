"""`index.html` of the published folder: one door to everything that lies in it.

Lists what is there and nothing else, so no link leads nowhere. Readable offline, no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration import whole_files
from orchestration.documentation import FOLDER as DOCUMENTATION
from orchestration.publication import DATABASE_NAME, PARQUET_FOLDER
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


def build_index(folder: Path, company: Company) -> Path:
    """Write `index.html` into a snapshot folder, the company's language first."""
    import jinja2  # noqa: PLC0415 - only a run renders

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    languages = sorted(_LANGUAGES, key=lambda language: language != company.language)
    page = environment.from_string(_TEMPLATE).render(
        company=company.name,
        sections=[_section(folder, company, language) for language in languages],
    )
    return whole_files.write(folder / PAGE, page)


def _section(folder: Path, company: Company, language: str) -> dict[str, object]:
    title, as_of = _TEXTS[language]
    return {
        "language": language,
        "title": title,
        "as_of": as_of.format(day=company.last_complete_date().isoformat()),
        "links": _links(folder, language),
    }


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
p { margin: 0; } a { font-weight: 600; }
</style>
</head>
<body>
<h1>{{ company }}</h1>
<main>
{% for section in sections %}
<section lang="{{ section.language }}">
<h2>{{ section.title }}</h2>
<p>{{ section.as_of }}</p>
<ul>
{% for path, title, text in section.links %}
<li><a href="{{ path }}">{{ title }}</a><p>{{ text }}</p></li>
{% endfor %}
</ul>
</section>
{% endfor %}
</main>
</body>
</html>
"""
