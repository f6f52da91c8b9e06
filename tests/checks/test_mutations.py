"""Each check sees its own fault, and only its own."""

from __future__ import annotations

import re

import duckdb
import pytest

from orchestration.expectations import (
    ALL_CHECKS,
    crm,
    registers,
    run_checks,
    staging,
    surveys,
    tables,
)
from orchestration.expectations.model import Check
from orchestration.expectations.runner import PERSONAL_COLUMNS, SAMPLE_ROWS
from orchestration.outcomes import CheckOutcome
from tests.checks.mutations import ALSO_FAILS, MUTATIONS

_TABLE = re.compile(r"\b(?:raw|staging|intermediate|marts)\.\w+")
_CHANGED = re.compile(
    r"(?:update|insert into|delete from) ((?:raw|staging|intermediate|marts)\.\w+)"
)
# Codes of the product and ids of channels and KPIs, which have a name in either language.
_CODES = re.compile(
    r"\b(?:search_ads|leads_valid|last_non_direct|outage|salaries|source_restated|robot_filter"
    r"|ad_stats|campaign_stats|stage_history|yandex_metrica|google_ads)\b(?!/)"
)
_UNFILLED = re.compile(r"[{}]|\bnan\b|\bNaT\b|\bNone\b")


def _readers_of(sql: str) -> list[Check]:
    """Checks that could notice a change: the others read none of the changed tables."""
    changed = set(_CHANGED.findall(sql))
    assert changed, "the mutation changes no table"
    return [check for check in ALL_CHECKS if changed & set(_TABLE.findall(check.sql))]


def test_every_check_has_a_mutation() -> None:
    assert set(MUTATIONS) == {check.name for check in ALL_CHECKS}


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_the_check_alone_sees_its_fault(name: str, company: duckdb.DuckDBPyConnection) -> None:
    company.execute(MUTATIONS[name])

    results = run_checks(company, _readers_of(MUTATIONS[name]))

    failed = {result.check.name for result in results if not result.outcome.passed}
    assert failed == {name} | ALSO_FAILS.get(name, set())
    (result,) = (result for result in results if result.check.name == name)
    outcome = result.outcome
    assert result.error is None, outcome.message_en
    assert outcome.failed_rows > 0
    assert 0 < len(result.sample) <= SAMPLE_ROWS
    assert not PERSONAL_COLUMNS & set(result.sample.columns)
    assert not _UNFILLED.search(outcome.message_en), outcome.message_en
    assert not _UNFILLED.search(outcome.message_ru), outcome.message_ru
    assert re.search(r"\d", outcome.message_en), "the message names no number"
    assert re.search("[а-яё]", outcome.message_ru)
    assert "(s)" not in outcome.message_en
    assert not _CODES.search(outcome.message_ru), outcome.message_ru
    assert "What to do: " in outcome.message_en
    assert "Что делать: " in outcome.message_ru
    assert outcome.blocks == (result.check.severity == "blocking")


def _messages_of(name: str, company: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, str]:
    """What a check says, in English and Russian, once the data were changed."""
    company.execute(sql)
    outcome = _outcome_of(name, company)
    return outcome.message_en, outcome.message_ru


def _outcome_of(name: str, company: duckdb.DuckDBPyConnection) -> CheckOutcome:
    (result,) = run_checks(company, [check for check in ALL_CHECKS if check.name == name])
    return result.outcome


