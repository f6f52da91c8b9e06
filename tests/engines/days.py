"""Models of visits, built day by day: `python -m tests.engines.days COMPANY` builds them once.

Each build is a process of its own, as each run is: what the next one finds is what it left.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import tomlkit

from orchestration import lake, warehouse
from orchestration.engines import engine_of
from orchestration.sample_world import generator
from orchestration.settings import OUTPUT_DIR_VARIABLE, PROJECT_DIR, load_company
from orchestration.sources.contracts import REGISTERS
from tests.engines.spark_cluster import SMALL_DATA

NAME = "days"
START, END = date(2026, 8, 15), date(2026, 11, 16)
# What replaces days of visits on Spark; models that rest on records of a CRM are made whole there.
MODELS = {
    "int_visits_unioned": "intermediate",
    "int_visits_scored": "intermediate",
    "int_visit_conversions": "intermediate",
    "int_visit_days": "intermediate",
    "int_visitor_days": "intermediate",
    "int_visitor_months": "intermediate",
    "fct_visits": "marts",
}
# It has no rows without a second counter, and is built so that what the build read is remembered.
_BESIDE = "int_witness_days"
_TIMEOUT_SECONDS = 1200
_DAY = 2  # the column of the export


def make_company(folder: Path) -> Path:
    company = folder / NAME
    generator.generate(company, start=START, end=END, visits_per_day=20, visit_format="tsv")
    return company


def set_up(company: Path, **settings: object) -> None:
    """Write settings of company.toml anew."""
    path = company / "company.toml"
    written = tomlkit.parse(path.read_text(encoding="utf-8"))
    written.update(settings)
    path.write_text(tomlkit.dumps(written), encoding="utf-8")


def spark_with_metastore(folder: Path) -> dict[str, Any]:
    """`[warehouse]` of Spark with a Hive metastore, here the embedded one, that outlives a run."""
    database = f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
    settings = {
        **SMALL_DATA,
        "spark.master": "local[2]",
        "spark.driver.memory": "2g",
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.javax.jdo.option.ConnectionURL": database,
        "spark.hadoop.datanucleus.schema.autoCreateAll": True,
        "spark.hadoop.hive.metastore.schema.verification": False,
    }
    return {"target": "spark", "spark": settings}


def rewrite(company: Path, day: date, change: Callable[[list[str]], list[str] | None]) -> None:
    """Change the visits of a day in the export, or leave them out: `change` gives None."""
    (path,) = (company / "exports" / "yandex_metrica").glob(f"visits_{day:%Y-%m}.tsv")
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    changed = [change(row) if row[_DAY] == f"{day}" else row for row in rows]
    text = "\n".join([head, *("\t".join(row) for row in changed if row), ""])
    path.write_text(text, encoding="utf-8")


def run(company: Path, output: Path) -> Path:
    """Build in a process of its own; gives the company's output folder."""
    output.mkdir(exist_ok=True)
    process = subprocess.run(
        [sys.executable, "-m", "tests.engines.days", str(company)],
        cwd=PROJECT_DIR,
        env={**os.environ, OUTPUT_DIR_VARIABLE: str(output), "KPI_HASH_KEY": "the same"},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return output / company.name


def files_by_day(table: Path) -> dict[str, set[str]]:
    """Names of a table's files by day; a day that is made anew has other names."""
    return {
        folder.name.partition("=")[2]: {file.name for file in folder.glob("*.parquet")}
        for folder in table.glob("visit_date=*")
    }


def differences(database: Path, tables: Path) -> Mapping[str, int]:
    """By model, the rows that only DuckDB or only Spark has, doubles to nine digits."""
    found = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for model, schema in MODELS.items():
            columns = connection.execute(
                "select column_name, data_type from duckdb_columns() where schema_name = ? "
                "and table_name = ?",
                [schema, model],
            ).fetchall()
            shown = ", ".join(
                f"round({name}, 9) as {name}" if kind == "DOUBLE" else f"{name}::{kind} as {name}"
                for name, kind in columns
            )
            here = f"select {shown} from {schema}.{model}"
            files = tables / f"{schema}.db" / model / "*" / "*.parquet"
            there = f"select {shown} from read_parquet('{files}', hive_partitioning = true)"
            counted = connection.execute(
                f"select (select count(*) from ({here} except all {there})) + "
                f"(select count(*) from ({there} except all {here})), count(*) from ({here})"
            ).fetchone()
            assert counted
            assert counted[1] > 0, model
            if counted[0]:
                found[model] = counted[0]
    return found


def main(folder: Path) -> None:
    company = load_company(folder)
    window = (company.first_date, company.last_complete_date() + timedelta(days=1))
    for source in (REGISTERS, *company.sources):
        lake.load(company, source, window=window, progress=lambda _: None)
    lake.write_company_tables(company)
    warehouse.register_raw(company)
    warehouse.ensure_manifest(company)
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    models = [f"+{name}" for name in (*MODELS, _BESIDE)]
    for _ in warehouse.build(company, ["--select", *models, *kinds]):
        pass
    failed = {
        result["unique_id"]: result["message"]
        for result in warehouse.build_results(company)
        if result["status"] != "success"
    }
    if engine := engine_of(company):
        engine.close()
    if failed:
        raise RuntimeError(failed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
