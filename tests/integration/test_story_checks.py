"""Every fault planted in the sample company is told by a named check, and nothing else is."""

from __future__ import annotations

import duckdb

# Check -> the story of data/sample_company/README.md that it tells.
STORIES = {
    "no_recent_bot_spike": "1 machines click an ad",
    "targets_approved_in_time": "6 a target lowered on the way",
    "conversion_rules_unchanged": "7 a goal made easier",
    "no_bought_followers": "8 bought followers",
    "rate_for_every_day_with_money": "10 no dollar rate",
    "yandex_direct_spend_not_restated": "13 restated spend",
    "vk_ads_every_day": "14 a silent day",
    "spend_agrees_with_invoices": "16 a bill that does not agree",
}


def test_every_story_is_told_by_its_check(sample_marts: duckdb.DuckDBPyConnection) -> None:
    failed = sample_marts.execute(
        "select name, severity, message_en from run.checks where not passed"
    ).fetchall()

    assert {name for name, _, _ in failed} == set(STORIES)
    assert {severity for _, severity, _ in failed} == {"warning"}
    said = {name: message for name, _, message in failed}
    assert "Yandex Direct, network, campaign 70200002" in said["no_recent_bot_spike"]
    assert "2026-10-28" in said["vk_ads_every_day"]
    assert "2025-09-17" in said["rate_for_every_day_with_money"]
    assert "Request for a house from 2026-08-01" in said["conversion_rules_unchanged"]
    assert "T-11-leads version 2" in said["targets_approved_in_time"]


def test_signals_without_data_are_told_from_silent_ones(
    sample_marts: duckdb.DuckDBPyConnection,
) -> None:
    """The sample's export has no address, no user agent and no hits, and no spam was planted."""
    states = dict(
        sample_marts.execute(
            "select signal_id, (signal_status, flagged_visits) from marts.kpi_suspicion_signals "
            "where source_system = 'yandex_metrica'"
        ).fetchall()
    )

    for signal in ("S2", "S4", "S9", "S11"):
        assert states[signal] == ("not_available", None)
    assert states["S3"] == ("available", 0)
    assert states["S6"][1] > 500  # the attack: 193 to 218 visits on each of four days


def test_the_expected_number_of_false_alarms_is_published(
    sample_marts: duckdb.DuckDBPyConnection,
) -> None:
    """A series of 56 days and under 100 visits a day: 0.03% volume and 0.1% share, 30 days."""
    rows = sample_marts.execute(
        "select series_level, judged_days, expected_false_alarms from marts.kpi_detector_alarms"
    ).fetchall()

    assert {level for level, _, _ in rows} == {"total", "channel", "campaign"}
    for _, days, expected in rows:
        assert 0.0013 * days <= expected + 1e-9 <= 0.0024 * days + 1e-9
