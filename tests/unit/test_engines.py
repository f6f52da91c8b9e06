"""What an engine other than DuckDB is told, and how its tables come home."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from orchestration import warehouse
from orchestration.engines import engine_of
from orchestration.engines.clickhouse import ClickHouseEngine
from orchestration.engines.homecoming import BuiltTable, built_tables, load_tables
from orchestration.engines.spark import SparkEngine
from orchestration.errors import UserError
from orchestration.expectations import checks_of
from orchestration.settings import Company, load_company
from orchestration.sources.contracts import CONTRACTS

TYPES = {"id": "varchar", "amount": "decimal(18,2)", "seen_at": "timestamp"}


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "company.toml").write_text(
        'name = "Acme"\nfirst_date = 2026-01-01\n[warehouse]\ntarget = "spark"\n'
        '[warehouse.spark]\n"spark.master" = "spark://10.0.0.5:7077"\n"spark.ui.enabled" = true\n',
        encoding="utf-8",
    )
    return load_company(folder)


def test_duckdb_needs_no_engine(company: Company) -> None:
    plain = company.model_copy(update={"warehouse": type(company.warehouse)()})
    assert engine_of(plain) is None
    assert isinstance(engine_of(company), SparkEngine)


def test_another_target_is_refused(company: Company) -> None:
    path = company.directory / "company.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"spark"\n', '"sparc"\n'), "utf-8")
    with pytest.raises(UserError, match=r"warehouse\.target"):
        load_company(company.directory)


def test_settings_of_company_toml_win_over_the_defaults(company: Company) -> None:
    pytest.importorskip("pyspark", reason="make install-spark")
    environment = SparkEngine(company).prepare()
    lines = Path(environment["SPARK_CONF_DIR"], "spark-defaults.conf").read_text(encoding="utf-8")
    settings = dict(line.split(" ", 1) for line in lines.splitlines())
    assert settings["spark.master"] == "spark://10.0.0.5:7077"
    assert settings["spark.ui.enabled"] == "true"
    assert settings["spark.sql.session.timeZone"] == "UTC"
    assert "SPARK_LOCAL_IP" not in environment


def test_without_java_the_remedy_is_told(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark", reason="make install-spark")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no Java"):
        SparkEngine(company).prepare()


def test_every_raw_table_is_made_visible_with_and_without_files(company: Company) -> None:
    statements = SparkEngine(company).raw_statements()
    for name, contract in CONTRACTS.items():
        (definition,) = [text for text in statements if f"create table raw.{name} " in text]
        assert all(f"`{column.name}`" in definition for column in contract.stored_columns)
        assert "options" not in definition
    day = company.paths.lake / "vk_ads" / "campaign_stats" / "day=2026-01-31"
    day.mkdir(parents=True)
    (day / "part-0.parquet").touch()
    (definition,) = [
        text
        for text in SparkEngine(company).raw_statements()
        if "create table raw.vk_ads__campaign_stats " in text
    ]
    assert f"options (path '{day.parent}') partitioned by (day)" in definition


@pytest.fixture
def clickhouse_company(company: Company) -> Company:
    path = company.directory / "company.toml"
    path.write_text(
        'name = "Acme"\nfirst_date = 2026-01-01\n[warehouse]\ntarget = "clickhouse"\n'
        '[warehouse.clickhouse]\nhost = "10.0.0.6"\nport = 8443\nsecure = true\n'
        'password_env = "ACME_CLICKHOUSE"\n',
        encoding="utf-8",
    )
    return load_company(company.directory)


def test_clickhouse_is_reached_as_company_toml_says(
    clickhouse_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("clickhouse_connect", reason="make install-clickhouse")
    monkeypatch.setenv("ACME_CLICKHOUSE", "s3cret")
    assert ClickHouseEngine(clickhouse_company).prepare() == {
        "KPI_CLICKHOUSE_HOST": "10.0.0.6",
        "KPI_CLICKHOUSE_PORT": "8443",
        "KPI_CLICKHOUSE_USER": "default",
        "KPI_CLICKHOUSE_PASSWORD": "s3cret",
        "KPI_CLICKHOUSE_SECURE": "True",
    }


def test_a_password_that_is_not_set_is_told_without_a_guess(
    clickhouse_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("clickhouse_connect", reason="make install-clickhouse")
    monkeypatch.delenv("ACME_CLICKHOUSE", raising=False)
    with pytest.raises(UserError, match="ACME_CLICKHOUSE"):
        ClickHouseEngine(clickhouse_company).prepare()


def test_every_raw_table_is_a_view_of_clickhouse(clickhouse_company: Company) -> None:
    first, *views = ClickHouseEngine(clickhouse_company).raw_statements()
    assert first == "create database if not exists raw"
    for name, contract in CONTRACTS.items():
        (view,) = [text for text in views if text.startswith(f"create or replace view raw.{name} ")]
        assert all(f"`{column.name}` Nullable(" in view for column in contract.stored_columns)
        assert "from null(" in view


def test_clickhouse_reads_the_lake_with_its_types_and_gaps(clickhouse_company: Company) -> None:
    """Views on the real engine: a table without files, one by days, a column old files lack."""
    connect = pytest.importorskip("chdb", reason="make install-clickhouse").connect
    folder = clickhouse_company.paths.lake / "vk_ads" / "campaign_stats"
    for day, columns in (("30", ""), ("31", ", 1.25::decimal(18,6) as cost")):
        part = folder / f"day=2026-01-{day}"
        part.mkdir(parents=True)
        duckdb.sql(
            f"copy (select '{day}' as campaign_id{columns}) to '{part}/part-0.parquet' "
            "(format parquet)"
        )
    with connect(":memory:") as engine:
        for statement in ClickHouseEngine(clickhouse_company).raw_statements():
            engine.query(statement)
        read = str(
            engine.query(
                "select campaign_id, cost, toTypeName(cost) "
                "from raw.vk_ads__campaign_stats order by campaign_id",
                "CSV",
            )
        )
        empty = str(engine.query("select count() from raw.plain__ad_spend", "CSV"))
    assert read.splitlines() == [
        r'"30",\N,"Nullable(Decimal(18, 6))"',
        '"31",1.25,"Nullable(Decimal(18, 6))"',
    ]
    assert empty.strip() == "0"


def test_every_table_that_checks_read_after_the_build_comes_home(company: Company) -> None:
    on_duckdb = company.model_copy(update={"warehouse": type(company.warehouse)()})
    manifest = warehouse.ensure_manifest(on_duckdb)
    built = {
        f"{node['schema']}.{node['name']}"
        for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
    }
    read = {
        word
        for check in (*checks_of(stage="staging"), *checks_of(stage="marts"))
        for word in re.findall(r"\w+\.\w+", check.sql)
    }
    home = {table.full_name for table in built_tables(manifest)}
    assert read & built
    assert read & built <= home


def parquet(folder: Path, query: str) -> Path:
    target = folder / "marts.kpi"
    target.mkdir(parents=True)
    duckdb.sql(f"copy ({query}) to '{target}/part-0.parquet' (format parquet)")
    return folder


def test_tables_come_home_with_the_types_of_their_contract(tmp_path: Path) -> None:
    folder = parquet(
        tmp_path / "exported",
        "select 'a' as id, 1.5::decimal(28,4) as amount, "
        "timestamptz '2026-01-31 23:30:00+00' as seen_at",
    )
    database = tmp_path / "warehouse.duckdb"
    for _ in range(2):  # a second build replaces the first
        rows = load_tables(database, [BuiltTable("marts", "kpi", TYPES)], folder)
    assert rows == {"marts.kpi": 1}
    with duckdb.connect(str(database)) as connection:
        found = connection.execute(
            "select amount::varchar, seen_at::varchar, typeof(amount), typeof(seen_at) "
            "from marts.kpi"
        ).fetchall()
    assert found == [("1.50", "2026-01-31 23:30:00", "DECIMAL(18,2)", "TIMESTAMP")]


def test_a_table_that_breaks_its_contract_stays_outside(tmp_path: Path) -> None:
    good = parquet(tmp_path / "good", "select 'a' as id, 1 as amount, now() as seen_at")
    bad = parquet(tmp_path / "bad", "select 'b' as id, 1 as amount, 2 as surprise")
    database = tmp_path / "warehouse.duckdb"
    table = BuiltTable("marts", "kpi", TYPES)
    load_tables(database, [table], good)
    with pytest.raises(ValueError, match=r"marts\.kpi .*seen_at, surprise"):
        load_tables(database, [table], bad)
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("select id from marts.kpi").fetchall() == [("a",)]
