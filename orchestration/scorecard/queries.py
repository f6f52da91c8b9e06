"""One query per section, over the published marts only.

Aggregation happens in SQL, so what reaches pandas is already as small as the page. A mart that
does not exist (another set of sources, an older snapshot) gives an empty frame, never an error.
Windows are half-open, count back from the as-of date and never hold the day itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pandas as pd

logger = logging.getLogger(__name__)

HEADLINE_MODEL = "last_non_direct"
ALL = "(all)"


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with the marts it needs. Parameters: `$as_of` (date), `$model` (text), `$days`."""

    sql: str
    tables: tuple[str, ...]


class Marts:
    """A read-only view of one published snapshot.

    Raises FileNotFoundError when the snapshot does not exist. `unreadable` lists the marts whose
    columns are not the expected ones (a snapshot of another release), `misread` counts the queries
    that met one.
    """

    def __init__(self, database: Path) -> None:
        if not database.exists():
            raise FileNotFoundError(f"no published snapshot at {database}")
        self._connection = duckdb.connect(str(database), read_only=True)
        # One thread: sums of doubles must not depend on the order in which threads finish.
        self._connection.execute("set threads = 1")
        self.tables = {
            row[0]
            for row in self._connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
        }
        self.unreadable: list[str] = []
        self.misread = 0
        self._answers: dict[tuple[str, str], pd.DataFrame] = {}

    def __enter__(self) -> Marts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def read(self, query: Query, **parameters: Any) -> pd.DataFrame:
        """Rows of the query; an empty frame when one of its marts is missing or unlike."""
        if not self.tables.issuperset(query.tables):
            return pd.DataFrame()
        used = {name: value for name, value in parameters.items() if f"${name}" in query.sql}
        # Both languages ask the same; a reader may change its own copy.
        asked = (query.sql, repr(sorted(used.items())))
        try:
            if asked not in self._answers:
                self._answers[asked] = self._connection.execute(query.sql, used).df()
            return self._answers[asked].copy()
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            logger.warning("marts of another release: %s", error)
            self.misread += 1
            self.unreadable.extend(set(query.tables) - set(self.unreadable))
            return pd.DataFrame()

    def has_rows(self, table: str, that: str) -> bool:
        """True when the mart exists and ever held a row that fulfils the condition `that`."""
        if table not in self.tables:
            return False
        # The name comes from the catalogue of this very database, the condition from our code.
        found = self._connection.execute(
            f"select 1 from marts.{table} where {that} limit 1"
        ).fetchone()
        return found is not None

    def published_at(self) -> datetime | None:
        """When the snapshot was taken; None for one that does not say."""
        try:
            found = self._connection.execute(
                "select published_at::timestamptz at time zone 'UTC' from run.publication"
            ).fetchone()
        except duckdb.CatalogException:
            return None
        return found[0].replace(tzinfo=UTC) if found else None

    def last_day(self) -> date | None:
        """Latest day found in the daily marts, or None when there is none."""
        days = [
            self.read(Query(f"select max({column})::date as day from marts.{table}", (table,)))
            for table, column in _DAILY
        ]
        found = [frame["day"].iloc[0] for frame in [*days, self.read(_LOADED)] if not frame.empty]
        known = [pd.Timestamp(day) for day in found if not pd.isna(day)]
        return max(known).date() if known else None


_DAILY = (
    ("kpi_conversion_daily", "date_day"),
    ("kpi_traffic_quality_daily", "date_day"),
    ("kpi_audience_daily", "date_day"),
    ("fct_orders", "order_date"),
    ("fct_leads", "lead_date"),
)

# Rows that became no fact, such as second calls of a day, are data too; a rate of exchange is none.
_LOADED = Query(
    """
    select max(last_day)::date as day
    from marts.kpi_data_quality
    where source not in ('registers', 'central_bank')
    """,
    ("kpi_data_quality",),
)

DEFINITIONS = Query(
    "select * from marts.kpi_definitions order by display_order, metric_id",
    ("kpi_definitions",),
)

CHANNELS = Query(
    "select channel, name_en, name_ru, contractor, is_paid from marts.dim_channel order by channel",
    ("dim_channel",),
)

CAMPAIGNS = Query(
    """
    select campaign_id, max(campaign_name) as campaign_name
    from marts.dim_campaign
    where campaign_name is not null
    group by campaign_id
    order by campaign_id
    """,
    ("dim_campaign",),
)

CONVERSIONS = Query(
    "select conversion_id, name_en, name_ru, is_primary from marts.dim_conversion "
    "order by conversion_id",
    ("dim_conversion",),
)

PRODUCT_LINES = Query(
    "select product_line, name_en, name_ru from marts.dim_product_line order by product_line",
    ("dim_product_line",),
)

