"""Data Docs: one offline page that shows every check, what it looked at and what it found.

GX's own Data Docs load their styles and scripts from a CDN and make one page per suite; a page of
our own from GX's results opens without a network, is one file, and takes milliseconds. Styles are
in the page, there is no script.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orchestration import whole_files
from orchestration.expectations.model import Check
from orchestration.expectations.runner import CheckResult

INDEX = "index.html"
RESULTS = "results.json"

STAGES = {"raw": "Raw tables", "staging": "Staging", "marts": "Marts"}


def build_data_docs(
    results: Iterable[CheckResult],
    output_dir: Path,
    *,
    passed_over: Iterable[Check] = (),
    run_id: str = "",
) -> Path:
    """Write `index.html` and `results.json` into `output_dir` and return the page's path.

    `passed_over`: checks that had nothing to judge, such as an empty table; the page names them, so
    that nobody takes them for passed. A run evaluates its checks in several steps: results of the
    same `run_id` that are already there are kept, those of another run are dropped. Samples are
    small and hold no personal data.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    store = output_dir / RESULTS
    known = _items_of(store, run_id, "results")
    known.update({result.check.name: _as_data(result) for result in results})
    idle = _items_of(store, run_id, "not_evaluated")
    idle.update({check.name: _as_idle(check) for check in passed_over})
    ordered = sorted(
        known.values(),
        key=lambda item: (
            list(STAGES).index(item["stage"]),
            item["subject"],
            item["passed"],
            item["name"],
        ),
    )
    not_evaluated = sorted(idle.values(), key=lambda item: item["name"])
    content = {"run_id": run_id, "results": ordered, "not_evaluated": not_evaluated}
    whole_files.write(store, json.dumps(content, ensure_ascii=False, indent=1, default=str))
    page = output_dir / INDEX
    whole_files.write(page, _page(run_id, ordered, not_evaluated))
    return page


def _items_of(store: Path, run_id: str, kind: str) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(store.read_text(encoding="utf-8"))
        return {item["name"]: item for item in content[kind] if content["run_id"] == run_id}
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return {}  # the page of an earlier run is worth less than this run


def _as_data(result: CheckResult) -> dict[str, Any]:
    check = result.check
    return {
        **asdict(result.outcome),
        "stage": check.stage,
        "asset": "/".join(check.asset),
        "title_en": check.title_en,
        "title_ru": check.title_ru,
        "observed": result.observed,
        "error": result.error,
        "validations": [dict(validation) for validation in result.validations],
        "sql": check.sql.strip(),
        "columns": [str(name) for name in result.sample.columns],
        "sample": [
            ["" if value is None else _cell(value) for value in row]
            for row in result.sample.astype(object)
            .where(result.sample.notna(), None)
            .itertuples(index=False, name=None)
        ],
    }


def _as_idle(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "asset": "/".join(check.asset),
        "severity": check.severity,
        "title_en": check.title_en,
        "title_ru": check.title_ru,
    }


def _cell(value: Any) -> str:
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1 else str(value)


def _page(
    run_id: str,
    results: Sequence[Mapping[str, Any]],
    not_evaluated: Sequence[Mapping[str, Any]],
) -> str:
    import jinja2  # noqa: PLC0415 - only a run renders

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for result in results:
        groups.setdefault((STAGES[result["stage"]], result["subject"]), []).append(result)
    return environment.from_string(_TEMPLATE).render(
        run_id=run_id,
        groups=groups,
        total=len(results),
        passed=sum(result["passed"] for result in results),
        blocking=[r for r in results if not r["passed"] and r["severity"] == "blocking"],
        not_evaluated=not_evaluated,
        warnings=[r for r in results if not r["passed"] and r["severity"] == "warning"],
    )


_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Data checks</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warn: #ffcf70; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; } summary b { font-weight: 600; }
.mark { display: inline-block; min-width: 6.5rem; font-weight: 600; }
.blocking { color: var(--bad); } .warning { color: var(--warn); }
.body { margin: .4rem 0 .8rem 1.2rem; }
table { border-collapse: collapse; font-size: .9em; } .wide { overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; font-size: .85em; }
code { font-size: .9em; } body { overflow-wrap: anywhere; } td, th { overflow-wrap: normal; }
</style>
</head>
<body>
<h1>Data checks</h1>
<p>{{ passed }} of {{ total }} checks passed, {{ blocking | length }} blocking failed,
{{ warnings | length }} warnings.
{% if not_evaluated %}
<a href="#not-evaluated">{{ not_evaluated | length }} were not evaluated.</a>
{% endif %}
{% if run_id %} Run <code>{{ run_id }}</code>.{% endif +%}
The same results as data: <a href="results.json">results.json</a>. The scorecard counts the tests
of the marts' models as well, so its number of checks is larger.</p>
<p lang="ru">Проверок данных пройдено: {{ passed }} из {{ total }}; не пройдено обязательных:
{{ blocking | length }}, предупреждений: {{ warnings | length }}. В отчёте проверок больше: там
считаются и тесты моделей, из которых сделаны витрины.</p>
{% for group, checks in groups.items() %}
<h2>{{ group[0] }}: {{ group[1].replace('_', ' ') }}</h2>
{% for check in checks %}
<details{% if not check.passed %} open{% endif %} id="{{ check.name }}">
<summary>
{% if check.passed %}<span class="mark">passed</span>
{% else %}<span class="mark {{ check.severity }}">{{
  'not run' if check.error else 'BLOCKED' if check.severity == 'blocking' else 'warning' }}</span>
{% endif %}
<b>{{ check.title_en }}</b> <code>{{ check.name }}</code></summary>
<div class="body">
{% if not check.passed %}
<p>{{ check.message_en }}</p>
<p lang="ru">{{ check.message_ru }}</p>
{% else %}
<p lang="ru">{{ check.title_ru }}</p>
{% endif %}
<p>Guards <code>{{ check.asset }}</code>, {{ check.severity }}. {{ check.observed }}.</p>
<ul>
{% for validation in check.validations %}
<li><code>{{ validation.expectation }}</code>: {{ 'holds' if validation.success else 'broken' }},
{{ validation.examined }} rows examined</li>
{% endfor %}
</ul>
{% if check.sample %}
<div class="wide"><table>
<tr>{% for column in check.columns %}<th>{{ column }}</th>{% endfor %}</tr>
{% for row in check.sample %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% endif %}
<details><summary>Query</summary><pre>{{ check.sql }}</pre></details>
</div>
</details>
{% endfor %}
{% endfor %}
{% if not_evaluated %}
<h2 id="not-evaluated">Not evaluated</h2>
<p>There was nothing these checks could judge: their table is empty, or this company has no such
source. They neither passed nor failed.</p>
<p lang="ru">Этим проверкам нечего было оценивать: таблица пуста или такого источника нет.
Они не пройдены и не провалены.</p>
{% for check in not_evaluated %}
<details id="{{ check.name }}">
<summary><span class="mark">not evaluated</span> <b>{{ check.title_en }}</b>
<code>{{ check.name }}</code></summary>
<div class="body"><p lang="ru">{{ check.title_ru }}</p>
<p>Guards <code>{{ check.asset }}</code>, {{ check.severity }}.</p></div>
</details>
{% endfor %}
{% endif %}
</body>
</html>
"""
