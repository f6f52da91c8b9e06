"""The page of check results opens without a network and never shows half a run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from orchestration.expectations import ALL_CHECKS, CheckResult, build_data_docs, run_checks
from tests.checks.mutations import MUTATIONS

FAILING = "vk_ads_every_day"
PASSING = "google_ads_every_day"


@pytest.fixture
def results(company: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    company.execute(MUTATIONS[FAILING])
    chosen = [check for check in ALL_CHECKS if check.name in {FAILING, PASSING}]
    return run_checks(company, chosen)


def test_the_page_shows_what_failed_with_its_rows(
    results: list[CheckResult], tmp_path: Path
) -> None:
    page = build_data_docs(results, tmp_path / "docs").read_text(encoding="utf-8")

    (failed,) = (result.outcome for result in results if not result.outcome.passed)
    assert "1 of 2 checks passed" in page
    assert "Проверок данных пройдено: 1 из 2;" in page
    assert failed.message_en in page
    assert failed.message_ru in page
    assert "ExpectTableRowCountToEqual" in page
    assert "2026-05-20" in page


def test_the_run_is_named_in_a_sentence_of_its_own(
    results: list[CheckResult], tmp_path: Path
) -> None:
    page = build_data_docs(results, tmp_path, run_id="a3f91c7e").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "Run a3f91c7e. The same results as data: results.json." in text


def test_the_page_needs_no_network_and_no_script(
    results: list[CheckResult], tmp_path: Path
) -> None:
    page = build_data_docs(results, tmp_path).read_text(encoding="utf-8")

    assert not re.search(r"https?://|<script|<link|@import|src=", page)
    assert "default-src 'none'" in page


def test_steps_of_one_run_share_a_page(results: list[CheckResult], tmp_path: Path) -> None:
    for result in results:
        build_data_docs([result], tmp_path, run_id="run-1")

    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {item["name"] for item in content["results"]} == {FAILING, PASSING}


def test_results_of_another_run_are_dropped(results: list[CheckResult], tmp_path: Path) -> None:
    build_data_docs(results, tmp_path, run_id="run-1")
    build_data_docs(results[:1], tmp_path, run_id="run-2")

    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [item["name"] for item in content["results"]] == [results[0].check.name]


def test_a_torn_store_of_an_older_version_does_not_stop_a_run(
    results: list[CheckResult], tmp_path: Path
) -> None:
    (tmp_path / "results.json").write_text("{", encoding="utf-8")

    assert build_data_docs(results, tmp_path).exists()


def test_what_had_nothing_to_judge_is_named_and_not_counted_as_passed(
    results: list[CheckResult], tmp_path: Path
) -> None:
    known = {result.check.name for result in results}
    first, second = [check for check in ALL_CHECKS if check.name not in known][:2]
    build_data_docs(results, tmp_path, passed_over=[first], run_id="run-1")
    build_data_docs([], tmp_path, passed_over=[second], run_id="run-1")  # the next gate
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 of 2 checks passed" in page
    assert "2 were not evaluated." in page
    for check in (first, second):
        assert f'<details id="{check.name}">' in page
    content = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {item["name"] for item in content["not_evaluated"]} == {first.name, second.name}

    build_data_docs(results, tmp_path, run_id="run-2")
    assert "not evaluated" not in (tmp_path / "index.html").read_text(encoding="utf-8")