# Targets that have begun: the one in force now, or else the last one that ended.
TARGETS = Query(
    """
    select *
    from marts.kpi_scorecard
    where period_start < $as_of
    order by
        metric_id, segment_type, segment_value, period_end desc, period_start desc, target_id
    """,
    ("kpi_scorecard",),
)

# Two windows of `$days` days, one after the other.
CONVERSION = Query(
    """
    select
        conversion_id,
        channel,
        coalesce(sum(visits_valid) filter (where date_day >= $as_of - $days::int), 0) as visits,
        coalesce(sum(visits_converted) filter (where date_day >= $as_of - $days::int), 0)
            as converted,
        coalesce(sum(visits_valid) filter (where date_day < $as_of - $days::int), 0)
            as visits_before,
        coalesce(sum(visits_converted) filter (where date_day < $as_of - $days::int), 0)
            as converted_before
    from marts.kpi_conversion_daily
    where date_day >= $as_of - 2 * $days::int and date_day < $as_of
        and channel <> '(all)' and campaign_id <> '(all)'
    group by conversion_id, channel
    order by conversion_id, channel
    """,
    ("kpi_conversion_daily",),
)

CONVERSION_TREND = Query(
    """
    select
        conversion_id,
        channel,
        ($as_of - date_day::date - 1) // 14 as fortnights_ago,
        sum(visits_valid) as visits,
        sum(visits_converted) as converted
    from marts.kpi_conversion_daily
    where date_day >= $as_of - 364 and date_day < $as_of
        and channel <> '(all)' and campaign_id <> '(all)'
    group by all
    order by conversion_id, channel, fortnights_ago desc
    """,
    ("kpi_conversion_daily",),
)

# Days on which the rule of a goal changed: before and after are not the same quantity.
CONVERSION_CHANGES = Query(
    """
    select distinct conversion_id, date_day::date as date_day
    from marts.kpi_conversion_daily
    where is_version_change and date_day >= $as_of - 364 and date_day < $as_of
    order by conversion_id, date_day
    """,
    ("kpi_conversion_daily",),
)

TRAFFIC_DAYS = Query(
    """
    select
        date_day::date as date_day, visits, suspicious_visits, off_audience_visits,
        expected_low, expected_visits, expected_high, spike_verdict,
        -- the row's own flag is also up for spend that may change; here it is about visits
        date_day in (
            select conversions.date_day
            from marts.kpi_conversion_daily as conversions
            where conversions.is_provisional
        ) as is_provisional
    from marts.kpi_traffic_quality_daily
    where date_day >= $as_of - 63 and date_day < $as_of
        and channel = '(all)' and campaign_id = '(all)'
    order by date_day
    """,
    ("kpi_traffic_quality_daily", "kpi_conversion_daily"),
)

TRAFFIC_CHANNELS = Query(
    """
    select
        channel,
        max(contractor) as contractor,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits,
        sum(off_audience_visits) as off_audience_visits,
        sum(spend_amount) as spend_amount,
        sum(wasted_spend_amount) as wasted_spend_amount,
        sum(off_audience_spend_amount) as off_audience_spend_amount,
        sum(unjudged_spend_amount) as unjudged_spend_amount,
        sum(valid_visits) as valid_visits,
        sum(strict_visits) as strict_visits,
        -- the mart holds rates: their numerators, to be added before they are divided again
        -- days whose goals are unknown would make the others look worse
        case when count(goal_visits) = count(*) then sum(goal_visits) end as goal_visits,
        case
            when count(goal_visits) = count(*) then round(sum(goal_rate_valid * valid_visits))
        end as goal_valid_visits,
        case
            when count(goal_visits) = count(*) then round(sum(goal_rate_strict * strict_visits))
        end as goal_strict_visits
    from marts.kpi_traffic_quality_daily
    where date_day >= $as_of - 28 and date_day < $as_of and campaign_id = '(all)'
    group by channel
    having sum(visits) > 0 or sum(spend_amount) > 0
    order by sum(visits) desc, channel
    """,
    ("kpi_traffic_quality_daily",),
)

TRAFFIC_SPIKES = Query(
    """
    select
        channel, campaign_id, date_day::date as date_day, visits, suspicious_visits,
        expected_visits, expected_high, wasted_spend_amount, spike_verdict, spike_reason
    from marts.kpi_traffic_quality_daily
    where date_day >= $as_of - 63 and date_day < $as_of
        and channel <> '(all)'
        and spike_verdict in ('fail', 'warn', 'explained')
    -- a campaign speaks only where its channel is quiet: the same visits would stand twice
    qualify campaign_id = '(all)' or count(*) filter (campaign_id = '(all)') over (
        partition by channel, date_day
    ) = 0
    order by date_day desc, suspicious_visits desc, channel, campaign_id
    """,
    ("kpi_traffic_quality_daily",),
)

