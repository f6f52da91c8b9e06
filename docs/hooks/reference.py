"""Reference pages of the site, written at each build from what the program itself reads.

Nothing is told twice: sources come from their contracts, KPIs from the seed of definitions, marts
and columns from dbt's YAML, checks from the list of expectations.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from orchestration import dictionary, publication, warehouse
from orchestration.expectations import ALL_CHECKS
from orchestration.expectations.data_docs import STAGES
from orchestration.expectations.names import SOURCES as LABELS
from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR, load_company
from orchestration.sources.contracts import CONTRACTS, REGISTERS, Pii, TableContract

PLAIN = "plain"
MARTS_FOLDER, SOURCES_FOLDER = "marts", "sources"
QUERIES = PROJECT_DIR / "docs" / "queries"
DOORS = PROJECT_DIR / "orchestration" / "sources" / "README.md"

# Metrics whose column in a mart has another name than the metric.
_COLUMNS = {
    "aov_net": "net_aov_amount",
    "aided_awareness": "aided_rate",
    "leads_qualified": "leads_qualified",
    "purchase_conversion": "visit_conversion_rate",
    "lead_conversion": "visit_conversion_rate",
    "gross_visits": "visits",
    "gross_conversion": "gross_conversion_rate",
    "revenue": "net_amount",
    "contribution": "contribution_amount",
}
_FOREIGN_SCRIPT = "https://unpkg.com/iframe-worker/shim"
_SEARCH_SCRIPT = "javascripts/search_from_folder.js"
_METRIC_MARTS = ("kpi_scorecard", "kpi_metrics_monthly")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the lists of the navigation that depend on the project."""
    for section in config.nav:
        if "Reference" in section:
            for entry in section["Reference"]:
                if "Sources" in entry:
                    entry["Sources"] = [f"{SOURCES_FOLDER}/{name}.md" for name in _sources()]
                    if DOORS.is_file():
                        entry["Sources"].insert(0, f"{SOURCES_FOLDER}/doors.md")
                elif "Marts" in entry:
                    entry["Marts"] = [f"{MARTS_FOLDER}/{mart.name}.md" for mart in _marts()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the written pages to those that lie in the folder."""
    for path, text in _pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001
    """The theme would fetch its search-from-a-folder script from outside; ours is in the site."""
    return output.replace(_FOREIGN_SCRIPT, get_relative_url(_SEARCH_SCRIPT, page.url))


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:  # noqa: ARG001
    """The same for pages that are no Markdown: the one of a wrong address."""
    return output_content.replace(_FOREIGN_SCRIPT, _SEARCH_SCRIPT)


def _pages() -> dict[str, str]:
    marts = _marts()
    pages = {
        "settings.md": _settings(),
        "kpis.md": _kpis(marts),
        "checks.md": _checks(),
        "queries.md": _queries(),
        "decisions.md": _root_page("DECISIONLOG.md"),
        "changes.md": _root_page("CHANGELOG.md"),
    }
    pages |= {f"{SOURCES_FOLDER}/{name}.md": _source(name) for name in _sources()}
    pages |= {f"{MARTS_FOLDER}/{mart.name}.md": _mart(mart) for mart in marts}
    if DOORS.is_file():
        pages[f"{SOURCES_FOLDER}/doors.md"] = DOORS.read_text(encoding="utf-8")
    return pages


# ---- sources -------------------------------------------------------------------------------------


def _sources() -> list[str]:
    """Registers and plain tables first: every company has them."""
    others = {contract.source for contract in CONTRACTS.values()} - {REGISTERS, PLAIN}
    return [REGISTERS, PLAIN, *sorted(others)]


def _source(source: str) -> str:
    tables = [contract for contract in CONTRACTS.values() if contract.source == source]
    english, russian = LABELS.get(source, (source, source))
    title = english if english == russian else f"{english} ({russian})"
    parts = [f"# {title}", _source_opening(source)]
    for table in tables:
        parts += [f"## {table.table}", table.description, _facts(table), _columns(table)]
    return _joined(parts)


def _source_opening(source: str) -> str:
    if source == REGISTERS:
        return (
            "The owner's and finance's own tables: `registers/<table>.csv` in the company folder. "
            "They are append-only: a change is a new row with a later `recorded_at`, so that it "
            "stays visible who changed what, when and why."
        )
    if source == PLAIN:
        return (
            "Anything without a connector of its own, as a plain table: CSV, XLSX or parquet in "
            "`exports/plain/`. A file's name begins with the table's name, such as "
            "`orders_2026-01.csv`. Fill the tables you have; leave out the rest."
        )
    return (
        f"Export files go into `exports/{source}/` of the company folder; "
        f"`[sources.{source}]` of `company.toml` switches the source on. Columns may be in any "
        "order and under any of the names below; other names are mapped in "
        f"`[sources.{source}.columns]`."
    )


def _facts(table: TableContract) -> str:
    facts = []
    if table.by_day:
        facts.append("replaced by whole days")
    elif table.source != REGISTERS:
        facts.append("read whole at each run")
    if table.lookback_days:
        facts.append(f"the last {table.lookback_days} days are read again and are provisional")
    if table.freshness_hours:
        facts.append(f"late when the newest row is older than {table.freshness_hours} hours")
    if table.expects_every_day:
        facts.append("a day without rows is reported")
    key = ", ".join(f"`{name}`" for name in table.natural_key)
    facts.append(f"key: {key}" if key else "no key: equal rows are kept")
    return f"Raw table `raw.{table.name}`; {'; '.join(facts)}."


def _columns(table: TableContract) -> str:
    rows = []
    for column in table.columns:
        text = [column.description]
        if column.allowed:
            text.append("One of: " + ", ".join(f"`{value}`" for value in column.allowed) + ".")
        if column.default is not None:
            text.append(f"Empty means `{column.default}`.")
        if column.pii is Pii.IDENTIFIER:
            text.append("Stored as a keyed hash where it looks personal.")
        elif column.pii:
            text.append("Personal: stored only as a keyed hash and a status.")
        headers = ", ".join(f"`{header}`" for header in column.headers)
        needed = "yes" if column.required else ""
        rows.append((f"`{column.name}`", headers, column.type.sql, needed, " ".join(text)))
    return _table(("column", "also found as", "type", "needed", "what it holds"), rows)


# ---- marts, KPIs, checks -------------------------------------------------------------------------


def _marts() -> list[dictionary.Mart]:
    manifest = warehouse.ensure_manifest(load_company())
    return dictionary.read(manifest, publication.MARTS_SCHEMA)


def _mart(mart: dictionary.Mart) -> str:
    checks = [check for check in ALL_CHECKS if check.asset[-1] == mart.name]
    rows = [
        (f"`{column.name}`", column.type or "text", column.unit, column.description)
        for column in mart.columns
    ]
    parts = [
        f"# {mart.name}",
        mart.description,
        f"In SQL: `marts.{mart.name}`; {_files_of(mart.name)}.",
        _table(("column", "type", "unit", "what it holds"), rows),
    ]
    if checks:
        parts.append(
            "Checked by " + ", ".join(f"[{c.name}](../checks.md#{c.name})" for c in checks) + "."
        )
    return _joined(parts)


def _files_of(mart: str) -> str:
    if mart in publication.COPIED_BY_DAY:
        return f"as files, one for each month: `parquet/{mart}/`"
    return f"as a file: `parquet/{mart}.parquet`"


def _kpis(marts: Sequence[dictionary.Mart]) -> str:
    path = DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        definitions = sorted(csv.DictReader(file), key=lambda row: int(row["display_order"]))
    parts = [
        "# KPIs",
        "Each can have targets in `registers/targets.csv`; its `metric_id` is what stands there. "
        "Monthly values are in [kpi_metrics_monthly](marts/kpi_metrics_monthly.md), verdicts on "
        "targets in [kpi_scorecard](marts/kpi_scorecard.md).",
        _table(
            ("metric_id", "KPI", "по-русски"),
            [
                (f"[`{row['metric_id']}`](#{row['metric_id']})", row["name_en"], row["name_ru"])
                for row in definitions
            ],
        ),
    ]
    for row in definitions:
        parts += [
            f"## {row['name_en']} {{#{row['metric_id']}}}",
            _table(("", ""), _definition(row, marts)),
        ]
    return _joined(parts)


def _definition(
    row: Mapping[str, str], marts: Sequence[dictionary.Mart]
) -> Iterable[tuple[str, str]]:
    yield "metric_id", f"`{row['metric_id']}`"
    yield "По-русски", row["name_ru"]
    yield "Formula", row["formula_en"]
    yield "Формула", row["formula_ru"]
    yield "Unit", row["unit"]
    yield "Better", row["direction"]
    yield "Kind", f"{row['kind']}; 95% range: {row['interval_method']}"
    if row["minimum_n"] != "0":
        yield "No verdict below", f"{row['minimum_n']} events"
    yield "Decision it serves", row["decision_en"]
    yield "When it lies", row["lies_when_en"]
    yield "Когда врёт", row["lies_when_ru"]
    yield "Who can move it", row["controlled_by_en"]
    sets = [name for name in row["kpi_sets"].split("|") if name]
    if sets:
        yield "First screen of", ", ".join(sets)
    broken_down = [mart.name for mart in marts if _holds(mart, row["metric_id"])]
    if broken_down:
        yield "Broken down in", ", ".join(f"[{name}](marts/{name}.md)" for name in broken_down)


def _holds(mart: dictionary.Mart, metric: str) -> bool:
    names = {metric, f"{metric}_amount", _COLUMNS.get(metric, metric)}
    return mart.name not in _METRIC_MARTS and any(c.name in names for c in mart.columns)


def _checks() -> str:
    parts = [
        "# Checks",
        "What must be true of the data in each run. A **blocking** check that fails stops the run: "
        "nothing is published and readers keep the last good snapshot. A **warning** is shown on "
        "the scorecard, in the data docs and in Dagster. Keys, relations and identities inside the "
        "models are dbt tests; they stand beside the models in the pages about them.",
    ]
    stages = list(STAGES)
    ordered = sorted(ALL_CHECKS, key=lambda check: (stages.index(check.stage), check.subject))
    for (stage, subject), group in groupby(ordered, key=lambda c: (c.stage, c.subject)):
        parts.append(f"## {STAGES[stage]}: {_words(subject)}")
        for check in group:
            parts += [
                f"### {check.title_en} {{#{check.name}}}",
                f"`{check.name}`, {check.severity}, on `{'.'.join(check.asset)}`. "
                f"*{check.title_ru}*",
                f"What to do: {check.remedy_en}",
            ]
    return _joined(parts)


# ---- the rest ------------------------------------------------------------------------------------


def _settings() -> str:
    template = PROJECT_DIR / "orchestration" / "company_template" / "company.toml"
    return _joined(
        [
            "# company.toml",
            "The file that `marketing-kpi new` writes, with every setting and its default.",
            f"```toml\n{template.read_text(encoding='utf-8').rstrip()}\n```",
            "Environment variables, all optional:",
            _table(
                ("variable", "what it does"),
                [
                    ("`COMPANY_DIR`", "the company folder; default: the sample company"),
                    ("`KPI_OUTPUT_DIR`", "where output goes; default: `data/output`"),
                    ("`KPI_HASH_KEY`", "key of the hashes of phones and e-mails"),
                    ("`KPI_MEMORY_LIMIT`", "limit of DuckDB in a run (`6GB`); default: 80%"),
                    (
                        "`KPI_VISITS_AT_ONCE`",
                        "most visits a first build takes in one piece; default: 5000000",
                    ),
                    ("`KPI_VERBOSE`", "`1` prints every line of Dagster's log"),
                ],
            ),
        ]
    )


def _queries() -> str:
    parts = [
        "# Twenty queries to start from",
        "Each is a file of `docs/queries/` and runs on any published snapshot:",
        "```\nduckdb -readonly data/output/sample_company/published/kpi.duckdb "
        "< docs/queries/01_channels_that_pay.sql\n```",
    ]
    for path in sorted(QUERIES.glob("*.sql")):
        question, _, sql = path.read_text(encoding="utf-8").partition("\n")
        parts += [
            f"## {question.removeprefix('--').strip()}",
            f'```sql title="docs/queries/{path.name}"\n{sql.strip()}\n```',
        ]
    return _joined(parts)


def _root_page(name: str) -> str:
    return (PROJECT_DIR / name).read_text(encoding="utf-8")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|")


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
