"""What is late, failed or refused, and which of the KPIs on the page that touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from orchestration import phrases
from orchestration.outcomes import CheckOutcome
from orchestration.scorecard.findings.rules import Finding, Weight, shortened
from orchestration.scorecard.frames import as_date, each, groups
from orchestration.scorecard.inputs import Refusal
from orchestration.scorecard.l10n import (
    Day,
    Name,
    Text,
    is_missing,
    text,
)
from orchestration.scorecard.messages import MESSAGES

WARNINGS_SHOWN = 3
STRUCTURE = "dbt"


# Which KPIs a source feeds, by the beginning of its name.
_FEEDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "web_analytics", "yandex_metrica", "ga4", "plain__visits",
            "plain__conversions", "fct_visits", "fct_conversions", "kpi_conversion", "kpi_traffic",
        ),
        (
            "visits_valid", "visitors_valid", "suspicious_share", "purchase_conversion",
            "lead_conversion", "trial_to_paid", "brand_search_visits", "cost_per_valid_visit",
            "attributed_share", "gross_visits", "gross_conversion",
        ),
    ),
    (
        (
            "ad_spend", "yandex_direct", "google_ads", "vk_ads", "plain__ad_spend", "fct_ad_spend",
            "fct_costs", "kpi_roi", "kpi_attribution", "registers__costs",
        ),
        (
            "cpl", "cpql", "drr", "roas", "romi", "romi_full", "cac_full", "ltv_cac",
            "cost_per_valid_visit", "cost_per_join",
        ),
    ),
    (
        (
            "crm", "bitrix24", "amocrm", "hubspot", "calltouch", "plain__leads", "plain__calls",
            "fct_leads", "kpi_funnel",
        ),
        (
            "leads_valid", "leads_qualified", "qualified_rate", "lead_to_order",
            "lead_to_order_days", "pipeline_expected", "cpl", "cpql", "revenue", "contribution",
            "romi",
        ),
    ),
    # won deals are sales as well; of amoCRM a lead is the deal
    (
        (
            "plain__order", "plain__customers", "bitrix24__deals", "amocrm__leads",
            "hubspot__deals", "fct_orders", "kpi_customers", "kpi_retention",
        ),
        (
            "revenue", "contribution", "aov_net", "repeat_purchase_rate_90d", "customer_retention",
            "drr", "roas", "romi", "romi_full", "cac_full", "ltv_cac", "attributed_share",
        ),
    ),
    (("registers__margins",), ("contribution", "romi", "romi_full", "ltv_cac")),
    (
        ("social", "telegram", "vk__", "instagram", "plain__followers", "kpi_audience"),
        ("followers", "reach_rate", "follower_joins", "follower_churn", "cost_per_join"),
    ),
    (
        ("surveys", "plain__survey", "kpi_brand"),
        ("aided_awareness", "unaided_awareness", "nps"),
    ),
)  # fmt: skip


def metrics_fed_by(subject: str) -> tuple[str, ...]:
    """KPIs that a source table, a mart or a check's subject has to do with."""
    subject = subject.removeprefix("marts.").removeprefix("raw.").removeprefix("stg_")
    subject = subject.replace(".", "__", 1)
    found = [
        metrics
        for beginnings, metrics in _FEEDS
        if subject.startswith(beginnings) or f"{subject}__".startswith(beginnings)
    ]
    return tuple(dict.fromkeys(metric for metrics in found for metric in metrics))


@dataclass(frozen=True, slots=True)
class Banner:
    """`state`: ok, care or refused. `lines` are shown, `warnings` unfold under `summary`."""

    state: Literal["ok", "care", "refused"]
    lines: tuple[Text | str, ...]
    warnings: tuple[Text | str, ...] = ()
    summary: Text | None = None


def banner(
    checks: Sequence[CheckOutcome],
    quality: pd.DataFrame,
    shown_metrics: Iterable[str],
    last_day: date | None,
    language: str,
    *,
    refusal: Refusal | None = None,
) -> Banner:
    """What is late or failed, and which of the KPIs on the page that touches."""
    shown = tuple(dict.fromkeys(shown_metrics))
    blocking = [check for check in checks if check.blocks]
    warnings = [check for check in checks if not check.passed and not check.blocks]
    lines: list[Text | str] = []
    if refusal:
        lines.append(refused(refusal, last_day))
    if blocking:
        lines.append(text("banner.refused_checks", n=len(blocking)))
        lines += [_warned(check, shown, language) for check in blocking[:WARNINGS_SHOWN]]
    elif refusal:
        lines += [_failed_step(why, language) for why in dict.fromkeys(refusal.reasons[:2])]
    lines += [
        _touching(source.statement, source.metrics, shown) for source in late_sources(quality)
    ]
    # Tests of table structure come last: the owner's own checks say the same in words.
    warnings.sort(key=lambda check: (check.subject == STRUCTURE, check.subject, check.name))
    folded = tuple(_warned(check, shown, language) for check in warnings)
    summary = _summary(warnings, shown) if warnings else None
    if refusal or blocking:
        return Banner("refused", tuple(lines), folded, summary)
    if quality.empty and not checks:
        lines.append(text("banner.nothing"))
    if lines or folded:
        return Banner("care", tuple(lines), folded, summary)
    passed = text("banner.ok", n=len(checks)) if checks else text("banner.ok_no_checks")
    return Banner("ok", (passed,))