TRAFFIC_CAMPAIGNS = Query(
    """
    select
        channel, campaign_id,
        sum(visits) as visits,
        sum(suspicious_visits) as suspicious_visits,
        sum(spend_amount) as spend_amount,
        sum(wasted_spend_amount) as wasted_spend_amount
    from marts.kpi_traffic_quality_daily
    where date_day >= $as_of - 28 and date_day < $as_of
        and channel <> '(all)' and campaign_id <> '(all)'
    group by channel, campaign_id
    having sum(wasted_spend_amount) > 0
    order by sum(wasted_spend_amount) desc, channel, campaign_id
    limit 5
    """,
    ("kpi_traffic_quality_daily",),
)

FUNNEL = Query(
    """
    select
        lead_month::date as lead_month,
        sum(visits_valid) as visits_valid, sum(leads_raw) as leads_raw,
        sum(leads_valid) as leads_valid, sum(leads_qualified) as leads_qualified,
        sum(orders) as orders, sum(new_customers) as new_customers,
        bool_and(is_complete) as is_complete
    from marts.kpi_funnel_monthly
    where lead_month < $as_of and channel <> '(all)'
    group by lead_month
    order by lead_month desc
    limit 12
    """,
    ("kpi_funnel_monthly",),
)

ROI_CHANNELS = Query(
    """
    select *
    from marts.kpi_roi_trailing
    where attribution_model = $model and channel <> '(all)'
    order by spend_amount desc nulls last, channel
    """,
    ("kpi_roi_trailing",),
)

# Channels that cost money, as one.
ROI_COHORTS = Query(
    """
    select
        lead_month::date as lead_month, spend_amount, leads, orders, revenue_amount,
        contribution_amount, romi, maturity, projected_romi, projected_romi_low,
        projected_romi_high, reason_code
    from marts.kpi_roi_channels_monthly
    where attribution_model = $model and channel = '(paid)' and lead_month < $as_of
    order by lead_month desc
    limit 18
    """,
    ("kpi_roi_channels_monthly",),
)

RETENTION = Query(
    """
    with recent as (
        select distinct cohort_month
        from marts.kpi_retention_cohorts
        where cohort_month < $as_of
        order by cohort_month desc
        limit 13
    )

    select
        cohorts.cohort_month::date as cohort_month,
        cohorts.age_months,
        cohorts.cohort_size,
        cohorts.active_customers,
        cohorts.classic_retention_rate,
        cohorts.rolling_retention_rate,
        cohorts.is_complete
    from marts.kpi_retention_cohorts as cohorts
    inner join recent on recent.cohort_month = cohorts.cohort_month
    where cohorts.age_months <= 12
    order by cohorts.cohort_month, cohorts.age_months
    """,
    ("kpi_retention_cohorts",),
)

CUSTOMERS = Query(
    """
    select *
    from marts.kpi_customers_monthly
    where month < $as_of
    order by month desc
    limit 24
    """,
    ("kpi_customers_monthly",),
)

BRAND = Query(
    """
    select *
    from marts.kpi_brand_awareness
    where segment = 'all' and fieldwork_start < $as_of
    order by fieldwork_end desc, wave desc
    limit 8
    """,
    ("kpi_brand_awareness",),
)

AUDIENCE = Query(
    """
    select
        network, account, date_day::date as date_day, followers, joined, left_count, net_growth,
        reach, reach_rate, joins_verdict
    from marts.kpi_audience_daily
    where date_day >= $as_of - 182 and date_day < $as_of
    order by network, account, date_day
    """,
    ("kpi_audience_daily",),
)

RECONCILIATION = Query(
    """
    select pair, pair_kind, date_day::date as date_day, left_value, right_value, ratio, status,
        reason_code
    from marts.kpi_reconciliation_daily
    where date_day >= $as_of - 42 and date_day < $as_of and pair_kind <> 'invoice_spend'
        and right_value is not null
    order by pair_kind, pair, date_day
    """,
    ("kpi_reconciliation_daily",),
)

# Bills come once a month, so that they stand in a table and not among the days.
INVOICES = Query(
    """
    select pair, date_day::date as date_day, left_value, right_value, ratio, status
    from marts.kpi_reconciliation_daily
    where date_day >= $as_of - 186 and date_day < $as_of and pair_kind = 'invoice_spend'
        and left_value > 0
    order by date_day desc, pair
    """,
    ("kpi_reconciliation_daily",),
)

