"""What an analyst finds beside the figures: comments, the dictionary, pages about the models."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import dictionary
from tests.conftest import SAMPLE_COMPANY, PublishedRun, run_command


def test_every_published_table_and_column_is_described(
    sample_marts: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        sample_marts.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'marts' and coalesce(comment, '') = ''"
        ).fetchall()
        == []
    )
    assert (
        sample_marts.execute(
            "select table_name from duckdb_tables() "
            "where schema_name in ('marts', 'docs') and coalesce(comment, '') = ''"
        ).fetchall()
        == []
    )
    assert (
        sample_marts.execute(
            "select mart, column_name from docs.columns where description = '' or unit = ''"
        ).fetchall()
        == []
    ), "what the name does not tell is said by config.meta.unit in the model's YAML"


def test_the_dictionary_lists_the_columns_as_they_are(
    sample_marts: duckdb.DuckDBPyConnection,
) -> None:
    actual = sample_marts.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'marts' order by table_name, column_index"
    ).fetchall()
    listed = sample_marts.execute(
        "select mart, column_name, data_type, description from docs.columns order by mart, position"
    ).fetchall()
    assert listed == actual


@pytest.mark.parametrize(
    ("name", "data_type", "unit"),
    [
        ("spend_amount", "decimal(18,2)", "company currency"),
        ("spend_amount_mature", "decimal(18,2)", "company currency"),
        ("suspicious_share", "double", "share 0..1"),
        ("repeat_purchase_rate_90d", "double", "share 0..1"),
        ("aided_change_low", "double", "share, also below 0 or above 1"),
        ("user_conversion_low", "double", "share 0..1"),
        ("baseline_low", "double", "unit of the row"),
        ("romi_mature_low", "double", "ratio"),
        ("projected_romi_high", "double", "ratio"),
        ("nps_change", "double", "points -100..100"),
        ("nps_respondents", "bigint", "count"),
        ("median_lag_days", "double", "days"),
        ("payback_months", "bigint", "months"),
        ("visits", "bigint", "count"),
        ("is_paid", "boolean", "true or false"),
        ("ordered_at", "timestamp", "timestamp UTC"),
        ("something_new", "double", "number"),
    ],
)
def test_units_follow_the_names(name: str, data_type: str, unit: str) -> None:
    assert dictionary.unit_of(name, data_type) == unit


def test_shares_and_counts_lie_where_their_unit_says(
    sample_marts: duckdb.DuckDBPyConnection,
) -> None:
    shares = sample_marts.execute(
        "select mart, column_name from docs.columns where unit = 'share 0..1'"
    ).fetchall()
    outside = [
        (mart, column)
        for mart, column in shares
        if sample_marts.execute(
            f'select 1 from marts.{mart} where "{column}" < 0 or "{column}" > 1 limit 1'
        ).fetchall()
    ]
    assert outside == []
    assert (
        sample_marts.execute(
            "select mart, column_name from docs.columns "
            "where unit = 'number' and data_type = 'DOUBLE'"
        ).fetchall()
        == []
    ), "a figure without a unit"


def test_a_range_in_the_description_makes_a_share() -> None:
    assert dictionary.unit_of("goal_rate_valid", "double", "Goals / visits, 0..1.") == "share 0..1"


@pytest.mark.slow
def test_pages_about_the_models_join_the_published_folder(
    sample_run: PublishedRun, tmp_path: Path
) -> None:
    published = tmp_path / sample_run.output.name / "published"
    shutil.copytree(sample_run.output, published.parent, symlinks=True)
    assert "documentation/" not in (published / "index.html").read_text(encoding="utf-8")
    process = run_command("docs", "--company", str(SAMPLE_COMPANY), output_root=tmp_path)
    assert process.returncode == 0, process.stdout + process.stderr
    pages = published / "documentation"
    assert "kpi_roi_trailing" in (pages / "models.html").read_text(encoding="utf-8")
    index = (published / "index.html").read_text(encoding="utf-8")
    assert 'href="documentation/lineage.html"' in index
    first = (pages / "models.html").stat().st_mtime_ns
    again = run_command("docs", "--company", str(SAMPLE_COMPANY), output_root=tmp_path)
    assert again.returncode == 0
    assert (pages / "models.html").stat().st_mtime_ns == first, "nothing changed, nothing made"
    _assert_lineage_is_whole(pages / "lineage.json")


def _assert_lineage_is_whole(path: Path) -> None:
    """A column of a mart leads to columns of sources, also through unions."""
    lineage = json.loads(path.read_text(encoding="utf-8"))
    parents: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in lineage["lineage"]["edges"]:
        if edge["sourceColumn"] and edge["targetColumn"]:
            parents.setdefault((edge["target"], edge["targetColumn"]), set()).add(
                (edge["source"], edge["sourceColumn"])
            )
    seen: set[tuple[str, str]] = set()
    open_ = [("model.marketing_kpi.fct_conversions", "conversion_date")]
    while open_:
        column = open_.pop()
        if column not in seen:
            seen.add(column)
            open_.extend(parents.get(column, ()))
    sources = {node for node, _ in seen if node.startswith("source.")}
    assert any(re.search(r"yandex_metrica\.visits", node) for node in sources), sorted(seen)
