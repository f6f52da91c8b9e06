from __future__ import annotations

import pytest

from docs.hooks import reference
from orchestration import publication
from orchestration.dictionary import Mart


@pytest.mark.parametrize("name", ["fct_visits", "fct_conversions", "fct_touchpoints"])
def test_a_mart_in_files_by_month_is_no_single_file(name: str) -> None:
    page = reference._mart(Mart(name, "fact", "One row per visit.", ()))
    assert f"`parquet/{name}/`" in page
    assert f"{name}.parquet" not in page
    assert name in publication.COPIED_BY_DAY


def test_other_marts_are_a_file_each() -> None:
    page = reference._mart(Mart("kpi_scorecard", "kpi", "One row per target.", ()))
    assert "`parquet/kpi_scorecard.parquet`" in page
