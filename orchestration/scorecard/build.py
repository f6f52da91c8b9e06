"""Build the scorecard: two self-contained pages, one in Russian and one in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration import whole_files
from orchestration.outcomes import CheckOutcome
from orchestration.scorecard import findings, page, queries
from orchestration.scorecard.frames import as_date, records
from orchestration.scorecard.inputs import CompanyFacts, Refusal
from orchestration.scorecard.l10n import LANGUAGES, Day, Name, Translator, is_missing
from orchestration.scorecard.metrics import (
    RETURN_METRICS,
    days_missing,
    metrics_for_information,
    monthly_series,
    split_headline,
    targets_in_force,
)
from orchestration.scorecard.palette import palette_css
from orchestration.scorecard.queries import Marts
from orchestration.scorecard.sections import BUILDERS
from orchestration.scorecard.sections.context import Context
from orchestration.scorecard.sections.sources import checks_tables, sources_table, tables_table
from orchestration.scorecard.tiles import (
    SPARK_HEIGHT,
    SPARK_WIDTH,
    information_tile,
    targets_table,
    tile,
)
from orchestration.scorecard.view import Section
from orchestration.settings import Company


def build_scorecards(
    database: Path,
    output_dir: Path,
    *,
    company: Company | CompanyFacts,
    checks: Sequence[CheckOutcome],
    run_id: str,
    refusal: Refusal | None = None,
) -> list[Path]:
    """See `orchestration.scorecard.build_scorecards`."""
    facts = CompanyFacts.of(company)
    languages = sorted(LANGUAGES, key=lambda language: (language != facts.language, language))
    output_dir.mkdir(parents=True, exist_ok=True)
    written = []
    with Marts(database) as marts:
        last_day = marts.last_day()
        for language in languages:
            words = _page(
                marts,
                facts,
                language,
                last_day=last_day,
                checks=checks,
                run_id=run_id,
                refusal=refusal,
            )
            path = output_dir / f"scorecard.{language}.html"
            written.append(whole_files.write(path, words))
    return written


def _page(
    marts: Marts,
    facts: CompanyFacts,
    language: str,
    *,
    last_day: date | None,
    checks: Sequence[CheckOutcome],
    run_id: str,
    refusal: Refusal | None,
) -> str:
    as_of = facts.as_of_date
    definitions = marts.read(queries.DEFINITIONS)
    say = Translator(language, facts.currency, page.names(marts, definitions))
    context = Context(marts, as_of, say, checks)
    targets, others = split_headline(
        targets_in_force(context.read(queries.TARGETS), as_of), definitions, facts.kpi_set
    )
    monthly = context.read(queries.MONTHLY)
    series = monthly_series(monthly)
    missing = days_missing(monthly)
    roi = context.read(queries.ROI_CHANNELS)
    withheld = RETURN_METRICS if findings.is_thinly_traced(roi) else ()
    informing = metrics_for_information(
        series,
        definitions,
        facts.kpi_set,
        taken=[target.metric_id for target in targets],
        withheld=withheld,
    )
    quality = findings.tables_in_use(context.read(queries.QUALITY))
    built = [_section(build, context) for build in BUILDERS]
    defined = set(definitions["metric_id"]) if len(definitions) else set()
    for section in built:
        section.formulas = [
            (metric, say.name("metric", metric))
            for metric in _SECTION_METRICS.get(section.id, ())
            if metric in defined
        ]
    shown_metrics = [*(target.metric_id for target in [*targets, *others]), *informing]
    if not definitions.empty:
        shown_metrics += [
            metric for metric in definitions["metric_id"] if _is_covered(metric, built)
        ]
    found = [
        *findings.target_findings([*targets, *others]),
        *(finding for section in built for finding in section.findings),
        *findings.late_source_findings(quality),
    ]
    titles = {section.id: section.title for section in built} | {
        "kpis": say("tiles.title"),
        "sources": say("sources.title"),
    }
    has_data = last_day is not None or any(not section.is_absent for section in built)
    # With every source late the page is as old as its newest day.
    shown_day = min(as_of - timedelta(days=1), last_day) if last_day else None
    money = findings.headline_money(roi)
    if not money and not targets:
        money = findings.headline_repeat(context.read(queries.CUSTOMERS))
    # What nobody measures here needs no explanation; before the first data everything has one.
    measured = set(shown_metrics) | {metric for metric, _, _ in series}
    defined = defined & measured or defined
    explained = definitions[definitions["metric_id"].isin(defined)] if defined else definitions
    failed, passed, silent = checks_tables(context)
    return (
        page.environment()
        .get_template("scorecard.html.j2")
        .render(
            say=say,
            language=language,
            **page.header(facts, say, "scorecard"),
            data_through=say("page.data_through", day=Day(shown_day, with_year=True))
            if shown_day
            else "",
            palette=palette_css(),
            banner=findings.banner(
                checks, quality, shown_metrics, shown_day, language, refusal=refusal
            ),
            headline=say(findings.headline(targets, has_data=has_data)),
            headline_money=" ".join(say(sentence) for sentence in money),
            has_targets=bool(targets),
            tiles=[
                *(tile(target, series, as_of, say) for target in targets),
                *(
                    information_tile(name, series[name, "all", "all"], missing.get(name, 0), say)
                    for name in informing
                ),
            ],
            spark_width=SPARK_WIDTH,
            spark_height=SPARK_HEIGHT,
            other_targets=targets_table(others, say, say("tiles.more")) if others else None,
            sections=[section for section in built if not section.is_absent],
            absent=[section for section in built if section.is_absent],
            questions=[
                (say(finding.question), finding.section, titles.get(finding.section, ""))
                for finding in findings.questions(found)
                if finding.question
            ],
            definitions=_definitions(explained, quality, say),
            defined=defined,
            published=_published(marts, facts, say),
            sources=sources_table(context, quality),
            source_tables=tables_table(context, quality),
            sources_takeaways=_sources_takeaways(quality, checks, say),
            failed_checks=failed,
            passed_checks=passed,
            silent_checks=silent,
            unreadable=", ".join(sorted(set(marts.unreadable))),
            run_id=run_id,
        )
    )


def _section(build: Callable[[Context], Section], context: Context) -> Section:
    """The section, or a sentence in its place where some of its marts are of another release."""
    misread = context.marts.misread
    try:
        return build(context)
    except (LookupError, AttributeError, TypeError, ValueError):
        # what could not be read came as a frame without columns
        if context.marts.misread == misread:
            raise
        return context.unreadable(build.__module__.rpartition(".")[2])


# Metrics that a section shows without a target, for the banner's "touches".
_SECTION_METRICS = {
    "conversion": ("purchase_conversion", "lead_conversion"),
    "traffic": ("visits_valid", "suspicious_share"),
    "roi": ("romi", "romi_full"),
    "cohorts": ("romi", "romi_full"),
    "funnel": ("leads_valid", "leads_qualified"),
    "retention": ("repeat_purchase_rate_90d",),
    "customers": ("aov_net", "repeat_purchase_rate_90d"),
    "brand": ("aided_awareness", "nps"),
    "audience": ("followers", "reach_rate"),
}


def _is_covered(metric: str, sections: Sequence[Section]) -> bool:
    return any(
        metric in _SECTION_METRICS.get(section.id, ())
        for section in sections
        if not section.is_absent and not section.sad
    )


def _published(marts: Marts, facts: CompanyFacts, say: Translator) -> str:
    """When the figures were loaded, in the company's time zone."""
    at = marts.published_at()
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(facts.timezone))
    time = f"{say.day(local.date(), with_year=True)}, {local:%H:%M}"
    return say("definitions.published", time=time)


