"""The explore page: the published sums in one file, filtered and drawn in the reader's browser.

The page gets sums only (spend, visits, orders, ...), at month x campaign and at day x channel; its
script divides them, so that every total is a ratio of sums as in the marts.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from babel.numbers import get_currency_symbol

from orchestration import whole_files
from orchestration.scorecard import findings, page, queries, vega
from orchestration.scorecard.findings import rules
from orchestration.scorecard.frames import as_date, each, records
from orchestration.scorecard.inputs import CompanyFacts, Refusal
from orchestration.scorecard.l10n import LANGUAGES, Day, Translator, is_missing
from orchestration.scorecard.messages import MESSAGES
from orchestration.scorecard.metrics import primary_conversions
from orchestration.scorecard.page import names
from orchestration.scorecard.palette import palette_css
from orchestration.scorecard.queries import HEADLINE_MODEL, Marts, Query
from orchestration.settings import Company

# Words that the script itself puts on the page.
_WORDS_OF_SCRIPT = ("explore.", "measure.", "whatif.")

# Channels that marketing does not work on; the marts leave them out of full-cost ratios, too.
_UNTRACED = "unattributed"
_NOBODYS_WORK = ("direct", "internal", _UNTRACED)

SPEND = Query(
    """
    select
        lead_month::date as month, channel, campaign_id as campaign,
        spend_amount::double as spend,
        full_cost_amount::double as full_cost,
        coalesce(reason_code = 'missing_rate', false) as is_rate_missing
    from marts.kpi_roi_monthly
    where attribution_model = $model and channel <> '(all)' and campaign_id <> '(all)'
        and lead_month < $as_of and (spend_amount <> 0 or full_cost_amount <> 0)
    order by month, channel, campaign
    """,
    ("kpi_roi_monthly",),
)

# What each attribution model credits; rows without any credit say nothing, unless nobody knows it.
CREDIT = Query(
    """
    select
        lead_month::date as month, channel, campaign_id as campaign, attribution_model as model,
        leads, qualified_leads as qualified, orders, new_customers,
        revenue_amount::double as revenue,
        contribution_amount::double as contribution
    from marts.kpi_roi_monthly
    where channel <> '(all)' and campaign_id <> '(all)' and lead_month < $as_of
        and (leads <> 0 or orders <> 0 or revenue_amount <> 0 or new_customers <> 0
            or contribution_amount is null)
    order by month, channel, campaign, model
    """,
    ("kpi_roi_monthly",),
)

MATURITY = Query(
    """
    select lead_month::date as month, channel, maturity
    from marts.kpi_funnel_monthly
    where channel <> '(all)' and lead_month < $as_of
    order by month, channel
    """,
    ("kpi_funnel_monthly",),
)

TRAFFIC = Query(
    """
    select
        date_trunc('month', date_day::date)::date as month, channel, campaign_id as campaign,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious,
        sum(off_audience_visits) as off_audience,
        sum(wasted_spend_amount)::double as wasted
    from marts.kpi_traffic_quality_daily
    where channel <> '(all)' and campaign_id <> '(all)' and date_day < $as_of
    group by all
    having sum(visits) > 0
    order by month, channel, campaign
    """,
    ("kpi_traffic_quality_daily",),
)

TRAFFIC_DAYS = Query(
    """
    select
        date_day::date as day, channel,
        visits, suspicious_visits as suspicious, off_audience_visits as off_audience
    from marts.kpi_traffic_quality_daily
    where channel <> '(all)' and campaign_id = '(all)' and date_day < $as_of and visits > 0
    order by day, channel
    """,
    ("kpi_traffic_quality_daily",),
)

CONVERSIONS = Query(
    """
    select
        date_trunc('month', date_day::date)::date as month, channel, campaign_id as campaign,
        conversion_id as goal,
        sum(visits_valid) as trials,
        sum(visits_converted) as converted
    from marts.kpi_conversion_daily
    where channel <> '(all)' and campaign_id <> '(all)' and date_day < $as_of
    group by all
    having sum(visits_valid) > 0
    order by month, channel, campaign, goal
    """,
    ("kpi_conversion_daily",),
)


RULE_CHANGES = Query(
    """
    select distinct conversion_id as goal, date_day::date as day
    from marts.kpi_conversion_daily
    where is_version_change and date_day < $as_of and visits_valid > 0
    order by goal, day
    """,
    ("kpi_conversion_daily",),
)


def build_explore_pages(
    database: Path,
    output_dir: Path,
    *,
    company: Company | CompanyFacts,
    run_id: str,
    cache: Path,
    refusal: Refusal | None = None,
) -> list[Path]:
    """Write `explore.ru.html` and `explore.en.html`; the same marts give the same bytes.

    `cache` keeps the bundled chart library between runs. Raises FileNotFoundError when the
    database does not exist.
    """
    facts = CompanyFacts.of(company)
    output_dir.mkdir(parents=True, exist_ok=True)
    written = []
    with Marts(database) as marts:
        tables = {
            name: marts.read(query, as_of=facts.as_of_date, model=HEADLINE_MODEL)
            for name, query in (
                ("spend", SPEND),
                ("credit", CREDIT),
                ("maturity", MATURITY),
                ("traffic", TRAFFIC),
                ("days", TRAFFIC_DAYS),
                ("goals", CONVERSIONS),
                ("rule_changes", RULE_CHANGES),
            )
        }
        known_names = names(marts, marts.read(queries.DEFINITIONS))
        paid = [
            str(row["channel"]) for row in records(marts.read(queries.CHANNELS)) if row["is_paid"]
        ]
        goals = primary_conversions(
            tables["goals"].rename(columns={"goal": "conversion_id"}),
            marts.read(queries.CONVERSIONS),
        )
        last_day = marts.last_day()
        unreadable = ", ".join(sorted(marts.unreadable))
    library = vega.library(cache)
    for language in LANGUAGES:
        say = Translator(language, facts.currency, known_names)
        data = payload(tables, goals, paid, say, facts)
        words = _page(
            facts,
            say,
            data,
            library,
            run_id=run_id,
            last_day=last_day,
            refusal=refusal,
            unreadable=unreadable,
        )
        written.append(whole_files.write(output_dir / f"explore.{language}.html", words))
    return written


def _page(
    facts: CompanyFacts,
    say: Translator,
    data: Mapping[str, Any],
    library: str,
    *,
    run_id: str,
    last_day: date | None,
    refusal: Refusal | None,
    unreadable: str,
) -> str:
    environment = page.environment()
    script = environment.loader.get_source(environment, "explore.js")[0]  # type: ignore[union-attr]
    last = min(last_day, facts.as_of_date - timedelta(days=1)) if last_day else None
    return environment.get_template("explore.html.j2").render(
        say=say,
        language=say.language,
        **page.header(facts, say, "explore"),
        data_through=say("page.data_through", day=Day(last, with_year=True)) if last else "",
        palette=palette_css(),
        refused=say(findings.refused(refusal, last)) if refusal else "",
        has_data=bool(data["months"]),
        unreadable=unreadable,
        # "<" never opens a tag inside a data block
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        library=library,
        script=script,
        hashes=" ".join(_hash(text) for text in (library, script)),
        run_id=run_id,
    )


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def payload(
    tables: Mapping[str, pd.DataFrame],
    first_goals: Sequence[str],
    paid: Sequence[str],
    say: Translator,
    facts: CompanyFacts,
) -> dict[str, Any]:
    """Everything the script needs: words, names, and tables of columns with places as numbers.

    `first_goals` head the list of conversions; `paid` channels answer for the media spend.
    """
    months = _months(tables)
    campaigns = sorted(
        {
            (str(row.channel), str(row.campaign))
            for name in ("spend", "credit", "traffic", "goals")
            for row in each(tables[name])
        }
    )
    channels = sorted({channel for channel, _ in campaigns})
    goals = sorted({str(row.goal) for row in each(tables["goals"])})
    goals.sort(key=lambda goal: (goal not in first_goals, goal))
    models = sorted({str(row.model) for row in each(tables["credit"])} | {HEADLINE_MODEL})
    places: dict[str, dict[Any, int]] = {
        "month": {month: place for place, month in enumerate(months)},
        "campaign": {key: place for place, key in enumerate(campaigns)},
        "channel": {channel: place for place, channel in enumerate(channels)},
        "goal": {goal: place for place, goal in enumerate(goals)},
        "model": {model: place for place, model in enumerate(models)},
    }
    running = (facts.as_of_date - timedelta(days=1)).replace(day=1)
    is_running = facts.as_of_date.day > 1
    columns = {
        name: _columns(table, places) for name, table in tables.items() if name != "rule_changes"
    }
    return {
        "language": say.language,
        "currency": facts.currency,
        "symbol": get_currency_symbol(facts.currency, locale=say.locale)
        if facts.currency != "RUB"
        else "₽",
        "words": {
            key: entry[say.language]
            for key, entry in MESSAGES.items()
            if key.startswith(_WORDS_OF_SCRIPT)
        },
        "months": [
            {
                "label": say.month_of_axis(month),
                "name": say.month(month),
                "start": month.isoformat(),
                "running": is_running and month == running,
            }
            for month in months
        ],
        "channels": [
            {
                "name": name,
                "paid": channel in paid,
                "marketing": channel not in _NOBODYS_WORK,
                "untraced": channel == _UNTRACED,
            }
            for channel, name in zip(
                channels,
                _told_apart([(say.name("channel", key), key) for key in channels]),
                strict=True,
            )
        ],
        "campaigns": [
            {"channel": channel, "name": name}
            for channel in range(len(channels))
            for name in _told_apart(
                [
                    (say.name("campaign", campaign), campaign)
                    for owner, campaign in campaigns
                    if owner == channels[channel]
                ]
            )
        ],
        "models": [{"name": say.name("model", model)} for model in models],
        "leastTraced": rules.LEAST_COVERAGE,
        "headlineModel": places["model"][HEADLINE_MODEL],
        "goals": [{"name": say.name("conversion_name", goal)} for goal in goals],
        "ruleChanges": [
            {
                "goal": places["goal"][row.goal],
                "month": places["month"][as_date(row.day).replace(day=1)],
                "opensMonth": as_date(row.day).day == 1,
                "day": say.show(Day(as_date(row.day), with_year=True)),
            }
            for row in each(tables["rule_changes"])
        ],
        "tables": columns,
    }


def _told_apart(names: Sequence[tuple[str, str]]) -> list[str]:
    """Names, each with its id where several things are called alike: a chart has one bar a name."""
    counts = Counter(name for name, _ in names)
    return [f"{name} ({key})" if counts[name] > 1 else name for name, key in names]


def _months(tables: Mapping[str, pd.DataFrame]) -> list[date]:
    """Every month from the first to the last with a figure."""
    found = [
        as_date(month)
        for name in ("spend", "credit", "traffic", "goals")
        if len(tables[name])
        for month in (tables[name]["month"].min(), tables[name]["month"].max())
    ]
    if not found:
        return []
    steps = pd.date_range(min(found), max(found), freq="MS")
    return [step.date() for step in steps]


def _columns(table: pd.DataFrame, places: Mapping[str, Mapping[Any, int]]) -> dict[str, list[Any]]:
    """A table as one list a column; names become places, money has two decimals, NULL is null."""
    if "month" in table.columns:
        # A month of leads before any visit, cost or order has nothing to stand beside.
        table = table[[as_date(month) in places["month"] for month in table["month"]]]
    if table.empty:
        return {}
    columns: dict[str, list[Any]] = {}
    for name in table.columns:
        values = table[name].tolist()
        if name == "month":
            columns["month"] = [places["month"][as_date(value)] for value in values]
        elif name == "campaign":
            keys = zip(table["channel"].tolist(), values, strict=True)
            columns["campaign"] = [places["campaign"][key] for key in keys]
        elif name == "channel":
            if "campaign" not in table.columns:
                columns["channel"] = [places["channel"].get(value, -1) for value in values]
        elif name in ("goal", "model"):
            columns[name] = [places[name][value] for value in values]
        elif name == "day":
            columns["day"] = [as_date(value).isoformat() for value in values]
        elif name.startswith("is_"):
            columns[_camel(name.removeprefix("is_"))] = [int(value) for value in values]
        else:
            columns[_camel(name)] = [_number(value) for value in values]
    return columns


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _number(value: Any) -> float | int | None:
    if is_missing(value):
        return None
    number = round(float(value), 6)
    return int(number) if number.is_integer() else number
