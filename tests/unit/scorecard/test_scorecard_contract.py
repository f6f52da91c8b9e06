"""The fixture is only as good as its columns: they must be those of the project's marts."""

from __future__ import annotations

import csv
import re

import pytest
import yaml

from orchestration.scorecard import explore, metrics, queries
from orchestration.scorecard.messages import MESSAGES
from orchestration.scorecard.queries import Query
from orchestration.settings import DBT_PROJECT_DIR
from tests.unit.scorecard import marts_fixture

# Of a plan that asks for neither too much nor too little there is nothing to say.
NOT_SAID = {"plausible", "no_history"}
QUERIES = [
    query
    for module in (queries, explore)
    for query in vars(module).values()
    if isinstance(query, Query)
]


@pytest.fixture(scope="module")
def declared() -> dict[str, set[str]]:
    """Columns of each mart as the dbt project declares them."""
    found: dict[str, set[str]] = {}
    for file in sorted((DBT_PROJECT_DIR / "models" / "marts").glob("**/*.yml")):
        models = yaml.safe_load(file.read_text(encoding="utf-8")).get("models") or []
        for model in models:
            found[model["name"]] = {column["name"] for column in model.get("columns", [])}
    with (DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv").open(encoding="utf-8") as seed:
        found["kpi_definitions"] = set(next(csv.reader(seed)))
    return found


@pytest.mark.parametrize("mart", sorted(marts_fixture.full_company()))
def test_fixture_has_no_column_of_its_own(mart: str, declared: dict[str, set[str]]) -> None:
    assert mart in declared
    assert set(marts_fixture.full_company()[mart]) <= declared[mart]


def test_queries_read_marts_that_exist(declared: dict[str, set[str]]) -> None:
    assert len(QUERIES) > 20
    for query in QUERIES:
        assert set(query.tables) <= set(declared)
        assert set(re.findall(r"marts\.(\w+)", query.sql)) == set(query.tables)


def test_every_kpi_has_a_unit_on_the_page() -> None:
    """The page formats a KPI by its id; the seed says which unit that must be."""
    with (DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv").open(encoding="utf-8") as seed:
        for row in csv.DictReader(seed):
            shown = type(metrics.metric_value(row["metric_id"], 1.0)).__name__
            expected = {"money": "Money", "share": "Share"}.get(row["unit"], "Number")
            assert shown == expected, row["metric_id"]


def test_words_for_every_verdict_of_the_marts() -> None:
    """A code that the SQL can write and the catalogue cannot say would reach the owner as code."""
    folder = DBT_PROJECT_DIR / "models" / "marts" / "kpis"
    scorecard = (folder / "kpi_scorecard.sql").read_text(encoding="utf-8")
    for reason in re.findall(r"then '([a-z]\w+)'\s*\n\s*(?:when|end as reason_code|--)", scorecard):
        said = {f"{kind}.{reason}" for kind in ("reason", "verdict", "tile")}
        assert said & set(MESSAGES) or reason in NOT_SAID, reason
    restatements = (folder / "kpi_restatements.sql").read_text(encoding="utf-8")
    for cause in re.findall(r"'(\w+)' as cause|then '(\w+)'\s+else cause", restatements):
        assert f"cause.{''.join(cause)}" in MESSAGES
    reconciliation = (folder / "kpi_reconciliation_daily.sql").read_text(encoding="utf-8")
    for pair in re.findall(r"'(\w+)' as pair_kind", reconciliation):
        assert f"pair.{pair}" in MESSAGES
