"""Every figure that the scorecard of a real run prints, against what its own marts hold.

For each table of the page stands a query that computes the same cells from the published database
in another way than the page does. A table without a query fails the test.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.outcomes import CheckLog
from orchestration.scorecard import build_explore_pages, build_scorecards
from orchestration.settings import load_company
from tests.conftest import SAMPLE_COMPANY

if TYPE_CHECKING:
    from tests.conftest import PublishedRun

pytestmark = pytest.mark.slow

NO_VALUE = "—"
UNITS = {"K": 1e3, "M": 1e6, "B": 1e9, "%": 0.01}

MONTH = "strftime({}, '%B %Y')"
AS_OF = "(select as_of_date from run.publication)"
# Wilson's interval, written out once more.
WILSON = (
    "(p + {sign} 1.959964 * sqrt(p * (1 - p) / n + 3.841459 / (4 * n * n)) + 3.841459 / (2 * n))"
    " / (1 + 3.841459 / n)"
)
CONVERSION = f"""
    with sums as (
        select
            channel,
            sum(visits_valid) filter (date_day >= {AS_OF} - $days) as n,
            sum(visits_converted) filter (date_day >= {AS_OF} - $days) as converted,
            sum(visits_valid) filter (date_day < {AS_OF} - $days) as n_before,
            sum(visits_converted) filter (date_day < {AS_OF} - $days) as before
        from marts.kpi_conversion_daily
        where conversion_id = '$conversion' and channel <> '(all)' and campaign_id <> '(all)'
            and date_day >= {AS_OF} - 2 * $days and date_day < {AS_OF}
        group by channel
    ),
    rates as (select *, converted / n as p, before / nullif(n_before, 0) as q from sums where n > 0)
    select names.name_en, n, converted, p,
        [greatest({WILSON.format(sign="-")}, 0), {WILSON.format(sign="")}], q, p - q
    from rates inner join marts.dim_channel as names using (channel)