# A lead month that ripens is no correction; a figure of another cause that moved by 5% is. Days of
# spend in a row are one correction, as are months of a channel: they stand in one line, added up.
RESTATEMENTS = Query(
    """
    with notices as (
        select
            metric_id, segment, period, cause, first_value, current_value, delta_share,
            case
                when segment = 'all' then null
                when length(period) = 7
                    then date_diff('month', date '1970-01-01', try_cast(period || '-01' as date))
                else date_diff('day', date '1970-01-01', try_cast(period as date))
            end as place
        from marts.kpi_restatements
        where is_notice and cause <> 'cohort_ripened'
    ),

    runs as (
        select
            *,
            place - row_number() over (
                partition by metric_id, segment, cause, length(period) order by place
            ) as run_key
        from notices
    ),

    merged as (
        select
            metric_id, segment, cause, min(period) as period, max(period) as period_end,
            count(*) as figures,
            sum(first_value) as first_value, sum(current_value) as current_value,
            case
                when count(*) = 1 then max(delta_share)
                else sum(current_value) / nullif(sum(first_value), 0) - 1
            end as delta_share
        from runs
        group by metric_id, segment, cause, length(period), coalesce(run_key::varchar, period)
    )

    select *, sum(figures) over ()::bigint as restated
    from merged
    -- what moved between channels was moved by somebody, and changes no total
    order by
        cause <> 'moved_between_channels', round(abs(delta_share), 2) desc nulls first,
        period desc, metric_id, segment
    limit 12
    """,
    ("kpi_restatements",),
)

RESTATEMENT_COUNTS = Query(
    "select count(*) as figures from marts.kpi_restatements",
    ("kpi_restatements",),
)

GUARDS = Query(
    """
    select *
    from marts.kpi_guards
    order by status <> 'guard_falls', status <> 'guard_is_flat', metric_id, guard_metric_id
    """,
    ("kpi_guards",),
)

# What the luck of single deals allows for, and the channels that hang on one of them.
RETURN_INTERVALS = Query(
    """
    select
        metric_id, segment_type, segment_value, metric_value, metric_low, metric_high, orders,
        largest_order_share, is_concentrated
    from marts.kpi_return_intervals
    where (metric_id = 'romi' and segment_type = 'channel')
        or (metric_id = 'aov_net' and segment_type = 'all')
    order by metric_id, largest_order_share desc, segment_value
    """,
    ("kpi_return_intervals",),
)

# One month's new customers are few and young; a month of cost that won nobody counts. Nothing
# where a month of cost has no known return.
LTV_OF_YEAR = Query(
    """
    select
        case when count(metric_value) = count(*) then sum(numerator) / sum(denominator) end
            as ltv_cac,
        count(*) as months
    from marts.kpi_metrics_monthly
    where metric_id = 'ltv_cac' and segment_type = 'all' and denominator > 0
        and month >= date_trunc('month', $as_of::date) - interval 12 month
        and month < date_trunc('month', $as_of::date)
    """,
    ("kpi_metrics_monthly",),
)

# What was projected for lead months that are ripe now, and what they brought.
BACKTEST = Query(
    """
    select
        product_line, evaluated_month::date as evaluated_month, cohort_month::date as cohort_month,
        value_then, projected_value, projected_low, projected_high, actual_value, error_share,
        total_error_share, is_inside_range
    from marts.kpi_projection_backtest
    where basis = 'revenue'
    order by evaluated_month desc, cohort_month desc, product_line
    """,
    ("kpi_projection_backtest",),
)

DRIFT = Query(
    """
    select product_line, reached_month::date as reached_month, drift_verdict, growth_ratio
    from marts.kpi_development_drift
    where basis = 'revenue'
    order by product_line, reached_month desc
    """,
    ("kpi_development_drift",),
)

# The last months of first visits that have a full next month.
BROWSERS = Query(
    """
    select cohort_month::date as cohort_month, age_months, browsers, browsers_active,
        browser_return_rate
    from marts.kpi_browser_retention
    where age_months between 1 and 3 and is_complete and cohort_month < $as_of
    qualify dense_rank() over (order by cohort_month desc) <= 6
    order by cohort_month desc, age_months
    """,
    ("kpi_browser_retention",),
)

QUALITY = Query(
    "select * from marts.kpi_data_quality order by source, table_name",
    ("kpi_data_quality",),
)

# The sparkline of every tile: the published monthly figures, complete months only. A month of which
# some source has no day at all tells nothing: without any spend a visit does not cost 0.
MONTHLY = Query(
    """
    select
        metric_id, segment_type, segment_value, survey_mode, missing_days, month::date as month,
        metric_value
    from marts.kpi_metrics_monthly
    where month < $as_of and metric_value is not null
        and (coverage_share is null or coverage_share > 0)
    order by metric_id, segment_type, segment_value, month
    """,
    ("kpi_metrics_monthly",),
)