def refused(refusal: Refusal, last_day: date | None) -> Text:
    """That the page is old, since when, and what it still shows."""
    return text(
        "banner.refused_since" if refusal.since < refusal.day else "banner.refused_text",
        refused=Day(refusal.day, with_year=True),
        since=Day(refusal.since, with_year=True),
        day=Day(last_day, with_year=True) if last_day else "—",
    )


def _failed_step(failure: str, language: str) -> Text:
    """Why a step failed, in the reader's language; English in quotation marks where need be."""
    step, said = phrases.split(failure)
    words = phrases.failure_in_russian(said) if language == "ru" else said
    reason: Text | str = brief(words or said, 2 * BRIEF)
    if words is None:
        reason = text("banner.quoted", words=reason)
    source = _source_of(step)
    if source:
        reason = text("banner.of_step", step=Name("source", source), words=reason)
    return text("banner.refused_step", reason=reason)


def _source_of(step: str) -> str:
    """The source that a step loads (`plain_crm_days` is of `plain`); empty for other steps."""
    known = (key.removeprefix("source.") for key in MESSAGES if key.startswith("source."))
    fitting = (source for source in known if f"{step}_".startswith(f"{source}_"))
    return max(fitting, key=len, default="")


def _warned(check: CheckOutcome, shown: Sequence[str], language: str) -> Text | str:
    words = brief(message_of(check, language) or check.name)
    return _touching(words, metrics_fed_by(check.subject), shown)


def _summary(warnings: Sequence[CheckOutcome], shown: Sequence[str]) -> Text:
    fed = [metric for check in warnings for metric in metrics_fed_by(check.subject)]
    statement = text("banner.warned", n=len(warnings))
    return text("banner.with_touches", statement=statement, touches=_touches(fed, shown) or "")


def message_of(check: CheckOutcome, language: str) -> str:
    return check.message_ru if language == "ru" else check.message_en


BRIEF = 150
# Where a check's message turns from what was found to what to do about it.
_REMEDY = (" Что делать:", " What to do:")


def brief(message: str, limit: int = BRIEF) -> str:
    """What a check found, in a line: without the remedy and without a long list of cases."""
    for remedy in _REMEDY:
        message = message.partition(remedy)[0]
    message = message.strip()
    if len(message) <= limit:
        return message if message.endswith((".", "!", "?")) else f"{message}."
    head = message[:limit]
    for stop in (": ", "; ", ", ", " "):
        if head.rfind(stop) > limit // 3:
            return f"{head[: head.rfind(stop)]}…"
    return f"{head}…"


def _touching(statement: Text | str, metrics: Iterable[str], shown: Sequence[str]) -> Text | str:
    touches = _touches(metrics, shown)
    if touches is None:
        return statement
    return text("banner.with_touches", statement=statement, touches=touches)


def _touches(metrics: Iterable[str], shown: Sequence[str]) -> Text | None:
    touched = [metric for metric in dict.fromkeys(metrics) if metric in shown]
    if not touched:
        return None
    names = [Name("metric", metric, is_inside=True) for metric in touched]
    return text("banner.touches", metrics=shortened(names))


# Other sources have tables of one subject only.
_PLAIN_SUBJECTS = {
    "orders": "sales", "order_lines": "sales", "leads": "sales", "customers": "sales",
    "calls": "sales", "visits": "web", "conversions": "web", "server_requests": "web",
    "ad_spend": "spend", "followers": "social", "survey_responses": "surveys",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LateSource:
    source: str
    statement: Text
    metrics: tuple[str, ...]
    last_day: date | None


def tables_in_use(quality: pd.DataFrame) -> pd.DataFrame:
    """`kpi_data_quality` without the plain tables that nobody fills.

    A new company folder has the source `plain` on, to take whatever comes; where other systems
    deliver, nothing is missing because it is empty. Alone it is what everything waits for.
    """
    if quality.empty:
        return quality
    is_plain = quality["source"] == "plain"
    if not (~is_plain & (quality["source"] != "registers")).any():
        return quality
    is_unused = (quality["freshness_status"] == "missing") & (quality["rows_quarantined"] == 0)
    return quality[~(is_plain & is_unused)]


def late_sources(quality: pd.DataFrame) -> list[LateSource]:
    """Sources with a table that is late or missing, each named once.

    Tables of one subject are late together, by the newest of them: while leads come, a week without
    a deal is no fault. Of several subjects the oldest is told.
    """
    if quality.empty:
        return []
    # Registers are optional: what an empty one takes away is said where it is missing.
    is_behind = quality["freshness_status"].isin(["late", "missing"])
    behind = quality[is_behind & (quality["source"] != "registers")]
    found = []
    for source, tables in groups(behind, "source"):
        newest: dict[str, date] = {}
        for table in each(tables):
            day = None if is_missing(table.last_day) else as_date(table.last_day)
            if day is not None:
                subject = _PLAIN_SUBJECTS.get(table.table_name, "") if source == "plain" else ""
                newest[subject] = max(day, newest.get(subject, day))
        last_day = min(newest.values(), default=None)
        metrics = [
            metric
            for table in tables["table_name"]
            for metric in metrics_fed_by(f"{source}__{table}")
        ]
        name = Name("source", str(source))
        statement = (
            text("banner.late", source=name, day=Day(last_day))
            if last_day
            else text("banner.missing", source=name)
        )
        found.append(LateSource(str(source), statement, tuple(dict.fromkeys(metrics)), last_day))
    return found


def late_source_findings(quality: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            source.statement,
            Weight.LOOK,
            "sources",
            text("question.late_source", source=Name("source", source.source),
                 day=Day(source.last_day)),
        )
        for source in late_sources(quality)
        if source.last_day
    ]  # fmt: skip