"""
TRAFFIC = f"marts.kpi_traffic_quality_daily where date_day >= {AS_OF} - 28 and date_day < {AS_OF}"

# (section, caption): rows of text and figures in the order of the columns; how many columns of text
# name a row; and the columns that hold words.
QUERIES: dict[tuple[str, str], tuple[str, int]] = {
    ("conversion", "Request for a house"): (CONVERSION.replace("$conversion", "lead"), 1),
    ("conversion", "Purchase"): (CONVERSION.replace("$conversion", "purchase"), 1),
    ("traffic", "Traffic and its quality"): (
        f"""
        select coalesce(names.name_en, 'All channels'), sum(visits), sum(spend_amount),
            sum(suspicious_visits), sum(suspicious_visits) / nullif(sum(visits), 0),
            sum(wasted_spend_amount), sum(off_audience_visits), sum(off_audience_spend_amount)
        from (from {TRAFFIC} and campaign_id = '(all)')
        left join marts.dim_channel as names using (channel)
        group by 1 having sum(visits) > 0 or sum(spend_amount) > 0
        """,
        1,
    ),
    ("traffic", "By contractor, 28 days"): (
        f"""
        select case contractor when 'agency' then 'the agency' else 'your own staff' end,
            sum(visits), sum(suspicious_visits), sum(suspicious_visits) / sum(visits),
            sum(spend_amount), sum(wasted_spend_amount)
        from (from {TRAFFIC} and campaign_id = '(all)')
        where contractor is not null group by 1
        """,
        1,
    ),
    ("traffic", "If bots were judged otherwise: paid channels, 28 days"): (
        # from the audited visits themselves: the mart holds rates only
        f"""
        with visits as (
            select channel, suspicion_points, is_suspicious, has_goal
            from marts.fct_visits
            where visit_date >= {AS_OF} - 28 and visit_date < {AS_OF}
        ),
        spend as (
            select channel, sum(spend_amount) as spend
            from (from {TRAFFIC} and campaign_id = '(all)' and channel <> '(all)')
            group by channel having sum(spend_amount) > 0
        )
        select coalesce(names.name_en, 'All paid channels'), any_value(cost.spend) / count(*),
            any_value(cost.spend) / count(*) filter (not is_suspicious),
            any_value(cost.spend) / count(*) filter (suspicion_points = 0),
            count(*) filter (has_goal) / count(*),
            count(*) filter (has_goal and not is_suspicious) / count(*) filter (not is_suspicious),
            count(*) filter (has_goal and suspicion_points = 0)
                / count(*) filter (suspicion_points = 0)
        from visits
        inner join (
            from spend union all select '(paid)', sum(spend) from spend
        ) as cost on cost.channel = visits.channel
            or (cost.channel = '(paid)' and visits.channel in (select channel from spend))
        left join marts.dim_channel as names on names.channel = cost.channel
        group by cost.channel, names.name_en
        """,
        1,
    ),
    ("traffic", "Days out of line"): (
        f"""
        select strftime(date_day, '%-d %b %Y'), names.name_en, visits, expected_visits,
            suspicious_visits
        from marts.kpi_traffic_quality_daily as days
        inner join marts.dim_channel as names using (channel)
        where date_day >= {AS_OF} - 63 and date_day < {AS_OF}
            and spike_verdict in ('fail', 'warn', 'explained')
        """,
        2,
    ),
    ("roi", "Return by channel"): (
        """
        select names.name_en, roi.spend_amount, roi.revenue_amount, roi.contribution_amount,
            roi.romi, roi.romi_mature,
            case when metric_low is not null then [metric_low, metric_high] end,
            case when romi_min is not null and model_min is not null then [romi_min, romi_max] end,
            case when roi.spend_amount > 0 then roi.romi_full_mature end
        from marts.kpi_roi_trailing as roi
        inner join marts.dim_channel as names using (channel)
        left join marts.kpi_return_intervals as chance
            on chance.segment_value = roi.channel and chance.segment_type = 'channel'
            and chance.metric_id = 'romi'
        where roi.attribution_model = 'last_non_direct'
        """,
        1,
    ),
    ("cohorts", "Return by lead month"): (
        f"""
        with paid as (
            select * from marts.kpi_roi_monthly
            where attribution_model = 'last_non_direct'
            qualify sum(spend_amount) over (partition by lead_month, channel) > 0
        ),
        sums as (
            select lead_month, sum(spend_amount) as spend, sum(leads) as leads,
                sum(orders) as orders, sum(revenue_amount) as revenue,
                case when count(contribution_amount) = count(*)
                    then sum(contribution_amount) / sum(spend_amount) - 1 end as romi
            from paid group by lead_month
        )
        select {MONTH.format("lead_month")}, spend, sums.leads, sums.orders, revenue,
            case when reason_code is distinct from 'missing_rate' then sums.romi end,
            maturity, case when projected_romi_low is not null
                then [projected_romi_low, projected_romi_high] end
        from sums
        inner join marts.kpi_roi_channels_monthly as whole using (lead_month)
        where whole.channel = '(paid)' and attribution_model = 'last_non_direct'
        """,
        1,
    ),
    ("cohorts", "Earlier projections of revenue and what came"): (
        f"""
        select {MONTH.format("cohort_month")}, names.name_en, {MONTH.format("evaluated_month")},
            value_then, projected_value, actual_value, projected_value / actual_value - 1
        from marts.kpi_projection_backtest
        inner join marts.dim_product_line as names using (product_line)
        where basis = 'revenue'
        """,
        3,
    ),
    ("cohorts", "Does the pace of deals change? Growth of a month against the growth expected"): (
        f"""
        select names.name_en, {MONTH.format("reached_month")}, actual_growth / expected_growth
        from marts.kpi_development_drift
        inner join marts.dim_product_line as names using (product_line)
        where basis = 'revenue'
        """,
        2,
    ),
    ("funnel", "From visit to order"): (
        f"""
        select {MONTH.format("lead_month")}, sum(visits_valid), sum(leads_valid),
            sum(leads_valid) / sum(visits_valid), sum(leads_qualified), sum(orders),
            sum(new_customers)
        from marts.kpi_funnel_monthly where channel <> '(all)' group by lead_month
        """,
        1,
    ),
    ("retention", "Do customers come back?"): (
        """
        select replace(strftime(cohort_month, '%b %y'), 'Sep ', 'Sept '), max(cohort_size),
            coalesce(list(active_customers / cohort_size order by age_months)
                filter (age_months between 1 and 12 and cohort_size > 0), [])
        from marts.kpi_retention_cohorts group by cohort_month
        """,
        1,
    ),
    ("retention", "Browsers seen again N months after their first visit"): (
        f"""
        select {MONTH.format("cohort_month")}, max(browsers),
            max(browsers_active) filter (age_months = 1 and is_complete) / max(browsers),
            max(browsers_active) filter (age_months = 2 and is_complete) / max(browsers),
            max(browsers_active) filter (age_months = 3 and is_complete) / max(browsers)
        from marts.kpi_browser_retention group by cohort_month
        """,
        1,
    ),
    ("customers", "Orders and repeat buyers"): (
        f"""
        select {MONTH.format("month")}, orders, buyers, new_customers, revenue_amount,
            net_aov_amount, repeat_purchase_rate_90d, customer_retention_rate
        from marts.kpi_customers_monthly
        """,
        1,
    ),
    ("reconciliation", "Bills and reported spend"): (
        f"""
        select {MONTH.format("date_day")}, names.name_en, left_value, right_value,
            right_value / left_value - 1
        from marts.kpi_reconciliation_daily
        inner join marts.dim_channel as names on names.channel = split_part(pair, ':', 2)
        where pair_kind = 'invoice_spend' and left_value > 0
        """,
        2,
    ),
}
# Tables that hold no figure of a mart in a row of its own; each is compared below, or holds words.
OTHERWISE = {
    ("kpis", "Other targets"),
    ("brand", "Awareness and loyalty"),
    ("audience", "Followers"),
    ("guards", "Is a good figure bent?"),
    ("reconciliation", "Do the sources agree?"),
    ("restatements", "Figures that changed later"),
    ("sources", "Sources and checks"),
    ("sources", "Each table of the sources"),
    ("sources", "Checks"),
}


@dataclass
class PrintedTable:
    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Tables by section, tiles and large figures of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.section = ""
        self.tables: list[tuple[str, PrintedTable]] = []
        self.stats: list[tuple[str, str]] = []
        self._inside: list[str] = []
        self._words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.section = dict(attrs).get("id") or ""
        elif tag == "table":
            self.tables.append((self.section, PrintedTable()))
        elif tag == "tr":
            self.tables[-1][1].rows.append([])
        if tag in ("th", "td", "caption", "b"):
            self._words = []

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = "".join(self._words).replace("\xa0", " ").strip()
        if tag == "caption":
            self.tables[-1][1].caption = words
        elif tag in ("th", "td"):
            self.tables[-1][1].rows[-1].append(words)
        elif tag == "thead":
            table = self.tables[-1][1]
            table.head = table.rows.pop()
        elif tag == "b":
            self.stats.append((self.section, words))

    def table(self, section: str, caption: str) -> PrintedTable:
        return next(t for s, t in self.tables if (s, t.caption) == (section, caption))


@pytest.fixture(scope="module")
def page(sample_run: PublishedRun) -> Reader:
    return Reader((sample_run.published / "scorecard.en.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def marts(sample_run: PublishedRun) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample_run.published / "kpi.duckdb"), read_only=True) as connection:
        yield connection


def number(words: str) -> tuple[float, float]:
    """A printed figure in its own unit, and half a step of its last digit."""
    shown = words.replace("\u2212", "-").replace("\u2060", "").strip()
    unit = UNITS.get(shown.removesuffix(" pp")[-1:], 0.01 if shown.endswith("pp") else 1.0)
    digits = re.sub(r"[^\d.\-]", "", shown)
    step = 10.0 ** -len(digits.partition(".")[2]) * unit
    return float(digits) * unit, step / 2 * 1.0001


def is_close(words: str, value: float) -> bool:
    """Equal when the value is rounded as it is printed."""
    printed, half = number(words)
    return abs(printed - float(value)) <= half


def ends(words: str) -> tuple[str, str]:
    """The two ends of `8.4–9.5%` or `−20% (first) to +187% (last)`; a shared unit goes to both."""
    plain = re.sub(r" \([^)]*\)", "", words.replace("\u2060", ""))
    low, _, high = plain.partition(" to ") if " to " in plain else plain.partition("–")
    unit = high[-1:] if high[-1:] in UNITS and low[-1:] not in UNITS else ""
    return low + unit, high


def is_same(words: str, value: Any) -> bool:
    if value is None:
        return words in (NO_VALUE, "")
    if words == NO_VALUE:
        return False
    if isinstance(value, list):
        return all(map(is_close, ends(words), value))
    return is_close(words, value)


def check(words: str, value: Any, where: object) -> None:
    assert is_same(words, value), (where, words, value)


def test_pages_built_again_are_the_published_ones(sample_run: PublishedRun, tmp_path: Path) -> None:
    """Byte for byte, within the bars of size and time, from the published files alone."""
    company = load_company(SAMPLE_COMPANY)
    database = sample_run.published / "kpi.duckdb"
    with duckdb.connect(str(database), read_only=True) as marts:
        (run_id,) = marts.execute("select run_id from run.publication").fetchall()[0]
    output = sample_run.published.parent
    checks = CheckLog(output, run_id).read()
    started = time.process_time()
    pages = build_scorecards(database, tmp_path, company=company, checks=checks, run_id=run_id)
    assert time.process_time() - started < 10
    pages += build_explore_pages(
        database, tmp_path, company=company, run_id=run_id, cache=tmp_path / "cache"
    )
    assert len(pages) == 4
    for page in pages:
        made = page.read_bytes()
        assert made == (sample_run.published / page.name).read_bytes(), page.name
        assert len(made) < (500_000 if page.name.startswith("scorecard") else 3_000_000)


def test_every_table_is_compared(page: Reader) -> None:
    printed = {(section, table.caption) for section, table in page.tables}
    assert printed == set(QUERIES) | OTHERWISE


@pytest.mark.parametrize("place", sorted(QUERIES), ids=" / ".join)
def test_cells_equal_the_marts(
    page: Reader, marts: duckdb.DuckDBPyConnection, place: tuple[str, str]
) -> None:
    query, labels = QUERIES[place]
    table = page.table(*place)
    before = next((head for head in table.head if head.endswith("days before")), "0 days")
    found = marts.execute(query.replace("$days", before.split()[0])).fetchall()
    known: dict[tuple[Any, ...], list[list[Any]]] = {}
    for row in found:
        known.setdefault(tuple(row[:labels]), []).append(_flat(row[labels:], place))
    assert len(table.rows) >= 2
    for row in table.rows:
        label = tuple(
            cell.replace("Sept ", "Sep ") if "20" in cell else cell for cell in row[:labels]
        )
        assert label in known, (place, label)
        wrong = [_differences(table.head[labels:], row[labels:], values) for values in known[label]]
        assert [] in wrong, (place, label, wrong)


def _differences(head: list[str], printed: list[str], values: list[Any]) -> list[str]:
    """Cells that are not what a row of the query says; a printed cell may lack a value in it."""
    return [
        f"{name}: {words}, not {value}"
        for name, words, value in zip(head, printed, values, strict=False)
        if (words or value is None) and not is_same(words, value)
    ]


def _flat(values: tuple[Any, ...], place: tuple[str, str]) -> list[Any]:
    """Cells of a row; the retention table has one for each age."""
    if place == ("retention", "Do customers come back?"):
        return [values[0], *values[1]]
    return list(values)


def test_tiles_and_targets_equal_the_scorecard(
    sample_run: PublishedRun, page: Reader, marts: duckdb.DuckDBPyConnection
) -> None:
    known = marts.execute(
        "select definitions.name_en, actual_value, target_value, actual_low, actual_high "
        "from marts.kpi_scorecard "
        "inner join marts.kpi_definitions as definitions using (metric_id) "
        "where actual_value is not null"
    ).fetchall()
    text = (sample_run.published / "scorecard.en.html").read_text(encoding="utf-8")
    tiles = re.findall(
        r'<article class="tile v-(?!none).*?<h3>.*?>([^<]+)</a></h3>.*?<p class="value">([^<]+)</p>'
        r".*?<dd>([^<]+)</dd>.*?</article>",
        text,
        re.DOTALL,
    )
    assert 5 <= len(tiles) <= 7
    rows = page.table("kpis", "Other targets").rows
    printed = [(name, value, plan, "") for name, value, plan in tiles]
    printed += [(row[0], row[2], row[5], row[3]) for row in rows]
    for name, value, plan, interval in printed:
        kpi = name.replace("&#39;", "'").partition(":")[0]
        assert any(
            kpi == metric
            and is_close(value, actual)
            and is_close(plan, target)
            and (not interval or all(map(is_close, ends(interval), (low, high))))
            for metric, actual, target, low, high in known
        ), (name, value, plan)


def test_large_figures_equal_the_marts(page: Reader, marts: duckdb.DuckDBPyConnection) -> None:
    def one(query: str) -> tuple[Any, ...]:
        found = marts.execute(query).fetchone()
        assert found is not None
        return found

    stats: dict[str, list[str]] = {}
    for section, value in page.stats:
        stats.setdefault(section, []).append(value)
    total = f"(from {TRAFFIC} and campaign_id = '(all)' and channel = '(all)')"
    shares = one(
        f"select sum(suspicious_visits) / sum(visits), sum(off_audience_visits) / sum(visits), "
        f"sum(wasted_spend_amount), sum(off_audience_spend_amount) from {total}"
    )
    roi = one(
        "select sum(spend_amount), sum(contribution_amount_mature) / sum(spend_amount_mature) - 1, "
        "sum(contribution_amount_mature) / sum(full_cost_amount_mature) - 1, max(coverage_share) "
        "from marts.kpi_roi_trailing "
        "where attribution_model = 'last_non_direct' and channel <> '(all)' and spend_amount > 0"
    )
    aov = one(
        "select metric_value from marts.kpi_return_intervals "
        "where metric_id = 'aov_net' and segment_type = 'all'"
    )
    customers = one(
        "select purchase_frequency, customer_retention_rate "
        f"from marts.kpi_customers_monthly where is_complete and month < {AS_OF} "
        "order by month desc limit 1"
    )
    lifetime_value = one(
        "select sum(ltv_amount * new_customers) / sum(cac_full_amount * new_customers) from ("
        f"from marts.kpi_customers_monthly where is_complete and month < {AS_OF} "
        "order by month desc limit 12)"
    )
    # payback, a text, stands between them
    stats["customers"].pop(3)
    customers += lifetime_value
    for section, values in (("traffic", shares), ("roi", roi), ("customers", aov + customers)):
        for words, value in zip(stats[section], values, strict=False):
            check(words, value, section)


def test_followers_waves_and_restatements_equal_the_marts(
    page: Reader, marts: duckdb.DuckDBPyConnection
) -> None:
    followers = dict(
        marts.execute(
            "select network, arg_max(followers, date_day) from marts.kpi_audience_daily "
            f"where date_day < {AS_OF} and followers is not null group by network"
        ).fetchall()
    )
    for row in page.table("audience", "Followers").rows:
        check(row[1], followers[row[0].split()[0].lower()], row)
    waves = marts.execute(
        "select aided_rate, unaided_rate, top_of_mind_rate, nps "
        "from marts.kpi_brand_awareness where segment = 'all'"
    ).fetchall()
    rates = {round(float(value), 6) for wave in waves for value in wave if value is not None}
    for row in page.table("brand", "Awareness and loyalty").rows:
        for words in row[4:]:
            first = words.split(" (")[0]
            assert first == NO_VALUE or any(is_close(first, rate) for rate in rates), row
    first, now = marts.execute(
        "select sum(first_value), sum(current_value) from marts.kpi_restatements "
        "where is_notice and cause <> 'cohort_ripened'"
    ).fetchall()[0]
    rows = page.table("restatements", "Figures that changed later").rows
    for column, value in ((3, first), (4, now)):
        printed = [number(row[column]) for row in rows if row[column] != NO_VALUE]
        assert abs(sum(p for p, _ in printed) - value) <= sum(half for _, half in printed)


def test_pairs_and_loads_equal_the_marts(page: Reader, marts: duckdb.DuckDBPyConnection) -> None:
    pairs = marts.execute(
        "select sum(left_value), sum(right_value), count(*) filter (status = 'warn') "
        "from marts.kpi_reconciliation_daily "
        f"where date_day >= {AS_OF} - 42 and date_day < {AS_OF} "
        "and pair_kind <> 'invoice_spend' group by pair"
    ).fetchall()
    for row in page.table("reconciliation", "Do the sources agree?").rows:
        assert any(
            is_close(row[1], left) and is_close(row[2], right) and is_close(row[4], days)
            for left, right, days in pairs
        ), row
    loads = marts.execute(
        "select sum(rows_total), sum(rows_quarantined), max(last_day) "
        "from marts.kpi_data_quality group by source"
    ).fetchall()
    for row in page.table("sources", "Sources and checks").rows:
        assert any(
            is_close(row[2], total) and is_close(row[3], aside) and _is_day(row[4], day)
            for total, aside, day in loads
        ), row
    guards = marts.execute("select metric_before, metric_now from marts.kpi_guards").fetchall()
    for row in page.table("guards", "Is a good figure bent?").rows:
        before, now = row[1].split(" → ")
        assert any(
            a is not None and b is not None and is_close(before, a) and is_close(now, b)
            for a, b in guards
        ), row


def _is_day(words: str, day: date | None) -> bool:
    if day is None:
        return words == NO_VALUE
    return words.replace("Sept", "Sep") == f"{day:%-d %b %Y}"
