"""The dbt project is parsed once for all companies, and anew when it changes."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration import build_rules, warehouse
from orchestration.settings import DBT_PROJECT_DIR, OUTPUT_DIR_VARIABLE, load_company


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that a test may change."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT_DIR, copy, ignore=shutil.ignore_patterns("target", "logs"))
    for module in (warehouse, build_rules):
        monkeypatch.setattr(module, "DBT_PROJECT_DIR", copy)
    return copy


def company_at(output: Path, monkeypatch: pytest.MonkeyPatch) -> warehouse.Company:
    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(output))
    return load_company()


def invocation_of(manifest: Path) -> str:
    return json.loads(manifest.read_text(encoding="utf-8"))["metadata"]["invocation_id"]


@pytest.mark.slow
def test_companies_share_a_parse_until_the_project_changes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = warehouse.ensure_manifest(company_at(tmp_path / "one", monkeypatch))
    second = warehouse.ensure_manifest(company_at(tmp_path / "two", monkeypatch))
    assert first != second
    assert invocation_of(first) == invocation_of(second)
    assert warehouse.project_manifest().metadata.invocation_id == invocation_of(first)

    model = project / "models" / "marts" / "core" / "dim_date.sql"
    model.write_text(model.read_text(encoding="utf-8") + "\n-- changed\n", encoding="utf-8")
    # files of a release keep their age: they may be older than the last parse of the one before
    os.utime(model, (0, 0))
    changed = warehouse.ensure_manifest(company_at(tmp_path / "two", monkeypatch))
    assert invocation_of(changed) != invocation_of(first)
    node = json.loads(changed.read_text(encoding="utf-8"))["nodes"]["model.marketing_kpi.dim_date"]
    assert node["raw_code"].endswith("-- changed")


@pytest.mark.slow
def test_a_project_that_cannot_be_written_to_is_parsed_by_each_company(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "target").write_text("not a folder", encoding="utf-8")
    manifest = warehouse.ensure_manifest(company_at(tmp_path / "one", monkeypatch))
    assert manifest.is_file()


@pytest.mark.slow
def test_an_error_that_is_no_models_ends_the_build(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All nodes are well and the hook after them is not: what it should remember is missing."""
    settings = project / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    hook = "{{ remember_built_days(results) }}"
    assert hook in text
    refusal = "{% if execute %}{{ exceptions.raise_compiler_error('not remembered') }}{% endif %}"
    broken = text.replace(hook, refusal)
    settings.write_text(broken, encoding="utf-8")
    company = company_at(tmp_path, monkeypatch)
    company.paths.warehouse.parent.mkdir(parents=True)
    warehouse.ensure_manifest(company)
    with pytest.raises(RuntimeError, match=r"dbt: .*not remembered"):
        list(warehouse.build(company, ["--resource-type", "seed"]))


def test_what_breaks_beside_dbt_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt works in a thread; what is raised there must not be lost, such as a full disk's error."""

    class Broken:
        def __init__(self, **_: object) -> None: ...

        def invoke(self, _: list[str]) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Broken)
    monkeypatch.setattr(warehouse, "take_parsed", lambda _: None)
    with pytest.raises(OSError, match="No space left"):
        list(warehouse.build(company_at(tmp_path, monkeypatch), []))


@pytest.mark.slow
def test_a_build_leaves_its_results_and_the_manifest_of_the_parse(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    company = company_at(tmp_path, monkeypatch)
    company.paths.warehouse.parent.mkdir(parents=True)
    manifest = warehouse.ensure_manifest(company)
    parsed = manifest.read_bytes()
    list(warehouse.build(company, ["--resource-type", "seed"]))
    results = warehouse.build_results(company)
    assert {result["status"] for result in results} == {"success"}
    assert len(results) > 1
    assert manifest.read_bytes() == parsed
    assert manifest.with_name("semantic_manifest.json").is_file()


@pytest.mark.slow
def test_a_model_that_fails_leaves_its_table_and_one_may_change_its_kind(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("models", "seeds", "tests"):
        shutil.rmtree(project / folder)
        (project / folder).mkdir()
    settings = project / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("on-run-end:", "vars:\n  unused:"), encoding="utf-8")
    company = company_at(tmp_path, monkeypatch)
    company.paths.warehouse.parent.mkdir(parents=True)

    def build(kind_of_first: str, kind_of_second: str, value: str) -> list[str]:
        for name, kind, sql in (
            ("first", kind_of_first, "select 1 as number"),
            ("second", kind_of_second, f"select {value} as number from {{{{ ref('first') }}}}"),
        ):
            config = f"{{{{ config(materialized='{kind}') }}}}"
            path = project / "models" / f"{name}.sql"
            path.write_text(f"{config}\n{sql}\n", encoding="utf-8")
        warehouse.ensure_manifest(company)
        list(warehouse.build(company, []))
        return [result["status"] for result in warehouse.build_results(company)]

    def relations() -> list[tuple[str, str, int]]:
        with duckdb.connect(str(company.paths.warehouse), read_only=True) as connection:
            found = connection.execute(
                "select table_name, table_type from information_schema.tables order by all"
            ).fetchall()
            return [
                (name, kind, *connection.execute(f"select number from {name}").fetchone())
                for name, kind in found
            ]

    assert build("view", "table", "5") == ["success", "success"]
    assert relations() == [("first", "VIEW", 1), ("second", "BASE TABLE", 5)]
    assert build("table", "table", "error('no figure')") == ["success", "error"]
    assert relations() == [("first", "BASE TABLE", 1), ("second", "BASE TABLE", 5)]
    assert build("table", "view", "6") == ["success", "success"]
    assert relations() == [("first", "BASE TABLE", 1), ("second", "VIEW", 6)]
    assert build("view", "view", "7") == ["success", "success"]
    assert relations() == [("first", "VIEW", 1), ("second", "VIEW", 7)]


@pytest.mark.parametrize("damage", ["foreign", "short", "flipped"])
def test_a_damaged_build_database_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    company = company_at(tmp_path, monkeypatch)
    warehouse.register_raw(company)
    path = company.paths.warehouse
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table left_over as from range(100000)")
    whole = path.read_bytes()
    path.write_bytes(
        {
            "foreign": b"no database" + whole[11:],
            "short": whole[: len(whole) // 2],
            "flipped": whole[:20_000] + bytes(255 - byte for byte in whole[20_000:]),
        }[damage]
    )
    warehouse.register_raw(company)
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
        views = connection.execute("select view_name from duckdb_views() where schema_name = 'raw'")
        assert len(views.fetchall()) > 20
    assert ("left_over",) not in tables


def test_a_full_refresh_begins_with_an_empty_build_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = company_at(tmp_path, monkeypatch)
    warehouse.register_raw(company)
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("create table person as select 'somebody to be erased' as hash")
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("drop table person")
    assert b"somebody" in company.paths.warehouse.read_bytes()
    monkeypatch.setenv("KPI_FULL_REFRESH", "1")
    warehouse.register_raw(company)
    assert b"somebody" not in company.paths.warehouse.read_bytes()


def test_a_build_database_that_another_process_holds_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = company_at(tmp_path, monkeypatch)
    warehouse.register_raw(company)
    before = company.paths.warehouse.stat().st_ino
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); "
            "input()",
            str(company.paths.warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(duckdb.IOException, match="lock"):
            warehouse.register_raw(company)
    finally:
        holder.communicate("\n")
    assert company.paths.warehouse.stat().st_ino == before
