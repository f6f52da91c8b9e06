"""36 months, 14 channels and 200 campaigns: the pages stay small enough for an e-mail."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.scorecard import build_explore_pages, build_scorecards
from orchestration.scorecard.inputs import CompanyFacts
from tests.unit.scorecard import marts_fixture

COMPANY = CompanyFacts(name="Большая компания", as_of_date=date(2026, 11, 16))
CAMPAIGNS, CHANNELS, MODELS = 200, 14, 6

LARGE = f"""
    create or replace table campaigns as
    select 'channel_' || (number % {CHANNELS}) as channel, 'campaign_' || number as campaign_id,
        number
    from range({CAMPAIGNS}) as numbers (number);
    create or replace table days as
    select unnest(range(date '2023-11-16', date '2026-11-16', interval 1 day))::date as date_day;

    create or replace table marts.kpi_traffic_quality_daily as
    with base as (
        select channel, campaign_id, date_day, 40 + hash(number, date_day) % 90 as visits
        from campaigns cross join days
    ),
    parts as (
        select *, visits // 9 as suspicious_visits, visits - visits // 7 as strict_visits,
            visits // 40 as goal_visits, visits // 14 as off_audience_visits,
            visits - visits // 9 as valid_visits, visits * 37.5 as spend_amount,
            visits * 3.25 as wasted_spend_amount,
            visits * 2.5 as off_audience_spend_amount, 0.0 as unjudged_spend_amount
        from base
    ),
    sums as (
        select channel, campaign_id, date_day, columns('.*(visits|amount)')
        from parts
        union all
        select channel, '(all)', date_day, sum(columns('.*(visits|amount)'))
        from parts group by channel, date_day
        union all
        select '(all)', '(all)', date_day, sum(columns('.*(visits|amount)'))
        from parts group by date_day
    )
    select *, 'agency' as contractor, 0.02 as goal_rate_valid, 0.02 as goal_rate_strict,
        visits as expected_visits, visits * 0.8 as expected_low,
        visits * 1.3 as expected_high, 'ok' as spike_verdict,
        null::varchar as spike_reason, false as is_provisional
    from sums;

    create or replace table marts.kpi_conversion_daily as
    select goal as conversion_id, channel, campaign_id, date_day,
        50 + hash(number, date_day) % 80 as visits_valid, hash(date_day, number) % 4 as
        visits_converted, false as is_version_change, false as is_provisional
    from campaigns cross join days cross join (values ('purchase'), ('lead')) as goals (goal);

    create or replace table marts.kpi_roi_monthly as
    select channel, campaign_id, 'model_' || model as attribution_model, 'final' as maturity_stage,
        null::varchar as reason_code, (1e4 + hash(number, month) % 90000)::decimal(18, 2)
        as spend_amount, (2e4 + hash(month, number) % 90000)::decimal(18, 2) as full_cost_amount,
        hash(number, month, model) % 900 / 10.0 as leads, 4.5 as qualified_leads,
        hash(model, number, month) % 70 / 7.0 as orders, 1.75 as new_customers,
        (hash(month, model, number) % 10000000 / 100.0)::decimal(18, 2) as revenue_amount,
        (hash(month, number, model) % 4000000 / 100.0)::decimal(18, 2) as contribution_amount,
        0.9 as maturity, 0.1 as projected_romi, 0.0 as projected_romi_low,
        0.2 as projected_romi_high, month as lead_month
    from campaigns cross join range({MODELS}) as models (model) cross join (
        select unnest(range(date '2023-12-01', date '2026-12-01', interval 1 month))::date as month
    );
    update marts.kpi_roi_monthly set attribution_model = 'last_non_direct'
    where attribution_model = 'model_0';

    create or replace table marts.kpi_roi_channels_monthly as
    select '(paid)' as channel, attribution_model, lead_month, sum(spend_amount) as spend_amount,
        sum(leads) as leads, sum(orders) as orders, sum(revenue_amount) as revenue_amount,
        sum(contribution_amount) as contribution_amount, 0.3 as romi, 0.9 as maturity,
        0.1 as projected_romi, 0.0 as projected_romi_low, 0.2 as projected_romi_high
    from marts.kpi_roi_monthly group by attribution_model, lead_month;
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    database = marts_fixture.write(marts_fixture.full_company(), folder / "kpi.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(LARGE)
    return folder


def test_scorecards_are_small_and_the_same_each_time(large: Path) -> None:
    def build() -> list[bytes]:
        pages = build_scorecards(
            large / "kpi.duckdb", large, company=COMPANY, checks=[], run_id="a3f91c7e"
        )
        return [page.read_bytes() for page in pages]

    first = build()
    assert all(len(page) < 1_000_000 for page in first)
    assert build() == first


def test_explore_pages_are_small_and_the_same_each_time(large: Path) -> None:
    def build() -> list[bytes]:
        pages = build_explore_pages(
            large / "kpi.duckdb", large, company=COMPANY, run_id="a3f91c7e", cache=large / "cache"
        )
        return [page.read_bytes() for page in pages]

    first = build()
    assert all(len(page) < 10_000_000 for page in first)
    assert all(b"campaign_199" in page for page in first)
    assert build() == first