def _sources_of(metric: str, quality: Sequence[Mapping[str, Any]], say: Translator) -> str:
    """Sources that feed a KPI, each with the last day it brought."""
    days: dict[str, date | None] = {}
    for row in quality:
        source = str(row["source"])
        if metric in findings.metrics_fed_by(f"{source}__{row['table_name']}"):
            day = None if is_missing(row["last_day"]) else as_date(row["last_day"])
            known = days.get(source)
            days[source] = max(known, day) if known and day else known or day
    names = [
        say("definitions.source", source=Name("source", source), day=Day(day, with_year=True))
        if day
        else say.name("source", source)
        for source, day in days.items()
    ]
    return ", ".join(names)


def _definitions(
    frame: pd.DataFrame, quality: pd.DataFrame, say: Translator
) -> list[dict[str, str]]:
    """Name, formula, sources, who controls them, decision and trap of each KPI."""

    def words(row: Mapping[str, Any], column: str) -> str:
        value = row.get(f"{column}_{say.language}", row.get(column))
        return "" if is_missing(value) else str(value)

    entries = []
    tables = records(quality)
    for row in records(frame):
        entries.append(
            {
                "id": str(row["metric_id"]),
                "name": say.show(Name("metric", str(row["metric_id"]))),
                "formula": words(row, "formula"),
                "sources": _sources_of(str(row["metric_id"]), tables, say),
                "controlled": words(row, "controlled_by"),
                "decision": words(row, "decision"),
                "lies": words(row, "lies_when"),
            }
        )
    return entries


def _sources_takeaways(
    quality: pd.DataFrame, checks: Sequence[CheckOutcome], say: Translator
) -> list[str]:
    lines = []
    if not quality.empty:
        expected = quality[quality["source"] != "registers"]
        fresh = int((expected["freshness_status"] == "ok").sum())
        lines.append(say("sources.fine", n=fresh, total=len(expected)))
        aside = int(quality["rows_quarantined"].sum())
        if aside:
            lines.append(say("banner.quarantine", n=aside))
    if checks:
        passed = sum(check.passed for check in checks)
        lines.append(say("sources.checks_found", passed=passed, total=len(checks)))
    else:
        lines.append(say("sources.no_checks"))
    return lines