def test_orders_without_a_product_line_are_told_how_to_get_a_margin(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """No row of the register of margins can reach them: a margin belongs to a product line."""
    english, russian = _messages_of(
        crm.MARGIN_COVERS_REVENUE,
        company,
        "update marts.fct_orders set contribution_amount = null, product_line = null "
        "where order_id % 10 = 1",
    )
    assert "product line none: " in english
    assert "направление не указано: " in russian
    assert "[sources.<source>.constants] product_line" in english
    assert "[sources.<источник>.constants] product_line" in russian


def test_a_source_that_never_had_a_row_is_said_to_have_none(
    company: duckdb.DuckDBPyConnection,
) -> None:
    english, russian = _messages_of(
        f"yandex_direct_{tables.FRESH}", company, "delete from raw.yandex_direct__ad_stats"
    )
    assert "(no row was ever loaded): last day —" in english
    assert "(не загружено ни одной строки): последний день —" in russian


def test_orders_of_a_shop_in_another_unit_are_told(company: duckdb.DuckDBPyConnection) -> None:
    """A company without a CRM has no deals that would show it."""
    english, russian = _messages_of(
        staging.DEAL_AMOUNTS_USUAL,
        company,
        "update staging.stg_plain__orders set gross_amount = gross_amount * 100 "
        "where order_date >= date '2026-05-10'",
    )
    assert "Own tables, Shop: 103,000.00 in 30 days, 1,030.00 before" in english
    assert "Свои таблицы, Магазин: 103\u00a0000,00 за 30 дней" in russian


def test_an_order_number_of_two_years_is_told(company: duckdb.DuckDBPyConnection) -> None:
    """The newest file wins, and the order of the first year is no more: nothing else tells it."""
    again = (
        "insert into raw.plain__orders select * replace ('exports/file_{file}.csv' as _file, "
        "ordered_at + interval {days} day as ordered_at, '{status}' as status) "
        "from raw.plain__orders where cast(ordered_at as date) = date '2026-06-01' "
        "and _file = 'exports/file_1.csv'"
    )
    check = [check for check in ALL_CHECKS if check.name == crm.ORDER_ROWS_AGREE]
    company.execute(again.format(file=2, days=0, status="paid"))
    company.execute(again.format(file=3, days=9, status="cancelled"))
    (result,) = run_checks(company, check)
    assert result.outcome.passed
    english, _ = _messages_of(
        crm.ORDER_ROWS_AGREE, company, again.format(file=4, days=365, status="paid")
    )
    assert "1 order stands twice" in english
    assert "left out: 100: exports/file_4.csv: 1, from 2026-06-01, 100" in english


def test_a_refused_line_that_is_of_no_column_names_none(
    company: duckdb.DuckDBPyConnection,
) -> None:
    english, russian = _messages_of(
        f"bitrix24_{tables.REFUSED_ROWS}",
        company,
        "insert into raw.quarantine values ('bitrix24', 'deals', 'exports/deals.csv', 7, '', "
        "'the line has 3 cells where the header has 4', 'mend it', null)",
    )
    assert "exports/deals.csv, from line 7: the line has 3 cells" in english
    assert "exports/deals.csv, со строки 7: в строке ячеек 3" in russian


def test_a_target_that_was_dated_back_is_late_by_the_ledger(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """Both of its dates are typed; the readings of the register are not."""
    english, russian = _messages_of(
        registers.TARGETS_APPROVED_IN_TIME,
        company,
        # in Moscow the last reading without it was on the first day of the period
        "insert into raw.registers__targets select * replace (2 as version, 60 as target_value) "
        "from raw.registers__targets; "
        "insert into raw.target_sightings by name select 'T1' as target_id, 2 as target_version, "
        "timestamp '2026-05-19 22:00:00' as first_seen_at, "
        "timestamp '2026-03-31 22:00:00' as last_unseen_at",
    )
    assert "T1 version 2" in english
    assert "2026-05-20, 49 days into the period" in english
    assert "20.05.2026, на 49 дней позже" in russian


def test_a_period_that_was_moved_on_in_its_place_is_late(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """Approved before the new start, and written when the old one had passed."""
    english, _ = _messages_of(
        registers.TARGETS_APPROVED_IN_TIME,
        company,
        "update raw.registers__targets set period_start = date '2026-06-01'; "
        "update raw.target_sightings set first_seen_at = timestamp '2026-05-20 05:00:00', "
        "last_unseen_at = timestamp '2026-05-19 05:00:00', first_period_start = date '2026-04-01'",
    )
    assert "T1 version 1" in english
    assert "2026-05-20, 49 days into the period" in english


def test_a_target_that_may_have_stood_there_in_time_is_not_late(
    company: duckdb.DuckDBPyConnection,
) -> None:
    company.execute(
        "update raw.target_sightings set first_seen_at = timestamp '2026-05-19 22:00:00', "
        "last_unseen_at = timestamp '2026-03-31 20:00:00'"
    )
    outcome = _outcome_of(registers.TARGETS_APPROVED_IN_TIME, company)
    assert outcome.passed, outcome.message_en


def test_what_is_added_for_days_gone_by_is_told(company: duckdb.DuckDBPyConnection) -> None:
    """An event planned after it began, a channel; not the books of the month before."""

    def added(entry: int, register: str, key: str, record: str) -> str:
        return (
            f"insert into raw.register_ledger by name select {entry} as entry, "
            f"'{register}' as register, '{key}, 2026-03-01 10:00:00' as record_key, "
            f"'added' as change, '{record}' as record, "
            "timestamp '2026-05-20 06:00:00' as seen_at, '' as chain_hash; "
        )

    english, russian = _messages_of(
        registers.RECORDS_IN_TIME,
        company,
        added(901, "planned_events", "ads, 2026-04-01, Fair", '{"start_date": "2026-04-01", '
              '"recorded_by": "Ivan", "recorded_at": "2026-03-01 10:00:00"}')
        + added(902, "planned_events", "ads, 2026-06-01, Sale", '{"start_date": "2026-06-01"}')
        + added(903, "channels", "5", '{"channel": "organic"}')
        + added(904, "costs", "c99", '{"cost_month": "2026-04-01", "amount": "5"}'),
    )  # fmt: skip
    assert "2 records were added" in english
    assert "Fair: start_date: — → 2026-04-01 (Ivan, dated 2026-03-01, first read 2026-05-20)" in (
        english
    )
    assert "registers/channels.csv, 5: channel: — → organic" in english
    assert "впервые прочитана 20.05.2026" in russian


def test_what_stood_in_a_register_when_it_came_to_be_watched_was_not_added_then(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """The company's targets were watched for months, all its registers since the last upgrade."""
    company.execute(
        "update raw.register_ledger set seen_at = timestamp '2026-06-10 06:30:00' "
        "where register <> 'targets'"
    )
    outcome = _outcome_of(registers.RECORDS_IN_TIME, company)
    assert outcome.passed, outcome.message_en


def test_a_wave_that_asks_for_a_mark_only_need_not_name_the_brand(
    company: duckdb.DuckDBPyConnection,
) -> None:
    asked = "set first_brand = null, unaided_brands = null, aided_brands = null, recommendation = "
    checks = [check for check in ALL_CHECKS if check.name.endswith(surveys.BRAND_FOUND)]
    for recommendation, passed in (("9", True), ("null", False)):
        for source in ("surveys__responses", "plain__survey_responses"):
            company.execute(f"update raw.{source} {asked}{recommendation}")
        results = run_checks(company, checks)
        assert [result.outcome.passed for result in results] == [passed] * 2
