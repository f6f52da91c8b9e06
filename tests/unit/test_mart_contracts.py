"""Every mart is described, typed, keyed and built on models alone. Read from files, no build."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.settings import DBT_PROJECT_DIR

MARTS = DBT_PROJECT_DIR / "models" / "marts"
NAMES = sorted(path.stem for path in MARTS.rglob("*.sql"))
# "One row per month ..." and the like; a seed that is published is described the same way.
GRAIN = re.compile(r"^\s*One row per ")
UNIT = {
    # Suffix of a column -> words of which its description holds one. Doc blocks are read.
    "_amount": ("currency", "amount", "money", "revenue", "cost", "spend", "value"),
    "_share": ("share", "0..1", "part", "ratio"),
    "_rate": ("0..1", "share", "ratio", "/", "part", "per unit"),
}


@cache
def _descriptions() -> dict[str, dict[str, Any]]:
    """Model name -> its entry in the YAML files."""
    entries: dict[str, dict[str, Any]] = {}
    for path in MARTS.rglob("*.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            entries[entry["name"]] = entry
    return entries


@cache
def _doc_blocks() -> dict[str, str]:
    texts = "\n".join(
        path.read_text(encoding="utf-8") for path in (DBT_PROJECT_DIR / "models").rglob("*.md")
    )
    blocks = re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", texts, re.S)
    return {name: text.strip() for name, text in blocks}


def _text(description: str) -> str:
    """The description with its doc blocks put in; KeyError names a block that is not there."""
    return re.sub(r"{{ doc\('(\w+)'\) }}", lambda match: _doc_blocks()[match.group(1)], description)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_says_what_it_is(name: str) -> None:
    entry = _descriptions()[name]
    assert GRAIN.match(_text(entry["description"])), "the description begins with the grain"
    for column in entry["columns"]:
        text = _text(column.get("description", ""))
        assert len(text) >= 8, f"{name}.{column['name']} is not described"
        assert column.get("data_type"), f"{name}.{column['name']} has no type"
        for suffix, words in UNIT.items():
            if column["name"].endswith(suffix):
                assert any(word in text.lower() for word in words), (
                    f"{name}.{column['name']} names no unit: {text}"
                )


@pytest.mark.parametrize("name", NAMES)
def test_every_mart_has_a_key(name: str) -> None:
    tests = _descriptions()[name].get("data_tests", [])
    keys = [test["unique_rows"]["arguments"]["columns"] for test in tests if "unique_rows" in test]
    columns = {column["name"] for column in _descriptions()[name]["columns"]}
    assert keys, f"no test holds the grain of {name}"
    assert set(keys[0]) <= columns


@pytest.mark.parametrize("name", NAMES)
def test_no_mart_reads_a_source(name: str) -> None:
    (path,) = MARTS.rglob(f"{name}.sql")
    sql = path.read_text(encoding="utf-8")
    assert "source(" not in sql
    assert not re.search(r"\b(raw|staging)\.", sql)
    # A formula that is read from a vendor's table has no home of its own.
    vendors = re.findall(r"ref\('(stg_(?!pipeline|registers)\w+)'\)", sql)
    if path.parent.name == "kpis":
        assert set(vendors) <= _ALLOWED.get(name, set()), vendors


# One to one with what staging has already unified, or a check of the files themselves.
_ALLOWED = {
    "kpi_data_quality": {"stg_plain__orders"},
    "kpi_traffic_quality_daily": {"stg_yandex_metrica__daily_reports"},
    "kpi_audience_daily": {
        "stg_telegram__followers",
        "stg_vk__followers",
        "stg_instagram__followers",
        "stg_plain__followers",
    },
}


def test_contracts_are_enforced() -> None:
    project = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    contract = project["models"]["marketing_kpi"]["marts"]["+contract"]
    # ClickHouse's marts meet it when they are brought home
    assert contract == {"enforced": "{{ target.type != 'clickhouse' }}"}
    assert set(NAMES) == set(_descriptions())


def test_every_kpi_mart_is_read_by_somebody() -> None:
    exposures = yaml.safe_load((MARTS / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    read = {
        re.sub(r"ref\('(\w+)'\)", r"\1", reference)
        for exposure in exposures
        for reference in exposure["depends_on"]
    }
    kpis = {path.stem for path in Path(MARTS / "kpis").glob("*.sql")}
    assert kpis <= read, sorted(kpis - read)
