"""Each story planted in the sample company is told by the row of a mart (see its README)."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

Marts = duckdb.DuckDBPyConnection


def rows(marts: Marts, sql: str) -> list[tuple[Any, ...]]:
    return marts.execute(sql).fetchall()


def one(marts: Marts, sql: str) -> tuple[Any, ...]:
    found = rows(marts, sql)
    assert len(found) == 1, found
    return found[0]


def test_no_row_of_the_sample_company_is_refused(sample_marts: Marts) -> None:
    kept, refused = one(
        sample_marts,
        "select sum(rows_total), sum(rows_quarantined) from marts.kpi_data_quality",
    )
    assert kept > 150_000
    assert refused == 0


def test_01_machines_on_an_ad_campaign_are_seen_with_the_money(sample_marts: Marts) -> None:
    attack = rows(
        sample_marts,
        "select date_day, spike_verdict, visits, expected_high, suspicious_share "
        "from marts.kpi_traffic_quality_daily where channel = 'yandex_direct_network' "
        "and campaign_id = '(all)' and date_day between '2026-10-20' and '2026-10-23' order by 1",
    )
    assert [verdict for _, verdict, *_ in attack] == ["fail"] * 4
    assert all(visits > 3 * high for _, _, visits, high, _ in attack)
    assert all(share > 0.7 for *_, share in attack)
    (campaign, wasted), *others = rows(
        sample_marts,
        "select campaign_id, sum(wasted_spend_amount) from marts.kpi_traffic_quality_daily "
        "where channel = 'yandex_direct_network' and campaign_id <> '(all)' "
        "and date_day between '2026-10-20' and '2026-10-23' group by 1 order by 2 desc",
    )
    assert campaign == "70200002"
    assert wasted > 10 * sum(other for _, other in others)


def test_01b_a_confirmed_attack_does_not_spoil_the_baseline(sample_marts: Marts) -> None:
    before, after = one(
        sample_marts,
        "select avg(expected_high) filter (where date_day between '2025-11-24' and '2025-11-30'), "
        "avg(expected_high) filter (where date_day between '2025-12-10' and '2025-12-20') "
        "from marts.kpi_traffic_quality_daily "
        "where channel = 'yandex_direct_network' and campaign_id = '(all)'",
    )
    assert after < 1.5 * before


def test_02_a_campaign_with_clicks_and_no_lead_shows_its_spend(sample_marts: Marts) -> None:
    spend, leads, orders, clicks = one(
        sample_marts,
        "select sum(spend_amount), sum(leads), sum(orders), "
        "(select sum(clicks) from marts.fct_ad_spend_daily where campaign_id = '8800003') "
        "from marts.kpi_roi_monthly "
        "where campaign_id = '8800003' and attribution_model = 'last_non_direct'",
    )
    assert spend > 50_000
    assert (leads, orders) == (0, 0)
    assert clicks > 1_500
    reasons = rows(
        sample_marts,
        "select distinct cpl_amount from marts.kpi_roi_monthly where campaign_id = '8800003'",
    )
    assert reasons == [(None,)], "a price per lead without leads is no number"


def test_03_roas_over_two_and_still_a_loss(sample_marts: Marts) -> None:
    found = rows(
        sample_marts,
        "select attribution_model, roas, romi, spread_verdict from marts.kpi_roi_trailing "
        "where channel = 'yandex_direct_network'",
    )
    assert len(found) >= 6
    assert {model: roas > 2 for model, roas, *_ in found}["last_non_direct"]
    assert all(romi < -0.1 for _, _, romi, _ in found)
    assert {verdict for *_, verdict in found} == {"robust_negative"}


def test_04_young_cohorts_are_not_judged(sample_marts: Marts) -> None:
    stages = rows(
        sample_marts,
        "select distinct maturity_stage, verdict from marts.kpi_roi_monthly "
        "where lead_month >= '2026-09-01' and channel = 'vk_ads' and spend_amount > 0",
    )
    assert stages == [("too_early", "too_early")]


def test_05_a_verdict_that_depends_on_the_model(sample_marts: Marts) -> None:
    low, high, verdict = one(
        sample_marts,
        "select distinct romi_min, romi_max, spread_verdict from marts.kpi_roi_trailing "
        "where channel = 'vk_ads'",
    )
    assert low < 0 < high
    assert verdict == "depends_on_model"


def test_06_a_target_changed_on_the_way_is_judged_by_its_first_version(
    sample_marts: Marts,
) -> None:
    version, target, later, changed, verdict = one(
        sample_marts,
        "select target_version, target_value, later_target_value, is_target_changed_after_start, "
        "verdict from marts.kpi_scorecard where target_id = 'T-11-leads'",
    )
    assert version == 1
    assert later < target
    assert changed
    assert verdict == "behind"


def test_06b_a_late_approval_is_named(sample_marts: Marts) -> None:
    assert rows(
        sample_marts,
        "select target_id from marts.kpi_scorecard where not is_approved_before_start",
    ) == [("T-26-repeat",)]


def test_07_an_easier_goal_is_marked_in_the_series(sample_marts: Marts) -> None:
    assert rows(
        sample_marts,
        "select distinct date_day, conversion_version from marts.kpi_conversion_daily "
        "where conversion_id = 'lead' and is_version_change and conversion_version > 1",
    ) == [(date(2026, 8, 1), 2)]
    before, after = one(
        sample_marts,
        "select sum(visits_converted) filter (where date_day between '2026-07-01' and '2026-07-31')"
        ", sum(visits_converted) filter (where date_day between '2026-08-01' and '2026-08-31') "
        "from marts.kpi_conversion_daily where conversion_id = 'lead'",
    )
    assert after > 2 * before


def test_08_bought_followers_are_suspected(sample_marts: Marts) -> None:
    assert [
        day
        for (day,) in rows(
            sample_marts,
            "select date_day from marts.kpi_audience_daily "
            "where network = 'vk' and joins_verdict = 'bought_suspected' order by 1",
        )
    ] == [date(2026, 7, 6), date(2026, 7, 7), date(2026, 7, 8)]


def test_09_a_rise_of_nps_that_is_noise(sample_marts: Marts) -> None:
    change, low, high, verdict = one(
        sample_marts,
        "select nps_change, nps_change_low, nps_change_high, nps_verdict "
        "from marts.kpi_brand_awareness "
        "where wave = '2026-09' and segment = 'all' and mode = 'customers'",
    )
    assert change == pytest.approx(7)
    assert low < 0 < high
    assert verdict == "not_proven"
    assert one(
        sample_marts,
        "select aided_verdict from marts.kpi_brand_awareness "
        "where wave = '2026-09' and segment = 'all' and mode = 'online_panel'",
    ) == ("up",)


def test_10_a_day_without_a_rate_has_no_spend_in_roubles(sample_marts: Marts) -> None:
    assert rows(
        sample_marts,
        "select distinct spend_date, currency, spend_amount from marts.fct_ad_spend_daily "
        "where reason_code = 'missing_rate'",
    ) == [(date(2025, 9, 17), "USD", None)]


def test_11_every_lead_is_kept_and_classified(sample_marts: Marts) -> None:
    classes = dict(
        rows(sample_marts, "select lead_status, count(*) from marts.fct_leads group by 1")
    )
    assert sum(classes.values()) == 1_334
    assert 0.03 < classes["invalid"] / 1_334 < 0.06
    assert 0.04 < classes["duplicate"] / 1_334 < 0.08


def test_12_orders_without_a_client_id_stay_visible(sample_marts: Marts) -> None:
    revenue, unattributed = one(
        sample_marts,
        "select sum(revenue_amount), sum(revenue_amount) filter (where channel = 'unattributed') "
        "from marts.kpi_roi_monthly where attribution_model = 'last_non_direct'",
    )
    assert revenue == one(sample_marts, "select sum(net_amount) from marts.fct_orders")[0], (
        "sums over channels equal the orders to the kopeck"
    )
    assert 0.05 < unattributed / revenue < 0.25


def test_13_restated_spend_is_shown_with_its_cause(sample_marts: Marts) -> None:
    found = rows(
        sample_marts,
        "select period, delta_share, cause from marts.kpi_restatements where status = 'restated'",
    )
    assert {day for day, *_ in found} == {f"2026-06-{day:02d}" for day in range(8, 15)}
    assert all(share == pytest.approx(1 / 1.12 - 1, abs=0.001) for _, share, _ in found)
    assert {cause for *_, cause in found} == {"source_restated"}


def test_14_a_silent_day_of_a_source_is_counted(sample_marts: Marts) -> None:
    assert one(
        sample_marts, "select missing_days from marts.kpi_data_quality where source = 'vk_ads'"
    ) == (1,)


def test_15_a_planned_event_explains_its_spike(sample_marts: Marts) -> None:
    verdicts = rows(
        sample_marts,
        "select distinct spike_verdict from marts.kpi_traffic_quality_daily "
        "where channel in ('email', 'telegram') and campaign_id = '(all)' "
        "and date_day between '2026-10-09' and '2026-10-11' and visits > expected_high",
    )
    assert verdicts == [("explained",)]


def test_16_a_bill_that_disagrees_is_flagged(sample_marts: Marts) -> None:
    assert rows(
        sample_marts,
        "select pair, date_day from marts.kpi_reconciliation_daily "
        "where pair like 'invoice_spend:%' and status = 'warn'",
    ) == [("invoice_spend:yandex_direct_search", date(2026, 5, 31))]


def test_attribution_adds_up_under_every_model(sample_marts: Marts) -> None:
    totals = rows(
        sample_marts,
        "select attribution_model, sum(revenue_amount) from marts.kpi_roi_monthly group by 1",
    )
    assert len(totals) >= 6
    assert len({total for _, total in totals}) == 1
